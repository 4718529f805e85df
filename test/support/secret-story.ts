// The story behind the questions about secrets: one stack with a secret and a bot for each question, changed step by step.
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { setUp, step, tearDown } from "./story";
import { until } from "./until";
import { both, calls, testBot, webhookProject } from "./webhooks";
import type { Declaration, TestBot, WebhookProject } from "./webhooks";

const names = [
  ...["made", "changed", "demanded", "drifted", "emptied", "removed", "gone", "slow", "refused", "renewed"],
  ...["unknown", "masked", "killed", "earlier"],
] as const;
type Name = (typeof names)[number];
type Args = Record<string, unknown>;
type Program = Record<string, Declaration | Args>;

export interface Made {
  id: string;
  current: string;
  accepted: string[];
  version: number;
  rotatedAt: string;
}

/** What the state holds of a secret, decrypted. */
function madeIn({ resources }: ReturnType<WebhookProject["state"]>, name: Name): Made {
  const { id = "", outputs = {} } = resources.find(({ urn }) => urn.endsWith(`:WebhookSecret::${name}`)) ?? {};
  const { current, accepted, version, rotatedAt } = outputs as unknown as Made;
  return { id, current, accepted, version, rotatedAt };
}

/** Registers the hooks and gives the steps, in their order, with the bots and all that was said. */
export function secretStory() {
  let telegram: FakeTelegram;
  let project: WebhookProject;
  const bots = {} as Record<Name, TestBot>;
  /** What each command printed, for the question about secrets, and every secret that there was. */
  const said: Record<string, string> = {};
  const secrets = new Set<string>();
  jest.setTimeout(600_000); // the first question waits for the steps that it needs, each command with a deadline of its own

  setUp(async () => {
    telegram = await startFakeTelegram();
    for (const name of names) bots[name] = testBot(telegram);
    project = await webhookProject();
  });
  tearDown(async () => {
    await project.dispose();
    await telegram.close();
  });

  /** Takes a command and gives what it printed, what it sent for each bot, and what is live and recorded after it. */
  const seeing = async (command: string, work: () => Promise<{ stdout: string; stderr: string }>) => {
    telegram.clearJournal();
    const text = both(await work());
    // Pulumi's SDK logs each answer of the engine, secrets in clear, as debug messages, which only this form prints.
    said[command] = command === "up --json" ? withoutDebug(text) : text;
    const { resources } = project.state();
    const open = project.openState();
    const byBot = <T>(of: (bot: TestBot) => T) =>
      Object.fromEntries(names.map((name) => [name, of(bots[name])])) as Record<Name, T>;
    const made = Object.fromEntries(names.map((name) => [name, madeIn(open, name)])) as Record<Name, Made>;
    for (const { accepted } of Object.values(made)) for (const secret of accepted ?? []) secrets.add(secret);
    const [preview = "", update = ""] = text.split("Updating (");
    return {
      ...{ text, preview, update, resources, made },
      stored: (name: string) => resources.find(({ urn }) => urn.endsWith(`::${name}`)),
      calls: byBot((bot) => calls(telegram, bot)),
      live: byBot((bot) => structuredClone(telegram.state(bot.id))),
    };
  };

  /** A secret with these arguments, and the bot's webhook that uses it. */
  const pair = (name: Name, args: Args = {}, more: Args = {}): Program => ({
    [name]: { type: "WebhookSecret", args },
    [`${name}-bot`]: { ...bots[name].args, secretToken: { $current: name }, ...more },
  });
  const earlier = (maxConnections: number): Program => ({ earlier: { ...bots.earlier.args, maxConnections } });
  const later = (value: unknown) => ({ $later: value, after: "earlier" });
  const triggers = (rotateTrigger: string, revokePreviousTrigger = "a") => ({ rotateTrigger, revokePreviousTrigger });
  let renewedToken = "";

  const first = (): Program => ({
    ...earlier(10),
    ...pair("unknown", {
      ...{ rotateTrigger: later("a"), revokePreviousTrigger: later("a"), rotateAfterDays: later(30) },
    }),
    ...{ ...pair("made", { ...triggers("a"), rotateAfterDays: 30 }), ...pair("changed", triggers("a")) },
    ...{ ...pair("demanded"), ...pair("drifted"), ...pair("emptied"), ...pair("removed"), ...pair("gone") },
    ...{ ...pair("slow"), ...pair("refused"), ...pair("renewed"), ...pair("masked"), ...pair("killed") },
  });
  const rotated = { rotateTrigger: "a" }; // where there was none
  const second = (): Program => ({
    ...{ ...first(), ...earlier(20), ...pair("changed", triggers("b")), ...pair("drifted", rotated) },
    ...{ ...pair("slow", rotated), ...pair("refused", rotated), ...pair("renewed", rotated) },
    ...{ ...pair("masked", rotated), ...pair("demanded", { ...triggers("a"), rotateAfterDays: 1 }) },
  });
  const third = (): Program => {
    const { gone, "gone-bot": goneBot, removed, ...rest } = second();
    void [gone, goneBot, removed];
    return {
      ...{ ...rest, "removed-bot": bots.removed.args, ...pair("renewed", rotated, { token: renewedToken }) },
      ...pair("changed", triggers("b", "b")),
    };
  };
  const fourth = () => ({ ...third(), ...pair("changed", { ...triggers("c", "c"), rotateAfterDays: 2 }) });
  const last = () => ({ ...fourth(), ...pair("killed", rotated), ...pair("gone") });

  const foreseen = step("a preview", async () => {
    project.declare(first());
    return seeing("preview --json", () => project.preview(["--json"]));
  });

  const made = step("an up", async () => {
    await foreseen();
    return seeing("up --json", () => project.up(["--json"]));
  });

  const again = step(
    "an up that does nothing, after somebody has set another secret, which Telegram shows nobody",
    async () => {
      await made();
      const { id, url } = bots.drifted;
      const foreign = { url, max_connections: 41, secret_token: "foreign", allowed_updates: [] };
      await telegram.outsider(id).setWebhook(foreign);
      return seeing("up --refresh", () => project.pulumi(["up", "--yes", "--refresh", "--expect-no-changes"]));
    },
  );

  const planned = step("a preview of rotations", async () => {
    await again();
    project.declare(second());
    return seeing("preview --json of rotations", () => project.preview(["--json"]));
  });

  const rotations = step("an up that rotates, is slow, is refused and has a dead token", async () => {
    const { made } = await planned();
    renewedToken = telegram.revokeToken(bots.renewed.id).token;
    const refuse = (name: Name, description: string) =>
      telegram.fault({ botId: bots[name].id, method: "setWebhook", kind: "error", when: "erased", description });
    refuse("refused", "Bad Request: bad webhook: Unknown");
    // Telegram's words have a secret in them, which nobody may see.
    refuse("masked", `Bad Request: ${made.masked.current}`);
    telegram.fault({ botId: bots.slow.id, method: "setWebhook", kind: "slow", milliseconds: holdSeconds * 1000 });
    let meanwhile: { made: Made; live: string | null } | undefined;
    const seen = await seeing("a refused up --diff", async () => {
      const running = project.pulumi(["up", "--yes", "--diff", "--continue-on-error"], { expect: 1 });
      const isHeld = () => calls(telegram, bots.slow).includes("setWebhook");
      await Promise.race([until(isHeld), running]);
      meanwhile = { made: madeIn(project.openState(), "slow"), live: telegram.state(bots.slow.id).secretToken };
      await telegram.clock.advance(holdSeconds);
      return running;
    });
    return { ...seen, meanwhile };
  });

  const mended = step("an up that sets what was refused, revokes, removes, and has lost a secret", async () => {
    const { stored } = await rotations();
    await project.pulumi(["state", "delete", stored("gone")?.urn ?? "", "--target-dependents", "--yes"]);
    project.declare(third());
    return seeing("up --diff", () => project.pulumi(["up", "--yes", "--diff"]));
  });

  const replaced = step(
    "an up that rotates and revokes, repairs what others removed, and replaces on demand",
    async () => {
      const { stored } = await mended();
      await telegram.outsider(bots.emptied.id).deleteWebhook();
      project.declare(fourth());
      const args = ["up", "--yes", "--diff", "--refresh", "--replace", stored("demanded")?.urn ?? ""];
      return seeing("up --refresh --replace", () => project.pulumi(args));
    },
  );

  const due = step("a refresh when a rotation is due", async () => {
    await replaced();
    age(project, "changed", 3);
    return seeing("refresh --diff", () => project.refresh(["--diff"]));
  });

  const aged = step("the up after it", async () => {
    await due();
    return seeing("up of what is due", () => project.pulumi(["up", "--yes"]));
  });

  const killed = step("an up that is killed", async () => {
    await aged();
    // The webhook's first request is held, so that the kill comes between the rotation and the set.
    telegram.fault({ botId: bots.killed.id, method: "getWebhookInfo", kind: "slow", milliseconds: 600_000 });
    project.declare({ ...fourth(), ...pair("killed", rotated) });
    return seeing("a killed up", () => project.killedUp(() => calls(telegram, bots.killed).includes("getWebhookInfo")));
  });

  const recovered = step("the up after it, which makes again what was lost", async () => {
    await killed();
    project.declare(last());
    return seeing("up after the kill", () => project.up());
  });

  const settled = step("a preview that shows nothing", async () => {
    await recovered();
    return seeing("preview", () => project.preview(["--expect-no-changes"]));
  });

  const exported = step("outputs and an export", async () => {
    await settled();
    const outputs = await project.outputs();
    said["stack output"] = JSON.stringify(outputs);
    await seeing("stack export", () => project.pulumi(["stack", "export"]));
    return outputs;
  });

  const ended = step("a destroy", async () => {
    await exported();
    const seen = await seeing("destroy --diff", () => project.destroy(["--diff"]));
    said["backend"] = project.backendText();
    return { ...seen, said, secrets: [...secrets] };
  });

  return {
    ...{ bots, foreseen, made, again, planned, rotations, mended, replaced, due, aged, killed, recovered, settled },
    ...{ exported, ended },
  };
}

/** How long Telegram's slow answer takes, on its clock, which is moved as soon as the test has looked. */
const holdSeconds = 60;

/** Makes the last rotation of a secret so many days older, in the file of the stack. */
function age(project: WebhookProject, name: Name, days: number): void {
  const file = JSON.parse(project.stateText()) as { checkpoint: { latest: ReturnType<WebhookProject["state"]> } };
  const { outputs } = file.checkpoint.latest.resources.find(({ urn }) => urn.endsWith(`::${name}`)) ?? {};
  if (outputs === undefined) throw new Error(`the state has no ${name}`);
  outputs["rotatedAt"] = new Date(Date.parse(String(outputs["rotatedAt"])) - days * 86_400_000).toISOString();
  project.restoreState(JSON.stringify(file));
}

function withoutDebug(text: string): string {
  const lines = text.split("\n");
  const rest = lines.filter((line) => !line.includes('"severity":"debug"'));
  expect(rest.length).toBeLessThan(lines.length);
  return rest.join("\n");
}
