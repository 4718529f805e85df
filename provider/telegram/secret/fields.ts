// What a WebhookSecret takes and keeps, and when its age alone asks for a rotation.
import type { Facts, Fields, Logic } from "../../core/logic";
import { rotateAfterDaysProblem, triggerProblem } from "../rules";

/** The arguments as stored. */
export interface SecretInputs {
  rotateTrigger?: string;
  revokePreviousTrigger?: string;
  rotateAfterDays?: number;
}

/** What is made. */
export interface SecretFacts {
  current: string;
  /** The current one first, then the one before it unless that was revoked. */
  accepted: string[];
  version: number;
  rotatedAt: string;
}

export type SecretState = SecretInputs & SecretFacts;

export const secretFields: Fields<SecretInputs> = {
  rotateTrigger: { kind: "string", optional: true, problem: triggerProblem },
  revokePreviousTrigger: { kind: "string", optional: true, problem: triggerProblem },
  rotateAfterDays: { kind: "number", optional: true, problem: rotateAfterDaysProblem },
};

export const secretFacts: Facts<SecretFacts> = {
  current: { kind: "string", secret: true },
  accepted: { kind: "strings", secret: true },
  version: { kind: "number" },
  rotatedAt: { kind: "string" },
};

const millisecondsADay = 86_400_000;

/** Whether the last rotation is at least so many days ago. */
export function isRotationDue({ rotatedAt }: SecretFacts, rotateAfterDays: number | undefined, now: Date): boolean {
  return rotateAfterDays !== undefined && now.getTime() - Date.parse(rotatedAt) >= rotateAfterDays * millisecondsADay;
}

/** The secret's logic. Nothing replaces it, and there is nothing outside the state that two of them could share. */
export function secretLogic(
  lifecycle: Logic<SecretInputs, SecretFacts>["lifecycle"],
): Logic<SecretInputs, SecretFacts> {
  return {
    type: "WebhookSecret",
    schemaVersion: 1,
    fields: secretFields,
    facts: secretFacts,
    diff: (old, { known }, now) =>
      isRotationDue(old, known.rotateAfterDays, now) ? [{ field: "rotatedAt", effect: "update" }] : [],
    lifecycle,
  };
}
