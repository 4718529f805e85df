// Sliding-window limits: how many events are allowed in how many seconds, and when the next one is.

export class Limit {
  private readonly times: number[] = [];
  private readonly most: number;

  constructor(private readonly windows: readonly { seconds: number; count: number }[]) {
    this.most = Math.max(...windows.map(({ count }) => count));
  }

  /** Time in milliseconds from which one more event is allowed. */
  nextAllowed(): number {
    let next = -Infinity;
    for (const { seconds, count } of this.windows) {
      next = Math.max(next, (this.times[this.times.length - count] ?? -Infinity) + seconds * 1000);
    }
    return next;
  }

  add(now: number): void {
    this.times.push(now);
    if (this.times.length > this.most) this.times.shift();
  }
}

/** Bots that the server has not loaded yet: 20 a minute and 600 an hour for one source address. */
export class NewClientLimits {
  private readonly sources = new Map<string, Limit>();

  /** Whole seconds to wait, or 0: then the new bot is counted. */
  retryAfter(source: string, now: number): number {
    const windows = [
      { seconds: 60, count: 20 },
      { seconds: 3600, count: 600 },
    ];
    const limit = this.sources.get(source) ?? new Limit(windows);
    this.sources.set(source, limit);
    const next = limit.nextAllowed();
    if (next > now) return Math.floor((next - now) / 1000) + 1;
    limit.add(now);
    return 0;
  }
}
