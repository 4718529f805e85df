// `npm test`: everything that must hold, in a fresh clone too. `npm test -- <part>[,<part>…] [jest arguments]` runs some parts.
import { mkdtempSync, readFileSync, rmSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import caddies from "./caddy/ensure.js";
import ensure from "./engine/ensure.js";
import environment from "./engine/environment.js";
import lambda from "./lambda/ensure.js";
import miniflares from "./miniflare/ensure.js";
import acme from "./pebble/ensure.js";
import npm from "./lib/npm.js";
import processes from "./lib/process.js";
import python from "./lib/python.js";
import suite from "./lib/suite.js";
import ledger from "./lib/ledger.js";
import { ensureServers } from "./servers.mjs";

const top = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const parts = ["lint", "unit", "mutations", "node-24", "servers", "engine", "e2e"];
const expected =
  "On two processors it takes about 40 minutes, and about 8 minutes more where the engine and the packages are not kept yet.";
const [wanted = "all", ...jestArguments] = process.argv.slice(2);
const wantedParts = wanted === "all" ? parts : wanted.split(",");
const scratch = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-npm-test-"));
const abort = new AbortController();
const { signal } = abort;
const beganAll = performance.now();
const failedSteps = [];
const ledgers = [];
let isInterrupted = false;

const log = (line) => console.log(line);
const has = (part) => wantedParts.includes(part);
/** What starts programs or waits for sockets is idle about a fifth of its time: two processors have work for three. */
const workers = "--maxWorkers=3";
/** Debian keeps servers where only root looks. */
const withServers = [process.env.PATH, "/usr/sbin", "/sbin"].join(path.delimiter);
const modules = (...file) => path.join(top, "node_modules", ...file);

async function main() {
  const strange = wantedParts.find((part) => !parts.includes(part));
  if (strange !== undefined) {
    console.error(
      `npm test -- ${wanted}: "${strange}" is no part. The parts are ${parts.join(", ")}, several with commas between them; jest arguments come after them.`,
    );
    return 2;
  }
  log(ledger.planText(wantedParts, environment.cacheFolder(), wanted === "all" ? expected : ""));
  // The build of the engine takes the longest: it runs beside all that does not need it.
  const dependencies = npm.installDependencies(top, { signal });
  const needsEngine = has("engine") || has("e2e");
  const engine = needsEngine ? step("engine", () => ensure.ensureEngine({ log, signal, dependencies })) : undefined;
  const servers = wanted === "lint" ? undefined : step("servers", () => ensureServers({ log, signal }));
  const needsServers = has("servers") || has("e2e");
  const ensured = (name, isNeeded, ensureProgram) => !isNeeded || step(name, () => ensureProgram({ log, signal }));
  const programs = Promise.all([
    ensured("Caddy", needsServers, caddies.ensureCaddy),
    ensured("Lambda's runtime", needsServers, lambda.ensureLambda),
    ensured("workerd", needsServers, miniflares.ensureMiniflare),
    ensured("Pebble", has("servers") || needsEngine, acme.ensurePebble),
    ensured("Python packages", has("servers") || needsEngine, pythonPackages),
  ]);
  if (await step("npm ci", () => dependencies)) {
    await checks();
    await servers;
    if (has("unit")) await jest("unit", process.execPath, ["unit"]);
    if (has("mutations")) await tool("mutations", [path.join(top, "scripts", "mutations.mjs"), "--ci"], Infinity);
    if (has("node-24")) await onNode24();
    // In one run of jest, so that no worker waits for the end of a part.
    const suites = ["servers", "engine", "e2e"].filter(has);
    const isReady = (await servers) && (await programs).every(Boolean) && (!needsEngine || (await engine));
    if (suites.length > 0 && isReady) {
      if (needsEngine) ensure.ensureLauncher((await engine).value);
      await jest(suites.join(", "), process.execPath, suites);
    }
  }
  if (failedSteps.includes("npm ci")) abort.abort();
  await Promise.all([engine, servers, programs]);
  return isInterrupted ? 130 : report();
}

/** The bots' frameworks, and a server that speaks AWS's language. */
async function pythonPackages() {
  for (const name of ["bots", "moto"]) {
    await python.ensurePython(path.join(top, "test", "fixtures", name, "requirements.txt"), { log, signal });
  }
}

async function checks() {
  if (wantedParts.join() === "unit") return; // they run the sources
  await tool("build", [modules("typescript", "bin", "tsc"), "-p", "tsconfig.build.json"]);
  if (!has("lint")) return;
  // Each is one process on one processor: ESLint takes as long as the other two.
  await Promise.all([
    tool("eslint", [modules("eslint", "bin", "eslint.js"), ".", "--max-warnings", "0"]),
    tool("types", [modules("typescript", "bin", "tsc"), "--noEmit"]).then(() =>
      tool("prettier", [modules("prettier", "bin", "prettier.cjs"), "--check", "."]),
    ),
  ]);
}

async function onNode24() {
  if (Number(process.versions.node.split(".")[0]) >= 24)
    return log("ok            node-24: this is Node.js 24 or newer already");
  const node = await step("Node.js 24", () => npm.otherNode(24, { log, signal }));
  // What starts no server of Debian, and Pulumi's own host.
  const ours =
    "test/servers/((certificate-)?histories|faults|cli-|host-watch|openssl-|probe-(http|tls)|made-up|transaction-end|lock|suite)";
  const patterns = ["--testPathPatterns", "test/unit/", ours, "test/engine/contract"];
  // Texts of ours, which no release of Node.js reads in another way.
  const texts = "test/unit/(house|docs|messages|schema)";
  patterns.push("--testPathIgnorePatterns", texts);
  if (node) await jest("unit and contract on Node.js 24", node.value, ["unit", "servers", "engine"], patterns);
}

/** Runs jest with its output as it comes, and takes its totals into the ledger. No limit over the whole: what hangs is named. */
async function jest(name, node, projects, patterns = afterDashes()) {
  const file = path.join(scratch, `${ledgers.length}.json`);
  await step(name, async () => {
    const reporters = ["--reporters=default", `--reporters=${path.join(top, "scripts", "ledger-reporter.cjs")}`];
    const { code } = await suite.runJest(node, [...reporters, workers, "--selectProjects", ...projects, ...patterns], {
      cwd: top,
      env: {
        ...environment.withoutCredentials(),
        PATH: withServers,
        LEDGER_FILE: file,
        COUNTS_FILE: path.join(scratch, `${ledgers.length}.counts`),
      },
      onLine: log,
      signal,
    });
    if (code !== 0) throw new Error("see above");
  });
  if (existsSync(file)) ledgers.push({ name, ...JSON.parse(readFileSync(file, "utf8")) });
}

/** `--selectProjects` takes every word up to the next option: a bare word is a test path only after `--`. */
const afterDashes = () => {
  const some = wantedParts.length > 1 && jestArguments.length > 0 ? ["--passWithNoTests"] : [];
  const dashes = jestArguments.length === 0 || jestArguments[0].startsWith("-") ? [] : ["--"];
  return [...some, ...dashes, ...jestArguments];
};

/** A tool whose output matters only when it fails. The mutations have no limit over all: each of their runs is watched. */
const tool = (name, args, timeoutSeconds = 600) =>
  step(name, async () => {
    const { code, stdout, stderr } = await processes.run(process.execPath, args, {
      cwd: top,
      timeoutSeconds,
      signal,
    });
    if (code !== 0) throw new Error(`${stdout}${stderr}`.trimEnd());
  });

/** One line with seconds; `{ value }`, or nothing when it failed. The rest of the run goes on. */
async function step(name, work) {
  const began = performance.now();
  const line = (mark) =>
    log(`${mark.padEnd(7)}${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${name}`);
  try {
    const value = await work();
    line("ok");
    return { value };
  } catch (error) {
    if (signal.aborted) return undefined;
    line("FAILED");
    log(error.message);
    failedSteps.push(name);
    return undefined;
  }
}

function report() {
  ledger.ledgerText(ledgers).forEach(log);
  const sum = (key) => ledgers.reduce((total, one) => total + one[key], 0);
  log("");
  if (failedSteps.length > 0) log(`Failed: ${failedSteps.join(", ")}`);
  if (sum("skipped") > 0) log(`${sum("skipped")} skipped`);
  const seconds = (performance.now() - beganAll) / 1000;
  log(`${sum("passed")} passed, ${sum("failed")} failed in ${ledger.minutes(seconds)}`);
  const isRed = failedSteps.length > 0 || sum("failed") > 0;
  if (!isRed && wanted === "all") ledger.keepDuration(environment.cacheFolder(), seconds);
  return isRed ? 1 : 0;
}

for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(name, () => {
    isInterrupted = true;
    abort.abort();
  });
}
try {
  const code = await main();
  if (isInterrupted) console.error("\nInterrupted: what had begun was ended, nothing is known of the rest.");
  process.exitCode = code;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
