// How fast we may ask: one setWebhook a second for a bot, and new tokens one by one once a server has asked for it.
import type { ExecutionContext } from "../core/logic";
import { sleepWithLog } from "../core/retry";
import { retryAfterOf } from "./failures";
import type { Bot } from "./api";
import { botIdOf } from "./rules";

const setSeconds = 1; // Source: `Client::process_set_webhook_query`
/** New tokens that ask at the same time: few, so that a server's "too many" is heard before all have asked. */
const newAtOnce = 8;

/** Rates of one process, for all its bots. */
export class RateLimiter {
  /** When the next setWebhook of a bot may be sent, milliseconds. */
  private readonly nextSet = new Map<string, number>();
  /** Tokens that a server has answered: it keeps their bots loaded, and does not count them as new. */
  private readonly warm = new Set<string>();
  /** First calls of new tokens that are under way, for each server. */
  private readonly asking = new Map<string, Set<Promise<unknown>>>();
  /** Servers that limit new tokens (20 a minute), with the end of their queue. */
  private readonly queues = new Map<string, Promise<unknown>>();

  async run<T>(bot: Bot, what: string, method: string, work: () => Promise<T>): Promise<T> {
    if (method === "setWebhook") await this.waitForSlot(bot, what);
    const key = `${bot.apiUrl} ${bot.token}`;
    const asking = this.asking.get(bot.apiUrl) ?? new Set();
    this.asking.set(bot.apiUrl, asking);
    for (;;) {
      if (this.warm.has(key)) return work();
      if (this.queues.has(bot.apiUrl)) return this.inTurn(bot, what, key, work);
      if (asking.size < newAtOnce) break;
      await untilAborted(Promise.race(asking), bot.context);
    }
    const asked = this.firstTime(bot, key, work);
    const forget = () => asking.delete(over);
    const over: Promise<unknown> = asked.then(forget, forget);
    asking.add(over);
    return asked;
  }

  /** The bot's, whatever its token: a new one shares the slot of the one before. Recorded. */
  private async waitForSlot({ apiUrl, token, testEnvironment, context }: Bot, what: string): Promise<void> {
    const key = `${apiUrl} ${botIdOf(token)} ${testEnvironment}`;
    const now = context.now().getTime();
    const at = Math.max(now, this.nextSet.get(key) ?? 0);
    this.nextSet.set(key, at + setSeconds * 1000);
    if (at > now) await sleepWithLog((at - now) / 1000, context, what);
  }

  private async firstTime<T>(bot: Bot, key: string, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.warm.add(key);
      return result;
    } catch (error) {
      if (retryAfterOf(error) !== undefined && !this.queues.has(bot.apiUrl))
        this.queues.set(bot.apiUrl, Promise.resolve());
      throw error;
    }
  }

  /** One new token after the other; the one that is told to wait keeps its place, and all behind it wait with it. */
  private async inTurn<T>(bot: Bot, what: string, key: string, work: () => Promise<T>): Promise<T> {
    const before = this.queues.get(bot.apiUrl);
    const turn = untilAborted(before, bot.context).then(() =>
      patiently(bot.context, what, () => this.firstTime(bot, key, work)),
    );
    // One that gives up at its deadline does not let those behind it pass the ones before it.
    this.queues.set(bot.apiUrl, Promise.allSettled([before, turn]));
    return turn;
  }
}

/** Waits for others, but not beyond the deadline: what is tried then fails at once and says why. */
async function untilAborted(others: Promise<unknown> | undefined, { signal }: ExecutionContext): Promise<void> {
  if (signal.aborted) return;
  const over = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true, signal: over.signal });
  });
  await Promise.race([others, aborted]);
  over.abort();
}

async function patiently<T>(context: ExecutionContext, what: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const seconds = retryAfterOf(error);
      if (seconds === undefined || context.signal.aborted) throw error;
      await sleepWithLog(seconds, context, what);
      if (context.signal.aborted) throw error;
    }
  }
}
