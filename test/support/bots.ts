// Bots made with real frameworks, each a process of its own: to serve updates, or to do to a webhook what the framework does.
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { FakeTelegram } from "../../testing";
import { freePort, isListening } from "./ports";
import { start, type Running } from "./process";
import { botsPython } from "./python";
import { until } from "./until";

const folder = path.join(__dirname, "../fixtures/bots");
const programs = {
  "python-telegram-bot": "python_telegram_bot.py",
  aiogram: "aiogram_bot.py",
  telepot: "telepot_bot.py",
  mubble: "mubble_bot.py",
  grammy: "grammy_bot.cjs",
  telegraf: "telegraf_bot.cjs",
};

/** Python frameworks load for seconds, on a busy machine for many. */
const startSeconds = 90;

export type Framework = keyof typeof programs;
export const frameworks = Object.keys(programs) as Framework[];

/**
 * - `serve`: listens for updates and leaves the webhook alone (python-telegram-bot cannot: it sets `url` with `secretToken`).
 * - `register`: sets the webhook as the framework does by itself, or as its guide does: without our secret.
 * - `poll`: starts polling.
 */
export type Mode = "serve" | "register" | "poll";

export interface BotOptions {
  telegram: FakeTelegram;
  token: string;
  /** Default "serve". */
  mode?: Mode;
  /** What the bot checks when it serves, if its framework can. Default: nothing. */
  secretToken?: string;
  /** What the bot believes to be its URL. Default `http://127.0.0.1:<port><path>`. */
  url?: string;
}

export interface RunningBot {
  port: number;
  path: string;
  /** Where it listens: `http://127.0.0.1:<port><path>`. */
  url: string;
  /** Everything printed so far; `handled <text>` for each run of its handler. */
  lines: () => string[];
  isAlive: () => boolean;
  /** SIGTERM, and SIGKILL long after; gives the signal that ended it, or null when it ended by itself. */
  stop: () => Promise<NodeJS.Signals | null>;
}

/** What every process here gets besides what it is told. */
const surroundings = { PATH: process.env.PATH, HOME: process.env.HOME, PYTHONDONTWRITEBYTECODE: "1" };
const isPython = (framework: Framework) => programs[framework].endsWith(".py");
const runtimeOf = async (framework: Framework) => (isPython(framework) ? await botsPython() : process.execPath);

/** Starts a bot; resolves when it serves, has called setWebhook, or has begun to poll. */
export async function startBot(framework: Framework, options: BotOptions): Promise<RunningBot> {
  const { telegram, token, mode = "serve", secretToken } = options;
  const port = await freePort();
  const botId = token.slice(0, token.indexOf(":"));
  const webhookPath = `/tg/${botId}`;
  const url = `http://127.0.0.1:${port}${webhookPath}`;
  const env: NodeJS.ProcessEnv = {
    ...surroundings,
    TELEGRAM_API_URL: telegram.apiUrl,
    TELEGRAM_BOT_TOKEN: token,
    PORT: String(port),
    WEBHOOK_PATH: webhookPath,
    WEBHOOK_URL: options.url ?? url,
    ...(secretToken === undefined ? {} : { WEBHOOK_SECRET: secretToken }),
  };
  const child = start(await runtimeOf(framework), [path.join(folder, programs[framework]), mode], { env });
  const bot = running(child, { port, path: webhookPath, url });
  const hasCalled = (method: string) =>
    telegram.journal({ botId, method, by: "client" }).some(({ status }) => method === "getUpdates" || status !== 0);
  return comeUp(child, bot, async () => {
    const method = mode === "poll" ? "getUpdates" : "setWebhook";
    const setsItself = mode !== "serve" || framework === "python-telegram-bot";
    if (setsItself) await until(() => !bot.isAlive() || hasCalled(method), startSeconds);
    if (mode !== "poll") await until(async () => !bot.isAlive() || (await isListening(port)), startSeconds);
  });
}

export interface BotProgram {
  framework: Framework;
  /** The program: Python, or a module of Node.js. */
  text: string;
  /** All that it is told. */
  env: Readonly<Record<string, string>>;
  port: number;
  path: string;
}

/** Starts a program as it stands on a page; resolves when it listens. */
export async function startProgram({ framework, text, env, port, path: webhookPath }: BotProgram): Promise<RunningBot> {
  const own = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-bot-"));
  const file = path.join(own, isPython(framework) ? "bot.py" : "bot.mjs");
  writeFileSync(file, text);
  symlinkSync(path.join(__dirname, "../../node_modules"), path.join(own, "node_modules"));
  const before = framework === "telepot" ? [path.join(folder, "telepot_elsewhere.py")] : [];
  const child = start(await runtimeOf(framework), [...before, file], { env: { ...surroundings, ...env } });
  void child.ended.then(() => rmSync(own, { recursive: true, force: true }));
  const bot = running(child, { port, path: webhookPath, url: `http://127.0.0.1:${port}${webhookPath}` });
  return comeUp(child, bot, () => until(async () => !bot.isAlive() || (await isListening(port)), startSeconds));
}

function running(child: Running, place: Pick<RunningBot, "port" | "path" | "url">): RunningBot {
  let hasEnded = false;
  void child.ended.then(() => (hasEnded = true));
  return {
    ...place,
    lines: () => child.output().split("\n").slice(0, -1),
    isAlive: () => !hasEnded,
    stop: async () => {
      await child.stop(startSeconds);
      return (await child.ended).signal;
    },
  };
}

async function comeUp(child: Running, bot: RunningBot, wait: () => Promise<void>): Promise<RunningBot> {
  try {
    await wait();
    if (!bot.isAlive()) throw new Error("it ended");
    return bot;
  } catch (error) {
    await child.stop();
    throw new Error(`${child.title} did not come up. It printed:\n${child.output()}`, { cause: error });
  }
}
