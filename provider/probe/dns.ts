// The DNS check: what do a name's own servers say about it, and can Telegram use that?
import type { ExecutionContext } from "../core/logic";
import { dnsBudget } from "./dns-budget";
import type { DnsBudget } from "./dns-budget";
import { dataOf, negativeTtlOf } from "./dns-client";
import type { Reply, NoReply } from "./dns-client";
import { dnsVerdict, mostAliases, unjudged } from "./dns-verdict";
import type { ServerAnswer, NameLookup } from "./dns-verdict";
import { addressesIn, askZone, authoritativeServers, resolverOf } from "./dns-walk";
import type { Resolver, NameServer } from "./dns-walk";
import type { DnsVerdict } from "./verdict";

export interface DnsOptions {
  /** Takes reserved addresses too: for a Bot API server of one's own. */
  allowPrivateAddresses: boolean;
  /** "ip" or "ip:port": replaces the system's resolvers on the way to the name's own servers. */
  nameServers?: readonly string[];
}

/** One look at a host name, at each of its own servers. Whoever waits for a record looks again (`mayChange`). */
export async function probeDns(host: string, options: DnsOptions, context: ExecutionContext): Promise<DnsVerdict> {
  const name = host.toLowerCase().replace(/\.$/, "");
  const budget = dnsBudget(context.signal);
  const look = await lookUp([name], resolverOf(options.nameServers, budget), budget);
  const spent = budget.spent();
  return spent === undefined ? dnsVerdict(look, options) : unjudged(name, spent, budget.names());
}

/** Looks at the last name of a chain of aliases. */
async function lookUp(chain: readonly string[], resolver: Resolver, budget: DnsBudget): Promise<NameLookup> {
  const name = chain.at(-1) ?? "";
  const nothing = { name, findings: [], ipv6: [], aliases: new Map<string, never>() };
  if (!budget.mayLookAt(name)) return { ...nothing, zone: name };
  const above = await authoritativeServers(name, resolver);
  if (!("zone" in above)) return { ...nothing, zone: above };
  const { zone, replies } = await askZone(above, name, "A", resolver, budget);
  const findings = [
    ...replies.map((one) => findingIn(one.server, one.reply, name, zone.zone)),
    ...zone.unaddressed.map((server) => noAddressOf(server)),
  ];
  const look = { ...nothing, zone: zone.zone, findings, unasked: zone.unasked };
  const kinds = new Set(findings.map(({ kind }) => kind));
  if (kinds.has("addresses") || kinds.has("alias"))
    return { ...look, aliases: await follow(chain, findings, resolver, budget) };
  if (kinds.has("nothing")) return { ...look, ipv6: await ipv6Of(name, zone.servers, findings, budget) };
  return { ...look, resolverAnswer: await askResolver(name, resolver) };
}

/** Servers may point to different targets: each is looked at. */
async function follow(
  chain: readonly string[],
  findings: readonly ServerAnswer[],
  resolver: Resolver,
  budget: DnsBudget,
): Promise<NameLookup["aliases"]> {
  const aliases: NameLookup["aliases"] = new Map();
  const targets = findings.flatMap((one) => (one.kind === "alias" ? [one.target] : []));
  for (const target of new Set(targets)) {
    const next = [...chain, target];
    const isTooLong = next.length > mostAliases + 1;
    aliases.set(
      target,
      chain.includes(target) ? "loop" : isTooLong ? "too long" : await lookUp(next, resolver, budget),
    );
  }
  return aliases;
}

/**
 * Of a server's answer only what it says about the name itself counts; what is behind an alias is asked for at its own
 * servers. An alias counts whatever the rcode, which is about the end of the chain.
 */
function findingIn(
  { name: server, address }: NameServer,
  reply: Reply | NoReply,
  name: string,
  zone: string,
): ServerAnswer {
  const shown = { server: server === address ? server : `${server} (${address})` };
  if ("noReply" in reply) return { ...shown, kind: "problem", says: reply.noReply, isSilent: true };
  const { rcode, isAuthoritative, answers } = reply;
  const [target] = dataOf(answers, name, "CNAME");
  if (isAuthoritative && target !== undefined) return { ...shown, kind: "alias", target };
  if (rcode !== "NOERROR" && rcode !== "NXDOMAIN") {
    return { ...shown, kind: "problem", says: `gave the error ${rcode}`, isSilent: false };
  }
  if (!isAuthoritative) {
    return { ...shown, kind: "problem", says: `is not authoritative for ${zone} (lame: no AA bit)`, isSilent: false };
  }
  const addresses = dataOf(answers, name, "A").sort();
  if (addresses.length > 0) return { ...shown, kind: "addresses", addresses };
  const negativeTtlSeconds = negativeTtlOf(reply);
  return { ...shown, kind: "nothing", rcode, ...(negativeTtlSeconds !== undefined && { negativeTtlSeconds }) };
}

function noAddressOf(server: string): ServerAnswer {
  return { server, kind: "problem", says: "has no IPv4 address that could be found", isSilent: true };
}

/** Asked only where a server knows the name and has no IPv4 address for it. */
async function ipv6Of(
  name: string,
  servers: NameServer[],
  findings: ServerAnswer[],
  budget: DnsBudget,
): Promise<string[]> {
  const isKnown = findings.some((one) => one.kind === "nothing" && one.rcode === "NOERROR");
  if (!isKnown) return [];
  const replies = await Promise.all(servers.map(({ address }) => budget.ask(address, name, "AAAA")));
  return [...new Set(replies.flatMap((one) => ("noReply" in one ? [] : dataOf(one.answers, name, "AAAA"))))].sort();
}

async function askResolver(name: string, resolver: Resolver): Promise<NonNullable<NameLookup["resolverAnswer"]>> {
  const reply = await resolver.ask(name, "A");
  return { shown: resolver.shown, addresses: addressesIn(reply), ...("rcode" in reply && { rcode: reply.rcode }) };
}
