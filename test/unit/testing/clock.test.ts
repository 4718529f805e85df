// The clock: real time unless moved, timers in order, exchanges on the network waited for.
import { Clock } from "../../../testing/clock";

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
