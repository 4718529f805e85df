// The DNS check against real name servers: two bind9, and one address where nobody ever answers.
import { createSocket } from "node:dgram";
import { pause } from "../../provider/core/retry";
import { waitFor } from "../../provider/core/wait";
import { probeDns } from "../../provider/probe/dns";
import type { DnsOptions } from "../../provider/probe/dns";
import type { DnsVerdict } from "../../provider/probe/verdict";
import { startBind9 } from "../support/bind9";
import type { Bind9 } from "../support/bind9";
import { realTime } from "../support/real-time";

const [first, second, silent, nobody] = ["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"];
const good = "149.154.175.50";
const other = "149.154.175.60";

/** A zone whose name servers are ns1, ns2 … at these addresses. "No such name" may be remembered for min(400, `minimum`) seconds. */
function zone(name: string, servers: string[], records: string[] = [], minimum = 900): string {
  return [
    `$ORIGIN ${name}.`,
    `$TTL 60`,
    `@ 400 SOA ns1 admin 1 3600 600 86400 ${minimum}`,
    ...servers.flatMap((address, index) => [`@ NS ns${index + 1}`, `ns${index + 1} A ${address}`]),
    ...records,
    "",
  ].join("\n");
}

const delegated = (name: string, address: string) => [`${name} NS ns1.${name}`, `ns1.${name} A ${address}`];
const top = zone(
  "test",
  [second],
  [
    ...delegated("example", first),
    ...delegated("other", second),
    ...delegated("broken", first),
    ...delegated("lame", first),
  ],
);
const records = [
  `@ A ${good}`,
  `bots A ${good}`,
  `v6 AAAA 2001:db8::1`,
  `text TXT "no address"`,
  `private A 10.0.0.4`,
  `mixed A ${good}`,
  `mixed A 10.0.0.4`,
  `www CNAME web.other.test.`,
  `dangling CNAME gone.other.test.`,
  `loop1 CNAME loop2`,
  `loop2 CNAME loop1`,
  ...Array.from({ length: 9 }, (_, index) => `chain${index} CNAME chain${index + 1}`),
  `chain9 A ${good}`,
  ...Array.from({ length: 90 }, (_, index) => `many A 11.0.0.${index + 1}`),
  ...delegated("sub", second),
];

let servers: Bind9[] = [];
const nobodyAnswers = createSocket("udp4");

beforeAll(async () => {
  await new Promise<void>((resolve) => nobodyAnswers.bind(53, silent, resolve));
  const both = (...own: string[]) => zone("example.test", [first, second], [...records, ...own]);
  servers = await Promise.all([
    startBind9({
      address: first,
      zones: {
        test: top,
        "example.test": both(`differ A ${good}`, `half A ${good}`, `moved A ${good}`),
        "refused.example": zone("refused.example", [first, second], [`bots A ${good}`]),
        "silent.example": zone("silent.example", [first, silent], [`bots A ${good}`]),
        "blocked.example": zone("blocked.example", [silent], [`bots A ${good}`]),
      },
      slaves: { "broken.test": nobody },
    }),
    startBind9({
      address: second,
      zones: {
        test: top,
        "example.test": both(`differ A ${other}`, `moved A 10.0.0.4`),
        "other.test": zone("other.test", [second], [`web A ${other}`], 60),
        "sub.example.test": zone("sub.example.test", [second], [`bots A ${other}`]),
      },
    }),
  ]);
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await new Promise<void>((resolve) => nobodyAnswers.close(resolve));
});

const probe = (host: string, options: Partial<DnsOptions> = {}) =>
  probeDns(host, { allowPrivateAddresses: false, nameServers: [`${first}:53`], ...options }, realTime());

const ns1 = `ns1.example.test (${first})`;
const ns2 = `ns2.example.test (${second})`;
const remembered = (seconds: number) =>
  `Telegram, if it asked too early, may keep failing for ${seconds} seconds after the record is right.`;
const publish = (name: string) =>
  `Publish an A record for ${name} with the public IPv4 address of the endpoint, or correct the name.`;
const pass = (says: string, addresses = [good], warnings?: string[]): DnsVerdict => ({
  check: "dns",
  outcome: "pass",
  says,
  addresses,
  ...(warnings && { warnings }),
});

test("a name with one address at both servers passes", async () => {
  expect(await probe("bots.example.test")).toEqual(
    pass(`bots.example.test has the address ${good} at both of its name servers.`),
  );
});

test("a name is the same in capitals and with a dot at its end", async () => {
  expect(await probe("BOTS.Example.test.")).toEqual(await probe("bots.example.test"));
});

test("the apex of a zone passes", async () => {
  expect(await probe("example.test")).toEqual(
    pass(`example.test has the address ${good} at both of its name servers.`),
  );
});

test("a delegated zone is asked at its own server", async () => {
  expect(await probe("bots.sub.example.test")).toEqual(
    pass(`bots.sub.example.test has the address ${other} at its only name server.`, [other]),
  );
});

test("an alias is followed into another zone", async () => {
  expect(await probe("www.example.test")).toEqual(
    pass(
      "www.example.test is an alias (CNAME) of web.other.test. " +
        `web.other.test has the address ${other} at its only name server.`,
      [other],
    ),
  );
});

test("an answer that is too long for UDP is read over TCP", async () => {
  const addresses = Array.from({ length: 90 }, (_, index) => `11.0.0.${index + 1}`).sort();
  const says = "many.example.test has the addresses 11.0.0.1, 11.0.0.10, 11.0.0.11, 11.0.0.12 and 86 more";
  expect(await probe("many.example.test")).toEqual(pass(`${says} at both of its name servers.`, addresses));
});

test("different addresses pass with a warning that tells them", async () => {
  expect(await probe("differ.example.test")).toEqual(
    pass(
      `differ.example.test has the addresses ${good} and ${other} at both of its name servers.`,
      [good, other],
      [
        `The name servers do not give the same addresses for differ.example.test: ${ns1} says ${good}; ${ns2} says ${other}. ` +
          "Telegram takes one of them, so each has to serve the bot.",
      ],
    ),
  );
});

test("a server that refuses beside one that answers is a warning", async () => {
  expect(await probe("bots.refused.example")).toEqual(
    pass(
      `bots.refused.example has the address ${good} at ns1.refused.example (${first}).`,
      [good],
      [
        `ns2.refused.example (${second}) gave the error REFUSED; the name depends on the other name servers of refused.example alone.`,
      ],
    ),
  );
});

test("a silent server beside one that answers is a warning", async () => {
  expect(await probe("bots.silent.example")).toEqual(
    pass(
      `bots.silent.example has the address ${good} at ns1.silent.example (${first}).`,
      [good],
      [
        `ns2.silent.example (${silent}) did not answer over UDP and could not be reached (ECONNREFUSED) over TCP; the name depends on the other name servers of silent.example alone.`,
      ],
    ),
  );
});

test("a name that does not exist fails, and may come", async () => {
  expect(await probe("later.example.test")).toEqual({
    check: "dns",
    outcome: "fail",
    says: `later.example.test does not exist (NXDOMAIN), say the name servers of example.test: ${ns1} and ${ns2}. ${remembered(400)}`,
    cure: publish("later.example.test"),
    mayChange: true,
    addresses: [],
    negativeTtlSeconds: 400,
  });
});

test("a name without any address fails, and may come", async () => {
  expect(await probe("text.example.test")).toEqual({
    check: "dns",
    outcome: "fail",
    says: `text.example.test has no IPv4 address (A record), say the name servers of example.test: ${ns1} and ${ns2}. ${remembered(400)}`,
    cure: publish("text.example.test"),
    mayChange: true,
    addresses: [],
    negativeTtlSeconds: 400,
  });
});

test("a name with IPv6 addresses only fails", async () => {
  expect(await probe("v6.example.test")).toEqual({
    check: "dns",
    outcome: "fail",
    says: `v6.example.test has IPv6 addresses only (2001:db8::1), and Telegram delivers over IPv4 only. ${remembered(1740)}`,
    cure: publish("v6.example.test"),
    mayChange: true,
    addresses: [],
    negativeTtlSeconds: 400,
  });
});

test("a domain that nobody registered fails, and may come", async () => {
  expect(await probe("bots.nowhere.test")).toEqual({
    check: "dns",
    outcome: "fail",
    says: `bots.nowhere.test does not exist (NXDOMAIN), say the name servers of test: ns1.test (${second}). ${remembered(400)}`,
    cure: "Register the domain and delegate it to its name servers, or correct the name.",
    mayChange: true,
    addresses: [],
    negativeTtlSeconds: 400,
  });
});

test("an alias of nothing fails and names its target", async () => {
  expect(await probe("dangling.example.test")).toEqual({
    check: "dns",
    outcome: "fail",
    says:
      "dangling.example.test is an alias (CNAME) of gone.other.test. gone.other.test does not exist (NXDOMAIN), " +
      `say the name servers of other.test: ns1.other.test (${second}). ${remembered(300)}`,
    cure: publish("gone.other.test"),
    mayChange: true,
    addresses: [],
    negativeTtlSeconds: 60,
  });
});

test("aliases that form a loop fail for good", async () => {
  expect(await probe("loop1.example.test")).toEqual({
    check: "dns",
    outcome: "fail",
    says:
      "loop1.example.test is an alias (CNAME) of loop2.example.test. loop2.example.test is an alias (CNAME) of " +
      "loop1.example.test. That leads back to loop1.example.test: the aliases form a loop, in which no resolver finds an address.",
    cure: "Give one of the names of the loop an A record in place of its CNAME record.",
    addresses: [],
  });
});

test("eight aliases in a row are followed; nine are not", async () => {
  expect(await probe("chain1.example.test")).toMatchObject({ outcome: "pass", addresses: [good] });
  expect(await probe("chain0.example.test")).toMatchObject({
    outcome: "cannot tell",
    says: expect.stringContaining("It is the end of a chain of more than 8 aliases") as string,
    addresses: [],
  });
});

test("a reserved address fails and names its range", async () => {
  expect(await probe("private.example.test")).toEqual({
    check: "dns",
    outcome: "fail",
    says: `private.example.test has the address 10.0.0.4 (10.0.0.0/8, private networks), which Telegram refuses as reserved. ${remembered(1740)}`,
    cure: "Give the A record of private.example.test the public IPv4 address of the endpoint; for a Bot API server of your own that may deliver there, set allowPrivateAddresses.",
    addresses: [],
  });
});

test("a reserved address passes where private addresses are allowed", async () => {
  expect(await probe("private.example.test", { allowPrivateAddresses: true })).toEqual(
    pass("private.example.test has the address 10.0.0.4 at both of its name servers.", ["10.0.0.4"]),
  );
});

test("a reserved address beside a public one fails", async () => {
  expect(await probe("mixed.example.test")).toEqual({
    check: "dns",
    outcome: "fail",
    says:
      `mixed.example.test has the address ${good}, and also 10.0.0.4 (10.0.0.0/8, private networks), ` +
      `which Telegram refuses as reserved. It takes one of them, the first that it gets. ${remembered(1740)}`,
    cure: "Take 10.0.0.4 out of the A records of mixed.example.test.",
    addresses: [good],
  });
});

test("a reserved address that only one server still gives may go", async () => {
  expect(await probe("moved.example.test")).toMatchObject({ outcome: "fail", mayChange: true, addresses: [good] });
});

test("servers of which one has nothing fail, and may agree later", async () => {
  expect(await probe("half.example.test")).toEqual({
    check: "dns",
    outcome: "fail",
    says: `The name servers of example.test do not agree about half.example.test: ${ns1} says ${good}; ${ns2} says that it does not exist (NXDOMAIN). ${remembered(400)}`,
    cure: `Wait until every name server has the record; if it stays so, see why it does not reach ${ns2}.`,
    mayChange: true,
    addresses: [good],
    negativeTtlSeconds: 400,
  });
});

test("when nobody answers on port 53 it cannot be told, and the resolver's address is handed on", async () => {
  expect(await probe("bots.blocked.example")).toEqual({
    check: "dns",
    outcome: "cannot tell",
    says:
      `No name server of blocked.example gave an authoritative answer about bots.blocked.example: ns1.blocked.example (${silent}) ` +
      "did not answer over UDP and could not be reached (ECONNREFUSED) over TCP. Port 53 may be blocked between this machine and them. " +
      `According to the resolver ${first}:53 it has the address ${good}, perhaps from memory.`,
    cure: "Let this machine reach port 53 of the name servers over UDP and TCP, or run the command where it can.",
    addresses: [good],
  });
});

test("a server without authority over the zone is said to be lame", async () => {
  expect(await probe("bots.lame.test")).toEqual({
    check: "dns",
    outcome: "cannot tell",
    says:
      `No name server of lame.test gave an authoritative answer about bots.lame.test: ns1.lame.test (${first}) is not ` +
      `authoritative for lame.test (lame: no AA bit). According to the resolver ${first}:53 it has no address either (NOERROR).`,
    cure: 'Have each name server load lame.test: "dig +norecurse @<server> bots.lame.test" has to show the flag aa.',
    addresses: [],
  });
});

test("a zone that fails at its servers and at the resolver fails", async () => {
  expect(await probe("bots.broken.test")).toEqual({
    check: "dns",
    outcome: "fail",
    says:
      `No name server of broken.test gave an authoritative answer about bots.broken.test: ns1.broken.test (${first}) ` +
      `gave the error SERVFAIL. According to the resolver ${first}:53 it has no address either (SERVFAIL).`,
    cure: 'Have each name server load broken.test: "dig +norecurse @<server> bots.broken.test" has to show the flag aa.',
    mayChange: true,
    addresses: [],
  });
});

test("a resolver that cannot be reached leaves it open", async () => {
  expect(await probe("bots.example.test", { nameServers: [nobody] })).toEqual({
    check: "dns",
    outcome: "cannot tell",
    says: `The name servers of bots.example.test were not found: the resolver ${nobody} could not be reached (ECONNREFUSED) over UDP or TCP.`,
    cure: "Check that this machine reaches a resolver of the public DNS, or name one in nameServers.",
    addresses: [],
  });
});

test("a second resolver is asked when the first one is not there", async () => {
  expect(await probe("bots.example.test", { nameServers: [nobody, first] })).toMatchObject({ outcome: "pass" });
});

test("a record that comes to one server after the other is seen to come", async () => {
  const seen: DnsVerdict[] = [];
  const add = (server: Bind9 | undefined) => server?.update(`update add late.example.test 60 A ${good}`);
  const publishing = (async () => {
    for (const server of servers) {
      await pause(1, AbortSignal.timeout(60_000));
      await add(server);
    }
  })();
  const look = async () => {
    const verdict = await probe("late.example.test");
    if (verdict.says !== seen.at(-1)?.says) seen.push(verdict);
    return verdict;
  };
  const waiting = { what: "", seconds: 20, everySeconds: 0.1, tell: () => "" };
  await waitFor(look, realTime(), { ...waiting, isEnough: ({ outcome }) => outcome === "pass" });
  await publishing;
  expect(seen.map(({ outcome, says, addresses }) => [outcome, says.replace(/\.? Telegram,.*/, ""), addresses])).toEqual(
    [
      [
        "fail",
        `late.example.test does not exist (NXDOMAIN), say the name servers of example.test: ${ns1} and ${ns2}`,
        [],
      ],
      [
        "fail",
        `The name servers of example.test do not agree about late.example.test: ${ns1} says ${good}; ${ns2} says that it does not exist (NXDOMAIN)`,
        [good],
      ],
      ["pass", `late.example.test has the address ${good} at both of its name servers.`, [good]],
    ],
  );
});
