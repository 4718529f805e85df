// Mubble, read in version 1.6.0: 21 kinds of update and no other, no web server and no check of the secret.
import { kindsUpTo, preset } from "./preset";
import type { UpdateKind } from "./preset";

/** What `Update.update_type` (`mubble/types/objects.py`) can name. */
const kinds = kindsUpTo("edited_business_message");
/** Telegram sends these only to who asks for them. */
const onRequest: readonly UpdateKind[] = ["chat_member", "message_reaction", "message_reaction_count"];

/**
 * - Kinds: `Update.update_type` looks the kind up in `UpdateType` (`mubble/types/enums.py`), which has the 21 here. It
 *   has no `purchased_paid_media`, spells `deleted_business_messages` otherwise (ValueError), and nothing newer
 *   than chat boosts (StopIteration). Raised in `Dispatch.feed`, before any handler: the server around it answers 500, and
 *   Telegram sends the update again for a day.
 * - The three that Telegram sends only when asked work.
 * - Server: none of its own; the program feeds `bot.dispatch.feed`, which returns after the handler.
 * - Secret: not looked at. setWebhook: only where the program calls it.
 */
export const mubble = preset({
  name: "mubble",
  kinds,
  allowedUpdates: kinds.filter((kind) => !onRequest.includes(kind)),
  checksSecret: false,
  registersItself: false,
});
