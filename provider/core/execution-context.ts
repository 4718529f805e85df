// Circumstances in real time, for what runs without the host: a call in a program, the command line.
import type { ExecutionContext } from "./logic";
import { pause } from "./retry";

/** With a deadline so many seconds from now; `say` is where the lines go. */
export function realTime(seconds: number, say: Pick<ExecutionContext, "log" | "warn">): ExecutionContext {
  const signal = AbortSignal.timeout(seconds * 1000);
  return {
    now: () => new Date(),
    random: Math.random,
    log: (line) => say.log(line),
    warn: (line) => say.warn(line),
    signal,
    sleep: (time) => pause(time, signal),
    beyond: (time) => realTime(time, say),
  };
}
