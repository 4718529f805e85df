// `npm start`: shows the whole life of a bot's endpoint without a real bot. `npm start -- --keep` leaves it running to be tried by
// hand; `-- --plain` does without nginx and bind9.
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ensure from "./engine/ensure.js";
import environment from "./engine/environment.js";
import stacks from "./engine/stack.js";
import bind9 from "./lib/bind9.js";
import npm from "./lib/npm.js";
import nginxes from "./lib/nginx.js";
import ports from "./lib/ports.js";
import processes from "./lib/process.js";
import { check, eventually, heading, say } from "./lib/narrator.mjs";
import { ensureServers } from "./servers.mjs";

const top = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const isKept = process.argv.includes("--keep");
const isPlain = process.argv.includes("--plain");
const zone = "example.test";
process.env.PATH = [process.env.PATH, "/usr/sbin", "/sbin"].join(path.delimiter); // Debian keeps servers where only root looks
const scratch = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-start-"));
const settingsFile = path.join(scratch, "Pulumi.demo.yaml");
const abort = new AbortController();
const { signal } = abort;
/** What is to be ended, last started first ended. */
const endings = [() => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 })];

async function main() {
  const engine = await prepare();
  const place = await prepareServers();
  const fake = await startFake(place);
  const { id, token } = fake.addBot({ name: "Quickstart" });
  const env = {
    ...environment.engineEnvironment(engine, scratch),
    PULUMI_STACK: "demo",
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_URL: fake.apiUrl,
  };
  const world = { fake, id, place, pulumi: pulumiIn(env, { ...place, bot: id }) };

  await up(world);
  world.bot = await startBot(world);
  await conversation(world, "Is anybody there?");
  if (place.upstream) await rotation(world);
  await outsider(world);
  await drift(world);
  await repair(world);
  if (isKept) return keep(world, env);
  await destroy(world);
  summary(place);
}

async function prepare() {
  heading("Dependencies and Pulumi engine", "npm ci");
  say("The first run takes a few minutes, the next ones a few seconds.");
  const dependencies = npm.installDependencies(top, { signal });
  const ready = ensure.ensureEngine({ log: say, signal, dependencies });
  endings.push(() => (abort.abort(), ready.catch(() => undefined))); // npm may fail while the engine is being built
  ready.catch(() => undefined); // told below, after npm has been waited for
  const isFresh = await dependencies;
  if (!isFresh && !npm.isBuilt(top)) await build(); // npm ci builds by itself
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

/**
 * Where the endpoint is: with nginx a route, with bind9 a record for it, each of its own on an address of this machine that
 * nothing else uses; without them the bot serves TLS itself.
 */
async function prepareServers() {
  heading("Servers on this machine");
  const port = await ports.freePort();
  const own = { ipAddress: "127.0.0.1", listen: `127.0.0.1:${port}` };
  if (isPlain) return (say("Without nginx and bind9: the bot serves TLS itself, and the record is skipped."), own);
  if (!(await has(["nginx"], "the bot serves TLS itself, and the record is skipped"))) return own;
  const nginx = await nginxes.startNginx("");
  endings.push(() => nginx.dispose());
  const address = `127.${randomInt(64, 128)}.${randomInt(256)}.${randomInt(1, 255)}`;
  const place = { listen: `${address}:8443`, upstream: `http://127.0.0.1:${port}`, nginx: nginx.settings };
  say(`An nginx of this run's own will listen on ${place.listen}. Yours, if there is one, is not touched.`);
  const isRoot = process.getuid?.() === 0; // the check of the endpoint asks name servers on port 53
  if (!isRoot || !(await has(["named", "nsupdate"], "the record is skipped"))) {
    if (!isRoot) say("Only root can open a name server's port: the record is skipped.");
    return { ...place, ipAddress: address };
  }
  const records = `$ORIGIN ${zone}.\n$TTL 60\n@ SOA ns1 admin 1 60 60 86400 60\n@ NS ns1\nns1 A ${address}\n`;
  const server = await bind9.startBind9({ address, zones: { [zone]: records } });
  endings.push(() => server.stop());
  say(`A bind9 of this run's own serves the zone ${zone}.`);
  const nameServers = [`${address}:53`];
  const dns = { zone, address, ttlSeconds: 60, via: { rfc2136: { server: `${address}:53` } }, nameServers };
  return { ...place, hostname: `bots.${zone}`, dns, preflight: { nameServers, allowPrivateAddresses: true } };
}

/** Whether programs are there or can be installed; if not, what follows is said. */
async function has(programs, otherwise) {
  try {
    await ensureServers({ programs, log: say, signal });
    return true;
  } catch (error) {
    say(`${error.message}. So ${otherwise}.`);
    return false;
  }
}

async function startFake({ hostname, listen }) {
  heading("A Telegram on this machine", "npm run fake-telegram -- --local");
  const { startFakeTelegram } = createRequire(import.meta.url)(path.join(top, "dist", "testing", "index.js"));
  const fake = await startFakeTelegram({ local: true });
  endings.push(() => fake.close());
  if (hostname) fake.setHost(hostname, { connect: listen });
  say(`The Bot API answers at ${fake.apiUrl}; look inside with a browser at ${fake.controlUrl}.`);
  return fake;
}

async function up({ pulumi, fake, id, place }) {
  heading("The endpoint is made, and the webhook is registered", "pulumi up");
  await pulumi(["up", "--yes", "--skip-preview"]);
  const { url } = fake.state(id);
  check(url.startsWith(`https://${place.hostname ?? place.ipAddress}`), `Telegram delivers to "${url}".`);
  say(`Telegram now delivers to ${url}, and trusts the certificate that was made for it.`);
  if (place.upstream) say("The warning is right: the bot is started next.");
}

async function startBot({ pulumi, place }) {
  heading("A small bot", "node examples/quickstart/bot.mjs");
  const shown = await pulumi(["stack", "output", "--show-secrets", "--json", "environment"], { isQuiet: true });
  const child = processes.start(process.execPath, [path.join(top, "examples", "quickstart", "bot.mjs")], {
    env: { ...environment.withoutCredentials(), ...JSON.parse(shown) },
    onLine: (line) => console.log(`    bot: ${line}`),
  });
  endings.push(() => child.stop());
  await child.waitFor(/listens on/, 60);
  say("It has read what it needs from the stack's outputs: token, path, secret, port.");
  if (place.upstream) say("nginx compares the secret that Telegram sends, and passes on another one, which stays.");
  return child;
}

async function rotation({ pulumi, fake, id, place }) {
  heading("The secret is rotated, and the bot is not restarted", "pulumi config set rotate 2; pulumi up");
  const before = fake.state(id).secretToken;
  await pulumi(["config", "set", "rotate", "2"]);
  await pulumi(["up", "--yes", "--skip-preview"]);
  check(fake.state(id).secretToken !== before, "Telegram still sends the secret of before.");
  await conversation({ fake, id, place }, "Still there?");
}

async function conversation({ fake, id }, text) {
  heading("Somebody writes to the bot");
  const before = fake.sent(id).length;
  say(`A person: ${text}`);
  fake.message(id, { text });
  const answer = await eventually(() => fake.sent(id)[before], "The bot did not answer within a minute.", signal);
  check(answer.text === `You wrote: ${text}`, `The bot answered something else: ${answer.text}`);
  say(`The bot:  ${answer.text}`);
}

async function outsider({ fake, id }) {
  heading("Somebody else who has the token removes the webhook", "curl …/bot<token>/deleteWebhook");
  await fake.outsider(id).deleteWebhook();
  check(fake.state(id).url === "", "The webhook is still there.");
  say("The bot is cut off, and no program has noticed.");
}

async function drift({ pulumi }) {
  heading("Pulumi shows what was changed", "pulumi refresh --preview-only --diff");
  const stdout = await pulumi(["refresh", "--preview-only", "--diff"]);
  const isShown = stdout.split("\n").some((line) => /^\s*[-~] url /.test(line) && line.includes("/tg/"));
  check(isShown, "The refresh does not show that the webhook's url is gone.");
  say("Nothing was changed by looking.");
}

async function repair({ pulumi, fake, id }) {
  heading("Pulumi repairs it", "pulumi up --refresh");
  await pulumi(["up", "--refresh", "--yes", "--skip-preview"]);
  check(fake.state(id).url !== "", "pulumi up --refresh succeeded, but Telegram delivers nowhere.");
  await conversation({ fake, id }, "Are you back?");
}

async function destroy({ pulumi, fake, id }) {
  heading("Everything is taken down", "pulumi destroy");
  await pulumi(["destroy", "--yes", "--skip-preview"]);
  check(fake.state(id).url === "", `pulumi destroy succeeded, but the webhook ${fake.state(id).url} is still there.`);
  say("Telegram delivers nowhere; nothing of this run is left.");
}

/** Runs pulumi with its output as it comes; ends the show when it fails. Stack and settings lie outside the work tree. */
function pulumiIn(env, { preflight, ...place }) {
  stacks.createStack(scratch, "quickstart", "demo");
  const texts = Object.entries({ ...place, localServer: true }).map(([key, value]) => [
    `quickstart:${key}`,
    asText(value),
  ]);
  const checks = preflight ? { "telegram:preflight": asText(preflight) } : {};
  writeFileSync(settingsFile, stacks.stackSettings({ ...Object.fromEntries(texts), ...checks }));
  return async (args, { isQuiet = false } = {}) => {
    const { code, stdout } = await processes.run(
      "pulumi",
      [...args, "--non-interactive", ...(args[0] === "stack" ? [] : ["--config-file", settingsFile])],
      {
        cwd: top,
        env,
        signal,
        timeoutSeconds: 180,
        onLine: (line) => isQuiet || console.log(`    ${line}`),
      },
    );
    check(code === 0, `pulumi ${args.join(" ")} ended with code ${code}.`);
    return stdout;
  };
}

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));

async function keep({ fake, id }, env) {
  const file = path.join(scratch, "environment.sh");
  const mine = Object.entries(env).filter(([name]) => name === "PATH" || /^(PULUMI|TELEGRAM)_/.test(name));
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

function summary({ upstream, dns }) {
  heading("Done");
  const made = ["certificate", dns && "record", upstream && "route", "secret", "webhook"].filter(Boolean).join(", ");
  say(`Made, used, lost, found missing, repaired and removed: ${made}. Next:`);
  say("  npm start -- --keep     the same, left running for you to try");
  say("  npm test                everything that is known to hold");
  say("  README.md, Use it       with your own bot");
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
