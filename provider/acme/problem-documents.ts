// What an ACME server says against something: its problem documents as closed types. Sources: RFC 8555 6.7, RFC 7807, RFC 9773 7.4.
import { isObject, isWhole } from "../core/rules";

/** What it names the problem, without the namespace: "rateLimited". Anything else is "other". */
export type ProblemType = (typeof types)[number] | "other";

const types = [
  "accountDoesNotExist",
  "alreadyReplaced",
  "alreadyRevoked",
  "badCSR",
  "badNonce",
  "badPublicKey",
  "badRevocationReason",
  "badSignatureAlgorithm",
  "caa",
  "compound",
  "connection",
  "dns",
  "externalAccountRequired",
  "incorrectResponse",
  "invalidContact",
  "invalidProfile",
  "malformed",
  "orderNotReady",
  "rateLimited",
  "rejectedIdentifier",
  "serverInternal",
  "tls",
  "unauthorized",
  "unsupportedContact",
  "unsupportedIdentifier",
  "userActionRequired",
] as const;

export interface AcmeProblem {
  type: ProblemType;
  /** The server's own words, with those about single names; empty if it has none. */
  said: string;
  status?: number;
  /** Where a person is to look. */
  instance?: string;
}

const longestWords = 1000;
const mostParts = 5;

/** A problem document; nothing if it is none. */
export function problemIn(value: unknown): AcmeProblem | undefined {
  if (!isObject(value) || (typeof value["type"] !== "string" && typeof value["detail"] !== "string")) return undefined;
  const parts = Array.isArray(value["subproblems"]) ? value["subproblems"].slice(0, mostParts) : [];
  const { status, instance } = value;
  const own = typeOf(value["type"]);
  const inner = parts.map((one) => (isObject(one) ? typeOf(one["type"]) : "other"));
  return {
    // "compound", and what says no more than that something was wrong, is told by the parts where these agree.
    type: (own === "compound" || own === "malformed") && new Set(inner).size === 1 ? (inner[0] ?? own) : own,
    said: [wordsIn(value["detail"]), ...parts.map(partWords)].filter((text) => text !== "").join("; "),
    ...(isWhole(status, 100, 599) && { status: status as number }),
    ...(typeof instance === "string" && /^https?:\/\/[\x21-\x7e]{1,500}$/.test(instance) && { instance }),
  };
}

function typeOf(value: unknown): ProblemType {
  const [, name] = /^urn:(?:ietf:params:)?acme:error:([A-Za-z]{1,40})$/.exec(String(value)) ?? [];
  return types.find((one) => one === name) ?? "other";
}

function partWords(part: unknown): string {
  if (!isObject(part)) return "";
  const said = wordsIn(part["detail"]);
  const name = isObject(part["identifier"]) ? wordsIn(part["identifier"]["value"]) : "";
  return name === "" || said === "" ? said : `${name}: ${said}`;
}

function wordsIn(value: unknown): string {
  if (typeof value !== "string") return "";
  return value.length > longestWords ? `${value.slice(0, longestWords)}…` : value;
}
