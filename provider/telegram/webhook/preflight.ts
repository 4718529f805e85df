// Proof before: which checks of the endpoint a change concerns, and what their end means for it.
import type { Failure } from "../../core/failure-types";
import type { ExecutionContext } from "../../core/logic";
import { waitFor } from "../../core/wait";
import { failedLookupSeconds, telegramApiUrl } from "../../constants/telegram";
import type { EndpointOptions } from "../../probe/endpoint";
import type { DnsVerdict, Verdict } from "../../probe/verdict";
import type { Bot } from "../api";
import { botName } from "../api";
import { errors, parts } from "../errors";
import { noticeParts, warnings } from "../notices";
import { shownUrl } from "../rules";
import { isOwned } from "./compare";
import type { Preflight, WebhookInputs, WebhookState } from "./fields";

/** One look at an endpoint; `probe/endpoint.ts`. */
export type Probe = (options: EndpointOptions, context: ExecutionContext) => Promise<Verdict[]>;

type Checks = EndpointOptions["checks"];

const defaultTimeoutSeconds = 60;

/** All that a probe needs to know of a webhook. */
export function probeOptionsFor(inputs: WebhookInputs, checks: Checks): EndpointOptions {
  const { url, ipAddress, certificate, secretToken, localServer, apiUrl } = inputs;
  const { allowPrivateAddresses = localServer || apiUrl !== telegramApiUrl, nameServers } = preflightSettings(inputs);
  return {
    url,
    checks,
    allowPrivateAddresses,
    ...(ipAddress !== undefined && { ipAddress }),
    ...(certificate !== undefined && { certificate }),
    ...(secretToken !== undefined && { secretToken }),
    ...(nameServers && { nameServers }),
  };
}

/** The checks that are switched on. */
export function checksOf(inputs: WebhookInputs): Checks {
  if (inputs.preflight === false) return { dns: false, tls: false, http: false };
  const { dns = true, tls = true, http = true } = inputs.preflight;
  return { dns, tls, http };
}

/**
 * Those that a change concerns: all for a URL that was not verified before; of one that was, only what is new, so that
 * a dead endpoint never keeps it from being registered again.
 */
export function checksFor(old: WebhookState | undefined, inputs: WebhookInputs): Checks {
  const { dns, tls, http } = checksOf(inputs);
  if (!old || !isOwned(old, inputs.url) || old.owned.isUnproved) return { dns, tls, http };
  const isNew = (name: keyof WebhookInputs) => old[name] !== inputs[name];
  const isMoved = isNew("ipAddress");
  return {
    dns: dns && isMoved,
    tls: tls && (isMoved || isNew("certificate")),
    http: http && (isMoved || isNew("secretToken")),
  };
}

/**
 * Looks until nothing is left that time may mend, at most `timeoutSeconds`; what an edge answers that has not taken up a
 * change everywhere may fail for `settleSeconds` from the first time. Throws ENDPOINT_BROKEN when a check failed,
 * or could not tell although `require` is set. Resolves to what it has seen.
 */
export async function preflight(
  old: WebhookState | undefined,
  inputs: WebhookInputs,
  bot: Bot,
  probe: Probe,
): Promise<Verdict[]> {
  const checks = checksFor(old, inputs);
  if (!Object.values(checks).includes(true)) return [];
  const {
    require: isRequired = false,
    timeoutSeconds = defaultTimeoutSeconds,
    settleSeconds = 0,
  } = preflightSettings(inputs);
  const isBlocking = ({ outcome }: Verdict) => outcome === "fail" || (isRequired && outcome === "cannot tell");
  const isWaitedFor = (verdict: Verdict) => isBlocking(verdict) && verdict.mayChange === true;
  let failingSince: number | undefined;
  const look = async (): Promise<Verdict[]> => {
    const seen = await probe(probeOptionsFor(inputs, checks), bot.context);
    if (!seen.some((verdict) => isOfEdge(verdict) && isBlocking(verdict))) return seen;
    const now = bot.context.now().getTime();
    failingSince ??= now;
    if (now - failingSince >= settleSeconds * 1000) return seen;
    return seen.map((verdict) => (isOfEdge(verdict) ? { ...verdict, mayChange: true } : verdict));
  };
  const what = noticeParts.checking({ bot: botName(bot), url: shownUrl(inputs.url) });
  const verdicts = await waitFor(look, bot.context, {
    what,
    seconds: timeoutSeconds,
    isEnough: (seen) => !seen.some(isWaitedFor),
    tell: (seen) => seen.filter(isWaitedFor).map(({ check, says }) => `${check}: ${says}`).join(" "), // prettier-ignore
  });
  for (const { check, outcome, warnings: remarks = [], ...verdict } of verdicts) {
    const seen = { bot: botName(bot), check };
    const says = withCure(verdict);
    for (const remark of remarks) bot.context.warn(warnings.checkRemark({ ...seen, remark }));
    if (outcome === "cannot tell" && !isRequired) bot.context.warn(warnings.checkUnclear({ ...seen, says }));
  }
  const blocking = verdicts.filter(isBlocking);
  if (blocking.length === 0) return verdicts;
  throw refusal(inputs, bot, blocking);
}

function refusal(inputs: WebhookInputs, bot: Bot, blocking: Verdict[]): Failure {
  const found = blocking.map(({ check, outcome, ...verdict }) => {
    const seen = { check, says: withCure(verdict) };
    return outcome === "fail" ? parts.checkFailed(seen) : parts.checkUnclear(seen);
  });
  const names = blocking.map(({ check }) => `${check}: false`).join(", ");
  const told = { bot: botName(bot), url: shownUrl(inputs.url), found: found.join(" "), without: `{ ${names} }` };
  return errors.ENDPOINT_BROKEN.notReady(told);
}

/** The zone has its own reasons to be waited for. */
const isOfEdge = ({ check }: Verdict) => check !== "dns";

const withCure = ({ says, cure }: Pick<Verdict, "says" | "cure">) => (cure === undefined ? says : `${says} ${cure}`);

/** What to add when Telegram could not resolve a name that has an address: it remembers a failed look-up. */
export function resolverNote(verdicts: readonly Verdict[]): string {
  const dns = verdicts.find((verdict): verdict is DnsVerdict => verdict.check === "dns");
  const seconds = Math.max(failedLookupSeconds, dns?.negativeTtlSeconds ?? 0);
  const now = dns?.outcome === "pass" ? parts.hasAddressNow() : "";
  return parts.nameRemembered({ now, seconds });
}

function preflightSettings({ preflight: settings }: WebhookInputs): Preflight {
  return settings === false ? {} : settings;
}
