// One empty POST to an endpoint, as Telegram sends its own (but for the update, and a header for routes of ours), and what came of it.
import { randomBytes } from "node:crypto";
import http from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import { constants, unzipSync } from "node:zlib";
import { secretHeader } from "../constants/telegram";
import { tlsOptionsFor } from "./tls";
import { probeHeader } from "./verdict";
import type { Endpoint } from "./verdict";

export interface HttpEndpoint extends Endpoint {
  /** The webhook's URL: its path and query are sent byte for byte. */
  url: string;
  /** What Telegram sends with each update. */
  secretToken?: string;
}

/** A complete answer, the body cut at 16 KiB: what a page is shows at its beginning. An interim answer (1xx) is complete: Telegram takes it for the answer. */
export interface ProbeResponse {
  status: number;
  headers: http.IncomingHttpHeaders;
  text: string;
}

/** There was none. `code` is Node's or OpenSSL's, "TIMEOUT" after ten seconds, "ABORTED" at the operation's deadline. */
export interface NoProbeResponse {
  code: string;
  words: string;
  /** How far it came: a connection for requests was made (with TLS: its handshake is done). */
  isConnected: boolean;
  /** The connection was taken, whatever came of TLS. */
  isTaken: boolean;
}

const requestSeconds = 10;
const longestBody = 16 * 1024;
const longestUnpacked = 1024 * 1024;

/**
 * Connects to `endpoint.address` and nowhere else; follows nothing. Headers as in `WebhookActor::send_update` (tdlib/telegram-bot-api),
 * read Oct 2026.
 */
export async function post(
  endpoint: HttpEndpoint,
  secret: string | undefined,
  signal: AbortSignal,
): Promise<ProbeResponse | NoProbeResponse> {
  const { address: host, port } = endpoint;
  const options = { host, port, path: pathOf(endpoint.url), method: "POST", headers: headersFor(endpoint, secret) };
  const isSecure = isHttps(endpoint);
  const request = isSecure
    ? https.request({ ...tlsOptionsFor(endpoint), ...options, agent: false })
    : http.request({ ...options, agent: false });
  let [isTaken, isConnected] = [false, false];
  request.on("socket", (socket) => {
    socket.once("connect", () => (isTaken = true));
    socket.once(isSecure ? "secureConnect" : "connect", () => (isConnected = true));
  });
  let timer: NodeJS.Timeout | undefined;
  let abort = () => {};
  try {
    return await new Promise((resolve) => {
      const end = (code = "", words: string) => resolve({ code, words, isConnected, isTaken });
      const fail = (error: NodeJS.ErrnoException) => end(error.code, error.message);
      timer = setTimeout(() => end("TIMEOUT", `no complete answer within ${requestSeconds} s`), requestSeconds * 1000);
      abort = () => end("ABORTED", "the time for the whole operation is up");
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort);
      request.on("error", fail);
      request.on("information", ({ statusCode, headers }) => resolve({ status: statusCode, headers, text: "" }));
      request.on("upgrade", ({ headers }) => resolve({ status: 101, headers, text: "" }));
      request.on("response", (response) => {
        const { statusCode: status = 0, headers } = response;
        readBody(response, (body) => resolve({ status, headers, text: textOf(body, headers) }), fail);
      });
      request.end();
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    request.destroy();
  }
}

function headersFor(endpoint: HttpEndpoint, secret: string | undefined): http.OutgoingHttpHeaders {
  return {
    Host: hostHeader(endpoint),
    ...(secret !== undefined && { [secretHeader]: secret }),
    "Content-Type": "application/json",
    "Content-Length": "0",
    Connection: "close",
    "Accept-Encoding": "gzip, deflate",
    [probeHeader]: randomBytes(12).toString("hex"),
  };
}

export function isHttps({ url }: Pick<HttpEndpoint, "url">): boolean {
  return /^https:/i.test(url);
}

/** "bots.example.com", with ":8443" when the port is not the scheme's own. */
export function hostHeader(endpoint: Pick<HttpEndpoint, "host" | "port" | "url">): string {
  const host = isIP(endpoint.host) === 6 ? `[${endpoint.host}]` : endpoint.host.toLowerCase();
  return endpoint.port === (isHttps(endpoint) ? 443 : 80) ? host : `${host}:${endpoint.port}`;
}

/** Everything after the authority, nothing normalised. */
export function pathOf(url: string): string {
  const rest = /^[a-z]+:\/\/[^/?#]*([^#]*)/i.exec(url)?.[1] ?? "";
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function readBody(response: http.IncomingMessage, done: (body: Buffer) => void, fail: (error: Error) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on("error", fail);
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= longestBody) done(Buffer.concat(chunks).subarray(0, longestBody));
  });
  response.on("end", () => done(Buffer.concat(chunks)));
}

/** What was cut is unpacked as far as it goes. */
function textOf(body: Buffer, headers: http.IncomingHttpHeaders): string {
  if (!/gzip|deflate/i.test(headers["content-encoding"] ?? "")) return body.toString();
  try {
    const unpacked = unzipSync(body, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: longestUnpacked });
    return unpacked.subarray(0, longestBody).toString();
  } catch {
    return ""; // damaged, or far longer than any page: nothing to read in it, the status still counts
  }
}
