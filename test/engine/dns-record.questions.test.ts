// DnsRecord answers the table of questions on the real engine, at real bind9 servers: what the steps of one story saw.
import { openVendor, recordStack } from "../support/dns-logic";
import { answerAll } from "../support/questions";
import {
  again,
  changed,
  ended,
  first,
  foreseen,
  impossible,
  killed,
  live,
  longText,
  made,
  one,
  onNameServers,
  outsider,
  primaryAddress,
  record,
  repaired,
  rfc2136,
  said,
  secret,
  shown,
  silent,
  stubborn,
  third,
  zone,
} from "../support/rfc2136-story";
import { storyTest } from "../support/story";

jest.setTimeout(600_000); // the first question waits for the steps that it needs, each command with a deadline of its own
onNameServers();

answerAll("DnsRecord", {
  "it is made": async () => {
    const { live, id, outputs, beganAt, endedAt } = await made();
    expect(live.made).toEqual(["A 60 192.0.2.1", "A 60 192.0.2.2"]);
    expect(id).toBe("rfc2136/made.example.test/A");
    expect(outputs["made"]).toMatchObject({
      ...{ zone, name: "made", type: "A", values: ["192.0.2.1", "192.0.2.2"], ttlSeconds: 60 },
      ...{ vendor: "rfc2136", fqdn: "made.example.test", owned: ["192.0.2.1", "192.0.2.2"] },
    });
    const publishedAt = Date.parse(String(outputs["made"]?.["publishedAt"]));
    expect(publishedAt).toBeGreaterThanOrEqual(beganAt);
    expect(publishedAt).toBeLessThanOrEqual(endedAt);
  },

  "a second run does nothing": async () => {
    expect((await made()).live.same).toEqual(["CNAME 60 target.example.net"]);
    const { said, before, after } = await again();
    expect(said).toContain(`${Object.keys(third()).length + 2} unchanged`);
    expect(after).toEqual(before);
    // The same in other words is an update that writes nothing.
    expect((await changed()).done["same"]).toEqual(["update"]);
    expect((await changed()).outputs["same"]?.["publishedAt"]).toBe((await made()).outputs["same"]?.["publishedAt"]);
  },

  "it is changed in place": async () => {
    expect((await made()).live.text).toEqual([`TXT 60 ${longText.slice(0, 255)},${longText.slice(255)}`]);
    expect((await changed()).done["text"]).toEqual(["update"]);
    expect((await changed()).live.text).toEqual(["TXT 90 one", "TXT 90 two"]);
    const { live, outputs } = await repaired();
    expect(live.text).toEqual(["TXT 90 two"]);
    expect(outputs["text"]).toMatchObject({ values: ["two"], owned: ["two"] });
  },

  "it is replaced": async () => {
    const { done, live, outputs } = await changed();
    // A renamed record is made first and removed last; another type at the same name needs the room first.
    expect(done["renamed"]).toEqual(["create-replacement", "replace", "delete-replaced"]);
    expect([live.before, live.after]).toEqual([[], one]);
    expect(done["retyped"]).toEqual(["delete-replaced", "replace", "create-replacement"]);
    expect(live.retyped).toEqual(["CNAME 60 target.example"]);
    expect(done["twice"]).toEqual(["create-replacement", "replace", "delete-replaced"]);
    expect([live.twice, live["twice-new"]]).toEqual([[], one]);
    expect(done["moved"]).toEqual(["create-replacement", "replace", "delete-replaced"]);
    expect([live.moved, live["moved.other.test"]]).toEqual([[], one]);
    expect(outputs["moved"]).toMatchObject({ fqdn: "moved.other.test" });
    // The same record, made anew on demand, stays.
    const anew = await repaired();
    expect(anew.done["moved"]).toContain("replace");
    expect(anew.live["moved.other.test"]).toEqual(one);
  },

  "a change by someone else is shown and repaired": async () => {
    const text = await shown();
    expect(text).toContain("somebody else set it to 192.0.2.1, 192.0.2.9; this stack had written 192.0.2.1");
    expect(text).toContain("its TTL is 77 s, declared is 60. pulumi up --refresh repairs it.");
    expect(text).toMatch(/\+ +\[1\]: "192\.0\.2\.9"/);
    expect(text).toMatch(/~ ttlSeconds *: 60 => 77/);
    expect((await repaired()).live.drifted).toEqual(one);
    await again();
  },

  "a removal by someone else is shown and repaired": async () => {
    expect(await shown()).toContain("1 deleted");
    expect((await repaired()).live.lost).toEqual(["A 61 192.0.2.1"]);
    // Without a refresh it is made again too, since an update looks first.
    expect((await changed()).done["lost"]).toEqual(["update"]);
    expect((await changed()).live.lost).toEqual(["A 61 192.0.2.1"]);
  },

  "it is removed": async () => {
    const { live, done } = await changed();
    expect(done["dropped"]).toEqual(["delete"]);
    expect([live.made, live.dropped]).toEqual([["A 61 192.0.2.1", "A 61 192.0.2.2"], []]);
    const end = await ended();
    expect(end.live).toMatchObject({ made: [], same: [], text: [], after: [], retyped: [], "moved.other.test": [] });
    expect(end.resources).toEqual([]);
  },

  "it is removed when it is already gone": async () => {
    const { live, resources } = await ended();
    expect(live.gone).toEqual([]);
    expect(resources).toEqual([]);
  },

  "what is not ours is left alone": async () => {
    const refused = await made();
    expect(refused.said).toContain(
      "The A record theirs.example.test exists at rfc2136 with 192.0.2.99, which this resource did not set. Nothing was written.",
    );
    expect(refused.live.theirs).toEqual(["A 60 192.0.2.99"]);
    expect(refused.outputs["theirs"]).toBeUndefined();
    expect(refused.said).toContain("this name has a CNAME to elsewhere.example");
    expect(refused.live.alias).toEqual(["CNAME 60 elsewhere.example"]);
    const later = await changed();
    expect(later.said).toContain("192.0.2.99 was set by somebody else; it is replaced by 192.0.2.1");
    expect(later.live.theirs).toEqual(one);
    expect(later.said).toContain("pulumi up --refresh shows and repairs it");
    expect(later.live.disturbed).toEqual(["A 60 192.0.2.50"]);
    const end = await ended();
    expect(end.live.disturbed).toEqual(["A 60 192.0.2.50"]);
    expect(end.said).toContain("192.0.2.51 was set by somebody else; it is left alone");
    expect(end.live.mixed).toEqual(["A 60 192.0.2.51"]);
  },

  "a slow far side is waited for": async () => {
    const { said, atSecondary } = await made();
    expect(atSecondary).toEqual(one);
    // The SOA record's own TTL of 400 s is less than its MINIMUM of 600 s.
    expect(said).toMatch(
      /is published\. A resolver that asked before remembers for up to 400 s that there is no such name/,
    );
    // A server that never follows: the sentence names it and what it still answers; the record is kept and waited for again.
    const late = await changed();
    expect(late.said).toContain(
      "The A record slow.example.test is written, but after 1 s not every name server of example.test",
    );
    expect(late.said).toContain(`${silent} could not be reached (ECONNREFUSED) over UDP or TCP`);
    expect(late.said).toContain(`${stubborn.address} still answers 192.0.2.1`);
    expect(late.said).toContain(
      "A resolver that asked before remembers for up to 300 s that there is no such name, and so does Telegram",
    );
    expect(late.outputs["slow"]).toMatchObject({ values: ["192.0.2.2"], owned: ["192.0.2.2"] });
    expect(late.outputs["slow"]?.["publishedAt"]).toBeUndefined();
    const { foreseen, outputs } = await repaired();
    expect(foreseen["slow"]).toEqual(["update"]);
    expect(outputs["slow"]?.["publishedAt"]).toBeDefined();
    await again();
  },

  "a far side that refuses is quoted, and nothing is invented": async () => {
    const { said, live, outputs } = await made();
    expect(said).toContain("to create the A record keyless.example.test was refused (REFUSED)");
    expect(said).toContain("Or give tsigName and tsigSecret. Nothing was written.");
    expect(said).toContain(`DNS server ${primaryAddress}:53 answered REFUSED about nowhere.test.`);
    expect(said).toContain(`DNS server ${primaryAddress}:53 has no zone deeper.example.test`);
    // The secondary has no key, and says so to the signed look-up.
    expect(said).toContain(
      "to look for the A record secondary.example.test was refused (NOTAUTH(BADKEY)): the server does not know a key of this name with this algorithm. Correct tsigName or tsigAlgorithm. Nothing was written.",
    );
    expect([live.keyless, live.secondary]).toEqual([[], []]);
    for (const name of ["keyless", "nowhere", "deeper", "secondary"]) expect(outputs[name]).toBeUndefined();
    expect((await impossible()).outside).toContain("name must lie in the zone example.test");
    expect((await impossible()).apex).toContain("cannot be CNAME at the zone's own name");
  },

  "a wrong credential is named": async () => {
    const { said, live, outputs } = await made();
    expect(said).toMatch(
      /bad-secret\.example\.test was refused \(NOTAUTH\(BADSIG\)\): the key's secret is not the one that the server has\. Correct tsigSecret/,
    );
    expect(said).toMatch(/bad-name\.example\.test was refused \(NOTAUTH\(BADKEY\)\): the server does not know a key/);
    expect([live["bad-secret"], live["bad-name"], outputs["badSecret"], outputs["badName"]]).toEqual([[], [], undefined, undefined]); // prettier-ignore
    // A dead key is followed by the one of the environment, and a change of the key alone writes nothing.
    const replaced = await repaired();
    expect([replaced.done["badSecret"], replaced.done["badName"]]).toEqual([["update"], ["update"]]);
    for (const name of ["badSecret", "badName"]) {
      const publishedAt = (await changed()).outputs[name]?.["publishedAt"];
      expect(publishedAt).toBeDefined();
      expect(replaced.outputs[name]?.["publishedAt"]).toBe(publishedAt);
    }
    expect([replaced.live["bad-secret"], replaced.live["bad-name"]]).toEqual([one, one]);
  },

  "an unknown value passes the preview": async () => {
    expect(await foreseen()).toContain(`${Object.keys(first).length + 1} to create`);
    expect((await made()).live.later).toEqual(["A 60 192.0.2.5"]);
    const { foreseen: planned, done, live } = await changed();
    expect(planned["later"]).toEqual(["update"]);
    expect(done["later"] ?? []).not.toContain("replace");
    expect(live.later).toEqual(["A 60 192.0.2.5"]);
  },

  "a secret stays secret": async () => {
    await ended();
    const forms = [secret.slice(0, 16), secret.slice(-16), Buffer.from(secret).toString("base64").slice(0, 16)];
    expect(said.flatMap((text, at) => (forms.some((form) => text.includes(form)) ? [at] : []))).toEqual([]);
    expect(said.join("")).toContain("[secret]");
    expect(said.length).toBeGreaterThanOrEqual(10);
  },

  "it is killed half-way and run again": async () => {
    const { outputs, after } = await killed();
    expect(outputs["killed"]).toBeUndefined();
    expect(after.live.killed).toEqual(one);
    expect(after.outputs["killed"]).toMatchObject({ owned: ["192.0.2.1"] });
    await again();
    expect((await ended()).live.killed).toEqual([]);
  },
});

storyTest("a wildcard above the name is no record of somebody else: ours is made beside it", async () => {
  expect((await made()).live["made.wild.example.test"]).toEqual(one);
  expect((await ended()).live["made.wild.example.test"]).toEqual(["A 60 192.0.2.77"]);
});

test("somebody changes the record between our look and our write: nothing is written over", async () => {
  const name = "raced";
  const open = (args: Record<string, unknown>) => ({
    ...args,
    via: { rfc2136: { ...rfc2136, tsigSecret: secret } },
  });
  /** The vendor as it is, but somebody else writes right after each look. */
  const raced = (value: string) =>
    recordStack({}, (way, context) => {
      const vendor = openVendor(way, context);
      const find: typeof vendor.find = async (place) => {
        const found = await vendor.find(place);
        await outsider(`update delete ${name}.${zone} A`, `update add ${name}.${zone} 60 A ${value}`);
        return found;
      };
      return { ...vendor, find };
    });
  const said = "was not done: somebody else changed it at this very moment. Nothing was written. Run pulumi up again.";
  expect(await raced("192.0.2.66").refusal(open(record(name)))).toContain(
    `to create the A record ${name}.${zone} ${said}`,
  );
  expect(await raced("192.0.2.67").refusal(open(record(name, { takeover: true })))).toContain(`to change the A record`);
  expect(await live(name)).toEqual(["A 60 192.0.2.67"]);
  const stack = recordStack();
  await outsider(`update delete ${name}.${zone} A`);
  await stack.up(open(record(name)));
  await outsider(`update add ${name}.${zone} 60 A 192.0.2.1`, `update add ${name}.${zone} 60 A 192.0.2.68`);
  await stack.destroy();
  expect(await live(name)).toEqual(["A 60 192.0.2.68"]);
});
