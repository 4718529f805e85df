// A DnsRecord's name, made by DnsRecords of @pulumi/cloudflare and followed by the same wait.
import * as pulumi from "@pulumi/pulumi";
import { proxiedWarning } from "../../provider/dns/notices";
import { caaOf, toPresentation } from "../../provider/dns/values";
import { programVoice, refusal } from "../../provider/host/voice";
import { loadProvider, publishedName, settleRecord } from "../dns-parts";
import type { RecordPartArgs } from "../dns-parts";

/** The arguments of a {@link CloudflareDnsRecord}. */
export interface CloudflareDnsRecordArgs extends RecordPartArgs {
  /** The zone's id, such as `zone.id`. */
  zoneId: pulumi.Input<string>;
  /** Whether answers are Cloudflare's own addresses. Default false. */
  proxied?: boolean;
}

/**
 * A record at Cloudflare, made by @pulumi/cloudflare with its credentials, for programs that have its resources already:
 * one child for each value. Its `fqdn` comes when every authoritative server answers with the record.
 */
export class CloudflareDnsRecord extends pulumi.ComponentResource {
  /** The whole name, for a webhook's `url`: who uses it comes after the record is published. */
  readonly fqdn: pulumi.Output<string>;

  constructor(name: string, args: CloudflareDnsRecordArgs, options: pulumi.ComponentResourceOptions = {}) {
    const settled = settleRecord(`CloudflareDnsRecord ${name}`, args, ["zoneId", "proxied"]);
    super("telegram:index:CloudflareDnsRecord", name, {}, options);
    const { fqdn, type, ttlSeconds, isAnsweredByVendor: proxied } = settled;
    const { DnsRecord } = loadProvider("cloudflare", "@pulumi/cloudflare", "6", () => {
      return require("@pulumi/cloudflare/dnsRecord") as typeof import("@pulumi/cloudflare/dnsRecord");
    });
    const ids = args.values.map((value, at) => {
      const known = pulumi.output(value);
      const own =
        type === "CAA"
          ? { data: known.apply((text) => dataOf(text)) }
          : {
              content: known.apply((text) => (type === "CNAME" ? text.replace(/\.$/, "") : toPresentation(type, text))),
            };
      const record = new DnsRecord(
        at === 0 ? `${name}-record` : `${name}-record-${at + 1}`,
        { zoneId: args.zoneId, name: fqdn, type, ttl: proxied ? 1 : ttlSeconds, proxied, ...own },
        { parent: this },
      );
      return record.id;
    });
    if (proxied) programVoice(this).warn(`${proxiedWarning}.`);
    this.fqdn = publishedName(this, settled, args.values, ids);
    this.registerOutputs({ fqdn: this.fqdn });
  }
}

function dataOf(text: string): { flags: number; tag: string; value: string } {
  const caa = caaOf(text);
  if (!caa) throw refusal('values must hold CAA values such as 0 issue "letsencrypt.org"');
  return caa;
}
