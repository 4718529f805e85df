// Trust anchors of one thing through its rotations: previous, current, and the next one, trusted before it is served.
import { sha256 } from "../core/hash";
import type { Facts } from "../core/logic";
import type { Pair } from "../x509/make";
import { bundle, certificatesIn } from "../x509/pem";
import { timeText, type Period } from "../x509/period";

/** What signs itself: the previous one is trusted, the current one serves, the next one is trusted already. */
export interface Generations {
  previousPem?: string;
  current: Pair;
  next: Pair;
  retiresAt: Date;
}

/** What both resources make. */
export interface MadeFacts {
  certificatePem: string;
  privateKeyPem: string;
  /** All that is to be trusted. */
  uploadPem: string;
  /** What was the anchor until the last change, if that is to be trusted still. */
  previousPem?: string;
  /** Made in advance, with its key; only what signs itself has it. */
  nextPem?: string;
  nextPrivateKeyPem?: string;
  notBefore: string;
  notAfter: string;
  sha256: string;
  retiresAt: string;
}

/** What an issuer makes. */
export interface IssuedFacts extends MadeFacts {
  /** When its issuer wants it renewed, if that says so. */
  renewAt?: string;
}

export const madeFacts: Facts<MadeFacts> = {
  certificatePem: { kind: "string" },
  privateKeyPem: { kind: "string", secret: true },
  uploadPem: { kind: "string" },
  previousPem: { kind: "string", optional: true },
  nextPem: { kind: "string", optional: true },
  nextPrivateKeyPem: { kind: "string", optional: true, secret: true },
  notBefore: { kind: "string" },
  notAfter: { kind: "string" },
  sha256: { kind: "string" },
  retiresAt: { kind: "string" },
};

export const issuedFacts: Facts<IssuedFacts> = { ...madeFacts, renewAt: { kind: "string", optional: true } };

type Make = (period: Period) => Promise<Pair>;

const dayMilliseconds = 86_400_000;
const backDatedMilliseconds = 3_600_000; // clocks differ

/** From an hour ago until so many days from now, in whole seconds. */
export function periodOf(now: Date, days: number): Period {
  const second = Math.floor(now.getTime() / 1000) * 1000;
  return { notBefore: new Date(second - backDatedMilliseconds), notAfter: daysLater(new Date(second), days) };
}

export function daysLater(time: Date, days: number): Date {
  return new Date(time.getTime() + days * dayMilliseconds);
}

/** A first generation, and the next one. That one waits, then serves as long: so it lasts twice as long. */
export async function firstGenerations(
  make: Make,
  days: number,
  now: Date,
  previousPem?: string,
): Promise<Generations> {
  const [current, next] = [await make(periodOf(now, days)), await make(periodOf(now, 2 * days))];
  return { ...(previousPem !== undefined && { previousPem }), current, next, retiresAt: daysLater(now, days) };
}

/** The next one serves from now on, and another next one is made. */
export async function rotate({ current, next }: Generations, make: Make, days: number, now: Date) {
  const ends = certificatesIn(next.certificatePem)[0]?.validTo ?? "";
  const retiresAt = new Date(Math.min(Date.parse(ends), daysLater(now, days).getTime()));
  const made: Generations = {
    previousPem: current.certificatePem,
    current: next,
    next: await make(periodOf(now, 2 * days)),
    retiresAt,
  };
  return made;
}

/** Rotated, or begun anew if what was made in advance has expired: nobody has run anything for that long. */
export async function rotateOrBegin(old: Generations, make: Make, days: number, now: Date): Promise<Generations> {
  const ends = certificatesIn(old.next.certificatePem)[0]?.validTo ?? "";
  if (Date.parse(ends) <= now.getTime()) return firstGenerations(make, days, now, old.current.certificatePem);
  return rotate(old, make, days, now);
}

/** As they are stored; `generationsOf` reads them again. */
export function generationFacts({ previousPem, current, next, retiresAt }: Generations): MadeFacts {
  return {
    ...certificateFacts(current, retiresAt),
    ...(previousPem !== undefined && { previousPem }),
    nextPem: next.certificatePem,
    nextPrivateKeyPem: next.privateKeyPem,
    uploadPem: bundle([previousPem ?? "", current.certificatePem, next.certificatePem]),
  };
}

export function certificateFacts(made: Pair, retiresAt: Date): Omit<MadeFacts, "uploadPem"> {
  const [first] = certificatesIn(made.certificatePem);
  return {
    ...made,
    notBefore: timeText(new Date(first?.validFrom ?? "")),
    notAfter: timeText(new Date(first?.validTo ?? "")),
    sha256: sha256(first?.raw ?? ""),
    retiresAt: timeText(retiresAt),
  };
}

/** What `generationFacts` wrote, or nothing if none was made in advance: then somebody else signs. */
export function generationsOf(facts: MadeFacts): Generations | undefined {
  const { previousPem, certificatePem, privateKeyPem, nextPem, nextPrivateKeyPem, retiresAt } = facts;
  if (nextPem === undefined || nextPrivateKeyPem === undefined) return undefined;
  return {
    ...(previousPem !== undefined && { previousPem }),
    current: { certificatePem, privateKeyPem },
    next: { certificatePem: nextPem, privateKeyPem: nextPrivateKeyPem },
    retiresAt: new Date(retiresAt),
  };
}
