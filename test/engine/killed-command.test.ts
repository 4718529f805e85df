// What a killed command leaves: processes, which are gone before a test goes on, and files, which docs/runbook.md knows how to mend.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { codeIn, piecesOf, rowsBelow } from "../support/pages";
import { until } from "../support/until";
import { both, testBot, webhookProject } from "../support/webhooks";
import type { TestBot, WebhookProject } from "../support/webhooks";

const { familyOf, isRunning } = require("../../scripts/lib/family.js") as {
  familyOf: (pid: number) => Map<number, string>;
  isRunning: (pid: number, born: string) => boolean;
};

let telegram: FakeTelegram;
let project: WebhookProject;
let bot: TestBot;
let stackFile: string;

beforeAll(async () => {
  telegram = await startFakeTelegram();
  project = await webhookProject();
  bot = testBot(telegram);
  project.declare({ bot: bot.args });
  await project.up();
  const backend = path.join(project.directory, "..", "state", ".pulumi");
  stackFile = path.join(backend, "stacks", "test", "test.json");
});
afterAll(async () => {
  await project.dispose();
  await telegram.close();
});

test("a killed command, its language host and its provider are gone before the test goes on, and the next up ends well", async () => {
  telegram.fault({ botId: bot.id, method: "setWebhook", kind: "slow", milliseconds: 10_000 });
  project.declare({ bot: { ...bot.args, maxConnections: 7 } });
  telegram.clearJournal();
  const running = project.start(["up", "--yes", "--skip-preview"]);
  await until(() => telegram.journal({ botId: bot.id, method: "setWebhook" }).length > 0, 60);
  const family = familyOf(running.pid);
  const commands = [...family.keys()].map((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  for (const member of ["pulumi-language-nodejs", "dynamic-provider"]) {
    expect(commands.filter((command) => command.includes(member))).not.toEqual([]);
  }
  running.kill("SIGKILL");
  await project.recover();
  expect([...family].filter(([pid, born]) => isRunning(pid, born))).toEqual([]);
  await project.up();
  expect(telegram.state(bot.id)).toMatchObject({ url: bot.url, maxConnections: 7 });
});

const said: string[] = [];
const fails = async (...command: string[]) => {
  said.push(both(await project.pulumi(command, { expect: 1 })));
  return said.at(-1);
};
const isWhole = async () => {
  const { stdout } = await project.pulumi(["stack", "export"]);
  const { deployment } = JSON.parse(stdout) as { deployment: { resources: { id?: string }[] } };
  expect(deployment.resources.map(({ id }) => id)).toContain(bot.id);
};

test.each([
  ["empty", "", "failed to load checkpoint: EOF"],
  ["cut", '{"user.cache_control":"', "unexpected EOF"],
])("an .attrs file that a kill left %s is removed, and the state is whole", async (_, text, says) => {
  writeFileSync(`${stackFile}.attrs`, text);
  expect(await fails("cancel", "--yes")).toContain(says);
  await project.recover();
  expect(existsSync(`${stackFile}.attrs`)).toBe(false);
  await isWhole();
});

test("in place of a state file that is empty or cut the backup beside it is taken", async () => {
  for (const bytes of [300, 0]) {
    writeFileSync(stackFile, readFileSync(stackFile).subarray(0, bytes));
    expect(await fails("stack", "export")).toContain("unexpected end of JSON input");
  }
  copyFileSync(`${stackFile}.bak`, stackFile);
  rmSync(`${stackFile}.attrs`, { force: true });
  await project.pulumi(["cancel", "--yes"]);
  await project.up(["--refresh"]);
  expect(telegram.state(bot.id)).toMatchObject({ url: bot.url, maxConnections: 7 });
  await isWhole();
});

test("a lock that is empty, or whose .attrs file is, is cancelled", async () => {
  const lock = path.join(stackFile, "../../../locks/organization/test/test/1.json");
  mkdirSync(path.dirname(lock), { recursive: true });
  writeFileSync(lock, "");
  expect(await fails("up", "--yes", "--skip-preview")).toContain("error: unexpected end of JSON input");
  writeFileSync(lock, "{}");
  writeFileSync(`${lock}.attrs`, "");
  expect(await fails("up", "--yes", "--skip-preview")).toContain("error: EOF");
  await project.pulumi(["cancel", "--yes"]);
  await project.up(["--expect-no-changes"]);
});

test("the tests above have seen each message that the runbook quotes", () => {
  const quoted = rowsBelow("docs/runbook.md", "## A half-written state file").flatMap(([cell]) => codeIn(cell));
  expect(quoted.length).toBeGreaterThan(4);
  expect(quoted.flatMap(piecesOf).filter((piece) => !said.some((one) => one.includes(piece)))).toEqual([]);
});
