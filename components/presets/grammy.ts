// grammY, read in version 1.46.0: it knows every kind of update, checks the secret and registers nothing by itself.
import { preset } from "./preset";

/**
 * - Kinds: `DEFAULT_UPDATE_TYPES` and three more in `ALL_UPDATE_TYPES` (`src/convenience/constants.ts`), all 27. Any
 *   other reaches middleware only.
 * - Secret: `webhookCallback(…, { secretToken })` compares in constant time; another one is 401
 *   (`src/convenience/webhook.ts`).
 * - Answer: after the handler. After 10 s (`timeoutMilliseconds`) the callback rejects, and so it does when a handler
 *   throws or a body is no JSON: on Node's own server that ends the process unless the program catches it.
 * - setWebhook: only where the program calls it. `bot.start()` deletes the webhook (`src/bot.ts`).
 */
export const grammy = preset({
  name: "grammy",
  allowedUpdates: "default",
  checksSecret: true,
  registersItself: false,
});
