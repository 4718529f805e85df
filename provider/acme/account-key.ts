// Which private keys an ACME account can have: what signs with them, and what is wrong with another one. Pure.
import type { KeyObject } from "node:crypto";
import { readKey } from "../x509/pem";
import { privateKeyTextProblem } from "../x509/pem-problems";

/** How an account's key signs. */
export type AccountAlgorithm = "ES256" | "ES384" | "RS256";

const leastRsaBits = 2048;

/** RFC 8555 6.2 wants ES256; the others are what every server known to us takes too. */
export function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): AccountAlgorithm | undefined {
  const { namedCurve, modulusLength = 0 } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === "ec" && namedCurve === "prime256v1") return "ES256";
  if (asymmetricKeyType === "ec" && namedCurve === "secp384r1") return "ES384";
  return asymmetricKeyType === "rsa" && modulusLength >= leastRsaBits ? "RS256" : undefined;
}

/** What is wrong with the key of an account, PEM; it continues a sentence. */
export function accountKeyProblem(text: string): string | undefined {
  const says = privateKeyTextProblem(text, "tls");
  const key = says === undefined ? readKey(text) : undefined;
  if (!key || algorithmOf(key)) return says;
  return `must be an EC key of the curve P-256 or P-384, or an RSA key of at least ${leastRsaBits} bits; got ${kindOf(key)}, which no ACME server takes`;
}

function kindOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const { namedCurve, modulusLength } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === "rsa" && modulusLength !== undefined) return `one of ${modulusLength} bits`;
  return namedCurve === undefined ? String(asymmetricKeyType) : `the curve ${namedCurve}`;
}
