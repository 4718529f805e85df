// What keeps a text from being a host's name, in words for whoever has just that text: a URL, a port, another script.
import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { isHostLabel, longestName } from "./grammar";
import { unbracketed } from "./url";

/** Continues a sentence that ends in "it …"; nothing for LDH labels with dots between them. */
export function hostNameFlaw(text: string): string | undefined {
  if (text === "") return "is empty";
  if (/\s/.test(text)) return "has a space or a line break, remove it";
  if (text.includes("://")) return "has a scheme, give the host alone";
  if (isIP(unbracketed(text)) === 6) return "is an IPv6 address, which is not taken here";
  if (/[/?#\\]/.test(text)) return "has a path, give the host alone";
  if (text.includes("@")) return "has a user in front, give the host alone";
  if (text.includes(":")) return "has a port or a colon, give the host alone";
  if (isForeign(text)) return foreignFlaw(text);
  if (text.endsWith(".")) return "ends in a dot, remove it";
  if (text.startsWith(".") || text.includes("..")) return "has a dot too many";
  if (text.includes("*")) return "has a *, give one host";
  if (text.includes("_")) return "has an underscore, which no name of a web host may have";
  const odd = oddIn(text, /[^A-Za-z0-9.-]/);
  if (odd !== undefined) return `has ${odd}`;
  return lengthFlaw(text) ?? (text.split(".").every(isHostLabel) ? undefined : labelFlaw);
}

/** What is wrong with labels whose characters are right. */
export const labelFlaw = "has a part between dots that begins or ends with a hyphen, or is longer than 63 characters";

export function lengthFlaw(text: string): string | undefined {
  return text.length > longestName ? `is longer than ${longestName} characters` : undefined;
}

export const isForeign = (text: string) => /[^\u0020-\u007e]/.test(text);

/** The spelling that DNS has, where there is one. */
export function foreignFlaw(text: string): string {
  const ascii = domainToASCII(text);
  return ascii === "" ? "has a character that does not print, or is not ASCII" : `is not ASCII, write ${ascii}`;
}

/** The first character of a kind, as a message may show it. */
export function oddIn(text: string, kind: RegExp): string | undefined {
  const odd = kind.exec(text)?.[0];
  if (odd === undefined) return undefined;
  return /[^\x20-\x7e]/.test(odd) ? "another character" : odd === " " ? "a space" : `the character ${odd}`;
}
