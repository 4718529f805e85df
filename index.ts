// The public surface: exports only.
export { TelegramWebhook } from "./provider/telegram/webhook/resource";
export type { TelegramWebhookArgs } from "./provider/telegram/webhook/resource";
export { WebhookSecret } from "./provider/telegram/secret/resource";
export type { WebhookSecretArgs } from "./provider/telegram/secret/resource";
export { DnsRecord } from "./provider/dns/record/resource";
export type { CloudflareArgs, DnsRecordArgs, Rfc2136Args, Route53Args, ViaArgs } from "./provider/dns/record/resource";
export type { Owned, Preflight, TokenFrom } from "./provider/telegram/webhook/fields";
export { allUpdateKinds } from "./provider/telegram/rules";
export { explainDeliveryError } from "./provider/telegram/delivery-errors";
export type { DeliveryError, DeliveryErrorKind } from "./provider/telegram/delivery-errors";
export { getWebhookInfo, getWebhookInfoOutput } from "./provider/telegram/info";
export type { GetWebhookInfoArgs, GetWebhookInfoOutputArgs } from "./provider/telegram/info";
export type { WebhookInfo } from "./provider/telegram/api";
