// Signatures of questions and answers (TSIG): a server of another hand, which makes its own, and every way to forge an answer.
import { createHmac } from "node:crypto";
import { AUTHORITATIVE_ANSWER, encode } from "dns-packet";
import type { Answer, Packet } from "dns-packet";
import { decodeMessage, questionMessage } from "../../../provider/probe/dns-message";
import type { DnsMessage } from "../../../provider/probe/dns-message";
import { signatureOf, signed, tsigAlgorithms } from "../../../provider/probe/dns-tsig";
import type { TsigKey } from "../../../provider/probe/dns-tsig";

const now = new Date("2026-11-28T12:00:00Z");
const seconds = now.getTime() / 1000;
const key: TsigKey = {
  name: "Ours.example",
  secret: "c2VjcmV0LW9mLXRoaXMta2V5LTAxMjM0NTY3ODk=",
  algorithm: "hmac-sha256",
};
const name = "bots.example.test";
const question = questionMessage(77, name, "A", false);

const short = (value: number) => Buffer.from([value >> 8, value & 255]);
const wire = (text: string) =>
  Buffer.concat([
    ...text.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);
const longTime = (time: number) =>
  Buffer.concat([short(Math.floor(time / 2 ** 32)), short(time >>> 16), short(time & 65_535)]);

interface Signed {
  packet: Packet;
  before?: Buffer;
  with?: TsigKey;
  time?: number;
  error?: number;
  isBare?: boolean;
}

/** A message with the record of a signature, by RFC 8945 4.2 and 4.3; `before`: the signature of the question. */
function sign({ packet, before, with: by = key, time = seconds, error = 0, isBare = false }: Signed): Buffer {
  const [algorithm, hash] = by.algorithm === "hmac-md5" ? ["hmac-md5.sig-alg.reg.int", "md5"] : [by.algorithm, by.algorithm.slice(5)]; // prettier-ignore
  const variables = [wire(by.name.toLowerCase()), short(255), Buffer.alloc(4), wire(algorithm), longTime(time), short(300), short(error), short(0)]; // prettier-ignore
  const hmac = createHmac(hash, Buffer.from(by.secret, "base64"));
  if (before) hmac.update(short(before.length)).update(before);
  const mac = isBare ? Buffer.alloc(0) : hmac.update(encode(packet)).update(Buffer.concat(variables)).digest();
  const data = Buffer.concat([wire(algorithm), longTime(time), short(300), short(mac.length), mac, short(packet.id ?? 0), short(error), short(0)]); // prettier-ignore
  const record = { type: "TSIG", name: by.name, class: "ANY", ttl: 0, data } as unknown as Answer;
  return encode({ ...packet, additionals: [record] });
}

const answer: Packet = {
  ...{ type: "response", id: 77, flags: AUTHORITATIVE_ANSWER, questions: [{ type: "A", name }] },
  answers: [{ type: "A", name, ttl: 60, data: "192.0.2.1" }],
};
const asked = signed(question, key, now);
const judged = (bytes: Buffer, by = key, at = now) => signatureOf(bytes, decodeMessage(bytes), by, asked.mac, at);

test.each(tsigAlgorithms)("a question is signed with %s as a server expects it", (algorithm) => {
  const by = { ...key, algorithm };
  expect(signed(question, by, now).bytes).toEqual(
    sign({
      packet: { type: "query", id: 77, questions: [{ type: "A", name }] },
      with: { ...by, name: by.name.toLowerCase() },
    }),
  );
  const { mac } = signed(question, by, now);
  const bytes = sign({ packet: answer, before: mac, with: by });
  expect(signatureOf(bytes, decodeMessage(bytes), by, mac, now)).toBe("valid");
});

test("no answer with a changed bit is believed", () => {
  const good = sign({ packet: answer, before: asked.mac });
  expect(judged(good)).toBe("valid");
  const content = ({ id: _, additionals: _signature, ...rest }: DnsMessage) => rest;
  const believed: number[] = [];
  for (let bit = 0; bit < good.length * 8; bit += 1) {
    const spoilt = Buffer.from(good);
    spoilt[bit >> 3] = (spoilt[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    let message: DnsMessage;
    try {
      message = decodeMessage(spoilt);
    } catch {
      continue; // no message: as good as none
    }
    if (signatureOf(spoilt, message, key, asked.mac, now) !== "valid") continue;
    expect(content(message)).toEqual(content(decodeMessage(good)));
    believed.push(bit);
  }
  // The id, which the client compares; and of the signature's own record case, class and TTL.
  expect(believed.length).toBeLessThan(16 + 100);
});

const forged = "answered with a signature that is not the key's";
test.each<[string, Buffer, unknown]>([
  ["without a signature", encode(answer), { forged: "answered without the signature that the key asks for" }],
  [
    "signed with another secret",
    sign({ packet: answer, before: asked.mac, with: { ...key, secret: "b3RoZXI=" } }),
    { forged },
  ],
  [
    "signed with another key",
    sign({ packet: answer, before: asked.mac, with: { ...key, name: "theirs" } }),
    { forged },
  ],
  [
    "signed with another algorithm",
    sign({ packet: answer, before: asked.mac, with: { ...key, algorithm: "hmac-sha1" } }),
    { forged },
  ],
  ["to another question", sign({ packet: answer, before: signed(question, key, new Date(0)).mac }), { forged }],
  ["signed as if there was no question", sign({ packet: answer }), { forged }],
  ["signed long ago", sign({ packet: answer, before: asked.mac, time: seconds - 302 }), { error: "BADTIME" }],
  ["that says BADTIME", sign({ packet: answer, before: asked.mac, error: 18 }), { error: "BADTIME" }],
  ["that says BADSIG", sign({ packet: answer, error: 16, isBare: true }), { error: "BADSIG" }],
  ["that says BADKEY", sign({ packet: answer, error: 17, isBare: true }), { error: "BADKEY" }],
  ["whose signature is empty", sign({ packet: answer, isBare: true }), { forged }],
])("an answer %s does not count", (_, bytes, expected) => {
  expect(judged(bytes)).toEqual(expected);
});

test("the data of a signature may be of any length and form", () => {
  const good = sign({ packet: answer, before: asked.mac });
  const at = decodeMessage(good).lastRecordAt;
  for (let length = 0; length < 60; length += 1) {
    const data = Buffer.concat([wire("hmac-sha256"), Buffer.alloc(length, 255)]);
    const record = { type: "TSIG", name: key.name, class: "ANY", ttl: 0, data } as unknown as Answer;
    expect(judged(encode({ ...answer, additionals: [record] }))).toEqual({ forged });
  }
  expect(at).toBeGreaterThan(12);
});
