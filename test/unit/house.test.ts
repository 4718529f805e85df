// Who may import whom, and how files look: reads the sources and fails with the sentence of the house that was broken.
import { readFileSync } from "node:fs";
import path from "node:path";
import { logics } from "../../provider/registry";
import { breaches, entry, house, reachedFrom, sourcesIn } from "../support/house";
import type { Sources } from "../support/house";

test("the sources keep the rules of the house", () => {
  const manifest = JSON.parse(readFileSync(path.join(__dirname, "../../package.json"), "utf8")) as {
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

test("an address of this machine belongs to one file of tests: those that listen on it at once would be in each other's way", () => {
  const users = new Map<string, Set<string>>();
  for (const [file, text] of sourcesIn("test/servers", "test/engine", "test/e2e", "test/support")) {
    // 127.0.0.1 gives a free port to everybody who asks; networks end with 0
    for (const [address] of text.matchAll(/\b127(?:\.\d+){3}\b/g))
      if (!/^127\.0\.0\.1$|\.0$/.test(address)) users.set(address, (users.get(address) ?? new Set()).add(file));
  }
  const shared = [...users].filter(([, files]) => files.size > 1).map(([address, files]) => [address, ...files]);
  expect(shared).toEqual([]);
  expect(users.size).toBeGreaterThan(40);
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
  [
    "a constant that imports a system",
    "provider/constants/x.ts",
    'import { x } from "../telegram/rules";',
    house.constants,
  ],
  ["a constant that opens a file", "provider/constants/x.ts", 'import { x } from "node:fs";', house.constants],
  ["core that imports a constant", "provider/core/retry.ts", 'import { x } from "../constants/telegram";', house.core],
  ["x509 that imports a system", "provider/x509/pem.ts", 'import { x } from "../tls/rules";', house.x509],
  ["x509 that imports a check", "provider/x509/pem.ts", 'import { x } from "../probe/tls";', house.x509],
  ["probe that imports a system", "provider/probe/dns.ts", 'import { x } from "../telegram/rules";', house.probe],
  ["a host that imports a system", "provider/host/plugin.ts", 'import { x } from "../telegram/rules";', house.host],
  ["a host that imports the registry", "provider/host/plugin.ts", 'import { x } from "../registry";', house.host],
  ["a lifecycle with the registry", "provider/telegram/x.ts", 'import { logics } from "../registry";', house.registry],
  ["rules with the list of issuers", "provider/tls/x.ts", 'import { issuers } from "../issuers";', house.registry],
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
  ["acme that imports a system", "provider/acme/x.ts", 'import { x } from "../dns/rules";', house.acme],
  ["acme that dials by itself", "provider/acme/x.ts", 'import { request } from "node:https";', house.http],
  ["run that imports a system", "provider/run/x.ts", 'import { x } from "../telegram/rules";', house.run],
  ["a second way to start programs", "provider/proxy/x.ts", 'import { spawn } from "node:child_process";', house.child],
  ["a type of a program", "provider/run/x.ts", 'import type { ChildProcess } from "child_process";', house.child],
  ["a program in a component", "components/x.ts", 'const x = () => require("node:child_process");', house.child],
  ["a second client of the network", "provider/telegram/api.ts", 'import { request } from "undici";', house.undici],
  ["undici beside its one user", "provider/net/sdk.ts", 'import type { Agent } from "undici";', house.undici],
  [
    "a text that is masked only",
    "provider/telegram/x.ts",
    'import { redactor } from "../core/redact";',
    house.outgoing,
  ],
  ["a program's own line", "components/x.ts", "void pulumi.log.warn(text, this);", house.voice],
  ["a program's own refusal", "provider/host/resource.ts", "throw new pulumi.RunError(text);", house.voice],
  ["Node's fetch in a system", "provider/telegram/api.ts", 'const get = () => fetch("https://x");', house.http],
  ["Node's fetch by another name", "cli/x.ts", "const send = globalThis.fetch;", house.http],
  ["Node's fetch as an option", "provider/dns/x.ts", "newSdk({ fetch });", house.http],
  ["Node's https in a component", "components/x.ts", 'import { request } from "node:https";', house.http],
  ["Node's http required late", "provider/dns/x.ts", 'const http = () => require("http");', house.http],
  ["a package nobody declared", "provider/telegram/x.ts", 'import ts from "typescript";', house.declared],
  ["a part of a scoped package", "provider/telegram/x.ts", 'import x from "@peculiar/x509/sub";', house.declared],
  ["rules that ask", "provider/telegram/rules.ts", 'import { x } from "./api";', house.pure],
  ["fields that ask", "provider/telegram/webhook/fields.ts", 'export { x } from "../api";', house.pure],
  ["fields that open a file", "provider/telegram/webhook/fields.ts", 'import fs from "node:fs/promises";', house.pure],
  ["rules that dial", "provider/telegram/rules.ts", 'import { connect, isIP } from "node:net";', house.pure],
  ["rules that run a command", "provider/telegram/rules.ts", 'const x = () => require("child_process");', house.pure],
  ["fields that act", "provider/telegram/webhook/fields.ts", 'import { x } from "./lifecycle";', house.pure],
  [
    "a lifecycle in a lifecycle",
    "provider/telegram/x.ts",
    'import { x } from "./webhook/lifecycle";',
    house.lifecycleUsers,
  ],
  [
    "a lifecycle in the command",
    "cli/x.ts",
    'import { x } from "../provider/telegram/webhook/lifecycle";',
    house.lifecycleUsers,
  ],
  ["a class in a system", "provider/telegram/x.ts", 'import { x } from "./webhook/resource";', house.resourceUsers],
  [
    "a class in the command",
    "cli/x.ts",
    'import { x } from "../provider/telegram/webhook/resource";',
    house.resourceUsers,
  ],
])("%s is a breach", (_name, file, text, sentence) => {
  expect(breaches(repository(file, text)).join("\n")).toContain(`: ${sentence}`);
});

test.each([
  ["a warning of its own", 'context.warn("bot 1: it rains.");'],
  ["a template of its own", "bot.context.log(`${name}: done.`);"],
  ["a text that was put together before", "context.log(text);"],
  ["a line as a warning", "context.warn(lines.done({ name }));"],
  ["a line with something added", "context.log(`${lines.done({ name })} Good.`);"],
  ["a finding that warns in words of its own", 'return [warning("url", "is odd")];'],
  [
    "a finding that warns and is no warning()",
    'return [{ field: "url", says: previewWarnings.odd(), level: "warning" }];',
  ],
  ["a text by another name of the function", 'const { log } = context; log("done");'],
])("%s in a lifecycle is a breach", (_name, text) => {
  expect(breaches(repository("provider/telegram/webhook/lifecycle.ts", text)).join("\n")).toContain(house.notices);
});

test("what is declared, and what hands lines on, is no breach", () => {
  const text =
    'context.warn(warnings.failed({ name }));\ncontext.log(lines.done());\nconsole.log(line); say.warn(line);\nwarning("url", previewWarnings.odd());';
  expect(breaches(repository("provider/telegram/webhook/lifecycle.ts", text))).toEqual([]);
});

test.each(["provider/telegram", "components", "cli", "testing"])(
  "a file of %s that is too long is a breach",
  (folder) => {
    const sources = repository(`${folder}/x.ts`, "\n".repeat(299) + "export {};");
    expect(breaches(sources)).toEqual([`${folder}/x.ts has 301 lines: ${house.length}`]);
  },
);

test("what rules load far behind is a breach; a type of it, isIP and what is loaded late are none", () => {
  const sources = repository(
    "provider/telegram/rules.ts",
    'import { isIP } from "node:net";\nimport type { Api } from "./api";\nimport { x } from "../probe/deep";',
  );
  sources.set("provider/probe/deep.ts", '// Loads late.\nexport const x = () => require("node:tls") as unknown;');
  expect(breaches(sources)).toEqual([]);
  sources.set("provider/probe/deep.ts", '// Goes one step further.\nimport { connect } from "node:tls";');
  expect(breaches(sources)).toEqual([
    `provider/telegram/rules.ts loads node:tls through provider/probe/deep.ts: ${house.pure}`,
  ]);
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
