// The wait until every authoritative server answers: what counts as an answer, who is asked what, and what the end says.
import { pause } from "../../../provider/core/retry";
import { notPublished, waitUntilPublished } from "../../../provider/dns/publication";
import type { Resolver } from "../../../provider/probe/dns-walk";
import { startSmallDns } from "../../support/small-dns";
import type { SmallDns, SmallRecord } from "../../support/small-dns";

const zone = "example.test";
const fqdn = "bots.example.test";
const record = { zone, fqdn, type: "A" as const, values: ["192.0.2.1"], isAnsweredByVendor: false };
let held: SmallRecord[][] = [];
let servers: SmallDns[] = [];

beforeEach(async () => {
  held = [[], []];
  servers = await Promise.all(held.map((_, at) => startSmallDns({ zone, records: () => held[at] ?? [] })));
});
afterEach(() => Promise.all(servers.map((server) => server.close())));

const lines: string[] = [];
/** An hour passes in a moment; `later` is called after each sleep. */
function circumstances(later: (elapsed: number) => void = () => undefined) {
  let now = Date.parse("2026-11-21T12:00:00Z");
  lines.length = 0;
  const signal = AbortSignal.timeout(60_000);
  const start = now;
  const context = {
    now: () => new Date(now),
    random: () => 0.5,
    log: (line: string) => void lines.push(line),
    warn: (line: string) => void lines.push(line),
    signal,
    async sleep(seconds: number) {
      now += seconds * 1000;
      later((now - start) / 1000);
      await pause(0.001, signal);
    },
    beyond: () => context,
  };
  return context;
}
const address = (at: number) => servers[at]?.address ?? "";
const waiting = (waitSeconds = 60) => ({ waitSeconds, nameServers: [address(0), address(1)] });
const a = (data = "192.0.2.1", ttl = 60): SmallRecord => ({ name: fqdn, type: "A", ttl, data });

test("it is published when the last server has it; a line each ten seconds says who has not", async () => {
  const context = circumstances((elapsed) => {
    if (elapsed >= 5) held[0] = [a()];
    if (elapsed >= 25) held[1] = [a()];
  });
  const status = await waitUntilPublished(record, waiting(), context);
  expect(status).toEqual({ isEverywhere: true, lagging: [], negativeTtlSeconds: 60 });
  const behind = `${address(1)} says that there is no such name.`;
  const what = `A record ${fqdn}: waiting until every name server of ${zone} answers with it`;
  expect(lines).toEqual([`${what} (10 of 60 s): ${behind}`, `${what} (20 of 60 s): ${behind}`]);
});

test.each<[string, () => void, string]>([
  ["an old value", () => (held[1] = [a("192.0.2.9")]), "still answers 192.0.2.9"],
  ["a value too many", () => (held[1] = [a(), a("192.0.2.9")]), "still answers 192.0.2.1, 192.0.2.9"],
  ["an alias", () => (held[1] = [{ name: fqdn, type: "CNAME", ttl: 60, data: "x.example" }]), "has no A record for it"],
  ["an error", () => servers[1]?.misbehave("SERVFAIL"), "gave the error SERVFAIL"],
  ["no authority", () => [(held[1] = [a()]), servers[1]?.misbehave("lame")], `is not authoritative for ${zone}`],
  ["another type only", () => (held[1] = [{ name: fqdn, type: "TXT", ttl: 60, data: "x" }]), "has no A record for it"],
])("%s at one server is not published, and the end says so", async (_, arrange, says) => {
  held[0] = [a()];
  arrange();
  const status = await waitUntilPublished(record, waiting(3), circumstances());
  expect(status.lagging).toEqual([`${address(1)} ${says}`]);
  expect(notPublished(record, status, waiting(3)).message).toContain(
    `after 3 s not every name server of ${zone} answers with it: ${address(1)} ${says}. A resolver that asked before remembers for up to 300 s`,
  );
  const challenge = notPublished({ ...record, type: "TXT", isPart: true }, status, waiting(3)).message;
  expect(challenge).toContain("or give the zone's servers in challenge.dns01.nameServers.");
  expect(challenge).not.toContain("Telegram");
});

test("isAnsweredByVendor: an address that is not the origin, of whatever type the record is", async () => {
  const proxied = { ...record, isAnsweredByVendor: true };
  held = [[a("104.16.132.229")], [a()]];
  const status = await waitUntilPublished(proxied, waiting(1), circumstances());
  expect(status.lagging).toEqual([`${address(1)} still answers with the origin 192.0.2.1`]);
  held[1] = [a("104.16.132.229")];
  const alias = { ...proxied, type: "CNAME" as const, values: ["origin.example"] };
  expect((await waitUntilPublished(alias, waiting(1), circumstances())).isEverywhere).toBe(true);
});

test("without nameServers the public DNS names the zone's servers, and no resolver is asked for the record's name", async () => {
  const asked: string[] = [];
  const resolver: Resolver = {
    shown: "resolver of the test",
    ask(name, type) {
      asked.push(`${type} ${name}`);
      const none = { rcode: "NOERROR", isAuthoritative: false, answers: [], authorities: [], additionals: [] };
      if (name === zone)
        return Promise.resolve({ ...none, answers: [{ name, type: "NS", ttl: 60, data: "ns1.example.test" }] });
      const [data = ""] = address(0).split(":");
      return Promise.resolve({ ...none, answers: [{ name, type: "A", ttl: 60, data }] });
    },
  };
  // ns1 is at 127.0.0.1, where nobody answers on port 53: the walk leads there, and that is told.
  const deep = { ...record, fqdn: "deep.down.example.test" };
  const status = await waitUntilPublished(deep, { waitSeconds: 0 }, circumstances(), resolver);
  expect(status.lagging).toEqual([expect.stringContaining("ns1.example.test (127.0.0.1) ")]);
  expect(asked).toEqual(["NS example.test", "A ns1.example.test"]);
});
