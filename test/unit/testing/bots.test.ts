// Bots and the queue: getMe, sendMessage, getUpdates with its conflicts, revoke, close, logOut, limits, outsiders.
import type { ControlError } from "../../../testing";
import { fixtures, json, request, until } from "./raw";
import type { Fixture } from "./raw";

const start = fixtures();
const BEGIN = new Date("2026-01-01T00:00:00Z");
const still = { now: () => BEGIN, random: () => 0.5 };
const hook = { local: true, url: "http://127.0.0.1:9/" };

const refusal = (error_code: number, description: string) => ({ ok: false, error_code, description });
const conflict = (reason: string) => refusal(409, `Conflict: ${reason}`);
const updates = async (bot: Fixture, parameters: Record<string, unknown> = {}) => {
  const { result } = (await bot.call("getUpdates", parameters)) as { result: { update_id: number }[] };
  return result.map(({ update_id }) => update_id);
};

test("an added bot has a well-formed token, and is what getMe says", async () => {
  const bot = await start();
  const added = bot.telegram.addBot();
  expect(added.token).toMatch(new RegExp(`^${added.id}:[A-Za-z0-9_-]{35}$`));
  expect(added.username).toBe(`fake_${added.id}_bot`);
  expect(await bot.call("getMe")).toMatchObject({
    ok: true,
    result: { id: 123456, is_bot: true, first_name: "A bot", username: "a_bot" },
  });
});

test("bots that cannot be added and bots that are not there are refused by code", async () => {
  const bot = await start();
  const codeOf = (act: () => unknown) => {
    try {
      act();
    } catch (error) {
      return (error as ControlError).code;
    }
  };
  const { telegram } = bot;
  expect([
    codeOf(() => telegram.addBot({ id: 123456 })),
    codeOf(() => telegram.addBot({ id: 5, token: "6:abc" })),
    codeOf(() => telegram.addBot({ token: "abc" })),
    codeOf(() => telegram.state("99")),
    codeOf(() => telegram.update(bot.id, { nothing: {} })),
  ]).toEqual(["BOT_EXISTS", "BAD_REQUEST", "BAD_REQUEST", "UNKNOWN_BOT", "BAD_REQUEST"]);
});

test.each([
  ["of 23 characters", "A".repeat(23)],
  ["whose last character is none of those that 35 characters can end in", `${"A".repeat(34)}B`],
  ["with a character outside base64url", `${"A".repeat(34)}+`],
  ["of 25 characters, which no bytes give", "A".repeat(25)],
])("a token with a secret %s is no bot's: it cannot be added, and is answered 401", async (_, secret) => {
  const bot = await start({ acceptAnyToken: true });
  const { text } = await request(`${bot.telegram.apiUrl}/bot777:${secret}/getMe`);
  expect(JSON.parse(text)).toEqual(refusal(401, "Unauthorized"));
  expect(() => bot.telegram.addBot({ token: `777:${secret}` })).toThrow(
    /^A token must be <id>:<secret>, .* leave it out to have one made\.$/,
  );
});

test("a secret of 24 characters is enough, as any longer one that bytes give", async () => {
  const bot = await start({ acceptAnyToken: true });
  const secrets = ["a".repeat(24), `${"b".repeat(25)}w`, "c".repeat(36)];
  const statuses = [];
  for (const [index, secret] of secrets.entries()) {
    statuses.push((await request(`${bot.telegram.apiUrl}/bot${778 + index}:${secret}/getMe`)).status);
  }
  expect(statuses).toEqual([200, 200, 200]);
});

test("any well-formed token is a bot when the server is told so", async () => {
  const bot = await start({ acceptAnyToken: true });
  const token = `777:${"A".repeat(35)}`;
  const status = async (text: string) => (await request(`${bot.telegram.apiUrl}/bot${text}/getMe`)).status;
  expect([await status(token), await status(`777:${"B".repeat(35)}`), await status("778:short")]).toEqual([
    200, 401, 401,
  ]);
});

test("sendMessage answers with the message and keeps it", async () => {
  const bot = await start(still);
  expect(await bot.call("sendMessage", { chat_id: 42, text: "hi" })).toEqual({
    ok: true,
    result: {
      message_id: 1,
      from: { id: 123456, is_bot: true, first_name: "A bot", username: "a_bot" },
      chat: { id: 42, first_name: "Someone", type: "private" },
      date: BEGIN.getTime() / 1000,
      text: "hi",
    },
  });
  expect(bot.telegram.sent(bot.id)).toEqual([{ chatId: 42, text: "hi", at: BEGIN.toISOString() }]);
});

test.each([
  [{ text: "x" }, "chat_id is empty"],
  [{ chat_id: "nobody", text: "x" }, "chat not found"],
  [{ chat_id: 1, text: " " }, "message text is empty"],
  [{ chat_id: 1, text: "x".repeat(4097) }, "message is too long"],
])("sendMessage %j is refused: %s", async (parameters, reason) => {
  const bot = await start();
  expect(await bot.call("sendMessage", parameters)).toEqual(refusal(400, `Bad Request: ${reason}`));
});

test("a command in a message is marked as one", async () => {
  const bot = await start();
  bot.telegram.message(bot.id, { text: "/start now", chatId: -5 });
  expect(await bot.call("getUpdates")).toMatchObject({
    result: [
      {
        message: {
          chat: { id: -5, type: "group" },
          entities: [{ offset: 0, length: 6, type: "bot_command" }],
        },
      },
    ],
  });
});

describe("getUpdates", () => {
  test("gives what waits, again and again until an offset confirms it", async () => {
    const bot = await start();
    const ids = ["a", "b", "c"].map((text) => bot.telegram.message(bot.id, { text }).updateId);
    const [first = 0, second = 0] = ids;
    expect([
      await updates(bot),
      await updates(bot, { limit: 1 }),
      await updates(bot, { offset: second }),
      await updates(bot, { offset: -1 }),
      await updates(bot, { offset: first + 3 }),
    ]).toEqual([ids, [first], ids.slice(1), ids.slice(2), []]);
  });

  test("waits for an update, at most its timeout", async () => {
    const bot = await start({ local: true });
    const waiting = updates(bot, { timeout: 50 });
    await until(() => bot.telegram.journal({ method: "getUpdates" }).length === 1, "the call");
    const { updateId } = bot.telegram.message(bot.id, { text: "hello" });
    expect(await waiting).toEqual([updateId]);
    const empty = updates(bot, { timeout: 9999, offset: updateId + 1 });
    await until(() => bot.telegram.journal({ method: "getUpdates" }).length === 2, "the second call");
    await until(() => bot.telegram.pending(bot.id) === 0, "the confirmation");
    await bot.telegram.clock.advance(50);
    expect(await empty).toEqual([]);
  });

  test("changes allowed_updates for webhooks too", async () => {
    const bot = await start();
    await bot.call("getUpdates", { allowed_updates: ["poll"] });
    expect(await bot.info()).toMatchObject({ url: "", allowed_updates: ["poll"] });
  });

  test("is refused while a webhook is set", async () => {
    const bot = await start(hook);
    await bot.call("setWebhook", { url: hook.url });
    expect(await bot.call("getUpdates")).toEqual(
      conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"),
    );
  });

  test.each([
    ["setWebhook", { url: hook.url }, "terminated by setWebhook request"],
    ["getUpdates", {}, "terminated by other getUpdates request; make sure that only one bot instance is running"],
  ])("that waits is ended by %s", async (method, parameters, reason) => {
    const bot = await start(hook);
    const waiting = bot.call("getUpdates", { timeout: 50 });
    await until(() => bot.telegram.journal({ method: "getUpdates" }).length === 1, "the call");
    const other = bot.call(method, parameters);
    expect(await waiting).toEqual(conflict(reason));
    await bot.telegram.clock.advance(3);
    await other;
  });

  /** How long a call took on a clock that stands still, and what it gave. */
  const timed = async (bot: Fixture, parameters: Record<string, unknown> = {}) => {
    const begun = bot.telegram.clock.now().getTime();
    const calls = bot.telegram.journal().length;
    let took: number | undefined;
    const call = bot.call("getUpdates", parameters).then((answer) => {
      took = (bot.telegram.clock.now().getTime() - begun) / 1000;
      return answer as { result?: { update_id: number }[] };
    });
    await until(() => took !== undefined || bot.telegram.journal()[calls]?.status === 0, "the call");
    for (let n = 0; took === undefined && n < 10; n += 1) {
      await bot.telegram.clock.advance(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const answer = await call;
    return [took, answer.result?.map(({ update_id }) => update_id) ?? answer];
  };

  test("with the same offset waits three seconds when nothing is there, but not three seconds later or with another", async () => {
    const bot = await start(still);
    const seen = [await timed(bot), await timed(bot), await timed(bot, { offset: -1 })];
    expect(seen).toEqual([
      [0, []],
      [3, []],
      [0, []],
    ]);
    await bot.telegram.clock.advance(3);
    expect(await timed(bot, { offset: -1 })).toEqual([0, []]);
  });

  test("with the same offset gives one update within half a second", async () => {
    const bot = await start(still);
    const ids = ["a", "b"].map((text) => bot.telegram.message(bot.id, { text }).updateId);
    expect([await updates(bot), await updates(bot), await updates(bot, { offset: -2 })]).toEqual([ids, [ids[0]], ids]);
    await bot.telegram.clock.advance(0.5);
    expect(await updates(bot, { offset: -2 })).toEqual(ids);
  });

  test("ignores an offset that is more than ten beyond the next number", async () => {
    const bot = await start(still);
    const [first = 0] = ["a", "b"].map((text) => bot.telegram.message(bot.id, { text }).updateId);
    const ids = [first, first + 1];
    const offsets = [first + 13, first + 1000, 2 ** 31 - 1, 1];
    for (const offset of offsets) expect(await updates(bot, { offset })).toEqual(ids);
    expect(await updates(bot, { offset: first + 12 })).toEqual([]);
    expect(bot.telegram.pending(bot.id)).toBe(0);
  });

  test("is told of a second conflict within three seconds only three seconds later", async () => {
    const bot = await start({ ...still, ...hook });
    await bot.call("setWebhook", { url: hook.url });
    const seen = [await timed(bot), await timed(bot), await timed(bot)];
    expect(seen.map(([took]) => took)).toEqual([0, 3, 0]);
  });
});

test("after a revoke the old token is dead, the new one has no webhook, and the queue is there", async () => {
  const bot = await start(hook);
  await bot.call("setWebhook", { url: hook.url, allowed_updates: ["message"] });
  bot.telegram.message(bot.id, { text: "kept" });
  const { token } = bot.telegram.revokeToken(bot.id);
  const old = await bot.call("getWebhookInfo");
  bot.token = token;
  expect([old, await bot.info()]).toEqual([
    refusal(401, "Unauthorized"),
    { url: "", has_custom_certificate: false, pending_update_count: 1 },
  ]);
});

test("a new token has a one-second slot of its own", async () => {
  const bot = await start({ ...still, ...hook });
  const set = async () => (await bot.raw("setWebhook", json({ url: hook.url, max_connections: 5 }))).status;
  const before = [await set(), await set()];
  bot.token = bot.telegram.revokeToken(bot.id).token;
  expect([...before, await set(), await set()]).toEqual([200, 429, 200, 429]);
});

test("close keeps the webhook, and the next call loads the bot again", async () => {
  const bot = await start(hook);
  const endpoint = await bot.endpoint();
  await bot.call("setWebhook", { url: `http://127.0.0.1:${endpoint.port}/` });
  const answers = [await bot.call("close"), await bot.call("close")];
  bot.telegram.message(bot.id, { text: "waits" });
  await bot.telegram.clock.advance(5);
  const delivered = endpoint.requests.length;
  await bot.info();
  await until(() => endpoint.requests.length === 1, "the update");
  expect([answers, delivered]).toEqual([
    [{ ok: true, result: true }, refusal(400, "Bad Request: the bot has already been closed")],
    0,
  ]);
});

test("close is refused in the first ten minutes of a bot on a server that is older", async () => {
  const bot = await start(still);
  await bot.telegram.clock.advance(601);
  await bot.call("getMe");
  await bot.telegram.clock.advance(100);
  expect(await bot.call("close")).toMatchObject({ error_code: 429, parameters: { retry_after: 499 } });
});

test("logOut erases webhook and queue, and every call is refused for half an hour", async () => {
  const bot = await start({ ...still, ...hook });
  await bot.call("setWebhook", { url: hook.url });
  bot.telegram.message(bot.id, { text: "lost" });
  expect(await bot.call("logOut")).toEqual({ ok: true, result: true });
  expect(await bot.call("getMe")).toEqual(refusal(400, "Logged out"));
  await bot.telegram.clock.advance(1799);
  expect(await bot.call("getMe")).toEqual(refusal(400, "Logged out"));
  await bot.telegram.clock.advance(1);
  expect(await bot.info()).toEqual({ url: "", has_custom_certificate: false, pending_update_count: 0 });
});

test("logOut of a session older than half an hour is over after a second", async () => {
  const bot = await start({ ...still, ...hook });
  await bot.call("getMe");
  await bot.telegram.clock.advance(1800);
  await bot.call("logOut");
  expect(await bot.call("getMe")).toEqual(refusal(400, "Logged out"));
  await bot.telegram.clock.advance(1);
  expect((await bot.raw("getMe")).status).toBe(200);
});

test("with limits, 20 new bots a minute are let in, known ones always", async () => {
  const bot = await start({ ...still, newClientLimits: true });
  const tokens = Array.from({ length: 21 }, (_, index) => bot.telegram.addBot({ id: 1000 + index }).token);
  const getMe = (token = "") => request(`${bot.telegram.apiUrl}/bot${token}/getMe`);
  const statuses: number[] = [];
  for (const token of tokens) statuses.push((await getMe(token)).status);
  expect(statuses).toEqual([...Array<number>(20).fill(200), 429]);
  expect((await getMe(tokens[20])).text).toContain('"parameters":{"retry_after":3}');
  expect((await getMe(tokens[0])).status).toBe(200);
  await bot.telegram.clock.advance(3);
  expect((await getMe(tokens[20])).status).toBe(200);
});

test("with limits, a new bot is let in each three seconds after the first twenty, for each address that a proxy names", async () => {
  const bot = await start({ ...still, newClientLimits: true });
  let id = 1000;
  const getMe = async (address?: string) => {
    const { token } = bot.telegram.addBot({ id: id++ });
    const headers = address === undefined ? {} : { "X-Real-IP": address };
    return (await request(`${bot.telegram.apiUrl}/bot${token}/getMe`, { headers })).status;
  };
  const many = async (count: number, address?: string) => {
    const statuses: number[] = [];
    for (let n = 0; n < count; n += 1) statuses.push(await getMe(address));
    return statuses.filter((status) => status === 200).length;
  };
  expect([await many(24, "9.9.9.9"), await many(1, "9.9.9.8"), await many(1)]).toEqual([20, 1, 1]);
  await bot.telegram.clock.advance(3.2);
  expect(await many(3, "9.9.9.9")).toBe(1);
  await bot.telegram.clock.advance(7);
  expect(await many(5, "9.9.9.9")).toBe(2);
});

describe("an outsider", () => {
  test("goes through the same code, waits for the slot, and is journalled as such", async () => {
    const bot = await start(hook);
    const outsider = bot.telegram.outsider(bot.id);
    await bot.call("setWebhook", { url: hook.url });
    const begun = Date.now();
    const set = await outsider.setWebhook({
      url: "http://127.0.0.1:9/theirs",
      max_connections: 7,
      allowed_updates: ["poll"],
    });
    expect(Date.now() - begun).toBeGreaterThan(500);
    expect(set).toEqual({ ok: true, result: true, description: "Webhook was set" });
    expect(bot.telegram.state(bot.id)).toMatchObject({ maxConnections: 7, allowedUpdates: ["poll"] });
    expect(bot.telegram.journal({ by: "outsider" })).toMatchObject([
      {
        method: "setWebhook",
        parameters: { url: "http://127.0.0.1:9/theirs", max_connections: "7", allowed_updates: '["poll"]' },
        status: 200,
      },
    ]);
    expect(await outsider.getUpdates()).toMatchObject({ ok: false, error_code: 409 });
    expect(await outsider.deleteWebhook()).toEqual({ ok: true, result: true, description: "Webhook was deleted" });
  });

  test("reads updates as an object", async () => {
    const bot = await start();
    const { updateId } = bot.telegram.message(bot.id, { text: "hello" });
    expect(await bot.telegram.outsider(bot.id).getUpdates({ limit: 1 })).toMatchObject({
      ok: true,
      result: [{ update_id: updateId, message: { text: "hello" } }],
    });
  });
});

test("a lost secret leaves no trace in the API", async () => {
  const bot = await start(hook);
  await bot.call("setWebhook", { url: hook.url, secret_token: "x" });
  await bot.telegram.clock.advance(0);
  const before = await bot.info();
  bot.telegram.loseSecret(bot.id);
  expect([await bot.info(), bot.telegram.state(bot.id).secretToken]).toEqual([before, null]);
});

test("closing the server ends calls that are waiting", async () => {
  const bot = await start();
  const waiting = bot.raw("getUpdates", json({ timeout: 50 })).catch((error: NodeJS.ErrnoException) => error.code);
  await until(() => bot.telegram.journal().length === 1, "the call");
  await bot.telegram.close();
  expect(await waiting).toBe("ECONNRESET");
});

test("after close, a deleteWebhook finds nothing, and after another close the webhook is back", async () => {
  const bot = await start({ local: true });
  await bot.call("setWebhook", { url: "http://127.0.0.1:9/" });
  await bot.call("close");
  const answers = [await bot.call("deleteWebhook"), await bot.info()];
  await bot.call("close");
  expect([...answers, (await bot.info()).url]).toEqual([
    { ok: true, result: true, description: "Webhook is already deleted" },
    { url: "", has_custom_certificate: false, pending_update_count: 0 },
    "http://127.0.0.1:9/",
  ]);
});

test("after close, any other call loads the webhook, and then it can be deleted for good", async () => {
  const bot = await start({ local: true });
  await bot.call("setWebhook", { url: "http://127.0.0.1:9/" });
  await bot.call("close");
  expect((await bot.info()).url).toBe("http://127.0.0.1:9/");
  await bot.call("deleteWebhook");
  await bot.call("close");
  expect((await bot.info()).url).toBe("");
});
