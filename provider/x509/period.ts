// From when until when a certificate is valid.
import type { X509Certificate } from "node:crypto";

export interface Period {
  notBefore: Date;
  notAfter: Date;
}

export function validityOf({ validFrom, validTo }: X509Certificate): Period {
  return { notBefore: new Date(validFrom), notAfter: new Date(validTo) };
}

/** As OpenSSL counts: in the very second in which it ends it is over. */
export function isExpired(certificate: X509Certificate, now: Date): boolean {
  return now >= validityOf(certificate).notAfter;
}

export function isTooEarly(certificate: X509Certificate, now: Date): boolean {
  return now < validityOf(certificate).notBefore;
}

const dayMilliseconds = 86_400_000;

/** Whether it is valid, and the last sixth of its life has begun, or its last 15 days: by then every renewal should have happened. */
export function isEndingSoon(certificate: X509Certificate, now: Date): boolean {
  const { notBefore, notAfter } = validityOf(certificate);
  const soon = Math.min((notAfter.getTime() - notBefore.getTime()) / 6, 15 * dayMilliseconds);
  return now < notAfter && now.getTime() >= notAfter.getTime() - soon;
}

/** A time in seconds, as certificates have it: "2026-11-21T14:00:00Z". */
export function timeText(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
