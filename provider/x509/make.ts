// Makes keys and certificates. It is loaded when something is made, since the library takes its time.
import { createPrivateKey, KeyObject, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { alternativeNamesFor, commonNameFor } from "./names";
import { blocksOf, keyText } from "./pem";
import type { Period } from "./period";

export type KeyType = "ec-p256" | "rsa-2048" | "rsa-4096";

/** A certificate with its own key, both PEM. As an authority: the one that signs comes first. */
export interface Pair {
  certificatePem: string;
  privateKeyPem: string;
}

/** What a new certificate needs besides its names. */
export interface CertificateRequest {
  keyType: KeyType;
  period: Period;
  randomBytes(size: number): Buffer;
}

export type Algorithm = webcrypto.RsaHashedKeyGenParams | (webcrypto.EcKeyGenParams & webcrypto.EcdsaParams);

const crypto = webcrypto;
const { KeyUsageFlags } = x509;
const serverAuth = x509.ExtendedKeyUsage.serverAuth;
const serialBytes = 16;
const serialNumberAttribute = "2.5.4.5";

export const algorithms: Record<KeyType, Algorithm> = {
  "ec-p256": { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  "rsa-2048": rsa(2048),
  "rsa-4096": rsa(4096),
};

function rsa(modulusLength: number): webcrypto.RsaHashedKeyGenParams {
  return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength, publicExponent: new Uint8Array([1, 0, 1]) };
}

/** What a server shows and a webhook uploads alike: its own trust anchor. */
export async function makeSelfSigned(names: readonly string[], request: CertificateRequest): Promise<Pair> {
  const usage = KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign;
  const extensions = [new x509.ExtendedKeyUsageExtension([serverAuth]), alternativeNames(names)];
  return signItself(commonNameFor(names), request, usage, extensions);
}

/** The root of an authority, which signs what servers show and nothing that signs. */
export async function makeRoot(commonName: string, request: CertificateRequest): Promise<Pair> {
  return signItself(commonName, request, KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, []);
}

/** What a server shows, signed by the first certificate of an authority. */
export async function makeLeaf(names: readonly string[], issuer: Pair, request: CertificateRequest): Promise<Pair> {
  const algorithm = algorithms[request.keyType];
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const authority = new x509.X509Certificate(blocksOf(issuer.certificatePem)[0] ?? "");
  const signing = await importKey(issuer.privateKeyPem);
  const usage = KeyUsageFlags.digitalSignature | (algorithm.name === "ECDSA" ? 0 : KeyUsageFlags.keyEncipherment);
  const serialNumber = newSerial(request);
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber,
      subject: subjectOf(commonNameFor(names), serialNumber),
      issuer: authority.subjectName,
      ...request.period,
      publicKey: keys.publicKey,
      signingKey: signing.key,
      signingAlgorithm: signing.algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(usage, true),
        new x509.ExtendedKeyUsageExtension([serverAuth]),
        alternativeNames(names),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
        await keyIdentifierOf(authority),
      ],
    },
    crypto,
  );
  return pemOf(certificate, keys.privateKey);
}

async function signItself(
  commonName: string | undefined,
  request: CertificateRequest,
  usage: x509.KeyUsageFlags,
  more: x509.Extension[],
): Promise<Pair> {
  const algorithm = algorithms[request.keyType];
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const serialNumber = newSerial(request);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber,
      name: subjectOf(commonName, serialNumber),
      ...request.period,
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(usage, true),
        ...more,
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  );
  return pemOf(certificate, keys.privateKey);
}

/** Positive, at most 20 bytes, never zero (RFC 5280, 4.1.2.2). */
function newSerial(request: CertificateRequest): string {
  const bytes = request.randomBytes(serialBytes);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

/** Each generation has a subject of its own, by its serial number: two of one name in a bundle are never confused. */
function subjectOf(commonName: string | undefined, serialNumber: string): x509.Name {
  const names = commonName === undefined ? [] : [{ CN: [{ utf8String: commonName }] }];
  return new x509.Name([...names, { [serialNumberAttribute]: [{ printableString: serialNumber }] }]);
}

function alternativeNames(names: readonly string[]): x509.SubjectAlternativeNameExtension {
  const { hosts, addresses } = alternativeNamesFor(names);
  return new x509.SubjectAlternativeNameExtension([
    ...hosts.map((value) => ({ type: "dns" as const, value })),
    ...addresses.map((value) => ({ type: "ip" as const, value })),
  ]);
}

/** As the authority writes its own; not every one takes the hash of its key. */
async function keyIdentifierOf(authority: x509.X509Certificate): Promise<x509.Extension> {
  const own = authority.getExtension(x509.SubjectKeyIdentifierExtension);
  if (own) return new x509.AuthorityKeyIdentifierExtension(own.keyId);
  return x509.AuthorityKeyIdentifierExtension.create(authority.publicKey, false, crypto);
}

const hashes: Record<string, [curve: string, hash: string]> = {
  prime256v1: ["P-256", "SHA-256"],
  secp384r1: ["P-384", "SHA-384"],
  secp521r1: ["P-521", "SHA-512"],
};

export async function importKey(pem: string): Promise<{ key: webcrypto.CryptoKey; algorithm: Algorithm }> {
  const key = createPrivateKey(keyText(pem));
  const [namedCurve, hash] = hashes[key.asymmetricKeyDetails?.namedCurve ?? ""] ?? ["", "SHA-256"];
  const algorithm: Algorithm =
    key.asymmetricKeyType === "ec" ? { name: "ECDSA", namedCurve, hash } : algorithms["rsa-2048"];
  const pkcs8 = key.export({ type: "pkcs8", format: "der" });
  return { key: await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]), algorithm };
}

function pemOf(certificate: x509.X509Certificate, privateKey: webcrypto.CryptoKey): Pair {
  const key = KeyObject.from(privateKey);
  return {
    certificatePem: `${certificate.toString("pem").trim()}\n`,
    privateKeyPem: key.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
