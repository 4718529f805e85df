// What can go wrong with a bot's webhook: each code with its meaning, its cure and its messages.
import { declareFailures, declareParts } from "../core/failure";

/** Of a failure, and of a warning: it depends on whether waiting mends it. */
export const undelivered =
  '{bot}: the webhook {url} is set, but Telegram could not deliver to it: "{said}". {cause} {cure}' as const;

/** Of a failure, and of what a refresh says. */
export const tokenCure =
  "The server does not accept this token. Set the one that @BotFather shows now, where the program takes it from (telegram:token, TELEGRAM_BOT_TOKEN, token or tokenFrom), then run pulumi up." as const;

/** Of a failure, and of what a refresh says. */
export const loggedOut =
  "The bot was logged out of this server (logOut), which erased its webhook there, and gives this answer for half an hour or longer. If the bot has moved, give the apiUrl of its new server; if not, run pulumi up again later: it registers the webhook anew." as const;

/** What is true now, after a failure of any code; and what a message is filled with. */
export const parts = declareParts({
  otherWriter:
    "Somebody else is writing to this bot and has set {url}. Stop that writer, then run pulumi up --refresh.",
  unknownNow: "It is not known what {bot} has now: it could not be read back.",
  hasWebhook: "{bot} has the webhook {url}.",
  noWebhookAsBefore: "{bot} has no webhook, as before.",
  restored: "The webhook that was set before ({url}) is back in place{how}.",
  withoutCertificate: " without its certificate, which nobody can read",
  pinned: ", pinned to {address} until the next pulumi up",
  tooLong: "Its URL is too long to be kept, so it could not be sent again.",
  notRestored:
    "The webhook that was set before ({url}) could not be put back: {said} {bot} has no webhook now, its updates wait at Telegram.",
  unreadable: "The webhook of bot {botId} could not be read. {said}",
  tokenRefused: 'the token was refused ({status}): "{said}"',
  strict: "strictRefresh makes this an error.",
  nameRemembered:
    "{now}Telegram remembers a name that it did not find for up to {seconds} s: run pulumi up again after that.",
  hasAddressNow: "The name has an address at its own name servers now; ",
  checkFailed: "The {check} check failed: {says}",
  checkUnclear: "The {check} check could not tell (preflight has require): {says}",
});

export const errors = declareFailures({
  TELEGRAM_REFUSED: {
    means: "Telegram refused the call. The message quotes the answer and says which webhook the bot has now.",
    cure: "Correct what Telegram names, then run `pulumi up` again. After 401 or 404 the token is mistyped, revoked or of the test environment: set the one that `@BotFather` shows, where the program takes it from. After 409 another program is writing to this bot: stop it first.",
    messages: {
      refused: '{what} was refused ({status}): "{said}".',
      token: `{what} was refused ({status}): "{said}". ${tokenCure}`,
      tooMany: '{what} was refused ({status}): "{said}". Run the command again after {seconds} s.',
      loggedOut: `{what} was refused ({status}): "{said}". ${loggedOut}`,
    },
  },
  TELEGRAM_UNREACHABLE: {
    means:
      "There was no answer, after several tries: the network, a proxy, or a server that is down. What was sent may have been done or not.",
    cure: "Check the network, `HTTPS_PROXY`, `NO_PROXY` and `apiUrl`, then run `pulumi up` again: it reads before it writes.",
    messages: { noAnswer: "{what} got no answer: {why}." },
  },
  TELEGRAM_UNCLEAR: {
    means: "Something other than the Bot API answered: a proxy, a login page, or an error page in front of the server.",
    cure: "See what answers at `apiUrl`, then run `pulumi up` again: it reads before it writes.",
    messages: {
      tooLarge: "{what}: {why}, which is not the Bot API's JSON.",
      odd: "{what} was answered with something that is not of the Bot API: {odd}.",
      notJson: '{what} was answered with {answer}, which is not the Bot API\'s JSON: "{said}".',
      empty: "{what} was answered with {answer} and an empty body, which is not the Bot API's JSON.",
    },
  },
  TELEGRAM_UNREAD: {
    means:
      "The request was refused before it was read as a call of the Bot API: the answer has 400, 413, 415, 431, 501 or 505, and an empty body. A Bot API server answers so to what it cannot read, and changes nothing; so may a proxy on the way.",
    cure: "See what stands between here and `apiUrl` (a proxy, a gateway) and changes or limits requests, then run `pulumi up` again. It was not tried again: the answer would be the same.",
    messages: {
      unread:
        "{what} was answered with {answer} and an empty body: the request was refused before it was read, by the server or by a proxy on the way. Look for a proxy or gateway on the way that changes or limits requests.",
    },
  },
  TOKEN_MISSING: {
    means: "The token could not be found where `pulumi` runs. Nothing was sent.",
    cure: "Set the variable or the file that `tokenFrom` names, where `pulumi` runs. If the message says that neither is recorded, give the program a token and run a plain `pulumi up`, which records it: a refresh does not look elsewhere then.",
    messages: {
      notRecorded:
        "The token of bot {botId} could not be read: neither token nor tokenFrom is recorded. Nothing was sent.",
      empty:
        "The token of bot {botId} could not be read: {where} is empty or not set where pulumi runs. Nothing was sent.",
      unreadable: "The token of bot {botId} could not be read: {why}. Nothing was sent.",
    },
  },
  TOKEN_OF_ANOTHER_BOT: {
    means: "The token works, but it is of another bot than the program or the state says. Nothing was written.",
    cure: "Correct the token or `expectBot`.",
    messages: {
      otherId:
        "The token that was found is of bot {found}, but bot {botId} is expected. Nothing was sent. Correct the token or expectBot.",
      otherName:
        "The token is of @{username} ({bot}), but expectBot says {expected}. Nothing was written. Correct the token or expectBot.",
    },
  },
  WEBHOOK_NOT_OURS: {
    means:
      "The bot's one webhook is set to a URL that this resource did not set: another writer did, or another resource of the same program. Nothing was written.",
    cure: "At creation: declare that URL to adopt it, or name its host in `takeover`. Later: `pulumi up --refresh` shows it and replaces it by yours. If the resource has a new name or a new parent, give it an alias of the old one.",
    messages: {
      foreign:
        "{bot} has the webhook {url}, which this resource did not set. Nothing was written. Declare that URL to adopt it, or name {host} in takeover to replace it.",
      foreignUnnamed:
        "{bot} has the webhook {url}, which this resource did not set. Nothing was written. Set takeover to true to replace it: its URL has no host that could be named.",
      foreignSince:
        "{bot} has the webhook {url}, which this resource did not set. Nothing was written. Somebody else set it since the last refresh. pulumi up --refresh shows and repairs it.",
    },
  },
  WEBHOOK_NOT_AS_SENT: {
    means: "Telegram accepted the webhook, but reading it back shows another state, or it could not be read back.",
    cure: "Run `pulumi up` again. If the state differs each time, somebody else writes to this bot (a framework that sets its webhook at start is the usual one): stop it.",
    messages: {
      differs:
        "telegram setWebhook for {bot} was accepted, but reading it back shows another state: {differences}. Somebody else may be writing to this bot. Run pulumi up again.",
      unread: "telegram setWebhook for {bot} was accepted, but {problem}. Run pulumi up again.",
    },
  },
  DELIVERY_FAILING: {
    means: "The webhook is set, and deliveries fail for a reason that waiting does not mend.",
    cure: "Correct the endpoint as the message says, then run `pulumi up` again, which sends the webhook again. [Troubleshooting](troubleshooting.md#telegrams-delivery-errors) has every error of a delivery.",
    messages: { failing: `${undelivered} Nothing was rolled back; the next pulumi up sends it again.` },
  },
  ENDPOINT_BROKEN: {
    means:
      "There is evidence that Telegram could not deliver to the endpoint. Nothing was sent; the webhook that was set before is untouched.",
    cure: "Correct the name, the certificate or the answer of the endpoint: the message says which check failed and what to do. If the check cannot succeed from this machine, switch it off with `preflight`.",
    messages: {
      notReady:
        "{bot}: the endpoint {url} is not ready. {found} Nothing was sent to Telegram. To set the webhook without this check, give preflight: {without}.",
    },
  },
});
