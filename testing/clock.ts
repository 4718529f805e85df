// The clock that every rule of the server follows: real time by default, and it can be moved forward.

/** How long, in real milliseconds, `advance` waits for one exchange on the network before it moves on. */
const PATIENCE_MILLISECONDS = 500;

interface Timer {
  due: number;
  fire: () => void;
}

export class Clock {
  private offset = 0;
  private timers: Timer[] = [];
  private wake: NodeJS.Timeout | undefined;
  private readonly exchanges = new Map<symbol, number>();
  private readonly watchers = new Set<() => void>();
  private advancing: Promise<void> = Promise.resolve();

  constructor(private readonly base: () => Date = () => new Date()) {}

  now(): Date {
    return new Date(this.milliseconds());
  }

  milliseconds(): number {
    return this.base().getTime() + this.offset;
  }

  /** Unix seconds, whole. */
  unixSeconds(): number {
    return Math.floor(this.milliseconds() / 1000);
  }

  /** Calls `fire` when that many seconds have passed; returns what cancels it. */
  after(seconds: number, fire: () => void): () => void {
    const timer = { due: this.milliseconds() + seconds * 1000, fire };
    const later = this.timers.findIndex((other) => other.due > timer.due);
    this.timers.splice(later < 0 ? this.timers.length : later, 0, timer);
    this.arm();
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
      this.arm();
    };
  }

  sleep(seconds: number): Promise<void> {
    return new Promise((resolve) => void this.after(seconds, resolve));
  }

  /** Tells `advance` that an exchange on the network has begun; returns what tells that it is over. */
  exchange(): () => void {
    const key = Symbol();
    this.exchanges.set(key, performance.now());
    return () => {
      this.exchanges.delete(key);
      for (const watcher of this.watchers) watcher();
    };
  }

  /** Moves the time forward; resolves when all timers due have fired, in order, and their exchanges are over. */
  advance(seconds: number): Promise<void> {
    this.advancing = this.advancing.then(() => this.move(seconds));
    return this.advancing;
  }

  stop(): void {
    clearTimeout(this.wake);
    this.timers = [];
  }

  private async move(seconds: number): Promise<void> {
    await this.settle();
    const target = this.milliseconds() + seconds * 1000;
    for (let next = this.timers[0]; next !== undefined && next.due <= target; next = this.timers[0]) {
      this.jumpTo(next.due);
      this.fireDue();
      await this.settle();
    }
    this.jumpTo(target);
    this.arm();
    await this.settle();
  }

  private jumpTo(time: number): void {
    this.offset += Math.max(0, time - this.milliseconds());
  }

  private fireDue(): void {
    for (let next = this.timers[0]; next !== undefined && next.due <= this.milliseconds(); next = this.timers[0]) {
      this.timers.shift();
      next.fire();
    }
    this.arm();
  }

  private arm(): void {
    clearTimeout(this.wake);
    const next = this.timers[0];
    if (next === undefined) return;
    const wait = Math.min(Math.max(1, next.due - this.milliseconds()), 2 ** 30);
    this.wake = setTimeout(() => this.fireDue(), wait).unref();
  }

  /** Waits until no exchange is going on that is younger than the patience. */
  private async settle(): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const oldestAllowed = performance.now() - PATIENCE_MILLISECONDS;
      const young = [...this.exchanges.values()].filter((begun) => begun > oldestAllowed);
      if (young.length === 0) return;
      await this.nextEnd(Math.min(...young) - oldestAllowed);
    }
  }

  private nextEnd(atMostMilliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const over = () => {
        this.watchers.delete(over);
        clearTimeout(limit);
        resolve();
      };
      const limit = setTimeout(over, atMostMilliseconds);
      this.watchers.add(over);
    });
  }
}
