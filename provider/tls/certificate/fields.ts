// What a TlsCertificate takes and keeps, when its age alone asks for a new one, and which changes cannot be gapless.
import type { Change, Fields, Finding, Logic, CheckInput } from "../../core/logic";
import { flawText } from "../../probe/certificate-words";
import { chainFlaws } from "../../x509/acceptance";
import { anchorOf } from "../../x509/chain";
import { certificatesIn, holds } from "../../x509/pem";
import { timeText, validityOf } from "../../x509/period";
import { isDue, madeFacts } from "../anchors";
import type { MadeFacts } from "../anchors";
import * as rules from "../rules";
import type { KeyType } from "../../x509/make";
import type { Issuer } from "../rules";

/** The arguments in normal form, as stored. */
export interface CertificateInputs {
  names: string[];
  issuer: Issuer;
  keyType: KeyType;
  validityDays: number;
  renewBeforeDays: number;
  rotateTrigger?: string;
}

/** What is made. */
export type CertificateFacts = MadeFacts;

export type CertificateState = CertificateInputs & CertificateFacts;

export const certificateFields: Fields<CertificateInputs> = {
  names: { kind: "strings", required: true, problem: rules.namesProblem, accept: rules.normalNames },
  issuer: { kind: "choice", required: true, choice: rules.issuer },
  keyType: { kind: "string", default: "ec-p256", problem: rules.keyTypeProblem },
  validityDays: { kind: "number", default: 365, problem: rules.daysProblem(2, 3650) },
  renewBeforeDays: { kind: "number", default: 30, problem: rules.daysProblem(1, 3649) },
  rotateTrigger: { kind: "string", optional: true, problem: rules.triggerProblem },
};

/** The certificate's logic. Nothing replaces it, and there is nothing outside the state that two of them could share. */
export function certificateLogic(
  lifecycle: Logic<CertificateInputs, CertificateFacts>["lifecycle"],
): Logic<CertificateInputs, CertificateFacts> {
  return {
    type: "TlsCertificate",
    schemaVersion: 1,
    fields: certificateFields,
    facts: madeFacts,
    check: (seen, now) => [...rules.daysFindings(seen.known), ...issuerFindings(seen, now)],
    diff: (old, seen, now) => [
      ...(isDue(old, seen.known.renewBeforeDays, now) ? [{ field: "retiresAt", effect: "update" } as const] : []),
      ...gaps(old, seen),
    ],
    lifecycle,
  };
}

function issuerFindings({ known }: CheckInput<CertificateInputs>, now: Date): Finding[] {
  if (!known.issuer || !("privateCa" in known.issuer)) return [];
  const certificates = certificatesIn(known.issuer.privateCa.certificatePem);
  const [first, ...others] = certificates;
  const flaw = first && chainFlaws([first, ...others], { trusted: certificates, now }, 1)[0];
  if (flaw === undefined) return [];
  const says =
    flaw.kind === "expired" && flaw.at === first
      ? `must be valid now; the first certificate of certificatePem expired ${timeText(validityOf(first).notAfter)}, make a new one`
      : `must be an authority that Telegram accepts; ${flawText(flaw)}`;
  return [{ field: "issuer", level: "problem", says }];
}

/** Changes after which Telegram does not trust what is served until the webhook has uploaded: it tries again then. */
function gaps(old: CertificateState, { known }: CheckInput<CertificateInputs>): Change[] {
  const changes: Change[] = [];
  const add = (field: string, what: string) =>
    changes.push({
      field,
      effect: "update",
      says:
        `${what}. Telegram's deliveries fail from the moment the new certificate is served until the webhook has ` +
        "uploaded it; it sends them again, so they come late and none is lost",
    });
  if (known.names && known.names.join() !== old.names.join()) {
    add("names", `names change from ${old.names.join(", ")} to ${known.names.join(", ")}`);
  }
  if (known.issuer && !isTrustedAlready(old, known.issuer)) {
    add("issuer", "the new issuer is none that the webhook has uploaded in advance");
  }
  return changes;
}

function isTrustedAlready(old: CertificateState, issuer: Issuer): boolean {
  if (!("privateCa" in issuer)) return "selfSigned" in old.issuer;
  const anchor = anchorOf(issuer.privateCa.certificatePem);
  return anchor !== undefined && holds(old.uploadPem, anchor);
}
