// The life of a TlsCertificate and of its authority: when a new one serves, what is trusted by then, and what warns.
import { createPrivateKey } from "node:crypto";
import { ExtendedKeyUsage, KeyUsageFlags } from "@peculiar/x509";
import { checkInputs } from "../../../provider/core/fields";
import { logics } from "../../../provider/registry";
import { generationsOf } from "../../../provider/tls/anchors";
import type { AuthorityState } from "../../../provider/tls/authority/fields";
import type { CertificateState } from "../../../provider/tls/certificate/fields";
import { anchorOf } from "../../../provider/x509/chain";
import { blocksOf } from "../../../provider/x509/pem";
import {
  begin,
  count,
  day,
  isTrusted,
  names,
  newAuthority,
  newCertificate,
  of,
  read,
} from "../../support/certificate-stacks";
import { make, type KeyPair } from "./lint-rows";

const selfSigned = { names, issuer: { selfSigned: {} } };

describe("self-signed", () => {
  test("the first one has no one before it, and the next one made in advance", async () => {
    const stack = newCertificate();
    expect(await stack.up(selfSigned)).toBe("created");
    const { certificatePem, uploadPem, privateKeyPem, nextPrivateKeyPem, ...rest } = stack.state();
    const [first = "", second = ""] = blocksOf(uploadPem);
    expect([count(uploadPem), `${first}\n`]).toEqual([2, certificatePem]);
    expect([rest.previousPem, rest.nextPem]).toEqual([undefined, `${second}\n`]);
    expect(read(first).checkPrivateKey(createPrivateKey(privateKeyPem))).toBe(true);
    expect(read(second).checkPrivateKey(createPrivateKey(nextPrivateKeyPem ?? ""))).toBe(true);
    expect(rest).toMatchObject({
      notBefore: "2025-12-31T23:00:00Z",
      notAfter: "2027-01-01T00:00:00Z",
      retiresAt: "2027-01-01T00:00:00Z",
      sha256: read(first).fingerprint256.replaceAll(":", "").toLowerCase(),
      keyType: "ec-p256",
      validityDays: 365,
      renewBeforeDays: 30,
    });
    expect(await stack.up(selfSigned)).toBe("same");
    expect(stack.lines).toEqual([]);
  });

  test("another rotateTrigger lets the next one serve, once, and it was uploaded before", async () => {
    const stack = newCertificate();
    await stack.up({ ...selfSigned, rotateTrigger: "a" });
    const before = stack.state();
    stack.pass(10);
    await stack.up({ ...selfSigned, rotateTrigger: "b" });
    const after = stack.state();
    expect(`${blocksOf(before.uploadPem)[1]}\n`).toBe(after.certificatePem);
    expect(after.privateKeyPem).toBe(before.nextPrivateKeyPem);
    expect([after.previousPem, after.certificatePem]).toEqual([before.certificatePem, before.nextPem]);
    expect(blocksOf(after.uploadPem).slice(0, 2)).toEqual(blocksOf(before.uploadPem));
    expect(count(after.uploadPem)).toBe(3);
    expect(after).toMatchObject({ retiresAt: "2027-01-11T00:00:00Z", notAfter: "2028-01-01T00:00:00Z" });
    expect(await stack.up({ ...selfSigned, rotateTrigger: "b" })).toBe("same");
    expect(stack.lines).toEqual([
      "TlsCertificate bot: a new certificate serves from now on until 2027-01-11T00:00:00Z (rotateTrigger changed), valid " +
        "until 2028-01-01T00:00:00Z; the one before stays trusted.",
    ]);
  });

  test("it is renewed once, renewBeforeDays before it retires and not a moment before", async () => {
    const stack = newCertificate();
    await stack.up(selfSigned);
    stack.pass(335 - 1e-8);
    expect(await stack.preview(selfSigned)).toBe("same");
    stack.pass(1e-8);
    expect(await stack.preview(selfSigned)).toBe("changes");
    expect(await stack.up(selfSigned)).toBe("updated");
    expect(await stack.preview(selfSigned)).toBe("same");
    // The preview says why, and so does the one that `up` begins with.
    const due = "TlsCertificate bot: a renewal is due (it is to serve until 2027-01-01T00:00:00Z); pulumi up does it.";
    expect(stack.lines).toEqual([due, due, expect.stringContaining("(it was to serve until 2027-01-01T00:00:00Z)")]);
    stack.pass(335);
    expect(await stack.up(selfSigned)).toBe("updated");
    expect(stack.state().retiresAt).toBe("2028-11-01T00:00:00Z");
  });

  test("more days before renew at once what is that near; a refresh never renews, and says that it is due", async () => {
    const stack = newCertificate();
    await stack.up(selfSigned);
    stack.pass(300);
    const before = stack.state();
    expect(await stack.up({ ...selfSigned, renewBeforeDays: 64 })).toBe("updated");
    expect({ ...stack.state(), renewBeforeDays: 30 }).toEqual(before);
    stack.pass(1);
    await stack.refresh();
    expect({ ...stack.state(), renewBeforeDays: 30 }).toEqual(before);
    expect(stack.lines).toEqual([
      "TlsCertificate bot: a renewal is due (it is to serve until 2027-01-01T00:00:00Z); pulumi up does it.",
    ]);
    await stack.up({ ...selfSigned, renewBeforeDays: 64 });
    expect(stack.state().sha256).not.toBe(before.sha256);
  });

  test("keyType and validityDays count for the next one, which is made anew; the current one stays", async () => {
    const stack = newCertificate();
    await stack.up(selfSigned);
    const before = stack.state();
    const args = { ...selfSigned, keyType: "rsa-2048", validityDays: 40 };
    await stack.up(args);
    const between = stack.state();
    expect(between).toMatchObject({
      sha256: before.sha256,
      privateKeyPem: before.privateKeyPem,
      retiresAt: before.retiresAt,
    });
    expect(blocksOf(between.uploadPem)[0]).toBe(blocksOf(before.uploadPem)[0]);
    expect(read(blocksOf(between.uploadPem)[1] ?? "").publicKey.asymmetricKeyType).toBe("rsa");
    await stack.up({ ...args, rotateTrigger: "a" });
    expect(stack.state()).toMatchObject({ retiresAt: "2026-02-10T00:00:00Z", notAfter: "2026-03-22T00:00:00Z" });
    expect(read(stack.state().certificatePem).publicKey.asymmetricKeyType).toBe("rsa");
  });

  test("the generations are found by name, whatever the order in uploadPem is", async () => {
    const stack = newCertificate();
    await stack.up(selfSigned);
    await stack.up({ ...selfSigned, rotateTrigger: "a" });
    const { certificatePem, privateKeyPem, previousPem, nextPem, nextPrivateKeyPem, ...rest } = stack.state();
    const facts = {
      ...rest,
      certificatePem,
      privateKeyPem,
      previousPem,
      nextPem,
      nextPrivateKeyPem,
    } as CertificateState;
    const expected = {
      previousPem,
      current: { certificatePem, privateKeyPem },
      next: { certificatePem: nextPem, privateKeyPem: nextPrivateKeyPem },
      retiresAt: new Date(rest.retiresAt),
    };
    expect(generationsOf(facts)).toEqual(expected);
    expect(generationsOf({ ...facts, uploadPem: blocksOf(rest.uploadPem).reverse().join("\n") })).toEqual(expected);
  });

  test("a next one that is made anew leaves the one before trusted", async () => {
    const stack = newCertificate();
    await stack.up(selfSigned);
    await stack.up({ ...selfSigned, rotateTrigger: "a" });
    const before = stack.state();
    await stack.up({ ...selfSigned, rotateTrigger: "a", validityDays: 300 });
    const after = stack.state();
    expect([after.previousPem, after.certificatePem]).toEqual([before.previousPem, before.certificatePem]);
    expect(after.nextPem).not.toBe(before.nextPem);
    expect(after.uploadPem).toBe([after.previousPem, after.certificatePem, after.nextPem].join(""));
  });

  test("other names make a new one at once, keep the one before trusted, and warn", async () => {
    const stack = newCertificate();
    await stack.up(selfSigned);
    const before = stack.state();
    expect(await stack.preview({ ...selfSigned, names: ["other.example.com"] })).toBe("changes");
    await stack.up({ ...selfSigned, names: ["other.example.com"] });
    const after = stack.state();
    expect(`${blocksOf(after.uploadPem)[0]}\n`).toBe(before.certificatePem);
    expect(count(after.uploadPem)).toBe(3);
    expect(isTrusted(before.uploadPem, after.certificatePem)).toBe(false);
    const warning =
      "warning: TlsCertificate bot: names change from bot.example.com to other.example.com. Telegram's deliveries fail " +
      "from the moment the new certificate is served until the webhook has uploaded it; it sends them again, so they " +
      "come late and none is lost.";
    expect(stack.lines.slice(0, 2)).toEqual([warning, warning]);
    expect(await stack.preview({ ...selfSigned, names: ["other.example.com"] })).toBe("same");
  });

  test("the same names in another order and case are no change", async () => {
    const stack = newCertificate();
    await stack.up({ ...selfSigned, names: ["8.8.4.4", "b.example.com", "A.example.com"] });
    expect(stack.state().names).toEqual(["a.example.com", "b.example.com", "8.8.4.4"]);
    expect(await stack.up({ ...selfSigned, names: ["b.example.com", "a.EXAMPLE.com", "8.8.4.4", "8.8.4.4"] })).toBe(
      "same",
    );
  });

  test("when even the one made in advance has expired, it begins anew", async () => {
    const stack = newCertificate();
    await stack.up(selfSigned);
    stack.pass(731);
    expect(await stack.up(selfSigned)).toBe("updated");
    expect(stack.state()).toMatchObject({ notAfter: "2029-01-01T00:00:00Z", retiresAt: "2029-01-01T00:00:00Z" });
    expect(await stack.up(selfSigned)).toBe("same");
  });
});

describe("of a private authority", () => {
  async function pair(more: Record<string, unknown> = {}) {
    const clock = { time: begin };
    const [authority, certificate] = [newAuthority(clock), newCertificate(clock)];
    await authority.up({});
    const args = () => ({ names, issuer: of(authority.state()), ...more });
    await certificate.up(args());
    return { authority, certificate, args };
  }

  test("it is signed by the authority's first root, and all roots are to be uploaded", async () => {
    const { authority, certificate, args } = await pair();
    const { certificatePem, uploadPem, nextPrivateKeyPem } = certificate.state();
    expect(uploadPem).toBe(authority.state().certificatePem);
    expect(authority.state().uploadPem).toBe(uploadPem);
    expect([count(certificatePem), count(uploadPem), nextPrivateKeyPem]).toEqual([1, 2, undefined]);
    expect([certificate.state().previousPem, certificate.state().nextPem]).toEqual([undefined, undefined]);
    expect(authority.state().nextPem).toBe(`${blocksOf(uploadPem)[1]}\n`);
    expect(anchorOf(certificatePem, uploadPem)?.raw).toEqual(read(authority.state().certificatePem).raw);
    expect(await certificate.up(args())).toBe("same");
  });

  test("a new root signs it again in the same up; both ends trust each other in either order", async () => {
    const { authority, certificate, args } = await pair();
    const before = certificate.state();
    await authority.up({ rotateTrigger: "a" });
    const order = blocksOf(authority.state().uploadPem);
    expect(blocksOf(authority.state().certificatePem)).toEqual([order[1], order[0], order[2]]);
    await certificate.up(args());
    const after = certificate.state();
    expect(after.sha256).not.toBe(before.sha256);
    expect(isTrusted(before.uploadPem, after.certificatePem)).toBe(true);
    expect(isTrusted(after.uploadPem, before.certificatePem)).toBe(true);
    expect(certificate.lines).toEqual([expect.stringContaining("(the authority's certificate is another one)")]);
    expect(await certificate.up(args())).toBe("same");
  });

  test("when only the next root is made anew, the upload changes and the certificate does not", async () => {
    const { authority, certificate, args } = await pair();
    const before = certificate.state();
    await authority.up({ keyType: "rsa-2048" });
    await certificate.up(args());
    const after = certificate.state();
    expect(after.sha256).toBe(before.sha256);
    expect(after.uploadPem).toBe(authority.state().certificatePem);
    expect(after.uploadPem).not.toBe(before.uploadPem);
    expect(certificate.lines).toEqual([]);
  });

  test("its own rotation and renewal keep the roots", async () => {
    const { certificate, args } = await pair({ rotateTrigger: "a" });
    const before = certificate.state();
    await certificate.up({ ...args(), rotateTrigger: "b" });
    expect(certificate.state().privateKeyPem).not.toBe(before.privateKeyPem);
    expect(certificate.state().uploadPem).toBe(before.uploadPem);
    certificate.pass(335);
    expect(await certificate.up({ ...args(), rotateTrigger: "b" })).toBe("updated");
    expect(certificate.state()).toMatchObject({ uploadPem: before.uploadPem, notAfter: "2027-12-02T00:00:00Z" });
    expect(await certificate.up({ ...args(), rotateTrigger: "b" })).toBe("same");
  });

  test("it ends with its issuer, with a warning, and is not issued again and again", async () => {
    const { certificate, args } = await pair({ validityDays: 3000 });
    certificate.pass(2990);
    await certificate.up(args());
    expect(certificate.state()).toMatchObject({ notAfter: "2035-12-30T00:00:00Z", validityDays: 3000 });
    expect(certificate.lines.at(-1)).toBe(
      "warning: TlsCertificate bot: it ends 2035-12-30T00:00:00Z and not after validityDays (3000), since its issuer ends " +
        "then. Rotate the authority in time.",
    );
    expect(await certificate.up(args())).toBe("same");
  });

  test("another issuer warns and keeps the anchor of what is still served", async () => {
    const { authority, certificate, args } = await pair();
    const before = certificate.state();
    await certificate.up(selfSigned);
    const own = certificate.state();
    expect(isTrusted(own.uploadPem, before.certificatePem)).toBe(true);
    expect(certificate.lines[0]).toMatch(/^warning: TlsCertificate bot: the webhook has not uploaded the new issuer/);
    await certificate.up(args());
    const back = certificate.state();
    expect(isTrusted(back.uploadPem, own.certificatePem)).toBe(true);
    expect(isTrusted(back.uploadPem, back.certificatePem)).toBe(true);
    expect([back.nextPem, back.nextPrivateKeyPem]).toEqual([undefined, undefined]);
    expect([own.previousPem, back.previousPem].map((pem) => read(pem ?? "").fingerprint256)).toEqual([
      read(authority.state().certificatePem).fingerprint256,
      read(own.certificatePem).fingerprint256,
    ]);
    const other = newAuthority();
    await other.up({});
    certificate.lines.length = 0;
    await certificate.up({ names, issuer: of(other.state()) });
    expect(certificate.lines[0]).toMatch(/^warning: .*the webhook has not uploaded the new issuer/);
    expect(isTrusted(certificate.state().uploadPem, back.certificatePem)).toBe(true);
    await authority.destroy();
    await certificate.destroy();
    expect([authority.state(), certificate.state()]).toEqual([undefined, undefined]);
  });

  test("a change of an authority's arguments makes its next root anew, and the current one stays", async () => {
    const authority = newAuthority();
    await authority.up({});
    const before = authority.state();
    await authority.up({ commonName: "Another name", validityDays: 100, renewBeforeDays: 10 });
    const after = authority.state();
    expect(after).toMatchObject({ sha256: before.sha256, retiresAt: before.retiresAt });
    expect(read(blocksOf(after.uploadPem)[1] ?? "").subject).toMatch(/^CN=Another name\n/);
    authority.pass(3640);
    await authority.refresh();
    expect(authority.lines.at(-1)).toBe(
      "CertificateAuthority bot: a new root is due (this one is to sign until 2035-12-30T00:00:00Z); the next pulumi up makes it.",
    );
    await authority.up({ commonName: "Another name", validityDays: 100, renewBeforeDays: 10 });
    expect(authority.lines.at(-1)).toMatch(/^CertificateAuthority bot: another root signs from now on until 2036-0/);
  });
});

const glance = { isUnknown: () => false, unknown: undefined, now: new Date(begin) };
const refusals = (logic: object, args: object) =>
  checkInputs(logic as typeof logics.WebhookSecret, args as Record<string, unknown>, glance).findings.map(
    ({ field, says }) => `${field} ${says}`,
  );

test.each<[object, string]>([
  [{ ...selfSigned, names: [] }, "names must hold at least one DNS name or IPv4 address; got none"],
  [{ ...selfSigned, names: "x" }, "names must be a list of strings; got a string"],
  [{ ...selfSigned, names: Array(101).fill("a.b") }, "names must hold at most 100 names; got 101"],
  ...[
    ["", "is empty, remove it"],
    ["https://a.example.com", "has a scheme, a port or a path, give the host alone"],
    ["a.example.com:8443", "has a scheme, a port or a path, give the host alone"],
    ["::1", "is an IPv6 address, which Telegram does not deliver to"],
    ["[2001:db8::1]", "is an IPv6 address, which Telegram does not deliver to"],
    ["bücher.example", "is not ASCII, write it in its xn-- form"],
    ["a.*.example.com", "has a * that is not its whole first label: *.example.com"],
    ["localhost", "has no dot, give the whole name"],
    ["-a.example.com", "has a part between dots that begins or ends with a hyphen, or is longer than 63 characters"],
    ["a_b.example.com", "has an underscore, which no name of a web host may have"],
    ["1.2.3", "ends in a number, as only an IPv4 address does, and is none"],
    ["256.1.1.1", "ends in a number, as only an IPv4 address does, and is none"],
    ["a.example.com.", "ends in a dot, remove it"],
  ].map(([name, says]): [object, string] => [
    { ...selfSigned, names: ["ok.example.com", name] },
    `names must hold DNS names and IPv4 addresses; item 2 ${says}`,
  ]),
  [{ names }, "issuer is required"],
  [{ names, issuer: "self" }, "issuer must have exactly one of the keys selfSigned, privateCa and acme; got a string"],
  [{ names, issuer: {} }, "issuer must have exactly one of the keys selfSigned, privateCa and acme; got no key"],
  [
    { names, issuer: { selfSigned: {}, privateCa: {} } },
    "issuer must have exactly one of the keys selfSigned, privateCa and acme; got several keys",
  ],
  [
    { names, issuer: { acme: { email: "a@example.com" } } },
    'issuer must have only account, challenge, profile, preferredChain, schedule and revokeOnDestroy in acme; got "email"',
  ],
  [{ names, issuer: { selfSigned: { days: 1 } } }, 'issuer must have nothing in selfSigned; got "days"'],
  [{ names, issuer: { privateCa: {} } }, "issuer needs privateCa.certificatePem"],
  [
    { names, issuer: { privateCa: { certificatePem: "x", privateKeyPem: "y" } } },
    "issuer has privateCa.certificatePem, which must be PEM with a -----BEGIN CERTIFICATE----- block; got a text without one",
  ],
  [{ ...selfSigned, keyType: "dsa" }, "keyType must be one of ec-p256, rsa-2048, rsa-4096"],
  [{ ...selfSigned, validityDays: 1 }, "validityDays must be a whole number of 2 to 3650; got 1"],
  [{ ...selfSigned, renewBeforeDays: 0.5 }, "renewBeforeDays must be a whole number of 1 to 3649; got 0.5"],
  [{ ...selfSigned, validityDays: 30 }, "renewBeforeDays must be less than validityDays (30); got 30"],
  [{ ...selfSigned, rotateTrigger: "" }, "rotateTrigger must be 1 to 256 characters; got 0 characters"],
])("%j is refused", (args, reason) => expect(refusals(logics.TlsCertificate, args)).toEqual([reason]));

test.each<[object, string]>([
  [{ commonName: "" }, "commonName must be 1 to 64 characters without line breaks and without spaces around it"],
  [{ commonName: "a\nb" }, "commonName must be 1 to 64 characters without line breaks and without spaces around it"],
  [{ validityDays: 7301 }, "validityDays must be a whole number of 2 to 7300; got 7301"],
  [{ validityDays: 365 }, "renewBeforeDays must be less than validityDays (365); got 365"],
])("an authority with %j is refused", (args, reason) =>
  expect(refusals(logics.CertificateAuthority, args)).toEqual([reason]),
);

describe("an authority's texts", () => {
  let authority: AuthorityState, other: AuthorityState, leaf: CertificateState, own: CertificateState;
  beforeAll(async () => {
    const stacks = [newAuthority(), newAuthority()];
    for (const stack of stacks) await stack.up({});
    [authority, other] = stacks.map((stack) => stack.state()) as [AuthorityState, AuthorityState];
    const [first, second] = [newCertificate(), newCertificate()];
    await first.up({ names, issuer: of(authority) });
    await second.up(selfSigned);
    [leaf, own] = [first.state(), second.state()];
  });
  const refused = (certificatePem: string, privateKeyPem: string, now = begin) =>
    checkInputs(
      logics.TlsCertificate,
      { names, issuer: { privateCa: { certificatePem, privateKeyPem } } },
      { ...glance, now: new Date(now) },
    ).findings.map(({ field, says }) => `${field} ${says}`);

  test("are refused if Telegram would not accept what the authority signs", async () => {
    const { keyCertSign, digitalSignature } = KeyUsageFlags;
    const root = await make({ cn: "A root", ca: true, usages: keyCertSign, from: -9, to: 9 });
    const old = await make({ cn: "An old root", ca: true, from: -9, to: -1 });
    const clients = await make({ cn: "For clients", ca: true, extended: [ExtendedKeyUsage.clientAuth] });
    const [mute, lower] = [
      await make({ cn: "Mute", ca: true, usages: digitalSignature }),
      await make({ cn: "Lower", ca: true, by: root }),
    ];
    const of = ({ key }: KeyPair, ...all: KeyPair[]) => refused(all.map(({ pem }) => pem).join(""), key, Date.now());
    expect([
      of(lower, lower, root),
      of(root, root),
      of(lower, lower, old),
      of(mute, mute),
      of(clients, clients),
    ]).toEqual([
      [],
      [],
      [
        "issuer must have the self-signed root in certificatePem too, since Telegram trusts nothing less; add it after the others",
      ],
      ["issuer must have a CA's certificate first in certificatePem; got one that may not sign others"],
      [
        'issuer must be an authority that Telegram accepts; "For clients" is not for servers (extendedKeyUsage has no serverAuth)',
      ],
    ]);
    const below = await make({ cn: "Below", ca: true, by: old });
    expect(of(below, below, old)).toEqual([
      expect.stringMatching(/^issuer must be an authority that Telegram accepts; "An old root" expired 20\S+Z$/),
    ]);
  });

  test("that fit are accepted", () => {
    expect(refused(authority.certificatePem, authority.privateKeyPem)).toEqual([]);
    expect(refused(own.certificatePem, own.privateKeyPem)).toEqual([]);
  });

  test("that do not fit are refused, and no key is shown", () => {
    const { certificatePem, privateKeyPem } = authority;
    expect([
      refused(certificatePem, other.privateKeyPem),
      refused(certificatePem, "-----BEGIN ENCRYPTED PRIVATE KEY-----"),
      refused(certificatePem, "nonsense"),
      refused(certificatePem + privateKeyPem, privateKeyPem),
      refused(certificatePem.replace("MII", "M!I"), privateKeyPem),
      refused(leaf.certificatePem, leaf.privateKeyPem),
      refused(certificatePem, privateKeyPem, begin + 3651 * day),
    ]).toEqual([
      ["issuer must have the private key of the first certificate in certificatePem as privateKeyPem; got another's"],
      [
        "issuer has privateCa.privateKeyPem, which must have no password, since nobody is there to type it; take it off: openssl pkey -in key.pem -out plain.pem",
      ],
      ["issuer has privateCa.privateKeyPem, which must be a private key in PEM; got a text without one"],
      [
        "issuer has privateCa.certificatePem, which must hold certificates only, since it is not secret; the private key goes to privateKeyPem",
      ],
      [
        "issuer has privateCa.certificatePem, which must be readable PEM; certificate 1 of 2 is cut off or damaged, copy it again",
      ],
      ["issuer must have a CA's certificate first in certificatePem; got one that may not sign others"],
      [
        "issuer must be valid now; the first certificate of certificatePem expired 2035-12-30T00:00:00Z, make a new one",
      ],
    ]);
  });
});
