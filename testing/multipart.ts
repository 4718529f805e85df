// multipart/form-data as the server's own reader takes it; what it cannot read refuses the whole request.
import { textOf, trimmed } from "./bytes";
import { HttpProblem } from "./http-problem";
import type { Call } from "./parameters";
import { addForm, addParameter, percentDecode, refuseTooMany } from "./parameters";
import { Scanner } from "./scanner";

const MAX_BOUNDARY_LENGTH = 70;
const MAX_FILES = 50;
const MAX_HEADER_BYTES = 2 ** 18;

interface Part {
  name: string;
  isFile: boolean;
  type: string;
}

/** The boundary from a Content-Type. */
export function boundaryOf(contentType: string): string {
  const word = contentType.toLowerCase().indexOf("boundary");
  if (word < 0) throw new HttpProblem(400, "Bad Request: boundary not found");
  const equals = contentType.indexOf("=", word);
  if (equals < 0) throw new HttpProblem(400, "Bad Request: boundary value not found");
  const boundary = unquoted(contentType.slice(equals + 1).split(";", 1)[0] ?? "");
  if (boundary === "" || boundary.length > MAX_BOUNDARY_LENGTH) {
    throw new HttpProblem(400, "Bad Request: boundary too big or empty");
  }
  return boundary;
}

/** Adds the parts of a body to a call; a file that comes twice counts once. */
export function addMultipart(call: Call, boundary: string, body: Buffer): void {
  const delimiter = `\r\n--${boundary}`;
  let at = after(body, delimiter.slice(2), 0);
  for (let files = 0; ;) {
    const end = body.indexOf("\r\n\r\n", at);
    if (end < 0) throw unexpectedEnd();
    if (end === at) throw new HttpProblem(400, "Bad Request: headers in multipart/form-data are empty");
    if (end - at > MAX_HEADER_BYTES) {
      throw new HttpProblem(431, "Request Header Fields Too Large: total headers size exceeded");
    }
    const part = partOf(body.subarray(at + 2, end + 2).toString("latin1"));
    if (part.isFile && ++files > MAX_FILES) {
      throw new HttpProblem(413, "Request Entity Too Large: too many files attached");
    }
    at = after(body, delimiter, end + 4);
    addPart(call, part, body.subarray(end + 4, at - delimiter.length));
    if (body.length < at + 2) throw unexpectedEnd();
    if (body.subarray(at, at + 2).toString() === "--") return;
  }
}

const unexpectedEnd = () => new HttpProblem(400, "Bad Request: unexpected end of request content");

function after(body: Buffer, delimiter: string, from: number): number {
  const found = body.indexOf(delimiter, from, "latin1");
  if (found < 0) throw unexpectedEnd();
  return found + Buffer.byteLength(delimiter, "latin1");
}

function addPart(call: Call, { name, isFile, type }: Part, content: Buffer): void {
  if (isFile) {
    if (!call.files.has(name)) call.files.set(name, content);
  } else if (type.startsWith("application/x-www-form-urlencoded")) addForm(call, content.toString("latin1"));
  else {
    // Each value for itself: several that are too much only together are taken.
    refuseTooMany(call, content.length, " in form data");
    addParameter(call, name, textOf(content.toString("latin1")));
  }
}

function partOf(head: string): Part {
  const part: Part = { name: "", isFile: false, type: "application/octet-stream" };
  const scanner = new Scanner(head);
  while (!scanner.isOver()) {
    const [header, value] = scanner.header();
    if (header === "content-type") part.type = value;
    if (header === "content-disposition") readDisposition(part, value);
  }
  if (scanner.isBroken) throw new HttpProblem(400, "Bad Request: can't parse form data headers");
  if (part.name === "") throw new HttpProblem(400, "Bad Request: field name in multipart/form-data not found");
  return part;
}

function readDisposition(part: Part, value: string): void {
  if (!value.startsWith("form-data;")) {
    throw new HttpProblem(400, "Bad Request: expected form-data content disposition");
  }
  let rest = value.slice("form-data;".length);
  for (let equals = rest.indexOf("="); equals >= 0; equals = rest.indexOf("=")) {
    const key = trimmed(rest.slice(0, equals));
    const [text, after] = valueIn(trimmed(rest.slice(equals + 1)));
    if (key === "name") part.name = percentDecode(text);
    if (key === "filename") part.isFile = true;
    rest = after;
  }
}

/** A value up to its semicolon, and what follows that; in quotes a backslash is for the character after it. */
function valueIn(text: string): [value: string, after: string] {
  if (!text.startsWith('"')) {
    const [value = "", ...after] = text.split(";");
    return [trimmed(value), after.join(";")];
  }
  const quoted = /^"((?:[^"\\]|\\[^])*)"[ \t\r\n\v\0]*(;|$)/.exec(text);
  if (quoted === null) throw new HttpProblem(400, `Bad Request: ${quoteProblem(text)} in Content-Disposition header`);
  return [(quoted[1] ?? "").replace(/\\([^])/g, "$1"), text.slice(quoted[0].length)];
}

function quoteProblem(text: string): string {
  if (/^"(?:[^"\\]|\\[^])*"/.test(text)) return "expected ';'";
  return /^"(?:[^"\\]|\\[^])*\\$/.test(text) ? "wrong escape sequence" : "unclosed quoted string";
}

const unquoted = (text: string): string => (text.length > 1 && /^".*"$/.test(text) ? text.slice(1, -1) : text);
