// Certificates as OpenSSL judges them: strict chains, names, keys, dates, and what they may do.
import { execFileSync, spawnSync } from "node:child_process";
import { createPrivateKey, createPublicKey, randomBytes, X509Certificate } from "node:crypto";
import { X509Certificate as X509 } from "@peculiar/x509";
import { periodOf } from "../../provider/tls/anchors";
import { makeLeaf, makeRoot, makeSelfSigned } from "../../provider/x509/make";
import type { KeyType, Pair } from "../../provider/x509/make";
import { bundle } from "../../provider/x509/pem";
import { textFiles } from "../support/text-files";

const now = new Date();
const order = (keyType: KeyType = "ec-p256", days = 30) => ({ keyType, period: periodOf(now, days), randomBytes });

const { folder, file } = textFiles();

/** What `openssl verify` says, with the flags that the server has (no partial chains) and with the strict ones. */
function verify(trusted: string, served: string, ...more: string[]): string {
  const [leaf = "", ...chain] = served.split(/(?<=-----END CERTIFICATE-----\n)/);
  const untrusted = chain.length > 0 ? ["-untrusted", file(chain.join(""))] : [];
  const flags = [
    "-no-CApath",
    "-no-CAstore",
    "-x509_strict",
    "-purpose",
    "sslserver",
    "-auth_level",
    "2",
    ...untrusted,
  ];
  const { status, stderr } = spawnSync("openssl", ["verify", "-CAfile", file(trusted), ...flags, ...more, file(leaf)], {
    encoding: "utf8",
  });
  return status === 0 ? "OK" : (/error \d+ at \d+ depth lookup: ?(.*)/.exec(stderr)?.[1] ?? stderr);
}

const text = (pem: string) =>
  execFileSync("openssl", ["x509", "-noout", "-text", "-nameopt", "RFC2253"], { input: pem, encoding: "utf8" });
const read = (pem: string) => new X509Certificate(pem);

/** Names and whether OpenSSL takes each as a host name (as Telegram does with an upload), and as an address. */
const nameCases: [names: string[], host: string[], ip: string[]][] = [
  [["bot.example.com"], ["bot.example.com"], []],
  [["a.example.com", "b.example.com"], ["a.example.com", "b.example.com"], []],
  [["*.example.com"], ["x.example.com"], []],
  [["149.154.167.220"], ["149.154.167.220"], ["149.154.167.220"]],
  [
    ["149.154.167.220", "8.8.4.4"],
    ["149.154.167.220", "8.8.4.4"],
    ["149.154.167.220", "8.8.4.4"],
  ],
  [["bot.example.com", "149.154.167.220"], ["bot.example.com", "149.154.167.220"], ["149.154.167.220"]],
  [[`${"a".repeat(63)}.example.com`], [`${"a".repeat(63)}.example.com`], []],
];

describe.each(nameCases)("for %j", (names, hosts, addresses) => {
  let own: Pair, root: Pair, leaf: Pair;
  beforeAll(async () => {
    own = await makeSelfSigned(names, order());
    root = await makeRoot("A root", order("ec-p256", 60));
    leaf = await makeLeaf(names, root, order());
  });

  test("each name is one for Telegram (host names, also of an address) and for public clients", () => {
    for (const host of hosts) {
      expect(verify(own.certificatePem, own.certificatePem, "-verify_hostname", host)).toBe("OK");
      expect(verify(root.certificatePem, leaf.certificatePem, "-verify_hostname", host)).toBe("OK");
    }
    for (const ip of addresses) {
      expect(verify(own.certificatePem, own.certificatePem, "-verify_ip", ip)).toBe("OK");
      expect(verify(root.certificatePem, leaf.certificatePem, "-verify_ip", ip)).toBe("OK");
    }
  });

  test("no other name is", () => {
    for (const host of ["example.com", "y.x.example.org", "149.154.167.221"]) {
      expect(verify(own.certificatePem, own.certificatePem, "-verify_hostname", host)).toBe("hostname mismatch");
      expect(verify(root.certificatePem, leaf.certificatePem, "-verify_hostname", host)).toBe("hostname mismatch");
    }
  });
});

test.each<KeyType>(["ec-p256", "rsa-2048", "rsa-4096"])(
  "%s: the key is PKCS#8, of this kind, and belongs to the certificate, which it signs",
  async (keyType) => {
    const [own, root] = [
      await makeSelfSigned(["bot.example.com"], order(keyType)),
      await makeRoot("A root", order(keyType)),
    ];
    const leaf = await makeLeaf(["bot.example.com"], root, order());
    const key = createPrivateKey(own.privateKeyPem);
    const expected = { "ec-p256": "prime256v1", "rsa-2048": 2048, "rsa-4096": 4096 }[keyType];
    const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
    expect([own.privateKeyPem.split("\n")[0], namedCurve ?? modulusLength]).toEqual([
      "-----BEGIN PRIVATE KEY-----",
      expected,
    ]);
    expect(read(own.certificatePem).checkPrivateKey(key)).toBe(true);
    expect(verify(own.certificatePem, own.certificatePem)).toBe("OK");
    expect(verify(root.certificatePem, leaf.certificatePem)).toBe("OK");
    expect(text(own.certificatePem)).toMatch(/Signature Algorithm: (ecdsa-with-SHA256|sha256WithRSAEncryption)/);
  },
  60_000,
);

test("a self-signed one, a root and a leaf may do what they are for", async () => {
  const own = await makeSelfSigned(["bot.example.com"], order());
  const root = await makeRoot("A root", order());
  const leaf = await makeLeaf(["bot.example.com"], root, order("rsa-2048"));
  const extensions = (pem: string) =>
    [...text(pem).matchAll(/X509v3 ([^:]+): (critical)?\s*\n\s+(.*)/g)]
      .map(([, name, critical, value]) => `${name}${critical ? "!" : ""}: ${value?.trim()}`)
      .filter((line) => !line.includes("Key Identifier"));
  expect(extensions(own.certificatePem)).toEqual([
    "Basic Constraints!: CA:TRUE, pathlen:0",
    "Key Usage!: Digital Signature, Certificate Sign",
    "Extended Key Usage: TLS Web Server Authentication",
    "Subject Alternative Name: DNS:bot.example.com",
  ]);
  expect(extensions(root.certificatePem)).toEqual([
    "Basic Constraints!: CA:TRUE, pathlen:0",
    "Key Usage!: Certificate Sign, CRL Sign",
  ]);
  expect(extensions(leaf.certificatePem)).toEqual([
    "Basic Constraints!: CA:FALSE",
    "Key Usage!: Digital Signature, Key Encipherment",
    "Extended Key Usage: TLS Web Server Authentication",
    "Subject Alternative Name: DNS:bot.example.com",
  ]);
  const identifiers = (pem: string) =>
    [...text(pem).matchAll(/X509v3 (Subject|Authority) Key Identifier:.*\n\s+([0-9A-F:]+)/g)].map(([, of, id]) => [
      of,
      id,
    ]);
  const [[, rootId] = []] = identifiers(root.certificatePem);
  expect(rootId).toMatch(/^([0-9A-F]{2}:){19}[0-9A-F]{2}$/);
  expect(identifiers(root.certificatePem)).toEqual([["Subject", rootId]]);
  expect(identifiers(leaf.certificatePem)).toEqual([
    ["Subject", expect.any(String)],
    ["Authority", rootId],
  ]);
});

test("each generation has a serial number and a subject of its own", async () => {
  const made = await Promise.all([1, 2, 3].map(() => makeRoot("A root", order())));
  const serials = made.map(({ certificatePem }) => read(certificatePem).serialNumber);
  expect(new Set(serials).size).toBe(3);
  for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  expect(made.map(({ certificatePem }) => read(certificatePem).subject)).toEqual(
    serials.map((serial) => `CN=A root\nserialNumber=${serial.toLowerCase()}`),
  );
});

test("a name that is no syntax stays a name", async () => {
  const name = 'a, O="b"+CN=\\c#';
  const root = await makeRoot(name, order());
  expect(new X509(root.certificatePem).subjectName.getField("CN")).toEqual([name]);
  expect(verify(root.certificatePem, (await makeLeaf(["bot.example.com"], root, order())).certificatePem)).toBe("OK");
});

test("it is valid from an hour ago, for whole days, also after 2050", async () => {
  const root = await makeRoot("A root", order("ec-p256", 14_600));
  const { certificatePem } = await makeLeaf(["bot.example.com"], root, order("ec-p256", 14_600));
  const { validFrom, validTo } = read(certificatePem);
  const second = Math.floor(now.getTime() / 1000) * 1000;
  expect([Date.parse(validFrom), Date.parse(validTo)]).toEqual([second - 3_600_000, second + 14_600 * 86_400_000]);
  expect(verify(root.certificatePem, certificatePem)).toBe("OK");
});

test("a leaf alone is no trust anchor, and neither is another root of the same name", async () => {
  const [root, other] = [await makeRoot("A root", order()), await makeRoot("A root", order())];
  const leaf = await makeLeaf(["bot.example.com"], root, order());
  expect(verify(leaf.certificatePem, leaf.certificatePem)).toBe("unable to get local issuer certificate");
  expect(verify(other.certificatePem, leaf.certificatePem)).toBe("unable to get local issuer certificate");
  expect(verify(bundle([other.certificatePem, root.certificatePem]), leaf.certificatePem)).toBe("OK");
});

describe("an authority that openssl made", () => {
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { cwd: folder(), encoding: "utf8", stdio: "pipe" });

  test.each([
    ["P-256, PKCS#8", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], []],
    ["P-384, SEC 1", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"], ["ec"]],
    ["P-521", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"], []],
    ["RSA 3072, PKCS#1", ["-newkey", "rsa:3072"], ["rsa", "-traditional"]],
  ])("%s signs", async (_, newKey, convert) => {
    openssl(
      "req",
      "-x509",
      ...newKey,
      "-nodes",
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
      "-subj",
      "/CN=Of openssl/O=\u00fc",
      "-addext",
      "keyUsage=critical,keyCertSign",
    );
    const certificatePem = openssl("x509", "-in", "ca.pem");
    const [kind = "pkey", ...more] = convert;
    const privateKeyPem = openssl(kind, "-in", "ca.key", ...more);
    const leaf = await makeLeaf(["bot.example.com"], { certificatePem, privateKeyPem }, order());
    expect(verify(certificatePem, leaf.certificatePem, "-verify_hostname", "bot.example.com")).toBe("OK");
    expect(createPublicKey(leaf.certificatePem).equals(createPublicKey(leaf.privateKeyPem))).toBe(true);
  });
});
