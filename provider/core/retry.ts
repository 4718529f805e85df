// Tries again after a failure that may pass: jittered back-off, one deadline, a line when somebody would wonder.
import { setTimeout as timer } from "node:timers/promises";
import type { ExecutionContext } from "./logic";
import { lines } from "./notices";

const longestTimer = 2 ** 31 - 1; // milliseconds; Node makes 1 ms of more
const mostPatience = 86_400; // seconds

/** Waits; ends early, and without an error, when the signal is aborted: whoever waits then looks at the signal. */
export async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  const milliseconds = Number.isNaN(seconds) ? 1000 : Math.min(Math.max(0, seconds * 1000), longestTimer);
  await timer(milliseconds, undefined, { signal }).catch(() => undefined);
}

/**
 * How long a far side asks to wait, in seconds of 1 to a day, as a number or in digits: less would be asked at once, for ever.
 * Nothing when it says something else.
 */
export function patienceFor(asked: unknown): number | undefined {
  const seconds = typeof asked === "string" && /^\s*\d{1,16}(?:\.\d+)?\s*$/.test(asked) ? Number(asked) : asked;
  if (typeof seconds !== "number" || Number.isNaN(seconds)) return undefined;
  return Math.min(Math.max(1, seconds), mostPatience);
}

export interface RetryOptions {
  /** What is tried, for the line that is said when a wait is longer than 5 s: "telegram getWebhookInfo for bot 1". */
  what: string;
  /** Seconds to wait before the next try, `true` for the usual back-off, `false` to give up. */
  again(error: unknown): number | boolean;
  /** Default 6. */
  attempts?: number;
}

const longWait = 5;

/** Runs `work` until it succeeds, is not worth repeating, or the deadline comes; throws what the last try threw. */
export async function retry<T>(work: () => Promise<T>, context: ExecutionContext, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const again = options.again(error);
      const isLast = again === true && attempt >= (options.attempts ?? 6);
      if (again === false || isLast || context.signal.aborted) throw error;
      const seconds = again === true ? backOff(attempt, context.random()) : again;
      await sleepWithLog(seconds, context, options.what);
      if (context.signal.aborted) throw error;
    }
  }
}

/** Waits, and says so when it is long enough that somebody would wonder. */
export async function sleepWithLog(seconds: number, context: ExecutionContext, what: string): Promise<void> {
  if (seconds > longWait) context.log(lines.nextTry({ what, seconds: Math.round(seconds) }));
  await context.sleep(seconds);
}

/** 0.5 s, doubled each time up to 15 s, of which a random half is left out: many bots do not come back together. */
export function backOff(attempt: number, random: number): number {
  return Math.min(15, 0.5 * 2 ** (attempt - 1)) * (0.5 + random / 2);
}
