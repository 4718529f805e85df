// TelegramWebhook answers the table of questions on the real engine against the fake Bot API server.
import type { FakeTelegram } from "../../testing";
import { answerAll } from "../support/questions";
import { until } from "../support/until";
import { both, calls, onFakeTelegram, testBot } from "../support/webhooks";
import type { TestBot, WebhookProject } from "../support/webhooks";

let telegram: FakeTelegram;
const newProject = onFakeTelegram((started) => {
  telegram = started;
});

/** A stack with one webhook that is up. */
async function upWith(bot: TestBot, more: Record<string, unknown> = {}): Promise<WebhookProject> {
  const project = await declared(bot, more);
  await project.up();
  telegram.clearJournal();
  return project;
}

async function declared(bot: TestBot, more: Record<string, unknown> = {}): Promise<WebhookProject> {
  const project = await newProject();
  project.declare({ bot: { ...bot.args, ...more } });
  return project;
}

/** What the drift gate of a pipeline prints. */
const drift = (project: WebhookProject) =>
  project.pulumi(["refresh", "--preview-only", "--diff", "--expect-no-changes"], { expect: 7 });
const live = (bot: TestBot) => telegram.state(bot.id);
const resource = (project: WebhookProject) =>
  project.state().resources.find(({ type }) => type.includes("TelegramWebhook"));

answerAll("TelegramWebhook", {
  "it is made": async () => {
    const bot = testBot(telegram);
    telegram.clearJournal();
    const project = await declared(bot, { allowedUpdates: ["message", "callback_query"] });
    await project.up();
    expect(calls(telegram, bot)).toEqual(["getWebhookInfo", "setWebhook", "getWebhookInfo"]);
    expect(live(bot)).toMatchObject({
      url: bot.url,
      maxConnections: 41,
      secretToken: bot.args["secretToken"],
      allowedUpdates: ["message", "callback_query"],
    });
    expect(resource(project)).toMatchObject({
      id: bot.id,
      type: "pulumi-nodejs:dynamic/telegram:TelegramWebhook",
      outputs: {
        botId: bot.id,
        url: bot.url,
        allowedUpdates: ["callback_query", "message"],
        hasCustomCertificate: false,
        secretInForce: true,
        verified: true,
        schemaVersion: 1,
      },
    });
  },

  "a second run does nothing": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    const { stdout } = await project.up(["--expect-no-changes"]);
    expect(stdout).toContain("2 unchanged");
    expect(calls(telegram, bot)).toEqual([]);
    await project.refresh(["--expect-no-changes"]);
    expect(calls(telegram, bot)).toEqual(["getWebhookInfo"]);
    await project.preview(["--expect-no-changes"]);
  },

  "it is changed in place": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    const args = { ...bot.args, url: `${bot.url}2`, maxConnections: 5, allowedUpdates: ["poll"] };
    project.declare({ bot: args });
    const preview = await project.preview(["--diff"]);
    expect(preview.stdout).toMatch(new RegExp(`~ url +: "${bot.url}" => "${bot.url}2"`));
    await project.up();
    expect(calls(telegram, bot)).toEqual(["getWebhookInfo", "setWebhook", "getWebhookInfo"]);
    expect(live(bot)).toMatchObject({ url: `${bot.url}2`, maxConnections: 5, allowedUpdates: ["poll"] });
    project.declare({ bot: { ...args, verifySeconds: 1 } });
    telegram.clearJournal();
    await project.up();
    expect(calls(telegram, bot)).toEqual(["getWebhookInfo"]);
  },

  "it is replaced": async () => {
    const [bot, other] = [testBot(telegram), testBot(telegram)];
    const project = await upWith(bot);
    project.declare({ bot: other.args });
    const { stdout } = await project.up();
    expect(stdout).toContain("replaced");
    expect(live(bot).url).toBe("");
    expect(live(other).url).toBe(other.url);
    expect(resource(project)?.id).toBe(other.id);
  },

  "a change by someone else is shown and repaired": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    telegram.setHost("evil.example.com", { shown: "149.154.175.51", connect: "127.0.0.1:9" });
    await telegram.outsider(bot.id).setWebhook({ url: "https://evil.example.com/", max_connections: 40 });
    const shown = await drift(project);
    expect(shown.stdout).toContain(`"${bot.url}" => "https://evil.example.com/"`);
    expect(shown.stdout).toContain("41 => 40");
    await project.up(["--refresh"]);
    expect(live(bot)).toMatchObject({ url: bot.url, maxConnections: 41, secretToken: bot.args["secretToken"] });
    await project.refresh(["--expect-no-changes"]);
  },

  "a removal by someone else is shown and repaired": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    await telegram.outsider(bot.id).deleteWebhook();
    const shown = await drift(project);
    expect(shown.stdout).toMatch(new RegExp(`- url +: "${bot.url}"`));
    const { stdout } = await project.up(["--refresh"]);
    expect(stdout).toMatch(/1 updated/);
    expect(live(bot)).toMatchObject({ url: bot.url, secretToken: bot.args["secretToken"] });
  },

  "it is removed": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    await project.destroy();
    expect(calls(telegram, bot)).toEqual(["getWebhookInfo", "deleteWebhook"]);
    expect(live(bot).url).toBe("");
    expect(project.state().resources).toEqual([]);
  },

  "it is removed when it is already gone": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    await telegram.outsider(bot.id).deleteWebhook();
    await project.destroy();
    expect(calls(telegram, bot)).toEqual(["getWebhookInfo"]);
  },

  "what is not ours is left alone": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    telegram.setHost("other.example.com", { shown: "149.154.175.51", connect: "127.0.0.1:9" });
    await telegram.outsider(bot.id).setWebhook({ url: "https://other.example.com/hook" });
    const { stdout } = await project.destroy();
    expect(live(bot).url).toBe("https://other.example.com/hook");
    expect(stdout).toMatch(/which this stack did not set; it is left alone/);
  },

  "a slow far side is waited for": async () => {
    const bot = testBot(telegram);
    telegram.fault({ botId: bot.id, method: "setWebhook", kind: "slow", milliseconds: 1500 });
    await (await declared(bot)).up();
    expect(live(bot).url).toBe(bot.url);
    telegram.fault({ botId: bot.id, method: "setWebhook", kind: "slow", milliseconds: 60_000 });
    const project = await newProject();
    project.declare({ bot: { args: bot.args, options: { customTimeouts: { create: "1s" } } } });
    expect(both(await project.up([], { expect: 1 }))).toMatch(
      /setWebhook for bot \d+ .* got no answer: the operation's deadline has passed/,
    );
  },

  "a far side that refuses is quoted, and nothing is invented": async () => {
    const bot = testBot(telegram);
    const project = await declared(bot, { url: "https://nowhere.example.com/x" });
    const said = both(await project.up([], { expect: 1 }));
    expect(said).toMatch(
      /setWebhook for bot \d+ at 127\.0\.0\.1:\d+ was refused \(400\): "bad webhook: Failed to resolve host/,
    );
    expect(resource(project)).toBeUndefined();

    const updated = await upWith(bot);
    updated.declare({ bot: { ...bot.args, url: "https://nowhere.example.com/x" } });
    expect(both(await updated.up([], { expect: 1 }))).toMatch(/is back in place\./);
    expect(live(bot)).toMatchObject({ url: bot.url, secretToken: bot.args["secretToken"] });
    expect(resource(updated)?.outputs).toMatchObject({ url: bot.url, verified: false });
    updated.declare({ bot: bot.args });
    await updated.up();
    expect(live(bot).url).toBe(bot.url);
    expect(resource(updated)?.outputs).toMatchObject({ url: bot.url, verified: true });
  },

  "a wrong credential is named": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    const dead = bot.token;
    const { token } = telegram.revokeToken(bot.id);
    const refreshed = await project.refresh();
    expect(both(refreshed)).toMatch(/The webhook of bot \d+ could not be read.*\(401\).*The recorded state is kept/s);
    project.declare({ bot: { ...bot.args, token } });
    await project.up();
    expect(live(bot)).toMatchObject({ url: bot.url, secretToken: bot.args["secretToken"] });
    expect(resource(project)?.id).toBe(bot.id);
    telegram.revokeToken(bot.id);
    expect(both(await project.destroy())).toMatch(/the token is dead \(401\)/);
    expect(both(refreshed)).not.toContain(dead.slice(-16));
  },

  "an unknown value passes the preview": async () => {
    const [first, second] = [testBot(telegram), testBot(telegram)];
    const project = await newProject();
    project.declare({
      first: first.args,
      second: {
        ...second.args,
        token: { $later: second.token, after: "first" },
        url: { $later: second.url, after: "first" },
        maxConnections: { $later: 7, after: "first" },
        allowedUpdates: { $later: ["poll"], after: "first" },
        localServer: { $later: false, after: "first" },
      },
    });
    telegram.clearJournal();
    expect((await project.preview()).stdout).toContain("3 to create");
    expect([first, second].flatMap(({ id }) => telegram.journal({ botId: id }))).toEqual([]);
    await project.up();
    expect(live(second)).toMatchObject({ url: second.url, maxConnections: 7, allowedUpdates: ["poll"] });
    await project.preview(["--expect-no-changes"]);
  },

  "a secret stays secret": async () => {
    const bot = testBot(telegram);
    const project = await declared(bot);
    const said = [
      both(await project.preview(["--diff"])),
      both(await project.preview(["--json"])),
      both(await project.up()),
      both(await project.refresh(["--diff"])),
      project.backendText(),
    ].join("\n");
    for (const hidden of [bot.token.split(":")[1], bot.args["secretToken"] as string]) {
      for (const form of [
        hidden,
        Buffer.from(hidden ?? "")
          .toString("base64")
          .slice(0, 16),
        hidden?.slice(0, 16),
      ]) {
        expect(said).not.toContain(form);
      }
    }
    expect(said).toContain("[secret]");
  },

  "it is killed half-way and run again": async () => {
    const bot = testBot(telegram);
    const project = await declared(bot);
    telegram.fault({ botId: bot.id, method: "setWebhook", kind: "slow", when: "after", milliseconds: 3000 });
    const running = project.start(["up", "--yes", "--skip-preview"]);
    await until(() => live(bot).url === bot.url);
    running.kill("SIGKILL");
    await project.recover();
    await project.up();
    expect(live(bot)).toMatchObject({ url: bot.url, secretToken: bot.args["secretToken"] });
    expect(resource(project)?.outputs).toMatchObject({ verified: true });
    await project.preview(["--expect-no-changes"]);
  },
});
