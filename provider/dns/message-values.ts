// What far sides say stands at a name: bytes, which become values (our own grammar, or printable text that cannot be one of
// ours) and lines of a master file. Apart from values.ts, whose types users compile.
import { isIPv4 } from "node:net";
import { sha256 } from "../core/hash";
import type { CaaData, ResourceRecord } from "../probe/dns-message";
import { byteAt, escapedBytes, labelsOf, nameText } from "../probe/dns-name";
import { caaOf, longestChunk, normalValues, valuesProblem } from "./values";
import type { RecordType } from "./values";

/** The data of one record, byte for byte: an address, a name (`nameText`), the character strings of a TXT record, a CAA value. */
export type RecordData =
  | { type: "A"; data: string }
  | { type: "CNAME"; data: string }
  | { type: "TXT"; data: Buffer[] }
  | { type: "CAA"; data: CaaData };

const longestShown = 512;

/** The data that a DNS message holds of this type at this name. */
export function dataIn(answers: readonly ResourceRecord[], name: string, type: RecordType): RecordData[] {
  return answers
    .filter((record) => record.type === type && record.name.toLowerCase() === name)
    .map(({ data }) => ({ type, data }) as RecordData);
}

/** The values that a DNS message holds of this type at this name, in normal form. */
export function valuesIn(answers: readonly ResourceRecord[], name: string, type: RecordType): string[] {
  return normalValues(type, dataIn(answers, name, type).map(valueOf));
}

/** A value of our own grammar, as it is sent. */
export function dataOfValue(type: RecordType, value: string): RecordData {
  if (type === "TXT") return { type, data: chunked(Buffer.from(value, "latin1")) };
  if (type !== "CAA") return { type, data: value };
  const { flags, tag, value: text } = caaOf(value) ?? { flags: 0, tag: "", value: "" };
  return { type, data: { flags, tag, value: text } };
}

/**
 * What is compared, stored and shown. Data that our own grammar can have made is the value; other data is a text outside of
 * that grammar, printable, different for different bytes, and by that somebody else's.
 */
export function valueOf(record: RecordData): string {
  if (record.type === "TXT") return textValue(record.data);
  if (record.type === "A") return record.data;
  if (record.type === "CNAME") return limited(record.data.toLowerCase());
  const { flags, tag, value } = record.data;
  const [own] = normalValues("CAA", [`${flags} ${tag} "${value}"`]);
  if (own !== undefined && caaOf(own)) return own;
  const inQuotes = escapedBytes(Buffer.from(value, "latin1"), (char) => !/["\\<]/.test(char));
  return limited(`${flags} ${escapedBytes(Buffer.from(tag, "latin1"))} "${inQuotes}"`);
}

/** Whether it is a value that we can have written. */
export function isOwnValue(type: RecordType, value: string): boolean {
  return valuesProblem(type, [value]) === undefined;
}

/** As a line of nsupdate and of a master file has it: every byte that is no letter, digit or hyphen is \DDD. */
export function masterFileText(record: RecordData): string {
  if (record.type === "A") return record.data;
  if (record.type === "CNAME") return record.data === "." ? "." : `${record.data}.`;
  const quoted = (bytes: Buffer) => `"${escapedBytes(bytes)}"`;
  if (record.type === "TXT") return record.data.map(quoted).join(" ");
  const { flags, tag, value } = record.data;
  return `${flags} ${escapedBytes(Buffer.from(tag, "latin1"))} ${quoted(Buffer.from(value, "latin1"))}`;
}

/** A text as a vendor writes it, escapes in `radix`. What it cannot be stays a text of its own, outside of our grammar. */
export function valueFromText(type: RecordType, text: string, radix: 8 | 10): string {
  const data = dataFromText(type, text, radix);
  return data ? valueOf(data) : unreadable(text);
}

/** Nothing for what is no data of this type; a TXT without quotes is one string as it is. */
export function dataFromText(type: RecordType, text: string, radix: 8 | 10): RecordData | undefined {
  if (type === "A") return isIPv4(text) ? { type, data: text } : undefined;
  if (type === "CNAME") {
    const labels = labelsOf(text, radix);
    return labels && { type, data: nameText(labels) };
  }
  if (type === "TXT" && !text.startsWith('"')) return { type, data: chunked(Buffer.from(text)) };
  if (type === "TXT") {
    const strings = quotedStrings(text, radix);
    return strings && { type, data: strings.flatMap((one) => (one.length > longestChunk ? chunked(one) : [one])) };
  }
  const [found, flags = "", tag = "", rest = ""] = /^(\d{1,3})\s+([A-Za-z0-9]{1,255})\s+(\S.*)$/s.exec(text) ?? [];
  const bare = /[\s"]/.test(rest) ? undefined : `"${rest}"`;
  const [value, another] = quotedStrings(rest.startsWith('"') ? rest : (bare ?? ""), radix) ?? [];
  if (found === undefined || value === undefined || another !== undefined || Number(flags) > 255) return undefined;
  return { type, data: { flags: Number(flags), tag, value: value.toString("latin1") } };
}

function textValue(strings: readonly Buffer[]): string {
  const whole = Buffer.concat(strings);
  const own = whole.toString("latin1");
  const ours = chunked(whole);
  const isOurWay = strings.length === ours.length && ours.every((chunk, at) => strings[at]?.equals(chunk));
  if (isOurWay && isOwnValue("TXT", own)) return own;
  return limited(strings.map((one) => `“${escapedBytes(one, isTextPlain)}”`).join(" "));
}

/** The strings that a text is cut into when we write it; an empty one is one string. */
function chunked(bytes: Buffer): Buffer[] {
  const count = Math.max(1, Math.ceil(bytes.length / longestChunk));
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * longestChunk, (at + 1) * longestChunk));
}

/** "one" "two", each with its escapes undone. */
function quotedStrings(text: string, radix: 8 | 10): Buffer[] | undefined {
  const strings: Buffer[] = [];
  for (let at = 0; at < text.length;) {
    if (text[at] === " ") {
      at += 1;
      continue;
    }
    if (text[at] !== '"') return undefined;
    const bytes: number[] = [];
    for (at += 1; text[at] !== '"';) {
      const one = at < text.length ? byteAt(text, at, radix) : undefined;
      if (!one) return undefined;
      bytes.push(...one.bytes);
      at = one.next;
    }
    strings.push(Buffer.from(bytes));
    at += 1;
  }
  return strings.length > 0 ? strings : undefined;
}

/** Words of a vendor as they may stand in a value: printable, and limited. */
export function wordsOfVendor(text: string): string {
  return limited(escapedBytes(Buffer.from(text), isTextPlain));
}

/** What stands there and is more than its values, as a text that no value of ours is. */
export function outsideOf(type: RecordType, text: string): string {
  return isOwnValue(type, text) ? `“${text}”?` : text;
}

function unreadable(text: string): string {
  return limited(`“${escapedBytes(Buffer.from(text), isTextPlain)}”?`);
}

/** A backslash begins an escape, and `<{%` a colour tag of Pulumi's. */
function isTextPlain(char: string): boolean {
  return char !== "\\" && char !== "<";
}

/** A long text of somebody else is cut; its hash keeps two of them apart. */
function limited(text: string): string {
  if (text.length <= longestShown) return text;
  return `${text.slice(0, longestShown / 2)}… (${text.length} characters, SHA-256 ${sha256(text)})`;
}
