// Certificates as texts and values: what a PEM holds, for whom it is, from when until when, and who signed it.
import { randomBytes, X509Certificate } from "node:crypto";
import { anchorOf, chainFrom, isRoot, isSelfSigned, isSignedBy } from "../../../provider/x509/chain";
import { makeLeaf, makeRoot, makeSelfSigned } from "../../../provider/x509/make";
import type { Pair } from "../../../provider/x509/make";
import { alternativeNamesFor, commonNameFor, issuerName, namesOf, subjectName, waysToName, wildcardFor } from "../../../provider/x509/names"; // prettier-ignore
import { blocksOf, bundle, certificatesIn, holds, holdsPrivateKey, readKey, textFlaw } from "../../../provider/x509/pem"; // prettier-ignore
import { kindOf } from "../../../provider/x509/pem-kinds";
import { isExpired, isTooEarly, timeText, validityOf } from "../../../provider/x509/period";

const period = { notBefore: new Date("2026-11-01T00:00:00Z"), notAfter: new Date("2026-12-01T00:00:00Z") };
const now = new Date("2026-11-21T00:00:00Z");
const request = { keyType: "ec-p256" as const, period, randomBytes };
const read = ({ certificatePem }: Pair) => new X509Certificate(certificatePem);

let own: Pair;
let root: Pair;
let other: Pair;
let leaf: Pair;
beforeAll(async () => {
  own = await makeSelfSigned(["bots.example.com", "www.example.com"], request);
  [root, other] = await Promise.all([makeRoot("Our authority", request), makeRoot("Our authority", request)]);
  leaf = await makeLeaf(["*.example.com", "192.0.2.1"], root, request);
});

describe("a text", () => {
  test("gives its certificates, each with its armour, and nothing else", () => {
    const text = `subject=x\n${own.certificatePem}\n${own.privateKeyPem}\n${root.certificatePem}`;
    expect(blocksOf(text)).toEqual([own.certificatePem.trim(), root.certificatePem.trim()]);
    expect(certificatesIn(text).map(({ fingerprint256 }) => fingerprint256)).toEqual(
      [own, root].map((pair) => read(pair).fingerprint256),
    );
  });

  test("that ends within a certificate has a block that cannot be read", () => {
    const cut = own.certificatePem.slice(0, -40);
    expect(blocksOf(root.certificatePem + cut)).toEqual([root.certificatePem.trim(), ""]);
    expect(textFlaw(root.certificatePem + cut)).toEqual({ kind: "damaged", number: 2, count: 2 });
    expect(certificatesIn(root.certificatePem + cut)).toHaveLength(1);
  });

  test("is told for what it is when it is no certificate", () => {
    expect(textFlaw("hello")).toEqual({ kind: "no certificate" });
    expect(textFlaw(own.certificatePem + own.privateKeyPem)).toEqual({ kind: "private key" });
    expect(textFlaw(own.certificatePem)).toBeUndefined();
    expect(
      ["", "-----BEGIN CERTIFICATE REQUEST-----\nx", "-----BEGIN PKCS7-----\nx", "/etc/ssl/bot.pem", "x"].map(kindOf),
    ).toEqual(
      // prettier-ignore
      ["nothing", "signing request", "PKCS#7", "file name", "something else"],
    );
    const der = read(own).raw;
    expect([kindOf(der.toString("latin1")), kindOf(der.toString("base64"))]).toEqual(["DER", "base64"]);
  });

  test("knows a private key of any kind", () => {
    for (const kind of ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]) {
      expect(holdsPrivateKey(`-----BEGIN ${kind}-----`)).toBe(true);
    }
    expect(holdsPrivateKey(own.certificatePem)).toBe(false);
    expect(readKey(own.privateKeyPem)?.asymmetricKeyType).toBe("ec");
    expect(readKey(own.certificatePem)).toBeUndefined();
  });

  test("bundled with others holds each certificate once", () => {
    const all = bundle([own.certificatePem, root.certificatePem + own.certificatePem]);
    expect(blocksOf(all)).toHaveLength(2);
    expect([holds(all, read(own)), holds(all, read(leaf))]).toEqual([true, false]);
  });
});

describe("names", () => {
  test("are those that a certificate gives, an address as well", () => {
    expect(namesOf(read(own))).toEqual(["bots.example.com", "www.example.com"]);
    expect(namesOf(read(leaf)).sort()).toEqual(["*.example.com", "192.0.2.1"]);
    expect(namesOf(read(root))).toEqual([]);
  });

  test("are given as a host name, as an address, or both", () => {
    expect(waysToName(read(own), "www.example.com")).toEqual({ asHost: true, asAddress: false });
    expect(waysToName(read(leaf), "192.0.2.1")).toEqual({ asHost: true, asAddress: true });
    expect(waysToName(read(own), "example.org")).toEqual({ asHost: false, asAddress: false });
  });

  test("by a wildcard alone are told from others", () => {
    expect(wildcardFor(read(leaf), "bots.example.com")).toBe("*.example.com");
    expect(wildcardFor(read(own), "bots.example.com")).toBeUndefined();
  });

  test("are what people call a certificate", () => {
    expect([subjectName(read(own)), issuerName(read(leaf))]).toEqual(['"bots.example.com"', '"Our authority"']);
  });

  test("too long for a common name go without, and an address that is not alone is a host name too", () => {
    expect(commonNameFor(["a".repeat(64)])).toBe("a".repeat(64));
    expect(commonNameFor(["a".repeat(65)])).toBeUndefined();
    expect(alternativeNamesFor(["192.0.2.1"])).toEqual({ hosts: [], addresses: ["192.0.2.1"] });
    expect(alternativeNamesFor(["192.0.2.1", "a.example"])).toEqual({
      hosts: ["192.0.2.1", "a.example"],
      addresses: ["192.0.2.1"],
    });
  });
});

test("a certificate is valid from its first second until the one before its last", () => {
  const at = (text: string) => [isTooEarly(read(own), new Date(text)), isExpired(read(own), new Date(text))];
  expect(validityOf(read(own))).toEqual(period);
  expect(at("2026-10-31T23:59:59Z")).toEqual([true, false]);
  expect(at("2026-11-01T00:00:00Z")).toEqual([false, false]);
  expect(at("2026-11-30T23:59:59Z")).toEqual([false, false]);
  expect(at("2026-12-01T00:00:00Z")).toEqual([false, true]);
  expect(timeText(period.notAfter)).toBe("2026-12-01T00:00:00Z");
});

describe("who signed whom", () => {
  test("is told by the key and not by the name", () => {
    expect([isSelfSigned(read(own)), isSelfSigned(read(leaf))]).toEqual([true, false]);
    expect([isSignedBy(read(leaf), read(root)), isSignedBy(read(leaf), read(other))]).toEqual([true, false]);
  });

  test("a root is there to sign, a certificate of a server is not", () => {
    expect([root, own, leaf].map((pair) => isRoot(read(pair)))).toEqual([true, false, false]);
  });

  test("a chain ends at its trust anchor, with others of its name beside it", () => {
    expect(anchorOf(leaf.certificatePem, other.certificatePem + root.certificatePem)?.raw).toEqual(read(root).raw);
    expect(anchorOf(leaf.certificatePem)).toBeUndefined();
    const { certificates, end } = chainFrom([read(leaf)], [read(other), read(root)], now);
    expect([certificates.map(subjectName).at(-1), end]).toEqual(['"Our authority"', undefined]);
  });

  test("why a chain ends before is told", () => {
    const end = (...given: Parameters<typeof chainFrom>) => chainFrom(...given).end;
    expect(end([read(leaf)], [], now)).toBe("no issuer");
    expect(end([read(leaf), read(root)], [], now)).toBe("untrusted root");
    expect(end([read(own)], [], now)).toBe("untrusted root");
    expect(end([read(leaf)], [read(other)], now)).toBe("no issuer"); // its serial number is in its name
  });
});
