// For fuzz tests: any text at all (fast-check's own `binary` unit takes a second to set up in each file), and a quick check.
import fc from "fast-check";

const surrogates = { first: 0xd800, count: 0x800 };
const last = 0x10ffff;

/** Of any characters but halves of one. ASCII as often as all others together. */
export const anyText = (length: fc.ArrayConstraints = {}): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.nat(0x7f), fc.nat(last - surrogates.count)), length)
    .map((codes) =>
      String.fromCodePoint(...codes.map((code) => (code < surrogates.first ? code : code + surrogates.count))),
    );

/** An `expect` makes an error each time, which takes longer than most of what is fuzzed. */
export function check(isTrue: boolean, what: unknown): void {
  if (!isTrue) throw new Error(`not so: ${JSON.stringify(what)}`);
}
