// The only I/O to the Bot API. Telegram's names stay in here; ours are outside.
import { shortened, wordsOf } from "../core/failure";
import type { HttpAnswer, HttpClient, HttpRequest } from "../core/http";
import { NoAnswer } from "../core/http";
import type { ExecutionContext } from "../core/logic";
import { patienceFor, retry } from "../core/retry";
import { isObject, isWhole } from "../core/rules";
import { botUsername } from "../constants/telegram";
import { dateOf, jsonOf, lineOf, statusOf } from "../net/answer";
import { errors } from "./errors";
import { isLoggedOut, isPassing, isTokenStatus, isUnreadStatus, retryAfterOf } from "./failures";
import type { RateLimiter } from "./pace";
import { infoFrom, sentWith } from "./webhook/wire";
import type { Sent, WebhookInfo, WebhookSettings } from "./webhook/wire";

const nothing: Sent = { parameters: {}, files: [] };
/** Bytes; the longest answer of the methods that are called has a few thousand. */
const longestAnswer = 2 ** 18;
const longestDescription = 1000;

/** Which bot, at which server. The token goes into the request path and nowhere else. */
export interface Bot {
  apiUrl: string;
  token: string;
  testEnvironment: boolean;
  context: ExecutionContext;
}

export interface TelegramApi {
  getMe(bot: Bot): Promise<{ id: number; username: string }>;
  getWebhookInfo(bot: Bot): Promise<WebhookInfo>;
  /** Resolves to the time of the answer by the server's clock. */
  setWebhook(bot: Bot, settings: WebhookSettings, dropPendingUpdates: boolean): Promise<Date>;
  deleteWebhook(bot: Bot, dropPendingUpdates: boolean): Promise<void>;
}

/** Names a bot in a message: never the token. */
export function botName(bot: Pick<Bot, "token" | "testEnvironment">): string {
  return `bot ${bot.token.slice(0, bot.token.indexOf(":"))}${bot.testEnvironment ? " (test environment)" : ""}`;
}

/** What the client works with: the connections and the rates of all bots of a process. */
export interface TelegramApiOptions {
  http: HttpClient;
  pace: RateLimiter;
  /** How long one answer may take: its head, and then the rest. Default 75: Telegram itself waits up to 60 s for a slow name server in setWebhook. */
  requestSeconds?: number;
}

/** The client. */
export function telegramApi({ http, pace, requestSeconds = 75 }: TelegramApiOptions): TelegramApi {
  const call = async (bot: Bot, method: string, sent: Sent = nothing): Promise<Answer & { what: string }> => {
    const what = `telegram ${method} for ${botName(bot)} at ${new URL(bot.apiUrl).host}`;
    const request: HttpRequest = {
      method: "POST",
      url: `${bot.apiUrl}/bot${bot.token}${bot.testEnvironment ? "/test" : ""}/${method}`,
      signals: [bot.context.signal],
      timeoutSeconds: requestSeconds,
      maxBytes: longestAnswer,
      ...bodyOf(sent),
    };
    // A failed setWebhook may have destroyed something: the caller decides. Everything else can be asked again.
    const isRepeatable = method !== "setWebhook";
    const again = (error: unknown) => retryAfterOf(error) ?? (isRepeatable && isPassing(error));
    const once = () => pace.run(bot, what, method, () => post(http, request, what, bot.context));
    return { what, ...(await retry(once, bot.context, { what, again })) };
  };
  return {
    async getMe(bot) {
      const { result, what } = await call(bot, "getMe");
      const { id, username } = isObject(result) ? result : {};
      const isBot =
        isWhole(id, 1, Number.MAX_SAFE_INTEGER) && typeof username === "string" && botUsername.test(username);
      if (!isBot) throw errors.TELEGRAM_UNCLEAR.odd({ what, odd: "its result is no bot with an id and a username" });
      return { id: id as number, username };
    },
    async getWebhookInfo(bot) {
      const { result, what } = await call(bot, "getWebhookInfo");
      const info = infoFrom(result);
      if ("odd" in info) throw errors.TELEGRAM_UNCLEAR.odd({ what, odd: info.odd });
      return info;
    },
    async setWebhook(bot, settings, dropPendingUpdates) {
      return done(await call(bot, "setWebhook", sentWith(settings, dropPendingUpdates)));
    },
    async deleteWebhook(bot, dropPendingUpdates) {
      const parameters = dropPendingUpdates ? { drop_pending_updates: true } : {};
      done(await call(bot, "deleteWebhook", { parameters, files: [] }));
    },
  };
}

interface Answer {
  result: unknown;
  at: Date;
}

/** When it was done; an answer that does not say so is no answer of the Bot API's. */
function done({ result, at, what }: Answer & { what: string }): Date {
  if (result !== true) throw errors.TELEGRAM_UNCLEAR.odd({ what, odd: "its result is not true" });
  return at;
}

/** JSON; a form where there is a file. */
function bodyOf({ parameters, files }: Sent): Pick<HttpRequest, "body" | "headers"> {
  if (files.length === 0) return { body: JSON.stringify(parameters), headers: { "content-type": "application/json" } };
  const fields = Object.entries(parameters).map(([name, value]) => {
    return { name, value: typeof value === "string" ? value : JSON.stringify(value) };
  });
  return { body: [...fields, ...files] };
}

async function post(http: HttpClient, request: HttpRequest, what: string, context: ExecutionContext): Promise<Answer> {
  const answer = await http(request).catch((error: unknown) => {
    if (error instanceof NoAnswer && error.isTooLarge) {
      throw errors.TELEGRAM_UNCLEAR.tooLarge({ what, why: error.message });
    }
    throw errors.TELEGRAM_UNREACHABLE.noAnswer({ what, why: wordsOf(error) });
  });
  const envelope = envelopeOf(answer);
  if (envelope === undefined) {
    const { status } = answer;
    if (answer.body.length === 0) {
      const told = { what, answer: statusOf(answer) };
      if (isUnreadStatus(status)) throw errors.TELEGRAM_UNREAD.unread(told, { status });
      throw errors.TELEGRAM_UNCLEAR.empty(told, { status });
    }
    throw errors.TELEGRAM_UNCLEAR.notJson({ what, answer: statusOf(answer), said: lineOf(answer) }, { status });
  }
  if (!envelope.ok) {
    const { error_code: code, description: said } = envelope;
    const status = isWhole(code, 100, 599) ? (code as number) : answer.status;
    const description = typeof said === "string" ? shortened(said, longestDescription) : "";
    const asked = isObject(envelope.parameters) ? envelope.parameters["retry_after"] : undefined;
    const retryAfterSeconds = patienceFor(asked) ?? patienceFor(answer.headers["retry-after"]);
    const details = { status, description, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
    const told = { what, status, said: withoutPrefix(description) };
    if (isTokenStatus(status)) throw errors.TELEGRAM_REFUSED.token(told, details);
    if (status === 429) throw errors.TELEGRAM_REFUSED.tooMany({ ...told, seconds: retryAfterSeconds ?? 1 }, details);
    const refused = errors.TELEGRAM_REFUSED.refused(told, details);
    throw isLoggedOut(refused) ? errors.TELEGRAM_REFUSED.loggedOut(told, details) : refused;
  }
  return { result: envelope.result, at: dateOf(answer, context.now()) ?? context.now() };
}

interface Envelope {
  ok: boolean;
  result?: unknown;
  error_code?: unknown;
  description?: unknown;
  parameters?: unknown;
}

function envelopeOf(answer: HttpAnswer): Envelope | undefined {
  const value = jsonOf(answer)?.value as Envelope | null | undefined;
  return typeof value?.ok === "boolean" ? value : undefined;
}

function withoutPrefix(description: string): string {
  return description.replace(/^(Bad Request|Conflict|Unauthorized|Too Many Requests): /, "");
}
