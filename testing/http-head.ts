// The head of a request or of a response, read as the server reads both: from one text, with no line that ends by itself.
import { textOf } from "./bytes";
import { HttpProblem } from "./http-problem";
import type { Call } from "./parameters";
import { addForm, emptyCall, percentDecode } from "./parameters";

export interface Head {
  start:
    { kind: "request"; method: "GET" | "POST"; path: string } | { kind: "response"; status: number; reason: string };
  /** Names in lower case; the first of several counts. */
  headers: Map<string, string>;
  keepAlive: boolean;
  /** Of several, the last counts. */
  contentLength: number;
  /** With the parameters of the query string. */
  call: Call;
}

const VERSIONS = ["HTTP/1.1", "HTTP/1.0"];

/** The text up to a mark is taken, whatever stands in it; without the mark the text is broken. */
class Scanner {
  isBroken = false;

  constructor(private rest: string) {}

  till(mark: string): string {
    const at = this.rest.indexOf(mark);
    if (at < 0) this.isBroken = true;
    const taken = at < 0 ? "" : this.rest.slice(0, at);
    this.rest = at < 0 ? "" : this.rest.slice(at + mark.length);
    return taken;
  }

  next(): string {
    return this.rest.charAt(0);
  }
}

/** `head`: latin-1, with the line break after the last line. */
export function readHead(head: string): Head {
  const scanner = new Scanner(head);
  const type = scanner.till(" ");
  const read = type.startsWith("HTTP") ? readStatus(scanner, type) : readRequestLine(scanner, type);
  while (!scanner.isBroken && scanner.next() !== "") readHeader(scanner, read);
  if (scanner.isBroken) throw new HttpProblem(400, "Bad Request");
  return read;
}

/** Without a reason or a space before it, the reason is what follows the first space of the next line. */
function readStatus(scanner: Scanner, version: string): Head {
  if (!VERSIONS.includes(version)) throw new HttpProblem(505, "HTTP Version Not Supported");
  const status = Number(/^-?\d+/.exec(scanner.till(" "))?.[0] ?? 0);
  const reason = textOf(scanner.till("\r\n"));
  return headWith({ kind: "response", status, reason }, version, emptyCall());
}

function readRequestLine(scanner: Scanner, method: string): Head {
  if (method !== "GET" && method !== "POST") throw new HttpProblem(501, "Not Implemented");
  const line = scanner.till("\r\n");
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
  keepAlive: version === "HTTP/1.1",
  contentLength: 0,
  call,
});

function readHeader(scanner: Scanner, head: Head): void {
  const name = scanner.till(":").trim().toLowerCase();
  let value = scanner.till("\r\n");
  while (!scanner.isBroken && /^[ \t]$/.test(scanner.next())) value += `\r\n${scanner.till("\r\n")}`;
  value = value.trim();
  if (!head.headers.has(name)) head.headers.set(name, value);
  if (name === "content-length") head.contentLength = Number(/^\d+/.exec(value)?.[0] ?? 0);
  if (name === "connection" && value.toLowerCase() === "close") head.keepAlive = false;
  if (name === "connection" && value.toLowerCase() === "keep-alive") head.keepAlive = true;
}
