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
   * DNS names and IPv4 addresses that the certificate is for, 1 to 100. In `*.example.com` the asterisk stands for one label.
   * Their order does not matter. A change issues a new certificate in place. If the certificate is uploaded, that is not
   * gapless, and the preview warns.
   */
  names: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Who signs: the certificate itself, `{ selfSigned: {} }`; an authority of your own,
   * `{ privateCa: { certificatePem, privateKeyPem } }`; or an ACME server such as Let's Encrypt,
   * `{ acme: { account, challenge } }`. A change to another issuer is not gapless, and the preview warns.
   */
  issuer: IssuerArgs;
  /**
   * Kind of the certificate's key. Default ec-p256. A change leaves the current certificate as it is. With `selfSigned` the next
   * certificate, which was made in advance, is made again; otherwise the change counts at the next renewal.
   */
  keyType?: pulumi.Input<"ec-p256" | "rsa-2048" | "rsa-4096">;
  /**
   * For how many days a certificate serves, 2 to 3650. Default 365. A change leaves the current certificate as it is. With
   * `selfSigned` the next certificate, which was made in advance, is made again; with `privateCa` the change counts at the next
   * renewal. It has no effect with `acme`: the server decides how long its certificates live.
   */
  validityDays?: pulumi.Input<number>;
  /**
   * How many days before the end of its service (output `retiresAt`) a renewal is due, 1 to 3649 and less than `validityDays`.
   * Default 30. The next `up` then issues a new certificate. A refresh never renews.
   */
  renewBeforeDays?: pulumi.Input<number>;
  /**
   * Any text of 1 to 256 characters. The value at creation is only recorded. Each other value later issues one new
   * certificate. Removing it changes nothing.
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
  /** What the webhook uploads as its `certificate`, PEM: the previous, the current and the next trust anchors, `previousPem` first. Empty if an ACME server signed. */
  declare readonly uploadPem: pulumi.Output<string>;
  /** The trust anchor before the last change, PEM, while Telegram must still trust it; else nothing. */
  declare readonly previousPem: pulumi.Output<string | undefined>;
  /** The certificate that was made in advance, PEM. Nothing if an authority or an ACME server signs. */
  declare readonly nextPem: pulumi.Output<string | undefined>;
  /** The key of the certificate that was made in advance, secret. Only the next rotation needs it. */
  declare readonly nextPrivateKeyPem: pulumi.Output<string | undefined>;
  /** When the certificate becomes valid, RFC 3339 UTC: an hour before it was made, or as the ACME server decided. */
  declare readonly notBefore: pulumi.Output<string>;
  /** When the certificate expires, RFC 3339 UTC. One that was made in advance is valid for up to twice `validityDays`. An ACME server decides by itself. */
  declare readonly notAfter: pulumi.Output<string>;
  /** SHA-256 of the certificate (DER), hex. */
  declare readonly sha256: pulumi.Output<string>;
  /** When the certificate has served for `validityDays`, RFC 3339 UTC; the same as `notAfter` if an ACME server issued it. A renewal is due `renewBeforeDays` earlier. */
  declare readonly retiresAt: pulumi.Output<string>;
  /** From when the ACME server wants the certificate renewed, RFC 3339 UTC. Nothing if the issuer does not say. */
  declare readonly renewAt: pulumi.Output<string | undefined>;

  constructor(name: string, args: TlsCertificateArgs, options: pulumi.CustomResourceOptions = {}) {
    super(logics.TlsCertificate, name, args, options);
  }
}
