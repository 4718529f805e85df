// Signed questions, and answers that must be signed with the same key (TSIG, RFC 8945): then no answer on the way can be forged.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { DnsMessage } from "./dns-message";
import { labelsOf, nameWire } from "./dns-name";

/** A key that a server knows by name; the secret is base64. */
export interface TsigKey {
  name: string;
  secret: string;
  algorithm: string;
}

/** RFC 8945 6: the name of each on the wire and the hash of node:crypto. */
const algorithms: Readonly<Record<string, { wire: string; hash: string }>> = {
  "hmac-sha256": { wire: "hmac-sha256", hash: "sha256" },
  "hmac-sha512": { wire: "hmac-sha512", hash: "sha512" },
  "hmac-sha384": { wire: "hmac-sha384", hash: "sha384" },
  "hmac-sha224": { wire: "hmac-sha224", hash: "sha224" },
  "hmac-sha1": { wire: "hmac-sha1", hash: "sha1" },
  "hmac-md5": { wire: "hmac-md5.sig-alg.reg.int", hash: "md5" },
};
export const tsigAlgorithms = Object.keys(algorithms);

/** The server's reason not to accept a signature, or ours for its clock. */
export type TsigError = "BADSIG" | "BADKEY" | "BADTIME";
const tsigErrors = new Map<number, TsigError>([
  [16, "BADSIG"],
  [17, "BADKEY"],
  [18, "BADTIME"],
]);

const fudgeSeconds = 300; // RFC 8945 10 recommends it
const tsigType = 250;
const classAny = 255;

/** A message as it is sent, and its signature, which the answer's signature covers. */
export interface SignedMessage {
  bytes: Buffer;
  mac: Buffer;
}

export function signed(message: Buffer, key: TsigKey, now: Date): SignedMessage {
  const fields: TsigFields = {
    time: Math.floor(now.getTime() / 1000),
    fudge: fudgeSeconds,
    mac: Buffer.alloc(0),
    originalId: message.readUInt16BE(0),
    error: 0,
    other: Buffer.alloc(0),
  };
  const mac = macOf(key, [message], fields);
  const data = Buffer.concat([algorithmWire(key), ...wireOf({ ...fields, mac })]);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(tsigType, 0);
  fixed.writeUInt16BE(classAny, 2);
  fixed.writeUInt16BE(data.length, 8);
  return { bytes: Buffer.concat([withAdditionals(message, 1), keyWire(key), fixed, data]), mac };
}

/** What the signature of an answer says of it. Without one of ours it is anybody's: `forged` continues a sentence. */
export type Signature = "valid" | { error: TsigError } | { forged: string };

export function signatureOf(bytes: Buffer, message: DnsMessage, key: TsigKey, asked: Buffer, now: Date): Signature {
  const record = message.additionals.at(-1);
  if (record?.type !== "TSIG") return { forged: "answered without the signature that the key asks for" };
  const other = { forged: "answered with a signature that is not the key's" };
  const fields = fieldsIn(record.data as Buffer, key);
  if (!fields || record.name.toLowerCase() !== key.name.toLowerCase()) return other;
  const error = tsigErrors.get(fields.error);
  // A server that does not accept the question's signature cannot sign with the key.
  if (error !== undefined && fields.mac.length === 0) return { error };
  const unsigned = withAdditionals(bytes.subarray(0, message.lastRecordAt), -1);
  unsigned.writeUInt16BE(fields.originalId, 0);
  const mac = macOf(key, [sized(asked), unsigned], fields);
  if (mac.length !== fields.mac.length || !timingSafeEqual(mac, fields.mac)) return other;
  if (error !== undefined) return { error };
  return Math.abs(now.getTime() / 1000 - fields.time) > fudgeSeconds + 1 ? { error: "BADTIME" } : "valid";
}

interface TsigFields {
  time: number;
  fudge: number;
  mac: Buffer;
  originalId: number;
  error: number;
  other: Buffer;
}

/** RFC 8945 4.3: the message and the fields of the signature, the names in lower case. */
function macOf(key: TsigKey, messages: readonly Buffer[], { time, fudge, error, other }: TsigFields): Buffer {
  const classAndTtl = Buffer.alloc(6);
  classAndTtl.writeUInt16BE(classAny, 0);
  const mac = createHmac(algorithmOf(key).hash, Buffer.from(key.secret, "base64"));
  for (const message of messages) mac.update(message);
  for (const part of [keyWire(key), classAndTtl, algorithmWire(key)]) mac.update(part);
  return mac.update(Buffer.concat([timeWire(time), number(fudge), number(error), sized(other)])).digest();
}

function wireOf({ time, fudge, mac, originalId, error, other }: TsigFields): Buffer[] {
  return [timeWire(time), number(fudge), sized(mac), number(originalId), number(error), sized(other)];
}

/** Nothing for data of another form or algorithm. */
function fieldsIn(data: Buffer, key: TsigKey): TsigFields | undefined {
  const algorithm = algorithmWire(key);
  const start = data.subarray(0, algorithm.length).toString("latin1").toLowerCase();
  const rest = data.subarray(algorithm.length);
  if (start !== algorithm.toString("latin1") || rest.length < 16) return undefined;
  const macLength = rest.readUInt16BE(8);
  const end = rest.subarray(10 + macLength);
  if (end.length < 6 || end.length !== 6 + end.readUInt16BE(4)) return undefined;
  return {
    time: rest.readUIntBE(0, 6),
    fudge: rest.readUInt16BE(6),
    mac: rest.subarray(10, 10 + macLength),
    originalId: end.readUInt16BE(0),
    error: end.readUInt16BE(2),
    other: end.subarray(6),
  };
}

/** The same message that counts another number of additional records. */
function withAdditionals(message: Buffer, more: 1 | -1): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(message.readUInt16BE(10) + more, 10);
  return copy;
}

function keyWire({ name }: TsigKey): Buffer {
  return nameWire(labelsOf(name.toLowerCase()) ?? []);
}

function algorithmWire(key: TsigKey): Buffer {
  return nameWire(labelsOf(algorithmOf(key).wire) ?? []);
}

function algorithmOf({ algorithm }: TsigKey): { wire: string; hash: string } {
  const known = Object.hasOwn(algorithms, algorithm) ? algorithms[algorithm] : undefined;
  if (!known) throw new Error(`there is no algorithm ${algorithm}`);
  return known;
}

function timeWire(seconds: number): Buffer {
  const wire = Buffer.alloc(6);
  wire.writeUIntBE(seconds, 0, 6);
  return wire;
}

function number(value: number): Buffer {
  const wire = Buffer.alloc(2);
  wire.writeUInt16BE(value);
  return wire;
}

function sized(bytes: Buffer): Buffer {
  return Buffer.concat([number(bytes.length), bytes]);
}
