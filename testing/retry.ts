// Which update is sent next and when again: one at a time for each queue id, with the server's delays.
import type { UpdateQueue } from "./update-queue";
import type { Update } from "./updates";
import type { World } from "./world";

const MAX_RETRY_AFTER_SECONDS = 3600;
const LONGEST_DELAY_SECONDS = 60;

/** An update that the deliverer has loaded. */
export interface Attempt {
  readonly update: Update;
  readonly queue: bigint;
  /** Milliseconds of the clock. */
  due: number;
  delaySeconds: number;
  failures: number;
  isInFlight: boolean;
}

/** Updates without an order are queues of their own, behind all others that fall due at the same time. */
const FIRST_OWN_QUEUE = 1n << 60n;

export class RetryQueues {
  private readonly queues = new Map<bigint, Attempt[]>();
  private ownQueue = FIRST_OWN_QUEUE;
  /** The number of the next update to load; undefined before the first. */
  private offset: number | undefined;

  constructor(
    private readonly world: World,
    private readonly source: UpdateQueue,
    private readonly mostQueues: number,
  ) {}

  /** How many queues have something to send. */
  count(): number {
    return this.queues.size;
  }

  /** Loads what is new; the more queues there are already, the less. */
  load(): void {
    this.offset ||= this.source.head();
    const due = this.world.clock.milliseconds();
    for (const update of this.source.from(this.offset, Math.max(0, this.mostQueues - this.queues.size))) {
      this.offset = update.id + 1;
      const queue = update.queueId === 0n ? this.ownQueue++ : update.queueId;
      const attempt = { update, queue, due, delaySeconds: 1, failures: 0, isInFlight: false };
      const before = this.queues.get(queue);
      if (before === undefined) this.queues.set(queue, [attempt]);
      else before.push(attempt);
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

  /** The head of a queue that is not in flight and falls due first; of several, that of the lowest queue id. */
  private next(): Attempt | undefined {
    let first: Attempt | undefined;
    for (const [head] of this.queues.values()) {
      if (head !== undefined && !head.isInFlight && (first === undefined || isBefore(head, first))) first = head;
    }
    return first;
  }

  private remove(attempt: Attempt): void {
    this.source.forget(attempt.update);
    const queue = this.queues.get(attempt.queue) ?? [];
    queue.shift();
    if (queue.length === 0) this.queues.delete(attempt.queue);
  }
}

const isBefore = (one: Attempt, other: Attempt): boolean =>
  one.due < other.due || (one.due === other.due && one.queue < other.queue);
