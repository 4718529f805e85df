// The order of events of a secret: rotate if asked or due, then revoke if asked. It lives in the state and nowhere else.
import type { Applied, OperationContext, Lifecycle, Read } from "../../core/logic";
import { isTriggered } from "../../core/rules";
import { lines, noticeParts } from "../notices";
import type { SecretFacts, SecretInputs, SecretState } from "./fields";
import { isRotationDue } from "./fields";

const secretBytes = 32;
const idBytes = 8;

export function secretLifecycle(): Lifecycle<SecretInputs, SecretFacts> {
  return {
    apply: (old, inputs, context) => Promise.resolve(apply(old, inputs, context)),
    read: (old, context) => Promise.resolve(read(old, context)),
    remove: () => Promise.resolve(),
  };
}

function apply(
  old: SecretState | undefined,
  inputs: SecretInputs,
  context: OperationContext,
): Applied<SecretInputs, SecretFacts> {
  const id = context.id ?? context.randomBytes(idBytes).toString("hex");
  const facts = old ? changed(old, inputs, context) : made([], 1, context);
  return { id, inputs, facts };
}

/** Pulumi shows a due rotation as a change in a refresh too, without a reason: this is the reason. */
function read(old: SecretState, context: OperationContext): Read<SecretInputs, SecretFacts> {
  if (isRotationDue(old, old.rotateAfterDays, context.now())) {
    context.log(lines.rotationDue({ name: context.name, at: old.rotatedAt }));
  }
  return { inputs: old, facts: old };
}

/** Rotated first: what is revoked in the same run is everything but the newest. */
function changed(old: SecretState, inputs: SecretInputs, context: OperationContext): SecretFacts {
  const reason = rotationReason(old, inputs, context.now());
  const isRevoked = isTriggered(old.revokePreviousTrigger, inputs.revokePreviousTrigger);
  const facts = reason === undefined ? old : made([old.current], old.version + 1, context);
  if (reason !== undefined) {
    const before = isRevoked ? noticeParts.noneBefore() : noticeParts.staysAccepted({ version: old.version });
    context.log(lines.rotated({ name: context.name, version: facts.version, reason, before }));
  } else if (isRevoked) {
    context.log(lines.revoked({ name: context.name, version: facts.version }));
  }
  return isRevoked ? { ...facts, accepted: [facts.current] } : facts;
}

function rotationReason(old: SecretState, inputs: SecretInputs, now: Date): string | undefined {
  if (isTriggered(old.rotateTrigger, inputs.rotateTrigger)) return noticeParts.rotateTrigger();
  if (isRotationDue(old, inputs.rotateAfterDays, now)) return noticeParts.tooOld({ at: old.rotatedAt });
  return undefined;
}

function made(before: string[], version: number, context: OperationContext): SecretFacts {
  const current = context.randomBytes(secretBytes).toString("base64url");
  context.hide(current);
  return { current, accepted: [current, ...before], version, rotatedAt: context.now().toISOString() };
}
