// What certificates say about themselves, as messages show it.
import type { X509Certificate } from "node:crypto";
import type { Endpoint } from "./verdict";

export interface Problem {
  /** Whole sentences. */
  says: string;
  /** One sentence. */
  cure: string;
}

export const whereOf = ({ host, port }: Endpoint): string => `${host}:${port}`;

/** A name in quotes: the common name, or else the first of the other names. */
export function named(certificate: X509Certificate): string {
  return quoted(commonName(certificate.subject) ?? organisation(certificate.subject) ?? namesOf(certificate)[0]);
}

export function issuerOf({ issuer }: X509Certificate): string {
  return quoted(commonName(issuer) ?? organisation(issuer));
}

const quoted = (name = "(without a name)"): string => `"${name.replace(/[^ -~]/g, "?").slice(0, 100)}"`;

export const commonName = (subject: string): string | undefined => /^CN=(.*)$/m.exec(subject)?.[1];
export const organisation = (subject: string): string | undefined => /^O=(.*)$/m.exec(subject)?.[1];

/** Host names and IP addresses: its alternative names, or else its common name. */
export function namesOf({ subject, subjectAltName = "" }: X509Certificate): string[] {
  const alternative = [...subjectAltName.matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map(([, name = ""]) => name);
  return alternative.length > 0 ? alternative : [commonName(subject) ?? []].flat();
}

/** The first five. */
export function listed(names: string[]): string {
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return `${names.slice(0, 5).join(", ")}${more}`;
}

/** RFC 3339 of OpenSSL's "Nov 21 14:00:00 2026 GMT". */
export const asDate = (time: string): string => new Date(time).toISOString().replace(".000Z", "Z");
