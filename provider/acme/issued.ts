// What a certificate must be before it takes the place of one that serves: ours, of these names, of this time, with its own chain.
import type { X509Certificate } from "node:crypto";
import { namesOf } from "../x509/names";
import { certificatesIn, readKey } from "../x509/pem";

/** A machine's clock may be behind by so much. */
const clockMilliseconds = 86_400_000;

export function isOfKey(certificatePem: string, privateKeyPem: string): boolean {
  const [leaf] = certificatesIn(certificatePem) as [X509Certificate];
  const key = readKey(privateKeyPem);
  return key !== undefined && leaf.checkPrivateKey(key);
}

/** Why a certificate with its chain cannot be used for these names; continues a sentence. */
export function oddInIssued(certificatePem: string, names: readonly string[], now: Date): string | undefined {
  const [leaf, ...chain] = certificatesIn(certificatePem) as [X509Certificate, ...X509Certificate[]];
  const given = alternativeNamesOf(leaf);
  const missing = names.find((name) => !given.includes(name));
  if (missing !== undefined) return `${missing} is not in it`;
  const strange = given.find((name) => !names.some((asked) => isOfSame(name, asked)));
  if (strange !== undefined) return `it is for ${strange} too`;
  if (leaf.ca) return "it is the certificate of an authority";
  const [begins, ends] = [new Date(leaf.validFrom), new Date(leaf.validTo)];
  if (!(ends > now)) return `it has expired already, on ${ends.toISOString()}`;
  if (!(begins.getTime() <= now.getTime() + clockMilliseconds)) return `it begins only on ${begins.toISOString()}`;
  const broken = chain.findIndex((issuer, at) => !isIssuedBy(at === 0 ? leaf : (chain[at - 1] ?? leaf), issuer));
  return broken < 0 ? undefined : `certificate ${broken + 2} of its chain has not issued the one before it`;
}

/** What clients go by: a common name alone counts for none of them. */
function alternativeNamesOf(leaf: X509Certificate): string[] {
  if (leaf.subjectAltName === undefined) return [];
  const text = leaf.subjectAltName.toLowerCase();
  return namesOf(leaf)
    .map((name) => name.toLowerCase())
    .filter((name) => text.includes(`:${name}`));
}

/** Authorities add `www.` of a name, and the name below a wildcard. */
function isOfSame(name: string, asked: string): boolean {
  const host = asked.replace(/^\*\./, "");
  return name === asked || name === host || name === `www.${host}`;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    return false; // a kind of key that OpenSSL does not know
  }
}
