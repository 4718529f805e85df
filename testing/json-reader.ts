// JSON as the server's own reader takes it: byte for byte, lenient in strings, and what stands before an error counts.
import { textOf } from "./bytes";

const MAX_DEPTH = 100;
const ESCAPES: Record<string, string> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** A place in a JSON text, which is given as latin-1. */
export class JsonReader {
  private at = 0;

  constructor(private readonly text: string) {}

  isOver(): boolean {
    return this.at >= this.text.length;
  }

  place(): number {
    return this.at;
  }

  /** The next character after white space; empty at the end. */
  peek(): string {
    while (" \t\r\n\v\0".includes(this.text.charAt(this.at)) && !this.isOver()) this.at += 1;
    return this.text.charAt(this.at);
  }

  take(token: string): boolean {
    this.peek();
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  /** A string, decoded: raw line breaks are taken, an unknown escape is its letter. Undefined when it is none. */
  string(): string | undefined {
    if (!this.take('"')) return undefined;
    const begin = this.at;
    while (!this.isOver() && this.text[this.at] !== '"') this.at += this.text[this.at] === "\\" ? 2 : 1;
    if (this.isOver()) return undefined;
    const raw = this.text.slice(begin, this.at++);
    if (/\\u(?![0-9a-fA-F]{4})/.test(raw.replaceAll("\\\\", ""))) return undefined;
    const utf8 = (text: string) => Buffer.from(text).toString("latin1");
    const decoded = raw.replace(
      /\\u(d[89ab]..)\\u(d[c-f]..)|\\u(....)|\\([^])/gi,
      (_, high?: string, low?: string, unit?: string, letter: string = "") => {
        if (high !== undefined && low !== undefined) return utf8(unitOf(high) + unitOf(low));
        return unit === undefined ? (ESCAPES[letter] ?? letter) : bytesOf(parseInt(unit, 16));
      },
    );
    return textOf(decoded);
  }

  /** Steps over a value; false when it is none, or nested too deep. */
  skip(depth = MAX_DEPTH): boolean {
    if (depth < 0) return false;
    const first = this.peek();
    if (first === '"') return this.string() !== undefined;
    if (first === "[") return this.skipList("[", "]", () => this.skip(depth - 1));
    if (first === "{") {
      return this.skipList("{", "}", () => this.string() !== undefined && this.take(":") && this.skip(depth - 1));
    }
    if (/^[-+.\d]$/.test(first)) {
      while (/^[-+.\deE]$/.test(this.text.charAt(this.at))) this.at += 1;
      return true;
    }
    return this.take("false") || this.take("true") || this.take("null");
  }

  private skipList(open: string, close: string, item: () => boolean): boolean {
    this.take(open);
    if (this.take(close)) return true;
    while (item()) {
      if (this.take(close)) return true;
      if (!this.take(",")) return false;
    }
    return false;
  }

  /** The text from there to here. */
  since(place: number): string {
    return textOf(this.text.slice(place, this.at));
  }
}

const unitOf = (hex: string): string => String.fromCharCode(parseInt(hex, 16));

/** The UTF-8 bytes of a code unit, even of a surrogate that stands alone. */
function bytesOf(unit: number): string {
  if (unit < 0x80) return String.fromCharCode(unit);
  if (unit < 0x800) return String.fromCharCode(0xc0 | (unit >> 6), 0x80 | (unit & 63));
  return String.fromCharCode(0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 63), 0x80 | (unit & 63));
}

/** Members of a JSON object up to its end or the first error: text unquoted, anything else as its raw text (`null` is "null"). */
export function jsonMembers(latin1: string): [string, string][] {
  const json = new JsonReader(latin1);
  const members: [string, string][] = [];
  if (!json.take("{")) return members;
  while (!json.take("}") && !json.isOver()) {
    const name = json.string();
    if (name === undefined || !json.take(":")) break;
    const isText = json.peek() === '"';
    const begin = json.place();
    const text = isText ? json.string() : undefined;
    if (isText ? text === undefined : !json.skip()) break;
    members.push([name, text ?? json.since(begin)]);
    if (json.peek() !== "}" && !json.take(",")) break;
  }
  return members;
}

/** A list of strings; undefined when the text is anything else. */
export function jsonStrings(text: string): string[] | undefined {
  const json = new JsonReader(Buffer.from(text).toString("latin1"));
  const strings: string[] = [];
  if (!json.take("[")) return undefined;
  let isOver = json.take("]");
  while (!isOver) {
    const string = json.string();
    if (string === undefined) return undefined;
    strings.push(string);
    isOver = json.take("]");
    if (!isOver && !json.take(",")) return undefined;
  }
  return json.peek() === "" ? strings : undefined;
}
