// The last line of defence of a configuration's text: what is no plain word is not written. Pure.

export const unfitWord = () => new Error("a value that check must have refused came through: nothing was written");

/** A value as it is written. Check has refused everything else long before. */
export function word(text: string): string {
  if (/^[A-Za-z0-9._:/-]+$/.test(text)) return text;
  throw unfitWord();
}
