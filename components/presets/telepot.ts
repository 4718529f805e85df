// telepot, read in version 12.7 (2017): nine kinds of update and no other, one connection, no check of the secret.
import { kindsUpTo, preset } from "./preset";

/** `_extract_message` in `telepot/loop.py`. */
const kinds = kindsUpTo("pre_checkout_query");

/**
 * All of it in `telepot/loop.py`.
 *
 * - Kinds: `_extract_message` raises KeyError for any other one. In `Webhook.feed` that becomes a 500, and Telegram sends
 *   the update again for a day. In `OrderedWebhook` it is raised in a thread, after the 200; two in a row end
 *   that thread, and the bot goes on answering 200 and handles nothing.
 * - Connections: `OrderedWebhook` (`Orderer.run_forever`) puts updates in the order of their numbers: with several
 *   connections one waits up to 3 s for those before it, and what comes later than that is discarded. After a week
 *   without an update Telegram goes on at any number (core.telegram.org/bots/api#update): a smaller one is discarded until
 *   a restart, a larger one costs memory and time for each number between (20 million: 160 MB and 33 s).
 * - Answer: before the handler; what fails in it is printed and not sent again (`CollectLoop.run_forever`).
 * - Secret: not looked at. setWebhook: only where the program calls it.
 */
export const telepot = preset({
  name: "telepot",
  kinds,
  allowedUpdates: kinds,
  maxConnections: 1,
  mostConnections: 1,
  checksSecret: false,
  registersItself: false,
});
