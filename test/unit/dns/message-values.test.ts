// What far sides say of a record: every byte comes through to the text and back, and nothing of theirs can pass for ours.
import { encode } from "dns-packet";
import fc from "fast-check";
import {
  dataFromText,
  dataIn,
  dataOfValue,
  isOwnValue,
  masterFileText,
  valueFromText,
  valueOf,
} from "../../../provider/dns/message-values";
import type { RecordData } from "../../../provider/dns/message-values";
import { normalValues, recordTypes, toPresentation } from "../../../provider/dns/values";
import { decodeMessage } from "../../../provider/probe/dns-message";
import { labelsOf, nameText } from "../../../provider/probe/dns-name";
import { scriptOf } from "../../../provider/dns/vendors/rfc2136/script";
import { anyText, check } from "../../support/fuzz";

const runs = { numRuns: 10_000 };
const odd = ["\nsend\n", '" "', "\\010", "a.b", "“a”", "<{%fg 1%}>", "\u202e", "; x", "x".repeat(255)];
const bytes = (least: number, most: number) =>
  fc
    .oneof(
      fc.uint8Array({ minLength: least, maxLength: Math.min(most, 20) }),
      fc.stringMatching(/^[ -~]{1,20}$/),
      fc.constantFrom(...odd),
    )
    .map((one) => (typeof one === "string" ? Buffer.from(one) : Buffer.from(one)).subarray(0, most));
const txt = fc.array(bytes(0, 255), { minLength: 1, maxLength: 3 }).map((data): RecordData => ({ type: "TXT", data }));
const caa = fc
  .record({ flags: fc.nat(255), tag: fc.stringMatching(/^[A-Za-z0-9]{1,20}$/), value: bytes(0, 60) })
  .map(({ flags, tag, value }): RecordData => ({ type: "CAA", data: { flags, tag, value: value.toString("latin1") } }));
const cname = fc
  .array(bytes(1, 40), { minLength: 1, maxLength: 4 })
  .map((labels): RecordData => ({ type: "CNAME", data: nameText(labels) }));
const a = fc.ipV4().map((data): RecordData => ({ type: "A", data }));
const anything = fc.oneof(txt, caa, cname, a);

/** The bytes as one text; names have no case, and CAA tags neither. */
const plain = (record: RecordData): string => {
  if (record.type === "TXT") return record.data.map((one) => one.toString("hex")).join();
  if (record.type === "CAA") return [record.data.flags, record.data.tag.toLowerCase(), record.data.value].join();
  return record.data.toLowerCase();
};
test("what is written for nsupdate says the same bytes again, on one printable line without a space that is not ours", () => {
  fc.assert(
    fc.property(anything, (record) => {
      const text = masterFileText(record);
      check(/^(?:[A-Za-z0-9.\\*_-]+ ?){0,2}(?:"[A-Za-z0-9\\*_-]*" ?)*$/.test(text), text);
      const read = dataFromText(record.type, text, 10);
      check(read !== undefined && plain(read) === plain(record), text);
      check(scriptOf([`prereq yxrrset x.example.test. ${record.type} ${text}`]).split("\n").length === 3, text);
    }),
    runs,
  );
});

test("two different records never have the same value, and a value is printable", () => {
  const seen = new Map<string, string>();
  fc.assert(
    fc.property(anything, (record) => {
      const value = valueOf(record);
      check(/^[\x20-\x7e“”…]{1,2048}$/.test(value) && !value.includes("<{%"), value);
      const key = `${record.type} ${value}`;
      check((seen.get(key) ?? plain(record)) === plain(record), [value, plain(record), seen.get(key)]);
      seen.set(key, plain(record));
    }),
    runs,
  );
});

test("a value that reads as one of ours is the bytes that we write for it, and stays as it is in normal form", () => {
  fc.assert(
    fc.property(anything, (record) => {
      const value = valueOf(record);
      check(normalValues(record.type, [value]).join() === value, value);
      check(!isOwnValue(record.type, value) || plain(dataOfValue(record.type, value)) === plain(record), value);
    }),
    runs,
  );
});

test("any text of a vendor becomes a printable value, and nothing throws", () => {
  const text = fc.oneof(anyText(), fc.stringMatching(/^["\\0-9a ]{0,30}$/));
  fc.assert(
    fc.property(
      fc.constantFrom(...recordTypes),
      text,
      fc.constantFrom(8 as const, 10 as const),
      (type, said, radix) => {
        const value = valueFromText(type, said, radix);
        check(/^[\x20-\x7e“”…]*\??$/.test(value), [type, said, value]);
      },
    ),
    runs,
  );
});

test("our own values come back as they were from what we give Route 53 and Cloudflare", () => {
  const own = fc.stringMatching(/^[\x20-\x7e]{1,600}$/).filter((value) => isOwnValue("TXT", value));
  fc.assert(
    fc.property(own, (value) => {
      const read = ([8, 10] as const).map((radix) => valueFromText("TXT", toPresentation("TXT", value), radix));
      check(
        [...read, valueOf(dataOfValue("TXT", value))].every((one) => one === value),
        value,
      );
    }),
    { numRuns: 2000 },
  );
});

test("a message is read byte for byte: strings of a TXT record, and a dot or a backslash within a label", () => {
  const name = "x.example.test";
  fc.assert(
    fc.property(txt, (record) => {
      const answers = [{ type: "TXT" as const, name, data: [...(record.data as Buffer[])] }];
      const [read] = dataIn(decodeMessage(encode({ type: "response", id: 1, answers })).answers, name, "TXT");
      check(read !== undefined && plain(read) === plain(record), record);
    }),
    runs,
  );
  fc.assert(
    fc.property(fc.array(bytes(1, 60), { maxLength: 4 }), (labels) => {
      const read = labelsOf(nameText(labels)) ?? [Buffer.alloc(0)];
      check(read.length === labels.length && read.every((one, at) => labels[at]?.equals(one)), labels);
    }),
    runs,
  );
});

test("bytes that are no message throw and do not run on", () => {
  const good = encode({
    ...{ type: "response", id: 7, questions: [{ type: "TXT", name: "a.example.test" }] },
    answers: [
      { type: "TXT", name: "a.example.test", data: ["one"] },
      { type: "CNAME", name: "a.example.test", data: "b.example.test" },
      { type: "CAA", name: "a.example.test", data: { flags: 0, tag: "issue", value: "x" } },
    ],
  });
  const spoilt = fc
    .tuple(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      fc.nat(good.length),
    )
    .map(([changes, length]) => {
      const copy = Buffer.from(good);
      for (const [at, value] of changes) copy[at] = value;
      return copy.subarray(0, Math.max(length, good.length / 2));
    });
  fc.assert(
    fc.property(
      fc.oneof(
        spoilt,
        fc.uint8Array({ maxLength: 80 }).map((one) => Buffer.from(one)),
      ),
      (message) => {
        try {
          for (const { name } of decodeMessage(message).answers) check(/^[\x21-\x7e]+$/.test(name), name);
        } catch (error) {
          check((error as Error).constructor.name === "Malformed", String(error));
        }
      },
    ),
    runs,
  );
});

test("pointers that lead to pointers are not followed again and again", () => {
  const short = (value: number) => Buffer.from([value >> 8, value & 255]);
  const record = (name: Buffer, type: number, data: Buffer) =>
    Buffer.concat([name, short(type), short(1), Buffer.alloc(4), short(data.length), data]);
  // The root at 23, and after it 8,000 pointers, each to the one before it.
  const pointers = Array.from({ length: 8000 }, (_, at) => short(0xc000 + (at === 0 ? 23 : 22 + 2 * at)));
  const chain = record(Buffer.alloc(1), 99, Buffer.concat([Buffer.alloc(1), ...pointers]));
  const names = Array.from({ length: 3000 }, () => record(short(0xc000 + 22 + 2 * 8000), 16, Buffer.from([1, 120])));
  const head = Buffer.concat([short(1), short(0x8400), short(0), short(3001), Buffer.alloc(4)]);
  expect(() => decodeMessage(Buffer.concat([head, chain, ...names]))).toThrow("more labels than names have");
  const one = Buffer.concat([
    short(1),
    short(0x8400),
    short(0),
    short(2),
    Buffer.alloc(4),
    chain,
    ...names.slice(0, 1),
  ]);
  expect(decodeMessage(one).answers.map(({ name }) => name)).toEqual([".", "."]);
});

test.each<[string, RecordData, string, string]>([
  [
    "two strings that are one of ours together",
    { type: "TXT", data: [Buffer.from("a"), Buffer.from("b")] },
    "“a” “b”",
    '"a" "b"',
  ],
  ["a text with quotes", { type: "TXT", data: [Buffer.from('"a" "b"')] }, '"a" "b"', '"\\034a\\034\\032\\034b\\034"'],
  ["a line break", { type: "TXT", data: [Buffer.from("a\nsend")] }, "“a\\010send”", '"a\\010send"'],
  [
    "a colour tag of Pulumi's",
    { type: "TXT", data: [Buffer.from("<{%fg 1%}>RED")] },
    "“\\060{%fg 1%}>RED”",
    '"\\060\\123\\037fg\\0321\\037\\125\\062RED"',
  ],
  ["a lesser-than sign", { type: "TXT", data: [Buffer.from("<a>")] }, "<a>", '"\\060a\\062"'],
  [
    "a CAA value with a colour tag",
    { type: "CAA", data: { flags: 0, tag: "issue", value: "a<{%a%}>" } },
    '0 issue "a\\060{%a%}>"',
    '0 issue "a\\060\\123\\037a\\037\\125\\062"',
  ],
  ["a zero byte", { type: "TXT", data: [Buffer.from([0])] }, "“\\000”", '"\\000"'],
  ["a byte that is no UTF-8", { type: "TXT", data: [Buffer.from([0xff])] }, "“\\255”", '"\\255"'],
  ["no text", { type: "TXT", data: [Buffer.alloc(0)] }, "“”", '""'],
  ["a dot within a label", { type: "CNAME", data: "a\\046b.example" }, "a\\046b.example", "a\\046b.example."],
  ["the root", { type: "CNAME", data: "." }, ".", "."],
  [
    "a CAA value with a quote",
    { type: "CAA", data: { flags: 0, tag: "issue", value: 'a"b' } },
    '0 issue "a\\034b"',
    '0 issue "a\\034b"',
  ],
  [
    "a CAA tag in capitals",
    { type: "CAA", data: { flags: 128, tag: "ISSUE", value: "a.b" } },
    '128 issue "a.b"',
    '128 ISSUE "a\\046b"',
  ],
])("%s", (_, record, value, line) => {
  expect([valueOf(record), masterFileText(record)]).toEqual([value, line]);
});

test.each([
  ["a line break", "update add x. 60 TXT a\nsend"],
  ["a character that is not ASCII", "zone exämple.test."],
  ["more characters than nsupdate reads at once", `update add x. 60 TXT ${"a".repeat(100_000)}`],
])("a line with %s is refused before nsupdate is started", (_, line) => {
  expect(() => scriptOf(["server 192.0.2.53", line])).toThrow(
    "nsupdate was not started: line 2 of its script would be too long or hold a character that cannot be printed.",
  );
});

test.each<[string, "TXT" | "CNAME" | "CAA" | "A", string, string]>([
  ["an octal escape", "TXT", '"a\\012b"', "“a\\010b”"],
  ["an octal escape of a printable character", "TXT", '"\\101"', "A"],
  ["an asterisk", "CNAME", "\\052.example.test.", "*.example.test"],
  ["a text that is cut off", "TXT", '"a', '“"a”?'],
  ["a name that is none", "CNAME", "a..b", "“a..b”?"],
  ["an address that is none", "A", "192.0.2", "“192.0.2”?"],
  ["a CAA value that is none", "CAA", "0 issue", "“0 issue”?"],
])("%s, as Route 53 writes it", (_, type, text, value) => {
  expect(valueFromText(type, text, 8)).toBe(value);
});
