// Text that came over the wire: UTF-8 when it is, else every byte for itself, so that it leaves the server as it came.
import { isUtf8 } from "node:buffer";

/** Text from bytes given as latin-1. In text that is no UTF-8 a byte from 0x80 on becomes the lone surrogate U+DC80 to U+DCFF. */
export function textOf(latin1: string): string {
  const bytes = Buffer.from(latin1, "latin1");
  if (isUtf8(bytes)) return bytes.toString();
  return latin1.replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(0xdc00 + byte.charCodeAt(0)));
}

/** The bytes of such a text, as latin-1. */
export function latin1Of(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const isByte = code >= 0xdc80 && code <= 0xdcff;
    return isByte ? String.fromCharCode(code - 0xdc00) : Buffer.from(character).toString("latin1");
  });
}

/** Without the white space at both ends that the server takes for such, in a text or in latin-1. */
export const trimmed = (text: string): string => text.replace(/^[ \t\r\n\v\0]+|[ \t\r\n\v\0]+$/g, "");

/** The number that a text begins with, 0 without one, as the server reads it into so many bits. */
export function integerIn(text: string, bits: 32 | 64): bigint {
  const number = BigInt(/^-?\d+/.exec(text)?.[0] ?? "0");
  return bits === 32 ? BigInt.asIntN(32, number) : BigInt.asUintN(64, number);
}
