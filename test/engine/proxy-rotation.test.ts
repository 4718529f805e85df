// Rotation under load: twenty bots get updates through nginx while `pulumi up` rotates secrets and certificates and moves them.
import { existsSync } from "node:fs";
import * as path from "node:path";
import { startBot, startNginx, certificateFor } from "../support/nginx";
import type { Bot, Nginx } from "../support/nginx";
import { routeProject } from "../support/route-projects";
import type { Declared, RouteProject } from "../support/route-projects";
import { until } from "../support/until";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { connect } from "node:tls";

const address = "127.0.7.50";
const host = "bots.example.com";
let telegram: FakeTelegram;
let nginx: Nginx;
let upstreams: [Bot, Bot];
let project: RouteProject;

beforeEach(async () => {
  telegram = await startFakeTelegram();
  telegram.setHost(host, { shown: "149.154.175.50", connect: `${address}:8443` });
  nginx = await startNginx("");
  upstreams = [await startBot(), await startBot()];
  project = await routeProject();
});
afterEach(async () => {
  await project.dispose();
  await telegram.close();
  await nginx.dispose();
  await Promise.all(upstreams.map((one) => one.close()));
});

interface Wanted {
  rotateTrigger: string;
  pem: { certificatePem: string; privateKeyPem: string };
  anchors: string;
  upstream: Bot;
  folder: string;
  /** What the route accepts: both secrets, or the one in force alone. */
  accepts: "accepted" | "current";
}

type TestBot = ReturnType<FakeTelegram["addBot"]>;

function declarationsOf(bots: TestBot[], wanted: Wanted): Record<string, Declared> {
  const { rotateTrigger, pem, anchors, upstream, folder, accepts } = wanted;
  const entries = bots.flatMap(({ id, token }): [string, Declared][] => {
    const secret = { $of: `secret-${id}`, output: accepts };
    const route = {
      server: { nginx: nginx.settings },
      attach: "listener",
      listen: `${address}:8443`,
      tls: { pem },
      hostname: host,
      path: `/${folder}/${id}`,
      upstream: upstream.url,
      upstreamSecret: `stable-${id}`,
      secretTokens: accepts === "accepted" ? secret : [secret],
    };
    const webhook = {
      token,
      url: { $of: `route-${id}`, output: "url" },
      certificate: anchors,
      secretToken: { $of: `secret-${id}`, output: "current" },
      apiUrl: telegram.apiUrl,
      preflight: false,
      verifySeconds: 0,
    };
    return [
      [`secret-${id}`, { type: "WebhookSecret", args: { rotateTrigger } }],
      [`route-${id}`, { type: "ProxyRoute", args: route }],
      [`webhook-${id}`, { type: "TelegramWebhook", args: webhook, dependsOn: [`route-${id}`] }],
    ];
  });
  return Object.fromEntries(entries);
}

/** Updates for every bot, and forged ones, until it is stopped. Gives how many of each there were. */
function load(bots: TestBot[], everyMilliseconds: number) {
  let sent = 0;
  let forged = 0;
  let isOver = false;
  const genuine = (async () => {
    while (!isOver) {
      for (const { id } of bots) telegram.message(id, { text: `${(sent += 1)}` });
      await new Promise((resolve) => setTimeout(resolve, everyMilliseconds));
    }
  })();
  const forging = (async () => {
    while (!isOver) {
      const { id } = bots[forged % bots.length] ?? { id: "" };
      const body = '{"update_id":-1}';
      const socket = connect({ host: address, port: 8443, servername: host, rejectUnauthorized: false }, () =>
        socket.end(
          `POST /tg/${id} HTTP/1.1\r\nHost: ${host}:8443\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
            `X-Telegram-Bot-Api-Secret-Token: forged-${forged}\r\nConnection: close\r\n\r\n${body}`,
        ),
      );
      socket.on("error", () => undefined).on("data", () => undefined);
      await new Promise((resolve) => socket.once("close", resolve));
      forged += 1;
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await Promise.all([genuine, forging]);
      return { sent, forged };
    },
    sent: () => sent,
  };
}

/** What reached the bots: when each update did, by bot and update. */
function arrivals(): Map<string, number[]> {
  const times = new Map<string, number[]>();
  for (const { headers, body, arrivedAt } of upstreams.flatMap(({ requests }) => requests)) {
    const { update_id } = JSON.parse(body) as { update_id: number };
    const key = `${headers["x-telegram-bot-api-secret-token"] as string} ${update_id}`;
    times.set(key, [...(times.get(key) ?? []), arrivedAt].sort());
  }
  return times;
}

/** Updates that arrived twice although they were not under way when the webhook was set, and no connection was closed under them. */
function unexplained(times: Map<string, number[]>): string[] {
  const ended = telegram.deliveries().filter(({ outcome }) => outcome === "cut" || outcome === "closed");
  const explained = new Set(ended.map(({ botId, updateId }) => `stable-${botId} ${updateId}`));
  return [...times].flatMap(([key, { length }]) => (length < 2 || explained.has(key) ? [] : [key]));
}
const refused = () => telegram.deliveries().filter(({ outcome }) => outcome === "failed");
const pendingOf = (bots: TestBot[]) => bots.reduce((sum, { id }) => sum + telegram.pending(id), 0);

test("no genuine update is refused or lost, and no forged one gets through, whatever is changed meanwhile", async () => {
  const bots = Array.from({ length: 20 }, () => telegram.addBot());
  const [old, young] = [await certificateFor(host), await certificateFor(host)];
  const anchors = old.certificatePem + young.certificatePem;
  const wanted: Wanted = {
    rotateTrigger: "1",
    pem: old,
    anchors,
    upstream: upstreams[0],
    folder: "tg",
    accepts: "accepted",
  };
  const declare = (more: Partial<Wanted> = {}) => project.declare(declarationsOf(bots, Object.assign(wanted, more)));
  declare();
  await project.up();
  const before = nginx.reloads();

  const running = load(bots, 250);
  let insideWindows = 0;
  const during = async (work: () => Promise<unknown>) => {
    const from = running.sent();
    await work();
    insideWindows += running.sent() - from;
  };
  declare({ rotateTrigger: "2" });
  await during(() => project.up());
  declare({ pem: young });
  await during(() => project.up());
  declare({ rotateTrigger: "3", upstream: upstreams[1], folder: "moved" });
  await during(() => project.up());
  declare({ rotateTrigger: "4" });
  await during(async () => {
    const reloads = nginx.reloads();
    const killed = project.start(["up", "--yes", "--skip-preview"]);
    await until(() => nginx.reloads() > reloads, 60);
    killed.kill("SIGKILL");
    // The provider lives on for the operation that is under way.
    await until(() => !existsSync(path.join(nginx.settings.directory, "undo")), 60);
    await project.recover();
    await project.up(["--refresh"]);
  });
  const { sent, forged } = await running.stop();
  await until(() => pendingOf(bots) === 0, 60);

  const counts = arrivals();
  expect(refused().map(({ at, status, error }) => [at, status, error])).toEqual([]);
  expect(counts.size).toBe(sent);
  expect([...counts.keys()].filter((key) => key.endsWith(" -1"))).toEqual([]);
  expect(insideWindows).toBeGreaterThanOrEqual(500);
  expect(forged).toBeGreaterThan(50);
  expect(unexplained(counts)).toEqual([]);
  expect(nginx.reloads() - before).toBeLessThan(40);
}, 400_000);

test("with the secret in force alone, the same rotation refuses genuine updates", async () => {
  const bots = Array.from({ length: 3 }, () => telegram.addBot());
  const pem = await certificateFor(host);
  const anchors = pem.certificatePem;
  const wanted: Wanted = { rotateTrigger: "1", pem, anchors, upstream: upstreams[0], folder: "tg", accepts: "current" };
  project.declare(declarationsOf(bots, wanted));
  await project.up();
  const running = load(bots, 20);
  project.declare(declarationsOf(bots, { ...wanted, rotateTrigger: "2" }));
  await project.up();
  await running.stop();
  expect(refused().map(({ status }) => status)).toContain(401);
}, 120_000);
