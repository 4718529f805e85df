// The quickstart as a newcomer meets it: the tracked files in an empty folder, `npm start`, and Ctrl-C in the middle.
import { randomUUID } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { run, start } from "../support/process";
import type { Running } from "../support/process";
import { repository } from "../support/pulumi";
import { until } from "../support/until";

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-clone-"));
const mark = randomUUID();
/** npm asks the registry for nothing that its cache has: the lock file's hashes judge that too. */
const env = { ...process.env, NO_COLOR: "1", LEFTOVER_MARK: mark, npm_config_prefer_offline: "true" };

beforeAll(async () => {
  const { stdout } = await run("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: repository });
  for (const file of stdout.split("\n").filter((name) => name && fs.existsSync(path.join(repository, name)))) {
    fs.mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    fs.copyFileSync(path.join(repository, file), path.join(folder, file));
  }
  await run("git", ["init", "--quiet"], { cwd: folder });
  await run("git", ["add", "--all"], { cwd: folder });
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

/** Every process that was started below `npm start`, whoever its parent is now: all inherit its environment. */
function leftOver(): string[] {
  return fs.readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const environment = fs.readFileSync(`/proc/${pid}/environ`, "utf8");
      return environment.includes(mark) ? [fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")] : [];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

async function expectCleanTree(): Promise<void> {
  const { stdout } = await run("git", ["status", "--short"], { cwd: folder });
  const changed = stdout.split("\n").filter((line) => line !== "" && !line.startsWith("A  "));
  expect(changed).toEqual([]);
}

/** Presses Ctrl-C as a terminal does: the signal goes to npm and to all below it. Nothing may be left. */
async function interrupt(running: Running): Promise<void> {
  process.kill(-running.pid, "SIGINT");
  const { code } = await running.ended;
  expect(code).not.toBe(0);
  expect(leftOver()).toEqual([]);
  expect(locks()).toEqual([]);
  await expectCleanTree();
}

test("Ctrl-C while it prepares leaves no process and no lock", async () => {
  const running = start("npm", ["start"], { cwd: folder, env });
  await running.waitFor(/Dependencies and Pulumi engine/, 120);
  await until(() => leftOver().some((command) => /\bnpm\b.* ci\b/.test(command)));
  await interrupt(running);
}, 180_000);

test("npm start tells the whole story in a fresh clone, and leaves nothing behind", async () => {
  const { code, stdout, stderr } = await run("npm", ["start"], { cwd: folder, env, timeoutSeconds: 560 });
  const said = stdout + stderr;
  expect(said).toContain("You wrote: Is anybody there?");
  const story = [
    "An nginx of this run's own",
    "A bind9 of this run's own",
    "pulumi up",
    "TelegramWebhook bot-webhook created",
    "The bot:  You wrote: Is anybody there?",
    "pulumi config set rotate 2",
    "The bot:  You wrote: Still there?",
    "pulumi refresh --preview-only --diff",
    "- url",
    "pulumi up --refresh",
    "The bot:  You wrote: Are you back?",
    "pulumi destroy",
    "npm start -- --keep",
  ];
  let at = 0;
  for (const line of story) {
    const found = stdout.indexOf(line, at);
    expect({ line, found: found >= 0 }).toEqual({ line, found: true });
    at = found;
  }
  expect(code).toBe(0);
  expect(said).not.toMatch(/cannot tell|could not/);
  expect(said).not.toMatch(/may hold the token of any bot/); // it warned of itself at each `up`
  expect(said).not.toMatch(/\d{6,}:[A-Za-z0-9_-]{30,}/);
  expect(leftOver()).toEqual([]);
  await expectCleanTree();
}, 600_000);

test.each([
  ["while pulumi runs", /creating/],
  ["after the outsider's act", /no program has noticed/],
])(
  "Ctrl-C %s leaves no process and no lock",
  async (_when, line) => {
    const running = start("npm", ["start"], { cwd: folder, env });
    await running.waitFor(line, 120);
    await interrupt(running);
  },
  180_000,
);

test("npm start -- --keep --plain does without servers, stays until Ctrl-C, and says how to go on", async () => {
  const compiled = () => fs.statSync(path.join(folder, "dist", "index.js")).mtimeMs;
  const before = compiled();
  fs.utimesSync(path.join(folder, "index.ts"), new Date(), new Date());
  const running = start("npm", ["start", "--", "--keep", "--plain"], { cwd: folder, env });
  await running.waitFor(/until you press Ctrl-C/, 120);
  process.kill(-running.pid, "SIGINT");
  await running.ended;
  const said = running.output();
  for (const line of [
    "the bot serves TLS itself",
    "You wrote: Are you back?",
    "pulumi refresh --preview-only --diff",
  ]) {
    expect(said).toContain(line);
  }
  expect(compiled()).toBeGreaterThan(before);
  expect(leftOver()).toEqual([]);
}, 180_000);

function locks(): string[] {
  const cache = process.env["PULUMI_TELEGRAM_CACHE"] ?? path.join(os.homedir(), ".cache", "pulumi-telegram");
  return fs.existsSync(cache) ? fs.readdirSync(cache).filter((name) => /^engine-.*\.lock$/.test(name)) : [];
}
