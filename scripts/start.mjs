// `npm start`: shows the whole life of a webhook without a real bot. `npm start -- --keep` leaves it running to be tried by hand.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ensure from "./engine/ensure.js";
import environment from "./engine/environment.js";
import stacks from "./engine/stack.js";
import npm from "./lib/npm.js";
import processes from "./lib/process.js";
import { check, eventually, heading, say } from "./lib/narrator.mjs";

const top = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const isKept = process.argv.includes("--keep");
const scratch = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-start-"));
const settingsFile = path.join(scratch, "Pulumi.demo.yaml");
const abort = new AbortController();
const { signal } = abort;
/** What is to be ended, last started first ended. */
const endings = [() => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })];

async function main() {
  const engine = await prepare();
  const fake = await startFake();
  const { id, token } = fake.addBot({ name: "Quickstart" });
  const bot = await startBot(fake, token);
  const env = {
    ...environment.engineEnvironment(engine, scratch),
    PULUMI_STACK: "demo",
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_URL: fake.apiUrl,
    QUICKSTART_URL: bot.url,
    QUICKSTART_SECRET_TOKEN: bot.secretToken,
    QUICKSTART_LOCAL_SERVER: "true",
  };
  const world = { fake, id, url: bot.url, pulumi: pulumiIn(env) };

  await up(world);
  await conversation(world, "Is anybody there?");
  await outsider(world);
  await drift(world);
  await repair(world);
  if (isKept) return keep(world, env);
  await destroy(world);
  summary();
}

async function prepare() {
  heading("Dependencies and Pulumi engine", "npm ci");
  say("The first run takes a few minutes, the next ones a few seconds.");
  const dependencies = npm.installDependencies(top, { signal });
  const ready = ensure.ensureEngine({ log: say, signal, dependencies });
  endings.push(() => (abort.abort(), ready.catch(() => undefined))); // npm may fail while the engine is being built
  ready.catch(() => undefined); // told below, after npm has been waited for
  const isFresh = await dependencies;
  if (!isFresh) await build(); // npm ci builds by itself
  const engine = ensure.ensureLauncher(await ready);
  say(`The package is built, and Pulumi ${engine.version} is ready. Your own Pulumi login and settings are not used.`);
  return engine;
}

async function build() {
  const tsc = path.join(top, "node_modules", "typescript", "bin", "tsc");
  const { code, stdout } = await processes.run(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
    cwd: top,
    signal,
  });
  check(code === 0, `The package does not compile:\n${stdout}`);
}

async function startFake() {
  heading("A Telegram on this machine", "npm run fake-telegram -- --local");
  const { startFakeTelegram } = createRequire(import.meta.url)(path.join(top, "dist", "testing", "index.js"));
  const fake = await startFakeTelegram({ local: true });
  endings.push(() => fake.close());
  say(`The Bot API answers at ${fake.apiUrl}; look inside with a browser at ${fake.controlUrl}.`);
  return fake;
}

async function startBot(fake, token) {
  heading("A small bot", "node examples/quickstart/bot.mjs");
  const secretToken = randomBytes(24).toString("base64url");
  const child = processes.start(process.execPath, [path.join(top, "examples", "quickstart", "bot.mjs")], {
    env: {
      ...environment.withoutCredentials(),
      PORT: "0",
      TELEGRAM_BOT_TOKEN: token,
      TELEGRAM_API_URL: fake.apiUrl,
      TELEGRAM_SECRET_TOKEN: secretToken,
    },
    onLine: (line) => console.log(`    bot: ${line}`),
  });
  endings.push(() => child.stop());
  const [, address] = await child.waitFor(/listens on (\S+)/, 20);
  say("It runs, but nobody has told Telegram where: it gets no messages yet.");
  return { url: `http://${address}/telegram`, secretToken };
}

async function up({ pulumi, fake, id, url }) {
  heading("The webhook is registered", "pulumi up");
  await pulumi(["up", "--yes", "--skip-preview"]);
  check(
    fake.state(id).url === url,
    `pulumi up succeeded, but Telegram delivers to "${fake.state(id).url}", not to ${url}.`,
  );
  say(`Telegram now delivers to ${url}.`);
}

async function conversation({ fake, id }, text) {
  heading("Somebody writes to the bot");
  const before = fake.sent(id).length;
  say(`A person: ${text}`);
  fake.message(id, { text });
  const answer = await eventually(() => fake.sent(id)[before], "The bot did not answer within 15 seconds.", signal);
  check(answer.text === `You wrote: ${text}`, `The bot answered something else: ${answer.text}`);
  say(`The bot:  ${answer.text}`);
}

async function outsider({ fake, id }) {
  heading("Somebody else who has the token removes the webhook", "curl …/bot<token>/deleteWebhook");
  await fake.outsider(id).deleteWebhook();
  check(fake.state(id).url === "", "The webhook is still there.");
  say("The bot is cut off, and no program has noticed.");
}

async function drift({ pulumi, url }) {
  heading("Pulumi shows what was changed", "pulumi refresh --preview-only --diff");
  const stdout = await pulumi(["refresh", "--preview-only", "--diff"]);
  const isShown = stdout.split("\n").some((line) => /^\s*[-~] url /.test(line) && line.includes(url));
  check(isShown, "The refresh does not show that the webhook's url is gone.");
  say("Nothing was changed by looking.");
}

async function repair({ pulumi, fake, id, url }) {
  heading("Pulumi repairs it", "pulumi up --refresh");
  await pulumi(["up", "--refresh", "--yes", "--skip-preview"]);
  check(fake.state(id).url === url, `pulumi up --refresh succeeded, but Telegram delivers to "${fake.state(id).url}".`);
  await conversation({ fake, id }, "Are you back?");
}

async function destroy({ pulumi, fake, id }) {
  heading("The webhook is taken down", "pulumi destroy");
  await pulumi(["destroy", "--yes", "--skip-preview"]);
  check(fake.state(id).url === "", `pulumi destroy succeeded, but the webhook ${fake.state(id).url} is still there.`);
  say("Telegram delivers nowhere; nothing of this run is left.");
}

/** Runs pulumi with its output as it comes; ends the show when it fails. Stack and settings lie outside the work tree. */
function pulumiIn(env) {
  stacks.createStack(scratch, "quickstart", "demo");
  writeFileSync(settingsFile, stacks.stackSettings());
  return async (args) => {
    const { code, stdout } = await processes.run(
      "pulumi",
      [...args, "--non-interactive", "--config-file", settingsFile],
      {
        cwd: top,
        env,
        signal,
        timeoutSeconds: 180,
        onLine: (line) => console.log(`    ${line}`),
      },
    );
    check(code === 0, `pulumi ${args.join(" ")} ended with code ${code}.`);
    return stdout;
  };
}

async function keep({ fake, id }, env) {
  const file = path.join(scratch, "environment.sh");
  const mine = Object.entries(env).filter(([name]) => name === "PATH" || /^(PULUMI|TELEGRAM|QUICKSTART)_/.test(name));
  writeFileSync(file, mine.map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`).join(""), {
    mode: 0o600,
  });
  heading("It is yours");
  say(`Telegram, the bot and the webhook stay until you press Ctrl-C. In another terminal, in this folder:`);
  say(`  . ${file}`);
  say(`  pulumi refresh --preview-only --diff --config-file ${settingsFile}`);
  say(`  curl -X POST ${fake.controlUrl}/bots/${id}/outsider/deleteWebhook     (somebody else cuts the bot off)`);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
}

function summary() {
  heading("Done");
  say("A webhook was registered, used, lost, found missing, repaired and removed. Next:");
  say("  npm start -- --keep     the same, left running for you to try");
  say("  npm test                everything that is known to hold");
  say("  TELEGRAM_BOT_TOKEN=… QUICKSTART_URL=https://your.host/some-path pulumi up     with your own bot");
}

// Stays in force while everything is ended, so that a second Ctrl-C leaves nothing behind either.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => abort.abort());
try {
  await main();
  process.exitCode = 0;
} catch (error) {
  if (!signal.aborted) console.error(`\n${error.message}`);
  process.exitCode = signal.aborted ? 130 : 1;
} finally {
  for (const ending of endings.reverse()) await ending();
}
