// A text as its reader may decode it: escapes undone, markup left out, bytes read; each character knows where it came from.
import { ofBase64, ofByteLists, ofHex } from "./decoded-bytes";
import { changed, itself } from "./view";
import type { View } from "./view";

/** ESC, as it is and as it may be shown. */
const escape = String.raw`(?:\x1b|%1b|\\{1,4}(?:u00|u\{|x)1b\}?)`;
/** The same of the one character that means ESC [. */
const sequence = String.raw`(?:${escape}\[|\x9b|%(?:c2%)?9b|\\{1,4}(?:u00|u\{|x)9b\}?)`;
const colours = [String.raw`${sequence}[0-?]{0,30}[ -/]{0,4}[@-~]`, String.raw`<\{ ?%[^%<>]{0,30}%\}>`];

/**
 * What stands for one character, or for none: percent-encoding (also several times over), `\uXXXX` and `\xXX`, `\n` and
 * its like, HTML's entities and plain tags, colours of a terminal and of Pulumi. Every repetition is bounded: it is linear.
 */
const escapes = new RegExp(
  [
    ...colours,
    String.raw`<\/?[a-z]{1,6}\s{0,2}\/?>`,
    String.raw`%(?:25){0,3}(?<percent>[0-9a-f]{2})`,
    String.raw`\\{1,4}(?:u(?:(?<u>[0-9a-f]{4})|\{(?<braced>[0-9a-f]{1,6})\})|x(?<x>[0-9a-f]{2}))`,
    String.raw`\\{1,4}[bfnrtv]`,
    String.raw`&(?:amp;){0,2}(?:#(?<decimal>[0-9]{1,7});?|#x(?<hex>[0-9a-f]{1,6});?)`,
    String.raw`&(?:amp;){0,2}(?<colon>colon;)`,
    String.raw`&(?:amp;){0,2}[a-z][a-z0-9]{1,31};`,
  ].join("|"),
  "gi",
);

/** Markup that may hold a text of its own, with other markup in it, so that each is left out in a view of its own, and both in one. */
const tags = new RegExp(
  [...colours, String.raw`<\/?[a-z][a-z0-9-]{0,30}(?:[\s/][^<>]{0,300})?>`, String.raw`<!--[^<>]{0,300}-->`].join("|"),
  "gi",
);
/** A terminal's links and titles. */
const links = new RegExp(
  [
    ...colours,
    String.raw`(?:${escape}\]|\x9d)[^\x07\x1b\x9c]{0,300}?(?:\x07|\\{1,4}(?:u00|x)07|${escape}\\|\x9c)`,
  ].join("|"),
  "gi",
);

function withoutEscapes(view: View): View | undefined {
  return changed(view, escapes, ({ groups = {} }) => {
    const { percent, u, braced, x, decimal, hex, colon } = groups;
    if (colon !== undefined) return ":";
    const digits = percent ?? u ?? braced ?? x ?? hex;
    const code = digits === undefined ? Number(decimal) : parseInt(digits, 16);
    return code > 0 && code < 0x10000 ? String.fromCharCode(code) : "";
  });
}

function withoutMarkup(view: View): View[] {
  const [untagged, unlinked] = [changed(view, tags, () => ""), changed(view, links, () => "")];
  const neither = unlinked && changed(unlinked, tags, () => "");
  return [untagged, unlinked, neither].filter((one) => one !== undefined);
}

/** Where a short text may be looked for: what the others make of words is noise. */
const asText = [withoutEscapes, withoutMarkup, ofByteLists];
const asBytes = [ofHex, ofBase64];

/** A text and what it may be read as: decoded once, and decoded twice. `isNoise`: what it has is bytes, most of them no text. */
export function readingsOf(text: string): { view: View; isNoise: boolean }[] {
  let last = [{ view: itself(text), isNoise: false }];
  const all = [...last];
  for (let round = 0; round < 2; round += 1) {
    last = last.flatMap(({ view, isNoise }) => [
      ...asText.flatMap((decode) => decode(view) ?? []).map((one) => ({ view: one, isNoise })),
      ...asBytes.flatMap((decode) => decode(view) ?? []).map((one) => ({ view: one, isNoise: true })),
    ]);
    all.push(...last);
  }
  return all;
}
