// DnsRecord answers the table of questions on the real engine, at real bind9 servers: a primary with TSIG, and a slow secondary.
import { ask } from "../../provider/probe/dns-client";
import { startBind9 } from "../support/bind9";
import type { Bind9 } from "../support/bind9";
import { startSmallDns } from "../support/small-dns";
import { answerAll } from "../support/questions";
import { openVendor, recordStack } from "../support/dns-logic";
import { recordProjects } from "../support/records";
import type { RecordProject } from "../support/records";
import { until } from "../support/until";
import { both } from "../support/webhooks";

const [primaryAddress, secondaryAddress] = ["127.53.8.2", "127.53.8.3"];
const nameServers = [`${primaryAddress}:53`, `${secondaryAddress}:53`];
const secret = "c2VjcmV0LW9mLXRoaXMta2V5LTAxMjM0NTY3ODk=";
const zone = "example.test";
/** A secondary looks for changes every 3 s. */
const zoneText = (name: string) =>
  [
    `$ORIGIN ${name}.`,
    "$TTL 60",
    "@ 400 SOA ns1 admin 1 3 1 86400 600",
    "@ NS ns1",
    "@ NS ns2",
    `ns1 A ${primaryAddress}`,
    `ns2 A ${secondaryAddress}`,
    "theirs 60 A 192.0.2.99",
    "*.wild 60 A 192.0.2.77",
    "alias 60 CNAME elsewhere.example.",
    "",
  ].join("\n");

let primary: Bind9;
let secondary: Bind9;
const newProject = recordProjects();

beforeAll(async () => {
  primary = await startBind9({
    address: primaryAddress,
    zones: {
      [zone]: zoneText(zone),
      "other.test": zoneText("other.test"),
      "sub.example.test": zoneText("sub.example.test"),
    },
    keys: { ours: secret },
  });
  secondary = await startBind9({ address: secondaryAddress, zones: {}, slaves: { [zone]: `${primaryAddress}:53` } });
});
afterAll(() => Promise.all([primary.stop(), secondary.stop()]));

let count = 0;
const freshName = () => `bots${(count += 1)}`;
const key = { tsigName: "ours", tsigSecret: { $secret: secret } };
const via = { rfc2136: { server: `${primaryAddress}:53`, ...key } };

/** A record of its own, without a wait: where it matters the test says so. */
const record = (name: string, more: Record<string, unknown> = {}) => ({
  ...{ zone, name, type: "A", values: ["192.0.2.1"], ttlSeconds: 60, via, waitSeconds: 0 },
  ...more,
});

/** What a server answers: "60 192.0.2.1", sorted. */
async function live(
  name: string,
  type: "A" | "TXT" | "CNAME" | "CAA" = "A",
  server = primaryAddress,
): Promise<string[]> {
  const fqdn = name.includes(".") ? name : `${name}.${zone}`;
  const reply = await ask(server, fqdn, type, { signal: AbortSignal.timeout(10_000) });
  if ("noReply" in reply) throw new Error(reply.noReply);
  const own = reply.answers.filter((answer) => answer.type === type) as unknown as { ttl: number; data: unknown }[];
  return own.map(({ ttl, data }) => `${ttl} ${typeof data === "string" ? data : String(data)}`).sort();
}

async function upWith(name: string, more: Record<string, unknown> = {}): Promise<RecordProject> {
  const project = await newProject();
  project.declare({ record: record(name, more) });
  await project.up();
  return project;
}

const outsider = (...lines: string[]) => primary.update(lines.join("\n"));

answerAll("DnsRecord", {
  "it is made": async () => {
    const name = freshName();
    const project = await upWith(name, { values: ["192.0.2.2", "192.0.2.1", "192.0.2.2"] });
    expect(await live(name)).toEqual(["60 192.0.2.1", "60 192.0.2.2"]);
    expect(project.id()).toBe(`rfc2136/${name}.example.test/A`);
    expect(project.outputs()).toMatchObject({
      ...{ zone, name, type: "A", values: ["192.0.2.1", "192.0.2.2"], ttlSeconds: 60 },
      ...{ vendor: "rfc2136", fqdn: `${name}.example.test`, owned: ["192.0.2.1", "192.0.2.2"] },
    });
    expect(Date.now() - Date.parse(String(project.outputs()?.["publishedAt"]))).toBeLessThan(120_000);
  },

  "a second run does nothing": async () => {
    const name = freshName();
    const project = await upWith(`${name}.EXAMPLE.test.`, { type: "CNAME", values: ["Target.Example.NET."] });
    const open = () => ({ ...project.outputs(), via: "encrypted anew each time" });
    const before: Record<string, unknown> = open();
    expect(await live(name, "CNAME")).toEqual(["60 target.example.net"]);
    expect((await project.up(["--expect-no-changes"])).stdout).toContain("2 unchanged");
    await project.refresh(["--expect-no-changes"]);
    await project.preview(["--expect-no-changes"]);
    expect(open()).toEqual(before);
    // The same in other words is an update that writes nothing.
    project.declare({ record: record(name, { type: "CNAME", values: ["target.example.net"] }) });
    await project.up();
    expect(project.outputs()?.["publishedAt"]).toBe(before["publishedAt"]);
  },

  "it is changed in place": async () => {
    const name = freshName();
    const text = 'he said "a\\b"; ' + "x".repeat(300);
    const project = await upWith(name, { type: "TXT", values: [text] });
    expect(await live(name, "TXT")).toEqual([`60 ${text.slice(0, 255)},${text.slice(255)}`]);
    await project.refresh(["--expect-no-changes"]);
    project.declare({ record: record(name, { type: "TXT", values: ["one", "two"], ttlSeconds: 90 }) });
    expect((await project.up()).stdout).toContain("1 updated");
    expect(await live(name, "TXT")).toEqual(["90 one", "90 two"]);
    project.declare({ record: record(name, { type: "TXT", values: ["two"], ttlSeconds: 90 }) });
    await project.up();
    expect(await live(name, "TXT")).toEqual(["90 two"]);
    expect(project.outputs()).toMatchObject({ values: ["two"], owned: ["two"] });
  },

  "it is replaced": async () => {
    const [first, second] = [freshName(), freshName()];
    const project = await upWith(first);
    const operations = async () => (await project.operations(["up", "--yes", "--skip-preview"]))["record"];
    // A renamed record is made first and removed last; another type at the same name needs the room first.
    project.declare({ record: record(second) });
    expect(await operations()).toEqual(["create-replacement", "replace", "delete-replaced"]);
    expect([await live(first), await live(second)]).toEqual([[], ["60 192.0.2.1"]]);
    project.declare({ record: record(second, { type: "CNAME", values: ["target.example"] }) });
    expect(await operations()).toEqual(["delete-replaced", "replace", "create-replacement"]);
    expect([await live(second), await live(second, "CNAME")]).toEqual([[], ["60 target.example"]]);
    project.declare({ record: record(first) });
    expect(await operations()).toEqual(["create-replacement", "replace", "delete-replaced"]);
    expect([await live(second, "CNAME"), await live(first)]).toEqual([[], ["60 192.0.2.1"]]);
    project.declare({ record: record(first, { zone: "other.test" }) });
    expect(await operations()).toEqual(["create-replacement", "replace", "delete-replaced"]);
    expect([await live(first), await live(`${first}.other.test`)]).toEqual([[], ["60 192.0.2.1"]]);
    expect(project.id()).toBe(`rfc2136/${first}.other.test/A`);
    // The same record, made anew on demand, stays.
    await project.up(["--replace", project.urn()]);
    expect(await live(`${first}.other.test`)).toEqual(["60 192.0.2.1"]);
  },

  "a change by someone else is shown and repaired": async () => {
    const name = freshName();
    const project = await upWith(name);
    // A second record beside ours, and another TTL; the other kinds of drift are in the tests of the vendors.
    await outsider(
      ...[`update delete ${name}.${zone} A`, `update add ${name}.${zone} 77 A 192.0.2.1`],
      `update add ${name}.${zone} 77 A 192.0.2.9`,
    );
    const shown = both(await project.refresh(["--diff"]));
    expect(shown).toContain("somebody else set it to 192.0.2.1, 192.0.2.9; written was 192.0.2.1");
    expect(shown).toContain("its TTL is 77 s, declared is 60. pulumi up repairs it.");
    expect(shown).toMatch(/\+ +\[1\]: "192\.0\.2\.9"/);
    expect(shown).toMatch(/~ ttlSeconds *: 60 => 77/);
    await project.up();
    expect(await live(name)).toEqual(["60 192.0.2.1"]);
    await project.refresh(["--expect-no-changes"]);
  },

  "a removal by someone else is shown and repaired": async () => {
    const name = freshName();
    const project = await upWith(name);
    await outsider(`update delete ${name}.${zone} A`);
    expect((await project.refresh()).stdout).toContain("1 deleted");
    await project.up();
    expect(await live(name)).toEqual(["60 192.0.2.1"]);
    // Without a refresh it is made again too, since an update looks first.
    await outsider(`update delete ${name}.${zone} A`);
    project.declare({ record: record(name, { ttlSeconds: 61 }) });
    await project.up();
    expect(await live(name)).toEqual(["61 192.0.2.1"]);
  },

  "it is removed": async () => {
    const [first, second] = [freshName(), freshName()];
    const project = await newProject();
    project.declare({ record: record(first), other: record(second) });
    await project.up();
    project.declare({ record: record(first) });
    await project.up();
    expect([await live(first), await live(second)]).toEqual([["60 192.0.2.1"], []]);
    await project.destroy();
    expect(await live(first)).toEqual([]);
    expect(project.state().resources).toEqual([]);
  },

  "it is removed when it is already gone": async () => {
    const name = freshName();
    const project = await upWith(name);
    await outsider(`update delete ${name}.${zone} A`);
    await project.destroy();
    expect(project.state().resources).toEqual([]);
  },

  "what is not ours is left alone": async () => {
    const project = await newProject();
    project.declare({ record: record("theirs") });
    expect(both(await project.up([], { expect: 1 }))).toContain(
      "The A record theirs.example.test exists at rfc2136 with 192.0.2.99, which this stack did not set. Nothing was written.",
    );
    expect(await live("theirs")).toEqual(["60 192.0.2.99"]);
    expect(project.outputs()).toBeUndefined();
    project.declare({ record: record("alias") });
    expect(both(await project.up([], { expect: 1 }))).toContain("a CNAME to elsewhere.example stands at this name");

    const name = freshName();
    project.declare({ record: record(name) });
    await project.up();
    await outsider(`update delete ${name}.${zone} A`, `update add ${name}.${zone} 60 A 192.0.2.50`);
    project.declare({ record: record(name, { values: ["192.0.2.3"], takeover: true }) });
    expect(both(await project.up([], { expect: 1 }))).toContain("pulumi up --refresh shows and repairs it");
    await project.destroy();
    expect(await live(name)).toEqual(["60 192.0.2.50"]);

    project.declare({ record: record(name, { takeover: true }) });
    expect(both(await project.up())).toContain("192.0.2.50 was set by somebody else; it is replaced by 192.0.2.1");
    await outsider(`update add ${name}.${zone} 60 A 192.0.2.51`);
    expect(both(await project.destroy())).toContain("192.0.2.51 was set by somebody else; it is left alone");
    expect(await live(name)).toEqual(["60 192.0.2.51"]);
  },

  "a slow far side is waited for": async () => {
    const name = freshName();
    const project = await newProject();
    project.declare({ record: record(name, { waitSeconds: 60, nameServers }) });
    const up = await project.up();
    expect(await live(name, "A", secondaryAddress)).toEqual(["60 192.0.2.1"]);
    // The SOA record's own TTL of 400 s is less than its MINIMUM of 600 s.
    expect(both(up)).toMatch(/is published\. Who asks too early remembers for up to 400 s that there is no such name/);

    // A server that never follows: the sentence names it and what it still answers; the record is kept and waited for again.
    const silent = "127.53.8.9:53";
    const records = () => [{ name: `${name}.${zone}`, type: "A" as const, ttl: 60, data: "192.0.2.1" }];
    const stubborn = await startSmallDns({ zone, records });
    const changed = { values: ["192.0.2.2"], nameServers: [...nameServers, silent, stubborn.address] };
    project.declare({ record: record(name, { ...changed, waitSeconds: 1 }) });
    const late = both(await project.up([], { expect: 1 }));
    expect(late).toContain(
      `The A record ${name}.example.test is written, but after 1 s not every name server of ${zone}`,
    );
    expect(late).toContain(`${silent} could not be reached (ECONNREFUSED) over UDP or TCP`);
    expect(late).toContain(`${stubborn.address} still answers 192.0.2.1`);
    await stubborn.close();
    expect(late).toContain("remembers for up to 300 s that there is no such name, and so does Telegram");
    expect(project.outputs()).toMatchObject({ values: ["192.0.2.2"], owned: ["192.0.2.2"] });
    expect(project.outputs()?.["publishedAt"]).toBeUndefined();
    expect((await project.preview()).stdout).toContain("1 to update");
    project.declare({ record: record(name, { ...changed, nameServers, waitSeconds: 60 }) });
    await project.up();
    expect(project.outputs()?.["publishedAt"]).toBeDefined();
    await project.preview(["--expect-no-changes"]);
  },

  "a far side that refuses is quoted, and nothing is invented": async () => {
    const name = freshName();
    const project = await newProject();
    project.declare({ record: record(name, { via: { rfc2136: { server: `${primaryAddress}:53` } } }) });
    const refused = both(await project.up([], { expect: 1 }));
    expect(refused).toContain(`to create the A record ${name}.example.test was refused (REFUSED)`);
    expect(refused).toContain("Or give tsigName and tsigSecret. Nothing was written.");
    expect(project.outputs()).toBeUndefined();
    project.declare({ record: record(name, { zone: "nowhere.test" }) });
    expect(both(await project.up([], { expect: 1 }))).toContain(
      `DNS server ${primaryAddress}:53 answered REFUSED about nowhere.test.`,
    );
    project.declare({ record: record(name, { zone: "deeper.example.test" }) });
    expect(both(await project.up([], { expect: 1 }))).toContain(
      `DNS server ${primaryAddress}:53 has no zone deeper.example.test`,
    );
    project.declare({ record: record("notexample.test") });
    expect(both(await project.preview([], { expect: "any" }))).toContain("name must lie in the zone example.test");
    project.declare({ record: record("@", { type: "CNAME", values: ["target.example"] }) });
    expect(both(await project.preview([], { expect: "any" }))).toContain("cannot be CNAME at the zone's own name");
    // A secondary takes no updates, and says so.
    project.declare({ record: record(name, { via: { rfc2136: { ...key, server: `${secondaryAddress}:53` } } }) });
    expect(both(await project.up([], { expect: 1 }))).toContain(
      "(REFUSED(BADKEY)): the server does not know a key of this name. Correct tsigName. Nothing was written.",
    );
    expect(await live(name)).toEqual([]);
  },

  "a wrong credential is named": async () => {
    const name = freshName();
    const project = await newProject();
    const wrong = (more: object) => record(name, { via: { rfc2136: { ...via.rfc2136, ...more } } });
    project.declare({ record: wrong({ tsigSecret: { $secret: "d3Jvbmctc2VjcmV0LW9mLXRoZS1rZXk=" } }) });
    expect(both(await project.up([], { expect: 1 }))).toContain(
      "was refused (NOTAUTH(BADSIG)): the key's secret is not the one that the server has. Correct tsigSecret",
    );
    project.declare({ record: wrong({ tsigName: "nobodys" }) });
    expect(both(await project.up([], { expect: 1 }))).toContain("(NOTAUTH(BADKEY)): the server does not know a key");
    // A dead key is followed by the one of the environment, and a change of the key alone writes nothing.
    const env = { DNS_UPDATE_KEYNAME: "ours", DNS_UPDATE_KEYSECRET: secret };
    await project.up([], { env });
    const made = project.outputs()?.["publishedAt"];
    project.declare({ record: record(name) });
    await project.up();
    expect(project.outputs()?.["publishedAt"]).toBe(made);
    expect(await live(name)).toEqual(["60 192.0.2.1"]);
  },

  "an unknown value passes the preview": async () => {
    const [first, second] = [freshName(), freshName()];
    const project = await newProject();
    const later = (value: unknown) => ({ $later: value, after: "first" });
    const declare = (ttlSeconds: number) =>
      project.declare({
        first: record(first, { ttlSeconds }),
        record: record(second, {
          ...{ name: later(second), values: [later("192.0.2.5")] },
          via: { rfc2136: { ...via.rfc2136, tsigSecret: later(secret) } },
        }),
      });
    declare(60);
    expect((await project.preview()).stdout).toContain("3 to create");
    await project.up();
    expect(await live(second)).toEqual(["60 192.0.2.5"]);
    declare(61);
    expect((await project.preview()).stdout).not.toContain("replace");
    expect((await project.up()).stdout).not.toContain("replaced");
    expect(await live(second)).toEqual(["60 192.0.2.5"]);
  },

  "a secret stays secret": async () => {
    const name = freshName();
    const project = await newProject();
    const said: string[] = [];
    const note = async (work: Promise<{ stdout: string; stderr: string }>) => void said.push(both(await work));
    project.declare({ record: record(name) });
    await note(project.preview(["--diff"]));
    await note(project.up(["--diff"]));
    project.declare({ record: record("theirs") });
    await note(project.up(["--diff"], { expect: 1 }));
    project.declare({ record: record(name, { ttlSeconds: 61 }) });
    await note(project.preview(["--json"]));
    await note(project.up(["--diff"]));
    await note(project.refresh(["--diff"]));
    await note(project.pulumi(["stack", "export"]));
    await note(project.pulumi(["stack", "output"]));
    await note(project.destroy(["--diff"]));
    said.push(project.backendText());
    const forms = [secret.slice(0, 16), secret.slice(-16), Buffer.from(secret).toString("base64").slice(0, 16)];
    expect(said.flatMap((text, at) => (forms.some((form) => text.includes(form)) ? [at] : []))).toEqual([]);
    expect(said.join("")).toContain("[secret]");
  },

  "it is killed half-way and run again": async () => {
    const name = freshName();
    const project = await newProject();
    project.declare({ record: record(name, { waitSeconds: 60, nameServers: ["127.53.8.9:53"] }) });
    const running = project.start(["up", "--yes", "--skip-preview"]);
    await until(async () => (await live(name)).length > 0, 60);
    process.kill(-running.pid, "SIGKILL");
    await project.pulumi(["cancel", "--yes"]);
    expect(project.outputs()).toBeUndefined();
    project.declare({ record: record(name, { waitSeconds: 60, nameServers }) });
    await project.up();
    expect(await live(name)).toEqual(["60 192.0.2.1"]);
    expect(project.outputs()).toMatchObject({ owned: ["192.0.2.1"] });
    await project.preview(["--expect-no-changes"]);
    await project.destroy();
    expect(await live(name)).toEqual([]);
  },
});

test("a wildcard above the name is no record of somebody else: ours is made beside it", async () => {
  const name = `${freshName()}.wild`;
  const project = await newProject();
  project.declare({ record: record(name) });
  await project.up();
  expect(await live(`${name}.${zone}`)).toEqual(["60 192.0.2.1"]);
  await project.destroy();
  expect(await live(`${name}.${zone}`)).toEqual(["60 192.0.2.77"]);
});

test("somebody changes the record between our look and our write: nothing is written over", async () => {
  const name = freshName();
  const open = (args: Record<string, unknown>) => ({
    ...args,
    via: { rfc2136: { ...via.rfc2136, tsigSecret: secret } },
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
  expect(await live(name)).toEqual(["60 192.0.2.67"]);
  const stack = recordStack();
  await outsider(`update delete ${name}.${zone} A`);
  await stack.up(open(record(name)));
  await outsider(`update add ${name}.${zone} 60 A 192.0.2.1`, `update add ${name}.${zone} 60 A 192.0.2.68`);
  await stack.destroy();
  expect(await live(name)).toEqual(["60 192.0.2.68"]);
});
