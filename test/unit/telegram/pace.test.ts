// Rates of one process with many bots: new tokens, one-second slots, retry_after, and how many requests are under way.
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { ExecutionContext } from "../../../provider/core/logic";
import { httpClient } from "../../../provider/net/http";
import { telegramApi } from "../../../provider/telegram/api";
import type { Bot } from "../../../provider/telegram/api";
import { RateLimiter } from "../../../provider/telegram/pace";
import { webhookLogic } from "../../../provider/telegram/webhook/fields";
import { webhookLifecycle } from "../../../provider/telegram/webhook/lifecycle";
import { inProcess } from "../../support/in-process";
import { virtualTime } from "../../support/virtual-time";
import type { VirtualTime } from "../../support/virtual-time";
import { neverProbed, testBot } from "../../support/webhooks";
import type { TestBot } from "../../support/webhooks";
import type { FakeTelegramOptions } from "../../../testing";

let time: VirtualTime;
afterEach(() => time.close());

/** A process of its own, with what its bots share, on a server whose time costs nothing. */
async function newProcess(options: FakeTelegramOptions = {}) {
  time = await virtualTime(options);
  const api = telegramApi(time.apiOptions());
  const logic = webhookLogic(() => webhookLifecycle(api, neverProbed));
  const newBot = () => ({ ...testBot(time.telegram), stack: inProcess({}, time, logic) });
  const newBots = (count: number) => Array.from({ length: count }, newBot);
  /** The second in which each call arrived, and its answer. */
  const calls = (method: string, bot?: TestBot) =>
    time.telegram
      .journal({ method, ...(bot && { botId: bot.id }) })
      .map(({ at, status }) => ({ at: (Date.parse(at) - time.start) / 1000, status }));
  return { api, newBot, newBots, calls };
}

/** For calls of the client without a lifecycle: what is waited for is virtual, what is said is kept. */
function circumstances(lines: string[] = []): ExecutionContext {
  const signal = AbortSignal.timeout(60_000);
  const context: ExecutionContext = {
    now: () => time.now(),
    random: () => 0,
    log: (line) => void lines.push(line),
    warn: (line) => void lines.push(line),
    signal,
    sleep: (seconds) => time.advance(seconds),
    beyond: () => context,
  };
  return context;
}

const botOf = ({ token, args }: TestBot, context = circumstances()): Bot => ({
  apiUrl: String(args["apiUrl"]),
  token,
  testEnvironment: false,
  context,
});

interface Waiter {
  look(): Promise<unknown>;
  /** Resolves when the server has told it to wait. */
  told: Promise<void>;
  /** Its deadline comes. */
  end(): void;
}

test("fifty cold bots come up in the minute and a half that the server takes for them, and few requests are in vain", async () => {
  const { newBots, calls } = await newProcess({ newClientLimits: true });
  const bots = newBots(50);
  await Promise.all(bots.map(({ stack, args }) => stack.up(args)));
  expect(bots.map(({ id }) => time.telegram.state(id).url)).toEqual(bots.map(({ url }) => url));
  // Twenty at once, and then one each three seconds.
  expect(time.elapsed()).toBeGreaterThanOrEqual(90);
  expect(time.elapsed()).toBeLessThanOrEqual(95);
  const looks = calls("getWebhookInfo");
  expect(looks.filter(({ status }) => status === 200)).toHaveLength(100);
  // Eight ask at the same time and hear "too many"; after that one at a time is told to wait three seconds, and keeps its place.
  expect(looks.filter(({ status }) => status === 429).length).toBeLessThanOrEqual(8 + 30);
  expect(calls("setWebhook").filter(({ status }) => status !== 200)).toEqual([]);
  // Three seconds are not worth a line.
  expect(bots.flatMap(({ stack }) => stack.lines)).toEqual([]);
});

test("a bot whose deadline comes while it waits behind others ends then, and those behind it keep their place", async () => {
  const { api, newBots, calls } = await newProcess({ newClientLimits: true });
  const bots = newBots(24);
  await Promise.all(bots.slice(0, 20).map((bot) => api.getMe(botOf(bot))));
  const waiter = (bot: TestBot | undefined) => {
    const deadline = new AbortController();
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve) => (tell = resolve));
    // Whoever is told to wait does so until its deadline.
    const sleep = () => {
      tell();
      return new Promise<void>((resolve) => deadline.signal.addEventListener("abort", () => resolve()));
    };
    const context = { ...circumstances(), signal: deadline.signal, sleep };
    const end = () => deadline.abort(new DOMException("", "TimeoutError"));
    return { look: () => api.getWebhookInfo(botOf(bot as TestBot, context)), told, end };
  };
  const [first, head, hasty, last] = bots.slice(20).map(waiter) as [Waiter, Waiter, Waiter, Waiter];
  const ends = [first.look()];
  await first.told;
  ends.push(head.look());
  await head.told;
  ends.push(hasty.look(), last.look());
  const refused = { at: 0, status: 429 };
  hasty.end();
  await expect(ends[2]).rejects.toThrow(
    /got no answer: the operation's deadline has passed \(customTimeouts sets it\)\.$/,
  );
  // Resolves when no request is under way: the last one has not been sent, and it is the head's turn still.
  await time.advance(0);
  expect(calls("getWebhookInfo")).toEqual([refused, refused]);
  for (const each of [first, head, last]) each.end();
  expect((await Promise.allSettled(ends)).map(({ status }) => status)).toEqual(Array(4).fill("rejected"));
});

test("warm bots are not held up by cold ones", async () => {
  const { newBot, newBots, calls } = await newProcess({ newClientLimits: true });
  const [warm, cold] = [newBot(), newBots(40)];
  const ups = async () => {
    for (const reassertTrigger of ["1", "2", "3", "4"]) await warm.stack.up({ ...warm.args, reassertTrigger });
  };
  await Promise.all([ups(), ...cold.map(({ stack, args }) => stack.up(args))]);
  expect(calls("setWebhook", warm)).toEqual([0, 1, 2, 3].map((at) => ({ at, status: 200 })));
  expect(time.elapsed()).toBeGreaterThanOrEqual(60);
});

test("a bot's webhook is set once a second, and no 429 is provoked", async () => {
  const { newBots, calls } = await newProcess();
  const bots = newBots(5);
  await Promise.all(
    bots.map(async ({ stack, args }) => {
      for (const reassertTrigger of ["1", "2", "3", "4"]) await stack.up({ ...args, reassertTrigger });
    }),
  );
  for (const bot of bots) expect(calls("setWebhook", bot)).toEqual([0, 1, 2, 3].map((at) => ({ at, status: 200 })));
});

test("the test environment of a bot has a second of its own", async () => {
  const { newBot, calls } = await newProcess();
  const bot = newBot();
  await bot.stack.up(bot.args);
  await bot.stack.up({ ...bot.args, testEnvironment: true });
  expect(calls("setWebhook", bot)).toEqual([0, 0].map((at) => ({ at, status: 200 })));
});

test.each(["getWebhookInfo", "setWebhook", "deleteWebhook"] as const)(
  "%s is repeated when the 429's retry_after has passed, not earlier",
  async (method) => {
    const { api, newBot, calls } = await newProcess();
    const bot = newBot();
    await api.getMe(botOf(bot));
    time.telegram.fault({ kind: "429", method, retryAfter: 7 });
    time.telegram.fault({ kind: "429", method, retryAfter: 3 });
    const settings = { url: bot.url, maxConnections: 41, allowedUpdates: [] };
    if (method === "setWebhook") await api.setWebhook(botOf(bot), settings, false);
    else await api[method](botOf(bot), false);
    expect(calls(method)).toEqual([
      { at: 0, status: 429 },
      { at: 7, status: 429 },
      { at: 10, status: 200 },
    ]);
  },
);

test("a wait of more than five seconds is told in one line, a shorter one is not", async () => {
  const { api, newBot } = await newProcess();
  const bot = newBot();
  const lines: string[] = [];
  const told = async (retryAfter: number) => {
    time.telegram.fault({ kind: "429", retryAfter });
    await api.getWebhookInfo(botOf(bot, circumstances(lines)));
    return lines.splice(0);
  };
  const line = (seconds: number) =>
    `telegram getWebhookInfo for bot ${bot.id} at ${new URL(time.telegram.apiUrl).host}: waiting ${seconds} s before the next try.`;
  expect([await told(1), await told(5)]).toEqual([[], []]);
  expect([await told(6), await told(90)]).toEqual([[line(6)], [line(90)]]);
});

test("never more than eight requests are under way at the same time", async () => {
  await newProcess();
  const tokens = Array.from({ length: 40 }, (_none, index) => `${index + 1}:${"x".repeat(35)}`);
  let [underWay, most] = [0, 0];
  const server = http.createServer((request, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    request.resume();
    setTimeout(() => {
      underWay -= 1;
      const result = { url: "", has_custom_certificate: false, pending_update_count: 0 };
      response.end(JSON.stringify({ ok: true, result }));
    }, 30);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // The client as it is: with its own connections.
  const api = telegramApi({ http: httpClient(), pace: new RateLimiter() });
  const look = (token: string) =>
    api.getWebhookInfo({ apiUrl, token, testEnvironment: false, context: circumstances() });
  await Promise.all(tokens.map(look));
  // The second time all of them are known to the server.
  await Promise.all(tokens.map(look));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  expect(most).toBe(8);
});

test("a renewed token met a 429: the second that a set takes is the bot's, whatever its token", async () => {
  const { api, newBot, calls } = await newProcess();
  const bot = newBot();
  const settings = { url: bot.url, maxConnections: 41, allowedUpdates: [] };
  await api.setWebhook(botOf(bot), settings, false);
  const { token } = time.telegram.revokeToken(bot.id);
  await api.setWebhook(botOf({ ...bot, token }), settings, false);
  expect(calls("setWebhook", bot)).toEqual([
    { at: 0, status: 200 },
    { at: 1, status: 200 },
  ]);
});
