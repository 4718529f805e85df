// The clock: real time unless moved, timers in order, exchanges on the network waited for.
import { Clock } from "../../../testing/clock";
import { startFakeTelegram } from "../../../testing";

const BEGIN = new Date("2026-01-01T00:00:00Z");

test("timers fire in the order in which they fall due, each at its own time", async () => {
  const clock = new Clock(() => BEGIN);
  const fired: [string, number][] = [];
  const note = (name: string) => () => void fired.push([name, clock.milliseconds() - BEGIN.getTime()]);
  clock.after(20, note("later"));
  clock.after(10, () => {
    note("first")();
    clock.after(5, note("from first"));
  });
  clock.after(10, note("second"));
  clock.after(31, note("not yet"));
  clock.after(1, note("cancelled"))();
  await clock.advance(30);
  expect(fired).toEqual([
    ["first", 10_000],
    ["second", 10_000],
    ["from first", 15_000],
    ["later", 20_000],
  ]);
  expect(clock.now()).toEqual(new Date("2026-01-01T00:00:30Z"));
  clock.stop();
});

test("without being moved, time is real and timers fire by themselves", async () => {
  const clock = new Clock();
  const begun = performance.now();
  await clock.sleep(0.02);
  expect(performance.now() - begun).toBeGreaterThan(15);
});

test("an advance waits for an exchange, but not for ever", async () => {
  const clock = new Clock(() => BEGIN);
  const end = clock.exchange();
  let isOver = false;
  setTimeout(() => {
    isOver = true;
    end();
  }, 50);
  await clock.advance(10);
  expect(isOver).toBe(true);
  clock.exchange();
  await clock.advance(10);
  expect(clock.now()).toEqual(new Date("2026-01-01T00:00:20Z"));
});

test("a day of deliveries that fail to connect passes quickly, with an attempt every two seconds and the right end", async () => {
  const begin = Date.parse("2026-01-01T00:00:00Z");
  const telegram = await startFakeTelegram({ local: true, now: () => new Date(begin), random: () => 0.5 });
  const { id } = telegram.addBot();
  telegram.setHost("bot.example.com", { connect: "127.0.0.1:9" });
  telegram.message(id, { text: "never delivered" });
  await telegram.outsider(id).setWebhook({ url: "http://bot.example.com/" });
  const begun = performance.now();
  await telegram.clock.advance(120);
  const first = performance.now();
  await telegram.clock.advance(86_400);
  // In real time it would be a day. A machine with other work may be busy for half a minute.
  expect(performance.now() - first).toBeLessThan(200 * (first - begun) + 30_000);
  const { lastError, pending } = telegram.state(id);
  const times = telegram.deliveries(id).map(({ at }) => (Date.parse(at) - begin) / 1000);
  await telegram.close();
  expect({ lastError: lastError?.message, pending, early: times.slice(0, 9) }).toEqual({
    lastError: "Connection refused",
    pending: 0,
    early: [0, 2, 4, 8, 16, 32, 64, 128, 218],
  });
});
