// The fault panel: what a client gets, and whether its call took effect.
import { fixtures, json, until } from "./raw";
import type { Fault, JournalEntry } from "../../../testing";

const start = fixtures();
const url = "http://127.0.0.1:9/";
const errorCode = (error: NodeJS.ErrnoException) => error.code;

/** What one setWebhook gets, and the URL afterwards. */
async function faulty(fault: Fault) {
  const bot = await start({ local: true });
  bot.telegram.fault(fault);
  const answer = await bot.raw("setWebhook", json({ url })).catch(errorCode);
  const seen = typeof answer === "object" ? { status: answer.status, text: answer.text } : answer;
  return { seen, url: bot.telegram.state(bot.id).url, bot, headers: typeof answer === "object" ? answer.headers : {} };
}

test.each<[Fault, number, string]>([
  [
    { kind: "429", retryAfter: 7 },
    429,
    '{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}',
  ],
  [{ kind: "409" }, 409, '{"ok":false,"error_code":409,"description":"Conflict: terminated by other setWebhook"}'],
  [{ kind: "500" }, 500, '{"ok":false,"error_code":500,"description":"Internal Server Error: restart"}'],
  [
    { kind: "error", code: 403, description: "Forbidden: x" },
    403,
    '{"ok":false,"error_code":403,"description":"Forbidden: x"}',
  ],
])("%j before: the call is answered so and has no effect", async (fault, status, text) => {
  const { seen, url: after, bot } = await faulty(fault);
  expect([seen, after]).toEqual([{ status, text }, ""]);
  expect(bot.telegram.journal()[0]?.status).toBe(status);
});

test("a 429 has the Retry-After header", async () => {
  const { headers } = await faulty({ kind: "429", retryAfter: 7, headers: { "X-Extra": "1" } });
  expect(headers).toMatchObject({ "retry-after": "7", "x-extra": "1" });
});

test("a 502 is a page of HTML", async () => {
  const { seen, headers } = await faulty({ kind: "502-html" });
  expect(headers["content-type"]).toBe("text/html");
  expect(seen).toMatchObject({ status: 502, text: expect.stringMatching(/^<html>/) as string });
});

test("after: the call took effect, and its answer is lost", async () => {
  const { seen, url: after, bot } = await faulty({ kind: "500", when: "after" });
  expect([seen, after]).toMatchObject([{ status: 500 }, url]);
  const reset = await faulty({ kind: "reset", when: "after" });
  expect([reset.seen, reset.url, reset.bot.telegram.journal()[0]?.status]).toEqual(["ECONNRESET", url, 0]);
  expect((await bot.raw("getMe")).status).toBe(200);
});

test("reset before: the connection breaks and nothing happened", async () => {
  const { seen, url: after } = await faulty({ kind: "reset" });
  expect([seen, after]).toEqual(["ECONNRESET", ""]);
});

test("cut JSON is a complete answer with half of the text", async () => {
  const { seen, url: after } = await faulty({ kind: "cut-json", when: "after" });
  expect([seen, after]).toEqual([{ status: 200, text: '{"ok":true,"result":true,"de' }, url]);
});

test("a timeout never answers", async () => {
  const bot = await start();
  bot.telegram.fault({ kind: "timeout" });
  const answered = bot.raw("getMe").then(() => "answered", errorCode);
  const later = new Promise((resolve) => setTimeout(() => resolve("nothing"), 200));
  expect(await Promise.race([answered, later])).toBe("nothing");
});

test("a call that a timeout leaves without an answer is told to onUnanswered, and no other one", async () => {
  const told: JournalEntry[] = [];
  const bot = await start({ onUnanswered: (call) => void told.push(call) });
  bot.telegram.fault({ kind: "500", method: "getMe" });
  bot.telegram.fault({ kind: "timeout", method: "setWebhook", when: "erased" });
  await bot.raw("getMe");
  void bot.raw("setWebhook").catch(errorCode);
  await until(() => told.length > 0, "the call");
  await bot.raw("getMe");
  expect(told).toEqual([bot.telegram.journal({ method: "setWebhook" })[0]]);
});

test.each([
  ["before", ""],
  ["after", url],
] as const)("slow %s: the answer comes when the clock says so", async (when, during) => {
  const bot = await start({ local: true, now: () => new Date("2026-01-01T00:00:00Z") });
  bot.telegram.fault({ kind: "slow", milliseconds: 30_000, when });
  const answer = bot.call("setWebhook", { url });
  while (bot.telegram.journal().length === 0) await bot.telegram.clock.advance(0);
  await bot.telegram.clock.advance(29);
  const before = bot.telegram.state(bot.id).url;
  await bot.telegram.clock.advance(1);
  expect([before, await answer]).toEqual([during, { ok: true, result: true, description: "Webhook was set" }]);
});

test("a fault hits the bot, the method and as many calls as it says, never an outsider", async () => {
  const bot = await start();
  bot.telegram.fault({ kind: "500", botId: 999 });
  bot.telegram.fault({ kind: "500", botId: bot.id, method: "GetMe", times: 2 });
  const statuses: number[] = [];
  await bot.telegram.outsider(bot.id).deleteWebhook();
  for (const method of ["getWebhookInfo", "getMe", "getme", "getMe"]) statuses.push((await bot.raw(method)).status);
  expect(statuses).toEqual([200, 500, 500, 200]);
});

test("faults can be taken back", async () => {
  const bot = await start();
  expect(bot.telegram.fault({ kind: "500" })).toEqual({ id: "fault-1" });
  bot.telegram.clearFaults();
  expect((await bot.raw("getMe")).status).toBe(200);
});
