// The class that programs use. Pulumi, and only Pulumi: every decision is in fields.ts and lifecycle.ts.
import type * as pulumi from "@pulumi/pulumi";
import { Resource } from "../../host/resource";
import { logics } from "../../registry";
import type { KeyType } from "../../x509/make";

/** The arguments of an {@link AcmeAccount}. */
export interface AcmeAccountArgs {
  /**
   * URL of the server's ACME directory, https. Default https://acme-v02.api.letsencrypt.org/directory, which is Let's
   * Encrypt's; to try things out: https://acme-staging-v02.api.letsencrypt.org/directory. A change replaces the resource: the
   * account at the new server is made first.
   */
  directoryUrl?: pulumi.Input<string>;
  /**
   * E-mail addresses to which the server may write about the account's certificates, at most 10, without `mailto:`. Let's
   * Encrypt keeps none. Omit it to keep the contacts of an account that exists already. A change is sent to the server.
   */
  contact?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * External account binding, secret: `{ keyId, hmacKey }`, the key in base64url. If a server serves only its own customers, it
   * gives you both values. They are used when the account is made. A change does nothing.
   */
  eab?: pulumi.Input<{ keyId: pulumi.Input<string>; hmacKey: pulumi.Input<string> }>;
  /** Kind of the key that the account gets at creation and with each new `rotateTrigger`. Default ec-p256. A change alone changes no key. */
  keyType?: pulumi.Input<"ec-p256" | "rsa-2048" | "rsa-4096">;
  /**
   * Private key of an account that exists already, PEM without a password, secret: that account is taken over. If no account
   * has this key, one is made with it. Omit it to make a new key. Another key later becomes the account's key.
   */
  existingKeyPem?: pulumi.Input<string>;
  /**
   * Any text of 1 to 256 characters. The value at creation is only recorded. Each other value later gives the account one new
   * key. Not together with `existingKeyPem`. Removing it changes nothing.
   */
  rotateTrigger?: pulumi.Input<string>;
  /**
   * Whether the account is deactivated when the resource is destroyed, which nobody can undo. Default false. An account that
   * stays can be used by whoever has its key. Certificates stay valid either way.
   */
  deactivateOnDestroy?: pulumi.Input<boolean>;
}

/**
 * An account at an ACME server such as Let's Encrypt, with its key. Making one agrees to the terms of service that the
 * server's directory names. Its id is the account's URL. The key is in the state: protect that, and give each stack an
 * account of its own.
 */
export class AcmeAccount extends Resource {
  declare readonly directoryUrl: pulumi.Output<string>;
  declare readonly contact: pulumi.Output<string[] | undefined>;
  declare readonly eab: pulumi.Output<{ keyId: string; hmacKey: string } | undefined>;
  declare readonly keyType: pulumi.Output<KeyType>;
  declare readonly existingKeyPem: pulumi.Output<string | undefined>;
  declare readonly rotateTrigger: pulumi.Output<string | undefined>;
  declare readonly deactivateOnDestroy: pulumi.Output<boolean>;
  /** The account's URL, which a CAA record may name (`accounturi`). */
  declare readonly accountUrl: pulumi.Output<string>;
  /** The account's private key, PKCS#8 PEM without a password, secret. */
  declare readonly privateKeyPem: pulumi.Output<string>;
  /** Thumbprint of the key (RFC 7638), base64url. It identifies the key and does not disclose it. */
  declare readonly thumbprint: pulumi.Output<string>;

  constructor(name: string, args: AcmeAccountArgs = {}, options: pulumi.CustomResourceOptions = {}) {
    super(logics.AcmeAccount, name, args, options);
  }
}
