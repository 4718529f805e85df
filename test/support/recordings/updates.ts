// Updates like the recorder's: n of a kind, all from one user and chat.
import type { FakeTelegram } from "../../../testing";

const CHATS = new Set(["message", "edited_message", "channel_post", "edited_channel_post"]);

export function queueUpdates(telegram: FakeTelegram, botId: string, [kind, chat, n]: [string, number, number]): void {
  for (let i = 0; i < n; i++) telegram.update(botId, { [kind]: payload(telegram, kind, chat) });
}

/** One update of a kind: its chat and its user have the same number unless a user is given. */
export function payload(telegram: FakeTelegram, kind: string, chat: number, user = chat): Record<string, unknown> {
  const date = Math.floor(telegram.clock.now().getTime() / 1000);
  const from = { id: user, is_bot: false, first_name: "Someone" };
  const place = { id: chat, first_name: "Someone", type: "private" };
  if (kind === "poll") return { id: String(chat), question: "?", options: [], total_voter_count: 0 };
  if (kind === "poll_answer") return { poll_id: String(chat), user: from, option_ids: [] };
  const member = { new_chat_member: { user: from, status: "member" } };
  return {
    ...(CHATS.has(kind) ? { message_id: 1, date, text: "hello" } : {}),
    ...(kind.endsWith("chat_member") ? member : {}),
    from,
    user: from,
    chat: place,
  };
}
