// The clock that every rule of the server follows: real time by default, and it can be moved forward.

/** How long, in real milliseconds, `advance` waits for one exchange on the network before it moves on. */
const PATIENCE_MILLISECONDS = 500;
/** The wait is counted in pieces: while this process stands still itself, nobody's patience is used up. */
const PIECE_MILLISECONDS = 20;

/** An exchange on the network that is going on: with whom, since when, and how long, in real milliseconds, `advance` still waits for it. */
interface Exchange {
  peer: string;
  begun: number;
  left: number;
}

interface Timer {
  due: number;
  fire: () => void;
}

export class Clock {
  private offset = 0;
  private timers: Timer[] = [];
  private wake: NodeJS.Timeout | undefined;
  private readonly exchanges = new Set<Exchange>();
  /** Peers that used up the patience, and what is left of it: half as much each time, until they answer in time again. */
  private readonly silent = new Map<string, number>();
  private readonly watchers = new Set<() => void>();
  private advancing: Promise<void> = Promise.resolve();
  private moves = 0;
  /** The time while `advance` is under way: it stands still but for the jumps. */
  private frozen: number | undefined;

  constructor(private readonly base: () => Date = () => new Date()) {}

  now(): Date {
    return new Date(this.milliseconds());
  }

  milliseconds(): number {
    return this.frozen ?? this.base().getTime() + this.offset;
  }

  /** Which `advance` is under way, counted; undefined while none is. */
  get move(): number | undefined {
    return this.frozen === undefined ? undefined : this.moves;
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
      const at = this.timers.indexOf(timer);
      if (at < 0) return;
      this.timers.splice(at, 1);
      this.arm();
    };
  }

  sleep(seconds: number): Promise<void> {
    return new Promise((resolve) => void this.after(seconds, resolve));
  }

  /** Tells `advance` that an exchange with a peer has begun; returns what tells that it is over. */
  exchange(peer = ""): () => void {
    const exchange = { peer, begun: performance.now(), left: this.silent.get(peer) ?? PATIENCE_MILLISECONDS };
    this.exchanges.add(exchange);
    return () => {
      if (!this.exchanges.delete(exchange)) return;
      this.silent.delete(peer);
      for (const watcher of this.watchers) watcher();
    };
  }

  /** Moves the time forward; resolves when all timers due have fired, in order, and their exchanges are over. */
  advance(seconds: number): Promise<void> {
    this.advancing = this.advancing.then(() => this.moveBy(seconds));
    return this.advancing;
  }

  stop(): void {
    clearTimeout(this.wake);
    this.timers = [];
  }

  private async moveBy(seconds: number): Promise<void> {
    this.moves += 1;
    const begin = this.milliseconds();
    this.frozen = begin;
    for (const exchange of this.exchanges) {
      const left = exchange.left - (performance.now() - exchange.begun);
      exchange.left = Math.max(PIECE_MILLISECONDS, left);
    }
    try {
      await this.settle();
      const target = begin + seconds * 1000;
      for (let next = this.timers[0]; next !== undefined && next.due <= target; next = this.timers[0]) {
        this.frozen = Math.max(this.frozen, next.due);
        this.fireDue();
        await this.settle();
      }
      this.frozen = target;
      await this.settle();
    } finally {
      this.offset = this.frozen - this.base().getTime();
      this.frozen = undefined;
      this.arm();
    }
  }

  private fireDue(): void {
    for (let next = this.timers[0]; next !== undefined && next.due <= this.milliseconds(); next = this.timers[0]) {
      this.timers.shift();
      next.fire();
    }
    this.arm();
  }

  private arm(): void {
    if (this.frozen !== undefined) return;
    clearTimeout(this.wake);
    const next = this.timers[0];
    if (next === undefined) return;
    const wait = Math.min(Math.max(1, next.due - this.milliseconds()), 2 ** 30);
    this.wake = setTimeout(() => this.fireDue(), wait).unref();
  }

  /** Waits until no exchange is going on that patience is left for. */
  private async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      for (const exchange of this.exchanges) if (exchange.left <= 0) this.giveUp(exchange);
      if (this.exchanges.size === 0) return;
      const piece = Math.min(PIECE_MILLISECONDS, ...[...this.exchanges].map(({ left }) => left));
      const begun = performance.now();
      await this.nextEnd(piece);
      const waited = Math.min(piece, performance.now() - begun);
      for (const exchange of this.exchanges) exchange.left -= waited;
      // Twice: a peer in this process sees an end one turn later.
      for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private giveUp(exchange: Exchange): void {
    this.exchanges.delete(exchange);
    this.silent.set(exchange.peer, (this.silent.get(exchange.peer) ?? PATIENCE_MILLISECONDS) / 2);
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
