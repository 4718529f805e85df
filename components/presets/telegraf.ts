// Telegraf, read in version 4.16.3: types for 18 kinds of update, its own check of the secret, no setWebhook outside of launch().
import { kindsUpTo, preset } from "./preset";

/**
 * - Kinds: the union `Update` of `@telegraf/types` 7.1.0 (`update.d.ts`), which is what `bot.on` is typed for. Any other
 *   reaches middleware as it came, in `context.update`.
 * - Secret: `webhookCallback(path, { secretToken })` compares in constant time; another path, method or secret is 403
 *   (`src/telegraf.ts`, `webhookFilter`).
 * - Answer: after the handler. After 90 s (`handlerTimeout`), longer than Telegram waits (60 s), and when a handler throws,
 *   it answers 200 and `handleError` throws again: that ends the process unless `bot.catch` is set.
 * - setWebhook: only by `launch({ webhook })` and `createWebhook`. `launch()` without a webhook deletes it.
 */
export const telegraf = preset({
  name: "telegraf",
  kinds: kindsUpTo("message_reaction_count"),
  allowedUpdates: "default",
  checksSecret: true,
  registersItself: false,
});
