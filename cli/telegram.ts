// The doctor's fourth check: what Telegram itself knows of the webhook. Reads only.
import { wordsOf } from "../provider/core/failure";
import type { ExecutionContext } from "../provider/core/logic";
import { defaultMaxConnections } from "../provider/telegram/webhook/fields";
import { defaultConnections } from "../provider/constants/telegram";
import { explainDeliveryError, quotedDeliveryError } from "../provider/telegram/delivery-errors";
import { httpClient } from "../provider/net/http";
import { botName, telegramApi } from "../provider/telegram/api";
import { isLoggedOut, isTokenRejected } from "../provider/telegram/failures";
import type { WebhookInfo } from "../provider/telegram/webhook/wire";
import { RateLimiter } from "../provider/telegram/pace";
import { shownUrl } from "../provider/telegram/rules";
import type { Check } from "./report";

export interface Question {
  url: string;
  /** PEM that the person says is uploaded. */
  certificate?: string;
  token: string;
  apiUrl: string;
  testEnvironment?: boolean;
  context: ExecutionContext;
}

/** Telegram tries again after two minutes at the latest; a queue takes longer. */
const freshSeconds = 600;

export async function checkTelegram(question: Question): Promise<Check> {
  const bot = { testEnvironment: false, ...question };
  const name = botName(bot);
  let info: WebhookInfo;
  try {
    info = await telegramApi({ http: httpClient(), pace: new RateLimiter() }).getWebhookInfo(bot);
  } catch (error) {
    if (isTokenRejected(error)) {
      return check(
        "fail",
        `Telegram does not know the token of ${name}.`,
        "Ask @BotFather for the token that is valid now.",
      );
    }
    if (isLoggedOut(error)) {
      const says = `${name} was logged out of ${new URL(question.apiUrl).host} (logOut), which erased its webhook there.`;
      const cure = "If the bot has moved, ask its new server with --api-url; if not, `pulumi up` in half an hour.";
      return check("fail", says, cure);
    }
    return check("cannot tell", wordsOf(error));
  }
  const failing = deliveryProblem(info, question, name);
  const found = problemOf(info, question, name) ?? failing;
  const warnings = info.url === question.url ? warningsOn(info, question, failing === undefined) : [];
  const judged = found ?? check("pass", `This URL is the webhook of ${name}; ${waitingIn(info)}.`);
  return { ...judged, ...(warnings.length > 0 && { warnings }) };
}

function problemOf(info: WebhookInfo, { url, certificate }: Question, name: string): Check | undefined {
  if (info.url === "")
    return check("fail", `${name} has no webhook.`, "Set it: `pulumi up` does, once it is declared.");
  if (info.url !== url) {
    const other = shownUrl(info.url);
    const where = other === shownUrl(url) ? `another URL at ${other}` : other;
    const cure = "Look who set it: another stack, or a bot that registers itself when it starts.";
    return check("fail", `The webhook of ${name} is ${where}, not this URL.`, cure);
  }
  if (certificate !== undefined && !info.hasCustomCertificate) {
    const cure =
      "Set the webhook again, with this certificate; or leave --certificate out, if a public authority signed yours.";
    return check("fail", `Telegram has no certificate of ${name}, and trusts public authorities only.`, cure);
  }
  return undefined;
}

/** Updates wait and the last attempt is young: it is failing now. */
function deliveryProblem(info: WebhookInfo, { context }: Question, name: string): Check | undefined {
  const error = lastError(info);
  const age = error === undefined ? Infinity : (context.now().getTime() - Date.parse(error.at)) / 1000;
  if (error === undefined || info.pendingUpdateCount === 0 || age > freshSeconds) return undefined;
  const { cause, cure } = explainDeliveryError(error.message);
  const says = `${waitingIn(info)} for ${name}, and the last delivery failed at ${error.at}: "${quotedDeliveryError(error.message)}". ${cause}`;
  return check("fail", says, `${cure} Then ask again in two minutes.`);
}

function warningsOn(info: WebhookInfo, { certificate }: Question, isOver: boolean): string[] {
  const warnings: string[] = [];
  const error = lastError(info);
  if (error && isOver) {
    const said = quotedDeliveryError(error.message);
    warnings.push(`The last delivery that failed did so at ${error.at}: "${said}".`);
  }
  if (!error && info.pendingUpdateCount > 0) {
    warnings.push(
      "Updates wait, and Telegram reports no error: ask again in two minutes. If their number does not fall, see tls and http: Telegram reports nothing of an endpoint that closes the connection without an answer.",
    );
  }
  if (certificate === undefined && info.hasCustomCertificate) {
    warnings.push("A certificate is uploaded: give it with --certificate, or tls is judged by public authorities.");
  }
  if (info.maxConnections === defaultConnections) {
    warnings.push(
      `It has ${defaultConnections} connections, Telegram's default: perhaps a framework set it (pulumi-telegram sends ${defaultMaxConnections} unless told otherwise).`,
    );
  }
  return warnings;
}

function waitingIn({ pendingUpdateCount: count }: WebhookInfo): string {
  return count === 1 ? "1 update waits" : `${count} updates wait`;
}

function lastError({ lastErrorAt, lastErrorMessage }: WebhookInfo): { at: string; message: string } | undefined {
  if (lastErrorAt === undefined || lastErrorMessage === undefined) return undefined;
  return { at: lastErrorAt, message: lastErrorMessage };
}

function check(status: Check["status"], detail: string, fix?: string): Check {
  return { id: "telegram", status, detail, ...(fix !== undefined && { fix }) };
}
