// Makes docs/messages.md of what the errors.ts and notices.ts of each system declare: they load only each other and what declares.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import ts from "typescript";

const require = createRequire(import.meta.url);

export const messagesPage = "docs/messages.md";

/** Loads a TypeScript module and what it imports from relative paths, each once; else Node's own modules and packages. */
function loader() {
  const loaded = new Map();
  return function load(file) {
    const known = loaded.get(file);
    if (known) return known.exports;
    const module = { exports: {} };
    loaded.set(file, module);
    const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
    const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), { compilerOptions });
    const need = (name) =>
      name.startsWith(".") ? load(`${path.resolve(path.dirname(file), name)}.ts`) : require(name);
    new Function("module", "exports", "require", outputText)(module, module.exports, need);
    return module.exports;
  };
}

/** Every declared code with what is declared of it, by name; the parts of messages; warnings and lines of the log. */
function declared() {
  const load = loader();
  for (const folder of readdirSync("provider").sort()) {
    for (const name of ["errors.ts", "notices.ts"]) {
      const file = path.resolve("provider", folder, name);
      if (existsSync(file)) load(file);
    }
  }
  const { declaredFailures, declaredParts } = load(path.resolve("provider/core/failure.ts"));
  const { declaredNotices } = load(path.resolve("provider/core/notice.ts"));
  const codes = [...declaredFailures()].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    codes,
    parts: [...new Set(declaredParts())],
    previewWarnings: declaredNotices("preview warning"),
    warnings: declaredNotices("warning"),
    lines: declaredNotices("line"),
  };
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

/** Each notice, with its meaning where it has one. */
const noticesOf = (notices) =>
  notices
    .map((notice) => (typeof notice === "string" ? `- ${shown(notice)}` : `- ${shown(notice.text)}: ${notice.means}`))
    .join("\n");

/** The text of the page. */
export function messagesText() {
  const head = [
    "# Messages",
    "A command that fails ends with a code in brackets, such as `[DNS_NOT_OURS]`. This page has a section for each code: what it means, what to do, and every message that ends with it; `…` stands for what varies. Then come the [warnings](#warnings) and the [lines of the log](#lines-of-the-log), which end no command and have no code. [Troubleshooting](troubleshooting.md) goes by the words of the message instead. The page is written by `npm run docs` from the code.",
  ];
  const { codes, parts, previewWarnings, warnings, lines } = declared();
  const tail = [
    "## Warnings",
    "The command goes on. Each line begins with `warning:`.",
    noticesOf(warnings),
    "## Warnings of a preview",
    "Each follows the name of the argument, or of the resource. The command goes on.",
    noticesOf(previewWarnings),
    "## Lines of the log",
    "What is good to know: what was done, what is waited for, what somebody else changed.",
    noticesOf(lines),
    "## Parts of messages",
    "Messages, warnings and lines of the log are filled with these, or end with them.",
    listOf(parts),
  ];
  return `${[...head, ...codes.map(section), ...tail].join("\n\n")}\n`;
}
