// What is told of a bot's webhook and of its secret: warnings, lines of the log, and what fills them.
import { declareParts } from "../core/failure";
import { declareLines, declarePreviewWarnings, declareWarnings } from "../core/notice";
import { loggedOut, tokenCure, undelivered } from "./errors";

export const previewWarnings = declarePreviewWarnings({
  noSecret:
    "is not set: anyone who learns the URL can send the bot false updates. Give 32 random characters, and check the header {header}",
  unknownKinds:
    "has kinds that this version does not know: {kinds}. Telegram ignores a kind that it does not know without a word",
  anyBot: "is the one in TELEGRAM_BOT_TOKEN, of whichever bot that is today; give expectBot to refuse another bot's",
});

export const warnings = declareWarnings({
  checkRemark: {
    text: "{bot}: {check}: {remark}",
    means: "A check of the endpoint passed, with a remark. `npx pulumi-telegram doctor <url>` says the same.",
  },
  checkUnclear: {
    text: "{bot}: {check}: cannot tell. {says}",
    means:
      "A check of the endpoint found nothing wrong and nothing right. `preflight` with `require` makes it an error.",
  },
  adopted: {
    text: "{bot}: the webhook {url} was there already, set by another resource or stack, by somebody else or by a run that was cut off; it is adopted, and a destroy removes it. If this is a rename, add an alias: to delete the old resource alone would remove the webhook. If another stack declares it too, each destroy removes it; keep it with retainOnDelete.",
    means: "A new resource found the webhook that it declares. Telegram does not say who set it.",
  },
  undelivered: {
    text: undelivered,
    means: "The webhook is set, and the endpoint is not there yet. The quoted words are Telegram's.",
  },
  tokenRefused: {
    text: `bot {botId}: {happened} ${tokenCure}`,
    means:
      "A refresh could not see the webhook. The next `pulumi up` fails until it has a token that the server accepts; then it registers the webhook again.",
  },
  loggedOut: {
    text: `bot {botId}: its webhook is gone. ${loggedOut}`,
    means:
      "A refresh was answered `Logged out`. The next `pulumi up` fails until the server takes the bot again; then it registers the webhook anew.",
  },
});

const refused = 'bot {botId}: the endpoint {url} refused Telegram at {at} ("{said}")' as const;
const webhook = "bot {botId} ({url}):" as const;

export const lines = declareLines({
  replaced: {
    text: "{bot}: the webhook {before} was set by somebody else; it is replaced by {url}.",
    means: "You allowed it, by `takeover` or after a refresh.",
  },
  overtaken: {
    text: "{bot}: somebody else set or deleted the webhook at the same moment (409); it is sent again.",
    means: "Two writers: a second stack, or a bot that registers itself when it starts. Stop one of them.",
  },
  dropping: "{bot}: dropping {count} waiting updates (dropPendingUpdatesTrigger changed).",
  drift: {
    text: "bot {botId}: {drift}",
    means: "A refresh found that somebody else changed the webhook. After the colon stands what was done.",
  },
  secretLost: `${refused}, and takes our secret: Telegram has another one. pulumi up --refresh sends ours again.`,
  secretUnclear: {
    text: `${refused}. {says}`,
    means:
      "The endpoint refused a delivery for its secret. The last sentence says how the endpoint answers our secret now.",
  },
  secretUnknown: `${refused}. Whether it takes our secret cannot be told.`,
  foreign: `${webhook} the webhook is now {live}, which this resource did not set; it is left alone.`,
  silent: `${webhook} the old server did not answer; what it holds is left there.`,
  refusedThere: `${webhook} the old server does not accept the token; what it holds is left there.`,
  loggedOutBefore: `${webhook} the bot was logged out of this server, which erased the webhook there; nothing to remove.`,
  dead: `${webhook} the token is dead ({status}), and with it the webhook; nothing to remove.`,
  rotationDue: "WebhookSecret {name}: a rotation is due (the last one was {at}); the next pulumi up does it.",
  rotated: {
    text: "WebhookSecret {name}: version {version} is made ({reason}); {before}.",
    means: "A new secret is in force, for the reason in brackets.",
  },
  revoked: "WebhookSecret {name}: only version {version} is accepted from now on.",
});

export const noticeParts = declareParts({
  checking: "{bot}: checking {url} before it is registered",
  drift: "{happened} {waiting} pulumi up --refresh repairs it.",
  tokenDead: "the recorded token is dead (it was revoked, or renewed), and the webhook is gone with it.",
  tokenUnknown: "{problem}, so its webhook could not be read.",
  gone: "its webhook is gone. Usual causes: a process polls with this token (frameworks delete the webhook first), a bot deletes it on shutdown, or another stack that declared the same url was destroyed.",
  ownUrl: "somebody set its webhook to this stack's url again.",
  otherUrl: "its webhook is now {url}{writer}.",
  defaults:
    "its webhook was registered again with Telegram's defaults ({connections} connections, no certificate), as frameworks do at start and curl does in a script: the secret is presumed lost. Let the process serve only, or give it our secret and settings.",
  changed: "its webhook was changed: {differences}.",
  telegraf: ", on the hashed path that Telegraf makes: bot.launch with a webhook registers at start",
  serverless: ", Telegram Serverless: `npx tgcloud webhook sync` registers it",
  tunnel: ", a developer's tunnel",
  automation: ", an automation platform",
  sameHost: ", another port or path of the same host",
  otherHost: ", another host",
  noUpdates: "No update waits.",
  oneUpdate: "1 update waits.",
  updates: "{count} updates wait.",
  rotateTrigger: "rotateTrigger changed",
  tooOld: "the last rotation was {at}",
  noneBefore: "none before it is accepted any more",
  staysAccepted: "version {version} stays accepted",
});
