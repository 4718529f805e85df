// What Telegram's server does and accepts: each constant stands here once, with its source; every other file imports it.
// Sources, all read Oct 2026: guide = core.telegram.org/bots/webhooks, api = core.telegram.org/bots/api,
// server = tdlib/telegram-bot-api 01a3679, td = tdlib/td 49b3bcb, measured = that server, run on our own network.

/** From where Telegram calls webhooks, IPv4 only. The guide warns that this can change. Source: guide, "since July 2019". */
export const telegramRanges: readonly string[] = ["149.154.160.0/20", "91.108.4.0/22"];
/** For a file that lists the ranges: where they come from. */
export const telegramRangesSource = "core.telegram.org/bots/webhooks, read Oct 2026";

/** The ports that Telegram delivers to; a server with `--local` takes any. Sources: guide, `WebhookActor::create_webhook` (server). */
export const telegramPorts: readonly number[] = [443, 80, 88, 8443];

/** The header in which the secret token comes with each update. Sources: api#setwebhook, `WebhookActor::send_update` (server). */
export const secretHeader = "X-Telegram-Bot-Api-Secret-Token";

/** The host of the public Bot API. Source: api, "Making requests". */
export const telegramApiHost = "api.telegram.org";
export const telegramApiUrl = `https://${telegramApiHost}`;

/** How long Telegram's server remembers that a name was not found. Source: td, measured. */
export const failedLookupSeconds = 300;
/** How long it remembers the address of a name, be it one that it refuses. Source: td, measured. */
export const addressLookupSeconds = 1740;

/** How long Telegram waits for the answer to an update before it sends the update again. Source: server, measured. */
export const deliverySeconds = 60;
/** A longer Retry-After of the endpoint is cut to this. Source: server, measured. */
export const longestRetryAfterSeconds = 3600;
/** How long an inline query waits for its delivery before it is dropped. Source: server, measured. */
export const inlineQuerySeconds = 30;
/** The same of callback, shipping and pre-checkout queries; other updates wait a day. Source: server. */
export const otherQuerySeconds = 150;

/** `max_connections` when setWebhook names none (100 at a server with `--local`). Sources: api#setwebhook, `Client.cpp` (server). */
export const defaultConnections = 40;
/** The largest `max_connections`; a larger one is clamped without a word. Source: api#setwebhook. */
export const mostConnections = 100;
/** The same at a server with `--local`. Source: `Client.cpp` (server). */
export const mostLocalConnections = 100_000;

/** The longest bot token. Source: `ClientManager::send` (server). */
export const longestToken = 80;
/** Bot ids are below this. Source: `ClientManager::send` (server). */
export const botIdLimit = 2n ** 54n;
/** A bot's username, without the @. Source: core.telegram.org/bots/features#botfather. */
export const botUsername = /^[A-Za-z0-9_]{5,32}$/;

/** The longest secret token. Source: api#setwebhook. */
export const longestSecretToken = 256;
/** A character that no secret token may have. Source: api#setwebhook. */
export const notInSecretToken = /[^A-Za-z0-9_-]/;

/** Whether Telegram takes a text as `secret_token`. Sources: api#setwebhook, `Client::do_set_webhook` (server). */
export function isSecretToken(text: string): boolean {
  return text.length >= 1 && text.length <= longestSecretToken && !notInSecretToken.test(text);
}
