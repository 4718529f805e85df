// Time that passes only while everybody waits: many bots sleep side by side, and an hour costs nothing.
import { Agent } from "undici";
import type { Dispatcher } from "undici";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram, FakeTelegramOptions } from "../../testing";

/** A fake server whose clock stands still, moved to the next sleeper's time whenever no request is under way. */
export interface VirtualTime {
  telegram: FakeTelegram;
  /** To be used for every request: what is under way is counted here. */
  dispatcher: Dispatcher;
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

export async function virtualTime(options: FakeTelegramOptions = {}): Promise<VirtualTime> {
  const telegram = await startFakeTelegram({ ...options, now: () => new Date(start) });
  const agent = new Agent({ connections: 64 });
  let underWay = 0;
  let sleepers: { due: number; wake: () => void }[] = [];
  let isMoving = false;
  const now = () => telegram.clock.now().getTime();

  const counted: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (request, handler) => {
    underWay += 1;
    let isOver = false;
    const over = () => {
      if (!isOver) underWay -= 1;
      isOver = true;
    };
    const watched = new Proxy(handler, {
      get(target, name: string) {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        return (...args: unknown[]) => {
          if (["onComplete", "onError", "onResponseEnd", "onResponseError"].includes(name)) over();
          return Reflect.apply(method, target, args) as unknown;
        };
      },
    });
    return dispatch(request, watched);
  };

  /** Whoever has an answer goes on in the next turns of the event loop; nobody here waits for anything but requests and time. */
  const quiet = async () => {
    for (let turns = 0; turns < 10; turns += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (underWay > 0) turns = 0;
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
    dispatcher: agent.compose(counted),
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
