// The examples with python-telegram-bot, from nothing to destroyed: real updates in, and the bots' own calls back at the fake server.
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as tls from "node:tls";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { makeAuthority, makeLeaf } from "../support/certificates";
import { openExample } from "../support/examples";
import type { Example } from "../support/examples";
import { startHaproxy } from "../support/haproxy";
import type { Haproxy } from "../support/haproxy";
import { startNginx } from "../support/nginx";
import type { Nginx } from "../support/nginx";
import { freePort } from "../support/ports";
import { run } from "../support/process";
import { repository } from "../support/pulumi";
import { botsPython } from "../support/python";
import { post } from "../support/sender";
import { until } from "../support/until";
import { both } from "../support/webhooks";

const hostname = "bots.example.com";
const isUnchanged = ["refresh", "--preview-only", "--expect-no-changes"];
let telegram: FakeTelegram;
let nginx: Nginx | undefined;
let haproxy: Haproxy | undefined;
let example: Example;

beforeAll(async () => void (await botsPython()), 600_000); // the first time on a machine it is installed
beforeEach(async () => void (telegram = await startFakeTelegram()));
afterEach(async () => {
  await example.dispose();
  await nginx?.dispose();
  await haproxy?.dispose();
  [nginx, haproxy] = [undefined, undefined];
  await telegram.close();
});

/** Two bots of an example behind nginx, at this address. */
async function openPair(name: string, address: string, [first, second]: readonly [string, string]) {
  telegram.setHost(hostname, { connect: `${address}:443` });
  nginx = await startNginx("");
  const [one, two] = [telegram.addBot(), telegram.addBot()];
  example = await openExample(name, telegram, {
    hostname,
    listen: `${address}:443`,
    nginx: JSON.stringify(nginx.settings),
    [`${first}Token`]: { secret: one.token },
    [`${second}Token`]: { secret: two.token },
    [`${first}Port`]: String(await freePort()),
    [`${second}Port`]: String(await freePort()),
  });
  return [one.id, two.id] as const;
}

const textsOf = (id: string) => telegram.sent(id).map(({ text }) => text);
/** What was set, without what changes by itself. */
function webhookOf(id: string) {
  const { url, certificate, maxConnections, allowedUpdates, ipFixed, secretToken } = telegram.state(id);
  return { url, certificate, maxConnections, allowedUpdates, ipFixed, secretToken };
}
/** Somebody writes while the bot cannot take it: the answer of the endpoint is this. */
async function writeInVain(id: string, text: string, status: number) {
  const { updateId } = telegram.message(id, { text });
  const attempts = () => telegram.deliveries(id).filter((delivery) => delivery.updateId === updateId);
  await until(() => attempts().length > 0, 60);
  expect(attempts()[0]).toMatchObject({ outcome: "failed", status });
}

test("ptb-nginx: two bots answer behind one nginx, also after a rotation without a restart and a restart after it", async () => {
  const [shop, support] = await openPair("ptb-nginx", "127.0.30.1", ["shop", "support"]);
  const { project } = example;
  await project.up();
  const set = webhookOf(shop);
  const environment = await example.environmentOf("shopEnvironment");
  const bot = await example.start(["python", "bot.py"], environment);
  await example.start(["python", "bot.py"], await example.environmentOf("supportEnvironment"));
  await example.converse(shop, "is the shop open?");
  await example.converse(support, "can you help?");
  const registeredByItself = { ...set, secretToken: environment["WEBHOOK_SECRET"] };
  expect(webhookOf(shop)).toEqual(registeredByItself);

  await project.config("rotate", "2");
  await project.up();
  expect([set.secretToken, registeredByItself.secretToken]).not.toContain(telegram.state(shop).secretToken);
  await example.converse(shop, "and after the rotation?");
  await example.converse(support, "still there?");

  await bot.stop();
  await writeInVain(shop, "hello?", 502);
  await example.start(["python", "bot.py"], await example.environmentOf("shopEnvironment"));
  await example.converse(shop, "open again?");
  expect(webhookOf(shop)).toEqual(registeredByItself);
  expect(textsOf(shop)).toEqual(
    ["is the shop open?", "and after the rotation?", "hello?", "open again?"].map((text) => `You wrote: ${text}`),
  );
  expect(textsOf(support)).toEqual(["You wrote: can you help?", "You wrote: still there?"]);

  await project.pulumi(isUnchanged);
  await project.destroy();
  expect([telegram.state(shop).url, telegram.state(support).url]).toEqual(["", ""]);
}, 300_000);

test("ptb-nginx: a bot that registers itself with defaults of its own is explained by refresh, and up --refresh repairs it", async () => {
  const [shop] = await openPair("ptb-nginx", "127.0.30.1", ["shop", "support"]);
  const { project } = example;
  await project.up();
  const set = webhookOf(shop);
  const { RUN_WEBHOOK, ...environment } = await example.environmentOf("shopEnvironment");
  expect(RUN_WEBHOOK).toContain(set.url);
  const program = path.join(repository, "test/fixtures/bots/python_telegram_bot.py");
  await example.start(["python", program, "register"], environment);
  const isRegistered = () => telegram.state(shop).maxConnections === 40;
  await until(isRegistered, 90);
  expect(webhookOf(shop)).toEqual({ ...set, certificate: null, maxConnections: 40, secretToken: null });
  telegram.message(shop, { text: "ping" });

  const said = both(await project.refresh());
  expect([...new Set(said.match(/bot \d+: .*/g))]).toEqual([
    `bot ${shop}: its webhook was registered again with Telegram's defaults (40 connections, no certificate), as frameworks do at start and curl does in a script: ` +
      "the secret is presumed lost. Let the process serve only, or give it our secret and settings. 1 update waits. pulumi up --refresh repairs it.",
  ]);
  await project.up(["--refresh"]);
  expect(webhookOf(shop)).toEqual(set);
  await until(() => textsOf(shop).length === 1, 60);
  telegram.message(shop, { text: "ping" });
  await until(() => textsOf(shop).length === 2, 60);
  await project.pulumi(isUnchanged);
  await project.destroy();
}, 300_000);

test("ptb-haproxy: two bots answer behind one haproxy, each at its own name with its own certificate, also after rotations", async () => {
  const address = "127.0.30.5";
  const hosts = ["shop", "support"].map((name) => `${name}.bots.example.com`);
  for (const host of hosts) telegram.setHost(host, { connect: `${address}:443` });
  haproxy = await startHaproxy("");
  const { settings, socket } = haproxy;
  const [shop, support] = [telegram.addBot(), telegram.addBot()];
  example = await openExample("ptb-haproxy", telegram, {
    domain: "bots.example.com",
    listen: `${address}:443`,
    haproxy: JSON.stringify({ ...settings, socket }),
    shopToken: { secret: shop.token },
    supportToken: { secret: support.token },
    shopPort: String(await freePort()),
    supportPort: String(await freePort()),
  });
  const { project } = example;
  await project.up();
  await example.start(["python", "bot.py"], await example.environmentOf("shopEnvironment"));
  await example.start(["python", "bot.py"], await example.environmentOf("supportEnvironment"));
  await example.converse(shop.id, "is the shop open?");
  await example.converse(support.id, "can you help?");

  const [ofShop, ofSupport] = [telegram.state(shop.id), telegram.state(support.id)];
  expect([ofShop, ofSupport].map(({ url }) => url)).toEqual([
    `https://${hosts[0]}/tg/${shop.id}`,
    `https://${hosts[1]}/tg/${support.id}`,
  ]);
  const shown = await Promise.all([...hosts, "other.bots.example.com", ""].map((name) => namesShown(address, name)));
  expect(shown).toEqual([`DNS:${hosts[0]}`, `DNS:${hosts[1]}`, undefined, undefined]);
  const toShop = { url: ofShop.url, address, secret: ofShop.secretToken ?? "", updateId: 7, text: "forged" };
  const attempts = {
    "with the other bot's secret": await post({ ...toShop, secret: ofSupport.secretToken ?? "" }),
    "at the path of the other bot": await post({ ...toShop, url: ofSupport.url.replace("support", "shop") }),
    "by the handshake of one bot for the other": await post({ ...toShop, headers: { Host: hosts[1] ?? "" } }),
  };
  expect(Object.values(attempts)).toEqual([401, 404, 404]);

  const failures = () =>
    [shop, support].flatMap(({ id }) => telegram.deliveries(id)).filter(({ outcome }) => outcome === "failed").length;
  const [before, reloads] = [failures(), haproxy.reloads()]; // what came while the bots started has failed
  await project.config("rotate", "2");
  await project.config("shopCertificate", "2");
  await project.up();
  expect(haproxy.reloads()).toBe(reloads);
  const rotated = [telegram.state(shop.id), telegram.state(support.id)];
  expect(rotated.map(({ secretToken }) => secretToken)).not.toContain(ofShop.secretToken);
  expect(rotated.map(({ secretToken }) => secretToken)).not.toContain(ofSupport.secretToken);
  expect(rotated[0]?.certificate).not.toBe(ofShop.certificate);
  expect(rotated[1]?.certificate).toBe(ofSupport.certificate);
  await example.converse(shop.id, "and after the rotation?"); // by the same process
  await example.converse(support.id, "still there?");
  expect(failures()).toBe(before);
  expect(textsOf(shop.id)).toEqual(["You wrote: is the shop open?", "You wrote: and after the rotation?"]);
  expect(textsOf(support.id)).toEqual(["You wrote: can you help?", "You wrote: still there?"]);

  await project.pulumi(isUnchanged);
  await project.destroy();
  expect([telegram.state(shop.id).url, telegram.state(support.id).url]).toEqual(["", ""]);
}, 300_000);

/** The names in the certificate that is shown there to who asks for this one; nothing when the handshake fails. */
async function namesShown(address: string, servername: string): Promise<string | undefined> {
  const connection = tls.connect({ host: address, port: 443, servername, rejectUnauthorized: false });
  try {
    await once(connection, "secureConnect");
    return connection.getPeerX509Certificate()?.subjectAltName;
  } catch {
    return undefined;
  } finally {
    connection.destroy();
  }
}

test("ptb-integrated: a bot on an IP address serves TLS itself; no delivery fails when its certificate is rotated", async () => {
  const address = "93.184.216.34";
  telegram.setHost(address, { shown: address, connect: "127.0.30.2:8443" });
  const { id, token } = telegram.addBot();
  example = await openExample("ptb-integrated", telegram, {
    address,
    listen: "127.0.30.2:8443",
    "telegram:token": { secret: token },
  });
  const { project } = example;
  await project.up();
  const before = await example.environmentOf("environment");
  const bot = await example.start(["python", "bot.py"], before);
  await example.converse(id, "is anybody there?");

  await project.config("rotate", "2");
  await project.up();
  await example.converse(id, "before the bot has the new certificate");
  await bot.stop();
  const after = await example.environmentOf("environment");
  expect(after["WEBHOOK_CERTIFICATE_PEM"]).not.toBe(before["WEBHOOK_CERTIFICATE_PEM"]);
  const { generation } = telegram.state(id);
  await example.start(["python", "bot.py"], after);
  await example.converse(id, "after it");
  expect(telegram.state(id).generation).toBe(generation + 1);
  const failures = telegram.deliveries(id).flatMap(({ error = "" }) => (/certificate/.test(error) ? [error] : []));
  expect(failures).toEqual([]);

  await project.pulumi(isUnchanged);
  await project.destroy();
  expect(telegram.state(id).url).toBe("");
}, 300_000);

test("ptb-platform: a bot answers on the platform's port; a rotation delays an update until it has started again", async () => {
  const address = "127.0.30.3";
  telegram.setHost(hostname, { connect: `${address}:443` });
  const port = String(await freePort());
  nginx = await startPlatform(address, port);
  const { id, token } = telegram.addBot();
  example = await openExample("ptb-platform", telegram, { hostname, "telegram:token": { secret: token } });
  const { project } = example;
  await project.up();
  const set = webhookOf(id);
  const [, program = ""] = /^web: (.*)$/m.exec(fs.readFileSync(path.join(example.folder, "Procfile"), "utf8")) ?? [];
  const bot = await example.start(program.split(" "), { ...(await platformVariables()), PORT: port });
  await example.converse(id, "is anybody there?");
  expect(webhookOf(id)).toEqual(set);

  await project.config("rotate", "2");
  await project.up();
  const rotated = webhookOf(id);
  expect(rotated.secretToken).not.toBe(set.secretToken);
  const variables = await platformVariables();
  await writeInVain(id, "before the bot has the new secret", 403);
  await bot.stop();
  await example.start(program.split(" "), { ...variables, PORT: port });
  await until(() => textsOf(id).length === 2, 150); // Telegram asks again after two minutes at the latest
  await example.converse(id, "after it");
  expect(webhookOf(id)).toEqual(rotated);
  expect(textsOf(id)).toEqual(
    ["is anybody there?", "before the bot has the new secret", "after it"].map((text) => `You wrote: ${text}`),
  );

  await project.pulumi(isUnchanged);
  await project.destroy();
  expect(telegram.state(id).url).toBe("");
}, 300_000);

/** The words that the platform's command gets, as the README hands them over: NAME=value. */
async function platformVariables(): Promise<NodeJS.ProcessEnv> {
  const { stdout: file } = await example.project.pulumi(["stack", "output", "--show-secrets", "environment"]);
  const { stdout } = await run("xargs", ["-n1", "printf", "%s\\n"], { input: file });
  return Object.fromEntries([...stdout.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = "", value]) => [name, value]));
}

/** The front of a platform: TLS with a certificate that Telegram trusts, everything goes to the process. */
async function startPlatform(address: string, port: string): Promise<Nginx> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-platform-"));
  const issuer = await makeAuthority();
  telegram.trust(issuer.certificate);
  const { certificate, key } = await makeLeaf({ issuer, names: [hostname] });
  fs.writeFileSync(path.join(folder, "certificate.pem"), certificate);
  fs.writeFileSync(path.join(folder, "key.pem"), key, { mode: 0o600 });
  const http = `server { listen ${address}:443 ssl; server_name ${hostname};
ssl_certificate ${folder}/certificate.pem; ssl_certificate_key ${folder}/key.pem;
location / { proxy_pass http://127.0.0.1:${port}; } }`;
  return startNginx(http, { folder, include: false });
}

test("ptb-custom: two bots with web servers of their own check the secret, register nothing and need no restart", async () => {
  const [queue, stateless] = await openPair("ptb-custom", "127.0.30.4", ["queue", "stateless"]);
  const { project } = example;
  await project.up();
  const sets = () => [queue, stateless].map((botId) => telegram.journal({ botId, method: "setWebhook" }).length);
  const afterUp = sets();
  const environments = [
    await example.environmentOf("queueEnvironment"),
    await example.environmentOf("statelessEnvironment"),
  ];
  await example.start(["python", "queue_bot.py"], environments[0] ?? {});
  await example.start(["python", "stateless_bot.py"], environments[1] ?? {});
  await example.converse(queue, "are you the queue?");
  await example.converse(stateless, "are you stateless?");
  for (const environment of environments) expect(await postTo(environment, "not-the-secret")).toBe(403);
  expect(sets()).toEqual(afterUp);

  const before = [queue, stateless].map((id) => telegram.state(id).secretToken);
  await project.config("rotate", "2");
  await project.up();
  const after = [queue, stateless].map((id) => telegram.state(id).secretToken);
  expect(new Set([...before, ...after]).size).toBe(4);
  await example.converse(queue, "and now?");
  await example.converse(stateless, "and you?");
  expect(textsOf(queue)).toEqual(["You wrote: are you the queue?", "You wrote: and now?"]);
  expect(textsOf(stateless)).toEqual(["You wrote: are you stateless?", "You wrote: and you?"]);

  await project.pulumi(isUnchanged);
  await project.destroy();
  expect([telegram.state(queue).url, telegram.state(stateless).url]).toEqual(["", ""]);
}, 300_000);

/** An update with this secret, past nginx: the status of the answer. */
async function postTo({ PORT, WEBHOOK_PATH }: NodeJS.ProcessEnv, secret: string): Promise<number> {
  const message = { message_id: 1, date: 1, chat: { id: 1, type: "private" }, text: "let me in" };
  const { status } = await fetch(`http://127.0.0.1:${PORT}${WEBHOOK_PATH}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": secret },
    body: JSON.stringify({ update_id: 1, message }),
  });
  return status;
}
