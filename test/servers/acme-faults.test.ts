// What an ACME server, the DNS and CAA records can do against a certificate: what serves goes on serving, and the next run ends well.
import * as fs from "node:fs";
import * as path from "node:path";
import { revokeCertificate } from "../../provider/acme/orders";
import { acmeProblem } from "../support/acme-front";
import type { AcmeFault, AcmeSent } from "../support/acme-front";
import { acmeArgs, acmePlace, acmeStack, aged } from "../support/acme-stack";

const day = 86_400_000;
const place = acmePlace("127.53.41.1", { rejectedNonces: 20 });
let own: ReturnType<typeof acmeStack>;
beforeEach(() => void (own = acmeStack(place)));
afterEach(() => own.close());

const args = (name: string, more: object = {}, settings: object = {}) => acmeArgs(place, name, more, settings);
const on =
  (pattern: RegExp) =>
  ({ path }: AcmeSent) =>
    pattern.test(path);
const order = on(/^\/order-plz$/);
const finalize = on(/^\/finalize-order\//);
const count = (is: (sent: AcmeSent) => boolean, status: number) =>
  place.front.seen.filter((one) => is(one) && one.status === status).length;

/** Each fault, and what is said of it. */
const faults: [string, AcmeFault, RegExp][] = [
  [
    "a limit that ends at a known time",
    { on: order, reply: acmeProblem(429, "rateLimited", "too many certificates", { "retry-after": "7200" }) },
    /was refused \(429\): "too many certificates"\. A limit of the server is reached\. .* after 20\d\d-.*\[ACME_RATE_LIMITED\]/,
  ],
  [
    "a limit that ends at no known time",
    { on: order, reply: acmeProblem(429, "rateLimited", "too many certificates") },
    /it does not say until when.*\[ACME_RATE_LIMITED\]/,
  ],
  [
    "CAA, as the server sees it",
    { on: finalize, reply: acmeProblem(403, "caa", "CAA record prevents issuance") },
    /CAA record prevents issuance.*Add one: 0 issue.*\[ACME_ORDER_REFUSED\]/,
  ],
  [
    "a fault of the server at the order",
    { on: order, times: 20, reply: acmeProblem(500, "serverInternal", "the database is away") },
    /failed at the server \(500\): "the database is away".*\[ACME_UNREACHABLE\]/,
  ],
  [
    "a page of something else",
    {
      on: finalize,
      times: 20,
      reply: { status: 502, headers: { "content-type": "text/html" }, body: Buffer.from("<h1>Bad Gateway</h1>") },
    },
    /\(502\).*\[ACME_UNREACHABLE\]/,
  ],
  [
    "an order that is not ready",
    { on: finalize, times: 20, reply: acmeProblem(403, "orderNotReady", "not all names are proved") },
    /not all names are proved.*\[ACME_ORDER_REFUSED\]/,
  ],
  [
    "a request that was no good",
    { on: finalize, reply: acmeProblem(400, "badCSR", "a key of this kind is not taken") },
    /a key of this kind is not taken.*\[ACME_ORDER_REFUSED\]/,
  ],
  ["a server that is down", { on: () => true, times: 100, reply: "drop" }, /got no answer.*\[ACME_UNREACHABLE\]/],
  [
    "an answer to finalize that is lost, again and again",
    { on: finalize, times: 20, isSent: true, reply: "drop" },
    /got no answer.*\[ACME_UNREACHABLE\]/,
  ],
];

test("after each fault the next run ends well, and nothing is left", async () => {
  for (const [at, [what, fault, says]] of faults.entries()) {
    const name = `f${at}`;
    place.front.fault(fault);
    const failed = await own.up(args(name), name).then(
      () => `${what}: it did not fail`,
      ({ message }: Error) => message,
    );
    expect(failed).toMatch(says);
    expect(failed).not.toMatch(/BEGIN|PRIVATE/);
    expect(own.state(name)).toBeUndefined();
    place.front.mend();
    expect(await own.up(args(name), name)).toBe("created");
    expect(await place.challengesAt(name)).toEqual([]);
    expect(place.orders()).toEqual([]);
    await own.destroy();
  }
});

test("at a renewal each fault leaves the certificate that serves, and the next run renews it", async () => {
  await own.up(args("served"));
  const before = own.state() as Record<string, string>;
  own.ahead = Date.parse(before["notAfter"] ?? "") - Date.now() - 29 * day;
  for (const [, fault] of faults) {
    fs.rmSync(path.join(place.cache, "acme"), { recursive: true }); // otherwise the order before is gone on with
    place.front.fault(fault);
    expect(await own.up(args("served"))).toBe("updated");
    expect(own.state()?.["sha256"]).toBe(before["sha256"]);
    expect(await place.challengesAt("served")).toEqual([]);
    place.front.mend();
  }
  expect(own.lines.filter((line) => line.includes("goes on serving until"))).toHaveLength(faults.length);
  expect(await own.up(args("served"))).toBe("updated");
  expect(own.state()?.["sha256"]).not.toBe(before["sha256"]);
  expect(place.orders()).toEqual([]);
});

test("a certificate that has ended is renewed by the next run, and its failure ends the command", async () => {
  await own.up(args("ended"));
  const before = own.state() as Record<string, string>;
  aged(before, 91);
  place.front.fault({ on: () => true, times: 100, reply: "drop" });
  await expect(own.up(args("ended"))).rejects.toMatchObject({
    message: expect.stringMatching(
      /The certificate that serves expired \S+, and Telegram refuses it since then\./,
    ) as string,
  });
  expect(own.state()?.["sha256"]).toBe(before["sha256"]);
  place.front.mend();
  expect(await own.up(args("ended"))).toBe("updated");
  expect(own.state()?.["sha256"]).not.toBe(before["sha256"]);
});

test("a name that the server finds no proof of is told with where it looked; the next run orders anew", async () => {
  // The name server of the server's own sight has no such name: the proof stands at another one.
  await place.bind9.update(
    "update add _acme-challenge.lost.example.test 60 CNAME elsewhere.example.test\nupdate add elsewhere.example.test 60 TXT other",
  );
  const led = args("lost");
  const { challenge } = led.issuer.acme;
  const delegated = { dns01: { ...challenge.dns01, delegate: "proofs.example.test" } };
  const wrong = args("lost", {}, { challenge: delegated });
  await expect(own.up(wrong)).rejects.toMatchObject({
    message: expect.stringMatching(
      /could not prove that lost\.example\.test is yours.*_acme-challenge\.lost/,
    ) as string,
  });
  expect(place.orders()).toEqual([]);
  await place.bind9.update(
    "update delete _acme-challenge.lost.example.test CNAME\nupdate delete elsewhere.example.test TXT",
  );
  expect(await own.up(led)).toBe("created");
  expect(await place.challengesAt("lost")).toEqual([]);
});

test("a certificate that is not the one that was asked for is not used", async () => {
  await own.up(args("another"), "another");
  const { certificatePem = "" } = own.state("another") as Record<string, string>;
  const reply = { status: 200, headers: { "content-type": "application/pem-certificate-chain" } };
  const on_ = on(/^\/certZ\//);
  place.front.fault({ on: on_, times: 2, reply: { ...reply, body: Buffer.from(certificatePem) } });
  await expect(own.up(args("mine"), "mine")).rejects.toMatchObject({
    message: expect.stringMatching(
      /got a certificate that was not asked for: it is of another key.*\[ACME_UNCLEAR\]/,
    ) as string,
  });
  place.front.mend();
  expect(await own.up(args("mine"), "mine")).toBe("created");
});

/** What the directory says of CAA. */
function withIdentity(...identities: string[]): void {
  const { pathname } = new URL(place.front.directoryUrl);
  place.front.change({ on: ({ path }) => path === pathname, with: { meta: { caaIdentities: identities } } });
}

test("CAA records that forbid an order are found before it is made, and named with the cure", async () => {
  withIdentity("ca.example");
  await place.bind9.update('update add caa.example.test 60 CAA 0 issue "other.example"');
  await expect(own.up(args("caa"))).rejects.toMatchObject({
    message: expect.stringContaining(
      'nothing was ordered, since the CAA records at caa.example.test do not allow this server to issue for caa.example.test: 0 issue "other.example". Add one there: 0 issue "ca.example". [ACME_ORDER_REFUSED]',
    ) as string,
  });
  expect(count(order, 201)).toBe(0);
  await place.bind9.update(
    `update add caa.example.test 60 CAA 0 issue "ca.example; accounturi=${place.account.accountUrl}x"`,
  );
  await expect(own.up(args("caa"))).rejects.toMatchObject({
    message: expect.stringContaining(`Set accounturi there to ${place.account.accountUrl}, or take it away.`) as string,
  });
  await place.bind9.update('update add caa.example.test 60 CAA 0 issue "ca.example; validationmethods=http-01"');
  await place.bind9.update(
    `update delete caa.example.test CAA 0 issue "ca.example; accounturi=${place.account.accountUrl}x"`,
  );
  await expect(own.up(args("caa"))).rejects.toMatchObject({
    message: expect.stringContaining("Add dns-01 to validationmethods there, or take another challenge.") as string,
  });
  await place.bind9.update('update add caa.example.test 60 CAA 128 future "x"');
  await expect(own.up(args("caa"))).rejects.toMatchObject({
    message: expect.stringContaining("Remove the record, or its flag 128.") as string,
  });
  expect(count(order, 201)).toBe(0);
  await place.bind9.update(
    `update delete caa.example.test CAA\nupdate add caa.example.test 60 CAA 0 issue "ca.example; accounturi=${place.account.accountUrl}; validationmethods=dns-01"`,
  );
  expect(await own.up(args("caa"))).toBe("created");
  expect(own.lines).toEqual([]);
});

test("CAA records above a name count, those of a wildcard apart; where nobody can tell, it is said and ordered", async () => {
  withIdentity("ca.example");
  await place.bind9.update(
    'update add sub.example.test 60 CAA 0 issue "ca.example"\nupdate add sub.example.test 60 CAA 0 issuewild ";"',
  );
  const wild = (name: string) => args("x", { names: [name] });
  await expect(own.up(wild("*.a.sub.example.test"))).rejects.toMatchObject({
    message: expect.stringContaining(
      'at sub.example.test do not allow this server to issue for *.a.sub.example.test: 0 issuewild ";". Add one there: 0 issuewild "ca.example".',
    ) as string,
  });
  expect(await own.up(wild("a.sub.example.test"), "plain")).toBe("created");
  expect(own.lines).toEqual([]);
  // A server that does not say by which name it goes.
  place.front.mend();
  withIdentity();
  expect(await own.up(wild("b.sub.example.test"), "plain")).toBe("updated");
  expect(own.lines.join("\n")).toMatch(
    /whether CAA records allow \S+ to issue for b\.sub\.example\.test cannot be told \(the server does not say by which name CAA records mean it\); the certificate is ordered anyway/,
  );
});

test("a certificate is revoked when its resource is destroyed, only if that is asked, for the reason that is asked", async () => {
  await own.up(args("kept"), "kept");
  await own.destroy();
  expect(count(on(/^\/revoke-cert$/), 200)).toBe(0);
  for (const [reason, code] of [
    ["superseded", 4],
    ["keyCompromise", 1],
  ] as const) {
    await own.up(args("revoked", {}, { revokeOnDestroy: reason }), reason);
    const { certificatePem = "" } = own.state(reason) as Record<string, string>;
    await own.destroy();
    const [sent] = place.front.seen.filter((one) => one.path === "/revoke-cert" && one.status === 200).slice(-1);
    expect(sent?.payload).toMatchObject({ reason: code });
    expect(own.lines.join("\n")).toContain(`the certificate was revoked (${reason}).`);
    // It is revoked: the server says so if it is asked once more.
    place.front.seen.length = 0;
    await revokeCertificate(place.holder, certificatePem);
    expect(count(on(/^\/revoke-cert$/), 200)).toBe(0);
  }
});

test("a certificate that cannot be revoked stays in the state, and a renewed or ended one is not revoked", async () => {
  const wanted = args("stays", {}, { revokeOnDestroy: "superseded" });
  await own.up(wanted);
  expect(await own.up({ ...wanted, rotateTrigger: "1" })).toBe("updated");
  expect(await own.up({ ...wanted, rotateTrigger: "2" })).toBe("updated");
  expect(count(on(/^\/revoke-cert$/), 200)).toBe(0);
  place.front.fault({ on: () => true, times: 100, reply: "drop" });
  await expect(own.destroy()).rejects.toMatchObject({
    message: expect.stringMatching(
      /The certificate was not revoked, so TlsCertificate \S+ stays in the state\..*\[ACME_UNREACHABLE\]/,
    ) as string,
  });
  expect(own.names()).toHaveLength(1);
  place.front.mend();
  own.ahead = 91 * day;
  await own.destroy();
  expect(own.lines.join("\n")).toContain("the certificate expired ");
  expect(count(on(/^\/revoke-cert$/), 200)).toBe(0);
});
