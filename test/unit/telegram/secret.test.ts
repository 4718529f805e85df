// The life of a secret: when it is rotated, which ones are accepted, and what never changes it.
import * as fc from "fast-check";
import type { OperationContext } from "../../../provider/core/logic";
import { checkInputs } from "../../../provider/core/fields";
import { logics } from "../../../provider/registry";
import type { SecretInputs, SecretState } from "../../../provider/telegram/secret/fields";
import { secretLifecycle } from "../../../provider/telegram/secret/lifecycle";
import { inProcess } from "../../support/in-process";

const begin = Date.parse("2026-01-01T00:00:00Z");
const day = 86_400_000;

/** A stack with one secret and a clock that stands still. */
function newStack() {
  let time = begin;
  const clock = { now: () => new Date(time), advance: () => Promise.resolve() };
  const stack = inProcess({}, clock, logics.WebhookSecret);
  return {
    up: (args: SecretInputs) => stack.up({ ...args }),
    refresh: () => stack.refresh(),
    destroy: () => stack.destroy(),
    state: () => stack.state() as unknown as SecretState,
    lines: stack.lines,
    pass: (milliseconds: number) => (time += milliseconds),
  };
}

/** A secret that is made, and rotated once: two are accepted. */
async function rotated(args: SecretInputs = {}) {
  const stack = newStack();
  await stack.up({ ...args, rotateTrigger: "a" });
  const first = stack.state().current;
  await stack.up({ ...args, rotateTrigger: "b" });
  return { stack, first, second: stack.state().current };
}

test("it is 256 bits of what is handed in, as base64url, and its id is 64 others", async () => {
  const sizes: number[] = [];
  const context = {
    id: undefined,
    now: () => new Date(begin),
    randomBytes: (size: number) => Buffer.alloc(size, 0xfb - sizes.push(size)),
    hide: () => undefined,
  } as Partial<OperationContext> as OperationContext;
  const { id, facts } = await secretLifecycle().apply(undefined, {}, context);
  const current = Buffer.alloc(32, 0xf9).toString("base64url");
  expect(sizes).toEqual([8, 32]);
  expect({ id, facts }).toEqual({
    id: "fafafafafafafafa",
    facts: { current, accepted: [current], version: 1, rotatedAt: "2026-01-01T00:00:00.000Z" },
  });
});

test("the triggers' values at creation are only recorded", async () => {
  const stack = newStack();
  const args = { rotateTrigger: "a", revokePreviousTrigger: "a" };
  expect(await stack.up(args)).toBe("created");
  expect(stack.state()).toMatchObject({ ...args, version: 1, accepted: [stack.state().current] });
  expect(await stack.up(args)).toBe("same");
  expect(stack.lines).toEqual([]);
});

test("another rotateTrigger makes a new secret once, and the one before it stays accepted", async () => {
  const { stack, first, second } = await rotated();
  expect(second).not.toBe(first);
  expect(stack.state()).toMatchObject({ version: 2, accepted: [second, first] });
  expect(await stack.up({ rotateTrigger: "b" })).toBe("same");
  expect(stack.lines).toEqual([
    "WebhookSecret bot: version 2 is made (rotateTrigger changed); version 1 stays accepted.",
  ]);
});

test("a second rotation ends the acceptance of the first secret", async () => {
  const { stack, second } = await rotated();
  await stack.up({ rotateTrigger: "c" });
  expect(stack.state()).toMatchObject({ version: 3, accepted: [stack.state().current, second] });
});

test("a trigger that is given later is a change; one that is taken away is recorded and does nothing", async () => {
  const stack = newStack();
  await stack.up({});
  await stack.up({ rotateTrigger: "a" });
  const { current, accepted } = stack.state();
  expect(stack.state().version).toBe(2);
  expect(await stack.up({})).toBe("updated");
  const { rotateTrigger, ...rest } = stack.state();
  expect({ rotateTrigger, ...rest }).toMatchObject({ rotateTrigger: undefined, version: 2, current, accepted });
});

test("another revokePreviousTrigger leaves the current secret as the only one", async () => {
  const { stack, second } = await rotated({ revokePreviousTrigger: "a" });
  const before = stack.state();
  await stack.up({ rotateTrigger: "b", revokePreviousTrigger: "b" });
  expect(stack.state()).toEqual({ ...before, revokePreviousTrigger: "b", accepted: [second] });
  expect(stack.lines.at(-1)).toBe("WebhookSecret bot: only version 2 is accepted from now on.");
});

test("rotation and revocation in one up: rotated first, and only the new secret is accepted", async () => {
  const { stack } = await rotated({ revokePreviousTrigger: "a" });
  await stack.up({ rotateTrigger: "c", revokePreviousTrigger: "b" });
  expect(stack.state()).toMatchObject({ version: 3, accepted: [stack.state().current] });
  expect(stack.lines.at(-1)).toBe(
    "WebhookSecret bot: version 3 is made (rotateTrigger changed); none before it is accepted any more.",
  );
});

test("with rotateAfterDays it is rotated once when the last rotation is so many days ago, and not a moment before", async () => {
  const stack = newStack();
  const args = { rotateAfterDays: 30 };
  await stack.up(args);
  const first = stack.state().current;
  stack.pass(30 * day - 1);
  expect(await stack.up(args)).toBe("same");
  stack.pass(1);
  expect(await stack.up(args)).toBe("updated");
  const { current } = stack.state();
  expect(stack.state()).toMatchObject({
    version: 2,
    accepted: [current, first],
    rotatedAt: "2026-01-31T00:00:00.000Z",
  });
  expect(await stack.up(args)).toBe("same");
  expect(stack.lines).toEqual([
    "WebhookSecret bot: version 2 is made (the last rotation was 2026-01-01T00:00:00.000Z); version 1 stays accepted.",
  ]);
});

test("a rotation by its trigger starts the days anew", async () => {
  const stack = newStack();
  await stack.up({ rotateAfterDays: 30, rotateTrigger: "a" });
  stack.pass(29 * day);
  await stack.up({ rotateAfterDays: 30, rotateTrigger: "b" });
  stack.pass(29 * day);
  expect(await stack.up({ rotateAfterDays: 30, rotateTrigger: "b" })).toBe("same");
});

test("a trigger that changes when the days are over as well is one rotation", async () => {
  const stack = newStack();
  await stack.up({ rotateAfterDays: 1, rotateTrigger: "a" });
  stack.pass(5 * day);
  await stack.up({ rotateAfterDays: 1, rotateTrigger: "b" });
  expect(stack.state().version).toBe(2);
});

test("fewer days rotate at once what is that old already; more days, or none, do not", async () => {
  const stack = newStack();
  await stack.up({ rotateAfterDays: 30 });
  stack.pass(20 * day);
  await stack.up({ rotateAfterDays: 40 });
  await stack.up({});
  expect(stack.state()).toMatchObject({ version: 1, rotatedAt: "2026-01-01T00:00:00.000Z" });
  await stack.up({ rotateAfterDays: 20 });
  expect(stack.state().version).toBe(2);
});

test("without rotateAfterDays no age is too old, and a clock that goes back rotates nothing", async () => {
  const stack = newStack();
  await stack.up({});
  stack.pass(10_000 * day);
  expect(await stack.up({})).toBe("same");
  stack.pass(-20_000 * day);
  await stack.up({ rotateAfterDays: 1 });
  expect(stack.state().version).toBe(1);
});

test("a refresh changes nothing, however old it is; it says that a rotation is due", async () => {
  const { stack } = await rotated({ rotateAfterDays: 1 });
  const before = stack.state();
  stack.pass(365 * day);
  await stack.refresh();
  expect(stack.state()).toEqual(before);
  expect(stack.lines.at(-1)).toBe(
    "WebhookSecret bot: a rotation is due (the last one was 2026-01-01T00:00:00.000Z); the next pulumi up does it.",
  );
});

test("a removal does nothing and says nothing", async () => {
  const stack = newStack();
  await stack.up({});
  await stack.destroy();
  expect([stack.state(), stack.lines]).toEqual([undefined, []]);
});

test("two secrets of one program do not meet", () => {
  expect(Object.keys(logics.WebhookSecret)).not.toContain("exclusive");
});

const glance = { isUnknown: () => false, unknown: undefined, now: new Date(begin) };

test.each([
  [{ rotateAfterDays: 0 }, "rotateAfterDays must be a whole number of 1 to 3650; got 0"],
  [{ rotateAfterDays: 3651 }, "rotateAfterDays must be a whole number of 1 to 3650; got 3651"],
  [{ rotateAfterDays: 1.5 }, "rotateAfterDays must be a whole number of 1 to 3650; got 1.5"],
  [{ rotateAfterDays: NaN }, "rotateAfterDays must be a whole number of 1 to 3650; got NaN"],
  [{ rotateAfterDays: "30" }, "rotateAfterDays must be a number; got a string"],
  [{ rotateTrigger: "" }, "rotateTrigger must be 1 to 256 characters; got 0 characters"],
  [{ revokePreviousTrigger: 7 }, "revokePreviousTrigger must be a string; got a number"],
])("%j is refused", (args, reason) => {
  const { findings } = checkInputs(logics.WebhookSecret, args, glance);
  expect(findings.map(({ field, says }) => `${field} ${says}`)).toEqual([reason]);
});

test.each([{}, { rotateAfterDays: 1 }, { rotateAfterDays: 3650, rotateTrigger: "x".repeat(256) }])(
  "%j is accepted",
  (args) => expect(checkInputs(logics.WebhookSecret, args, glance).findings).toEqual([]),
);

/** What can happen to a stack. In an `up` the webhook follows to the current secret, or fails and keeps what it has. */
const step = fc.oneof(
  fc.record({
    what: fc.constant("up" as const),
    rotateTrigger: fc.constantFrom(undefined, "a", "b"),
    revokePreviousTrigger: fc.constantFrom(undefined, "a", "b"),
    rotateAfterDays: fc.constantFrom(undefined, 1, 7),
    isWebhookSet: fc.boolean(),
  }),
  fc.record({ what: fc.constant("refresh" as const) }),
  fc.record({ what: fc.constant("pass" as const), days: fc.integer({ min: 1, max: 10 }) }),
);

test("whatever happens: the current one is accepted first, never more than two, and what a webhook of the version before uses stays unless it is revoked", async () => {
  const history = async (steps: (typeof step extends fc.Arbitrary<infer S> ? S : never)[]) => {
    const stack = newStack();
    await stack.up({});
    let live = stack.state().current;
    const all = [live];
    for (const one of steps) {
      const before = stack.state();
      if (one.what === "pass") stack.pass(one.days * day);
      else if (one.what === "refresh") await stack.refresh();
      else {
        const { rotateTrigger, revokePreviousTrigger, rotateAfterDays } = one;
        const args: SecretInputs = {
          ...(rotateTrigger !== undefined && { rotateTrigger }),
          ...(revokePreviousTrigger !== undefined && { revokePreviousTrigger }),
          ...(rotateAfterDays !== undefined && { rotateAfterDays }),
        };
        await stack.up(args);
        const { current, accepted, version } = stack.state();
        if (current !== before.current) all.push(current);
        const isRevoked = revokePreviousTrigger !== undefined && revokePreviousTrigger !== before.revokePreviousTrigger;
        if (live === before.current && !isRevoked) expect(accepted).toContain(live);
        if (isRevoked) expect(accepted).toEqual([current]);
        else if (current !== before.current) expect(accepted).toEqual([current, before.current]);
        else expect(accepted).toEqual(before.accepted);
        expect(version - before.version).toBe(current === before.current ? 0 : 1);
        expect(await stack.up(args)).toBe("same");
        if (one.isWebhookSet) live = current;
      }
      const now = stack.state();
      if (one.what !== "up") expect(now).toEqual(before);
      expect(now.accepted[0]).toBe(now.current);
      expect(now.accepted.length).toBeLessThanOrEqual(2);
      expect(now.version).toBe(all.length);
    }
    expect(new Set(all).size).toBe(all.length);
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), history), { numRuns: 200 });
});
