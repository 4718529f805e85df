// The class that programs use. Pulumi, and only Pulumi: every decision is in fields.ts and lifecycle.ts.
import type * as pulumi from "@pulumi/pulumi";
import { Resource } from "../../host/resource";
import { logics } from "../../registry";

/** The arguments of a {@link WebhookSecret}. */
export interface WebhookSecretArgs {
  /**
   * Any text of 1 to 256 characters. The value at creation is only recorded; another one later makes a new secret, once,
   * and the one before it stays accepted. Taken away: nothing.
   */
  rotateTrigger?: pulumi.Input<string>;
  /**
   * Any text of 1 to 256 characters. The value at creation is only recorded; another one later ends the acceptance of every
   * secret but the current one. If a rotation comes with the same `up`, it is done first: then only the new secret is
   * accepted. Taken away: nothing.
   */
  revokePreviousTrigger?: pulumi.Input<string>;
  /**
   * Days since the last rotation after which the next `up` rotates, a whole number of 1 to 3650. Left out: no age is too
   * old. A change rotates at once if the secret is that old already, and does nothing else. A refresh never rotates.
   */
  rotateAfterDays?: pulumi.Input<number>;
}

/**
 * A secret of 256 random bits for the header X-Telegram-Bot-Api-Secret-Token: a webhook uses `current`, who receives the
 * updates accepts every entry of `accepted`. It is rotated in place; its id is random and never changes.
 */
export class WebhookSecret extends Resource {
  declare readonly rotateTrigger: pulumi.Output<string | undefined>;
  declare readonly revokePreviousTrigger: pulumi.Output<string | undefined>;
  declare readonly rotateAfterDays: pulumi.Output<number | undefined>;
  /** The secret in force, for a webhook's `secretToken`: 43 characters of A-Z a-z 0-9 _ -, secret. */
  declare readonly current: pulumi.Output<string>;
  /**
   * What the receiver accepts, secret: the current secret, then the one before it. At first, and after a revocation, the
   * current one only.
   */
  declare readonly accepted: pulumi.Output<string[]>;
  /** How many secrets there have been: 1 at creation, one more with each rotation. */
  declare readonly version: pulumi.Output<number>;
  /** When the current secret was made, RFC 3339 UTC. */
  declare readonly rotatedAt: pulumi.Output<string>;

  constructor(name: string, args: WebhookSecretArgs = {}, options: pulumi.CustomResourceOptions = {}) {
    super(logics.WebhookSecret, name, args, options);
  }
}
