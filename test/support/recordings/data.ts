// The recorded answers of the real Bot API server: the files, their bytes and their placeholders.
import fs from "node:fs";
import path from "node:path";

const FOLDER = path.join(__dirname, "..", "..", "fixtures", "recordings");

/** Raw bytes as latin-1 text: one character, one byte. A list is its parts joined. */
export type Bytes = string | (string | { repeat: string; times: number })[];

export interface RecordedAnswer {
  status: string;
  headers: string[];
  body: Bytes;
}

export interface World {
  names: Record<string, { a: string[]; aaaa: string[] }>;
}

export function recording<T>(name: string): T {
  return JSON.parse(fs.readFileSync(path.join(FOLDER, `${name}.json`), "utf8")) as T;
}

export function unpack(bytes: Bytes): Buffer {
  if (typeof bytes === "string") return Buffer.from(bytes, "latin1");
  return Buffer.concat(
    bytes.map((part) => Buffer.from(typeof part === "string" ? part : part.repeat.repeat(part.times), "latin1")),
  );
}

/** What varies from run to run as the recordings have it: times, update ids, the bot's number. */
export function canonical(text: string, botId: string): string {
  return text
    .replace(/"(last_error_date|last_synchronization_error_date|date|edit_date)":-?\d+/g, '"$1":<date>')
    .replace(/"update_id":\d+/g, '"update_id":<update_id>')
    .replaceAll(botId, "<bot>");
}

export const withoutLastError = (text: string): string =>
  text.replace(/,"last_error_date":<date>,"last_error_message":"(?:[^"\\]|\\.)*"/, "");

/** What is compared of a body: of updates their kinds, of accounts the names of the fields (their values are the recorder's own). */
export function reduced(method: string, body: string): string {
  const name = method.toLowerCase();
  if (name !== "getupdates" && name !== "getme") return body;
  let value: { result?: unknown };
  try {
    value = JSON.parse(body.replace(/<(date|update_id|bot)>/g, "0")) as { result?: unknown };
  } catch {
    return body;
  }
  if (Array.isArray(value.result)) {
    return JSON.stringify(value.result.map((update: object) => Object.keys(update).find((key) => key !== "update_id")));
  }
  return typeof value.result === "object" && value.result !== null ? Object.keys(value.result).join() : body;
}
