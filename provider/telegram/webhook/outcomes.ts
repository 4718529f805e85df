// What an attempt to set a webhook leaves: what the state says afterwards, and with which sentence the command fails.
import { sha256 } from "../../core/hash";
import type { Applied, OperationContext } from "../../core/logic";
import type { Bot } from "../api";
import { botName } from "../api";
import { errors } from "../errors";
import { warnings } from "../notices";
import { shownUrl } from "../rules";
import { liveInputs, factsAfter, isOwned } from "./compare";
import type { WebhookFacts as Facts, WebhookInputs as Inputs, WebhookState } from "./fields";
import type { SetResult } from "./transaction";
import type { WatchResult } from "./watch";
import type { WebhookInfo } from "./wire";

type Failed = SetResult & { isSet: false };
/** All but the id, which is the bot's. */
export type AppliedSet = Omit<Applied<Inputs, Facts>, "id">;

/** An error that waiting does not mend fails the command; the webhook stays as it was set, and the next `up` sends it again. */
export function afterWatching(inputs: Inputs, facts: Facts, { error }: WatchResult, bot: Bot): AppliedSet {
  if (!error) return { inputs, facts };
  const { message: said, cause, cure } = error;
  const told = { bot: botName(bot), url: shownUrl(inputs.url), said, cause, cure };
  if (!error.isBroken) {
    bot.context.warn(warnings.undelivered(told));
    return { inputs, facts };
  }
  return {
    inputs,
    facts: {
      ...facts,
      owned: { ...facts.owned, isUnproved: true },
      verified: false,
      verificationProblem: `${error.message}: ${error.cause}`,
    },
    unfinished: [errors.DELIVERY_FAILING.failing(told)],
  };
}

/** A creation that failed leaves nothing in the state, unless it may have done something to the bot. */
export function afterFailedCreation(
  inputs: Inputs,
  before: WebhookInfo,
  outcome: Failed,
  context: OperationContext,
): AppliedSet {
  const { failure: failed, live } = outcome;
  const isAsBefore = live !== undefined && (live.url !== "" || before.url === "");
  if (isAsBefore) throw failed;
  const facts = factsAfter(inputs, false, context.now());
  return {
    inputs: live ? liveInputs(inputs, live) : inputs,
    facts: { ...facts, secretInForce: false, verified: false, verificationProblem: failed.message },
    unfinished: [failed],
  };
}

/** An update that was refused, or of which nobody can tell: the state says what is true, and the next `up` repairs it. */
export function afterFailedUpdate(old: WebhookState, inputs: Inputs, before: WebhookInfo, outcome: Failed): AppliedSet {
  const { failure: failed, live, isRestored } = outcome;
  const record = withCredentialsOf(inputs, old);
  // Its drop was sent with the set that failed.
  if (inputs.dropPendingUpdatesTrigger !== undefined)
    record.dropPendingUpdatesTrigger = inputs.dropPendingUpdatesTrigger;
  const isOurs = live !== undefined && isOwned(old, live.url);
  return {
    inputs: live ? liveInputs(record, live) : record,
    facts: {
      ...old,
      hasCustomCertificate: live?.hasCustomCertificate ?? old.hasCustomCertificate,
      secretInForce: old.secretInForce && isOurs && (isRestored || live.url === before.url),
      owned: live ? old.owned : { ...old.owned, attemptedUrlSha256: sha256(inputs.url) },
      verified: false,
      verificationProblem: failed.message,
    },
    unfinished: [failed],
  };
}

/** What is recorded, with the token of the program. */
export function withCredentialsOf(inputs: Inputs, old: WebhookState): WebhookState {
  const record = { ...old };
  for (const name of ["token", "tokenFrom", "tokenFingerprint"] as const) {
    delete record[name];
    if (inputs[name] !== undefined) Object.assign(record, { [name]: inputs[name] });
  }
  return record;
}

/** What was there before somebody else's webhook was taken over. */
export function previousUrl(
  old: WebhookState | undefined,
  inputs: Inputs,
  before: WebhookInfo,
): { previousUrl?: string } {
  const isForeign = before.url !== "" && before.url !== inputs.url && !isOwned(old, before.url);
  if (isForeign) return { previousUrl: before.url };
  return old?.previousUrl === undefined ? {} : { previousUrl: old.previousUrl };
}
