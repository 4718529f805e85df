// What a text is that holds no certificate, or no private key, where one belongs.
import { blocksIn } from "./pem";

export type TextKind =
  | "nothing"
  | "certificate"
  | "signing request"
  | "public key"
  | "SSH public key"
  | "PuTTY key"
  | "PKCS#7"
  | "PKCS#12"
  | "DER"
  | "base64"
  | "PEM in base64"
  | "file name"
  | "something else";

const labels: readonly (readonly [RegExp, TextKind])[] = [
  [/CERTIFICATE REQUEST$/, "signing request"],
  [/CERTIFICATE$/, "certificate"],
  [/PUBLIC KEY$/, "public key"],
  [/^(?:PKCS ?#?7|CMS)/, "PKCS#7"],
];

const headLength = 4096;
const sshPublicKey = /^(?:ssh-[a-z0-9]+|(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+) AAAA|^-{4} BEGIN SSH2 PUBLIC KEY/;
const fileName = /^(?:~?\.{0,2}\/|[A-Za-z]:\\)[^\n]{1,300}$|^[^\n]{1,300}\.(?:pem|crt|cer|der|key|p12|pfx|p7b|ppk)$/i;

/** By its blocks; else by how it begins. */
export function kindOf(text: string): TextKind {
  const head = text.trim().slice(0, headLength);
  if (head === "") return "nothing";
  const found = blocksIn(text).flatMap(({ label }) => labels.filter(([pattern]) => pattern.test(label)));
  if (found[0]) return found[0][1];
  if (head.startsWith("PuTTY-User-Key-File-")) return "PuTTY key";
  if (sshPublicKey.test(head)) return "SSH public key";
  if (/^LS0tL[A-Za-z0-9+/=\s]+$/.test(head)) return "PEM in base64";
  const binary = /^M[A-Za-z0-9+/=\s]+$/.test(head) ? Buffer.from(head, "base64").toString("latin1") : head;
  if (/^0[^ -~]/.test(binary) && binary.slice(0, 10).includes("\u0002\u0001\u0003")) return "PKCS#12";
  if (/^0[^ -~]/.test(head) || head.slice(2, 4) === "\u0002\u0001") return "DER";
  if (/^0/.test(binary) && binary !== head) return "base64";
  return fileName.test(head) ? "file name" : "something else";
}
