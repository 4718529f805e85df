// What is told of DNS records: lines of the log, and what fills them.
import { declareParts } from "../core/failure";
import { declareLines, declarePreviewWarnings } from "../core/notice";

/** Bot rules that look at the header which Telegram does not send. Not tried at a live zone. */
export const proxiedWarning =
  "proxied: Telegram sends no User-Agent header, which Cloudflare's Browser Integrity Check, Bot Fight Mode and Under Attack mode refuse or challenge with 403. Switch them off for the webhook's path (a configuration rule; Super Bot Fight Mode: a WAF rule that skips it; Bot Fight Mode can only be switched off for the whole zone)" as const;

export const previewWarnings = declarePreviewWarnings({
  proxied: `has ${proxiedWarning}`,
  looksWhole:
    "does not end in the zone {zone}, so the record becomes {fqdn}. If {name} is a full name already, correct it or the zone; with a dot at its end a name outside of the zone is refused",
});

export const lines = declareLines({
  replaced: {
    text: "{record}: {found} was set by somebody else; it is replaced by {wanted}.",
    means: "You allowed it, by `takeover` or after a refresh.",
  },
  adopted:
    "{record}: it was there already with these values, set by somebody else or by a run that was cut off; it is adopted, and a destroy removes it.",
  published: {
    text: "{record} is published. {remembers}",
    means: "Every name server of the zone answers with the record. A resolver that asked before may not see it yet.",
  },
  drift: {
    text: "{record}: {drift}. pulumi up --refresh repairs it.",
    means: "A refresh found that somebody else changed the record. After the colon stands what changed.",
    cure: "Stop who did it, then run `pulumi up --refresh`.",
  },
  foreign: {
    text: "{record}: {values} was set by somebody else; it is left alone.",
    means: "`pulumi destroy` removes only the values that this resource set. Nothing to do.",
  },
});

export const noticeParts = declareParts({
  waiting: "{type} record {fqdn}: waiting until every name server of {zone} answers with it",
  unreadable: "The {record} could not be read. {said}",
  otherValues: "somebody else set it to {values}; this stack had written {owned}",
  otherTtl: "its TTL is {live} s, declared is {declared}",
  otherSetting: "{name} is {value} at {vendor}",
});
