// All checks of an endpoint in their order: one look, used before a webhook is set and by the doctor.
import { lookup, Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import { wordsOf } from "../core/failure";
import type { ExecutionContext } from "../core/logic";
import { reservedRange } from "../core/reserved";
import { hostOf, portOf } from "../core/url";
import { probeDns } from "./dns";
import { probeHttp } from "./http";
import { probeTls } from "./tls";
import type { Endpoint, Verdict } from "./verdict";

export interface EndpointOptions {
  /** A URL that is well formed. */
  url: string;
  /** Pinned: connected to instead of what the name resolves to. */
  ipAddress?: string;
  /** PEM that Telegram is given. */
  certificate?: string;
  secretToken?: string;
  checks: { dns: boolean; tls: boolean; http: boolean };
  /** Whether an address that is not public may be connected to, be it written, pinned or what the name resolves to. */
  allowPrivateAddresses: boolean;
  /** `ip:port`, asked instead of the system's resolver. */
  nameServers?: readonly string[];
  /** PEM of the authorities that are public here; default those of Node.js. */
  publicAuthorities?: string[];
}

const ours = { dns: probeDns, tls: probeTls, http: probeHttp };
export type Probes = typeof ours;

/**
 * One look at what is asked for: dns (not for an address, written or pinned), tls (not for http:), http. A later check is left
 * out when an earlier one failed or gave no address.
 */
export async function probeEndpoint(
  options: EndpointOptions,
  context: ExecutionContext,
  probes: Probes = ours,
): Promise<Verdict[]> {
  const { checks, secretToken } = options;
  const parsed = new URL(options.url);
  const host = hostOf(parsed);
  const isSecure = parsed.protocol === "https:";
  const verdicts: Verdict[] = [];
  const first = checks.tls && isSecure ? "tls" : checks.http ? "http" : undefined;
  const found = await findAddress(host, first, options, context, probes);
  if (found.verdict) verdicts.push(found.verdict);
  if (found.address === undefined || found.verdict?.outcome === "fail") return verdicts;
  const range = options.allowPrivateAddresses ? undefined : reservedRange(found.address);
  if (range !== undefined) {
    const where = { host, ipAddress: options.ipAddress };
    return first ? [...verdicts, notConnected(where, found.address, range, first)] : verdicts;
  }

  const endpoint: Endpoint = {
    host,
    port: portOf(parsed),
    address: found.address,
    ...(options.certificate !== undefined && { uploaded: options.certificate }),
    ...(options.publicAuthorities && { publicAuthorities: options.publicAuthorities }),
  };
  if (checks.tls && isSecure) {
    const verdict = await probes.tls(endpoint, context);
    verdicts.push(verdict);
    if (verdict.outcome === "fail") return verdicts;
  }
  if (checks.http) {
    const request = { ...endpoint, url: options.url, ...(secretToken !== undefined && { secretToken }) };
    verdicts.push(await probes.http(request, context));
  }
  return verdicts;
}

interface Found {
  address?: string;
  /** Of dns when it was asked for; otherwise of `first`, which could not begin without an address. */
  verdict?: Verdict;
}

async function findAddress(
  host: string,
  first: "tls" | "http" | undefined,
  { ipAddress, checks, allowPrivateAddresses, nameServers }: EndpointOptions,
  context: ExecutionContext,
  probes: Probes,
): Promise<Found> {
  if (ipAddress !== undefined) return { address: ipAddress };
  if (isIP(host) !== 0) return { address: host };
  if (checks.dns) {
    const verdict = await probes.dns(host, { allowPrivateAddresses, ...(nameServers && { nameServers }) }, context);
    const [address] = verdict.addresses;
    return { verdict, ...(address !== undefined && { address }) };
  }
  if (first === undefined) return {};
  try {
    return { address: await lookUp(host, nameServers) };
  } catch (error) {
    const says = `${host} could not be looked up (${wordsOf(error)}), so there is nothing to connect to.`;
    const cure = "Turn the check of dns on: it says what is wrong with the name.";
    return { verdict: { check: first, outcome: "cannot tell", says, cure } };
  }
}

/** What is on the inside of a network is not connected to, whether it is written, pinned or what a name leads to. */
function notConnected(
  { host, ipAddress }: { host: string; ipAddress: string | undefined },
  address: string,
  range: string,
  check: "tls" | "http",
): Verdict {
  if (address === ipAddress || address === host) {
    const says = `${address} is no public address (${range}), so it is not connected to.`;
    return {
      check,
      outcome: "cannot tell",
      says,
      cure: "Set allowPrivateAddresses, if it is right to connect to it from here.",
    };
  }
  const says = `${host} has the address ${address} here (${range}), which Telegram refuses as reserved, so it is not connected to.`;
  const cure =
    "Give the name a public address; or set allowPrivateAddresses, if it is right that it leads to this one from here.";
  return { check, outcome: "cannot tell", says, cure };
}

async function lookUp(host: string, nameServers: readonly string[] | undefined): Promise<string> {
  if (nameServers === undefined) return (await lookup(host, { family: 4 })).address;
  const resolver = new Resolver({ timeout: 3000, tries: 2 });
  resolver.setServers(nameServers);
  const [address] = await resolver.resolve4(host);
  if (address === undefined) throw new Error("no address"); // an answer without a record is an error of resolve4
  return address;
}
