// Proof before and after through the CLI: real name servers, a real TLS endpoint, and no setWebhook before they are ready.
import { createServer } from "node:https";
import type { Server } from "node:https";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { pause } from "../../provider/core/retry";
import type { FakeTelegram } from "../../testing";
import { startBind9 } from "../support/bind9";
import type { Bind9 } from "../support/bind9";
import { inDays, makeAuthority, makeLeaf } from "../support/certificates";
import type { Authority, KeyPair } from "../support/certificates";
import { until } from "../support/until";
import { both, calls, onFakeTelegram } from "../support/webhooks";
import type { WebhookProject } from "../support/webhooks";

const [first, second, endpoint] = ["127.53.0.2", "127.53.0.3", "127.53.0.4"];
const host = "bots.example.test";
const secretToken = "the-secret-of-this-bot";
const zone = [
  "$ORIGIN example.test.",
  "$TTL 60",
  "@ 400 SOA ns1 admin 1 3600 600 86400 600",
  "@ NS ns1",
  "@ NS ns2",
  `ns1 A ${first}`,
  `ns2 A ${second}`,
  "",
].join("\n");

let telegram: FakeTelegram;
const newProject = onFakeTelegram((ready) => (telegram = ready));
let servers: Bind9[] = [];
let authority: Authority;
const webs: Server[] = [];
/** Secrets that the endpoint accepts, and what it was sent. */
let accepted: string[] = [];
let bodies: string[] = [];

beforeAll(async () => {
  authority = await makeAuthority();
  telegram.trust(authority.certificate);
  const zones = { "example.test": zone };
  servers = await Promise.all([startBind9({ address: first, zones }), startBind9({ address: second, zones })]);
});
afterEach(() => {
  for (const server of webs.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(() => Promise.all(servers.map((server) => server.stop())));

/** The bot's endpoint on port 443: 401 without an accepted secret, 200 otherwise. */
async function serve({ certificate, key }: KeyPair): Promise<void> {
  [accepted, bodies] = [[secretToken], []];
  const web = createServer({ cert: certificate, key }, (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      bodies.push(body);
      const isAccepted = accepted.includes(String(request.headers["x-telegram-bot-api-secret-token"]));
      response.writeHead(isAccepted ? 200 : 401, { connection: "close" }).end();
    });
  });
  webs.push(web);
  await new Promise<void>((resolve) => web.listen(443, endpoint, resolve));
}

async function botProject(more: Record<string, unknown> = {}) {
  const project = await newProject();
  const file = path.join(project.directory, "authority.pem");
  writeFileSync(file, authority.certificate);
  const { id, token } = telegram.addBot();
  telegram.setHost(host, { shown: "149.154.175.50", connect: `${endpoint}:443` });
  const preflight = { nameServers: [`${first}:53`], ...(more["preflight"] as object) };
  const args = { token, url: `https://${host}/tg/x`, secretToken, apiUrl: telegram.apiUrl, ...more, preflight };
  project.declare({ bot: args });
  return { project, bot: { id, token }, args, env: { NODE_EXTRA_CA_CERTS: file } };
}

const webhookOf = (project: WebhookProject) =>
  project.state().resources.find(({ type }) => type.endsWith("TelegramWebhook"))?.outputs;
const publish = (server: Bind9) => server.update(`update add ${host} 60 A ${endpoint}`);
const withdraw = () => Promise.all(servers.map((server) => server.update(`update delete ${host} A`)));

test("a record that comes late, on one server after the other, is waited for: no setWebhook before both have it", async () => {
  await serve(await makeLeaf({ issuer: authority, names: [host] }));
  const { project, bot, env } = await botProject();
  const began = Date.now();
  const at: number[] = [];
  const publishing = servers.map(async (server, index) => {
    await pause(3 * (index + 1), AbortSignal.timeout(60_000));
    await publish(server);
    at.push(Date.now() - began);
  });
  // The wait begins when the provider looks for the first time, not when the CLI starts.
  const up = project.up([], { env });
  await Promise.all([...publishing, up]);
  const [set] = telegram.journal({ botId: bot.id, method: "setWebhook" });
  expect(Date.parse(set?.at ?? "") - began).toBeGreaterThanOrEqual(at[1] ?? Infinity);
  expect(calls(telegram, { id: bot.id } as never).slice(0, 2)).toEqual(["getWebhookInfo", "setWebhook"]);
  expect(webhookOf(project)).toMatchObject({ verified: true, secretInForce: true });
  expect(bodies.every((body) => body === "")).toBe(true);
  await withdraw();
});

test("what is broken is said before the bot is touched, each in its own words, and a preview asks nobody", async () => {
  const expiry = inDays(-3);
  await serve(await makeLeaf({ issuer: authority, names: [host], notBefore: inDays(-30), notAfter: expiry }));
  await Promise.all(servers.map(publish));
  const { project, bot, env, args } = await botProject({ verifySeconds: 0 });
  await project.preview([], { env });
  expect(bodies).toEqual([]);

  const refused = both(await project.up([], { env, expect: 1 }));
  expect(refused).toContain(`bot ${bot.id}: the endpoint https://${host}/… is not ready. The tls check failed:`);
  expect(refused).toContain(`expired on ${expiry.toISOString().slice(0, 10)}`);
  expect(refused).toContain(
    "Nothing was sent to Telegram. To set the webhook without this check, give preflight: { tls: false }.",
  );
  expect(calls(telegram, { id: bot.id } as never)).toEqual(["getWebhookInfo"]);
  expect(webhookOf(project)).toBeUndefined();

  project.declare({ bot: { ...args, preflight: { ...args.preflight, tls: false } } });
  const warned = both(await project.up([], { env }));
  expect(warned).toMatch(/warning: bot \d+: http: cannot tell\./);
  expect(telegram.state(bot.id).url).toBe(args.url);
  await withdraw();
});

test("a secret that somebody overwrote is found although nobody can read it, and repaired", async () => {
  await serve(await makeLeaf({ issuer: authority, names: [host] }));
  await Promise.all(servers.map(publish));
  const { project, bot, env, args } = await botProject();
  await project.up([], { env });
  await telegram.outsider(bot.id).setWebhook({ url: args.url, max_connections: 41 });
  await pause(2, AbortSignal.timeout(60_000)); // an error within the second of our own set could be of that set
  telegram.message(bot.id, { text: "hello" });
  await until(() => telegram.state(bot.id).lastError !== null);

  const drift = both(await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"], { env, expect: 7 }));
  expect(drift).toContain("and accepts our secret: Telegram sends another one. pulumi up --refresh sends ours again.");
  await project.up(["--refresh"], { env });
  expect(telegram.state(bot.id)).toMatchObject({ secretToken });
  await until(() => telegram.pending(bot.id) === 0);
  await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"], { env });
  await withdraw();
});

test("an error right after the set fails the command with its cause; the next up checks all again and sends it again", async () => {
  await serve(await makeLeaf({ issuer: authority, names: [host] }));
  await Promise.all(servers.map(publish));
  const { project, bot, env, args } = await botProject();
  // Telegram reaches another machine than we do: a certificate of an authority that it does not know.
  const stranger = await makeLeaf({ issuer: await makeAuthority(), names: [host] });
  const elsewhere = createServer({ cert: stranger.certificate, key: stranger.key });
  webs.push(elsewhere);
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  const { port } = elsewhere.address() as { port: number };
  telegram.setHost(host, { shown: "149.154.175.50", connect: `127.0.0.1:${port}` });
  const failed = both(await project.up([], { env, expect: 1 }));
  expect(failed).toContain(
    `bot ${bot.id}: the webhook https://${host}/… is set, but Telegram could not deliver to it:`,
  );
  expect(failed).toContain("Telegram does not trust the endpoint's certificate");
  expect(telegram.state(bot.id).url).toBe(args.url);
  expect(webhookOf(project)).toMatchObject({ verified: false });

  telegram.setHost(host, { shown: "149.154.175.50", connect: `${endpoint}:443` });
  await project.up([], { env });
  expect(webhookOf(project)).toMatchObject({ verified: true });
  await withdraw();
});
