// Takes apart what `nginx -T` prints: which files are loaded, with their texts. Pure, in time proportional to what is printed.
import { directivesFrom } from "./directives";
import type { Directive } from "./directives";

/** What a dump says. */
export interface Dump {
  /** Path to text, the main file first. */
  loaded: Map<string, string>;
  /** A file that is printed twice with different texts: one of the two is a line in another file that looks like nginx's own. */
  ambiguous?: string;
}

/** Patterns (`*`, `?`, `[…]`) that are looked at; a real configuration has a few. */
const mostPatterns = 256;

/**
 * nginx prints `# configuration file NAME:`, the file as it is and a line feed; first the main file, then each included one
 * once, behind the file that includes it. A file that has such a line itself, in a comment or a text, prints the same. So a
 * name counts only if it is the first one, or if an `include` that was printed before leads to it.
 */
export function filesIn(dump: string): Dump {
  const loaded = new Map<string, string>();
  const includes = new Includes();
  let ambiguous: string | undefined;
  let file: { name: string; from: number } | undefined;
  const finish = (at: number) => {
    if (!file) return;
    const text = dump.slice(file.from, at);
    const before = loaded.get(file.name);
    if (before !== undefined && before !== text) ambiguous ??= file.name;
    loaded.set(file.name, before ?? text);
  };
  for (const { 0: header, 1: name = "", index } of dump.matchAll(/^# configuration file (.+):\n/gm)) {
    includes.readTo(index);
    if (file && !includes.lead(name)) continue;
    finish(index);
    file = { name, from: index + header.length };
    includes.begin(file.name, dump, file.from);
  }
  finish(dump.length);
  return { loaded, ...(ambiguous !== undefined && { ambiguous }) };
}

/** Where the `include` directives lead that were read so far. */
class Includes {
  private readonly names = new Set<string>();
  private readonly patterns = new Set<string>();
  private folder: string | undefined;
  private directives: Generator<Directive> | undefined;
  private next: Directive | undefined;

  /** A file begins here; the first one is the main file, whose folder relative names are below. */
  begin(file: string, dump: string, from: number): void {
    this.folder ??= file.slice(0, file.lastIndexOf("/") + 1);
    this.directives = directivesFrom(dump, from);
    this.next = undefined;
  }

  /** Reads the file that began last, up to here. */
  readTo(end: number): void {
    for (;;) {
      this.next ??= this.directives?.next().value as Directive | undefined;
      if (!this.next || this.next.at > end) return;
      const [name, file = ""] = this.next.words;
      if (name === "include" && file !== "") this.add(file.startsWith("/") ? file : `${this.folder}${file}`);
      this.next = undefined;
    }
  }

  private add(file: string): void {
    if (!/[*?[\\]/.test(file)) this.names.add(file);
    else if (this.patterns.size < mostPatterns) this.patterns.add(file);
  }

  lead(file: string): boolean {
    return this.names.has(file) || [...this.patterns].some((pattern) => matches(file, pattern));
  }
}

/** Whether a shell pattern takes a path: `*`, `?` and `[…]` within a part of it, and no hidden file by a wildcard. */
export function matches(file: string, pattern: string): boolean {
  const [names, patterns] = [file.split("/"), pattern.split("/")];
  return names.length === patterns.length && names.every((name, at) => matchesPart(name, patterns[at] ?? ""));
}

function matchesPart(name: string, pattern: string): boolean {
  if (name.startsWith(".") && !/^\\?\./.test(pattern)) return false;
  const tokens = pattern.match(/\\.|\[[!^]?\]?[^\]]*\]|[^]/g) ?? [];
  let [at, token] = [0, 0];
  let [star, from] = [-1, 0];
  while (at < name.length) {
    const wanted = tokens[token];
    if (wanted === "*") [star, from] = [token++, at];
    else if (wanted !== undefined && takes(wanted, name.charAt(at))) [at, token] = [at + 1, token + 1];
    else if (star >= 0) [at, token] = [++from, star + 1];
    else return false;
  }
  return tokens.slice(token).every((one) => one === "*");
}

/** Whether one token takes one character. */
function takes(token: string, one: string): boolean {
  if (token === "?") return true;
  if (token.startsWith("\\")) return token.slice(1) === one;
  if (token.length === 1) return token === one;
  const [, not, members = ""] = /^\[([!^]?)([^]*)\]$/.exec(token) ?? [];
  let isMember = false;
  for (let at = 0; at < members.length; at += 1) {
    const [first, last] = members.charAt(at + 1) === "-" ? [members.charAt(at), members.charAt(at + 2)] : [];
    if (first !== undefined && last !== undefined && last !== "") {
      isMember ||= one >= first && one <= last;
      at += 2;
    } else isMember ||= members.charAt(at) === one;
  }
  return isMember !== (not !== "");
}
