// What stands around a value that was pasted, and outputs that became texts: told for any argument, with what to do.
import fc from "fast-check";
import { judged, printedOutputProblem } from "../../../provider/core/as-pasted";
import { checkInputs, rowsOf } from "../../../provider/core/fields";
import type { Fields, Logic } from "../../../provider/core/logic";
import { logics } from "../../../provider/registry";

const isWord = (text: string) => (/^[a-z]+$/.test(text) ? undefined : "must be a word");
const noMark =
  "must have no byte order mark (U+FEFF), which shows nothing and stands before the text of some files; remove it";

test.each([
  ["word", undefined],
  ['"word"', "must have no quotes around it; remove them"],
  ["'word'\n", "must have no quotes around it; remove them"],
  ["“word”", "must have no quotes around it; remove them"],
  ["\ufeffword", noMark],
  ['\ufeff"word"', "must have no quotes around it; remove them"],
  ['"', "must be a word"],
  ['"two words"', "must be a word"],
  ["", "must be a word"],
])("of %j the rule says: %s", (text, says) => {
  expect(judged(text, isWord)).toBe(says);
});

test("what is told to be removed makes a good value of any text", () => {
  fc.assert(
    fc.property(fc.constantFrom('"', "'", "`"), fc.stringMatching(/^[a-z]{1,9}$/), (quote, word) => {
      expect(judged(`${quote}${word}${quote}`, isWord)).toBe("must have no quotes around it; remove them");
    }),
  );
});

const printed = "Calling [toString] on an [Output<T>] is not supported.\n\nTo get the value of an Output<T>";
const says =
  "holds an output that became a text, as in a template literal; write pulumi.interpolate before the literal";

test.each<[string, unknown, string | undefined]>([
  ["a text", `https://${printed}/tg`, says],
  ["an item of a list", ["a", printed], says],
  ["a setting of a choice", { ssh: { host: printed } }, says],
  ["JSON", printed.replace("toString", "toJSON"), "holds an output that JSON.stringify got; use pulumi.jsonStringify"],
  ["no output", "Calling [toString]", undefined],
  ["a class", new Date(0), undefined],
])("an output in %s", (_, value, expected) => {
  expect(printedOutputProblem(value)).toBe(expected);
});

const arguments_ = Object.values(logics).flatMap((logic) =>
  rowsOf(logic.fields as unknown as Fields<object>)
    .filter(([, row]) => !row.derived && ["string", "strings", "shape"].includes(row.kind))
    .map(
      ([name, row]) => [`${logic.type}.${name}`, logic, name, row.kind === "strings" ? [printed] : printed] as const,
    ),
);
test.each(arguments_)("an output inside a template literal is recognised in %s", (_, logic, name, value) => {
  const context = { isUnknown: () => false, unknown: "?", now: new Date(0) };
  const { findings } = checkInputs(logic as unknown as Logic<object, object>, { [name]: value }, context);
  expect(findings.filter(({ field }) => field === name)).toEqual([{ field: name, level: "problem", says }]);
});
