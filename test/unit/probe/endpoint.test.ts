// The order of the checks: which are made, which are left out, and where they connect to.
import { probeEndpoint } from "../../../provider/probe/endpoint";
import type { EndpointOptions, Probes } from "../../../provider/probe/endpoint";
import type { DnsVerdict, HttpVerdict, Verdict } from "../../../provider/probe/verdict";
import { realTime } from "../../support/real-time";
import { startSmallDns } from "../../support/small-dns";

const context = realTime();
const dns: DnsVerdict = {
  check: "dns",
  outcome: "pass",
  says: "found.",
  addresses: ["149.154.175.7", "149.154.175.8"],
};
const tls: Verdict = { check: "tls", outcome: "pass", says: "trusted." };
const http: HttpVerdict = { check: "http", outcome: "pass", says: "taken.", secret: "unknown" };

/** What was asked of each check, and what came out. */
async function look(
  options: Partial<EndpointOptions>,
  answers: { dns?: Partial<DnsVerdict>; tls?: Partial<Verdict> } = {},
) {
  const asked: unknown[] = [];
  const probes: Probes = {
    dns: (...[host, given]) => (asked.push({ dns: host, ...given }), Promise.resolve({ ...dns, ...answers.dns })),
    tls: (endpoint) => (asked.push({ tls: endpoint }), Promise.resolve({ ...tls, ...answers.tls })),
    http: (endpoint) => (asked.push({ http: endpoint }), Promise.resolve(http)),
  };
  const all = {
    url: "https://bot.test:8443/x",
    allowPrivateAddresses: false,
    checks: { dns: true, tls: true, http: true },
  };
  const verdicts = await probeEndpoint({ ...all, ...options }, context, probes);
  return { asked, verdicts };
}

test("all three, in their order, at the first address that the name has", async () => {
  const settings = { secretToken: "s", certificate: "PEM", nameServers: ["192.0.2.53:53"], publicAuthorities: ["CA"] };
  const endpoint = {
    host: "bot.test",
    port: 8443,
    address: "149.154.175.7",
    uploaded: "PEM",
    publicAuthorities: ["CA"],
  };
  expect(await look(settings)).toEqual({
    asked: [
      { dns: "bot.test", allowPrivateAddresses: false, nameServers: ["192.0.2.53:53"] },
      { tls: endpoint },
      { http: { ...endpoint, url: "https://bot.test:8443/x", secretToken: "s" } },
    ],
    verdicts: [dns, tls, http],
  });
});

test.each([
  ["an address of the name was found, and yet it fails", { outcome: "fail" as const }],
  ["nobody knows an address", { outcome: "cannot tell" as const, addresses: [] }],
])("nothing is connected to when %s", async (_name, answer) => {
  const { asked, verdicts } = await look({}, { dns: answer });
  expect([asked.length, verdicts]).toEqual([1, [{ ...dns, ...answer }]]);
});

test("an address is connected to although dns cannot tell everything", async () => {
  expect((await look({}, { dns: { outcome: "cannot tell" } })).asked).toHaveLength(3);
});

test("no request is sent over TLS that failed; when TLS cannot tell, one is", async () => {
  const failed = { outcome: "fail" as const };
  expect((await look({}, { tls: failed })).verdicts).toEqual([dns, { ...tls, ...failed }]);
  expect((await look({}, { tls: { outcome: "cannot tell" } })).asked).toHaveLength(3);
});

test.each([
  ["a pinned address", { ipAddress: "149.154.175.9" }, "bot.test", "149.154.175.9"],
  ["an address as host", { url: "https://149.154.175.10:8443/x" }, "149.154.175.10", "149.154.175.10"],
  ["an IPv6 address as host", { url: "https://[2a01:4f8::1]:8443/x" }, "2a01:4f8::1", "2a01:4f8::1"],
])("%s is connected to, and no name is looked up", async (_name, options, host, address) => {
  const { asked, verdicts } = await look({ ...options, checks: { dns: true, tls: true, http: false } });
  expect({ asked, verdicts }).toEqual({ asked: [{ tls: { host, port: 8443, address } }], verdicts: [tls] });
});

test.each([
  ["https://149.154.175.1/", 443],
  ["http://149.154.175.1/", 80],
])("%s means port %d; without TLS its check is left out", async (url, port) => {
  const { asked } = await look({ url });
  const endpoint = { host: "149.154.175.1", address: "149.154.175.1", port };
  expect(asked).toEqual([...(port === 443 ? [{ tls: endpoint }] : []), { http: { ...endpoint, url } }]);
});

test.each([
  [{ dns: true, tls: false, http: false }, ["dns"]],
  [{ dns: true, tls: false, http: true }, ["dns", "http"]],
  [{ dns: false, tls: false, http: false }, []],
])("with %j, those checks are made", async (checks, names) => {
  const { asked, verdicts } = await look({ checks });
  expect([asked.length, verdicts.map(({ check }) => check)]).toEqual([names.length, names]);
});

test("without the check of dns the name is looked up without a word", async () => {
  const options = { url: "https://localhost/", allowPrivateAddresses: true };
  const { asked, verdicts } = await look({ ...options, checks: { dns: false, tls: true, http: false } });
  expect({ asked, verdicts }).toEqual({
    asked: [{ tls: { host: "localhost", port: 443, address: "127.0.0.1" } }],
    verdicts: [tls],
  });
});

test.each([
  ["https", { dns: false, tls: true, http: true }, "tls"],
  ["http", { dns: false, tls: true, http: true }, "http"],
  ["https", { dns: false, tls: false, http: true }, "http"],
])("a name that leads to a reserved address is not connected to over %s with %j", async (scheme, checks, check) => {
  const { asked, verdicts } = await look({ url: `${scheme}://localhost/`, checks });
  expect({ asked, verdicts }).toEqual({
    asked: [],
    verdicts: [
      {
        check,
        outcome: "cannot tell",
        says: "localhost has the address 127.0.0.1 here (127.0.0.0/8, loopback, the machine itself), which Telegram refuses as reserved, so it is not connected to.",
        cure: "Give the name a public address; or set allowPrivateAddresses, if it is right that it leads to this one from here.",
      },
    ],
  });
});

const everyCheck = { dns: true, tls: true, http: true };
const written = (address: string, range: string) => [
  {
    check: "tls",
    outcome: "cannot tell",
    says: `${address} is no public address (${range}), so it is not connected to.`,
    cure: "Set allowPrivateAddresses, if it is right to connect to it from here.",
  },
];

test.each([
  ["10.0.0.1", "10.0.0.0/8, private networks"],
  ["[::ffff:10.0.0.1]", "10.0.0.0/8, private networks", "::ffff:a00:1"],
  ["[64:ff9b::10.0.0.1]", "10.0.0.0/8, private networks", "64:ff9b::a00:1"],
  ["[2002:a00:1::]", "2002::/16, 6to4", "2002:a00:1::"],
  ["[::]", "::/128, this machine", "::"],
  ["[::1]", "::1/128, loopback, the machine itself", "::1"],
  ["[fd00::1]", "fc00::/7, private networks", "fd00::1"],
  ["[fe80::1]", "fe80::/10, link-local", "fe80::1"],
  ["[ff02::1]", "ff00::/8, multicast", "ff02::1"],
  ["[2001:db8::1]", "2001:db8::/32, documentation", "2001:db8::1"],
  ["[100::1]", "outside of 2000::/3, no public network", "100::1"],
])(
  "an address that is written as host and is not public is not connected to: %s",
  async (host, range, shown = host) => {
    const url = `https://${host}/x`;
    expect(await look({ url })).toEqual({ asked: [], verdicts: written(shown, range) });
    expect((await look({ url, allowPrivateAddresses: true })).asked).toHaveLength(2);
    expect(await look({ url, checks: { ...everyCheck, tls: false, http: false } })).toEqual({
      asked: [],
      verdicts: [],
    });
  },
);

test("a pinned address that is not public is not connected to", async () => {
  const ipAddress = "192.168.1.5";
  const verdicts = written(ipAddress, "192.168.0.0/16, private networks");
  expect(await look({ ipAddress })).toEqual({ asked: [], verdicts });
  expect((await look({ ipAddress, allowPrivateAddresses: true })).asked).toHaveLength(2);
});

test.each(["149.154.175.1", "[::ffff:149.154.175.1]", "[64:ff9b::149.154.175.1]", "[2a01:4f8::1]"])(
  "a public address is connected to: %s",
  async (host) => {
    const { asked } = await look({ url: `https://${host}/x` });
    expect(asked).toHaveLength(2);
  },
);

test("what the check of dns found is held to the same rule", async () => {
  const { asked, verdicts } = await look({}, { dns: { addresses: ["10.0.0.1"] } });
  expect([asked.length, verdicts.map(({ outcome }) => outcome)]).toEqual([1, ["pass", "cannot tell"]]);
});

test("without dns the name is looked up at the name servers that are given", async () => {
  const record = { name: "bot.test", type: "A" as const, ttl: 60, data: "192.0.2.9" };
  const server = await startSmallDns({ zone: "bot.test", records: () => [record] });
  try {
    const checks = { dns: false, tls: false, http: true };
    const { asked } = await look({ checks, allowPrivateAddresses: true, nameServers: [server.address] });
    expect(asked).toMatchObject([{ http: { host: "bot.test", address: "192.0.2.9" } }]);
  } finally {
    await server.close();
  }
});

test.each([
  ["https://no-such-name.invalid/", { dns: false, tls: true, http: true }, "tls"],
  ["http://no-such-name.invalid/", { dns: false, tls: true, http: true }, "http"],
])("%s without the check of dns cannot be told", async (url, checks, check) => {
  const { asked, verdicts } = await look({ url, checks });
  expect({ asked, verdicts }).toEqual({
    asked: [],
    verdicts: [
      {
        check,
        outcome: "cannot tell",
        says: expect.stringMatching(
          /^no-such-name\.invalid could not be looked up \(.+\), so there is nothing to connect to\.$/,
        ) as string,
        cure: "Turn the check of dns on: it says what is wrong with the name.",
      },
    ],
  });
});
