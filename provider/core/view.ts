// A text made of another one, in which each character knows where it came from.

/** `text` stands for the original from `starts[at]` to before `ends[at]`, character by character. */
export interface View {
  text: string;
  starts: Int32Array;
  ends: Int32Array;
}

/** The text itself, as a view. */
export function itself(text: string): View {
  const starts = Int32Array.from({ length: text.length }, (_, at) => at);
  return { text, starts, ends: starts.map((at) => at + 1) };
}

/** Each match becomes one character, or none; nothing if there is no match. */
export function changed(view: View, pattern: RegExp, standsFor: (match: RegExpExecArray) => string): View | undefined {
  return rewritten(view, pattern, (match, made) => {
    const one = standsFor(match);
    if (one !== "") made.add(one, match.index, match.index + match[0].length);
  });
}

/** Each match becomes what `write` adds for it; nothing if there is no match. */
export function rewritten(
  view: View,
  pattern: RegExp,
  write: (match: RegExpExecArray, made: Builder) => void,
): View | undefined {
  const found = [...view.text.matchAll(pattern)];
  if (found.length === 0) return undefined;
  const made = new Builder(view, view.text.length);
  let at = 0;
  for (const match of found) {
    for (; at < match.index; at += 1) made.add(view.text.charAt(at), at, at + 1);
    at = match.index + match[0].length;
    write(match, made);
  }
  for (; at < view.text.length; at += 1) made.add(view.text.charAt(at), at, at + 1);
  return made.done();
}

const bareOnes = new WeakMap<View, View>();

/** Letters and digits only, in lower case: what breaks, dashes and another case do not change. */
export function bare(view: View): View {
  const known = bareOnes.get(view);
  if (known) return known;
  const made = new Builder(view, view.text.length);
  for (const { 0: letter, index } of view.text.matchAll(/[A-Za-z0-9]/g))
    made.add(letter.toLowerCase(), index, index + 1);
  const done = made.done();
  bareOnes.set(view, done);
  return done;
}

/** Makes a view of a view, of at most `length` characters. */
export class Builder {
  private readonly letters: string[] = [];
  private readonly starts: Int32Array;
  private readonly ends: Int32Array;
  constructor(
    private readonly of: View,
    length: number,
  ) {
    this.starts = new Int32Array(length);
    this.ends = new Int32Array(length);
  }
  get length(): number {
    return this.letters.length;
  }
  /** A character that stands for those from `from` to before `to`. */
  add(letter: string, from: number, to: number): void {
    this.starts[this.letters.length] = this.of.starts[from] ?? 0;
    this.ends[this.letters.length] = this.of.ends[to - 1] ?? 0;
    this.letters.push(letter);
  }
  done(): View {
    return { text: this.letters.join(""), starts: this.starts, ends: this.ends };
  }
}
