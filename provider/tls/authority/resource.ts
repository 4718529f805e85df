// The class that programs use. Pulumi, and only Pulumi: every decision is in fields.ts and lifecycle.ts.
import type * as pulumi from "@pulumi/pulumi";
import { Resource } from "../../host/resource";
import { logics } from "../../registry";
import type { KeyType } from "../../x509/make";

/** The arguments of a {@link CertificateAuthority}. */
export interface CertificateAuthorityArgs {
  /** Common name of the next root, for people to read, 1 to 64 characters. Default Telegram bot CA. A change makes the next root again. */
  commonName?: pulumi.Input<string>;
  /** Kind of the next root's key. Default ec-p256. A change makes the next root again and keeps the current one. */
  keyType?: pulumi.Input<"ec-p256" | "rsa-2048" | "rsa-4096">;
  /** For how many days a root signs, 2 to 7300. Default 3650. A change makes the next root again and keeps the current one. */
  validityDays?: pulumi.Input<number>;
  /**
   * How many days before `retiresAt` a rotation is due, 1 to 7299 and less than `validityDays`. Default 365, so that no
   * certificate of 365 days outlives its root. The next `up` then lets the next root sign. A refresh never rotates.
   */
  renewBeforeDays?: pulumi.Input<number>;
  /**
   * Any text of 1 to 256 characters. The value at creation is only recorded. Each other value later lets the next root sign
   * once, and every certificate of this authority is issued again in the same `up`. Removing it changes nothing.
   */
  rotateTrigger?: pulumi.Input<string>;
}

/**
 * A private authority for endpoints that Telegram delivers to: a root that signs, the one before it, and the next one,
 * which is trusted before it signs. Its id is random and never changes.
 */
export class CertificateAuthority extends Resource {
  declare readonly commonName: pulumi.Output<string>;
  declare readonly keyType: pulumi.Output<KeyType>;
  declare readonly validityDays: pulumi.Output<number>;
  declare readonly renewBeforeDays: pulumi.Output<number>;
  declare readonly rotateTrigger: pulumi.Output<string | undefined>;
  /** The root that signs, then the previous and the next root, PEM: what an issuer `privateCa` takes. */
  declare readonly certificatePem: pulumi.Output<string>;
  /** The private key of the root that signs, PKCS#8 PEM without a password, secret. */
  declare readonly privateKeyPem: pulumi.Output<string>;
  /** The same roots in the order previous, current, next: for a webhook whose certificate is not a TlsCertificate. */
  declare readonly uploadPem: pulumi.Output<string>;
  /** The root that signed before, PEM; nothing until the first rotation. */
  declare readonly previousPem: pulumi.Output<string | undefined>;
  /** The root that signs after the next rotation, and that Telegram trusts already, PEM. */
  declare readonly nextPem: pulumi.Output<string | undefined>;
  /** The private key of the next root, secret. Only the next rotation needs it. */
  declare readonly nextPrivateKeyPem: pulumi.Output<string | undefined>;
  /** When the root that signs becomes valid, RFC 3339 UTC: an hour before it was made. */
  declare readonly notBefore: pulumi.Output<string>;
  /** When the root that signs expires, RFC 3339 UTC. One that was made in advance is valid for up to twice `validityDays`. */
  declare readonly notAfter: pulumi.Output<string>;
  /** SHA-256 of the root that signs (DER), hex. */
  declare readonly sha256: pulumi.Output<string>;
  /** When the root has signed for `validityDays`, RFC 3339 UTC. A rotation is due `renewBeforeDays` earlier. */
  declare readonly retiresAt: pulumi.Output<string>;

  constructor(name: string, args: CertificateAuthorityArgs = {}, options: pulumi.CustomResourceOptions = {}) {
    super(logics.CertificateAuthority, name, args, options);
  }
}
