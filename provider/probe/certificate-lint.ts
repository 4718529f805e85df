// Says whether Telegram will accept a certificate for a URL, why not, and what to do: from the texts alone, offline.
// Sources: `SslCtx.cpp`, `SslStream.cpp` of td (49b3bcb), own runs with OpenSSL 3.0.19 and Node 20 (Oct 2026).
import { isIP } from "node:net";
import { rootCertificates } from "node:tls";
import type { X509Certificate } from "node:crypto";
import { chainFlaw } from "../x509/acceptance";
import type { Flaw } from "../x509/acceptance";
import { isRoot, isSelfSigned } from "../x509/chain";
import { namesOf, subjectName } from "../x509/names";
import { certificatesIn, textFlaw } from "../x509/pem";
import { timeText, validityOf } from "../x509/period";
import type { Outcome } from "./verdict";

/** What is to be judged. */
export interface CertificateToLint {
  /** PEM that the endpoint serves: its certificate first, then the chain. */
  certificatePem: string;
  /** The webhook's URL. */
  url: string;
  /**
   * What the webhook uploads. `true`: certificatePem itself, of which the endpoint serves one; a text: that PEM; `false`:
   * nothing, so that the public authorities count.
   */
  uploaded: boolean | string;
  /** PEM of the authorities that are public; default those of Node.js, with which a root that they do not have cannot be judged. */
  publicAuthorities?: string[];
  /** Default now. */
  now?: Date;
}

/** Whether Telegram will accept it. Whole sentences without a secret. */
export interface CertificateVerdict {
  outcome: Outcome;
  says: string;
  /** What to do, with every outcome but "pass". */
  cure?: string;
}

/** Judges a certificate as Telegram's server does when it delivers: trust, names, dates, purpose, strength. */
export function lintCertificate({
  certificatePem,
  url,
  uploaded,
  publicAuthorities,
  now = new Date(),
}: CertificateToLint): CertificateVerdict {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  if (host === "" || host.startsWith("["))
    return fail("The url has no host that Telegram delivers to.", "Give an https URL.");
  const uploadPem = uploaded === true ? certificatePem : uploaded === false ? undefined : uploaded;
  const unreadable = textProblem(certificatePem, "The certificate") ?? textProblem(uploadPem, "What is uploaded");
  if (unreadable) return unreadable;
  const served = certificatesIn(certificatePem);
  if (uploadPem === undefined) return judgePublic(served, host, now, publicAuthorities);
  const trusted = certificatesIn(uploadPem);
  if (uploaded !== true) return judgeUploaded(served, trusted, host, now);
  const hasRoot = served.some((one) => isSelfSigned(one) && isRoot(one));
  const leaves = served.filter((one) => (hasRoot ? !one.ca && !isSelfSigned(one) : !isRoot(one)));
  if (leaves.length === 0) {
    return {
      outcome: "cannot tell",
      says: "What is uploaded holds authorities only, so the names of what is served are not known.",
      cure: `Serve a certificate of one of them for ${host}.`,
    };
  }
  const verdicts = leaves.map((leaf) =>
    judgeUploaded([leaf, ...served.filter((one) => one !== leaf)], trusted, host, now),
  );
  return verdicts.find(({ outcome }) => outcome === "pass") ?? (verdicts[0] as CertificateVerdict);
}

function textProblem(pem: string | undefined, what: string): CertificateVerdict | undefined {
  if (pem === undefined) return undefined;
  switch (textFlaw(pem)?.kind) {
    case "private key":
      return fail(`${what} holds a private key.`, "Give the CERTIFICATE blocks only.");
    case "no certificate":
      return fail(`${what} has no CERTIFICATE block in PEM.`, "Give PEM; convert DER or PKCS#12 with openssl.");
    case "damaged":
      return fail(`${what} has a CERTIFICATE block that is cut off or damaged.`, "Copy it again.");
    default:
      return undefined;
  }
}

/** Only the upload is trusted, whole chains only, and an IP address is compared as a host name. */
function judgeUploaded(
  served: X509Certificate[],
  trusted: X509Certificate[],
  host: string,
  now: Date,
): CertificateVerdict {
  const leaf = served[0] as X509Certificate;
  const flaw = chainFlaw(leaf, served.slice(1), trusted, now);
  if (flaw) return fail(`Telegram does not trust the certificate: ${flaw.says}.`, cureOf(flaw, leaf, trusted));
  if (leaf.checkHost(host) !== undefined) return pass(leaf, host);
  if (isIP(host) !== 0 && leaf.checkIP(host) !== undefined) {
    return fail(
      `The certificate names ${host} as an IP name, which Telegram ignores in an upload.`,
      `Make it with CN=${host} and no DNS name, or with SAN DNS:${host}.`,
    );
  }
  return fail(`The certificate is not for ${host}: ${namesIn(leaf)}.`, `Make it for ${host}.`);
}

function cureOf({ kind, at }: Flaw, leaf: X509Certificate, trusted: X509Certificate[]): string {
  if (kind === "expired" || kind === "not yet valid") return `Renew ${subjectName(at)}, and check the clock.`;
  if (kind === "weak") return "Make it with a P-256 key, or RSA of 2048 bits or more, and SHA-256.";
  if (kind === "purpose") return "Make it for servers: extendedKeyUsage serverAuth, keyUsage digitalSignature.";
  if (kind === "no authority" || kind === "too long") return "Have it signed by an authority that may.";
  if (kind === "self-signed")
    return "Upload the certificate that is served, or its root; or nothing, if its root is public.";
  const isUploaded = trusted.some(({ fingerprint256 }) => fingerprint256 === leaf.fingerprint256);
  return isUploaded
    ? "Upload the root of its authority too, since a certificate of an authority is no trust anchor; or nothing, if that is public."
    : "Serve the intermediates and upload the root; or upload nothing, if its root is public.";
}

/** Public authorities count, the chain must be served, and an IP address must be an IP name. */
function judgePublic(
  served: X509Certificate[],
  host: string,
  now: Date,
  authorities: string[] | undefined,
): CertificateVerdict {
  const leaf = served[0] as X509Certificate;
  const flaw = chainFlaw(leaf, served.slice(1), certificatesIn((authorities ?? rootCertificates).join("\n")), now);
  const isIncomplete = flaw?.kind === "no issuer";
  const isUnknownRoot = flaw?.kind === "self-signed" && flaw.at !== leaf;
  if (flaw && authorities === undefined && (isIncomplete || isUnknownRoot)) {
    return {
      outcome: "cannot tell",
      says: `Whether Telegram trusts the certificate cannot be told offline: ${flaw.says}.`,
      cure: "Serve its intermediates; if its authority is private, upload the root.",
    };
  }
  if (flaw) return fail(`Telegram does not trust the certificate: ${flaw.says}.`, publicCureOf(flaw, leaf));
  const isNamed = isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host);
  if (isNamed !== undefined) return pass(leaf, host);
  const kind = isIP(host) === 0 ? "" : " as an IP name";
  return fail(`The certificate is not for ${host}${kind}: ${namesIn(leaf)}.`, `Get one for ${host}${kind}.`);
}

function publicCureOf(flaw: Flaw, leaf: X509Certificate): string {
  if (flaw.kind === "self-signed") return `Upload ${flaw.at === leaf ? "it" : "that root"} with the webhook.`;
  if (flaw.kind === "no issuer") return "Serve its intermediates; if its authority is private, upload the root.";
  return cureOf(flaw, leaf, []);
}

function namesIn(leaf: X509Certificate): string {
  const names = namesOf(leaf);
  return names.length === 0 ? "it names no host" : `it is for ${names.slice(0, 5).join(", ")}`;
}

function pass(leaf: X509Certificate, host: string): CertificateVerdict {
  return { outcome: "pass", says: `Telegram accepts it for ${host} until ${timeText(validityOf(leaf).notAfter)}.` };
}

function fail(says: string, cure: string): CertificateVerdict {
  return { outcome: "fail", says, cure };
}
