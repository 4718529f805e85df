// Makes docs/messages.md of what the errors.ts of each system declares: these modules load nothing but core/failure.ts.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

export const messagesPage = "docs/messages.md";

/** Loads a TypeScript module and what it imports from relative paths, each once. */
function loader() {
  const loaded = new Map();
  return function load(file) {
    const known = loaded.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    loaded.set(file, module);
    const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
    const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), { compilerOptions });
    const need = (name) => load(`${path.resolve(path.dirname(file), name)}.ts`);
    new Function("module", "exports", "require", outputText)(module, module.exports, need);
    return module.exports;
  };
}

/** Every declared code with what is declared of it, by name; and the parts of messages. */
function declared() {
  const load = loader();
  for (const folder of readdirSync("provider").sort()) {
    const file = path.resolve("provider", folder, "errors.ts");
    if (existsSync(file)) load(file);
  }
  const { declaredFailures, declaredParts } = load(path.resolve("provider/core/failure.ts"));
  const codes = [...declaredFailures()].sort(([a], [b]) => (a < b ? -1 : 1));
  return { codes, parts: [...new Set(declaredParts())] };
}

/** A message with "…" for what varies, as code; two holes side by side are one. */
const shown = (message) => {
  const text = message
    .trim()
    .replace(/(?:\{\w+\}\s*)+(?=\{\w+\})/g, "")
    .replace(/\{\w+\}/g, "…");
  return text.includes("`") ? `\`\` ${text} \`\`` : `\`${text}\``;
};

/** A message of holes only has nothing to search for: its words are among the parts. */
const listOf = (messages) =>
  messages
    .map(shown)
    .filter((text) => /[a-z]/i.test(text))
    .map((text) => `- ${text}`)
    .join("\n");

function section([code, { means, cure, messages }]) {
  return [`## ${code}`, means, `What to do: ${cure}`, listOf(Object.values(messages))].join("\n\n");
}

/** The text of the page. */
export function messagesText() {
  const head = [
    "# Messages",
    "A command that fails ends with a code in brackets, such as `[DNS_NOT_OURS]`. This page has a section for each code: what it means, what to do, and every message that ends with it; `…` stands for what varies. [Troubleshooting](troubleshooting.md) goes by the words of the message instead. The page is written by `npm run docs` from the code.",
  ];
  const { codes, parts } = declared();
  const tail = [
    "## Parts of messages",
    "Messages of several codes are filled with these, or end with them: what is true now.",
    listOf(parts),
  ];
  return `${[...head, ...codes.map(section), ...tail].join("\n\n")}\n`;
}
