// The only I/O to the Bot API. Telegram's names stay in here; ours are outside.
import { failure, wordsOf } from "../core/failure";
import type { FormPart, HttpAnswer, HttpClient, HttpRequest } from "../core/http";
import { NoAnswer } from "../core/http";
import type { ExecutionContext } from "../core/logic";
import { persist } from "../core/retry";
import { dateOf, jsonOf, lineOf, statusOf } from "../net/answer";
import { isPassing, retryAfterOf } from "./failures";
import type { Pace } from "./pace";

/** Which bot, at which server. The token goes into the request path and nowhere else. */
export interface Bot {
  apiUrl: string;
  token: string;
  testEnvironment: boolean;
  context: ExecutionContext;
}

/** getWebhookInfo in our names. An absent list of updates is Telegram's default. */
export interface WebhookInfo {
  /** Empty: no webhook is set. */
  url: string;
  hasCustomCertificate: boolean;
  pendingUpdateCount: number;
  /** 1 to 100; missing while no webhook is set. */
  maxConnections?: number;
  /** Resolved or pinned: Telegram does not say which. Missing while it has none. */
  ipAddress?: string;
  /** Missing: Telegram's default kinds. */
  allowedUpdates?: string[];
  /** RFC 3339, the server's clock. */
  lastErrorAt?: string;
  lastErrorMessage?: string;
  lastSynchronizationErrorAt?: string;
}

/** The complete state that setWebhook gets: what is left out is reset by Telegram. */
export interface WebhookSettings {
  url: string;
  certificate?: string;
  ipAddress?: string;
  maxConnections: number;
  /** Empty: Telegram's default kinds. */
  allowedUpdates: string[];
  secretToken?: string;
}

export interface TelegramApi {
  getMe(bot: Bot): Promise<{ id: number; username: string }>;
  getWebhookInfo(bot: Bot): Promise<WebhookInfo>;
  /** Resolves to the time of the answer by the server's clock. */
  setWebhook(bot: Bot, settings: WebhookSettings, dropPendingUpdates: boolean): Promise<Date>;
  deleteWebhook(bot: Bot, dropPendingUpdates: boolean): Promise<void>;
}

type Parameters = Record<string, string | number | boolean | string[]>;

/** Names a bot in a message: never the token. */
export function botName(bot: Pick<Bot, "token" | "testEnvironment">): string {
  return `bot ${bot.token.slice(0, bot.token.indexOf(":"))}${bot.testEnvironment ? " (test environment)" : ""}`;
}

/** What the client works with: the connections and the rates of all bots of a process. */
export interface TelegramApiOptions {
  http: HttpClient;
  pace: Pace;
  /** How long one answer may take. Default 75: Telegram itself waits up to 60 s for a slow name server in setWebhook. */
  requestSeconds?: number;
}

/** The client. */
export function telegramApi({ http, pace, requestSeconds = 75 }: TelegramApiOptions): TelegramApi {
  const call = (bot: Bot, method: string, parameters: Parameters = {}, certificate?: string): Promise<Answer> => {
    const what = `telegram ${method} for ${botName(bot)} at ${new URL(bot.apiUrl).host}`;
    const request: HttpRequest = {
      method: "POST",
      url: `${bot.apiUrl}/bot${bot.token}${bot.testEnvironment ? "/test" : ""}/${method}`,
      signals: [bot.context.signal],
      timeoutSeconds: requestSeconds,
      ...bodyOf(parameters, certificate),
    };
    // A failed setWebhook may have destroyed something: the caller decides. Everything else can be asked again.
    const isRepeatable = method !== "setWebhook";
    const again = (error: unknown) => retryAfterOf(error) ?? (isRepeatable && isPassing(error));
    const once = () => pace.run(bot, what, method, () => post(http, request, what, bot.context));
    return persist(once, bot.context, { what, again });
  };
  return {
    async getMe(bot) {
      const { result } = await call(bot, "getMe");
      const me = result as { id: number; username: string };
      return { id: me.id, username: me.username };
    },
    async getWebhookInfo(bot) {
      return infoFrom((await call(bot, "getWebhookInfo")).result as RawInfo);
    },
    async setWebhook(bot, settings, dropPendingUpdates) {
      const parameters: Parameters = {
        url: settings.url,
        max_connections: settings.maxConnections,
        allowed_updates: settings.allowedUpdates,
        ...(settings.ipAddress !== undefined && { ip_address: settings.ipAddress }),
        ...(settings.secretToken !== undefined && { secret_token: settings.secretToken }),
        ...(dropPendingUpdates && { drop_pending_updates: true }),
      };
      return (await call(bot, "setWebhook", parameters, settings.certificate)).at;
    },
    async deleteWebhook(bot, dropPendingUpdates) {
      await call(bot, "deleteWebhook", dropPendingUpdates ? { drop_pending_updates: true } : {});
    },
  };
}

interface RawInfo {
  url: string;
  has_custom_certificate: boolean;
  pending_update_count: number;
  last_error_date?: number;
  last_error_message?: string;
  max_connections?: number;
  ip_address?: string;
  allowed_updates?: string[];
  last_synchronization_error_date?: number;
}

function infoFrom(raw: RawInfo): WebhookInfo {
  const time = (seconds: number) => new Date(seconds * 1000).toISOString();
  return {
    url: raw.url,
    hasCustomCertificate: raw.has_custom_certificate,
    pendingUpdateCount: raw.pending_update_count,
    ...(raw.max_connections !== undefined && { maxConnections: raw.max_connections }),
    ...(raw.ip_address !== undefined && raw.ip_address !== "<unknown>" && { ipAddress: raw.ip_address }),
    ...(raw.allowed_updates && { allowedUpdates: raw.allowed_updates }),
    ...(raw.last_error_date !== undefined && { lastErrorAt: time(raw.last_error_date) }),
    ...(raw.last_error_message !== undefined && { lastErrorMessage: raw.last_error_message }),
    ...(raw.last_synchronization_error_date !== undefined && {
      lastSynchronizationErrorAt: time(raw.last_synchronization_error_date),
    }),
  };
}

interface Answer {
  result: unknown;
  at: Date;
}

/** JSON without a certificate; with one multipart, since Telegram ignores a certificate that is not a file. */
function bodyOf(parameters: Parameters, certificate: string | undefined): Pick<HttpRequest, "body" | "headers"> {
  if (certificate === undefined) {
    return { body: JSON.stringify(parameters), headers: { "content-type": "application/json" } };
  }
  const fields = Object.entries(parameters).map(([name, value]): FormPart => {
    return { name, value: typeof value === "object" ? JSON.stringify(value) : String(value) };
  });
  const file = { fileName: "certificate.pem", type: "application/x-pem-file" };
  return { body: [...fields, { name: "certificate", value: certificate, ...file }] };
}

async function post(http: HttpClient, request: HttpRequest, what: string, context: ExecutionContext): Promise<Answer> {
  const answer = await http(request).catch((error: unknown) => {
    if (error instanceof NoAnswer && error.isTooLarge) {
      throw failure("TELEGRAM_UNCLEAR", `${what}: ${error.message}, which is not the Bot API's JSON.`);
    }
    throw failure("TELEGRAM_UNREACHABLE", `${what} got no answer: ${wordsOf(error)}.`);
  });
  const envelope = envelopeOf(answer);
  if (envelope === undefined) {
    const said = `${what} was answered with ${statusOf(answer)}, which is not the Bot API's JSON: "${lineOf(answer)}".`;
    throw failure("TELEGRAM_UNCLEAR", said, { status: answer.status });
  }
  if (!envelope.ok) {
    const { error_code: status = answer.status, description = "" } = envelope;
    const header = Number(answer.headers["retry-after"]);
    const retryAfterSeconds = envelope.parameters?.retry_after ?? (Number.isFinite(header) ? header : undefined);
    throw failure("TELEGRAM_REFUSED", `${what} was refused (${status}): "${withoutPrefix(description)}".`, {
      status,
      description,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    });
  }
  return { result: envelope.result, at: dateOf(answer) ?? context.now() };
}

interface Envelope {
  ok: boolean;
  result?: unknown;
  error_code?: number;
  description?: string;
  parameters?: { retry_after?: number };
}

function envelopeOf(answer: HttpAnswer): Envelope | undefined {
  const value = jsonOf(answer)?.value as Envelope | null | undefined;
  return typeof value?.ok === "boolean" ? value : undefined;
}

function withoutPrefix(description: string): string {
  return description.replace(/^(Bad Request|Conflict|Unauthorized|Too Many Requests): /, "");
}
