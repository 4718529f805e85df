// Text that came over the wire: UTF-8 when it is, else every byte for itself, so that it leaves the server as it came.
import { isUtf8 } from "node:buffer";

/** Text from bytes given as latin-1. In text that is no UTF-8 a byte from 0x80 on becomes the lone surrogate U+DC80 to U+DCFF. */
export function textOf(latin1: string): string {
  const bytes = Buffer.from(latin1, "latin1");
  if (isUtf8(bytes)) return bytes.toString();
  return latin1.replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(0xdc00 + byte.charCodeAt(0)));
}
