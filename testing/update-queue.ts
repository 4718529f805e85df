// The queue of a bot's updates: their numbers and JSON, what is read and confirmed, what has expired and when it is collected.
import { encodeJson } from "./answers";
import type { Clock } from "./clock";
import { expiryOf, queueIdOf } from "./updates";
import type { Update } from "./updates";

const MAX_WAITING = 100_000;
const MAX_ID = 2_000_000_000;
const LEAST_FIRST_ID = 2_000_001;
/** How far behind the next number an offset may lie; beyond that, and far before the first update, it is ignored. */
const MOST_AHEAD = 10;
/** The server collects what has expired ten minutes after its start, and then once a minute. */
const FIRST_COLLECTION_MILLISECONDS = 600_000;
const COLLECTION_MILLISECONDS = 60_000;

export class UpdateQueue {
  /** In the order of their numbers. */
  private waiting: Update[] = [];
  /** The next number; 0 before the first update. */
  private tail = 0;
  /** In unix seconds: once it is over, the next collection looks at this queue; 0: never. */
  private collectAfter = 0;
  /** In milliseconds: collections until then are over. */
  private collectedUntil = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
    /** When the server started, in milliseconds. */
    private readonly startedAt: () => number,
  ) {}

  /** Undefined when the queue is full: the server then drops what is new. */
  add(kind: string, payload: Record<string, unknown>): Update | undefined {
    this.collect();
    if (this.waiting.length >= MAX_WAITING) return undefined;
    if (this.tail === 0) this.tail = LEAST_FIRST_ID + Math.floor(this.random() * (MAX_ID / 2 - LEAST_FIRST_ID));
    const id = this.tail++;
    const json = `{"update_id":${id},\n"${kind}":${encodeJson(payload)}}`;
    const expiresAt = expiryOf(kind, payload, this.clock.unixSeconds());
    const update = { id, kind, json, queueId: queueIdOf(kind, payload), expiresAt };
    if (this.waiting.length === 0) this.collectAfter = expiresAt;
    this.waiting.push(update);
    return update;
  }

  /** How many are counted: what has expired is until it is collected. */
  size(): number {
    this.collect();
    return this.waiting.length;
  }

  /** The number of the next update that is read or, when there is none, added. */
  head(): number {
    return this.waiting[0]?.id ?? this.tail;
  }

  /**
   * getUpdates: everything before the offset is confirmed; a negative one leaves so many, none and an impossible one confirm nothing.
   * `from` is the offset that counts.
   */
  read(offset: number, limit: number): { from: number; updates: Update[] } {
    this.collect();
    if (offset < 0) this.waiting = this.waiting.slice(offset);
    const isPossible =
      offset > 0 && offset < MAX_ID && offset <= this.tail + MOST_AHEAD && offset >= this.head() - MAX_WAITING;
    const from = isPossible ? offset : this.head();
    this.waiting = this.waiting.slice(this.indexOf(from));
    return { from, updates: this.from(from, limit) };
  }

  /** At most so many updates from a number on; what has expired before them is gone. */
  from(id: number, limit: number): Update[] {
    if (id >= this.tail) return [];
    const now = this.clock.unixSeconds();
    const found: Update[] = [];
    const begin = this.indexOf(id);
    let end = begin;
    for (; end < this.waiting.length; end += 1) {
      const update = this.waiting[end] as Update;
      if (update.expiresAt < now) continue;
      if (found.length >= limit) break;
      found.push(update);
    }
    if (found.length < end - begin) this.waiting.splice(begin, end - begin, ...found);
    return found;
  }

  forget(update: Update): void {
    this.collect();
    const index = this.indexOf(update.id);
    if (this.waiting[index] === update) this.waiting.splice(index, 1);
  }

  clear(): void {
    this.waiting = [];
  }

  /** Where the first update from this number on is. */
  private indexOf(id: number): number {
    let [low, high] = [0, this.waiting.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.waiting[middle] as Update).id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Does what the server's collections since the last look have done. */
  private collect(): void {
    const now = this.clock.milliseconds();
    const first = this.startedAt() + FIRST_COLLECTION_MILLISECONDS;
    while (this.collectAfter !== 0) {
      const earliest = Math.max((this.collectAfter + 1) * 1000, this.collectedUntil + 1);
      const rounds = Math.max(0, Math.ceil((earliest - first) / COLLECTION_MILLISECONDS));
      const at = first + rounds * COLLECTION_MILLISECONDS;
      if (at > now) break;
      this.collectAt(Math.floor(at / 1000));
      this.collectedUntil = at;
    }
    this.collectedUntil = now;
  }

  /** One collection: it ends at the second update that has not expired, and comes again when the first one has. */
  private collectAt(unixSeconds: number): void {
    const isOver = ({ expiresAt }: Update) => expiresAt < unixSeconds;
    const first = this.waiting.findIndex((update) => !isOver(update));
    const second = this.waiting.findIndex((update, index) => index > first && !isOver(update));
    const end = first < 0 || second < 0 ? this.waiting.length : second;
    this.collectAfter = this.waiting[first]?.expiresAt ?? 0;
    this.waiting = this.waiting.filter((update, index) => index >= end || !isOver(update));
  }
}
