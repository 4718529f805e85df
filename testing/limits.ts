// Limits as token buckets: how many events are allowed in how many seconds, and when the next one is.

/** It fills up evenly, and holds one event less than the limit: the last one of a burst is paid for by waiting. */
class Bucket {
  private volume: number;
  private at = -Infinity;
  private allowedAt = -Infinity;

  constructor(
    private readonly seconds: number,
    private readonly count: number,
  ) {
    this.volume = count - 1;
  }

  get nextAllowed(): number {
    return this.allowedAt;
  }

  add(now: number): void {
    const perMillisecond = this.count / (this.seconds * 1000);
    const since = Math.max(now, this.at);
    this.volume = Math.min(this.count - 1, this.volume + (since - this.at) * perMillisecond);
    this.at = since;
    if (this.volume >= 1) {
      this.volume -= 1;
      return;
    }
    this.allowedAt = this.at = since + (1 - this.volume) / perMillisecond;
    this.volume = 0;
  }
}

export class Limit {
  private readonly buckets: Bucket[];

  constructor(limits: readonly { seconds: number; count: number }[]) {
    this.buckets = limits.map(({ seconds, count }) => new Bucket(seconds, count));
  }

  /** Time in milliseconds from which one more event is allowed. */
  nextAllowed(): number {
    return Math.max(...this.buckets.map(({ nextAllowed }) => nextAllowed));
  }

  add(now: number): void {
    for (const bucket of this.buckets) bucket.add(now);
  }
}

/** Bots that the server has not loaded yet: 20 a minute and 600 an hour for one source address. */
export class NewClientLimits {
  private readonly sources = new Map<string, Limit>();

  /** Whole seconds to wait, or 0: then the new bot is counted. */
  retryAfter(source: string, now: number): number {
    const limits = [
      { seconds: 60, count: 20 },
      { seconds: 3600, count: 600 },
    ];
    const limit = this.sources.get(source) ?? new Limit(limits);
    this.sources.set(source, limit);
    const next = limit.nextAllowed();
    if (next > now) return Math.ceil((next - now) / 1000);
    limit.add(now);
    return 0;
  }
}
