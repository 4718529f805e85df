// Six real bot frameworks: what a check of their endpoint does to them, and what they do to a webhook by themselves.
import { createHash } from "node:crypto";
import * as net from "node:net";
import { probeHttp } from "../../provider/probe/http";
import type { HttpVerdict } from "../../provider/probe/verdict";
import { startFakeTelegram, type FakeTelegram } from "../../testing";
import { frameworks, startBot, type BotOptions, type Framework, type RunningBot } from "../support/bots";
import { botsPython } from "../support/python";
import { realTime } from "../support/real-time";
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

  /** grammY refuses in words of its own, and is not asked again; telepot and Mubble check no secret. */
  const verdicts: Record<Framework, HttpVerdict["secret"]> = {
    "python-telegram-bot": "accepted",
    aiogram: "accepted",
    telepot: "unchecked",
    mubble: "unchecked",
    grammy: "unknown",
    telegraf: "accepted",
  };
  test.each(frameworks)("leaves %s as it was: no handler runs, the next update is handled", async (framework) => {
    const running = await serve(framework);
    const { port, url } = running;
    const endpoint = { host: "127.0.0.1", address: "127.0.0.1", port, url, secretToken };
    const { outcome, secret, warnings = [] } = await probeHttp(endpoint, realTime());
    const isWarned = verdicts[framework] === "unchecked";
    expect([outcome, secret, warnings.length]).toEqual(["pass", verdicts[framework], isWarned ? 1 : 0]);
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

/** One request with the bytes of a delivery; gives the status. */
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
  return answer.split(" ")[1] ?? "";
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
