// Reads what `nginx -T` and the kernel say: whose line is wrong, who listens where, which files are loaded. Pure.
import { endpointOf } from "../rules";

/** What a run of the checker says. */
export interface Checked {
  isGood: boolean;
  /** Its complaints, in its own words: "[emerg] unknown directive … in /etc/nginx/nginx.conf:12". */
  complaints: string[];
  /** Warnings of the kind that does not stop it. */
  warnings: string[];
  /** File to text, of every file that is loaded. */
  loaded: Map<string, string>;
}

export function checkedOf({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }): Checked {
  const lines = stderr
    .split("\n")
    .map((line) => line.replace(/^nginx: |^\d{4}\/\S+ \S+ /, "").replace(/^\[(\w+)\] \d+#\d+: /, "[$1] "));
  const warnings = lines.filter((line) => line.startsWith("[warn]"));
  const complaints = lines.filter(
    (line) =>
      line !== "" &&
      !warnings.includes(line) &&
      !/^(?:the )?configuration file .* (?:syntax is ok|test (?:is successful|failed))$/.test(line),
  );
  const loaded = new Map<string, string>();
  const [, ...parts] = `\n${stdout}`.split(/^# configuration file (.+):$/m);
  for (let at = 0; at + 1 < parts.length; at += 2)
    loaded.set(parts[at] ?? "", (parts[at + 1] ?? "").replace(/^\n/, ""));
  return { isGood: code === 0, complaints: code === 0 ? [] : complaints, warnings, loaded };
}

export interface Listening {
  file: string;
  line: number;
  address: string;
  port: number;
}

/** Every `listen` of the loaded files: what a server block has, wherever it stands. */
export function listensIn(loaded: Map<string, string>): Listening[] {
  return [...loaded].flatMap(([file, text]) =>
    directivesIn(text).flatMap(({ words, line }) => {
      const [name, value = ""] = words;
      const place = name === "listen" ? placeOf(value) : undefined;
      return place ? [{ file, line, ...place }] : [];
    }),
  );
}

/** `80`, `*:80`, `10.0.0.1`, `10.0.0.1:80`, `localhost:80`. IPv6 and unix sockets do not meet an IPv4 address. */
function placeOf(value: string): { address: string; port: number } | undefined {
  if (/^unix:|^\[/.test(value)) return undefined;
  if (/^\d+$/.test(value)) return { address: "0.0.0.0", port: Number(value) };
  const [, host = "", port = "80"] = /^([^:]+)(?::(\d+))?$/.exec(value) ?? [];
  if (host === "") return undefined;
  return { address: host === "*" ? "0.0.0.0" : host === "localhost" ? "127.0.0.1" : host, port: Number(port) };
}

/** Whether two places can be asked by one connection. */
export function meets(a: { address: string; port: number }, b: { address: string; port: number }): boolean {
  return a.port === b.port && (a.address === b.address || a.address === "0.0.0.0" || b.address === "0.0.0.0");
}

/** Listening IPv4 sockets, from /proc/net/tcp. */
export function socketsIn(text: string): { address: string; port: number }[] {
  return [...text.matchAll(/^\s*\d+: ([0-9A-F]{8}):([0-9A-F]{4}) [0-9A-F]{8}:0000 0A /gm)].map(
    ([, address = "", port = ""]) => ({
      address: (address.match(/../g) ?? [])
        .reverse()
        .map((byte) => parseInt(byte, 16))
        .join("."),
      port: parseInt(port, 16),
    }),
  );
}

/** Who else has the place of a listener of ours: a sentence's end, or nothing. `ours`: the folder of our files. */
export function placeProblem(listen: string, ours: string, { loaded }: Checked, sockets: string): string | undefined {
  const wanted = endpointOf(listen);
  const all = listensIn(loaded).filter((place) => meets(place, wanted));
  const foreign = all.find(({ file }) => !file.startsWith(`${ours}/`));
  if (foreign)
    return `is served by ${foreign.file}:${foreign.line} already; use attach "location" there, or another address or port`;
  const other = all.find(({ address }) => address !== wanted.address);
  if (other) return `overlaps with ${other.address}:${other.port}, on which other routes listen; use that`;
  const isTaken = all.length === 0 && socketsIn(sockets).some((place) => meets(place, wanted));
  return isTaken ? "is in use by another program; see `ss -ltnp` on the machine" : undefined;
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
