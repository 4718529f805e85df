// "An object with exactly one key": its words, its normal form, its secrets, and what does not compile.
import { choice, choiceOf } from "../../../provider/core/choice";
import type { ChoiceValueOf } from "../../../provider/core/choice-types";
import { example, flag, number, optional, secret, text, texts, withDefault } from "../../../provider/core/leaf";

const way = choice(
  {
    door: {
      key: secret(text((value) => (value.length > 2 ? undefined : "must be longer"))),
      width: optional(number()),
      isOpen: withDefault(flag(), false),
    },
    window: { panes: texts() },
    hole: example('"/path"', text()),
    wall: {},
  },
  {
    words: ["none"],
    problems: { door: ({ width }) => (width === 0 ? "must have a door that has a width" : undefined) },
  },
);
type Way = ChoiceValueOf<typeof way>;
const problemOf = (value: unknown) => {
  const parsed = way.parse(value);
  return "problem" in parsed ? parsed.problem : undefined;
};
const shape =
  'must be { door: { key, width?, isOpen? } }, { window: { panes } }, { hole: "/path" }, { wall: {} } or "none"';

test.each([
  [{}, `${shape}; got no key`],
  [{ door: { key: "abc" }, wall: {} }, `${shape}; got several keys`],
  [{ roof: {} }, `${shape}; got "roof"`],
  [{ "a b": {} }, `${shape}; got another key`],
  [{ constructor: {} }, `${shape}; got "constructor"`],
  ["door", `${shape}; got a string`],
  [[], `${shape}; got a list`],
  [null, `${shape}; got null`],
  [{ door: "abc" }, "must have { key, width?, isOpen? } as door; got a string"],
  [{ door: { key: "abc", colour: "red" } }, 'must have only key, width and isOpen in door; got "colour"'],
  [{ wall: { height: 1 } }, 'must have nothing in wall; got "height"'],
  [{ door: {} }, "needs door.key"],
  [{ door: { key: "a" } }, "has door.key, which must be longer"],
  [{ door: { key: 5 } }, "has door.key, which must be a string; got a number"],
  [{ door: { key: "abc", width: 0 } }, "must have a door that has a width"],
  [{ window: { panes: ["a", 1] } }, "has window.panes, which must be a list of strings; item 2 is a number"],
  [{ hole: 1 }, "has hole, which must be a string; got a number"],
])("%j is refused in words that go on after the argument's name", (value, says) => {
  expect(problemOf(value)).toBe(says);
});

test("a key that holds undefined or null is none, and defaults are filled in", () => {
  expect(way.parse({ door: { key: "abc", width: undefined }, wall: undefined, window: null })).toEqual({
    branch: "door",
    value: { door: { key: "abc", isOpen: false } },
    isComplete: true,
  });
  expect(way.parse("none")).toEqual({ branch: "none", value: "none", isComplete: true });
});

test("a long shape is told by its keys", () => {
  const long = choice(
    { first: { ["a".repeat(70)]: text() }, second: { ["b".repeat(70)]: text() } },
    { words: ["off"] },
  );
  expect(long.parse({})).toEqual({
    problem: 'must have exactly one of the keys first and second, or "off"; got no key',
  });
});

test("with an unknown leaf the branch and the other leaves are known, and the branch's own rule waits", () => {
  const isUnknown = (value: unknown) => value === "?";
  expect(way.parse({ door: { key: "?", width: 0 } }, isUnknown)).toEqual({
    branch: "door",
    value: { door: { width: 0, isOpen: false } },
    isComplete: false,
  });
  expect(way.parse({ door: "?" }, isUnknown)).toEqual({ branch: "door", value: { door: {} }, isComplete: false });
  expect(way.parse({ door: { key: "?", colour: "red" } }, isUnknown)).toHaveProperty("problem");
});

test("secrets are found in a value of any shape, and nothing else", () => {
  expect(way.secretPaths).toEqual(["door.key"]);
  expect(way.secretsIn({ door: { key: "abc", width: 1 } })).toEqual(["abc"]);
  expect(way.secretsIn({ door: "nobody knows" })).toEqual(["nobody knows"]);
  expect(way.secretsIn({ window: { panes: ["a"] }, wall: {} })).toEqual([]);
  for (const value of ["none", undefined, null, [], 5]) expect(way.secretsIn(value)).toEqual([]);
});

test("sealing marks secret leaves, and all of it where a branch that has one is opaque", () => {
  const opaque = { isOutput: true };
  const seal = (value: unknown) =>
    way.seal(
      value,
      (one) => one === opaque,
      (one) => ({ sealed: one }),
    );
  expect(seal({ door: { key: "abc", width: 1 } })).toEqual({ door: { key: { sealed: "abc" }, width: 1 } });
  expect(seal({ door: { key: opaque } })).toEqual({ door: { key: { sealed: opaque } } });
  expect(seal({ door: { width: 1 } })).toEqual({ door: { width: 1 } });
  expect(seal({ door: opaque })).toEqual({ sealed: { door: opaque } });
  expect(seal({ window: opaque })).toEqual({ window: opaque });
  expect(seal("none")).toBe("none");
});

test("match takes the branch that is there", () => {
  const told = (value: Way) =>
    way.match(value, {
      door: ({ key, isOpen }) => `door ${key} ${isOpen}`,
      window: ({ panes }) => panes.join(),
      hole: (path) => path,
      wall: () => "wall",
      none: () => "nothing",
    });
  expect([told({ door: { key: "abc", isOpen: true } }), told({ hole: "/x" }), told("none")]).toEqual([
    "door abc true",
    "/x",
    "nothing",
  ]);
});

test("what is left out or misspelt does not compile", () => {
  const handlers = { door: () => 1, window: () => 2, hole: () => 3, wall: () => 4 };
  // @ts-expect-error: the word "none" has no handler
  expect(way.match({ wall: {} }, handlers)).toBe(4);
  // @ts-expect-error: a required setting is missing
  const half: Way = { door: { isOpen: true } };
  // @ts-expect-error: there is no such branch
  const roof: Way = { roof: {} };
  // @ts-expect-error: a rule about a branch that there is not
  choice({ door: {} }, { problems: { window: () => undefined } });
  expect([half, roof]).toHaveLength(2);
});

test("a choice between modules has a branch for each, with its own rule", () => {
  const modules = [
    {
      name: "one",
      settings: { size: number() },
      problem: ({ size }: { size: number }) => (size > 9 ? "is big" : undefined),
    },
    { name: "two", settings: { name: text() } },
  ] as const;
  const chosen = choiceOf(modules);
  const value: ChoiceValueOf<typeof chosen> = { one: { size: 10 } };
  expect(chosen.parse(value)).toEqual({ problem: "is big" });
  expect(chosen.branchOf({ two: { name: "x" } })).toBe("two");
});

test("the schema has every branch with its settings, their defaults and secrets", () => {
  expect(way.schema()).toEqual({
    oneOf: [
      {
        type: "object",
        properties: {
          door: {
            type: "object",
            properties: {
              key: { type: "string", secret: true },
              width: { type: "number" },
              isOpen: { type: "boolean", default: false },
            },
            required: ["key"],
          },
        },
        required: ["door"],
      },
      {
        type: "object",
        properties: {
          window: {
            type: "object",
            properties: { panes: { type: "array", items: { type: "string" } } },
            required: ["panes"],
          },
        },
        required: ["window"],
      },
      { type: "object", properties: { hole: { type: "string" } }, required: ["hole"] },
      { type: "object", properties: { wall: { type: "object", properties: {}, required: [] } }, required: ["wall"] },
      { const: "none" },
    ],
  });
});
