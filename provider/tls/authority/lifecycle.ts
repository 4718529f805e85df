// The order of events of an authority: a new root if asked or due; the next one is made, and trusted, in advance.
import type { Applied, OperationContext, Lifecycle } from "../../core/logic";
import { makeRoot } from "../../x509/make";
import { blocksOf, bundle } from "../../x509/pem";
import type { Period } from "../../x509/period";
import { readMade, rotationReason } from "../ageing";
import * as anchors from "../anchors";
import { lines } from "../notices";
import type { AuthorityFacts, AuthorityInputs, AuthorityState } from "./fields";

const idBytes = 8;

export function authorityLifecycle(): Lifecycle<AuthorityInputs, AuthorityFacts> {
  const read = (old: AuthorityState, context: OperationContext) =>
    readMade(old, context, { isServed: false, tellDue: (due) => context.log(lines.rootDue(due)) });
  return { apply, read, remove: () => Promise.resolve() };
}

async function apply(
  old: AuthorityState | undefined,
  inputs: AuthorityInputs,
  context: OperationContext,
): Promise<Applied<AuthorityInputs, AuthorityFacts>> {
  const id = context.id ?? context.randomBytes(idBytes).toString("hex");
  return { id, inputs, facts: await rootsOf(old, inputs, context) };
}

async function rootsOf(old: AuthorityState | undefined, inputs: AuthorityInputs, context: OperationContext) {
  const now = context.now();
  const { commonName, keyType, validityDays } = inputs;
  const make = (period: Period) =>
    makeRoot(commonName, { keyType, period, randomBytes: (size) => context.randomBytes(size) });
  const generations = old && generationsOf(old);
  if (!old || !generations) return facts(await anchors.firstGenerations(make, validityDays, now));
  const reason = rotationReason(old, inputs, now);
  if (reason !== undefined) {
    const made = facts(await anchors.rotateOrBegin(generations, make, validityDays, now));
    context.log(lines.newRoot({ name: context.name, retiresAt: made.retiresAt, reason }));
    return made;
  }
  const isNextSame = commonName === old.commonName && keyType === old.keyType && validityDays === old.validityDays;
  if (isNextSame) return old;
  context.log(lines.nextRoot({ name: context.name }));
  return facts({ ...generations, next: await make(anchors.periodOf(now, 2 * validityDays)) });
}

/** Of the certificates that an issuer takes, the first one signs. */
function generationsOf(old: AuthorityState): anchors.Generations | undefined {
  const [signing = ""] = blocksOf(old.certificatePem);
  return anchors.generationsOf({ ...old, certificatePem: bundle([signing]) });
}

/** The root that signs comes first: so the whole bundle is what an issuer takes. */
function facts(generations: anchors.Generations): AuthorityFacts {
  const made = anchors.generationFacts(generations);
  return { ...made, certificatePem: bundle([made.certificatePem, made.uploadPem]) };
}
