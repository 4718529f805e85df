// The mark of a stack: a closed grammar, whatever the stack is called, and read back from any text.
import fc from "fast-check";
import { ownerIn, ownerLine, ownerMark, unmarked } from "../../../provider/core/owner-mark";
import { check } from "../../support/fuzz";

test("a stack's usual names stand in its mark as they are", () => {
  expect(ownerMark("acme", "shop-bots", "prod.eu_1")).toBe("acme/shop-bots/prod.eu_1");
});

test("whatever a stack is called, its mark is one word of the grammar, its own, and comes back from a file", () => {
  fc.assert(
    fc.property(fc.tuple(name(), name(), name()), fc.tuple(name(), name(), name()), (one, other) => {
      const mark = ownerMark(...one);
      check(/^[A-Za-z0-9._%-]*\/[A-Za-z0-9._%-]*\/[A-Za-z0-9._%-]*$/.test(mark), mark);
      const text = `# first\n${ownerLine(mark)}\nlocation = /x {\n}\n`;
      check(ownerIn(text) === mark, text);
      check(unmarked(text) === "# first\nlocation = /x {\n}\n", text);
      check((ownerMark(...other) === mark) === (JSON.stringify(other) === JSON.stringify(one)), mark);
    }),
    { numRuns: 10_000 },
  );
});
const name = () => fc.string({ minLength: 1, maxLength: 100, unit: "grapheme-ascii" });

test("a slash in a name is not a border between names", () => {
  expect(ownerMark("a/b", "c", "d")).toBe("a%2Fb/c/d");
});

test("a file without a mark, or with one in another grammar, says nothing of its owner", () => {
  for (const text of [undefined, "", "# owner", "# owner a b", "x # owner a/b/c", "# owner é/b/c"]) {
    expect(ownerIn(text)).toBeUndefined();
  }
});
