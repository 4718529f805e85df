// The ACME client at a real Pebble: accounts, orders, proofs, chains, renewal and revocation.
import { X509Certificate } from "node:crypto";
import * as acme from "acme-client";
import { Agent as HttpsAgent } from "node:https";
import {
  changeContact,
  changeKey,
  deactivateAccount,
  findAccount,
  makeAccount,
  readAccount,
} from "../../provider/acme/accounts";
import { signingKey } from "../../provider/acme/jws";
import type { SigningKey } from "../../provider/acme/jws";
import { newOrder, revokeCertificate } from "../../provider/acme/orders";
import { certificateId, renewalInfo } from "../../provider/acme/renewal";
import { certificatesIn } from "../../provider/x509/pem";
import { namesOf } from "../../provider/x509/names";
import { acmeSession, issued, newHolder, newKey, solverAt } from "../support/acme";
import type { AcmeSession } from "../support/acme";
import { startPebble } from "../support/pebble";
import type { Pebble } from "../support/pebble";

let pebble: Pebble;
let session: AcmeSession;
beforeAll(async () => {
  pebble = await startPebble({ rejectedNonces: 20, alternateRoots: 2, blocked: ["blocked.example.test"] });
});
afterAll(() => pebble.stop());
beforeEach(() => (session = acmeSession(pebble)));
afterEach(() => session.close());

const leafOf = (pem: string) => new X509Certificate(pem);
const days = (certificate: X509Certificate) =>
  Math.round((Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 86_400_000);

describe("an account", () => {
  it("is made once, and found by its key", async () => {
    const key = await newKey();
    expect(await findAccount(session.server, key)).toBeUndefined();
    const made = await makeAccount(session.server, key, { contact: ["mailto:ops@example.com"] });
    expect(made).toEqual({
      accountUrl: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+\//) as string,
      account: { status: "valid", contact: ["mailto:ops@example.com"] },
      isNew: true,
    });
    expect(await makeAccount(session.server, key)).toEqual({ ...made, isNew: false });
    expect(await findAccount(session.server, key)).toBe(made.accountUrl);
  });

  it("has other contacts when it is told so", async () => {
    const holder = await newHolder(session.server);
    expect((await readAccount(holder)).contact).toEqual([]);
    await changeContact(holder, ["mailto:other@example.com"]);
    expect((await readAccount(holder)).contact).toEqual(["mailto:other@example.com"]);
  });

  it.each(["ec-p256", "rsa-2048"] as const)("with a key of the kind %s is taken", async (keyType) => {
    expect((await makeAccount(session.server, await newKey(keyType))).isNew).toBe(true);
  });

  it("has another key after a rollover, and the old one is none any more", async () => {
    const holder = await newHolder(session.server);
    const key = await newKey();
    await changeKey(holder, key);
    expect(await findAccount(session.server, key)).toBe(holder.accountUrl);
    expect(await findAccount(session.server, holder.key)).toBeUndefined();
    expect((await readAccount({ ...holder, key })).status).toBe("valid");
  });

  it("whose rollover got no answer is known by its new key", async () => {
    const holder = await newHolder(session.server);
    const key = await newKey();
    await changeKey(holder, key);
    await changeKey(holder, key);
  });

  it("keeps its key when another account has the new one", async () => {
    const [holder, other] = [await newHolder(session.server), await newHolder(session.server)];
    await expect(changeKey(holder, other.key)).rejects.toMatchObject({
      code: "ACME_ACCOUNT_REFUSED",
      message: expect.stringContaining("another account has the new key already") as string,
    });
    expect((await readAccount(holder)).status).toBe("valid");
  });

  it("that is deactivated can do nothing any more", async () => {
    const holder = await newHolder(session.server);
    expect((await deactivateAccount(holder)).status).toBe("deactivated");
    await expect(newOrder(holder, { names: ["a.example.test"] })).rejects.toMatchObject({
      code: "ACME_ACCOUNT_REFUSED",
    });
  });

  it("needs what the authority gave its customer, where it serves customers only", async () => {
    const hmacKey = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
    const closed = await startPebble({ eab: { "kid-1": hmacKey } });
    const other = acmeSession(closed);
    try {
      expect((await other.server.directory()).needsBinding).toBe(true);
      await expect(makeAccount(other.server, await newKey())).rejects.toMatchObject({
        code: "ACME_ACCOUNT_REFUSED",
        message: expect.stringMatching(/Get a key identifier and an HMAC key there, and give both as eab\.$/) as string,
      });
      const wrong = { binding: { keyId: "kid-1", hmacKey: hmacKey.replace("z", "y") } };
      const refusal: unknown = await makeAccount(other.server, await newKey(), wrong).catch((error: unknown) => error);
      expect(refusal).toMatchObject({
        code: "ACME_ACCOUNT_REFUSED",
        message: expect.stringContaining("Compare eab") as string,
      });
      expect(String(refusal)).not.toContain("WNDZM6eQGHWpSRTPal5e");
      const right = { binding: { keyId: "kid-1", hmacKey } };
      expect((await makeAccount(other.server, await newKey(), right)).isNew).toBe(true);
    } finally {
      await other.close();
      await closed.stop();
    }
  });
});

describe("a certificate", () => {
  it.each(["dns-01", "http-01"] as const)("is issued for several names by %s", async (type) => {
    const holder = await newHolder(session.server);
    const solver = solverAt(pebble, type);
    const names = ["a.example.test", "b.example.test"];
    const { certificatePem, privateKeyPem, profile } = await issued(holder, solver, { names, profile: "classic" });
    const [leaf, intermediate, more] = certificatesIn(certificatePem);
    expect(more).toBeUndefined();
    expect(namesOf(leaf as X509Certificate).sort()).toEqual(names);
    expect(leaf?.checkIssued(intermediate as X509Certificate)).toBe(true);
    expect(days(leaf as X509Certificate)).toBe(90);
    expect(profile).toBe("classic");
    expect(privateKeyPem).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(solver.events.map((event) => event.replace(/ [ab]\..*/, ""))).toEqual([
      ...["present", "present", "wait", "wait", "clean up", "clean up"],
    ]);
  });

  it("is issued for a wildcard", async () => {
    const { certificatePem } = await issued(await newHolder(session.server), solverAt(pebble), {
      names: ["*.w.example.test"],
    });
    expect(namesOf(leafOf(certificatePem))).toEqual(["*.w.example.test"]);
  });

  it.each(["rsa-2048", "rsa-4096"] as const)("has a key of the kind %s", async (keyType) => {
    const names = ["a.example.test"];
    const { certificatePem } = await issued(await newHolder(session.server), solverAt(pebble), { names, keyType });
    expect(leafOf(certificatePem).publicKey.asymmetricKeyDetails?.modulusLength).toBe(Number(keyType.slice(4)));
  });

  it("of six days is issued for an address", async () => {
    const holder = await newHolder(session.server);
    const names = ["127.0.0.1"];
    const { certificatePem } = await issued(holder, solverAt(pebble, "http-01"), { names, profile: "shortlived" });
    const leaf = leafOf(certificatePem);
    expect([leaf.subjectAltName, days(leaf)]).toEqual(["IP Address:127.0.0.1", 6]);
    // An address stands in no zone.
    await expect(issued(holder, solverAt(pebble), { names: ["127.0.40.2"] })).rejects.toMatchObject({
      code: "ACME_NOT_PROVED",
      message: expect.stringMatching(
        /and not by dns-01\. .* Take another challenge: an address is never proved/,
      ) as string,
    });
  });

  it("is not ordered with a profile that the server does not offer", async () => {
    const holder = await newHolder(session.server);
    await expect(newOrder(holder, { names: ["a.example.test"], profile: "nope" })).rejects.toMatchObject({
      code: "ACME_ORDER_REFUSED",
      message: expect.stringContaining(
        "It offers classic, shortlived, weekly: name one of these, or leave profile out.",
      ) as string,
    });
    expect(session.requests.filter((line) => line.includes("order-plz"))).toEqual([]);
  });

  it("is refused for a name that the server blocks", async () => {
    const holder = await newHolder(session.server);
    await expect(newOrder(holder, { names: ["blocked.example.test"] })).rejects.toMatchObject({
      code: "ACME_ORDER_REFUSED",
      message: expect.stringMatching(
        /newOrder for blocked\.example\.test at .* No certificate was issued\. /,
      ) as string,
    });
  });

  it("leads to the root that is preferred, and to the first where there is no such root", async () => {
    const holder = await newHolder(session.server);
    const request = { names: ["a.example.test"] };
    const names = await Promise.all([0, 1, 2].map(async (at) => rootName(await pebble.root(at))));
    for (const preferredChain of names) {
      const chosen = await issued(holder, solverAt(pebble), { ...request, preferredChain });
      expect(chosen).toMatchObject({ isPreferred: true, roots: expect.arrayContaining(names) as string[] });
      expect(certificatesIn(chosen.certificatePem).at(-1)?.issuer).toContain(`CN=${preferredChain}`);
    }
    const chosen = await issued(holder, solverAt(pebble), { ...request, preferredChain: "Some Root" });
    expect(chosen).toMatchObject({ isPreferred: false, roots: expect.arrayContaining(names) as string[] });
  });

  it.each([
    ["dns-01", "noRecord", /TXT record _acme-challenge\.wrong\.example\.test/],
    ["http-01", "otherAnswer", /See that http:\/\/wrong\.example\.test\/\.well-known\/acme-challenge\/ leads/],
  ] as const)("whose name is not proved by %s is refused with what to see to", async (type, _kind, cure) => {
    const holder = await newHolder(session.server);
    const solver = solverAt(pebble, type);
    const present = () => Promise.resolve();
    await expect(issued(holder, { ...solver, present }, { names: ["wrong.example.test"] })).rejects.toMatchObject({
      code: "ACME_NOT_PROVED",
      message: expect.stringMatching(cure) as string,
    });
    // What was to be published is taken away all the same.
    expect(solver.events).toEqual(["wait wrong.example.test", "clean up wrong.example.test"]);
  });
});

describe("a renewal", () => {
  it("is due when the server says so, and names the certificate that it replaces, once", async () => {
    const holder = await newHolder(session.server);
    const names = ["r.example.test"];
    const { certificatePem } = await issued(holder, solverAt(pebble), { names });
    const [leaf = ""] = certificatePem.split(/(?<=-----END CERTIFICATE-----\n)/);
    const info = await renewalInfo(session.server, certificatePem);
    expect(info).toMatchObject({
      start: expect.any(Date) as Date,
      end: expect.any(Date) as Date,
      holdsSeconds: 21_600,
    });
    const window = { start: "2026-11-01T00:00:00Z", end: "2026-11-02T00:00:00Z" };
    await pebble.setRenewalInfo(
      leaf,
      JSON.stringify({ suggestedWindow: window, explanationURL: "https://a.test/why" }),
    );
    expect(await renewalInfo(session.server, certificatePem)).toMatchObject({
      start: new Date(window.start),
      end: new Date(window.end),
      explanationUrl: "https://a.test/why",
    });
    expect((await newOrder(holder, { names, replaces: certificatePem })).replaces).toBe(true);
    await issued(holder, solverAt(pebble), { names, replaces: certificatePem });
    // Another order has replaced it: this one is like any other.
    expect((await newOrder(holder, { names, replaces: certificatePem })).replaces).toBe(false);
  });

  it("has an identifier as others make it", async () => {
    const { certificatePem } = await issued(await newHolder(session.server), solverAt(pebble), {
      names: ["id.example.test"],
    });
    expect(certificateId(certificatePem)).toMatch(/^[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{8,}$/);
  });
});

describe("a revocation", () => {
  it("is done once, with a reason, by the account or by the certificate's key", async () => {
    const holder = await newHolder(session.server);
    const [one, other] = [
      await issued(holder, solverAt(pebble), { names: ["one.example.test"] }),
      await issued(holder, solverAt(pebble), { names: ["other.example.test"] }),
    ];
    await revokeCertificate(holder, one.certificatePem, "superseded");
    await revokeCertificate(holder, one.certificatePem);
    const key = signingKey(other.privateKeyPem) as SigningKey;
    await revokeCertificate({ server: session.server, key }, other.certificatePem);
    // A revoked certificate is to be renewed at once.
    const info = await renewalInfo(session.server, one.certificatePem);
    expect(info?.end.getTime()).toBeLessThan(Date.now());
  });
});

test("acme-client gets the same for the same orders", async () => {
  acme.axios.defaults.httpsAgent = new HttpsAgent({ ca: pebble.caPem });
  const client = new acme.Client({
    directoryUrl: pebble.directoryUrl,
    accountKey: await acme.crypto.createPrivateEcdsaKey(),
    ...{ backoffMin: 300, backoffMax: 1000 },
  });
  await client.createAccount({ termsOfServiceAgreed: true });
  const holder = await newHolder(session.server);
  for (const names of [["c.example.test"], ["*.d.example.test"], ["e.example.test", "f.example.test"]]) {
    const [, csr] = await acme.crypto.createCsr({ altNames: names }, await acme.crypto.createPrivateEcdsaKey());
    const theirs = await client.auto({
      csr,
      challengePriority: ["dns-01"],
      skipChallengeVerification: true,
      challengeCreateFn: async ({ identifier }, _challenge, value) => {
        await pebble.answer("set-txt", { host: `_acme-challenge.${identifier.value}.`, value });
      },
      challengeRemoveFn: async ({ identifier }) => {
        await pebble.answer("clear-txt", { host: `_acme-challenge.${identifier.value}.` });
      },
    });
    const ours = await issued(holder, solverAt(pebble), { names });
    expect(shapeOf(ours.certificatePem)).toEqual(shapeOf(theirs));
  }
});

/** What two orders of the same names have in common. */
function shapeOf(certificatePem: string) {
  const [leaf, ...chain] = certificatesIn(certificatePem);
  if (!leaf) throw new Error("there is no certificate");
  return {
    names: namesOf(leaf).sort(),
    subject: leaf.subject,
    issuer: leaf.issuer,
    usage: leaf.keyUsage,
    key: leaf.publicKey.asymmetricKeyDetails,
    chain: chain.map(({ subject }) => subject),
  };
}

function rootName(pem: string): string {
  return /CN=(.*)/.exec(new X509Certificate(pem).subject)?.[1] ?? "";
}
