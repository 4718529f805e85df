// Signs what an ACME server is sent: JWS by the account's key, key authorizations, bindings to an external account. Only here is jose used.
import { createPublicKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readKey } from "../x509/pem";
import { algorithmOf } from "./account-key";
import type { AccountAlgorithm } from "./account-key";

/** A key that signs, ready to be used. */
export interface SigningKey {
  key: KeyObject;
  algorithm: AccountAlgorithm;
  /** The public part, as RFC 7517 writes it. */
  jwk: PublicJwk;
}

/** RFC 7517; which members there are depends on the kind. */
export type PublicJwk = Readonly<Record<string, string>>;

/** What stands in the protected header beside the algorithm: where it is sent, and who signs. */
export interface Header {
  url: string;
  nonce?: string;
  /** The account's URL; nothing: the public key itself. */
  kid?: string;
}

/** Of a PEM text; nothing if no ACME server takes such a key. */
export function signingKey(privateKeyPem: string): SigningKey | undefined {
  const key = readKey(privateKeyPem);
  const algorithm = key && algorithmOf(key);
  if (!key || !algorithm) return undefined;
  return { key, algorithm, jwk: createPublicKey(key).export({ format: "jwk" }) as PublicJwk };
}

/** A JWS as JSON. `payload`: an empty text is "POST-as-GET" (RFC 8555 6.3). */
export async function jwsOf(
  payload: object | "",
  header: Header,
  { key, algorithm, jwk }: SigningKey,
): Promise<string> {
  const { FlattenedSign } = require("jose/jws/flattened/sign") as typeof import("jose/jws/flattened/sign");
  const { kid, ...rest } = header;
  const text = payload === "" ? "" : JSON.stringify(payload);
  const jws = await new FlattenedSign(Buffer.from(text))
    .setProtectedHeader({ alg: algorithm, ...rest, ...(kid === undefined ? { jwk } : { kid }) })
    .sign(key);
  return JSON.stringify(jws);
}

/** Says that the new key's holder wants the account (RFC 8555 7.3.5): goes into a JWS of the old key. */
export async function signedByNewKey(account: string, url: string, from: SigningKey, to: SigningKey): Promise<object> {
  return JSON.parse(await jwsOf({ account, oldKey: from.jwk }, { url }, to)) as object;
}

/** What a customer of an authority was given: RFC 8555 7.3.4. */
export interface Binding {
  keyId: string;
  /** base64url, secret. */
  hmacKey: string;
}

/** Says that the holder of an external account wants the key to be its ACME account's. */
export async function bound({ keyId, hmacKey }: Binding, url: string, { jwk }: SigningKey): Promise<object> {
  const { FlattenedSign } = require("jose/jws/flattened/sign") as typeof import("jose/jws/flattened/sign");
  const jws = new FlattenedSign(Buffer.from(JSON.stringify(jwk))).setProtectedHeader({ alg: "HS256", kid: keyId, url });
  return jws.sign(Buffer.from(hmacKey, "base64url"));
}

/** What a challenge of this token must be answered with (RFC 8555 8.1). */
export async function keyAuthorization(token: string, key: SigningKey): Promise<string> {
  return `${token}.${await thumbprint(key)}`;
}

/** RFC 7638, base64url: names an account's key without showing it. */
export function thumbprint({ jwk }: SigningKey): Promise<string> {
  const { calculateJwkThumbprint } = require("jose/jwk/thumbprint") as typeof import("jose/jwk/thumbprint");
  return calculateJwkThumbprint(jwk, "sha256");
}
