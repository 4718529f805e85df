// DnsRecord at the real moto server, in this process: forms of values, drift, ownership, and every fault of Route 53's API.
import type * as sdk from "@aws-sdk/client-route-53";
import { openVendor, recordStack } from "../support/dns-logic";
import { startMoto } from "../support/moto";
import type { Moto } from "../support/moto";
import { startSmallDns } from "../support/small-dns";
import type { SmallDns } from "../support/small-dns";

const zone = "example.test";
let moto: Moto;
let zoneId: string;
let dns: SmallDns;

beforeAll(async () => {
  moto = await startMoto();
  await moto.addZone("notexample.test");
  zoneId = await moto.addZone(zone);
  await moto.addZone("sub.example.test");
  dns = await startSmallDns({ zone, records: () => moto.served(zoneId) });
});
beforeEach(() => {
  moto.journal.length = 0;
});
afterAll(() => Promise.all([moto.stop(), dns.close()]));

let count = 0;
const freshName = () => `bots${(count += 1)}`;
const keys = { accessKeyId: "AKIAOURS", secretAccessKey: "the-secret-access-key-of-ours" };
const args = (name: string, more: Record<string, unknown> = {}, settings: Record<string, unknown> = {}) => ({
  ...{ zone, name, type: "A", values: ["192.0.2.1"], waitSeconds: 30, nameServers: [dns.address] },
  via: { route53: { ...keys, endpoint: moto.endpoint, ...settings } },
  ...more,
});
const live = (name: string) => moto.live(zoneId, `${name}.${zone}`);
const writes = () => moto.journal.filter((line) => line === "POST rrset").length;

/** Writes as somebody else does. */
const outsider = (action: "CREATE" | "UPSERT" | "DELETE", name: string, set: Parameters<Moto["write"]>[3]) =>
  moto.write(zoneId, action, `${name}.${zone}`, set);
const a = (value: string, TTL = 300) => ({ TTL, ResourceRecords: [{ Value: value }] });

test.each([
  [
    "TXT",
    ['a "quoted" \\ text; with more', "plain"],
    ['TXT "a \\"quoted\\" \\\\ text; with more" 300', 'TXT "plain" 300'],
  ],
  ["CAA", ["0 ISSUE letsencrypt.org"], ['CAA 0 issue "letsencrypt.org" 300']],
  ["CNAME", ["Target.Example."], ["CNAME target.example. 300"]],
])("a %s record is written as Route 53 wants it, and read back as the same", async (type, values, expected) => {
  const name = freshName();
  const stack = recordStack();
  await stack.up(args(name, { type, values, waitSeconds: 0 }));
  expect(await live(name)).toEqual(expected);
  await stack.refresh();
  expect(await stack.preview(args(name, { type, values, waitSeconds: 0 }))).toBe("same");
});

test("what somebody changes is shown and repaired: value, ttl, a second value, removed", async () => {
  const name = freshName();
  const stack = recordStack();
  await stack.up(args(name));
  const second = { TTL: 300, ResourceRecords: [{ Value: "192.0.2.1" }, { Value: "192.0.2.8" }] };
  const drifts: [Partial<sdk.ResourceRecordSet>, Record<string, unknown>, string][] = [
    [a("192.0.2.9"), { values: ["192.0.2.9"] }, "somebody else set it to 192.0.2.9; this stack had written 192.0.2.1"],
    [a("192.0.2.1", 120), { ttlSeconds: 120 }, "its TTL is 120 s, declared is 300"],
    [second, { values: ["192.0.2.1", "192.0.2.8"] }, "somebody else set it to 192.0.2.1, 192.0.2.8"],
  ];
  for (const [drift, recorded, said] of drifts) {
    await outsider("UPSERT", name, drift);
    await stack.refresh();
    expect(stack.state()).toMatchObject({ owned: ["192.0.2.1"], ...recorded });
    expect(stack.lines.at(-1)).toContain(said);
    expect(await stack.up(args(name))).toBe("updated");
    expect(await live(name)).toEqual(["A 192.0.2.1 300"]);
  }
  await outsider("DELETE", name, a("192.0.2.1"));
  await stack.refresh();
  expect(stack.state()).toBeUndefined();
  await stack.up(args(name));
  expect(await live(name)).toEqual(["A 192.0.2.1 300"]);
});

test("what is not ours is refused and left alone, an alias too; takeover replaces it; of a mixed set only ours goes", async () => {
  const name = freshName();
  await outsider("CREATE", name, a("192.0.2.7"));
  const stack = recordStack();
  expect(await stack.refusal(args(name))).toContain(
    "exists at route53 with 192.0.2.7, which this resource did not set.",
  );
  expect(writes()).toBe(0);
  await stack.up(args(name, { takeover: true }));
  expect(await live(name)).toEqual(["A 192.0.2.1 300"]);
  await outsider("UPSERT", name, { TTL: 300, ResourceRecords: [{ Value: "192.0.2.1" }, { Value: "192.0.2.7" }] });
  await stack.destroy();
  expect(await live(name)).toEqual(["A 192.0.2.7 300"]);

  const alias = freshName();
  const AliasTarget = { HostedZoneId: zoneId, DNSName: `${name}.${zone}.`, EvaluateTargetHealth: false };
  await outsider("CREATE", alias, { AliasTarget });
  expect(await recordStack().refusal(args(alias))).toContain(`with an alias of ${name}.${zone}., which this resource`);
});

test("a value that we cannot have written is shown, taken for somebody else's, and left as it came", async () => {
  const name = freshName();
  const own = args(name, { type: "TXT", values: ["own"], waitSeconds: 0 });
  const stack = recordStack();
  await stack.up(own);
  const odd = ['"a" "b"', '"a\\012send\\000"', '"\\374\\377"'];
  const set = (...values: string[]) => ({
    ...{ Type: "TXT" as const, TTL: 300 },
    ResourceRecords: values.map((Value) => ({ Value })),
  });
  await outsider("UPSERT", name, set('"own"', ...odd));
  await stack.refresh();
  expect(stack.state()?.["values"]).toEqual(["own", "“\\252\\255”", "“a\\010send\\000”", "“a” “b”"]);
  await stack.destroy();
  expect(await live(name)).toEqual(odd.map((one) => `TXT ${one} 300`).sort());
});

test("somebody changes the record between our look and our write: nothing is written over", async () => {
  const name = freshName();
  /** The vendor as it is, but somebody else writes right after each look. */
  const raced = (value: string) =>
    recordStack({}, (via, context) => {
      const vendor = openVendor(via, context);
      const find: typeof vendor.find = async (place) => {
        const found = await vendor.find(place);
        await outsider("UPSERT", name, a(value));
        return found;
      };
      return { ...vendor, find };
    });
  expect(await raced("192.0.2.66").refusal(args(name))).toContain("but it already exists (InvalidChangeBatch)");
  expect(await live(name)).toEqual(["A 192.0.2.66 300"]);
  expect(await raced("192.0.2.67").refusal(args(name, { takeover: true }))).toContain(
    "the values provided do not match the current values (InvalidChangeBatch)",
  );
  expect(await live(name)).toEqual(["A 192.0.2.67 300"]);
});

test("a record of a conflicting type is quoted, and nothing is written", async () => {
  const name = freshName();
  await outsider("CREATE", name, { Type: "CNAME", ...a("target.example.") });
  expect(await recordStack().refusal(args(name))).toContain("because a conflicting RRSet of type CNAME");
  expect(await live(name)).toEqual(["CNAME target.example. 300"]);
});

test("a zone is found by its whole name, private ones never; one that is not there is named", async () => {
  const name = freshName();
  expect(await recordStack().refusal(args(name, { zone: "nowhere.test" }))).toBe(
    `route53: zone nowhere.test for the A record ${name}.nowhere.test: the account has no public hosted zone of this name. ` +
      "Correct zone, or give hostedZoneId. Nothing was written. [DNS_REFUSED]",
  );
  await moto.addZone("inside.test", true);
  expect(await recordStack().refusal(args(name, { zone: "inside.test" }))).toContain("no public hosted zone");
  await moto.addZone("twice.test");
  await moto.addZone("twice.test");
  expect(await recordStack().refusal(args(name, { zone: "twice.test" }))).toContain("several public hosted zones");
  moto.journal.length = 0;
  await recordStack().up(args(name, {}, { hostedZoneId: zoneId }));
  expect(moto.journal).not.toContain("GET hostedzonesbyname");
  expect(await recordStack().refusal(args(name, {}, { hostedZoneId: "ZNOBODYS" }))).toContain(
    '(NoSuchHostedZone)". Nothing was written. hostedZoneId is none of this account.',
  );
});

describe("faults", () => {
  const path = /\/rrset/;

  test.each([
    ["Throttling", 400, "Rate exceeded"],
    ["PriorRequestNotComplete", 400, "The request was rejected because Route 53 was still processing a prior request."],
  ])("%s: it comes back", async (code, status, message) => {
    const name = freshName();
    moto.fault({ status, code, message, method: "POST", path, times: 2 });
    await recordStack().up(args(name));
    expect([await live(name), writes()]).toEqual([["A 192.0.2.1 300"], 3]);
  });

  test.each([
    ["500 before", { status: 500 }, false],
    ["500 after it was applied", { status: 500, when: "after" as const }, true],
    ["a connection that is cut", { status: 0 }, false],
    ["a connection that is cut after it was applied", { status: 0, when: "after" as const }, true],
  ])("a write that ends in %s is looked at, never repeated blindly", async (_, fault, isApplied) => {
    const name = freshName();
    moto.fault({ ...fault, method: "POST", path });
    const stack = recordStack();
    if (isApplied) await stack.up(args(name));
    else {
      expect(await stack.refusal(args(name))).toMatch(/^route53: to create the A record .* got no usable answer/);
      expect(stack.state()).toBeUndefined();
      await stack.up(args(name));
    }
    expect([await live(name), writes()]).toEqual([["A 192.0.2.1 300"], isApplied ? 1 : 2]);
  });

  test.each([
    ["AccessDenied", 403, "The key needs route53:ListHostedZonesByName, route53:ListResourceRecordSets"],
    ["LimitExceeded", 400, "The zone has as many records as its quota allows."],
    ["InvalidChangeBatch", 400, "Somebody else changed the record at this very moment"],
  ])("%s is quoted with its cure", async (code, status, cure) => {
    moto.fault({ status, code, message: "User: x is not so happy", method: "POST", path });
    const said = await recordStack().refusal(args(freshName()));
    expect(said).toContain(`(${status}): "User: x is not so happy (${code})". Nothing was written. ${cure}`);
  });

  test("a dead key is followed by the configuration's, and never shown", async () => {
    const name = freshName();
    const stack = recordStack();
    await stack.up(args(name, {}, { accessKeyId: "AKIADEAD" }));
    moto.revoke("AKIADEAD");
    const isolated = {
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
      AWS_CONFIG_FILE: "/nonexistent",
    };
    const before = { ...process.env };
    Object.assign(process.env, isolated);
    try {
      const said = await stack.refusal(args(name, { values: ["192.0.2.2"] }, { accessKeyId: "AKIADEAD" }));
      expect(said).toMatch(
        /token included in the request is invalid.*The key is wrong, expired or missing: give accessKeyId/,
      );
      const none = { accessKeyId: undefined, secretAccessKey: undefined };
      expect(await recordStack().refusal(args(freshName(), {}, none))).toMatch(
        /^route53: there is no key\. Give via\.route53\.accessKeyId and secretAccessKey, .* Its SDK says: "Could not load/,
      );
      expect(said).not.toContain(keys.secretAccessKey);
      await stack.refresh();
      expect(stack.lines.at(-1)).toMatch(/^warning: The A record .* could not be read/);
      Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIAENV", AWS_SECRET_ACCESS_KEY: "secret-of-the-environment" });
      await stack.up(args(name, { values: ["192.0.2.2"] }, { accessKeyId: "AKIADEAD" }));
      expect(await live(name)).toEqual(["A 192.0.2.2 300"]);
    } finally {
      for (const key of Object.keys(process.env)) if (!(key in before)) delete process.env[key];
    }
    const config = {
      "telegram:awsAccessKeyId": "AKIACONFIG",
      "telegram:awsSecretAccessKey": "secret-of-the-configuration",
    };
    await recordStack(config).up(args(freshName(), {}, { accessKeyId: undefined, secretAccessKey: undefined }));
  });
});
