// What a look at a name means, in words. No I/O.
import { isReservedIpv4 } from "../core/reserved";
import { listed } from "../core/rules";
import { addressLookupSeconds, failedLookupSeconds } from "../constants/telegram";
import type { NoZone } from "./dns-walk";
import type { DnsVerdict } from "./verdict";

/** What one server says about a name. `server` is as it is shown: "ns1.example.com (192.0.2.1)". */
export type ServerAnswer = { server: string } & (
  | { kind: "addresses"; addresses: string[] }
  | { kind: "alias"; target: string }
  | { kind: "nothing"; rcode: "NXDOMAIN" | "NOERROR"; negativeTtlSeconds?: number }
  /** No answer that counts; continues a sentence that begins with the server. */
  | { kind: "problem"; says: string; isSilent: boolean }
);

/** Everything that was seen of a name. */
export interface NameLookup {
  name: string;
  /** The zone that holds it, or why there is none. */
  zone: string | NoZone;
  findings: ServerAnswer[];
  /** Name servers that were not asked, since the zone has too many. */
  unasked?: string[];
  /** IPv6 addresses of a name that has no IPv4 address. */
  ipv6: string[];
  /** Target to what was seen there. */
  aliases: Map<string, NameLookup | "loop" | "too long">;
  /** What the resolver says, when no server gave an answer that counts. */
  resolverAnswer?: { shown: string; addresses: string[]; rcode?: string };
}

export interface Accepting {
  /** Reserved addresses are as good as public ones. */
  allowPrivateAddresses: boolean;
}

export const mostAliases = 8;
const mostShown = 4;

const registerCure = "Register the domain and delegate it to its name servers, or correct the name.";

const publishCure = (name: string) =>
  `Publish an A record for ${name} with the public IPv4 address of the endpoint, or correct the name.`;

type With<K extends ServerAnswer["kind"]> = Extract<ServerAnswer, { kind: K }>;

export function dnsVerdict(look: NameLookup, accepting: Accepting): DnsVerdict {
  const zone = look.zone === "." ? "the root" : look.zone;
  if (typeof zone !== "string") {
    const cure = "Check that this machine reaches a resolver of the public DNS, or name one in nameServers.";
    return { check: "dns", outcome: "cannot tell", says: zone.says, cure, addresses: [] };
  }
  const having = look.findings.filter(isKind("addresses", "alias"));
  const lacking = look.findings.filter(isKind("nothing"));
  const failing = look.findings.filter(isKind("problem"));
  if (having.length === 0 && lacking.length === 0) return unanswered(look, zone, failing, accepting);
  const verdict =
    having.length === 0
      ? absent(look, zone, lacking)
      : lacking.length === 0
        ? present(look, having, accepting)
        : divided(look, zone, lacking, present(look, having, accepting));
  const others = failing.map(
    ({ server, says }) => `${server} ${says}; the name depends on the other name servers of ${zone} alone.`,
  );
  const { unasked = [] } = look;
  const more = unasked.length > 0 ? [`Further name servers of ${zone} were not asked: ${shortened(unasked)}.`] : [];
  return withWarnings(verdict, [...others, ...more]);
}

/** A name that leads to more than a check asks for: no guess is made of the part that was seen. */
export function unjudged(name: string, spent: string, names: readonly string[]): DnsVerdict {
  const others = names.filter((one) => one !== name);
  const seen = others.length > 0 ? `, after a look at ${shortened(others)}` : "";
  return {
    check: "dns",
    outcome: "cannot tell",
    says: `${name} cannot be judged: ${spent}. The check ended there${seen}.`,
    cure: `Give ${name} an A record, or one CNAME to a name that has one, at name servers that agree.`,
    addresses: [],
  };
}

function isKind<K extends ServerAnswer["kind"]>(...kinds: K[]) {
  return (finding: ServerAnswer): finding is With<K> => (kinds as string[]).includes(finding.kind);
}

/** Nobody answered, or nobody whose answer counts. Only a resolver that fails as well makes it evidence. */
function unanswered(look: NameLookup, zone: string, failing: With<"problem">[], accepting: Accepting): DnsVerdict {
  const { name, resolverAnswer } = look;
  const isSilence = failing.every(({ isSilent }) => isSilent);
  const each = failing.map((one) => `${one.server} ${one.says}`);
  const says = [
    `No name server of ${zone} gave an authoritative answer about ${name}: ${shortened(each, "; ")}.`,
    ...(isSilence ? ["Port 53 may be blocked between this machine and them."] : []),
    ...(resolverAnswer ? [resolverWords(resolverAnswer)] : []),
  ].join(" ");
  const addresses = resolverAddresses(look, accepting);
  if (isSilence) {
    const cure =
      "Let this machine reach port 53 of the name servers over UDP and TCP, or run the command where it can.";
    return { check: "dns", outcome: "cannot tell", says, cure, addresses };
  }
  const cure = `Have each name server load ${zone}: "dig +norecurse @<server> ${name}" has to show the flag aa.`;
  const isEvident = failing.every(({ isSilent }) => !isSilent) && resolverAnswer?.rcode === "SERVFAIL";
  if (isEvident) return { check: "dns", outcome: "fail", says, cure, mayChange: true, addresses };
  return { check: "dns", outcome: "cannot tell", says, cure, addresses };
}

function absent({ name, ipv6 }: NameLookup, zone: string, lacking: With<"nothing">[]): DnsVerdict {
  const negativeTtlSeconds = negativeTtlAmong(lacking);
  const servers = shortened(lacking.map(({ server }) => server));
  const isTopLevel = !zone.includes(".");
  const isNoName = lacking.every(({ rcode }) => rcode === "NXDOMAIN");
  const found =
    ipv6.length > 0
      ? `${name} has IPv6 addresses only (${listed(ipv6, "and")}), and Telegram delivers over IPv4 only.`
      : isNoName
        ? `${name} does not exist (NXDOMAIN), say the name servers of ${zone}: ${servers}.`
        : `${name} has no IPv4 address (A record), say the name servers of ${zone}: ${servers}.`;
  return {
    check: "dns",
    outcome: "fail",
    says: `${found} ${tooEarly(negativeTtlSeconds, ipv6.length > 0 ? addressLookupSeconds : undefined)}`,
    cure: isNoName && isTopLevel ? registerCure : publishCure(name),
    mayChange: true,
    addresses: [],
    ...negative(negativeTtlSeconds),
  };
}

/** Some have it, some do not yet. */
function divided(
  { name, findings }: NameLookup,
  zone: string,
  lacking: With<"nothing">[],
  there: DnsVerdict,
): DnsVerdict {
  const negativeTtlSeconds = negativeTtlAmong(lacking);
  const each = findings.filter((one) => one.kind !== "problem").map((one) => `${one.server} ${told(one)}`);
  const without = listed(
    lacking.map(({ server }) => server),
    "and",
  );
  return {
    check: "dns",
    outcome: "fail",
    says: `The name servers of ${zone} do not agree about ${name}: ${each.join("; ")}. ${tooEarly(negativeTtlSeconds)}`,
    cure: `Wait until every name server has the record; if it stays so, see why it does not reach ${without}.`,
    mayChange: true,
    addresses: there.addresses,
    ...negative(negativeTtlSeconds),
  };
}

/** Every answer has addresses or an alias: are they what Telegram takes? */
function present(look: NameLookup, having: With<"addresses" | "alias">[], accepting: Accepting): DnsVerdict {
  const targets = new Map([...look.aliases].map(([target, seen]) => [target, aliased(look, target, seen, accepting)]));
  const bad = [...targets.values()].filter(({ outcome }) => outcome !== "pass");
  const worst = bad.find(({ outcome }) => outcome === "fail") ?? bad[0];
  if (worst) return worst;
  const sets = having.map((one) =>
    one.kind === "addresses" ? one.addresses : (targets.get(one.target)?.addresses ?? []),
  );
  const all = [...new Set(sets.flat())].sort();
  const refused = accepting.allowPrivateAddresses ? [] : all.filter((ip) => isReservedIpv4(ip) !== undefined);
  const accepted = all.filter((ip) => !refused.includes(ip));
  if (refused.length > 0) {
    const isOnTheWay = sets.some((set) => set.every((ip) => accepted.includes(ip)));
    return reserved(look.name, refused, accepted, isOnTheWay);
  }
  const [only] = new Set(having.map(told)).size === 1 ? targets.values() : [];
  const verdict: DnsVerdict = only ?? {
    check: "dns",
    outcome: "pass",
    says: `${look.name} has the ${addressWords(all)} ${where(having, look.findings.length)}.`,
    addresses: all,
  };
  const differs = new Set(sets.map((set) => set.join())).size > 1;
  const each = having.map((one, index) => `${one.server} says ${listed(sets[index] ?? [], "and")}`).join("; ");
  const warning = `The name servers do not give the same addresses for ${look.name}: ${each}. Telegram takes one of them, so each has to serve the bot.`;
  const inner = only ? [] : [...targets.values()].flatMap(({ warnings = [] }) => warnings);
  return withWarnings(verdict, [...(differs ? [warning] : []), ...inner]);
}

/** What is behind an alias, told from the name that has it. */
function aliased(
  { name }: NameLookup,
  target: string,
  seen: NameLookup | "loop" | "too long",
  accepting: Accepting,
): DnsVerdict {
  const hop = `${name} is an alias (CNAME) of ${target}.`;
  if (seen === "loop") {
    return {
      check: "dns",
      outcome: "fail",
      says: `${hop} That leads back to ${target}: the aliases form a loop, in which no resolver finds an address.`,
      cure: `Give one of the names of the loop an A record in place of its CNAME record.`,
      addresses: [],
    };
  }
  if (seen === "too long") {
    return {
      check: "dns",
      outcome: "cannot tell",
      says: `${hop} It is the end of a chain of more than ${mostAliases} aliases, which some resolvers do not follow.`,
      cure: "Point the name to the last name of the chain.",
      addresses: [],
    };
  }
  const verdict = dnsVerdict(seen, accepting);
  return { ...verdict, says: `${hop} ${verdict.says}` };
}

function reserved(name: string, refused: string[], accepted: string[], isOnTheWay: boolean): DnsVerdict {
  const each = listed(
    refused.map((ip) => `${ip} (${isReservedIpv4(ip)})`),
    "and",
  );
  const isAll = accepted.length === 0;
  const found = isAll
    ? `${name} has the ${refused.length === 1 ? "address" : "addresses"} ${each}, which Telegram refuses as reserved.`
    : `${name} has the ${addressWords(accepted)}, and also ${each}, which Telegram refuses as reserved. It takes one of them, the first that it gets.`;
  return {
    check: "dns",
    outcome: "fail",
    says: `${found} ${tooEarly(0, addressLookupSeconds)}`,
    cure: isAll
      ? `Give the A record of ${name} the public IPv4 address of the endpoint; for a Bot API server of your own that may deliver there, set allowPrivateAddresses.`
      : `Take ${listed(refused, "and")} out of the A records of ${name}.`,
    ...(isOnTheWay && { mayChange: true }),
    addresses: accepted,
  };
}

function told(one: ServerAnswer): string {
  if (one.kind === "addresses") return `says ${listed(one.addresses, "and")}`;
  if (one.kind === "alias") return `says that it is an alias (CNAME) of ${one.target}`;
  if (one.kind === "problem") return one.says;
  return one.rcode === "NXDOMAIN" ? "says that it does not exist (NXDOMAIN)" : "says that it has no A record";
}

function where(having: ServerAnswer[], servers: number): string {
  if (having.length < servers) return `at ${shortened(having.map(({ server }) => server))}`;
  if (servers === 1) return `at its only name server`;
  return servers === 2 ? "at both of its name servers" : `at all ${servers} of its name servers`;
}

function tooEarly(negativeTtlSeconds = 0, rememberedSeconds = failedLookupSeconds): string {
  const seconds = Math.max(rememberedSeconds, negativeTtlSeconds);
  return `Telegram, if it asked too early, may keep failing for ${seconds} seconds after the record is right.`;
}

function resolverWords({ shown, addresses, rcode = "no answer" }: NonNullable<NameLookup["resolverAnswer"]>): string {
  return addresses.length > 0
    ? `According to the ${shown} it has the ${addressWords(addresses)}, perhaps from memory.`
    : `According to the ${shown} it has no address either (${rcode}).`;
}

/** What the resolver gives, as far as Telegram would accept it. */
function resolverAddresses({ resolverAnswer }: NameLookup, { allowPrivateAddresses }: Accepting): string[] {
  return (resolverAnswer?.addresses ?? []).filter((ip) => allowPrivateAddresses || isReservedIpv4(ip) === undefined);
}

function negativeTtlAmong(lacking: With<"nothing">[]): number | undefined {
  const known = lacking.flatMap(({ negativeTtlSeconds }) => negativeTtlSeconds ?? []);
  return known.length > 0 ? Math.max(...known) : undefined;
}

function negative(negativeTtlSeconds: number | undefined) {
  return negativeTtlSeconds === undefined ? {} : { negativeTtlSeconds };
}

function withWarnings(verdict: DnsVerdict, more: string[]): DnsVerdict {
  const warnings = [...new Set([...(verdict.warnings ?? []), ...more])];
  return warnings.length > 0 ? { ...verdict, warnings } : verdict;
}

function addressWords(addresses: string[]): string {
  return `${addresses.length === 1 ? "address" : "addresses"} ${shortened(addresses)}`;
}

function shortened(items: readonly string[], separator = ", "): string {
  const shown = items.slice(0, mostShown);
  const rest = items.length - shown.length;
  if (rest > 0) return `${shown.join(separator)} and ${rest} more`;
  return separator === ", " ? listed(shown, "and") : shown.join(separator);
}
