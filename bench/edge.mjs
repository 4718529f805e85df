// `node bench/edge.mjs`: what a route costs over a bare proxy_pass on the same nginx, and what many routes cost nginx.
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import https from "node:https";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import processes from "../scripts/lib/process.js";
import { top } from "./project.mjs";
import { median } from "./report.mjs";

const usage = `node bench/edge.mjs [--sizes 1,100,1000] [--parallel 8] [--requests 5000] [--reloads 5]   (after \`npm run build\`)

For each number of routes: seconds and reloads of nginx to make and to remove them all at once, and (up to 100 routes) with
--parallel at once, since pulumi does 4 for each processor unless told otherwise; milliseconds of an update through a route
and through a bare proxy_pass; seconds from \`nginx -s reload\` to the first answer of the new configuration.`;

const [address, host, secret] = ["127.0.9.1", "bots.example.com", "secret-of-the-bench"];
const [plainPort, tlsPort] = [8080, 8443];
const warmUpRequests = 200;
const deadlineSeconds = 600;
/** Above it a few at once take a quarter of an hour, and only say the same again: a reload for each few. */
const mostInLanes = 100;
/** As long as a text message of a user usually is. */
const update = JSON.stringify({ update_id: 1, message: { text: "x".repeat(600) } });

const home = mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-edge-"));
process.once("exit", () => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));
// An exit by process.exit() ends every process that was started; an exit by a signal would not.
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(name, () => process.exit(130));
const inHome = (name) => path.join(home, name);
const directory = inHome("ours");
const command = ["nginx", "-c", inHome("nginx.conf"), "-p", home];

async function main() {
  const { sizes, parallel, requests, reloads, isHelp } = settings();
  if (isHelp) return console.log(usage);
  const { routeOf, apply, remove } = lifecycleOfDist();
  const load = () => os.loadavg()[0].toFixed(1);
  const before = load();
  const server = await startNginx();
  const [changes, reloaded, latencies] = [[], [await reloadRow(0, reloads)], []];
  for (const size of sizes) {
    const routes = Array.from({ length: size }, (_, at) => routeOf(at));
    for (const lanes of size > mostInLanes ? [size] : new Set([size, Math.min(size, parallel)])) {
      const made = await counted(() => inLanes(routes, lanes, apply));
      if (lanes === size) {
        latencies.push(...(await latencyRows(routes, requests)));
        reloaded.push(await reloadRow(size, reloads));
      }
      const removed = await counted(() => inLanes(routes, lanes, remove));
      changes.push([size, lanes, ...made, ...removed]);
      console.error(`${size} routes, ${lanes} at once: done`);
    }
  }
  await server.stop();
  console.log(`load ${before} before, ${load()} after; ${os.cpus().length} processors; Node ${process.version}\n`);
  console.log(table(["routes", "at once", "make s", "reloads", "remove s", "reloads"], changes));
  console.log(table(["routes", "reload s", "slowest"], reloaded));
  console.log(table(["routes", "", "p50 ms", "p99 ms", "p50 ratio", "p99 ratio"], latencies));
  console.log('Ratios are to "bare" of the same run; "bare again" is a second bare proxy_pass: the noise.');
}

function settings() {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string", default: "1,100,1000" },
      parallel: { type: "string", default: "8" },
      requests: { type: "string", default: "5000" },
      reloads: { type: "string", default: "5" },
      help: { type: "boolean" },
    },
  });
  const numbers = (name) => {
    const parts = values[name].split(",").map(Number);
    if (parts.some((part) => !Number.isInteger(part) || part < 1)) throw new Error(`--${name}: whole numbers from 1`);
    return parts;
  };
  const [parallel, requests, reloads] = ["parallel", "requests", "reloads"].map((name) => numbers(name)[0]);
  return { sizes: numbers("sizes"), parallel, requests, reloads, isHelp: values.help === true };
}

/** The package as users get it, without Pulumi: a route as check fills it in, and what brings it into force. */
function lifecycleOfDist() {
  const dist = path.join(top, "dist", "provider");
  if (!existsSync(dist)) throw new Error("dist is missing: `npm run build` first");
  const require = createRequire(import.meta.url);
  const { logics } = require(path.join(dist, "registry.js"));
  const { checkInputs, inputsOf } = require(path.join(dist, "core", "fields.js"));
  const { pause } = require(path.join(dist, "core", "retry.js"));
  const logic = logics.ProxyRoute;
  const lifecycle = logic.lifecycle();
  const context = () => {
    const signal = AbortSignal.timeout(deadlineSeconds * 1000);
    const nothing = () => undefined;
    const clock = { now: () => new Date(), sleep: (seconds) => pause(seconds, signal), signal, beyond: context };
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
    const nginx = {
      directory,
      accessLog: inHome("route.log"),
      check: [...command, "-T"],
      reload: [...command, "-s", "reload"],
    };
    const more = {
      path: `/tg/${at}`,
      upstream: `http://${address}:${plainPort}`,
      secretTokens: [secret, `before-${at}`],
    };
    const args = { server: { nginx }, attach: "location", listen: `${address}:${tlsPort}`, hostname: host, ...more };
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

/** The bare proxy_pass and our routes stand in one server block; the bot is as fast as nginx answers. */
async function startNginx() {
  chmodSync(home, 0o755);
  const pem = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", `/CN=${host}`];
  const made = await processes.run("openssl", [
    "req",
    "-x509",
    ...pem,
    "-keyout",
    inHome("key"),
    "-out",
    inHome("pem"),
  ]);
  if (made.code !== 0) throw new Error(made.stderr);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${home}/${name};`,
  );
  const bare = (name) =>
    `location = /${name} { proxy_pass http://${address}:${plainPort}; access_log ${home}/bare.log; }`;
  writeFileSync(inHome("generation.conf"), "return 200 0;");
  writeFileSync(
    inHome("nginx.conf"),
    `daemon off; worker_processes 1; pid ${home}/pid; error_log ${home}/error.log notice;
events { worker_connections 1024; }
http { access_log off; ${temporary.join(" ")}
  include ${directory}/*.conf;
  server { listen ${address}:${plainPort}; location / { return 200 "{}"; } location = /generation { include ${home}/generation.conf; } }
  server { listen ${address}:${tlsPort} ssl; server_name ${host}; ssl_certificate ${home}/pem; ssl_certificate_key ${home}/key;
    ${bare("bare")} ${bare("again")} include ${directory}/locations/${host}/*.conf; }
}
`,
  );
  const running = processes.start(command[0], command.slice(1));
  await Promise.race([generation(0), running.ended]);
  if (!existsSync(inHome("pid"))) throw new Error(`nginx did not start: ${running.output()}`);
  return running;
}

/** Resolves when nginx answers with this generation of its configuration. */
async function generation(wanted) {
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    const url = `http://${address}:${plainPort}/generation`;
    const said = await fetch(url, { headers: { Connection: "close" } }).then(
      (response) => response.text(),
      () => "",
    );
    if (said === String(wanted)) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`generation ${wanted} did not come into force within 60 s`);
}

let generations = 0;
/** Seconds from the command to the first answer of the new configuration: the median, and the slowest. */
async function reloadRow(size, times) {
  const seconds = [];
  for (let time = 0; time < times; time += 1) {
    generations += 1;
    writeFileSync(inHome("generation.conf"), `return 200 ${generations};`);
    const began = performance.now();
    const { code, stderr } = await processes.run(command[0], [...command.slice(1), "-s", "reload"]);
    if (code !== 0) throw new Error(stderr);
    await generation(generations);
    seconds.push((performance.now() - began) / 1000);
  }
  return [size, median(seconds).toFixed(2), Math.max(...seconds).toFixed(2)];
}

/** Seconds of the work, and how often nginx has read its configuration anew meanwhile. */
async function counted(work) {
  const reloads = () => readFileSync(inHome("error.log"), "utf8").match(/\(SIGHUP\) received from/g)?.length ?? 0;
  const [began, before] = [performance.now(), reloads()];
  await work();
  return [((performance.now() - began) / 1000).toFixed(1), reloads() - before];
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
    const [own, other] = [times, bare].map((list) => [0.5, 0.99].map((part) => quantile(list, part)));
    return [
      routes.length,
      name,
      ...own.map((one) => one.toFixed(2)),
      ...own.map((one, at) => (one / other[at]).toFixed(2)),
    ];
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
