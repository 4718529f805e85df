// A text as its reader may decode it: escapes undone, or nothing but letters and digits; each character knows where it came from.

/** `text` stands for the original from `starts[at]` to before `ends[at]`, character by character. */
export interface View {
  text: string;
  starts: Int32Array;
  ends: Int32Array;
}

/**
 * What stands for one character, or for none: percent-encoding (also several times over), `\uXXXX` and `\xXX`, `\n` and
 * its like, HTML's entities and tags, colours of a terminal and of Pulumi. Every repetition is bounded: it is linear.
 */
const escapes = new RegExp(
  [
    String.raw`(?:\x1b|%1b|\\{1,4}(?:u00|u\{|x)1b\}?)\[[0-9;]{0,20}[a-z]`,
    String.raw`<\{ ?%[^%<>]{0,30}%\}>`,
    String.raw`<\/?[a-z]{1,6}\s{0,2}\/?>`,
    String.raw`%(?:25){0,3}(?<percent>[0-9a-f]{2})`,
    String.raw`\\{1,4}(?:u(?:(?<u>[0-9a-f]{4})|\{(?<braced>[0-9a-f]{1,6})\})|x(?<x>[0-9a-f]{2}))`,
    String.raw`\\{1,4}[bfnrtv]`,
    String.raw`&(?:amp;){0,2}(?:#(?<decimal>[0-9]{1,7});|#x(?<hex>[0-9a-f]{1,6});)`,
    String.raw`&(?:amp;){0,2}[a-z]{2,8};`,
  ].join("|"),
  "gi",
);

/** The text with its escapes undone; nothing if it has none. */
export function unescaped(text: string): View | undefined {
  const found = [...text.matchAll(escapes)];
  if (found.length === 0) return undefined;
  const view = new Builder(text.length);
  let at = 0;
  for (const match of found) {
    for (; at < match.index; at += 1) view.add(text.charAt(at), at, at + 1);
    at = match.index + match[0].length;
    const { percent, u, braced, x, decimal, hex } = match.groups ?? {};
    const digits = percent ?? u ?? braced ?? x ?? hex;
    const code = digits === undefined ? Number(decimal) : parseInt(digits, 16);
    if (code > 0 && code < 0x10000) view.add(String.fromCharCode(code), match.index, at);
  }
  for (; at < text.length; at += 1) view.add(text.charAt(at), at, at + 1);
  return view.done();
}

/** Letters and digits only, in lower case: what breaks, dashes and another case do not change. */
export function bare({ text, starts, ends }: View): View {
  const view = new Builder(text.length);
  for (const { 0: letter, index } of text.matchAll(/[A-Za-z0-9]/g)) {
    view.add(letter.toLowerCase(), starts[index] ?? 0, ends[index] ?? 0);
  }
  return view.done();
}

/** The text itself, as a view. */
export function itself(text: string): View {
  const starts = Int32Array.from({ length: text.length }, (_, at) => at);
  return { text, starts, ends: starts.map((at) => at + 1) };
}

class Builder {
  private readonly letters: string[] = [];
  private readonly starts: Int32Array;
  private readonly ends: Int32Array;
  constructor(length: number) {
    this.starts = new Int32Array(length);
    this.ends = new Int32Array(length);
  }
  add(letter: string, start: number, end: number): void {
    this.starts[this.letters.length] = start;
    this.ends[this.letters.length] = end;
    this.letters.push(letter);
  }
  done(): View {
    return {
      text: this.letters.join(""),
      starts: this.starts,
      ends: this.ends,
    };
  }
}
