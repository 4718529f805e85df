// What a file of the cache says of an order that is under way: what is damaged in it is as if it were not there.
import { isObject } from "../core/rules";
import { readKey } from "../x509/pem";
import type { Begun, JournalEntry } from "./issuance";
import type { ChallengeProof } from "./solver";

/** Without an order that is whole and whose key can be used, the certificate is ordered anew. */
export function entryIn(value: unknown): JournalEntry {
  const { begun, presented } = isObject(value) ? value : {};
  return {
    ...(isBegun(begun) && { begun }),
    presented: Array.isArray(presented) ? presented.filter(isProof) : [],
  };
}

function isBegun(value: unknown): value is Begun {
  if (!areTexts(value, "orderUrl", "privateKeyPem", "begunAt")) return false;
  try {
    return readKey(value.privateKeyPem) !== undefined;
  } catch {
    return false; // OpenSSL cannot decode it
  }
}

const isProof = (value: unknown): value is ChallengeProof => areTexts(value, "name", "token", "keyAuthorization");

function areTexts<N extends string>(value: unknown, ...names: readonly N[]): value is Record<N, string> {
  return isObject(value) && names.every((name) => typeof value[name] === "string");
}
