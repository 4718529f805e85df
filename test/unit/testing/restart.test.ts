// A restart of the fake server: what the real one keeps on disk is there again, the rest is lost.
import { startFakeTelegram } from "../../../testing";
import type { FakeTelegram } from "../../../testing";

let telegram: FakeTelegram;
afterEach(() => telegram.close());

const host = { shown: "149.154.175.50", connect: "127.0.0.1:9" };
const url = "https://bot.example.com/x";
const call = async (token: string, method: string, parameters: Record<string, string> = {}) => {
  const response = await fetch(`${telegram.apiUrl}/bot${token}/${method}`, {
    method: "POST",
    body: new URLSearchParams(parameters),
    headers: { connection: "close" }, // a connection that is kept would break in the restart
  });
  return (await response.json()) as { ok: boolean; result: unknown; description?: string };
};

test("webhook, secret, queue and token survive at the same address; the last error and the one-second slot do not", async () => {
  telegram = await startFakeTelegram();
  telegram.setHost("bot.example.com", host);
  const { id, token } = telegram.addBot();
  await call(token, "setWebhook", { url, secret_token: "s", max_connections: "7" });
  telegram.message(id, { text: "waits" });
  telegram.setLastError(id, "Connection refused");
  const { apiUrl } = telegram;
  const { lastError, ...kept } = telegram.state(id);
  expect(lastError).not.toBeNull();
  await telegram.restart();
  expect(telegram.apiUrl).toBe(apiUrl);
  expect(telegram.state(id)).toEqual({ ...kept, lastError: null });
  expect(await call(token, "setWebhook", { url, max_connections: "8" })).toMatchObject({ ok: true });
  expect(telegram.pending(id)).toBe(1);
});

test("updates that wait are delivered at once after a restart, without a call for the bot", async () => {
  telegram = await startFakeTelegram({ now: () => new Date("2026-01-01T00:00:00Z") });
  telegram.setHost("bot.example.com", host);
  const { id, token } = telegram.addBot();
  await call(token, "setWebhook", { url });
  telegram.message(id, { text: "waits" });
  await telegram.restart();
  await telegram.clock.advance(3);
  expect(telegram.state(id).lastError?.message).toBe("Connection refused");
});

test("a name that was missing is looked up again, and twenty new bots may come at once again", async () => {
  telegram = await startFakeTelegram({ newClientLimits: true });
  const bots = Array.from({ length: 21 }, () => telegram.addBot());
  const ask = () => Promise.all(bots.map(({ token }) => call(token, "getMe").then(({ ok }) => ok)));
  const [{ token } = { token: "" }] = bots;
  await call(token, "getMe");
  expect((await ask()).filter(Boolean)).toHaveLength(20);
  expect(await call(token, "setWebhook", { url })).toMatchObject({ ok: false });
  telegram.setHost("bot.example.com", host);
  await telegram.restart();
  expect(await call(token, "setWebhook", { url })).toMatchObject({ ok: true });
  expect((await ask()).filter(Boolean)).toHaveLength(20);
});

test("an open connection breaks, and a webhook that was being verified is lost with it", async () => {
  telegram = await startFakeTelegram();
  telegram.setHost("bot.example.com", { ...host, delayMilliseconds: 60_000 });
  const { id, token } = telegram.addBot();
  const broken = expect(call(token, "setWebhook", { url })).rejects.toThrow("fetch failed");
  while (telegram.state(id).url === "") await new Promise((resolve) => setTimeout(resolve, 5));
  await telegram.restart();
  await broken;
  expect(telegram.state(id).url).toBe("");
});
