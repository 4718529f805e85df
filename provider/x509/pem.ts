// PEM texts as people have them: one reader of certificates and keys, and the normal form in which they are handed on.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

/** One block of a text, from its BEGIN line to its END line. */
export interface PemBlock {
  /** "CERTIFICATE", "EC PRIVATE KEY". */
  label: string;
  /** What is in it, without blanks and headers; nothing if it is cut off or holds something else than base64. */
  base64: string | undefined;
  /** By its headers: `Proc-Type: 4,ENCRYPTED`. */
  isEncrypted: boolean;
}

const marker = /-{5}(BEGIN|END) ([A-Z0-9 ]{1,40})-{5}/g;
/** A line break as a configuration file or an environment variable writes it, escaped up to twice. */
const writtenBreak = /\\{1,4}[nrt]/g;
/** What does not show or stands for a break: all blanks, a byte order mark, zero-width characters, a backslash. */
const blanks = /[\s\u200b-\u200d\u2060\ufeff\\]+/g;
const lineWidth = 64;
const openSshWidth = 70;

/** The blocks of a text, with whatever stands between and around them left out: attributes, what a tool printed, quotes. */
export function blocksIn(text: string): PemBlock[] {
  const broken = text.replace(writtenBreak, "\n");
  const markers = [...broken.matchAll(marker)];
  return markers.flatMap(([begin, kind, label = ""], at) => {
    if (kind !== "BEGIN") return [];
    const [next, start] = [markers[at + 1], (markers[at]?.index ?? 0) + begin.length];
    const isClosed = next?.[1] === "END" && next[2] === label;
    const inside = broken.slice(start, next?.index);
    const isEncrypted = /Proc-Type: ?4,ENCRYPTED/.test(inside);
    return [{ label, isEncrypted, base64: isClosed ? base64In(inside) : undefined }];
  });
}

function base64In(inside: string): string | undefined {
  const lines = inside.split(/[\n\r]/).filter((line) => !line.includes(":")); // the others are headers
  const all = lines.join("").replace(blanks, "");
  return /^[A-Za-z0-9+/]+={0,2}$/.test(all) ? all : undefined;
}

function armoured(label: string, base64: string): string {
  const width = label.startsWith("OPENSSH") ? openSshWidth : lineWidth;
  const lines = base64.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join("\n");
}

const isCertificate = ({ label }: PemBlock) => /^(?:X509 |TRUSTED )?CERTIFICATE$/.test(label);
export const isPrivateKey = ({ label }: PemBlock) => /(?:^| )PRIVATE KEY$/.test(label);

/** Whether a text holds a private key, whole or not. */
export function holdsPrivateKey(pem: string): boolean {
  return /-----BEGIN [A-Z0-9 ]*PRIVATE KEY|PuTTY-User-Key-File-/.test(pem);
}

/** The certificates of a PEM text in normal form, each with its armour; an empty text for one that is damaged. */
export function blocksOf(pem: string): string[] {
  return blocksIn(pem)
    .filter(isCertificate)
    .map(({ label, base64 }) => {
      if (base64 === undefined) return "";
      return armoured("CERTIFICATE", label.startsWith("TRUSTED") ? firstValueOf(base64) : base64);
    });
}

/** OpenSSL writes what a TRUSTED CERTIFICATE is trusted for behind it. */
function firstValueOf(base64: string): string {
  const der = Buffer.from(base64, "base64");
  return der[1] === 0x82 ? der.subarray(0, 4 + der.readUInt16BE(2)).toString("base64") : base64;
}

/** The certificates of a text as they are written, uploaded and compared; a text that has none that is whole stays as it is. */
export function certificatesText(text: string): string {
  const blocks = blocksOf(text);
  return blocks.length === 0 || blocks.includes("") ? text : blocks.map((block) => `${block}\n`).join("");
}

/** The private key of a text as it is written and compared; a text that has not exactly one stays as it is. */
export function keyText(text: string): string {
  const [key, another] = blocksIn(text).filter(isPrivateKey);
  if (key?.base64 === undefined || another || key.isEncrypted) return text;
  return `${armoured(key.label, key.base64)}\n`;
}

function parsed(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    return undefined; // the caller says which one
  }
}

/** The certificates of a PEM text that can be read. */
export function certificatesIn(pem: string): X509Certificate[] {
  return blocksOf(pem)
    .map(parsed)
    .filter((one) => one !== undefined);
}

/** Why a text is no list of certificates. "damaged": the `number`th block of `count`, from 1. */
export type TextFlaw =
  { kind: "private key" } | { kind: "no certificate" } | { kind: "damaged"; number: number; count: number };

export function textFlaw(pem: string): TextFlaw | undefined {
  if (holdsPrivateKey(pem)) return { kind: "private key" };
  const blocks = blocksOf(pem);
  if (blocks.length === 0) return { kind: "no certificate" };
  const damaged = blocks.findIndex((block) => parsed(block) === undefined);
  return damaged < 0 ? undefined : { kind: "damaged", number: damaged + 1, count: blocks.length };
}

/** Several PEM texts as one, each certificate once. */
export function bundle(texts: readonly string[]): string {
  const blocks = texts.flatMap(blocksOf);
  return [...new Set(blocks)].map((block) => `${block}\n`).join("");
}

/** Whether a bundle holds this certificate. */
export function holds(pem: string, certificate: X509Certificate): boolean {
  return includes(certificatesIn(pem), certificate);
}

/** Whether this very certificate is among others. */
export function includes(certificates: readonly X509Certificate[], certificate: X509Certificate): boolean {
  return certificates.some(({ raw }) => raw.equals(certificate.raw));
}

/** A private key that is not encrypted; nothing if OpenSSL cannot read it. */
export function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(keyText(pem));
  } catch {
    return undefined; // OpenSSL's words would say nothing more
  }
}
