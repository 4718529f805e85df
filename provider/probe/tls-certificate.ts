// Why a served certificate does not satisfy Telegram, in words: found from the certificates, after OpenSSL's verdict.
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { commonName, namesOf, subjectName, waysToName, wildcardFor } from "../x509/names";
import { isExpired, timeText, validityOf } from "../x509/period";
import { listed, whereOf } from "./tls-facts";
import type { Problem } from "./tls-facts";
import { trustProblem } from "./tls-trust";
import type { Endpoint } from "./verdict";

const serverAuth = "1.3.6.1.5.5.7.3.1";
const soonDays = 7;

/** Telegram compares an IP address with IP names, but as a host name once a certificate is uploaded (tdlib/telegram-bot-api #746). */
export function nameProblem(leaf: X509Certificate, endpoint: Endpoint): Problem | undefined {
  const { host, uploaded } = endpoint;
  const isAddress = isIP(host) !== 0;
  const { asHost, asAddress } = waysToName(leaf, host);
  if (isAddress && uploaded === undefined ? asAddress : asHost) return undefined;
  const where = whereOf(endpoint);
  if (asAddress) {
    return {
      says: `${where} serves a certificate that gives ${host} as an IP name, which Telegram ignores when a certificate is uploaded.`,
      cure: makeAsHost(host),
    };
  }
  if (isAddress && asHost) {
    return {
      says: `${where} serves a certificate that gives ${host} as a host name; without an upload Telegram wants an IP name.`,
      cure: `Make it with SAN IP:${host}.`,
    };
  }
  const names = namesOf(leaf);
  const shown =
    names.length === 0 ? "names no host" : `is for ${listed(names)}, not for ${host}${nearMiss(leaf, host)}`;
  const says = `${where} serves a certificate that ${shown}.`;
  if (!isAddress) {
    return {
      says,
      cure: `Serve one for ${host} there; if the server has it, this is not what it chooses for that name.`,
    };
  }
  return {
    says,
    cure: uploaded === undefined ? `Make it with SAN IP:${host}, or use the host name in the URL.` : makeAsHost(host),
  };
}

const makeAsHost = (address: string): string =>
  `Make it with SAN DNS:${address}, or with CN=${address} and no DNS name.`;

/** Why a name that looks right does not count. */
function nearMiss(leaf: X509Certificate, host: string): string {
  const isBelow = (name: string) => name.startsWith("*.") && host.toLowerCase().endsWith(name.slice(1).toLowerCase());
  if (namesOf(leaf).some(isBelow)) return " (a wildcard stands for one label)";
  return commonName(leaf.subject) === host ? " (a common name does not count beside other names)" : "";
}

/** What OpenSSL rejects: `reason` is Node's name for it, or OpenSSL's own words. */
export function certificateProblem(reason: string, chain: X509Certificate[], endpoint: Endpoint): Problem {
  return (
    dateProblem(reason, chain, endpoint) ??
    purposeProblem(reason, chain, endpoint) ??
    strengthProblem(reason, chain, endpoint) ??
    trustProblem(reason, chain, endpoint) ?? {
      says: `${whereOf(endpoint)} serves a certificate that OpenSSL rejects: "${reason}".`,
      cure: "Make a new one.",
    }
  );
}

function dateProblem(reason: string, chain: X509Certificate[], endpoint: Endpoint): Problem | undefined {
  const order = (time: (one: X509Certificate) => number) => [...chain].sort((a, b) => time(a) - time(b));
  const serves = (one: X509Certificate) =>
    one === chain[0]
      ? `${whereOf(endpoint)} serves a certificate, ${subjectName(one)}, that`
      : `${whereOf(endpoint)} serves a certificate whose authority ${subjectName(one)}`;
  const [oldest] = order(({ validTo }) => Date.parse(validTo));
  if (reason === "CERT_HAS_EXPIRED" && oldest) {
    return {
      says: `${serves(oldest)} expired on ${timeText(validityOf(oldest).notAfter)}.`,
      cure:
        oldest === chain[0] ? "Renew it and reload the server, which keeps the old one until then." : renewAuthority,
    };
  }
  const youngest = order(({ validFrom }) => Date.parse(validFrom)).at(-1);
  if (reason === "CERT_NOT_YET_VALID" && youngest) {
    const cure = "Wait until then, or make one that is valid now; see that the clock is right where it was made.";
    return { says: `${serves(youngest)} is not valid before ${timeText(validityOf(youngest).notBefore)}.`, cure };
  }
  return undefined;
}

const renewAuthority = "Renew that authority's certificate and serve, or upload, the new one.";

function purposeProblem(reason: string, chain: X509Certificate[], endpoint: Endpoint): Problem | undefined {
  if (reason !== "INVALID_PURPOSE" && reason !== "INVALID_CA") return undefined;
  const where = whereOf(endpoint);
  const layman = chain.slice(1).find(({ ca }) => !ca);
  if (layman) {
    return {
      says: `${where} serves a certificate that ${subjectName(layman)} signed, which is not the certificate of an authority.`,
      cure: "Have it signed by an authority (basicConstraints CA:TRUE, keyUsage keyCertSign).",
    };
  }
  const stranger = chain.find(({ keyUsage }) => keyUsage && !keyUsage.includes(serverAuth)); // Node's keyUsage is the extended one
  if (stranger) {
    const whose =
      stranger === chain[0] ? `, ${subjectName(stranger)}, that` : ` whose authority ${subjectName(stranger)}`;
    return {
      says: `${where} serves a certificate${whose} is not for servers: its extended key usage lacks serverAuth.`,
      cure: "Make a new one with extendedKeyUsage serverAuth (or without that extension).",
    };
  }
  return {
    says: `${where} serves a certificate whose key usage is not that of a server.`,
    cure: "Make a new one with keyUsage digitalSignature (or without that extension).",
  };
}

function strengthProblem(reason: string, chain: X509Certificate[], endpoint: Endpoint): Problem | undefined {
  const where = whereOf(endpoint);
  if (/key too weak/i.test(reason)) {
    const bits = (one: X509Certificate) => one.publicKey.asymmetricKeyDetails?.modulusLength ?? Infinity;
    const weak = chain.find((one) => bits(one) < 2048);
    if (!weak) return undefined;
    return {
      says: `${where} serves a chain in which the key of ${subjectName(weak)} is too small: ${bits(weak)} bits.`,
      cure: "Make a new one with EC P-256, or RSA of 2048 bits.",
    };
  }
  if (!/digest algorithm too weak/i.test(reason)) return undefined;
  return {
    says: `${where} serves a chain with a signature that is too weak, such as SHA-1; OpenSSL says "${reason}".`,
    cure: "Make a new one that is signed with SHA-256.",
  };
}

/** What works, and yet somebody should know. The FAQ says that wildcard certificates may not be supported. */
export function certificateWarnings(chain: X509Certificate[], { host }: Endpoint, now: Date): string[] {
  const soon = new Date(now.getTime() + soonDays * 86_400_000);
  const isEnding = (one: X509Certificate) => isExpired(one, soon) && !isExpired(one, now);
  const warnings = chain
    .filter(isEnding)
    .map((one) => `The certificate ${subjectName(one)} expires on ${timeText(validityOf(one).notAfter)}.`);
  const wildcard = chain[0] && wildcardFor(chain[0], host);
  if (wildcard !== undefined) {
    warnings.push(`Only a wildcard, ${wildcard}, covers ${host}; Telegram's FAQ says that it may not support that.`);
  }
  return warnings;
}
