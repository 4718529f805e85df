// Time that passes only while everybody waits: many bots sleep side by side, and an hour costs nothing.
import { Agent, errors } from "undici";
import type { Dispatcher } from "undici";
import { httpClient } from "../../provider/net/http";
import type { TelegramApiOptions } from "../../provider/telegram/api";
import { RateLimiter } from "../../provider/telegram/pace";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram, FakeTelegramOptions, JournalEntry } from "../../testing";

/** A fake server whose clock stands still, moved to the next sleeper's time whenever no request is under way. */
export interface VirtualTime {
  telegram: FakeTelegram;
  /** What the bots of a process share, new for each process: what is under way is counted here, and its limit is virtual. */
  apiOptions(): TelegramApiOptions;
  now(): Date;
  /** Resolves when the server's clock has come so far. */
  advance(seconds: number): Promise<void>;
  /** Milliseconds: when it began. */
  start: number;
  /** Seconds since then. */
  elapsed(): number;
  close(): Promise<void>;
}

const start = Date.parse("2026-11-21T12:00:00Z");

interface Sleeper {
  /** Milliseconds. */
  due: number;
  wake: () => void;
}

/** A request; it wakes when its time limit has passed. */
interface Request extends Sleeper {
  path: string;
}

export async function virtualTime(options: FakeTelegramOptions = {}): Promise<VirtualTime> {
  const telegram = await startFakeTelegram({ ...options, now: () => new Date(start), onUnanswered });
  const agent = new Agent({ connections: 64, connect: { timeout: 0 } });
  const underWay = new Set<Request>();
  let sleepers: Sleeper[] = [];
  let isMoving = false;
  const now = () => telegram.clock.now().getTime();

  // Nothing ends a request in real time: its limit counts on the clock, from when the server says that no answer comes.
  const counted: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
    const limit = options.headersTimeout;
    if (!limit) throw new Error("a request in virtual time needs a time limit");
    const request: Request = { path: options.path, due: now() + limit, wake: () => undefined };
    underWay.add(request);
    const over = () => {
      underWay.delete(request);
      sleepers = sleepers.filter((sleeper) => sleeper !== request);
    };
    const watched = new Proxy(handler, {
      get(target, name: string) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        return (...args: unknown[]) => {
          if (name === "onRequestStart") {
            const controller = args[0] as Dispatcher.DispatchController;
            request.wake = () => controller.abort(new errors.HeadersTimeoutError());
          }
          if (["onResponseEnd", "onResponseError"].includes(name)) over();
          return Reflect.apply(method, target, args) as unknown;
        };
      },
    });
    return dispatch({ ...options, headersTimeout: 0, bodyTimeout: 0 }, watched);
  };
  function onUnanswered({ botId, test, method }: JournalEntry) {
    const path = new RegExp(`^/bot${botId}:[^/]+${test ? "/test" : ""}/${method}$`);
    const request = [...underWay].find((each) => path.test(each.path));
    if (request === undefined) return; // its operation's deadline was first
    underWay.delete(request);
    sleepers.push(request);
    void move();
  }

  /** Whoever has an answer goes on in the next turns of the event loop; nobody here waits for anything but requests and time. */
  const quiet = async () => {
    for (let turns = 0; turns < 10; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (underWay.size > 0) turns = 0;
    }
  };
  const move = async () => {
    if (isMoving) return;
    isMoving = true;
    while (sleepers.length > 0) {
      await quiet();
      const next = Math.min(...sleepers.map(({ due }) => due));
      await telegram.clock.advance(Math.max(0, next - now()) / 1000);
      const awake = sleepers.filter(({ due }) => due <= now());
      sleepers = sleepers.filter(({ due }) => due > now());
      for (const { wake } of awake) wake();
    }
    isMoving = false;
  };
  return {
    telegram,
    apiOptions: () => ({ http: httpClient({ dispatcher: agent.compose(counted) }), pace: new RateLimiter() }),
    now: () => telegram.clock.now(),
    advance: (seconds) =>
      new Promise((wake) => {
        sleepers.push({ due: now() + seconds * 1000, wake });
        void move();
      }),
    start,
    elapsed: () => (now() - start) / 1000,
    async close() {
      await telegram.close();
      await agent.close();
    },
  };
}
