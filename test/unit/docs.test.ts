// The pages say what the code says: tables, example, messages, links, commands and paths.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { checkInputs, rowsOf } from "../../provider/core/fields";
import type { Schema } from "../../provider/core/schema";
import { isUnknown, unknownValue } from "../../provider/host/unknown";
import { servers as serverModules } from "../../provider/proxy/servers";
import { logics } from "../../provider/registry";
import { webhookFields } from "../../provider/telegram/webhook/fields";
import {
  blocksOf,
  codeIn,
  declaredTexts,
  everyFailure,
  fragments,
  messagesIn,
  pages,
  piecesOf,
  read,
  rowsBelow,
  top,
  transpiled,
} from "../support/pages";
import { start } from "../support/process";

const webhookPage = "docs/telegram-webhook.md";
const secretPage = "docs/webhook-secret.md";
const certificatePage = "docs/tls-certificate.md";
const authorityPage = "docs/certificate-authority.md";
const accountPage = "docs/acme-account.md";
const routePage = "docs/proxy-route.md";
const recordPage = "docs/dns-record.md";

/** The page of each resource: its logic, and what its outputs begin with before the facts. */
const resources = [
  { page: webhookPage, logic: logics.TelegramWebhook, derived: ["botId", "tokenFingerprint"] },
  { page: secretPage, logic: logics.WebhookSecret, derived: [] },
  { page: certificatePage, logic: logics.TlsCertificate, derived: [] },
  { page: authorityPage, logic: logics.CertificateAuthority, derived: [] },
  { page: accountPage, logic: logics.AcmeAccount, derived: [] },
  { page: routePage, logic: logics.ProxyRoute, derived: ["installation", "machine", "url"] },
  { page: recordPage, logic: logics.DnsRecord, derived: ["vendor", "fqdn"] },
].map(({ page, logic, derived }) => ({
  page,
  rows: rowsOf<object>(logic.fields),
  outputs: [...derived, ...Object.keys(logic.facts)],
}));
const nameIn = ([cell = ""]: string[]) => cell.replaceAll("`", "");

test("the settings of a choice are those of its schema, with their types, defaults and secrets", () => {
  const choices = resources.flatMap(({ page, rows }) =>
    rows.flatMap(([name, row]) => (row.choice ? [{ page, name, choice: row.choice }] : [])),
  );
  expect(choices.map(({ name }) => name)).toEqual(["tokenFrom", "issuer", "server", "on", "tls", "via"]);
  for (const { page, name, choice } of choices) {
    const shown = rowsBelow(page, `<!-- settings of ${name} -->`).map((row) => row.slice(0, 4));
    expect(shown).toEqual((choice.schema().oneOf ?? []).flatMap((one) => settingsIn(one)));
  }
});

/** The rows that a branch must have in the table of settings; a word has none. `before`: the setting that it is inside of. */
function settingsIn({ properties = {} }: Schema, before = ""): string[][] {
  return Object.entries(properties).flatMap(([key, declared]) => {
    const branch = before + key;
    const type = (one: Schema) => (one.items ? "list of strings" : (one.type ?? ""));
    const isSecret = (one: Schema) => (one.secret ? "yes" : "");
    if (declared.type !== "object") return [[`\`${branch}\``, type(declared), "", isSecret(declared)]];
    const leaves = Object.entries(declared.properties ?? {});
    if (leaves.length === 0) return [[`\`${branch}\``, "`{}`", "", ""]];
    return leaves.flatMap(([name, leaf]) => {
      const setting = `${branch}.${name}`;
      const given = declared.required?.includes(name) ? "required" : givenOf(leaf, setting);
      if (ofAnotherPage.includes(name) && leaf.oneOf) return [[`\`${setting}\``, "object", given, ""]];
      if (leaf.oneOf) return leaf.oneOf.flatMap((one) => settingsIn(one, `${setting}.`));
      if (leaf.type === "object") return settingsIn({ properties: { [setting]: leaf } });
      return [[`\`${setting}\``, type(leaf), given, isSecret(leaf)]];
    });
  });
}

/** A choice that is an argument of another resource has its table there. */
const ofAnotherPage = ["via", "server", "on"];

/** What ssh does by itself is said in words: no default of ours. */
const ofSsh: Record<string, string> = { "ssh.port": "22", "ssh.user": "root", "ssh.useConfig": "false" };
function givenOf(leaf: Schema, name: string): string {
  if (ofSsh[name] !== undefined) return `default ${ofSsh[name]}`;
  if (leaf.default === undefined) return "optional";
  const text = JSON.stringify(leaf.default).replaceAll(",", ", ");
  return `default ${typeof leaf.default === "boolean" ? text : `\`${text}\``}`;
}

test.each(resources)("$page: the arguments are the rows of the list of fields, in its order", ({ page, rows }) => {
  const fields = rows.filter(([, row]) => !row.derived);
  expect(rowsBelow(page, "<!-- arguments -->").map(nameIn)).toEqual(fields.map(([name]) => name));
});

test.each(resources)("$page: what is required, or the default, is so in the list of fields", ({ page, rows }) => {
  const given = Object.fromEntries(rowsBelow(page, "<!-- arguments -->").map((row) => [nameIn(row), row[2]]));
  const words: Record<string, string> = { allowedUpdates: '`"default"`', preflight: "all" }; // stored as [] and {}
  for (const [name, row] of rows) {
    if (row.derived) continue;
    const value = words[name] ?? String(row.default);
    const expected = row.default === undefined ? "optional" : `default ${value}`;
    expect(`${name}: ${given[name]}`).toBe(`${name}: ${row.required ? "required" : expected}`);
  }
});

test.each(resources)("$page: the outputs are what follows from the arguments, and every fact", ({ page, outputs }) => {
  expect(rowsBelow(page, "<!-- outputs -->").map(nameIn)).toEqual(outputs);
});

test("every argument stands in exactly one row of what a change does", () => {
  const changed = rowsBelow(webhookPage, "## What a change does").flatMap(([cell = ""], at) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => `${name} ${at}`),
  );
  for (const [name, row] of rowsOf(webhookFields)) {
    if (row.derived || name === "token" || name === "expectBot" || name === "tokenFrom") continue; // in two: by which bot it is
    const rows = changed.filter((entry) => entry.startsWith(`${name} `)).map((entry) => Number(entry.split(" ")[1]));
    const expected = { createThenDelete: [1], deleteThenCreate: [2], update: [expect.any(Number) as number] };
    expect([name, rows]).toEqual([name, expected[row.onChange ?? "update"]]);
  }
});

/** Runs the example of a page on mocks: what it registers, after check, and what it exports. */
async function runExample(page: string, facts: Record<string, object> = {}) {
  const registered: pulumi.runtime.MockResourceArgs[] = [];
  await pulumi.runtime.setMocks({
    newResource: (resource) => {
      registered.push(resource);
      return { id: "id", state: { ...(resource.inputs as object), ...facts[resource.name] } };
    },
    call: ({ inputs }) => inputs as object,
  });
  const token = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
  const url = "https://bots.example.com/tg/x";
  pulumi.runtime.setAllConfig(
    {
      "project:url": url,
      "project:secretToken": "a-secret",
      "project:cloudflareToken": "a-token",
      "telegram:token": token,
    },
    ["project:secretToken", "telegram:token"],
  );
  const exported: Record<string, unknown> = {};
  const load = (name: string): unknown => (name === "pulumi-telegram" ? require("../../index") : require(name));
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- the page's program
  new Function("exports", "require", transpiled(blocksOf(page, "ts")[0] ?? ""))(exported, load);
  await pulumi.runtime.disconnect();
  const glance = { isUnknown, unknown: unknownValue, now: new Date() };
  const checked = registered.map(({ type, name, inputs }) => {
    const args = Object.entries(inputs as object).map(([key, value]: [string, unknown]) => [
      key,
      pulumi.runtime.unwrapRpcSecret(value) as unknown,
    ]);
    const logic = logics[type.split(":").at(-1) as keyof typeof logics] as Parameters<typeof checkInputs>[0];
    const own = args.filter(([key]) => key !== "__declared" && key !== "__provider");
    return { name, type, ...checkInputs(logic, Object.fromEntries(own) as Record<string, unknown>, glance) };
  });
  return { checked, exported };
}

test(`${webhookPage}: the example registers a secret and a webhook that uses it, without a warning`, async () => {
  const { checked, exported } = await runExample(webhookPage, {
    secret: { current: "a-secret", accepted: ["a-secret"] },
  });
  expect(checked).toMatchObject([
    { type: "pulumi-nodejs:dynamic/telegram:WebhookSecret", name: "secret", findings: [] },
    {
      type: "pulumi-nodejs:dynamic/telegram:TelegramWebhook",
      name: "bot",
      findings: [],
      inputs: { url: "https://bots.example.com/telegram", botId: "123456789", secretToken: "a-secret" },
    },
  ]);
  expect(Object.keys(exported)).toEqual(["botId", "secrets"]);
});

test(`${secretPage}: the example registers a secret and a webhook that uses it, and exports the list`, async () => {
  const facts = { "bot-secret": { current: "new", accepted: ["new", "old"] } };
  const { checked, exported } = await runExample(secretPage, facts);
  expect(checked).toMatchObject([
    { type: "pulumi-nodejs:dynamic/telegram:WebhookSecret", name: "bot-secret", findings: [] },
    { type: "pulumi-nodejs:dynamic/telegram:TelegramWebhook", findings: [], inputs: { secretToken: "new" } },
  ]);
  const { WEBHOOK_SECRETS } = exported["environment"] as { WEBHOOK_SECRETS: pulumi.Output<string> };
  expect(await new Promise((resolve) => WEBHOOK_SECRETS.apply(resolve))).toBe("new,old");
});

test(`${routePage}: the example registers a route that check accepts, and a webhook that uses its url and the secret`, async () => {
  const url = "https://bots.example.com/tg/4f1c9a";
  const facts = { "bot-secret": { current: "new", accepted: ["new", "old"] }, "bot-route": { url } };
  const { checked } = await runExample(routePage, facts);
  expect(checked).toMatchObject([
    { type: "pulumi-nodejs:dynamic/telegram:WebhookSecret" },
    { type: "pulumi-nodejs:dynamic/telegram:ProxyRoute", findings: [], inputs: { secretTokens: ["new", "old"], url } },
    { type: "pulumi-nodejs:dynamic/telegram:TelegramWebhook", findings: [], inputs: { secretToken: "new", url } },
  ]);
});

test.each(serverModules.map(({ name }) => name))(
  "%s has a page, which the page of the route and the README lead to",
  (name) => {
    expect(read(`docs/${name}.md`)).toContain(`server: { ${name}: {} }`);
    expect(read(routePage)).toContain(`](${name}.md)`);
    expect(read("README.md")).toContain(`](docs/${name}.md)`);
  },
);

test(`${recordPage}: the example registers a record that check accepts, and a webhook at its name`, async () => {
  const facts = { "bot-name": { fqdn: "bots.example.com", publishedAt: "2026-11-21T12:00:00Z" } };
  const { checked } = await runExample(recordPage, facts);
  expect(checked).toMatchObject([
    { type: "pulumi-nodejs:dynamic/telegram:DnsRecord", findings: [], inputs: { fqdn: "bots.example.com" } },
    { type: "pulumi-nodejs:dynamic/telegram:TelegramWebhook", inputs: { url: "https://bots.example.com/tg/x" } },
  ]);
});

test(`${secretPage}: the bot accepts each secret of the list and nothing else`, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-docs-"));
  const file = path.join(folder, "bot.mjs");
  writeFileSync(file, blocksOf(secretPage, "js")[0] ?? "");
  const env = { ...process.env, WEBHOOK_SECRETS: "new-one,old-one", PORT: "0" };
  const bot = start(process.execPath, [file], { env });
  try {
    const [, port] = await bot.waitFor(/the bot listens on (\d+)/);
    const answers = ["new-one", "old-one", "older-one", "new-one,old-one", "", undefined].map(async (secret) => {
      const headers = secret === undefined ? {} : { "x-telegram-bot-api-secret-token": secret };
      return (await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers })).status;
    });
    expect(await Promise.all(answers)).toEqual([200, 200, 401, 401, 401, 401]);
  } finally {
    await bot.stop();
    rmSync(folder, { recursive: true });
  }
});

const messages = messagesIn("provider");

test.each([
  { page: webhookPage, least: 20 },
  { page: secretPage, least: 5 },
  { page: routePage, least: 15 },
  { page: recordPage, least: 15 },
])("$page: the messages are the ones in the code", ({ page, least }) => {
  const pieces = rowsBelow(page, "## Errors").flatMap(([cell]) => codeIn(cell).flatMap(piecesOf));
  expect(pieces.length).toBeGreaterThanOrEqual(least);
  expect(pieces.filter((piece) => !messages.includes(piece))).toEqual([]);
});

test.each([
  { page: webhookPage, least: 11 },
  { page: routePage, least: 11 },
  { page: recordPage, least: 11 },
  { page: accountPage, least: 8 },
  { page: certificatePage, least: 8 },
])("$page: a message with a code is declared with that code", ({ page, least }) => {
  // What a vendor's own answers mean stands with the vendor.
  const vendors = messagesIn("provider/dns/vendors");
  const coded = rowsBelow(page, "## Errors").filter(([, code]) => codeIn(code).length > 0);
  expect(coded.length).toBeGreaterThanOrEqual(least);
  const strays = coded.flatMap(([cell, code]) => {
    const texts = codeIn(code).map(declaredTexts).join("\n") + vendors;
    return codeIn(cell)
      .flatMap(piecesOf)
      .filter((piece) => !texts.includes(piece));
  });
  expect(strays).toEqual([]);
});

test("every code of a failure is on a page, and no other", () => {
  const told = [webhookPage, routePage, recordPage, accountPage, certificatePage]
    .flatMap((page) => rowsBelow(page, "## Errors"))
    .flatMap(([, cell = ""]) => cell.replaceAll("`", "") || []);
  expect([...new Set(told)].sort()).toEqual([...everyFailure().keys()].sort());
});

test("every environment variable on a page is read by the code", () => {
  const named = pages.flatMap((page) => read(page).match(/\b(?:TELEGRAM|PULUMI)_[A-Z_]+\b(?!_?\*)/g) ?? []);
  const pulumis = ["scripts/engine/environment.js", "test/support/pulumi.ts", "test/engine/docs-secrets.test.ts"];
  // Of Pulumi's command alone, and no test logs in: https://www.pulumi.com/docs/iac/cli/environment-variables/ (November 2026).
  const sources = `${messages} PULUMI_ACCESS_TOKEN ${pulumis.map((file) => read(file)).join("\n")}`;
  expect([...new Set(named)].filter((name) => !sources.includes(name))).toEqual([]);
});

/** What a page says that is not there: links, commands and paths. */
function missingIn(page: string, text: string): string[] {
  const missing: string[] = [];
  for (const [, link = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(link)) continue;
    const [file = "", fragment] = link.split("#");
    const target = file === "" ? page : path.posix.join(path.posix.dirname(page), file);
    if (!existsSync(path.join(top, target))) missing.push(`link ${link}`);
    else if (fragment !== undefined && !fragments(target).includes(fragment)) missing.push(`link ${link}`);
  }
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  for (const [command, name = ""] of text.matchAll(/\bnpm (?:run )?(start|test|(?<=run )[\w-]+)/g)) {
    const [, file] = /^node (?!dist\/)(\S+)/.exec(scripts[name] ?? "") ?? [];
    if (scripts[name] === undefined) missing.push(command);
    else if (file !== undefined && !existsSync(path.join(top, file))) missing.push(`${command}: ${file}`);
  }
  const code = [...text.matchAll(/`([^`\n]+)`|^ {4}(.+)$|^```\w*\n([^]*?)^```/gm)];
  for (const word of code.flatMap(([, span, line, block]) => (span ?? line ?? block ?? "").split(/[\s"'()]+/))) {
    const name = word.replace(/[,;.]$/, "");
    if (!/^(?:\.?\w[\w.-]*\/)[\w./-]*$/.test(name) || !topFolders.includes(name.split("/")[0] ?? "")) continue;
    if (!existsSync(path.join(top, name))) missing.push(`path ${name}`);
  }
  return [...new Set(missing)];
}

const topFolders = readdirSync(top, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !["node_modules", "dist", ".git"].includes(entry.name))
  .map((entry) => entry.name);

test.each(pages)("the links, commands and paths in %s exist", (page) => {
  expect(missingIn(page, read(page))).toEqual([]);
});

test("a link, command or path that is not there is found", () => {
  const text = [
    "[a](../README-x.md) [b](#arguments) [c](#no-such) [d](https://example.com/x)",
    "Run `npm run nothing`, `npm test -- unit test/unit/nothing`, `npm run docs`.",
    "    node scripts/nothing.mjs scripts/docs.mjs",
    "`provider/nothing.ts`, `provider/core/`, `provider/<system>/api.ts`, `a/b`.",
  ].join("\n");
  expect(missingIn(webhookPage, text)).toEqual([
    "link ../README-x.md",
    "link #no-such",
    "npm run nothing",
    "path test/unit/nothing",
    "path scripts/nothing.mjs",
    "path provider/nothing.ts",
  ]);
});

test("no page names a folder of somebody's machine or a registry", () => {
  for (const page of pages) expect(read(page)).not.toMatch(/\/home\/|\/root\/|\/work\/|registry\.npmjs|~\/\.npm/);
});
