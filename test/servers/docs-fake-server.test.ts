// testing/README.md: its first test passes as it is printed, and the command prints what the page shows.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { blocksOf, top } from "../support/pages";
import { freePort } from "../support/ports";
import { run, start } from "../support/process";

const page = "testing/README.md";

test("the test at the top of the page passes", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-fake-page-"));
  try {
    const built = pathToFileURL(path.join(top, "dist/testing/index.js")).href;
    const [text = ""] = blocksOf(page, "js");
    writeFileSync(path.join(folder, "bot.test.mjs"), text.replace("pulumi-telegram/testing", built));
    const env = { ...process.env, NODE_OPTIONS: "", NODE_TEST_CONTEXT: undefined };
    const { code, stdout } = await run(process.execPath, ["--test", "bot.test.mjs"], { cwd: folder, env });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^. pass 1$/m) as string]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the command prints the lines of the page", async () => {
  const [port, controlPort] = [await freePort(), await freePort()];
  const command = path.join(top, "dist/cli/index.js");
  const args = ["fake", "--resolve-everything", "--port", `${port}`, "--control-port", `${controlPort}`];
  const fake = start(process.execPath, [command, ...args]);
  try {
    const lines = [/^Bot API .*$/, /^Page .*$/, /^Bot {6}.*$/, /^For a Pulumi program .*$/, /^Ctrl-C.*$/];
    const said: string[] = [];
    for (const line of lines) said.push((await fake.waitFor(line))[0]);
    const shown = said
      .join("\n")
      .replaceAll(`:${port}`, ":8081")
      .replaceAll(`:${controlPort}`, ":8082")
      .replace(/\d+(?=:[\w-]{30})/g, "6162786349")
      .replace(/:[\w-]{30,}/g, ":…")
      .replace(/@fake_\d+_bot/, "@fake_6162786349_bot");
    expect(blocksOf(page, "text")[0]).toBe(`${shown}\n`);
  } finally {
    await fake.stop();
  }
});
