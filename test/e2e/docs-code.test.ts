// The pages as who works on them has them: their TypeScript compiles, and npm run docs writes what the code says.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { blocksOf, codeIn, compileProblems, pages, read, rowsBelow, top } from "../support/pages";
import { run } from "../support/process";

const webhookPage = "docs/telegram-webhook.md";
const docs = (cwd: string, ...args: string[]) =>
  run(process.execPath, [path.join(top, "scripts/docs.mjs"), ...args], { cwd });
/** Each block of TypeScript on each page. */
const blocks = pages.flatMap((page) => blocksOf(page, "ts").map((text, at) => ({ page, number: at + 1, text })));
/** The lines of code that lead to the topologies, as one program in which the values are there already. */
const choicesPage = "docs/which-topology.md";
const choices = rowsBelow(choicesPage, "## Ask from the top").map(([, , cell]) => `${codeIn(cell).join("")};`);
const programOfChoices = `import { BotEndpoint, TelegramWebhook } from "pulumi-telegram";
import { LambdaEndpoint } from "pulumi-telegram/aws";
import { TunnelEndpoint, WorkerEndpoint } from "pulumi-telegram/cloudflare";
declare const handler: any, url: string, secretToken: string, hostname: string, accountId: string, upstream: string;
declare const zone: { name: string; zoneId: string };
${choices.join("\n")}`;
const examples = [...blocks, { page: choicesPage, number: 0, text: programOfChoices }];

test("every block of TypeScript on every page compiles; one that does not would be found", () => {
  const wrong = `import * as telegram from "pulumi-telegram"; new telegram.TelegramWebhook("bot", { url: 1 });`;
  expect([blocks.length > 10, choices.length > 6]).toEqual([true, true]);
  const [found, ...problems] = compileProblems([wrong, ...examples.map(({ text }) => text)]);
  expect(found).toEqual(["Type 'number' is not assignable to type 'Input<string>'."]);
  expect(examples.map((one, at) => ({ ...one, problems: problems[at] }))).toEqual(
    examples.map((one) => ({ ...one, problems: [] })),
  );
});

test("the tables are the ones that npm run docs makes", async () => {
  const { code, stderr } = await docs(top, "--check");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test("a page that is behind the code is found, and written again", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-docs-"));
  try {
    cpSync(path.join(top, "provider"), path.join(folder, "provider"), { recursive: true });
    cpSync(path.join(top, "components"), path.join(folder, "components"), { recursive: true });
    cpSync(path.join(top, "docs"), path.join(folder, "docs"), { recursive: true });
    cpSync(path.join(top, "README.md"), path.join(folder, "README.md"));
    writeFileSync(path.join(folder, webhookPage), read(webhookPage).replace("| default 41 |", "| default 40 |"));
    const found = await docs(folder, "--check");
    expect({ code: found.code, stderr: found.stderr }).toEqual({
      code: 1,
      stderr: `${webhookPage} is not what the code says: run npm run docs\n`,
    });
    expect((await docs(folder)).code).toBe(0);
    expect(readFileSync(path.join(folder, webhookPage), "utf8")).toBe(read(webhookPage));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a setting of a choice without a doc comment is refused", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-docs-"));
  try {
    for (const part of ["provider", "components", "docs", "README.md"])
      cpSync(path.join(top, part), path.join(folder, part), { recursive: true });
    const file = "provider/proxy/route/choices.ts";
    writeFileSync(path.join(folder, file), read(file).replace("/** Host name or IPv4 address of the machine. */", ""));
    const { code, stderr } = await docs(folder, "--check");
    expect(code).toBe(1);
    expect(stderr).toContain(`${file}: the setting host has no doc comment`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
