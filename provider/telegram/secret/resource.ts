// The class that programs use. Pulumi, and only Pulumi: every decision is in fields.ts and lifecycle.ts.
import type * as pulumi from "@pulumi/pulumi";
import { Resource } from "../../host/resource";
import { logics } from "../../registry";

/** The arguments of a {@link WebhookSecret}. */
export interface WebhookSecretArgs {
  /**
   * Any text of 1 to 256 characters. Another text later makes a new secret, once; the previous one stays accepted. The text at
   * creation does nothing, and neither does its removal.
   */
  rotateTrigger?: pulumi.Input<string>;
  /**
   * Any text of 1 to 256 characters. Another text later ends the acceptance of every secret but the current one. If the same
   * `up` also rotates, it rotates first. The text at creation does nothing, and neither does its removal.
   */
  revokePreviousTrigger?: pulumi.Input<string>;
  /**
   * How many days after the last rotation the next `up` rotates: a whole number of 1 to 3650. Omit it to never rotate by age. A
   * change rotates in the same `up` if the secret is that old already. A refresh never rotates.
   */
  rotateAfterDays?: pulumi.Input<number>;
}

/**
 * A random secret token for the header X-Telegram-Bot-Api-Secret-Token. A webhook sends `current`. The bot, or the edge in front of
 * it, accepts every entry of `accepted`. The secret is rotated in place; its id is random and never changes.
 */
export class WebhookSecret extends Resource {
  declare readonly rotateTrigger: pulumi.Output<string | undefined>;
  declare readonly revokePreviousTrigger: pulumi.Output<string | undefined>;
  declare readonly rotateAfterDays: pulumi.Output<number | undefined>;
  /** The secret token for a webhook's `secretToken`: 43 characters of A-Z, a-z, 0-9, _ and -. Secret. */
  declare readonly current: pulumi.Output<string>;
  /**
   * What the bot, or the edge in front of it, accepts: `current`, then the previous secret. At first and after a revocation
   * `current` only. Secret.
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
