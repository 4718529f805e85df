// The border for what an ACME server says: JSON in, closed types out. Whatever fits none of them is told in words (`Odd`) and not used.
// Sources: RFC 8555 7.1, RFC 9773 4.2 (renewal), draft-ietf-acme-profiles; read Nov 2026.
import { isIP } from "node:net";
import { isDnsName } from "../core/grammar";
import { isObject } from "../core/rules";
import { problemIn } from "./problem-documents";
import type { AcmeProblem } from "./problem-documents";

/** Why an answer cannot be used; continues a sentence. */
export class Odd extends Error {}

export interface Directory {
  newNonce: string;
  newAccount: string;
  newOrder: string;
  revokeCert: string;
  keyChange: string;
  /** Nothing if the server has no renewal information. */
  renewalInfo?: string;
  termsOfService?: string;
  needsBinding: boolean;
  /** Names of the profiles that may be asked for; empty if the server knows none. */
  profiles: string[];
  /** What a CAA record may name. */
  caaIdentities: string[];
}

export interface Account {
  status: "valid" | "deactivated" | "revoked";
  contact: string[];
}

export interface Identifier {
  type: "dns" | "ip";
  value: string;
}

export interface Order {
  url: string;
  status: "pending" | "ready" | "processing" | "valid" | "invalid";
  identifiers: Identifier[];
  authorizations: string[];
  finalize: string;
  /** There once it is valid. */
  certificate?: string;
  profile?: string;
  /** Whether the server has noted which certificate it renews. */
  replaces: boolean;
  error?: AcmeProblem;
}

export type ChallengeType = "dns-01" | "http-01";

export interface Challenge {
  type: ChallengeType;
  url: string;
  token: string;
  status: "pending" | "processing" | "valid" | "invalid";
  error?: AcmeProblem;
}

export interface Authorization {
  status: "pending" | "valid" | "invalid" | "deactivated" | "expired" | "revoked";
  identifier: Identifier;
  isWildcard: boolean;
  /** Those that we know. */
  challenges: Challenge[];
  /** The kinds of all that are offered. */
  offered: string[];
}

export interface RenewalWindow {
  start: Date;
  end: Date;
  explanationUrl?: string;
}

const mostItems = 100;
const longestUrl = 2000;
const longestText = 1000;
/** Years around now beyond which a time is none that anybody means. */
const farYears = 100;

/** The server's own address, to which all that it names must lead: we sign what we send, and send it to nobody else. */
export interface Origin {
  origin: string;
}

function objectIn(value: unknown, what: string): Record<string, unknown> {
  if (!isObject(value)) throw new Odd(`it is no ${what}`);
  return value;
}

function urlIn(value: unknown, what: string, { origin }: Origin): string {
  if (typeof value !== "string" || value.length > longestUrl || !URL.canParse(value))
    throw new Odd(`its ${what} is no URL`);
  const url = new URL(value);
  if (url.origin !== origin || url.username !== "" || url.password !== "")
    throw new Odd(`its ${what} leads away from ${origin}`);
  return url.href;
}

function oneOf<T extends string>(value: unknown, all: readonly T[], what: string): T {
  const found = all.find((one) => one === value);
  if (found === undefined) throw new Odd(`its ${what} is none of ${all.join(", ")}`);
  return found;
}

function listIn(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw new Odd(`its ${what} is no list`);
  if (value.length > mostItems) throw new Odd(`its ${what} has more than ${mostItems} items`);
  return value;
}

/** Printable ASCII only: it may be quoted. */
function textIn(value: unknown): string | undefined {
  return typeof value === "string" && /^[\x20-\x7e]+$/.test(value) && value.length <= longestText ? value : undefined;
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.slice(0, mostItems).flatMap((one) => textIn(one) ?? []) : [];
}

export function directoryIn(value: unknown, origin: Origin): Directory {
  const given = objectIn(value, "directory");
  const url = (name: string) => urlIn(given[name], name, origin);
  const meta = isObject(given["meta"]) ? given["meta"] : {};
  const terms = textIn(meta["termsOfService"]);
  const profiles = isObject(meta["profiles"]) ? Object.keys(meta["profiles"]) : [];
  return {
    newNonce: url("newNonce"),
    newAccount: url("newAccount"),
    newOrder: url("newOrder"),
    revokeCert: url("revokeCert"),
    keyChange: url("keyChange"),
    ...(given["renewalInfo"] !== undefined && { renewalInfo: url("renewalInfo") }),
    ...(terms !== undefined && { termsOfService: terms }),
    needsBinding: meta["externalAccountRequired"] === true,
    profiles: textsIn(profiles),
    caaIdentities: textsIn(meta["caaIdentities"]),
  };
}

export function accountIn(value: unknown): Account {
  const given = objectIn(value, "account");
  return {
    status: oneOf(given["status"], ["valid", "deactivated", "revoked"], "status"),
    contact: textsIn(given["contact"]),
  };
}

export function accountUrlIn(location: string | undefined, origin: Origin): string {
  return urlIn(location, "address of the account", origin);
}

export function orderIn(value: unknown, location: string | undefined, origin: Origin): Order {
  const given = objectIn(value, "order");
  const error = problemIn(given["error"]);
  const profile = textIn(given["profile"]);
  return {
    url: urlIn(location, "address of the order", origin),
    status: oneOf(given["status"], ["pending", "ready", "processing", "valid", "invalid"], "status"),
    identifiers: listIn(given["identifiers"], "list of identifiers").map(identifierIn),
    authorizations: listIn(given["authorizations"], "list of authorizations").map((one) =>
      urlIn(one, "authorization", origin),
    ),
    finalize: urlIn(given["finalize"], "finalize", origin),
    ...(given["certificate"] !== undefined && { certificate: urlIn(given["certificate"], "certificate", origin) }),
    ...(profile !== undefined && { profile }),
    replaces: typeof given["replaces"] === "string",
    ...(error && { error }),
  };
}

function identifierIn(value: unknown): Identifier {
  const given = objectIn(value, "identifier");
  const type = oneOf(given["type"], ["dns", "ip"], "kind of identifier");
  const text = textIn(given["value"]);
  if (text === undefined || !(isIP(text) !== 0 || isDnsName(text.replace(/^\*\./, ""))))
    throw new Odd("an identifier is no name");
  return { type, value: text.toLowerCase() };
}

export function authorizationIn(value: unknown, origin: Origin): Authorization {
  const given = objectIn(value, "authorization");
  const statuses = ["pending", "valid", "invalid", "deactivated", "expired", "revoked"] as const;
  const all = listIn(given["challenges"], "list of challenges").map((one) => objectIn(one, "challenge"));
  return {
    status: oneOf(given["status"], statuses, "status"),
    identifier: identifierIn(given["identifier"]),
    isWildcard: given["wildcard"] === true,
    challenges: all.flatMap((one) => {
      const type = (["dns-01", "http-01"] as const).find((known) => known === one["type"]);
      return type === undefined ? [] : [challengeIn(one, type, origin)];
    }),
    offered: all.flatMap((one) => (/^[a-z0-9-]{1,40}$/.test(String(one["type"])) ? [String(one["type"])] : [])),
  };
}

function challengeIn(given: Record<string, unknown>, type: ChallengeType, origin: Origin): Challenge {
  const { token } = given;
  // RFC 8555 8: base64url, at least 128 bits. It becomes the name of a file.
  if (typeof token !== "string" || !/^[A-Za-z0-9_-]{22,200}$/.test(token)) throw new Odd("a challenge has no token");
  const error = problemIn(given["error"]);
  return {
    type,
    token,
    url: urlIn(given["url"], "challenge", origin),
    status: oneOf(given["status"], ["pending", "processing", "valid", "invalid"], "challenge's status"),
    ...(error && { error }),
  };
}

export function renewalWindowIn(value: unknown, now: Date): RenewalWindow {
  const given = objectIn(value, "renewal information");
  const suggested = objectIn(given["suggestedWindow"], "window for a renewal");
  const [start, end] = [timeIn(suggested["start"], now), timeIn(suggested["end"], now)];
  if (end <= start) throw new Odd("its window ends before it begins");
  const explanationUrl = textIn(given["explanationURL"]);
  return { start, end, ...(explanationUrl !== undefined && { explanationUrl }) };
}

/** RFC 3339, as far from now as people think. */
function timeIn(value: unknown, now: Date): Date {
  const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
  const time = typeof value === "string" && form.test(value) ? Date.parse(value) : NaN;
  const isFar = Math.abs(time - now.getTime()) > farYears * 365 * 86_400_000;
  if (Number.isNaN(time) || isFar) throw new Odd("its window has no time");
  return new Date(time);
}

/** What a name is to an ACME server. */
export function identifierOf(name: string): Identifier {
  return { type: isIP(name) === 0 ? "dns" : "ip", value: name };
}
