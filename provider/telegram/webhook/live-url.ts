// The URL that a bot has, as a text that can be printed, compared and recorded: whoever knows the token sets any text as URL.
import { domainToASCII } from "node:url";
import { isDnsName } from "../../core/grammar";
import { sha256 } from "../../core/hash";
import { hostAsWritten } from "../addresses";

const longestUrl = 4096; // more than Telegram delivers to
const shownOfLonger = 256;
/** Ends every text that is not the URL itself. A URL that is declared never has it: it is ASCII. */
const mark = "…";
const odd = /[^!-~]|<(?=\{%)/u;

/**
 * A URL of characters that show is itself. Any other one gets escapes (`\u{200b}`) and a mark, so it equals no URL of ours
 * and is seen for what it is; so does one with a colour tag of Pulumi's. A very long one is cut, with its hash.
 */
export function liveUrl(raw: string): string {
  if (raw.length > longestUrl) {
    return `${escaped(raw.slice(0, shownOfLonger))}${mark} (${raw.length} characters, SHA-256 ${sha256(raw)})`;
  }
  return odd.test(raw) ? escaped(raw) + mark : raw;
}

/** What Telegram has, of what `liveUrl` made of it; nothing of a URL that was cut. */
export function rawUrl(live: string): string | undefined {
  const at = live.indexOf(mark);
  if (at < 0) return live;
  if (at < live.length - 1) return undefined;
  return live
    .slice(0, at)
    .replace(/\\u\{([0-9a-f]+)\}/g, (_, code: string) => String.fromCodePoint(parseInt(code, 16)));
}

/** The host in ASCII and lower case; nothing when none can be told, or what shows of it may not be all of it. */
export function hostOfLive(live: string): string | undefined {
  const host = hostAsWritten(rawUrl(live) ?? "").toLowerCase();
  if (/[\p{C}\p{Z}\\<]/u.test(host)) return undefined;
  if (host.startsWith("[")) return URL.canParse(`https://${host}`) ? new URL(`https://${host}`).hostname : undefined;
  const name = domainToASCII(host);
  return isDnsName(name) ? name : undefined;
}

function escaped(text: string): string {
  return text.replace(/[^!-~]|[\\<]/gu, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
}
