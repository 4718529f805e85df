// Reads HTTP responses of an endpoint from the bytes of a connection.
import { gunzipSync, inflateSync } from "node:zlib";

export interface HttpResponse {
  status: number;
  /** Reason phrase as sent; empty when there is none. */
  reason: string;
  /** Names in lower case; the first of several counts. */
  headers: Map<string, string>;
  /** Decoded from gzip or deflate. */
  body: Buffer;
  keepAlive: boolean;
}

interface Head extends Omit<HttpResponse, "body"> {
  /** Bytes of the body; undefined: until the connection closes. */
  length: number | "chunked" | undefined;
}

/** A response that cannot be read; `message` is the server's text for it. */
export class ResponseError extends Error {}

export class ResponseReader {
  private buffered: Buffer = Buffer.alloc(0);
  private head: Head | undefined;

  /** Takes what has arrived; gives a response when one is complete. */
  feed(bytes: Buffer): HttpResponse | undefined {
    this.buffered = Buffer.concat([this.buffered, bytes]);
    this.head ??= this.readHead();
    if (this.head === undefined || this.head.length === undefined) return undefined;
    const body = this.head.length === "chunked" ? this.readChunks() : this.readLength(this.head.length);
    return body && this.complete(body);
  }

  /** The connection has ended: a body without a length is complete now. */
  end(): HttpResponse | undefined {
    return this.head !== undefined && this.head.length === undefined ? this.complete(this.buffered) : undefined;
  }

  private complete(body: Buffer): HttpResponse | undefined {
    const head = this.head;
    this.head = undefined;
    return head && { ...head, body: decoded(body, head.headers.get("content-encoding")) };
  }

  private readHead(): Head | undefined {
    const end = this.buffered.indexOf("\r\n\r\n");
    if (end < 0) return undefined;
    const [first = "", ...lines] = this.buffered.subarray(0, end).toString("latin1").split("\r\n");
    this.buffered = this.buffered.subarray(end + 4);
    const status = /^HTTP\/1\.([01]) (\d{3})(?: (.*))?$/.exec(first);
    if (status === null) throw new ResponseError("Bad Request: invalid status line");
    const headers = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(":");
      const name = line.slice(0, colon).trim().toLowerCase();
      if (colon > 0 && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
    }
    const code = Number(status[2]);
    const connection = (headers.get("connection") ?? "").toLowerCase();
    const keepAlive = status[1] === "1" && !connection.includes("close");
    return { status: code, reason: status[3] ?? "", headers, keepAlive, length: lengthOf(code, headers) };
  }

  private readLength(length: number): Buffer | undefined {
    if (this.buffered.length < length) return undefined;
    const body = this.buffered.subarray(0, length);
    this.buffered = this.buffered.subarray(length);
    return body;
  }

  private readChunks(): Buffer | undefined {
    const parts: Buffer[] = [];
    let at = 0;
    for (;;) {
      const lineEnd = this.buffered.indexOf("\r\n", at);
      if (lineEnd < 0) return undefined;
      const size = parseInt(this.buffered.subarray(at, lineEnd).toString(), 16);
      if (Number.isNaN(size)) throw new ResponseError("Bad Request: invalid chunk size");
      if (this.buffered.length < lineEnd + 2 + size + 2) return undefined;
      parts.push(this.buffered.subarray(lineEnd + 2, lineEnd + 2 + size));
      at = lineEnd + 2 + size + 2;
      if (size === 0) break;
    }
    this.buffered = this.buffered.subarray(at);
    return Buffer.concat(parts);
  }
}

function lengthOf(status: number, headers: Map<string, string>): Head["length"] {
  if (status < 200 || status === 204 || status === 304) return 0;
  if ((headers.get("transfer-encoding") ?? "").toLowerCase().includes("chunked")) return "chunked";
  const length = headers.get("content-length");
  return length === undefined ? undefined : Number(length) || 0;
}

function decoded(body: Buffer, encoding: string | undefined): Buffer {
  switch ((encoding ?? "identity").toLowerCase()) {
    case "identity":
    case "":
      return body;
    case "gzip":
      return gunzipSync(body);
    case "deflate":
      return inflateSync(body);
    default:
      throw new ResponseError("Unsupported Media Type: unsupported content-encoding");
  }
}
