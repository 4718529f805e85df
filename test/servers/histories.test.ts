// Five hundred random histories of one bot on the host and the fake server: in the end what is live is what is declared.
import { neverProbed } from "../support/webhooks";
import fc from "fast-check";
import { telegramApi } from "../../provider/telegram/api";
import { webhookLogic } from "../../provider/telegram/webhook/fields";
import { webhookLifecycle } from "../../provider/telegram/webhook/lifecycle";
import { happenings, History, starts } from "../support/histories";
import type { Happening, Start } from "../support/histories";
import { inProcess } from "../support/in-process";
import { virtualTime } from "../support/virtual-time";
import type { VirtualTime } from "../support/virtual-time";

/** The same histories in every run; the one that fails is printed, shrunk, with what repeats it. */
const seed = 20_261_121;

type Step = { what: Happening | "up" | "up --refresh" | "server restart"; choice: number };

const step: fc.Arbitrary<Step> = fc.record({
  // An up after every second event or so: what piles up between two commands is at most a few.
  what: fc.constantFrom(...happenings, "server restart", "up", "up", "up", "up --refresh", "up --refresh"),
  choice: fc.nat(1000),
});
const start: fc.Arbitrary<Start> = fc.record({
  before: fc.constantFrom(...starts.before),
  takeover: fc.constantFrom(...starts.takeover),
  hasCertificate: fc.constantFrom(...starts.hasCertificate),
});

let time: VirtualTime;

const counts = { histories: 0, refused: 0, failed: 0 };

async function play(begin: Start, steps: Step[]): Promise<void> {
  const { telegram } = time;
  telegram.clearFaults();
  const history = new History(telegram, begin);
  const api = telegramApi(time.apiOptions());
  const clock = { ...time, random: () => 0.5 };
  const stack = inProcess(
    {},
    clock,
    webhookLogic(() => webhookLifecycle(api, neverProbed)),
  );

  const up = async (isRefreshed: boolean, isFaultless: boolean) => {
    const known = stack.state(history.name) ?? stack.state(stack.names()[0]);
    // A refresh with a token that was revoked shows nothing.
    const isShown = isRefreshed && (known === undefined || known["token"] === history.args["token"]);
    const recorded = stack.names().map((name) => [name, String(stack.state(name)?.["url"])]);
    history.look(Object.fromEntries(recorded) as Record<string, string>, isShown);
    const said = await stack[isRefreshed ? "upRefresh" : "up"](history.args, history.name).then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (said !== undefined) counts.failed += 1;
    const { is, must } = history.outcome();
    if (history.mustBeRefused || isFaultless) expect(is).toEqual(must);
    if (!isFaultless) return;
    if (!history.mustBeRefused) expect(said).toBeUndefined();
    else {
      counts.refused += 1;
      expect(said).toMatch(/which this resource did not set\. Nothing was written\./);
    }
  };

  await history.begin();
  for (const { what, choice } of steps) {
    if (what === "up" || what === "up --refresh") await up(what === "up --refresh", false);
    else if (what === "server restart") await telegram.restart();
    else await history.happen(what, choice);
  }
  telegram.clearFaults();
  await up(true, true);
  // Refused for a token that the state did not have: now it has, and the refresh shows what is there.
  if (history.mustBeRefused && stack.names().length > 0) await up(true, true);
  if (!history.mustBeRefused) {
    expect(await stack.preview(history.args, history.name)).toBe("same");
    const recorded = stack.state(history.name);
    await stack.refresh();
    expect(stack.state(history.name)).toEqual(recorded);
    expect(await stack.preview(history.args, history.name)).toBe("same");
    expect(stack.names()).toEqual([history.name]);
    await stack.destroy();
    expect(telegram.state(history.bot.id).url).toBe("");
  }
  counts.histories += 1;
}

test("500 histories: what is live is what is declared, what was there before is untouched, a second preview is empty", async () => {
  const steps = fc.array(step, { minLength: 4, maxLength: 12 });
  // A server for fifty: what it remembers of bots that are gone would cost time.
  for (let server = 0; server < 10; server += 1) {
    let state = seed + server;
    // For tokens and numbers of updates, the same in every run; a linear congruence is random enough.
    const random = () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
    time = await virtualTime({ random });
    try {
      await fc.assert(fc.asyncProperty(start, steps, play), { numRuns: 50, seed: seed + server, verbose: 1 });
    } finally {
      await time.close();
    }
  }
  process.stdout.write(`seed ${seed}: ${JSON.stringify(counts)}\n`);
  expect(counts.histories).toBe(500);
  // Neither kind is so rare that nothing would be proved.
  expect(counts.refused).toBeGreaterThan(30);
  expect(counts.failed).toBeGreaterThan(200);
}, 600_000);
