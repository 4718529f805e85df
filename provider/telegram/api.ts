// The only I/O to the Bot API. Telegram's names stay in here; ours are outside.
import { File } from "node:buffer";
import { STATUS_CODES } from "node:http";
import { Agent, EnvHttpProxyAgent, FormData, request } from "undici";
import type { Dispatcher } from "undici";
import { failure, isTimeout, wordsOf } from "../core/failure";
import type { ExecutionContext } from "../core/logic";
import { persist } from "../core/retry";
import { isPassing, retryAfterOf } from "./failures";
import { Pace } from "./pace";

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

/** How many requests to a server are under way at the same time, over all bots of a process. */
const concurrency = 8;

/** What all bots of a process share. */
export interface Line {
  dispatcher: Dispatcher;
  pace: Pace;
  /** How long one request may take. Telegram itself waits up to 60 s for a slow name server in setWebhook. */
  requestSeconds: number;
}

let shared: Line | undefined;

/** The client. Connections and rates are shared by the whole process; `HTTPS_PROXY` and `NO_PROXY` are honoured. */
export function telegramApi(line?: Line): TelegramApi {
  const { dispatcher, pace, requestSeconds } =
    line ?? (shared ??= { dispatcher: ownDispatcher(), pace: new Pace(), requestSeconds: 75 });
  const call = (bot: Bot, method: string, parameters: Parameters = {}, certificate?: string): Promise<Answer> => {
    const what = `telegram ${method} for ${botName(bot)} at ${new URL(bot.apiUrl).host}`;
    const url = `${bot.apiUrl}/bot${bot.token}${bot.testEnvironment ? "/test" : ""}/${method}`;
    // A failed setWebhook may have destroyed something: the caller decides. Everything else can be asked again.
    const isRepeatable = method !== "setWebhook";
    const again = (error: unknown) => retryAfterOf(error) ?? (isRepeatable && isPassing(error));
    const once = () =>
      pace.run(bot, what, method, () =>
        post({ dispatcher, requestSeconds }, url, what, bot.context.signal, bodyOf(parameters, certificate)),
      );
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

function ownDispatcher(): Dispatcher {
  const proxied = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].some((name) => process.env[name]);
  const options = { connections: concurrency, connect: { timeout: 20_000 } };
  return proxied ? new EnvHttpProxyAgent(options) : new Agent(options);
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
function bodyOf(parameters: Parameters, certificate: string | undefined): { body: string | FormData; type?: string } {
  if (certificate === undefined) return { body: JSON.stringify(parameters), type: "application/json" };
  const form = new FormData();
  for (const [name, value] of Object.entries(parameters)) {
    form.set(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  }
  form.set("certificate", new File([certificate], "certificate.pem", { type: "application/x-pem-file" }));
  return { body: form };
}

async function post(
  { dispatcher, requestSeconds }: Omit<Line, "pace">,
  url: string,
  what: string,
  signal: AbortSignal,
  { body, type }: ReturnType<typeof bodyOf>,
): Promise<Answer> {
  let response: Dispatcher.ResponseData;
  let text: string;
  try {
    // Redirects are not followed: one would carry the token to another host.
    const headers = type === undefined ? {} : { "content-type": type };
    const [headersTimeout, bodyTimeout] = [requestSeconds * 1000, requestSeconds * 1000];
    response = await request(url, { method: "POST", body, dispatcher, signal, headers, headersTimeout, bodyTimeout });
    text = await response.body.text();
  } catch (error) {
    throw failure("TELEGRAM_UNREACHABLE", `${what} got no answer: ${reasonOf(error)}.`);
  }
  const answer = parse(text);
  if (answer === undefined) {
    const status = `${response.statusCode} ${STATUS_CODES[response.statusCode] ?? ""}`.trim();
    const start = text.replace(/\s+/g, " ").slice(0, 200);
    throw failure(
      "TELEGRAM_UNCLEAR",
      `${what} was answered with ${status}, which is not the Bot API's JSON: "${start}".`,
      {
        status: response.statusCode,
      },
    );
  }
  if (!answer.ok) {
    const { error_code: status = response.statusCode, description = "" } = answer;
    const header = Number(response.headers["retry-after"]);
    const retryAfterSeconds = answer.parameters?.retry_after ?? (Number.isFinite(header) ? header : undefined);
    throw failure("TELEGRAM_REFUSED", `${what} was refused (${status}): "${withoutPrefix(description)}".`, {
      status,
      description,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    });
  }
  const date = Date.parse(String(response.headers["date"]));
  return { result: answer.result, at: Number.isNaN(date) ? new Date() : new Date(date) };
}

interface Envelope {
  ok: boolean;
  result?: unknown;
  error_code?: number;
  description?: string;
  parameters?: { retry_after?: number };
}

function parse(text: string): Envelope | undefined {
  try {
    const value = JSON.parse(text) as Envelope | null;
    return typeof value?.ok === "boolean" ? value : undefined;
  } catch {
    return undefined; // an HTML page of a front end, or a cut answer
  }
}

function withoutPrefix(description: string): string {
  return description.replace(/^(Bad Request|Conflict|Unauthorized|Too Many Requests): /, "");
}

function reasonOf(error: unknown): string {
  if (isTimeout(error)) return "the operation's deadline has passed (customTimeouts sets it)";
  return (error as { code?: string }).code === "UND_ERR_HEADERS_TIMEOUT" ? "it took too long" : wordsOf(error);
}
