// TelegramWebhook through the real CLI: names, tokens, configuration, options, and what a preview refuses.
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { until } from "../support/until";
import { both, calls, onFakeTelegram, testBot } from "../support/webhooks";
import type { WebhookProject } from "../support/webhooks";

let telegram: FakeTelegram;
const newProject = onFakeTelegram((started) => {
  telegram = started;
});

beforeEach(() => telegram.clearJournal());

const names = (project: WebhookProject) =>
  project
    .state()
    .resources.flatMap(({ type, urn }) => (type.includes("TelegramWebhook") ? [urn.split("::").at(-1)] : []));

describe("a rename without an alias keeps the webhook", () => {
  test("at the top of the program, and a destroy afterwards removes it", async () => {
    const bot = testBot(telegram);
    const project = await newProject();
    project.declare({ before: bot.args });
    await project.up();
    project.declare({ after: bot.args });
    const { stdout } = await project.up();
    expect(stdout).toMatch(
      /before: the webhook of bot \d+ at \S+ is now declared by after: renamed without an alias; left in place/,
    );
    expect(telegram.state(bot.id)).toMatchObject({ url: bot.url, secretToken: bot.args["secretToken"] });
    expect(names(project)).toEqual(["after"]);
    await project.destroy();
    expect(telegram.state(bot.id).url).toBe("");
  });

  test("into a component", async () => {
    const bot = testBot(telegram);
    const project = await newProject();
    project.declare({ bot: bot.args });
    await project.up();
    project.declare({ bot: { args: bot.args, inside: "app" } });
    const { stdout } = await project.up();
    expect(stdout).toMatch(/is now declared by test:index:App::app \/ bot: renamed without an alias/);
    expect(telegram.state(bot.id).url).toBe(bot.url);
    await project.preview(["--expect-no-changes"]);
  });

  test("when the command is killed before the old one is deleted", async () => {
    const [bot, slow] = [testBot(telegram), testBot(telegram)];
    const project = await newProject();
    project.declare({ before: bot.args });
    await project.up();
    // Deletes come after every other step: a slow creation keeps the old one waiting.
    telegram.fault({ botId: slow.id, method: "setWebhook", kind: "slow", milliseconds: 20_000 });
    telegram.clearJournal();
    project.declare({ after: bot.args, slow: slow.args });
    const running = project.start(["up", "--yes", "--skip-preview"]);
    await until(() => names(project).includes("after") && calls(telegram, slow).includes("setWebhook"));
    running.kill("SIGKILL");
    await project.recover();
    expect(names(project).sort()).toEqual(["after", "before"]);
    await project.up();
    expect(names(project).sort()).toEqual(["after", "slow"]);
    expect(telegram.state(bot.id).url).toBe(bot.url);
  });
});

test("two resources that declare one bot are refused in the preview, and nothing is sent", async () => {
  const bot = testBot(telegram);
  const project = await newProject();
  project.declare({ one: bot.args, two: bot.args });
  const said = both(await project.preview([], { expect: "any" }));
  expect(said).toMatch(
    /TelegramWebhook (one|two): the webhook of bot \d+ at \S+ is declared by (one|two) too; keep one of them/,
  );
  expect(telegram.journal({ botId: bot.id })).toEqual([]);
});

test("bots of several servers, and an explicit provider, live in one program", async () => {
  const other = await startFakeTelegram();
  const [first, second, third] = [testBot(telegram), testBot(other), testBot(telegram)];
  const project = await newProject({
    program: `
      const pulumi = require("@pulumi/pulumi");
      const { TelegramWebhook } = require("pulumi-telegram");
      const [first, second, third] = ${JSON.stringify([first.args, second.args, third.args])};
      new TelegramWebhook("first", first);
      new TelegramWebhook("second", second);
      const provider = new pulumi.ProviderResource("pulumi-nodejs", "own", {});
      new TelegramWebhook("third", third, { provider });
    `,
  });
  await project.up();
  expect(telegram.state(first.id).url).toBe(first.url);
  expect(other.state(second.id).url).toBe(second.url);
  expect(telegram.state(third.id).url).toBe(third.url);
  await project.destroy();
  expect([telegram.state(first.id).url, other.state(second.id).url, telegram.state(third.id).url]).toEqual([
    "",
    "",
    "",
  ]);
  await other.close();
});

describe("a token that is not an argument", () => {
  test("comes from the stack's secret configuration, and the environment's only without that", async () => {
    const [bot, other] = [testBot(telegram), testBot(telegram)];
    const project = await newProject({
      config: { "telegram:token": { secret: bot.token }, "telegram:apiUrl": telegram.apiUrl },
    });
    project.declare({ bot: { url: bot.url, secretToken: "x" } });
    const env = { TELEGRAM_BOT_TOKEN: other.token };
    expect(both(await project.up([], { env }))).not.toContain("TELEGRAM_BOT_TOKEN");
    expect(telegram.state(bot.id).url).toBe(bot.url);
    expect(telegram.state(other.id).url).toBe("");
    expect(project.backendText()).not.toContain(bot.token.split(":")[1]);
  });

  test("comes from the environment with the advice to name the bot", async () => {
    const bot = testBot(telegram);
    const project = await newProject();
    project.declare({ bot: { url: bot.url, secretToken: "x" } });
    const env = { TELEGRAM_BOT_TOKEN: bot.token, TELEGRAM_API_URL: telegram.apiUrl };
    expect(both(await project.up([], { env }))).toContain("give expectBot to refuse another bot's");
    expect(telegram.state(bot.id).url).toBe(bot.url);
  });

  test("in plain text in the configuration is refused with the cure", async () => {
    const bot = testBot(telegram);
    const project = await newProject({ config: { "telegram:token": bot.token } });
    project.declare({ bot: { url: bot.url } });
    const said = both(await project.preview([], { expect: "any" }));
    expect(said).toContain(
      "telegram:token is stored in plain text in the stack's configuration; run `pulumi config set --secret telegram:token`",
    );
    expect(said).not.toContain(bot.token.split(":")[1]);
  });

  test("is required, and the three ways are named", async () => {
    const project = await newProject();
    project.declare({ bot: { url: "https://bots.example.com/x" } });
    const said = both(await project.preview([], { expect: "any" }));
    expect(said).toContain(
      "token is required: give token or tokenFrom, or run `pulumi config set --secret telegram:token`, or set TELEGRAM_BOT_TOKEN",
    );
  });
});

test.each([
  ["http://bots.example.com/x", /url must .*https/],
  ["https://bots.example.com:444/x", /url must .*port/],
  ["https://10.0.0.4/x", /url must .*10\.0\.0\.4/],
])("the preview refuses %s with one sentence and sends nothing", async (url, reason) => {
  const bot = testBot(telegram);
  const project = await newProject();
  project.declare({ bot: { ...bot.args, url } });
  const said = both(await project.preview([], { expect: "any" }));
  expect(said).toMatch(reason);
  expect(said.slice(said.indexOf("Diagnostics:")).match(/error: /g)).toHaveLength(1);
  expect(telegram.journal({ botId: bot.id })).toEqual([]);
});

test("a refused secret is described, never shown", async () => {
  const bot = testBot(telegram);
  const project = await newProject();
  project.declare({ bot: { ...bot.args, secretToken: { $secret: "not:allowed-in-a-secret-token" } } });
  const said = both(await project.preview([], { expect: "any" }));
  expect(said).toMatch(/secretToken must have only/);
  expect(said).not.toContain("not:allowed");
});

test("an argument that does not exist is refused with the ones that do", async () => {
  const bot = testBot(telegram);
  const project = await newProject();
  project.declare({ bot: { ...bot.args, secret: "x" } });
  const said = both(await project.preview([], { expect: "any" }));
  expect(said).toContain('TelegramWebhook bot has no argument "secret"; it takes token, tokenFrom, url, certificate');
  expect(said).not.toMatch(/^\s+at /m);
});

test.each(["import", "id"])("the option %s is refused in one sentence", async (option) => {
  const bot = testBot(telegram);
  const project = await newProject();
  project.declare({ bot: { args: bot.args, options: { [option]: bot.id } } });
  const said = both(await project.preview([], { expect: "any" }));
  expect(said).toContain(
    `TelegramWebhook bot: the option "${option}" is not offered; declare the resource, and what is there already is adopted`,
  );
});

test("a foreign URL that ignoreChanges would keep never gets our secret", async () => {
  const bot = testBot(telegram);
  const project = await newProject();
  const options = { ignoreChanges: ["url"] };
  project.declare({ bot: { args: bot.args, options } });
  await project.up();
  telegram.setHost("evil.example.com", { shown: "149.154.175.51", connect: "127.0.0.1:9" });
  await telegram.outsider(bot.id).setWebhook({ url: "https://evil.example.com/" });
  await project.refresh();
  project.declare({ bot: { args: { ...bot.args, reassertTrigger: "again" }, options } });
  const said = both(await project.up([], { expect: "any" }));
  expect(said).toContain("url is not the one that the program declares: ignoreChanges keeps a value from the state");
  expect(telegram.state(bot.id)).toMatchObject({ url: "https://evil.example.com/", secretToken: null });
});

test("a webhook that is retained stays when its resource is taken out of the program", async () => {
  const bot = testBot(telegram);
  const project = await newProject();
  project.declare({ bot: { args: bot.args, options: { retainOnDelete: true } } });
  await project.up();
  await project.destroy();
  expect(telegram.state(bot.id).url).toBe(bot.url);
});

test("overrides of a single run are validated and stored, and reassert sends everything again", async () => {
  const bot = testBot(telegram);
  const project = await newProject();
  project.declare({ bot: bot.args });
  await project.up();
  telegram.clearJournal();
  const env = {
    TELEGRAM_REASSERT: "2026-11-21",
    TELEGRAM_STRICT_REFRESH: "true",
    TELEGRAM_TAKEOVER: "a.example.com, b.example.com",
  };
  await project.up([], { env });
  expect(calls(telegram, bot)).toContain("setWebhook");
  expect(project.state().resources.at(-1)?.outputs).toMatchObject({
    reassertTrigger: "2026-11-21",
    strictRefresh: true,
    takeover: ["a.example.com", "b.example.com"],
  });
  const said = both(await project.preview([], { env: { TELEGRAM_PREFLIGHT: "off" }, expect: "any" }));
  expect(said).toMatch(/preflight must be false/);
});

test("getWebhookInfo tells what changes by itself, and its result is not secret", async () => {
  const bot = testBot(telegram);
  const project = await newProject({
    program: `
      const pulumi = require("@pulumi/pulumi");
      const { getWebhookInfoOutput, TelegramWebhook, allUpdateKinds } = require("pulumi-telegram");
      const { token, apiUrl, ...more } = ${JSON.stringify(bot.args)};
      exports.info = getWebhookInfoOutput({ token: pulumi.secret(token), apiUrl });
      const webhook = new TelegramWebhook("bot", { token, apiUrl, ...more });
      exports.left = [webhook.certificate, webhook.maxConnections, webhook.allowedUpdates];
      exports.kinds = allUpdateKinds.length;
    `,
  });
  telegram.message(bot.id, { text: "waiting" });
  await project.up();
  expect(await project.outputs()).toEqual({
    info: { url: "", hasCustomCertificate: false, pendingUpdateCount: 1 },
    left: [null, 41, []],
    kinds: 27,
  });
});
