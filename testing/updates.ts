// Updates and a bot's queue of them: queue ids, lifetimes, numbers, and the JSON as it goes out.
import type { Clock } from "./clock";
import { encodeJson } from "./answers";

export interface Update {
  id: number;
  kind: string;
  /** Update as JSON, with the server's line break after the first comma. */
  json: string;
  /** Updates of one queue id are delivered one after another; 0: in no order. */
  queueId: number;
  /** Unix seconds. */
  expiresAt: number;
}

const MAX_WAITING = 100_000;
const DAY = 86_400;
const WEEK_MILLISECONDS = 7 * DAY * 1000;

type Payload = Record<string, unknown>;

const idOf = (value: unknown): number => Number((value as { id?: unknown } | undefined)?.id ?? 0) || 0;
const chat = (payload: Payload) => idOf(payload.chat);
const sender = (payload: Payload) => idOf(payload.from);
const user = (payload: Payload) => idOf(payload.user);
const member = (payload: Payload) => idOf((payload.new_chat_member as Payload | undefined)?.user) || sender(payload);

/** Kind → whose queue it is in, and which 2^33 block. Kinds that are not here have no order. */
const QUEUES: Record<string, readonly [of: (payload: Payload) => number, block: number]> = {
  message: [chat, 0],
  edited_message: [chat, 0],
  channel_post: [chat, 0],
  edited_channel_post: [chat, 0],
  poll: [(payload) => Number(payload.id), 0],
  poll_answer: [(payload) => Number(payload.poll_id), 0],
  inline_query: [sender, 1],
  chosen_inline_result: [sender, 2],
  callback_query: [sender, 3],
  shipping_query: [sender, 4],
  pre_checkout_query: [sender, 4],
  my_chat_member: [chat, 5],
  chat_member: [member, 6],
  chat_join_request: [sender, 6],
  chat_boost: [chat, 7],
  removed_chat_boost: [chat, 7],
  message_reaction: [chat, 8],
  message_reaction_count: [chat, 9],
  business_connection: [user, 10],
  business_message: [chat, 11],
  edited_business_message: [chat, 11],
  deleted_business_messages: [chat, 11],
  guest_message: [chat, 12],
  purchased_paid_media: [sender, 12],
  managed_bot: [user, 13],
};

export function queueIdOf(kind: string, payload: Payload): number {
  const row = QUEUES[kind];
  return row === undefined ? 0 : (row[0](payload) || 0) + row[1] * 2 ** 33;
}

/** Until when an update is worth delivering, in unix seconds. */
export function expiryOf(kind: string, payload: Payload, now: number): number {
  if (kind === "inline_query") return now + 30;
  if (["callback_query", "shipping_query", "pre_checkout_query"].includes(kind)) return now + 150;
  if (kind === "chosen_inline_result" || kind === "custom_event") return now + 600;
  const date = kind.endsWith("message") || kind.endsWith("post") ? (payload.edit_date ?? payload.date) : undefined;
  return (typeof date === "number" ? date : now) + DAY;
}

/** The updates that wait for one bot, in the order of their numbers. */
export class UpdateQueue {
  private waiting: Update[] = [];
  private nextId = 0;
  private lastAt = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  /** Undefined when the queue is full: the server then drops what is new. */
  add(kind: string, payload: Payload): Update | undefined {
    if (this.size() >= MAX_WAITING) return undefined;
    const now = this.clock.milliseconds();
    if (now - this.lastAt > WEEK_MILLISECONDS) this.nextId = 1 + Math.floor(this.random() * 999_999_999);
    this.lastAt = now;
    const id = this.nextId++;
    const json = `{"update_id":${id},\n"${kind}":${encodeJson(payload)}}`;
    const expiresAt = expiryOf(kind, payload, this.clock.unixSeconds());
    const update = { id, kind, json, queueId: queueIdOf(kind, payload), expiresAt };
    this.waiting.push(update);
    return update;
  }

  size(): number {
    return this.all().length;
  }

  /** What is waiting and has not expired. */
  all(): readonly Update[] {
    const now = this.clock.unixSeconds();
    if (this.waiting.some((update) => update.expiresAt < now)) {
      this.waiting = this.waiting.filter((update) => update.expiresAt >= now);
    }
    return this.waiting;
  }

  has(update: Update): boolean {
    return this.waiting.includes(update);
  }

  forget(update: Update): void {
    this.waiting = this.waiting.filter((other) => other !== update);
  }

  /** getUpdates' offset: everything before it is confirmed; a negative one counts from the end. */
  confirmBefore(offset: number): void {
    if (offset < 0) this.waiting = this.waiting.slice(offset);
    else this.waiting = this.waiting.filter((update) => update.id >= offset);
  }

  clear(): void {
    this.waiting = [];
  }
}
