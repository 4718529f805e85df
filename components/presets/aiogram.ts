// aiogram, read in version 3.31.0: it knows every kind of update, checks the secret and registers nothing by itself.
import { preset } from "./preset";

/**
 * - Kinds: `aiogram/types/update.py` has a field for each of the 27. A kind that it does not know is a RuntimeWarning
 *   and 200 (`Dispatcher._listen_update`).
 * - Secret: `SimpleRequestHandler.verify_secret` compares in constant time; another one is 401
 *   (`aiogram/webhook/aiohttp_server.py`). Not so `TokenBasedRequestHandler`, whose `verify_secret` is always true.
 * - Answer: before the handler (`handle_in_background=True`), so handlers of one chat can overlap, and what fails is
 *   logged and not sent again. With `False`: after it, or after 55 s (`Dispatcher.feed_webhook_update`).
 * - setWebhook: only where the program calls it, as the guide does on start-up.
 */
export const aiogram = preset({
  name: "aiogram",
  allowedUpdates: "default",
  checksSecret: true,
  registersItself: false,
});
