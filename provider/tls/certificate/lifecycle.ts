// The order of events of a certificate: a new one if asked, due, for other names or by another issuer; who signs is handed in.
import type { Applied, Lifecycle, OperationContext, Read, SharedServices } from "../../core/logic";
import * as anchors from "../anchors";
import type { IssuerOf } from "../issuers";
import { areSameNames } from "../issuers/module";
import type { CertificateFacts, CertificateInputs, CertificateState } from "./fields";

const idBytes = 8;

type IssuerOfCertificate = (issuer: CertificateInputs["issuer"]) => IssuerOf;

/** `issuerOf` finds the module that a certificate names; `services` are what issuers may work with. */
export function certificateLifecycle(
  issuerOf: IssuerOfCertificate,
  services: SharedServices,
): Lifecycle<CertificateInputs, CertificateFacts> {
  return { apply, read: (old, context) => Promise.resolve(read(old, context)), remove: () => Promise.resolve() };

  async function apply(
    old: CertificateState | undefined,
    inputs: CertificateInputs,
    context: OperationContext,
  ): Promise<Applied<CertificateInputs, CertificateFacts>> {
    const id = context.id ?? context.randomBytes(idBytes).toString("hex");
    const { module, settings, settingsIn } = issuerOf(inputs.issuer);
    const before = old && { certificate: old, settings: settingsIn(old.issuer) };
    const request = { certificate: inputs, settings, old: before };
    const reason = before && reissueReason(issuerOf(inputs.issuer), before, inputs, context.now());
    if (before && reason === undefined) {
      return { id, inputs, facts: (await module.update?.({ ...request, old: before }, context)) ?? before.certificate };
    }
    const { facts, warnings = [] } = await module.issue(request, context, services);
    if (reason !== undefined) tell(context, facts, reason);
    for (const warning of warnings) context.warn(`TlsCertificate ${context.name}: ${warning}`);
    return { id, inputs, facts };
  }
}

/** Pulumi shows a due renewal as a change in a refresh too, without a reason: this is the reason. */
function read(old: CertificateState, context: OperationContext): Read<CertificateInputs, CertificateFacts> {
  if (anchors.isRenewalDue(old, old.renewBeforeDays, context.now())) {
    context.log(
      `TlsCertificate ${context.name}: a renewal is due (it is to serve until ${old.retiresAt}); the next pulumi up does it.`,
    );
  }
  return { inputs: old, facts: old };
}

function reissueReason(
  { module, settings }: IssuerOf,
  old: { certificate: CertificateState; settings: IssuerOf["settings"] | undefined },
  inputs: CertificateInputs,
  now: Date,
): string | undefined {
  if (!areSameNames(old.certificate, inputs)) return "names changed";
  if (old.settings === undefined) return "the issuer changed";
  return module.reissueReason?.(settings, old) ?? anchors.rotationReason(old.certificate, inputs, now);
}

function tell(context: OperationContext, { notAfter, retiresAt }: CertificateFacts, reason: string): void {
  context.log(
    `TlsCertificate ${context.name}: a new certificate serves from now on until ${retiresAt} (${reason}), valid until ` +
      `${notAfter}; the one before stays trusted.`,
  );
}
