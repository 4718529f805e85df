// Reads what `caddy adapt` prints: whose line is wrong, which of our files are in the configuration, where its admin API is. Pure.
import { isObject } from "../../../core/rules";
import { parts } from "../../errors";
import type { Ran } from "../../machine";
import type { CheckerReport } from "../program";
import { filesWithin } from "./surroundings";

/** In the map of what is loaded, beside our files: where the admin API is, if not on a unix socket. */
const adminKey = "admin";
/** What 2.8 calls so had another name before, and it is in every file of ours. */
const newWord = "log_skip";
const old = {
  ...{ server: "Caddy", version: "2.8", word: `the directive ${newWord}` },
  where: "https://caddyserver.com/docs/install",
};
/** What it says of our file's `handle_errors` in another block than that of a site: to 2.9 and later alike. */
const isNested =
  /'handle_errors' is not an ordered HTTP handler|^parsing caddyfile tokens for '\w+': handle_errors directive returned/;
/** A value as Go prints it, which is of no use to anybody. */
const goValue = /:? &?[\w*.]+\{.*\}/g;
const mostCharacters = 400;
const defaultAdmin = "localhost:2019";

/** `directory`: of our files. An import that finds none of them is no mistake: so it is before the first route and after the last one. */
export function caddyReport({ code, stdout, stderr }: Ran, directory: string): CheckerReport {
  const said = stderr.split("\n").flatMap((line) => sayingIn(line) ?? []);
  const complaints = said.filter(({ level }) => level === "error").map(({ words }) => words);
  const warnings = said
    .filter(({ level, pattern }) => level === "warn" && !pattern?.startsWith(`${directory}/`))
    .map(({ words }) => `[warn] ${words}`);
  const loaded = code === 0 ? loadedIn(stdout) : undefined;
  if (loaded) return { isGood: true, complaints: [], warnings, loaded };
  if (code === 0) return { isGood: false, complaints: [parts.noJson()], warnings };
  if (complaints.some((words) => isNested.test(words)))
    return {
      isGood: false,
      complaints: [parts.nestedImport({ server: "Caddy", line: `import ${directory}/…` })],
      warnings,
    };
  const isOld = complaints.some((words) => words.includes(`unrecognized directive: ${newWord}`));
  return { isGood: false, complaints: isOld ? [parts.tooOld(old)] : complaints, warnings };
}

/** What a line that Caddy prints says: from 2.10 on each is JSON where no terminal is. */
export function messageIn(line: string): string {
  return sayingIn(line)?.words ?? line;
}

interface Saying {
  level: string;
  words: string;
  pattern?: string;
}

function sayingIn(line: string): Saying | undefined {
  if (line.trim() === "") return undefined;
  const { level, msg: said, file, line: at, pattern } = recordIn(line) ?? {};
  if (typeof level !== "string" || typeof said !== "string") {
    const [, words] = /^Error: (.*)$/.exec(line) ?? [];
    return { level: "error", words: shortened(words ?? line) };
  }
  const msg = shortened(said.trim().replace(/\s*\n\s*/g, " "));
  const place = [file, at].filter((part) => typeof part === "string" || typeof part === "number").join(":");
  const where = [place, typeof pattern === "string" ? pattern : ""].filter((part) => part !== "").join(", ");
  return {
    level,
    words: where === "" ? msg : `${msg} (${where})`,
    ...(typeof pattern === "string" && { pattern }),
  };
}

function shortened(words: string): string {
  const plain = words.length > mostCharacters ? words.replace(goValue, "") : words;
  return plain.length > mostCharacters ? `${plain.slice(0, mostCharacters)}…` : plain;
}

function recordIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // it prints plain lines too
  }
}

/** Our files that stand in the configuration, each with what comes before it; nothing if it is no configuration. */
function loadedIn(stdout: string): Map<string, string> | undefined {
  const config = recordIn(stdout);
  if (!config) return undefined;
  const loaded = filesWithin(config);
  const admin = isObject(config["admin"]) ? config["admin"] : {};
  const listen = typeof admin["listen"] === "string" ? admin["listen"] : "";
  if (admin["disabled"] !== true && !listen.startsWith("unix/")) loaded.set(adminKey, listen);
  return loaded;
}

/** Where every user of the machine can ask the admin API; nothing if it is on a unix socket or off. */
export function adminIn(loaded: ReadonlyMap<string, string>): { address: string; isDefault: boolean } | undefined {
  const listen = loaded.get(adminKey);
  return listen === undefined ? undefined : { address: listen || defaultAdmin, isDefault: listen === "" };
}
