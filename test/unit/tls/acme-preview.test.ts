// What the preview says of a certificate by ACME: what is known to fail before anything is asked, and no gap where nothing is uploaded.
import { generateKeyPairSync } from "node:crypto";
import { checkInputs } from "../../../provider/core/fields";
import { logics } from "../../../provider/registry";

const pem = (type: string, options: object = {}) =>
  (generateKeyPairSync as (type: string, options: object) => { privateKey: { export(o: object): string } })(
    type,
    options,
  ).privateKey.export({ type: "pkcs8", format: "pem" });
const account = {
  directoryUrl: "https://acme.example.com/directory",
  accountUrl: "https://acme.example.com/account/1",
  privateKeyPem: pem("ec", { namedCurve: "P-256" }),
};
const via = { rfc2136: { server: "192.0.2.53" } };
const glance = { isUnknown: () => false, unknown: undefined, now: new Date("2026-01-01T00:00:00Z") };

function findings(logic: object, args: object): string[] {
  const seen = checkInputs(logic as typeof logics.WebhookSecret, args as Record<string, unknown>, glance);
  return seen.findings.map(({ field, says }) => `${field} ${says}`);
}
const ordered = (names: string[], { dns01 = {}, ...more }: { dns01?: object; [name: string]: unknown } = {}) => {
  const issuer = { acme: { account: { ...account, ...more }, challenge: { dns01: { via, ...dns01 } } } };
  return findings(logics.TlsCertificate, { names, issuer });
};

test.each([
  ["ed25519", {}, "ed25519"],
  ["ec", { namedCurve: "P-521" }, "the curve secp521r1"],
  ["ec", { namedCurve: "secp256k1" }, "the curve secp256k1"],
  ["rsa", { modulusLength: 1024 }, "one of 1024 bits"],
] as const)("a key of the kind %s %j was refused only in up", (type, options, kind) => {
  const key = pem(type, options);
  const says = `must be an EC key of the curve P-256 or P-384, or an RSA key of at least 2048 bits; got ${kind}, which no ACME server takes`;
  expect(findings(logics.AcmeAccount, { existingKeyPem: key })).toEqual([`existingKeyPem ${says}`]);
  expect(ordered(["a.example.com"], { privateKeyPem: key })).toEqual([
    `issuer has acme.account, which has account.privateKeyPem, which ${says}`,
  ]);
});

test("keys that sign for an account are taken", () => {
  for (const namedCurve of ["P-256", "P-384"])
    expect(findings(logics.AcmeAccount, { existingKeyPem: pem("ec", { namedCurve }) })).toEqual([]);
  expect(ordered(["a.example.com", "*.a.example.com"], { dns01: { zone: "Example.com" } })).toEqual([]);
});

const long = `${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.${"d".repeat(50)}.example.com`;
test.each<[string, string[], { dns01?: object; [name: string]: unknown }, string]>([
  [
    "a zone without the name",
    ["bots.example.com", "bots.notexample.com"],
    { dns01: { zone: "example.com" } },
    "issuer has acme.challenge.dns01.zone example.com, in which _acme-challenge.bots.notexample.com is not. Give the zone of that name, leave zone out, or give in delegate the name in example.com where a CNAME there leads",
  ],
  [
    "a zone without the delegate",
    ["bots.example.com"],
    { dns01: { zone: "example.com", delegate: "bots.proofs.example" } },
    "issuer has acme.challenge.dns01.zone example.com, in which delegate bots.proofs.example is not. Give the zone of that name, or leave zone out",
  ],
  [
    "a name too long to be proved",
    [long],
    {},
    `issuer has acme.challenge.dns01, which needs the name _acme-challenge.${long}: it is longer than 253 characters. Take a shorter name, or http01`,
  ],
  [
    "an account of another server",
    ["bots.example.com"],
    { accountUrl: "https://other.example.com/account/1" },
    "issuer has acme.account.accountUrl at https://other.example.com, and directoryUrl at https://acme.example.com: give the account and the directory of one server",
  ],
  [
    "an empty accountUrl",
    ["bots.example.com"],
    { accountUrl: "" },
    "issuer has acme.account, which has account.accountUrl, which must be the URL of an account, as the output accountUrl of an AcmeAccount has it",
  ],
])("%s is refused in the preview", (_what, names, more, says) => {
  expect(ordered(names, more)).toEqual([says]);
});

test("validityDays, which has no effect with acme, was held against renewBeforeDays", () => {
  const issuer = { acme: { account, challenge: { dns01: { via } } } };
  expect(findings(logics.TlsCertificate, { names: ["a.example.com"], issuer, validityDays: 20 })).toEqual([]);
  const own = { names: ["a.example.com"], issuer: { selfSigned: {} }, validityDays: 20 };
  expect(findings(logics.TlsCertificate, own)).toEqual(["renewBeforeDays must be less than validityDays (20); got 30"]);
});

test("between two certificates by ACME a preview told of a gap, although neither is uploaded", () => {
  const old = {
    ...{ names: ["a.example.com"], keyType: "ec-p256", validityDays: 365, renewBeforeDays: 30 },
    ...{ issuer: { acme: { account, challenge: { dns01: { via } } } } },
    ...{ certificatePem: "", privateKeyPem: "", uploadPem: "", sha256: "", notBefore: "2026-01-01T00:00:00Z" },
    ...{ notAfter: "2026-04-01T00:00:00Z", retiresAt: "2026-04-01T00:00:00Z" },
  };
  const changes = (names: string[], directoryUrl: string) => {
    const issuer = { acme: { account: { ...account, directoryUrl }, challenge: { dns01: { via } } } };
    const args = { names, issuer };
    const seen = checkInputs(logics.TlsCertificate as unknown as typeof logics.WebhookSecret, args, glance);
    expect(seen.findings).toEqual([]);
    const logic = logics.TlsCertificate as unknown as { diff(old: object, seen: object, now: Date): object[] };
    return logic.diff(old, { known: seen.inputs, unknown: new Set(), choices: {} }, glance.now);
  };
  expect(changes(["a.example.com", "b.example.com"], account.directoryUrl)).toEqual([]);
  expect(changes(["a.example.com"], "https://acme.example.com/another")).toEqual([]);
  expect(changes(["a.example.com"], "HTTPS://ACME.example.com/directory")).toEqual([]);
});
