// The order of events of a webhook: token, look, set the complete state, read back; remove only what is ours.
import { failure, isFailure } from "../../core/failure";
import type { Applied, Context, Lifecycle, Read } from "../../core/logic";
import type { Bot, TelegramApi, WebhookInfo, WebhookSettings } from "../api";
import { nameOf } from "../api";
import { sameUpdateKinds, normalUpdateKinds, shownUrl } from "../rules";
import { botFor, isDead, withLivingToken } from "../tokens";
import type { WebhookFacts, WebhookInputs, WebhookState } from "./fields";
import { sha256 } from "./fields";

type Inputs = WebhookInputs;
type Facts = WebhookFacts;

/** The arguments that only setWebhook can bring into force. */
const sent = [
  "botId",
  "url",
  "certificate",
  "ipAddress",
  "maxConnections",
  "allowedUpdates",
  "secretToken",
  "dropPendingUpdatesTrigger",
  "reassertTrigger",
] as const satisfies readonly (keyof Inputs)[];

export function webhookLifecycle(api: TelegramApi): Lifecycle<Inputs, Facts> {
  return { apply, read, remove };

  async function apply(
    old: WebhookState | undefined,
    inputs: Inputs,
    context: Context,
  ): Promise<Applied<Inputs, Facts>> {
    const bot = await botFor(inputs, context);
    const username = await confirmBot(old, inputs, bot);
    const live = await api.getWebhookInfo(bot);
    const id = inputs.botId + (inputs.testEnvironment ? ":test" : "");
    if (old && isInForce(old, inputs, live)) {
      return { id, inputs, facts: { ...old, ...username, hasCustomCertificate: live.hasCustomCertificate } };
    }
    const drop = isDropAsked(old, inputs);
    if (drop)
      context.log(
        `${nameOf(bot)}: dropping ${live.pendingUpdateCount} waiting updates (dropPendingUpdatesTrigger changed).`,
      );
    const registered = await register(old, inputs, bot, drop);
    if ("refused" in registered) return { id, ...registered.true, unfinished: [registered.refused] };
    const after = await api.getWebhookInfo(bot);
    const problem = differences(inputs, after);
    const facts = {
      ...factsAfter(inputs, after, registered.at),
      ...username,
      ...previousUrl(old, inputs, live),
      ...(problem !== undefined && { verified: false, verificationProblem: problem }),
    };
    if (problem === undefined) return { id, inputs, facts };
    const said = `telegram setWebhook for ${nameOf(bot)} was accepted, but reading it back shows another state: ${problem}. Somebody else may be writing to this bot. Run pulumi up again.`;
    return { id, inputs, facts, unfinished: [said] };
  }

  /** `expectBot: "@name"` costs one getMe; a numeric one was compared in the preview. */
  async function confirmBot(old: WebhookState | undefined, inputs: Inputs, bot: Bot): Promise<{ username?: string }> {
    if (!inputs.expectBot?.startsWith("@")) return {};
    const isKnown = old?.username !== undefined && old.tokenFingerprint === inputs.tokenFingerprint;
    const username = isKnown ? old.username : (await api.getMe(bot)).username;
    if (username?.toLowerCase() === inputs.expectBot.slice(1).toLowerCase()) return { username };
    throw failure(
      "TOKEN_OF_ANOTHER_BOT",
      `The token is of @${username} (${nameOf(bot)}), expectBot says ${inputs.expectBot}. Nothing was written. Correct the token or expectBot.`,
    );
  }

  /** Sends the complete state. When Telegram refuses an update, says what is true now: it erases before it validates. */
  async function register(
    old: WebhookState | undefined,
    inputs: Inputs,
    bot: Bot,
    drop: boolean,
  ): Promise<{ at: Date } | { refused: string; true: { inputs: Inputs; facts: Facts } }> {
    try {
      return { at: await api.setWebhook(bot, settingsOf(inputs), drop) };
    } catch (error) {
      if (!isFailure(error, "TELEGRAM_REFUSED") || isDead(error)) throw error;
      const now = await api.getWebhookInfo(bot);
      const refused = `${error.message} ${nameOf(bot)} now has ${now.url === "" ? "no webhook: Telegram erases the old one before it validates the new one" : `the webhook ${shownUrl(now.url)}`}. Correct the arguments and run pulumi up.`;
      if (!old) throw Object.assign(error, { message: refused });
      return {
        refused,
        true: {
          inputs: asLive(old, now),
          facts: { ...factsOf(old, now), verified: false, verificationProblem: error.message },
        },
      };
    }
  }

  async function read(old: WebhookState, context: Context): Promise<Read<Inputs, Facts>> {
    try {
      const live = await withLivingToken(old, context, (bot) => api.getWebhookInfo(bot));
      return { inputs: asLive(old, live), facts: factsOf(old, live) };
    } catch (error) {
      if (!isFailure(error)) throw error;
      return { unreadable: `The webhook of bot ${old.botId} could not be read. ${error.message}` };
    }
  }

  async function remove(old: WebhookState, context: Context, makesRoom: boolean): Promise<void> {
    const note = (text: string) => context.log(`bot ${old.botId} (${shownUrl(old.url)}): ${text}`);
    try {
      await withLivingToken(old, context, async (bot) => {
        const live = await api.getWebhookInfo(bot);
        if (live.url === "") return;
        if (sha256(live.url) === old.owned.urlSha256) await api.deleteWebhook(bot, old.dropPendingUpdatesOnDestroy);
        else note(`the webhook is now ${shownUrl(live.url)}, which this stack did not set; it is left alone.`);
      });
    } catch (error) {
      if (makesRoom && isFailure(error, "TELEGRAM_UNREACHABLE", "TELEGRAM_UNCLEAR")) {
        return note("the old server did not answer; what it holds is left there.");
      }
      if (!isDead(error)) throw error;
      note("the token is dead (401), and with it the webhook; nothing to remove.");
    }
  }
}

function settingsOf(inputs: Inputs): WebhookSettings {
  const { url, certificate, ipAddress, maxConnections, allowedUpdates, secretToken } = inputs;
  return {
    url,
    maxConnections,
    allowedUpdates,
    ...(certificate !== undefined && { certificate }),
    ...(ipAddress !== undefined && { ipAddress }),
    ...(secretToken !== undefined && { secretToken }),
  };
}

/** Nothing to send: what is declared was sent before, and what can be seen is as wanted. */
function isInForce(old: WebhookState, inputs: Inputs, live: WebhookInfo): boolean {
  const isSent = sent.every((name) => JSON.stringify(old[name]) === JSON.stringify(inputs[name]));
  const isSecretKnown = inputs.secretToken === undefined || old.secretInForce;
  return isSent && isSecretKnown && old.verified && differences(inputs, live) === undefined;
}

function isDropAsked(old: WebhookState | undefined, inputs: Inputs): boolean {
  const trigger = inputs.dropPendingUpdatesTrigger;
  return old !== undefined && trigger !== undefined && trigger !== old.dropPendingUpdatesTrigger;
}

/** Every field that getWebhookInfo shows, compared with what was sent. */
function differences(inputs: Inputs, live: WebhookInfo): string | undefined {
  if (live.url === "") return "no webhook is set";
  const found = [
    ...(live.url === inputs.url ? [] : [`url is ${shownUrl(live.url)}`]),
    ...(live.maxConnections === inputs.maxConnections ? [] : [`maxConnections is ${live.maxConnections}`]),
    ...(sameUpdateKinds(live.allowedUpdates, inputs.allowedUpdates)
      ? []
      : [`allowedUpdates is ${live.allowedUpdates?.join(", ") ?? "the default"}`]),
    ...(live.hasCustomCertificate === (inputs.certificate !== undefined)
      ? []
      : [live.hasCustomCertificate ? "a certificate is uploaded" : "no certificate is uploaded"]),
    ...(inputs.ipAddress === undefined || live.ipAddress === inputs.ipAddress
      ? []
      : [`ipAddress is ${live.ipAddress}`]),
  ];
  return found.length === 0 ? undefined : found.join("; ");
}

/** The arguments as the live webhook has them; what cannot be seen stays as recorded. */
function asLive(old: WebhookState, live: WebhookInfo): Inputs {
  if (live.url === "") return { ...old, url: "" };
  return {
    ...old,
    url: live.url,
    maxConnections: live.maxConnections ?? old.maxConnections,
    allowedUpdates: sameUpdateKinds(live.allowedUpdates, old.allowedUpdates)
      ? old.allowedUpdates
      : normalUpdateKinds(live.allowedUpdates ?? "default"),
    ...(old.ipAddress !== undefined && live.ipAddress !== undefined && { ipAddress: live.ipAddress }),
  };
}

function factsOf(old: WebhookState, live: WebhookInfo): Facts {
  return { ...old, hasCustomCertificate: live.hasCustomCertificate };
}

function factsAfter(inputs: Inputs, live: WebhookInfo, at: Date): Facts {
  const registeredAt = at.toISOString();
  const certificateSha256 = inputs.certificate === undefined ? undefined : sha256(inputs.certificate);
  return {
    hasCustomCertificate: live.hasCustomCertificate,
    registeredAt,
    ...(certificateSha256 !== undefined && { certificateSha256 }),
    owned: {
      urlSha256: sha256(inputs.url),
      registeredAt,
      ...(certificateSha256 !== undefined && { certificateSha256 }),
    },
    secretInForce: inputs.secretToken !== undefined,
    verified: true,
  };
}

/** What was there before somebody else's webhook was taken over. */
function previousUrl(old: WebhookState | undefined, inputs: Inputs, live: WebhookInfo): { previousUrl?: string } {
  const isForeign = live.url !== "" && live.url !== inputs.url && sha256(live.url) !== old?.owned.urlSha256;
  if (isForeign) return { previousUrl: live.url };
  return old?.previousUrl === undefined ? {} : { previousUrl: old.previousUrl };
}
