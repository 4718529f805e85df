// TLS of deliveries: whom the server trusts, how it compares names, and its words for what went wrong.
import { X509Certificate } from "node:crypto";
import type { Duplex } from "node:stream";
import { connect, createSecureContext } from "node:tls";
import type { DetailedPeerCertificate, PeerCertificate, SecureContext, TLSSocket } from "node:tls";
import { parseAddress } from "./addresses";

export interface TlsSettings {
  /** Of the webhook's URL. */
  host: string;
  /** Uploaded certificates: only these are trusted then. */
  certificate: string | null;
  /** The server's own trust anchors, without an upload. */
  roots: readonly string[];
}

/** Begins the handshake. As in the server, a certificate that is not good comes before anything else that is wrong. */
export function startTls(stream: Duplex, settings: TlsSettings): TLSSocket {
  const { host, certificate, roots } = settings;
  const socket = connect({
    socket: stream,
    secureContext: contextOf(certificate === null ? roots.join("\n") : certificate),
    servername: addressIn(host) === undefined ? host : "",
    rejectUnauthorized: true,
    checkServerIdentity: (_, peer) => (isRefused(settings, peer) ? refusal() : undefined),
  });
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error) => {
    return destroy(error !== undefined && hasBadCertificate(socket, settings) ? refusal() : error);
  };
  return socket;
}

const refusal = () => Object.assign(new Error("certificate verify failed"), { code: "CERT_REJECTED" });

/** Node verifies the certificate when the handshake is over; one that breaks before that has the outcome only in its handle. */
function hasBadCertificate(socket: TLSSocket, settings: TlsSettings): boolean {
  const peer = socket.getPeerCertificate(true) as PeerCertificate | null;
  if (peer?.raw === undefined) return false;
  const { _handle: handle } = socket as unknown as { _handle?: { verifyError?: () => Error | null | undefined } };
  return Boolean(handle?.verifyError?.()) || isRefused(settings, peer);
}

/** Whether the certificate has another name, or its chain is too long. With an upload an address is compared as if it were a name. */
function isRefused({ host, certificate }: TlsSettings, peer: PeerCertificate): boolean {
  const leaf = new X509Certificate(peer.raw);
  const address = certificate === null ? addressIn(host) : undefined;
  const match = address === undefined ? leaf.checkHost(host) : leaf.checkIP(address);
  return match === undefined || lengthOf(peer) > LONGEST_CHAIN;
}

/** The address that a host is, in whatever form; 255.255.255.255 is none to the server. */
function addressIn(host: string): string | undefined {
  const address = parseAddress(host);
  return address === "255.255.255.255" ? undefined : address;
}

/** The last contexts made: a context costs more than a connection. */
const contexts = new Map<string, SecureContext>();

/** OpenSSL's own list and the security level of the server's system; old versions are offered, and fail at that level. */
const CIPHERS = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "DEFAULT",
  "@SECLEVEL=2",
].join(":");

function contextOf(ca: string): SecureContext {
  const context =
    contexts.get(ca) ?? createSecureContext({ ca: ca === "" ? [] : ca, minVersion: "TLSv1", ciphers: CIPHERS });
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
  const errors = [...error.message.matchAll(/error:([0-9A-F]{8}):([^:\n]*):[^:\n]*:([^:\n]+)/gi)];
  // OpenSSL 3.2 renamed the alerts that SSL 3 had; the server's OpenSSL has the old names.
  const shown = errors.map(
    ([, number, library, reason]) =>
      `{error:${number}:${library}::${reason?.replace(/^ssl\/tls alert/, "sslv3 alert")}}`,
  );
  if (shown.length > 0) return `SSL error ${shown.join("")}`;
  return SYSTEM_TEXTS[code] ?? error.message;
}
