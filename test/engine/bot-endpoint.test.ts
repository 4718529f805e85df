// BotEndpoint on the real engine, with real servers: its children come in order, and it keeps its webhook when it is renamed or gets another server.
import * as path from "node:path";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { startBind9 } from "../support/bind9";
import { startHaproxy } from "../support/haproxy";
import type { Haproxy } from "../support/haproxy";
import { startBot, startNginx } from "../support/nginx";
import type { Bot, Nginx } from "../support/nginx";
import { run } from "../support/process";
import { createProject } from "../support/pulumi";
import type { Project } from "../support/pulumi";
import { blocksOf } from "../support/pages";
import { until } from "../support/until";

const address = "127.0.34.1";
const hostname = "bots.example.com";
let telegram: FakeTelegram;
let nginx: Nginx;
let haproxy: Haproxy | undefined;
let bot: Bot;
let project: Project;

beforeEach(async () => {
  telegram = await startFakeTelegram();
  telegram.setHost(hostname, { connect: `${address}:443` });
  nginx = await startNginx("");
  bot = await startBot();
});
afterEach(async () => {
  await project.dispose();
  await bot.close();
  await nginx.dispose();
  await haproxy?.dispose();
  await telegram.close();
});

/** A program with one endpoint; `options` is code. */
const program = (name: string, options: string, server: object = { nginx: nginx.settings }) => `
const pulumi = require("@pulumi/pulumi");
const telegram = require("pulumi-telegram");
class Own extends pulumi.ProviderResource { constructor() { super("pulumi-nodejs", "own", {}); } }
const own = new Own();
const endpoint = new telegram.BotEndpoint(${JSON.stringify(name)}, {
  hostname: ${JSON.stringify(hostname)},
  listen: "${address}:443",
  upstream: ${JSON.stringify(bot.url)},
  server: ${JSON.stringify(server)},
  webhook: { preflight: false, verifySeconds: 0, allowedUpdates: ["message"] },
}, { providers: { "pulumi-nodejs": own }, ${options} });
exports.url = endpoint.url;
exports.environment = endpoint.environment;
`;

/** What varies from run to run: times, and the version that is built. */
const withoutTimes = (text: string): string =>
  text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>").replace(/\b\d+\.\d+\.\d+(?=[)"])/g, "<version>");

/** What each command of a page prints, as it is shown. */
const shownOnPage = (page: string): string[] =>
  blocksOf(page, "console").map((block) => withoutTimes(block.slice(block.indexOf("\n") + 1)));

const children = () =>
  project
    .state()
    .resources.filter(({ urn }) => urn.includes("BotEndpoint$"))
    .map(({ urn, parent, provider, dependencies = [] }) => ({
      name: urn.split("::").at(-1),
      parent: String(parent).split("::").at(-1),
      provider: String(provider).split("::").at(-2),
      after: (dependencies as string[]).map((one) => one.split("::").at(-1)).sort(),
    }))
    .sort((one, other) => String(one.name).localeCompare(String(other.name)));

test("children come in order and use the provider that was given; another name with an alias changes nothing, another server the route alone", async () => {
  const { id, token } = telegram.addBot();
  project = await createProject({
    program: program("shop", ""),
    config: { "telegram:apiUrl": telegram.apiUrl, "telegram:token": { secret: token } },
  });
  await project.up();
  const shared = { parent: "shop", provider: "own" };
  expect(children()).toEqual([
    { ...shared, name: "shop-certificate", after: [] },
    { ...shared, name: "shop-route", after: ["shop-certificate", "shop-secret"] },
    { ...shared, name: "shop-secret", after: [] },
    { ...shared, name: "shop-webhook", after: ["shop-certificate", "shop-route", "shop-secret"] },
  ]);
  telegram.message(id, { text: "hello" });
  await until(() => bot.requests.length > 0);
  const { environment } = (await project.outputs({ showSecrets: true })) as { environment: Record<string, string> };
  expect(bot.requests[0]?.headers["x-telegram-bot-api-secret-token"]).toBe(environment["WEBHOOK_SECRET"]);
  expect(JSON.stringify(await project.outputs())).not.toContain(token);

  // The doctor failed it: it was given the bot's own secret, knew no certificate, and took the route's answer for the bot's.
  const ns = "127.0.34.53";
  const zone = `$TTL 60\n@ SOA ns.example.com. admin.example.com. 1 60 60 60 60\n@ NS ns.example.com.\nns A ${ns}\nbots A ${address}\n`;
  const dns = await startBind9({ address: ns, zones: { "example.com": zone } });
  const doctor = async (...more: string[]) => {
    const command = path.join(__dirname, "../../dist/cli/index.js");
    const args = [command, "doctor", "--stack", "test", ...more, "--name-server", ns];
    const { code, stdout, stderr } = await run(process.execPath, args, {
      cwd: project.directory,
      env: project.environment,
    });
    expect(stdout + stderr).not.toMatch(new RegExp(`${token.slice(-20)}|/tg/|${environment["WEBHOOK_SECRET"]}`));
    const shown = stdout
      .replaceAll(address, "203.0.113.7")
      .replaceAll(bot.url, "http://127.0.0.1:8080")
      .replaceAll(`${id}`, "123456789");
    return { code, stderr, shown: withoutTimes(shown) };
  };
  const [healthy, stopped, , asJson] = shownOnPage("docs/doctor.md");
  try {
    expect(await doctor()).toEqual({ code: 0, stderr: "", shown: healthy });
    await bot.close();
    expect(await doctor()).toEqual({ code: 1, stderr: "", shown: stopped });
    expect(await doctor("--json")).toEqual({ code: 1, stderr: "", shown: asJson });
  } finally {
    await dns.stop();
  }

  const calls = () => telegram.journal({ botId: id, by: "client" }).filter(({ method }) => method !== "getWebhookInfo");
  const before = calls().length;
  project.write("index.js", program("store", 'aliases: [{ name: "shop" }]'));
  await project.up();
  expect(children().map(({ name }) => name)).toEqual([
    "store-certificate",
    "store-route",
    "store-secret",
    "store-webhook",
  ]);
  expect(calls().length).toBe(before);
  await project.pulumi(["preview", "--refresh", "--expect-no-changes"]);

  // The old route goes first: Telegram finds nobody for a moment, and sends again what came meanwhile.
  haproxy = await startHaproxy("");
  bot = await startBot(bot.port);
  project.write("index.js", program("store", "", { haproxy: haproxy.settings }));
  const sent: number[] = [];
  const sending = setInterval(() => sent.push(telegram.message(id, { text: "hello" }).updateId), 200);
  try {
    await project.up();
  } finally {
    clearInterval(sending);
  }
  await until(() => telegram.pending(id) === 0, 120);
  const arrived = new Set(bot.requests.map(({ body }) => (JSON.parse(body) as { update_id: number }).update_id));
  expect(sent.filter((updateId) => !arrived.has(updateId))).toEqual([]);
  expect(calls().length).toBe(before);
  expect(haproxy.log()).toContain("status=200 secret=current");
  await project.pulumi(["preview", "--refresh", "--expect-no-changes"]);

  await project.destroy();
  expect(telegram.state(id).url).toBe("");
}, 400_000);
