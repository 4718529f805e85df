// The border of all that is said: secrets are masked, and what a far side said is one line of characters that show.
import { shortened } from "./failure";
import { redactor } from "./redact";
import type { Hidden } from "./redact";

export type { Hidden };

const longestText = 16_000; // all that one message may be
const longestMasked = 2 * longestText; // what is cut anyway is not searched for secrets

const lineEnds = /[\t-\r\u0085\u2028\u2029]+/g;
/** Controls, escape sequences, bidirectional marks, other invisible characters, halves of characters, fillers of no width. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\u115f\u1160\u3164\uffa0]/gu;

/**
 * A text as a terminal may get it: one line. A line break is a space; a character that shows nothing, or that would make
 * others show otherwise, is shown as its number (`\u202e`); a colour tag of Pulumi's (`<{%reset%}>`) does not work.
 */
export function printable(text: string): string {
  return shown(shortened(text, longestText));
}

function shown(text: string): string {
  return text.replace(lineEnds, " ").replaceAll("<{%", "<{ %").replace(unseen, escaped);
}

/**
 * Every text that leaves the process goes through it, in this order: a secret that is broken up by invisible characters is found
 * only before they are escaped.
 */
export function outgoing(text: string, secrets: Iterable<Hidden>): string {
  const left = Math.max(0, text.length - longestMasked);
  const clean = redactor(secrets)(text.slice(0, longestMasked), left > 0);
  return shown(shortened(clean, longestText, left));
}

function escaped(one: string): string {
  const code = (one.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}
