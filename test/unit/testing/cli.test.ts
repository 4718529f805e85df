// The command line of `pulumi-telegram fake`: what it asks for, and what it prints.
import { greeting, readCommand, USAGE } from "../../../testing/cli";
import { tokenForm } from "../../../testing/token";
import { fixtures } from "./raw";

const start = fixtures();
const TOKEN = "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const OTHER = `1:${"a".repeat(24)}`;

test.each([[[]], [["--help"]], [["help"]], [["fake", "--help"]]])("%j prints the usage", (argv) => {
  expect(readCommand(argv)).toEqual({ run: "usage" });
});

test("the page is one port above the API unless told otherwise", () => {
  const portsOf = (...argv: string[]) => {
    const command = readCommand(["fake", ...argv]);
    return command.run === "fake" ? [command.options.port, command.options.controlPort] : command;
  };
  expect([
    portsOf(),
    portsOf("--port", "9000"),
    portsOf("--port=0"),
    portsOf("--control-port", "7", "--port", "8"),
  ]).toEqual([
    [8081, 8082],
    [9000, 9001],
    [0, 0],
    [8, 7],
  ]);
});

test("options are read, --bot several times", () => {
  expect(
    readCommand(["fake", "--local", "--accept-any-token", "--resolve-everything", "--bot", TOKEN, `--bot=${OTHER}`]),
  ).toEqual({
    run: "fake",
    options: { local: true, acceptAnyToken: true, resolveEverything: {}, port: 8081, controlPort: 8082 },
    tokens: [TOKEN, OTHER],
  });
});

test.each([
  [["deploy"], "There is no command deploy; try pulumi-telegram fake."],
  [["fake", "--loud"], "There is no option --loud; pulumi-telegram fake --help lists them."],
  [["fake", "--port", "x"], "--port needs a port from 0 to 65535."],
  [["fake", "--port", "65536"], "--port needs a port from 0 to 65535."],
  [["fake", "--control-port"], "--control-port needs a port from 0 to 65535."],
  [["fake", "--bot", "abc"], `--bot needs a token, ${tokenForm}.`],
  [["fake", "--bot", "1:a"], `--bot needs a token, ${tokenForm}.`],
])("%j is refused in one sentence", (argv, problem) => {
  expect(readCommand(argv)).toEqual({ run: "refuse", problem });
});

test("every option is in the usage", () => {
  const options = [
    "--port",
    "--control-port",
    "--bot",
    "--local",
    "--accept-any-token",
    "--resolve-everything",
    "--help",
  ];
  expect(options.filter((option) => !USAGE.includes(`  ${option} `))).toEqual([]);
});

test("the greeting says where API, page and bots are", async () => {
  const bot = await start();
  expect(greeting(bot.telegram).split("\n")).toEqual([
    `Bot API  ${bot.telegram.apiUrl}`,
    `Page     ${bot.telegram.controlUrl}/`,
    `Bot      ${bot.token}  @a_bot`,
    `For a Pulumi program in another terminal:  export TELEGRAM_API_URL=${bot.telegram.apiUrl} TELEGRAM_BOT_TOKEN=${bot.token}`,
    "Ctrl-C stops it.",
  ]);
  // The public DNS does not know the names that such a server finds.
  expect(greeting(bot.telegram, { resolveEverything: {} })).toMatch(/ TELEGRAM_PREFLIGHT=false\n/);
});
