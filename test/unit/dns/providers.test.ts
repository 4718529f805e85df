// The entry points pulumi-telegram/aws and /cloudflare on mocks: every child that they declare, the wait, and what they refuse.
import * as pulumi from "@pulumi/pulumi";
import * as aws from "../../../components/aws";
import * as cloudflare from "../../../components/cloudflare";
import { loadProvider, settleRecord, untilPublished } from "../../../components/dns-parts";
import { registeredBy, valueOf } from "../../support/mocks";
import { startSmallDns } from "../../support/small-dns";
import type { SmallDns, SmallRecord } from "../../support/small-dns";

const zone = "example.test";
let dns: SmallDns;
let served: () => SmallRecord[];

beforeAll(async () => {
  dns = await startSmallDns({ zone, records: () => served() });
});
beforeEach(() => (served = () => []));
afterAll(() => dns.close());

const a = (data: string, name = `bots.${zone}`): SmallRecord => ({ name, type: "A", ttl: 60, data });
const shared = () => ({ zone, name: "bots", waitSeconds: 20, nameServers: [dns.address] });

test("aws: one record with all values, and the name when every server answers with them", async () => {
  dns.asked.length = 0;
  const looks = () => dns.asked.filter((question) => question === `A bots.${zone}`).length;
  served = () => (looks() < 2 ? [] : [a("192.0.2.1"), a("192.0.2.2")]);
  const values = [pulumi.output("192.0.2.2"), "192.0.2.1"];
  const { children, result } = await registeredBy(
    () => new aws.AwsDnsRecord("bot", { ...shared(), type: "A", values, hostedZoneId: "Z1", ttlSeconds: 60 }),
  );
  const inputs = { zoneId: "Z1", name: "bots.example.test", type: "A", ttl: 60, records: ["192.0.2.2", "192.0.2.1"] };
  expect(children).toEqual([
    { type: "telegram:index:AwsDnsRecord", name: "bot", inputs: {} },
    { type: "aws:route53/record:Record", name: "bot-record", inputs },
  ]);
  expect(await valueOf(result.fqdn)).toBe("bots.example.test");
  expect(looks()).toBe(2);
});

test.each<["TXT" | "CAA" | "CNAME", string, string]>([
  ["TXT", 'a "b"' + "x".repeat(255), `a \\"b\\"${"x".repeat(250)}""${"x".repeat(5)}`],
  ["CAA", "0 issue letsencrypt.org", "0 issue letsencrypt.org"],
  ["CNAME", "target.example", "target.example."],
])("aws: a %s value is written as the provider takes it", async (type, value, expected) => {
  const args = { ...shared(), type, values: [value], hostedZoneId: "Z1", waitSeconds: 0 };
  const { children } = await registeredBy(() => new aws.AwsDnsRecord("bot", args));
  expect(children[1]?.inputs).toMatchObject({ records: [expected] });
});

test("cloudflare: one record for each value; proxied is automatic in its time to live, and ready with Cloudflare's address", async () => {
  served = () => [a("104.16.132.229")];
  const values = ["192.0.2.1", "192.0.2.2"];
  const { children, warnings, result } = await registeredBy(
    () => new cloudflare.CloudflareDnsRecord("bot", { ...shared(), type: "A", values, zoneId: "z1", proxied: true }),
  );
  expect(warnings).toEqual([expect.stringContaining("Telegram sends no User-Agent header")]);
  const inputs = { zoneId: "z1", name: "bots.example.test", type: "A", ttl: 1, proxied: true };
  expect(children).toEqual([
    { type: "telegram:index:CloudflareDnsRecord", name: "bot", inputs: {} },
    { type: "cloudflare:index/dnsRecord:DnsRecord", name: "bot-record", inputs: { ...inputs, content: "192.0.2.1" } },
    { type: "cloudflare:index/dnsRecord:DnsRecord", name: "bot-record-2", inputs: { ...inputs, content: "192.0.2.2" } },
  ]);
  expect(await valueOf(result.fqdn)).toBe("bots.example.test");
});

test("cloudflare: a CAA value goes as its parts, a CNAME without the dot", async () => {
  const own = { ...shared(), waitSeconds: 0, zoneId: "z1" };
  const { children } = await registeredBy(() => {
    new cloudflare.CloudflareDnsRecord("caa", { ...own, type: "CAA", values: ['0 issue "letsencrypt.org"'] });
    new cloudflare.CloudflareDnsRecord("cname", { ...own, type: "CNAME", values: ["target.example."] });
  });
  const byName = Object.fromEntries(children.map(({ name, inputs }) => [name, inputs]));
  expect(byName["caa-record"]).toMatchObject({ data: { flags: 0, tag: "issue", value: "letsencrypt.org" }, ttl: 300 });
  expect(byName["cname-record"]).toMatchObject({ content: "target.example", proxied: false });
});

test("a name that is not published in time is an error, with the servers and what they answer", async () => {
  served = () => [a("192.0.2.9")];
  const settled = settleRecord("AwsDnsRecord bot", { ...shared(), type: "A", values: ["192.0.2.1"] }, []);
  await expect(untilPublished({ ...settled, values: ["192.0.2.1"], waitSeconds: 0.1 })).rejects.toThrow(
    `${dns.address} still answers 192.0.2.9.`,
  );
});

test("what a name server answers instead reaches the terminal without a colour tag and without a control character", async () => {
  served = () => [{ name: `bots.${zone}`, type: "TXT", ttl: 60, data: "<{%fg 1%}>red\u001b[2J" }];
  const args = { ...shared(), type: "TXT" as const, values: ["ours"] };
  const settled = settleRecord("AwsDnsRecord bot", args, []);
  const said = await untilPublished({ ...settled, values: ["ours"], waitSeconds: 0.1 }).catch(
    (error: Error) => error.message,
  );
  expect(said).toContain("red");
  expect(said).not.toMatch(/<\{%|\p{Cc}/u);
});

test("a preview knows the name and asks no server", async () => {
  dns.asked.length = 0;
  const args = { ...shared(), type: "A" as const, values: ["192.0.2.1"], hostedZoneId: "Z1" };
  const { result } = await registeredBy(() => new aws.AwsDnsRecord("bot", args), { isPreview: true });
  expect(await valueOf(result.fqdn)).toBe("bots.example.test");
  expect(dns.asked).toEqual([]);
});

test.each<[object, string]>([
  [{ name: "notexample.test" }, "name must lie in the zone example.test; got notexample.test."],
  [{ name: "@", type: "CNAME", values: ["a.example"] }, "type cannot be CNAME at the zone's own name example.test"],
  [
    { values: ["1.2.3"] },
    "values must hold IPv4 addresses; it is none (four decimal numbers); a name wants the type CNAME",
  ],
  [{ ttlSeconds: 5 }, "ttlSeconds must be a whole number of 30 to 86400; got 5"],
  [{ takeover: true }, 'AwsDnsRecord bot has no argument "takeover"'],
])("%# is refused before anything of a provider is declared", async (more, says) => {
  const args = { ...shared(), type: "A", values: ["192.0.2.1"], hostedZoneId: "Z1", ...more } as aws.AwsDnsRecordArgs;
  const { children } = await registeredBy(() => {
    expect(() => new aws.AwsDnsRecord("bot", args)).toThrow(says);
  });
  expect(children.filter(({ type }) => type.startsWith("aws:"))).toEqual([]);
});

test("a missing provider is named with the command that installs it", () => {
  const load = () => {
    throw Object.assign(new Error("Cannot find module"), { code: "MODULE_NOT_FOUND" });
  };
  expect(() => loadProvider("aws", "@pulumi/aws", "7", load)).toThrow(
    "pulumi-telegram/aws needs the package @pulumi/aws: npm install @pulumi/aws@7",
  );
});
