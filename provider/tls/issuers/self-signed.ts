// The certificate signs itself: the next one is made, and trusted, in advance.
import type { OperationContext } from "../../core/logic";
import { anchorOf } from "../../x509/chain";
import type { Pair } from "../../x509/make";
import type { Period } from "../../x509/period";
import * as anchors from "../anchors";
import { lines } from "../notices";
import { areSameNames, issuerModule } from "./module";
import type { IssuedCertificate, RequestedCertificate } from "./module";

export const selfSigned = issuerModule({
  name: "selfSigned",
  /** The certificate signs itself. */
  settings: {},
  cannot: () => [],
  isTrustedAlready: (_settings, old) => old.settings !== undefined,

  async issue({ certificate, old }, context) {
    const [make, now, days] = [maker(certificate, context), context.now(), certificate.validityDays];
    const generations = old && areSameNames(old.certificate, certificate) ? generationsOf(old) : undefined;
    if (generations)
      return { facts: anchors.generationFacts(await anchors.rotateOrBegin(generations, make, days, now)) };
    const before = old && anchorOf(old.certificate.certificatePem, old.certificate.uploadPem)?.toString();
    return { facts: anchors.generationFacts(await anchors.firstGenerations(make, days, now, before)) };
  },

  async update({ certificate, old }, context) {
    const generations = generationsOf(old);
    const { keyType, validityDays } = certificate;
    const isSame = keyType === old.certificate.keyType && validityDays === old.certificate.validityDays;
    if (isSame || !generations) return old.certificate;
    context.log(lines.nextCertificate({ name: context.name }));
    const next = await maker(certificate, context)(anchors.periodOf(context.now(), 2 * validityDays));
    return anchors.generationFacts({ ...generations, next });
  },
});

function generationsOf({ certificate, settings }: IssuedCertificate<object>): anchors.Generations | undefined {
  return settings === undefined ? undefined : anchors.generationsOf(certificate);
}

function maker({ names, keyType }: RequestedCertificate, context: OperationContext) {
  const { makeSelfSigned } = require("../../x509/make") as typeof import("../../x509/make");
  return (period: Period): Promise<Pair> =>
    makeSelfSigned(names, { keyType, period, randomBytes: (size) => context.randomBytes(size) });
}
