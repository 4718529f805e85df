// The order of events of a certificate: a new one if asked, due, or for other names; the next one made in advance.
import type { Applied, OperationContext, Lifecycle, Read } from "../../core/logic";
import { anchorOf, isSelfSigned, isSignedBy } from "../../x509/chain";
import { makeLeaf, makeSelfSigned, type Pair } from "../../x509/make";
import { blocksOf, bundle, certificatesIn, holds } from "../../x509/pem";
import type { Period } from "../../x509/period";
import * as anchors from "../anchors";
import type { CertificateFacts, CertificateInputs, CertificateState } from "./fields";

const idBytes = 8;

export function certificateLifecycle(): Lifecycle<CertificateInputs, CertificateFacts> {
  return { apply, read: (old, context) => Promise.resolve(read(old, context)), remove: () => Promise.resolve() };
}

async function apply(
  old: CertificateState | undefined,
  inputs: CertificateInputs,
  context: OperationContext,
): Promise<Applied<CertificateInputs, CertificateFacts>> {
  const id = context.id ?? context.randomBytes(idBytes).toString("hex");
  const { issuer } = inputs;
  const facts =
    "privateCa" in issuer
      ? await signedBy(issuer.privateCa, old, inputs, context)
      : await signedByItself(old, inputs, context);
  return { id, inputs, facts };
}

/** Pulumi shows a due renewal as a change in a refresh too, without a reason: this is the reason. */
function read(old: CertificateState, context: OperationContext): Read<CertificateInputs, CertificateFacts> {
  if (anchors.isDue(old, old.renewBeforeDays, context.now())) {
    context.log(
      `TlsCertificate ${context.name}: a renewal is due (it is to serve until ${old.retiresAt}); the next pulumi up does it.`,
    );
  }
  return { inputs: old, facts: old };
}

async function signedByItself(
  old: CertificateState | undefined,
  inputs: CertificateInputs,
  context: OperationContext,
): Promise<CertificateFacts> {
  const now = context.now();
  const { names, keyType, validityDays } = inputs;
  const make = (period: Period) =>
    makeSelfSigned(names, { keyType, period, randomBytes: (size) => context.randomBytes(size) });
  const generations = old && "selfSigned" in old.issuer && isFor(old, names) ? anchors.generationsOf(old) : undefined;
  if (!old || !generations) {
    const before = old && anchorOf(old.certificatePem, old.uploadPem)?.toString();
    const made = anchors.factsOf(await anchors.begin(make, validityDays, now, before));
    if (old) tell(context, made, "names or issuer changed");
    return made;
  }
  const reason = anchors.rotationReason(old, inputs, now);
  if (reason !== undefined) {
    const made = anchors.factsOf(await anchors.rotateOrBegin(generations, make, validityDays, now));
    tell(context, made, reason);
    return made;
  }
  if (keyType === old.keyType && validityDays === old.validityDays) return old;
  context.log(
    `TlsCertificate ${context.name}: the next certificate is made anew, as keyType and validityDays now say.`,
  );
  return anchors.factsOf({ ...generations, next: await make(anchors.periodOf(now, 2 * validityDays)) });
}

async function signedBy(
  authority: Pair,
  old: CertificateState | undefined,
  inputs: CertificateInputs,
  context: OperationContext,
): Promise<CertificateFacts> {
  const reason = old ? reissueReason(authority, old, inputs, context.now()) : "it is new";
  const chain = certificatesOf(authority);
  if (old && reason === undefined) {
    const isSame = "privateCa" in old.issuer && old.issuer.privateCa.certificatePem === authority.certificatePem;
    return isSame ? old : { ...old, uploadPem: chain.roots };
  }
  const now = context.now();
  const { names, keyType, validityDays } = inputs;
  const period = anchors.periodOf(now, validityDays);
  const [issuing] = certificatesIn(authority.certificatePem);
  const ends = Math.min(period.notAfter.getTime(), Date.parse(issuing?.validTo ?? ""));
  const made = await makeLeaf(names, authority, {
    keyType,
    period: { ...period, notAfter: new Date(ends) },
    randomBytes: (size) => context.randomBytes(size),
  });
  const served = { ...made, certificatePem: bundle([made.certificatePem, chain.intermediates]) };
  const facts: CertificateFacts = {
    ...anchors.certificateFacts(served, anchors.daysLater(now, validityDays)),
    uploadPem: withAnchorOf(old, chain.roots),
  };
  if (old) tell(context, facts, reason ?? "");
  if (ends < period.notAfter.getTime()) {
    context.warn(
      `TlsCertificate ${context.name}: it ends ${facts.notAfter} and not after validityDays (${validityDays}), since its ` +
        "issuer ends then. Rotate the authority in time.",
    );
  }
  return facts;
}

function reissueReason(
  authority: Pair,
  old: CertificateState,
  inputs: CertificateInputs,
  now: Date,
): string | undefined {
  if (!isFor(old, inputs.names)) return "names changed";
  const [[served], [issuing]] = [certificatesIn(old.certificatePem), certificatesIn(authority.certificatePem)];
  const isIssuedBy =
    served !== undefined && issuing !== undefined && served.issuer === issuing.subject && isSignedBy(served, issuing);
  return isIssuedBy ? anchors.rotationReason(old, inputs, now) : "the authority's certificate is another one";
}

/** What goes with the leaf, and what Telegram is to trust. */
function certificatesOf({ certificatePem }: Pair): { intermediates: string; roots: string } {
  const blocks = blocksOf(certificatePem);
  const areRoots = certificatesIn(certificatePem).map(isSelfSigned);
  return {
    intermediates: bundle(blocks.filter((_, at) => !areRoots[at])),
    roots: bundle(blocks.filter((_, at) => areRoots[at])),
  };
}

/** The roots, and before them the anchor of what is served until now: it stays trusted until the next change. */
function withAnchorOf(old: CertificateState | undefined, roots: string): string {
  const anchor = old && anchorOf(old.certificatePem, old.uploadPem);
  return anchor === undefined || holds(roots, anchor) ? roots : bundle([anchor.toString(), roots]);
}

function isFor(old: CertificateState, names: string[]): boolean {
  return old.names.join() === names.join();
}

function tell(context: OperationContext, { notAfter, retiresAt }: CertificateFacts, reason: string): void {
  context.log(
    `TlsCertificate ${context.name}: a new certificate serves from now on until ${retiresAt} (${reason}), valid until ` +
      `${notAfter}; the one before stays trusted.`,
  );
}
