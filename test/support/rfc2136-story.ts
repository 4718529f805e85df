// The story of a DnsRecord at real bind9 servers, a primary with TSIG and a slow secondary: one stack with a record for each question.
import { ask } from "../../provider/probe/dns-client";
import { startBind9 } from "./bind9";
import type { Bind9 } from "./bind9";
import type { PulumiOptions } from "./pulumi";
import { recordProject } from "./records";
import type { RecordDeclaration, RecordProject } from "./records";
import { startSmallDns } from "./small-dns";
import type { SmallDns } from "./small-dns";
import { setUp, step, tearDown } from "./story";
import { until } from "./until";
import { both } from "./webhooks";

export const [primaryAddress, secondaryAddress] = ["127.53.8.2", "127.53.8.3"];
const nameServers = [`${primaryAddress}:53`, `${secondaryAddress}:53`];
export const secret = "c2VjcmV0LW9mLXRoaXMta2V5LTAxMjM0NTY3ODk=";
export const zone = "example.test";
/** From the first `up` on. */
let isSecondaryHeld = false;
/** A secondary looks for changes each second. */
const zoneText = (name: string) =>
  [
    `$ORIGIN ${name}.`,
    "$TTL 60",
    "@ 400 SOA ns1 admin 1 1 1 86400 600",
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
/** Says for ever that slow is 192.0.2.1. */
export let stubborn: SmallDns;
let project: RecordProject;

/** Starts the servers for the tests of a file, and ends them. */
export function onNameServers(): void {
  setUp(async () => {
    primary = await startBind9({
      address: primaryAddress,
      zones: {
        [zone]: zoneText(zone),
        "other.test": zoneText("other.test"),
        "sub.example.test": zoneText("sub.example.test"),
      },
      keys: { ours: secret },
    });
    // It has a new record only after it was asked for it and had none.
    const mayFollow = (wasAsked: (name: string) => boolean) => !isSecondaryHeld || wasAsked(`slow.${zone}`);
    const slaves = { [zone]: `${primaryAddress}:53` };
    secondary = await startBind9({ address: secondaryAddress, zones: {}, slaves, mayFollow });
    const records = () => [{ name: `slow.${zone}`, type: "A" as const, ttl: 60, data: "192.0.2.1" }];
    stubborn = await startSmallDns({ zone, records });
    project = await recordProject();
  });
  tearDown(async () => {
    await project.dispose();
    await Promise.all([primary.stop(), secondary.stop(), stubborn.close()]);
  });
}

const key = { tsigName: "ours", tsigSecret: { $secret: secret } };
export const rfc2136 = { server: `${primaryAddress}:53`, ...key };
/** Nobody answers there. */
export const silent = "127.53.8.9:53";

/** Without a wait: where it matters the story says so. */
export const record = (name: string, more: Record<string, unknown> = {}) => ({
  ...{ zone, name, type: "A", values: ["192.0.2.1"], ttlSeconds: 60, via: { rfc2136 }, waitSeconds: 0 },
  ...more,
});
const through = (name: string, way: object) => record(name, { via: { rfc2136: { ...rfc2136, ...way } } });
const cname = (...values: string[]) => ({ type: "CNAME", values });

const types = ["A", "CNAME", "TXT"] as const;
/** What a server answers about a name, such as "A 60 192.0.2.1", sorted. */
export async function live(name: string, server = primaryAddress): Promise<string[]> {
  const fqdn = name.includes(".") ? name : `${name}.${zone}`;
  const found = types.map(async (type) => {
    const reply = await ask(server, fqdn, type, { signal: AbortSignal.timeout(30_000) });
    if ("noReply" in reply) throw new Error(reply.noReply);
    const own = reply.answers.filter((answer) => answer.type === type) as unknown as { ttl: number; data: unknown }[];
    return own.map(({ ttl, data }) => `${type} ${ttl} ${String(data)}`);
  });
  return (await Promise.all(found)).flat().sort();
}
export const one = ["A 60 192.0.2.1"];

const places = [
  ...["made", "same", "text", "before", "after", "retyped", "twice", "twice-new", "moved", "moved.other.test"],
  ...["drifted", "lost", "dropped", "gone", "disturbed", "mixed", "slow", "later", "made.wild.example.test"],
  ...["theirs", "alias", "keyless", "secondary", "bad-secret", "bad-name", "killed"],
] as const;
type Place = (typeof places)[number];
/** All that is live and all that is recorded, at this moment. */
async function seen() {
  const found = await Promise.all(places.map(async (name) => [name, await live(name)] as const));
  const records = project.openState().resources.filter(({ type }) => type.endsWith("DnsRecord"));
  const outputs = records.map(({ urn, outputs }) => [urn.replace(/^.*::/, ""), outputs] as const);
  return {
    live: Object.fromEntries(found) as Record<Place, string[]>,
    outputs: Object.fromEntries(outputs) as Record<string, Record<string, unknown> | undefined>,
  };
}

export const outsider = (...lines: string[]) => primary.update(lines.join("\n"));
/** Somebody else writes these A records in place of what is there. */
const rewrite = (name: string, ttl: number, ...values: string[]) =>
  outsider(`update delete ${name}.${zone} A`, ...values.map((value) => `update add ${name}.${zone} ${ttl} A ${value}`));

/** All that was printed, for the question about secrets. */
export const said: string[] = [];
const noted = async (work: Promise<{ stdout: string; stderr: string }>) => {
  said.push(both(await work));
  return said.at(-1) as string;
};
const up = async (args: string[], options: PulumiOptions = {}) => {
  const traced = await project.traced(["up", "--yes", "--diff", ...args], options);
  said.push(traced.said);
  return { ...traced, ...(await seen()) };
};

export const longText = 'he said "a\\b"; ' + "x".repeat(300);
const later = (value: unknown) => ({ $later: value, after: "made" });
const kept = () => ({
  later: record("later", {
    ...{ name: later("later"), values: [later("192.0.2.5")] },
    via: { rfc2136: { ...rfc2136, tsigSecret: later(secret) } },
  }),
  ...{ drifted: record("drifted"), gone: record("gone"), mixed: record("mixed"), wild: record("made.wild") },
});
const wrong = {
  badSecret: through("bad-secret", { tsigSecret: { $secret: "d3Jvbmctc2VjcmV0LW9mLXRoZS1rZXk=" } }),
  badName: through("bad-name", { tsigName: "nobodys" }),
};
const values = ["192.0.2.2", "192.0.2.1", "192.0.2.2"];
export const first: Record<string, RecordDeclaration["args"]> = {
  made: record("made", { values }),
  same: record("same.EXAMPLE.test.", cname("Target.Example.NET.")),
  text: record("text", { type: "TXT", values: [longText] }),
  renamed: record("before"),
  retyped: record("retyped"),
  twice: record("twice", cname("target.example")),
  moved: record("moved"),
  ...{ lost: record("lost"), dropped: record("dropped"), disturbed: record("disturbed") },
  slow: record("slow", { waitSeconds: 60, nameServers }),
  ...kept(),
};
const second = {
  made: record("made", { values, ttlSeconds: 61 }),
  same: record("same", cname("target.example.net")),
  text: record("text", { type: "TXT", values: ["one", "two"], ttlSeconds: 90 }),
  renamed: record("after"),
  retyped: record("retyped", cname("target.example")),
  twice: record("twice-new"),
  moved: record("moved", { zone: "other.test" }),
  lost: record("lost", { ttlSeconds: 61 }),
  disturbed: record("disturbed", { values: ["192.0.2.3"], takeover: true }),
  slow: record("slow", { waitSeconds: 1, nameServers: [...nameServers, silent], values: ["192.0.2.2"] }),
  theirs: record("theirs", { takeover: true }),
  ...{ ...kept(), ...wrong },
};
export const third = () => ({
  ...second,
  text: record("text", { type: "TXT", values: ["two"], ttlSeconds: 90 }),
  slow: record("slow", { waitSeconds: 60, nameServers, values: ["192.0.2.2"] }),
  ...{ badSecret: record("bad-secret"), badName: record("bad-name") },
});

export const foreseen = step("the preview of what can be made", async () => {
  project.declare(first);
  return noted(project.preview(["--diff"]));
});

export const impossible = step("the previews of what cannot be", async () => {
  await foreseen();
  project.declare({ outside: record("notexample.test") });
  const outside = await noted(project.preview(["--json"], { expect: "any" }));
  project.declare({ apex: record("@", cname("target.example")) });
  return { outside, apex: await noted(project.preview([], { expect: "any" })) };
});

export const made = step("an up in which some records cannot be made", async () => {
  await impossible();
  project.declare({
    ...{ ...first, ...wrong, theirs: record("theirs"), alias: record("alias") },
    keyless: record("keyless", { via: { rfc2136: { server: rfc2136.server } } }),
    nowhere: record("nowhere", { zone: "nowhere.test" }),
    deeper: record("deeper", { zone: "deeper.example.test" }),
    secondary: through("secondary", { server: `${secondaryAddress}:53` }),
  });
  isSecondaryHeld = true;
  const beganAt = Date.now();
  const done = await up(["--skip-preview", "--continue-on-error"], { expect: 1 });
  return {
    ...done,
    atSecondary: await live("slow", secondaryAddress),
    id: project.id("made"),
    beganAt,
    endedAt: Date.now(),
  };
});

export const changed = step("an up that changes, replaces and removes, with somebody else's hands in it", async () => {
  await made();
  await rewrite("lost", 60);
  await rewrite("disturbed", 60, "192.0.2.50");
  const slow = { ...second.slow, nameServers: [...nameServers, silent, stubborn.address] };
  project.declare({ ...second, slow });
  // The dead keys are followed by this one.
  const env = { DNS_UPDATE_KEYNAME: "ours", DNS_UPDATE_KEYSECRET: secret };
  return up(["--continue-on-error"], { expect: 1, env });
});

export const shown = step("a refresh that shows what somebody else did", async () => {
  await changed();
  // A second record beside ours, and another TTL; the other kinds of drift are in the tests of the vendors.
  await rewrite("drifted", 77, "192.0.2.1", "192.0.2.9");
  await rewrite("lost", 61);
  return noted(project.refresh(["--diff"]));
});

export const repaired = step("an up that repairs", async () => {
  await shown();
  project.declare(third());
  return up(["--replace", project.urn("moved")]);
});

export const killed = step("an up that is killed, and the one after it", async () => {
  await repaired();
  const declare = (waitedFor: string[]) => {
    const waiting = record("killed", { waitSeconds: 60, nameServers: waitedFor });
    project.declare({ ...third(), killed: waiting });
  };
  declare([silent]);
  const running = project.start(["up", "--yes", "--skip-preview"]);
  await until(async () => (await live("killed")).length > 0, 60);
  running.kill("SIGKILL");
  await project.recover();
  const { outputs } = await seen();
  declare(nameServers);
  return { outputs, after: await up(["--skip-preview"]) };
});

export const again = step("a preview, a refresh and an up that do nothing", async () => {
  await killed();
  const before = (await seen()).outputs;
  const text = await noted(project.pulumi(["up", "--yes", "--refresh", "--expect-no-changes"]));
  await noted(project.pulumi(["stack", "export"]));
  await noted(project.pulumi(["stack", "output"]));
  return { said: text, before, after: (await seen()).outputs };
});

export const ended = step("the end, with somebody else's hands in it", async () => {
  await again();
  await rewrite("gone", 60);
  await rewrite("disturbed", 60, "192.0.2.50");
  await outsider(`update add mixed.${zone} 60 A 192.0.2.51`);
  const text = await noted(project.destroy(["--diff"]));
  said.push(project.backendText());
  return { said: text, ...(await seen()), resources: project.state().resources };
});
