// TelegramWebhook answers the table of questions on the real engine against the fake Bot API server.
// One stack has a bot for each question; the steps of its story come first, the answers below.
import type { FakeTelegram } from "../../testing";
import { answerAll } from "../support/questions";
import type { StateResource } from "../support/pulumi";
import { setUp, step, tearDown } from "../support/story";
import { until } from "../support/until";
import { both, calls, testBot, webhookProject } from "../support/webhooks";
import type { Declaration, TestBot, WebhookProject } from "../support/webhooks";
import { startFakeTelegram } from "../../testing";

const names = [
  ...["made", "changed", "before", "after", "drifted", "emptied", "removed", "gone", "foreign", "slow", "late"],
  ...["refused", "kept", "renewed", "dead", "unknown", "killed"],
] as const;
type Name = (typeof names)[number];

let telegram: FakeTelegram;
let project: WebhookProject;
let bots: Record<Name, TestBot>;
jest.setTimeout(600_000); // the first question waits for the steps that it needs, each command with a deadline of its own

setUp(async () => {
  telegram = await startFakeTelegram();
  for (const host of ["evil.example.com", "other.example.com"]) {
    telegram.setHost(host, { shown: "149.154.175.51", connect: "127.0.0.1:9" });
  }
  bots = Object.fromEntries(names.map((name) => [name, testBot(telegram)])) as Record<Name, TestBot>;
  project = await webhookProject();
});
tearDown(async () => {
  await project.dispose();
  await telegram.close();
});

/** All that was printed, for the question about secrets. */
const said: string[] = [];

/** Takes a command and gives what it printed, what it sent for each bot, and what is live and recorded after it. */
async function seeing(work: () => Promise<{ stdout: string; stderr: string }>) {
  telegram.clearJournal();
  const text = both(await work());
  said.push(text);
  const byBot = <T>(of: (bot: TestBot) => T) =>
    Object.fromEntries(names.map((name) => [name, of(bots[name])])) as Record<Name, T>;
  const recorded = project.state().resources.filter(({ type }) => type.includes("TelegramWebhook"));
  return {
    text,
    calls: byBot((bot) => calls(telegram, bot)),
    live: byBot((bot) => structuredClone(telegram.state(bot.id))),
    recorded: Object.fromEntries(recorded.map((one) => [one.urn.replace(/^.*::/, ""), one])) as Record<
      string,
      StateResource | undefined
    >,
  };
}

const of = (name: Name, more: Record<string, unknown> = {}): Declaration => ({ args: { ...bots[name].args, ...more } });
const nowhere = "https://nowhere.example.com/x";
const later = (value: unknown) => ({ $later: value, after: "made" });
const first = () => ({
  made: of("made", { allowedUpdates: ["message", "callback_query"] }),
  unknown: of("unknown", {
    ...{ token: later(bots.unknown.token), url: later(bots.unknown.url), maxConnections: later(7) },
    ...{ allowedUpdates: later(["poll"]), localServer: later(false) },
  }),
  ...{ changed: of("changed"), replaced: of("before"), drifted: of("drifted"), emptied: of("emptied") },
  ...{ removed: of("removed"), gone: of("gone"), foreign: of("foreign"), dead: of("dead"), slow: of("slow") },
  ...{ kept: of("kept"), renewed: of("renewed") },
});
let renewedToken: string;
const changes = () => ({ url: `${bots.changed.url}2`, maxConnections: 5, allowedUpdates: ["poll"] });
const second = () => ({
  ...first(),
  ...{ renewed: of("renewed", { token: renewedToken }), replaced: of("after"), changed: of("changed", changes()) },
  kept: of("kept", { url: nowhere }),
});
const third = () => ({ ...second(), kept: of("kept"), killed: of("killed") });

const foreseen = step("a preview", async () => {
  project.declare(first());
  return seeing(() => project.preview(["--json"]));
});

const made = step("an up in which one webhook is refused, one is slow and one too slow", async () => {
  await foreseen();
  const setWebhook = (name: Name, milliseconds: number) =>
    telegram.fault({ botId: bots[name].id, method: "setWebhook", kind: "slow", milliseconds });
  setWebhook("slow", 1500);
  setWebhook("late", 600_000);
  const late = { ...of("late"), options: { customTimeouts: { create: "30s" } } };
  project.declare({ ...first(), late, refused: of("refused", { url: nowhere }) });
  return seeing(() => project.up(["--continue-on-error"], { expect: 1 }));
});

const again = step("an up that does nothing", async () => {
  await made();
  project.declare(first());
  return seeing(() => project.up(["--expect-no-changes"]));
});

const shown = step("the drift gate of a pipeline, after others have written", async () => {
  await again();
  await telegram.outsider(bots.drifted.id).setWebhook({ url: "https://evil.example.com/", max_connections: 40 });
  await telegram.outsider(bots.emptied.id).deleteWebhook();
  const gate = ["refresh", "--preview-only", "--diff", "--expect-no-changes"];
  return seeing(() => project.pulumi(gate, { expect: 7 }));
});

const repaired = step("an up that repairs, and follows a token that was revoked", async () => {
  await shown();
  renewedToken = telegram.revokeToken(bots.renewed.id).token;
  project.declare({ ...first(), renewed: of("renewed", { token: renewedToken }) });
  return seeing(() => project.up(["--refresh", "--diff"]));
});

const changed = step("an up that changes, replaces and is refused", async () => {
  await repaired();
  project.declare(second());
  return seeing(() => project.pulumi(["up", "--yes", "--diff", "--continue-on-error"], { expect: 1 }));
});

const killed = step("an up that is killed, and the one after it", async () => {
  await changed();
  project.declare(third());
  const { id, url } = bots.killed;
  telegram.fault({ botId: id, method: "setWebhook", kind: "slow", when: "after", milliseconds: 600_000 });
  const running = project.start(["up", "--yes", "--skip-preview"]);
  await until(() => telegram.state(id).url === url);
  running.kill("SIGKILL");
  await project.recover();
  project.declare({ ...third(), changed: of("changed", { ...changes(), verifySeconds: 1 }) });
  return seeing(() => project.up());
});

const settled = step("a preview, a refresh and an up that do nothing", async () => {
  await killed();
  return seeing(() => project.pulumi(["up", "--yes", "--refresh", "--expect-no-changes"]));
});

const ended = step("the end, after others have written", async () => {
  await settled();
  await telegram.outsider(bots.gone.id).deleteWebhook();
  await telegram.outsider(bots.foreign.id).setWebhook({ url: "https://other.example.com/hook" });
  telegram.revokeToken(bots.dead.id);
  const seen = await seeing(() => project.destroy());
  said.push(project.backendText());
  return { ...seen, resources: project.state().resources };
});

const isSet = ["getWebhookInfo", "setWebhook", "getWebhookInfo"];
/** As declared, with the secret token of its own. */
const ours = (name: Name) => ({ url: bots[name].url, secretToken: bots[name].args["secretToken"] });

answerAll("TelegramWebhook", {
  "it is made": async () => {
    const { calls, live, recorded } = await made();
    const { id, url } = bots.made;
    expect(calls.made).toEqual(isSet);
    expect(live.made).toMatchObject({
      ...ours("made"),
      maxConnections: 41,
      allowedUpdates: ["message", "callback_query"],
    });
    expect(recorded["made"]).toMatchObject({
      id,
      type: "pulumi-nodejs:dynamic/telegram:TelegramWebhook",
      outputs: {
        botId: id,
        url,
        allowedUpdates: ["callback_query", "message"],
        hasCustomCertificate: false,
        secretInForce: true,
        verified: true,
        schemaVersion: 1,
      },
    });
  },

  "a second run does nothing": async () => {
    const { text, calls } = await again();
    expect(text).toContain("14 unchanged");
    expect(Object.values(calls).flat()).toEqual([]);
    expect((await shown()).calls.made).toEqual(["getWebhookInfo"]);
    expect((await shown()).text).not.toContain("TelegramWebhook::made");
    // One look for the preview and one for the update; nothing is written.
    const last = await settled();
    expect(last.text).toContain("15 unchanged");
    expect(new Set(Object.values(last.calls).flat())).toEqual(new Set(["getWebhookInfo"]));
  },

  "it is changed in place": async () => {
    const { text, calls, live } = await changed();
    const { url } = bots.changed;
    expect(text.split("Updating (")[0]).toMatch(new RegExp(`~ url +: "${url}" => "${url}2"`));
    expect(calls.changed).toEqual(isSet);
    expect(live.changed).toMatchObject({ url: `${url}2`, maxConnections: 5, allowedUpdates: ["poll"] });
    // What Telegram is not sent is no reason for a call that writes.
    expect((await killed()).calls.changed).toEqual(["getWebhookInfo"]);
  },

  "it is replaced": async () => {
    const { text, live, recorded } = await changed();
    expect(text.split("Updating (")[1]).toContain("1 replaced");
    expect(live.before.url).toBe("");
    expect(live.after.url).toBe(bots.after.url);
    expect(recorded["replaced"]?.id).toBe(bots.after.id);
  },

  "a change by someone else is shown and repaired": async () => {
    const { text } = await shown();
    expect(text).toContain(`"${bots.drifted.url}" => "https://evil.example.com/"`);
    expect(text).toContain("41 => 40");
    expect((await repaired()).live.drifted).toMatchObject({ ...ours("drifted"), maxConnections: 41 });
    await settled();
  },

  "a removal by someone else is shown and repaired": async () => {
    expect((await shown()).text).toMatch(new RegExp(`- url +: "${bots.emptied.url}"`));
    const { text, live } = await repaired();
    // Drifted, emptied, and the one with a new token.
    expect(text).toMatch(/3 updated/);
    expect(live.emptied).toMatchObject(ours("emptied"));
  },

  "it is removed": async () => {
    const { calls, live, resources } = await ended();
    expect(calls.removed).toEqual(["getWebhookInfo", "deleteWebhook"]);
    expect(live.removed.url).toBe("");
    expect(resources).toEqual([]);
  },

  "it is removed when it is already gone": async () => {
    expect((await ended()).calls.gone).toEqual(["getWebhookInfo"]);
  },

  "what is not ours is left alone": async () => {
    const { text, live } = await ended();
    expect(live.foreign.url).toBe("https://other.example.com/hook");
    expect(text).toMatch(/which this resource did not set; it is left alone/);
  },

  "a slow far side is waited for": async () => {
    const { text, live, recorded } = await made();
    expect(live.slow.url).toBe(bots.slow.url);
    expect(text).toMatch(
      new RegExp(`setWebhook for bot ${bots.late.id} .* got no answer: the operation's deadline has passed`),
    );
    expect(recorded["late"]).toBeUndefined();
  },

  "a far side that refuses is quoted, and nothing is invented": async () => {
    const { text, recorded } = await made();
    expect(text).toMatch(
      new RegExp(
        `setWebhook for bot ${bots.refused.id} at 127\\.0\\.0\\.1:\\d+ was refused \\(400\\): "bad webhook: Failed to resolve host`,
      ),
    );
    expect(recorded["refused"]).toBeUndefined();

    const updated = await changed();
    expect(updated.text).toMatch(/is back in place\./);
    expect(updated.live.kept).toMatchObject(ours("kept"));
    expect(updated.recorded["kept"]?.outputs).toMatchObject({ url: bots.kept.url, verified: false });
    const { live, recorded: at } = await killed();
    expect(live.kept.url).toBe(bots.kept.url);
    expect(at["kept"]?.outputs).toMatchObject({ url: bots.kept.url, verified: true });
  },

  "a wrong credential is named": async () => {
    const { text, live, recorded } = await repaired();
    const { id, token } = bots.renewed;
    expect(text).toMatch(
      new RegExp(
        `bot ${id}: the recorded token is dead \\(it was revoked, or renewed\\), and the webhook is gone with it\\.`,
      ),
    );
    expect(text).not.toContain(token.slice(-16));
    expect(live.renewed).toMatchObject(ours("renewed"));
    expect(recorded["renewed"]?.id).toBe(id);
    expect((await ended()).text).toMatch(/the token is dead \(401\)/);
  },

  "an unknown value passes the preview": async () => {
    const { text, calls } = await foreseen();
    expect(JSON.parse(text)).toMatchObject({ changeSummary: { create: 14 } });
    expect(Object.values(calls).flat()).toEqual([]);
    const expected = { url: bots.unknown.url, maxConnections: 7, allowedUpdates: ["poll"] };
    expect((await made()).live.unknown).toMatchObject(expected);
    await again();
  },

  "a secret stays secret": async () => {
    await ended();
    const hidden = Object.values(bots).flatMap(({ token, args }) => [token.split(":")[1], args["secretToken"]]);
    const forms = [...hidden, renewedToken.split(":")[1]].flatMap((text) => {
      const secret = text as string;
      return [secret, Buffer.from(secret).toString("base64").slice(0, 16), secret.slice(0, 16)];
    });
    expect(said.flatMap((text, at) => (forms.some((form) => text.includes(form)) ? [at] : []))).toEqual([]);
    expect(said.length).toBeGreaterThanOrEqual(9);
    expect(said.join("")).toContain("[secret]");
  },

  "it is killed half-way and run again": async () => {
    const { live, recorded } = await killed();
    expect(live.killed).toMatchObject(ours("killed"));
    expect(recorded["killed"]?.outputs).toMatchObject({ verified: true });
    await settled();
  },
});

test("a diff showed the reader what the class tells the provider: names, parents and fingerprints", async () => {
  const { text } = await changed();
  expect(text).toContain("TelegramWebhook::changed");
  expect(text).not.toMatch(/declared +: |parents *: |values +: /);
});
