// README.md as a stranger follows it, beside a clone with the packed package: each block as printed, in order.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { packTarball, shellEnvironment } from "../support/npm";
import { read } from "../support/pages";
import { repository } from "../support/pulumi";
import { freePort } from "../support/ports";
import { run, start } from "../support/process";
import type { Running } from "../support/process";
import { step } from "../support/story";
import { until } from "../support/until";

const { ensureEngine } = require("../../scripts/engine/ensure.js") as {
  ensureEngine: (options: { log: (line: string) => void }) => Promise<{ path: string[] }>;
};

/** Telegram fixes the port, so the bot has an address that no other test has. */
const address = "127.0.91.1";
const blocksBelow = (heading: string) => {
  const [, chapter = ""] = new RegExp(`\\n## ${heading}\\n([^]*?)\\n## `).exec(read("README.md")) ?? [];
  return [...chapter.matchAll(/```(\w+)\n([^]*?)```/g)].map(([, language = "", text = ""]) => ({ language, text }));
};
const blocks = blocksBelow("Try it without a bot");
const next = (language: string): string => {
  const block = blocks.shift();
  expect(block?.language).toBe(language);
  return block?.text ?? "";
};

const root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "pulumi-telegram-readme-"));
const running: Running[] = [];
/** Where the reader begins: all that the page takes of it is the template, and what `npm pack` has written. */
const clone = path.join(root, "clone");
let [cwd, env] = [clone, {} as NodeJS.ProcessEnv];
let controlUrl = "";
afterAll(async () => {
  for (const one of running) await one.stop();
  fs.rmSync(root, { recursive: true, force: true, maxRetries: 5 });
});

/** A block in the terminal of those before it: the folder and the exported variables go on. */
async function type(text: string, input = ""): Promise<string> {
  const [folder, variables] = [path.join(root, "folder"), path.join(root, "variables")];
  const script = `${text}\npwd > ${folder}; env -0 > ${variables}`;
  const { code, stdout, stderr } = await run("bash", ["-euc", script], { cwd, env, input, timeoutSeconds: 600 });
  if (code !== 0) throw new Error(`${text}ended with code ${code}:\n${stdout}\n${stderr}`);
  cwd = fs.readFileSync(folder, "utf8").trim();
  const pairs = fs.readFileSync(variables, "utf8").split("\0").filter(Boolean);
  env = Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
  return stdout + stderr;
}

const tried = step("try it without a bot", async () => {
  fs.cpSync(path.join(repository, "template"), path.join(clone, "template"), { recursive: true });
  const [engine, , port, page] = await Promise.all([
    ensureEngine({ log: (line) => process.stderr.write(`${line}\n`) }),
    packTarball(clone),
    freePort(),
    freePort(),
  ]);
  env = shellEnvironment({
    PATH: [...engine.path, process.env["PATH"]].join(path.delimiter),
    PULUMI_HOME: path.join(root, "pulumi"),
    PULUMI_SKIP_UPDATE_CHECK: "1",
    npm_config_prefer_offline: "true",
  });
  await type(next("sh"));
  fs.writeFileSync(path.join(cwd, "index.ts"), next("ts"));

  const [, ...words] = next("sh").trim().split(" ");
  running.push(start("npx", [...words, "--port", `${port}`, "--control-port", `${page}`], { cwd, env }));
  const [fake] = running as [Running];
  const [, exported = ""] = await fake.waitFor(/in another terminal: {2}(export .*)/);
  await type(exported);
  controlUrl = `http://127.0.0.1:${page}`;
  const control = async (method: string, place: string, body?: object) => {
    const answer = await fetch(`${controlUrl}${place}`, { method, body: JSON.stringify(body) });
    expect(answer.status).toBe(200);
    return answer.json();
  };
  const said = await type(next("sh"));
  const lines = said
    .replace(/ \(\d[\d.]*m?s\)/g, "")
    .split("\n")
    .map((line) => line.trim()); // how long each took
  const bot = (env["TELEGRAM_BOT_TOKEN"] ?? "").split(":")[0] ?? "";
  const promised = next("text")
    .replace(/bot \d+/, `bot ${bot}`)
    .trim()
    .split("\n");
  expect(promised.filter((line) => !lines.some((one) => one.startsWith(line.trim())))).toEqual([]);

  await type(next("sh"));
  fs.writeFileSync(path.join(cwd, "index.ts"), next("ts").replace("127.0.0.1:8443", `${address}:8443`));
  fs.writeFileSync(path.join(cwd, "bot.mjs"), next("js"));
  const [up, save, serve = ""] = next("sh").trim().split("\n");
  const refused = 'could not deliver to it: "Connection refused"';
  expect(promised.join()).toContain(refused);
  expect(await type(`${up}\n`)).toContain(refused); // as the page says: the bot starts only after this up
  await type(`${save}\n`);
  await control("PUT", "/hosts/bots.example.com", { connect: `${address}:8443` });
  const [node = "", ...args] = serve.split(" ");
  running.push(start(node, args, { cwd, env }));
  await control("POST", `/bots/${bot}/messages`, { text: "hello" });
  await running[1]?.waitFor(/^The bot got: hello$/, 120);
  await running[1]?.stop();
  await type("pulumi destroy --yes\n");
  await until(async () => JSON.stringify(await control("GET", `/bots/${bot}/state`)).includes('"url":""'));
  expect(blocks).toEqual([]);
});

test("the first program, the fake server, and a bot that answers", tried, 600_000);

test("a new project of the template, up to its first webhook", async () => {
  await tried();
  cwd = clone;
  const botToken = env["TELEGRAM_BOT_TOKEN"] ?? "";
  delete env["TELEGRAM_BOT_TOKEN"]; // the project has its own
  const lines = blocksBelow("Use it with your own bot")[0]?.text.trim().split("\n") ?? [];
  expect(lines.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
    ...["pulumi new", "npm install", "pulumi stack", "pulumi config", "pulumi config", "pulumi up"],
  ]);
  const [make = "", install = "", stack = "", token = "", url = "", up = ""] = lines;
  await type(`${make}\n${install}\n${stack}\n`);
  await type(`${token}\n`, botToken);
  const asked = await type("pulumi preview 2>&1 || true\n");
  expect(asked).toContain("Missing required configuration variable 'my-bot:url'");
  await type(`${url}\n`);
  await type(`${up} --yes\n`); // the answer to its question
  const state = await (await fetch(`${controlUrl}/bots/${botToken.split(":")[0]}/state`)).json();
  expect(state).toMatchObject({ url: "https://bots.example.com/telegram" });
  expect(await type("pulumi stack output --show-secrets secretToken\n")).toMatch(/^[\w-]{43}\n$/);
}, 600_000);
