// What getWebhookInfo shows, compared with what was sent or is recorded; and what can be known of it for a restore.
import type { WebhookInfo, WebhookSettings } from "../api";
import { normalUpdateKinds, sameUpdateKinds, shownUrl } from "../rules";
import { sha256 } from "../../core/hash";
import { defaultConnections } from "../../facts/telegram";
import type { WebhookFacts, WebhookInputs, WebhookState } from "./fields";

/** The complete state to send. */
export function webhookSettings(inputs: WebhookInputs): WebhookSettings {
  const { url, certificate, ipAddress, maxConnections, allowedUpdates, secretToken } = inputs;
  return {
    url,
    maxConnections,
    allowedUpdates,
    ...(certificate !== undefined && { certificate }),
    ...(ipAddress !== undefined && { ipAddress }),
    ...(secretToken !== undefined && { secretToken }),
  };
}

/** Every field that getWebhookInfo shows and that is not as sent, in words. */
export function differences(wanted: WebhookSettings, live: WebhookInfo): string | undefined {
  if (live.url === "") return "no webhook is set";
  const found = [
    ...(live.url === wanted.url ? [] : [`url is ${shownUrl(live.url)}`]),
    ...(live.maxConnections === wanted.maxConnections ? [] : [`maxConnections is ${live.maxConnections}`]),
    ...(sameUpdateKinds(live.allowedUpdates, wanted.allowedUpdates)
      ? []
      : [`allowedUpdates is ${live.allowedUpdates?.join(", ") ?? "the default"}`]),
    ...(live.hasCustomCertificate === (wanted.certificate !== undefined)
      ? []
      : [live.hasCustomCertificate ? "a certificate is uploaded" : "no certificate is uploaded"]),
    ...(wanted.ipAddress === undefined || live.ipAddress === wanted.ipAddress
      ? []
      : [`ipAddress is ${live.ipAddress}`]),
  ];
  return found.length === 0 ? undefined : found.join("; ");
}

/** The arguments as the live webhook has them; what cannot be seen stays as recorded. */
export function asLive(old: WebhookInputs, live: WebhookInfo): WebhookInputs {
  if (live.url === "") return { ...old, url: "" };
  return {
    ...old,
    url: live.url,
    maxConnections: live.maxConnections ?? old.maxConnections,
    allowedUpdates: sameUpdateKinds(live.allowedUpdates, old.allowedUpdates)
      ? old.allowedUpdates
      : normalUpdateKinds(live.allowedUpdates ?? "default"),
    ...(old.ipAddress !== undefined && live.ipAddress !== undefined && { ipAddress: live.ipAddress }),
  };
}

/** Whether a url is what this resource sent last, by its own record. */
export function isOwned(old: WebhookState | undefined, url: string): boolean {
  const hash = sha256(url);
  return old !== undefined && (hash === old.owned.urlSha256 || hash === old.owned.attemptedUrlSha256);
}

/**
 * What to put back if the live webhook is lost: our own with all that it had; of somebody else's what can be seen, and
 * never with our secret or certificate.
 */
export function earlierOf(old: WebhookState | undefined, live: WebhookInfo): WebhookSettings | undefined {
  if (live.url === "") return undefined;
  const seen: WebhookSettings = {
    url: live.url,
    maxConnections: live.maxConnections ?? defaultConnections,
    allowedUpdates: live.allowedUpdates ?? [],
  };
  if (!old || !isOwned(old, live.url)) return seen;
  return {
    ...seen,
    ...(old.secretInForce && old.secretToken !== undefined && { secretToken: old.secretToken }),
    ...(live.hasCustomCertificate && old.certificate !== undefined && { certificate: old.certificate }),
    ...(old.ipAddress !== undefined && live.ipAddress !== undefined && { ipAddress: live.ipAddress }),
  };
}

/** The facts after Telegram accepted a set. */
export function factsAfter(inputs: WebhookInputs, hasCustomCertificate: boolean, at: Date): WebhookFacts {
  const registeredAt = at.toISOString();
  const sha = inputs.certificate === undefined ? {} : { certificateSha256: sha256(inputs.certificate) };
  return {
    hasCustomCertificate,
    registeredAt,
    ...sha,
    owned: { urlSha256: sha256(inputs.url), registeredAt, ...sha },
    secretInForce: inputs.secretToken !== undefined,
    verified: true,
  };
}
