// Reads nginx's configuration: the words of each directive, and who listens where by it. Pure.
import type { ListenAddress, Listening } from "../sockets";

/** Every `listen` of the loaded files: what a server block has, wherever it stands. */
export function listensIn(loaded: ReadonlyMap<string, string>): Listening[] {
  return [...loaded].flatMap(([file, text]) =>
    directivesIn(text).flatMap(({ words, line }) => {
      const [name, value = ""] = words;
      const place = name === "listen" ? placeOf(value) : undefined;
      return place ? [{ file, line, ...place }] : [];
    }),
  );
}

/** `80`, `*:80`, `10.0.0.1`, `10.0.0.1:80`, `localhost:80`. IPv6 and unix sockets do not meet an IPv4 address. */
function placeOf(value: string): ListenAddress | undefined {
  if (/^unix:|^\[/.test(value)) return undefined;
  if (/^\d+$/.test(value)) return { address: "0.0.0.0", port: Number(value) };
  const [, host = "", port = "80"] = /^([^:]+)(?::(\d+))?$/.exec(value) ?? [];
  if (host === "") return undefined;
  return { address: host === "*" ? "0.0.0.0" : host === "localhost" ? "127.0.0.1" : host, port: Number(port) };
}

/** The words of each directive with its line; braces end one as well. */
export function directivesIn(text: string): { words: string[]; line: number; ends: string }[] {
  const found: { words: string[]; line: number; ends: string }[] = [];
  let words: string[] = [];
  let line = 1;
  let begin = 1;
  const token = /\n|#[^\n]*|"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|[{};]|[^\s{};"'][^\s;{]*(?:\{[^\s;]*\})?/g;
  for (const [part] of text.matchAll(token)) {
    if (part === "\n") line += 1;
    else if (/^[{};]$/.test(part)) {
      found.push({ words, line: begin, ends: part });
      words = [];
    } else if (!part.startsWith("#")) {
      if (words.length === 0) begin = line;
      words.push(/^["']/.test(part) ? part.slice(1, -1) : part);
      line += part.split("\n").length - 1;
    }
  }
  return found;
}
