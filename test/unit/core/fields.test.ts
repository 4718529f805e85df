// The generic check, diff, defaults and masking, on a small resource made for it; and the types that guard the list.
import { checkInputs, diffInputs, loadState, secretNames, secretTexts } from "../../../provider/core/fields";
import { choice } from "../../../provider/core/choice";
import { secret, text } from "../../../provider/core/leaf";
import type { ChoiceValueOf } from "../../../provider/core/choice-types";
import type { Facts, Fields, Logic } from "../../../provider/core/logic";

interface Inputs {
  key?: string;
  name: string;
  size: number;
  tags: string[];
  owner: string;
  note?: string;
}
interface Made {
  at: string;
  pin?: string;
}

const fields: Fields<Inputs> = {
  key: {
    kind: "string",
    optional: true,
    secret: true,
    problem: (key) => (key.length > 3 ? undefined : "must be longer"),
  },
  name: { kind: "string", required: true, onChange: "createThenDelete" },
  size: { kind: "number", default: 41 },
  tags: {
    kind: "shape",
    schema: { type: "array", items: { type: "string" } },
    default: [],
    problem: (value) => (Array.isArray(value) || value === "none" ? undefined : 'must be a list or "none"'),
    accept: (value) => (value === "none" ? [] : [...(value as string[])].sort()),
  },
  owner: {
    kind: "string",
    derived: { needs: ["key"], from: ({ key }) => (key ? `owner of ${key.length}` : "nobody") },
  },
  note: { kind: "string", optional: true },
};
const facts: Facts<Made> = { at: { kind: "string" }, pin: { kind: "string", optional: true, secret: true } };
const logic: Logic<Inputs, Made> = {
  type: "Thing",
  schemaVersion: 2,
  migrate: (old) => ({ ...old, name: old["title"] }),
  fields,
  facts,
  lifecycle: () => {
    throw new Error("check and diff act on nothing");
  },
};
const glance = { isUnknown: (value: unknown) => value === "?", unknown: "?", now: new Date(0) };
const check = (raw: Record<string, unknown>) => checkInputs(logic, raw, glance);
const diff = (old: Inputs & Made, news: Record<string, unknown>) => diffInputs(logic, old, news, glance);
const base: Inputs & Made = { name: "a", size: 41, tags: [], owner: "nobody", at: "then" };

test("check fills in defaults and what follows from other arguments", () => {
  expect(check({ name: "a", key: "abcd" })).toEqual({
    inputs: { name: "a", key: "abcd", size: 41, tags: [], owner: "owner of 4" },
    findings: [],
    seen: {
      known: { name: "a", key: "abcd", size: 41, tags: [], owner: "owner of 4" },
      unknown: new Set(),
      choices: {},
    },
  });
});

test("check brings values into their normal form", () => {
  expect(check({ name: "a", tags: ["b", "a"] }).inputs["tags"]).toEqual(["a", "b"]);
  expect(check({ name: "a", tags: "none" }).inputs["tags"]).toEqual([]);
});

test("check is idempotent: its result passes through unchanged", () => {
  const first = check({ name: "a", key: "abcd", tags: ["b", "a"] }).inputs;
  expect(check(first).inputs).toEqual(first);
});

test.each([
  [{}, "name", "is required"],
  [{ name: 5 }, "name", "must be a string; got a number"],
  [{ name: "a", size: "5" }, "size", "must be a number; got a string"],
  [{ name: "a", size: [5] }, "size", "must be a number; got a list"],
  [{ name: "a", tags: { b: 1 } }, "tags", 'must be a list or "none"'],
  [{ name: "a", key: "abc" }, "key", "must be longer"],
])("%j is refused with the argument's name and the reason", (raw, field, says) => {
  expect(check(raw).findings).toEqual([{ field, says, level: "problem" }]);
});

test("a value that is not known yet is passed on, and so is what follows from it", () => {
  const { inputs, seen, findings } = check({ name: "?", key: "?", size: 1 });
  expect(findings).toEqual([]);
  expect(inputs).toEqual({ name: "?", key: "?", size: 1, tags: [], owner: "?" });
  expect(seen).toEqual({ known: { size: 1, tags: [] }, unknown: new Set(["name", "key", "owner"]), choices: {} });
});

test("left out and not known yet are different things", () => {
  expect(check({ name: "a" }).seen.unknown.has("key")).toBe(false);
  expect(check({ name: "a", key: "?" }).seen.unknown.has("key")).toBe(true);
});

test("diff finds nothing between a state and the inputs that made it", () => {
  expect(diff(base, check({ name: "a" }).inputs)).toEqual([]);
});

test("a key that an older version did not record reads as its default", () => {
  const { size, ...older } = base;
  expect(diff(older as Inputs & Made, check({ name: "a" }).inputs)).toEqual([]);
});

test("diff names each changed argument with its effect", () => {
  expect(diff(base, { ...check({ name: "b", note: "n" }).inputs })).toEqual([
    { field: "name", effect: "createThenDelete" },
    { field: "note", effect: "update" },
  ]);
});

test("an unknown value is a change and never a reason to replace", () => {
  expect(diff(base, check({ name: "?" }).inputs)).toEqual([{ field: "name", effect: "update" }]);
});

test("an argument that is taken away is a change", () => {
  expect(diff({ ...base, note: "n" }, check({ name: "a" }).inputs)).toEqual([{ field: "note", effect: "update" }]);
});

test("an older state is migrated and given today's defaults", () => {
  const stored = { title: "a", at: "then", schemaVersion: 1, foreign: "x" };
  expect(loadState(logic, stored)).toEqual({ name: "a", size: 41, tags: [], at: "then" });
});

test("a state of a later version is refused, with the cure", () => {
  expect(() => loadState(logic, { schemaVersion: 3 })).toThrow(
    /newer pulumi-telegram \(schema 3, this one knows 2\).*Install/,
  );
});

test("secret arguments and secret facts are found for masking, wherever the text is", () => {
  expect(secretNames(logic)).toEqual(["key", "pin"]);
  const stored = { key: "k1", pin: ["p1", { deep: "p2" }], name: "open" };
  expect(secretTexts(logic, stored)).toEqual(["k1", "p1", "p2"]);
});

test("of a choice only the leaves that it names as secret are masked", () => {
  interface Chosen {
    way: ChoiceValueOf<typeof way>;
  }
  const way = choice({ vault: { address: text(), pin: secret(text()) } });
  const chosen: Fields<Chosen> = { way: { kind: "choice", required: true, choice: way } };
  const given = { way: { vault: { address: "open", pin: "k1" } } };
  expect(secretTexts<Chosen, object>({ facts: {}, fields: chosen }, given)).toEqual(["k1"]);
});

test("of a hidden row the path and the query are masked as a whole, and neither the host nor an ordinary short path", () => {
  interface Placed {
    url: string;
  }
  const fields: Fields<Placed> = { url: { kind: "string", required: true, hidden: true } };
  const of = (url: string) => secretTexts<Placed, object>({ facts: {}, fields }, { url });
  expect(of("https://bots.example.com:8443/tg/4f1c9a")).toEqual([{ whole: "/tg/4f1c9a" }]);
  expect(of("https://bots.example.com/?key=4f1c9a7d")).toEqual([
    { whole: "/?key=4f1c9a7d" },
    { whole: "key=4f1c9a7d" },
  ]);
  expect(of("/tg/4f1c9a")).toEqual([{ whole: "/tg/4f1c9a" }]);
  expect([of("/"), of("/webhook"), of("https://a-long-name.example.com")]).toEqual([[], [], []]);
});

test("the list of fields does not compile with a wrong row", () => {
  const good = fields;
  // @ts-expect-error: a row is missing
  const missing: Fields<Inputs> = {
    key: good.key,
    name: good.name,
    size: good.size,
    tags: good.tags,
    owner: good.owner,
  };
  // @ts-expect-error: there is no such argument
  const extra: Fields<Inputs> = { ...good, more: { kind: "string", optional: true } };
  // @ts-expect-error: size is a number
  const kind: Fields<Inputs> = { ...good, size: { kind: "string", default: 1 } };
  // @ts-expect-error: the default is of another type
  const ofDefault: Fields<Inputs> = { ...good, size: { kind: "number", default: "1" } };
  // @ts-expect-error: name is not optional
  const optional: Fields<Inputs> = { ...good, name: { kind: "string", optional: true } };
  // @ts-expect-error: note may be left out, so there is nothing to require
  const required: Fields<Inputs> = { ...good, note: { kind: "string", required: true } };
  // @ts-expect-error: a shape has to judge its value
  const shape: Fields<Inputs> = { ...good, tags: { kind: "shape", default: [] } };
  // @ts-expect-error: nobody says where the value comes from
  const nowhere: Fields<Inputs> = { ...good, size: { kind: "number" } };
  // @ts-expect-error: a fact may not have an argument's name
  const overlap: Logic<Inputs, { name: string }>["type"] = "Thing";
  // @ts-expect-error: every fact is plain or secret
  const fact: Facts<Made> = { at: "plain" };
  expect([missing, extra, kind, ofDefault, optional, required, shape, nowhere, overlap, fact]).toHaveLength(10);
});
