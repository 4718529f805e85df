// Reads HTTP messages from the bytes of a connection: requests of clients and responses of endpoints, with one reader as the server does.
import { unzipSync } from "node:zlib";
import { textOf } from "./bytes";
import type { Head } from "./http-head";
import { MAX_ANNOUNCED_BYTES, readHead } from "./http-head";
import { HttpProblem } from "./http-problem";
import { jsonMembers } from "./json-reader";
import { addMultipart, boundaryOf } from "./multipart";
import type { Call } from "./parameters";
import { MAX_PARAMETER_BYTES, addForm, addParameter, count } from "./parameters";

export interface HttpMessage extends Head {
  /** Decoded from gzip or deflate. */
  content: Buffer;
}

const MAX_HEAD_BYTES = 2 ** 18;
const LONGEST_CHUNK_LENGTH = 8;
const MAX_BODY_BYTES = 50 * 2 ** 20;
const EMPTY: Buffer = Buffer.alloc(0);

/** What a body is read as: parameters, or nothing that the server looks into. */
type Kind = { form: true } | { json: true } | { boundary: string } | undefined;

interface Body {
  isChunked: boolean;
  isZipped: boolean;
  kind: Kind;
  /** Chunks that are complete. */
  parts: Buffer[];
  size: number;
}

export class HttpReader {
  private chunks: Buffer[] = [];
  private size = 0;
  private head: Head | undefined;
  private body: Body | undefined;

  push(bytes: Buffer): void {
    this.chunks.push(bytes);
    this.size += bytes.length;
  }

  /** The next whole message, once it has arrived; throws an HttpProblem. */
  next(): HttpMessage | undefined {
    this.head ??= this.takeHead();
    if (this.head === undefined) return undefined;
    this.body ??= bodyOf(this.head);
    const raw = this.body === undefined ? EMPTY : this.takeBody(this.body, this.head.contentLength);
    if (raw === undefined) return undefined;
    const { head, body } = this;
    this.head = this.body = undefined;
    return { ...head, content: body === undefined ? raw : readBody(head.call, body, raw) };
  }

  private takeHead(): Head | undefined {
    const buffered = this.buffered();
    const end = buffered.indexOf("\r\n\r\n");
    if (end < 0 && this.size > MAX_HEAD_BYTES) {
      throw new HttpProblem(431, "Request Header Fields Too Large: total headers size exceeded");
    }
    return end < 0 ? undefined : readHead(this.take(end + 4).toString("latin1", 0, end + 2));
  }

  private takeBody(body: Body, length: number): Buffer | undefined {
    if (body.isChunked) return this.takeChunks(body);
    refuseTooMuch(body, Math.min(this.size, length));
    return this.size < length ? undefined : this.take(length);
  }

  /** Chunk lengths are hexadecimal up to the first other character; a trailer is not known. */
  private takeChunks(body: Body): Buffer | undefined {
    for (;;) {
      const buffered = this.buffered();
      const lineEnd = buffered.indexOf("\r\n");
      const line = buffered.toString("latin1", 0, lineEnd < 0 ? buffered.length : lineEnd);
      if (line.length > LONGEST_CHUNK_LENGTH) {
        throw new HttpProblem(400, `Bad Request: Too long length in chunked ${textOf(line)}`);
      }
      if (lineEnd < 0) return undefined;
      const length = parseInt(/^[0-9a-f]+/i.exec(line)?.[0] ?? "0", 16);
      refuseTooMuch(body, body.size + length);
      if (buffered.length < lineEnd + 2 + length + 2) return undefined;
      this.take(lineEnd + 2);
      body.parts.push(this.take(length));
      body.size += length;
      this.take(2);
      if (length === 0) return Buffer.concat(body.parts);
    }
  }

  private buffered(): Buffer {
    if (this.chunks.length > 1) this.chunks = [Buffer.concat(this.chunks)];
    return this.chunks[0] ?? EMPTY;
  }

  private take(length: number): Buffer {
    const buffered = this.buffered();
    this.chunks = [buffered.subarray(length)];
    this.size -= length;
    return buffered.subarray(0, length);
  }
}

/** How the body is read; undefined when there is none: no announced length is no body, whatever follows. */
function bodyOf({ contentLength, contentType, contentEncoding, transferEncoding }: Head): Body | undefined {
  if (transferEncoding === "" && contentLength === 0) return undefined;
  if (transferEncoding !== "" && transferEncoding !== "chunked") {
    throw new HttpProblem(501, "Unimplemented: unsupported transfer-encoding");
  }
  const isZipped = ["gzip", "deflate"].includes(contentEncoding);
  if (!isZipped && !["", "none"].includes(contentEncoding)) {
    throw new HttpProblem(415, "Unsupported Media Type: unsupported content-encoding");
  }
  if (contentLength === MAX_ANNOUNCED_BYTES) {
    throw new HttpProblem(413, `Request Entity Too Large: content length is ${contentLength}`);
  }
  return { isChunked: transferEncoding !== "", isZipped, kind: kindOf(contentType), parts: [], size: 0 };
}

function kindOf(contentType: string): Kind {
  const type = contentType.toLowerCase();
  if (type.includes("multipart/form-data")) return { boundary: boundaryOf(contentType) };
  if (type.includes("application/x-www-form-urlencoded")) return { form: true };
  return type.includes("application/json") ? { json: true } : undefined;
}

function refuseTooMuch({ kind }: Body, bytes: number): void {
  const most = kind === undefined || "boundary" in kind ? MAX_BODY_BYTES : MAX_PARAMETER_BYTES;
  if (bytes > most) throw new HttpProblem(413, "Request Entity Too Large: too many parameters");
}

function readBody(call: Call, { kind, isZipped }: Body, raw: Buffer): Buffer {
  const content = isZipped ? unzipped(raw) : raw;
  if (kind === undefined) return content;
  if ("boundary" in kind) {
    call.encoding = "multipart";
    addMultipart(call, kind.boundary, content);
    return content;
  }
  const latin1 = content.toString("latin1");
  if ("form" in kind) {
    call.encoding = "form";
    addForm(call, latin1);
    return content;
  }
  call.encoding = "json";
  count(call, content.length);
  for (const [name, value] of jsonMembers(latin1)) addParameter(call, name, value);
  return content;
}

function unzipped(raw: Buffer): Buffer {
  try {
    return unzipSync(raw, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    const { errno = -3 } = error as NodeJS.ErrnoException;
    throw new HttpProblem(400, `Bad Request: zlib error ${errno}`);
  }
}
