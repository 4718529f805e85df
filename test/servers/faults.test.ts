// The fault table on the host and the fake server: whatever fails, the bot ends with a webhook or the text says why not.
import { neverProbed } from "../support/webhooks";
import { telegramApi } from "../../provider/telegram/api";
import { webhookLogic } from "../../provider/telegram/webhook/fields";
import { webhookLifecycle } from "../../provider/telegram/webhook/lifecycle";
import type { FakeTelegram } from "../../testing";
import { faultTable } from "../support/faults";
import { liveOf } from "../support/fault-cells";
import type { Cell } from "../support/fault-cells";
import { inProcess } from "../support/in-process";
import { virtualTime } from "../support/virtual-time";
import type { VirtualTime } from "../support/virtual-time";

interface Result {
  cell: Cell;
  said: string | undefined;
  live: unknown;
  recorded: unknown;
  lines: string;
  pending: number;
}

/** As in the real server: longer than all waits of a cell. */
const negativeCacheSeconds = 300;

let time: VirtualTime;
const results = new Map<string, Result>();

// All cells at once: each has a bot of its own, and they wait side by side.
beforeAll(async () => {
  time = await virtualTime({ positiveCacheSeconds: 0, negativeCacheSeconds });
  const cells = faultTable(time.telegram, negativeCacheSeconds);
  await Promise.all(cells.map(async (cell) => results.set(cell.name, await play(cell))));
}, 600_000);
afterAll(() => time.close());

async function play(cell: Cell): Promise<Result> {
  const { telegram } = time;
  const stack = inProcess(
    {},
    time,
    webhookLogic(() => webhookLifecycle(telegramApi(time.apiOptions()), neverProbed)),
  );
  if (cell.first) await stack.up(cell.first);
  await cell.plan();
  const work = cell.operation === "remove" ? stack.destroy() : stack.up(cell.args);
  const said = await work.then(
    () => undefined,
    (error: Error) => error.message,
  );
  const pending = telegram.pending(cell.bot.id);
  const lines = stack.lines.join("\n");
  return { cell, said, live: liveOf(telegram, cell.bot), recorded: stack.state(), lines, pending };
}

// The names are needed before the server runs; a table of no server has the same.
const nobody = new Proxy({}, { get: () => () => ({ id: "1", token: "1:x" }) }) as FakeTelegram;
const names = faultTable(nobody, negativeCacheSeconds).map(({ name }) => name);

test("the table has every operation, and at least a hundred cells", () => {
  expect(new Set([...results.values()].map(({ cell }) => cell.operation)).size).toBe(6);
  expect(names.length).toBeGreaterThanOrEqual(100);
  expect([...results.keys()].sort()).toEqual([...names].sort());
});

test.each(names)("%s", (name) => {
  const { cell, said, live, recorded, lines, pending } = results.get(name) as Result;
  if (cell.succeeds) expect(said).toBeUndefined();
  else expect(said).toMatch(cell.says as RegExp);
  if (cell.notes) expect(lines).toMatch(cell.notes);
  expect(live).toEqual(cell.live);
  if (cell.recorded) expect(recorded).toMatchObject(cell.recorded);
  else expect(recorded).toBeUndefined();
  expect(pending).toBe(2);
});
