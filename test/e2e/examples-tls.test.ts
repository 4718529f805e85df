// The example of a private authority as its README tells it: up, outputs to the bot, a message, both rotations, destroy.
import * as fs from "node:fs";
import * as path from "node:path";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { freePort, isListening } from "../support/ports";
import { start } from "../support/process";
import type { Running } from "../support/process";
import { createProject, repository } from "../support/pulumi";
import type { Project } from "../support/pulumi";
import { until } from "../support/until";

let telegram: FakeTelegram;
let project: Project;
let bot: Running | undefined;
beforeEach(async () => void (telegram = await startFakeTelegram()));
afterEach(async () => {
  await bot?.stop();
  await telegram.close();
  await project.dispose();
});

const host = "bots.example.com";

test("private-ca: the bot answers, before and after each rotation", async () => {
  const folder = path.join(repository, "examples/private-ca");
  const files = Object.fromEntries(
    ["index.ts", "tsconfig.json"].map((file) => [file, fs.readFileSync(path.join(folder, file), "utf8")]),
  );
  const { id, token } = telegram.addBot();
  project = await createProject({
    program: { files, main: "index.ts" },
    name: "private-ca",
    config: { host, "telegram:apiUrl": telegram.apiUrl, "telegram:token": { secret: token } },
  });
  // The address is of this test only: nothing can be checked there.
  const env = { TELEGRAM_PREFLIGHT: "false" };
  const port = String(await freePort());
  telegram.setHost(host, { shown: "93.184.216.34", connect: `127.0.0.1:${port}` });

  const settings = path.join(project.directory, "bot.json");
  const writeSettings = async () => {
    const { stdout } = await project.pulumi(["stack", "output", "--show-secrets", "--json", "bot"]);
    fs.writeFileSync(settings, stdout, { mode: 0o600 });
  };
  const startBot = async () => {
    const own = { LISTEN: "127.0.0.1", PORT: port, BOT_SETTINGS: settings };
    const botEnv = { PATH: process.env["PATH"], TELEGRAM_API_URL: telegram.apiUrl, TELEGRAM_BOT_TOKEN: token, ...own };
    bot = start(process.execPath, [path.join(folder, "bot.mjs")], { env: botEnv });
    await until(() => isListening(Number(port)));
  };
  const answersTo = async (text: string) => {
    telegram.message(id, { text });
    await until(() => telegram.sent(id).some((sent) => sent.text === `You wrote: ${text}`));
  };

  await project.up([], { env });
  await writeSettings();
  await startBot();
  await answersTo("is anybody there?");
  for (const change of ["rotate", "rotateRoot"]) {
    const before = fs.readFileSync(settings, "utf8");
    await project.config(change, "2");
    await project.up([], { env });
    // Before the bot knows: what it still serves is trusted, and after: what it serves then is.
    await answersTo(`before the bot has the ${change}`);
    await writeSettings();
    expect(fs.readFileSync(settings, "utf8")).not.toBe(before);
    process.kill(bot?.pid ?? 0, "SIGHUP");
    await bot?.waitFor(/new settings/);
    await answersTo(`after the ${change}`);
  }
  const failures = telegram.deliveries(id).flatMap(({ error }) => (/verify failed/.test(error ?? "") ? [error] : []));
  expect(failures).toEqual([]);
  await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"], { env });
  await project.destroy([], { env });
  expect(telegram.state(id).url).toBe("");
}, 240_000);
