// The kinds of updates a bot can ask for: their names, their normal form, and when two lists mean the same.
// Source of all of it: tdlib/telegram-bot-api 01a3679 (10.0) and core.telegram.org/bots/api#update, read Oct 2026.
import { nameOfKind } from "../core/rules";

/**
 * Every update kind documented for Bot API 10.3 (27), in the order in which Telegram lists them. A bot whose
 * `allowedUpdates` is `"default"` gets all but `chat_member`, `message_reaction` and `message_reaction_count`,
 * and new kinds as they are invented; a bot with a list of its own gets what is listed.
 */
export const allUpdateKinds: readonly string[] = Object.freeze([
  "message",
  "edited_message",
  "channel_post",
  "edited_channel_post",
  "inline_query",
  "chosen_inline_result",
  "callback_query",
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
]);

const documented = new Set(allUpdateKinds);
const hidden = new Set(["custom_event", "custom_query"]); // accepted by the server, in its default, never reported
const onRequest = new Set(["chat_member", "message_reaction", "message_reaction_count"]); // not in the default
const likeKinds = /^[A-Za-z_]+(?:[\s,;|]+[A-Za-z_]+)*$/; // safe to show: no text of this form is a secret

/**
 * Refuses what Telegram would ignore without a word: anything but a list of strings keeps the earlier setting, and
 * the call still succeeds. An unknown name is no problem here (the list grows), see `unknownUpdateKinds`.
 */
export function allowedUpdatesProblem(list: unknown): string | undefined {
  if (list === "default") return undefined;
  if (typeof list === "string") return textProblem(list);
  if (!Array.isArray(list)) return `must be a list of update kinds or "default"; got ${nameOfKind(list)}`;
  const items: unknown[] = list;
  for (const [index, item] of items.entries()) {
    const at = `item ${index + 1}`;
    if (typeof item !== "string") return `must be a list of strings; ${at} is ${nameOfKind(item)}`;
    if (item === "") return `must not hold an empty text; ${at} is one, remove it`;
    if (item.toLowerCase() === "default")
      return `must be "default" alone or a list of update kinds; ${at} is "default"`;
    if (!/^\w+$/.test(item)) return `must hold one update kind in each item; ${at} is ${shownKinds(item)}`;
  }
  return undefined;
}

/** The names that are not in `allUpdateKinds`, as given: a reason to warn. Telegram ignores names it does not know. */
export function unknownUpdateKinds(list: readonly string[] | "default"): string[] {
  if (list === "default") return [];
  return list.filter((kind) => !documented.has(kind.toLowerCase()) && !hidden.has(kind.toLowerCase()));
}

/** The form that is stored and sent: lower case, each name once, sorted; an empty list is the default. */
export function normalUpdateKinds(value: readonly string[] | "default"): string[] {
  return value === "default" ? [] : [...new Set(value.map((kind) => kind.toLowerCase()))].sort();
}

/**
 * Whether what getWebhookInfo reports is what was asked for. Telegram reports nothing for the default, leaves its
 * hidden kinds out, and drops names that it does not know; so a wanted name that we do not know may be missing.
 */
export function sameUpdateKinds(live: readonly string[] | undefined, wanted: readonly string[]): boolean {
  const asked = normalUpdateKinds(wanted);
  const known = asked.filter((kind) => documented.has(kind) || hidden.has(kind));
  if (live === undefined) return known.length === 0 || isWholeDefault(known);
  if (asked.length === 0) return false;
  const reported = new Set(normalUpdateKinds(live));
  if (known.length === 0 && reported.size === 0) return false;
  return (
    known.every((kind) => hidden.has(kind) || reported.has(kind)) && [...reported].every((kind) => asked.includes(kind))
  );
}

function isWholeDefault(known: string[]): boolean {
  const all = [...documented, ...hidden].filter((kind) => !onRequest.has(kind));
  return known.length === all.length && all.every((kind) => known.includes(kind));
}

function textProblem(text: string): string {
  const kinds = likeKinds.test(text) ? text.split(/[^A-Za-z_]+/) : [];
  const cure = kinds.length === 0 ? "" : `; write [${kinds.map((kind) => `"${kind}"`).join(", ")}]`;
  return `must be a list of update kinds or "default"; got ${shownKinds(text)}${cure}`;
}

function shownKinds(text: string): string {
  return likeKinds.test(text) && text.length <= 200 ? `"${text}"` : `a text of ${text.length} characters`;
}
