// Runs the doctor's checks in their order, and says them in the words of the command line.
import { isIP } from "node:net";
import { realTime } from "../provider/core/execution-context";
import { outgoing } from "../provider/core/printable";
import { hostOf, portOf } from "../provider/core/url";
import { waitFor } from "../provider/core/wait";
import { probeEndpoint } from "../provider/probe/endpoint";
import type { EndpointOptions } from "../provider/probe/endpoint";
import type { DnsVerdict, HttpVerdict, Verdict } from "../provider/probe/verdict";
import * as rules from "../provider/telegram/rules";
import type { Check } from "./report";
import type { RecordedRoute } from "./stack";
import { checkTelegram } from "./telegram";
import { checkBot } from "./upstream";
import { inOptions } from "./words";

/** What is to be looked at. */
export interface Examination {
  endpoint: EndpointOptions;
  timeoutSeconds: number;
  /** The variable with the secret; nothing when the secret is a stack's. */
  secretFrom?: string;
  /** Of a stack: the routes that lead to the bot. */
  routes?: RecordedRoute[];
  /** A bot without a token is named, and not asked about. */
  bot?: { token: string; apiUrl: string; testEnvironment: boolean } | { token?: undefined; botId: string };
}

/** One look takes at most so long. */
const lookSeconds = 90;
const everySeconds = 5;

/** The checks, and the address that they connected to. */
export async function examine(asked: Examination): Promise<{ checks: Check[]; address?: string }> {
  const { endpoint, timeoutSeconds, bot, routes } = asked;
  const secrets = [endpoint.secretToken, bot?.token].filter((one) => one !== undefined);
  // Every sentence by itself: a secret may be a word of the JSON document.
  const hide = (text: string) => outgoing(text, secrets);
  const say = (line: string) => console.error(hide(line));
  const context = realTime(timeoutSeconds + lookSeconds, { log: say, warn: say });
  const verdicts = await waitFor(() => probeEndpoint(endpoint, context), context, {
    what: rules.shownUrl(endpoint.url),
    seconds: timeoutSeconds,
    everySeconds,
    isEnough: (seen) => !seen.some(({ mayChange }) => mayChange),
    tell: (seen) => seen.find(({ mayChange }) => mayChange)?.says ?? "",
  });
  const address = addressOf(endpoint, verdicts);
  const checks = verdicts.map((verdict) => checkOf(asked, verdict));
  const http = verdicts.find((one): one is HttpVerdict => one.check === "http");
  if (http?.isByRoute && address !== undefined) checks.push(await checkBot(routes, address));
  if (bot?.token !== undefined) {
    checks.push(await checkTelegram({ ...endpoint, ...bot, context: context.beyond(lookSeconds) }));
  } else if (bot) {
    const detail = `The token of bot ${bot.botId} is not in the stack, and not where tokenFrom says, on this machine.`;
    checks.push({
      id: "telegram",
      status: "cannot tell",
      detail,
      fix: "Set the variable or file that tokenFrom names.",
    });
  }
  const clean = (text: string) => hide(inOptions(text));
  const shown = checks.map((check) => ({
    ...check,
    detail: clean(check.detail),
    ...(check.fix !== undefined && { fix: clean(check.fix) }),
    ...(check.warnings && { warnings: check.warnings.map(clean) }),
  }));
  return { checks: shown, ...(address !== undefined && { address: `${address}:${portOf(new URL(endpoint.url))}` }) };
}

/** A probe is the judge of an endpoint whose secret is known; whoever asks here may have another one, or none. */
function checkOf({ secretFrom, endpoint }: Examination, verdict: Verdict): Check {
  const { check, outcome, says, cure, warnings } = verdict;
  const about = {
    id: check,
    status: outcome,
    detail: says,
    ...(cure !== undefined && { fix: cure }),
    ...(warnings && warnings.length > 0 && { warnings }),
  };
  const { secret } = verdict as Partial<HttpVerdict>;
  if (secret === "required" && endpoint.secretToken === undefined) {
    return {
      ...about,
      status: "cannot tell",
      detail: `${says} A bot that checks its secret does so.`,
      fix: "Give the secret that Telegram sends: --secret-env, or --stack, which reads it.",
    };
  }
  if (secret !== "refused" || secretFrom === undefined) return about;
  const own =
    "Behind a route of pulumi-telegram, WEBHOOK_SECRET of the output environment is the bot's own secret and not Telegram's: --stack reads the right one.";
  return { ...about, fix: `${cure} ${own}` };
}

function addressOf({ url, ipAddress }: EndpointOptions, verdicts: readonly Verdict[]): string | undefined {
  const host = hostOf(new URL(url));
  if (ipAddress !== undefined || isIP(host) !== 0) return ipAddress ?? host;
  return verdicts.find((one): one is DnsVerdict => one.check === "dns")?.addresses[0];
}
