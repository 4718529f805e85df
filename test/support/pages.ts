// The pages of docs/ as data: tables, blocks of code, quoted messages; and whether a block of TypeScript compiles.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { declaredFailures, declaredParts } from "../../provider/core/failure";
import { declaredNotices } from "../../provider/core/notice";
import type { Notice, NoticeKind } from "../../provider/core/notice";

export const top = path.join(__dirname, "../..");
export const read = (file: string): string => readFileSync(path.join(top, file), "utf8");

/** "## What a change does" as a link's fragment: "what-a-change-does". */
export function fragments(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

/** Every page, by its path from the top of the repository. */
export const pages = [
  ...["README.md", "CONTRIBUTING.md", "DESIGN.md", "CHANGELOG.md"].filter((file) => existsSync(path.join(top, file))),
  ...readdirSync(path.join(top, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];

/** The rows of the table below a marker or heading, each cell as written. */
export function rowsBelow(page: string, mark: string): string[][] {
  const lines = read(page).split("\n");
  if (!lines.includes(mark)) throw new Error(`${page} has no line "${mark}"`);
  const from = lines.findIndex((line, at) => at > lines.indexOf(mark) && line.startsWith("|"));
  const table = lines.slice(from);
  const end = table.findIndex((line) => !line.startsWith("|"));
  return table.slice(2, end < 0 ? undefined : end).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

/** What stands in back-ticks. */
export function codeIn(cell = ""): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);
}

/** The fixed parts of a quoted message: "…" and "<name>" stand for what varies. */
export function piecesOf(quoted: string): string[] {
  const pieces = quoted.split(/…|<\w+>/).map((text) => text.trim());
  return pieces.filter((text) => /[a-z]{2}/i.test(text));
}

/** The blocks of code in a language, in order. */
export function blocksOf(page: string, language: string): string[] {
  return [...read(page).matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, "g"))].map(([, text = ""]) => text);
}

/** The text of all messages below a folder of sources: joined where the source breaks them. */
export function messagesIn(folder: string): string {
  return readdirSync(path.join(top, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => read(`${folder}/${file}`).replace(/["`']\s*\+\s*["`']/g, ""))
    .join("\n");
}

const inEachSystem = (name: string): string[] =>
  readdirSync(path.join(top, "provider"))
    .map((folder) => `provider/${folder}/${name}`)
    .filter((file) => existsSync(path.join(top, file)));

/** Where each system declares what can go wrong with it. */
export const errorFiles = inEachSystem("errors.ts");

/** Where each system declares its warnings and lines of the log. */
export const noticeFiles = inEachSystem("notices.ts");

/** Every declared notice of a kind. */
export function everyNotice(kind: NoticeKind): readonly Notice[] {
  for (const file of noticeFiles) require(path.join(top, file));
  return declaredNotices(kind);
}

/** Every declared code with its meaning, cure and messages. */
export function everyFailure(): ReturnType<typeof declaredFailures> {
  for (const file of errorFiles) require(path.join(top, file));
  return declaredFailures();
}

/** All texts that are declared for a code, and those that may fill or follow them. */
export function declaredTexts(code: string): string {
  return [...Object.values(everyFailure().get(code)?.messages ?? {}), ...declaredParts()].join("\n");
}

/** The same program in JavaScript (CommonJS). */
export function transpiled(program: string): string {
  return ts.transpileModule(program, { compilerOptions: { module: ts.ModuleKind.CommonJS } }).outputText;
}

/** What the compiler says against programs that pages show, each by itself, with the settings of this repository. */
export function compileProblems(programs: readonly string[]): string[][] {
  const texts = new Map(programs.map((program, at) => [path.join(top, `docs/example-${at}.ts`), fromSources(program)]));
  const { config } = ts.readConfigFile(path.join(top, "tsconfig.json"), (name) => ts.sys.readFile(name)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, top);
  const host = ts.createCompilerHost(options);
  const real = { ...host };
  host.fileExists = (name) => texts.has(name) || real.fileExists(name);
  host.readFile = (name) => texts.get(name) ?? real.readFile(name);
  host.getSourceFile = (name, version, ...rest) => {
    const text = texts.get(name);
    return text === undefined ? real.getSourceFile(name, version, ...rest) : ts.createSourceFile(name, text, version);
  };
  const compiled = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].map((name) => {
    const source = compiled.getSourceFile(name);
    const problems = [...compiled.getSyntacticDiagnostics(source), ...compiled.getSemanticDiagnostics(source)];
    return problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
  });
}

/** A program that imports our sources instead of what is built of them. */
function fromSources(program: string): string {
  return program
    .replace('"pulumi-telegram"', '"../index"')
    .replace('"pulumi-telegram/testing"', '"../testing"')
    .replace(/"pulumi-telegram\/(aws|cloudflare|tls)"/g, '"../components/$1"');
}
