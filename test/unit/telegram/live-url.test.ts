// The URL that a bot has may be any text: none hides a takeover from refresh, or keeps a stack from its webhook.
import fc from "fast-check";
import { startFakeTelegram } from "../../../testing";
import type { FakeTelegram } from "../../../testing";
import { webhookUrlProblem } from "../../../provider/telegram/rules";
import { allowsTakeover } from "../../../provider/telegram/webhook/overrides";
import { hostOfLive, liveUrl, rawUrl } from "../../../provider/telegram/webhook/live-url";
import { anyText, check } from "../../support/fuzz";
import { inProcess } from "../../support/in-process";
import { testBot } from "../../support/webhooks";

let telegram: FakeTelegram;
beforeAll(async () => {
  telegram = await startFakeTelegram({ resolveEverything: { shown: "149.154.175.50", connect: "127.0.0.1:9" } });
});
afterAll(() => telegram.close());

/** What somebody else sets, and how it is recorded. */
const foreign: [string, string, string][] = [
  ["a blank", "https://evil.example.net/x y", "https://evil.example.net/x\\u{20}y…"],
  ["a character of no width", "https://evil.example.net/\u200bx", "https://evil.example.net/\\u{200b}x…"],
  ["no scheme", "evil.example.net/x", "evil.example.net/x"],
  ["a colour tag", "https://evil.example.net/x<{%a%}>", "https://evil.example.net/x\\u{3c}{%a%}>…"],
  ["a letter beyond ASCII", "https://evil.example.net/ä", "https://evil.example.net/\\u{e4}…"],
];

/** A stack whose webhook somebody else has replaced. */
async function replaced(url: string) {
  const bot = testBot(telegram);
  const stack = inProcess({}, telegram.clock);
  await stack.up(bot.args);
  await telegram.clock.advance(2);
  await telegram.outsider(bot.id).setWebhook({ url });
  expect(telegram.state(bot.id).url).toBe(url);
  await telegram.clock.advance(2);
  return { bot, stack };
}

describe.each(foreign)("a foreign URL with %s", (_name, url, recorded) => {
  test("is drift that a refresh shows, and that up repairs", async () => {
    const { bot, stack } = await replaced(url);
    await stack.refresh();
    expect(stack.state()).toMatchObject({ url: recorded, secretInForce: false });
    expect(stack.lines.join()).toMatch(/its webhook is now .*pulumi up --refresh repairs it/);
    await stack.up(bot.args);
    expect(telegram.state(bot.id)).toMatchObject({ url: bot.url, secretToken: bot.args["secretToken"] });
    expect(stack.state()).toMatchObject({ url: bot.url, previousUrl: recorded });
  });

  test("is left alone by a destroy, which succeeds", async () => {
    const { bot, stack } = await replaced(url);
    await stack.destroy();
    expect(stack.state()).toBeUndefined();
    expect(telegram.state(bot.id).url).toBe(url);
  });

  test("is not written over at creation without takeover, and is with it", async () => {
    const bot = testBot(telegram);
    await telegram.outsider(bot.id).setWebhook({ url });
    await telegram.clock.advance(2);
    const stack = inProcess({}, telegram.clock);
    await expect(stack.up(bot.args)).rejects.toThrow(
      /did not set\. Nothing was written\. .*name evil\.example\.net in/,
    );
    await stack.up({ ...bot.args, takeover: ["evil.example.net"] });
    expect(telegram.state(bot.id).url).toBe(bot.url);
  });

  test("is put back as it was when a set fails", async () => {
    const bot = testBot(telegram);
    await telegram.outsider(bot.id).setWebhook({ url });
    await telegram.clock.advance(2);
    telegram.fault({ botId: bot.id, method: "setWebhook", kind: "error", when: "erased", description: "Bad Request: bad webhook: Unknown" }); // prettier-ignore
    await expect(inProcess({}, telegram.clock).up({ ...bot.args, takeover: true })).rejects.toThrow(/is back in place/);
    expect(telegram.state(bot.id).url).toBe(url);
  });
});

test("a host that is written with an invisible character, a blank or a backslash is not the one that shows", () => {
  for (const odd of ["\u200b", " ", "\\", "<{%", "\ud83d"]) {
    const live = liveUrl(`https://ok.example.com${odd}.evil.example.net/x`);
    expect(hostOfLive(live)).toBeUndefined();
    expect(allowsTakeover(["ok.example.com"], live, true)).toBe(false);
    expect(allowsTakeover(true, live, true)).toBe(true);
  }
  expect(hostOfLive(liveUrl("https://user@BÜCHER.example:8443/x"))).toBe("xn--bcher-kva.example");
  expect(hostOfLive(liveUrl("http://[0:0::1]:80"))).toBe("[::1]");
});

test("whatever text is set as URL, what is recorded shows, is of no other text, leads back to it, and is never a declared URL", () => {
  const part = fc.oneof(
    fc.constantFrom("https://bots.example.com/tg/x", "<{%", "…", "\\u{20}", " ", "\u200b", "\\", "%20", "\ud83d"),
    anyText({ maxLength: 4 }),
  );
  const seen = new Map<string, string>();
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
      const raw = parts.join("");
      const live = liveUrl(raw);
      check((seen.get(live) ?? raw) === raw, { live, raw, seen: seen.get(live) });
      seen.set(live, raw);
      check(/^[!-~]*…?$/.test(live) && !live.includes("<{%"), live);
      check(rawUrl(live) === raw, { live, raw });
      hostOfLive(live); // does not throw
      check(live === raw || webhookUrlProblem(live, {}) !== undefined, live);
      check(live === raw || webhookUrlProblem(raw, {}) !== undefined, raw);
    }),
    { numRuns: 2000 },
  );
  const long = `https://bots.example.com/${"x".repeat(5000)}`;
  expect(liveUrl(long)).not.toBe(liveUrl(`${long}y`));
  expect(rawUrl(liveUrl(long))).toBeUndefined();
});
