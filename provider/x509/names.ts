// For whom a certificate is, and by whom: host names and IP addresses, and what people call it.
// Sources: RFC 5280, RFC 6125, `SslStream.cpp` of td (49b3bcb), own runs with OpenSSL 3.0.19 and Node 20 (Oct 2026).
import type { X509Certificate } from "node:crypto";
import { isIP, isIPv4 } from "node:net";

const longestCommonName = 64; // RFC 5280, ub-common-name
const hostLike = /^[a-z0-9*_-]+(?:\.[a-z0-9_-]+)+$/i;

/** The host names and IP addresses it gives: its alternative names, and the common name if none of these is a DNS name. */
export function namesOf({ subject, subjectAltName = "" }: X509Certificate): string[] {
  const plain = subjectAltName.replace(/"(?:[^"\\]|\\[^])*"?/g, ""); // Node quotes what is no name of a host
  const alternative = [...plain.matchAll(/(DNS|IP Address):([^,\s]+)/g)];
  const names = alternative.map(([, , name = ""]) => name);
  const common = commonName(subject) ?? "";
  const counts = hostLike.test(common) && alternative.every(([, kind]) => kind !== "DNS");
  return [...new Set(counts ? [...names, common] : names)];
}

/** How a certificate gives a host: as a host name (a common name counts if there is no DNS name), as an IP name, or both. */
export function waysToName(certificate: X509Certificate, host: string): { asHost: boolean; asAddress: boolean } {
  return {
    asHost: certificate.checkHost(host) !== undefined,
    asAddress: isIP(host) !== 0 && certificate.checkIP(host) !== undefined,
  };
}

/** The wildcard by which alone a certificate gives a host name. */
export function wildcardFor(certificate: X509Certificate, host: string): string | undefined {
  if (isIP(host) !== 0 || certificate.checkHost(host, { wildcards: false }) !== undefined) return undefined;
  return namesOf(certificate).find((name) => name.includes("*"));
}

/** What people call it, in quotes: the common name, or else the organisation, or the first of its names. */
export function subjectName(certificate: X509Certificate): string {
  const { subject } = certificate;
  return quoted(commonName(subject) ?? organisation(subject) ?? namesOf(certificate)[0]);
}

/** What people call the one that signed it, in quotes. */
export function issuerName({ issuer }: X509Certificate): string {
  return quoted(commonName(issuer) ?? organisation(issuer));
}

const quoted = (name = "(without a name)"): string => `"${name.replace(/[^ -~]/g, "?").slice(0, 100)}"`;

/** Of a subject or issuer as Node gives it, a line for each attribute. */
export const commonName = (subject: string): string | undefined => /^CN=(.*)$/m.exec(subject)?.[1];
export const organisation = (subject: string): string | undefined => /^O=(.*)$/m.exec(subject)?.[1];

/** The subject's name for these names: the first one, or nothing if it would be too long; the others count then. */
export function commonNameFor([first = ""]: readonly string[]): string | undefined {
  return first.length <= longestCommonName ? first : undefined;
}

/**
 * An IP address stands as IP name for public clients. For Telegram, which compares an upload's names as host names, it
 * is the common name if it is alone, and a DNS name too otherwise.
 */
export function alternativeNamesFor(names: readonly string[]): { hosts: string[]; addresses: string[] } {
  return {
    hosts: names.filter((name) => names.length > 1 || !isIPv4(name)),
    addresses: names.filter((name) => isIPv4(name)),
  };
}
