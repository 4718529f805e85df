// Masking against everything that a far side may do to a secret on its way back to us: 10,000 cases, and it stays quick.
import fc from "fast-check";
import { declareFailures } from "../../provider/core/failure";
import { outgoing } from "../../provider/core/printable";
import { mask, redactor } from "../../provider/core/redact";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
const secretOf = (minLength: number, maxLength: number) =>
  fc
    .uint8Array({ minLength, maxLength })
    .map((bytes) => [...bytes].map((byte) => letters.charAt(byte % letters.length)).join(""));

const hex = (text: string) => Buffer.from(text).toString("hex");
const each = (how: (letter: string) => string) => (text: string) => [...text].map(how);
const code = (letter: string) => letter.charCodeAt(0);
/** What a secret becomes, as a list: no 16 of it in a row may be left. */
const encodings: Record<string, (text: string) => string[]> = {
  "as it is": each((letter) => letter),
  "in upper case": (text) => [...text.toUpperCase()],
  "in lower case": (text) => [...text.toLowerCase()],
  "in hex": (text) => [...hex(text)],
  "in upper-case hex with colons": (text) => [
    ...hex(text)
      .toUpperCase()
      .replace(/..(?=.)/g, "$&:"),
  ],
  "fully percent-encoded": each((letter) => `%${hex(letter)}`),
  "percent-encoded twice": each((letter) => `%25${hex(letter).toUpperCase()}`),
  "as \\uXXXX": each((letter) => `\\u${code(letter).toString(16).padStart(4, "0")}`),
  "as \\uXXXX inside of JSON": each((letter) => `\\\\u${code(letter).toString(16).padStart(4, "0")}`),
  "as \\xXX": each((letter) => `\\x${hex(letter)}`),
  "as decimal entities": each((letter) => `&#${code(letter)};`),
  "as hexadecimal entities": each((letter) => `&#x${code(letter).toString(16)};`),
  "as decimal entities without an end": each((letter) => `&#${code(letter)}`),
  "as hexadecimal entities without an end": each((letter) => `&#x${code(letter).toString(16)}`),
  "as a list of bytes": each((letter) => `${code(letter)},`),
  "as a list of bytes with blanks": each((letter) => `${code(letter)} `),
  "as a list of hexadecimal bytes": each((letter) => `0x${hex(letter)}, `),
  "as entities of entities": each((letter) => `&amp;#${code(letter)};`),
  "in base64": (text) => [...Buffer.from(text).toString("base64")],
  "in base64url after other text": (text) => [...Buffer.from(`user:${text}`).toString("base64url")].slice(7),
};
const breaks: Record<string, string> = {
  nothing: "",
  "line breaks": "\n",
  "line breaks of Windows": "\r\n",
  spaces: " ",
  "control characters": "\u0000\u0007",
  "escaped line breaks": "\\n",
  "soft wraps": "=\n    ",
  "invisible characters": "\u200b\u202e",
  "colours of a terminal": "\u001b[31;1m",
  "shown colours": "\\u001b[31;1m",
  "colours of Pulumi": "<{%fg 1%}>",
  "shown colours of Pulumi": "<{ %fg 1%}>",
  "shown invisible characters": "\\u200b\\u{e0001}",
  "breaks of HTML": "<wbr>",
  "tags of HTML with attributes": `<span class="a b" data-x='1'>`,
  "comments of HTML": "<!-- a -->",
  "entities of HTML with a long name": "&ZeroWidthSpace;",
  "links of a terminal": "\u001b]8;;https://a.example/b\u0007",
  "links of a terminal that end otherwise": "\u001b]8;;https://a.example/b\u001b\\",
  "shown links of a terminal": "\\u001b]8;;https://a.example/b\\u0007",
  "colours of a terminal in one character": "\u009b31m",
  "shown colours of a terminal in one character": "\\u009b38;5;1m",
};

/** What a secret becomes, with a gap before each `every` units. */
function partsOf(secret: string, encoding: string, gap: string, every: number): string[] {
  const units = encodings[encoding]?.(secret) ?? [];
  return units.map((unit, at) => (at > 0 && at % every === 0 ? gap + unit : unit));
}
const isLeft = (parts: string[], masked: string) =>
  parts.some((_, at) => at + 16 <= parts.length && masked.includes(parts.slice(at, at + 16).join("")));

/** What the whole may stand in, and be left out with by whoever reads markup. */
const containers: Record<string, [string, string]> = {
  "a tag": ["<A", ">"],
  "an attribute": ['<a title="', '">'],
  "a comment of HTML": ["<!-- ", " -->"],
  "a link of a terminal": ["\u001b]8;;https://a.example/", "\u0007"],
  "a link of a terminal that ends otherwise": ["\u001b]8;;https://a.example/", "\u001b\\"],
  "a title of a terminal": ["\u001b]0;", "\u0007"],
};

test.each(Object.entries(containers))("no 16 characters of a secret are left inside of %s", (_, [begin, end]) => {
  const secret = "q7Zr0XkPw2mV9sTb4NhY6cLd";
  const left = Object.keys(encodings).flatMap((encoding) =>
    Object.entries(breaks).flatMap(([broken, gap]) => {
      const parts = partsOf(secret, encoding, gap, 3);
      const masked = redactor([secret])(`${begin}${parts.join("")}${end}`);
      return isLeft(parts, masked) ? [`${encoding}, broken by ${broken}`] : [];
    }),
  );
  expect(left).toEqual([]);
});

const around = fc.string({ maxLength: 20 });

test("no 16 characters of a secret are left, whatever it was made into, broken by and put between", () => {
  fc.assert(
    fc.property(
      secretOf(24, 44),
      fc.constantFrom(...Object.keys(encodings)),
      fc.constantFrom(...Object.keys(breaks)),
      fc.integer({ min: 1, max: 8 }),
      fc.tuple(around, around),
      (secret, encoding, broken, every, [before, after]) => {
        const parts = partsOf(secret, encoding, breaks[broken] ?? "", every);
        const masked = redactor([secret])(`${before}${parts.join("")}${after}`);
        return masked.includes(mask) && !isLeft(parts, masked);
      },
    ),
    { numRuns: 10_000 },
  );
});

const encoded = (name: string, text: string) => (encodings[name]?.(text) ?? []).join("");
const anyEncoding = fc.constantFrom(...Object.keys(encodings));

test("a secret is masked in each encoding of each encoding", () => {
  fc.assert(
    fc.property(secretOf(24, 44), anyEncoding, anyEncoding, (secret, inner, outer) => {
      const text = encoded(outer, encoded(inner, secret));
      const left = redactor([secret])(`said "${text}" to us`).replace(/^said "|" to us$/g, "");
      expect(left).toContain(mask);
      expect(left.replaceAll(mask, "").length / text.length).toBeLessThan(6 / secret.length);
    }),
    { numRuns: 1000 },
  );
});

const colons = [
  ":",
  "%3A",
  "%253a",
  "&#58;",
  "&#58",
  "&#x3a;",
  "&colon;",
  "&amp;colon;",
  "\\u003a",
  "\\x3A",
  "\\u{3a}",
];
test.each(colons)("a token that nobody told us about is masked after %s", (colon) => {
  expect(redactor([])(`bad token 987654321${colon}${"B".repeat(35)}!`)).toMatch(
    /^bad token 987654321(?::|%3A|%253a|&#58;?|&#x3a;|&(?:amp;)?colon;|\\u003a|\\x3A|\\u\{3a\})\[secret\]!$/,
  );
});

test("a token that nobody told us about is masked in each encoding", () => {
  const isText = (name: string) => !/case|after/.test(name);
  fc.assert(
    fc.property(secretOf(35, 35), fc.constantFrom(...Object.keys(encodings).filter(isText)), (half, encoding) => {
      const masked = redactor([])(`said "${encoded(encoding, `987654321:${half}`)}" to us`);
      expect(masked).toContain(mask);
      for (let at = 0; at + 16 <= half.length; at += 1) {
        if (masked.includes(encoded(encoding, half.slice(at, at + 16)))) return false;
      }
      return true;
    }),
    { numRuns: 1000 },
  );
});

const messages = declareFailures({ CUT_TEST: { means: "A test.", cure: "None.", messages: { said: '"{said}".' } } });

test("a secret that we cut ourselves leaves no more than two of its characters", () => {
  fc.assert(
    fc.property(secretOf(6, 40), anyEncoding, fc.double({ min: 0, max: 1, noNaN: true }), (secret, encoding, share) => {
      const units = encodings[encoding]?.(secret) ?? [];
      const text = units.join("");
      const seen = Math.floor(share * text.length);
      const { message } = messages.CUT_TEST.said({ said: `${" ".repeat(4000 - seen)}${text} ${" ".repeat(99)}` });
      const shown = outgoing(message, [secret]);
      const left = shown
        .slice(0, shown.search(/…|\d{0,3} more/))
        .replaceAll(mask, "")
        .replace('"', "")
        .trim();
      expect(left.length).toBeLessThanOrEqual(4 * Math.max(...units.map((unit) => unit.length)));
    }),
    { numRuns: 1000 },
  );
});

test("a path that we cut ourselves is masked, and what is cut before it is masked too", () => {
  const said = (filler: string, path: string) => outgoing(messages.CUT_TEST.said({ said: filler + path + filler }).message, [{ whole: "/tg/4f1c9a7e" }]); // prettier-ignore
  expect(said(" ".repeat(3990), "/tg/4f1c9a7e")).toMatch(/^" +\/\[secret\]… \(/);
  const secret = "hunter2hunt";
  const long = `${"z".repeat(32_000 - 5)}${secret}`;
  expect(outgoing(long.replace(/z/g, " "), [secret])).not.toContain("hunt");
});

test.each(["https://bots.example.com/…", "https://bots.example.com:8443/…", "http://[::1]:8080/…", "https://(host)/…"])(
  "a URL that is shown is no cut, whatever its end and a secret's beginning are: %s",
  (shown) => {
    for (const beginning of ["m", "om", "com", "43", "80", "t", "st"]) {
      const text = `bot 1 has the webhook ${shown}, which this resource did not set`;
      expect(redactor([`${beginning}Q7x9Kd2LmPqRsTuVwXyZ`])(text)).toBe(text);
    }
  },
);

test("a short secret is masked in each encoding where it stands alone", () => {
  fc.assert(
    fc.property(
      secretOf(6, 11).filter((one) => /^[A-Za-z0-9].*[A-Za-z0-9]$/.test(one)),
      fc.constantFrom(...Object.keys(encodings).filter((one) => !one.includes("after"))),
      (secret, encoding) => {
        const encoded = (encodings[encoding]?.(secret) ?? []).join("");
        const masked = redactor([secret])(`said "${encoded}" to us`);
        expect(masked).toMatch(/^said "\W*\[secret\][\W=]*" to us$/);
      },
    ),
    { numRuns: 1000 },
  );
});

test("a short secret is found in the base64 of what stands around it", () => {
  fc.assert(
    fc.property(secretOf(8, 11), fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), (secret, user, rest) => {
      const text = Buffer.from(`${user}:${secret}${rest}`).toString("base64");
      expect(redactor([secret])(`Basic ${text}.`)).toContain(mask);
    }),
    { numRuns: 1000 },
  );
});

const words = [
  "the",
  "webhook",
  "of",
  "bot",
  "123456789",
  "was",
  "set",
  "at",
  "https://bots.example.com:8443/tg/",
  "%2F",
];
const ordinary = fc
  .array(fc.oneof(fc.constantFrom(...words, "&amp;", "\\n", "2026-11-28T12:00:00Z", "192.0.2.1"), fc.string()), {
    maxLength: 40,
  })
  .map((all) => all.join(" "))
  .filter((text) => !/\d{6,}:|PRIVATE KEY/.test(text));

test("ordinary text is left as it is", () => {
  fc.assert(
    fc.property(secretOf(12, 60), ordinary, (secret, text) => redactor([secret])(text) === text),
    { numRuns: 10_000 },
  );
});

test("a private key is masked by its lines, and what every key begins with is left", () => {
  const body = Buffer.from("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ").toString("base64");
  const key = `-----BEGIN PRIVATE KEY-----\n${body.slice(0, 40)}\n${body.slice(40)}\n-----END PRIVATE KEY-----\n`;
  const clean = redactor([key]);
  expect(clean(`line 2: ${body.slice(40)}`)).toBe(`line 2: ${mask}`);
  expect(clean("give a PEM that begins with BEGIN PRIVATE KEY")).toBe("give a PEM that begins with BEGIN PRIVATE KEY");
});

const hostile: Record<string, string> = {
  "percent signs": "%25",
  backslashes: "\\",
  "open tags": "<a",
  "open entities": "&amp;",
  "colours that do not end": "<{%",
  "escapes that do not end": "\u001b[0;",
  digits: "0",
  "a secret's beginning": "abcdefghijk",
  "line breaks": "\n",
};

test.each(Object.entries(hostile))("its time grows with the length of %s, and no faster", (_name, unit) => {
  const clean = redactor(["abcdefghijklmnopqrstuvwxyz", "short", "x".repeat(4000)]);
  const best = (size: number) => {
    const text = unit.repeat(size / unit.length);
    const times = [1, 2, 3].map(() => {
      const began = process.cpuUsage();
      clean(text);
      const { user, system } = process.cpuUsage(began);
      return (user + system) / 1000;
    });
    return Math.max(1, Math.min(...times));
  };
  clean(unit.repeat(1000));
  expect(best(256 * 1024) / best(16 * 1024)).toBeLessThan(80);
});
