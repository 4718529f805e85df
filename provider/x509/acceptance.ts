// Will Telegram accept a certificate? The one judge of it: codes, for callers that have the words. Pure, and offline.
// Sources: `SslCtx.cpp`, `SslStream.cpp` of td (49b3bcb), own runs with OpenSSL 3.0.19 and Node 20 (Oct 2026).
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { chainFrom, isRoot, isSelfSigned, maySign, publicKeyOf, serverAuth } from "./chain";
import type { ChainEnd } from "./chain";
import { detailsOf } from "./der";
import { waysToName } from "./names";
import { isExpired, isTooEarly, validityOf } from "./period";

/** The chain ends at no trust anchor; `at` is its last certificate. */
export interface TrustFlaw {
  kind: ChainEnd;
  at: X509Certificate;
}

/** Something is wrong with one certificate of the chain. */
export interface CertificateFlaw {
  kind:
    | "no authority" // signs another one and may not
    | "path length" // allows fewer authorities below it
    | "not for servers" // its extended key usage
    | "not for handshakes" // its key usage
    | "weak key"
    | "weak signature"
    | "not yet valid"
    | "expired";
  at: X509Certificate;
}

export type ChainFlaw = TrustFlaw | CertificateFlaw;

/** Why it is not for the host. "IP name": it gives the address only as one; "host name": only as the other. */
export interface NameFlaw {
  kind: "IP name" | "host name" | "other names";
  at: X509Certificate;
}

export type Flaw = ChainFlaw | NameFlaw;

const chainEnds: readonly string[] = [
  "untrusted root",
  "no issuer",
  "other key",
  "shadowed",
  "too deep",
] satisfies ChainEnd[];

export function isTrustFlaw(flaw: ChainFlaw): flaw is TrustFlaw {
  return chainEnds.includes(flaw.kind);
}

export interface Circumstances {
  /** Host name or IPv4 address of the webhook's URL. */
  host: string;
  /** What is trusted: all that is uploaded, or the public authorities. */
  trusted: readonly X509Certificate[];
  isUploaded: boolean;
  now: Date;
}

const fewestBits: Record<string, number> = { rsa: 2048, "rsa-pss": 2048, dsa: 2048, ec: 224 }; // security level 2
const serverPurposes = [serverAuth, "1.3.6.1.4.1.311.10.3.3", "2.16.840.1.113730.4.1"]; // and what SGC had
const handshakeUsages = ["digitalSignature", "keyEncipherment", "keyAgreement"] as const;
const weakSignatures = [
  "1.2.840.113549.1.1.2", // RSA with MD2
  "1.2.840.113549.1.1.3", // RSA with MD4
  "1.2.840.113549.1.1.4", // RSA with MD5
  "1.2.840.113549.1.1.5", // RSA with SHA-1
  "1.3.14.3.2.29", // the same, by its older name
  "1.2.840.10040.4.3", // DSA with SHA-1
  "1.2.840.10045.4.1", // ECDSA with SHA-1
];

/** All flaws of what an endpoint serves, its certificate first; none if Telegram accepts it. */
export function flawsOf(served: readonly [X509Certificate, ...X509Certificate[]], asked: Circumstances): Flaw[] {
  const name = nameFlaw(served[0], asked);
  return [...chainFlaws(served, asked), ...(name ? [name] : [])];
}

/**
 * All flaws of the chain that begins with the first certificate: trust, then each one on the way to the anchor. `from` 1:
 * the first one is an authority, and what it signs is not there.
 */
export function chainFlaws(
  served: readonly [X509Certificate, ...X509Certificate[]],
  { trusted, now }: Pick<Circumstances, "trusted" | "now">,
  from: 0 | 1 = 0,
): ChainFlaw[] {
  const { certificates, end } = chainFrom(served, trusted, now, from === 1);
  const flaws: ChainFlaw[] = certificates.flatMap((at, index) => {
    const isLast = index === certificates.length - 1 && isSelfSigned(at);
    const below = certificates.slice(1 - from, index).filter(({ subject, issuer }) => subject !== issuer).length;
    return flawsOfOne(at, { isLeaf: index + from === 0, isLast, below }, now);
  });
  const last = certificates.at(-1);
  return end && last ? [{ kind: end, at: last }, ...flaws] : flaws;
}

function flawsOfOne(
  at: X509Certificate,
  { isLeaf, isLast, below }: { isLeaf: boolean; isLast: boolean; below: number },
  now: Date,
): ChainFlaw[] {
  const { basicConstraints, keyUsage, signatureAlgorithm } = detailsOf(at);
  const forServers = at.keyUsage?.some((purpose) => serverPurposes.includes(purpose)) ?? true; // Node's is the extended one
  const kinds: [CertificateFlaw["kind"], boolean][] = [
    ["no authority", !isLeaf && !maySign(at, isLast)],
    ["path length", !isLeaf && below > (basicConstraints?.pathLength ?? Infinity)],
    ["not for servers", !forServers],
    ["not for handshakes", isLeaf && keyUsage !== undefined && !handshakeUsages.some((one) => keyUsage.includes(one))],
    ["weak key", keyBits(at) < (fewestBits[publicKeyOf(at)?.asymmetricKeyType ?? ""] ?? 0)],
    ["weak signature", !isLast && weakSignatures.includes(signatureAlgorithm)],
    ["not yet valid", isTooEarly(at, now)],
    ["expired", isExpired(at, now)],
  ];
  return kinds.flatMap(([kind, isSo]) => (isSo ? [{ kind, at }] : []));
}

/** Of an RSA or DSA key its modulus, of an EC key its curve, as the curve's name says. */
export function keyBits(certificate: X509Certificate): number {
  const { modulusLength, namedCurve = "" } = publicKeyOf(certificate)?.asymmetricKeyDetails ?? {};
  return modulusLength ?? Number(/^(?:prime|sec[pt]|brainpoolP|c2\w+?)(\d{3})/.exec(namedCurve)?.[1] ?? Infinity);
}

/** An IP address must be an IP name, but a host name once a certificate is uploaded (tdlib/telegram-bot-api #746). */
export function nameFlaw(
  at: X509Certificate,
  { host, isUploaded }: Pick<Circumstances, "host" | "isUploaded">,
): NameFlaw | undefined {
  const { asHost, asAddress } = waysToName(at, host);
  const isAddress = isIP(host) !== 0;
  if (isAddress && !isUploaded ? asAddress : asHost) return undefined;
  if (asAddress) return { kind: "IP name", at };
  return { kind: asHost ? "host name" : "other names", at };
}

const nameFlaws: readonly string[] = ["IP name", "host name", "other names"] satisfies NameFlaw["kind"][];

export function isNameFlaw(flaw: Flaw): flaw is NameFlaw {
  return nameFlaws.includes(flaw.kind);
}

/** What an upload itself must have: a certificate that signed itself and is valid. */
export function anchorFlaw(
  uploaded: readonly X509Certificate[],
  now: Date,
): { kind: "not yet valid" | "expired"; at: X509Certificate } | { kind: "no anchor" } | undefined {
  const anchors = uploaded.filter(isSelfSigned);
  if (anchors.some((one) => !isTooEarly(one, now) && !isExpired(one, now))) return undefined;
  const by = (time: (one: X509Certificate) => Date) => (a: X509Certificate, b: X509Certificate) => +time(a) - +time(b);
  const next = anchors.filter((one) => isTooEarly(one, now)).sort(by((one) => validityOf(one).notBefore))[0];
  if (next) return { kind: "not yet valid", at: next };
  const last = anchors.sort(by((one) => validityOf(one).notAfter)).at(-1);
  return last ? { kind: "expired", at: last } : { kind: "no anchor" };
}

/**
 * The certificates of an upload that an endpoint may serve, as far as an upload shows it. `certain`: it serves one of
 * these; none beside a root, whose certificates need not be uploaded.
 */
export function servedAmong(uploaded: readonly X509Certificate[]): Record<"possible" | "certain", X509Certificate[]> {
  const possible = uploaded.filter((one) => !isRoot(one));
  const hasRoot = uploaded.some((one) => isSelfSigned(one) && isRoot(one));
  return { possible, certain: possible.filter((one) => !hasRoot || (!one.ca && !isSelfSigned(one))) };
}

/**
 * Of an upload, when what is served is not known: the certificate that is best for the host, with its flaws. Nothing if
 * it holds authorities only, and one of them may do.
 */
export function bestOf(
  uploaded: readonly X509Certificate[],
  { host, now }: Pick<Circumstances, "host" | "now">,
): { leaf: X509Certificate; flaws: Flaw[] } | undefined {
  const asked = { host, now, trusted: uploaded, isUploaded: true };
  const { possible, certain } = servedAmong(uploaded);
  const chainOf = (one: X509Certificate) => [one, ...uploaded.filter((other) => other !== one)] as const;
  let best: { leaf: X509Certificate; flaws: Flaw[] } | undefined;
  for (const leaf of possible) {
    const flaws = flawsOf(chainOf(leaf), asked);
    if (flaws.length === 0) return { leaf, flaws };
    if (certain.includes(leaf)) best ??= { leaf, flaws };
  }
  if (best) return best;
  const authorities = uploaded.map((one) => ({ leaf: one, flaws: chainFlaws(chainOf(one), asked, 1) }));
  return authorities.some(({ flaws }) => flaws.length === 0) ? undefined : authorities[0];
}
