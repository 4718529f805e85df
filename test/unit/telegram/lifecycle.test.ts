// The order of events of a webhook, seen from the fake Bot API server: what is sent, what is said, what is recorded.
import { writeFileSync, rmSync, mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startFakeTelegram } from "../../../testing";
import type { FakeTelegram } from "../../../testing";
import { redactor } from "../../../provider/core/redact";
import { RateLimiter } from "../../../provider/telegram/pace";
import { httpClient } from "../../../provider/net/http";
import { telegramApi } from "../../../provider/telegram/api";
import { webhookLifecycle } from "../../../provider/telegram/webhook/lifecycle";
import { pem } from "../../support/bad-input";
import { inProcess } from "../../support/in-process";
import { calls, neverProbed, testBot } from "../../support/webhooks";
import type { TestBot } from "../../support/webhooks";

let telegram: FakeTelegram;
beforeAll(async () => {
  telegram = await startFakeTelegram();
});
afterAll(() => telegram.close());
beforeEach(() => {
  telegram.clearJournal();
  delete process.env["TELEGRAM_BOT_TOKEN"];
});

/** A stack whose waits cost no time: they move the server's clock. */
const newStack = () => inProcess({}, telegram.clock);

/** A stack whose waits are none: for far sides of the test's own. */
const hurriedStack = () => inProcess({}, { now: () => new Date(), advance: () => Promise.resolve() });

/** A stack that is up, after the server's one-second slot is free again. */
async function made(more: Record<string, unknown> = {}) {
  const bot = testBot(telegram);
  const stack = newStack();
  await stack.up({ ...bot.args, ...more });
  await telegram.clock.advance(1);
  telegram.clearJournal();
  return { bot, stack, args: { ...bot.args, ...more } };
}

/** The parameters of each setWebhook of a bot. */
const sent = ({ id }: TestBot) => telegram.journal({ botId: id, method: "setWebhook" }).map((call) => call.parameters);

test("the complete state is sent, as JSON, with no null and no certificate part", async () => {
  const bot = testBot(telegram);
  await newStack().up({ ...bot.args, allowedUpdates: "default" });
  const [call] = telegram.journal({ botId: bot.id, method: "setWebhook" });
  expect(call).toMatchObject({
    encoding: "json",
    files: {},
    parameters: { url: bot.url, max_connections: "41", allowed_updates: "[]", secret_token: bot.args["secretToken"] },
  });
  expect(Object.keys(call?.parameters ?? {}).sort()).toEqual([
    "allowed_updates",
    "max_connections",
    "secret_token",
    "url",
  ]);
});

test("a certificate goes as a file in a form, byte for byte", async () => {
  const bot = testBot(telegram);
  telegram.setHost("bots.example.com", { shown: "149.154.175.50", connect: "127.0.0.1:9" });
  const certificate = pem("self-signed");
  const url = "https://bots.example.com/tg/x";
  const stack = newStack();
  await stack.up({ ...bot.args, url, certificate, allowedUpdates: ["poll"] });
  expect(telegram.journal({ botId: bot.id, method: "setWebhook" })[0]).toMatchObject({
    encoding: "multipart",
    parameters: { url, max_connections: "41", allowed_updates: '["poll"]' },
  });
  expect(telegram.state(bot.id).certificate).toBe(certificate);
  expect(stack.state()).toMatchObject({ hasCustomCertificate: true, verified: true });
});

test("a pinned address is sent, and unpinned when it is taken away", async () => {
  const { bot, stack, args } = await made({ ipAddress: "93.184.216.34" });
  expect(telegram.state(bot.id)).toMatchObject({ ipAddress: "93.184.216.34", ipFixed: true });
  await stack.up({ ...args, ipAddress: undefined });
  expect(telegram.state(bot.id)).toMatchObject({ ipAddress: "149.154.175.50", ipFixed: false });
});

test("the test environment is another webhook with an id of its own", async () => {
  const bot = testBot(telegram);
  await newStack().up({ ...bot.args, testEnvironment: true });
  expect(telegram.state(bot.id, { test: true }).url).toBe(bot.url);
  expect(telegram.state(bot.id).url).toBe("");
});

test("what was there before is recorded when it is taken over", async () => {
  const bot = testBot(telegram);
  telegram.setHost("old.example.com", { shown: "149.154.175.51", connect: "127.0.0.1:9" });
  await telegram.outsider(bot.id).setWebhook({ url: "https://old.example.com/x" });
  await telegram.clock.advance(1);
  const stack = newStack();
  await stack.up({ ...bot.args, takeover: ["old.example.com"] });
  expect(stack.state()).toMatchObject({ previousUrl: "https://old.example.com/x" });
  expect(stack.lines).toEqual([
    `bot ${bot.id}: the webhook https://old.example.com/… was set by somebody else; it is replaced by ${new URL(bot.url).origin}/….`,
  ]);
});

test("an update that only concerns us sends nothing and looks once", async () => {
  const { bot, stack, args } = await made();
  expect(await stack.up({ ...args, verifySeconds: 9, strictRefresh: true })).toBe("updated");
  expect(calls(telegram, bot)).toEqual(["getWebhookInfo"]);
});

test("a foreign change is repaired by any update, although the program's arguments are the same", async () => {
  const { bot, stack, args } = await made();
  await telegram.outsider(bot.id).deleteWebhook();
  await stack.up({ ...args, verifySeconds: 9 });
  expect(telegram.state(bot.id)).toMatchObject({ url: bot.url, secretToken: bot.args["secretToken"] });
});

test.each(["reassertTrigger", "secretToken", "maxConnections"])(
  "a change of %s sends everything again",
  async (name) => {
    const { bot, stack, args } = await made({ allowedUpdates: ["poll"] });
    await stack.up({ ...args, [name]: name === "maxConnections" ? 7 : "another-value" });
    expect(sent(bot)).toHaveLength(1);
    expect(sent(bot)[0]).toMatchObject({ url: bot.url, allowed_updates: '["poll"]' });
  },
);

test("waiting updates are dropped once for a new trigger, never at creation, and the log says how many", async () => {
  const { bot, stack, args } = await made({ dropPendingUpdatesTrigger: "1" });
  expect(telegram.message(bot.id, { text: "a" }).updateId).toBeGreaterThan(0);
  telegram.message(bot.id, { text: "b" });
  await stack.up({ ...args, dropPendingUpdatesTrigger: "2" });
  expect(sent(bot).map((parameters) => parameters["drop_pending_updates"])).toEqual(["true"]);
  expect(stack.lines).toEqual([`bot ${bot.id}: dropping 2 waiting updates (dropPendingUpdatesTrigger changed).`]);
  expect(telegram.pending(bot.id)).toBe(0);
  expect(await stack.up({ ...args, dropPendingUpdatesTrigger: "2" })).toBe("same");
});

test("a removal drops the waiting updates only when it was asked to", async () => {
  for (const [drops, left] of [
    [false, 1],
    [true, 0],
  ] as const) {
    const { bot, stack } = await made({ dropPendingUpdatesOnDestroy: drops });
    telegram.message(bot.id, { text: "a" });
    await stack.destroy();
    expect(telegram.pending(bot.id)).toBe(left);
  }
});

test("a removal leaves a webhook alone that somebody else set, and says so", async () => {
  const { bot, stack } = await made();
  telegram.setHost("other.example.com", { shown: "149.154.175.51", connect: "127.0.0.1:9" });
  await telegram.outsider(bot.id).setWebhook({ url: "https://other.example.com/x" });
  await stack.destroy();
  expect(calls(telegram, bot)).toEqual(["getWebhookInfo"]);
  expect(telegram.state(bot.id).url).toBe("https://other.example.com/x");
  expect(stack.lines.join()).toMatch(/which this resource did not set; it is left alone/);
});

test("a redirect is not followed: it would carry the token to another host", async () => {
  const bot = testBot(telegram);
  const location = `${telegram.apiUrl}/bot${bot.token}/getWebhookInfo`;
  const answer = `HTTP/1.1 307 Temporary Redirect\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`;
  const server = createServer((socket) => socket.on("data", () => socket.write(answer))).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await expect(hurriedStack().up({ ...bot.args, apiUrl })).rejects.toThrow(/answered with 307/);
  server.close();
  expect(telegram.journal({ botId: bot.id })).toEqual([]);
});

test("a refresh without a foreign change alters no output", async () => {
  const { stack } = await made({ allowedUpdates: ["poll", "message"] });
  const before = stack.state();
  await stack.refresh();
  expect(stack.state()).toEqual(before);
});

test.each([
  ["url", { url: "https://other.example.com/" }, { url: "https://other.example.com/" }],
  ["maxConnections", { max_connections: 40 }, { maxConnections: 40 }],
  ["allowedUpdates", { allowed_updates: ["poll"] }, { allowedUpdates: ["poll"] }],
])(
  "a refresh shows that somebody changed %s, and the next update repairs all of it",
  async (_name, change, recorded) => {
    telegram.setHost("other.example.com", { shown: "149.154.175.51", connect: "127.0.0.1:9" });
    const { bot, stack, args } = await made();
    await telegram.outsider(bot.id).setWebhook({ url: bot.url, max_connections: 41, ...change });
    await telegram.clock.advance(1);
    await stack.refresh();
    expect(stack.state()).toMatchObject(recorded);
    expect(await stack.up(args)).toBe("updated");
    expect(telegram.state(bot.id)).toMatchObject({
      url: bot.url,
      maxConnections: 41,
      secretToken: bot.args["secretToken"],
    });
    expect(await stack.up(args)).toBe("same");
  },
);

test("a certificate that was lost is seen and uploaded again", async () => {
  telegram.setHost("bots.example.com", { shown: "149.154.175.50", connect: "127.0.0.1:9" });
  const { bot, stack, args } = await made({ url: "https://bots.example.com/tg/x", certificate: pem("self-signed") });
  await telegram.outsider(bot.id).setWebhook({ url: "https://bots.example.com/tg/x", max_connections: 41 });
  await telegram.clock.advance(1);
  await stack.refresh();
  expect(stack.state()).toMatchObject({ hasCustomCertificate: false });
  expect(await stack.up(args)).toBe("updated");
  expect(telegram.state(bot.id).certificate).toBe(pem("self-signed"));
});

test("a refused update leaves the bot as it was, says both outcomes, and the next one sends everything", async () => {
  const { bot, stack, args } = await made();
  const before = telegram.state(bot.id);
  const refused = stack.up({ ...args, url: "https://nowhere.example.com/x" });
  await expect(refused).rejects.toThrow(
    /^telegram setWebhook for bot \d+ at \S+ was refused \(400\): "bad webhook: Failed to resolve host: .*"\. Telegram remembers a name that it did not find for up to 300 s: run pulumi up again after that\. The webhook that was set before \(https:\/\/bot\d+\.example\.com\/…\) is back in place\. \[TELEGRAM_REFUSED\]$/,
  );
  const { generation, lastError, ...same } = before;
  expect(telegram.state(bot.id)).toMatchObject(same);
  expect(stack.state()).toMatchObject({ url: bot.url, verified: false, secretInForce: true });
  expect(await stack.up(args)).toBe("updated");
  expect(stack.state()).toMatchObject({ url: bot.url, verified: true });
});

test("a refused creation puts back what can be seen of a foreign webhook, and never sends our secret there", async () => {
  const bot = testBot(telegram);
  telegram.setHost("old.example.com", { shown: "149.154.175.51", connect: "127.0.0.1:9" });
  await telegram
    .outsider(bot.id)
    .setWebhook({ url: "https://old.example.com/x", max_connections: 7, allowed_updates: ["poll"] });
  await telegram.clock.advance(1);
  const stack = newStack();
  const up = stack.up({ ...bot.args, url: "https://nowhere.example.com/x", takeover: true });
  await expect(up).rejects.toThrow(/was refused \(400\).*\(https:\/\/old\.example\.com\/…\) is back in place/);
  expect(stack.state()).toBeUndefined();
  expect(telegram.state(bot.id)).toMatchObject({
    url: "https://old.example.com/x",
    maxConnections: 7,
    allowedUpdates: ["poll"],
    secretToken: null,
  });
});

test("a refused update puts back the certificate, too", async () => {
  telegram.setHost("bots.example.com", { shown: "149.154.175.50", connect: "127.0.0.1:9" });
  const { bot, stack, args } = await made({ url: "https://bots.example.com/tg/x", certificate: pem("self-signed") });
  const refused = stack.up({ ...args, url: "https://nowhere.example.com/x", certificate: undefined });
  await expect(refused).rejects.toThrow(/is back in place\./);
  const { url, certificate, secretToken } = telegram.state(bot.id);
  expect({ url, certificate, secretToken }).toEqual({
    url: "https://bots.example.com/tg/x",
    certificate: pem("self-signed"),
    secretToken: bot.args["secretToken"],
  });
});

test("waiting updates are dropped at most once, also when nobody can tell whether the first set arrived", async () => {
  const { bot, stack, args } = await made({ dropPendingUpdatesTrigger: "1" });
  telegram.fault({ botId: bot.id, method: "setWebhook", kind: "reset", when: "before" });
  await stack.up({ ...args, dropPendingUpdatesTrigger: "2" });
  expect(sent(bot).map((parameters) => parameters["drop_pending_updates"])).toEqual(["true", undefined]);
  expect(await stack.up({ ...args, dropPendingUpdatesTrigger: "2" })).toBe("same");
});

describe("a webhook that this resource did not set", () => {
  const foreign = "https://foreign.example.com/x";
  const setForeign = async (id: string) => {
    telegram.setHost("foreign.example.com", { shown: "149.154.175.51", connect: "127.0.0.1:9" });
    await telegram.outsider(id).setWebhook({ url: foreign });
    await telegram.clock.advance(1);
    telegram.clearJournal();
  };

  test("is not written over at creation, and the message names its host and the cure", async () => {
    const bot = testBot(telegram);
    await setForeign(bot.id);
    await expect(newStack().up({ ...bot.args, takeover: ["another.example.com"] })).rejects.toThrow(
      `bot ${bot.id} has the webhook https://foreign.example.com/…, which this resource did not set. Nothing was written. ` +
        "Declare that URL to adopt it, or name foreign.example.com in takeover to replace it.",
    );
    expect(calls(telegram, bot)).toEqual(["getWebhookInfo"]);
  });

  test("is adopted at creation when it has the declared URL", async () => {
    const bot = testBot(telegram);
    await setForeign(bot.id);
    const stack = newStack();
    await stack.up({ ...bot.args, url: foreign });
    expect(telegram.state(bot.id)).toMatchObject({ url: foreign, secretToken: bot.args["secretToken"] });
    expect(stack.state()).not.toHaveProperty("previousUrl");
    expect(stack.lines).toContain(
      `warning: bot ${bot.id}: the webhook https://foreign.example.com/… was there already, set by another resource or stack, by somebody else or by a run that was cut off; it is adopted, and a destroy removes it. If this is a rename, add an alias: to delete the old resource alone would remove the webhook. If another stack declares it too, each destroy removes it; keep it with retainOnDelete.`,
    );
  });

  test("gets neither our secret nor our certificate when it is put back", async () => {
    telegram.setHost("bots.example.com", { shown: "149.154.175.50", connect: "127.0.0.1:9" });
    const { bot, stack, args } = await made({ url: "https://bots.example.com/tg/x", certificate: pem("self-signed") });
    const update = { ...args, url: "https://nowhere.example.com/x", certificate: undefined };
    const isPutBack = async (takeover: unknown) => {
      const refused = stack.up({ ...update, takeover });
      await expect(refused).rejects.toThrow(/\(https:\/\/foreign\.example\.com\/…\) is back in place/);
      expect(telegram.state(bot.id)).toMatchObject({ url: foreign, secretToken: null, certificate: null });
    };
    await setForeign(bot.id);
    await isPutBack(["foreign.example.com"]); // no refresh has shown that our secret is lost
    await stack.refresh();
    await isPutBack(false);
    expect(stack.state()).toMatchObject({ url: foreign, verified: false, secretInForce: false });
  });

  test("is not written over by an update before a refresh has shown it", async () => {
    const { bot, stack, args } = await made({ takeover: true });
    await setForeign(bot.id);
    const before = stack.state();
    const update = { ...args, maxConnections: 5 };
    await expect(stack.up(update)).rejects.toThrow(
      /Somebody else set it since the last refresh\. pulumi up --refresh shows and repairs it\./,
    );
    expect(telegram.state(bot.id).url).toBe(foreign);
    expect(stack.state()).toEqual(before);
    await stack.refresh();
    await stack.up(update);
    expect(telegram.state(bot.id)).toMatchObject({ url: bot.url, maxConnections: 5 });
    expect(stack.lines.join()).toMatch(
      /the webhook https:\/\/foreign\.example\.com\/… was set by somebody else; it is replaced by/,
    );
  });
});

test("a webhook that somebody else sets between our set and our look is told", async () => {
  const bot = testBot(telegram);
  telegram.fault({ botId: bot.id, method: "setWebhook", kind: "slow", when: "after", milliseconds: 60_000 });
  const stack = newStack();
  const up = stack.up(bot.args);
  while (telegram.state(bot.id).url === "") await new Promise((resolve) => setTimeout(resolve, 5));
  await telegram.outsider(bot.id).deleteWebhook();
  await telegram.clock.advance(60);
  await expect(up).rejects.toThrow(/was accepted, but reading it back shows another state: no webhook is set/);
  expect(stack.state()).toMatchObject({ verified: false, verificationProblem: "no webhook is set" });
  expect(await stack.up(bot.args)).toBe("updated");
});

test("a 429 is waited for as long as Telegram asks", async () => {
  const bot = testBot(telegram);
  telegram.fault({ botId: bot.id, method: "setWebhook", kind: "429", retryAfter: 1 });
  await newStack().up(bot.args);
  expect(calls(telegram, bot)).toEqual(["getWebhookInfo", "setWebhook", "setWebhook", "getWebhookInfo"]);
});

test.each([
  ["502-html", /answered with 502 .*which is not the Bot API's JSON: "</],
  ["cut-json", /which is not the Bot API's JSON: "\{/],
  ["reset", /got no answer: read ECONNRESET\./],
] as const)("an answer that is none (%s) is asked for again, and in the end said to be none", async (kind, words) => {
  const bot = testBot(telegram);
  telegram.fault({ botId: bot.id, method: "getWebhookInfo", kind, times: 5 });
  await newStack().up(bot.args);
  const other = testBot(telegram);
  telegram.fault({ botId: other.id, method: "getWebhookInfo", kind, times: 6 });
  await expect(newStack().up(other.args)).rejects.toThrow(words);
  expect(telegram.state(other.id).url).toBe("");
});

test("a set that gets no answer ends with the code of no answer, not with that of a refusal", async () => {
  const bot = testBot(telegram);
  telegram.fault({ botId: bot.id, method: "setWebhook", kind: "reset", times: 100 });
  await expect(newStack().up(bot.args)).rejects.toThrow(
    /got no answer: .* has no webhook, as before\. \[TELEGRAM_UNREACHABLE\]$/,
  );
});

test("a token of another bot is refused before anything is sent", async () => {
  const [bot, other] = [testBot(telegram), testBot(telegram)];
  await expect(newStack().up({ ...bot.args, expectBot: other.id })).rejects.toThrow(
    /^expectBot must be the bot of the token/,
  );
  expect([bot, other].flatMap(({ id }) => telegram.journal({ botId: id }))).toEqual([]);
});

test("an expected @username is asked for once, and another bot's token is refused before any write", async () => {
  const bot = testBot(telegram);
  const username = `fake_${bot.id}_bot`;
  const stack = newStack();
  await stack.up({ ...bot.args, expectBot: `@${username}` });
  expect(calls(telegram, bot)).toEqual(["getMe", "getWebhookInfo", "setWebhook", "getWebhookInfo"]);
  expect(stack.state()).toMatchObject({ username });
  telegram.clearJournal();
  await stack.up({ ...bot.args, expectBot: `@${username}`, verifySeconds: 1 });
  expect(calls(telegram, bot)).toEqual(["getWebhookInfo"]);
  await expect(newStack().up({ ...bot.args, expectBot: "@another_bot" })).rejects.toThrow(
    /expectBot says @another_bot/,
  );
});

describe("a token that is read at each operation", () => {
  const folder = mkdtempSync(join(tmpdir(), "token-"));
  const file = join(folder, "token");
  afterAll(() => rmSync(folder, { recursive: true }));

  test("never enters the state", async () => {
    const bot = testBot(telegram);
    writeFileSync(file, `${bot.token}\n`);
    const stack = newStack();
    await stack.up({ ...bot.args, token: undefined, tokenFrom: { file }, expectBot: bot.id });
    await stack.refresh();
    expect(stack.state()).toMatchObject({ botId: bot.id, tokenFrom: { file } });
    expect(JSON.stringify(stack.state())).not.toContain(bot.token.split(":")[1]);
    await stack.destroy();
    expect(telegram.state(bot.id).url).toBe("");
  });

  test("of another bot is refused, missing is said, and nothing is sent", async () => {
    const [bot, other] = [testBot(telegram), testBot(telegram)];
    writeFileSync(file, other.token);
    const args = { ...bot.args, token: undefined, expectBot: bot.id };
    await expect(newStack().up({ ...args, tokenFrom: { file } })).rejects.toThrow(
      `is of bot ${other.id}, but bot ${bot.id} is expected`,
    );
    await expect(newStack().up({ ...args, tokenFrom: { env: "constructor" } })).rejects.toThrow(
      /environment variable constructor is empty or not set/,
    );
    await expect(newStack().up({ ...args, tokenFrom: { env: "NO_SUCH_TOKEN" } })).rejects.toThrow(
      /The token of bot \d+ could not be read: environment variable NO_SUCH_TOKEN is empty or not set/,
    );
    await expect(newStack().up({ ...args, tokenFrom: { file: join(folder, "none") } })).rejects.toThrow(/ENOENT/);
    expect([bot, other].flatMap(({ id }) => telegram.journal({ botId: id }))).toEqual([]);
  });
});

describe("a token that was revoked", () => {
  const cure =
    "The server does not accept this token. Set the one that @BotFather shows now, where the program takes it from (telegram:token, TELEGRAM_BOT_TOKEN, token or tokenFrom), then run pulumi up.";
  const recordedIsDead = "the recorded token is dead (it was revoked, or renewed), and the webhook is gone with it.";
  const dead = { verified: false, verificationProblem: 'the token was refused (401): "Unauthorized"' };
  const escaped = (text: string) => text.replace(/[.()]/g, "\\$&");

  test("is replaced by the one of the provider's configuration or of the environment, for reading and removing", async () => {
    const { bot, stack } = await made();
    const { token } = telegram.revokeToken(bot.id);
    process.env["TELEGRAM_BOT_TOKEN"] = token;
    await stack.refresh();
    expect(stack.state()).toMatchObject({ url: "" });
    expect(stack.lines).toEqual([
      `bot ${bot.id}: the recorded token is dead (it was revoked, or renewed), and the webhook is gone with it. No update waits. pulumi up --refresh repairs it.`,
    ]);
    await stack.destroy();
  });

  test("is not replaced by a token of another bot", async () => {
    const { bot, stack } = await made();
    telegram.revokeToken(bot.id);
    process.env["TELEGRAM_BOT_TOKEN"] = testBot(telegram).token;
    const before = stack.state();
    await stack.refresh();
    expect(stack.state()).toEqual({ ...before, ...dead });
    expect(stack.lines).toEqual([`warning: bot ${bot.id}: ${recordedIsDead} ${cure}`]);
  });

  test("up --refresh on a dead bot was green: it fails until there is a token that is accepted, and then repairs", async () => {
    const { bot, stack, args } = await made();
    const { token } = telegram.revokeToken(bot.id);
    const refused = new RegExp(
      `^telegram getWebhookInfo for bot ${bot.id} at \\S+ was refused \\(401\\): "Unauthorized"\\. ${escaped(cure)} \\[TELEGRAM_REFUSED\\]$`,
    );
    await expect(stack.upRefresh(args)).rejects.toThrow(refused);
    await expect(stack.up(args)).rejects.toThrow(refused);
    await expect(stack.upRefresh(args)).rejects.toThrow(refused);
    expect(stack.state()).toMatchObject(dead);
    expect(telegram.state(bot.id).url).toBe("");
    stack.lines.length = 0;
    expect(await stack.upRefresh({ ...args, token })).toBe("updated");
    expect(stack.lines).toEqual([`warning: bot ${bot.id}: ${recordedIsDead} ${cure}`]);
    expect(stack.state()).toMatchObject({ url: bot.url, verified: true });
    expect(telegram.state(bot.id).url).toBe(bot.url);
  });

  test("a mistyped token is told with its cure", async () => {
    const bot = testBot(telegram);
    const token = bot.token.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    await expect(newStack().up({ ...bot.args, token })).rejects.toThrow(`"Unauthorized". ${cure} [TELEGRAM_REFUSED]`);
  });

  test("a mistyped token of a variable proves nothing about the webhook: it is not removed from the state", async () => {
    const bot = testBot(telegram);
    const stack = newStack();
    const args = { ...bot.args, token: undefined, tokenFrom: { env: "MISTYPED_TOKEN" }, expectBot: bot.id };
    process.env["MISTYPED_TOKEN"] = bot.token;
    try {
      await stack.up(args);
      process.env["MISTYPED_TOKEN"] = bot.token.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
      await stack.refresh();
      expect(stack.state()).toMatchObject({ ...dead, url: bot.url });
      expect(stack.lines).toEqual([
        `warning: bot ${bot.id}: ${dead.verificationProblem}, so its webhook could not be read. ${cure}`,
      ]);
      await expect(stack.upRefresh(args)).rejects.toThrow(cure);
      await expect(stack.destroy()).rejects.toThrow(cure);
      expect(stack.names()).toEqual(["bot"]);
      process.env["MISTYPED_TOKEN"] = bot.token;
      await stack.destroy();
      expect(telegram.state(bot.id).url).toBe("");
    } finally {
      delete process.env["MISTYPED_TOKEN"];
    }
  });

  test("makes an update that sends everything with the new one", async () => {
    const { bot, stack, args } = await made();
    const { token } = telegram.revokeToken(bot.id);
    expect(await stack.up({ ...args, token })).toBe("updated");
    expect(telegram.state(bot.id).url).toBe(bot.url);
  });
});

test("the state names the token by a fingerprint only", async () => {
  const { bot, stack } = await made();
  const { token, ...rest } = stack.state() ?? {};
  expect(token).toBe(bot.token);
  expect(rest["tokenFingerprint"]).toMatch(/^[0-9a-f]{12}$/);
  expectNothingOf(bot.token, JSON.stringify(rest));
});

describe("a replaced apiUrl", () => {
  test("removes the webhook at the old server first", async () => {
    const next = await startFakeTelegram();
    const { bot, stack, args } = await made();
    next.addBot({ token: bot.token });
    next.setHost(new URL(bot.url).hostname, { shown: "149.154.175.50", connect: "127.0.0.1:9" });
    expect(await stack.up({ ...args, apiUrl: next.apiUrl })).toBe("replaced");
    expect(telegram.state(bot.id).url).toBe("");
    expect(next.state(bot.id).url).toBe(bot.url);
    await next.close();
  });

  test("notes an old server that cannot be reached, and goes on; a removal stops there", async () => {
    const old = await startFakeTelegram();
    const bot = testBot(old);
    const stack = newStack();
    await stack.up(bot.args);
    await old.close();
    telegram.addBot({ token: bot.token });
    telegram.setHost(new URL(bot.url).hostname, { shown: "149.154.175.50", connect: "127.0.0.1:9" });
    await expect(stack.destroy()).rejects.toThrow(/got no answer/);
    expect(await stack.up({ ...bot.args, apiUrl: telegram.apiUrl })).toBe("replaced");
    expect(stack.lines.join()).toMatch(/the old server did not answer; the webhook there was not removed/);
    expect(telegram.state(bot.id).url).toBe(bot.url);
  });
});

describe("a token in the words of others", () => {
  test("is masked when the far side repeats it in its answer", async () => {
    const bot = testBot(telegram);
    const description = `Bad Request: no such path /bot${bot.token}/x, ${encodeURIComponent(bot.token)}, ${Buffer.from(bot.token).toString("base64")}, ${bot.token.slice(-18)}`;
    telegram.fault({ botId: bot.id, method: "getWebhookInfo", kind: "error", code: 400, description });
    const message = await inProcess()
      .up(bot.args)
      .catch((error: Error) => error.message);
    expect(message).toContain(`no such path /bot${bot.id}:[secret]/x`);
    expectNothingOf(bot.token, String(message));
  });

  test("is masked when an HTML page repeats it", async () => {
    const bot = testBot(telegram);
    const server = createServer((socket) => {
      socket.once("data", () =>
        socket.end(`HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\n\r\n<p>GET /bot${bot.token}/x</p>`),
      );
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const message = await hurriedStack()
      .up({ ...bot.args, apiUrl })
      .catch((error: Error) => error.message);
    server.close();
    expect(message).toContain(`/bot${bot.id}:[secret]/x`);
    expectNothingOf(bot.token, String(message));
  });

  test("is masked when a network error's cause holds it", async () => {
    const bot = testBot(telegram);
    const cause = new Error(`proxy refused CONNECT for /bot${bot.token}/getWebhookInfo`);
    const dispatcher = {
      dispatch: () => {
        throw cause;
      },
    } as never;
    const options = { http: httpClient({ dispatcher }), pace: new RateLimiter(), requestSeconds: 60 };
    const lifecycle = webhookLifecycle(telegramApi(options), neverProbed);
    const sleep = () => Promise.resolve();
    const context = { signal: AbortSignal.timeout(60_000), hide: sleep, log: sleep, sleep, random: () => 0 } as never;
    const inputs = { ...bot.args, botId: bot.id, testEnvironment: false } as never;
    const error = await lifecycle.apply(undefined, inputs, context).catch((e: unknown) => (e as Error).message);
    const shown = redactor([bot.token])(error as string);
    expect(shown).toContain(`proxy refused CONNECT for /bot${bot.id}:[secret]/getWebhookInfo`);
    expectNothingOf(bot.token, shown);
  });
});

function expectNothingOf(token: string, text: string): void {
  const hidden = token.slice(token.indexOf(":") + 1);
  for (let at = 0; at + 16 <= hidden.length; at += 1) expect(text).not.toContain(hidden.slice(at, at + 16));
  expect(text).not.toContain(Buffer.from(token).toString("base64").slice(16, 32));
}
