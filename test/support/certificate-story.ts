// The story behind the questions about certificates and authorities: one stack with a bot for each question, changed step by step.
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { age, botOf, certificateProject, madeOf, privateKeysIn } from "./rotation";
import type { CertificateBot, CertificateProject, Declared } from "./rotation";
import { setUp, step } from "./story";
import { until } from "./until";
import { both, calls } from "./webhooks";

const common = [
  ...["made", "rotated", "aged", "demanded", "drifted", "emptied", "removed", "gone", "slow", "refused"],
  ...["unknown", "earlier", "killed"],
] as const;
type Common = (typeof common)[number];
type Args = Record<string, unknown>;
type Program = Record<string, Declared>;

/** A stack at the moment after a command, and what this command printed and called. */
export interface Seen {
  text: string;
  /** The two halves of a command that previews first. */
  preview: string;
  update: string;
  made: (name: string) => ReturnType<typeof madeOf>;
  stored: (name: string) => ReturnType<CertificateProject["state"]>["resources"][number] | undefined;
  /** What the bot's webhook has uploaded. */
  uploaded: (name: string) => string;
  calls: (name: string) => string[];
  resources: ReturnType<CertificateProject["state"]>["resources"];
}

/** What the story is about. The resource in question has the bot's name, the webhook is `<name>-bot`. */
export interface Subject<Own extends string> {
  /** Bots that only this resource needs. */
  own: readonly Own[];
  /** The resource in question, and what stands between it and the webhook. */
  parts: (name: string, host: string, args: Args) => Program;
  /** The name of the resource whose uploadPem the webhook of `name` uploads; it is also the last one made before the webhook. */
  uploads: (name: string) => string;
  /** The arguments of `made`, of `demanded` when it is changed, and of `unknown`. */
  args: { made: Args; demanded: Args; unknown: (later: (value: unknown) => unknown, host: string) => Args };
  /** What is there in place of `removed` after it. */
  withoutIt: (bot: CertificateBot) => Program;
  /** So many days before its time a resource is due. */
  dueAfterDays: number;
  /** What its own bots have: at first, with the change, and after it. */
  stages: Record<"first" | "second" | "third", (story: Story<Own>) => Program>;
}

export interface Story<Own extends string> {
  telegram: FakeTelegram;
  bots: Record<Common | Own, CertificateBot>;
  of: (name: Common | Own, args?: Args, more?: Args) => Program;
}

/** Registers the hooks and gives the steps, in their order. */
export function certificateStory<Own extends string>(subject: Subject<Own>) {
  const story = {} as Story<Own>;
  let project: CertificateProject;
  const said: string[] = [];
  const keys: string[] = [];
  jest.setTimeout(600_000); // the first question waits for the steps that it needs, each command with a deadline of its own

  setUp(async () => {
    const telegram = await startFakeTelegram();
    const names = [...common, ...subject.own];
    const bots = Object.fromEntries(names.map((name) => [name, botOf(telegram, subject.uploads(name))]));
    const of: Story<Own>["of"] = (name, args = {}, more = {}) => {
      const { host, webhook } = story.bots[name];
      const bot = { ...webhook, args: { ...webhook.args, ...more } };
      return { ...subject.parts(name, host, args), [`${name}-bot`]: bot };
    };
    Object.assign(story, { telegram, bots, of });
    project = await certificateProject();
  });
  afterAll(async () => {
    await project.dispose();
    await story.telegram.close();
  });

  const seeing = async (work: () => Promise<{ stdout: string; stderr: string }>): Promise<Seen> => {
    const { telegram, bots } = story;
    telegram.clearJournal();
    const text = both(await work());
    said.push(text);
    const state = project.state();
    const entries = Object.entries<CertificateBot>(bots).map(
      ([name, bot]) =>
        [name, { calls: calls(telegram, bot), upload: telegram.state(bot.id).certificate ?? "" }] as const,
    );
    const live = new Map(entries);
    const [preview = "", update = ""] = text.split("Updating (");
    return {
      ...{ text, preview, update, resources: state.resources },
      made: (name) => madeOf({ state: () => state }, name),
      stored: (name) => state.resources.find(({ urn }) => urn.endsWith(`::${name}`)),
      uploaded: (name) => live.get(name)?.upload ?? "",
      calls: (name) => live.get(name)?.calls ?? [],
    };
  };

  const rotated = { rotateTrigger: "b" };
  const earlier = (maxConnections: number): Program => {
    const { webhook } = story.bots.earlier;
    const { certificate: _uploads, ...args } = webhook.args;
    return { earlier: { ...webhook, args: { ...args, maxConnections } } };
  };
  const unknown = () => {
    const later = (value: unknown) => ({ $later: value, after: "earlier" });
    return story.of("unknown", subject.args.unknown(later, story.bots.unknown.host));
  };
  const unchanged = () => ({
    ...{ ...story.of("made", subject.args.made), ...story.of("drifted"), ...story.of("emptied"), ...story.of("aged") },
  });
  const first = (): Program => ({
    ...{ ...earlier(10), ...unknown(), ...unchanged(), ...story.of("gone"), ...story.of("removed") },
    ...{ ...story.of("rotated", { rotateTrigger: "a" }), ...story.of("demanded"), ...story.of("slow") },
    ...{ ...story.of("refused"), ...story.of("killed"), ...subject.stages.first(story) },
  });
  const second = (): Program => ({
    ...{ ...first(), ...earlier(20), ...story.of("rotated", rotated), ...story.of("slow", rotated) },
    ...{ ...story.of("refused", rotated), ...story.of("demanded", subject.args.demanded) },
    ...subject.stages.second(story),
  });
  const third = (): Program => {
    const names = (name: Common) => Object.keys(story.of(name));
    const left = [...names("gone"), ...names("removed")];
    const kept = Object.entries(second()).filter(([name]) => !left.includes(name));
    return { ...Object.fromEntries(kept), ...subject.withoutIt(story.bots.removed), ...subject.stages.third(story) };
  };
  const last = () => ({ ...third(), ...story.of("gone"), ...story.of("killed", rotated) });

  const foreseen = step("a preview", async () => {
    project.declare(first());
    return seeing(() => project.preview(["--json"]));
  });

  const made = step("an up", async () => {
    await foreseen();
    const seen = await seeing(() => project.up(["--diff"]));
    keys.push(...privateKeysIn(JSON.stringify(project.openState())));
    return seen;
  });

  const again = step("an up that does nothing", async () => {
    await made();
    return seeing(() => project.pulumi(["up", "--yes", "--refresh", "--expect-no-changes"]));
  });

  const shown = step("a refresh, after others have written and when one is due", async () => {
    await again();
    const { telegram, bots } = story;
    const { id, url } = bots.drifted;
    await telegram.outsider(id).setWebhook({ url, max_connections: 41, allowed_updates: [] });
    await telegram.outsider(bots.emptied.id).deleteWebhook();
    age(project, "aged", subject.dueAfterDays);
    return seeing(() => project.refresh(["--diff"]));
  });

  const changed = step("an up that changes, repairs and is refused", async () => {
    await shown();
    const { telegram, bots } = story;
    telegram.fault({ botId: bots.slow.id, method: "setWebhook", kind: "slow", milliseconds: 1500 });
    // Telegram's words have a private key in them, which nobody may see.
    const description = `Bad Request: bad webhook: Unknown ${keys[0]}`;
    telegram.fault({ botId: bots.refused.id, method: "setWebhook", kind: "error", when: "erased", description });
    project.declare(second());
    return seeing(() => project.pulumi(["up", "--yes", "--diff", "--continue-on-error"], { expect: 1 }));
  });

  const mended = step(
    "an up that sets what was refused, replaces on demand, removes, and has lost a resource",
    async () => {
      const { stored } = await changed();
      const urnOf = (name: string) => stored(name)?.urn ?? "";
      await project.pulumi(["state", "delete", urnOf("gone"), "--target-dependents", "--yes"]);
      project.declare(third());
      return seeing(() => project.pulumi(["up", "--yes", "--diff", "--replace", urnOf("demanded")]));
    },
  );

  const killed = step("an up that is killed", async () => {
    const before = (await mended()).made(subject.uploads("killed"));
    const { telegram, bots } = story;
    // The webhook's first request is held, so that the kill comes between the rotation and the set.
    telegram.fault({ botId: bots.killed.id, method: "getWebhookInfo", kind: "slow", milliseconds: 600_000 });
    project.declare({ ...third(), ...story.of("killed", rotated) });
    telegram.clearJournal();
    const running = project.start(["up", "--yes", "--skip-preview"]);
    const isMade = () => madeOf(project, subject.uploads("killed"))["sha256"] !== before["sha256"];
    await until(() => isMade() && calls(telegram, bots.killed).length > 0, 90);
    running.kill("SIGKILL");
    return seeing(async () => {
      await project.recover();
      return { stdout: running.output(), stderr: "" };
    });
  });

  const recovered = step("the up after it, which makes again what was lost", async () => {
    await killed();
    project.declare(last());
    return seeing(() => project.up());
  });

  const settled = step("a preview that shows nothing", async () => {
    await recovered();
    return seeing(() => project.preview(["--expect-no-changes"]));
  });

  const exported = step("an export", async () => {
    await settled();
    const output = both(await project.pulumi(["stack", "output", "--json"]));
    const masked = both(await project.pulumi(["stack", "export"]));
    const shown = JSON.stringify(project.openState());
    keys.push(...privateKeysIn(shown));
    said.push(output, masked);
    return { masked, shown };
  });

  const ended = step("a destroy", async () => {
    await exported();
    const seen = await seeing(() => project.destroy(["--diff"]));
    said.push(project.backendText());
    return { ...seen, said, keys: [...new Set(keys)] };
  });

  return { story, foreseen, made, again, shown, changed, mended, killed, recovered, settled, exported, ended };
}
