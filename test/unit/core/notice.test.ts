// Warnings and lines of the log: declared with their texts, made by filling them.
import { declareLines, declareWarnings, declaredNotices } from "../../../provider/core/notice";

const cold = { text: "{kettle} is cold.", means: "Nobody made tea.", cure: "Make tea." } as const;
const warnings = declareWarnings({ cold });
const whistles = { text: "{kettle} whistles.", means: "The water boils." } as const;
const lines = declareLines({ boils: "{kettle} boils after {seconds} s.", whistles, gone: "There is no kettle." });

test("a notice is filled with values once, with or without a meaning; what a value holds is not filled again", () => {
  expect(warnings.cold({ kettle: "{seconds} $& kettle" })).toBe("{seconds} $& kettle is cold.");
  expect(lines.gone()).toBe("There is no kettle.");
  expect(lines.whistles({ kettle: "Yours" })).toBe("Yours whistles.");
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

test("a warning without a meaning and without what to do does not compile", () => {
  // @ts-expect-error -- means and cure are missing
  const declare = () => declareWarnings({ odd: "The tea is odd." });
  expect(declare).toBeInstanceOf(Function);
});

test("what was declared is there for the page, each kind by itself, with its meaning", () => {
  expect(declaredNotices("warning")).toEqual([cold]);
  expect(declaredNotices("line")).toEqual(["{kettle} boils after {seconds} s.", whistles, "There is no kettle."]);
});
