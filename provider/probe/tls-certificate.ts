// Why a served certificate does not satisfy Telegram, in the words of a check that has seen the endpoint.
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { rootCertificates } from "node:tls";
import { chainFlaws, isTrustFlaw, keyBits, nameFlaw } from "../x509/acceptance";
import type { ChainFlaw } from "../x509/acceptance";
import { commonName, namesOf, subjectName, wildcardFor } from "../x509/names";
import { certificatesIn } from "../x509/pem";
import { isEndingSoon, timeText, validityOf } from "../x509/period";
import { shortList, whereOf } from "./tls-facts";
import type { Problem } from "./tls-facts";
import { trustProblem } from "./tls-trust";
import type { Endpoint } from "./verdict";

export function servedNameProblem(leaf: X509Certificate, endpoint: Endpoint): Problem | undefined {
  const { host, uploaded } = endpoint;
  const where = whereOf(endpoint);
  const isUploaded = uploaded !== undefined;
  switch (nameFlaw(leaf, { host, isUploaded })?.kind) {
    case undefined:
      return undefined;
    case "IP name":
      return {
        says: `${where} serves a certificate that gives ${host} as an IP name, which Telegram ignores when a certificate is uploaded.`,
        cure: makeAsHost(host),
      };
    case "host name":
      return {
        says: `${where} serves a certificate that gives ${host} as a host name; without an upload Telegram wants an IP name.`,
        cure: `Make it with SAN IP:${host}.`,
      };
    case "other names":
      return {
        says: `${where} serves a certificate that ${shownNames(leaf, host)}.`,
        cure: otherName(host, isUploaded),
      };
  }
}

function otherName(host: string, isUploaded: boolean): string {
  if (isIP(host) === 0)
    return `Serve one for ${host} there; if the server has it, this is not what it chooses for that name.`;
  return isUploaded ? makeAsHost(host) : `Make it with SAN IP:${host}, or use the host name in the URL.`;
}

const makeAsHost = (address: string): string =>
  `Make it with SAN DNS:${address}, or with CN=${address} and no DNS name.`;

function shownNames(leaf: X509Certificate, host: string): string {
  const names = namesOf(leaf);
  return names.length === 0 ? "names no host" : `is for ${shortList(names)}, not for ${host}${nearMiss(leaf, host)}`;
}

/** Why a name that looks right does not count. */
function nearMiss(leaf: X509Certificate, host: string): string {
  const isBelow = (name: string) => name.startsWith("*.") && host.toLowerCase().endsWith(name.slice(1).toLowerCase());
  if (namesOf(leaf).some(isBelow)) return " (a wildcard stands for one label)";
  return commonName(leaf.subject) === host ? " (a common name does not count beside other names)" : "";
}

/** What Node names a rejection by OpenSSL, and OpenSSL's own words where Node has no name; flaws that it can mean. */
const meanings: [reason: RegExp, ...ChainFlaw["kind"][]][] = [
  [/^CERT_HAS_EXPIRED$/, "expired"],
  [/^CERT_NOT_YET_VALID$/, "not yet valid"],
  [/^INVALID_(?:PURPOSE|CA)$/, "no authority", "not for servers", "not for handshakes"],
  [/^(?:PATH_LENGTH_EXCEEDED|CERT_CHAIN_TOO_LONG)$/, "path length", "too deep"],
  [/key too weak/i, "weak key"],
  [/digest algorithm too weak/i, "weak signature"],
  [
    /^(?:UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED)$/,
    "no issuer",
    "other key",
    "shadowed",
    "untrusted root",
  ],
];

/** OpenSSL has rejected the chain; the judge says what is wrong with which certificate. */
export function rejectionProblem(reason: string, chain: X509Certificate[], endpoint: Endpoint, now: Date): Problem {
  const { uploaded, publicAuthorities = rootCertificates } = endpoint;
  const [leaf, ...others] = chain;
  const trusted = certificatesIn(uploaded ?? publicAuthorities.join("\n"));
  const kinds = meanings.find(([pattern]) => pattern.test(reason))?.slice(1) ?? [];
  const flaw = leaf && chainFlaws([leaf, ...others], { trusted, now }).find(({ kind }) => kinds.includes(kind));
  if (flaw) return flawProblem(flaw, reason, chain, endpoint);
  return {
    says: `${whereOf(endpoint)} serves a certificate that OpenSSL rejects: "${reason}".`,
    cure: "Make a new one.",
  };
}

function flawProblem(flaw: ChainFlaw, reason: string, chain: X509Certificate[], endpoint: Endpoint): Problem {
  if (isTrustFlaw(flaw)) return trustProblem(flaw, chain, endpoint);
  const { kind, at } = flaw;
  const [where, name, isLeaf] = [whereOf(endpoint), subjectName(at), at === chain[0]];
  const serves = `${where} serves a certificate${isLeaf ? `, ${name}, that` : ` whose authority ${name}`}`;
  switch (kind) {
    case "expired":
      return {
        says: `${serves} expired on ${timeText(validityOf(at).notAfter)}.`,
        cure: isLeaf
          ? "Renew it and reload the server, which keeps the old one until then."
          : "Renew that authority's certificate and serve, or upload, the new one.",
      };
    case "not yet valid":
      return {
        says: `${serves} is not valid before ${timeText(validityOf(at).notBefore)}.`,
        cure: "Wait until then, or make one that is valid now; see that the clock is right where it was made.",
      };
    case "no authority":
      return {
        says: `${where} serves a certificate that ${name} signed, which is not the certificate of an authority.`,
        cure: "Have it signed by an authority (basicConstraints CA:TRUE, keyUsage keyCertSign).",
      };
    case "path length":
      return {
        says: `${where} serves a certificate with more intermediates than ${name} allows.`,
        cure: "Have it signed by an authority nearer to the root.",
      };
    case "not for servers":
      return {
        says: `${serves} is not for servers: its extended key usage lacks serverAuth.`,
        cure: "Make a new one with extendedKeyUsage serverAuth (or without that extension).",
      };
    case "not for handshakes":
      return {
        says: `${where} serves a certificate whose key usage is not that of a server.`,
        cure: "Make a new one with keyUsage digitalSignature (or without that extension).",
      };
    case "weak key":
      return {
        says: `${where} serves a chain in which the key of ${name} is too small: ${keyBits(at)} bits.`,
        cure: "Make a new one with EC P-256, or RSA of 2048 bits.",
      };
    case "weak signature":
      return {
        says: `${where} serves a chain with a signature that is too weak, such as SHA-1; OpenSSL says "${reason}".`,
        cure: "Make a new one that is signed with SHA-256.",
      };
  }
}

/** What works, and yet somebody should know. The FAQ says that wildcard certificates may not be supported. */
export function certificateWarnings(chain: X509Certificate[], { host }: Endpoint, now: Date): string[] {
  const warnings = chain
    .filter((one) => isEndingSoon(one, now))
    .map((one) => `The certificate ${subjectName(one)} expires on ${timeText(validityOf(one).notAfter)}.`);
  const wildcard = chain[0] && wildcardFor(chain[0], host);
  if (wildcard !== undefined) {
    warnings.push(`Only a wildcard, ${wildcard}, covers ${host}; Telegram's FAQ says that it may not support that.`);
  }
  return warnings;
}
