// What a refresh has shown may be written over: also when the resource has another name now, or the bot another token.
import { startFakeTelegram } from "../../../testing";
import type { FakeTelegram } from "../../../testing";
import { foreignUrl, liveOf, newBot, none, theirs } from "../../support/fault-cells";
import { inProcess } from "../../support/in-process";

let telegram: FakeTelegram;
beforeAll(async () => {
  telegram = await startFakeTelegram();
});
afterAll(() => telegram.close());

/** A webhook with a certificate that is up under the name "before". */
async function made() {
  const bot = newBot(telegram);
  const stack = inProcess({}, telegram.clock);
  await stack.up(bot.first, "before");
  await telegram.clock.advance(1);
  const live = () => liveOf(telegram, bot.bot);
  const outsider = async () => {
    await bot.outsider();
    await telegram.clock.advance(1);
  };
  return { ...bot, stack, live, outsider };
}

test("a renamed webhook that somebody replaced was refused by up --refresh as if this stack had never set one", async () => {
  const { stack, live, outsider, first, ours } = await made();
  await outsider();
  await expect(stack.up(first, "after")).rejects.toThrow(/which this resource did not set\. Nothing was written/);
  expect(live()).toEqual(theirs);
  expect(await stack.upRefresh(first, "after")).toBe("created");
  expect(live()).toEqual(ours);
  expect(stack.names()).toEqual(["after"]);
  expect(stack.lines.join()).toContain(
    `the webhook ${new URL(foreignUrl).origin}/… was set by somebody else; it is replaced`,
  );
});

test("a webhook that got another name and another url at once was refused by up --refresh as foreign", async () => {
  const { stack, live, next, wanted } = await made();
  expect(await stack.upRefresh(next, "after")).toBe("created");
  expect([live(), stack.names()]).toEqual([wanted, ["after"]]);
});

test("a renamed webhook whose set is refused gets back its secret and certificate", async () => {
  const { stack, live, next, ours, wanted, hit } = await made();
  hit({ kind: "error", when: "erased", description: "Bad Request: bad webhook: Unknown" });
  await expect(stack.upRefresh(next, "after")).rejects.toThrow(/is back in place\. \[TELEGRAM_REFUSED\]$/);
  expect(live()).toEqual(ours);
  expect(stack.names()).toEqual(["before", "after"]);
  await telegram.clock.advance(1);
  await stack.up(next, "after");
  expect([live(), stack.names()]).toEqual([wanted, ["after"]]);
});

test("a foreign webhook behind a rotated token was refused for ever: no refresh with the dead token could show it", async () => {
  const { bot, stack, live, outsider, first, ours } = await made();
  const args = { ...first, token: telegram.revokeToken(bot.id).token };
  expect(live()).toEqual(none);
  await outsider();
  await expect(stack.upRefresh(args, "before")).rejects.toThrow(
    /^bot \d+ has the webhook https:\/\/foreign\.example\.com\/…, which this resource did not set\. Nothing was written\. Somebody else set it since the last refresh\. pulumi up --refresh shows and repairs it\. \[WEBHOOK_NOT_OURS\]$/,
  );
  expect(live()).toEqual(theirs);
  expect(stack.state("before")).toMatchObject({ token: args.token, url: first.url, verified: false });
  await expect(stack.up(args, "before")).rejects.toThrow(/Nothing was written/);
  expect(live()).toEqual(theirs);
  expect(await stack.upRefresh(args, "before")).toBe("updated");
  expect(live()).toEqual(ours);
  expect(stack.state("before")).toMatchObject({ url: first.url, verified: true });
});
