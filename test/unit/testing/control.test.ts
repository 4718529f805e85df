// The control API: the handle's calls over HTTP, the same results, and the page.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";
import type { Fixture, RawRequest } from "./raw";
import { fixtures, json, request, until } from "./raw";

const start = fixtures();

/** Status and body of a control call. */
async function control(bot: Fixture, method: string, path: string, body?: unknown) {
  const call: RawRequest = body === undefined ? { method } : { ...json(body), method };
  const answer = await request(bot.telegram.controlUrl + path, call);
  return { status: answer.status, body: JSON.parse(answer.text) as unknown };
}

const good = (body: unknown) => ({ status: 200, body });

test("bots are added, listed, messaged, observed and revoked", async () => {
  const bot = await start({ local: true });
  const added = await control(bot, "POST", "/bots", { id: 55, username: "other_bot", name: "Other" });
  const { token } = added.body as { token: string };
  expect(added).toEqual(good({ id: "55", token, username: "other_bot" }));
  expect((await control(bot, "GET", "/bots")).body).toEqual(bot.telegram.bots());
  const first = await control(bot, "POST", "/bots/55/messages", { text: "hello", chatId: 9 });
  await control(bot, "POST", "/bots/55/updates", { callback_query: { id: "1", from: { id: 9 } } });
  await control(bot, "POST", "/bots/55/updates", { test: true, poll: { id: "1" } });
  expect(first).toEqual(good({ updateId: expect.any(Number) as number }));
  expect(await control(bot, "GET", "/bots/55/pending")).toEqual(good({ pending: 2 }));
  expect(await control(bot, "GET", "/bots/55/pending?test=true")).toEqual(good({ pending: 1 }));
  expect(await control(bot, "GET", "/bots/55/state")).toEqual(good(bot.telegram.state("55")));
  expect(await control(bot, "POST", "/bots/55/revokeToken")).toEqual(
    good({ token: expect.stringMatching(/^55:[A-Za-z0-9_-]{35}$/) as string }),
  );
  expect((await request(`${bot.telegram.apiUrl}/bot${token}/getMe`)).status).toBe(401);
});

test.each([
  "evil.example",
  "127.0.0.1.nip.io",
  "localhost.evil.example",
  "10.0.0.1",
  "a@127.0.0.1",
  "127.0.0.1/x",
  "%",
])("who calls the server %s is given nothing: its name leads here for a web page", async (name) => {
  const bot = await start();
  const headers = { host: `${name}:${new URL(bot.telegram.controlUrl).port}` };
  const control = await request(`${bot.telegram.controlUrl}/bots`, { method: "GET", headers });
  const message =
    "This server answers only to names of the machine itself; call it as http://127.0.0.1 or http://localhost.";
  expect([control.status, control.text]).toEqual([421, `${JSON.stringify({ code: "FOREIGN_HOST", message })}\n`]);
  const api = await request(`${bot.telegram.apiUrl}/bot${bot.token}/getMe`, { headers });
  expect(api.status).toBe(421);
  expect(JSON.parse(api.text)).toEqual({ ok: false, error_code: 421, description: `Misdirected Request: ${message}` });
  expect(bot.telegram.journal()).toEqual([]);
});

test.each(["127.0.0.1", "localhost", "LOCALHOST", "bots.localhost", "localhost.", "[::1]", "127.1"])(
  "who calls the server %s is answered",
  async (name) => {
    const bot = await start();
    const headers = { host: `${name}:1` };
    expect((await request(`${bot.telegram.controlUrl}/bots`, { method: "GET", headers })).status).toBe(200);
    expect((await request(`${bot.telegram.apiUrl}/bot${bot.token}/getMe`, { headers })).status).toBe(200);
  },
);

test("an outsider acts, and journal and deliveries can be read", async () => {
  const bot = await start({ local: true });
  const endpoint = await bot.endpoint();
  const url = `http://127.0.0.1:${endpoint.port}/`;
  expect(await control(bot, "POST", `/bots/${bot.id}/outsider/setWebhook`, { url, secret_token: "x" })).toEqual(
    good({ ok: true, result: true, description: "Webhook was set" }),
  );
  await bot.raw("getMe");
  await bot.call("sendMessage", { chat_id: 1, text: "hi" });
  bot.telegram.message(bot.id, { text: "hello" });
  await until(() => bot.telegram.deliveries().length === 1, "a delivery");
  const { telegram, id } = bot;
  expect(await control(bot, "GET", `/journal?botId=${id}&by=client`)).toEqual(good(telegram.journal({ by: "client" })));
  expect(await control(bot, "GET", "/journal?method=getme")).toEqual(good(telegram.journal({ method: "getMe" })));
  expect(await control(bot, "GET", "/deliveries")).toEqual(good(telegram.deliveries()));
  expect(await control(bot, "GET", `/bots/${id}/deliveries`)).toEqual(good(telegram.deliveries(id)));
  expect(await control(bot, "GET", `/bots/${id}/sent`)).toEqual(good(telegram.sent(id)));
  expect(await control(bot, "DELETE", "/journal")).toEqual(good({}));
  expect(telegram.journal()).toEqual([]);
});

test("faults, hosts, trust, errors, secrets and the clock are controlled", async () => {
  const bot = await start({ now: () => new Date("2026-01-01T00:00:00Z") });
  expect(await control(bot, "POST", "/faults", { kind: "500", method: "getMe", times: 9 })).toEqual(
    good({ id: "fault-1" }),
  );
  expect((await bot.raw("getMe")).status).toBe(500);
  expect(await control(bot, "DELETE", "/faults")).toEqual(good({}));
  expect((await bot.raw("getMe")).status).toBe(200);
  const address = { shown: "149.154.167.220", connect: "127.0.0.1:9" };
  expect(await control(bot, "PUT", "/hosts/bot.example.com", address)).toEqual(good({}));
  expect(await control(bot, "GET", "/hosts")).toEqual(good({ "bot.example.com": address }));
  await bot.call("setWebhook", { url: "https://bot.example.com/", secret_token: "x" });
  expect(await control(bot, "POST", `/bots/${bot.id}/loseSecret`)).toEqual(good({}));
  expect(await control(bot, "POST", "/clock/advance", { seconds: 90 })).toEqual(
    good({ now: "2026-01-01T00:01:30.000Z" }),
  );
  expect(await control(bot, "GET", "/clock")).toEqual(good({ now: "2026-01-01T00:01:30.000Z" }));
  await control(bot, "POST", `/bots/${bot.id}/lastError`, { message: "broken", date: 5 });
  await control(bot, "POST", `/bots/${bot.id}/lastSynchronizationError`, { date: 6 });
  expect(bot.telegram.state(bot.id)).toMatchObject({ secretToken: null, lastError: { date: 5, message: "broken" } });
  expect(await bot.info()).toMatchObject({ last_synchronization_error_date: 6 });
  expect(await control(bot, "POST", "/trust", { pem: "-----BEGIN CERTIFICATE-----" })).toEqual(good({}));
  expect(await control(bot, "POST", "/restart")).toEqual(good({}));
});

test.each([
  ["GET", "/nothing", undefined, 404, "UNKNOWN_ROUTE"],
  ["GET", "/bots/9/state", undefined, 404, "UNKNOWN_BOT"],
  ["POST", "/bots", { id: 123456 }, 400, "BOT_EXISTS"],
  ["POST", "/bots/123456/messages", {}, 400, "BAD_REQUEST"],
  ["POST", "/bots/123456/updates", {}, 400, "BAD_REQUEST"],
  ["POST", "/bots/123456/outsider/close", {}, 400, "BAD_REQUEST"],
  ["POST", "/faults", { kind: "fire" }, 400, "BAD_REQUEST"],
  ["POST", "/clock/advance", { seconds: -1 }, 400, "BAD_REQUEST"],
  ["POST", "/trust", [], 400, "BAD_REQUEST"],
])("%s %s %j is refused: %i %s", async (method, path, body, status, code) => {
  const bot = await start();
  expect(await control(bot, method, path, body)).toEqual({
    status,
    body: { code, message: expect.stringMatching(/^[A-Z].*\.$/) as string },
  });
});

test.each(["/bots/%/state", "/bots/%zz/state", "/hosts/%e0%a4", "//[", "//:x"])(
  "a path that is malformed is refused, and the server goes on: %s",
  async (path) => {
    const bot = await start();
    const method = path.startsWith("/hosts") ? "PUT" : "GET";
    const answer = await request(`${bot.telegram.controlUrl}/`, { ...json({}), method, path });
    expect({ status: answer.status, body: JSON.parse(answer.text) as unknown }).toEqual({
      status: 400,
      body: { code: "BAD_REQUEST", message: "The path is malformed; write a % in it as %25." },
    });
    expect((await control(bot, "GET", "/bots")).status).toBe(200);
  },
);

test.each([
  [
    "PUT",
    "/hosts/bot.example.com",
    { conect: "127.0.0.1:8443" },
    'The body has "conect"; this call takes shown, connect, aaaaOnly, none, error, delayMilliseconds.',
  ],
  ["PUT", "/hosts/bot.example.com", { connect: 8443 }, "In the body connect must be a text."],
  ["PUT", "/hosts/bot.example.com", { none: "yes" }, "In the body none must be true."],
  ["PUT", "/hosts/bot.example.com", { constructor: {} }, 'The body has "constructor"; '],
  ["POST", "/bots", { tokn: "1:x" }, 'The body has "tokn"; this call takes id, token, username, name.'],
  ["POST", "/bots", { id: "55" }, "In the body id must be a number."],
  ["POST", "/bots/123456/revokeToken", { now: true }, 'The body has "now"; this call takes test.'],
  ["POST", "/bots/123456/loseSecret", { test: "yes" }, "In the body test must be true or false."],
  ["POST", "/bots/123456/messages", { text: 5 }, "In the body text must be a text."],
  ["POST", "/bots/123456/lastError", { message: "broken", date: "now" }, "In the body date must be a number."],
  ["POST", "/bots/123456/lastSynchronizationError", { at: 5 }, 'The body has "at"; this call takes test, date.'],
  ["POST", "/faults", { kind: "500", bot: 5 }, 'The body has "bot"; this call takes botId, method, times, kind, '],
  ["POST", "/faults", { kind: "500", headers: { a: 5 } }, "In the body headers must be an object of texts."],
  ["POST", "/clock/advance", { seconds: "5" }, "In the body seconds must be a number."],
  ["POST", "/trust", { certificate: "x" }, 'The body has "certificate"; this call takes pem.'],
  ["POST", "/restart", { hard: true }, 'The body has "hard"; this call takes none.'],
  ["GET", "/journal?bot=5", undefined, 'The query has "bot"; this call takes botId, method, by.'],
  ["GET", "/clock?x=1", undefined, 'The query has "x"; this call takes none.'],
])("%s %s %j was taken although it cannot mean anything", async (method, path, body, message) => {
  const bot = await start();
  expect(await control(bot, method, path, body)).toEqual({
    status: 400,
    body: { code: "BAD_REQUEST", message: expect.stringContaining(message) as string },
  });
  expect((await control(bot, "GET", "/hosts")).body).toEqual({});
});

test("another web page may not use the control", async () => {
  const bot = await start();
  const call = { method: "GET", headers: { origin: "https://elsewhere.example" } };
  expect((await request(`${bot.telegram.controlUrl}/bots`, call)).status).toBe(403);
});

test("the page needs nothing from outside and sets what it shows as text", async () => {
  const bot = await start();
  const page = await request(`${bot.telegram.controlUrl}/`, { method: "GET" });
  expect([page.status, page.headers["content-type"]]).toEqual([200, "text/html; charset=utf-8"]);
  expect(page.headers["content-security-policy"]).toMatch(/^default-src 'none'/);
  expect(page.text).toContain("<h2>Send a message</h2>");
  expect(() => new Script(/<script>([^]*)<\/script>/.exec(page.text)?.[1] ?? "(")).not.toThrow();
  expect(page.text).not.toMatch(/innerHTML|outerHTML|insertAdjacent|document\.write|(src|href)=|https?:\/\//);
});

test("what the page reads holds no token and no secret", async () => {
  const bot = await start({ local: true });
  await bot.call("setWebhook", { url: `http://127.0.0.1:9/${bot.token}`, secret_token: "the-secret" });
  const { body } = await control(bot, "GET", "/overview");
  expect(body).toMatchObject({ bots: [{ id: bot.id, url: "http://127.0.0.1:9/123456:***" }, { test: true }] });
  expect(JSON.stringify(body)).not.toMatch(/the-secret/);
  expect(JSON.stringify(body)).not.toContain(bot.token);
});

test("README.md describes every route", () => {
  const read = (name: string) => readFileSync(join(__dirname, "../../../testing", name), "utf8");
  const routes = [...read("control.ts").matchAll(/^ {2}"((?:GET|POST|PUT|DELETE) [^"]+)":/gm)].map(
    ([, route]) => route,
  );
  const readme = read("README.md")
    .replace(/<[a-z]+>/g, "*")
    .replace(/\?[a-zA-Z=&*]+/g, "");
  expect(routes.length).toBeGreaterThan(20);
  expect(routes.filter((route) => !readme.includes(`\`${route}\``))).toEqual([]);
});
