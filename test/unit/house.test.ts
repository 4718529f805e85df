// Who may import whom, and how files look: reads the sources and fails with the sentence of the house that was broken.
import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import ts from "typescript";
import { logics } from "../../provider/registry";
import { sourcesIn } from "../support/house";
import type { Sources } from "../support/house";

const top = path.join(__dirname, "../..");

/** The rules, as sentences. */
const house = {
  systems:
    "one system never imports another; a rule that two need lives in core/, facts/, x509/ or probe/, or is handed in by registry.ts",
  core: "core/ serves every system: it imports no system, no host and no Pulumi",
  facts: "facts/ says what the world outside does, once, for every system: it imports core/ only",
  x509: "x509/ reads and makes certificates for every system: it imports core/ only",
  probe: "probe/ serves every system: it imports core/, facts/ and x509/ only",
  host: "host/ stands between Logic and Pulumi: it imports core/ only",
  registry: "registry.ts is for resource.ts and the provider's entry: what a system needs is handed in",
  testingApart: "testing/ imports nothing of ours: if both read one file, a wrong belief is right twice",
  testingUnused: "nothing of ours imports testing/, but cli/ starts its command",
  cliUnused: "nothing of ours imports cli/",
  pulumi:
    "only resource.ts, settings.ts, info.ts, host/resource.ts and components/ import @pulumi/pulumi: the provider's entry never loads it",
  net: "net/ serves every system: it imports core/ only",
  undici: "net/http.ts is the one way out over HTTP: nothing else imports undici",
  http: "only net/ and probe/ send requests over HTTP: others are handed a client, and have no fetch and no http of Node's",
  declared: "what is shipped imports only what package.json declares as a dependency",
  firstLine: "a file has one job, told in its first line",
  length: "a file of provider/ has at most 300 lines",
  resource: "a resource folder holds fields.ts, lifecycle.ts and resource.ts",
};

const longest = 300;
const shared = ["core", "facts", "x509", "probe", "net", "host"];
/** Folders of a system that hold no resource: one file per vendor or server. */
const collections = ["vendors", "servers"];
const threeFiles = ["fields.ts", "lifecycle.ts", "resource.ts"];
const entry = "provider/index.ts";

/** What a source imports, in any way: type imports, re-exports, require() and import() too. */
function importsOf(file: string, text: string): string[] {
  const found: string[] = [];
  const note = (node: ts.Node | undefined) => {
    if (node && ts.isStringLiteralLike(node)) found.push(node.text);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) note(node.moduleSpecifier);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) note(node.argument.literal);
    if (ts.isExternalModuleReference(node)) note(node.expression);
    if (ts.isCallExpression(node)) {
      const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword;
      if (isImport || /^require(\.resolve)?$/.test(node.expression.getText())) note(node.arguments[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true));
  return found.map((name) => (name.startsWith(".") ? path.posix.join(path.posix.dirname(file), name) : name));
}

/** Whether it calls or hands on the fetch of Node's: an argument or option of that name is none. */
function usesFetch(file: string, text: string): boolean {
  let isFound = false;
  const visit = (node: ts.Node): void => {
    const { parent } = node;
    if (ts.isIdentifier(node) && node.text === "fetch") {
      const isOption = (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent)) && parent.name === node;
      const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node;
      const isGlobal = isMember && /^(?:globalThis|global)$/.test(parent.expression.getText());
      if (isMember ? isGlobal : !isOption) isFound = true;
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true));
  return isFound;
}

/** The system a file belongs to: "provider/telegram/rules" is of "telegram". */
function systemOf(file: string): string | undefined {
  const [, folder] = /^provider\/([^/]+)\//.exec(file) ?? [];
  return folder !== undefined && !shared.includes(folder) ? folder : undefined;
}

const isIn = (folder: string) => (file: string) => file === folder || file.startsWith(`${folder}/`);
const isOurs = (file: string) => ["provider", "components", "cli", "testing", "index"].some((name) => isIn(name)(file));
const isPulumi = (name: string) => name.startsWith("@pulumi/");
const isHttp = (name: string) => /^(?:node:)?(?:https?|http2)$/.test(name);
const mayUseHttp = (file: string) => ["testing", "provider/net", "provider/probe"].some((name) => isIn(name)(file));
const isBuiltIn = (name: string) => name.startsWith("node:") || builtinModules.includes(name);
const mayImportPulumi = (file: string) =>
  isIn("components")(file) ||
  file === "provider/host/resource.ts" ||
  /^provider\/[^/]+\/(?:settings|info|[^/]+\/resource)\.ts$/.test(file);

function importProblem(file: string, target: string, declared: readonly string[]): string | undefined {
  const isShipped = isOurs(file.replace(/\.ts$/, ""));
  if (!isShipped) return undefined;
  const [system, targetSystem] = [systemOf(file), systemOf(target)];
  const isRelative = isOurs(target);
  if (isIn("testing")(file) && !isIn("testing")(target) && !isBuiltIn(target)) return house.testingApart;
  const isCommand = isIn("cli")(file) && target === "testing/cli";
  if (!isIn("testing")(file) && isIn("testing")(target) && !isCommand) return house.testingUnused;
  if (!isIn("cli")(file) && isIn("cli")(target)) return house.cliUnused;
  if (isHttp(target)) return mayUseHttp(file) ? undefined : house.http;
  if (isIn("provider/core")(file) && !isIn("provider/core")(target) && !isBuiltIn(target)) return house.core;
  if (isPulumi(target)) return mayImportPulumi(file) ? undefined : house.pulumi;
  if (isIn("provider/probe")(file) && isRelative && !/^provider\/(?:core|facts|x509|probe)\//.test(target))
    return house.probe;
  if (isIn("provider/x509")(file) && isRelative && !/^provider\/(?:core|x509)\//.test(target)) return house.x509;
  if (isIn("provider/net")(file) && isRelative && !/^provider\/(?:core|net)\//.test(target)) return house.net;
  if (isIn("provider/facts")(file) && !isIn("provider/core")(target)) return house.facts;
  if (isIn("provider/host")(file) && isRelative && !/^provider\/(?:core|host)\//.test(target)) return house.host;
  if (target === "undici") return file === "provider/net/http.ts" ? undefined : house.undici;
  if (system && targetSystem && system !== targetSystem) return house.systems;
  if (system && target === "provider/registry" && !file.endsWith("/resource.ts")) return house.registry;
  if (target === "pulumi-telegram/package.json") return undefined; // the version, by the package's own name
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? target;
  if (!isRelative && !isBuiltIn(target) && !declared.includes(name)) return house.declared;
  return undefined;
}

/** The files that a file loads, itself included. Types are counted too: leaving them out would need their resolution. */
function reachedFrom(file: string, sources: Sources, seen = new Set<string>()): Set<string> {
  const text = sources.get(file);
  if (text === undefined || seen.has(file)) return seen;
  seen.add(file);
  for (const target of importsOf(file, text)) {
    for (const name of [`${target}.ts`, `${target}/index.ts`]) reachedFrom(name, sources, seen);
  }
  return seen;
}

/** Every breach: "file imports target: sentence". */
function breaches(sources: Sources, declared: readonly string[] = ["undici", "@pulumi/pulumi"]): string[] {
  const found: string[] = [];
  for (const [file, text] of sources) {
    for (const target of importsOf(file, text)) {
      const says = importProblem(file, target, declared);
      if (says) found.push(`${file} imports ${target}: ${says}`);
    }
    const isOurCode = isOurs(file.replace(/\.ts$/, "")) && !mayUseHttp(file);
    if (isOurCode && usesFetch(file, text)) found.push(`${file} uses fetch: ${house.http}`);
    const [first = "", second = ""] = text.split("\n");
    if (!/^\/\/ \S.{9,}/.test(first.startsWith("#!") ? second : first)) found.push(`${file}: ${house.firstLine}`);
    const lines = text.trimEnd().split("\n").length;
    if (isIn("provider")(file) && lines > longest) found.push(`${file} has ${lines} lines: ${house.length}`);
  }
  for (const file of reachedFrom(entry, sources)) {
    if (importsOf(file, sources.get(file) ?? "").some(isPulumi)) found.push(`${entry} loads ${file}: ${house.pulumi}`);
  }
  const folders = new Set([...sources.keys()].filter(systemOf).map((file) => path.posix.dirname(file)));
  for (const folder of folders) {
    const [, , name, deeper] = folder.split("/");
    if (name === undefined || deeper !== undefined || collections.includes(name)) continue;
    const missing = threeFiles.filter((one) => !sources.has(`${folder}/${one}`));
    if (missing.length > 0) found.push(`${folder} has no ${missing.join(", ")}: ${house.resource}`);
  }
  return found;
}

test("the sources keep the rules of the house", () => {
  const manifest = JSON.parse(readFileSync(path.join(top, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
    peerDependencies: Record<string, string>;
  };
  const declared = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)];
  const sources = sourcesIn(
    "index.ts",
    "provider",
    "components",
    "cli",
    "testing",
    "scripts",
    "bench",
    "examples",
    "test",
  );
  expect(sources.size).toBeGreaterThan(40);
  expect(reachedFrom(entry, sources)).toContain("provider/telegram/webhook/lifecycle.ts");
  expect(breaches(sources, declared)).toEqual([]);
});

test.each(Object.keys(logics))("%s answers the table of questions on the real engine", (type) => {
  const file = `test/engine/${type.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}.questions.test.ts`;
  expect(sourcesIn("test/engine").get(file) ?? `there is no ${file}`).toContain(`answerAll("${type}", {`);
});

/** A small repository without a breach, and one file that is changed or added. */
function repository(file?: string, text = ""): Sources {
  const line = "// Does one thing, told here.\n";
  const good = new Map<string, string>([
    ["index.ts", `${line}export { Hook } from "./provider/telegram/webhook/resource";`],
    [entry, `${line}import { logics } from "./registry";\nimport { host } from "./host/dynamic";`],
    ["provider/registry.ts", `${line}const load = () => require("./telegram/webhook/lifecycle") as unknown;`],
    ["provider/core/fields.ts", `${line}import { isDeepStrictEqual } from "node:util";`],
    ["provider/host/dynamic.ts", `${line}import { check } from "../core/fields";`],
    ["provider/host/resource.ts", `${line}import * as pulumi from "@pulumi/pulumi";`],
    ["provider/net/http.ts", `${line}import { request } from "undici";\nimport { STATUS_CODES } from "node:http";`],
    ["provider/probe/http-request.ts", `${line}import https from "node:https";`],
    ["provider/telegram/api.ts", `${line}import { jsonOf } from "../net/answer";\nnewSdk({ fetch: ours }).fetch();`],
    ["provider/telegram/webhook/fields.ts", `${line}import { check } from "../../core/fields";`],
    ["provider/telegram/webhook/lifecycle.ts", `${line}import type { Api } from "../api";`],
    ["provider/telegram/webhook/resource.ts", `${line}import { logics } from "../../registry";`],
    ["cli/index.ts", `#!/usr/bin/env node\n${line}const fake = () => require("../testing/cli") as unknown;`],
    ["testing/server.ts", `${line}import { createServer } from "node:http";`],
  ]);
  return file === undefined ? good : good.set(file, line + text);
}

test("a repository that keeps the rules has no breach", () => {
  expect(breaches(repository())).toEqual([]);
});

test.each([
  ["a system that imports another", "provider/dns/rules.ts", 'import { x } from "../telegram/rules";', house.systems],
  ["a type from another system", "provider/dns/rules.ts", 'import type { X } from "../telegram/api";', house.systems],
  ["a re-export of another system", "provider/dns/rules.ts", 'export * from "../telegram/rules";', house.systems],
  ["a system required late", "provider/dns/rules.ts", 'const x = () => require("../telegram/api");', house.systems],
  ["a system in a type", "provider/dns/rules.ts", 'type X = typeof import("../telegram/api");', house.systems],
  ["core that imports a system", "provider/core/retry.ts", 'import { x } from "../telegram/api";', house.core],
  ["core that imports Pulumi", "provider/core/retry.ts", 'import * as pulumi from "@pulumi/pulumi";', house.core],
  ["core that imports the host", "provider/core/retry.ts", 'import { x } from "../host/dynamic";', house.core],
  ["a fact that imports a system", "provider/facts/x.ts", 'import { x } from "../telegram/rules";', house.facts],
  ["a fact that opens a file", "provider/facts/x.ts", 'import { x } from "node:fs";', house.facts],
  ["core that imports a fact", "provider/core/retry.ts", 'import { x } from "../facts/telegram";', house.core],
  ["x509 that imports a system", "provider/x509/pem.ts", 'import { x } from "../tls/rules";', house.x509],
  ["x509 that imports a check", "provider/x509/pem.ts", 'import { x } from "../probe/tls";', house.x509],
  ["probe that imports a system", "provider/probe/dns.ts", 'import { x } from "../telegram/rules";', house.probe],
  ["a host that imports a system", "provider/host/plugin.ts", 'import { x } from "../telegram/rules";', house.host],
  ["a host that imports the registry", "provider/host/plugin.ts", 'import { x } from "../registry";', house.host],
  ["a lifecycle with the registry", "provider/telegram/x.ts", 'import { logics } from "../registry";', house.registry],
  [
    "the fake server with our rules",
    "testing/x.ts",
    'import { x } from "../provider/telegram/rules";',
    house.testingApart,
  ],
  ["the fake server with a package", "testing/x.ts", 'import { x } from "undici";', house.testingApart],
  [
    "a provider that imports the fake",
    "provider/core/x.ts",
    'import { x } from "../../testing/api";',
    house.testingUnused,
  ],
  ["the surface with the fake", "index.ts", 'export { x } from "./testing/server";', house.testingUnused],
  ["the command with the inside of the fake", "cli/x.ts", 'import { x } from "../testing/api";', house.testingUnused],
  ["a system that imports the command", "provider/dns/x.ts", 'import { x } from "../../cli/report";', house.cliUnused],
  ["the surface with the command", "index.ts", 'export { x } from "./cli/report";', house.cliUnused],
  ["Pulumi in the command", "cli/x.ts", 'import * as pulumi from "@pulumi/pulumi";', house.pulumi],
  ["Pulumi in a system's rules", "provider/telegram/x.ts", 'import { Output } from "@pulumi/pulumi";', house.pulumi],
  ["Pulumi behind a sub-path", "provider/host/dynamic.ts", 'import x from "@pulumi/pulumi/dynamic";', house.pulumi],
  ["net that imports a system", "provider/net/x.ts", 'import { x } from "../telegram/rules";', house.net],
  ["a second client of the network", "provider/telegram/api.ts", 'import { request } from "undici";', house.undici],
  ["undici beside its one user", "provider/net/sdk.ts", 'import type { Agent } from "undici";', house.undici],
  ["Node's fetch in a system", "provider/telegram/api.ts", 'const get = () => fetch("https://x");', house.http],
  ["Node's fetch by another name", "cli/x.ts", "const send = globalThis.fetch;", house.http],
  ["Node's fetch as an option", "provider/dns/x.ts", "newSdk({ fetch });", house.http],
  ["Node's https in a component", "components/x.ts", 'import { request } from "node:https";', house.http],
  ["Node's http required late", "provider/dns/x.ts", 'const http = () => require("http");', house.http],
  ["a package nobody declared", "provider/telegram/x.ts", 'import ts from "typescript";', house.declared],
  ["a part of a scoped package", "provider/telegram/x.ts", 'import x from "@peculiar/x509/sub";', house.declared],
  ["a file that is too long", "provider/telegram/x.ts", "\n".repeat(300) + "export {};", house.length],
])("%s is a breach", (_name, file, text, sentence) => {
  expect(breaches(repository(file, text)).join("\n")).toContain(`: ${sentence}`);
});

test("Pulumi behind the provider's entry is a breach, however far behind", () => {
  const sources = repository(entry, 'import { x } from "./telegram/deep";');
  sources.set("provider/telegram/deep.ts", '// Goes one step further.\nimport { y } from "../host/resource";');
  expect(breaches(sources)).toEqual([`${entry} loads provider/host/resource.ts: ${house.pulumi}`]);
});

test("a resource folder without one of the three files is a breach; a folder of vendors is not", () => {
  const sources = repository("provider/dns/record/fields.ts");
  sources.set("provider/dns/vendors/cloudflare.ts", "// Speaks to one vendor.\n");
  expect(breaches(sources)).toEqual([`provider/dns/record has no lifecycle.ts, resource.ts: ${house.resource}`]);
});

test("a file that does not begin with its job is a breach; a line for the shell may come first", () => {
  const sources = repository();
  sources.set("provider/telegram/x.ts", 'import { isIP } from "node:net";\n');
  sources.set("testing/cli.ts", "#!/usr/bin/env node\n// Starts the server for people.\n");
  expect(breaches(sources)).toEqual([`provider/telegram/x.ts: ${house.firstLine}`]);
});
