// The order of events of a certificate: a new one if asked, due, for other names or by another issuer; who signs is handed in.
import type { Applied, Lifecycle, OperationContext, SharedServices } from "../../core/logic";
import * as anchors from "../anchors";
import type { IssuerOf } from "../issuers";
import { areSameNames } from "../issuers/module";
import { lines, noticeParts, warnings } from "../notices";
import type { CertificateFacts, CertificateInputs, CertificateState } from "./fields";

const idBytes = 8;

type IssuerOfCertificate = (issuer: CertificateInputs["issuer"]) => IssuerOf;

/** `issuerOf` finds the module that a certificate names; `services` are what issuers may work with. */
export function certificateLifecycle(
  issuerOf: IssuerOfCertificate,
  services: SharedServices,
): Lifecycle<CertificateInputs, CertificateFacts> {
  const read = (old: CertificateState, context: OperationContext) =>
    anchors.readMade(old, context, (told) => context.log(lines.renewalDue(told)));
  return { apply, read, remove: () => Promise.resolve() };

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
    const { facts, warnings: remarks = [] } = await module.issue(request, context, services);
    const { name } = context;
    const { retiresAt, notAfter } = facts;
    if (reason !== undefined) context.log(lines.renewed({ name, retiresAt, reason, notAfter }));
    for (const remark of remarks) context.warn(warnings.remark({ name, remark }));
    return { id, inputs, facts };
  }
}

function reissueReason(
  { module, settings }: IssuerOf,
  old: { certificate: CertificateState; settings: IssuerOf["settings"] | undefined },
  inputs: CertificateInputs,
  now: Date,
): string | undefined {
  if (!areSameNames(old.certificate, inputs)) return noticeParts.names();
  if (old.settings === undefined) return noticeParts.issuer();
  return module.reissueReason?.(settings, old) ?? anchors.rotationReason(old.certificate, inputs, now);
}
