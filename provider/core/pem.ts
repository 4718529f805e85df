// Reads PEM certificates: the blocks of a text, who signed one, what it may do, and which hosts it names.
import { X509Certificate } from "node:crypto";

/** Whether a text holds a private key. */
export function holdsPrivateKey(pem: string): boolean {
  return /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(pem);
}

/** The certificates of a PEM text, each with its armour: X509Certificate reads only the first one. */
export function blocksOf(pem: string): string[] {
  const blocks: string[] = [];
  for (const begin of pem.matchAll(/-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----/g)) {
    const end = `-----END ${begin[1] ?? ""}-----`;
    const at = pem.indexOf(end, begin.index);
    if (at < 0) return [...blocks, ""];
    blocks.push(pem.slice(begin.index, at + end.length));
  }
  return blocks;
}

export function parsed(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    return undefined; // the caller says which one
  }
}

/** The certificates of a PEM text that can be read. */
export function certificatesIn(pem: string): X509Certificate[] {
  return blocksOf(pem)
    .map(parsed)
    .filter((one) => one !== undefined);
}

/** Not `checkIssued`: it fails without keyCertSign, while OpenSSL does trust such a certificate for itself. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && isSignedBy(certificate, certificate);
}

/** Whether the signature is one of the other's key. */
export function isSignedBy(certificate: X509Certificate, other: X509Certificate): boolean {
  try {
    return certificate.verify(other.publicKey);
  } catch {
    return false; // a key that OpenSSL does not know cannot be an anchor for Telegram either
  }
}

/** A certificate that is there to sign others: told by keyCertSign without serverAuth, or by a name that is no host. */
export function isRoot(certificate: X509Certificate): boolean {
  if (!certificate.ca) return false;
  const forServers = certificate.keyUsage?.includes("1.3.6.1.5.5.7.3.1") ?? false; // keyUsage is Node's extended key usage
  return (hasCertSign(certificate) && !forServers) || namesOf(certificate).length === 0;
}

/** keyUsage (2.5.29.15) with keyCertSign set; Node does not offer it. */
function hasCertSign(certificate: X509Certificate): boolean {
  const extension = /0603551d0f(?:0101ff)?040[3-5]030[23]0[0-7]([0-9a-f]{2})/.exec(certificate.raw.toString("hex"));
  return extension !== null && (parseInt(extension[1] ?? "0", 16) & 0x04) !== 0;
}

/** The host names and IP addresses a certificate gives: its alternative names, or else its common name. */
export function namesOf(certificate: X509Certificate): string[] {
  const alternative = [...(certificate.subjectAltName ?? "").matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map(
    ([, name = ""]) => name,
  );
  if (alternative.length > 0) return alternative;
  return [...certificate.subject.matchAll(/^CN=(.*)$/gm)].flatMap(([, name = ""]) =>
    /^[a-z0-9*_-]+(?:\.[a-z0-9_-]+)+$/i.test(name) ? [name] : [],
  );
}

/** A time in seconds, as certificates have it: "2026-11-21T14:00:00Z". */
export function asDate(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}
