// Parameters of a call as the server reads them: four encodings, the first occurrence of a name wins, everything is text.
import type { Encoding } from "./types";

export interface Call {
  parameters: Map<string, string>;
  files: Map<string, Buffer>;
  encoding: Encoding;
}

const MAX_FILES = 50;

export const emptyCall = (): Call => ({ parameters: new Map(), files: new Map(), encoding: "none" });

/** Query string first, then the body. A body that cannot be read, or of an unknown type, holds no parameters. */
export function readCall(queryString: string, contentType: string | undefined, body: Buffer): Call {
  const call = emptyCall();
  addForm(call, queryString);
  if (call.parameters.size > 0) call.encoding = "query";
  const type = (contentType ?? "").toLowerCase();
  if (body.length === 0) return call;
  if (type.includes("multipart/form-data")) {
    call.encoding = "multipart";
    addMultipart(call, contentType ?? "", body);
  } else if (type.includes("application/x-www-form-urlencoded")) {
    call.encoding = "form";
    addForm(call, body.toString());
  } else if (type.includes("application/json")) {
    call.encoding = "json";
    for (const [name, value] of jsonMembers(body.toString()) ?? []) add(call, name, value);
  }
  return call;
}

export const isTrue = (value: string | undefined): boolean =>
  ["true", "yes", "1"].includes((value ?? "").trim().toLowerCase());

/** The number at the beginning of the text (0 when there is none), brought into the range; the default when left out or empty. */
export function integerParameter(text: string | undefined, byDefault: number, least: number, most: number): number {
  if (text === undefined || text === "") return byDefault;
  const digits = /^-?\d+/.exec(text)?.[0] ?? "0";
  return Math.min(Math.max(Number(digits), least), most);
}

function add(call: Call, name: string, value: string): void {
  if (name !== "" && !call.parameters.has(name)) call.parameters.set(name, value);
}

function addForm(call: Call, text: string): void {
  for (const pair of text.split("&")) {
    const equals = pair.indexOf("=");
    const [name, value] = equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
    add(call, formDecode(name), formDecode(value));
  }
}

/** `+` is a space, `%XX` a byte; a `%` that begins no escape stays. */
function formDecode(text: string): string {
  return percentDecode(text.replaceAll("+", " "));
}

export function percentDecode(text: string): string {
  if (!text.includes("%")) return text;
  const latin = Buffer.from(text)
    .toString("latin1")
    .replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(latin, "latin1").toString();
}

function addMultipart(call: Call, contentType: string, body: Buffer): void {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  const parts = boundary && splitParts(body, boundary[1] ?? boundary[2] ?? "");
  for (const part of parts ?? []) {
    const disposition = /^content-disposition:(.*)$/im.exec(part.head)?.[1] ?? "";
    const name = parameterOf(disposition, "name");
    if (name === undefined) continue;
    if (parameterOf(disposition, "filename") === undefined) add(call, name, part.content.toString());
    else if (!call.files.has(name) && call.files.size < MAX_FILES) call.files.set(name, part.content);
  }
}

function parameterOf(disposition: string, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, "i").exec(disposition);
  return found ? (found[1]?.replace(/\\(.)/g, "$1") ?? found[2]) : undefined;
}

/** The parts, or undefined when the closing boundary is missing or a part has no empty line. */
function splitParts(body: Buffer, boundary: string): { head: string; content: Buffer }[] | undefined {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const whole = Buffer.concat([Buffer.from("\r\n"), body]);
  const parts: { head: string; content: Buffer }[] = [];
  let at = whole.indexOf(delimiter);
  while (at >= 0) {
    const begin = at + delimiter.length;
    if (whole.subarray(begin, begin + 2).toString() === "--") return parts;
    const end = whole.indexOf(delimiter, begin);
    const empty = whole.indexOf("\r\n\r\n", begin);
    if (end < 0 || empty < 0 || empty > end) return undefined;
    parts.push({ head: whole.subarray(begin, empty).toString().trim(), content: whole.subarray(empty + 4, end) });
    at = end;
  }
  return undefined;
}

/** Members of a JSON object: text unquoted, everything else as its raw text (`null` is the text "null"); undefined when malformed. */
export function jsonMembers(text: string): [string, string][] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  } catch {
    return undefined; // malformed: the server reads it as no parameters
  }
  const members: [string, string][] = [];
  const token = /\s*("(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+)/gy;
  token.lastIndex = text.indexOf("{") + 1;
  const next = () => token.exec(text)?.[1] ?? "}";
  for (let name = next(); name !== "}"; name = next()) {
    if (name === ",") continue;
    next(); // the colon
    members.push([JSON.parse(name) as string, rawValue(text, token)]);
  }
  return members;
}

/** The value that begins at the scanner's place: a JSON text decoded, anything else raw. The JSON is known to be well-formed. */
function rawValue(text: string, token: RegExp): string {
  const first = token.exec(text)?.[1] ?? "";
  const begin = token.lastIndex - first.length;
  if (first.startsWith('"')) return JSON.parse(first) as string;
  let depth = "{[".includes(first) ? 1 : 0;
  while (depth > 0) {
    const part = token.exec(text)?.[1] ?? "";
    if (part === "{" || part === "[") depth += 1;
    if (part === "}" || part === "]") depth -= 1;
  }
  return text.slice(begin, token.lastIndex);
}
