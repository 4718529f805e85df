// Ranges of addresses that no public endpoint lies in, and which addresses are this machine.
import { isIPv4, isIPv6 } from "node:net";

const reservedRanges: readonly (readonly [string, string])[] = [
  ["0.0.0.0/8", "this network"],
  ["10.0.0.0/8", "private networks"],
  ["100.64.0.0/10", "carrier-grade NAT"],
  ["127.0.0.0/8", "loopback, the machine itself"],
  ["169.254.0.0/16", "link-local"],
  ["172.16.0.0/12", "private networks"],
  ["192.0.0.0/24", "IETF protocol assignments"],
  ["192.0.2.0/24", "documentation, TEST-NET-1"],
  ["192.88.99.0/24", "6to4 relays"],
  ["192.168.0.0/16", "private networks"],
  ["198.18.0.0/15", "benchmarks"],
  ["198.51.100.0/24", "documentation, TEST-NET-2"],
  ["203.0.113.0/24", "documentation, TEST-NET-3"],
  ["224.0.0.0/3", "multicast and future use"],
];

/**
 * The reserved range an IPv4 address lies in, with its purpose: "10.0.0.0/8, private networks". Telegram refuses
 * them. Source: `IPAddress::is_reserved` (td 49b3bcb, read Oct 2026).
 */
export function isReservedIpv4(ip: string): string | undefined {
  const found = isIPv4(ip) ? reservedRanges.find(([range]) => isInside(ip, range)) : undefined;
  return found && `${found[0]}, ${found[1]}`;
}

/** IPv6: a prefix in bits, with the range it is. What IPv6 writes an IPv4 address into stands in `carriers`. */
const reservedPrefixes: readonly (readonly [string, string])[] = [
  ["::/128", "this machine"],
  ["::1/128", "loopback, the machine itself"],
  ["fc00::/7", "private networks"],
  ["fe80::/10", "link-local"],
  ["ff00::/8", "multicast"],
  ["2001::/23", "IETF protocol assignments"],
  ["2001:db8::/32", "documentation"],
  ["3fff::/20", "documentation"],
];
const globalUnicast = "2000::/3";
/** Prefixes after which an IPv4 address follows: mapped, compatible, NAT64, 6to4. */
const carriers: readonly string[] = ["::ffff:0:0/96", "::/96", "64:ff9b::/96", "2002::/16"];

/**
 * The range of addresses that are not public in which an address lies, with its purpose; nothing for a public one. IPv6
 * may write an IPv4 address, which then counts. Source: IANA's registries of special-purpose addresses (read Nov 2026).
 */
export function reservedRange(ip: string): string | undefined {
  if (!isIPv6(ip)) return isReservedIpv4(ip);
  const bits = bitsOf(ip);
  const found = reservedPrefixes.find(([range]) => bits.startsWith(prefixOf(range)));
  if (found) return `${found[0]}, ${found[1]}`;
  const carrier = carriers.map(prefixOf).find((prefix) => bits.startsWith(prefix));
  if (carrier !== undefined) return isReservedIpv4(ipv4Of(bits.slice(carrier.length, carrier.length + 32)));
  return bits.startsWith(prefixOf(globalUnicast)) ? undefined : `outside of ${globalUnicast}, no public network`;
}

/** The 128 binary digits of an IPv6 address, without its zone. */
function bitsOf(ip: string): string {
  const { hostname } = new URL(`http://[${ip.replace(/%.*$/, "")}]`);
  const [left = "", right] = hostname.slice(1, -1).split("::");
  const [head, tail] = [left, right ?? ""].map((part) => (part === "" ? [] : part.split(":")));
  const zeros = Array.from({ length: 8 - (head?.length ?? 0) - (tail?.length ?? 0) }, () => "0");
  return [...(head ?? []), ...zeros, ...(tail ?? [])]
    .map((group) => parseInt(group, 16).toString(2).padStart(16, "0"))
    .join("");
}

function prefixOf(range: string): string {
  const [base = "", bits] = range.split("/");
  return bitsOf(base).slice(0, Number(bits));
}

function ipv4Of(bits: string): string {
  return [0, 8, 16, 24].map((at) => parseInt(bits.slice(at, at + 8), 2)).join(".");
}

/** Whether an IPv4 address lies in a range such as "10.0.0.0/8". */
export function isInside(ip: string, range: string): boolean {
  const [base = "", bits = "32"] = range.split("/");
  const size = 2 ** (32 - Number(bits));
  return Math.floor(numberOf(ip) / size) === Math.floor(numberOf(base) / size);
}

/** `localhost`, a name below it, 127.0.0.0/8 or ::1 (with or without brackets), also as IPv6 writes 127.0.0.0/8. */
export function isLoopbackHost(host: string): boolean {
  const name = host
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
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

function numberOf(ip: string): number {
  return ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
