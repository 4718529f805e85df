// The class that programs use. Pulumi, and only Pulumi: every decision is in fields.ts and lifecycle.ts.
import type * as pulumi from "@pulumi/pulumi";
import { Resource } from "../../host/resource";
import { logics } from "../../registry";
import type { KeyType } from "../../x509/make";

/** The arguments of a {@link CertificateAuthority}. */
export interface CertificateAuthorityArgs {
  /** Name of the next root, for people, 1 to 64 characters. Default Telegram bot CA. A change makes the next root anew. */
  commonName?: pulumi.Input<string>;
  /** Key of the next root. Default ec-p256. A change makes the next root anew and leaves the current one alone. */
  keyType?: pulumi.Input<"ec-p256" | "rsa-2048" | "rsa-4096">;
  /** Days that a root signs, 2 to 7300. Default 3650. A change makes the next root anew and leaves the current one alone. */
  validityDays?: pulumi.Input<number>;
  /**
   * So many days before `retiresAt` the next `up` lets the next root sign, 1 to 7299 and less than validityDays. Default
   * 365, so that no certificate of 365 days outlives its root. A refresh never rotates.
   */
  renewBeforeDays?: pulumi.Input<number>;
  /**
   * Any text of 1 to 256 characters. The value at creation is only recorded; another one later lets the next root sign,
   * once, and every certificate of this authority is issued again in the same `up`. Taken away: nothing.
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
  /** The root that signs, then the one before it and the next one, PEM: what an issuer `privateCa` takes. */
  declare readonly certificatePem: pulumi.Output<string>;
  /** The private key of the root that signs, PKCS#8 PEM without a password, secret. */
  declare readonly privateKeyPem: pulumi.Output<string>;
  /** The same roots in the order previous, current, next: for a webhook whose certificate is not a TlsCertificate. */
  declare readonly uploadPem: pulumi.Output<string>;
  /** The root that signed before, PEM; nothing until the first rotation. */
  declare readonly previousPem: pulumi.Output<string | undefined>;
  /** The root that is trusted already and signs after the next rotation, PEM. */
  declare readonly nextPem: pulumi.Output<string | undefined>;
  /** The key of the next root, secret; nothing but the next rotation needs it. */
  declare readonly nextPrivateKeyPem: pulumi.Output<string | undefined>;
  /** Since when the root that signs is valid, RFC 3339 UTC: an hour before it was made. */
  declare readonly notBefore: pulumi.Output<string>;
  /** Until when it is valid, RFC 3339 UTC. One made in advance lasts up to twice validityDays. */
  declare readonly notAfter: pulumi.Output<string>;
  /** SHA-256 of the root that signs (DER), hex. */
  declare readonly sha256: pulumi.Output<string>;
  /** When it has signed for validityDays, RFC 3339 UTC. The next root follows renewBeforeDays before. */
  declare readonly retiresAt: pulumi.Output<string>;

  constructor(name: string, args: CertificateAuthorityArgs = {}, options: pulumi.CustomResourceOptions = {}) {
    super(logics.CertificateAuthority, name, args, options);
  }
}
