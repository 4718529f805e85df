// The entry point pulumi-telegram/aws: what is made by resources of @pulumi/aws.
import "../provider/core/node-version";

export { AwsDnsRecord } from "./aws/dns-record";
export type { AwsDnsRecordArgs } from "./aws/dns-record";
