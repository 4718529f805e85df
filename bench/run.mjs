// `npm run bench`: what webhooks cost over resources that do nothing, both in turn in one run.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import ensure from "../scripts/engine/ensure.js";
import processes from "../scripts/lib/process.js";
import { measureImports } from "./imports.mjs";
import { botsFor, programs } from "./programs.mjs";
import { createProject, operations, top } from "./project.mjs";
import { recordOf, textOf } from "./report.mjs";
import { processorSeconds } from "./usage.mjs";

const usage = `npm run bench -- [--rounds 3] [--sizes 1,10,100] [--imports 15] [--json <file>]

Prints up, no-op up, refresh and destroy of N webhooks against N no-op dynamic resources of the same shape, the bytes of
state, the peak memory and the cost of importing the package. A missed goal is printed and is no failure.
\`--json bench/results/webhooks.json\` keeps the result; \`npm run pictures\` then draws it.`;

const kinds = Object.keys(programs);
const log = (line) => console.error(line);
const scratch = mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-bench-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }));
// An exit by process.exit() ends every process that was started; an exit by a signal would not.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(name, () => process.exit(130));

function settings() {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      sizes: { type: "string", default: "1,10,100" },
      imports: { type: "string", default: "15" },
      json: { type: "string" },
      help: { type: "boolean" },
    },
  });
  const numbers = (text, name) => {
    const parts = text.split(",").map(Number);
    if (parts.some((part) => !Number.isInteger(part) || part < 1))
      throw new Error(`--${name} ${text}: whole numbers from 1`);
    return parts;
  };
  const [rounds, imports] = ["rounds", "imports"].map((name) => numbers(values[name], name)[0]);
  return { rounds, imports, sizes: numbers(values.sizes, "sizes"), json: values.json, isHelp: values.help === true };
}

async function main() {
  const { rounds, sizes, imports, json, isHelp } = settings();
  if (isHelp) return console.log(usage);
  await build();
  const engine = await ensure.ensureEngine({ log });
  const about = aboutThis({ engine, rounds, sizes });
  const fake = await startFakeServer();
  const make = (kind, size, label) =>
    createProject({
      engine,
      home: path.join(scratch, "home"),
      folder: path.join(scratch, `${kind}-${size}-${label}`),
      kind,
      bots: botsFor(size, fake.apiUrl),
    });
  // The first run of all fills the caches of the disk and writes the engine's home; nobody's numbers should hold that.
  for (const kind of kinds) await make(kind, 1, "warm-up").run("up");
  await fake.requests();
  const { runs, stateBytes, stateParts } = await runAll({ rounds, sizes, make, fake });
  const fakeServer = fake.costs();
  await fake.stop();
  const result = {
    about,
    runs,
    stateBytes,
    stateParts,
    imports: measureImports(make("webhook", 1, "imports").directory, { times: imports }),
    fakeServer,
  };
  console.log(textOf(result));
  if (json) writeFileSync(json, `${JSON.stringify(recordOf(result, { loadAfter: os.loadavg()[0] }), null, 2)}\n`);
}

/** Every operation of both kinds, one after the other, for each size and round. */
async function runAll({ rounds, sizes, make, fake }) {
  const runs = [];
  const stateBytes = {};
  let stateParts = [];
  for (const size of sizes) {
    for (let round = 0; round < rounds; round += 1) {
      // Who is first changes with each round: the second one may find warmer caches.
      const order = round % 2 === 0 ? kinds : [...kinds].reverse();
      const projects = Object.fromEntries(order.map((kind) => [kind, make(kind, size, round)]));
      for (const [operation, kind] of Object.keys(operations).flatMap((one) => order.map((kind) => [one, kind]))) {
        const measured = await projects[kind].run(operation);
        runs.push({ size, round, kind, operation, ...measured, requests: await fake.requests() });
        if (operation === "up") stateBytes[kind] = projects[kind].stateBytes();
        if (operation === "up" && kind === "webhook") stateParts = projects[kind].stateParts();
        log(`N = ${size}, round ${round + 1} of ${rounds}: ${operation}, ${kind}: ${measured.seconds.toFixed(2)} s`);
      }
    }
  }
  return { runs, stateBytes, stateParts };
}

/** The package is measured as users get it: compiled. It is built when it is missing, not when it is old. */
async function build() {
  const built = ["index.js", "testing/index.js"].map((file) => path.join(top, "dist", file));
  if (built.every((file) => existsSync(file))) {
    const newer = newerSources(statSync(built[0]).mtimeMs);
    if (newer.length > 0) log(`dist is older than ${newer.join(", ")}: \`npm run build\` first to measure them`);
    return;
  }
  log("building dist");
  const tsc = path.join(top, "node_modules", "typescript", "bin", "tsc");
  const { code, stdout } = await processes.run(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: top });
  if (code !== 0) throw new Error(`the build failed:\n${stdout}`);
}

function newerSources(time) {
  const below = (folder) =>
    readdirSync(path.join(top, folder), { recursive: true }).map((file) => path.join(folder, file));
  const sources = ["index.ts", ...["provider", "testing"].flatMap(below)].filter((file) => file.endsWith(".ts"));
  return sources.filter((file) => statSync(path.join(top, file)).mtimeMs > time);
}

function aboutThis({ engine, rounds, sizes }) {
  const sdk = JSON.parse(readFileSync(path.join(top, "node_modules", "@pulumi", "pulumi", "package.json"), "utf8"));
  const { length: processors } = os.cpus();
  return {
    at: new Date().toISOString(),
    rounds,
    sizes,
    engine: engine.version,
    sdk: sdk.version,
    node: process.version,
    processors,
    load: os.loadavg()[0],
  };
}

async function startFakeServer() {
  const child = processes.start(process.execPath, [path.join(top, "bench", "fake-server.mjs")]);
  const [line] = await child.waitFor(/^\{.*\}$/);
  const { apiUrl, controlUrl } = JSON.parse(line);
  let [all, spent, mark] = [0, 0, processorSeconds(child.pid)];
  return {
    apiUrl,
    /** How many came since the last time. Its journal is emptied, so that it never grows large. */
    requests: async () => {
      spent += processorSeconds(child.pid) - mark;
      const { length } = await (await fetch(`${controlUrl}/journal`)).json();
      await fetch(`${controlUrl}/journal`, { method: "DELETE" });
      mark = processorSeconds(child.pid); // our own questions are no cost of the webhooks
      all += length;
      return length;
    },
    /** Its processor time: what it takes on the machine that is measured. Nothing where it is not known. */
    costs: () =>
      Number.isNaN(spent) || all === 0
        ? undefined
        : { requests: all, processorSeconds: spent, processorMillisecondsEach: (spent * 1000) / all },
    stop: () => child.stop(),
  };
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
