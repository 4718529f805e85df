// The class that programs use. Pulumi, and only Pulumi: every decision is in fields.ts and lifecycle.ts.
import type * as pulumi from "@pulumi/pulumi";
import type { ChoiceArgs } from "../../host/inputs";
import { Resource } from "../../host/resource";
import { logics } from "../../registry";
import type { KeyType } from "../../x509/make";
import type { Issuer, issuer } from "../../issuers";

/** Who signs: exactly one key. */
export type IssuerArgs = ChoiceArgs<typeof issuer>;

/** The arguments of a {@link TlsCertificate}. */
export interface TlsCertificateArgs {
  /**
   * DNS names and IPv4 addresses that the certificate is for, 1 to 100; `*.example.com` stands for one label. Their order
   * means nothing. A change makes a new certificate in place, with a warning: it cannot be gapless.
   */
  names: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Who signs, exactly one: `{ selfSigned: {} }`, or `{ privateCa: { certificatePem, privateKeyPem } }`, where
   * certificatePem is the signing certificate first, then intermediates and every root that Telegram is to trust (the
   * output of a CertificateAuthority is all of that), and the key is secret. A new root that was in certificatePem before
   * is gapless; another issuer is not, and warns. Or `{ acme: { account, challenge } }`: an ACME server such as Let's Encrypt,
   * which everybody trusts.
   */
  issuer: IssuerArgs;
  /** Key of the next certificate. Default ec-p256. A change makes the next one anew and leaves the current one alone. */
  keyType?: pulumi.Input<"ec-p256" | "rsa-2048" | "rsa-4096">;
  /**
   * Days that a certificate serves, 2 to 3650. Default 365. A change makes the next one anew and leaves the current one alone.
   */
  validityDays?: pulumi.Input<number>;
  /**
   * So many days before `retiresAt` the next `up` brings a new certificate, 1 to 3649 and less than validityDays. Default
   * 30. A refresh never renews.
   */
  renewBeforeDays?: pulumi.Input<number>;
  /**
   * Any text of 1 to 256 characters. The value at creation is only recorded; another one later brings a new certificate,
   * once. Taken away: nothing.
   */
  rotateTrigger?: pulumi.Input<string>;
}

/**
 * A certificate for an endpoint that Telegram delivers to, self-signed, of a private authority or of an ACME server, with its
 * key. What Telegram must trust next is in `uploadPem` before it is served, so a rotation has no gap. Its id is random and
 * never changes.
 */
export class TlsCertificate extends Resource {
  declare readonly names: pulumi.Output<string[]>;
  declare readonly issuer: pulumi.Output<Issuer>;
  declare readonly keyType: pulumi.Output<KeyType>;
  declare readonly validityDays: pulumi.Output<number>;
  declare readonly renewBeforeDays: pulumi.Output<number>;
  declare readonly rotateTrigger: pulumi.Output<string | undefined>;
  /** What the endpoint serves, PEM: the certificate, then the intermediates of its authority. */
  declare readonly certificatePem: pulumi.Output<string>;
  /** Its private key, PKCS#8 PEM without a password, secret. */
  declare readonly privateKeyPem: pulumi.Output<string>;
  /** What the webhook uploads (`certificate`), PEM: the trust anchors that were, are and will be needed, previousPem first; empty if a public authority signed. */
  declare readonly uploadPem: pulumi.Output<string>;
  /** What was the trust anchor until the last change, PEM, if Telegram is to trust it still; else nothing. */
  declare readonly previousPem: pulumi.Output<string | undefined>;
  /** The certificate that was made in advance, PEM; nothing when an authority or an ACME server signs. */
  declare readonly nextPem: pulumi.Output<string | undefined>;
  /** The key of the certificate that was made in advance, secret; nothing but the next rotation needs it. */
  declare readonly nextPrivateKeyPem: pulumi.Output<string | undefined>;
  /** Since when the certificate is valid, RFC 3339 UTC: an hour before it was made, or as the ACME server issued it. */
  declare readonly notBefore: pulumi.Output<string>;
  /** Until when it is valid, RFC 3339 UTC. One made in advance lasts up to twice validityDays; one of an ACME server as long as that decides. */
  declare readonly notAfter: pulumi.Output<string>;
  /** SHA-256 of the certificate (DER), hex. */
  declare readonly sha256: pulumi.Output<string>;
  /** When it has served validityDays, RFC 3339 UTC; `notAfter` if an ACME server issued it. It is renewed renewBeforeDays before. */
  declare readonly retiresAt: pulumi.Output<string>;
  /** When its issuer wants it renewed, RFC 3339 UTC; nothing if that does not say so. */
  declare readonly renewAt: pulumi.Output<string | undefined>;

  constructor(name: string, args: TlsCertificateArgs, options: pulumi.CustomResourceOptions = {}) {
    super(logics.TlsCertificate, name, args, options);
  }
}
