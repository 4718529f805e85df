// What getWebhookInfo shows, compared with what was sent or is recorded; and what can be known of it for a restore.
import { sha256 } from "../../core/hash";
import { certificatesText } from "../../x509/pem";
import type { WebhookFacts, WebhookInputs, WebhookState } from "./fields";
import { rows } from "./wire";
import type { SentName, WebhookInfo, WebhookSettings } from "./wire";

/** One value for each argument that is sent; those without one are left out. */
function settingsFrom(valueOf: (name: SentName, row: (typeof rows)[number][1]) => unknown): WebhookSettings {
  const values = rows.map(([name, row]) => [name, valueOf(name, row)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as unknown as WebhookSettings;
}

/** The complete state to send. */
export function webhookSettings(inputs: WebhookInputs): WebhookSettings {
  return settingsFrom((name) => inputs[name]);
}

/** The same as the last read left it: whether a certificate is uploaded is a fact, not an argument. */
export function recordedSettings(old: WebhookState): WebhookSettings {
  const { certificate = "", ...settings } = webhookSettings(old);
  return { ...settings, ...(old.hasCustomCertificate && { certificate }) };
}

/** Every argument that getWebhookInfo reports and that is not as sent. */
export function differingSettings(
  wanted: WebhookSettings,
  live: WebhookInfo,
): { says: string; tellsNewSet: boolean }[] {
  return rows.flatMap(([name, { reported }]) => {
    if (reported === "never" || reported.isAsSent(live[reported.as], wanted[name])) return [];
    return [{ says: reported.says(live[reported.as]), tellsNewSet: reported.tellsNewSet }];
  });
}

/** The same in words; nothing when all is as sent. */
export function differences(wanted: WebhookSettings, live: WebhookInfo): string | undefined {
  if (live.url === "") return "no webhook is set";
  const found = differingSettings(wanted, live).map(({ says }) => says);
  return found.length === 0 ? undefined : found.join("; ");
}

/** The arguments as the live webhook has them; what cannot be seen stays as recorded. */
export function liveInputs(old: WebhookInputs, live: WebhookInfo): WebhookInputs {
  if (live.url === "") return { ...old, url: "" };
  const seen = settingsFrom((name, { reported }) => {
    return reported === "never" ? undefined : reported.asArgument?.(live[reported.as], old[name]);
  });
  return { ...old, ...seen };
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
export function settingsToRestore(old: WebhookState | undefined, live: WebhookInfo): WebhookSettings | undefined {
  if (live.url === "") return undefined;
  const ours = old && isOwned(old, live.url) ? old : undefined;
  return settingsFrom((_name, { restored }) => {
    if (restored.of === "anybody") return restored.value(live);
    return ours && restored.value(ours, live);
  });
}

/** The facts after Telegram accepted a set. */
export function factsAfter(inputs: WebhookInputs, hasCustomCertificate: boolean, at: Date): WebhookFacts {
  const registeredAt = at.toISOString();
  const sha =
    inputs.certificate === undefined ? {} : { certificateSha256: sha256(certificatesText(inputs.certificate)) };
  return {
    hasCustomCertificate,
    registeredAt,
    ...sha,
    owned: { urlSha256: sha256(inputs.url), registeredAt, ...sha },
    secretInForce: inputs.secretToken !== undefined,
    verified: true,
  };
}
