// The examples with aiogram, from nothing to destroyed: a real update in, and the bot's own call back at the fake server.
import * as fs from "node:fs";
import * as https from "node:https";
import * as os from "node:os";
import * as path from "node:path";
import { createSecureContext } from "node:tls";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { startCaddy } from "../support/caddy";
import type { Caddy } from "../support/caddy";
import { makeAuthority, makeLeaf } from "../support/certificates";
import { openExample } from "../support/examples";
import type { Example } from "../support/examples";
import { startNginx } from "../support/nginx";
import type { Nginx } from "../support/nginx";
import { freePort } from "../support/ports";
import { botsPython } from "../support/python";
import { post } from "../support/sender";

const address = "127.0.31.2";
const frontAddress = "127.0.31.3";
const ownTls = "127.0.31.4:8443";
const siteAddress = "127.0.31.5";
const hostname = "bots.example.com";
const ofTelegram = "149.154.167.220";
let telegram: FakeTelegram;
let nginx: Nginx | undefined;
let caddy: Caddy | undefined;
let example: Example;
let front: https.Server | undefined;

beforeAll(async () => void (await botsPython()), 600_000); // the first time on a machine it is installed
beforeEach(async () => {
  telegram = await startFakeTelegram();
  telegram.setHost(hostname, { connect: `${address}:443` });
});
afterEach(async () => {
  front?.closeAllConnections();
  front?.close();
  await example.dispose();
  await nginx?.dispose();
  await caddy?.dispose();
  [nginx, caddy, front] = [undefined, undefined, undefined];
  await telegram.close();
});

/** What stands in front of nginx: it has nginx's certificate, and says that all that comes to it comes from Telegram. */
async function startFront(folder: string): Promise<https.Server> {
  const read = (file: string) => fs.readFileSync(path.join(folder, file));
  const context = () => createSecureContext({ cert: read("certificate.pem"), key: read("key.pem") });
  const server = https.createServer({ SNICallback: (_, done) => done(null, context()) }, (request, response) => {
    const headers = { ...request.headers, "x-forwarded-for": ofTelegram };
    const { method, url: target } = request;
    const there = { host: address, servername: hostname, localAddress: frontAddress, rejectUnauthorized: false };
    const onward = https.request({ ...there, method, path: target, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(443, frontAddress, resolve));
  return server;
}

test("aiogram-nginx: only Telegram gets to the bot, whoever says to be it, before and after a rotation", async () => {
  nginx = await startNginx("");
  front = await startFront(path.join(nginx.settings.directory, "sites", `${address}_443_${hostname}`));
  telegram.setHost(hostname, { connect: `${frontAddress}:443` });
  const bot = telegram.addBot();
  example = await openExample("aiogram-nginx", telegram, {
    hostname,
    listen: `${address}:443`,
    nginx: JSON.stringify(nginx.settings),
    trustedProxies: JSON.stringify([frontAddress]),
    token: { secret: bot.token },
    port: String(await freePort()),
  });
  const { project } = example;
  await project.up();
  const running = await example.start(["python", "bot.py"], await example.environmentOf("environment"));
  await running.waitFor(/Running on/, 90);
  await example.converse(bot.id, "is anybody there?");

  const { url, secretToken } = telegram.state(bot.id);
  const base = { url, address, secret: secretToken ?? "", updateId: 7 };
  const says = (client: string) => ({ "X-Forwarded-For": client, "X-Real-IP": ofTelegram, Forwarded: `for=${client}` });
  const attempts = {
    openly: await post({ ...base, text: "forged" }),
    "in Telegram's name": await post({ ...base, text: "forged", headers: says(ofTelegram) }),
    "in the name of the proxy": await post({
      ...base,
      text: "forged",
      headers: says(`${ofTelegram}, ${frontAddress}`),
    }),
    "through the proxy": await post({
      ...base,
      text: "forged",
      from: frontAddress,
      headers: says(`${ofTelegram}, 203.0.113.9`),
    }),
    "as Telegram without the secret": await post({
      ...base,
      secret: "guessed",
      text: "forged",
      from: frontAddress,
      headers: says(ofTelegram),
    }),
    "as Telegram through the proxy": await post({
      ...base,
      text: "real",
      from: frontAddress,
      headers: says(ofTelegram),
    }),
  };
  expect(attempts).toEqual({
    openly: 403,
    "in Telegram's name": 403,
    "in the name of the proxy": 403,
    "through the proxy": 403,
    "as Telegram without the secret": 401,
    "as Telegram through the proxy": 200,
  });

  await project.config("rotate", "2");
  await project.up();
  expect(telegram.state(bot.id).secretToken).not.toBe(secretToken);
  await example.converse(bot.id, "and now?"); // by the same process
  expect(telegram.sent(bot.id).map((sent) => sent.text)).toEqual([
    "You wrote: is anybody there?",
    "You wrote: real",
    "You wrote: and now?",
  ]);
  await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"]);
  await project.destroy();
  expect(telegram.state(bot.id).url).toBe("");
}, 240_000);

test("aiogram-caddy: the bot answers at a path of a site that Caddy serves; the site and its certificate stay its own", async () => {
  telegram.setHost(hostname, { connect: `${siteAddress}:443` });
  caddy = await startSite();
  const bot = telegram.addBot();
  example = await openExample("aiogram-caddy", telegram, {
    hostname,
    listen: `${siteAddress}:443`,
    caddy: JSON.stringify(caddy.settings),
    token: { secret: bot.token },
    port: String(await freePort()),
  });
  const { project } = example;
  const before = await siteAnswers();
  await project.up();
  const running = await example.start(["python", "bot.py"], await example.environmentOf("environment"));
  await running.waitFor(/Running on/, 90);
  await example.converse(bot.id, "is anybody there?");
  const { url, secretToken, certificate } = telegram.state(bot.id);
  expect(certificate).toBeNull(); // Telegram trusts who signed the site's own
  expect(await siteAnswers()).toEqual(before);
  expect(await post({ url, address: siteAddress, secret: "guessed", updateId: 7, text: "forged" })).toBe(401);

  await project.config("rotate", "2");
  await project.up();
  expect(telegram.state(bot.id).secretToken).not.toBe(secretToken);
  await example.converse(bot.id, "and now?"); // by the same process
  await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"]);
  await project.destroy();
  expect(telegram.state(bot.id).url).toBe("");
  expect(await siteAnswers()).toEqual(before);
}, 300_000);

/** A site that somebody has already: a page, and one line for routes of ours. Telegram trusts who signed its certificate. */
async function startSite(): Promise<Caddy> {
  const issuer = await makeAuthority();
  telegram.trust(issuer.certificate);
  const { certificate, key } = await makeLeaf({ issuer, names: [hostname] });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-site-"));
  fs.writeFileSync(path.join(folder, "certificate.pem"), certificate);
  fs.writeFileSync(path.join(folder, "key.pem"), key, { mode: 0o600 });
  const site = `https://${hostname} {
	bind ${siteAddress}
	tls ${folder}/certificate.pem ${folder}/key.pem
	import {directory}/locations/${hostname}/*.caddy
	respond /about "the user's own page"
	respond 404
}`;
  return startCaddy(site, { folder });
}

/** What the site answers to its visitors: status and text. */
async function siteAnswers() {
  const ask = (target: string) =>
    new Promise<[number | undefined, string]>((resolve, reject) => {
      const there = { host: siteAddress, servername: hostname, path: target, agent: false, rejectUnauthorized: false };
      https
        .get({ ...there, headers: { Host: hostname } }, (answer) => {
          let said = "";
          answer.setEncoding("utf8").on("data", (part: string) => (said += part));
          answer.on("end", () => resolve([answer.statusCode, said]));
        })
        .on("error", reject);
    });
  return [await ask("/about"), await ask("/"), await ask("/tg/")];
}

test("aiogram-multibot: one process answers for two bots, each its own updates, and no token is in any log", async () => {
  nginx = await startNginx("");
  const [shop, support] = [telegram.addBot(), telegram.addBot()];
  const port = String(await freePort());
  example = await openExample("aiogram-multibot", telegram, {
    hostname,
    listen: `${address}:443`,
    nginx: JSON.stringify(nginx.settings),
    shopToken: { secret: shop.token },
    supportToken: { secret: support.token },
    port,
  });
  const { project } = example;
  await project.up();
  const file = path.join(project.directory, "bots.json");
  const { stdout } = await project.pulumi(["stack", "output", "--show-secrets", "--json", "bots"]);
  fs.writeFileSync(file, stdout, { mode: 0o600 });
  const running = await example.start(["python", "bot.py", file], {});
  await running.waitFor(/Running on/, 90);
  await example.converse(shop.id, "is the shop open?");
  await example.converse(support.id, "can you help?");

  const before = telegram.state(support.id);
  const ofOther = { url: telegram.state(shop.id).url, secret: before.secretToken ?? "", updateId: 7, text: "forged" };
  expect(await post({ ...ofOther, address })).toBe(401);
  // Whoever is on this machine finds the port, and no more.
  const inside = (id: string) => fetch(`http://127.0.0.1:${port}/tg/${id}`, { method: "POST", body: "{}" });
  expect([(await inside(shop.id)).status, (await inside("1")).status]).toEqual([401, 404]);

  await project.config("rotate", "2");
  await project.up();
  expect(telegram.state(support.id).secretToken).not.toBe(before.secretToken);
  await example.converse(shop.id, "and now?"); // by the same process
  await example.converse(support.id, "and you?");
  expect([shop, support].map(({ id }) => telegram.sent(id).map((sent) => sent.text))).toEqual([
    ["You wrote: is the shop open?", "You wrote: and now?"],
    ["You wrote: can you help?", "You wrote: and you?"],
  ]);

  await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"]);
  await project.destroy();
  expect([telegram.state(shop.id).url, telegram.state(support.id).url]).toEqual(["", ""]);
  const texts = { access: nginx.accessLog(), error: nginx.errorLog(), bot: running.output() };
  expect(texts).toEqual({
    access: expect.stringMatching(/status=200 secret=current/) as string,
    error: expect.stringContaining("reconfiguring") as string,
    bot: expect.stringContaining(`POST /tg/${shop.id} HTTP/1`) as string,
  });
  const all = [...Object.values(texts), project.backendText()].join("\n");
  const halves = [shop, support].map(({ token }) => token.slice(token.indexOf(":") + 1));
  expect(halves.filter((half) => all.includes(half))).toEqual([]);
}, 240_000);

test("aiogram-tls: the bot answers over its own TLS, and Telegram trusts the old and the new certificate", async () => {
  telegram.setHost(hostname, { connect: ownTls });
  const bot = telegram.addBot();
  const config = { hostname, listen: ownTls, token: { secret: bot.token } };
  example = await openExample("aiogram-tls", telegram, config);
  const { project } = example;
  await project.up();
  const first = await example.environmentOf("environment");
  const before = await example.start(["python", "bot.py"], first);
  await before.waitFor(/Running on/, 90);
  await example.converse(bot.id, "is anybody there?");

  await project.config("rotate", "2");
  await project.up();
  const second = await example.environmentOf("environment");
  expect(second["WEBHOOK_CERTIFICATE_PEM"]).not.toBe(first["WEBHOOK_CERTIFICATE_PEM"]);
  await example.converse(bot.id, "with the old certificate?");
  await before.stop();
  const after = await example.start(["python", "bot.py"], second);
  await after.waitFor(/Running on/, 90);
  await example.converse(bot.id, "with the new one?");
  const failures = telegram
    .deliveries(bot.id)
    .flatMap(({ error }) => (/verify failed/.test(error ?? "") ? [error] : []));
  expect(failures).toEqual([]);
  await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"]);
  await project.destroy();
  expect(telegram.state(bot.id).url).toBe("");
}, 240_000);
