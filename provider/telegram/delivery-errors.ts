// What Telegram's delivery errors mean: `last_error_message` to cause and cure.
import { shortened } from "../core/failure";
import { deliveryErrors } from "./delivery-error-table";
import type { DeliveryErrorKind } from "./delivery-error-table";

export type { DeliveryErrorKind };

/** A delivery error in words. */
export interface DeliveryError {
  kind: DeliveryErrorKind;
  /** Whether it is evidence that the webhook cannot work as it is set up; false when waiting may be enough. */
  isBroken: boolean;
  /** One sentence. */
  cause: string;
  /** One sentence. */
  cure: string;
}

const broken: readonly DeliveryErrorKind[] = ["certificate", "tls", "secret", "path", "redirect"];
const longestQuoted = 200;

/**
 * What `lastErrorMessage` of {@link getWebhookInfo} (Telegram's `last_error_message`) means, and what to do.
 * An unknown message gets the kind "unknown".
 */
export function explainDeliveryError(message: string): DeliveryError {
  const row = deliveryErrors.find(([fits]) => fits(message));
  if (!row) {
    return {
      kind: "unknown",
      isBroken: false,
      cause: "This version does not know the message.",
      cure: "Run `npx pulumi-telegram doctor <url>`, and look into the log of the endpoint.",
    };
  }
  const [, kind, cause, cure] = row;
  return { kind, isBroken: broken.includes(kind), cause, cure };
}

/** The message for a sentence of ours: the endpoint's part of it can have any length. */
export function quotedDeliveryError(message: string): string {
  return shortened(message.trim(), longestQuoted);
}
