// Loading by need: which values a registry makes, and when.
import { lazily } from "../../../provider/core/lazy";

test("a value is made when it is first asked for, and once", () => {
  const made: string[] = [];
  const make = (name: string) => () => {
    made.push(name);
    return { name };
  };
  const values = lazily({ a: make("a"), b: make("b") });

  expect(Object.keys(values)).toEqual(["a", "b"]);
  expect(made).toEqual([]);
  expect(values.b).toBe(values.b);
  expect(made).toEqual(["b"]);
});
