// The acceptance list of the server's facts (spec/telegram-server.md §13), line by line.
import type { FakeTelegramOptions } from "../../../testing";
import type { Fixture } from "./raw";
import { closedPort, fixtures, form, json, multipart, until } from "./raw";
import { selfSigned } from "./certificates";

const start = fixtures();
const A = "https://a.example.com/hook";
const wasSet = { ok: true, result: true, description: "Webhook was set" };
const wasDeleted = { ok: true, result: true, description: "Webhook was deleted" };

/** A server on which a.example.com leads to a port where nothing listens. */
async function startWithHost(options: FakeTelegramOptions = {}): Promise<Fixture> {
  const fixture = await start(options);
  fixture.telegram.setHost("a.example.com", { connect: `127.0.0.1:${await closedPort()}` });
  return fixture;
}

test('set A ok → set B with port 444 → 400 → getWebhookInfo.url == "".', async () => {
  const bot = await startWithHost();
  expect(await bot.call("setWebhook", { url: A })).toEqual(wasSet);
  expect(await bot.set({ url: "https://a.example.com:444/other" })).toEqual({
    ok: false,
    error_code: 400,
    description: "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
  });
  expect(await bot.info()).toEqual({ url: "", has_custom_certificate: false, pending_update_count: 0 });
});

test('set A with allowed [message] → delete → info shows allowed_updates with url "" → set A without the field → still [message].', async () => {
  const bot = await startWithHost();
  await bot.call("setWebhook", { url: A, allowed_updates: ["message"] });
  await bot.call("deleteWebhook");
  expect(await bot.info()).toEqual({
    url: "",
    has_custom_certificate: false,
    pending_update_count: 0,
    allowed_updates: ["message"],
  });
  await bot.set({ url: A });
  expect(await bot.info()).toMatchObject({ url: A, allowed_updates: ["message"] });
});

test('set A with secret → set A without secret → "Webhook was set" (not "already"), secret header absent in next delivery.', async () => {
  const bot = await start({ local: true });
  const endpoint = await bot.endpoint();
  const url = `http://127.0.0.1:${endpoint.port}/hook`;
  await bot.call("setWebhook", { url, secret_token: "s3cret" });
  bot.telegram.message(bot.id, { text: "with" });
  await until(() => endpoint.requests.length === 1, "first delivery");
  expect(await bot.set({ url })).toEqual(wasSet);
  bot.telegram.message(bot.id, { text: "without" });
  await until(() => endpoint.requests.length === 2, "second delivery");
  const hasSecret = endpoint.requests.map((request) => request.includes("X-Telegram-Bot-Api-Secret-Token: s3cret\r\n"));
  expect(hasSecret).toEqual([true, false]);
});

test("set twice within 1 s → 429 + header + parameters; deleteWebhook within 1 s → ok.", async () => {
  const bot = await startWithHost();
  await bot.call("setWebhook", { url: A });
  const second = await bot.raw("setWebhook", json({ url: "https://a.example.com/other" }));
  expect({ status: second.status, retryAfter: second.headers["retry-after"], text: second.text }).toEqual({
    status: 429,
    retryAfter: "1",
    text: '{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 1","parameters":{"retry_after":1}}',
  });
  expect(bot.telegram.state(bot.id).url).toBe(A);
  expect(await bot.call("deleteWebhook")).toEqual(wasDeleted);
});

test('body `{"url":` → ok true "Webhook was deleted".', async () => {
  const bot = await startWithHost();
  await bot.call("setWebhook", { url: A });
  expect(JSON.parse((await bot.raw("setWebhook", json('{"url":'))).text)).toEqual(wasDeleted);
});

test('`allowed_updates=message,callback_query` → ok, unchanged. `["Message","nope"]` → ["message"].', async () => {
  const bot = await startWithHost();
  await bot.call("setWebhook", { url: A, allowed_updates: ["poll"] });
  await bot.telegram.clock.advance(1);
  const list = await bot.raw("setWebhook", form({ url: A, allowed_updates: "message,callback_query" }));
  expect(JSON.parse(list.text)).toEqual({ ok: true, result: true, description: "Webhook is already set" });
  expect(bot.telegram.state(bot.id).allowedUpdates).toEqual(["poll"]);
  await bot.set({ url: A, allowed_updates: ["Message", "nope"] });
  expect(bot.telegram.state(bot.id).allowedUpdates).toEqual(["message"]);
});

test('endpoint down → ok "Webhook was set" → within 2 s last_error_message "Connection refused".', async () => {
  // The server's time stands still: the error comes without any of it.
  const begun = new Date("2026-01-01T00:00:00Z");
  const bot = await startWithHost({ now: () => begun });
  expect(await bot.call("setWebhook", { url: A })).toEqual(wasSet);
  const info = await until(async () => {
    const now = await bot.info();
    return now.last_error_message !== undefined && now;
  }, "an error");
  expect(info.last_error_message).toBe("Connection refused");
  expect(bot.telegram.clock.now().getTime() - begun.getTime()).toBeLessThan(2000);
});

test('cert upload twice with the same content → "Webhook was set" twice.', async () => {
  const bot = await startWithHost();
  const { certificate } = selfSigned("a.example.com");
  const answers: unknown[] = [];
  for (let time = 0; time < 2; time += 1) {
    await bot.telegram.clock.advance(1);
    answers.push(JSON.parse((await bot.raw("setWebhook", multipart({ url: A }, { certificate }))).text));
  }
  expect(answers).toEqual([wasSet, wasSet]);
  expect(bot.telegram.state(bot.id)).toMatchObject({ certificate, generation: 2 });
});
