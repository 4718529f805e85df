// Warnings and lines of the log: declared with their texts, made by filling them.
import { declareLines, declareWarnings, declaredNotices } from "../../../provider/core/notice";

const cold = { text: "{kettle} is cold.", means: "Nobody made tea." } as const;
const warnings = declareWarnings({ cold, gone: "There is no kettle." });
const lines = declareLines({ boils: "{kettle} boils after {seconds} s." });

test("a notice is filled with values once, with or without a meaning; what a value holds is not filled again", () => {
  expect(warnings.cold({ kettle: "{seconds} $& kettle" })).toBe("{seconds} $& kettle is cold.");
  expect(warnings.gone()).toBe("There is no kettle.");
  expect(lines.boils({ kettle: "Ours", seconds: 3 })).toBe("Ours boils after 3 s.");
});

test("a hole that is not filled, or a notice that is not declared, does not compile", () => {
  // @ts-expect-error -- seconds is missing
  expect(lines.boils({ kettle: "Ours" })).toContain("{seconds}");
  // @ts-expect-error -- kettle is missing
  expect(warnings.cold()).toBe("{kettle} is cold.");
  // @ts-expect-error -- no such warning
  expect(warnings.boils).toBeUndefined();
});

test("what was declared is there for the page, each kind by itself, with its meaning", () => {
  expect(declaredNotices("warning")).toEqual([cold, "There is no kettle."]);
  expect(declaredNotices("line")).toEqual(["{kettle} boils after {seconds} s."]);
});
