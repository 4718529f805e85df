// DNS messages on the wire (RFC 1035 4): the question that we ask, and what an answer holds, byte for byte.
import { labelsOf, nameText, nameWire } from "./dns-name";

const typeNumbers = { A: 1, NS: 2, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, TSIG: 250, CAA: 257 } as const;
export type QueryType = Exclude<keyof typeof typeNumbers, "TSIG">;
const typeNames = new Map<number, string>(Object.entries(typeNumbers).map(([name, number]) => [number, name]));

/** RFC 1035 4.1.1 and RFC 2136 2.2. */
const rcodes = "NOERROR FORMERR SERVFAIL NXDOMAIN NOTIMP REFUSED YXDOMAIN YXRRSET NXRRSET NOTAUTH NOTZONE".split(" ");

const internet = 1;
const headerLength = 12;
const longestName = 255;
/** Labels and pointers of all names in a message. One of 64 KiB has some thousand; pointers could make them millions. */
const mostLabels = 50_000;

/** A CAA value; tag and value as latin1, one character for each byte. */
export interface CaaData {
  flags: number;
  tag: string;
  value: string;
}

/**
 * One record. `data`: an address as text (A, AAAA), a name (CNAME, NS; see `nameText`), the character strings of a TXT record,
 * `CaaData`, `{ minimum }` of SOA, or the bytes of any other type.
 */
export interface ResourceRecord {
  name: string;
  type: string;
  ttl?: number;
  data: unknown;
}

export interface DnsMessage {
  id: number;
  isResponse: boolean;
  isAuthoritative: boolean;
  isTruncated: boolean;
  rcode: string;
  questions: { name: string; type: string }[];
  answers: ResourceRecord[];
  authorities: ResourceRecord[];
  additionals: ResourceRecord[];
  /** Where the last record begins: a signature is the last one. */
  lastRecordAt: number;
}

/** Bytes that are no DNS message. */
class Malformed extends Error {}

export function questionMessage(id: number, name: string, type: QueryType, isRecursive: boolean): Buffer {
  const labels = labelsOf(name);
  if (!labels) throw new Malformed(`${name} is no name`);
  const header = Buffer.alloc(headerLength);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(isRecursive ? 0x0100 : 0, 2);
  header.writeUInt16BE(1, 4);
  const end = Buffer.alloc(4);
  end.writeUInt16BE(typeNumbers[type], 0);
  end.writeUInt16BE(internet, 2);
  return Buffer.concat([header, nameWire(labels), end]);
}

/** Throws for bytes that are no message: a count, a length or a name that leads outside. */
export function decodeMessage(bytes: Buffer): DnsMessage {
  if (bytes.length < headerLength) throw new Malformed("shorter than a header");
  const [id = 0, flags = 0, asked = 0, ...others] = [0, 2, 4, 6, 8, 10].map((at) => bytes.readUInt16BE(at));
  const reader = { bytes, at: headerLength, labels: 0 };
  const questions = Array.from({ length: Math.min(asked, bytes.length) }, () => questionAt(reader));
  let lastRecordAt = reader.at;
  const [answers = [], authorities = [], additionals = []] = others.map((count) => {
    const found: ResourceRecord[] = [];
    for (let left = count; left > 0; left -= 1) {
      lastRecordAt = reader.at;
      found.push(...recordAt(reader));
    }
    return found;
  });
  return {
    ...{ id, questions, answers, authorities, additionals, lastRecordAt },
    isResponse: (flags & 0x8000) !== 0,
    isAuthoritative: (flags & 0x0400) !== 0,
    isTruncated: (flags & 0x0200) !== 0,
    rcode: rcodes[flags & 15] ?? `RCODE_${flags & 15}`,
  };
}

interface Reader {
  bytes: Buffer;
  at: number;
  /** So many labels and pointers were read. */
  labels: number;
}

function take(reader: Reader, length: number): Buffer {
  const { bytes, at } = reader;
  if (at + length > bytes.length) throw new Malformed("cut off");
  reader.at += length;
  return bytes.subarray(at, at + length);
}

function questionAt(reader: Reader): { name: string; type: string } {
  const name = nameText(labelsAt(reader));
  const type = take(reader, 2).readUInt16BE();
  const isInternet = take(reader, 2).readUInt16BE() === internet;
  return { name, type: isInternet ? typeName(type) : "of another class" };
}

function typeName(type: number): string {
  return typeNames.get(type) ?? `TYPE${type}`;
}

/** A record of another class than the internet's is none, but for a signature. */
function recordAt(reader: Reader): ResourceRecord[] {
  const name = nameText(labelsAt(reader));
  const fixed = take(reader, 10);
  const type = typeName(fixed.readUInt16BE(0));
  const isInternet = fixed.readUInt16BE(2) === internet;
  const end = reader.at + fixed.readUInt16BE(8);
  const data = isInternet ? dataAt(reader, type, end) : take(reader, end - reader.at);
  if (reader.at !== end) throw new Malformed(`${type} data of another length`);
  return isInternet || type === "TSIG" ? [{ name, type, ttl: fixed.readUInt32BE(4), data }] : [];
}

function dataAt(reader: Reader, type: string, end: number): unknown {
  if (type === "A") return [...take(reader, 4)].join(".");
  if (type === "AAAA") return ipv6Text(take(reader, 16));
  if (type === "CNAME" || type === "NS") return nameText(labelsAt(reader));
  if (type === "TXT") return stringsAt(reader, end);
  if (type === "SOA") {
    labelsAt(reader);
    labelsAt(reader);
    return { minimum: take(reader, 20).readUInt32BE(16) };
  }
  const rest = take(reader, end - reader.at);
  return type === "CAA" ? caaIn(rest) : rest;
}

/** A pointer leads to an earlier place only, so that no name is endless. */
function labelsAt(reader: Reader): Buffer[] {
  const labels: Buffer[] = [];
  const inner = { bytes: reader.bytes, at: reader.at, labels: 0 };
  let earliest = reader.at;
  let hasJumped = false;
  for (let total = 1; ;) {
    reader.labels += 1;
    if (reader.labels > mostLabels) throw new Malformed("more labels than names have");
    const [length = 0] = take(inner, 1);
    if (!hasJumped) reader.at = inner.at;
    if (length === 0) return labels;
    if (length < 64) {
      labels.push(take(inner, length));
      total += length + 1;
      if (total > longestName) throw new Malformed("a name that is too long");
      if (!hasJumped) reader.at = inner.at;
      continue;
    }
    const [low = 0] = take(inner, 1);
    if (!hasJumped) reader.at = inner.at;
    hasJumped = true;
    const target = ((length & 63) << 8) | low;
    if (length < 192 || target >= earliest) throw new Malformed("a name that leads nowhere");
    inner.at = earliest = target;
  }
}

function stringsAt(reader: Reader, end: number): Buffer[] {
  const strings: Buffer[] = [];
  while (reader.at < end) strings.push(take(reader, take(reader, 1)[0] ?? 0));
  if (strings.length === 0) throw new Malformed("a TXT record without a string");
  return strings;
}

function caaIn(data: Buffer): CaaData {
  const [flags, length] = data;
  if (flags === undefined || length === undefined || length > data.length - 2) throw new Malformed("CAA data cut off");
  return { flags, tag: data.toString("latin1", 2, 2 + length), value: data.toString("latin1", 2 + length) };
}

function ipv6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
