// DnsRecord at a fake Cloudflare, in this process: forms of values, drift, the proxy, and every fault of its API.
import { loadPeer } from "../../../provider/dns/vendors/vendor";
import { recordStack } from "../../support/dns-logic";
import { edgeAddress, startFakeCloudflare } from "../../support/fake-cloudflare";
import type { FakeCloudflare } from "../../support/fake-cloudflare";
import { startSmallDns } from "../../support/small-dns";
import type { SmallDns } from "../../support/small-dns";

const zone = "example.test";
let cloudflare: FakeCloudflare;
let zoneId: string;
let dns: SmallDns;
let token: string;

beforeAll(async () => {
  cloudflare = await startFakeCloudflare();
  cloudflare.addZone("notexample.test");
  zoneId = cloudflare.addZone(zone);
  dns = await startSmallDns({ zone, records: cloudflare.served });
});
beforeEach(() => {
  token = cloudflare.addToken();
  cloudflare.journal.length = 0;
});
afterAll(() => Promise.all([cloudflare.close(), dns.close()]));

let count = 0;
const freshName = () => `bots${(count += 1)}`;
const args = (name: string, more: Record<string, unknown> = {}, settings: Record<string, unknown> = {}) => ({
  ...{ zone, name, type: "A", values: ["192.0.2.1"], waitSeconds: 30, nameServers: [dns.address] },
  via: { cloudflare: { apiToken: token, apiUrl: cloudflare.apiUrl, ...settings } },
  ...more,
});
const live = (name: string) => cloudflare.live(`${name}.${zone}`);
const writes = () => cloudflare.journal.filter((line) => !line.startsWith("GET"));

test("it is changed in one batch, in which a value that stays keeps its record", async () => {
  const name = freshName();
  const stack = recordStack();
  await stack.up(args(name, { values: ["192.0.2.2", "192.0.2.1"] }));
  const kept = cloudflare.records(`${name}.${zone}`).find(({ content }) => content === "192.0.2.1");
  cloudflare.journal.length = 0;
  expect(await stack.up(args(name, { values: ["192.0.2.1", "192.0.2.3"], ttlSeconds: 60 }))).toBe("updated");
  expect(live(name)).toEqual(["A 192.0.2.1 60", "A 192.0.2.3 60"]);
  expect(cloudflare.records(`${name}.${zone}`)).toContainEqual({ ...kept, ttl: 60 });
  expect(writes()).toEqual(["POST /zones/<id>/dns_records/batch"]);
});

test.each([
  [
    "TXT",
    ['a "quoted" \\ text; with more', "plain"],
    ['TXT "a \\"quoted\\" \\\\ text; with more" 300', 'TXT "plain" 300'],
  ],
  ["CAA", ['0 ISSUE letsencrypt.org', '128 iodef "mailto:a@b.example"'], ['CAA 0 issue "letsencrypt.org" 300', 'CAA 128 iodef "mailto:a@b.example" 300']], // prettier-ignore
  ["CNAME", ["Target.Example."], ["CNAME target.example 300"]],
])("a %s record is written as Cloudflare wants it, and read back as the same", async (type, values, expected) => {
  const name = freshName();
  const stack = recordStack();
  await stack.up(args(name, { type, values, waitSeconds: 0 }));
  expect(live(name)).toEqual(expected);
  await stack.refresh();
  expect(await stack.preview(args(name, { type, values, waitSeconds: 0 }))).toBe("same");
});

test("what somebody changes is shown and repaired: value, ttl, proxied, removed, a second record", async () => {
  const name = freshName();
  const stack = recordStack();
  await stack.up(args(name));
  const id = () => cloudflare.records(`${name}.${zone}`)[0]?.id ?? "";
  const drifts: [() => void, Record<string, unknown>, string][] = [
    [() => cloudflare.change(id(), { content: "192.0.2.9" }), { values: ["192.0.2.9"] }, "somebody else set it to 192.0.2.9; this stack had written 192.0.2.1"], // prettier-ignore
    [() => cloudflare.change(id(), { ttl: 120 }), { ttlSeconds: 120 }, "its TTL is 120 s, declared is 300"],
    [() => cloudflare.change(id(), { proxied: true, ttl: 1 }), { via: { cloudflare: { proxied: true } }, ttlSeconds: 300 }, "proxied is true at cloudflare"], // prettier-ignore
    [
      () => void cloudflare.add({ name: `${name}.${zone}`, type: "A", content: "192.0.2.8", ttl: 300, proxied: false }),
      { values: ["192.0.2.1", "192.0.2.8"] },
      "somebody else set it to 192.0.2.1, 192.0.2.8",
    ],
  ];
  for (const [drift, recorded, said] of drifts) {
    drift();
    await stack.refresh();
    expect(stack.state()).toMatchObject({ owned: ["192.0.2.1"], ...recorded });
    expect(stack.lines.at(-1)).toContain(said);
    expect(await stack.up(args(name))).toBe("updated");
    expect(live(name)).toEqual(["A 192.0.2.1 300"]);
  }
  // Automatic is 300 s in Cloudflare's words: no drift.
  cloudflare.change(id(), { ttl: 1 });
  await stack.refresh();
  expect(await stack.preview(args(name))).toBe("same");
  cloudflare.remove(id());
  await stack.refresh();
  expect(stack.state()).toBeUndefined();
  await stack.up(args(name));
  expect(live(name)).toEqual(["A 192.0.2.1 300"]);
});

test("a record that is there already as it is declared is adopted, and the log says so", async () => {
  const name = freshName();
  cloudflare.add({ name: `${name}.${zone}`, type: "A", content: "192.0.2.1", ttl: 300, proxied: false });
  const stack = recordStack();
  await stack.up(args(name));
  expect(stack.lines).toContain(
    `A record ${name}.${zone}: it was there already with these values, set by somebody else or by a run that was cut off; it is adopted, and a destroy removes it.`,
  );
  expect(await stack.up(args(name))).toBe("same");
  expect(stack.lines.filter((line) => line.includes("adopted"))).toHaveLength(1);
});

test("what is not ours is refused and left alone; takeover replaces it; of a mixed set only ours is removed", async () => {
  const name = freshName();
  const foreign = { name: `${name}.${zone}`, type: "A", content: "192.0.2.7", ttl: 300, proxied: false };
  cloudflare.add(foreign);
  const stack = recordStack();
  expect(await stack.refusal(args(name))).toBe(
    `The A record ${name}.${zone} exists at cloudflare with 192.0.2.7, which this resource did not set. Nothing was written. ` +
      "Declare these values to adopt it, remove it there, or set takeover: true to replace it. [DNS_NOT_OURS]",
  );
  expect(writes()).toEqual([]);
  await stack.up(args(name, { takeover: true }));
  expect(live(name)).toEqual(["A 192.0.2.1 300"]);
  cloudflare.add(foreign);
  await stack.destroy();
  expect(live(name)).toEqual(["A 192.0.2.7 300"]);
  const cname = freshName();
  cloudflare.add({ ...foreign, name: `${cname}.${zone}`, type: "CNAME", content: "target.example" });
  expect(await stack.refusal(args(cname))).toContain(
    '"A CNAME record with that host already exists. (81054)". Nothing was written. A CNAME stands at this name, and nothing may stand beside one.',
  );
});

test("a value that we cannot have written is shown, taken for somebody else's, and left as it is", async () => {
  const name = freshName();
  const own = args(name, { type: "TXT", values: ["own"], waitSeconds: 0 });
  const stack = recordStack();
  await stack.up(own);
  const odd = ['"a" "b"', '"a\\010send"', "line\nbreak", '"cut off', "ü\u202e", ""];
  for (const content of odd) {
    cloudflare.add({ name: `${name}.${zone}`, type: "TXT", content, ttl: 300, proxied: false });
  }
  await stack.refresh();
  expect(stack.state()?.["values"]).toEqual([
    "own",
    '“"cut off”?',
    "“\\195\\188\\226\\128\\174”",
    "“a\\010send”",
    "“a” “b”",
    "“line\\010break”",
    "“”",
  ]);
  await stack.destroy();
  const left = cloudflare.records(`${name}.${zone}`).map(({ content }) => content);
  expect(left).toEqual(odd);
  expect(await recordStack().refusal(own)).toContain("which this resource did not set. Nothing was written.");
});

test("proxied: ready is an address that is not the origin; the time to live is Cloudflare's own", async () => {
  const name = freshName();
  const stack = recordStack();
  await stack.up(args(name, {}, { proxied: true }));
  expect(live(name)).toEqual(["A 192.0.2.1 1 proxied"]);
  expect(stack.state()).toMatchObject({ via: { cloudflare: { proxied: true } } });
  await stack.refresh();
  expect(await stack.preview(args(name, {}, { proxied: true }))).toBe("same");
  // Off again: only the origin counts.
  await stack.up(args(name));
  expect(live(name)).toEqual(["A 192.0.2.1 300"]);
  expect(await stack.refusal(args(name, { type: "TXT", values: ["x"] }, { proxied: true }))).toBe(
    "via has proxied, which a TXT record cannot be at Cloudflare",
  );
  expect(await stack.refusal(args(name, { ttlSeconds: 60 }, { proxied: true }))).toContain("ttlSeconds has no effect");
});

test("proxied, while a server still answers with the origin: the command fails and says so", async () => {
  const name = freshName();
  const origin = await startSmallDns({
    zone,
    records: () => [{ name: `${name}.${zone}`, type: "A", ttl: 60, data: "192.0.2.1" }],
  });
  const stack = recordStack();
  const said = await stack.refusal(args(name, { waitSeconds: 1, nameServers: [origin.address] }, { proxied: true }));
  expect(said).toContain(`${origin.address} still answers with the origin 192.0.2.1.`);
  expect(edgeAddress).not.toBe("192.0.2.1");
  await origin.close();
});

test("a zone is found by its whole name, on one page; one that is not there is named; zoneId skips the search", async () => {
  const stack = recordStack();
  const name = freshName();
  await stack.up(args(name));
  expect(cloudflare.journal.filter((line) => line === "GET /zones")).toHaveLength(1);
  expect(await recordStack().refusal(args(name, { zone: "nowhere.test" }))).toBe(
    `cloudflare: zone nowhere.test for the A record ${name}.nowhere.test: the token sees no zone of this name. ` +
      "Correct zone, or give the token Zone.Zone Read for it, or give zoneId. Nothing was written. [DNS_REFUSED]",
  );
  cloudflare.addZone("twice.test");
  cloudflare.addZone("twice.test");
  expect(await recordStack().refusal(args(name, { zone: "twice.test" }))).toContain("several zones of this name");
  cloudflare.journal.length = 0;
  await recordStack().up(args(freshName(), {}, { zoneId }));
  expect(cloudflare.journal).not.toContain("GET /zones");
  expect(await recordStack().refusal(args(name, {}, { zoneId: "abc" }))).toContain("Could not route to");
});

test("in a zone of another id the name would become another one: that is taken back at once", async () => {
  const other = cloudflare.addZone("elsewhere.test");
  const name = freshName();
  expect(await recordStack().refusal(args(name, {}, { zoneId: other }))).toContain(
    `zoneId belongs to another zone than ${zone}: the record was made as ${name}.${zone}.elsewhere.test, and was removed again.`,
  );
  expect(cloudflare.records(`${name}.${zone}.elsewhere.test`)).toEqual([]);
});

test("more values than one page holds are refused, not half seen", async () => {
  const name = freshName();
  cloudflare.quota = 400;
  for (let at = 0; at < 101; at += 1) {
    cloudflare.add({ name: `${name}.${zone}`, type: "TXT", content: `"${at}"`, ttl: 300, proxied: false });
  }
  expect(await recordStack().refusal(args(name, { type: "TXT", values: ["x"] }))).toContain("more than 100 values");
  cloudflare.quota = 200;
  for (const { id } of cloudflare.records(`${name}.${zone}`)) cloudflare.remove(id);
});

describe("faults", () => {
  const path = /\/batch$/;

  test("429: it comes back when it was told to", async () => {
    const name = freshName();
    const errors = [{ code: 971, message: "Please wait and consider throttling your request speed" }];
    cloudflare.fault({ status: 429, errors, headers: { "retry-after": "8" }, path });
    const stack = recordStack();
    await stack.up(args(name));
    expect(live(name)).toEqual(["A 192.0.2.1 300"]);
    expect(writes()).toHaveLength(2);
    expect(stack.lines).toContainEqual(expect.stringContaining("waiting 8 s before the next try"));
  });

  test.each([
    ["500 before", { status: 500 }, false],
    ["500 after it was applied", { status: 500, when: "after" as const }, true],
    ["a connection that is cut", { status: 0 }, false],
    ["a connection that is cut after it was applied", { status: 0, when: "after" as const }, true],
  ])("a write that ends in %s is looked at, never repeated blindly", async (_, fault, isApplied) => {
    const name = freshName();
    cloudflare.fault({ ...fault, path });
    const stack = recordStack();
    if (isApplied) {
      await stack.up(args(name));
      expect(stack.state()).toMatchObject({ owned: ["192.0.2.1"] });
    } else {
      expect(await stack.refusal(args(name))).toMatch(/^cloudflare: to create the A record .* got no usable answer/);
      expect(stack.state()).toBeUndefined();
      await stack.up(args(name));
    }
    expect(writes()).toHaveLength(isApplied ? 1 : 2);
    expect(live(name)).toEqual(["A 192.0.2.1 300"]);
  });

  test("a look that ends in 500 is repeated", async () => {
    const name = freshName();
    cloudflare.fault({ status: 502, method: "GET", times: 2 });
    await recordStack().up(args(name));
    expect(live(name)).toEqual(["A 192.0.2.1 300"]);
  });

  test("a removal that was applied before the connection was cut has succeeded", async () => {
    const name = freshName();
    const stack = recordStack();
    await stack.up(args(name));
    cloudflare.fault({ status: 0, when: "after", path });
    await stack.destroy();
    expect([live(name), stack.names()]).toEqual([[], []]);
  });

  test("somebody removes the record between our look and our write: nothing is invented", async () => {
    const name = freshName();
    const stack = recordStack();
    await stack.up(args(name));
    cloudflare.fault({ status: 404, errors: [{ code: 81044, message: "Record does not exist." }], path });
    expect(await stack.refusal(args(name, { values: ["192.0.2.2"] }))).toContain(
      '(404): "Record does not exist. (81044)". Nothing was written. Somebody else removed the record at this very moment. Run pulumi up again.',
    );
    expect(live(name)).toEqual(["A 192.0.2.1 300"]);
  });

  test("an identical record that appears between our look and our write is as good as ours", async () => {
    const name = freshName();
    const stack = recordStack();
    cloudflare.fault({ status: 400, when: "after", errors: [{ code: 81058, message: "An identical record already exists." }], path }); // prettier-ignore
    await stack.up(args(name));
    expect(stack.state()).toMatchObject({ owned: ["192.0.2.1"] });
  });

  test("the quota of the plan is told with its cure", async () => {
    const before = cloudflare.quota;
    cloudflare.quota = cloudflare.records().length;
    expect(await recordStack().refusal(args(freshName()))).toContain(
      '(400): "Record quota exceeded. (81045)". Nothing was written. The zone has as many records as its plan allows.',
    );
    cloudflare.quota = before;
  });

  test("403 without the permission is told with the permissions, and no other token is tried", async () => {
    cloudflare.fault({ status: 403, errors: [{ code: 10000, message: "Authentication error" }], path });
    const other = cloudflare.addToken();
    const said = await recordStack({ "telegram:cloudflareApiToken": other }).refusal(args(freshName()));
    expect(said).toContain(
      '(403): "Authentication error (10000)". Nothing was written. The token needs the permissions',
    );
    expect(writes()).toHaveLength(1);
  });

  test("a dead token is followed by the configuration's and the environment's, and never shown", async () => {
    const name = freshName();
    const stack = recordStack();
    await stack.up(args(name));
    const declared = args(name, { values: ["192.0.2.2"] });
    cloudflare.revoke(token);
    const said = await stack.refusal(declared);
    expect(said).toContain(
      '(403): "Invalid access token (9109)". Nothing was written. The token is wrong, expired or deleted',
    );
    expect(said).not.toContain(token);
    await stack.refresh();
    expect(stack.lines.at(-1)).toMatch(/^warning: The A record .* could not be read.*The recorded state is kept\.$/);
    const living = cloudflare.addToken();
    process.env["CLOUDFLARE_API_TOKEN"] = living;
    try {
      await stack.up(declared);
      expect(live(name)).toEqual(["A 192.0.2.2 300"]);
      await stack.destroy();
      expect(live(name)).toEqual([]);
    } finally {
      delete process.env["CLOUDFLARE_API_TOKEN"];
    }
    const config = recordStack({ "telegram:cloudflareApiToken": living });
    await config.up(args(freshName(), {}, { apiToken: undefined }));
  });

  test("no token at all is one sentence", async () => {
    expect(await recordStack().refusal(args(freshName(), {}, { apiToken: undefined }))).toBe(
      "cloudflare: there is no API token. Give via.cloudflare.apiToken, or run `pulumi config set --secret telegram:cloudflareApiToken`, or set CLOUDFLARE_API_TOKEN. [DNS_CREDENTIAL_DEAD]",
    );
  });
});

test("a missing package is named with the command that installs it; another error is passed on", () => {
  const missing = (name: string) => () => {
    throw Object.assign(new Error(`Cannot find module '${name}/tree-shakable'`), { code: "MODULE_NOT_FOUND" });
  };
  expect(() => loadPeer("cloudflare", "7", missing("cloudflare"))).toThrow(
    "This record needs the package cloudflare: npm install cloudflare@7",
  );
  expect(() => loadPeer("cloudflare", "7", missing("something-else"))).toThrow("Cannot find module 'something-else");
});
