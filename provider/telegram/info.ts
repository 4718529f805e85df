// Asks Telegram what is true now: the facts that change by themselves and so are never outputs of a resource.
import * as pulumi from "@pulumi/pulumi";
import { outgoing } from "../core/printable";
import { wordsOf } from "../core/failure";
import { realTime } from "../core/execution-context";
import { programSources, programServices } from "../host/sources";
import { programVoice } from "../host/voice";
import type { TelegramApi } from "./api";
import * as rules from "./rules";
import { telegramApiUrl } from "../constants/telegram";
import { configuredApiUrl } from "./webhook/settle";
import type { WebhookInfo } from "./webhook/wire";

/** Which bot to ask about. */
export interface GetWebhookInfoArgs {
  /** The bot's token. It is in no error, and in a result only its bot's id: the rest is masked, where a server repeats it. */
  token: string;
  /** Default: configuration `telegram:apiUrl`, then environment `TELEGRAM_API_URL`, then https://api.telegram.org. */
  apiUrl?: string;
  /** Default false. */
  testEnvironment?: boolean;
  /** Deadline, default 30. */
  timeoutSeconds?: number;
}

export type GetWebhookInfoOutputArgs = { [K in keyof GetWebhookInfoArgs]: pulumi.Input<GetWebhookInfoArgs[K]> };

/** All calls of a program share connections and rates. */
function openApi(): TelegramApi {
  const { httpClient } = require("../net/http") as typeof import("../net/http");
  const { telegramApi } = require("./api") as typeof import("./api");
  const { RateLimiter } = require("./pace") as typeof import("./pace");
  return telegramApi({ http: httpClient(), pace: new RateLimiter() });
}

/**
 * Pending updates, last error, resolved address, and what the webhook is set to: one request, also during a preview.
 * Throws an Error that names the bot and Telegram's answer.
 */
export async function getWebhookInfo(args: GetWebhookInfoArgs): Promise<WebhookInfo> {
  const { token, testEnvironment = false, timeoutSeconds = 30 } = args;
  const apiUrl = args.apiUrl ?? configuredApiUrl(programSources()) ?? telegramApiUrl;
  const tokenProblem = rules.tokenProblem(token);
  if (tokenProblem) throw new Error(`getWebhookInfo: token ${tokenProblem}`);
  const urlProblem = rules.apiUrlProblem(apiUrl, { localServer: true });
  if (urlProblem) throw new Error(`getWebhookInfo: apiUrl ${urlProblem}`);
  const clean = (text: string) => outgoing(text, [token]);
  const context = realTime(timeoutSeconds, programVoice(undefined, [token]));
  const bot = { token, apiUrl: rules.normalApiUrl(apiUrl), testEnvironment, context };
  const info = await programServices
    .once("getWebhookInfo", openApi)
    .getWebhookInfo(bot)
    .catch((error: unknown) => Promise.reject(new Error(clean(wordsOf(error)))));
  return cleaned(info, clean);
}

/** Every text of the server's: the token masked, and as a terminal may get it. */
function cleaned(info: WebhookInfo, clean: (text: string) => string): WebhookInfo {
  const cleanOne = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(cleanOne);
    return typeof value === "string" ? clean(value) : value;
  };
  return Object.fromEntries(Object.entries(info).map(([name, value]) => [name, cleanOne(value)])) as never;
}

/** {@link getWebhookInfo} for inputs. The result is not secret although the token is, which is masked in it. */
export function getWebhookInfoOutput(args: GetWebhookInfoOutputArgs): pulumi.Output<WebhookInfo> {
  const info = pulumi.output(args).apply((known) => getWebhookInfo(known as GetWebhookInfoArgs));
  return pulumi.unsecret(info);
}
