// Takes secrets out of any text that leaves us: whole, encoded, broken up, or cut into pieces.
import { readingsOf } from "./decoded";
import { botTokenInText } from "./grammar";
import { bare } from "./view";
import type { View } from "./view";

const piece = 12; // characters of a secret that may never be seen in a row
const longestBeginning = 24; // a longer one has a piece
const shortPiece = 6; // the same for the base64 of a short one, which no word looks like

const botToken = new RegExp(botTokenInText, "gi");
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;

/** What stands in place of a secret. */
export const mask = "[secret]";

/** A secret; or a text that is masked only as a whole, since its words are ordinary ones: a path. */
export type Hidden = string | { readonly whole: string };

/** All pieces of some texts. Two characters tell of nearly every place that none stands there. */
class Pieces {
  private readonly all = new Set<string>();
  private readonly heads = new Uint8Array(4096);
  get isEmpty(): boolean {
    return this.all.size === 0;
  }
  addAll(text: string): void {
    for (let at = 0; at + piece <= text.length; at += 1) {
      this.all.add(text.slice(at, at + piece));
      this.heads[headOf(text, at)] = 1;
    }
  }
  standAt(text: string, at: number): boolean {
    return this.heads[headOf(text, at)] === 1 && this.all.has(text.slice(at, at + piece));
  }
}

const headOf = (text: string, at: number) => ((text.charCodeAt(at) << 6) ^ text.charCodeAt(at + piece - 1)) & 4095;

/** What to look for. */
interface Forms {
  /** Pieces as they stand. */
  exact: Pieces;
  /** Pieces of nothing but letters and digits, in lower case. */
  bare: Pieces;
  /** The base64 of short secrets, wherever it stands. */
  inside: RegExp | undefined;
  /** Short secrets and paths, where they stand alone: inside other words they would garble the text and tell nothing. */
  alone: { long?: RegExp; short?: RegExp };
  /** Whole forms of nothing but letters and digits, in lower case: a cut may have left the beginning of one. */
  whole: Set<string>;
}

/**
 * Makes the masking function for a set of secrets. It finds each one in clear, in another case, in hex and base64, in
 * whatever `readingsOf` reads, with breaks between its characters, also when a far side cut it (12 letters and digits in a
 * row are enough) or we did, and masks anything that looks like a bot token or a private key, known or not. The digits
 * before a token's colon are the bot's id, which is public.
 */
export function redactor(secrets: Iterable<Hidden>): (text: string, isCut?: boolean) => string {
  const forms = formsOf(secrets);
  return (text, isCut = false) => {
    const clean = text
      .replace(privateKey, mask)
      .replace(botToken, (found) => `${/^\d+/.exec(found)?.[0] ?? ""}:${mask}`);
    return masked(clean, forms, isCut);
  };
}

function masked(text: string, forms: Forms, isCut: boolean): string {
  const hidden = new Uint8Array(text.length);
  for (const { view, isNoise } of readingsOf(text)) {
    hidePieces(view, comparable(view.text), forms.exact, hidden);
    const letters = bare(view);
    hidePieces(letters, letters.text, forms.bare, hidden);
    const { long, short } = forms.alone;
    for (const pattern of [long, isNoise ? undefined : short, forms.inside])
      if (pattern) hideAll(view, pattern, hidden);
    hideAll(view, botToken, hidden, (found) => found.search(/[:%]/) + 1);
    if (!isNoise) hideBeginnings(view, forms.whole, isCut, hidden);
  }
  return withMasks(text, hidden);
}

function hideAll(view: View, pattern: RegExp, hidden: Uint8Array, skipped: (found: string) => number = () => 0): void {
  for (const { 0: found, index } of view.text.matchAll(pattern)) {
    hide(view, index + skipped(found), index + found.length, hidden);
  }
}

/** As `shortened` says it. A URL that is shown ends in /… behind its host, where nothing of a secret was. */
const cut = /(?<!:\/\/(?:[a-z0-9._-]{1,300}|\[[0-9a-f:.]{2,45}\]|\(host\))(?::\d{1,5})?\/)…/gi;
const halfAnEscape = /(?:%[0-9a-f]{0,5}|\\{1,4}(?:u\{?|x)?[0-9a-f]{0,6}|&[a-z0-9;#]{0,12}|<[^<>]{0,20})$/i;
const fewest = 2; // characters of a beginning that are worth a mask
const window = 400; // characters before a cut that are looked at

/** What a cut has left of a secret. */
function hideBeginnings(view: View, whole: Set<string>, isCut: boolean, hidden: Uint8Array): void {
  const cuts = [...view.text.matchAll(cut)].map(({ index }) => index);
  for (const end of isCut ? [...cuts, view.text.length] : cuts) {
    const last = view.text.slice(Math.max(0, end - window), end).replace(halfAnEscape, "");
    const letters = bareText(last);
    const longest = Math.max(0, ...[...whole].map((form) => overlap(letters, form)));
    if (longest < fewest) continue;
    hide(view, beginOf(last, longest) + Math.max(0, end - window), end, hidden);
  }
}

/** How many of the last letters are the beginning of a form. */
function overlap(letters: string, form: string): number {
  let length = Math.min(letters.length, form.length);
  while (length > 0 && !letters.endsWith(form.slice(0, length))) length -= 1;
  return length;
}

/** Where the last `count` letters and digits of a text begin. */
function beginOf(text: string, count: number): number {
  let at = text.length;
  for (let left = count; left > 0 && at > 0;) if (/[A-Za-z0-9]/.test(text.charAt((at -= 1)))) left -= 1;
  return at;
}

/** `text`: that of the view, as the pieces are written. */
function hidePieces(view: View, text: string, pieces: Pieces, hidden: Uint8Array): void {
  if (pieces.isEmpty) return;
  let done = 0;
  for (let at = 0; at + piece <= text.length; at += 1) {
    if (!pieces.standAt(text, at)) continue;
    hide(view, Math.max(at, done - 1), at + piece, hidden); // with what stands between it and the piece before
    done = at + piece;
  }
}

/** From a view's character to before another one, with everything of the original between the two. */
function hide({ starts, ends }: View, from: number, to: number, hidden: Uint8Array): void {
  for (let at = from; at < to; at += 1) {
    const isNext = at + 1 < to;
    hidden.fill(1, starts[at], isNext ? starts[at + 1] : ends[at]);
  }
}

function withMasks(text: string, hidden: Uint8Array): string {
  let result = "";
  let at = 0;
  while (at < text.length) {
    const from = at;
    const isHidden = hidden[at] === 1;
    while (at < text.length && (hidden[at] === 1) === isHidden) at += 1;
    result += isHidden ? mask : text.slice(from, at);
  }
  return result;
}

function formsOf(secrets: Iterable<Hidden>): Forms {
  const forms = { exact: new Pieces(), bare: new Pieces(), whole: new Set<string>() };
  const [inside, alone] = [new Set<string>(), new Set<string>()];
  for (const secret of secrets) {
    if (typeof secret !== "string") {
      alone.add(secret.whole);
      forms.whole.add(bareText(secret.whole));
      continue;
    }
    const hidden = withoutArmour(secret.replace(/^\d+:/, ""));
    if (hidden === "") continue;
    for (const form of [hidden, encodeURIComponent(wellFormed(hidden))]) {
      if (form.length < piece) alone.add(form);
      else forms.exact.addAll(comparable(form));
    }
    const hex = Buffer.from(hidden).toString("hex");
    if (hex.length < piece) alone.add(hex);
    const base64 = [...new Set([secret, hidden])].flatMap((text) => base64Forms(text));
    for (const form of [hidden, hex, ...base64]) {
      forms.bare.addAll(bareText(form));
      forms.whole.add(bareText(form).slice(0, longestBeginning));
    }
    for (const form of base64) if (form.length >= shortPiece && bareText(form).length < piece) inside.add(form);
    if (hidden.length < piece) alone.add(Buffer.from(hidden).toString("base64").replace(/=+$/, ""));
  }
  return {
    ...forms,
    inside: inside.size > 0 ? anyOf(inside, "g") : undefined,
    alone: alonePatterns([...alone]),
  };
}

/** Half a character cannot be encoded; Telegram and vendors send none. */
const wellFormed = (text: string) => Buffer.from(text).toString();

/** A private key's letters without the lines around them, which every key has. */
const withoutArmour = (text: string) => text.replace(/-----(?:BEGIN|END) [A-Z ]{0,40}-----/g, "");
const bareText = (text: string) => text.replace(/[^A-Za-z0-9]/g, "").toLowerCase();

/** The parts of a text's base64 that do not depend on what stands around it, at each of the three offsets. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64url");
    return encoded.slice(offset === 0 ? 0 : offset + 1, -2);
  });
}

/** base64 and base64url are one alphabet to us. */
function comparable(text: string): string {
  return text.replaceAll("+", "-").replaceAll("/", "_");
}

/** In any case from a length on at which hardly a word is meant. */
function alonePatterns(words: string[]): Forms["alone"] {
  const [long, short] = [
    words.filter((one) => one.length >= shortPiece),
    words.filter((one) => one.length < shortPiece),
  ];
  return {
    ...(long.length > 0 && { long: anyOf(long, "gi", alone) }),
    ...(short.length > 0 && { short: anyOf(short, "g", alone) }),
  };
}

/** A path may stand right after a host. */
const alone = (words: string) => `(?:(?<![A-Za-z0-9_-])|(?=/))${words}(?![A-Za-z0-9_-])`;

function anyOf(words: Iterable<string>, flags: string, within = (all: string) => all): RegExp {
  const escaped = [...words]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[-+_/.*?^${}()|[\]\\]/g, (sign) => sameSigns[sign] ?? `\\${sign}`));
  return new RegExp(within(`(?:${escaped.join("|")})`), flags);
}

/** base64 and base64url are one alphabet here, too. */
const sameSigns: Readonly<Record<string, string>> = {
  "-": "[-+]",
  "+": "[-+]",
  _: "[_/]",
  "/": "[_/]",
};
