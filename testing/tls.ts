// TLS of deliveries: whom the server trusts, how it compares names, and its words for what went wrong.
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { DEFAULT_CIPHERS, createSecureContext } from "node:tls";
import type { ConnectionOptions, DetailedPeerCertificate, PeerCertificate, SecureContext } from "node:tls";

export interface TlsSettings {
  /** Of the webhook's URL. */
  host: string;
  /** Uploaded certificates: only these are trusted then. */
  certificate: string | null;
  /** The server's own trust anchors, without an upload. */
  roots: readonly string[];
}

/** Options of `tls.connect`; with an upload an IP address is compared as if it were a host name. */
export function tlsOptions({ host, certificate, roots }: TlsSettings): ConnectionOptions {
  const isAddress = isIP(host) !== 0;
  return {
    secureContext: contextOf(certificate === null ? roots.join("\n") : certificate),
    servername: isAddress ? "" : host,
    rejectUnauthorized: true,
    checkServerIdentity: (_, peer) => {
      if (lengthOf(peer) > LONGEST_CHAIN) {
        return Object.assign(new Error("chain too long"), { code: "CERT_CHAIN_TOO_LONG" });
      }
      const leaf = new X509Certificate(peer.raw);
      const matches = isAddress && certificate === null ? leaf.checkIP(host) : leaf.checkHost(host);
      if (matches !== undefined) return undefined;
      return Object.assign(new Error("name mismatch"), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
    },
  };
}

/** The last contexts made: a context costs more than a connection. */
const contexts = new Map<string, SecureContext>();

function contextOf(ca: string): SecureContext {
  const context =
    contexts.get(ca) ??
    createSecureContext({
      ca: ca === "" ? [] : ca,
      minVersion: "TLSv1.2",
      ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=2`,
    });
  if (contexts.size >= 16) contexts.clear();
  contexts.set(ca, context);
  return context;
}

/** The server's verify depth of 10 intermediates, with the certificate that is served and the trust anchor. */
const LONGEST_CHAIN = 12;

function lengthOf(peer: PeerCertificate): number {
  const seen = new Set<string>();
  let next: Partial<DetailedPeerCertificate> | undefined = peer;
  for (; next?.fingerprint256 && !seen.has(next.fingerprint256); next = next.issuerCertificate) {
    seen.add(next.fingerprint256);
  }
  return seen.size;
}

const VERIFY_FAILED = "SSL error {error:0A000086:SSL routines::certificate verify failed}";

/** What X509_verify_cert can end with, as Node names it; UNSPECIFIED is all that it has no name for. */
const VERIFY_CODES = new Set([
  "UNSPECIFIED",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
  "CERT_SIGNATURE_FAILURE",
  "CERT_NOT_YET_VALID",
  "CERT_HAS_EXPIRED",
  "ERROR_IN_CERT_NOT_BEFORE_FIELD",
  "ERROR_IN_CERT_NOT_AFTER_FIELD",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "CERT_CHAIN_TOO_LONG",
  "CERT_REVOKED",
  "INVALID_CA",
  "PATH_LENGTH_EXCEEDED",
  "INVALID_PURPOSE",
  "CERT_UNTRUSTED",
  "CERT_REJECTED",
  "HOSTNAME_MISMATCH",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** strerror of what the system says. */
const SYSTEM_TEXTS: Record<string, string> = {
  ECONNREFUSED: "Connection refused",
  ECONNRESET: "Connection reset by peer",
  EPIPE: "Broken pipe",
  ETIMEDOUT: "Connection timed out",
  EHOSTUNREACH: "No route to host",
  ENETUNREACH: "Network is unreachable",
};

/** The server's `last_error_message` for an error of a connection; undefined when the server would record none. */
export function connectionErrorText(error: Error & { code?: string }): string | undefined {
  const code = error.code ?? "";
  if (VERIFY_CODES.has(code)) return VERIFY_FAILED;
  // Node's name for a peer that hangs up during the handshake; to the server that is a closed connection.
  if (code === "ECONNRESET" && error.message.includes("before secure TLS connection")) return undefined;
  const openssl = /error:([0-9A-F]{8}):SSL routines:[^:]*:([^:]+)/i.exec(error.message);
  // OpenSSL 3.2 renamed the alerts that SSL 3 had; the server's OpenSSL has the old names.
  if (openssl)
    return `SSL error {error:${openssl[1]}:SSL routines::${openssl[2]?.replace(/^ssl\/tls alert/, "sslv3 alert")}}`;
  return SYSTEM_TEXTS[code] ?? error.message;
}
