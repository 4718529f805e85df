// The class that programs use. Pulumi, and only Pulumi: every decision is in fields.ts and lifecycle.ts.
import type * as pulumi from "@pulumi/pulumi";
import type { ChoiceArgs } from "../../host/inputs";
import { Resource } from "../../host/resource";
import { logics } from "../../registry";
import type { VendorName, Via, via } from "../vendors";

/** Who serves the zone: exactly one key. */
export type ViaArgs = ChoiceArgs<typeof via>;

/** The arguments of a {@link DnsRecord}. */
export interface DnsRecordArgs {
  /** The zone's name, such as example.com. A change replaces (create, then delete). */
  zone: pulumi.Input<string>;
  /** `@` for the zone itself, a name inside the zone (bots), or the same with the zone (bots.example.com). A name with a dot at its end is a whole name, which must lie in the zone. A change replaces (create, then delete). */
  name: pulumi.Input<string>;
  /** Type of the record. A change at the same name replaces (delete, then create). */
  type: pulumi.Input<"A" | "CNAME" | "TXT" | "CAA">;
  /**
   * All values of this type at this name: IPv4 addresses (A), one name (CNAME), texts (TXT), or properties such as `0 issue
   * "letsencrypt.org"` (CAA). Order and repetition do not matter. Updated in place.
   */
  values: pulumi.Input<pulumi.Input<string>[]>;
  /** How long resolvers keep an answer, 30 to 86400 seconds. Default 300. With `proxied` it is Cloudflare's own. Updated in place. */
  ttlSeconds?: pulumi.Input<number>;
  /**
   * The vendor that serves the zone, with credentials, secret: `{ cloudflare: {} }`, `{ route53: {} }` or `{ rfc2136: { server } }`.
   * Another vendor replaces (create, then delete). Other credentials or ids do not move the record and delete nothing.
   */
  via: ViaArgs;
  /**
   * Whether a record of someone else at this name may be replaced. Default false. It counts at creation only: later
   * `pulumi up --refresh` puts the declared values back, after the refresh has shown what someone else wrote.
   */
  takeover?: pulumi.Input<boolean>;
  /** How many seconds to wait until every authoritative server answers with the record, 0 to 3600. Default 120. 0 does not wait. Updated in place. */
  waitSeconds?: pulumi.Input<number>;
  /** The zone's name servers to wait for, each `ip:port`. Omit it to wait for those that the public DNS names. Updated in place. */
  nameServers?: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * All records of one type at one name of a zone, ready when every authoritative server answers with them. Its id is
 * `<vendor>/<fqdn>/<type>`.
 */
export class DnsRecord extends Resource {
  declare readonly zone: pulumi.Output<string>;
  declare readonly name: pulumi.Output<string>;
  declare readonly type: pulumi.Output<"A" | "CNAME" | "TXT" | "CAA">;
  declare readonly values: pulumi.Output<string[]>;
  declare readonly ttlSeconds: pulumi.Output<number>;
  declare readonly via: pulumi.Output<Via>;
  declare readonly takeover: pulumi.Output<boolean>;
  declare readonly waitSeconds: pulumi.Output<number>;
  declare readonly nameServers: pulumi.Output<string[] | undefined>;
  /** The vendor that serves the zone: the key of `via`. */
  declare readonly vendor: pulumi.Output<VendorName>;
  /** The whole name, for a webhook's `url`; known in the first preview. */
  declare readonly fqdn: pulumi.Output<string>;
  /** The values that this resource wrote last. A removal removes these and no others. */
  declare readonly owned: pulumi.Output<string[]>;
  /**
   * Values of a write that failed half-way. They count as this resource's own until the next `up` has completed the write.
   * Always nothing with the vendors of this version, which write all values of a record at once.
   */
  declare readonly attempted: pulumi.Output<string[] | undefined>;
  /** When every authoritative server answered with the values that were written last, RFC 3339 UTC. Nothing while they do not; the next `up` then waits again. */
  declare readonly publishedAt: pulumi.Output<string | undefined>;

  constructor(name: string, args: DnsRecordArgs, options: pulumi.CustomResourceOptions = {}) {
    super(logics.DnsRecord, name, args, options);
  }
}
