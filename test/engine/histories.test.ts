// Twenty bots, ten rounds of what may happen to each, one real stack: in the end what is live is what is declared.
import { createHash } from "node:crypto";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { happenings, History, starts } from "../support/histories";
import { webhookProject } from "../support/webhooks";
import type { WebhookProject } from "../support/webhooks";

const seed = 20_261_121;
const bots = 20;
const rounds = 10;

/** The same numbers in every run: a linear congruence, of which the upper bits are random enough. */
function numbersFrom(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const number = numbersFrom(seed);
const oneOf = <T>(values: readonly T[]): T => values[number(values.length)] as T;

let telegram: FakeTelegram;
let project: WebhookProject;
let histories: History[];
const done = { events: 0, refused: 0, failed: 0 };

beforeAll(async () => {
  [telegram, project] = await Promise.all([startFakeTelegram(), webhookProject()]);
  histories = Array.from({ length: bots }, () => {
    const { before, takeover, hasCertificate } = starts;
    const start = { before: oneOf(before), takeover: oneOf(takeover), hasCertificate: oneOf(hasCertificate) };
    return new History(telegram, start);
  });
  await Promise.all(histories.map((history) => history.begin()));
});
afterAll(async () => {
  await project.dispose();
  await telegram.close();
});

const nameOf = ({ name, bot }: History) => `${name}${bot.id}`;

/** The outputs of the bot's resources in the state, by the name that the history gives them. */
function recordedOf({ bot }: History): Record<string, Record<string, unknown>> {
  const mine = project.state().resources.filter(({ urn }) => urn.endsWith(bot.id));
  const entries = mine.map(({ urn, outputs }) => [urn.split("::").at(-1)?.[0] ?? "", outputs ?? {}] as const);
  return Object.fromEntries<Record<string, unknown>>(entries);
}

/** One command over all; gives the bots for which it had to be refused, and those for which it failed. */
async function up(isRefreshed: boolean): Promise<{ refused: History[]; failed: History[] }> {
  project.declare(Object.fromEntries(histories.map((history) => [nameOf(history), history.args])));
  for (const history of histories) {
    const recorded = recordedOf(history);
    const known = recorded[history.name] ?? Object.values(recorded)[0];
    const fingerprint = createHash("sha256").update(String(history.args["token"])).digest("hex").slice(0, 12);
    // A refresh with a token that was revoked shows nothing.
    const isShown = isRefreshed && (known === undefined || known["tokenFingerprint"] === fingerprint);
    history.look(Object.fromEntries(Object.entries(recorded).map(([name, { url }]) => [name, String(url)])), isShown);
  }
  const flags = ["--continue-on-error", "--parallel", "20", ...(isRefreshed ? ["--refresh"] : [])];
  const { events } = await project.events(["up", "--yes", "--skip-preview", ...flags], { expect: "any" });
  const errors = events.flatMap(({ diagnosticEvent }) => {
    const { severity, urn } = (diagnosticEvent ?? {}) as { severity?: string; urn?: string };
    return severity === "error" && urn !== undefined ? [urn] : [];
  });
  const refused = histories.filter(({ mustBeRefused }) => mustBeRefused);
  const failed = histories.filter(({ bot }) => errors.some((urn) => urn.endsWith(bot.id)));
  for (const history of refused) {
    const { is, must } = history.outcome();
    expect({ bot: history.bot.id, is }).toEqual({ bot: history.bot.id, is: must });
  }
  done.refused += refused.length;
  done.failed += failed.length;
  return { refused, failed };
}

test("20 bots × 10 rounds: what is live is what is declared, what was there before is untouched, a second preview is empty", async () => {
  for (let round = 0; round < rounds; round += 1) {
    for (const history of histories) {
      for (let count = number(3); count > 0; count -= 1) {
        await history.happen(oneOf(happenings), number(1000));
        done.events += 1;
      }
    }
    if (number(3) === 0) await telegram.restart();
    await up(number(2) === 0);
  }
  telegram.clearFaults();
  await up(true);
  // Refused for a token that the state did not have: now it has, and the refresh shows what is there.
  const { refused, failed } = await up(true);
  process.stdout.write(`seed ${seed}: ${JSON.stringify({ ...done, refusedToTheEnd: refused.length })}\n`);
  expect(failed.map(nameOf)).toEqual(refused.map(nameOf));
  const outcomes = histories.map((history) => ({ bot: nameOf(history), ...history.outcome() }));
  expect(outcomes.map(({ bot, is }) => ({ bot, is }))).toEqual(outcomes.map(({ bot, must: is }) => ({ bot, is })));
  for (const history of refused) expect(recordedOf(history)).toEqual({});
  expect(refused.length).toBeLessThan(bots / 2);
  expect(done.refused).toBeGreaterThan(rounds);
  expect(done.failed).toBeGreaterThan(rounds);

  // What has to be refused is taken out; for all others there is nothing left to do.
  histories = histories.filter((history) => !refused.includes(history));
  project.declare(Object.fromEntries(histories.map((history) => [nameOf(history), history.args])));
  await project.preview(["--refresh", "--expect-no-changes"]);
}, 300_000);
