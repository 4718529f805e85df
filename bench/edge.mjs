// `node bench/edge.mjs`: what a route costs over a bare proxy on the same server, and what many routes cost the server; for each server of ours.
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import processes from "../scripts/lib/process.js";
import { servers, versionWords } from "./edge-servers.mjs";
import { top } from "./project.mjs";
import { median } from "./report.mjs";

const usage = `node bench/edge.mjs [--servers ${Object.keys(servers).join()}] [--sizes 1,100,1000] [--parallel 8] [--requests 5000] [--reloads 5] [--json <file>]
(after \`npm run build\`)

For each server and number of routes: seconds and reloads of the server to make and to remove them all at once, and (up to 100
routes) with --parallel at once, since pulumi does 4 for each processor unless told otherwise; milliseconds of an update through
a route and through a bare proxy; seconds from the command that reloads to the first answer of the new configuration.
\`--json bench/results/edge.json\` keeps the result; \`npm run pictures\` then draws it.`;

const [address, host, secret] = ["127.0.9.1", "bots.example.com", "secret-of-the-bench"];
const [plainPort, tlsPort] = [8080, 8443];
const warmUpRequests = 200;
const deadlineSeconds = 600;
/** haproxy's master loses a signal that comes while it still loads. */
const betweenReloadsMilliseconds = 500;
/** Above it a few at once take a quarter of an hour, and only say the same again: a reload for each few. */
const mostInLanes = 100;
/** As long as a text message of a user usually is. */
const update = JSON.stringify({ update_id: 1, message: { text: "x".repeat(600) } });

const home = mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-edge-"));
process.once("exit", () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));
// An exit by process.exit() ends every process that was started; an exit by a signal would not.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(name, () => process.exit(130));

async function main() {
  const { names, isHelp, json, ...sizes } = settings();
  if (isHelp) return console.log(usage);
  const load = () => os.loadavg()[0];
  const about = { at: new Date().toISOString(), node: process.version, processors: os.cpus().length, ...sizes };
  const [loadBefore, versions] = [load(), {}];
  const certificate = await makeCertificate();
  const result = { changes: [], reloads: [], latencies: [] };
  for (const name of names) {
    const server = await servers[name]({ address, plainPort, tlsPort, host, certificate });
    try {
      versions[name] = await versionOf(name, server);
      const rows = await measured(name, server, sizes);
      for (const [table, own] of Object.entries(rows))
        result[table].push(...own.map((row) => ({ server: name, ...row })));
    } finally {
      await server.dispose();
    }
  }
  const whole = { about: { ...about, loadBefore, loadAfter: load(), versions }, ...result };
  console.log(textOf(whole));
  if (json) writeFileSync(json, `${JSON.stringify(whole, null, 2)}\n`);
}

/** The rows of one server. */
async function measured(name, server, { sizes, parallel, requests, reloads }) {
  const { routeOf, apply, remove } = lifecycleOfDist({ [name]: server.settings });
  const reloaded = async (routes) => ({ routes, ...(await reloadTimes(server, reloads)) });
  const rows = { changes: [], reloads: [await reloaded(0)], latencies: [] };
  for (const size of sizes) {
    const routes = Array.from({ length: size }, (_, at) => routeOf(at));
    for (const lanes of size > mostInLanes ? [size] : new Set([size, Math.min(size, parallel)])) {
      const made = await counted(server, () => inLanes(routes, lanes, apply));
      if (lanes === size) {
        rows.latencies.push(...(await latencyRows(routes, requests)));
        rows.reloads.push(await reloaded(size));
      }
      const removed = await counted(server, () => inLanes(routes, lanes, remove));
      rows.changes.push({ routes: size, atOnce: lanes, make: made, remove: removed });
      console.error(`${name}: ${size} routes, ${lanes} at once: done`);
    }
  }
  return rows;
}

/** The whole result as text. */
function textOf({ about, changes, reloads, latencies }) {
  const { loadBefore, loadAfter, processors, node, versions } = about;
  const [changeRows, reloadRows, latencyRows] = [
    changes.map((row) => [row.server, row.routes, row.atOnce, ...[row.make, row.remove].flatMap(Object.values)]),
    reloads.map(({ server, routes, medianSeconds, slowestSeconds }) => [server, routes, medianSeconds, slowestSeconds]),
    latencies.map(({ server, routes, way, p50, p99 }) => [
      ...[server, routes, way, p50.milliseconds, p99.milliseconds],
      ...[p50.ratio, p99.ratio],
    ]),
  ];
  const named = Object.entries(versions).map((pair) => pair.join(" "));
  return [
    `load ${loadBefore.toFixed(1)} before, ${loadAfter.toFixed(1)} after; ${processors} processors; Node ${node}; ${named.join(", ")}\n`,
    table(["", "routes", "at once", "make s", "reloads", "remove s", "reloads"], changeRows),
    table(["", "routes", "reload s", "slowest"], reloadRows),
    table(["", "routes", "", "p50 ms", "p99 ms", "p50 ratio", "p99 ratio"], latencyRows),
    'Ratios are to "bare" of the same run; "bare again" is the same proxy once more: the noise.',
  ].join("\n");
}

/** What the server says of itself: "1.22.1". */
async function versionOf(name, { settings: { check } }) {
  const { stdout, stderr } = await processes.run(check[0], versionWords[name]);
  return /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? "unknown";
}

const rounded = (number) => Math.round(number * 100) / 100;

function settings() {
  const { values } = parseArgs({
    options: {
      servers: { type: "string", default: Object.keys(servers).join() },
      sizes: { type: "string", default: "1,100,1000" },
      parallel: { type: "string", default: "8" },
      requests: { type: "string", default: "5000" },
      reloads: { type: "string", default: "5" },
      json: { type: "string" },
      help: { type: "boolean" },
    },
  });
  const numbers = (name) => {
    const parts = values[name].split(",").map(Number);
    if (parts.some((part) => !Number.isInteger(part) || part < 1)) throw new Error(`--${name}: whole numbers from 1`);
    return parts;
  };
  const [parallel, requests, reloads] = ["parallel", "requests", "reloads"].map((name) => numbers(name)[0]);
  const names = values.servers.split(",");
  const odd = names.find((name) => !Object.hasOwn(servers, name));
  if (odd !== undefined) throw new Error(`--servers: there is no ${odd}; there are ${Object.keys(servers).join(", ")}`);
  return {
    names,
    sizes: numbers("sizes"),
    parallel,
    requests,
    reloads,
    json: values.json,
    isHelp: values.help === true,
  };
}

/** The package as users get it, without Pulumi: a route as check fills it in, and what brings it into force. */
function lifecycleOfDist(server) {
  const dist = path.join(top, "dist", "provider");
  if (!existsSync(dist)) throw new Error("dist is missing: `npm run build` first");
  const require = createRequire(import.meta.url);
  const { logics } = require(path.join(dist, "registry.js"));
  const { checkInputs, inputsOf } = require(path.join(dist, "core", "fields.js"));
  const retry = require(path.join(dist, "core", "retry.js"));
  const logic = logics.ProxyRoute;
  const lifecycle = logic.lifecycle();
  const context = () => {
    const signal = AbortSignal.timeout(deadlineSeconds * 1000);
    const nothing = () => undefined;
    const clock = { now: () => new Date(), sleep: (seconds) => retry.pause(seconds, signal), signal, beyond: context };
    return {
      name: "route",
      owner: "organization/bench/stack",
      random: Math.random,
      randomBytes,
      log: nothing,
      warn: console.error,
      hide: nothing,
      config: nothing,
      ...clock,
    };
  };
  const routeOf = (at) => {
    const more = {
      path: `/tg/${at}`,
      upstream: `http://${address}:${plainPort}`,
      secretTokens: [secret, `before-${at}`],
    };
    const args = { server, attach: "location", listen: `${address}:${tlsPort}`, hostname: host, ...more };
    const { inputs, findings } = checkInputs(logic, args, { isUnknown: () => false, unknown: "?", now: new Date() });
    if (findings.length > 0) throw new Error(findings.map(({ field, says }) => `${field} ${says}`).join("; "));
    return inputsOf(logic.fields, inputs);
  };
  return {
    routeOf,
    apply: (route) => lifecycle.apply(undefined, route, context()),
    remove: (route) => lifecycle.remove(route, context()),
  };
}

/** Key and certificate in one file, which every server takes. */
async function makeCertificate() {
  const file = path.join(home, "certificate.pem");
  const more = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", `/CN=${host}`];
  const { code, stderr } = await processes.run("openssl", [
    "req",
    "-x509",
    ...more,
    "-keyout",
    file,
    "-out",
    `${file}.crt`,
  ]);
  if (code !== 0) throw new Error(stderr);
  writeFileSync(file, readFileSync(`${file}.crt`), { flag: "a" });
  return file;
}

/** Resolves when the server answers with this generation of its configuration. */
async function generation(wanted) {
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    const url = `http://${address}:${plainPort}/generation`;
    const said = await fetch(url, { headers: { Connection: "close" } }).then(
      (response) => response.text(),
      () => "",
    );
    if (said === `generation:${wanted}`) return;
    await pause(2);
  }
  throw new Error(`generation ${wanted} did not come into force within 60 s`);
}

let generations = 0;
/** Seconds from the command to the first answer of the new configuration: the median, and the slowest. */
async function reloadTimes({ config, settings: { reload } }, times) {
  const [command, ...args] = reload;
  const seconds = [];
  for (let time = 0; time < times; time += 1) {
    generations += 1;
    writeFileSync(config, readFileSync(config, "utf8").replace(/generation:\d+/, `generation:${generations}`));
    const began = performance.now();
    const { code, stderr } = await processes.run(command, args);
    if (code !== 0) throw new Error(stderr);
    await generation(generations);
    seconds.push((performance.now() - began) / 1000);
    await pause(betweenReloadsMilliseconds);
  }
  return { medianSeconds: rounded(median(seconds)), slowestSeconds: rounded(Math.max(...seconds)) };
}

/** Seconds of the work, and how often the server has read its configuration anew meanwhile. */
async function counted(server, work) {
  const [began, before] = [performance.now(), server.reloads()];
  await work();
  return { seconds: rounded((performance.now() - began) / 1000), reloads: server.reloads() - before };
}

/** So many at a time, as the engine does. */
async function inLanes(routes, lanes, work) {
  const waiting = [...routes];
  const lane = async () => {
    for (let route = waiting.shift(); route; route = waiting.shift()) await work(route);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** Updates on kept TLS connections, one each, in turn; the last route of all is asked. */
async function latencyRows(routes, requests) {
  const kinds = { bare: "/bare", "bare again": "/again", route: routes.at(-1).path };
  const agents = Object.keys(kinds).map(() => new https.Agent({ keepAlive: true, maxSockets: 1 }));
  const contenders = Object.entries(kinds).map(([name, at], index) => ({ name, at, agent: agents[index], times: [] }));
  for (let time = -warmUpRequests; time < requests; time += 1) {
    // Who comes first changes each time: the one after another may find warmer caches.
    const order = contenders.map((_, index) => contenders[(index + Math.abs(time)) % contenders.length]);
    for (const { at, agent, times } of order) {
      const milliseconds = await post(at, agent);
      if (time >= 0) times.push(milliseconds);
    }
  }
  for (const agent of agents) agent.destroy();
  const [{ times: bare }] = contenders;
  return contenders.map(({ name, times }) => {
    const at = (part) => {
      const [own, other] = [times, bare].map((list) => quantile(list, part));
      return { milliseconds: rounded(own), ratio: rounded(own / other) };
    };
    return { routes: routes.length, way: name, p50: at(0.5), p99: at(0.99) };
  });
}

function quantile(numbers, part) {
  return [...numbers].sort((a, b) => a - b)[Math.ceil(numbers.length * part) - 1];
}

/** Milliseconds until the whole answer is there. */
function post(at, agent) {
  const headers = {
    Host: host,
    "Content-Type": "application/json",
    "Content-Length": update.length,
    "X-Telegram-Bot-Api-Secret-Token": secret,
  };
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const options = {
      host: address,
      port: tlsPort,
      path: at,
      method: "POST",
      servername: host,
      rejectUnauthorized: false,
    };
    const request = https.request({ ...options, agent, headers }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`${at} answered ${response.statusCode}`));
      response.on("end", () => resolve(performance.now() - began)).resume();
    });
    request.on("error", reject).end(update);
  });
}

function table(head, rows) {
  const lines = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return `${lines.map((line) => line.map((text, column) => text.padStart(widths[column])).join("  ")).join("\n")}\n`;
}

try {
  await main();
} catch (error) {
  console.error(error.message);
  process.exit(1); // whatever is still being waited for
}
