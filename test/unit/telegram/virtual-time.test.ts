// Virtual time, on which tests of waits stand: requests end by the clock, however busy the machine is.
import type { ExecutionContext } from "../../../provider/core/logic";
import { telegramApi } from "../../../provider/telegram/api";
import { virtualTime } from "../../support/virtual-time";
import type { VirtualTime } from "../../support/virtual-time";
import { testBot } from "../../support/webhooks";

let time: VirtualTime;
beforeEach(async () => (time = await virtualTime()));
afterEach(() => time.close());

function askers(requestSeconds = 75) {
  const api = telegramApi({ ...time.apiOptions(), requestSeconds });
  const context: ExecutionContext = {
    now: () => time.now(),
    random: () => 0,
    log: () => undefined,
    warn: () => undefined,
    signal: new AbortController().signal,
    sleep: (seconds) => time.advance(seconds),
    beyond: () => context,
  };
  const { id, token, url, args } = testBot(time.telegram);
  const bot = { apiUrl: String(args["apiUrl"]), token, testEnvironment: false, context };
  return {
    id,
    look: () => api.getWebhookInfo(bot),
    set: () => api.setWebhook(bot, { url, maxConnections: 41, allowedUpdates: [] }, false),
  };
}

test.each(["before", "erased", "after"] as const)(
  "a request that is never answered (%s) ends when its limit has passed on the clock",
  async (when) => {
    const { set } = askers();
    time.telegram.fault({ kind: "timeout", method: "setWebhook", when });
    await expect(set()).rejects.toThrow(/got no answer: it took too long\.$/);
    expect(time.elapsed()).toBe(75);
  },
);

test("others sleep and ask while one waits for an answer that never comes, and each wakes at its second", async () => {
  const [hung, other] = [askers(), askers()];
  time.telegram.fault({ botId: hung.id, kind: "timeout", method: "setWebhook" });
  const woken: [string, number][] = [];
  const note = (name: string) => () => woken.push([name, time.elapsed()]);
  await Promise.all([
    hung.set().catch(note("hung")),
    time.advance(10).then(other.look).then(note("other")),
    time.advance(100).then(note("last")),
  ]);
  expect(woken).toEqual([
    ["other", 10],
    ["hung", 75],
    ["last", 100],
  ]);
});

test("a request that is repeated after its limit is not taken for the one that hung", async () => {
  const { id, look } = askers(5);
  time.telegram.fault({ botId: id, kind: "timeout", method: "getWebhookInfo", times: 2 });
  expect((await look()).url).toBe("");
  // Two limits, and the waits before the second and third try.
  expect(time.elapsed()).toBeCloseTo(5 + 0.25 + 5 + 0.5);
});

test("a machine that stands still for longer than a request may take ends no request", async () => {
  const { look } = askers(0.2);
  const answered = look();
  await new Promise((resolve) => setImmediate(resolve));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  expect((await answered).url).toBe("");
  expect(time.elapsed()).toBe(0);
});
