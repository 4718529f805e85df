// Who signed whom: self-signed certificates, roots, and the way from a certificate to its trust anchor.
import type { X509Certificate } from "node:crypto";
import { namesOf } from "./names";
import { bundle, certificatesIn } from "./pem";

const deepestChain = 10;

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

/** The self-signed certificate at which the chain of a PEM text's first certificate ends. */
export function anchorOf(chainPem: string, morePem = ""): X509Certificate | undefined {
  const all = certificatesIn(bundle([chainPem, morePem]));
  let one = all[0];
  for (let depth = 0; one !== undefined && depth < deepestChain; depth += 1) {
    const child = one;
    if (isSelfSigned(child)) return child;
    one = all.find((other) => other.subject === child.issuer && isSignedBy(child, other));
  }
  return undefined;
}
