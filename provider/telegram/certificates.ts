// What Telegram needs of an uploaded certificate: PEM without a key, with an anchor that is valid and names the host.
// Sources: `SslCtx.cpp`, `SslStream.cpp` of td (49b3bcb), core.telegram.org/bots/self-signed; read Oct 2026.
import type { X509Certificate } from "node:crypto";
import { lintCertificate } from "../probe/certificate-lint";
import { anchorFlaw, nameFlaw, servedAmong } from "../x509/acceptance";
import { namesOf } from "../x509/names";
import { certificatesIn, holdsPrivateKey } from "../x509/pem";
import { certificatesProblem } from "../x509/pem-problems";
import { timeText, validityOf } from "../x509/period";

const largestCertificateBytes = 3 * 2 ** 20;

/**
 * `certificate`: what Telegram is to trust instead of the public authorities, as PEM. At least one self-signed
 * certificate that is valid `now`, at most 3 MiB, and no private key (Telegram would take it without a word).
 * Sources: core.telegram.org/bots/self-signed; `SslCtx.cpp` (only the uploaded file is trusted, no partial chains);
 * an uploaded leaf of a public CA breaks a working webhook: telegraf #736, node-red #66.
 */
export function certificateProblem(pem: string, now: Date): string | undefined {
  const bytes = Buffer.byteLength(pem);
  if (bytes > largestCertificateBytes && !holdsPrivateKey(pem))
    return `must be at most 3 MiB (${largestCertificateBytes} bytes); got ${bytes} bytes`;
  return certificatesProblem(pem, words) ?? anchorProblem(certificatesIn(pem), now);
}

function anchorProblem(uploaded: X509Certificate[], now: Date): string | undefined {
  const flaw = anchorFlaw(uploaded, now);
  switch (flaw?.kind) {
    case undefined:
      return undefined;
    case "no anchor":
      return (
        "must hold a self-signed certificate, since Telegram then trusts nothing else; leave certificate out if a public " +
        "CA signed yours, or add the root of your own CA"
      );
    case "not yet valid":
      return `must be valid now; this one is not before ${timeText(validityOf(flaw.at).notBefore)}, check its dates and the clock`;
    case "expired":
      return `must be valid now; this one expired ${timeText(validityOf(flaw.at).notAfter)}, make a new one`;
  }
}

/**
 * Whether the certificate is for the URL's host. Telegram compares the names of an uploaded certificate as host
 * names, an IP address too: CN=1.2.3.4 or SAN DNS:1.2.3.4, while an IP SAN does not count. The root of a CA (one with
 * keyUsage keyCertSign, or whose name is no host name) says nothing about the served certificate and passes.
 * Sources: `SslStream.cpp` (td), own runs with OpenSSL 3.0.19 and Node 20 (Oct 2026), tdlib/telegram-bot-api #746.
 */
export function certificateHostProblem(pem: string, url: string): string | undefined {
  const host = hostOf(url);
  if (host === undefined) return undefined;
  const { possible, certain } = servedAmong(certificatesIn(pem));
  const flawsOf = (certificates: X509Certificate[]) =>
    certificates.map((one) => nameFlaw(one, { host, isUploaded: true }));
  const flaws = flawsOf(certain);
  if (flaws.length === 0 || flawsOf(possible).includes(undefined)) return undefined;
  if (flaws.some((flaw) => flaw?.kind === "IP name")) {
    return `must name ${host} as a host name, since Telegram ignores IP names in an upload; make it with CN=${host} or SAN DNS:${host}`;
  }
  const names = [...new Set(certain.flatMap(namesOf))];
  const shown = names.length === 0 ? "names no host" : `is for ${names.slice(0, 5).join(", ")}`;
  return `must be for ${host}, the host of url; got one that ${shown}, make it for ${host} (or add the one that is served, if this is a CA's)`;
}

/** Whether Telegram will accept, for this URL, what an endpoint with that upload can serve. */
export function certificateUrlProblem(pem: string, url: string, now: Date): string | undefined {
  const otherName = certificateHostProblem(pem, url);
  if (otherName !== undefined) return otherName;
  const verdict = lintCertificate({ certificatePem: pem, url, uploaded: true, now });
  if (verdict.outcome !== "fail") return undefined;
  return `will not be accepted. ${verdict.says} ${verdict.cure ?? ""}`.replace(/\.$/, "");
}

const words = {
  privateKey: "must not hold a private key, which would be sent to Telegram; give the CERTIFICATE block only",
  nothing: "must not be empty; leave it out if a public CA signed your endpoint's certificate",
};

function hostOf(url: string): string | undefined {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return host === "" || host.startsWith("[") ? undefined : host;
}
