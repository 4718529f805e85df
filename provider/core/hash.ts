// Names a text, or bytes such as those of a certificate, without showing them.
import { createHash } from "node:crypto";

/** SHA-256, hex. */
export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Enough of it to tell two values of one argument apart: 48 bits, 12 hex digits. */
export function fingerprint(text: string): string {
  return sha256(text).slice(0, 12);
}
