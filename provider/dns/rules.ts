// What a record may be: zone, name, time to live, and how long to wait.
import { socketAddressOf } from "../probe/dns-address";
import { labelsProblem } from "./values";
import { longestName } from "../core/grammar";
import { isWhole } from "../core/rules";
import type { RecordType } from "./values";

export function zoneProblem(zone: string): string | undefined {
  const says = labelsProblem(zone.replace(/\.$/, ""));
  return says === undefined ? undefined : `must be the zone's name, such as example.com; it ${says}`;
}

/** A name in lower case, without the dot at the end. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

export function nameProblem(name: string): string | undefined {
  if (name === "@") return undefined;
  const says = labelsProblem(name.replace(/\.$/, "").replace(/^\*\./, "").replace(/^\*$/, "a"));
  return says === undefined ? undefined : `must be @, a name inside the zone, or that with the zone; it ${says}`;
}

/** The whole name: of "@", of a name inside the zone, and of one that has the zone already. */
export function fqdnOf(zone: string, name: string): string {
  if (name === "@" || name === zone) return zone;
  return name.endsWith(`.${zone}`) ? name : `${name}.${zone}`;
}

/** A name that ends in the zone's letters and yet lies outside: "notexample.com" is no name below example.com. */
export function outsideProblem(zone: string, name: string): string | undefined {
  const fqdn = fqdnOf(zone, name);
  if (name !== zone && name.endsWith(zone) && !name.endsWith(`.${zone}`)) {
    return `must lie in the zone ${zone}; got ${name}. Write it without the zone (bots) or with it (bots.${zone})`;
  }
  return fqdn.length > longestName
    ? `must be at most ${longestName} characters with its zone; got ${fqdn.length}`
    : undefined;
}

/** RFC 1034 3.6.2: a CNAME stands alone, and the zone's own name has SOA and NS records. */
export function apexProblem(zone: string, fqdn: string, type: RecordType): string | undefined {
  if (type !== "CNAME" || fqdn !== zone) return undefined;
  return `cannot be CNAME at the zone's own name ${zone}, which has SOA and NS records; publish an A record there`;
}

/** Cloudflare takes 30 (Enterprise; others 60) to 86400. Not compared with a live zone. */
export function ttlSecondsProblem(seconds: number): string | undefined {
  return isWhole(seconds, 30, 86_400) ? undefined : `must be a whole number of 30 to 86400; got ${seconds}`;
}

export function waitSecondsProblem(seconds: number): string | undefined {
  return isWhole(seconds, 0, 3600) ? undefined : `must be a whole number of 0 to 3600; got ${seconds}`;
}

export function nameServersProblem(addresses: string[]): string | undefined {
  if (addresses.length === 0) return "must hold at least one address; leave it out for the zone's own name servers";
  const at = addresses.findIndex((address) => socketAddressOf(address) === undefined);
  return at < 0 ? undefined : `must hold ip:port such as 192.0.2.53:53; item ${at + 1} is none`;
}
