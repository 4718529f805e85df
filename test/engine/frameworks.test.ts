// Six real bot frameworks: what a check of their endpoint does to them, and what they do to a webhook by themselves.
import { createHash } from "node:crypto";
import * as net from "node:net";
import { startFakeTelegram, type FakeTelegram } from "../../testing";
import { frameworks, startBot, type BotOptions, type Framework, type RunningBot } from "../support/bots";
import { botsPython } from "../support/python";
import { until } from "../support/until";

const secretToken = "the-secret-of-this-bot";
let telegram: FakeTelegram;
let bot: RunningBot | undefined;

beforeAll(async () => void (await botsPython()), 600_000); // the first time on a machine it is installed
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
  await telegram.close();
});

describe("a check of the endpoint", () => {
  let id: string;
  let token: string;
  beforeEach(async () => {
    telegram = await startFakeTelegram({ local: true });
    ({ id, token } = telegram.addBot());
  });

  const serve = async (framework: Framework, options: Partial<BotOptions> = { secretToken }) =>
    (bot = await startBot(framework, { telegram, token, ...options }));
  /** What a bot does with a message of Telegram that comes after all else: the texts its handler saw, what it sent. */
  const afterNextUpdate = async ({ url, lines, isAlive }: RunningBot) => {
    await telegram.outsider(id).setWebhook({ url, secret_token: secretToken });
    telegram.message(id, { text: "ping" });
    await until(() => telegram.sent(id).length > 0);
    const handled = lines().filter((line) => line.startsWith("handled "));
    return { handled, sent: telegram.sent(id).map(({ text }) => text), isAlive: isAlive() };
  };
  const unharmed = { handled: ["handled ping"], sent: ["pong"], isAlive: true };

  /** Wrong secret, then right. grammY refuses in words of its own, and is not asked again. */
  const answers: Record<Framework, string[]> = {
    "python-telegram-bot": ["403 html", "500 html"],
    aiogram: ["401 text", "500 text"],
    telepot: ["500 html", "500 html"],
    mubble: ["500 text", "500 text"],
    grammy: ["401 secret token is wrong"],
    telegraf: ["403 empty", "415 empty"],
  };
  test.each(frameworks)("leaves %s as it was: no handler runs, the next update is handled", async (framework) => {
    const running = await serve(framework);
    expect(await check(running)).toEqual(answers[framework]);
    expect(await afterNextUpdate(running)).toEqual(unharmed);
  });

  test("must not send an empty body with the right secret to grammY on Node's own server: it ends", async () => {
    const { port, path, isAlive, lines } = await serve("grammy");
    expect(await post(port, path, secretToken)).toBe("no answer");
    await until(() => !isAlive());
    expect(lines()).toContain("SyntaxError: Unexpected end of JSON input");
  });

  test("ends grammY on Node's own server when that checks no secret, as any request without an update does", async () => {
    const { port, path, isAlive } = await serve("grammy", {});
    expect(await post(port, path, "another-secret")).toBe("no answer");
    await until(() => !isAlive());
  });
});

describe("by itself", () => {
  const ours = "https://bots.example.com/tg/ours";
  let id: string;
  let token: string;
  beforeEach(async () => {
    telegram = await startFakeTelegram();
    telegram.setHost("bots.example.com", {});
    ({ id, token } = telegram.addBot());
    const allowed_updates = ["message"];
    await telegram.outsider(id).setWebhook({ url: ours, secret_token: "ours", max_connections: 41, allowed_updates });
    await telegram.clock.advance(1); // the slot of a second for the next setWebhook
  });

  const start = async (framework: Framework, mode: "register" | "poll") =>
    (bot = await startBot(framework, { telegram, token, mode, url: ours }));
  const webhook = () => {
    const { url, secretToken, maxConnections, allowedUpdates } = telegram.state(id);
    return { url, secretToken, maxConnections, allowedUpdates };
  };
  const setBefore = { url: ours, secretToken: "ours", maxConnections: 41, allowedUpdates: ["message"] };
  const calls = (method: string) => telegram.journal({ botId: id, method, by: "client" });
  const sentBy = (method: string) => calls(method).map(({ parameters }) => parameters);

  /** Telegraf's own path: it changes with the token and with the version of Node.js. */
  const telegrafUrl = () => {
    const hash = createHash("sha3-256").update(token).update(process.version).digest("hex");
    return `https://bots.example.com/telegraf/${hash}`;
  };
  const registered: Record<Framework, () => Record<string, string>> = {
    "python-telegram-bot": () => ({ url: ours, max_connections: "40" }),
    aiogram: () => ({ url: ours }),
    telepot: () => ({ url: ours }),
    mubble: () => ({ url: ours }),
    grammy: () => ({ url: ours }),
    telegraf: () => ({ url: telegrafUrl() }),
  };
  test.each(frameworks)(
    "%s registers without our secret and with 40 connections; its end removes nothing",
    async (framework) => {
      const running = await start(framework, "register");
      const sent = registered[framework]();
      expect(sentBy("setWebhook")).toEqual([sent]);
      const left = { url: sent["url"], secretToken: null, maxConnections: 40, allowedUpdates: ["message"] };
      expect(webhook()).toEqual(left);
      expect(await running.stop()).not.toBe("SIGKILL");
      expect([calls("deleteWebhook"), webhook()]).toEqual([[], left]);
    },
  );

  const none = { url: "", secretToken: null, maxConnections: 0 };
  test.each([
    ["python-telegram-bot", ["message"]],
    ["grammy", null],
    ["telegraf", null],
  ] as const)(
    "%s removes the webhook when it starts to poll, and then asks for %p",
    async (framework, allowedUpdates) => {
      await start(framework, "poll");
      expect(sentBy("deleteWebhook")).toEqual([{}]);
      await until(() => telegram.state(id).allowedUpdates === null || allowedUpdates !== null);
      expect(webhook()).toEqual({ ...none, allowedUpdates });
    },
  );

  test.each(["aiogram", "telepot", "mubble"] as const)(
    "%s starts to poll beside the webhook, which stays: it is refused",
    async (framework) => {
      await start(framework, "poll");
      await until(() => calls("getUpdates").every(({ status }) => status !== 0));
      expect(calls("getUpdates")[0]?.description).toBe(
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      );
      expect([calls("deleteWebhook"), webhook()]).toEqual([[], setBefore]);
    },
  );
});

/** The two requests of the check: an empty body with a wrong secret, then, unless grammY answered, with the right one. */
async function check({ port, path }: RunningBot): Promise<string[]> {
  const first = await post(port, path, "another-secret-of-its-size");
  return first.endsWith("secret token is wrong") ? [first] : [first, await post(port, path, secretToken)];
}

/** One request with the bytes of a delivery; gives the status and what kind of body came, or grammY's own words. */
async function post(port: number, path: string, secret: string): Promise<string> {
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    `X-Telegram-Bot-Api-Secret-Token: ${secret}`,
    "Content-Type: application/json",
    "Content-Length: 0",
    "Connection: close",
    "Accept-Encoding: gzip, deflate",
  ];
  const answer = await exchange(port, `${head.join("\r\n")}\r\n\r\n`);
  if (answer === "") return "no answer";
  const status = answer.split(" ")[1];
  const content = answer.slice(answer.indexOf("\r\n\r\n") + 4);
  const words = "secret token is wrong"; // may stand within a chunk
  if (content.includes(words)) return `${status} ${words}`;
  if (/^<(!doctype html|html)/i.test(content)) return `${status} html`;
  return `${status} ${content === "" || content === "0\r\n\r\n" ? "empty" : "text"}`;
}

/** Everything that comes back until the far side closes. */
function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = net.connect(port, "127.0.0.1", () => socket.write(request));
    socket.setTimeout(10_000, () => socket.destroy());
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    socket.on("error", () => undefined); // a bot that ends resets the connection
    socket.on("close", () => resolve(answer));
  });
}
