// The table of what goes over the wire, row by row: sent, kept or reset, reported, compared, sent again, restored.
import { createHash } from "node:crypto";
import { startFakeTelegram } from "../../../testing";
import type { FakeTelegram, JournalEntry } from "../../../testing";
import { telegramApi } from "../../../provider/telegram/api";
import { httpClient } from "../../../provider/net/http";
import { RateLimiter } from "../../../provider/telegram/pace";
import { differences } from "../../../provider/telegram/webhook/compare";
import { webhookFields } from "../../../provider/telegram/webhook/fields";
import type { WebhookInputs, WebhookState } from "../../../provider/telegram/webhook/fields";
import type { TelegramWebhook, TelegramWebhookArgs } from "../../../provider/telegram/webhook/resource";
import { notSent, rows, setAgainFor, wire } from "../../../provider/telegram/webhook/wire";
import type { SentName, WebhookSettings, WireRow } from "../../../provider/telegram/webhook/wire";
import { pem } from "../../support/bad-input";
import { inProcess } from "../../support/in-process";
import { testBot } from "../../support/webhooks";

/** Of each argument that is sent a value of ours, and another one: a row without them does not compile. */
const values: { [K in SentName]: { ours: NonNullable<WebhookInputs[K]>; other: WebhookInputs[K] } } = {
  url: { ours: "https://bots.example.com/tg/x", other: "https://bots.example.com/tg/y" },
  maxConnections: { ours: 7, other: 8 },
  allowedUpdates: { ours: ["poll"], other: ["message", "poll"] },
  certificate: { ours: pem("self-signed"), other: undefined },
  ipAddress: { ours: "93.184.216.34", other: "93.184.216.35" },
  secretToken: { ours: "our-secret_0123456789abcdef", other: "another-secret_0123456789" },
};
const valuesOf = (which: "ours" | "other") =>
  Object.fromEntries(rows.map(([name]) => [name, values[name][which]])) as unknown as WebhookSettings;
const ours = valuesOf("ours");
const everyRow = rows.map(([name]) => name);
const reportedRows = rows.flatMap(([name, { reported }]) => (reported === "never" ? [] : [[name, reported] as const]));

let telegram: FakeTelegram;
beforeAll(async () => {
  telegram = await startFakeTelegram({ resolveEverything: { shown: "149.154.175.50", connect: "127.0.0.1:9" } });
});
afterAll(() => telegram.close());

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** As the journal has it: text as it is, anything else as its JSON, a file as its hash. */
const told = (name: SentName, value: unknown) =>
  "file" in wire[name] ? sha256(String(value)) : typeof value === "string" ? value : JSON.stringify(value);

/** What a setWebhook carried, by the names of our arguments; a name that no row has stays Telegram's. */
function carried({ parameters, files }: JournalEntry): Record<string, string> {
  const all = {
    ...parameters,
    ...Object.fromEntries(Object.entries(files).map(([name, file]) => [name, file.sha256])),
  };
  const nameOf = new Map<string, string>(rows.map(([name, row]) => [row.wire, name]));
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [nameOf.get(name) ?? name, value]));
}
const expected = (settings: Partial<WebhookSettings>, names = everyRow) =>
  Object.fromEntries(
    names.filter((name) => settings[name] !== undefined).map((name) => [name, told(name, settings[name])]),
  );

/** A stack whose webhook has our value of every argument. */
async function made() {
  const { args, ...bot } = testBot(telegram);
  const stack = inProcess({}, telegram.clock);
  const all: Record<string, unknown> = { ...args, ...ours };
  await stack.up(all);
  await telegram.clock.advance(1);
  const sets = () => telegram.journal({ botId: bot.id, method: "setWebhook", by: "client" });
  return { bot, stack, args: all, sets };
}

/** The same as somebody else would send it. */
const inTheirNames = (settings: Partial<WebhookSettings>) =>
  Object.fromEntries(rows.flatMap(([name, row]) => (settings[name] === undefined ? [] : [[row.wire, settings[name]]])));

test("every argument has a row or a reason why it is not sent", () => {
  expect([...everyRow, ...Object.keys(notSent)].sort()).toEqual(Object.keys(webhookFields).sort());
});

/** Compile while the class has all: `botId` and the fingerprint follow from others. */
const noArgument: { [K in Exclude<keyof WebhookInputs, keyof TelegramWebhookArgs | "botId" | "tokenFingerprint">]: K } =
  {};
const noOutput: { [K in Exclude<keyof WebhookState, keyof TelegramWebhook>]: K } = {};

test("every argument can be given, and every argument and fact is an output", () => {
  expect([noArgument, noOutput]).toEqual([{}, {}]);
});

test("a row that says what cannot be, or too little, does not compile", () => {
  const { ipAddress, maxConnections } = wire;
  const { asArgument: _unrecorded, ...unrecorded } = maxConnections.reported;
  const { restored: _restored, ...unrestored } = maxConnections;
  // It is always sent, so Telegram may keep what it has when it is left out.
  const rows: WireRow<"maxConnections">[] = [maxConnections, { ...maxConnections, leftOut: "kept" }];
  // @ts-expect-error: it may be left out, and then the old address would stay
  const kept: WireRow<"ipAddress"> = { ...ipAddress, leftOut: "kept" };
  // @ts-expect-error: no refresh records what is reported
  const lost: WireRow<"maxConnections"> = { ...maxConnections, reported: unrecorded };
  // @ts-expect-error: nothing says whether it is put back
  const gone: WireRow<"maxConnections"> = unrestored;
  expect([...rows, kept, lost, gone]).toHaveLength(5);
});

test("a set carries our value of every row, in the order of the table, and nothing else", async () => {
  const { sets } = await made();
  expect(sets().map(carried)).toEqual([expected(ours)]);
  const [set] = sets();
  const inOrder = rows.flatMap(([, row]) => (row.file ? [] : [row.wire]));
  expect(Object.keys(set?.parameters ?? {})).toEqual(inOrder);
  expect(Object.keys(set?.files ?? {})).toEqual(rows.flatMap(([, row]) => (row.file ? [row.wire] : [])));
});

test.each(everyRow)("%s is kept or reset by Telegram when it is left out, as its row says", async (name) => {
  const { bot } = await made();
  const before = telegram.state(bot.id)[name];
  const { [name]: _left, ...rest } = { ...ours, maxConnections: name === "maxConnections" ? 7 : 9 };
  await telegram.outsider(bot.id).setWebhook(inTheirNames(rest));
  const after = telegram.state(bot.id)[name];
  if (wire[name].leftOut === "kept") expect(after).toEqual(before);
  else expect(after).not.toEqual(before);
});

test.each(reportedRows)("%s is reported, and as we sent it", async (name, reported) => {
  const { bot, args } = await made();
  const api = telegramApi({ http: httpClient(), pace: new RateLimiter() });
  const context = { signal: AbortSignal.timeout(60_000), random: () => 0, now: () => new Date() } as never;
  const live = await api.getWebhookInfo({ apiUrl: String(args["apiUrl"]), token: bot.token, testEnvironment: false, context }); // prettier-ignore
  expect(live[reported.as]).toBeDefined();
  expect(reported.isAsSent(live[reported.as], ours[name])).toBe(true);
  expect(differences(ours, live)).toBeUndefined();
});

test("what is said to be never reported is not reported", async () => {
  const { bot } = await made();
  const answer = await (await fetch(`${telegram.apiUrl}/bot${bot.token}/getWebhookInfo`)).text();
  expect(answer).toContain(ours.url);
  const unreported = rows.filter(([, { reported }]) => reported === "never");
  expect(unreported.filter(([name, row]) => answer.includes(row.wire) || answer.includes(String(ours[name])))).toEqual(
    [],
  );
});

test.each(reportedRows)("another %s is seen by a refresh, told, and sent again", async (name, reported) => {
  const { bot, stack, args, sets } = await made();
  const theirs = { ...ours, [name]: values[name].other };
  // Their address is pinned and no longer ours, so that nothing but this row tells the difference.
  await telegram.outsider(bot.id).setWebhook(inTheirNames(theirs));
  await telegram.clock.advance(1);
  await stack.refresh();
  expect(stack.lines.join()).toMatch(/pulumi up --refresh repairs it/);
  if (reported.asArgument) expect(stack.state()).toMatchObject({ [name]: values[name].other });
  else expect(stack.state()).toMatchObject({ [reported.as]: false, [name]: ours[name] });
  expect(stack.state()?.["secretInForce"]).toBe(!reported.tellsNewSet);
  expect(await stack.up(args)).toBe("updated");
  expect(sets().map(carried)).toEqual([expected(ours), expected(ours)]);
});

test.each(everyRow)("a change of %s in the program sends everything again", async (name) => {
  const { stack, args, sets } = await made();
  const changed = { ...args, [name]: values[name].other };
  expect(await stack.up(changed)).toBe("updated");
  expect(sets().slice(1).map(carried)).toEqual([expected({ ...ours, [name]: values[name].other })]);
});

test("what is not sent is not sent again either, but for what must be", async () => {
  const { stack, args, sets } = await made();
  const ofOurs = {
    takeover: ["a.example.com"],
    dropPendingUpdatesOnDestroy: true,
    verifySeconds: 1,
    strictRefresh: true,
  };
  await stack.up({ ...args, ...ofOurs, expectBot: String(args["token"]).split(":")[0] });
  expect(sets()).toHaveLength(1);
  const isSetAgain = (name: string) => setAgainFor.includes(name as keyof WebhookInputs);
  expect(Object.keys(notSent).filter(isSetAgain)).toEqual(["botId", "dropPendingUpdatesTrigger", "reassertTrigger"]);
});

/** Telegram erases what is there, and refuses what was sent. */
const refuse = (botId: string) =>
  telegram.fault({ botId, method: "setWebhook", kind: "error", when: "erased", description: "Bad Request: bad webhook: Unknown" }); // prettier-ignore

test.each(everyRow)("%s of our own webhook is put back when it is lost", async (name) => {
  const { bot, stack, args, sets } = await made();
  refuse(bot.id);
  await expect(stack.up({ ...args, reassertTrigger: "2" })).rejects.toThrow(/is back in place\./);
  const back = sets().at(-1);
  expect(back && carried(back)[name]).toBe(told(name, ours[name]));
  expect(back && carried(back)).toEqual(expected(ours));
});

test.each(rows)(
  "%s of somebody else's webhook is put back as reported, or not at all, and never ours",
  async (name, row) => {
    const { bot, stack, args, sets } = await made();
    // No refresh has seen it: by our record our secret and certificate are in force.
    const foreign = {
      ...valuesOf("other"),
      url: "https://foreign.example.com/x",
      certificate: pem("self-signed-other-host"),
    };
    await telegram.outsider(bot.id).setWebhook(inTheirNames(foreign));
    await telegram.clock.advance(1);
    refuse(bot.id);
    await expect(stack.up({ ...args, takeover: ["foreign.example.com"] })).rejects.toThrow(/is back in place/);
    const back = carried(sets().at(-1) as JournalEntry);
    expect(back[name]).toBe(row.restored.of === "anybody" ? told(name, foreign[name]) : undefined);
    expect(Object.values(back)).not.toContain(told("secretToken", ours.secretToken));
    expect(Object.values(back)).not.toContain(told("certificate", ours.certificate));
  },
);
