// What CAA records say about who may issue, as RFC 8659 and RFC 8657 have it: a table of zones, and what an authority would do.
import { caaVerdict } from "../../../provider/probe/caa";
import type { CaaQuestion } from "../../../provider/probe/caa";
import type { NoReply, Reply } from "../../../provider/probe/dns-client";
import type { ResourceRecord } from "../../../provider/probe/dns-message";
import type { Resolver } from "../../../provider/probe/dns-walk";
import fc from "fast-check";
import { anyText, check } from "../../support/fuzz";

const accountUrl = "https://ca.example/acct/1";

/** A record as "0 issue ca.example", or "-> name" for an alias; or an error of the server. */
type Zone = Record<string, string[] | string>;

const record = (name: string, text: string): ResourceRecord => {
  const [, target] = /^-> (.*)$/.exec(text) ?? [];
  if (target !== undefined) return { name, type: "CNAME", data: target };
  const [, flags = "", tag = "", value = ""] = /^(\d+) (\S+) ?(.*)$/s.exec(text) ?? [];
  return { name, type: "CAA", data: { flags: Number(flags), tag, value } };
};

function resolverFor(zone: Zone, followsAliases = true) {
  const asked: string[] = [];
  const answersOf = (name: string): ResourceRecord[] => {
    const at = zone[name];
    const own = Array.isArray(at) ? at.map((text) => record(name, text)) : [];
    const alias = own.find(({ type }) => type === "CNAME");
    return alias && followsAliases ? [alias, ...answersOf(String(alias.data))] : own;
  };
  const ask = (name: string): Promise<Reply | NoReply> => {
    asked.push(name);
    const at = zone[name];
    if (at === "silent") return Promise.resolve({ noReply: "did not answer over UDP or TCP" });
    const rcode = typeof at === "string" ? at : at ? "NOERROR" : "NXDOMAIN";
    const nothing = { authorities: [], additionals: [] };
    return Promise.resolve({ rcode, isAuthoritative: true, answers: answersOf(name), ...nothing });
  };
  const resolver: Resolver = { shown: "resolver 192.0.2.53", ask };
  return { resolver, asked };
}

const verdictOf = (zone: Zone, more: Partial<CaaQuestion> = {}, isOwn = false, followsAliases = true) => {
  const question = { name: "a.b.example.com", identities: ["ca.example"], accountUrl, challenge: "dns-01", ...more };
  return caaVerdict(question, resolverFor(zone, followsAliases).resolver, isOwn);
};

test.each<[string, Zone, Partial<CaaQuestion>?]>([
  ["no record anywhere", {}],
  ["the authority named at the name", { "a.b.example.com": ["0 issue ca.example"] }],
  ["the authority named above", { "example.com": ["0 issue other.example", "0 issue ca.example"] }],
  ["the nearest records count", { "b.example.com": ["0 issue ca.example"], "example.com": ["0 issue ;"] }],
  ["in another case, with spaces", { "example.com": ["0 ISSUE \t CA.Example ; "] }],
  ["records that forbid nothing", { "example.com": ["0 iodef mailto:a@example.com", "0 contactemail x"] }],
  ["an unknown property that is not critical", { "example.com": ["0 future x"] }],
  ["a critical property that is known", { "example.com": ["128 issue ca.example"] }],
  ["wildcards are not for plain names", { "example.com": ["0 issuewild ;"] }],
  ["a wildcard goes by issue", { "example.com": ["0 issue ca.example"] }, { name: "*.example.com" }],
  [
    "a wildcard goes by issuewild",
    { "example.com": ["0 issue ;", "0 issuewild ca.example"] },
    { name: "*.example.com" },
  ],
  ["an alias has what its target has", { "b.example.com": ["-> c.test"], "c.test": ["0 issue ca.example"] }],
  [
    "an alias without any leads to the name above, not above its target",
    { "b.example.com": ["-> c.other.test"], "other.test": ["0 issue ;"] },
  ],
  ["this account", { "example.com": [`0 issue ca.example; accounturi=${accountUrl}`] }],
  ["this challenge", { "example.com": ["0 issue ca.example; validationmethods=http-01,dns-01"] }],
  ["another account, or any", { "example.com": ["0 issue ca.example; accounturi=x", "0 issue ca.example"] }],
  ["parameters of others", { "example.com": ["0 issue ca.example; cansignhttpexchanges=yes"] }],
])("it is allowed: %s", async (_case, zone, more = {}) => {
  expect(await verdictOf(zone, more)).toEqual({ kind: "allowed" });
});

const aliases = (count: number) =>
  Array.from({ length: count }, (_, i): [string, string[]] => [
    i === 0 ? "a.b.example.com" : `c${i}.test`,
    [`-> c${i + 1}.test`],
  ]);

const at = (fqdn: string, because: string, records: string, tag = "issue") => ({
  ...{ kind: "forbidden", fqdn, because, tag, records },
});

test.each<[string, Zone, object, Partial<CaaQuestion>?]>([
  [
    "another authority",
    { "example.com": ["0 issue other.example"] },
    at("example.com", "authority", '0 issue "other.example"'),
  ],
  ["nobody", { "b.example.com": ["0 issue ;"] }, at("b.example.com", "authority", '0 issue ";"')],
  ["nobody, who says no name", { com: ["0 issue ;"] }, at("com", "authority", '0 issue ";"'), { identities: [] }],
  [
    "malformed is nobody",
    { "example.com": ["0 issue ca.example; a b"] },
    at("example.com", "authority", '0 issue "ca.example; a b"'),
  ],
  [
    "a wildcard by issuewild",
    { "example.com": ["0 issue ca.example", "0 issuewild ;"] },
    at("example.com", "authority", '0 issuewild ";"', "issuewild"),
    { name: "*.example.com" },
  ],
  [
    "at the end of an alias",
    { "b.example.com": ["-> c.test"], "c.test": ["0 issue ;"] },
    at("c.test", "authority", '0 issue ";"'),
  ],
  [
    "a critical property that nobody knows",
    { "example.com": ["0 issue ca.example", "128 future <{%x%}>"] },
    at("example.com", "critical", '128 future "\\060{%x%}>"'),
  ],
  [
    "another account",
    { "example.com": ["0 issue ca.example; accounturi=https://ca.example/acct/2"] },
    at("example.com", "account", '0 issue "ca.example; accounturi=https://ca.example/acct/2"'),
  ],
  [
    "two accounts in one record",
    { "example.com": [`0 issue ca.example; accounturi=${accountUrl}; accounturi=${accountUrl}`] },
    at(
      "example.com",
      "account",
      `0 issue "ca.example; accounturi=${accountUrl}; accounturi=${accountUrl}"`.slice(0, 200),
    ),
  ],
  [
    "another challenge",
    { "example.com": ["0 issue ca.example;validationmethods=http-01"] },
    at("example.com", "challenge", '0 issue "ca.example;validationmethods=http-01"'),
  ],
])("it is forbidden: %s", async (_case, zone, verdict, more = {}) => {
  expect(await verdictOf(zone, more)).toEqual(verdict);
});

test.each<[string, Zone, string, Partial<CaaQuestion>?]>([
  ["an error", { "b.example.com": "SERVFAIL" }, "the resolver 192.0.2.53 said SERVFAIL about b.example.com"],
  ["no answer", { "a.b.example.com": "silent" }, "the resolver 192.0.2.53 did not answer over UDP or TCP"],
  ["aliases without an end", Object.fromEntries(aliases(20)), "lead to more than 8 names"],
  [
    "a server that says no name",
    { "example.com": ["0 issue ca.example"] },
    "the server does not say by which name CAA records mean it",
    { identities: [] },
  ],
])("nobody can tell: %s", async (_case, zone, why, more = {}) => {
  expect(await verdictOf(zone, more, false, false)).toEqual({
    kind: "unknown",
    why: expect.stringContaining(why) as string,
  });
});

test("a zone's own server that refuses to speak of what is above its zone is no obstacle; a resolver that refuses is", async () => {
  const zone: Zone = { "b.example.com": [], com: "REFUSED", "example.com": [] };
  expect(await verdictOf(zone, {}, true)).toEqual({ kind: "allowed" });
  expect(await verdictOf(zone, {}, false)).toMatchObject({ kind: "unknown" });
  expect(await verdictOf({ "a.b.example.com": "REFUSED" }, {}, true)).toMatchObject({ kind: "unknown" });
});

test("a server that follows no alias into another zone is asked about the target", async () => {
  const zone: Zone = { "a.b.example.com": ["-> c.test"], "c.test": ["0 issue ;"] };
  const { resolver, asked } = resolverFor(zone, false);
  const question = { name: "a.b.example.com", identities: ["ca.example"], accountUrl, challenge: "dns-01" };
  expect(await caaVerdict(question, resolver, true)).toMatchObject({ kind: "forbidden", fqdn: "c.test" });
  expect(asked).toEqual(["a.b.example.com", "c.test"]);
});

test("whatever stands there is judged, in printable words", async () => {
  const bytes = anyText({ maxLength: 40 }).map((text) => Buffer.from(text).toString("latin1"));
  await fc.assert(
    fc.asyncProperty(fc.nat(255), bytes, bytes, async (flags, tag, value) => {
      const answers = [{ name: "com", type: "CAA", data: { flags, tag: tag || "issue", value } }];
      const reply = { rcode: "NOERROR", isAuthoritative: true, answers, authorities: [], additionals: [] };
      const resolver: Resolver = { shown: "resolver", ask: () => Promise.resolve(reply) };
      const question = { name: "com", identities: ["ca.example"], accountUrl, challenge: "dns-01" };
      const verdict = await caaVerdict(question, resolver, false);
      const isPrintable = verdict.kind !== "forbidden" || /^[\x20-\x7e]{1,700}$/.test(verdict.records);
      check(isPrintable && ["allowed", "forbidden"].includes(verdict.kind), verdict);
    }),
    { numRuns: 5000 },
  );
});
