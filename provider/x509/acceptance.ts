// Whether Telegram accepts a served chain: the way to a trust anchor, and what is wrong with it. Pure; from certificates alone.
import type { X509Certificate } from "node:crypto";
import { isSelfSigned, isSignedBy } from "./chain";
import { issuerName, subjectName } from "./names";
import { isExpired, isTooEarly, timeText, validityOf } from "./period";

/** What is wrong, and with which certificate. */
export interface Flaw {
  kind: "self-signed" | "no issuer" | "not yet valid" | "expired" | "no authority" | "too long" | "purpose" | "weak";
  /** The certificate that has it; of "no issuer" the last one that was found. */
  at: X509Certificate;
  says: string;
}

const deepest = 10; // SslCtx.cpp: verify depth
const serverAuth = "1.3.6.1.5.5.7.3.1";
const fewestBits: Record<string, number> = { rsa: 2048, "rsa-pss": 2048, dsa: 2048 };
const weakSignatures = ["2a864886f70d010105", "2a8648ce3d0401", "2a864886f70d010104"]; // RSA with SHA-1, ECDSA with SHA-1, RSA with MD5

/** The first flaw of the chain that begins with the leaf, or nothing if it is trusted (no partial chains, no AIA). */
export function chainFlaw(
  leaf: X509Certificate,
  served: readonly X509Certificate[],
  trusted: readonly X509Certificate[],
  now: Date,
): Flaw | undefined {
  const chain = [leaf];
  for (let last = leaf; !isSelfSigned(last);) {
    const issuer = issuerOf(last, [...trusted, ...served], now);
    const namesake = [...trusted, ...served].find((one) => one.subject === last.issuer && isSignedBy(last, one));
    if (issuer === undefined && namesake) {
      return { kind: "no authority", at: namesake, says: `${subjectName(namesake)} may not sign others` };
    }
    if (issuer === undefined) {
      return {
        kind: "no issuer",
        at: last,
        says: `its issuer ${issuerName(last)} is neither served nor trusted`,
      };
    }
    if (chain.length > deepest || chain.includes(issuer))
      return { kind: "too long", at: last, says: "its chain is too long" };
    chain.push(issuer);
    last = issuer;
  }
  const anchor = chain.at(-1) as X509Certificate;
  if (!trusted.some(({ fingerprint256 }) => fingerprint256 === anchor.fingerprint256)) {
    return { kind: "self-signed", at: anchor, says: `${subjectName(anchor)} signed itself and is not trusted` };
  }
  return chain.map((one, at) => certificateFlaw(one, at, chain, now)).find((flaw) => flaw !== undefined);
}

/** Trusted ones first, and those that are valid now before others. */
function issuerOf(child: X509Certificate, among: X509Certificate[], now: Date): X509Certificate | undefined {
  const all = among.filter((one) => child.checkIssued(one) && isSignedBy(child, one));
  return all.find((one) => periodFlaw(one, now) === undefined) ?? all[0];
}

function certificateFlaw(one: X509Certificate, at: number, chain: X509Certificate[], now: Date): Flaw | undefined {
  const isLeaf = at === 0;
  const name = subjectName(one);
  const flaw = (kind: Flaw["kind"], says: string): Flaw => ({ kind, at: one, says });
  if (!isLeaf && !one.ca) return flaw("no authority", `${name} may not sign others`);
  if (!isLeaf && isPathTooLong(one, at, chain)) return flaw("too long", `${name} allows fewer authorities below it`);
  const forServers = one.keyUsage?.includes(serverAuth) ?? true; // keyUsage is Node's extended key usage
  if (!forServers) return flaw("purpose", `${name} is not for servers (extendedKeyUsage has no serverAuth)`);
  if (isLeaf && !mayHandshake(one)) return flaw("purpose", `${name} may not be used in a handshake (keyUsage)`);
  const { asymmetricKeyType = "", asymmetricKeyDetails } = one.publicKey;
  const bits = asymmetricKeyDetails?.modulusLength ?? Infinity;
  if (bits < (fewestBits[asymmetricKeyType] ?? 0)) return flaw("weak", `${name} has a key of ${bits} bits`);
  const isAnchor = at === chain.length - 1;
  if (!isAnchor && weakSignatures.some((oid) => signatureOf(one) === oid))
    return flaw("weak", `${name} is signed with SHA-1 or MD5`);
  return periodFlaw(one, now);
}

function periodFlaw(one: X509Certificate, now: Date): Flaw | undefined {
  const { notBefore, notAfter } = validityOf(one);
  const name = subjectName(one);
  if (isTooEarly(one, now))
    return { kind: "not yet valid", at: one, says: `${name} is not valid before ${timeText(notBefore)}` };
  if (isExpired(one, now)) return { kind: "expired", at: one, says: `${name} expired ${timeText(notAfter)}` };
  return undefined;
}

/** basicConstraints (2.5.29.19) with a pathLenConstraint; Node does not offer it. Authorities between it and the leaf count. */
function isPathTooLong(one: X509Certificate, at: number, chain: X509Certificate[]): boolean {
  const [, length] = /0603551d13(?:0101ff)?040830060101ff0201([0-9a-f]{2})/.exec(hexOf(one)) ?? [];
  if (length === undefined) return false;
  const between = chain.slice(1, at).filter(({ subject, issuer }) => subject !== issuer);
  return between.length > parseInt(length, 16);
}

/** keyUsage (2.5.29.15), if there is one, with digitalSignature, keyEncipherment or keyAgreement. */
function mayHandshake(one: X509Certificate): boolean {
  const [, bits] = /0603551d0f(?:0101ff)?040[3-5]030[23]0[0-7]([0-9a-f]{2})/.exec(hexOf(one)) ?? [];
  return bits === undefined || (parseInt(bits, 16) & 0xa8) !== 0;
}

/** The object identifier, in hex, of the algorithm that it is signed with: the one after the certificate's body. */
function signatureOf(one: X509Certificate): string | undefined {
  const { raw } = one;
  const lengthAt = (at: number): [length: number, begin: number] => {
    const first = raw[at + 1] ?? 0;
    const bytes = first < 0x80 ? 0 : first & 0x7f;
    return [bytes === 0 ? first : raw.readUIntBE(at + 2, bytes), at + 2 + bytes];
  };
  const [, body] = lengthAt(0);
  const [bodyLength, bodyBegin] = lengthAt(body);
  const [, algorithm] = lengthAt(bodyBegin + bodyLength);
  const [length, begin] = lengthAt(algorithm);
  return raw.subarray(begin, begin + length).toString("hex");
}

const hexOf = (one: X509Certificate) => one.raw.toString("hex");
