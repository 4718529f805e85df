// Says whether Telegram will accept a certificate for a URL, why not, and what to do: from the texts alone, offline.
import { rootCertificates } from "node:tls";
import type { X509Certificate } from "node:crypto";
import { bestOf, flawsOf, isNameFlaw } from "../x509/acceptance";
import type { Circumstances, Flaw } from "../x509/acceptance";
import { certificatesIn, textFlaw } from "../x509/pem";
import { timeText, validityOf } from "../x509/period";
import { testAuthorityOf } from "../x509/test-authorities";
import { flawCure, flawText, nameWords } from "./certificate-words";
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
  const [leaf, ...others] = certificatesIn(certificatePem) as [X509Certificate, ...X509Certificate[]];
  const isUploaded = uploadPem !== undefined;
  const trusted = certificatesIn(uploadPem ?? (publicAuthorities ?? rootCertificates).join("\n"));
  const asked = { host, trusted, isUploaded, now };
  if (uploaded !== true) {
    const canTell = isUploaded || publicAuthorities !== undefined;
    return verdictOf(leaf, flawsOf([leaf, ...others], asked), asked, canTell);
  }
  const best = bestOf(trusted, asked);
  if (best) return verdictOf(best.leaf, best.flaws, asked, true);
  return {
    outcome: "cannot tell",
    says: "What is uploaded holds authorities only, so the names of what is served are not known.",
    cure: `Serve a certificate of one of them for ${host}.`,
  };
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

/** The first flaw counts. Without all authorities at hand, whether an unknown one is public cannot be told. */
function verdictOf(leaf: X509Certificate, flaws: Flaw[], asked: Circumstances, canTell: boolean): CertificateVerdict {
  const isUnknown = ({ kind, at }: Flaw) =>
    (kind === "no issuer" || (kind === "untrusted root" && at !== leaf)) && !testAuthorityOf([at]);
  const flaw = flaws.find((one) => canTell || !isUnknown(one)) ?? flaws[0];
  if (flaw === undefined) {
    const until = timeText(validityOf(leaf).notAfter);
    return { outcome: "pass", says: `Telegram accepts it for ${asked.host} until ${until}.` };
  }
  if (isNameFlaw(flaw)) return fail(...nameWords(flaw, asked));
  const [says, cure] = [flawText(flaw), flawCure(flaw, leaf, asked)];
  if (canTell || !isUnknown(flaw)) return fail(`Telegram does not trust the certificate: ${says}.`, cure);
  return {
    outcome: "cannot tell",
    says: `Whether Telegram trusts the certificate cannot be told offline: ${says}.`,
    cure: "Serve its intermediates; if its authority is private, upload the root.",
  };
}

function fail(says: string, cure: string): CertificateVerdict {
  return { outcome: "fail", says, cure };
}
