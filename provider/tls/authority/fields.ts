// What a CertificateAuthority takes and keeps, and when its age alone asks for a new root.
import type { Fields, Logic } from "../../core/logic";
import { dueChanges } from "../ageing";
import { madeFacts } from "../anchors";
import type { MadeFacts } from "../anchors";
import { lines } from "../notices";
import * as rules from "../rules";
import type { KeyType } from "../../x509/make";

/** The arguments in normal form, as stored. */
export interface AuthorityInputs {
  commonName: string;
  keyType: KeyType;
  validityDays: number;
  renewBeforeDays: number;
  rotateTrigger?: string;
}

/** What is made. */
export type AuthorityFacts = MadeFacts;

export type AuthorityState = AuthorityInputs & AuthorityFacts;

export const authorityFields: Fields<AuthorityInputs> = {
  commonName: { kind: "string", default: "Telegram bot CA", problem: rules.commonNameProblem },
  keyType: { kind: "string", default: "ec-p256", problem: rules.keyTypeProblem },
  validityDays: { kind: "number", default: 3650, problem: rules.daysProblem(2, 7300) },
  renewBeforeDays: { kind: "number", default: 365, problem: rules.daysProblem(1, 7299) },
  rotateTrigger: { kind: "string", optional: true, problem: rules.triggerProblem },
};

/** The authority's logic. Nothing replaces it, and there is nothing outside the state that two of them could share. */
export function authorityLogic(
  lifecycle: Logic<AuthorityInputs, AuthorityFacts>["lifecycle"],
): Logic<AuthorityInputs, AuthorityFacts> {
  return {
    type: "CertificateAuthority",
    schemaVersion: 1,
    fields: authorityFields,
    facts: madeFacts,
    check: ({ known }) => rules.daysFindings(known),
    diff: (old, { known }, now) =>
      dueChanges(old, known.renewBeforeDays, now, { isServed: false, line: (due) => lines.rootDue(due) }),
    lifecycle,
  };
}
