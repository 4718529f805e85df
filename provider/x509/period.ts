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

/** A time in seconds, as certificates have it: "2026-11-21T14:00:00Z". */
export function timeText(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
