// Revokes the certificate of a resource that is destroyed, if its settings ask for that.
import { revokeCertificate } from "../../../acme/orders";
import type { Signer } from "../../../acme/connection";
import { signingKey } from "../../../acme/jws";
import { isFailure, reworded } from "../../../core/failure";
import type { OperationContext } from "../../../core/logic";
import { lines, noticeParts } from "../../notices";
import type { IssuedCertificate, IssuerServices } from "../module";
import type { AcmeSettings } from ".";
import { holderOf } from "./issue";

export async function withdraw(
  { certificate, settings }: IssuedCertificate<AcmeSettings> & { settings: AcmeSettings },
  context: OperationContext,
  services: IssuerServices,
): Promise<void> {
  const { revokeOnDestroy: reason } = settings;
  if (reason === undefined) return;
  const { name } = context;
  const { certificatePem, notAfter } = certificate;
  // One that has expired is trusted by nobody, and servers refuse to revoke it.
  if (new Date(notAfter) <= context.now()) return context.log(lines.notRevoked({ name, notAfter }));
  const holder = holderOf(settings, context, services);
  // The key itself proves that somebody else can have it: servers then refuse it for good.
  const own = reason === "keyCompromise" ? signingKey(certificate.privateKeyPem) : undefined;
  const signer: Signer = own ? { server: holder.server, key: own } : holder;
  try {
    await revokeCertificate(signer, certificatePem, reason);
  } catch (error) {
    if (!isFailure(error)) throw error;
    throw reworded(error, `${error.message} ${noticeParts.staysUnrevoked({ name })}`);
  }
  context.log(lines.revoked({ name, reason }));
}
