// Who signed whom: self-signed certificates, roots, and the way from a certificate to its trust anchor.
// Source: OpenSSL's `X509_verify_cert` as Telegram's server uses it, tried with OpenSSL 3.0.19 (Oct 2026).
import type { KeyObject, X509Certificate } from "node:crypto";
import { detailsOf } from "./der";
import { namesOf } from "./names";
import { bundle, certificatesIn, includes } from "./pem";
import { isExpired, isTooEarly, validityOf } from "./period";

export const serverAuth = "1.3.6.1.5.5.7.3.1";
/** What is served, 10 intermediates and the anchor. Source: `SslCtx.cpp` (td 49b3bcb), verify depth. */
export const longestChain = 12;

/** Not `checkIssued`: it fails without keyCertSign, while OpenSSL does trust such a certificate for itself. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer && isSignedBy(certificate, certificate);
}

/** Whether the signature is one of the other's key. */
export function isSignedBy(certificate: X509Certificate, other: X509Certificate): boolean {
  const key = publicKeyOf(other);
  return key !== undefined && certificate.verify(key);
}

/** Nothing if OpenSSL does not know that kind of key: then it can be no anchor for Telegram either. */
export function publicKeyOf(certificate: X509Certificate): KeyObject | undefined {
  try {
    return certificate.publicKey;
  } catch {
    return undefined; // its words would say nothing more
  }
}

/** A certificate that is there to sign others: told by keyCertSign without serverAuth, or by a name that is no host. */
export function isRoot(certificate: X509Certificate): boolean {
  const forServers = certificate.keyUsage?.includes(serverAuth) ?? false; // keyUsage is Node's extended key usage
  const hasNames = namesOf(certificate).length > 0;
  if (forServers && hasNames) return false;
  return maySign(certificate, true) && (!hasNames || detailsOf(certificate).keyUsage !== undefined);
}

/** Whether OpenSSL lets it sign; at the end of a chain it is content with less than in the middle. */
export function maySign(certificate: X509Certificate, isLast: boolean): boolean {
  const { version, basicConstraints, keyUsage } = detailsOf(certificate);
  if (keyUsage && !keyUsage.includes("keyCertSign")) return false;
  if (basicConstraints) return basicConstraints.isAuthority;
  return isLast && (keyUsage !== undefined || (version === 1 && isSelfSigned(certificate)));
}

/** The self-signed certificate at which the chain of a PEM text's first certificate ends. */
export function anchorOf(chainPem: string, morePem = ""): X509Certificate | undefined {
  const all = certificatesIn(bundle([chainPem, morePem]));
  let one = all[0];
  for (let depth = 0; one !== undefined && depth < longestChain; depth += 1) {
    const child = one;
    if (isSelfSigned(child)) return child;
    one = all.find((other) => other.subject === child.issuer && isSignedBy(child, other));
  }
  return undefined;
}

/** Why a chain does not end at a trust anchor. "shadowed": OpenSSL takes another trusted one of the same name. */
export type ChainEnd = "untrusted root" | "no issuer" | "other key" | "shadowed" | "too deep";

/** What OpenSSL finds: the first certificate, its issuer, and so on; with `end`, why it goes no further. */
export interface Chain {
  certificates: X509Certificate[];
  end?: ChainEnd;
}

/**
 * Whole chains only, and nothing is fetched. OpenSSL takes issuers by name and key identifier, trusted ones first, and
 * never goes back. `isAnchor`: the first one itself is trusted, since it is no served one.
 */
export function chainFrom(
  [first, ...others]: readonly [X509Certificate, ...X509Certificate[]],
  trusted: readonly X509Certificate[],
  now: Date,
  isAnchor = false,
): Chain {
  const certificates = [first];
  let isTrusted = isAnchor && includes(trusted, first);
  for (let last = first; ; last = certificates.at(-1) ?? last) {
    if (isTrusted && isSelfSigned(last)) return { certificates };
    const anchor = issuerAmong(trusted, last, now);
    if (isSelfSigned(last)) {
      if (anchor?.raw.equals(last.raw)) return { certificates };
      return { certificates, end: includes(trusted, last) ? "shadowed" : "untrusted root" };
    }
    const issuer = anchor ?? issuerAmong(others, last, now);
    if (issuer === undefined) {
      const hasNamesake = [...trusted, ...others].some(({ subject }) => subject === last.issuer);
      return { certificates, end: hasNamesake ? "other key" : "no issuer" };
    }
    if (!isSignedBy(last, issuer)) {
      const isShadowed = trusted.some((one) => one.subject === last.issuer && isSignedBy(last, one));
      return { certificates, end: isShadowed ? "shadowed" : "other key" };
    }
    if (certificates.length === longestChain || includes(certificates, issuer))
      return { certificates, end: "too deep" };
    isTrusted = anchor !== undefined;
    certificates.push(issuer);
  }
}

/** The first that is valid now, or else the one that lasts longest. */
function issuerAmong(
  certificates: readonly X509Certificate[],
  child: X509Certificate,
  now: Date,
): X509Certificate | undefined {
  const all = certificates.filter((one) => mayHaveIssued(one, child));
  const ends = (one: X509Certificate) => validityOf(one).notAfter.getTime();
  return all.find((one) => !isTooEarly(one, now) && !isExpired(one, now)) ?? all.sort((a, b) => ends(b) - ends(a))[0];
}

/** By name and key identifier. `checkIssued` asks for keyCertSign too, for which OpenSSL asks later. */
function mayHaveIssued(one: X509Certificate, child: X509Certificate): boolean {
  if (child.checkIssued(one)) return true;
  if (child.issuer !== one.subject || (detailsOf(one).keyUsage?.includes("keyCertSign") ?? true)) return false;
  const [expected, own] = [detailsOf(child).authorityKeyId, detailsOf(one).subjectKeyId];
  return expected === undefined || own === undefined || expected === own;
}
