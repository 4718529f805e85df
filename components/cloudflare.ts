// The entry point pulumi-telegram/cloudflare: what is made by resources of @pulumi/cloudflare.
import "../provider/core/node-version";

export { CloudflareDnsRecord } from "./cloudflare/dns-record";
export type { CloudflareDnsRecordArgs } from "./cloudflare/dns-record";
export type { CloudflareZoneArgs } from "./cloudflare/site";
export { TunnelEndpoint } from "./cloudflare/tunnel-endpoint";
export type { TunnelEndpointArgs } from "./cloudflare/tunnel/plan";
export type { WafRule } from "./cloudflare/waf";
export { WorkerEndpoint } from "./cloudflare/worker-endpoint";
export type { WorkerEndpointArgs, WorkerOriginArgs } from "./cloudflare/worker/plan";
