// The Worker of a WorkerEndpoint in workerd: the contract of the proxy servers, its origin, a rotation under load.
import { readFileSync } from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as net from "node:net";
import { join } from "node:path";
import ts from "typescript";
import { sha256 } from "../../provider/core/hash";
import { probeHttp } from "../../provider/probe/http";
import { attacks, genuine, outcomes, request, statusOf } from "../support/attacks";
import type { Attempt, Target } from "../support/attacks";
import { contractTable } from "../support/contract";
import { unlike } from "../support/edges";
import { exchange, startBot } from "../support/nginx";
import type { Bot } from "../support/nginx";
import { realTime } from "../support/real-time";
import { letLoose } from "../support/rotation-clients";
import { startRollout, startWorker } from "../support/workerd";
import type { RunningWorker } from "../support/workerd";

const host = "bots.example.com";
const path = "/tg/b1";
const secrets: [string, string] = ["current-Secret_of-b1", "previous-Secret_of-b1"];
const table = contractTable("a request");
const running: RunningWorker[] = [];
let bot: Bot;
let worker: RunningWorker;
let target: Target;

beforeAll(async () => {
  bot = await startBot();
  worker = await workerWith({});
  target = { host, port: worker.port, path, secrets, otherSecret: "secret-of-b10", longerPath: "/tg/b10" };
});
afterAll(async () => {
  await Promise.all([bot.close(), ...running.map((one) => one.stop())]);
  table.print();
});

async function workerWith(bindings: Record<string, string>, own?: string): Promise<RunningWorker> {
  const usual = { HOSTNAME: host, PATH: path, MAX_BODY_BYTES: String(1024 * 1024), TIMEOUT_SECONDS: "65" };
  const origin = { ORIGIN_URL: `${bot.url}${path}`, ACCEPTED_SHA256: digests(secrets) };
  const started = await startWorker({ ...usual, ...origin, ...bindings }, own);
  running.push(started);
  return started;
}

const digests = (all: string[]) => all.map((secret) => sha256(secret)).join(",");
const send = ({ port }: { port: number }, text: string) => exchange("127.0.0.1", port, text);
const outcomesAt = (at: RunningWorker, attempts: Attempt[]) =>
  outcomes(attempts, { send: (text) => send(at, text), arrived: () => bot.requests.length });
const behaviour = (what: string, work: () => Promise<unknown>) =>
  test(what, () => table.cell(what, "Cloudflare", "Worker", work));

/** The whole answer to an update; rejects when it is cut. */
async function post({ port }: RunningWorker): Promise<{ status: number; type: string; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host, "content-type": "application/json", "x-telegram-bot-api-secret-token": secrets[0] };
    const asked = http.request({ port, path, method: "POST", headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => (body += part));
      response.on("error", reject).on("end", () => {
        resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"] ?? "", body });
      });
    });
    asked.on("error", reject).end("{}");
  });
}

/** What workerd answers otherwise than the contract says, with its reason. None of it gets past the secret. */
const differences: Record<string, { status: number; reached?: 1 }> = {
  // It writes the path anew before the Worker sees it, as Cloudflare does: the same request, with the right secret.
  "a path with ..": { status: 200, reached: 1 },
  "a path with .": { status: 200, reached: 1 },
  // It drops the length: one request.
  "a length and chunks": { status: 200, reached: 1 },
  // It cannot read these, and the Worker is not asked.
  "the method post": { status: 501 },
  "a backslash": { status: 500 },
  "an absolute address": { status: 500 },
  "an absolute address of another host": { status: 500 },
  "an absolute address behind another host": { status: 500 },
  "no host in HTTP/1.0": { status: 400 },
  // A Worker has one bot.
  "the longer path with this bot's secret": { status: 404 },
};

async function tried(contract: Attempt[], reaching: 0 | 1) {
  const all = contract.map((one) => ({ ...one, status: [differences[one.name]?.status ?? one.status].flat() }));
  const right = all.map(({ name }) => ({ name, reached: differences[name]?.reached ?? reaching, status: "right" }));
  expect(await outcomesAt(worker, all)).toEqual(right);
  for (const { name, status } of all.filter((one) => unlike.has(one.name) || one.name in differences))
    await table.cell(`answer to "${name}"`, "Cloudflare", "Worker", () => Promise.resolve(), status.join(" or "));
}

behaviour("no attack reaches a bot, and each gets its answer", async () => {
  const contract = attacks(target);
  const names = contract.map(({ name }) => name);
  expect(Object.keys(differences).filter((name) => !names.includes(name))).toEqual([]);
  await tried(contract, 0);
});

behaviour("every genuine update reaches its bot, without the secret, with the address of the client", async () => {
  await tried(genuine(target), 1);
  const text = request(target, { headers: ["Accept: */*", "CF-Connecting-IP: 149.154.167.220", "X-Other: 1"] });
  expect(await send(worker, text)).toMatch(/^HTTP\/1\.1 200 [^]*\r\nx-bot: here\r\n/i);
  expect(bot.requests.at(-1)).toEqual({
    arrivedAt: expect.any(Number) as number,
    method: "POST",
    url: path,
    body: '{"update_id":1}',
    headers: {
      host: bot.url.replace("http://", ""),
      "content-type": "application/json",
      "content-length": "15",
      "x-forwarded-for": "149.154.167.220",
      "x-forwarded-proto": "https",
      "x-real-ip": "149.154.167.220",
      accept: "*/*",
      "cf-worker": "gate.example.com", // Cloudflare's own: the zone of the Worker
    },
  });
});

behaviour("a bot that is configured so gets its own stable secret, at its own path", async () => {
  const own = await workerWith({ ORIGIN_URL: `${bot.url}/hook`, PROCESS_SECRET: "stable" });
  await send(own, request(target, { secret: secrets[1] }));
  const { url, headers } = bot.requests.at(-1) ?? {};
  expect([url, headers?.["x-telegram-bot-api-secret-token"]]).toEqual(["/hook", "stable"]);
});

behaviour("a wish to speak another protocol does not get to the bot", async () => {
  await send(worker, request(target, { headers: ["Upgrade: websocket"] }));
  expect(bot.requests.at(-1)?.headers).not.toHaveProperty("upgrade");
});

behaviour("a body limit of one's own holds", async () => {
  const small = await workerWith({ MAX_BODY_BYTES: "1024" });
  const chunks = (size: number) => {
    const body = `${size.toString(16)}\r\n${"a".repeat(size)}\r\n0\r\n\r\n`;
    return request(target, { body, length: "Transfer-Encoding: chunked" });
  };
  const attempts: Attempt[] = [
    { name: "at it", text: request(target, { body: "a".repeat(1024) }), status: [200] },
    { name: "over it", text: request(target, { body: "a".repeat(1025) }), status: [413] },
    { name: "at it in chunks", text: chunks(1024), status: [200] },
    { name: "over it in chunks", text: chunks(1025), status: [413] },
  ];
  expect((await outcomesAt(small, attempts)).map(({ reached, status }) => [reached, status])).toEqual([
    [1, "right"],
    [0, "right"],
    [1, "right"],
    [0, "right"],
  ]);
});

test("the check of a webhook's endpoint passes by the Worker itself, and reaches no bot", async () => {
  const before = bot.requests.length;
  const url = `http://${host}:${worker.port}${path}`;
  const endpoint = { host, address: "127.0.0.1", port: worker.port, url, secretToken: secrets[0] };
  expect(await probeHttp(endpoint, realTime())).toMatchObject({ outcome: "pass", secret: "accepted", isByRoute: true });
  expect(bot.requests.length).toBe(before);
});

test("a Worker of the user's gets the update by its service binding, and its answer goes to Telegram", async () => {
  const own = `export default { async fetch(request) {
    const seen = [request.method, request.url, request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.text()];
    return Response.json({ method: "sendMessage", seen }, { status: 201 });
  } };`;
  const bound = await workerWith({ ORIGIN_URL: `https://${host}${path}`, PROCESS_SECRET: "stable" }, own);
  const { status, type, body } = await post(bound);
  expect([status, type, JSON.parse(body)]).toEqual([
    201,
    "application/json",
    { method: "sendMessage", seen: ["POST", `https://${host}${path}`, "stable", "{}"] },
  ]);
});

test("an origin that is down is 502, and one that does not answer in time 504", async () => {
  const silent = net.createServer();
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const [down, slow] = await Promise.all([
    workerWith({ ORIGIN_URL: `http://127.0.0.1:1${path}` }),
    workerWith({ ORIGIN_URL: `http://127.0.0.1:${port}${path}`, TIMEOUT_SECONDS: "1" }),
  ]);
  const connected = new Promise<net.Socket>((resolve) => silent.once("connection", resolve));
  expect(await send(down, request(target))).toMatch(/^HTTP\/1\.1 502 /);
  expect(await send(slow, request(target))).toMatch(/^HTTP\/1\.1 504 /);
  (await connected).destroy();
  await new Promise((resolve) => silent.close(resolve));
});

test("an answer that the origin cuts is not given to Telegram as a whole one", async () => {
  const cutting = http.createServer((_, response) => {
    response.writeHead(200, { "Content-Length": 100 }).write("{");
    setImmediate(() => response.destroy());
  });
  await new Promise<void>((resolve) => cutting.listen(0, "127.0.0.1", resolve));
  const { port } = cutting.address() as AddressInfo;
  const behind = await workerWith({ ORIGIN_URL: `http://127.0.0.1:${port}${path}` });
  await expect(post(behind)).rejects.toThrow("aborted");
  await new Promise((resolve) => cutting.close(resolve));
});

test("an update that its sender cuts does not reach the bot", async () => {
  const before = bot.requests.length;
  const socket = net.connect(worker.port, "127.0.0.1");
  socket.end(request(target, { body: '{"upda', length: "Content-Length: 15" }));
  await new Promise((resolve) =>
    socket
      .resume()
      .on("error", () => undefined)
      .on("close", resolve),
  );
  expect(await statusOf({ host, address: "127.0.0.1", port: worker.port, path }, secrets[0])).toBe(200);
  expect(bot.requests.slice(before).map(({ body }) => body)).toEqual(['{"update_id":1}']);
});

test("six rotations under 20 clients, in each of which requests meet the old version of the Worker and the new one, refuse no genuine update and accept no forged one", async () => {
  const secret = (round: number) => `secret-${round}`;
  const version = (round: number) => workerWith({ ACCEPTED_SHA256: digests([secret(round), secret(round - 1)]) });
  const rollout = await startRollout(await version(0));
  const place = { host, address: "127.0.0.1", port: rollout.port, path };
  let current = secret(0);
  const crowd = letLoose((isForged) => statusOf(place, isForged ? "forged" : current));
  for (let round = 1; round <= 6; round += 1) {
    await rollout.to(await version(round));
    current = secret(round);
    expect(await statusOf(place, current)).toBe(200);
  }
  await crowd.end();
  expect(await statusOf(place, secret(4))).toBe(401);
  await rollout.close();
  process.stdout.write(`\nthe Worker, 6 rotations of the secret: ${JSON.stringify(crowd.seen)}\n`);
  expect(crowd.seen).toEqual({ genuine: crowd.seen.genuine, refused: 0, forgedIn: 0, resets: 0 });
  expect(crowd.seen.genuine).toBeGreaterThan(100);
});

test("the build writes the same program", () => {
  const printed = (file: string) => {
    const text = readFileSync(join(__dirname, "../..", file), "utf8");
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022);
    return ts.createPrinter({ removeComments: true }).printFile(source);
  };
  const file = "components/cloudflare/worker/gate.mjs";
  expect(printed(`dist/${file}`)).toBe(printed(file));
});

test("the Worker prints nothing of what it is sent", () => {
  const printed = running.map((one) => one.log()).join("\n");
  for (const hidden of [...secrets, "stable", "update_id"]) expect(printed).not.toContain(hidden);
});
