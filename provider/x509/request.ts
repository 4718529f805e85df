// Makes keys, and requests for certificates of them (PKCS#10). It is loaded when something is made, since the library takes its time.
import { createPrivateKey, createPublicKey, KeyObject, webcrypto } from "node:crypto";
import { isIPv4 } from "node:net";
import * as x509 from "@peculiar/x509";
import { algorithms, importKey } from "./make";
import type { KeyType } from "./make";
import { keyText } from "./pem";

/** A new private key, PKCS#8 PEM. */
export async function makeKey(keyType: KeyType): Promise<string> {
  const { privateKey } = await webcrypto.subtle.generateKey(algorithms[keyType], true, ["sign", "verify"]);
  return KeyObject.from(privateKey).export({ type: "pkcs8", format: "pem" }).toString();
}

/** DER. The names stand as alternative names only: an authority that issues for all the world takes no other (CA/B BR 7.1.2.7). */
export async function makeRequest(names: readonly string[], privateKeyPem: string): Promise<Buffer> {
  const { key: privateKey, algorithm } = await importKey(privateKeyPem);
  const spki = createPublicKey(createPrivateKey(keyText(privateKeyPem))).export({ type: "spki", format: "der" });
  const publicKey = await webcrypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]);
  const alternative = names.map((value) => ({ type: isIPv4(value) ? ("ip" as const) : ("dns" as const), value }));
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    {
      keys: { privateKey, publicKey },
      signingAlgorithm: algorithm,
      extensions: [new x509.SubjectAlternativeNameExtension(alternative)],
    },
    webcrypto,
  );
  return Buffer.from(request.rawData);
}
