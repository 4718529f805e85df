// What a record may be: names, values and their normal form, the ways to a server, and what goes with Cloudflare's proxy.
import { checkInputs } from "../../../provider/core/fields";
import { recordLogic } from "../../../provider/dns/record/fields";
import type { RecordInputs } from "../../../provider/dns/record/fields";
import { cloudflare } from "../../../provider/dns/vendors/cloudflare";
import { valueFromText } from "../../../provider/dns/message-values";
import { normalValues, toPresentation } from "../../../provider/dns/values";

const logic = recordLogic(() => {
  throw new Error("nothing acts here");
});
const glance = { isUnknown: (value: unknown) => value === "?", unknown: "?", now: new Date(0) };
const good = { zone: "example.com", name: "bots", type: "A", values: ["192.0.2.1"], via: { route53: {} } };
const check = (more: object) => checkInputs(logic, { ...good, ...more }, glance);
const says = (more: object) => check(more).findings.map((finding) => `${finding.field} ${finding.says}`);
const inputs = (more: object) => check(more).inputs as unknown as RecordInputs;

test.each([
  ["bots", "bots.example.com"],
  ["BOTS.Example.COM.", "bots.example.com"],
  ["a.b", "a.b.example.com"],
  ["@", "example.com"],
  ["Example.com", "example.com"],
  ["*.bots", "*.bots.example.com"],
  ["*", "*.example.com"],
  ["_acme-challenge.bots", "_acme-challenge.bots.example.com"],
])("%s in the zone example.com is %s", (name, fqdn) => {
  expect([says({ name, zone: "EXAMPLE.com." }), inputs({ name, zone: "EXAMPLE.com." }).fqdn]).toEqual([[], fqdn]);
});

test.each<[object, string]>([
  [{ name: "notexample.com" }, "name must lie in the zone example.com; got notexample.com. Write it without the zone (bots) or with it (bots.example.com)"], // prettier-ignore
  [{ name: "bot.example.org." }, "name must lie in the zone example.com; got bot.example.org. with a dot at its end, which makes it a whole name. Correct the name or the zone"], // prettier-ignore
  [{ name: "notexample.com." }, "name must lie in the zone example.com; got notexample.com. with a dot at its end, which makes it a whole name. Correct the name or the zone"], // prettier-ignore
  [{ name: "a b" }, "name must be @, a name inside the zone, or that with the zone; it has a space or a line break, remove it"], // prettier-ignore
  [{ name: "a..b" }, "name must be @, a name inside the zone, or that with the zone; it is empty, or has a dot too many"], // prettier-ignore
  [{ name: `${"a".repeat(60)}.`.repeat(4) + "a" }, "name must be at most 253 characters with its zone; got 257"],
  [{ name: "a\nupdate" }, "name must be @, a name inside the zone, or that with the zone; it has a space or a line break, remove it"], // prettier-ignore
  [{ zone: "exa mple.com" }, "zone must be the zone's name, such as example.com; it has a space or a line break, remove it"], // prettier-ignore
  [{ zone: "bücher.example" }, "zone must be the zone's name, such as example.com; it is not ASCII, write xn--bcher-kva.example"], // prettier-ignore
  [{ zone: "https://example.com" }, "zone must be the zone's name, such as example.com; it has a scheme, a port or a path, give the name alone"], // prettier-ignore
  [{ zone: "'example.com'" }, "zone must have no quotes around it; remove them"],
  [{ zone: "\ufeffexample.com" }, "zone must have no byte order mark (U+FEFF), which shows nothing and stands before the text of some files; remove it"], // prettier-ignore
  [{ name: "a.*.b" }, "name must be @, a name inside the zone, or that with the zone; it has a * that is not its whole first label"], // prettier-ignore
  [{ name: "-a" }, "name must be @, a name inside the zone, or that with the zone; it has a part between dots that begins or ends with a hyphen, or is longer than 63 characters"], // prettier-ignore
  [{ type: "TXT", values: ["a", '"v=spf1 -all"'] }, "values must hold texts without quotes around them, which would become a part of the text; remove the quotes"], // prettier-ignore
  [{ via: { route53: { hostedZoneId: "/hostedzone/Z1" } } }, "via has route53.hostedZoneId, which must be letters and digits (Z…), without /hostedzone/ in front"], // prettier-ignore
  [{ name: "@", type: "CNAME", values: ["a.example"] }, "type cannot be CNAME at the zone's own name example.com, which has SOA and NS records; publish an A record there"], // prettier-ignore
  [{ type: "AAAA" }, "type must be one of A, CNAME, TXT, CAA"],
  [{ values: [] }, "values must hold at least one value"],
  [
    { values: ["192.0.2.1", "::1"] },
    "values must hold IPv4 addresses; one of them is an IPv6 address, which Telegram does not deliver to",
  ],
  [{ type: "CNAME", values: ["a.example", "b.example"] }, "values must be one name for a CNAME, which stands alone (RFC 1034 3.6.2); got 2"], // prettier-ignore
  [{ type: "TXT", values: ["a<{%reset%}>"] }, "values must hold texts; it has <{%, which begins a colour of Pulumi's"],
  [{ type: "TXT", values: ["a\nsend"] }, "values must hold texts; it is not 1 to 2048 printable ASCII characters"],
  [{ type: "CAA", values: ["0 issue a;b c"] }, 'values must hold CAA values such as 0 issue "letsencrypt.org"; it is none (flags, tag, quoted value; RFC 8659)'], // prettier-ignore
  [{ ttlSeconds: 29 }, "ttlSeconds must be a whole number of 30 to 86400; got 29"],
  [{ waitSeconds: -1 }, "waitSeconds must be a whole number of 0 to 3600; got -1"],
  [{ nameServers: ["ns1.example.com"] }, "nameServers must hold ip:port such as 192.0.2.53:53; item 1 is none"],
  [{ via: {} }, "via must have exactly one of the keys cloudflare, route53 and rfc2136; got no key"],
  [
    { via: { cloudflare: {}, route53: {} } },
    "via must have exactly one of the keys cloudflare, route53 and rfc2136; got several keys",
  ],
  [
    { via: { constructor: {} } },
    'via must have exactly one of the keys cloudflare, route53 and rfc2136; got "constructor"',
  ],
  [{ via: { rfc2136: {} } }, "via needs rfc2136.server"],
  [{ via: { rfc2136: { server: "ns1.example.com" } } }, "via has rfc2136.server, which must be an IP address, or ip:port such as 192.0.2.53:53; got ns1.example.com"], // prettier-ignore
  [
    { via: { rfc2136: { server: "192.0.2.1", tsigName: "a" } } },
    "via needs tsigName and tsigSecret together, or neither",
  ],
  [{ via: { rfc2136: { server: "192.0.2.1", tsigName: "a", tsigSecret: "x y" } } }, "via has rfc2136.tsigSecret, which must be base64"], // prettier-ignore
  [{ via: { route53: { zoneId: "Z" } } }, 'via must have only accessKeyId, secretAccessKey, region, endpoint and hostedZoneId in route53; got "zoneId"'], // prettier-ignore
  [{ via: { cloudflare: { apiUrl: "http://example.com" } } }, "via has cloudflare.apiUrl, which must begin with https:// (http:// on loopback only), since the credential travels in it"], // prettier-ignore
  [{ via: { cloudflare: { proxied: true } }, type: "TXT", values: ["a"] }, "via has proxied, which a TXT record cannot be at Cloudflare"], // prettier-ignore
])("%j is refused: %s", (more, expected) => {
  expect(says(more)).toEqual([expected]);
});

test("a relative name that ends like a whole one of another zone is warned of, since the zone is put after it", () => {
  const warned = (name: string) =>
    check({ name }).findings.map(({ level, field, says }) => [level, `${field} ${says}`]);
  expect(warned("bot.example.org")).toEqual([
    [
      "warning",
      "name does not end in the zone example.com, so the record becomes bot.example.org.example.com. If bot.example.org is a full name already, correct it or the zone; with a dot at its end a name outside of the zone is refused",
    ],
  ]);
  expect(["a.b", "bots.example.com", "_acme-challenge.bots", "com", "@"].map(warned)).toEqual(Array(5).fill([]));
});

test("a CNAME to an address was published, although no resolver follows it", () => {
  expect(says({ type: "CNAME", values: ["8.8.8.8"] })).toEqual([
    "values must hold the name that it points to; it is an address: an address wants the type A",
  ]);
});

test("a CNAME to a single label is refused, since no zone is put after it", () => {
  const cname = { type: "CNAME", values: ["bots"] };
  expect(says(cname)).toEqual([
    "values must hold the name that it points to; it has no dot: give the whole name with its zone (bots.example.com)",
  ]);
  expect([says({ ...cname, values: ["bots."] }), says({ ...cname, values: ["a.example"] })]).toEqual([[], []]);
});

test("what is not known yet is no problem, and what follows from it is not known either", () => {
  const { findings, seen } = check({ name: "?", values: "?" });
  expect([findings, [...seen.unknown].sort()]).toEqual([[], ["fqdn", "name", "values"]]);
});

test("values in other words are the same: case, dots, order, repetition, quotes", () => {
  expect(normalValues("CNAME", ["A.Example."])).toEqual(["a.example"]);
  expect(normalValues("CAA", ["0 ISSUE a.example", '0 issue "a.example"'])).toEqual(['0 issue "a.example"']);
  expect(normalValues("A", ["192.0.2.2", "192.0.2.1", "192.0.2.2"])).toEqual(["192.0.2.1", "192.0.2.2"]);
});

test.each(["plain", 'with "quotes" and \\', "x".repeat(255), "y".repeat(256), "; a comment? (no)", " spaces "])(
  "the text %j comes back as it was written",
  (text) => {
    expect(valueFromText("TXT", toPresentation("TXT", text), 8)).toBe(text);
    expect(
      toPresentation("TXT", text)
        .split('" "')
        .every((chunk) => chunk.length <= 257 * 2),
    ).toBe(true);
  },
);

test("two resources for one record are told apart by vendor, zone, name and type", () => {
  const keyOf = (more: object) => logic.exclusive?.(inputs(more));
  expect(keyOf({})).toBe("the A record bots.example.com in the zone example.com at route53");
  expect(keyOf({ name: "bots.example.com." })).toBe(keyOf({}));
  expect(keyOf({ name: "bots", zone: "b.example.com" })).not.toBe(keyOf({ name: "bots.b" }));
});

test("a webhook behind Cloudflare's proxy takes the ports that both have, no certificate of its own, and no pin", () => {
  const says = (more: object) =>
    cloudflare.cannotServe?.({ port: 443, uploadsCertificate: false, isPinned: false, ...more }, { proxied: true });
  expect([443, 8443].map((port) => says({ port }))).toEqual(Array(2).fill(undefined));
  for (const port of [80, 88]) expect(says({ port })).toContain(`not on ${port}; change the port`);
  expect(says({ uploadsCertificate: true })).toContain("Telegram sees Cloudflare's own");
  expect(says({ isPinned: true })).toContain("pins the origin past Cloudflare");
});
