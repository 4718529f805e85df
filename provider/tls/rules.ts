// What a certificate may be: its names, its key and its days.
// Sources: RFC 5280, RFC 6125, `SslCtx.cpp` and `SslStream.cpp` of td (49b3bcb); read Oct 2026.
import { isIP, isIPv4 } from "node:net";
import { hostNameFlaw, lengthFlaw } from "../core/host-name";
import type { Finding } from "../core/logic";
import { isDnsName, isHostName, longestName } from "../core/grammar";
import { isObject, isWhole, shownKey } from "../core/rules";
import { directoryUrlProblem } from "../acme/directory-url";
import { unbracketed } from "../core/url";
import type { KeyType } from "../x509/make";

export { accountKeyProblem } from "../acme/account-key";
export { directoryUrlProblem } from "../acme/directory-url";
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
  if (/\P{ASCII}/u.test(name)) return "is not ASCII, write it in its xn-- form";
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

/** Of RFC 5280 5.3.1 those that a certificate's holder can mean, as public authorities take them. */
const revokeReasons = ["unspecified", "keyCompromise", "superseded", "cessationOfOperation"] as const;
export type RevokeReason = (typeof revokeReasons)[number];

export function revokeReasonProblem(value: string): string | undefined {
  return revokeReasons.some((one) => one === value) ? undefined : `must be one of ${revokeReasons.join(", ")}`;
}

export function daysProblem(least: number, most: number): (n: number) => string | undefined {
  return (n) => (isWhole(n, least, most) ? undefined : `must be a whole number of ${least} to ${most}; got ${n}`);
}

/** `commonName` of an authority: what people see; 1 to 64 printable characters (RFC 5280, ub-common-name). */
export function commonNameProblem(value: string): string | undefined {
  const isGood = /^[ -~\u0080-\u{10ffff}]{1,64}$/u.test(value) && value.trim() === value;
  return isGood ? undefined : `must be 1 to 64 characters without line breaks and without spaces around it`;
}

/** A renewal must come after the certificate has begun to serve, or each run would make another one. */
export function daysFindings(known: { validityDays?: number; renewBeforeDays?: number }): Finding[] {
  const { validityDays, renewBeforeDays } = known;
  if (validityDays === undefined || renewBeforeDays === undefined || renewBeforeDays < validityDays) return [];
  const says = `must be less than validityDays (${validityDays}); got ${renewBeforeDays}`;
  return [{ field: "renewBeforeDays", level: "problem", says }];
}

const mostContacts = 10;
const longestContact = 254;

/** `contact` of an ACME account: e-mail addresses, without "mailto:". Source: RFC 8555 7.3 (no headers, one address each). */
export function contactProblem(contact: readonly string[]): string | undefined {
  if (contact.length > mostContacts) return `must hold at most ${mostContacts} e-mail addresses; got ${contact.length}`;
  const at = contact.findIndex((one) => !isEmail(one));
  return at < 0 ? undefined : `must hold e-mail addresses such as ops@example.com; item ${at + 1} is none`;
}

function isEmail(text: string): boolean {
  const [, host = ""] = /^[A-Za-z0-9.!#$&'*+/=^_`{|}~-]{1,64}@([^@]+)$/.exec(text) ?? [];
  return text.length <= longestContact && host.includes(".") && isHostName(host);
}

/** `eab` of an ACME account: RFC 8555 7.3.4. */
export function eabProblem(value: unknown): string | undefined {
  if (!isObject(value)) return "must be { keyId, hmacKey }";
  const strange = Object.keys(value).find((name) => name !== "keyId" && name !== "hmacKey");
  if (strange !== undefined) return `must have only keyId and hmacKey; got ${shownKey(strange)}`;
  const { keyId, hmacKey } = value;
  if (typeof keyId !== "string" || !/^[\x21-\x7e]{1,256}$/.test(keyId))
    return "must have a keyId of 1 to 256 characters without blanks";
  if (typeof hmacKey !== "string" || !/^[A-Za-z0-9_-]{16,1024}={0,2}$/.test(hmacKey))
    return "must have the HMAC key in base64url as hmacKey, as the authority shows it";
  return undefined;
}

/** `profile`: a name that a directory may have for one. */
export function profileProblem(name: string): string | undefined {
  return /^[A-Za-z0-9._-]{1,64}$/.test(name)
    ? undefined
    : "must be the name of a profile: letters, digits, dots, hyphens";
}

/** The name of a zone, or of a record for a challenge. */
export function challengeNameProblem(name: string): string | undefined {
  return isDnsName(name) && name.includes(".") ? undefined : "must be a whole DNS name, without a dot at its end";
}

/** `accountUrl` of an ACME account. */
export function accountUrlProblem(url: string): string | undefined {
  return URL.canParse(url)
    ? directoryUrlProblem(url)
    : "must be the URL of an account, as the output accountUrl of an AcmeAccount has it";
}

/** What we sign goes to the directory's own server only. */
export function accountPlaceProblem({ directoryUrl, accountUrl }: { directoryUrl?: string; accountUrl?: string }) {
  if (!directoryUrl || !accountUrl || !URL.canParse(directoryUrl) || !URL.canParse(accountUrl)) return undefined;
  const [directory, account] = [new URL(directoryUrl), new URL(accountUrl)];
  if (directory.origin === account.origin) return undefined;
  return `has acme.account.accountUrl at ${account.origin}, and directoryUrl at ${directory.origin}: give the account and the directory of one server`;
}

/** What keeps dns-01 from proving these names, as far as it is known before anything is asked. */
export function dnsChallengeProblem(
  names: readonly string[],
  { zone, delegate }: { zone?: string; delegate?: string },
): string | undefined {
  const places = [...new Set(names.map((name) => `_acme-challenge.${name.replace(/^\*\./, "")}`))];
  const long = places.find((place) => place.length > longestName);
  if (long !== undefined)
    return `has acme.challenge.dns01, which needs the name ${long}: it is longer than ${longestName} characters. Take a shorter name, or http01`;
  const own = zone?.toLowerCase();
  const isOutside = (name: string) => own !== undefined && name !== own && !name.endsWith(`.${own}`);
  const outside = delegate === undefined ? places.find(isOutside) : [delegate.toLowerCase()].find(isOutside);
  if (outside === undefined || zone === undefined) return undefined;
  return delegate === undefined
    ? `has acme.challenge.dns01.zone ${zone}, in which ${outside} is not. Give the zone of that name, leave zone out, or give in delegate the name in ${zone} where a CNAME there leads`
    : `has acme.challenge.dns01.zone ${zone}, in which delegate ${outside} is not. Give the zone of that name, or leave zone out`;
}

export function challengeWaitProblem(seconds: number): string | undefined {
  return isWhole(seconds, 1, 3600) ? undefined : `must be a whole number of 1 to 3600; got ${seconds}`;
}
