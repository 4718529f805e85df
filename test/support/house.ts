// The rules of the house about imports and files, as sentences, and what finds their breaches in the sources.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import ts from "typescript";

const top = path.join(__dirname, "../..");

/** The rules, as sentences. */
export const house = {
  systems:
    "one system never imports another; a rule that two need lives in core/, constants/, x509/ or probe/, or is handed in by registry.ts and issuers.ts",
  core: "core/ serves every system: it imports no system, no host and no Pulumi",
  constants: "constants/ says what the world outside does, once, for every system: it imports core/ only",
  x509: "x509/ reads and makes certificates for every system: it imports core/ only",
  probe: "probe/ serves every system: it imports core/, constants/ and x509/ only",
  acme: "acme/ speaks to ACME servers for every system: it imports core/, x509/ and net/ only",
  net: "net/ serves every system: it imports core/ only",
  run: "run/ starts programs for every system: it imports core/ only",
  child: "run/child.ts is the one that starts programs: nothing else imports child_process",
  host: "host/ stands between Logic and Pulumi: it imports core/ only",
  registry:
    "registry.ts and issuers.ts, where systems meet, are for resource.ts, components/ and the provider's entry: what a system needs is handed in",
  resourceUsers: "resource.ts is for programs: only index.ts, components/ and other resource.ts import it",
  lifecycleUsers: "lifecycle.ts acts: only registry.ts loads it, when something is to be done",
  pure: "rules.ts and fields.ts are pure: nothing that they load does I/O, acts or knows Pulumi",
  testingApart: "testing/ imports nothing of ours: if both read one file, a wrong belief is right twice",
  testingUnused: "nothing of ours imports testing/, but cli/ starts its command",
  cliUnused: "nothing of ours imports cli/",
  pulumi:
    "only resource.ts, info.ts, components/ and the program's side of host/ import @pulumi/pulumi: the provider's entry never loads it",
  undici: "net/http.ts is the one way out over HTTP: nothing else imports undici",
  http: "only net/ and probe/, and what is uploaded to a cloud (components/**/*.mjs), send requests over HTTP: others are handed a client, and have no fetch and no http of Node's",
  outgoing: "what is said leaves through core/printable.ts, which masks and then makes printable: nothing else masks",
  voice: "host/voice.ts is where a program's lines and refusals leave: nothing else has pulumi.log or RunError",
  declared: "what is shipped imports only what package.json declares as a dependency",
  notices:
    "what a person is told is declared: context.warn takes a warning of its system's notices.ts, context.log a line, and a finding that warns one of its previewWarnings",
  firstLine: "a file has one job, told in its first line",
  length: "a file of provider/, components/, cli/ or testing/ has at most 300 lines",
  resource: "a resource folder holds fields.ts, lifecycle.ts and resource.ts",
};

/** Paths from the top of the repository, with "/", and the text of each. */
export type Sources = Map<string, string>;

const longest = 300;
/** The folders that serve every system, and which of them each may import. */
const shared: Record<string, readonly string[]> = {
  core: [],
  constants: ["core"],
  x509: ["core"],
  probe: ["core", "constants", "x509"],
  net: ["core"],
  acme: ["core", "x509", "net"],
  run: ["core"],
  host: ["core"],
};
/** Folders of a system that hold no resource: one file per vendor or server. */
const collections = ["vendors", "servers", "issuers"];
const threeFiles = ["fields.ts", "lifecycle.ts", "resource.ts"];
export const entry = "provider/index.ts";
/** What makes a finding of a declared text, and what hands findings on to Pulumi. */
const tellers = ["provider/core/rules.ts", "provider/host/resource.ts"];

/** All sources below these folders, and single files. */
export function sourcesIn(...names: string[]): Sources {
  const files = names.flatMap((name) => {
    if (/\.\w+$/.test(name)) return [name];
    if (!existsSync(path.join(top, name))) return [];
    return readdirSync(path.join(top, name), { recursive: true, encoding: "utf8" })
      .map((file) => `${name}/${file.split(path.sep).join("/")}`)
      .filter((file) => /\.(?:ts|[cm]?js)$/.test(file) && !/(?:^|\/)(?:node_modules|fixtures|package)\//.test(file));
  });
  return new Map(files.map((file) => [file, readFileSync(path.join(top, file), "utf8")]));
}

/** Calls back for each node of a source, outer ones first. */
export function eachNode(file: string, text: string, found: (node: ts.Node) => void): void {
  const visit = (node: ts.Node): void => {
    found(node);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true));
}

interface Import {
  /** A path from the top of the repository without its ending, or a package. */
  target: string;
  isType: boolean;
  /** Only when a function runs that asks for it. */
  isLate: boolean;
  /** What is taken from it, where that is listed. */
  names: string[];
}

/** What a source imports, in any way: type imports, re-exports, require() and import() too. */
export function importsOf(file: string, text: string): Import[] {
  const found: Import[] = [];
  const note = (node: ts.Node | undefined, isType = false, names: string[] = [], isLate = false) => {
    if (!node || !ts.isStringLiteralLike(node)) return;
    const { text: name } = node;
    const target = name.startsWith(".") ? path.posix.join(path.posix.dirname(file), name) : name;
    found.push({ target, isType, isLate, names });
  };
  eachNode(file, text, (node) => {
    if (ts.isImportDeclaration(node)) {
      const { importClause } = node;
      const bindings = importClause?.namedBindings;
      const names = bindings && ts.isNamedImports(bindings) ? bindings.elements.map((one) => one.name.text) : [];
      note(node.moduleSpecifier, importClause?.isTypeOnly, names);
    }
    if (ts.isExportDeclaration(node)) note(node.moduleSpecifier, node.isTypeOnly);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) note(node.argument.literal, true);
    if (ts.isExternalModuleReference(node)) note(node.expression);
    if (ts.isCallExpression(node)) {
      const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
      const isLate = ts.findAncestor(node, ts.isFunctionLike) !== undefined;
      if (isImport || /^require(\.resolve)?$/.test(node.expression.getText()))
        note(node.arguments[0], false, [], isLate);
    }
  });
  return found;
}

/** Whether it calls or hands on the fetch of Node's: an argument or option of that name is none. */
function usesFetch(file: string, text: string): boolean {
  let isFound = false;
  eachNode(file, text, (node) => {
    if (!ts.isIdentifier(node) || node.text !== "fetch") return;
    const { parent } = node;
    const isOption = (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) && parent.name === node;
    const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node;
    const isGlobal = isMember && /^(?:globalThis|global)$/.test(parent.expression.getText());
    if (isMember ? isGlobal : !isOption) isFound = true;
  });
  return isFound;
}

/** Function to which of its arguments is told, and of which declared group it is. */
const told = new Map([
  ["warn", { at: 0, group: "warnings" }],
  ["log", { at: 0, group: "lines" }],
  ["warning", { at: 1, group: "previewWarnings" }],
]);

/** Texts of its own that a file says: what hands lines on (to the console, to Pulumi, to who asked) has none. */
function undeclaredNotices(file: string, text: string): string[] {
  const found: string[] = [];
  eachNode(file, text, (node) => {
    if (ts.isPropertyAssignment(node) && node.getText() === 'level: "warning"') found.push(node.getText());
    if (!ts.isCallExpression(node)) return;
    const { expression: callee } = node;
    const isMember = ts.isPropertyAccessExpression(callee);
    const use = told.get(isMember ? callee.name.text : callee.getText());
    if (use === undefined || (isMember && /^(?:console|pulumi\.log|say)$/.test(callee.expression.getText()))) return;
    const said = node.arguments[use.at];
    const isOfGroup = (name: string) => new RegExp(`^${use.group}\\.\\w+$`).test(name);
    const isDeclared = said && ts.isCallExpression(said) && isOfGroup(said.expression.getText());
    if (!isDeclared) found.push(node.getText());
  });
  return found;
}

/** The folder of provider/ a file belongs to: "provider/telegram/rules" is in "telegram". */
const folderOf = (file: string): string | undefined => /^provider\/([^/]+)\//.exec(file)?.[1];

/** The same, if it is a system and serves not every system. */
function systemOf(file: string): string | undefined {
  const folder = folderOf(file);
  return folder !== undefined && !Object.hasOwn(shared, folder) ? folder : undefined;
}

const isIn = (folder: string) => (file: string) => file === folder || file.startsWith(`${folder}/`);
const isShipped = (file: string) =>
  ["provider", "components", "cli", "testing", "index"].some((name) => isIn(name)(file.replace(/\.ts$/, "")));
const isPulumi = (name: string) => name.startsWith("@pulumi/");
const isHttp = (name: string) => /^(?:node:)?(?:https?|http2)$/.test(name);
const isUploaded = (file: string) => isIn("components")(file) && file.endsWith(".mjs");
const mayUseHttp = (file: string) =>
  isUploaded(file) || ["testing", "provider/net", "provider/probe"].some((name) => isIn(name)(file));
const isBuiltIn = (name: string) => name.startsWith("node:") || builtinModules.includes(name);
const mayImportPulumi = (file: string) =>
  isIn("components")(file) ||
  /^provider\/host\/(?:resource|inputs|sources|voice)\.ts$/.test(file) ||
  /^provider\/[^/]+\/(?:info|[^/]+\/resource)\.ts$/.test(file);
const isResource = (target: string) => systemOf(target) !== undefined && target.endsWith("/resource");
const mayImportResource = (file: string) =>
  file === "index.ts" || isIn("components")(file) || file.endsWith("/resource.ts");
const isLifecycle = (target: string) => systemOf(target) !== undefined && target.endsWith("/lifecycle");
const isPure = (file: string) => systemOf(file) !== undefined && /\/(?:rules|fields)\.ts$/.test(file);
/** What node:net and node:tls have that asks nobody. */
const isKnowledge = (names: string[]) =>
  names.length > 0 && names.every((name) => /^(?:isIP(?:v[46])?|BlockList|rootCertificates)$/.test(name));
const acts = (target: string) =>
  /^(?:node:)?(?:fs|child_process|net|tls|dgram|dns|https?|http2|worker_threads)(?:\/promises)?$/.test(target) ||
  target === "undici" ||
  isPulumi(target) ||
  isIn("provider/net")(target) ||
  isIn("provider/run")(target) ||
  isLifecycle(target) ||
  (systemOf(target) !== undefined && target.endsWith("/api"));

/** What a file of a folder that serves every system may not import. */
function sharedProblem(file: string, target: string): string | undefined {
  const folder = folderOf(file);
  const may = folder === undefined ? undefined : shared[folder];
  if (folder === undefined || may === undefined || [folder, ...may].some((one) => isIn(`provider/${one}`)(target)))
    return undefined;
  const isOutside = !isShipped(target);
  if (folder === "core") return isBuiltIn(target) ? undefined : house.core;
  if (folder === "constants") return house.constants;
  return isOutside ? undefined : house[folder as "x509" | "probe" | "net" | "acme" | "run" | "host"];
}

function importProblem(file: string, target: string, declared: readonly string[]): string | undefined {
  if (!isShipped(file)) return undefined;
  const [system, targetSystem] = [systemOf(file), systemOf(target)];
  const isOurs = isShipped(target);
  if (isIn("testing")(file) && !isIn("testing")(target) && !isBuiltIn(target)) return house.testingApart;
  const isCommand = isIn("cli")(file) && target === "testing/cli";
  if (!isIn("testing")(file) && isIn("testing")(target) && !isCommand) return house.testingUnused;
  if (!isIn("cli")(file) && isIn("cli")(target)) return house.cliUnused;
  if (/^(?:node:)?child_process$/.test(target) && file !== "provider/run/child.ts") return house.child;
  if (isHttp(target)) return mayUseHttp(file) ? undefined : house.http;
  if (isPulumi(target) && folderOf(file) !== "core") return mayImportPulumi(file) ? undefined : house.pulumi;
  const says = sharedProblem(file, target);
  if (says) return says;
  if (target === "provider/core/redact") return file === "provider/core/printable.ts" ? undefined : house.outgoing;
  if (target === "undici") return file === "provider/net/http.ts" ? undefined : house.undici;
  if (system && targetSystem && system !== targetSystem) return house.systems;
  const isMeeting = /^provider\/(?:registry|issuers)$/.test(target);
  if (system && isMeeting && !file.endsWith("/resource.ts")) return house.registry;
  if (isResource(target) && !mayImportResource(file)) return house.resourceUsers;
  if (isLifecycle(target) && file !== "provider/registry.ts") return house.lifecycleUsers;
  if (target === "pulumi-telegram/package.json") return undefined; // the version, by the package's own name
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target;
  if (!isOurs && !isBuiltIn(target) && !declared.includes(name)) return house.declared;
  return undefined;
}

type Follow = (one: Import) => boolean;

/** The files that a file loads, itself included, by the imports that count. */
export function reachedFrom(
  file: string,
  sources: Sources,
  follow: Follow = () => true,
  seen = new Set<string>(),
): Set<string> {
  const text = sources.get(file);
  if (text === undefined || seen.has(file)) return seen;
  seen.add(file);
  for (const one of importsOf(file, text).filter(follow)) {
    for (const name of [`${one.target}.ts`, `${one.target}/index.ts`]) reachedFrom(name, sources, follow, seen);
  }
  return seen;
}

/** What acts behind rules and fields: a type that is imported is not loaded, and what a module loads late is not yet. */
function pureBreaches(sources: Sources): string[] {
  return [...sources.keys()].filter(isPure).flatMap((file) =>
    [...reachedFrom(file, sources, ({ isType, isLate }) => !isType && !isLate)].flatMap((reached) =>
      importsOf(reached, sources.get(reached) ?? "")
        .filter(({ target, isType, isLate, names }) => {
          return !isType && (!isLate || reached === file) && acts(target) && !isKnowledge(names);
        })
        .map(({ target }) => `${file} loads ${target} through ${reached}: ${house.pure}`),
    ),
  );
}

function fileBreaches(file: string, text: string, declared: readonly string[]): string[] {
  const found = importsOf(file, text).flatMap(({ target }) => {
    const says = importProblem(file, target, declared);
    return says ? [`${file} imports ${target}: ${says}`] : [];
  });
  if (isShipped(file) && !mayUseHttp(file) && usesFetch(file, text)) found.push(`${file} uses fetch: ${house.http}`);
  if (isIn("provider")(file) && !tellers.includes(file))
    for (const call of undeclaredNotices(file, text)) found.push(`${file} has ${call}: ${house.notices}`);
  if (isShipped(file) && file !== "provider/host/voice.ts" && /\bpulumi\.log\b|\bRunError\b/.test(text))
    found.push(`${file}: ${house.voice}`);
  const [first = "", second = ""] = text.split("\n");
  if (!/^\/\/ \S.{9,}/.test(first.startsWith("#!") ? second : first)) found.push(`${file}: ${house.firstLine}`);
  const lines = text.trimEnd().split("\n").length;
  if (isShipped(file) && lines > longest) found.push(`${file} has ${lines} lines: ${house.length}`);
  return found;
}

function folderBreaches(sources: Sources): string[] {
  const folders = new Set([...sources.keys()].filter(systemOf).map((file) => path.posix.dirname(file)));
  return [...folders].flatMap((folder) => {
    const [, , name, deeper] = folder.split("/");
    if (name === undefined || deeper !== undefined || collections.includes(name)) return [];
    const missing = threeFiles.filter((one) => !sources.has(`${folder}/${one}`));
    return missing.length > 0 ? [`${folder} has no ${missing.join(", ")}: ${house.resource}`] : [];
  });
}

/** Every breach: "file imports target: sentence". */
export function breaches(sources: Sources, declared: readonly string[] = ["undici", "@pulumi/pulumi"]): string[] {
  // Types are counted too: leaving them out would need their resolution.
  const loaded = [...reachedFrom(entry, sources)].filter((file) =>
    importsOf(file, sources.get(file) ?? "").some(({ target }) => isPulumi(target)),
  );
  return [
    ...[...sources].flatMap(([file, text]) => fileBreaches(file, text, declared)),
    ...pureBreaches(sources),
    ...loaded.map((file) => `${entry} loads ${file}: ${house.pulumi}`),
    ...folderBreaches(sources),
  ];
}
