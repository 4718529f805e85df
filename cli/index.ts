#!/usr/bin/env node
// The command `pulumi-telegram`: doctor looks at an endpoint, fake runs the fake server.
import "../provider/core/node-version";
import { Command, CommanderError } from "commander";
import { telegramApiUrl } from "../provider/constants/telegram";

const exitCodes = `
Exit codes of doctor: 0 all checks pass, 1 a check failed, 2 usage, 3 nothing failed and something could not be told.`;

function program(): Command {
  const { version } = require("pulumi-telegram/package.json") as { version: string };
  const all = new Command("pulumi-telegram")
    .description("Looks at a bot's webhook endpoint, and runs the fake server, which behaves as Telegram's Bot API.")
    .version(version, "--version", "print the version")
    .helpOption("--help", "print this text")
    .addHelpText("after", exitCodes)
    .enablePositionalOptions()
    .exitOverride();
  const several = (value: string, before: string[] = []) => [...before, value];
  all
    .command("doctor")
    .description(
      "Checks an endpoint as Telegram sees it: DNS, TLS, HTTP and, with --token-env or --stack, the webhook itself.",
    )
    .argument("[url]", "the webhook's URL; with --stack only where the stack has several")
    .option("--stack <name>", "read URL, secret, certificate, token and route from this stack, with Pulumi's command")
    .option("--secret-env <name>", "environment variable with the secret token")
    .option("--certificate <file>", "PEM that is uploaded to Telegram")
    .option("--token-env <name>", "environment variable with the bot's token: asks Telegram too")
    .option("--api-url <url>", `Bot API server (default: ${telegramApiUrl})`)
    .option("--name-server <ip[:port]>", "asked instead of the system's resolver; may be given several times", several)
    .option("--allow-private-addresses", "the name may resolve to an address that Telegram refuses")
    .option("--timeout <seconds>", "look again for so long while time may help, 0 to 3600", "0")
    .option("--json", "print one JSON document")
    .helpOption("--help", "print this text")
    .addHelpText("after", exitCodes)
    .action(async (url: string | undefined, options: import("./doctor").DoctorOptions) => {
      process.exitCode = await (require("./doctor") as typeof import("./doctor")).doctor(url, options, version);
    });
  all
    .command("fake")
    .description("Runs the fake server until Ctrl-C; `pulumi-telegram fake --help` lists its options.")
    .argument("[options...]")
    .helpOption(false)
    .passThroughOptions()
    .allowUnknownOption()
    .action((words: string[]) =>
      (require("../testing/cli") as typeof import("../testing/cli")).main(["fake", ...words]),
    );
  return all;
}

async function main(argv: readonly string[]): Promise<void> {
  const all = program();
  if (argv.length === 0) return all.outputHelp();
  try {
    await all.parseAsync(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : 2; // commander has said what is wrong
  }
}

if (require.main === module) void main(process.argv.slice(2));
