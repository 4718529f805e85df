// Takes secrets out of any text that leaves us: whole, encoded, or cut into pieces.
import { botTokenInText } from "./grammar";

const piece = 12; // characters of a secret that may never be seen in a row

const botToken = new RegExp(botTokenInText, "gi");
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g;

/** What stands in place of a secret. */
export const mask = "[secret]";

/**
 * Makes the masking function for a set of secrets. It finds each one in clear, URL-encoded and in base64, also when
 * a far side cut it (12 characters in a row are enough), and masks anything that looks like a bot token or a private
 * key, known or not. The digits before a token's colon are the bot's id, which is public.
 */
export function redactor(secrets: Iterable<string>): (text: string) => string {
  const whole = new Set<string>();
  const pieces = new Set<string>();
  for (const secret of secrets) {
    const hidden = secret.replace(/^\d+:/, "");
    if (hidden === "") continue;
    for (const form of [hidden, encodeURIComponent(hidden)]) addForm(form, whole, pieces);
    for (const text of [secret, hidden]) for (const form of base64Forms(text)) addForm(form, whole, pieces);
  }
  const literal = wordsPattern(whole);
  return (text) => {
    let clean = text.replace(privateKey, mask).replace(botToken, (found) => `${/^\d+/.exec(found)?.[0] ?? ""}:${mask}`);
    clean = maskPieces(clean, pieces);
    return literal ? clean.replace(literal, mask) : clean;
  };
}

function addForm(form: string, whole: Set<string>, pieces: Set<string>): void {
  if (form.length < piece) {
    whole.add(form);
    return;
  }
  for (let at = 0; at + piece <= form.length; at += 1) pieces.add(comparable(form.slice(at, at + piece)));
}

/** The parts of a text's base64 that do not depend on what stands around it, at each of the three offsets. */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  if (bytes.length < piece) return [];
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64url");
    return encoded.slice(offset === 0 ? 0 : offset + 1, -2);
  });
}

function maskPieces(text: string, pieces: Set<string>): string {
  if (pieces.size === 0) return text;
  let result = "";
  let at = 0;
  while (at < text.length) {
    if (!pieces.has(comparable(text.slice(at, at + piece)))) {
      result += text[at];
      at += 1;
      continue;
    }
    at += piece;
    while (at < text.length && pieces.has(comparable(text.slice(at - piece + 1, at + 1)))) at += 1;
    result += mask;
  }
  return result;
}

/** base64 and base64url are one alphabet to us. */
function comparable(text: string): string {
  return text.replaceAll("+", "-").replaceAll("/", "_");
}

/** Short secrets are masked where they stand alone: inside other words they would garble the text and tell nothing. */
function wordsPattern(words: Set<string>): RegExp | undefined {
  if (words.size === 0) return undefined;
  const escaped = [...words]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`(?<![A-Za-z0-9_-])(?:${escaped.join("|")})(?![A-Za-z0-9_-])`, "g");
}
