// Stands between the provider and Pebble: answers some requests itself, as RFC 8555 says, holds them, or loses them. Notes what was sent.
import fs from "node:fs";
import type http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { Pebble } from "./pebble";

/** A request as it was sent: the payload is what was signed, "" if it only asks. */
export interface AcmeSent {
  method: string;
  path: string;
  payload: unknown;
}

interface AcmeReply {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

export interface AcmeFault {
  on: (request: AcmeSent) => boolean;
  /** How often. Default: once. */
  times?: number;
  /** Whether the server gets the request before. Default false. */
  isSent?: boolean;
  /** What is waited for before an answer goes back. */
  hold?: () => Promise<unknown>;
  /** What goes back in place of the server's answer; "drop": nothing, and the connection is closed. */
  reply?: AcmeReply | "drop";
}

export interface AcmeChange {
  on: (request: AcmeSent) => boolean;
  with: Record<string, object>;
}

export interface AcmeFront {
  directoryUrl: string;
  /** Each request, in the order in which they came, and the status that went back. */
  seen: (AcmeSent & { status?: number })[];
  fault(fault: AcmeFault): void;
  /** The server's answers to these have these keys too, from now on. */
  change(change: AcmeChange): void;
  /** No fault and no change is left. */
  mend(): void;
  close(): Promise<void>;
}

/** A problem document (RFC 8555 6.7). */
export function acmeProblem(status: number, type: string, detail: string, headers: Record<string, string> = {}) {
  const body = Buffer.from(JSON.stringify({ type: `urn:ietf:params:acme:error:${type}`, detail, status }));
  return { status, headers: { "content-type": "application/problem+json", ...headers }, body };
}

/** With Pebble's own certificate: who trusts that trusts this. */
export async function acmeFront(pebble: Pick<Pebble, "directoryUrl" | "caFile" | "caPem">): Promise<AcmeFront> {
  const agent = new https.Agent({ ca: pebble.caPem, keepAlive: true });
  const behind = new URL(pebble.directoryUrl);
  let faults: AcmeFault[] = [];
  let changes: AcmeChange[] = [];
  const onward = (request: http.IncomingMessage, body: Buffer) =>
    new Promise<AcmeReply>((resolve, reject) => {
      const { method, headers, url } = request;
      const { hostname, port } = behind;
      // The host is the one that was asked for: the server's addresses follow from it.
      const sent = https.request({ agent, hostname, port, method, path: url, headers }, (got) => {
        const parts: Buffer[] = [];
        got.on("data", (part: Buffer) => parts.push(part));
        got.on("error", reject);
        got.on("end", () => resolve({ status: got.statusCode ?? 0, headers: got.headers, body: Buffer.concat(parts) }));
      });
      sent.on("error", reject).end(body);
    });
  const pass = async (request: http.IncomingMessage, body: Buffer, response: http.ServerResponse) => {
    const { method = "", url = "" } = request;
    const sent: AcmeFront["seen"][number] = { method, path: url, payload: payloadIn(body) };
    front.seen.push(sent);
    const fault = faults.find((one) => one.on(sent));
    if (fault && (fault.times = (fault.times ?? 1) - 1) <= 0) faults = faults.filter((one) => one !== fault);
    const got = fault?.reply && !fault.isSent ? undefined : await onward(request, body);
    const change = changes.find((one) => one.on(sent));
    if (got && change) got.body = changed(got.body, change.with);
    await fault?.hold?.();
    const reply = fault?.reply ?? got;
    if (reply === undefined || reply === "drop") return void response.destroy();
    sent.status = reply.status;
    const { "transfer-encoding": _, ...headers } = reply.headers;
    response.writeHead(reply.status, method === "HEAD" ? headers : { ...headers, "content-length": reply.body.length });
    response.end(method === "HEAD" ? undefined : reply.body);
  };
  const key = fs.readFileSync(path.join(path.dirname(pebble.caFile), "key.pem"));
  const server = https.createServer({ cert: pebble.caPem, key }, (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => void pass(request, Buffer.concat(parts), response).catch(() => response.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const front: AcmeFront = {
    directoryUrl: `https://127.0.0.1:${(server.address() as AddressInfo).port}${behind.pathname}`,
    seen: [],
    fault: (fault) => void faults.push({ ...fault }),
    change: (change) => void changes.push(change),
    mend: () => void ([faults, changes] = [[], []]),
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return front;
}

/** Objects in it keep their other keys. */
function changed(body: Buffer, more: Record<string, object>): Buffer {
  const given = JSON.parse(body.toString()) as Record<string, object>;
  const merged = Object.entries(more).map(([key, value]) => [key, { ...given[key], ...value }]);
  return Buffer.from(JSON.stringify({ ...given, ...(Object.fromEntries(merged) as object) }));
}

function payloadIn(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  const { payload = "" } = JSON.parse(body.toString()) as { payload?: string };
  return payload === "" ? "" : (JSON.parse(Buffer.from(payload, "base64url").toString()) as unknown);
}
