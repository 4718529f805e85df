// Rules that several systems share: what a table has under a name of somebody else's.
import { entryOf } from "../../../provider/core/rules";

test.each(["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf", 7, undefined, null, {}])(
  "no table has %p unless it was put there",
  (name) => {
    expect(entryOf({ one: 1 }, name)).toBeUndefined();
    expect(entryOf(process.env, name)).toBeUndefined();
  },
);

test("what was put there is found, under a name or a number", () => {
  expect([
    entryOf({ one: 1 }, "one"),
    entryOf({ 7003: "x" }, 7003),
    entryOf({ constructor: 2 }, "constructor"),
  ]).toEqual([1, "x", 2]);
});
