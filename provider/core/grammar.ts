// Grammars that arguments of several systems follow: labels and names, ports, ranges of addresses, a bot token in a text.
import { isIPv4 } from "node:net";

/** The longest name as it is written, with its dots. Source: RFC 1035 2.3.4 (255 bytes with the lengths and the root). */
export const longestName = 253;
export const highestPort = 65_535;

/** A label of a host name: 1 to 63 letters, digits and hyphens, none of these at its ends (LDH). Source: RFC 1123 2.1. */
export function isHostLabel(label: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(label);
}

/** A label of a DNS name, which may have underscores too (`_acme-challenge`). Sources: RFC 2181 11, RFC 8552. */
export function isDnsLabel(label: string): boolean {
  return isHostLabel(label.replaceAll("_", "a"));
}

/** Host labels with dots between them. */
export function isHostName(text: string): boolean {
  return text.length <= longestName && text.split(".").every(isHostLabel);
}

/** DNS labels with dots between them. */
export function isDnsName(text: string): boolean {
  return text.length <= longestName && text.split(".").every(isDnsLabel);
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= highestPort;
}

/** An IPv4 address, or a range such as "10.0.0.0/8". Source: RFC 4632. */
export function isIpv4Range(text: string): boolean {
  const [, address = "", bits = "32"] = /^([\d.]+)(?:\/(\d{1,2}))?$/.exec(text) ?? [];
  return isIPv4(address) && Number(bits) <= 32;
}

/** The name of an environment variable. Source: POSIX.1-2017, XBD 3.235 (lower case too, which shells take). */
export function isVariableName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}

/** What looks like a bot token inside a text, its colon percent-encoded or not: an id, a colon, 30 characters or more. */
export const botTokenInText = /\d{5,17}(?::|%3a)[A-Za-z0-9_-]{30,}/i;
