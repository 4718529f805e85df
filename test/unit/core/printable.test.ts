// The border of all that is said: one line of characters that show, with secrets masked before anything is escaped.
import fc from "fast-check";
import { declareFailures } from "../../../provider/core/failure";
import { outgoing, printable } from "../../../provider/core/printable";
import { anyText, check } from "../../support/fuzz";

test.each([
  ["a line break", "one\r\ntwo\n\nthree\u2028four\u0085five\tsix", "one two three four five six"],
  ["a terminal sequence", "red \u001b[31mand\u009b0m", "red \\u001b[31mand\\u009b0m"],
  ["a bell and a backspace", "a\u0007\b\u0000\u007f", "a\\u0007\\u0008\\u0000\\u007f"],
  ["marks of direction", "txt.\u202eexe\u2066\u200f", "txt.\\u202eexe\\u2066\\u200f"],
  ["what has no width", "a\u200bb\ufeffc\u00add\u3164", "a\\u200bb\\ufeffc\\u00add\\u3164"],
  ["letters of a tag nobody sees", "a\u{e0041}", "a\\u{e0041}"],
  ["half of a character", "a\ud800b", "a\\ud800b"],
  ["a colour of Pulumi", "<{%fg 1%}>red<{%reset%}>", "<{ %fg 1%}>red<{ %reset%}>"],
  ["letters of all peoples", "Grüße, 你好, שלום, 👍", "Grüße, 你好, שלום, 👍"],
])("%s", (_name, text, shown) => {
  expect(printable(text)).toBe(shown);
  expect(printable(shown)).toBe(shown);
});

test("whatever a text holds, one line is shown, and all of it shows", () => {
  const text = anyText({ maxLength: 60 });
  const mixed = fc.array(fc.oneof(text, fc.constantFrom("<{%", "\u001b]0;x\u0007", "\u202e", "\r\n", "<", "{%")));
  fc.assert(
    fc.property(mixed, (parts) => {
      const shown = printable(parts.join(""));
      check(!/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|<\{%/u.test(shown), shown);
    }),
    { numRuns: 10_000 },
  );
});

test("a value that is longer than any real one is cut, and says so; a whole message is too", () => {
  const errors = declareFailures({
    PRINTABLE_TEST: { means: "A test.", cure: "None.", messages: { said: '"{said}". Do this.' } },
  });
  const { message } = errors.PRINTABLE_TEST.said({ said: "x".repeat(1_000_000) });
  expect(message).toBe(`"${"x".repeat(4000)}… (996000 more characters)". Do this.`);
  expect(printable("y".repeat(1_000_000))).toHaveLength(16_000 + "… (984000 more characters)".length);
});

test("what is cut anyway is not searched for secrets, and is counted all the same", () => {
  const secret = "correct-horse-battery-staple";
  const said = outgoing(`${secret}${"z".repeat(999_972)}`, [secret]);
  expect(said).toBe(`[secret]${"z".repeat(15_992)}… (983980 more characters)`);
});

test("a secret is masked before what stands beside it is escaped", () => {
  const secret = "correct-horse-battery-staple";
  expect(outgoing(`\u001b[1m${secret}\u202e`, [secret])).toBe("\\u001b[1m[secret]\\u202e");
});
