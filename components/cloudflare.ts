// The entry point pulumi-telegram/cloudflare: what is made by resources of @pulumi/cloudflare.
import "../provider/core/node-version";

export { CloudflareDnsRecord } from "./cloudflare/dns-record";
export type { CloudflareDnsRecordArgs } from "./cloudflare/dns-record";
