// No part of a secret passes the mask: whole, encoded, cut, or never seen before.
import fc from "fast-check";
import { redactor } from "../../../provider/core/redact";

const token = "123456789:AAF-x_y0ZkQwErTyUiOpAsDfGhJkLzXcVb";
const secretToken = "s3cret-Value_0123456789abcdef";
const clean = redactor([token, secretToken]);
const hidden = token.slice(token.indexOf(":") + 1);

test("the bot's id stays readable, its token does not", () => {
  expect(clean(`POST /bot${token}/setWebhook failed`)).toBe("POST /bot123456789:[secret]/setWebhook failed");
});

test.each([
  ["URL-encoded", `/bot${encodeURIComponent(token)}/getMe`],
  ["in base64", Buffer.from(token).toString("base64")],
  ["in base64 after other text", Buffer.from(`user:${token}`).toString("base64")],
  ["in base64 after one more", Buffer.from(`ab${token}`).toString("base64url")],
  ["cut at its end", `… ${hidden.slice(0, 16)}`],
  ["cut at its start", `${hidden.slice(-16)} …`],
  ["inside JSON", JSON.stringify({ url: `https://api.telegram.org/bot${token}/x`, s: secretToken })],
])("a token is masked %s", (_how, text) => {
  const masked = clean(text);
  expect(masked).toContain("[secret]");
  for (let at = 0; at + 12 <= hidden.length; at += 1) expect(masked).not.toContain(hidden.slice(at, at + 12));
});

test("a token that nobody told us about is masked by its looks", () => {
  expect(redactor([])(`bad token 987654321:${"B".repeat(35)}!`)).toBe("bad token 987654321:[secret]!");
});

test("a private key is masked, also when its end was cut off", () => {
  const key = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----";
  expect(redactor([])(`pem: ${key}.`)).toBe("pem: [secret].");
  expect(redactor([])(`pem: ${key.slice(0, 40)}`)).toBe("pem: [secret]");
});

test("a short secret is masked where it stands alone", () => {
  expect(redactor(["abc"])('header "abc" was wrong in abcdef')).toBe('header "[secret]" was wrong in abcdef');
});

test("a path is masked where it stands as a whole, also after a host and in escapes, and its words are not", () => {
  const hide = redactor([{ whole: "/telegram/webhook" }]);
  expect(hide('duplicate location "/telegram/webhook" in /etc/nginx/a.conf:7')).toBe(
    'duplicate location "[secret]" in /etc/nginx/a.conf:7',
  );
  expect(hide("POST https://bots.example.com/Telegram/webhook?x=1")).toBe("POST https://bots.example.com[secret]?x=1");
  expect(hide("at %2Ftelegram%2Fwebhook, /telegram\\u002fwebhook")).toBe("at [secret], [secret]");
  const others = "TelegramWebhook telegram/webhook: /telegram/webhooks, /telegram/webhook-2, /telegram";
  expect(hide(others)).toBe(others);
});

test("text without a secret is left alone", () => {
  expect(clean("bot 123456789 (bots.example.com): nothing to do")).toBe(
    "bot 123456789 (bots.example.com): nothing to do",
  );
});

test("no 16 characters of a secret pass, whatever stands around it", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.constantFrom(token, secretToken), (before, after, secret) => {
      const masked = clean(before + secret + after);
      const part = secret.replace(/^\d+:/, "");
      for (let at = 0; at + 16 <= part.length; at += 1) expect(masked).not.toContain(part.slice(at, at + 16));
    }),
  );
});
