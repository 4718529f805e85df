// A DnsRecord's name, made by a route53.Record of @pulumi/aws and followed by the same wait.
import * as pulumi from "@pulumi/pulumi";
import { toPresentation } from "../../provider/dns/values";
import type { RecordType } from "../../provider/dns/values";
import { loadProvider, publishedName, settleRecord } from "../dns-parts";
import type { RecordPartArgs } from "../dns-parts";

/** The arguments of an {@link AwsDnsRecord}. */
export interface AwsDnsRecordArgs extends RecordPartArgs {
  /** The hosted zone's id, such as `zone.zoneId`. */
  hostedZoneId: pulumi.Input<string>;
}

/**
 * A record in Route 53, made by @pulumi/aws with its credentials, for programs that have its resources already. Its
 * `fqdn` comes when every authoritative server answers with the record.
 */
export class AwsDnsRecord extends pulumi.ComponentResource {
  /** The whole name, for a webhook's `url`: who uses it comes after the record is published. */
  readonly fqdn: pulumi.Output<string>;

  constructor(name: string, args: AwsDnsRecordArgs, options: pulumi.ComponentResourceOptions = {}) {
    const settled = settleRecord(`AwsDnsRecord ${name}`, args, ["hostedZoneId"]);
    super("telegram:index:AwsDnsRecord", name, {}, options);
    const { fqdn, type, ttlSeconds } = settled;
    const { Record } = loadProvider("aws", "@pulumi/aws", "7", () => {
      return require("@pulumi/aws/route53/record") as typeof import("@pulumi/aws/route53/record");
    });
    const records = args.values.map((value) => pulumi.output(value).apply((known) => asAws(type, known)));
    const record = new Record(
      `${name}-record`,
      { zoneId: args.hostedZoneId, name: fqdn, type, ttl: ttlSeconds, records },
      { parent: this },
    );
    this.fqdn = publishedName(this, settled, args.values, [record.id]);
    this.registerOutputs({ fqdn: this.fqdn });
  }
}

/** The provider puts the quotes of a TXT value around it itself. */
function asAws(type: RecordType, value: string): string {
  const written = toPresentation(type, value);
  return type === "TXT" ? written.slice(1, -1).replaceAll('" "', '""') : written;
}
