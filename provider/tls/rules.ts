// What a certificate may be: its names, its key and its days.
// Sources: RFC 5280, RFC 6125, `SslCtx.cpp` and `SslStream.cpp` of td (49b3bcb); read Oct 2026.
import { isIP, isIPv4 } from "node:net";
import { hostNameFlaw, lengthFlaw } from "../core/host-name";
import type { Finding } from "../core/logic";
import { isWhole } from "../core/rules";
import { unbracketed } from "../core/url";
import type { KeyType } from "../x509/make";

export { isTriggered, triggerProblem } from "../core/rules";

const keyTypes: readonly string[] = ["ec-p256", "rsa-2048", "rsa-4096"] satisfies KeyType[];

const mostNames = 100;

/** `names`: DNS names and IPv4 addresses, at least one. Telegram delivers to no IPv6 address. */
export function namesProblem(names: readonly string[]): string | undefined {
  if (names.length === 0) return "must hold at least one DNS name or IPv4 address; got none";
  if (names.length > mostNames) return `must hold at most ${mostNames} names; got ${names.length}`;
  for (const [index, name] of names.entries()) {
    const says = nameProblem(name);
    if (says !== undefined) return `must hold DNS names and IPv4 addresses; item ${index + 1} ${says}`;
  }
  return undefined;
}

function nameProblem(name: string): string | undefined {
  if (name === "") return "is empty, remove it";
  if (isIP(unbracketed(name)) === 6) return "is an IPv6 address, which Telegram does not deliver to";
  if (/[:/]/.test(name)) return "has a scheme, a port or a path, give the host alone";
  if (isIPv4(name)) return undefined;
  // eslint-disable-next-line no-control-regex -- that is the range meant
  if (/[^\u0000-\u007f]/.test(name)) return "is not ASCII, write it in its xn-- form";
  const host = name.replace(/^\*\./, "");
  if (name.includes("*") && !/^\*\.[^*]+$/.test(name))
    return "has a * that is not its whole first label: *.example.com";
  const flaw = hostNameFlaw(host) ?? lengthFlaw(name);
  if (flaw !== undefined) return flaw;
  if (!host.includes(".")) return "has no dot, give the whole name";
  return /(?:^|\.)\d+$/.test(host) ? "ends in a number, as only an IPv4 address does, and is none" : undefined;
}

/** Lower case, each once, DNS names before addresses, sorted: their order means nothing. */
export function normalNames(names: readonly string[]): string[] {
  const all = [...new Set(names.map((name) => name.toLowerCase()))].sort();
  return [...all.filter((name) => !isIPv4(name)), ...all.filter((name) => isIPv4(name))];
}

export function keyTypeProblem(value: string): string | undefined {
  return keyTypes.includes(value) ? undefined : `must be one of ${keyTypes.join(", ")}`;
}

export function daysProblem(least: number, most: number): (n: number) => string | undefined {
  return (n) => (isWhole(n, least, most) ? undefined : `must be a whole number of ${least} to ${most}; got ${n}`);
}

/** `commonName` of an authority: what people see; 1 to 64 printable characters (RFC 5280, ub-common-name). */
export function commonNameProblem(value: string): string | undefined {
  // eslint-disable-next-line no-control-regex -- that is the range meant
  const isGood = /^[^\u0000-\u001f\u007f]{1,64}$/u.test(value) && value.trim() === value;
  return isGood ? undefined : `must be 1 to 64 characters without line breaks and without spaces around it`;
}

/** A renewal must come after the certificate has begun to serve, or each run would make another one. */
export function daysFindings(known: { validityDays?: number; renewBeforeDays?: number }): Finding[] {
  const { validityDays, renewBeforeDays } = known;
  if (validityDays === undefined || renewBeforeDays === undefined || renewBeforeDays < validityDays) return [];
  const says = `must be less than validityDays (${validityDays}); got ${renewBeforeDays}`;
  return [{ field: "renewBeforeDays", level: "problem", says }];
}
