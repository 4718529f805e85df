// The TLS handshake as Telegram does it: whom it trusts, how it compares names, and the true reason when it fails.
// Sources: `SslCtx.cpp`, `SslStream.cpp` of td (49b3bcb), core.telegram.org/bots/webhooks; read Oct 2026.
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import tls from "node:tls";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import type { ExecutionContext } from "../core/logic";
import { longestChain } from "../x509/chain";
import { rejectionProblem, certificateWarnings, servedNameProblem } from "./tls-certificate";
import { connectionVerdict } from "./tls-connection";
import type { Stage, ConnectionFailure } from "./tls-connection";
import { whereOf } from "./tls-facts";
import type { Endpoint, Verdict } from "./verdict";

const handshakeSeconds = 10;
/** After its handshake a TLS 1.3 client waits so long for what the server thinks of it. */
const afterwordMs = 1000;

/**
 * Options of `tls.connect` for a connection like Telegram's: only the uploaded certificates are trusted, or else the
 * public authorities; a chain must end in a root; no server name for an IP address, which an uploaded certificate must
 * give as a host name; TLS 1.2 or later, at OpenSSL's security level 2 (RSA of 2048 bits, SHA-256).
 */
export function tlsOptionsFor(endpoint: Endpoint): ConnectionOptions {
  const { host, uploaded, publicAuthorities } = endpoint;
  const trusted = uploaded === undefined ? publicAuthorities : [uploaded];
  return {
    ...(trusted === undefined ? {} : { ca: trusted }),
    servername: isIP(host) === 0 ? host : "",
    minVersion: "TLSv1.2",
    ciphers: `${tls.DEFAULT_CIPHERS}:@SECLEVEL=2`,
    rejectUnauthorized: true,
    checkServerIdentity(_, { raw }) {
      const problem = servedNameProblem(new X509Certificate(raw), endpoint);
      return problem && new Error(problem.says);
    },
  };
}

/**
 * One handshake with `endpoint.address`, at most 10 s. It fails when the endpoint shows that Telegram would refuse it;
 * when there is no connection, or no answer, that cannot be told. OpenSSL judges trust, the words are found afterwards.
 */
export async function probeTls(endpoint: Endpoint, context: ExecutionContext): Promise<Verdict> {
  const options = { ...tlsOptionsFor(endpoint), rejectUnauthorized: false, checkServerIdentity: () => undefined };
  const { trouble, chain, rejection } = await shakeHands(endpoint, options, context.signal);
  if (trouble) return connectionVerdict(trouble, endpoint);
  const [leaf] = chain;
  if (!leaf) return { check: "tls", outcome: "fail", ...withoutCertificate(endpoint) };
  const name = servedNameProblem(leaf, endpoint);
  const words = rejection === "UNSPECIFIED" ? await opensslWords(endpoint, context.signal) : rejection;
  const problem = words === undefined ? undefined : rejectionProblem(words, chain, endpoint, context.now());
  const says = [name, problem].flatMap((one) => one?.says ?? []).join(" ");
  const cure = (name ?? problem)?.cure;
  if (cure !== undefined) return { check: "tls", outcome: "fail", says, cure };
  const warnings = certificateWarnings(chain, endpoint, context.now());
  const through = endpoint.uploaded === undefined ? "a public authority" : "what is uploaded";
  return {
    check: "tls",
    outcome: "pass",
    says: `${whereOf(endpoint)} serves a certificate for ${endpoint.host} that Telegram trusts through ${through}.`,
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

function withoutCertificate(endpoint: Endpoint): Pick<Verdict, "says" | "cure"> {
  return { says: `${whereOf(endpoint)} serves no certificate.`, cure: `Serve one for ${endpoint.host} there.` };
}

interface Handshake {
  /** What ended it before the server was content. */
  trouble?: ConnectionFailure;
  /** The served certificate, then its issuers as far as they were sent or are trusted. */
  chain: X509Certificate[];
  /** Why OpenSSL does not trust it, as Node names it; "UNSPECIFIED" is one that Node has no name for. */
  rejection?: string | undefined;
}

/** The reason that Node has no name for is the text of the error that ends a strict connection. */
async function opensslWords(endpoint: Endpoint, signal: AbortSignal): Promise<string> {
  const { trouble } = await shakeHands(endpoint, tlsOptionsFor(endpoint), signal);
  return trouble?.error?.message ?? "UNSPECIFIED";
}

/** Connects, shakes hands, hears the server out, and closes the connection, whatever happens. */
function shakeHands({ address, port }: Endpoint, options: ConnectionOptions, signal: AbortSignal): Promise<Handshake> {
  if (signal.aborted) return Promise.resolve({ chain: [], trouble: { stage: "connecting", reason: "deadline" } });
  return new Promise((resolve) => {
    const socket = tls.connect({ host: address, port, ...options });
    let stage: Stage = "connecting";
    let seen: Handshake = { chain: [] };
    const end = (trouble?: ConnectionFailure) => {
      clearTimeout(timer);
      clearTimeout(afterword);
      signal.removeEventListener("abort", aborted);
      socket.destroy();
      resolve(trouble ? { ...seen, trouble } : seen);
    };
    const aborted = () => end({ stage, reason: "deadline" });
    const timer = setTimeout(() => end({ stage, reason: "timeout" }), handshakeSeconds * 1000);
    let afterword: NodeJS.Timeout | undefined;
    signal.addEventListener("abort", aborted);
    socket.once("connect", () => (stage = "greeting"));
    // In TLS 1.2 this label comes when the server's part is done. The keys behind it are not looked at.
    socket.once("keylog", (line: Buffer) => {
      if (line.toString("latin1", 0, 13) === "CLIENT_RANDOM") stage = "keys";
    });
    socket.on("error", (error: Error) => end({ stage, reason: "error", error }));
    socket.once("close", () => end({ stage, reason: "closed" }));
    socket.once("secureConnect", () => {
      stage = "secure";
      const chain = chainOf(socket);
      seen = { chain, rejection: rejectionOf(socket, chain) };
      if (seen.rejection !== undefined || socket.getProtocol() !== "TLSv1.3") return end();
      // Only after its part the server says that it wants a client certificate; a ticket says that it does not.
      afterword = setTimeout(end, afterwordMs);
      socket.once("session", () => end());
      socket.resume();
    });
  });
}

/** Node's types say Error, but it is a code: "CERT_HAS_EXPIRED". Node takes longer chains than Telegram's server. */
function rejectionOf(socket: TLSSocket, chain: X509Certificate[]): string | undefined {
  if (!socket.authorized) return String(socket.authorizationError);
  return chain.length > longestChain ? "CERT_CHAIN_TOO_LONG" : undefined;
}

function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  const known = new Set<string>();
  let next: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next?.raw && !known.has(next.fingerprint256)) {
    known.add(next.fingerprint256);
    chain.push(new X509Certificate(next.raw));
    next = next.issuerCertificate;
  }
  return chain;
}
