// Sliding-window limits: how many events are allowed in how many seconds, and when the next one is.

export class Limit {
  private times: number[] = [];

  constructor(private readonly windows: readonly { seconds: number; count: number }[]) {}

  /** Time in milliseconds from which one more event is allowed. */
  nextAllowed(): number {
    const waits = this.windows.map(({ seconds, count }) => (this.times.at(-count) ?? -Infinity) + seconds * 1000);
    return Math.max(...waits);
  }

  add(now: number): void {
    const most = Math.max(...this.windows.map(({ count }) => count));
    this.times = [...this.times, now].slice(-most);
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
