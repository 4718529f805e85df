// For an import: a webhook that no state records, found by its bot's id, as arguments and facts.
import { inputsOf } from "../../core/fields";
import { fingerprint } from "../../core/hash";
import type { OperationContext, Read } from "../../core/logic";
import { telegramApiUrl } from "../../constants/telegram";
import type { TelegramApi } from "../api";
import { normalApiUrl } from "../rules";
import { tokensAtHand, withValidToken } from "../tokens";
import { factsAfter, liveInputs } from "./compare";
import { webhookFields } from "./fields";
import type { WebhookFacts, WebhookInputs } from "./fields";
import { configuredApiUrl } from "./settle";

/**
 * The token and the server are those of the configuration or the environment. What Telegram does not report (secret token,
 * certificate, whether an address is pinned) is left out: a program that declares it sends everything again.
 */
export async function findWebhook(
  api: TelegramApi,
  id: string,
  context: OperationContext,
): Promise<Read<WebhookInputs, WebhookFacts>> {
  const [botId = "", environment] = id.split(":");
  const [token] = tokensAtHand(context);
  const sources = { config: (key: string) => context.config(key), environment: (name: string) => process.env[name] };
  const apiUrl = configuredApiUrl(sources) ?? telegramApiUrl;
  const place = { botId, apiUrl: normalApiUrl(apiUrl), testEnvironment: environment === "test" };
  return withValidToken({ ...place, ...(token !== undefined && { token }) }, context, async (bot) => {
    const live = await api.getWebhookInfo(bot);
    if (live.url === "") return "gone";
    const credentials = { token: bot.token, tokenFingerprint: fingerprint(bot.token) };
    const inputs = liveInputs(inputsOf(webhookFields, { ...place, ...credentials }), live);
    return { inputs, facts: factsAfter(inputs, live.hasCustomCertificate, context.now()) };
  });
}
