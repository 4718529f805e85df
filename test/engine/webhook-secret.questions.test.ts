// WebhookSecret answers the table of questions on the real engine, with a webhook at the fake Bot API server that uses it.
import type { FakeTelegram } from "../../testing";
import { answerAll } from "../support/questions";
import { until } from "../support/until";
import { both, calls, onFakeTelegram, testBot } from "../support/webhooks";
import type { TestBot, WebhookProject } from "../support/webhooks";

let telegram: FakeTelegram;
const newProject = onFakeTelegram((started) => {
  telegram = started;
});

/** A secret with these arguments, and the bot's webhook that uses it. */
const pair = (bot: TestBot, args: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
  secret: { type: "WebhookSecret" as const, args },
  bot: { ...bot.args, secretToken: { $current: "secret" }, ...more },
});

/** A stack with both that is up. */
async function upWith(bot: TestBot, args: Record<string, unknown> = {}): Promise<WebhookProject> {
  const project = await newProject();
  project.declare(pair(bot, args));
  await project.up();
  telegram.clearJournal();
  return project;
}

interface Made {
  id: string;
  current: string;
  accepted: string[];
  version: number;
  rotatedAt: string;
}

/** What the state holds of a secret, decrypted. */
function made(project: WebhookProject, name = "secret"): Made {
  const { resources } = project.openState();
  const { id = "", outputs = {} } = resources.find(({ urn }) => urn.endsWith(`:WebhookSecret::${name}`)) ?? {};
  const { current, accepted, version, rotatedAt } = outputs as unknown as Made;
  return { id, current, accepted, version, rotatedAt };
}

const stored = (project: WebhookProject) =>
  project.state().resources.find(({ type }) => type === "pulumi-nodejs:dynamic/telegram:WebhookSecret");
const live = (bot: TestBot) => telegram.state(bot.id);
const setOnce = ["getWebhookInfo", "setWebhook", "getWebhookInfo"];

answerAll("WebhookSecret", {
  "it is made": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot, { rotateTrigger: "a", revokePreviousTrigger: "a", rotateAfterDays: 30 });
    const { id, current, accepted, version, rotatedAt } = made(project);
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(current).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect({ accepted, version }).toEqual({ accepted: [current], version: 1 });
    expect(Math.abs(Date.now() - Date.parse(rotatedAt))).toBeLessThan(120_000);
    expect(live(bot).secretToken).toBe(current);
    expect(Object.keys(stored(project)?.outputs ?? {}).sort()).toEqual([
      ...["__provider", "accepted", "current", "declared", "revokePreviousTrigger", "rotateAfterDays"],
      ...["rotateTrigger", "rotatedAt", "schemaVersion", "version"],
    ]);
  },

  "a second run does nothing": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot, { rotateTrigger: "a", rotateAfterDays: 1 });
    const before = made(project);
    expect((await project.up(["--expect-no-changes"])).stdout).toContain("3 unchanged");
    await project.refresh(["--expect-no-changes"]);
    await project.preview(["--expect-no-changes"]);
    expect(made(project)).toEqual(before);
  },

  "it is changed in place": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot, { rotateTrigger: "a", revokePreviousTrigger: "a" });
    const first = made(project);
    project.declare(pair(bot, { rotateTrigger: "b", revokePreviousTrigger: "a" }));
    // In the preview of an update the new secret is not known, so the webhook's update shows.
    expect((await project.preview()).stdout).toContain("2 to update");
    expect((await project.up()).stdout).toMatch(
      /version 2 is made \(rotateTrigger changed\); version 1 stays accepted/,
    );
    const second = made(project);
    expect(second).toMatchObject({ id: first.id, version: 2, accepted: [second.current, first.current] });
    expect(second.current).not.toBe(first.current);
    expect(live(bot).secretToken).toBe(second.current);
    expect(calls(telegram, bot)).toEqual(setOnce);
    await project.preview(["--expect-no-changes"]);

    telegram.clearJournal();
    project.declare(pair(bot, { rotateTrigger: "b", revokePreviousTrigger: "b" }));
    await project.up();
    expect(made(project)).toEqual({ ...second, accepted: [second.current] });
    expect(calls(telegram, bot)).toEqual([]);

    project.declare(pair(bot, { rotateTrigger: "c", revokePreviousTrigger: "c", rotateAfterDays: 2 }));
    await project.up();
    const third = made(project);
    expect(third).toMatchObject({ id: first.id, version: 3, accepted: [third.current] });
    expect(live(bot).secretToken).toBe(third.current);

    age(project, 3);
    // A refresh rotates nothing; that one is due is a change to Pulumi, and the line says that it is ours.
    expect((await project.refresh()).stdout).toMatch(
      /a rotation is due \(the last one was .*\); the next pulumi up does it/,
    );
    expect(made(project)).toMatchObject({ version: 3, current: third.current, accepted: [third.current] });
    expect((await project.preview()).stdout).toContain("2 to update");
    expect((await project.up()).stdout).toMatch(/version 4 is made \(the last rotation was 20/);
    const fourth = made(project);
    expect(fourth).toMatchObject({ version: 4, accepted: [fourth.current, third.current] });
    expect(live(bot).secretToken).toBe(fourth.current);
    await project.preview(["--expect-no-changes"]);
  },

  "it is replaced": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    const first = made(project);
    project.declare(pair(bot, { rotateTrigger: "a", revokePreviousTrigger: "a", rotateAfterDays: 1 }));
    expect((await project.up()).stdout).not.toContain("replaced");
    expect(made(project).id).toBe(first.id);
    // Nothing of ours replaces it; Pulumi does on demand, and the webhook follows in the same run.
    expect((await project.up(["--replace", stored(project)?.urn ?? ""])).stdout).toContain("replaced");
    const other = made(project);
    expect(other).toMatchObject({ version: 1, accepted: [other.current] });
    expect(other.id).not.toBe(first.id);
    expect(live(bot).secretToken).toBe(other.current);
  },

  "a change by someone else is shown and repaired": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    const first = made(project);
    // Telegram shows no secret, so a foreign one at our url cannot be seen. Nothing changes ours, and a rotation repairs.
    await telegram
      .outsider(bot.id)
      .setWebhook({ url: bot.url, max_connections: 41, secret_token: "foreign", allowed_updates: [] });
    await project.up(["--refresh", "--expect-no-changes"]);
    expect(made(project)).toEqual(first);
    project.declare(pair(bot, { rotateTrigger: "a" }));
    await project.up();
    expect(live(bot).secretToken).toBe(made(project).current);
  },

  "a removal by someone else is shown and repaired": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    const first = made(project);
    await telegram.outsider(bot.id).deleteWebhook();
    await project.up(["--refresh"]);
    expect(made(project)).toEqual(first);
    expect(live(bot).secretToken).toBe(first.current);
  },

  "it is removed": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    project.declare({ bot: bot.args });
    await project.up();
    expect(stored(project)).toBeUndefined();
    expect(live(bot).secretToken).toBe(bot.args["secretToken"]);
    await project.destroy();
    expect(project.state().resources).toEqual([]);
  },

  "it is removed when it is already gone": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    const lost = made(project);
    await project.pulumi(["state", "delete", stored(project)?.urn ?? "", "--target-dependents", "--yes"]);
    await project.destroy();
    expect(calls(telegram, bot)).toEqual([]);
    // A lost secret is lost: the next run makes another one, and the webhook follows.
    await project.up();
    const found = made(project);
    expect(found.current).not.toBe(lost.current);
    expect(live(bot).secretToken).toBe(found.current);
  },

  "what is not ours is left alone": async () => {
    const [bot, neighbour] = [testBot(telegram), testBot(telegram)];
    const project = await newProject();
    const declare = (rotateTrigger: string) =>
      project.declare({
        ...pair(bot, { rotateTrigger }),
        other: { type: "WebhookSecret", args: { rotateTrigger: "a" } },
        neighbour: { ...neighbour.args, secretToken: { $current: "other" } },
      });
    declare("a");
    await project.up();
    const other = made(project, "other");
    expect(other.current).not.toBe(made(project).current);
    telegram.clearJournal();
    declare("b");
    await project.up();
    expect(made(project, "other")).toEqual(other);
    expect(calls(telegram, bot)).toEqual(setOnce);
    expect(calls(telegram, neighbour)).toEqual([]);
  },

  "a slow far side is waited for": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    const first = made(project);
    telegram.fault({ botId: bot.id, method: "setWebhook", kind: "slow", milliseconds: 3000 });
    project.declare(pair(bot, { rotateTrigger: "a" }));
    const isUp = project.up();
    await until(() => stored(project)?.outputs?.["version"] === 2);
    expect(live(bot).secretToken).toBe(first.current);
    expect(made(project).accepted).toContain(first.current);
    await isUp;
    expect(live(bot).secretToken).toBe(made(project).current);
  },

  "a far side that refuses is quoted, and nothing is invented": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    const first = made(project);
    const description = "Bad Request: bad webhook: Unknown";
    telegram.fault({ botId: bot.id, method: "setWebhook", kind: "error", when: "erased", description });
    project.declare(pair(bot, { rotateTrigger: "a" }));
    const said = both(await project.up([], { expect: 1 }));
    expect(said).toContain(description.replace("Bad Request: ", ""));
    const second = made(project);
    expect(second).toMatchObject({ version: 2, accepted: [second.current, first.current] });
    expect(live(bot)).toMatchObject({ url: bot.url, secretToken: first.current });
    await project.up();
    expect(made(project)).toEqual(second);
    expect(live(bot).secretToken).toBe(second.current);
    expect(said).not.toContain(first.current);
    expect(said).not.toContain(second.current);
  },

  "a wrong credential is named": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    const first = made(project);
    const { token } = telegram.revokeToken(bot.id);
    project.declare(pair(bot, { rotateTrigger: "a" }));
    expect(both(await project.up([], { expect: 1 }))).toContain("(401)");
    const second = made(project);
    expect(second).toMatchObject({ version: 2, accepted: [second.current, first.current] });
    project.declare(pair(bot, { rotateTrigger: "a" }, { token }));
    await project.up();
    expect(made(project)).toEqual(second);
    expect(live(bot).secretToken).toBe(second.current);
  },

  "an unknown value passes the preview": async () => {
    const [first, second] = [testBot(telegram), testBot(telegram)];
    const project = await newProject();
    const later = (value: unknown) => ({ $later: value, after: "first" });
    const declare = (maxConnections: number) =>
      project.declare({
        first: { ...first.args, maxConnections },
        ...pair(second, { rotateTrigger: later("a"), revokePreviousTrigger: later("a"), rotateAfterDays: later(30) }),
      });
    declare(10);
    expect((await project.preview()).stdout).toContain("4 to create");
    await project.up();
    const made1 = made(project);
    expect(made1.version).toBe(1);
    // In this preview the triggers are unknown again; in the run they turn out to be the same.
    declare(20);
    expect((await project.preview()).stdout).toContain("3 to update");
    expect((await project.up()).stdout).toContain("1 updated");
    expect(made(project)).toEqual(made1);
    expect(live(second).secretToken).toBe(made1.current);
  },

  "a secret stays secret": async () => {
    const bot = testBot(telegram);
    const project = await newProject();
    const said: Record<string, string> = {};
    const note = async (name: string, work: Promise<{ stdout: string; stderr: string }>) => {
      said[name] = both(await work);
    };
    project.declare(pair(bot, { rotateTrigger: "a" }));
    await note("up --json", project.up(["--json"]));
    // Pulumi's SDK logs each answer of the engine, secrets in clear, as debug messages, which only this form prints.
    said["up --json"] = withoutDebug(said["up --json"] ?? "");
    const secrets = [made(project).current];
    project.declare(pair(bot, { rotateTrigger: "b" }));
    await note("preview --diff", project.preview(["--diff"]));
    await note("preview --json", project.preview(["--json"]));
    const description = `Bad Request: ${secrets[0] ?? ""}`;
    telegram.fault({ botId: bot.id, method: "setWebhook", kind: "error", description });
    await note("a refused up --diff", project.up(["--diff"], { expect: 1 }));
    await note("up --diff", project.up(["--diff"]));
    secrets.push(made(project).current);
    expect(live(bot).secretToken).toBe(secrets[1]);
    expect(JSON.stringify((await project.outputs())["accepted by secret"])).toContain("[secret]");
    await note("refresh --diff", project.refresh(["--diff"]));
    await note("stack export", project.pulumi(["stack", "export"]));
    await note("destroy --diff", project.destroy(["--diff"]));
    said["backend"] = project.backendText();
    const forms = secrets.flatMap((secret) => [
      ...[secret.slice(0, 16), secret.slice(-16)],
      Buffer.from(secret).toString("base64").slice(0, 16),
    ]);
    expect(Object.keys(said).filter((name) => forms.some((form) => said[name]?.includes(form)))).toEqual([]);
    expect(said["destroy --diff"]).toMatch(/accepted +: \[secret\]/);
    expect(said["a refused up --diff"]).toContain('(400): "[secret]"');
  },

  "it is killed half-way and run again": async () => {
    const bot = testBot(telegram);
    const project = await upWith(bot);
    const first = made(project);
    // The webhook's first request takes so long that the kill comes between the rotation and the set.
    telegram.fault({ botId: bot.id, method: "getWebhookInfo", kind: "slow", milliseconds: 3000 });
    project.declare(pair(bot, { rotateTrigger: "a" }));
    const running = project.start(["up", "--yes", "--skip-preview"]);
    await until(() => calls(telegram, bot).includes("getWebhookInfo"));
    running.kill("SIGKILL");
    await project.recover();
    const second = made(project);
    expect(second.accepted).toEqual([second.current, first.current]);
    expect(second.accepted).toContain(live(bot).secretToken);
    await project.up();
    expect(made(project)).toEqual(second);
    expect(live(bot).secretToken).toBe(second.current);
    await project.preview(["--expect-no-changes"]);
  },
});

/** Makes the last rotation this many days older in the state. */
function age(project: WebhookProject, days: number): void {
  const before = project.stateText();
  const text = before.replace(/("rotatedAt": ?")([^"]+)/g, (_all, key: string, at: string) => {
    return key + new Date(Date.parse(at) - days * 86_400_000).toISOString();
  });
  expect(text).not.toBe(before);
  project.restoreState(text);
}

function withoutDebug(text: string): string {
  const lines = text.split("\n");
  const rest = lines.filter((line) => !line.includes('"severity":"debug"'));
  expect(rest.length).toBeLessThan(lines.length);
  return rest.join("\n");
}
