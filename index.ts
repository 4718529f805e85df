// The public surface: exports only.
export { TelegramWebhook } from "./provider/telegram/webhook/resource";
export type { TelegramWebhookArgs } from "./provider/telegram/webhook/resource";
export { WebhookSecret } from "./provider/telegram/secret/resource";
export type { WebhookSecretArgs } from "./provider/telegram/secret/resource";
export { ProxyRoute } from "./provider/proxy/route/resource";
export type { NginxArgs, ProxyRouteArgs, SshArgs, TlsArgs } from "./provider/proxy/route/resource";
export type { NginxSettings, SshSettings, Tls } from "./provider/proxy/route/fields";
export type { Owned, Preflight, TokenFrom } from "./provider/telegram/webhook/fields";
export { allUpdateKinds } from "./provider/telegram/rules";
export { getWebhookInfo, getWebhookInfoOutput } from "./provider/telegram/info";
export type { GetWebhookInfoArgs, GetWebhookInfoOutputArgs } from "./provider/telegram/info";
export type { WebhookInfo } from "./provider/telegram/api";
