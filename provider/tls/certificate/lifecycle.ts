// The order of events of a certificate: a new one if asked, due, for other names or by another issuer; who signs is handed in.
import type { Applied, Lifecycle, OperationContext } from "../../core/logic";
import { readMade, rotationReason } from "../ageing";
import type { IssuerOf } from "../issuers";
import { areSameNames } from "../issuers/module";
import type { IssuerServices } from "../issuers/module";
import { lines, noticeParts, warnings } from "../notices";
import type { CertificateFacts, CertificateInputs, CertificateState } from "./fields";

const idBytes = 8;

type IssuerOfCertificate = (issuer: CertificateInputs["issuer"]) => IssuerOf;

/** `issuerOf` finds the module that a certificate names; `services` are what issuers may work with. */
export function certificateLifecycle(
  issuerOf: IssuerOfCertificate,
  services: IssuerServices,
): Lifecycle<CertificateInputs, CertificateFacts> {
  return { apply, read, remove };

  async function read(old: CertificateState, context: OperationContext) {
    const { module, settings } = issuerOf(old.issuer);
    const looked = module.look && (await module.look({ certificate: old, settings }, context, services));
    const seen: CertificateState = looked ? { ...old, ...looked } : old;
    return readMade(seen, context, { isServed: true, tellDue: (due) => context.log(lines.renewalDue(due)) });
  }

  async function remove(old: CertificateState, context: OperationContext): Promise<void> {
    const { module, settings } = issuerOf(old.issuer);
    await module.withdraw?.({ certificate: old, settings }, context, services);
  }

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
    const { facts, warnings: remarks = [], isKept } = await module.issue(request, context, services);
    const { name } = context;
    if (reason !== undefined && !isKept) tellOfAnother(facts, reason, context);
    for (const remark of remarks) context.warn(warnings.remark({ name, remark }));
    return { id, inputs, facts };
  }
}

/** One that nobody uploads was issued by a public authority. */
function tellOfAnother(facts: CertificateFacts, reason: string, context: OperationContext): void {
  const { name } = context;
  const { retiresAt, notAfter, renewAt, uploadPem } = facts;
  const wanted = renewAt === undefined ? "" : noticeParts.wantedFrom({ renewAt });
  if (uploadPem === "") context.log(lines.reissued({ name, reason, notAfter, wanted }));
  else context.log(lines.renewed({ name, retiresAt, reason, notAfter }));
}

function reissueReason(
  { module, settings }: IssuerOf,
  old: { certificate: CertificateState; settings: IssuerOf["settings"] | undefined },
  inputs: CertificateInputs,
  now: Date,
): string | undefined {
  if (!areSameNames(old.certificate, inputs)) return noticeParts.names();
  if (old.settings === undefined) return noticeParts.issuer();
  return module.reissueReason?.(settings, old) ?? rotationReason(old.certificate, inputs, now);
}
