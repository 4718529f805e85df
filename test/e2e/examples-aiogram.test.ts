// The examples with aiogram, from nothing to destroyed: a real update in, and the bot's own call back at the fake server.
import * as fs from "node:fs";
import * as https from "node:https";
import * as path from "node:path";
import { createSecureContext } from "node:tls";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { openExample } from "../support/examples";
import type { Example } from "../support/examples";
import { startNginx } from "../support/nginx";
import type { Nginx } from "../support/nginx";
import { freePort } from "../support/ports";
import { botsPython } from "../support/python";
import { post } from "../support/sender";

const address = "127.0.31.2";
const frontAddress = "127.0.31.3";
const hostname = "bots.example.com";
const ofTelegram = "149.154.167.220";
let telegram: FakeTelegram;
let nginx: Nginx | undefined;
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
  [nginx, front] = [undefined, undefined];
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
