// The way to a zone's own servers, and one question to all of them. A resolver is never asked for the name itself, since it
// would remember that there is none yet.
import { getServers } from "node:dns";
import { mostNameServers } from "./dns-budget";
import type { DnsBudget } from "./dns-budget";
import { dataOf } from "./dns-client";
import type { QueryType, Reply, NoReply } from "./dns-client";
import type { ResourceRecord } from "./dns-message";

/** A name server of a zone, at one of its IPv4 addresses ("ip" or "ip:port"). */
export interface NameServer {
  name: string;
  address: string;
}

export interface Zone {
  zone: string;
  servers: NameServer[];
  /** Name servers of which no IPv4 address was found: they cannot be asked. */
  unaddressed: string[];
  /** Name servers that are not asked, since the zone has too many. */
  unasked: string[];
}

/** The resolver leads to no zone, a whole sentence: that is no evidence, since many a resolver sees a closed network only. */
export interface NoZone {
  says: string;
}

/** Asks resolvers, one after the other until one answers; remembers answers for as long as it lives. */
export interface Resolver {
  /** "resolver 192.0.2.53" */
  shown: string;
  ask(name: string, type: QueryType): Promise<Reply | NoReply>;
}

/** `nameServers`: addresses ("ip" or "ip:port"); those of the system when left out. */
export function resolverOf(nameServers: readonly string[] | undefined, budget: DnsBudget): Resolver {
  const addresses = nameServers ?? getServers();
  const known = new Map<string, Promise<Reply | NoReply>>();
  const silent = new Map<string, NoReply>();
  const askInTurn = async (name: string, type: QueryType) => {
    let best: Reply | NoReply = { noReply: "has no address" };
    for (const address of addresses) {
      const reply = silent.get(address) ?? (await budget.ask(address, name, type, true));
      if ("noReply" in reply) silent.set(address, reply);
      if ("rcode" in reply || "noReply" in best) best = reply;
      if ("rcode" in reply && ["NOERROR", "NXDOMAIN"].includes(reply.rcode)) return reply;
    }
    return best;
  };
  return {
    shown: addresses.length === 1 ? `resolver ${addresses[0]}` : `resolvers ${addresses.join(", ")}`,
    ask(name, type) {
      const key = `${name} ${type}`;
      const answer = known.get(key) ?? askInTurn(name, type);
      known.set(key, answer);
      return answer;
    },
  };
}

/** The zone that holds a name, as far as the resolver can tell; a deeper one shows as a referral in `askZone`. */
export async function authoritativeServers(name: string, resolver: Resolver): Promise<Zone | NoZone> {
  const said: string[] = [];
  for (const zone of zonesAbove(name)) {
    const reply = await resolver.ask(zone, "NS");
    if ("noReply" in reply) return notFound(name, resolver, reply.noReply);
    const names = dataOf(reply.answers, zone, "NS");
    if (names.length > 0) return { zone, ...(await addressed(names, [], resolver)) };
    said.push(`${reply.rcode} about ${zone === "." ? "the root" : zone}`);
  }
  return notFound(name, resolver, `said ${said.join(", ")}`);
}

/**
 * What each server of the zone says about a name, and of the zone that in fact holds it: a referral to a deeper zone is
 * followed, and so is a deeper zone that one of the servers has itself.
 */
export async function askZone(
  zone: Zone,
  name: string,
  type: QueryType,
  resolver: Resolver,
  budget: DnsBudget,
): Promise<{ zone: Zone; replies: { server: NameServer; reply: Reply | NoReply }[] }> {
  const replies = await Promise.all(
    zone.servers.map(async (server) => ({ server, reply: await budget.ask(server.address, name, type) })),
  );
  const owner = replies.find((one) => "rcode" in one.reply && one.reply.isAuthoritative)?.server;
  const referrals = replies.flatMap((one) => referralIn(one.reply, zone.zone, name));
  const below = referrals.length > 0 || !owner ? referrals : await zoneBelow(owner, zone.zone, name, budget);
  const deepest = below.map((one) => one.zone).sort((one, other) => other.length - one.length)[0];
  if (deepest === undefined) return { zone, replies };
  const same = below.filter((one) => one.zone === deepest);
  const names = [...new Set(same.flatMap((one) => one.names))];
  const glue = same.flatMap((one) => one.glue);
  const deeper = { zone: deepest, ...(await addressed(names, glue, resolver)) };
  return askZone(deeper, name, type, resolver, budget);
}

/** The host's parent and what is above it, up to the root; a name of two labels is likely a zone itself. */
function zonesAbove(name: string): string[] {
  const labels = name.split(".");
  const zones = labels.map((_, index) => labels.slice(index).join("."));
  return [...(labels.length > 2 ? zones.slice(1) : zones), "."];
}

function notFound(name: string, { shown }: Resolver, why: string): NoZone {
  // A star is ours: a name that nobody has.
  return { says: `The name servers of ${name.replace(/^\*\./, "")} were not found: the ${shown} ${why}.` };
}

/** The IPv4 addresses of name servers, from the glue of a referral or from the resolver. */
async function addressed(
  names: string[],
  glue: readonly ResourceRecord[],
  resolver: Resolver,
): Promise<Omit<Zone, "zone">> {
  const all = [...new Set(names)].sort();
  const found = await Promise.all(
    all.slice(0, mostNameServers).map(async (name) => {
      const glued = dataOf(glue, name, "A");
      const addresses = glued.length > 0 ? glued : addressesIn(await resolver.ask(name, "A"));
      return { name, addresses: [...new Set(addresses)].sort() };
    }),
  );
  const servers = found.flatMap(({ name, addresses }) => addresses.map((address) => ({ name, address })));
  const beyond = servers.slice(mostNameServers).map(({ name, address }) => `${name} (${address})`);
  return {
    servers: servers.slice(0, mostNameServers),
    unaddressed: found.filter(({ addresses }) => addresses.length === 0).map(({ name }) => name),
    unasked: [...beyond, ...all.slice(mostNameServers)],
  };
}

/** All IPv4 addresses in a resolver's answer, also those behind aliases. */
export function addressesIn(reply: Reply | NoReply): string[] {
  if ("noReply" in reply) return [];
  return reply.answers.flatMap((record) => (record.type === "A" ? [String(record.data)] : [])).sort();
}

interface Referral {
  zone: string;
  names: string[];
  glue: ResourceRecord[];
}

/** A server that passes the question on to the servers of a deeper zone. A referral upwards or sideways is none. */
function referralIn(reply: Reply | NoReply, zone: string, name: string): Referral[] {
  if ("noReply" in reply || reply.isAuthoritative || reply.rcode !== "NOERROR" || reply.answers.length > 0) return [];
  const owners = reply.authorities.flatMap((record) => (record.type === "NS" ? [record.name.toLowerCase()] : []));
  const deeper = owners.find((owner) => isBelow(owner, zone) && isBelowOrAt(name, owner));
  if (deeper === undefined) return [];
  return [{ zone: deeper, names: dataOf(reply.authorities, deeper, "NS"), glue: reply.additionals }];
}

/** A server that also has a deeper zone answers for it without a word; its SOA record tells. */
async function zoneBelow({ address }: NameServer, zone: string, name: string, budget: DnsBudget): Promise<Referral[]> {
  const soa = await budget.ask(address, name, "SOA");
  if ("noReply" in soa || !soa.isAuthoritative || dataOf(soa.answers, name, "CNAME").length > 0) return [];
  const owner = [...soa.answers, ...soa.authorities].find(({ type }) => type === "SOA")?.name.toLowerCase();
  if (owner === undefined || !isBelow(owner, zone) || !isBelowOrAt(name, owner)) return [];
  const reply = await budget.ask(address, owner, "NS");
  if ("noReply" in reply) return [];
  const names = dataOf(reply.answers, owner, "NS");
  return names.length > 0 ? [{ zone: owner, names, glue: reply.additionals }] : [];
}

function isBelow(name: string, zone: string): boolean {
  return zone === "." ? name !== zone : name.endsWith(`.${zone}`);
}

function isBelowOrAt(name: string, zone: string): boolean {
  return name === zone || isBelow(name, zone);
}
