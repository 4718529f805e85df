// Settings that have settings themselves: a choice in a branch, and a group of settings.
import { choice, group } from "../../../provider/core/choice";
import type { ChoiceValueOf } from "../../../provider/core/choice-types";
import { optional, secret, text, within, withDefault, number } from "../../../provider/core/leaf";

const door = choice({ key: { code: secret(text()), width: withDefault(number(), 90) }, bell: {} });
const house = choice({
  flat: {
    owner: within(group("owner", { name: text(), pin: secret(text()), note: optional(text()) })),
    door: within(door),
    floor: optional(number()),
  },
  tent: {},
});
type House = ChoiceValueOf<typeof house>;
const good = { flat: { owner: { name: "a", pin: "1" }, door: { key: { code: "secret" } } } };
const problemOf = (value: unknown) => {
  const parsed = house.parse(value);
  return "problem" in parsed ? parsed.problem : undefined;
};

test("it has its normal form at every depth", () => {
  const value: House = { flat: { owner: { name: "a", pin: "1" }, door: { key: { code: "secret", width: 90 } } } };
  expect(house.parse(good)).toEqual({ branch: "flat", value, isComplete: true });
});

test.each([
  [{ flat: { owner: good.flat.owner } }, "needs flat.door"],
  [{ flat: { ...good.flat, owner: { name: "a" } } }, "has flat.owner, which needs owner.pin"],
  [
    { flat: { ...good.flat, owner: "a" } },
    "has flat.owner, which must have { name, pin, note? } as owner; got a string",
  ],
  [
    { flat: { ...good.flat, door: { gate: {} } } },
    'has flat.door, which must be { key: { code, width? } } or { bell: {} }; got "gate"',
  ],
  [
    { flat: { ...good.flat, door: { key: { code: 5 } } } },
    "has flat.door, which has key.code, which must be a string; got a number",
  ],
])("%j is refused in words", (value, says) => {
  expect(problemOf(value)).toBe(says);
});

test("its secrets are known, masked and sealed, whatever is an output", () => {
  expect(house.secretPaths).toEqual(["flat.owner.pin", "flat.door.key.code"]);
  expect(house.secretsIn(good)).toEqual(["1", "secret"]);
  const opaque = new (class Output {})();
  const isOpaque = (value: unknown) => value === opaque;
  const seal = (value: unknown) => ({ sealed: value });
  expect(house.seal(good, isOpaque, seal)).toEqual({
    flat: { owner: { name: "a", pin: { sealed: "1" } }, door: { key: { code: { sealed: "secret" } } } },
  });
  expect(house.seal({ flat: { owner: opaque, door: { key: opaque } } }, isOpaque, seal)).toEqual({
    flat: { owner: { sealed: opaque }, door: { sealed: { key: opaque } } },
  });
});

test("what has more in it than a group takes is cut down to its settings, at every depth", () => {
  class Whole {
    constructor(
      readonly name = "a",
      readonly pin = "1",
      readonly more = 5,
    ) {}
  }
  const isWhole = (value: unknown) => value instanceof Whole;
  const door = { key: { code: "secret" } };
  expect(house.spread({ flat: { owner: new Whole(), door } }, isWhole)).toEqual({
    flat: { owner: { name: "a", pin: "1", note: undefined }, door },
  });
  const opaque = new (class Output {})();
  for (const value of [good, { tent: {} }, { flat: opaque }, { flat: { owner: opaque } }, opaque, undefined, "a"])
    expect(house.spread(value, isWhole)).toEqual(value);
});

test("what is not known yet leaves the rest known", () => {
  const unknown = Symbol("unknown");
  const isUnknown = (value: unknown) => value === unknown;
  const given = { flat: { owner: { name: unknown, pin: "1" }, door: { bell: {} }, floor: 3 } };
  expect(house.parse(given, isUnknown)).toEqual({
    ...{ branch: "flat", isComplete: false },
    value: { flat: { door: { bell: {} }, floor: 3 } },
  });
});

test("the schema has all of it", () => {
  expect(house.schema().oneOf?.[0]?.properties?.["flat"]).toMatchObject({
    required: ["owner", "door"],
    properties: {
      owner: { type: "object", properties: { pin: { secret: true } }, required: ["name", "pin"] },
      door: { oneOf: [{ properties: { key: { properties: { width: { default: 90 } } } } }, {}] },
    },
  });
});
