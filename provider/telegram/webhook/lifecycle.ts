// The order of events of a webhook: token, look, may we?, set safely, record what is true; remove only what is ours.
import { isFailure, reworded } from "../../core/failure";
import type { Failure } from "../../core/failure-types";
import type { Applied, OperationContext, Lifecycle, Read } from "../../core/logic";
import { ownershipOf } from "../../core/ownership";
import { retry } from "../../core/retry";
import type { Ownership } from "../../core/ownership";
import { errors, parts } from "../errors";
import { isConflict, isLoggedOut, isTokenRejected, isUnanswered } from "../failures";
import type { Bot, TelegramApi } from "../api";
import { botName } from "../api";
import { lines, warnings } from "../notices";
import { shownUrl } from "../rules";
import { botFor, withValidToken } from "../tokens";
import { driftLine, isWrittenAnew } from "./drift";
import { liveInputs, differences, settingsToRestore, factsAfter, isOwned, webhookSettings } from "./compare";
import type { WebhookFacts, WebhookInputs, WebhookState } from "./fields";
import { findWebhook } from "./find";
import { allowsTakeover, isStrict } from "./overrides";
import { hostOfLive } from "./live-url";
import { isSecretLost } from "./lost-secret";
import { withoutAccess } from "./no-access";
import { afterFailedCreation, afterFailedUpdate, afterWatching, previousUrl, withCredentialsOf } from "./outcomes";
import type { AppliedSet } from "./outcomes";
import { preflight, resolverNote } from "./preflight";
import type { Probe } from "./preflight";
import { setSafely } from "./transaction";
import type { SetResult } from "./transaction";
import { watch } from "./watch";
import { setAgainFor } from "./wire";
import type { WebhookInfo } from "./wire";

type Inputs = WebhookInputs;
type Facts = WebhookFacts;
type Result = Applied<Inputs, Facts>;

export function webhookLifecycle(api: TelegramApi, probe: Probe): Lifecycle<Inputs, Facts> {
  return { apply, read, find: (id, context) => findWebhook(api, id, context), remove };

  async function apply(old: WebhookState | undefined, inputs: Inputs, context: OperationContext): Promise<Result> {
    const id = inputs.botId + (inputs.testEnvironment ? ":test" : "");
    const bot = await botFor(inputs, context);
    const username = await confirmBot(old, inputs, bot);
    const before = await api.getWebhookInfo(bot);
    const ownership = ownershipOfWebhook(old, inputs, before.url);
    if (ownership === "foreign") {
      const refusal = foreign(old, bot, before.url);
      if (!old || old.tokenFingerprint === inputs.tokenFingerprint) throw refusal;
      // Recorded, so that the next refresh can read with it: the old token may be dead, and would never show this webhook.
      const problem = { verified: false, verificationProblem: refusal.message };
      return {
        id,
        inputs: withCredentialsOf(inputs, old),
        facts: { ...old, ...problem },
        unfinished: [refusal],
      };
    }
    if (old && isInForce(old, inputs, before)) {
      return { id, inputs, facts: { ...old, ...username, hasCustomCertificate: before.hasCustomCertificate } };
    }
    const verdicts = await preflight(old, inputs, bot, probe);
    if (ownership === "shown" || ownership === "taken over") {
      const told = { bot: botName(bot), before: shownUrl(before.url), url: shownUrl(inputs.url) };
      context.log(lines.replaced(told));
    }
    if (ownership === "wanted") context.warn(warnings.adopted({ bot: botName(bot), url: shownUrl(before.url) }));
    const drop = isDropAsked(old, inputs);
    if (drop) context.log(lines.dropping({ bot: botName(bot), count: before.pendingUpdateCount }));
    // Telegram would call an equal one "already set", and neither connect anew nor forget the error; it does not work anyway.
    if (old?.owned.isUnproved && before.url === inputs.url) await api.deleteWebhook(bot, false);
    const outcome = await setSafely(api, bot, {
      wanted: webhookSettings(inputs),
      before,
      earlier: settingsToRestore(old, before),
      dropPendingUpdates: drop,
      resolverNote: resolverNote(verdicts),
      mayReplace: (url) => url === before.url || ownershipOfWebhook(old, inputs, url) !== "foreign",
    });
    const result = outcome.isSet
      ? await afterSet(inputs, outcome, bot)
      : old
        ? afterFailedUpdate(old, inputs, before, outcome)
        : afterFailedCreation(inputs, before, outcome, context);
    return { id, ...result, facts: { ...result.facts, ...username, ...previousUrl(old, inputs, before) } };
  }

  /** `expectBot: "@name"` costs one getMe; a numeric one was compared in the preview. */
  async function confirmBot(old: WebhookState | undefined, inputs: Inputs, bot: Bot): Promise<{ username?: string }> {
    if (!inputs.expectBot?.startsWith("@")) return {};
    const isKnown = old?.username !== undefined && old.tokenFingerprint === inputs.tokenFingerprint;
    const username = isKnown ? old.username : (await api.getMe(bot)).username;
    if (username?.toLowerCase() === inputs.expectBot.slice(1).toLowerCase()) return { username };
    const told = { username: String(username), bot: botName(bot), expected: inputs.expectBot };
    throw errors.TOKEN_OF_ANOTHER_BOT.otherName(told);
  }

  async function read(old: WebhookState, context: OperationContext): Promise<Read<Inputs, Facts>> {
    try {
      const { live, token } = await withValidToken(old, context, async (bot) => ({
        live: await api.getWebhookInfo(bot),
        token: bot.token,
      }));
      const drift = driftLine(old, live, old.token !== undefined && token !== old.token);
      if (drift !== undefined) context.log(lines.drift({ botId: old.botId, drift }));
      const secretInForce =
        old.secretInForce && !isWrittenAnew(old, live) && !(await isSecretLost(probe, old, live, context));
      const { hasCustomCertificate } = live;
      return { inputs: liveInputs(old, live), facts: { ...old, hasCustomCertificate, secretInForce } };
    } catch (error) {
      if (!isFailure(error)) throw error;
      const said = parts.unreadable({ botId: old.botId, said: error.message });
      if (isStrict(old, context)) throw reworded(error, `${said} ${parts.strict()}`);
      return withoutAccess(old, error, context) ?? { unreadable: said };
    }
  }

  /** Telegram has accepted it; what reading back and watching show decides whether that is the end of it. */
  async function afterSet(inputs: Inputs, outcome: SetResult & { isSet: true }, bot: Bot): Promise<AppliedSet> {
    const { at } = outcome;
    const watched = await watch(api, bot, at, inputs.verifySeconds);
    const live = watched.live ?? outcome.live;
    const facts = factsAfter(inputs, live?.hasCustomCertificate ?? inputs.certificate !== undefined, at);
    const problem = live ? differences(webhookSettings(inputs), live) : "it could not be read back";
    if (problem === undefined) return afterWatching(inputs, facts, watched, bot);
    const notAsSent = live
      ? errors.WEBHOOK_NOT_AS_SENT.differs({ bot: botName(bot), differences: problem })
      : errors.WEBHOOK_NOT_AS_SENT.unread({ bot: botName(bot), problem });
    return {
      inputs,
      facts: { ...facts, verified: false, verificationProblem: problem },
      unfinished: [notAsSent],
    };
  }

  async function remove(old: WebhookState, context: OperationContext, makesRoom: boolean): Promise<void> {
    const webhook = { botId: old.botId, url: shownUrl(old.url) };
    try {
      await withValidToken(old, context, (bot) => {
        // A deleteWebhook that another call overtook is decided anew. After a close it deletes nothing unless a read came first.
        const removeOurs = async () => {
          const live = await api.getWebhookInfo(bot);
          if (live.url === "") return;
          if (isOwned(old, live.url)) await api.deleteWebhook(bot, old.dropPendingUpdatesOnDestroy);
          else context.log(lines.foreign({ ...webhook, live: shownUrl(live.url) }));
        };
        return retry(removeOurs, context, { what: `telegram deleteWebhook for ${botName(bot)}`, again: isConflict });
      });
    } catch (error) {
      if (isLoggedOut(error)) return context.log(lines.loggedOutBefore(webhook));
      if (makesRoom && isUnanswered(error)) return context.log(lines.silent(webhook));
      if (!isTokenRejected(error)) throw error;
      // A token of a variable or file may be another one than the webhook was set with, which then lives.
      if (old.tokenFrom && !makesRoom) throw error;
      if (old.tokenFrom) return context.log(lines.refusedThere(webhook));
      context.log(lines.dead({ ...webhook, status: error.details.status ?? "" }));
    }
  }
}

function ownershipOfWebhook(old: WebhookState | undefined, inputs: Inputs, url: string): Ownership {
  return ownershipOf({
    live: url === "" ? undefined : url,
    wanted: inputs.url,
    isOwned: (text) => isOwned(old, text),
    recorded: old?.url,
    mayTakeOver: (text) => allowsTakeover(inputs.takeover, text, old === undefined),
  });
}

function foreign(old: WebhookState | undefined, bot: Bot, url: string): Failure {
  const seen = { bot: botName(bot), url: shownUrl(url) };
  if (old) return errors.WEBHOOK_NOT_OURS.foreignSince(seen);
  const host = hostOfLive(url);
  return host === undefined
    ? errors.WEBHOOK_NOT_OURS.foreignUnnamed(seen)
    : errors.WEBHOOK_NOT_OURS.foreign({ ...seen, host });
}

/** Nothing to send: what is declared was sent before, and what can be seen is as wanted. */
function isInForce(old: WebhookState, inputs: Inputs, live: WebhookInfo): boolean {
  const isSent = setAgainFor.every((name) => JSON.stringify(old[name]) === JSON.stringify(inputs[name]));
  const isSecretKnown = inputs.secretToken === undefined || old.secretInForce;
  return isSent && isSecretKnown && old.verified && differences(webhookSettings(inputs), live) === undefined;
}

function isDropAsked(old: WebhookState | undefined, inputs: Inputs): boolean {
  const trigger = inputs.dropPendingUpdatesTrigger;
  return old !== undefined && trigger !== undefined && trigger !== old.dropPendingUpdatesTrigger;
}
