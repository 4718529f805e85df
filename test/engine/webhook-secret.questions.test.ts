// WebhookSecret answers the table of questions on the real engine, with a webhook at the fake Bot API server that uses it.
// One stack has a secret and a bot for each question; test/support/secret-story.ts has its steps.
import { answerAll } from "../support/questions";
import { secretStory } from "../support/secret-story";

const {
  bots,
  foreseen,
  made,
  again,
  planned,
  rotations,
  mended,
  replaced,
  due,
  aged,
  killed,
  recovered,
  settled,
  ...end
} = secretStory();
const { exported, ended } = end;

const setOnce = ["getWebhookInfo", "setWebhook", "getWebhookInfo"];

/** What `preview --json` is to do with each resource. */
function plannedIn(text: string): Record<string, string> {
  const { steps } = JSON.parse(text) as { steps: { op: string; urn: string }[] };
  return Object.fromEntries(steps.map(({ op, urn }) => [urn.replace(/^.*::/, ""), op]));
}

answerAll("WebhookSecret", {
  "it is made": async () => {
    const { made: of, live, stored } = await made();
    const { id, current, accepted, version, rotatedAt } = of.made;
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(current).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect({ accepted, version }).toEqual({ accepted: [current], version: 1 });
    expect(Math.abs(Date.now() - Date.parse(rotatedAt))).toBeLessThan(120_000);
    expect(live.made.secretToken).toBe(current);
    expect(stored("made")?.type).toBe("pulumi-nodejs:dynamic/telegram:WebhookSecret");
    expect(Object.keys(stored("made")?.outputs ?? {}).sort()).toEqual([
      ...["__declared", "__provider", "accepted", "current", "revokePreviousTrigger", "rotateAfterDays"],
      ...["rotateTrigger", "rotatedAt", "schemaVersion", "version"],
    ]);
  },

  "a second run does nothing": async () => {
    const before = await made();
    // It previews, refreshes and updates.
    const { text, made: of, calls } = await again();
    expect(text).toContain("28 unchanged");
    expect(of).toEqual(before.made);
    expect(new Set(calls.made)).toEqual(new Set(["getWebhookInfo"]));
    await settled();
  },

  "it is changed in place": async () => {
    const { changed: first } = (await again()).made;
    // In the preview of an update the new secret is not known, so the webhook's update shows.
    expect(plannedIn((await planned()).text)).toMatchObject({ changed: "update", "changed-bot": "update" });
    const rotated = await rotations();
    expect(rotated.preview).toContain("17 to update");
    expect(rotated.update).toContain("12 updated");
    expect(rotated.update).toMatch(/changed: version 2 is made \(rotateTrigger changed\); version 1 stays accepted/);
    const { changed: second } = rotated.made;
    expect(second).toMatchObject({ id: first.id, version: 2, accepted: [second.current, first.current] });
    expect(second.current).not.toBe(first.current);
    expect(rotated.live.changed.secretToken).toBe(second.current);
    expect(rotated.calls.changed).toEqual(setOnce);

    const revoked = await mended();
    expect(revoked.made.changed).toEqual({ ...second, accepted: [second.current] });
    expect(revoked.calls.changed).toEqual([]);

    const both = await replaced();
    const { changed: third } = both.made;
    expect(third).toMatchObject({ id: first.id, version: 3, accepted: [third.current] });
    expect(both.live.changed.secretToken).toBe(third.current);

    // A refresh rotates nothing; that one is due is a change to Pulumi, and the line says that it is ours.
    const looked = await due();
    expect(looked.text).toMatch(/changed: a rotation is due \(the last one was .*\); the next pulumi up does it/);
    expect(looked.made.changed).toMatchObject({ version: 3, current: third.current, accepted: [third.current] });
    const { preview, update, made: of, live } = await aged();
    expect(preview).toContain("2 to update");
    expect(update).toMatch(/changed: version 4 is made \(the last rotation was 20/);
    const { changed: fourth } = of;
    expect(fourth).toMatchObject({ version: 4, accepted: [fourth.current, third.current] });
    expect(live.changed.secretToken).toBe(fourth.current);
    await settled();
  },

  "it is replaced": async () => {
    const { demanded: first } = (await again()).made;
    const { text, made: of } = await rotations();
    expect(text).not.toContain("replaced");
    expect(of.demanded.id).toBe(first.id);
    // Nothing of ours replaces it; Pulumi does on demand, and the webhook follows in the same run.
    const after = await replaced();
    expect(after.update).toContain("1 replaced");
    const { demanded: other } = after.made;
    expect(other).toMatchObject({ version: 1, accepted: [other.current] });
    expect(other.id).not.toBe(first.id);
    expect(after.live.demanded.secretToken).toBe(other.current);
  },

  "a change by someone else is shown and repaired": async () => {
    const { drifted: first } = (await made()).made;
    // Telegram shows no secret, so a foreign one at our url cannot be seen. Nothing changes ours, and a rotation repairs.
    const { made: of, live } = await again();
    expect(live.drifted.secretToken).toBe("foreign");
    expect(of.drifted).toEqual(first);
    const after = await rotations();
    expect(after.live.drifted.secretToken).toBe(after.made.drifted.current);
    expect(after.made.drifted.current).not.toBe(first.current);
  },

  "a removal by someone else is shown and repaired": async () => {
    const { emptied: first } = (await mended()).made;
    const { text, made: of, live, calls } = await replaced();
    expect(text).toMatch(new RegExp(`bot ${bots.emptied.id}: its webhook is gone`));
    expect(calls.emptied).toContain("setWebhook");
    expect(of.emptied).toEqual(first);
    expect(live.emptied.secretToken).toBe(first.current);
  },

  "it is removed": async () => {
    expect((await rotations()).stored("removed")).toBeDefined();
    const { stored, live } = await mended();
    expect(stored("removed")).toBeUndefined();
    expect(live.removed.secretToken).toBe(bots.removed.args["secretToken"]);
    expect((await ended()).resources).toEqual([]);
  },

  "it is removed when it is already gone": async () => {
    const { gone: lost } = (await rotations()).made;
    const { calls, stored } = await mended();
    expect([calls.gone, stored("gone")]).toEqual([[], undefined]);
    // A lost secret is lost: the next run makes another one, and the webhook follows.
    const { made: of, live } = await recovered();
    expect(of.gone.current).not.toBe(lost.current);
    expect(live.gone.secretToken).toBe(of.gone.current);
  },

  "what is not ours is left alone": async () => {
    const { made: before } = await made();
    expect(before.made.current).not.toBe(before.changed.current);
    const { made: of, calls } = await rotations();
    expect(of.made).toEqual(before.made);
    expect(calls.changed).toEqual(setOnce);
    expect(calls.made).toEqual([]);
  },

  "a slow far side is waited for": async () => {
    const { slow: first } = (await again()).made;
    const { meanwhile, made: of, live } = await rotations();
    expect(meanwhile?.made.version).toBe(2);
    expect(meanwhile?.live).toBe(first.current);
    expect(meanwhile?.made.accepted).toContain(first.current);
    expect(live.slow.secretToken).toBe(of.slow.current);
  },

  "a far side that refuses is quoted, and nothing is invented": async () => {
    const { refused: first } = (await again()).made;
    const { text, made: of, live } = await rotations();
    expect(text).toMatch(new RegExp(`setWebhook for bot ${bots.refused.id} .*"bad webhook: Unknown"`));
    const { refused: second } = of;
    expect(second).toMatchObject({ version: 2, accepted: [second.current, first.current] });
    expect(live.refused).toMatchObject({ url: bots.refused.url, secretToken: first.current });
    const after = await mended();
    expect(after.made.refused).toEqual(second);
    expect(after.live.refused.secretToken).toBe(second.current);
    expect(text).not.toContain(first.current);
    expect(text).not.toContain(second.current);
  },

  "a wrong credential is named": async () => {
    const { renewed: first } = (await again()).made;
    const { text, made: of } = await rotations();
    expect(text).toMatch(new RegExp(`bot ${bots.renewed.id} .*\\(401\\)`));
    const { renewed: second } = of;
    expect(second).toMatchObject({ version: 2, accepted: [second.current, first.current] });
    const after = await mended();
    expect(after.made.renewed).toEqual(second);
    expect(after.live.renewed.secretToken).toBe(second.current);
  },

  "an unknown value passes the preview": async () => {
    const { changeSummary } = JSON.parse((await foreseen()).text) as { changeSummary: object };
    expect(changeSummary).toEqual({ create: 28 });
    const { unknown: first } = (await made()).made;
    expect(first.version).toBe(1);
    // In this preview the triggers are unknown again; in the run they turn out to be the same.
    const expected = { earlier: "update", unknown: "update", "unknown-bot": "update" };
    expect(plannedIn((await planned()).text)).toMatchObject(expected);
    const { update, made: of, live, calls } = await rotations();
    expect(update).toContain("12 updated");
    expect([calls.earlier, calls.unknown]).toEqual([setOnce, []]);
    expect(of.unknown).toEqual(first);
    expect(live.unknown.secretToken).toBe(first.current);
  },

  "a secret stays secret": async () => {
    const { said, secrets } = await ended();
    const { masked: first } = (await made()).made;
    const { masked: second } = (await rotations()).made;
    expect((await mended()).live.masked.secretToken).toBe(second.current);
    expect(secrets).toEqual(expect.arrayContaining([first.current, second.current]));
    expect(secrets).toHaveLength(25);
    expect(JSON.stringify((await exported())["accepted by masked"])).toContain("[secret]");
    const forms = secrets.flatMap((secret) => [
      ...[secret.slice(0, 16), secret.slice(-16)],
      Buffer.from(secret).toString("base64").slice(0, 16),
    ]);
    expect(Object.keys(said).filter((name) => forms.some((form) => said[name]?.includes(form)))).toEqual([]);
    expect(Object.keys(said)).toHaveLength(16);
    expect(said["destroy --diff"]).toMatch(/accepted +: \[secret\]/);
    expect(said["a refused up --diff"]).toContain('(400): "[secret]"');
  },

  "it is killed half-way and run again": async () => {
    const { killed: first } = (await aged()).made;
    const { made: of, live } = await killed();
    const { killed: second } = of;
    expect(second.accepted).toEqual([second.current, first.current]);
    expect(second.accepted).toContain(live.killed.secretToken);
    const after = await recovered();
    expect(after.made.killed).toEqual(second);
    expect(after.live.killed.secretToken).toBe(second.current);
    await settled();
  },
});
