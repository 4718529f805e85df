// The class that programs use. Pulumi, and only Pulumi: every decision is in fields.ts and lifecycle.ts.
import type * as pulumi from "@pulumi/pulumi";
import { Resource } from "../../host/resource";
import { logics } from "../../registry";
import type { KeyType } from "../../x509/make";

/** The arguments of an {@link AcmeAccount}. */
export interface AcmeAccountArgs {
  /**
   * URL of the server's ACME directory, https. Default https://acme-v02.api.letsencrypt.org/directory, which is Let's
   * Encrypt's; to try out: https://acme-staging-v02.api.letsencrypt.org/directory. Another one replaces the resource: an
   * account there is made first.
   */
  directoryUrl?: pulumi.Input<string>;
  /**
   * E-mail addresses of whoever is to be told of trouble, at most 10, without `mailto:`. Let's Encrypt keeps
   * none. Left out: the contacts of an account that exists already stay. A change is sent to the server.
   */
  contact?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * What an authority that serves its customers only has given one, secret: `{ keyId, hmacKey }`, the key in base64url. It
   * is used when the account is made. A change does nothing.
   */
  eab?: pulumi.Input<{ keyId: pulumi.Input<string>; hmacKey: pulumi.Input<string> }>;
  /** Kind of the next key. Default ec-p256. A change does nothing by itself. */
  keyType?: pulumi.Input<"ec-p256" | "rsa-2048" | "rsa-4096">;
  /**
   * Private key of an account that exists already, PEM without a password, secret: that account is taken over. Left out: a
   * new key. If no account has it, one is made. Another one later becomes the account's key.
   */
  existingKeyPem?: pulumi.Input<string>;
  /**
   * Any text of 1 to 256 characters. The value at creation is only recorded; another one later gives the account a new key,
   * once. Not beside existingKeyPem. Taken away: nothing.
   */
  rotateTrigger?: pulumi.Input<string>;
  /**
   * Whether the account is deactivated when the resource is destroyed, which nobody can undo. Default false. Otherwise it stays, and
   * whoever has its key can use it. Certificates stay valid either way.
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
  /** The account's URL, which is what a CAA record may name (`accounturi`). */
  declare readonly accountUrl: pulumi.Output<string>;
  /** The account's private key, PKCS#8 PEM without a password, secret. */
  declare readonly privateKeyPem: pulumi.Output<string>;
  /** Thumbprint of the key (RFC 7638), base64url: names the key without showing it. */
  declare readonly thumbprint: pulumi.Output<string>;

  constructor(name: string, args: AcmeAccountArgs = {}, options: pulumi.CustomResourceOptions = {}) {
    super(logics.AcmeAccount, name, args, options);
  }
}
