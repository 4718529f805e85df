// PEM texts: the certificates and keys in them, and how several texts become one.
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

/** Whether a text holds a private key. */
export function holdsPrivateKey(pem: string): boolean {
  return /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(pem);
}

/** The certificates of a PEM text, each with its armour: X509Certificate reads only the first one. */
export function blocksOf(pem: string): string[] {
  const blocks: string[] = [];
  for (const begin of pem.matchAll(/-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----/g)) {
    const end = `-----END ${begin[1] ?? ""}-----`;
    const at = pem.indexOf(end, begin.index);
    if (at < 0) return [...blocks, ""];
    blocks.push(pem.slice(begin.index, at + end.length));
  }
  return blocks;
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

/** What a text without a CERTIFICATE block is instead. */
export type TextKind =
  "nothing" | "signing request" | "PKCS#7" | "PKCS#12" | "DER" | "base64" | "file name" | "something else";

export function kindOf(text: string): TextKind {
  const head = text.slice(0, 4096);
  const binary = /^MI[A-Za-z0-9+/=\s]+$/.test(head) ? Buffer.from(head, "base64").toString("latin1") : head;
  if (text.trim() === "") return "nothing";
  if (text.includes("CERTIFICATE REQUEST-----")) return "signing request";
  if (text.includes("BEGIN PKCS7-----")) return "PKCS#7";
  if (/^0[^ -~]/.test(binary) && binary.slice(0, 10).includes("\u0002\u0001\u0003")) return "PKCS#12";
  if (/^0[^ -~]/.test(head)) return "DER";
  if (binary !== head) return "base64";
  return /^[^\n]{1,300}\.(?:pem|crt|cer|der)\s*$/i.test(head) ? "file name" : "something else";
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
    return createPrivateKey(pem);
  } catch {
    return undefined; // OpenSSL's words would say nothing more
  }
}
