#!/usr/bin/env node
// The command `pulumi-telegram fake`: the fake Bot API server for people, until Ctrl-C.
import { startFakeTelegram } from "./server";
import { isWellFormed, tokenForm } from "./token";
import type { FakeTelegram, FakeTelegramOptions } from "./types";

export const USAGE = `Usage: pulumi-telegram fake [options]

Runs the fake server on 127.0.0.1 until Ctrl-C: it behaves as Telegram's Bot API server does.

  --port <number>          port of the Bot API (default 8081)
  --control-port <number>  port of the page and the control API (default: one more than --port)
  --bot <token>            a bot; may be given several times (default: one is made up)
  --local                  like a self-hosted server with --local: http, any port, any address
  --accept-any-token       every well-formed token is a bot
  --resolve-everything     every host name is found, at 127.0.0.1; without it, only names that the control API was told
  --help                   this text

What the fake server does is set and read over HTTP at the port of the page: hosts, faults, the clock, messages to the bot.
All calls: testing/README.md in the package (node_modules/pulumi-telegram/testing/README.md).`;

/** What the command line asks for. `problem` is one sentence. */
export type Command =
  | { run: "usage" }
  | { run: "fake"; options: FakeTelegramOptions; tokens: string[] }
  | { run: "refuse"; problem: string };

export function readCommand(argv: readonly string[]): Command {
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || name === "help") return { run: "usage" };
  if (name !== "fake") return { run: "refuse", problem: `There is no command ${name}; try pulumi-telegram fake.` };
  const options: FakeTelegramOptions = {};
  const tokens: string[] = [];
  const words = rest.flatMap((word) => (/^--[a-z-]+=/.test(word) ? splitOption(word) : [word]));
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "--help") return { run: "usage" };
    else if (word === "--local") options.local = true;
    else if (word === "--accept-any-token") options.acceptAnyToken = true;
    else if (word === "--resolve-everything") options.resolveEverything = {};
    else if (word === "--port" || word === "--control-port") {
      const text = words.shift() ?? "";
      const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
      if (port > 65535) return { run: "refuse", problem: `${word} needs a port from 0 to 65535.` };
      options[word === "--port" ? "port" : "controlPort"] = port;
    } else if (word === "--bot") {
      const token = words.shift() ?? "";
      if (!isWellFormed(token)) return { run: "refuse", problem: `--bot needs a token, ${tokenForm}.` };
      tokens.push(token);
    } else return { run: "refuse", problem: `There is no option ${word}; pulumi-telegram fake --help lists them.` };
  }
  options.port ??= 8081;
  options.controlPort ??= options.port === 0 ? 0 : options.port + 1;
  return { run: "fake", options, tokens };
}

function splitOption(word: string): string[] {
  const equals = word.indexOf("=");
  return [word.slice(0, equals), word.slice(equals + 1)];
}

/** The lines that tell a person where everything is, and what a program must be told to use it. */
export function greeting(telegram: FakeTelegram, { resolveEverything }: FakeTelegramOptions = {}): string {
  const bots = telegram.bots();
  const variables = [
    `TELEGRAM_API_URL=${telegram.apiUrl}`,
    ...bots.slice(0, 1).map(({ token }) => `TELEGRAM_BOT_TOKEN=${token}`),
    // Whatever the public DNS says of a name is not what this server sees.
    ...(resolveEverything ? ["TELEGRAM_PREFLIGHT=false"] : []),
  ];
  return [
    `Bot API  ${telegram.apiUrl}`,
    `Page     ${telegram.controlUrl}/`,
    ...bots.map(({ token, username }) => `Bot      ${token}  @${username}`),
    `For a Pulumi program in another terminal:  export ${variables.join(" ")}`,
    "Ctrl-C stops it.",
  ].join("\n");
}

export async function main(argv: readonly string[]): Promise<void> {
  const command = readCommand(argv);
  if (command.run === "usage") return console.log(USAGE);
  if (command.run === "refuse") return refuse(command.problem);
  let telegram: FakeTelegram;
  try {
    telegram = await startFakeTelegram(command.options);
  } catch (error) {
    const { code, port } = error as NodeJS.ErrnoException & { port?: number };
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    return refuse(`Port ${port} cannot be used (${code}); choose another with --port or --control-port.`);
  }
  const isMadeUp = command.tokens.length === 0 && command.options.acceptAnyToken !== true;
  for (const token of new Set(command.tokens)) telegram.addBot({ token });
  if (isMadeUp) telegram.addBot();
  console.log(greeting(telegram, command.options));
  const stop = () => void telegram.close();
  process.once("SIGINT", stop).once("SIGTERM", stop);
}

function refuse(problem: string): void {
  console.error(problem);
  process.exitCode = 2;
}

if (require.main === module) void main(process.argv.slice(2));
