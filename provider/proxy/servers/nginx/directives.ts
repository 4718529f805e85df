// Reads nginx's configuration: the words of each directive, and who listens where by it. Pure, in time proportional to the text.
import { isIPv4, isIPv6 } from "node:net";
import type { ListenAddress, Listening } from "../sockets";

/**
 * Every `listen` of the loaded files: what a server block has, wherever it stands. What is printed of a file that is none
 * (`isFile`) is the text of another one: the main file, which is printed first, stands for it.
 */
export function listensIn(
  loaded: ReadonlyMap<string, string>,
  isFile: (file: string) => boolean = () => true,
): Listening[] {
  const [main = ""] = loaded.keys();
  const found: Listening[] = [];
  for (const [file, text] of loaded) {
    for (const { words, line } of directivesFrom(text)) {
      const [name, value = "", ...options] = words;
      const place = name === "listen" ? placeOf(value, options) : undefined;
      if (place) found.push(isFile(file) ? { file, line, ...place } : { file: main, ...place });
    }
  }
  return found;
}

/**
 * The IPv4 address and ports of a `listen`: `80`, `*:80`, `10.0.0.1`, `10.0.0.1:80-89`, `localhost:80`. An IPv6 address
 * meets an IPv4 one with `ipv6only=off` only; a unix socket never does. Source: nginx's ngx_http_core_listen, ngx_parse_url.
 */
export function placeOf(value: string, options: readonly string[]): ListenAddress | undefined {
  if (value.startsWith("unix:")) return undefined;
  const [, six, host = "", first = "80", last] =
    /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+)(?:-(\d+))?)?$/.exec(/^\d+(?:-\d+)?$/.test(value) ? `*:${value}` : value) ?? [];
  const address = six === undefined ? ipv4Of(host) : mappedIpv4Of(six, options);
  if (address === undefined) return undefined;
  const [port, lastPort] = [Number(first), Number(last ?? first)];
  return { address, port, ...(lastPort !== port && { lastPort }) };
}

/** As nginx takes it: `*` is all; the system reads `127.1` and `0x7f000001` as addresses too. Another name stays a name. */
function ipv4Of(host: string): string | undefined {
  if (host === "") return undefined;
  if (host === "*") return "0.0.0.0";
  if (host === "localhost") return "127.0.0.1";
  const canonical = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host;
  return isIPv4(canonical) ? canonical : host;
}

/** What an IPv6 address takes of IPv4: all of it if it is the unspecified one, or the address that it maps. */
function mappedIpv4Of(address: string, options: readonly string[]): string | undefined {
  if (!isIPv6(address) || !options.includes("ipv6only=off")) return undefined;
  const canonical = new URL(`http://[${address}]`).hostname;
  if (canonical === "[::]") return "0.0.0.0";
  const [, high = "", low = ""] = /^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/.exec(canonical) ?? [];
  if (high === "") return undefined;
  const bytes = [high, low].map((part) => parseInt(part, 16)).flatMap((part) => [part >> 8, part & 255]);
  return bytes.join(".");
}

/** A directive, or what ends a block. */
export interface Directive {
  words: string[];
  line: number;
  /** `;`, or the brace that ends it as well. */
  ends: string;
  /** Where it ends in the text. */
  at: number;
}

/** The words of each directive with its line. */
export function directivesIn(text: string): Directive[] {
  return [...directivesFrom(text)];
}

/** The same one by one, cut as nginx cuts them (ngx_conf_read_token). Escapes stay as written. */
export function* directivesFrom(text: string, from = 0): Generator<Directive> {
  const unclosed = new Set<string>();
  let words: string[] = [];
  let line = 1;
  let begin = 1;
  for (let at = from; at < text.length;) {
    const next = text.charAt(at);
    if (next === "\n") line += 1;
    if (" \t\r\n".includes(next)) {
      at += 1;
      continue;
    }
    let end = at + 1;
    if (next === "#") end = endOfLine(text, at);
    else if ("{};".includes(next)) {
      yield { words, line: begin, ends: next, at: end };
      if (next === "{" && words[0]?.endsWith("_by_lua_block")) end = endOfLua(text, end);
      words = [];
    } else {
      if (words.length === 0) begin = line;
      const isQuote = next === '"' || next === "'";
      const quoted = isQuote && !unclosed.has(next) ? endOfQuoted(text, at) : undefined;
      if (isQuote && quoted === undefined) unclosed.add(next); // from here on it never closes
      end = quoted ?? endOfWord(text, at);
      words.push(quoted === undefined ? text.slice(at, end) : text.slice(at + 1, end - 1));
    }
    for (; at < end; at += 1) if (text.charAt(at) === "\n") line += 1;
  }
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

/** Behind the quote that closes the one at `at`; nothing if none does. */
function endOfQuoted(text: string, at: number): number | undefined {
  const quote = text.charAt(at);
  for (let end = at + 1; end < text.length; end += 1) {
    if (text.charAt(end) === "\\") end += 1;
    else if (text.charAt(end) === quote) return end + 1;
  }
  return undefined;
}

/** Up to white space, `;` or `{`; not that of `${name}`, and nothing behind a backslash. */
function endOfWord(text: string, at: number): number {
  let end = at;
  for (; end < text.length; end += 1) {
    const next = text.charAt(end);
    if (next === "\\") end += 1;
    else if (" \t\r\n;".includes(next) || (next === "{" && text.charAt(end - 1) !== "$")) break;
  }
  return Math.min(Math.max(end, at + 1), text.length);
}

/** Before the brace that ends a block of Lua, which has texts and comments of its own. */
function endOfLua(text: string, from: number): number {
  const token = /--\[\[[^]*?(?:\]\]|$)|--[^\n]*|\[\[[^]*?(?:\]\]|$)|"(?:[^"\\\n]|\\[^])*|'(?:[^'\\\n]|\\[^])*|[{}]/g;
  token.lastIndex = from;
  let depth = 1;
  for (let found = token.exec(text); found; found = token.exec(text)) {
    if (/["']/.test(found[0].charAt(0))) token.lastIndex += 1; // the quote that closes it
    if (found[0] === "{") depth += 1;
    if (found[0] === "}") depth -= 1;
    if (depth === 0) return found.index;
  }
  return text.length;
}
