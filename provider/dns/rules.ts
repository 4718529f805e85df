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

/** A zone in lower case, without the dot at the end. */
export function normalZone(zone: string): string {
  return zone.toLowerCase().replace(/\.$/, "");
}

/** A name in lower case. A dot at its end stays: it says that the name is whole, and goes on with no zone. */
export function normalName(name: string): string {
  return name.toLowerCase();
}

export function nameProblem(name: string): string | undefined {
  if (name === "@") return undefined;
  const says = labelsProblem(name.replace(/\.$/, "").replace(/^\*\./, "").replace(/^\*$/, "a"));
  return says === undefined ? undefined : `must be @, a name inside the zone, or that with the zone; it ${says}`;
}

/** Whether a whole name is the zone's own or lies below it. */
export function isInZone(zone: string, name: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/** A host's name as a record's: one outside of the zone gets the dot that says it is whole, so that no zone is put after it. */
export function nameOfHost(zone: string, host: string): string {
  return host.endsWith(".") || isInZone(normalZone(zone), normalName(host)) ? host : `${host}.`;
}

/** The whole name: of "@", of a name inside the zone, of one that has the zone already, and of one with a dot at its end. */
export function fqdnOf(zone: string, name: string): string {
  if (name === "@") return zone;
  if (name.endsWith(".")) return name.slice(0, -1);
  return isInZone(zone, name) ? name : `${name}.${zone}`;
}

/** What lies outside of its zone: a whole name of another zone, and "notexample.com", which only ends in the zone's letters. */
export function outsideProblem(zone: string, name: string): string | undefined {
  const fqdn = fqdnOf(zone, name);
  if (!isInZone(zone, fqdn)) {
    return `must lie in the zone ${zone}; got ${name} with a dot at its end, which makes it a whole name. Correct the name or the zone`;
  }
  if (!isInZone(zone, name) && name.endsWith(zone)) {
    return `must lie in the zone ${zone}; got ${name}. Write it without the zone (bots) or with it (bots.${zone})`;
  }
  return fqdn.length > longestName
    ? `must be at most ${longestName} characters with its zone; got ${fqdn.length}`
    : undefined;
}

/** A name inside the zone that ends like a whole name of another one: "bots.other.com" in example.com. */
export function looksWhole(zone: string, name: string): boolean {
  const [, last] = /\.([^.]+)$/.exec(name) ?? [];
  const isLikeWhole = last !== undefined && [zone.split(".").at(-1), "com", "net", "org"].includes(last);
  return isLikeWhole && !isInZone(zone, name);
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
