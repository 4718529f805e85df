// The table of questions for DnsRecord at a vendor, answered by what the steps of one story on the real engine saw.
import { answerAll } from "./questions";
import { recordStory, silent, zone } from "./record-stories";
import type { RecordVendor } from "./record-stories";
import { recordProject } from "./records";
import type { RecordProject } from "./records";
import { startSmallDns } from "./small-dns";
import type { SmallDns } from "./small-dns";
import { setUp, tearDown } from "./story";

const one = (ttlSeconds = 60) => [`A 192.0.2.1 ${ttlSeconds}`];

/** Defines the tests of a vendor. */
export function askVendor(name: "cloudflare" | "route53", startVendor: () => Promise<RecordVendor>): void {
  jest.setTimeout(600_000); // the first question waits for the steps that it needs, each command with a deadline of its own
  let vendor: RecordVendor;
  let project: RecordProject;
  let dns: SmallDns;
  let isServed = false;
  setUp(async () => {
    vendor = await startVendor();
    dns = await startSmallDns({ zone, records: () => (isServed ? vendor.served() : []) });
    project = await recordProject();
  });
  tearDown(async () => {
    await project.dispose();
    await dns.close();
    await vendor.stop();
  });
  const story = recordStory(() => ({ vendor, project, dns, serve: () => (isServed = true) }));
  const { previewed, begun, changed, shown, repaired, killed, again, ended } = story;

  answerAll(`DnsRecord at ${name}`, {
    "it is made": async () => {
      const { live, id, outputs } = await begun();
      expect(live).toMatchObject({
        ...{ made: ["A 192.0.2.1 60", "A 192.0.2.2 60"], changed: ["A 192.0.2.1 60", "A 192.0.2.2 60"] },
        ...{ before: one(), retyped: one(), drifted: one(), lost: one(), dropped: one(), gone: one() },
        ...{ mixed: one(), later: ["A 192.0.2.5 60"] },
      });
      expect(id).toBe(`${name}/made.example.test/A`);
      expect(outputs["made"]).toMatchObject({
        ...{ zone, name: "made", type: "A", values: ["192.0.2.1", "192.0.2.2"], ttlSeconds: 60 },
        ...{ vendor: name, fqdn: "made.example.test", owned: ["192.0.2.1", "192.0.2.2"] },
      });
    },
    "a second run does nothing": async () => {
      const { said, writes, before, outputs } = await again();
      expect(Object.keys(outputs)).toHaveLength(20);
      expect(said).toContain("21 unchanged");
      expect(writes).toBe(0);
      expect(outputs).toEqual(before);
    },
    "it is changed in place": async () => {
      const { done, live } = await changed();
      expect(done["changed"]).toEqual(["update"]);
      expect(live.changed).toEqual(["A 192.0.2.2 90", "A 192.0.2.3 90"]);
    },
    "it is replaced": async () => {
      const { done, live, writes } = await changed();
      // A renamed record is made first and removed last; another type at the same name needs the room first.
      expect(done["renamed"]).toEqual(["create-replacement", "replace", "delete-replaced"]);
      expect([live.before, live.after]).toEqual([[], one()]);
      expect(done["retyped"]).toEqual(["delete-replaced", "replace", "create-replacement"]);
      expect(live.retyped).toEqual(["CNAME target.example 60"]);
      // Two for renamed and for retyped, one for made, changed, lost, dropped, slow, theirs, refused, wrong and denied.
      expect(writes).toBe(13);
    },
    "a change by someone else is shown and repaired": async () => {
      const { said } = await shown();
      expect(said).toContain("somebody else set it to 192.0.2.1, 192.0.2.9; this stack had written 192.0.2.1");
      expect(said).toContain("its TTL is 77 s, declared is 60. pulumi up --refresh repairs it.");
      expect(said).toMatch(/\+ +\[1\]: "192\.0\.2\.9"/);
      expect(said).toMatch(/~ ttlSeconds *: 60 => 77/);
      const { live } = await repaired();
      expect(live.drifted).toEqual(one());
      // Seen and repaired in one command.
      expect(live["drifted-again"]).toEqual(one());
    },
    "a removal by someone else is shown and repaired": async () => {
      expect((await shown()).said).toContain("1 deleted");
      const { live } = await repaired();
      expect(live.lost).toEqual(one(61));
      expect(live["lost-again"]).toEqual(one());
      // Without a refresh it is made again too, since an update looks first.
      const { done, live: before } = await changed();
      expect(done["lost"]).toEqual(["update"]);
      expect(before.lost).toEqual(one(61));
    },
    "it is removed": async () => {
      const { done, live } = await changed();
      expect(done["dropped"]).toEqual(["delete"]);
      expect(live.dropped).toEqual([]);
      const { live: left, resources } = await ended();
      const { mixed: _, disturbed: _other, ...ours } = left;
      expect(Object.values(ours).flat()).toEqual([]);
      expect(resources).toEqual([]);
    },
    "it is removed when it is already gone": async () => {
      const { live, writes } = await ended();
      expect(live.gone).toEqual([]);
      // One for each of the 20 records, but for the one that is gone and the one that somebody else took over.
      expect(writes).toBe(18);
    },
    "what is not ours is left alone": async () => {
      const [refused, later, end] = [await begun(), await changed(), await ended()];
      expect(refused.said).toContain(
        `The A record theirs.example.test exists at ${name} with 192.0.2.99, which this resource did not set. Nothing was written.`,
      );
      expect(refused.live.theirs).toEqual(["A 192.0.2.99 60"]);
      expect(refused.outputs["theirs"]).toBeUndefined();
      expect(later.said).toContain("192.0.2.99 was set by somebody else; it is replaced by 192.0.2.1");
      expect(later.live.theirs).toEqual(one());
      expect(later.said).toContain("pulumi up --refresh shows and repairs it");
      expect(later.live.disturbed).toEqual(["A 192.0.2.50 60"]);
      expect((await repaired()).live.disturbed).toEqual(["A 192.0.2.3 60"]);
      expect(end.live.disturbed).toEqual(["A 192.0.2.50 60"]);
      // Of a set that somebody else added to only our own value goes.
      expect(end.said).toContain("192.0.2.51 was set by somebody else; it is left alone");
      expect(end.live.mixed).toEqual(["A 192.0.2.51 60"]);
    },
    "a slow far side is waited for": async () => {
      const { writes, servedAt, said, outputs } = await begun();
      // One for each of the 17 records, one that was put off, one that was refused.
      expect(writes).toBe(19);
      expect(Date.parse(String(outputs["slow"]?.["publishedAt"]))).toBeGreaterThanOrEqual(servedAt);
      expect(said).toMatch(
        /slow\.example\.test .*A resolver that asked before remembers for up to 60 s that there is no such name/,
      );
      const late = await changed();
      expect(late.said).toContain("The A record slow.example.test is written, but after 1 s not every name server");
      expect(late.said).toContain(`${silent} could not be reached (ECONNREFUSED) over UDP or TCP`);
      expect(late.outputs["slow"]).toMatchObject({ values: ["192.0.2.2"], owned: ["192.0.2.2"] });
      expect(late.outputs["slow"]?.["publishedAt"]).toBeUndefined();
    },
    "a far side that refuses is quoted, and nothing is invented": async () => {
      const [first, second] = [await begun(), await changed()];
      expect(first.said).toContain(`${name}: to create the A record refused.example.test ${first.refusal}`);
      expect([first.live.refused, first.outputs["refused"]]).toEqual([[], undefined]);
      expect(second.live.refused).toEqual(one());
      expect(second.said).toContain(`${name}: to change the A record denied.example.test ${second.refusal}`);
      expect(second.live.denied).toEqual(one());
      expect(second.outputs["denied"]).toMatchObject({ ttlSeconds: 60, owned: ["192.0.2.1"] });
    },
    "a wrong credential is named": async () => {
      const [first, second, third] = [await begun(), await changed(), await repaired()];
      expect(first.said).toContain(`to find the zone of the A record wrong.example.test ${vendor.wrongSays}`);
      expect([first.live.wrong, first.outputs["wrong"]]).toEqual([[], undefined]);
      // A dead key is followed by the one of the environment, and a change of the key alone writes nothing.
      expect(second.live.wrong).toEqual(one());
      expect(third.done["wrong"]).toEqual(["refresh", "update"]);
      // One for each of the six that were repaired: drifted and lost, both again, disturbed and denied.
      expect(third.writes).toBe(6);
    },
    "an unknown value passes the preview": async () => {
      const { said, writes } = await previewed();
      expect(JSON.parse(said)).toMatchObject({ changeSummary: { create: 18 } });
      expect(writes).toBe(0);
      const { foreseen, done, live } = await changed();
      expect(foreseen["later"]).toEqual(["update"]);
      expect(done["later"] ?? []).not.toContain("replace");
      expect(live.later).toEqual(["A 192.0.2.5 60"]);
    },
    "a secret stays secret": async () => {
      const { texts } = await ended();
      const forms = vendor.secrets.flatMap((secret) => [secret, Buffer.from(secret).toString("base64").slice(0, 16)]);
      const leaks = Object.keys(texts).filter((what) => forms.some((form) => texts[what]?.includes(form)));
      expect(leaks).toEqual([]);
      expect(Object.keys(texts)).toHaveLength(9);
      expect(Object.values(texts).join("")).toContain("[secret]");
    },
    "it is killed half-way and run again": async () => {
      const { interrupted, live, outputs, writes } = await killed();
      // The far side has what the state does not know of: a new record, the successor of a renamed one, a new value.
      expect(interrupted.live).toMatchObject({ created: one(), old: one(), new: one(), altered: ["A 192.0.2.7 60"] });
      expect(interrupted.outputs).toMatchObject({ moved: { name: "old" }, altered: { owned: ["192.0.2.1"] } });
      expect(interrupted.outputs["created"]).toBeUndefined();
      expect(live).toMatchObject({ created: one(), old: [], new: one(), altered: ["A 192.0.2.7 60"] });
      expect(outputs).toMatchObject({ created: { owned: ["192.0.2.1"] }, altered: { owned: ["192.0.2.7"] } });
      // Nothing was written twice, and the removal of the old name was not forgotten.
      expect(writes).toBe(1);
      const { created, old, new: fresh, altered, slow } = (await ended()).live;
      expect([created, old, fresh, altered, slow]).toEqual([[], [], [], [], []]);
    },
  });
}
