// Waits for something that comes by itself: asks again until it is there, with a line each ten seconds and one deadline.
import type { ExecutionContext } from "./logic";
import { lines } from "./notices";

export interface WaitOptions<T> {
  /** What is waited for, for the line: "bot 1: waiting for the record of bots.example.com". */
  what: string;
  /** From now on; the operation's own deadline ends it, too. Infinity: only that does. */
  seconds: number;
  /** Between two looks; default 1. */
  everySeconds?: number;
  /** Whether this look is the last one. */
  isEnough(seen: T): boolean;
  /** What a look showed, in words, for the line. */
  tell(seen: T): string;
}

const lineSeconds = 10;

/** The last thing that was seen, enough or not: at least one look, and one more at the very end. */
export async function waitFor<T>(
  look: () => Promise<T>,
  context: ExecutionContext,
  waiting: WaitOptions<T>,
): Promise<T> {
  const { what, seconds, everySeconds = 1 } = waiting;
  const began = context.now().getTime();
  const elapsed = () => (context.now().getTime() - began) / 1000;
  let told = 0;
  for (;;) {
    const isLast = elapsed() >= seconds || context.signal.aborted;
    const seen = await look();
    if (isLast || waiting.isEnough(seen)) return seen;
    if (elapsed() >= (told + 1) * lineSeconds) {
      told = Math.floor(elapsed() / lineSeconds);
      const line = { what, elapsed: Math.round(elapsed()), seen: waiting.tell(seen) };
      if (seconds === Infinity) context.log(lines.waitingOn(line));
      else context.log(lines.waiting({ ...line, seconds }));
    }
    await context.sleep(Math.max(0, Math.min(everySeconds, seconds - elapsed())));
  }
}
