// The fault table on the real engine: whatever fails, the next `up` repairs it, and no cell loses an update.
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { escaped, liveOf, none, theirs } from "../support/fault-cells";
import type { Cell, Live } from "../support/fault-cells";
import { faultTable } from "../support/faults";
import type { EngineEvent } from "../support/pulumi";
import { setUp, storyTest } from "../support/story";
import { webhookProject } from "../support/webhooks";
import type { Declaration, WebhookProject } from "../support/webhooks";

/** As in the real server; the programs move its clock. */
const negativeCacheSeconds = 300;
/** A request that is never answered is waited for until the operation's deadline, or 75 s in a restore. */
const deadline = "30s";

interface Result {
  cell: Cell;
  said: string | undefined;
  stdout: string;
  live: Live;
  recorded: unknown;
  pending: number;
  repaired: { live: Live; recorded: unknown; pending: number };
}

const isHung = ({ name }: Cell) => name.includes("timeout");
/** No more than eight requests are under way: hung ones are spread, so that they do not keep others from their turn. */
const programs: ((cell: Cell) => boolean)[] = [
  (cell) => !isHung(cell),
  (cell) => isHung(cell) && ["create", "take over"].includes(cell.operation),
  (cell) => isHung(cell) && !["create", "take over"].includes(cell.operation),
];
const results = new Map<string, Result>();
const last: string[] = [];

setUp(async () => {
  await Promise.all(programs.map(play));
}, 600_000);

const negative = () => startFakeTelegram({ positiveCacheSeconds: 0, negativeCacheSeconds });

/** Brings one program up, lets every cell fail in one command, and lets the next command repair them all. */
async function play(isPlayed: (cell: Cell) => boolean): Promise<void> {
  const [telegram, project] = await Promise.all([negative(), webhookProject()]);
  try {
    const cells = faultTable(telegram, negativeCacheSeconds).filter(isPlayed);
    const declare = (argsOf: (cell: Cell) => Record<string, unknown> | undefined) =>
      project.declare(Object.fromEntries(cells.flatMap((cell) => declared(cell, argsOf(cell)))));
    declare(({ first }) => first);
    await project.up(["--parallel", "32"]);
    for (const cell of cells) await cell.plan();
    declare(({ operation, args }) => (operation === "remove" ? undefined : args));
    const failing = ["up", "--yes", "--skip-preview", "--continue-on-error", "--parallel", "32"];
    const { events } = await project.events(failing, { expect: 1, timeoutSeconds: 200 });
    const seen = cells.map((cell) => ({ cell, ...stateOf(telegram, project, cell), ...wordsOn(cell, events) }));

    telegram.clearFaults();
    await telegram.clock.advance(negativeCacheSeconds + 1);
    const tokens = new Map(telegram.bots().map(({ id, token }) => [id, token]));
    declare(({ operation, args, bot }) =>
      operation === "remove" ? undefined : { ...args, token: tokens.get(bot.id) },
    );
    for (const cell of cells) telegram.setHost(new URL(cell.bot.url).hostname, address);
    telegram.setHost("nowhere.example.com", address);
    await project.up(["--parallel", "32"]);
    for (const each of seen) {
      results.set(each.cell.name, { ...each, repaired: stateOf(telegram, project, each.cell) });
    }
    last.push((await project.up(["--refresh", "--expect-no-changes", "--parallel", "32"])).stdout);
  } finally {
    await project.dispose();
    await telegram.close();
  }
}

const address = { shown: "149.154.175.50", connect: "127.0.0.1:9" };

function declared(cell: Cell, args: Record<string, unknown> | undefined): [string, Declaration][] {
  if (args === undefined) return [];
  const customTimeouts = { create: deadline, update: deadline, delete: deadline };
  return [[slugOf(cell), isHung(cell) ? { args, options: { customTimeouts } } : { args }]];
}

const slugOf = ({ name }: Cell) => name.replace(/[^a-z0-9]+/gi, "-");

function stateOf(telegram: FakeTelegram, project: WebhookProject, cell: Cell) {
  const found = project.openState().resources.find(({ urn }) => urn.endsWith(`::${slugOf(cell)}`));
  return { live: liveOf(telegram, cell.bot), recorded: found?.outputs, pending: telegram.pending(cell.bot.id) };
}

/** What the engine says of a resource's failure, and all lines of the command. */
function wordsOn(cell: Cell, events: EngineEvent[]): { said: string | undefined; stdout: string } {
  const diagnostics = events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent ? [diagnosticEvent as { urn?: string; severity: string; message: string }] : [],
  );
  const errors = diagnostics.filter(({ urn, severity }) => severity === "error" && urn?.endsWith(`::${slugOf(cell)}`));
  return {
    said: errors.length === 0 ? undefined : errors.map(({ message }) => message).join("\n"),
    stdout: diagnostics.map(({ message }) => message).join(""),
  };
}

/** With a deadline of seconds a request that is never answered is not sent again: what was true then is recorded. */
function withinDeadline(cell: Cell): Cell {
  if (!isHung(cell) || cell.operation === "restore") return cell;
  const { operation, name, bot, first } = cell;
  const [isBefore, isAfter] = [name.endsWith("before"), name.endsWith("after")];
  const passed = "got no answer: the operation's deadline has passed \\(customTimeouts sets it\\)\\.";
  const failed = (says: string, live: Live, recorded?: Record<string, unknown>): Cell => {
    const { recorded: _, ...rest } = cell;
    return { ...rest, succeeds: false, says: new RegExp(says), live, ...(recorded && { recorded }) };
  };
  const ours = { ...none, maxConnections: 41, certificate: first?.["certificate"] as string };
  const before: Live = { ...ours, url: String(first?.["url"]), secretToken: bot.args["secretToken"] as string };
  const kept = { url: before.url, verified: false, secretInForce: true, hasCustomCertificate: true };
  const is = escaped(`bot ${bot.id}`);
  switch (operation) {
    case "create":
      return isAfter ? cell : failed(`${passed} ${is} has no webhook, as before`, none);
    case "take over":
      if (isAfter) return cell;
      return isBefore
        ? failed(`${passed} ${is} has the webhook https://foreign.example.com/…`, theirs)
        : failed(`${passed} .*foreign.example.com/…\\) is back in place`, { ...theirs, secretToken: null });
    case "update":
      if (isAfter) return cell;
      return failed(passed + (isBefore ? ` ${is} has the webhook` : " .* is back in place"), before, kept);
    case "read back":
      return failed("was accepted, but it could not be read back", cell.live, { url: bot.url, verified: false });
    case "remove":
      return failed(passed, isBefore ? before : none, { url: before.url, verified: true });
    default:
      return cell;
  }
}

// The names are needed before the servers run; a table of no server has the same.
const nobody = new Proxy({}, { get: () => () => ({ id: "1", token: "1:x" }) }) as FakeTelegram;
const names = faultTable(nobody, negativeCacheSeconds).map(({ name }) => name);

storyTest("every cell of the table was played, and at the end nothing is left to do", () => {
  expect([...results.keys()].sort()).toEqual([...names].sort());
  expect(last).toHaveLength(programs.length);
});

for (const name of names) storyTest(name, () => judge(name));

function judge(name: string): void {
  const result = results.get(name) as Result;
  const { cell, said, stdout, live, recorded, pending, repaired } = { ...result, cell: withinDeadline(result.cell) };
  if (cell.succeeds) expect(said).toBeUndefined();
  else expect(said).toMatch(cell.says as RegExp);
  if (cell.notes) expect(stdout).toMatch(cell.notes);
  expect(live).toEqual(cell.live);
  if (cell.recorded) expect(recorded).toMatchObject(cell.recorded);
  else expect(recorded).toBeUndefined();
  const isRemoved = cell.operation === "remove";
  const url = String(cell.args["url"]);
  const secretToken = cell.bot.args["secretToken"] as string;
  const maxConnections = (cell.args["maxConnections"] as number | undefined) ?? 41;
  // A token that died only for the call is noted as dead: what it left is there still.
  const wanted = isRemoved ? (cell.succeeds ? cell.live : none) : { ...none, url, secretToken, maxConnections };
  expect(repaired.live).toEqual(wanted);
  if (isRemoved) expect(repaired.recorded).toBeUndefined();
  else expect(repaired.recorded).toMatchObject({ url, verified: true, secretInForce: true });
  expect([pending, repaired.pending]).toEqual([2, 2]);
}
