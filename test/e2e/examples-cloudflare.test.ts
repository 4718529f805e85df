// The examples at Cloudflare: their programs on mocks, and their bots with real updates, behind the Worker in workerd or checking the secret themselves.
import * as path from "node:path";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { registeredByExample } from "../support/example-program";
import type { ExampleProgram } from "../support/example-program";
import { certificateFor } from "../support/nginx";
import { freePort } from "../support/ports";
import { start } from "../support/process";
import { repository } from "../support/pulumi";
import { botsPython } from "../support/python";
import { post } from "../support/sender";
import { until } from "../support/until";
import { startWorker, startZone } from "../support/workerd";

const address = "127.0.32.12";
const hostname = "bots.example.com";
const last: (() => Promise<unknown>)[] = [];
let telegram: FakeTelegram;

beforeAll(async () => void (await botsPython()), 600_000); // the first time on a machine it is installed
beforeEach(async () => {
  telegram = await startFakeTelegram();
  last.push(() => telegram.close());
});
afterEach(async () => {
  for (const end of last.splice(0).reverse()) await end();
});

const secrets = { current: "new-Secret", accepted: ["new-Secret", "old-Secret"] };
const site = { accountId: "a1", hostname, zone: "example.com", zoneId: "z1" };
const registered = (name: string, token: string, more: Record<string, string>, facts: Record<string, object>) => {
  const config: Record<string, string> = { "telegram:token": token, "telegram:apiUrl": telegram.apiUrl };
  for (const [key, value] of Object.entries({ ...site, ...more })) config[`project:${key}`] = value;
  return registeredByExample(name, config, facts);
};

/** The bot of the example as its README starts it, with the file of its environment and `more`. */
async function startBot(name: string, { outputs }: ExampleProgram, more: NodeJS.ProcessEnv = {}): Promise<void> {
  const lines = [...String(outputs["environment"]).matchAll(/^(\w+)='([^']*)'$/gm)];
  const given = Object.fromEntries(lines.map(([, key = "", value = ""]) => [key, value]));
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, PYTHONDONTWRITEBYTECODE: "1", PYTHONUNBUFFERED: "1", ...given, ...more };
  const running = start(await botsPython(), ["bot.py"], { cwd: path.join(repository, "examples", name), env });
  last.push(() => running.stop());
  await running.waitFor(/Running on/, 90);
}

/** Telegram itself: the webhook as the program registers it, and a message. */
async function converse(id: string, { children }: ExampleProgram, child: string, text: string): Promise<void> {
  const { url, secretToken } = (children[child]?.[1] ?? {}) as { url: string; secretToken: string };
  expect((await telegram.outsider(id).setWebhook({ url, secret_token: secretToken })).ok).toBe(true);
  telegram.message(id, { text });
  await until(() => telegram.sent(id).some((sent) => sent.text === `You wrote: ${text}`), 90);
}

test("worker-gate: an update goes from Telegram through the Worker to the bot, and no other way", async () => {
  const { id, token } = telegram.addBot();
  const port = await freePort();
  const origin = "https://shop-bot.example.net";
  const program = await registered("worker-gate", token, { origin }, { "gate-secret": secrets });
  const names = Object.keys(program.children);
  expect([...names].sort()).toEqual([
    "gate",
    ...["domain", "secret", "webhook", "worker"].map((role) => `gate-${role}`),
  ]);
  expect(names.at(-1)).toBe("gate-webhook");
  expect(program.outputs).toMatchObject({ url: `https://${hostname}/tg/${id}`, wafRule: { action: "skip" } });

  await startBot("worker-gate", program, { PORT: String(port) });
  const { bindings } = program.children["gate-worker"]?.[1] as { bindings: { name: string; text: string }[] };
  const bound = Object.fromEntries(bindings.map(({ name, text }) => [name, text]));
  const asked = bound["ORIGIN_URL"]?.replace(origin, `http://127.0.0.1:${port}`) ?? "";
  const worker = await startWorker({ ...bound, ORIGIN_URL: asked });
  last.push(() => worker.stop());
  const pem = await certificateFor(hostname);
  last.push(await startZone(worker, { address, pem }));
  telegram.setHost(hostname, { connect: `${address}:443` });
  telegram.trust(pem.certificatePem);

  await converse(id, program, "gate-webhook", "is anybody there?");
  const url = `https://${hostname}/tg/${id}`;
  const sent = (secret: string) => post({ url, address, secret, updateId: 7, text: "forged" });
  expect(await sent("guessed")).toBe(401);
  expect(await sent("old-Secret")).toBe(200);
  // Past the Worker, with the secret that Telegram sends.
  const direct = await fetch(asked, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secrets.current },
    body: "{}",
  });
  expect(direct.status).toBe(401);
}, 240_000);

test("tunnel: the bot answers Telegram with each secret that is accepted, and nobody else", async () => {
  const { id, token } = telegram.addBot();
  const port = String(await freePort());
  const asksToken = "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken";
  const facts = { "home-secret": secrets, [asksToken]: { token: "token-of-the-tunnel" } };
  const program = await registered("tunnel", token, { port }, facts);
  const names = Object.keys(program.children);
  expect([...names].sort()).toEqual([
    "home",
    ...["config", "record", "secret", "tunnel", "webhook"].map((role) => `home-${role}`),
  ]);
  expect(names.at(-1)).toBe("home-webhook");
  expect(program.outputs).toMatchObject({
    url: `https://${hostname}/tg/${id}`,
    tunnelToken: "token-of-the-tunnel",
    systemdUnit: expect.stringContaining(`/etc/cloudflared/${String(program.outputs["tunnelName"])}.token`) as string,
  });
  expect(program.children["home-config"]?.[1]).toMatchObject({
    config: { ingresses: [{ service: `http://127.0.0.1:${port}` }, { service: "http_status:404" }] },
  });

  // cloudflared hands every request on as it came: TLS ends at Cloudflare, and the bot gets the rest.
  await startBot("tunnel", program);
  const pem = await certificateFor(hostname);
  const handsOn = { port: Number(port), log: () => "", stop: () => Promise.resolve() };
  last.push(await startZone(handsOn, { address, pem }));
  telegram.setHost(hostname, { connect: `${address}:443` });
  telegram.trust(pem.certificatePem);

  await converse(id, program, "home-webhook", "is anybody there?");
  const url = `https://${hostname}/tg/${id}`;
  const sent = (secret: string) => post({ url, address, secret, updateId: 7, text: "forged" });
  expect([await sent("guessed"), await sent("new-Secret,old-Secret"), await sent("")]).toEqual([401, 401, 401]);
  expect(await sent("old-Secret")).toBe(200);
}, 240_000);
