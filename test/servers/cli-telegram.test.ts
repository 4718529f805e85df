// The doctor's question to Telegram: is this the webhook, do updates wait, what failed last.
import type { ExecutionContext } from "../../provider/core/logic";
import { checkTelegram } from "../../cli/telegram";
import type { Question } from "../../cli/telegram";
import { selfSigned } from "../unit/testing/certificates";
import { closedPort, fixtures, status, until } from "../unit/testing/raw";
import type { Fixture, Responder } from "../unit/testing/raw";
import { realTime } from "../support/real-time";

const start = fixtures();

/** By the fake server's clock, which stands still. */
function contextOf({ telegram }: Fixture, signal: AbortSignal): ExecutionContext {
  return { ...realTime(), now: () => telegram.clock.now(), signal };
}

const ask = (bot: Fixture, more: Partial<Question> & { url: string }) =>
  checkTelegram({
    token: bot.token,
    apiUrl: bot.telegram.apiUrl,
    context: contextOf(bot, AbortSignal.timeout(60_000)),
    ...more,
  });

/** A bot whose webhook is set to an endpoint that answers like this. */
async function withWebhook(respond?: Responder, parameters: object = {}): Promise<{ bot: Fixture; url: string }> {
  const bot = await start({ local: true });
  const { port } = await bot.endpoint(respond);
  const url = `http://127.0.0.1:${port}/hidden`;
  await bot.set({ url, max_connections: 41, ...parameters });
  return { bot, url };
}

test("this URL is the webhook, and nothing waits", async () => {
  const { bot, url } = await withWebhook();
  expect(await ask(bot, { url })).toEqual({
    id: "telegram",
    status: "pass",
    detail: "This URL is the webhook of bot 123456; 0 updates wait.",
  });
});

test("another URL is registered: its path is not shown", async () => {
  const { bot, url } = await withWebhook();
  const fix = "Look who set it: another stack, or a bot that registers itself when it starts.";
  const shown = url.replace("/hidden", "/…");
  expect([await ask(bot, { url: "https://bots.example.com/" }), await ask(bot, { url: `${url}2` })]).toEqual([
    { id: "telegram", status: "fail", detail: `The webhook of bot 123456 is ${shown}, not this URL.`, fix },
    {
      id: "telegram",
      status: "fail",
      detail: `The webhook of bot 123456 is another URL at ${shown}, not this URL.`,
      fix,
    },
  ]);
});

test("no webhook is a fail", async () => {
  const bot = await start();
  expect(await ask(bot, { url: "https://bots.example.com/" })).toEqual({
    id: "telegram",
    status: "fail",
    detail: "bot 123456 has no webhook.",
    fix: "Set it: `pulumi up` does, once it is declared.",
  });
});

test("a dead token is a fail", async () => {
  const bot = await start();
  expect(
    await ask(bot, { url: "https://bots.example.com/", token: "123456:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB" }),
  ).toEqual({
    id: "telegram",
    status: "fail",
    detail: "Telegram does not know the token of bot 123456.",
    fix: "Ask @BotFather for the token that is valid now.",
  });
});

test("a bot that was logged out is a fail, and where it may be is told", async () => {
  const bot = await start();
  await bot.call("logOut");
  expect(await ask(bot, { url: "https://bots.example.com/" })).toEqual({
    id: "telegram",
    status: "fail",
    detail: `bot 123456 was logged out of ${new URL(bot.telegram.apiUrl).host} (logOut), which erased its webhook there.`,
    fix: "If the bot has moved, ask its new server with --api-url; if not, `pulumi up` in half an hour.",
  });
});

test("updates that wait without an error looked healthy: the endpoint closes without an answer, which Telegram does not report", async () => {
  const { bot, url } = await withWebhook(() => undefined);
  bot.telegram.message(bot.id, { text: "hello" });
  const { status: outcome, detail, warnings = [] } = await ask(bot, { url });
  expect([outcome, detail]).toEqual(["pass", "This URL is the webhook of bot 123456; 1 update waits."]);
  expect(warnings).toEqual([
    "Updates wait, and Telegram reports no error: ask again in two minutes. If their number does not fall, see tls and http: Telegram reports nothing of an endpoint that closes the connection without an answer.",
  ]);
});

test("a server that does not answer cannot tell", async () => {
  const bot = await start();
  const apiUrl = `http://127.0.0.1:${await closedPort()}`;
  const { id, status: outcome, detail } = await ask(bot, { url: "https://bots.example.com/", apiUrl });
  expect([id, outcome]).toEqual(["telegram", "cannot tell"]);
  expect(detail).toContain("telegram getWebhookInfo for bot 123456 at 127.0.0.1:");
  expect(detail).not.toContain(bot.token);
});

test("updates that wait after a fresh error are a fail; an old error is a warning", async () => {
  const { bot, url } = await withWebhook(() => status("404 Not Found"));
  bot.telegram.message(bot.id, { text: "hello" });
  await until(async () => (await bot.info())["last_error_date"] !== undefined, "a failed delivery");
  const at = new Date(Number((await bot.info())["last_error_date"]) * 1000).toISOString();
  const words = `${at}: "Wrong response from the webhook: 404 Not Found".`;
  expect(await ask(bot, { url })).toEqual({
    id: "telegram",
    status: "fail",
    detail: `1 update waits for bot 123456, and the last delivery failed at ${words} Nothing answers at the path of url (404).`,
    fix: "Give the path that the bot or its proxy listens on, to the character. Then ask again in two minutes.",
  });
  const later = contextOf(bot, AbortSignal.timeout(60_000));
  const hours = { ...later, now: () => new Date(bot.telegram.clock.now().getTime() + 3_600_000) };
  expect(await ask(bot, { url, context: hours })).toEqual({
    id: "telegram",
    status: "pass",
    detail: "This URL is the webhook of bot 123456; 1 update waits.",
    warnings: [`The last delivery that failed did so at ${words}`],
  });
});

test("the default number of connections is a warning: pulumi-telegram sends another", async () => {
  const { bot, url } = await withWebhook(undefined, { max_connections: 40 });
  expect((await ask(bot, { url })).warnings).toEqual([
    "It has 40 connections, Telegram's default: perhaps a framework set it (pulumi-telegram sends 41 unless told otherwise).",
  ]);
});

test("a certificate that is said to be uploaded and is not is a fail", async () => {
  const { bot, url } = await withWebhook();
  expect(await ask(bot, { url, certificate: selfSigned("bot.test").certificate })).toEqual({
    id: "telegram",
    status: "fail",
    detail: "Telegram has no certificate of bot 123456, and trusts public authorities only.",
    fix: "Set the webhook again, with this certificate; or leave --certificate out, if a public authority signed yours.",
  });
});
