// Proves that an endpoint takes what Telegram sends: two empty POSTs, a wrong secret and the right one.
import { randomBytes } from "node:crypto";
import type { ExecutionContext } from "../core/logic";
import { knownPage } from "./http-pages";
import { post } from "./http-request";
import type { ProbeResponse, HttpEndpoint, NoProbeResponse } from "./http-request";
import { isTransient, judgeAnswer, judgeGrammy, judgeSilence, statusName } from "./http-verdict";
import { probeHeader } from "./verdict";
import type { HttpVerdict } from "./verdict";

export type { HttpEndpoint } from "./http-request";

/** Nobody's secret, however short the right one is. */
const shortestWrongSecret = 16;

/**
 * One look, at most 20 s. Without a `secretToken` there is one POST and no word about secrets. A connection that is refused,
 * closed or times out is "cannot tell"; a fail is an answer that Telegram would be given too.
 */
export async function probeHttp(endpoint: HttpEndpoint, context: ExecutionContext): Promise<HttpVerdict> {
  const { secretToken } = endpoint;
  const send = (secret?: string) => post(endpoint, secret, context.signal);
  if (secretToken === undefined) return judge(endpoint, await send());
  const wrong = await send(wrongSecret(secretToken));
  if (!isAnswer(wrong) && !wrong.isConnected) return judge(endpoint, wrong);
  if (isAnswer(wrong) && isGrammy(wrong)) return { secret: "unknown", ...judgeGrammy(endpoint, wrong) };
  const right = await send(secretToken);
  const verdict = judge(endpoint, right);
  if (verdict.outcome !== "pass" || !isAnswer(right)) {
    return verdict.secret === "unknown" && hasGotBehind(wrong, right) ? { ...verdict, secret: "accepted" } : verdict;
  }
  return { ...verdict, ...secretOf(wrong, right), ...(isByRoute(right) && { isByRoute: true }) };
}

function judge(endpoint: HttpEndpoint, outcome: ProbeResponse | NoProbeResponse): HttpVerdict {
  const judged = isAnswer(outcome) ? judgeAnswer(endpoint, outcome) : judgeSilence(endpoint, outcome);
  return { secret: "unknown", ...judged };
}

/** A platform refuses the wrong secret, and passes the right one on, whatever then becomes of it. */
function hasGotBehind(wrong: ProbeResponse | NoProbeResponse, right: ProbeResponse | NoProbeResponse): boolean {
  return isAnswer(wrong) && isAnswer(right) && isRefusal(wrong) && !isRefusal(right);
}

const isRefusal = (answer: ProbeResponse) => knownPage(answer)?.isRefusal === true;

/** What the answers to the wrong and the right secret say together, when the right one passes. */
function secretOf(
  wrong: ProbeResponse | NoProbeResponse,
  right: ProbeResponse,
): Pick<HttpVerdict, "secret" | "warnings"> {
  // A proxy may close the connection of whoever has no secret (nginx: `return 444`); silence may be chance.
  if (!isAnswer(wrong)) return { secret: /^(?:ECONNRESET|EPIPE)$/.test(wrong.code) ? "accepted" : "unknown" };
  if (isTransient(wrong.status)) return { secret: "unknown" };
  const isTaken = isSuccess(wrong.status) && isSuccess(right.status);
  if (!isTaken && wrong.status !== right.status) return { secret: "accepted" };
  const says = isSuccess(wrong.status)
    ? `A wrong secret is taken too (${statusName(wrong.status)}): the endpoint does not check the secret, so whoever knows the URL can send updates to the bot.`
    : `A wrong secret is answered like the right one (${statusName(wrong.status)}): the endpoint does not check the secret, or only after it has read an update.`;
  return { secret: "unchecked", warnings: [says] };
}

/**
 * grammY's refusal of a wrong secret. A second request without an update, with the right secret, would end a grammY bot that
 * listens with Node's own http server: JSON.parse("") rejects where nobody catches it (grammY 1.46, grammyjs/grammY #871).
 */
function isGrammy({ status, text }: ProbeResponse): boolean {
  return status === 401 && text.trim() === "secret token is wrong";
}

/** A route of ours says the nonce again, to whoever has its secret. */
function isByRoute({ status, headers }: ProbeResponse): boolean {
  return status === 204 && headers[probeHeader.toLowerCase()] !== undefined;
}

/** Random, as long as the right one: a check that compares lengths first must not look like a check of the secret. */
function wrongSecret(right: string): string {
  const length = Math.max(right.length, shortestWrongSecret);
  return randomBytes(length).toString("base64url").slice(0, length);
}

function isAnswer(outcome: ProbeResponse | NoProbeResponse): outcome is ProbeResponse {
  return "status" in outcome;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}
