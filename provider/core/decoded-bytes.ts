// What the bytes say that a text writes as hex, as base64 or as a list of numbers.
import { Builder, bare, rewritten } from "./view";
import type { View } from "./view";

const hexRuns = /[0-9a-f]{16,}/g;
const base64Runs = /[A-Za-z0-9+/_-]{12,}/g;
/** The other bytes are no text, and most of what is read at the wrong place is none. */
const readable = /[\t\n\r -~]{6,}/g;
const listedByte = String.raw`(?:0x[0-9a-f]{1,2}|[0-9]{1,3})`;
const byteLists = new RegExp(
  String.raw`(?<![0-9a-z])${listedByte}(?:[^0-9a-z…]{1,20}${listedByte}){3,}(?![0-9a-z])`,
  "gi",
);

/** Whatever stands between its digits, from each of the two places where a byte may begin. */
export function ofHex(view: View): View | undefined {
  const digits = bare(view);
  return readAt(digits, hexRuns, 2, (text) => Buffer.from(text, "hex"));
}

/** From each of the four places where three bytes may begin. */
export function ofBase64(view: View): View | undefined {
  return readAt(view, base64Runs, 4, (text) => Buffer.from(text, "base64"));
}

/** `[119,74,…]`, as Node.js writes bytes in JSON, whatever stands between the numbers, in decimal or as 0x77. */
export function ofByteLists(view: View): View | undefined {
  return rewritten(view, byteLists, ({ 0: list, index }, made) => {
    for (const { 0: number, index: within } of list.matchAll(/[0-9a-z]+/gi)) {
      made.add(String.fromCharCode(Number(number)), index + within, index + within + number.length);
    }
  });
}

/** What can be read of the bytes of all runs, from each of `places`. Each character stands for the digits that it is made of. */
function readAt(view: View, runs: RegExp, places: number, read: (text: string) => Buffer): View | undefined {
  const digitsPerByte = places === 2 ? 2 : 4 / 3;
  const found = [...view.text.matchAll(runs)];
  if (found.length === 0) return undefined;
  const made = new Builder(view, view.text.length * places);
  for (const { 0: run, index } of found) {
    for (let place = 0; place < places; place += 1) {
      for (const { 0: text, index: first } of read(run.slice(place)).toString("latin1").matchAll(readable)) {
        for (let at = 0; at < text.length; at += 1) {
          const from = index + place + Math.floor((first + at) * digitsPerByte);
          const to = index + place + Math.ceil((first + at + 1) * digitsPerByte);
          made.add(text.charAt(at), from, Math.min(to, index + run.length));
        }
        made.add("\n", index, index + 1);
      }
    }
  }
  return made.length === 0 ? undefined : made.done();
}
