// What is told of a bot's webhook and of its secret: warnings, lines of the log, and what fills them.
import { declareParts } from "../core/failure";
import { declareLines, declarePreviewWarnings, declareWarnings } from "../core/notice";
import { loggedOut, tokenCure, undelivered } from "./errors";

export const previewWarnings = declarePreviewWarnings({
  noSecret:
    "is not set: anyone who learns the URL can send the bot false updates. Give 32 random characters, and check the header {header}",
  unknownKinds:
    "has kinds that this version does not know: {kinds}. Telegram ignores a kind that it does not know without a word",
  anyBot: "comes from TELEGRAM_BOT_TOKEN, which may hold the token of any bot; give expectBot to refuse another bot's",
});

export const warnings = declareWarnings({
  checkRemark: {
    text: "{bot}: {check}: {remark}",
    means: "A check of the endpoint passed, with a remark, such as `bot 123456789: tls: …`: deliveries work now.",
    cure: "Read the remark, such as a certificate that expires soon; `npx pulumi-telegram doctor --stack <name>` shows it again.",
  },
  checkUnclear: {
    text: "{bot}: {check}: cannot tell. {says}",
    means:
      "A check of the endpoint could neither show that Telegram can deliver nor that it cannot, as with a closed port or a time-out.",
    cure: "Start what should answer, or look from another network with the doctor. `preflight: { require: true }` makes it an error.",
  },
  adopted: {
    text: "{bot}: the webhook {url} was there already, set by another resource or stack, by somebody else or by a run that was cut off; it is adopted, and a destroy removes it. If this is a rename, add an alias: to delete the old resource alone would remove the webhook. If another stack declares it too, each destroy removes it; keep it with retainOnDelete.",
    means: "A new resource found the webhook that it declares. Telegram does not say who set it.",
    cure: "Nothing, if this stack alone declares the webhook; else an alias or `retainOnDelete`, as the message says.",
  },
  undelivered: {
    text: undelivered,
    means:
      "The webhook is set, and the first deliveries fail for a reason that may pass by itself, such as a bot that does not run yet. The quoted words are Telegram's.",
    cure: "Start or correct the endpoint as the last sentence says. Telegram delivers the updates that wait by itself.",
  },
  tokenRefused: {
    text: `bot {botId}: {happened} ${tokenCure}`,
    means:
      "A refresh could not read the webhook. The next `pulumi up` fails until it has a token that the server accepts; then it registers the webhook again.",
    cure: "Set the token that @BotFather shows now, then run `pulumi up`.",
  },
  loggedOut: {
    text: `bot {botId}: its webhook is gone. ${loggedOut}`,
    means:
      "A refresh was answered `Logged out`. The next `pulumi up` fails until the server takes the bot again; then it registers the webhook anew.",
    cure: "Give the `apiUrl` of the bot's new server, or wait for half an hour to an hour; then run `pulumi up`.",
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
    means: "Two programs set the webhook of this bot: a second stack, or a bot that registers itself when it starts.",
    cure: "Stop one of them.",
  },
  dropping: {
    text: "{bot}: dropping {count} waiting updates (dropPendingUpdatesTrigger changed).",
    means: "You asked for it by another value of `dropPendingUpdatesTrigger`. The bot never gets these updates.",
  },
  drift: {
    text: "bot {botId}: {drift}",
    means:
      "A refresh found that somebody else changed the webhook. After the colon stands what changed, such as `bot 123456789: its webhook is gone. …`.",
    cure: "`pulumi up --refresh` repairs it; [what a refresh says](troubleshooting.md#what-a-refresh-says) names who does such things.",
  },
  secretLost: {
    text: `${refused}, and accepts our secret: Telegram sends another one. pulumi up --refresh sends ours again.`,
    means: "Somebody registered the same URL with another secret, or without one.",
    cure: "Stop who did it, then run `pulumi up --refresh`.",
  },
  secretUnclear: {
    text: `${refused}. {says}`,
    means:
      "The endpoint refused a delivery of Telegram's with 401 or 403. The last sentence says how it answers our secret now.",
    cure: "Give the endpoint the secret of this stack, or let the webhook's path through what refuses it.",
  },
  secretUnknown: {
    text: `${refused}. Whether it accepts our secret cannot be told.`,
    means: "The endpoint refused a delivery of Telegram's with 401 or 403, and could not be asked with our secret.",
    cure: "Change `reassertTrigger`, which sends our secret again.",
  },
  foreign: {
    text: `${webhook} the webhook is now {live}, which this resource did not set; it is left alone.`,
    means: "`pulumi destroy` removes only the webhook that this resource set. Nothing to do.",
  },
  silent: {
    text: `${webhook} the old server did not answer; the webhook there was not removed.`,
    means: "The webhook has moved to another Bot API server, and the one before could not be asked to remove it.",
    cure: "Nothing, if that server is gone; else call deleteWebhook there.",
  },
  refusedThere: {
    text: `${webhook} the old server does not accept the token; the webhook there was not removed.`,
    means:
      "The webhook has moved to another Bot API server, and the one before does not accept the token that the variable or file of `tokenFrom` has now.",
    cure: "If the token with which the webhook was set is still valid there, call deleteWebhook with it.",
  },
  loggedOutBefore: `${webhook} the bot was logged out of this server, which erased the webhook there; nothing to remove.`,
  dead: `${webhook} the token is dead ({status}), and with it the webhook; nothing to remove.`,
  rotationDue: {
    text: "WebhookSecret {name}: a rotation is due (the last one was {at}); the next pulumi up does it.",
    means: "The secret is older than `rotateAfterDays`. It goes on working until then.",
    cure: "Run `pulumi up`.",
  },
  rotated: {
    text: "WebhookSecret {name}: version {version} is made ({reason}); {before}.",
    means:
      "A new secret is in force, for the reason in brackets. The end says which secret of before is still accepted.",
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
