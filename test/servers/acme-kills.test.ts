// An order that is killed at any of its requests loses nothing: the next run goes on with it, and no challenge is left behind.
import { issueCertificate } from "../../provider/acme/issuance";
import type { IssuanceRequest, JournalEntry } from "../../provider/acme/issuance";
import { acmeSession, journalInMemory, newHolder, solverAt } from "../support/acme";
import type { AcmeSession } from "../support/acme";
import { startPebble } from "../support/pebble";
import type { Pebble } from "../support/pebble";

let pebble: Pebble;
beforeAll(async () => void (pebble = await startPebble()));
afterAll(() => pebble.stop());

class Killed extends Error {}

/** A run that dies at its `at`th request to the server, after it was sent or before: nothing of it runs any more, no clean-up either. */
async function killed(names: string[], at: number, isSent: boolean) {
  const events: string[] = [];
  const first = acmeSession(pebble);
  const holder = await newHolder(first.server);
  let count = 0;
  let isDead = false;
  const dying = acmeSession(pebble, {
    through: async (request, next) => {
      if (isDead) throw new Killed();
      count += 1;
      if (count < at) return next(request);
      if (isSent) await next(request);
      isDead = true;
      throw new Killed();
    },
  });
  const entries: JournalEntry[] = [{ presented: [] }];
  // What the dead would write or do reaches nobody.
  const journal = {
    read: () => entries.at(-1) as JournalEntry,
    write: (entry: JournalEntry) => void (isDead || entries.push(JSON.parse(JSON.stringify(entry)) as JournalEntry)),
  };
  const solver = solverAt(pebble);
  const mortal = {
    ...solver,
    cleanUp: async (...args: Parameters<typeof solver.cleanUp>) => {
      if (!isDead) await solver.cleanUp(...args);
    },
  };
  const request: IssuanceRequest = { called: "TlsCertificate site", keyType: "ec-p256", names };
  const outcome = await issueCertificate({ ...holder, server: dying.server }, request, mortal, journal).then(
    () => "done",
    (error: unknown) => (error instanceof Killed ? "killed" : String(error)),
  );
  await dying.close();
  events.push(...solver.events);
  return { holder, first, request, entry: entries.at(-1) as JournalEntry, outcome, events };
}

const published = (events: string[]) => {
  const there = new Set<string>();
  for (const event of events) {
    if (event.startsWith("present ")) there.add(event.slice(8));
    if (event.startsWith("clean up ")) there.delete(event.slice(9));
  }
  return [...there];
};

test.each([
  ["before", false],
  ["after", true],
])("a run that is killed %s any of its requests is gone on with", async (_when, isSent) => {
  let [orders, resumed] = [0, 0];
  for (let at = 1; ; at += 1) {
    const name = `k${at}-${isSent}.example.test`;
    const run = await killed([name], at, isSent);
    const { holder, first, request, entry, outcome, events } = run;
    if (outcome === "done") {
      await first.close();
      expect(at).toBeGreaterThan(8);
      break;
    }
    expect(outcome).toBe("killed");
    const journal = journalInMemory(entry);
    const solver = solverAt(pebble);
    first.requests.length = 0;
    const { certificatePem } = await issueCertificate(holder, request, solver, journal);
    expect(certificatePem).toContain("BEGIN CERTIFICATE");
    expect(journal.read()).toEqual({ presented: [] });
    expect(published([...events, ...solver.events])).toEqual([]);
    const ordered = ordersIn(first);
    // Once the order is written down, no other one is made.
    expect(ordered).toBe(entry.begun === undefined ? 1 : 0);
    orders += ordered;
    resumed += entry.begun === undefined ? 0 : 1;
    await first.close();
  }
  expect(orders).toBeLessThan(5);
  expect(resumed).toBeGreaterThan(5);
});

test("an order that nobody can go on with is made anew, and what it published is taken away", async () => {
  const { holder, first, request, entry } = await killed(["gone.example.test"], 7, true);
  const proof = { name: "gone.example.test", token: "t", keyAuthorization: "t.k" };
  const begun = entry.begun as NonNullable<typeof entry.begun>;
  for (const [left, why] of [
    [{ ...begun, orderUrl: `${first.server.origin}/my-order/none` }, "was refused (404)"],
    [{ ...begun, orderUrl: "https://elsewhere.example/order" }, "it is of another server"],
    [{ ...begun, begunAt: "2020-01-01T00:00:00Z" }, "it is of 2020-01-01T00:00:00Z"],
    [{ ...begun, begunAt: "odd" }, "it is of odd"],
  ] as const) {
    const solver = solverAt(pebble);
    first.said.length = 0;
    await issueCertificate(holder, request, solver, journalInMemory({ begun: left, presented: [proof] }));
    expect(first.said.join("\n")).toContain(`the order that an earlier run left cannot be used (`);
    expect(first.said.join("\n")).toContain(why);
    expect(solver.events[0]).toBe("clean up gone.example.test");
  }
  await first.close();
});

test("what could not be taken away is told, and the next run takes it away", async () => {
  const session = acmeSession(pebble);
  const holder = await newHolder(session.server);
  const request: IssuanceRequest = { called: "TlsCertificate site", keyType: "ec-p256", names: ["left.example.test"] };
  const journal = journalInMemory();
  const solver = solverAt(pebble);
  const failing = { ...solver, cleanUp: () => Promise.reject(new Error("the name server is down.")) };
  await issueCertificate(holder, request, failing, journal);
  expect(session.said).toEqual([
    "TlsCertificate site: what answered the challenge for left.example.test could not be removed: the name server is down. It proves nothing any more; remove it by hand, or let the next run do it.",
  ]);
  expect(journal.read()).toEqual({ presented: [expect.objectContaining({ name: "left.example.test" })] });
  await issueCertificate(holder, request, solver, journal);
  expect(solver.events.slice(1, 4)).toEqual([
    "wait left.example.test",
    "clean up left.example.test", // of the run before
    "present left.example.test",
  ]);
  expect(journal.read()).toEqual({ presented: [] });
  await session.close();
});

function ordersIn({ requests }: AcmeSession): number {
  return requests.filter((line) => /^POST \/order-plz 201$/.test(line)).length;
}
