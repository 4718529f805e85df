// A text made of another one, in which each character knows where it came from.

/** `text` stands for the original from `starts[at]` to before `ends[at]`, character by character. */
export interface View {
  text: string;
  starts: Int32Array;
  ends: Int32Array;
}

/** The text itself, as a view. */
export function itself(text: string): View {
  const starts = new Int32Array(text.length);
  const ends = new Int32Array(text.length);
  for (let at = 0; at < text.length; at += 1) ends[at] = (starts[at] = at) + 1;
  return { text, starts, ends };
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
    made.keep(at, match.index);
    at = match.index + match[0].length;
    write(match, made);
  }
  made.keep(at, view.text.length);
  return made.done();
}

const bareOnes = new WeakMap<View, View>();

/** Letters and digits only, in lower case: what breaks, dashes and another case do not change. */
export function bare(view: View): View {
  const known = bareOnes.get(view);
  if (known) return known;
  const made = new Builder(view, view.text.length);
  for (const { 0: run, index } of view.text.matchAll(/[A-Za-z0-9]+/g)) made.keep(index, index + run.length);
  const done = made.done();
  done.text = done.text.toLowerCase();
  bareOnes.set(view, done);
  return done;
}

/** Makes a view of a view, of at most `length` characters. */
export class Builder {
  private text = "";
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
    return this.text.length;
  }
  /** A character that stands for those from `from` to before `to`. */
  add(letter: string, from: number, to: number): void {
    this.starts[this.text.length] = this.of.starts[from] ?? 0;
    this.ends[this.text.length] = this.of.ends[to - 1] ?? 0;
    this.text += letter;
  }
  /** Those from `from` to before `to`, as they are. */
  keep(from: number, to: number): void {
    this.starts.set(this.of.starts.subarray(from, to), this.text.length);
    this.ends.set(this.of.ends.subarray(from, to), this.text.length);
    this.text += this.of.text.slice(from, to);
  }
  done(): View {
    return { text: this.text, starts: this.starts, ends: this.ends };
  }
}
