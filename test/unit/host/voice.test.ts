// What a program is told passes the border of all that is said, whatever was quoted in it.
import { inspect } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { programVoice, refusal } from "../../../provider/host/voice";

const token = "123456789:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr";
const quoted = `quotes <{%fg 1%}>red\u001b[2J\u202e of ${token}, and s3cret-0123456789`;
const isPrintable = (text: string) => expect(text).not.toMatch(/<\{%|\p{Cc}|\p{Cf}/u);

test("a refusal is one printable line without a token", () => {
  const { message } = refusal(quoted);
  isPrintable(message);
  expect(message).toContain("red");
  expect(message).not.toContain(token.slice(10));
});

test("a refusal that Pulumi inspects is its sentence, whatever has been put into it", () => {
  const error = Object.assign(refusal("BotEndpoint shop: path must be a string"), { promise: { resources: [token] } });
  expect(inspect(error, { colors: true })).toBe("BotEndpoint shop: path must be a string");
});

test.each(["log", "warn"] as const)("a line of %s is one, and its secrets are masked", (kind) => {
  const said: string[] = [];
  const note = (text: string) => Promise.resolve(void said.push(text));
  const spies = [jest.spyOn(pulumi.log, "info"), jest.spyOn(pulumi.log, "warn")];
  for (const spy of spies) spy.mockImplementation(note);
  programVoice(undefined, ["s3cret-0123456789"])[kind](quoted);
  for (const spy of spies) spy.mockRestore();
  expect(said).toHaveLength(1);
  isPrintable(said.join());
  expect(said.join()).not.toMatch(/s3cret|AAbbCC/);
});
