// dns-01 through a vendor, on a real Pebble that asks a real bind9: published, proved, taken away, and nobody else's values with it.
import { vendorOf } from "../../provider/dns/vendors";
import { dnsSolver } from "../../provider/dns/challenge";
import type { DnsChallenge } from "../../provider/dns/challenge";
import { certificatesIn } from "../../provider/x509/pem";
import { namesOf } from "../../provider/x509/names";
import { httpClient } from "../../provider/net/http";
import type { OperationContext } from "../../provider/core/logic";
import { acmeSession, issued, newHolder } from "../support/acme";
import type { AcmeSession } from "../support/acme";
import { startBind9 } from "../support/bind9";
import type { Bind9 } from "../support/bind9";
import { startPebble } from "../support/pebble";
import type { Pebble } from "../support/pebble";
import { freePort } from "../support/ports";
import { run } from "../support/process";

const secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTMyLWI=";
/** As `dig` shows them: a plain text, one in two parts, bytes that are no ASCII, and an empty part. */
const foreign = ['"\\195\\188mlaut"', '"of somebody else"', '"part1" "part2"', '"x" "" "\\"y\\"\\\\"'];
const head = (zone: string) =>
  `$ORIGIN ${zone}.\n$TTL 60\n@ SOA ns.${zone}. a.${zone}. 1 60 60 600 5\n@ NS ns\nns A 127.0.0.1\n`;
let bind9: Bind9;
let pebble: Pebble;
let session: AcmeSession;
beforeAll(async () => {
  bind9 = await startBind9({
    address: "127.0.0.1",
    port: await freePort(),
    zones: {
      "example.test": `${head("example.test")}${foreign.map((data) => `_acme-challenge.shared TXT ${data}\n`).join("")}_acme-challenge.led CNAME all.proofs.example.test.\n`,
      "proofs.test": head("proofs.test"),
    },
    keys: { "update-key": secret },
  });
  pebble = await startPebble({ dns: `127.0.0.1:${bind9.port}` });
});
afterAll(async () => {
  await pebble.stop();
  await bind9.stop();
});
beforeEach(() => (session = acmeSession(pebble)));
afterEach(() => session.close());

function solver(more: Partial<DnsChallenge> = {}, tsigSecret = secret) {
  const server = `127.0.0.1:${bind9.port}`;
  const via = { rfc2136: { server, tsigName: "update-key", tsigSecret } };
  const operation: OperationContext = {
    ...session.server.context,
    ...{ name: "site", id: undefined, owner: "", randomBytes: () => Buffer.alloc(8) },
    hide: () => undefined,
    config: () => undefined,
  };
  const challenge = { zone: "example.test", waitSeconds: 30, nameServers: [server], ...more };
  return dnsSolver(challenge, vendorOf(via, httpClient()), operation);
}

/** The TXT values at a name. */
async function valuesAt(name: string): Promise<string[]> {
  const { stdout } = await run("dig", ["+short", "-p", String(bind9.port), "@127.0.0.1", "TXT", name]);
  return stdout
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .sort();
}

test("a name and its wildcard are proved at one record, which then is gone", async () => {
  const names = ["both.example.test", "*.both.example.test"];
  const { certificatePem } = await issued(await newHolder(session.server), solver(), { names });
  const [leaf] = certificatesIn(certificatePem);
  expect(leaf && namesOf(leaf).sort()).toEqual([...names].sort());
  expect(await valuesAt("_acme-challenge.both.example.test")).toEqual([]);
});

test("values of somebody else stay byte for byte (texts in parts were joined), and two orders at once do not trip over each other", async () => {
  const [one, other] = [await newHolder(session.server), await newHolder(session.server)];
  const names = ["shared.example.test"];
  await Promise.all([issued(one, solver(), { names }), issued(other, solver(), { names })]);
  expect(await valuesAt("_acme-challenge.shared.example.test")).toEqual(foreign);
});

// A name server without recursion follows a CNAME in its own zone only; an authority's resolver follows any.
test("a CNAME leads to another name, where the record is written", async () => {
  const names = ["led.example.test"];
  const challenge = { delegate: "all.proofs.example.test" };
  await issued(await newHolder(session.server), solver(challenge), { names });
  expect(await valuesAt("all.proofs.example.test")).toEqual([]);
});

test("a CNAME that the settings do not know of is refused at once with its target, and a delegate that none leads to is told", async () => {
  const holder = await newHolder(session.server);
  await expect(issued(holder, solver(), { names: ["led.example.test"] })).rejects.toMatchObject({
    code: "DNS_REFUSED",
    message: expect.stringContaining("Set delegate to all.proofs.example.test, and zone") as string,
  });
  const order = issued(holder, solver({ delegate: "all.proofs.example.test" }), { names: ["unled.example.test"] });
  await expect(order).rejects.toMatchObject({
    code: "ACME_NOT_PROVED",
    message: expect.stringContaining(
      "With delegate, _acme-challenge.unled.example.test must be a CNAME to all.proofs.example.test. See that",
    ) as string,
  });
});

test("a record outside of the zone is not written", async () => {
  const order = issued(await newHolder(session.server), solver({ zone: "proofs.test" }), { names: ["a.example.test"] });
  await expect(order).rejects.toMatchObject({
    code: "DNS_REFUSED",
    message: expect.stringContaining(
      "The TXT record _acme-challenge.a.example.test of the ACME challenge is not in the zone",
    ) as string,
  });
});

test("a vendor that says no ends the order with its words, and nothing is left", async () => {
  const wrong = solver({}, Buffer.from("another secret of 32 bytes......").toString("base64"));
  await expect(issued(await newHolder(session.server), wrong, { names: ["a.example.test"] })).rejects.toMatchObject({
    code: "DNS_CREDENTIAL_DEAD",
  });
  expect(await valuesAt("_acme-challenge.a.example.test")).toEqual([]);
  expect(session.said).toEqual([]); // it told of a record to remove by hand
});
