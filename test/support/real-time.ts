// Circumstances of an operation in real time, with a deadline; what is said is kept.
import type { Circumstances } from "../../provider/core/logic";
import { pause } from "../../provider/core/retry";

export function realTime({ seconds = 60, lines = [] as string[] } = {}): Circumstances {
  const signal = AbortSignal.timeout(seconds * 1000);
  return {
    now: () => new Date(),
    random: Math.random,
    log: (line) => void lines.push(line),
    warn: (line) => void lines.push(`warning: ${line}`),
    signal,
    sleep: (time) => pause(time, signal),
    beyond: (time) => realTime({ seconds: time, lines }),
  };
}
