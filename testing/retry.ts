// Which update is sent next and when again: one at a time for each queue id, with the server's delays.
import type { Update, UpdateQueue } from "./updates";
import type { World } from "./world";

const MAX_RETRY_AFTER_SECONDS = 3600;
const LONGEST_DELAY_SECONDS = 60;

/** An update that the deliverer has loaded. */
export interface Attempt {
  readonly update: Update;
  readonly queue: number | symbol;
  /** Milliseconds of the clock. */
  due: number;
  delaySeconds: number;
  failures: number;
  isInFlight: boolean;
}

export class RetryQueues {
  private readonly queues = new Map<number | symbol, Attempt[]>();
  private loaded = 0;
  private readonly seen = new WeakSet<Update>();

  constructor(
    private readonly world: World,
    private readonly source: UpdateQueue,
    private readonly mostLoaded: number,
  ) {}

  /** How many queues have something to send. */
  count(): number {
    return this.queues.size;
  }

  /** Loads what is new, up to the most that may be loaded. */
  load(): void {
    for (const update of this.source.all()) {
      if (this.loaded >= this.mostLoaded) return;
      if (this.seen.has(update)) continue;
      this.seen.add(update);
      this.loaded += 1;
      const queue = update.queueId === 0 ? Symbol() : update.queueId;
      const due = this.world.clock.milliseconds();
      const attempt = { update, queue, due, delaySeconds: 1, failures: 0, isInFlight: false };
      this.queues.set(queue, [...(this.queues.get(queue) ?? []), attempt]);
    }
  }

  /** When the next update falls due, in milliseconds of the clock. */
  nextDue(): number {
    return this.next()?.due ?? Infinity;
  }

  /** The update to send now, which then is in flight. */
  takeDue(): Attempt | undefined {
    const next = this.next();
    if (next === undefined || next.due > this.world.clock.milliseconds()) return undefined;
    next.isInFlight = true;
    return next;
  }

  succeed(attempt: Attempt): void {
    this.remove(attempt);
  }

  /** Plans the next attempt: at once, then after 2, 4, 8 … seconds; false when the update expires before that and is given up. */
  retry(attempt: Attempt, retryAfterSeconds: number): boolean {
    const { clock, random } = this.world;
    const asked = Math.min(retryAfterSeconds, MAX_RETRY_AFTER_SECONDS);
    let delay = asked;
    if (asked === 0 && attempt.failures > 0) {
      const longest = Math.floor(LONGEST_DELAY_SECONDS * (1 + random()));
      attempt.delaySeconds = Math.min(longest, attempt.delaySeconds * 2);
      delay = attempt.delaySeconds;
    }
    if (clock.unixSeconds() + delay > attempt.update.expiresAt) {
      this.remove(attempt);
      return false;
    }
    attempt.due = clock.milliseconds() + delay * 1000;
    attempt.failures += 1;
    attempt.isInFlight = false;
    return true;
  }

  /** The head of a queue that is not in flight and falls due first. */
  private next(): Attempt | undefined {
    let first: Attempt | undefined;
    for (const [head] of this.queues.values()) {
      if (head !== undefined && !head.isInFlight && (first === undefined || head.due < first.due)) first = head;
    }
    return first;
  }

  private remove(attempt: Attempt): void {
    this.source.forget(attempt.update);
    this.loaded -= 1;
    const rest = (this.queues.get(attempt.queue) ?? []).filter((other) => other !== attempt);
    if (rest.length === 0) this.queues.delete(attempt.queue);
    else this.queues.set(attempt.queue, rest);
  }
}
