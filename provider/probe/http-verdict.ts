// What the answer to an empty POST says about an endpoint, in words, with a cure.
import { STATUS_CODES } from "node:http";
import { deliverySeconds, mostConnections } from "../constants/telegram";
import { isPage, knownPage, noClientCertificate } from "./http-pages";
import { refusalOf } from "./http-refusals";
import { hostHeader, isHttps } from "./http-request";
import type { ProbeResponse, HttpEndpoint, NoProbeResponse } from "./http-request";
import type { HttpVerdict } from "./verdict";

type Judged = Omit<HttpVerdict, "secret"> & Partial<Pick<HttpVerdict, "secret">>;

/** How a bot answers that wants an update and is given none. */
const botsOwn = [400, 411, 413, 415, 422, 500];
const leaveOut = "if a firewall lets only Telegram in, leave this check out";

/** `secret` is there when the answer alone tells. */
export function judgeAnswer(endpoint: HttpEndpoint, answer: ProbeResponse): Judged {
  const { status, text } = answer;
  const sent = endpoint.secretToken === undefined ? "an empty POST" : "an empty POST with the right secret";
  const says = `${shownEndpoint(endpoint)} answers ${statusName(status)} to ${sent}`;
  const page = knownPage(answer);
  if (page) return fail(`${says}: ${page.is}.`, page.cure);
  if (status >= 200 && status < 300) {
    if (!isPage(text)) return { check: "http", outcome: "pass", says: `${says}.` };
    const so = "Telegram would take each update for delivered, and the bot would never see it";
    return fail(
      `${says} and a web page: ${so}.`,
      "Give the URL of the bot's own path; a web site answers at this one.",
    );
  }
  if (botsOwn.includes(status))
    return { check: "http", outcome: "pass", says: `${says}, as a bot may that is given no update.` };
  if (status === 429) {
    const cure = `Let Telegram's requests pass without a limit; it opens up to ${mostConnections} connections at the same time.`;
    return cannotTell(`${says}: something in front of the bot limits the request rate.`, cure);
  }
  if (isTransient(status)) {
    const cure = "Start the bot, and compare the address where it listens with the one that the proxy calls.";
    return cannotTell(`${says}: the proxy answers, the bot behind it does not, yet.`, cure, true);
  }
  const refusal = refusalOf(endpoint, answer);
  if (!refusal) return cannotTell(`${says}; nobody can tell from that what an update would be answered with.`);
  const { why, cure, secret } = refusal;
  return { ...fail(`${says}${why}`, cure), ...(secret && { secret }) };
}

/** A grammY bot is not asked a second time. */
export function judgeGrammy(endpoint: HttpEndpoint, { status }: ProbeResponse): Judged {
  const says =
    `${shownEndpoint(endpoint)} answers ${statusName(status)} to a wrong secret in grammY's words: the bot is there and ` +
    "checks the secret. Whether it takes the right one is not asked: a request without an update can end a grammY bot.";
  return { check: "http", outcome: "pass", says };
}

/** No answer proves nothing: a firewall may let nobody but Telegram in, and the bot may be on its way. */
export function judgeSilence(endpoint: HttpEndpoint, { code, words, isConnected, isTaken }: NoProbeResponse): Judged {
  const where = `${shownEndpoint(endpoint)} (${endpoint.address}, port ${endpoint.port})`;
  if (code === "ABORTED") return cannotTell(`${where} did not answer before the time for all checks was up.`);
  if (code === "ECONNREFUSED") {
    return cannotTell(`${where} refuses the connection.`, `Start the bot or its proxy there; ${leaveOut}.`, true);
  }
  if (!isConnected && isTaken && code === "TIMEOUT") {
    const cure = `See in the log of its TLS server why; ${leaveOut}.`;
    return cannotTell(`${where} takes the connection and then says nothing: no TLS handshake within 10 s.`, cure);
  }
  if (!isConnected && (code === "TIMEOUT" || code === "ETIMEDOUT")) {
    return cannotTell(
      `${where} does not take a connection within 10 s.`,
      `Start the bot or its proxy there; ${leaveOut}.`,
    );
  }
  if (code === "TIMEOUT") {
    const cure = `Look whether the bot hangs: Telegram gives up after ${deliverySeconds} s and sends the same update again.`;
    return cannotTell(`${where} takes an empty POST and gives no complete answer within 10 s.`, cure);
  }
  if (/^HPE_INVALID_(?:CONSTANT|VERSION)$/.test(code)) {
    return fail(`${where} answers, but not in HTTP.`, "Give the port on which the bot or its proxy listens.");
  }
  if (/CERTIFICATE_REQUIRED/.test(code)) {
    return fail(`${where} demands a certificate of its clients, and Telegram has none.`, noClientCertificate);
  }
  if (!isConnected) {
    const what = isHttps(endpoint) ? "no TLS connection could be made" : "no connection could be made";
    return cannotTell(`${where}: ${what} (${words}).`, `Start the bot or its proxy there; ${leaveOut}.`);
  }
  if (/^(?:ECONNRESET|EPIPE)$/.test(code)) {
    const cure =
      "Look into the log of the bot or its proxy, and for `return 444` in nginx's configuration, which answers so; Telegram would send the update again and report no error.";
    return cannotTell(`${where} closes the connection without an answer.`, cure);
  }
  return cannotTell(`${where} gives an answer that cannot be read (${words}).`);
}

/** Whatever it says about the bot, it will pass: a gateway without its bot (520 to 530 are Cloudflare's), or a limit. */
export function isTransient(status: number): boolean {
  return [429, 502, 503, 504].includes(status) || (status >= 520 && status <= 530);
}

/** "404 (Not Found)": our words, since the endpoint's own could be anything. */
export function statusName(status: number): string {
  const name = STATUS_CODES[status];
  return name === undefined ? String(status) : `${status} (${name})`;
}

function shownEndpoint(endpoint: HttpEndpoint): string {
  return `${isHttps(endpoint) ? "https" : "http"}://${hostHeader(endpoint)}`;
}

function fail(says: string, cure: string): Judged {
  return { check: "http", outcome: "fail", says, cure };
}

function cannotTell(says: string, cure?: string, mayChange?: true): Judged {
  return { check: "http", outcome: "cannot tell", says, ...(cure && { cure }), ...(mayChange && { mayChange }) };
}
