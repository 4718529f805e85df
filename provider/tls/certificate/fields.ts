// What a TlsCertificate takes and keeps, when its age alone asks for a new one, and which changes cannot be gapless.
import type { Change, CheckInput, ChoiceOf, Fields, Finding, Logic } from "../../core/logic";
import { dueChanges } from "../ageing";
import { issuedFacts } from "../anchors";
import type { IssuedFacts } from "../anchors";
import { issuerNamed, issuerOf } from "../issuers";
import type { StoredIssuer, Issuers } from "../issuers";
import { areSameNames } from "../issuers/module";
import type { RequestedCertificate } from "../issuers/module";
import { lines, previewWarnings } from "../notices";
import * as rules from "../rules";

/** The arguments in normal form, as stored. */
export interface CertificateInputs extends RequestedCertificate {
  issuer: StoredIssuer;
}

/** What is made. */
export type CertificateFacts = IssuedFacts;

export type CertificateState = CertificateInputs & CertificateFacts;

/** With the issuers that may sign. */
export function certificateFields(choice: ChoiceOf<StoredIssuer>): Fields<CertificateInputs> {
  return {
    names: { kind: "strings", required: true, problem: rules.namesProblem, accept: rules.normalNames },
    issuer: { kind: "choice", required: true, choice },
    keyType: { kind: "string", default: "ec-p256", problem: rules.keyTypeProblem },
    validityDays: { kind: "number", default: 365, problem: rules.daysProblem(2, 3650) },
    renewBeforeDays: { kind: "number", default: 30, problem: rules.daysProblem(1, 3649) },
    rotateTrigger: { kind: "string", optional: true, problem: rules.triggerProblem },
  };
}

/**
 * The certificate's logic. Nothing replaces it, and there is nothing outside the state that two of them could share.
 * `modules` and `choice`: who can sign.
 */
export function certificateLogic(
  lifecycle: Logic<CertificateInputs, CertificateFacts>["lifecycle"],
  modules: Issuers,
  choice: ChoiceOf<StoredIssuer>,
): Logic<CertificateInputs, CertificateFacts> {
  return {
    type: "TlsCertificate",
    schemaVersion: 1,
    fields: certificateFields(choice),
    facts: issuedFacts,
    check: (seen, now) => [
      ...(issuerNamed(seen.choices.issuer?.branch, modules)?.decidesLife ? [] : rules.daysFindings(seen.known)),
      ...issuerFindings(seen, modules, now),
    ],
    diff: (old, seen, now) => [
      ...dueChanges(old, seen.known.renewBeforeDays, now, { isServed: true, line: (due) => lines.renewalDue(due) }),
      ...gaps(old, seen, modules),
    ],
    lifecycle,
  };
}

/** What the issuer cannot do. */
function issuerFindings({ known, choices }: CheckInput<CertificateInputs>, modules: Issuers, now: Date): Finding[] {
  const { branch, settings = {} } = choices.issuer ?? {};
  const { issuer: _issuer, ...certificate } = known;
  return issuerNamed(branch, modules)?.cannot(certificate, settings, now) ?? [];
}

/** Changes after which Telegram does not trust what is served until the webhook has uploaded: it tries again then. */
function gaps(old: CertificateState, { known }: CheckInput<CertificateInputs>, modules: Issuers): Change[] {
  const changes: Change[] = [];
  const add = (field: string, says: string) => changes.push({ field, effect: "update", says });
  const isTrusted = !known.issuer || isTrustedAlready(old, known.issuer, modules);
  const isUploaded = old.uploadPem !== "" || !isTrusted;
  if (known.names && isUploaded && !areSameNames({ names: known.names }, old)) {
    add("names", previewWarnings.otherNames({ before: old.names.join(", "), names: known.names.join(", ") }));
  }
  if (!isTrusted) add("issuer", previewWarnings.otherIssuer());
  return changes;
}

function isTrustedAlready(old: CertificateState, wanted: StoredIssuer, modules: Issuers): boolean {
  const { module, settings, settingsIn } = issuerOf(wanted, modules);
  return module.isTrustedAlready(settings, { certificate: old, settings: settingsIn(old.issuer) });
}
