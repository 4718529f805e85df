// The head of a request or of a response, read as the server reads both: from one text, with no line that ends by itself.
import { integerIn, textOf } from "./bytes";
import { HttpProblem } from "./http-problem";
import type { Call } from "./parameters";
import { addForm, emptyCall, percentDecode } from "./parameters";
import { Scanner } from "./scanner";

export interface Head {
  start:
    { kind: "request"; method: "GET" | "POST"; path: string } | { kind: "response"; status: number; reason: string };
  /** Names in lower case; the first of several counts. */
  headers: Map<string, string>;
  /** Every header, in the order received. */
  lines: [name: string, value: string][];
  keepAlive: boolean;
  /** Of the headers for the body the last of several counts. */
  contentLength: number;
  contentType: string;
  /** In lower case. */
  contentEncoding: string;
  /** In lower case. */
  transferEncoding: string;
  /** With the parameters of the query string. */
  call: Call;
}

const VERSIONS = ["HTTP/1.1", "HTTP/1.0"];
/** A longer body is not announced: to the server it is this long. */
export const MAX_ANNOUNCED_BYTES = 2 ** 31 - 1;

/** `head`: latin-1, with the line break after the last line. */
export function readHead(head: string): Head {
  const scanner = new Scanner(head);
  const type = scanner.till(" ");
  const read = type.startsWith("HTTP") ? readStatus(scanner, type) : readRequestLine(scanner, type);
  while (!scanner.isOver()) {
    const [name, value] = scanner.header();
    if (!scanner.isBroken) addHeader(read, name, value);
  }
  if (scanner.isBroken) throw new HttpProblem(400, "Bad Request");
  return read;
}

/** Without a reason or a space before it, the reason is what follows the first space of the next line. */
function readStatus(scanner: Scanner, version: string): Head {
  if (!VERSIONS.includes(version)) throw new HttpProblem(505, "HTTP Version Not Supported");
  const status = Number(integerIn(scanner.till(" "), 32));
  const reason = textOf(scanner.line());
  return headWith({ kind: "response", status, reason }, version, emptyCall());
}

function readRequestLine(scanner: Scanner, method: string): Head {
  if (method !== "GET" && method !== "POST") throw new HttpProblem(501, "Not Implemented");
  const line = scanner.line();
  const space = line.lastIndexOf(" ");
  if (space < 0) throw new HttpProblem(400, "Bad Request: wrong request line");
  const [path = ""] = /^[^?#]*/.exec(line.slice(0, space)) ?? [];
  const call = emptyCall();
  if (line[path.length] === "?") addForm(call, line.slice(path.length + 1, space));
  if (call.parameters.size > 0) call.encoding = "query";
  const version = line.slice(space + 1);
  if (!VERSIONS.includes(version)) throw new HttpProblem(505, "HTTP Version Not Supported");
  return headWith({ kind: "request", method, path: percentDecode(path) }, version, call);
}

const headWith = (start: Head["start"], version: string, call: Call): Head => ({
  start,
  headers: new Map(),
  lines: [],
  keepAlive: version === "HTTP/1.1",
  contentLength: 0,
  contentType: "",
  contentEncoding: "",
  transferEncoding: "",
  call,
});

function addHeader(head: Head, name: string, value: string): void {
  head.lines.push([name, value]);
  if (!head.headers.has(name)) head.headers.set(name, value);
  if (name === "connection") head.keepAlive = value.toLowerCase() !== "close";
  if (name === "content-type") head.contentType = value;
  if (name === "content-encoding") head.contentEncoding = value.toLowerCase();
  if (name === "transfer-encoding") head.transferEncoding = value.toLowerCase();
  if (name === "content-length") head.contentLength = Math.min(Number(integerIn(value, 64)), MAX_ANNOUNCED_BYTES);
}
