// The values of a set of records: which are allowed, their normal form, and how vendors write them.
import { isIPv4, isIPv6 } from "node:net";
import { isDnsName } from "../core/grammar";
import { foreignFlaw, isForeign, labelFlaw, lengthFlaw, oddIn } from "../core/host-name";

export const recordTypes = ["A", "CNAME", "TXT", "CAA"] as const;
export type RecordType = (typeof recordTypes)[number];

/** All that a zone holds of one type at one name. The values are in normal form, sorted, each once. */
export interface RecordSet {
  values: string[];
  ttlSeconds: number;
  /** The vendor's settings that are properties of the record. */
  settings: Readonly<Record<string, unknown>>;
}

export const defaultTtlSeconds = 300;

const longestTextBytes = 2048;
export const longestChunk = 255; // RFC 1035 3.3: a character-string has at most 255 bytes

/** What keeps a list from being the values of a set of this type. */
export function valuesProblem(type: RecordType, values: readonly string[]): string | undefined {
  if (type === "CNAME" && values.length > 1)
    return `must be one name for a CNAME, which stands alone (RFC 1034 3.6.2); got ${values.length}`;
  const says = values.map(problems[type]).find((one) => one !== undefined);
  // They are sorted, so a number would not be that of the program's list.
  return says && `must hold ${kinds[type]}; ${values.length === 1 ? "it" : "one of them"} ${says}`;
}

const kinds: Record<RecordType, string> = {
  A: "IPv4 addresses",
  CNAME: "the name that it points to",
  TXT: "texts",
  CAA: 'CAA values such as 0 issue "letsencrypt.org"',
};

const problems: Record<RecordType, (value: string) => string | undefined> = {
  A: (value) => {
    if (isIPv4(value)) return undefined;
    return isIPv6(value)
      ? "is an IPv6 address, which Telegram does not deliver to"
      : "is none (four decimal numbers); a name wants the type CNAME";
  },
  CNAME: (value) =>
    (isIPv4(value) ? "is an address: an address wants the type A" : undefined) ??
    labelsProblem(value.replace(/\.$/, "")) ??
    (value.includes(".") ? undefined : "has no dot: give the whole name with its zone (bots.example.com)"),
  TXT: (value) => {
    if (value.includes("<{%")) return "has <{%, which begins a colour of Pulumi's";
    const isGood = /^[\x20-\x7e]+$/.test(value) && value.length <= longestTextBytes;
    return isGood ? undefined : `is not 1 to ${longestTextBytes} printable ASCII characters`;
  },
  CAA: (value) => (caaOf(value) ? undefined : "is none (flags, tag, quoted value; RFC 8659)"),
};

/** What keeps a text from being labels with dots between them; `_` is allowed, as in _acme-challenge. */
export function labelsProblem(text: string): string | undefined {
  if (isDnsName(text)) return undefined;
  if (/\s/.test(text)) return "has a space or a line break, remove it";
  if (/[:/]/.test(text)) return "has a scheme, a port or a path, give the name alone";
  if (isForeign(text)) return foreignFlaw(text);
  if (text.includes("*")) return "has a * that is not its whole first label";
  const odd = oddIn(text, /[^A-Za-z0-9._-]/);
  if (odd !== undefined) return `has ${odd}; a name has letters, digits, hyphens, underscores and dots`;
  if (text === "" || text.startsWith(".") || /\.(?:\.|$)/.test(text)) return "is empty, or has a dot too many";
  return lengthFlaw(text) ?? labelFlaw;
}

/** The normal form: lower case where DNS has no case, no dot at the end, sorted, each once. */
export function normalValues(type: RecordType, values: readonly string[]): string[] {
  const normal = values.map((value) => {
    if (type === "CNAME") return value.toLowerCase().replace(/\.$/, "");
    const caa = type === "CAA" ? caaOf(value) : undefined;
    return caa ? `${caa.flags} ${caa.tag} "${caa.value}"` : value;
  });
  return [...new Set(normal)].sort();
}

interface Caa {
  flags: number;
  tag: string;
  value: string;
}

/** "0 issue "letsencrypt.org"" in its parts; the quotes may be missing where no space is. */
export function caaOf(value: string): Caa | undefined {
  const [, flags = "", tag = "", quoted, bare] = /^(\d{1,3})\s+([a-z0-9]{1,15})\s+(?:"([^"\\]*)"|([^\s"\\]+))$/i.exec(value) ?? []; // prettier-ignore
  const text = quoted ?? bare;
  if (text === undefined || Number(flags) > 255 || !/^[\x20-\x7e]*$/.test(text) || text.includes("<{%"))
    return undefined;
  return { flags: Number(flags), tag: tag.toLowerCase(), value: text };
}

/** A value of our own as Route 53 and Cloudflare take it. */
export function toPresentation(type: RecordType, value: string): string {
  if (type === "CNAME") return `${value}.`;
  if (type !== "TXT") return value;
  const chunks = value.match(new RegExp(`.{1,${longestChunk}}`, "g")) ?? [];
  return chunks.map((chunk) => `"${chunk.replace(/["\\]/g, "\\$&")}"`).join(" ");
}
