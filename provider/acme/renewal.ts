// When an ACME server wants a certificate renewed (ARI). Source: RFC 9773; read Nov 2026.
import { detailsOf } from "../x509/der";
import { certificatesIn } from "../x509/pem";
import { renewalWindowIn } from "./answers";
import type { RenewalWindow } from "./answers";
import { secondsAfter } from "./connection";
import type { AcmeConnection } from "./connection";

const leastSeconds = 60;
const mostSeconds = 86_400;
/** What is waited when the server does not say how long. RFC 9773 4.3 */
const usualSeconds = 21_600;

export interface RenewalInfo extends RenewalWindow {
  /** For how long it holds: to be asked again after that. */
  holdsSeconds: number;
}

/** What names a certificate to its server (RFC 9773 4.1); nothing if it does not say whose key signed it. */
export function certificateId(certificatePem: string): string | undefined {
  const [certificate] = certificatesIn(certificatePem);
  const authority = certificate && detailsOf(certificate).authorityKeyId;
  if (!certificate || authority === undefined) return undefined;
  const serial = Buffer.from(certificate.serialNumber, "hex");
  // As DER writes a positive number.
  const number = ((serial[0] ?? 0) & 0x80) === 0 ? serial : Buffer.concat([Buffer.from([0]), serial]);
  return `${Buffer.from(authority, "hex").toString("base64url")}.${number.toString("base64url")}`;
}

/** Nothing if the server has no such information, or none of this certificate. */
export async function renewalInfo(server: AcmeConnection, certificatePem: string): Promise<RenewalInfo | undefined> {
  const { renewalInfo: url } = await server.directory();
  const id = certificateId(certificatePem);
  if (url === undefined || id === undefined) return undefined;
  return server.get(`${url.replace(/\/$/, "")}/${id}`, "renewalInfo", (value, { headers }) => {
    const now = server.context.now();
    const asked = secondsAfter(headers["retry-after"], now) ?? usualSeconds;
    return { ...renewalWindowIn(value, now), holdsSeconds: Math.min(Math.max(leastSeconds, asked), mostSeconds) };
  });
}

/** A time in the window, by chance: not all certificates come back at once. */
export function timeIn({ start, end }: RenewalWindow, random: number): Date {
  return new Date(start.getTime() + Math.floor(random * (end.getTime() - start.getTime())));
}
