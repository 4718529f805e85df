// allowed_updates: the kinds of update, the bit mask made from a list of them, and the list made from a mask.

import { jsonStrings } from "./json-reader";

/** In the order of the server's enum, which is the order of its output; the last two are inferred. */
export const UPDATE_KINDS = [
  "message",
  "edited_message",
  "channel_post",
  "edited_channel_post",
  "inline_query",
  "chosen_inline_result",
  "callback_query",
  "custom_event",
  "custom_query",
  "shipping_query",
  "pre_checkout_query",
  "poll",
  "poll_answer",
  "my_chat_member",
  "chat_member",
  "chat_join_request",
  "chat_boost",
  "removed_chat_boost",
  "message_reaction",
  "message_reaction_count",
  "business_connection",
  "business_message",
  "edited_business_message",
  "deleted_business_messages",
  "purchased_paid_media",
  "managed_bot",
  "guest_message",
  "subscription",
  "stopped_message_generation",
] as const;

const HIDDEN: readonly string[] = ["custom_event", "custom_query"];
const NOT_IN_DEFAULT: readonly string[] = ["chat_member", "message_reaction", "message_reaction_count"];

const bitOf = (kind: string): number => {
  const index = (UPDATE_KINDS as readonly string[]).indexOf(kind);
  return index < 0 ? 0 : 1 << index;
};

export const DEFAULT_MASK = UPDATE_KINDS.filter((kind) => !NOT_IN_DEFAULT.includes(kind))
  .map(bitOf)
  .reduce((mask, bit) => mask | bit);

export const isUpdateKind = (kind: string): boolean => bitOf(kind) !== 0;
export const isAllowed = (mask: number, kind: string): boolean => (mask & bitOf(kind)) !== 0;

/** The mask that an `allowed_updates` parameter asks for; undefined when the server ignores the parameter. */
export function maskFrom(parameter: string | undefined): number | undefined {
  if (parameter === undefined || parameter === "") return undefined;
  const names = jsonStrings(parameter);
  if (names === undefined) return undefined; // malformed: ignored, the old setting stays
  const mask = names.reduce((sum, name) => sum | bitOf(name.toLowerCase()), 0);
  return mask === 0 ? DEFAULT_MASK : mask;
}

/** The names as getWebhookInfo prints them; null for the default, which it does not print. */
export function namesOf(mask: number): string[] | null {
  if (mask === DEFAULT_MASK) return null;
  return UPDATE_KINDS.filter((kind) => isAllowed(mask, kind) && !HIDDEN.includes(kind));
}
