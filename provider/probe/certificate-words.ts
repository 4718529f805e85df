// What is wrong with a certificate, and what to do, in the words of a check that has only the texts.
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { isTrustFlaw, keyBits } from "../x509/acceptance";
import type { ChainFlaw, Circumstances, NameFlaw } from "../x509/acceptance";
import { issuerName, namesOf, subjectName } from "../x509/names";
import { includes } from "../x509/pem";
import { timeText, validityOf } from "../x509/period";
import { testAuthorityOf } from "../x509/test-authorities";

/** A clause: "A root" expired 2021-01-01T00:00:00Z. */
export function flawText(flaw: ChainFlaw): string {
  const { kind, at } = flaw;
  const name = subjectName(at);
  const forTests = isTrustFlaw(flaw) ? testAuthorityOf([at]) : undefined;
  if (forTests) return `it is ${forTests.what} (of ${issuerName(at)})`;
  switch (kind) {
    case "untrusted root":
      return `${name} signed itself and is not trusted`;
    case "no issuer":
    case "other key":
      return `its issuer ${issuerName(at)} is neither served nor trusted`;
    case "shadowed":
      return `several trusted certificates bear the name ${issuerName(at)}, and without key identifiers only the first of them counts`;
    case "no authority":
      return `${name} may not sign others`;
    case "too deep":
      return "its chain is too long";
    case "path length":
      return `${name} allows fewer authorities below it`;
    case "not for servers":
      return `${name} is not for servers (extendedKeyUsage has no serverAuth)`;
    case "not for handshakes":
      return `${name} may not be used in a handshake (keyUsage)`;
    case "weak key":
      return `${name} has a key of ${keyBits(at)} bits`;
    case "weak signature":
      return `${name} is signed with SHA-1 or MD5`;
    case "not yet valid":
      return `${name} is not valid before ${timeText(validityOf(at).notBefore)}`;
    case "expired":
      return `${name} expired ${timeText(validityOf(at).notAfter)}`;
  }
}

/** What to do about it, one sentence; `leaf` is what is served. */
export function flawCure(
  flaw: ChainFlaw,
  leaf: X509Certificate,
  { trusted, isUploaded }: Pick<Circumstances, "trusted" | "isUploaded">,
): string {
  const { kind, at } = flaw;
  const forTests = isTrustFlaw(flaw) ? testAuthorityOf([at]) : undefined;
  if (forTests) return forTests.cure;
  switch (kind) {
    case "untrusted root":
      if (!isUploaded) return `Upload ${at === leaf ? "it" : "that root"} with the webhook.`;
      return "Upload the certificate that is served, or its root; or nothing, if its root is public.";
    case "no issuer":
    case "other key":
      if (!isUploaded) return "Serve its intermediates; if its authority is private, upload the root.";
      return includes(trusted, leaf)
        ? "Upload the root of its authority too, since a certificate of an authority is no trust anchor; or nothing, if that is public."
        : "Serve the intermediates and upload the root; or upload nothing, if its root is public.";
    case "shadowed":
      return "Make certificates with subject and authority key identifiers, or upload only the one that is in use.";
    case "no authority":
    case "too deep":
    case "path length":
      return "Have it signed by an authority that may.";
    case "not for servers":
    case "not for handshakes":
      return "Make it for servers: extendedKeyUsage serverAuth, keyUsage digitalSignature.";
    case "weak key":
    case "weak signature":
      return "Make it with a P-256 key, or RSA of 2048 bits or more, and SHA-256.";
    case "not yet valid":
    case "expired":
      return `Renew ${subjectName(at)}, and check the clock.`;
  }
}

/** Two sentences: what it is for, and what to do. */
export function nameWords({ kind, at }: NameFlaw, { host, isUploaded }: Circumstances): [says: string, cure: string] {
  if (kind === "IP name") {
    return [
      `The certificate names ${host} as an IP name, which Telegram ignores in an upload.`,
      `Make it with CN=${host} and no DNS name, or with SAN DNS:${host}.`,
    ];
  }
  const how = isUploaded || isIP(host) === 0 ? "" : " as an IP name";
  const names = namesOf(at);
  const isFor = names.length === 0 ? "it names no host" : `it is for ${names.slice(0, 5).join(", ")}`;
  const make = isUploaded ? "Make it" : "Get one";
  return [`The certificate is not for ${host}${how}: ${isFor}.`, `${make} for ${host}${how}.`];
}
