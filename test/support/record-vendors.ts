// The table of questions for DnsRecord at a vendor, answered by what three stories on the real engine saw.
import { answerAll } from "./questions";
import { silent, stageOf, tellLife, tellRefusals, tellWaits, zone } from "./record-stories";
import type { RecordVendor, Stage } from "./record-stories";
import { recordProject } from "./records";
import type { RecordProject } from "./records";

const one = (ttlSeconds = 60) => `A 192.0.2.1 ${ttlSeconds}`;

/** Defines the tests of a vendor. */
export function askVendor(name: "cloudflare" | "route53", startVendor: () => Promise<RecordVendor>): void {
  jest.setTimeout(600_000); // the first question of a story waits for all its commands, each with a deadline of its own
  const projects: RecordProject[] = [];
  let vendor: RecordVendor;
  beforeAll(async () => {
    vendor = await startVendor();
  });
  afterAll(async () => {
    await Promise.all(projects.map((project) => project.dispose()));
    await vendor.stop();
  });
  /** Told once, by the first question that needs it. */
  function story<T>(tell: (stage: Stage) => Promise<T>): () => Promise<T> {
    let told: Promise<T> | undefined;
    const begin = async () => {
      const project = await recordProject();
      projects.push(project);
      return tell(stageOf(vendor, project));
    };
    return () => (told ??= begin());
  }
  const life = story(tellLife);
  const refusals = story(tellRefusals);
  const waits = story(tellWaits);

  answerAll(`DnsRecord at ${name}`, {
    "it is made": async () => {
      const { made, id, outputs } = await life();
      expect(made).toEqual({
        ...{ made: ["A 192.0.2.1 60", "A 192.0.2.2 60"], changed: ["A 192.0.2.1 60", "A 192.0.2.2 60"] },
        ...{ before: [one()], retyped: [one()], drifted: [one()], lost: [one()], dropped: [one()], gone: [one()] },
        ...{ mixed: [one()], later: ["A 192.0.2.5 60"] },
      });
      expect(id).toBe(`${name}/made.example.test/A`);
      expect(outputs).toMatchObject({
        ...{ zone, name: "made", type: "A", values: ["192.0.2.1", "192.0.2.2"], ttlSeconds: 60 },
        ...{ vendor: name, fqdn: "made.example.test", owned: ["192.0.2.1", "192.0.2.2"] },
      });
    },
    "a second run does nothing": async () => {
      const { again } = await life();
      expect(again.said).toContain("11 unchanged");
      expect(again.writes).toBe(0);
      expect(again.after).toEqual(again.before);
    },
    "it is changed in place": async () => {
      const { changed } = await life();
      expect(changed.operations["changed"]).toEqual(["update"]);
      expect(changed.live["changed"]).toEqual(["A 192.0.2.2 90", "A 192.0.2.3 90"]);
    },
    "it is replaced": async () => {
      const { changed } = await life();
      // A renamed record is made first and removed last; another type at the same name needs the room first.
      expect(changed.operations["renamed"]).toEqual(["create-replacement", "replace", "delete-replaced"]);
      expect([changed.live["before"], changed.live["after"]]).toEqual([[], [one()]]);
      expect(changed.operations["retyped"]).toEqual(["delete-replaced", "replace", "create-replacement"]);
      expect(changed.live["retyped"]).toEqual(["CNAME target.example 60"]);
      expect(changed.writes).toBe(8);
    },
    "a change by someone else is shown and repaired": async () => {
      const { drift } = await life();
      expect(drift.shown).toContain("somebody else set it to 192.0.2.1, 192.0.2.9; written was 192.0.2.1");
      expect(drift.shown).toContain("its TTL is 77 s, declared is 60. pulumi up repairs it.");
      expect(drift.shown).toMatch(/\+ +\[1\]: "192\.0\.2\.9"/);
      expect(drift.shown).toMatch(/~ ttlSeconds *: 60 => 77/);
      expect(drift.repaired["drifted"]).toEqual([one()]);
      expect(drift.inOneStep["drifted"]).toEqual([one()]);
    },
    "a removal by someone else is shown and repaired": async () => {
      const { changed, drift } = await life();
      expect(drift.shown).toContain("1 deleted");
      expect(drift.repaired["lost"]).toEqual([one(61)]);
      expect(drift.inOneStep["lost"]).toEqual([one(61)]);
      // Without a refresh it is made again too, since an update looks first.
      expect(changed.operations["lost"]).toEqual(["update"]);
      expect(changed.live["lost"]).toEqual([one(61)]);
    },
    "it is removed": async () => {
      const { changed, end } = await life();
      expect(changed.operations["dropped"]).toEqual(["delete"]);
      expect(changed.live["dropped"]).toEqual([]);
      const nothing = { made: [], changed: [], after: [], retyped: [], drifted: [], lost: [], later: [] };
      expect(end.live).toMatchObject(nothing);
      expect(end.resources).toEqual([]);
    },
    "it is removed when it is already gone": async () => {
      const { end } = await life();
      expect(end.live["gone"]).toEqual([]);
      // One for each record that was there: made, changed, renamed, retyped, drifted, lost, mixed and later.
      expect(end.writes).toBe(8);
    },
    "what is not ours is left alone": async () => {
      const { first, second, third, end: left } = await refusals();
      expect(first.said).toContain(
        `The A record theirs.example.test exists at ${name} with 192.0.2.99, which this stack did not set. Nothing was written.`,
      );
      expect(first.live["theirs"]).toEqual(["A 192.0.2.99 60"]);
      expect(first.outputs["theirs"]).toBeUndefined();
      expect(second.said).toContain("192.0.2.99 was set by somebody else; it is replaced by 192.0.2.1");
      expect(second.live["theirs"]).toEqual([one()]);
      expect(third.said).toContain("pulumi up --refresh shows and repairs it");
      expect(third.live["theirs"]).toEqual(["A 192.0.2.50 60"]);
      expect(left.live).toEqual({ theirs: ["A 192.0.2.50 60"], refused: [], wrong: [] });
      // Of a set that somebody else added to only our own value goes.
      const { end } = await life();
      expect(end.said).toContain("192.0.2.51 was set by somebody else; it is left alone");
      expect(end.live["mixed"]).toEqual(["A 192.0.2.51 60"]);
    },
    "a slow far side is waited for": async () => {
      const { slow } = await waits();
      expect(slow.writes).toBe(2);
      expect(slow.publishedAt).toBeGreaterThanOrEqual(slow.servedAt);
      expect(slow.said).toContain("Who asks too early remembers for up to 60 s that there is no such name");
      expect(slow.late).toContain("The A record slow.example.test is written, but after 1 s not every name server");
      expect(slow.late).toContain(`${silent} could not be reached (ECONNREFUSED) over UDP or TCP`);
      expect(slow.kept).toMatchObject({ values: ["192.0.2.2"], owned: ["192.0.2.2"] });
      expect(slow.kept?.["publishedAt"]).toBeUndefined();
    },
    "a far side that refuses is quoted, and nothing is invented": async () => {
      const { first, second, third } = await refusals();
      expect(first.said).toContain(`${name}: to create the A record refused.example.test ${first.refusal}`);
      expect([first.live["refused"], first.outputs["refused"]]).toEqual([[], undefined]);
      expect(second.live["refused"]).toEqual([one()]);
      expect(third.said).toContain(`${name}: to change the A record refused.example.test ${third.refusal}`);
      expect(third.live["refused"]).toEqual([one()]);
      expect(third.outputs["refused"]).toMatchObject({ ttlSeconds: 60, owned: ["192.0.2.1"] });
    },
    "a wrong credential is named": async () => {
      const { first, second, third } = await refusals();
      expect(first.said).toContain(`to find the zone of the A record wrong.example.test ${vendor.wrongSays}`);
      expect([first.live["wrong"], first.outputs["wrong"]]).toEqual([[], undefined]);
      // Only the refused record came as far as a write.
      expect(first.writes).toBe(1);
      // A dead key is followed by the one of the environment, and a change of the key alone writes nothing.
      expect(second.live["wrong"]).toEqual([one()]);
      expect(third.operations["wrong"]).toEqual(["update"]);
      expect(third.writes).toBe(1);
    },
    "an unknown value passes the preview": async () => {
      const { unknown, changed } = await life();
      expect(unknown.said).toContain("11 to create");
      expect(unknown.writes).toBe(0);
      expect(changed.foreseen["later"]).toEqual(["update"]);
      expect(changed.operations["later"] ?? []).not.toContain("replace");
      expect(changed.live["later"]).toEqual(["A 192.0.2.5 60"]);
    },
    "a secret stays secret": async () => {
      const { texts } = await refusals();
      const all = { ...texts, ...(await life()).texts };
      const forms = vendor.secrets.flatMap((secret) => [secret, Buffer.from(secret).toString("base64").slice(0, 16)]);
      expect(Object.keys(all).filter((what) => forms.some((form) => all[what]?.includes(form)))).toEqual([]);
      expect(Object.values(all).join("")).toContain("[secret]");
    },
    "it is killed half-way and run again": async () => {
      const { killed } = await waits();
      // The far side has what the state does not know of: a new record, the successor of a renamed one, a new value.
      expect(killed.live).toEqual({ created: [one()], old: [one()], new: [one()], altered: ["A 192.0.2.7 60"] });
      expect(killed.outputs).toMatchObject({ moved: { name: "old" }, altered: { owned: ["192.0.2.1"] } });
      expect(killed.outputs["created"]).toBeUndefined();
      expect(killed.after).toEqual({ created: [one()], old: [], new: [one()], altered: ["A 192.0.2.7 60"] });
      expect(killed.recovered).toMatchObject({ created: { owned: ["192.0.2.1"] }, altered: { owned: ["192.0.2.7"] } });
      // Nothing was written twice, and the removal of the old name was not forgotten.
      expect(killed.writes).toBe(1);
      expect(killed.end).toEqual({ created: [], old: [], new: [], altered: [], slow: [] });
    },
  });
}
