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

/** Where a reader looks for a code: by what it begins with. */
const areasOfCodes = [
  ["Telegram", /^(?:TELEGRAM|TOKEN|WEBHOOK|DELIVERY|ENDPOINT)_/],
  ["DNS", /^DNS_/],
  ["TLS certificates and ACME", /^(?:ACME|CHALLENGE)_/],
  ["Proxy server", /^(?:PROXY|ROUTE)_/],
  ["Machine and SSH", /^MACHINE_/],
  ["Program and installation", /^(?:NOT_AS_DECLARED|PACKAGE|STATE)/],
];

/** Where a reader looks for a warning or a line: by the folder that declares it. */
const areasOfFolders = {
  telegram: "Telegram",
  dns: "DNS",
  tls: "TLS certificates and ACME",
  acme: "TLS certificates and ACME",
  proxy: "Proxy server",
  core: "Any resource",
  host: "Any resource",
};

function areaOfCode(code) {
  const [area] = areasOfCodes.find(([, begins]) => begins.test(code)) ?? [];
  if (area === undefined) throw new Error(`the code ${code} is of no area: see areasOfCodes`);
  return area;
}

/** Every declared code with what is declared of it, by name; the parts of messages; warnings and lines of the log by area. */
function declared() {
  const load = loader();
  const { declaredFailures, declaredParts } = load(path.resolve("provider/core/failure.ts"));
  const { declaredNotices } = load(path.resolve("provider/core/notice.ts"));
  const kinds = ["preview warning", "warning", "line"];
  const byArea = Object.fromEntries(kinds.map((kind) => [kind, new Map()]));
  for (const folder of readdirSync("provider").sort()) {
    const before = kinds.map((kind) => declaredNotices(kind).length);
    for (const name of ["errors.ts", "notices.ts"]) {
      const file = path.resolve("provider", folder, name);
      if (existsSync(file)) load(file);
    }
    kinds.forEach((kind, at) => {
      const added = declaredNotices(kind).slice(before[at]);
      if (added.length === 0) return;
      const area = areasOfFolders[folder];
      if (area === undefined) throw new Error(`provider/${folder} is of no area: see areasOfFolders`);
      byArea[kind].set(area, [...(byArea[kind].get(area) ?? []), ...added]);
    });
  }
  const codes = [...declaredFailures()].sort(([a], [b]) => (a < b ? -1 : 1));
  return { codes, parts: [...new Set(declaredParts())], byArea };
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

function noticeLine(notice) {
  if (typeof notice === "string") return `- ${shown(notice)}`;
  const { text, means, cure } = notice;
  return `- ${shown(text)}: ${means}${cure === undefined ? "" : ` What to do: ${cure}`}`;
}

/** Notices below the heading of their area, with their meaning and cure where they have them. */
const noticesOf = (areas) =>
  [...new Set(Object.values(areasOfFolders))]
    .filter((area) => areas.has(area))
    .map((area) => `### ${area}\n\n${areas.get(area).map(noticeLine).join("\n")}`)
    .join("\n\n");

const contentsOf = (codes) =>
  areasOfCodes
    .map(([area]) => {
      const links = codes
        .filter(([code]) => areaOfCode(code) === area)
        .map(([code]) => `[${code}](#${code.toLowerCase()})`);
      return `- **${area}:** ${links.join(", ")}`;
    })
    .join("\n");

/** The text of the page. */
export function messagesText() {
  const { codes, parts, byArea } = declared();
  const head = [
    "# Messages",
    "A command that fails ends with a code in brackets, such as `[DNS_NOT_OURS]`. Look the code up here: its section says what it means, what to do, and which messages end with it. `…` stands for what varies.",
    contentsOf(codes),
    "A warning or a line of the log ends no command and has no code: see [warnings](#warnings), [warnings of a preview](#warnings-of-a-preview) and [lines of the log](#lines-of-the-log). If you have the words and no code, [troubleshooting](troubleshooting.md) goes by symptom.",
    "<!-- `npm run docs` writes this page from the code. -->",
  ];
  const tail = [
    "## Warnings",
    "The command goes on. Each line begins with `warning:`.",
    noticesOf(byArea["warning"]),
    "## Warnings of a preview",
    "Each follows the name of the argument, or of the resource. The command goes on. [Troubleshooting](troubleshooting.md#a-preview-warns) says what to do about each.",
    noticesOf(byArea["preview warning"]),
    "## Lines of the log",
    'These lines say what was done, what is waited for, and what somebody else changed. Where a line has no "What to do", there is nothing to do.',
    noticesOf(byArea["line"]),
    "## Parts of messages",
    "These texts fill the `…` of messages, warnings and lines, or follow them. They are here for a search: the message around such a text has the code.",
    listOf(parts),
  ];
  return `${[...head, ...codes.map(section), ...tail].join("\n\n")}\n`;
}
