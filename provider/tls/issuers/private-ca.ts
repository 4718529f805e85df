// An authority whose key the program has signs: Telegram trusts its roots, and the old roots until the next change.
import { secret, text } from "../../core/leaf";
import { flawText } from "../../probe/certificate-words";
import { chainFlaws } from "../../x509/acceptance";
import { anchorOf, isSelfSigned, isSignedBy, maySign } from "../../x509/chain";
import { blocksOf, bundle, certificatesIn, certificatesText, holds, keyText, readKey } from "../../x509/pem";
import { certificatesProblem, privateKeyTextProblem } from "../../x509/pem-problems";
import { timeText, validityOf } from "../../x509/period";
import * as anchors from "../anchors";
import { noticeParts } from "../notices";
import { issuerModule } from "./module";
import type { IssuedCertificate } from "./module";

const settings = {
  /** The signing certificate, then intermediates and every root that Telegram must trust, PEM: an output of a CertificateAuthority. */
  certificatePem: text(certificateTextProblem, { compared: certificatesText }),
  /** The private key of the first certificate, PEM. */
  privateKeyPem: secret(text((key) => privateKeyTextProblem(key, "tls"), { compared: keyText })),
} as const;

export const privateCa = issuerModule({
  name: "privateCa",
  settings,
  problem: ({ certificatePem, privateKeyPem }) =>
    authorityProblem(certificatePem) ?? keyProblem(certificatePem, privateKeyPem),
  cannot(_certificate, { certificatePem, privateKeyPem }, now) {
    if (certificatePem === undefined) return [];
    // With the key known, `problem` has judged the text.
    const flaw = privateKeyPem === undefined ? authorityProblem(certificatePem) : undefined;
    const says = flaw ?? chainProblem(certificatePem, now);
    return says === undefined ? [] : [{ field: "issuer", level: "problem", says }];
  },

  isTrustedAlready({ certificatePem }, { certificate }) {
    const anchor = anchorOf(certificatePem);
    return anchor !== undefined && holds(certificate.uploadPem, anchor);
  },

  reissueReason({ certificatePem }, { certificate }) {
    const [[served], [issuing]] = [certificatesIn(certificate.certificatePem), certificatesIn(certificatePem)];
    const isIssuedBy =
      served !== undefined && issuing !== undefined && served.issuer === issuing.subject && isSignedBy(served, issuing);
    return isIssuedBy ? undefined : noticeParts.authority();
  },

  async issue({ certificate, settings: authority, old }, context) {
    const { makeLeaf } = require("../../x509/make") as typeof import("../../x509/make");
    const { names, keyType, validityDays } = certificate;
    const { intermediates, roots } = partsOf(authority.certificatePem);
    const period = anchors.periodOf(context.now(), validityDays);
    const [issuing] = certificatesIn(authority.certificatePem);
    const ends = Math.min(period.notAfter.getTime(), Date.parse(issuing?.validTo ?? ""));
    const made = await makeLeaf(names, authority, {
      keyType,
      period: { ...period, notAfter: new Date(ends) },
      randomBytes: (size) => context.randomBytes(size),
    });
    const served = { ...made, certificatePem: bundle([made.certificatePem, intermediates]) };
    const previousPem = anchorBefore(old, roots);
    const facts = {
      ...anchors.certificateFacts(served, anchors.daysLater(context.now(), validityDays)),
      ...(previousPem !== undefined && { previousPem }),
      uploadPem: bundle([previousPem ?? "", roots]),
    };
    if (ends === period.notAfter.getTime()) return { facts };
    return { facts, warnings: [noticeParts.endsWithIssuer({ notAfter: facts.notAfter, validityDays })] };
  },

  /** Only other roots: with the same text, the anchor of what was served before them stays as well. */
  update({ settings: { certificatePem }, old: { certificate, settings: before } }) {
    const isSame = certificatesText(before?.certificatePem ?? "") === certificatesText(certificatePem);
    if (isSame) return Promise.resolve(certificate);
    const { previousPem: _gone, ...rest } = certificate;
    return Promise.resolve({ ...rest, uploadPem: partsOf(certificatePem).roots });
  },
});

/** Whether Telegram accepts the authority's chain at this time. */
function chainProblem(certificatePem: string, now: Date): string | undefined {
  const certificates = certificatesIn(certificatePem);
  const [first, ...others] = certificates;
  const flaw = first && chainFlaws([first, ...others], { trusted: certificates, now }, 1)[0];
  if (flaw === undefined) return undefined;
  return flaw.kind === "expired" && flaw.at === first
    ? `must be valid now; the first certificate of certificatePem expired ${timeText(validityOf(first).notAfter)}, make a new one`
    : `must be an authority that Telegram accepts; ${flawText(flaw)}`;
}

function certificateTextProblem(pem: string): string | undefined {
  return certificatesProblem(pem, {
    privateKey: "must hold certificates only, since it is not secret; the private key goes to privateKeyPem",
  });
}

/** The first certificate signs; a root must be among them, since Telegram trusts nothing less. */
function authorityProblem(pem: string): string | undefined {
  const certificates = certificatesIn(pem);
  if (!certificates[0] || !maySign(certificates[0], isSelfSigned(certificates[0])))
    return "must have a CA's certificate first in certificatePem; got one that may not sign others";
  if (anchorOf(pem)) return undefined;
  return "must have the self-signed root in certificatePem too, since Telegram trusts nothing less; add it after the others";
}

function keyProblem(certificatePem: string, privateKeyPem: string): string | undefined {
  const key = readKey(privateKeyPem);
  if (!["ec", "rsa"].includes(key?.asymmetricKeyType ?? "")) return "must have an EC or RSA key as privateKeyPem";
  if (key && certificatesIn(certificatePem)[0]?.checkPrivateKey(key)) return undefined;
  return "must have the private key of the first certificate in certificatePem as privateKeyPem; got another's";
}

/** What goes with the leaf, and what Telegram is to trust. */
function partsOf(certificatePem: string): { intermediates: string; roots: string } {
  const blocks = blocksOf(certificatePem);
  const areRoots = certificatesIn(certificatePem).map(isSelfSigned);
  return {
    intermediates: bundle(blocks.filter((_, at) => !areRoots[at])),
    roots: bundle(blocks.filter((_, at) => areRoots[at])),
  };
}

/** The anchor of what is served until now, if it is none of the roots: it stays trusted until the next change. */
function anchorBefore(old: IssuedCertificate<object> | undefined, roots: string): string | undefined {
  const anchor = old && anchorOf(old.certificate.certificatePem, old.certificate.uploadPem);
  return anchor === undefined || holds(roots, anchor) ? undefined : anchor.toString();
}
