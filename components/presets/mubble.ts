// Mubble, read in version 1.6.0: 21 kinds of update and no other, no web server and no check of the secret.
import type { Preset, UpdateKind } from "./preset";

/** What the default of Telegram has and `Update.update_type` (`mubble/types/objects.py`) can name. */
const inDefault: readonly UpdateKind[] = [
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
  "chat_join_request",
  "chat_boost",
  "removed_chat_boost",
  "business_connection",
  "business_message",
  "edited_business_message",
];

/**
 * - Kinds: `Update.update_type` looks the kind up in `UpdateType` (`mubble/types/enums.py`), which has the 21 here. It
 *   has no `purchased_paid_media`, spells `deleted_business_messages` otherwise (ValueError), and nothing newer
 *   than chat boosts (StopIteration). Raised in `Dispatch.feed`, before any handler: the server around it answers 500, and
 *   Telegram sends the update again for a day.
 * - The three that Telegram sends only when asked (`chat_member`, `message_reaction`, `message_reaction_count`) work.
 * - Server: none of its own; the program feeds `bot.dispatch.feed`, which returns after the handler.
 * - Secret: not looked at. setWebhook: only where the program calls it.
 */
export const mubble: Preset = {
  name: "mubble",
  kinds: [...inDefault, "chat_member", "message_reaction", "message_reaction_count"],
  allowedUpdates: inDefault,
  checksSecret: false,
  registersItself: false,
};
