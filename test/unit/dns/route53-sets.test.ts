// What Route 53 has beside values (an alias, the name of one of several sets) is shown, and is never a value of ours.
import { vendorOf } from "../../../provider/dns/vendors";

const list = (sets: string) =>
  `<ListResourceRecordSetsResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ResourceRecordSets>${sets}</ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>100</MaxItems></ListResourceRecordSetsResponse>`;
const set = (type: string, more: string) =>
  `<ResourceRecordSet><Name>bots.example.com.</Name><Type>${type}</Type>${more}</ResourceRecordSet>`;
const alias = (name: string) =>
  `<AliasTarget><HostedZoneId>Z2</HostedZoneId><DNSName>${name}</DNSName><EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>`;
const weighted = (id: string, value: string) =>
  `<SetIdentifier>${id}</SetIdentifier><Weight>1</Weight><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>${value}</Value></ResourceRecord></ResourceRecords>`;

test.each<[string, "A" | "TXT", string, string]>([
  ["an alias", "A", alias("elb.example.com."), "an alias of elb.example.com."],
  ["an alias at a type of which its words could be a value", "TXT", alias("b."), "“an alias of b.”?"],
  ["one of several sets", "A", weighted("blue", "192.0.2.1"), "192.0.2.1 (blue)"],
  ["one of several sets of texts", "TXT", weighted("blue", '"own"'), "“own (blue)”?"],
  [
    "a name with a colour tag of Pulumi's",
    "A",
    weighted("&lt;{%fg 1%}&gt;", "192.0.2.1"),
    "192.0.2.1 (\\060{%fg 1%}>)",
  ],
  ["a name with a line break", "A", alias("a&#10;b\u202e."), "an alias of a\\010b\\226\\128\\174."],
  [
    "a name of any length",
    "A",
    weighted("x".repeat(600), "192.0.2.1"),
    `192.0.2.1 (${"x".repeat(256)}… (600 characters`,
  ],
])("%s is shown, and is no value of ours", async (_name, type, more, shown) => {
  const answer = () =>
    Promise.resolve({ status: 200, headers: { "content-type": "text/xml" }, body: Buffer.from(list(set(type, more))) });
  const keys = { accessKeyId: "AKIAOURS", secretAccessKey: "a-secret-access-key-of-ours" };
  const context = {
    ...{ config: () => undefined, hide: () => undefined, now: () => new Date() },
    ...{ signal: AbortSignal.timeout(60_000), sleep: () => Promise.resolve(), random: Math.random },
  };
  const vendor = vendorOf({ route53: { hostedZoneId: "Z1", ...keys } }, answer).open(context as never);
  const found = await vendor.find({ zone: "example.com", fqdn: "bots.example.com", type });
  expect(found?.values).toEqual([expect.stringContaining(shown) as string]);
});
