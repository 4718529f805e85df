// Updates: which queue each is in, and how long it is worth delivering.

export interface Update {
  id: number;
  kind: string;
  /** Update as JSON, with the server's line break after the first comma. */
  json: string;
  /** Updates of one queue id are delivered one after another; 0: in no order. */
  queueId: bigint;
  /** Unix seconds. */
  expiresAt: number;
}

const DAY = 86_400;

type Payload = Record<string, unknown>;

/** A number of 64 bits, as a number or as digits; 0 when it is none. */
const int64 = (value: unknown): bigint => {
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  return /^-?\d+$/.test(text) ? BigInt.asIntN(64, BigInt(text)) : 0n;
};
const idOf = (value: unknown): bigint => int64((value as { id?: unknown } | undefined)?.id);
const chat = (payload: Payload) => idOf(payload.chat);
const sender = (payload: Payload) => idOf(payload.from);
const user = (payload: Payload) => idOf(payload.user);
const member = (payload: Payload) => idOf((payload.new_chat_member as Payload | undefined)?.user) || sender(payload);

/** Kind → whose queue it is in, and which 2^33 block. Kinds that are not here have no order. */
const QUEUES: Record<string, readonly [of: (payload: Payload) => bigint, block: number]> = {
  message: [chat, 0],
  edited_message: [chat, 0],
  channel_post: [chat, 0],
  edited_channel_post: [chat, 0],
  poll: [(payload) => int64(payload.id), 0],
  poll_answer: [(payload) => int64(payload.poll_id), 0],
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

export function queueIdOf(kind: string, payload: Payload): bigint {
  const row = QUEUES[kind];
  return row === undefined ? 0n : row[0](payload) + (BigInt(row[1]) << 33n);
}

/** Until when an update is worth delivering, in unix seconds. */
export function expiryOf(kind: string, payload: Payload, now: number): number {
  if (kind === "inline_query") return now + 30;
  if (["callback_query", "shipping_query", "pre_checkout_query"].includes(kind)) return now + 150;
  if (kind === "chosen_inline_result" || kind === "custom_event") return now + 600;
  const date = kind.endsWith("message") || kind.endsWith("post") ? (payload.edit_date ?? payload.date) : undefined;
  return (typeof date === "number" ? date : now) + DAY;
}
