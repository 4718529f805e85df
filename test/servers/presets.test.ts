// Each preset against its framework: the program of its page, run with what the preset tells it, takes what the preset asks for.
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { presets, type BotProcess, type PresetName } from "../../components/presets";
import { allUpdateKinds } from "../../provider/telegram/rules";
import { startFakeTelegram, type FakeTelegram } from "../../testing";
import { startBot, startProgram, type RunningBot } from "../support/bots";
import { makeLeaf, type KeyPair } from "../support/certificates";
import { freePort } from "../support/ports";
import { run } from "../support/process";
import { botsPython } from "../support/python";
import { until } from "../support/until";
import { updateSamples } from "../support/update-samples";

const top = path.join(__dirname, "../..");
const names = Object.keys(presets) as PresetName[];
const secretToken = "the-secret-of-this-bot";
const sorted = (kinds: readonly string[]) => [...kinds].sort();

let telegram: FakeTelegram;
let id: string;
let token: string;
let bot: RunningBot | undefined;

beforeAll(async () => void (await botsPython()), 600_000); // the first time on a machine it is installed
const beginWith = async (options: { local?: boolean }) => {
  telegram = await startFakeTelegram(options);
  ({ id, token } = telegram.addBot());
};
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
  await telegram?.close();
});

/** The program on the page of a preset. */
function programOf(name: PresetName): string {
  const page = readFileSync(path.join(top, `docs/presets/${name}.md`), "utf8");
  return /```(?:python|js)\n([^]*?)```/.exec(page)?.[1] ?? "";
}

/** The environment that BotEndpoint gives a process: the common variables, and those of the preset. */
function environmentOf(name: PresetName, process: BotProcess, tls?: KeyPair): Record<string, string> {
  return {
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_URL: telegram.apiUrl,
    WEBHOOK_URL: process.url,
    WEBHOOK_PATH: process.path,
    ...(process.secretToken === undefined ? {} : { WEBHOOK_SECRET: process.secretToken }),
    ...(process.listen === undefined ? {} : { LISTEN: process.listen }),
    ...(process.port === undefined ? {} : { PORT: String(process.port) }),
    ...(tls === undefined ? {} : { WEBHOOK_CERTIFICATE_PEM: tls.certificate, WEBHOOK_PRIVATE_KEY_PEM: tls.key }),
    ...presets[name].environment?.(process),
  };
}

async function processOf(name: PresetName, changes: Partial<BotProcess> = {}): Promise<BotProcess & { port: number }> {
  const port = changes.port ?? (await freePort());
  const webhookPath = `/tg/${id}`;
  const { maxConnections = 41, allowedUpdates } = presets[name];
  return {
    url: `http://127.0.0.1:${port}${webhookPath}`,
    path: webhookPath,
    listen: "127.0.0.1",
    port,
    secretToken,
    maxConnections,
    allowedUpdates: allowedUpdates === "default" ? [] : sorted(allowedUpdates),
    servesTls: false,
    ...changes,
  };
}

const startPage = async (name: PresetName, process: BotProcess & { port: number }, tls?: KeyPair) => {
  const env = environmentOf(name, process, tls);
  const { port, path: webhookPath } = process;
  return (bot = await startProgram({ framework: name, text: programOf(name), env, port, path: webhookPath }));
};

/** What the resource sets. */
const setWebhook = ({ url, maxConnections, allowedUpdates, ...process }: BotProcess, kinds = allowedUpdates) =>
  telegram.outsider(id).setWebhook({
    url,
    max_connections: maxConnections,
    allowed_updates: kinds,
    ...(process.secretToken === undefined ? {} : { secret_token: process.secretToken }),
    ...(process.ipAddress === undefined ? {} : { ip_address: process.ipAddress }),
    ...(process.uploadPem ? { certificate: process.uploadPem } : {}),
  });
const outcomes = () => telegram.deliveries(id).map(({ outcome, status }) => `${outcome} ${status}`);
/** Without those that were told to come again in a second. */
const setsOfClient = () =>
  telegram.journal({ botId: id, method: "setWebhook", by: "client" }).filter(({ status }) => status !== 429);
const isPonged = () => telegram.sent(id).some(({ text }) => text === "pong");

describe("the kinds of a preset", () => {
  test("are the kinds that the framework itself names", async () => {
    const { stdout } = await run(await botsPython(), [
      "-c",
      "import sysconfig; print(sysconfig.get_paths()['purelib'])",
    ]);
    const python = (file: string) => readFileSync(path.join(stdout.trim(), file), "utf8");
    const node = (file: string) => readFileSync(path.join(top, "node_modules", file), "utf8");
    /** What fits `each` in the part of a text from `begin` to `end`. */
    const within = (text: string, begin: string, end: string, each: RegExp) => {
      const from = text.indexOf(begin);
      return [...text.slice(from, text.indexOf(end, from)).matchAll(each)].map(([, kind = ""]) => kind);
    };
    const quoted = /= "(\w+)"$/gm;
    const optional = /^ {4}(\w+): \w+ \| None = None$/gm;
    const { API_CONSTANTS } = require("grammy") as { API_CONSTANTS: { ALL_UPDATE_TYPES: readonly string[] } };
    const named = {
      "python-telegram-bot": within(python("telegram/constants.py"), "class UpdateType(", "\nclass ", quoted),
      aiogram: within(python("aiogram/types/update.py"), "class Update(", "TYPE_CHECKING", optional),
      telepot: within(python("telepot/loop.py"), "def _extract_message(", "])", /'(\w+)'/g),
      mubble: within(python("mubble/types/enums.py"), "class UpdateType(", "\nclass ", quoted).filter((kind) =>
        python("mubble/types/objects.py").includes(`\n    ${kind}: Option[`),
      ),
      grammy: API_CONSTANTS.ALL_UPDATE_TYPES,
      telegraf: [...node("@telegraf/types/update.d.ts").matchAll(/ extends AbstractUpdate \{[^}]*?^ {8}(\w+):/gm)].map(
        ([, kind = ""]) => kind,
      ),
    };
    const inOrder = Object.entries(named).map(([name, kinds]) => [name, sorted(kinds)]);
    const ours = names.map((name) => [name, sorted(presets[name].kinds ?? allUpdateKinds)]);
    expect(Object.fromEntries(inOrder)).toEqual(Object.fromEntries(ours));
  });
});

describe("the program on the page", () => {
  beforeEach(() => beginWith({ local: true }));

  /** These fail on a kind that they do not know; to the others all kinds may come. */
  const fragile: readonly PresetName[] = ["telepot", "mubble"];
  /** grammY after ten seconds, as its program says. */
  const answersFirst: readonly PresetName[] = ["python-telegram-bot", "aiogram", "telepot", "grammy"];

  const sendAndSee = async (kinds: readonly string[]) => {
    for (const kind of kinds) telegram.update(id, { [kind]: updateSamples[kind] });
    const chats = Array.from({ length: 30 }, (_, at) => 5000 + at);
    for (const chatId of chats) telegram.message(id, { text: "ping", chatId });
    await until(() => telegram.sent(id).length >= chats.length && telegram.pending(id) === 0);
    expect(outcomes()).toEqual(Array(kinds.length + chats.length).fill("delivered 200"));
    const ponged = telegram.sent(id).map(({ chatId }) => Number(chatId));
    expect(ponged.sort((one, other) => one - other)).toEqual(chats);
  };

  /** Whether Telegram gets its answer before the handler is done, which here waits for a slow sendMessage. */
  const isAnsweredFirst = async (name: PresetName) => {
    const before = telegram.sent(id).length;
    telegram.clearJournal();
    telegram.fault({ kind: "slow", method: "sendMessage", milliseconds: 30_000 });
    telegram.message(id, { text: "ping" });
    await until(() => telegram.journal({ botId: id, method: "sendMessage" }).length > 0);
    if (answersFirst.includes(name)) await until(() => telegram.pending(id) === 0);
    await telegram.clock.advance(30);
    await until(() => telegram.sent(id).length > before && telegram.pending(id) === 0);
    return (telegram.deliveries(id).at(-1)?.at ?? "") < (telegram.sent(id).at(-1)?.at ?? "");
  };

  test.each(names)(
    "of %s takes each kind once, thirty chats at a time, a failing and a slow handler; another secret it refuses",
    async (name) => {
      const kinds = fragile.includes(name) ? (presets[name].kinds ?? []) : allUpdateKinds;
      const process = await processOf(name, { allowedUpdates: sorted(kinds) });
      await setWebhook(process);
      const { isAlive, lines, url } = await startPage(name, process);
      await sendAndSee(kinds);
      const complaints = lines().filter((line) => /Traceback|RuntimeWarning|ERROR|^\w*Error/.test(line));
      expect([isAlive(), complaints]).toEqual([true, []]);
      const headers = { "Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": "another" };
      const { status } = await fetch(url, { method: "POST", headers, body: '{"update_id":1}' });
      expect([401, 403]).toContain(status);
      expect(setsOfClient().map(({ status: answer }) => answer)).toEqual(presets[name].registersItself ? [200] : []);
      telegram.fault({ kind: "error", method: "sendMessage" });
      telegram.message(id, { text: "ping" });
      await until(() => telegram.pending(id) === 0);
      const begin = Date.now();
      expect(await isAnsweredFirst(name)).toBe(answersFirst.includes(name));
      if (name === "grammy") expect(Date.now() - begin).toBeGreaterThan(9_900);
      expect([new Set(outcomes()), isAlive()]).toEqual([new Set(["delivered 200"]), true]);
    },
  );

  test("of telepot stops at two updates of a kind that is not in the preset: Telegram sends nothing but these", async () => {
    const process = await processOf("telepot");
    await setWebhook(process, ["message", "chat_member"]);
    await startPage("telepot", process);
    const group = updateSamples["chat_member"] ?? {};
    const member = (user: number) => ({ ...group, new_chat_member: { status: "member", user: { id: user } } });
    const stuck = [1, 2].map((user) => telegram.update(id, { chat_member: member(user) }).updateId);
    telegram.message(id, { text: "ping" });
    const tries = () => telegram.deliveries(id).filter(({ status }) => status === 500);
    await until(() => stuck.every((each) => tries().filter(({ updateId }) => updateId === each).length >= 2));
    expect([new Set(telegram.deliveries(id).map(({ updateId }) => updateId)), isPonged()]).toEqual([
      new Set(stuck),
      false,
    ]);
  });

  test("of mubble answers 500 to a kind that is not in the preset, so it comes again", async () => {
    const process = await processOf("mubble");
    await setWebhook(process, ["purchased_paid_media"]);
    await startPage("mubble", process);
    telegram.update(id, { purchased_paid_media: updateSamples["purchased_paid_media"] });
    await until(() => outcomes().length >= 2);
    expect([new Set(outcomes()), telegram.pending(id)]).toEqual([new Set(["failed 500"]), 1]);
  });
});

describe("telepot's OrderedWebhook", () => {
  beforeEach(() => beginWith({ local: true }));
  const start = async () => (bot = await startBot("telepot", { telegram, token }));
  const handled = () => (bot?.lines() ?? []).filter((line) => line.startsWith("handled "));
  const post = async (update: object) => {
    const { status } = await fetch(bot?.url ?? "", { method: "POST", body: JSON.stringify(update) });
    return status;
  };
  const message = (update: number) => ({
    update_id: update,
    message: { message_id: 1, chat: { id: 1 }, text: `${update}` },
  });
  const other = (update: number) => ({ update_id: update, poll: { id: "1" } });

  test("answers 200 and handles nothing any more after two updates of another kind", async () => {
    await start();
    expect(await post(message(10))).toBe(200);
    await until(() => handled().length === 1);
    expect([await post(other(11)), await post(other(12))]).toEqual([200, 200]);
    await until(() => bot?.lines().some((line) => line.startsWith("Exception in thread")) ?? false);
    expect([await post(message(13)), handled()]).toEqual([200, ["handled 10"]]);
  });

  test("throws away, with a 200, what comes after a later number was handled", async () => {
    await start();
    for (const update of [10, 12]) expect(await post(message(update))).toBe(200);
    await until(() => handled().length === 2);
    for (const update of [11, 13]) expect(await post(message(update))).toBe(200);
    await until(() => handled().length === 3);
    expect(handled()).toEqual(["handled 10", "handled 12", "handled 13"]);
  });
});

describe("python-telegram-bot, which always registers,", () => {
  const host = "bots.example.com";
  beforeEach(() => beginWith({}));
  const atHost = async (changes: Partial<BotProcess> = {}) => {
    const process = await processOf("python-telegram-bot", { url: `https://${host}/tg/ours`, ...changes });
    telegram.setHost(host, { connect: `127.0.0.1:${process.port}` });
    return process;
  };
  const answers = () => setsOfClient().map(({ description }) => description);
  /** The slot of a second in which Telegram takes no other setWebhook. */
  const nextSlot = () => telegram.clock.advance(1);

  test.each([
    ["Telegram's default", { allowedUpdates: [] }],
    [
      "a list of kinds and a pinned address",
      { allowedUpdates: ["chat_member", "message"], ipAddress: "149.154.167.99" },
    ],
  ])("leaves a webhook with %s exactly as it is", async (_, changes) => {
    const process = await atHost(changes);
    await setWebhook(process);
    const { lastError: _before, ...set } = telegram.state(id);
    await nextSlot();
    await startPage("python-telegram-bot", process);
    const { lastError: _after, ...left } = telegram.state(id);
    expect([answers(), left]).toEqual([["Webhook is already set"], set]);
    expect(left).toMatchObject({ secretToken, maxConnections: 41, ipFixed: "ipAddress" in changes });
  });

  test("asks for Telegram's default in so many words, where another list was set", async () => {
    const process = await atHost();
    await setWebhook(process, ["message"]);
    await nextSlot();
    await startPage("python-telegram-bot", process);
    expect(telegram.state(id).allowedUpdates).toBeNull();
  });

  test("loses the secret, a connection and the address without the preset's arguments, and keeps the list", async () => {
    const process = await atHost({ allowedUpdates: ["message"], ipAddress: "149.154.167.99" });
    await setWebhook(process);
    await nextSlot();
    const { url, path: webhookPath, port } = process;
    const own = { listen: "127.0.0.1", port, url_path: webhookPath, webhook_url: url };
    const env = { ...environmentOf("python-telegram-bot", process), RUN_WEBHOOK: JSON.stringify(own) };
    const text = programOf("python-telegram-bot");
    bot = await startProgram({ framework: "python-telegram-bot", text, env, port, path: webhookPath });
    const { secretToken: secret, maxConnections, ipFixed, allowedUpdates } = telegram.state(id);
    expect({ answers: answers(), secret, maxConnections, ipFixed, allowedUpdates }).toEqual({
      answers: ["Webhook was set"],
      secret: null,
      maxConnections: 40,
      ipFixed: false,
      allowedUpdates: ["message"],
    });
  });

  test("uploads what the webhook uploads, byte for byte, where a route serves TLS", async () => {
    const { certificate: uploadPem } = await makeLeaf({ names: [host] });
    const process = await atHost({ uploadPem });
    await setWebhook(process);
    await nextSlot();
    await startPage("python-telegram-bot", process);
    expect([answers(), telegram.state(id).certificate]).toEqual([["Webhook was set"], uploadPem]);
  });

  test("serves the certificate of its key and uploads every anchor, where it serves TLS itself", async () => {
    const [before, now, next] = await Promise.all([1, 2, 3].map(() => makeLeaf({ names: [host] })));
    if (!before || !now || !next) throw new Error("three certificates are needed");
    const uploadPem = [before, now, next].map(({ certificate }) => certificate).join("");
    const process = await atHost({ path: "/tg/ours", uploadPem, servesTls: true });
    await startPage("python-telegram-bot", process, now);
    telegram.message(id, { text: "ping" });
    await until(() => isPonged() && telegram.pending(id) === 0);
    expect([outcomes(), telegram.state(id).certificate]).toEqual([
      ["delivered 200"],
      [now.certificate, uploadPem].join("\n"),
    ]);
  });

  test("ends before it calls Telegram, where it would serve the certificate of a public authority", async () => {
    const process = await atHost({ servesTls: true });
    const leaf = await makeLeaf({ names: [host] });
    await expect(startPage("python-telegram-bot", process, leaf)).rejects.toThrow("KeyError: 'WEBHOOK_UPLOAD_PEM'");
    expect(setsOfClient()).toEqual([]);
  });
});
