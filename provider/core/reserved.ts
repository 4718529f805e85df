// Ranges of addresses that no public endpoint lies in, and which addresses are this machine.
import { BlockList, isIPv4, isIPv6 } from "node:net";
import { unbracketed } from "./url";

const ipv4Ranges = {
  "0.0.0.0/8": "this network",
  "10.0.0.0/8": "private networks",
  "100.64.0.0/10": "carrier-grade NAT",
  "127.0.0.0/8": "loopback, the machine itself",
  "169.254.0.0/16": "link-local",
  "172.16.0.0/12": "private networks",
  "192.0.0.0/24": "IETF protocol assignments",
  "192.0.2.0/24": "documentation, TEST-NET-1",
  "192.88.99.0/24": "6to4 relays",
  "192.168.0.0/16": "private networks",
  "198.18.0.0/15": "benchmarks",
  "198.51.100.0/24": "documentation, TEST-NET-2",
  "203.0.113.0/24": "documentation, TEST-NET-3",
  "224.0.0.0/3": "multicast and future use",
};
const ipv6Ranges = {
  "::/128": "this machine",
  "::1/128": "loopback, the machine itself",
  "fc00::/7": "private networks",
  "fe80::/10": "link-local",
  "ff00::/8": "multicast",
  "2001::/23": "IETF protocol assignments",
  "2001:db8::/32": "documentation",
  "2002::/16": "6to4",
  "3fff::/20": "documentation",
};
const globalUnicast = "2000::/3";
/** What IPv6 writes before an IPv4 address that it stands for: mapped, and NAT64. */
const carriers = ["::ffff:", "64:ff9b::"];

const listed = Object.entries({ ...ipv4Ranges, ...ipv6Ranges }).map(([range, purpose]) => ({
  list: listOf(range, ...(range.includes(":") ? [] : carriers.map((carrier) => carried(carrier, range)))),
  says: `${range}, ${purpose}`,
}));
const publicIpv6 = listOf(globalUnicast, ...carriers.map((carrier) => carried(carrier, "0.0.0.0/0")));

/**
 * The reserved range an IPv4 address lies in, with its purpose: "10.0.0.0/8, private networks". Telegram refuses
 * them. Source: `IPAddress::is_reserved` (td 49b3bcb, read Oct 2026).
 */
export function isReservedIpv4(ip: string): string | undefined {
  return isIPv4(ip) ? reservedRange(ip) : undefined;
}

/**
 * The range of addresses that are not public in which an address lies, with its purpose; nothing for a public one. IPv6
 * may write an IPv4 address, which then counts. Source: IANA's registries of special-purpose addresses (read Nov 2026).
 */
export function reservedRange(ip: string): string | undefined {
  const found = listed.find(({ list }) => isListed(list, ip))?.says;
  if (found !== undefined || isIPv4(ip)) return found;
  return isListed(publicIpv6, ip) ? undefined : `outside of ${globalUnicast}, no public network`;
}

/** Whether an address lies in a range such as "10.0.0.0/8". */
export function isInside(ip: string, range: string): boolean {
  return isListed(listOf(range), ip);
}

function isListed(list: BlockList, ip: string): boolean {
  return isIPv4(ip) ? list.check(ip) : list.check(ip.replace(/%.*$/, ""), "ipv6");
}

function listOf(...ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [base = "", bits] = range.split("/");
    list.addSubnet(base, Number(bits), isIPv4(base) ? "ipv4" : "ipv6");
  }
  return list;
}

/** A range of IPv4 as it lies in IPv6. */
function carried(carrier: string, range: string): string {
  const [base = "", bits] = range.split("/");
  return `${carrier}${base}/${96 + Number(bits)}`;
}

/** `localhost`, a name below it, 127.0.0.0/8 or ::1 (with or without brackets), also as IPv6 writes 127.0.0.0/8. */
export function isLoopbackHost(host: string): boolean {
  const name = unbracketed(host.toLowerCase()).replace(/\.$/, "");
  if (isIPv4(name)) return isInside(name, "127.0.0.0/8");
  if (isIPv6(name)) return /^\[::(?:1|ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4})\]$/.test(new URL(`http://[${name}]`).hostname);
  return name === "localhost" || name.endsWith(".localhost");
}

/** Addresses that stand for every one of this machine, which a connection reaches as loopback; names of /etc/hosts for loopback. */
const ofThisMachine: readonly string[] = [
  ...["0.0.0.0", "[::]", "::", "[::ffff:0:0]", "ip6-localhost", "ip6-loopback", "localhost.localdomain"],
  ...["localhost4", "localhost4.localdomain4", "localhost6", "localhost6.localdomain6"],
];

/** Loopback, whatever else is this machine everywhere, and the name that the machine itself has. */
export function isThisMachine(host: string, ownName: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return isLoopbackHost(host) || ofThisMachine.includes(name) || name === ownName.toLowerCase();
}
