// The public surface: exports only.
import "./provider/core/node-version";
export { TelegramWebhook } from "./provider/telegram/webhook/resource";
export type { TelegramWebhookArgs } from "./provider/telegram/webhook/resource";
export { WebhookSecret } from "./provider/telegram/secret/resource";
export type { WebhookSecretArgs } from "./provider/telegram/secret/resource";
export { TlsCertificate } from "./provider/tls/certificate/resource";
export type { IssuerArgs, TlsCertificateArgs } from "./provider/tls/certificate/resource";
export { CertificateAuthority } from "./provider/tls/authority/resource";
export type { CertificateAuthorityArgs } from "./provider/tls/authority/resource";
export { AcmeAccount } from "./provider/tls/account/resource";
export type { AcmeAccountArgs } from "./provider/tls/account/resource";
export { lintCertificate } from "./provider/probe/certificate-lint";
export type { CertificateToLint, CertificateVerdict } from "./provider/probe/certificate-lint";
export { ProxyRoute } from "./provider/proxy/route/resource";
export type { OnArgs, ProxyRouteArgs, ServerArgs, TlsArgs } from "./provider/proxy/route/resource";
export type { On, Tls } from "./provider/proxy/route/choices";
export type { CaddySettings } from "./provider/proxy/servers/caddy";
export type { HaproxySettings } from "./provider/proxy/servers/haproxy";
export type { NginxSettings } from "./provider/proxy/servers/nginx";
export { DnsRecord } from "./provider/dns/record/resource";
export type { DnsRecordArgs, ViaArgs } from "./provider/dns/record/resource";
export { BotEndpoint } from "./components/bot-endpoint";
export type {
  BotEndpointArgs,
  EndpointAcmeArgs,
  EndpointRecordArgs,
  EndpointRouteArgs,
  PemArgs,
} from "./components/bot-endpoint/args";
export type { EndpointArgs, EndpointWebhookArgs, SecretArgs } from "./components/endpoint/args";
export type { PresetName } from "./components/presets";
export type { Owned, Preflight, TokenFrom } from "./provider/telegram/webhook/fields";
export { allUpdateKinds } from "./provider/telegram/update-kinds";
export { explainDeliveryError } from "./provider/telegram/delivery-errors";
export type { DeliveryError, DeliveryErrorKind } from "./provider/telegram/delivery-errors";
export { getWebhookInfo, getWebhookInfoOutput } from "./provider/telegram/info";
export type { GetWebhookInfoArgs, GetWebhookInfoOutputArgs } from "./provider/telegram/info";
export type { WebhookInfo } from "./provider/telegram/webhook/wire";
