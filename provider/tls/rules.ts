// What a certificate may be: its names, its key, its days, and who signs it.
// Sources: RFC 5280, RFC 6125, `SslCtx.cpp` and `SslStream.cpp` of td (49b3bcb); read Oct 2026.
import { X509Certificate } from "node:crypto";
import { isIP, isIPv4 } from "node:net";
import { isHostLabel, longestName } from "../core/grammar";
import type { Finding } from "../core/logic";
import { isWhole } from "../core/rules";
import { choice } from "../core/choice";
import type { ChoiceValueOf } from "../core/choice";
import { secret, text } from "../core/leaf";
import { anchorOf, isSelfSigned, maySign } from "../x509/chain";
import type { KeyType } from "../x509/make";
import { blocksOf, certificatesIn, readKey, textFlaw } from "../x509/pem";

export { isFired, triggerProblem } from "../core/rules";

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
  if (isIP(name.replace(/^\[|\]$/g, "")) === 6) return "is an IPv6 address, which Telegram does not deliver to";
  if (/[:/]/.test(name)) return "has a scheme, a port or a path, give the host alone";
  if (isIPv4(name)) return undefined;
  // eslint-disable-next-line no-control-regex -- that is the range meant
  if (/[^\u0000-\u007f]/.test(name)) return "is not ASCII, write it in its xn-- form";
  const labels = name.replace(/^\*\./, "").split(".");
  const isGood = labels.every(isHostLabel);
  if (name.includes("*") && !/^\*\.[^*]+$/.test(name))
    return "has a * that is not its whole first label: *.example.com";
  if (labels.length < 2) return "has no dot, give the whole name";
  if (!isGood || name.length > longestName || /^\d+$/.test(labels.at(-1) ?? "")) return "is neither";
  return undefined;
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

/** Who signs: exactly one way. The texts of a private authority are checked too; a key is never shown. */
export const issuer = choice(
  {
    /** The certificate signs itself. */
    selfSigned: {},
    privateCa: {
      /** The signing certificate first, then intermediates and every root that Telegram is to trust. */
      certificatePem: text(),
      /** The key of the first certificate. */
      privateKeyPem: secret(text()),
    },
  },
  {
    problems: {
      privateCa: ({ certificatePem, privateKeyPem }) =>
        authorityProblem(certificatePem) ?? keyProblem(certificatePem, privateKeyPem),
    },
  },
);
export type Issuer = ChoiceValueOf<typeof issuer>;
/** An authority that signs: its certificate first, then intermediates and the roots that Telegram is to trust. */
export type PrivateCa = Extract<Issuer, { privateCa: unknown }>["privateCa"];

/** The first certificate signs; a root must be among them, since Telegram trusts nothing less. */
function authorityProblem(pem: string): string | undefined {
  const flaw = textFlaw(pem);
  if (flaw?.kind === "private key")
    return "must have certificates only as certificatePem; the private key goes to privateKeyPem";
  if (flaw?.kind === "no certificate")
    return "must have PEM with a -----BEGIN CERTIFICATE----- block as certificatePem";
  if (flaw) return `must have readable PEM as certificatePem; certificate ${flaw.number} of ${flaw.count} is damaged`;
  const certificates = certificatesIn(pem);
  if (!certificates[0] || !maySign(certificates[0], isSelfSigned(certificates[0])))
    return "must have a CA's certificate first in certificatePem; got one that may not sign others";
  if (anchorOf(pem)) return undefined;
  return "must have the self-signed root in certificatePem too, since Telegram trusts nothing less; add it after the others";
}

function keyProblem(certificatePem: string, privateKeyPem: string): string | undefined {
  if (/ENCRYPTED/.test(privateKeyPem)) return "must have a privateKeyPem without a password; decrypt it first";
  const key = readKey(privateKeyPem);
  if (key === undefined) return "must have a readable PEM private key as privateKeyPem";
  if (!["ec", "rsa"].includes(key.asymmetricKeyType ?? "")) return "must have an EC or RSA key as privateKeyPem";
  if (new X509Certificate(blocksOf(certificatePem)[0] ?? "").checkPrivateKey(key)) return undefined;
  return "must have the private key of the first certificate in certificatePem as privateKeyPem; got another's";
}

/** A renewal must come after the certificate has begun to serve, or each run would make another one. */
export function daysFindings(known: { validityDays?: number; renewBeforeDays?: number }): Finding[] {
  const { validityDays, renewBeforeDays } = known;
  if (validityDays === undefined || renewBeforeDays === undefined || renewBeforeDays < validityDays) return [];
  const says = `must be less than validityDays (${validityDays}); got ${renewBeforeDays}`;
  return [{ field: "renewBeforeDays", level: "problem", says }];
}
