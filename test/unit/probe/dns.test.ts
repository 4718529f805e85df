// The DNS check where no real server can be made to behave so: who is asked what, servers that are lame, lie or differ.
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_DESIRED } from "dns-packet";
import type { Answer, Packet } from "dns-packet";
import type { ExecutionContext } from "../../../provider/core/logic";
import { probeDns } from "../../../provider/probe/dns";
import { dnsVerdict } from "../../../provider/probe/dns-verdict";
import type { NameLookup } from "../../../provider/probe/dns-verdict";
import { dnsBudget } from "../../../provider/probe/dns-budget";
import { askZone, resolverOf } from "../../../provider/probe/dns-walk";
import { realTime } from "../../support/real-time";

const [resolver, first, second, third] = ["127.41.2.1", "127.41.2.2", "127.41.2.3", "127.41.2.4"];
const name = "bots.example.com";
const good = "149.154.175.50";
const other = "149.154.175.60";

/** Question ("A bots.example.com") to answer; anything else is refused. */
type Script = Record<string, Packet>;
const aa = AUTHORITATIVE_ANSWER;
const nxdomain = 3;
const servfail = 2;
const a = (owner: string, ...data: string[]): Answer[] =>
  data.map((one) => ({ type: "A", name: owner, ttl: 60, data: one }));
const ns = (owner: string, ...data: string[]): Answer[] =>
  data.map((one) => ({ type: "NS", name: owner, ttl: 60, data: one }));
const cname = (owner: string, data: string): Answer[] => [{ type: "CNAME", name: owner, ttl: 60, data }];
const soa = (owner: string, minimum = 900): Answer[] => [
  { type: "SOA", name: owner, ttl: 900, data: { mname: "ns1", rname: "admin", minimum } },
];

let open: Socket[] = [];
/** "127.41.2.1 NS example.com RD": in the order of arrival. */
let journal: string[] = [];
beforeEach(() => (journal = []));
afterEach(async () => {
  await Promise.all(open.map((socket) => new Promise<void>((resolve) => socket.close(resolve))));
  open = [];
});

async function serve(address: string, script: Script, port = 53): Promise<string> {
  const socket = createSocket("udp4").bind(port, address);
  await once(socket, "listening");
  open.push(socket);
  socket.on("message", (message, from) => {
    const { id = 0, flags = 0, questions = [] } = decode(message);
    const question = `${questions[0]?.type} ${questions[0]?.name}`;
    journal.push(`${address} ${question}${flags & RECURSION_DESIRED ? " RD" : ""}`);
    const answer = encode({ type: "response", id, questions, ...(script[question] ?? { flags: 5 }) });
    socket.send(answer, from.port, from.address);
  });
  return `${address}:${socket.address().port}`;
}

/** A resolver that knows the name servers of example.com: ns1 (the first) and ns2 (the second). */
const knowing: Script = {
  "NS example.com": { answers: ns("example.com", "ns1.example.net", "ns2.example.net") },
  "A ns1.example.net": { answers: a("ns1.example.net", first) },
  "A ns2.example.net": { answers: a("ns2.example.net", second) },
};
const has = (...addresses: string[]): Packet => ({ flags: aa, answers: a(name, ...addresses) });
const isApex = { flags: aa, answers: soa("example.com") };

const circumstances = (signal = AbortSignal.timeout(60_000)): ExecutionContext => ({ ...realTime(), signal });

const probe = (host = name, nameServers = [resolver]) =>
  probeDns(host, { allowPrivateAddresses: false, nameServers }, circumstances());

test("a resolver is asked for name servers only, never for the name itself", async () => {
  await serve(resolver, knowing);
  await serve(first, { [`A ${name}`]: { flags: aa | nxdomain, authorities: soa("example.com") } });
  await serve(second, { [`A ${name}`]: { flags: aa | nxdomain, authorities: soa("example.com") } });
  expect(await probe()).toMatchObject({ outcome: "fail", mayChange: true, negativeTtlSeconds: 900 });
  expect(journal.sort()).toEqual([
    `${resolver} A ns1.example.net RD`,
    `${resolver} A ns2.example.net RD`,
    `${resolver} NS example.com RD`,
    `${first} A ${name}`,
    `${first} SOA ${name}`,
    `${second} A ${name}`,
  ]);
});

test.each([
  ["a.b.example.com", ["b.example.com", "example.com", "com", "."]],
  ["example.com", ["example.com", "com", "."]],
])("the zone of %s is looked for at %j", async (host, zones) => {
  await serve(resolver, {});
  expect(await probe(host)).toMatchObject({
    outcome: "cannot tell",
    says: `The name servers of ${host} were not found: the resolver ${resolver} said ${zones.map((zone) => `REFUSED about ${zone === "." ? "the root" : zone}`).join(", ")}.`,
    addresses: [],
  });
  expect(journal).toEqual(zones.map((zone) => `${resolver} NS ${zone} RD`));
});

test("a top level that the root does not know fails, and may come", async () => {
  await serve(resolver, {
    "NS .": { answers: ns(".", "ns1.example.net") },
    "A ns1.example.net": { answers: a("ns1.example.net", first) },
  });
  await serve(first, { [`A ${name}`]: { flags: aa | nxdomain, authorities: soa(".", 86_400) } });
  expect(await probe()).toEqual({
    check: "dns",
    outcome: "fail",
    says:
      `${name} does not exist (NXDOMAIN), say the name servers of the root: ns1.example.net (${first}). ` +
      "Telegram, if it asked too early, may keep failing for 900 seconds after the record is right.",
    cure: "Register the domain and delegate it to its name servers, or correct the name.",
    mayChange: true,
    addresses: [],
    negativeTtlSeconds: 900,
  });
});

test("the root refers to the name's own servers where the resolver fails", async () => {
  await serve(resolver, {
    "NS .": { answers: ns(".", "ns1.example.net") },
    "A ns1.example.net": { answers: a("ns1.example.net", first) },
  });
  const glue = a("ns1.com", second);
  await serve(first, { [`A ${name}`]: { authorities: ns("com", "ns1.com"), additionals: glue } });
  await serve(second, { [`A ${name}`]: has(good) });
  expect(await probe()).toMatchObject({ outcome: "pass", addresses: [good] });
});

test("a resolver of a closed network, to which no name exists, leaves it open", async () => {
  const nothing = { flags: nxdomain };
  await serve(resolver, { "NS example.com": nothing, "NS com": nothing, "NS .": nothing });
  expect(await probe()).toEqual({
    check: "dns",
    outcome: "cannot tell",
    says: `The name servers of ${name} were not found: the resolver ${resolver} said NXDOMAIN about example.com, NXDOMAIN about com, NXDOMAIN about the root.`,
    cure: "Check that this machine reaches a resolver of the public DNS, or name one in nameServers.",
    addresses: [],
  });
});

test("a resolver that fails is passed over for the next one", async () => {
  await serve(resolver, { "NS example.com": { flags: servfail } });
  await serve(third, knowing);
  await serve(first, { [`A ${name}`]: has(good) });
  await serve(second, { [`A ${name}`]: has(good) });
  expect(await probe(name, [resolver, third])).toMatchObject({ outcome: "pass", addresses: [good] });
});

test("the name servers of an alias's target are not taken for the alias's own", async () => {
  await serve(resolver, {
    "NS b.example.com": {
      answers: [...cname("b.example.com", "example.org"), ...ns("example.org", "ns9.example.org")],
    },
    ...knowing,
  });
  await serve(first, { "A a.b.example.com": { flags: aa, answers: a("a.b.example.com", good) } });
  await serve(second, { "A a.b.example.com": { flags: aa, answers: a("a.b.example.com", good) } });
  expect(await probe("a.b.example.com")).toMatchObject({ outcome: "pass", addresses: [good] });
});

test("an answer without the AA bit does not count, and its server is named", async () => {
  await serve(resolver, knowing);
  await serve(first, { [`A ${name}`]: has(good), [`SOA ${name}`]: isApex });
  await serve(second, { [`A ${name}`]: { answers: a(name, other) } });
  expect(await probe()).toEqual({
    check: "dns",
    outcome: "pass",
    says: `${name} has the address ${good} at ns1.example.net (${first}).`,
    addresses: [good],
    warnings: [
      `ns2.example.net (${second}) is not authoritative for example.com (lame: no AA bit); the name depends on the other name servers of example.com alone.`,
    ],
  });
});

test("where something answers in the servers' place it cannot be told", async () => {
  await serve(resolver, { ...knowing, [`A ${name}`]: { answers: a(name, good, "10.0.0.4") } });
  await serve(first, { [`A ${name}`]: { answers: a(name, other) } });
  await serve(second, { [`A ${name}`]: { flags: servfail } });
  expect(await probe()).toEqual({
    check: "dns",
    outcome: "cannot tell",
    says:
      `No name server of example.com gave an authoritative answer about ${name}: ns1.example.net (${first}) is not ` +
      `authoritative for example.com (lame: no AA bit); ns2.example.net (${second}) gave the error SERVFAIL. ` +
      `According to the resolver ${resolver} it has the addresses 10.0.0.4 and ${good}, perhaps from memory.`,
    cure: `Have each name server load example.com: "dig +norecurse @<server> ${name}" has to show the flag aa.`,
    addresses: [good],
  });
});

test("a referral upwards is followed by nobody", async () => {
  await serve(resolver, knowing);
  const upwards = { [`A ${name}`]: { authorities: ns("com", "ns9.example.org") } };
  await serve(first, upwards);
  await serve(second, upwards);
  expect(await probe()).toMatchObject({ outcome: "cannot tell", addresses: [] });
  expect(journal).not.toContain(`${resolver} A ns9.example.org RD`);
});

test("a referral without the servers' addresses is followed by way of the resolver", async () => {
  await serve(resolver, { ...knowing, "A ns3.example.org": { answers: a("ns3.example.org", third) } });
  await serve(first, { [`A ${name}`]: { authorities: ns(name, "ns3.example.org") } });
  await serve(second, { [`A ${name}`]: { authorities: ns(name, "ns3.example.org") } });
  await serve(third, { [`A ${name}`]: has(good), [`SOA ${name}`]: { flags: aa, answers: soa(name) } });
  expect(await probe()).toEqual({
    check: "dns",
    outcome: "pass",
    says: `${name} has the address ${good} at its only name server.`,
    addresses: [good],
  });
});

test("a server that every referral gives the address of is asked once", async () => {
  await serve(resolver, knowing);
  const referral = { authorities: ns(name, "ns3.example.org"), additionals: a("ns3.example.org", third) };
  await serve(first, { [`A ${name}`]: referral });
  await serve(second, { [`A ${name}`]: referral });
  await serve(third, { [`A ${name}`]: has(good) });
  expect(await probe()).toMatchObject({
    outcome: "pass",
    says: `${name} has the address ${good} at its only name server.`,
  });
  expect(journal.filter((line) => line === `${third} A ${name}`)).toHaveLength(1);
});

test("a deeper zone that the parent's server has too is asked at all of its own servers", async () => {
  await serve(resolver, knowing);
  const deeper = {
    [`A ${name}`]: has(good),
    [`SOA ${name}`]: { flags: aa, answers: soa(name) },
    [`NS ${name}`]: {
      flags: aa,
      answers: ns(name, "ns1.example.net", "ns3.bots.example.com"),
      additionals: a("ns3.bots.example.com", third),
    },
  };
  await serve(first, deeper);
  await serve(second, deeper);
  await serve(third, { [`A ${name}`]: has(other) });
  expect(await probe()).toMatchObject({
    outcome: "pass",
    addresses: [good, other],
    warnings: [
      `The name servers do not give the same addresses for ${name}: ns1.example.net (${first}) says ${good}; ` +
        `ns3.bots.example.com (${third}) says ${other}. Telegram takes one of them, so each has to serve the bot.`,
    ],
  });
});

test("a name server without an IPv4 address is a warning", async () => {
  await serve(resolver, { ...knowing, "A ns2.example.net": { answers: [] } });
  await serve(first, { [`A ${name}`]: has(good) });
  expect(await probe()).toMatchObject({
    outcome: "pass",
    warnings: [
      "ns2.example.net has no IPv4 address that could be found; the name depends on the other name servers of example.com alone.",
    ],
  });
});

test("servers that point to different targets are both followed", async () => {
  await serve(resolver, knowing);
  const targets = {
    "A one.example.com": { flags: aa, answers: a("one.example.com", good) },
    "A two.example.com": { flags: aa, answers: a("two.example.com", other) },
  };
  await serve(first, { ...targets, [`A ${name}`]: { flags: aa, answers: cname(name, "one.example.com") } });
  await serve(second, { ...targets, [`A ${name}`]: { flags: aa, answers: cname(name, "two.example.com") } });
  expect(await probe()).toMatchObject({
    outcome: "pass",
    says: `${name} has the addresses ${good} and ${other} at both of its name servers.`,
    addresses: [good, other],
  });
  expect(journal.filter((line) => line.endsWith("RD")).sort()).toEqual([
    `${resolver} A ns1.example.net RD`,
    `${resolver} A ns2.example.net RD`,
    `${resolver} NS example.com RD`,
  ]);
});

test("an alias without the AA bit does not count", async () => {
  await serve(resolver, knowing);
  const script = {
    [`A ${name}`]: { answers: cname(name, "one.example.com") },
    "A one.example.com": { flags: aa, answers: a("one.example.com", good) },
  };
  await serve(first, script);
  await serve(second, script);
  expect(await probe()).toMatchObject({ outcome: "cannot tell", addresses: [] });
});

test("what a server says about the target of an alias does not count", async () => {
  await serve(resolver, {
    ...knowing,
    "NS example.org": { answers: ns("example.org", "ns3.example.org") },
    "A ns3.example.org": { answers: a("ns3.example.org", third) },
  });
  const stale = { flags: aa, answers: [...cname(name, "web.example.org"), ...a("web.example.org", other)] };
  await serve(first, { [`A ${name}`]: stale });
  await serve(second, { [`A ${name}`]: stale });
  await serve(third, { "A web.example.org": { flags: aa, answers: a("web.example.org", good) } });
  expect(await probe()).toMatchObject({ outcome: "pass", addresses: [good] });
});

test("when the operation's time is up it cannot be told, at once", async () => {
  await serve(resolver, knowing);
  const options = { allowPrivateAddresses: false, nameServers: [resolver] };
  expect(await probeDns(name, options, circumstances(AbortSignal.abort()))).toMatchObject({
    outcome: "cannot tell",
    says: `The name servers of ${name} were not found: the resolver ${resolver} was given no time to answer over UDP or TCP.`,
  });
  expect(journal).toEqual([]);
});

test("a zone whose servers are given is asked there, on any port", async () => {
  const address = await serve(first, { [`TXT _x.${name}`]: { flags: aa, answers: [] } }, 0);
  const zone = { zone: "example.com", servers: [{ name: address, address }], unaddressed: [], unasked: [] };
  const budget = dnsBudget(circumstances().signal);
  const seen = await askZone(zone, `_x.${name}`, "TXT", resolverOf([], budget), budget);
  expect(seen).toMatchObject({
    zone,
    replies: [{ server: { address }, reply: { rcode: "NOERROR", isAuthoritative: true } }],
  });
});

/** A look at a zone of so many servers that all say the same. */
const lookOf = (servers: number, finding: object): NameLookup => ({
  name,
  zone: "example.com",
  findings: Array.from(
    { length: servers },
    (_, index) => ({ server: `ns${index + 1}`, ...finding }) as NameLookup["findings"][0],
  ),
  ipv6: [],
  aliases: new Map(),
});

test("of many servers the first four are named", () => {
  const verdict = dnsVerdict(lookOf(13, { kind: "nothing", rcode: "NOERROR" }), { allowPrivateAddresses: false });
  expect(verdict.says).toBe(
    `${name} has no IPv4 address (A record), say the name servers of example.com: ns1, ns2, ns3, ns4 and 9 more. ` +
      "Telegram, if it asked too early, may keep failing for 300 seconds after the record is right.",
  );
});

test("what many servers say is told in one sentence", () => {
  const verdict = dnsVerdict(lookOf(3, { kind: "addresses", addresses: [good] }), { allowPrivateAddresses: false });
  expect(verdict.says).toBe(`${name} has the address ${good} at all 3 of its name servers.`);
});

test("a silent server beside one that fails leaves it open, whatever the resolver says", () => {
  const look = lookOf(1, { kind: "problem", says: "did not answer over UDP or TCP", isSilent: true });
  look.findings.push({ server: "ns2", kind: "problem", says: "gave the error SERVFAIL", isSilent: false });
  look.resolverAnswer = { shown: "resolver x", addresses: [], rcode: "SERVFAIL" };
  expect(dnsVerdict(look, { allowPrivateAddresses: false })).toMatchObject({ outcome: "cannot tell", addresses: [] });
});
