// The examples with bots of Node.js, from nothing to destroyed: a real update in, and the bot's own call back at the fake server.
import * as http from "node:http";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { startCaddyApi } from "../support/caddy-api";
import type { CaddyApi } from "../support/caddy-api";
import { openExample } from "../support/examples";
import type { Example } from "../support/examples";
import { startNginx } from "../support/nginx";
import type { Nginx } from "../support/nginx";
import { freePort } from "../support/ports";
import { until } from "../support/until";

const address = "127.0.33.1";
const hostname = "bots.example.com";
let telegram: FakeTelegram;
let nginx: Nginx;
let caddy: CaddyApi | undefined;
let example: Example;
let bot: { id: string; token: string };

beforeEach(async () => {
  telegram = await startFakeTelegram();
  telegram.setHost(hostname, { connect: `${address}:443` });
  nginx = await startNginx("");
  bot = telegram.addBot();
});
afterEach(async () => {
  await example.dispose();
  await nginx.dispose();
  await caddy?.dispose();
  caddy = undefined;
  await telegram.close();
});

async function open(name: string): Promise<Example> {
  return (example = await openExample(name, telegram, {
    hostname,
    listen: `${address}:443`,
    nginx: JSON.stringify(nginx.settings),
    port: String(await freePort()),
    "telegram:token": { secret: bot.token },
  }));
}

/** Starts `bot.mjs` as the stack says; resolves when it is at work. */
async function startBot(): Promise<Awaited<ReturnType<Example["start"]>>> {
  const running = await example.start(["node", "bot.mjs"], await example.environmentOf("environment"));
  await running.waitFor(/the bot (?:listens|polls)/);
  return running;
}

const update = { update_id: 1, message: { text: "nobody said this", chat: { id: 1, type: "private" } } };
/** What the process itself answers to a request that does not come by nginx. */
async function direct(change: NodeJS.ProcessEnv, body: string): Promise<number | undefined> {
  const {
    LISTEN,
    PORT,
    WEBHOOK_PATH,
    WEBHOOK_SECRET = "",
  } = {
    ...(await example.environmentOf("environment")),
    ...change,
  };
  const headers = { "content-type": "application/json", "x-telegram-bot-api-secret-token": WEBHOOK_SECRET };
  const options = { host: LISTEN, port: PORT, path: WEBHOOK_PATH, method: "POST", headers };
  return new Promise((resolve, reject) => {
    const request = http.request(options, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    request.on("error", reject).end(body);
  });
}

describe.each([
  { name: "grammy", strange: { path: 404, secret: 401, body: 500 } },
  { name: "telegraf", strange: { path: 403, secret: 403, body: 415 } },
])("$name", ({ name, strange }) => {
  test("one process answers before and after a rotation, and lives through what is no update", async () => {
    const { project } = await open(name);
    await project.up();
    const running = await startBot();
    await example.converse(bot.id, "is anybody there?");
    await until(() => telegram.pending(bot.id) === 0);
    const before = telegram.state(bot.id);

    const answers = {
      path: await direct({ WEBHOOK_PATH: "/elsewhere" }, JSON.stringify(update)),
      secret: await direct({ WEBHOOK_SECRET: before.secretToken ?? "" }, JSON.stringify(update)),
      body: await direct({}, ""),
    };
    expect(answers).toEqual(strange);

    await project.config("rotate", "2");
    await project.up();
    await example.converse(bot.id, "and now?");
    await until(() => telegram.pending(bot.id) === 0);
    const after = telegram.state(bot.id);
    expect(after).toEqual({ ...before, secretToken: after.secretToken, generation: before.generation + 1 });
    expect(after.secretToken).not.toBe(before.secretToken);
    expect(telegram.sent(bot.id).map(({ text }) => text)).toEqual([
      "You wrote: is anybody there?",
      "You wrote: and now?",
    ]);
    expect(telegram.journal({ botId: bot.id, method: "deleteWebhook" })).toEqual([]);
    expect(nginx.accessLog()).toMatch(/status=200 secret=current upstream=200/);
    expect(nginx.accessLog() + running.output()).not.toContain(bot.token);

    await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"]);
    await project.destroy();
    expect(telegram.state(bot.id).url).toBe("");
  }, 240_000);
});

test("grammy-caddy: a bot answers behind a Caddy that takes its configuration over its admin API, also after a rotation and a crash of Caddy", async () => {
  const behindCaddy = "127.0.33.2";
  telegram.setHost(hostname, { connect: `${behindCaddy}:443` });
  caddy = await startCaddyApi();
  example = await openExample("grammy-caddy", telegram, {
    hostname,
    listen: `${behindCaddy}:443`,
    caddy: JSON.stringify(caddy.settings),
    port: String(await freePort()),
    "telegram:token": { secret: bot.token },
  });
  const { project } = example;
  await project.up();
  await startBot();
  await example.converse(bot.id, "is anybody there?");
  const { secretToken, certificate } = telegram.state(bot.id);
  expect(certificate).not.toBeNull();

  await project.config("rotate", "2");
  await project.up();
  const rotated = telegram.state(bot.id).secretToken;
  expect(rotated).not.toBe(secretToken);
  await example.converse(bot.id, "and now?"); // by the same process
  const said = caddy.log();
  await caddy.crash();
  await caddy.restart();
  await example.converse(bot.id, "and after the crash?");
  const log = said + caddy.log();
  expect([bot.token, secretToken, rotated].filter((secret) => log.includes(String(secret)))).toEqual([]);

  await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"]);
  await project.destroy();
  expect(telegram.state(bot.id).url).toBe("");
}, 300_000);

test("webhook-reply: a process without a token answers in the response to the update", async () => {
  const { project } = await open("webhook-reply");
  await project.up();
  const environment = await example.environmentOf("environment");
  expect(Object.keys(environment).sort()).toEqual([
    "LISTEN",
    "PORT",
    "TELEGRAM_API_URL",
    "WEBHOOK_PATH",
    "WEBHOOK_SECRET",
    "WEBHOOK_URL",
  ]);
  expect(JSON.stringify(environment)).not.toContain(bot.token);
  await startBot();
  await example.converse(bot.id, "is anybody there?");
  const date = Math.floor(Date.now() / 1000);
  telegram.update(bot.id, { message: { message_id: 2, date, chat: { id: 1001, type: "private" }, photo: [] } });
  await until(() => telegram.pending(bot.id) === 0);
  // Read from the body of the response: no request of the bot's own, which would have a name.
  const calls = telegram.journal({ botId: bot.id, method: "sendMessage" });
  expect(
    calls.map(({ parameters, encoding, status, userAgent }) => ({ parameters, encoding, status, userAgent })),
  ).toEqual([
    {
      parameters: { method: "sendMessage", chat_id: "1001", text: "You wrote: is anybody there?" },
      encoding: "json",
      status: 200,
      userAgent: undefined,
    },
  ]);
  expect(telegram.deliveries(bot.id).map(({ outcome, status }) => ({ outcome, status }))).toEqual([
    { outcome: "delivered", status: 200 },
    { outcome: "delivered", status: 200 },
  ]);
  await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"]);
  await project.destroy();
  expect(telegram.state(bot.id).url).toBe("");
}, 240_000);

test("polling-switch: to polling and back, every update is handled once and in order", async () => {
  const { project } = await open("polling-switch");
  await project.up();
  let running = await startBot();
  const chats = [1001, 1002, 1003];
  const written: { chatId: number; text: string }[] = [];
  const write = () => {
    const message = { chatId: chats[written.length % chats.length] ?? 0, text: `message ${written.length}` };
    telegram.message(bot.id, message);
    written.push(message);
  };
  const isAnswered = (count: number) => () => telegram.sent(bot.id).length >= count;
  const answers = () => telegram.journal({ botId: bot.id, method: "sendMessage" });
  /** SIGTERM, while people write and the bot is at work: it ends by itself. */
  const stop = async (one: typeof running) => {
    const last = answers().at(-1)?.n ?? 0;
    telegram.fault({ method: "sendMessage", kind: "slow" });
    await until(() => answers().some(({ n, status }) => n > last && status === 0));
    await one.stop(60);
    expect(await one.ended).toMatchObject({ code: 0, signal: null });
  };
  const writing = setInterval(write, 250);
  try {
    for (const mode of ["polling", "webhook"]) {
      await until(isAnswered(written.length + 3), 90);
      await stop(running);
      await project.config("mode", mode);
      await project.up();
      running = await startBot();
    }
    await until(isAnswered(written.length + 3), 90);
  } finally {
    clearInterval(writing);
  }
  await until(isAnswered(written.length), 90);
  const inChat = (all: readonly { chatId: number | string; text: string }[]) =>
    chats.map((chat) => all.filter(({ chatId }) => chatId === chat).map(({ text }) => text));
  expect(inChat(telegram.sent(bot.id))).toEqual(
    inChat(written.map(({ chatId, text }) => ({ chatId, text: `You wrote: ${text}` }))),
  );
  const calls = telegram.journal({ botId: bot.id, by: "client" });
  const count = (wanted: string) => calls.filter(({ method }) => method === wanted).length;
  expect([count("setWebhook"), count("deleteWebhook"), count("getUpdates") > 1]).toEqual([2, 1, true]);

  await project.pulumi(["refresh", "--preview-only", "--expect-no-changes"]);
  // The wrong order: who polls beside a webhook is refused, whichever of the two comes first.
  const polling = { TELEGRAM_BOT_TOKEN: bot.token, TELEGRAM_API_URL: telegram.apiUrl };
  const beside = await example.start(["node", "bot.mjs"], polling);
  expect(await beside.ended).toMatchObject({ code: 1 });
  expect(beside.output()).toContain("(409): Conflict: can't use getUpdates method while webhook is active");
  await project.destroy();
  expect(telegram.state(bot.id).url).toBe("");
  const overtaken = await example.start(["node", "bot.mjs"], polling);
  await until(() => telegram.journal({ botId: bot.id, method: "getUpdates" }).at(-1)?.status === 0);
  await telegram.outsider(bot.id).setWebhook({ url: `https://${hostname}/tg/again` });
  expect(await overtaken.ended).toMatchObject({ code: 1 });
  expect(overtaken.output()).toContain("(409): Conflict: terminated by setWebhook request");
  expect(nginx.accessLog() + running.output() + beside.output() + overtaken.output()).not.toContain(bot.token);
}, 300_000);
