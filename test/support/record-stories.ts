// Three stories of DNS records at a vendor, told through the real CLI: each command is asked several questions, of many records.
import type { RecordProject } from "./records";
import { startSmallDns } from "./small-dns";
import type { SmallRecord } from "./small-dns";
import { until } from "./until";
import { both } from "./webhooks";

export const zone = "example.test";
/** Nobody answers there. */
export const silent = "127.53.10.9:53";
const fqdnOf = (name: string) => `${name}.${zone}`;

/** A far side with the zone example.test, as somebody else sees and changes it. */
export interface RecordVendor {
  /** The argument `via`, with a credential that works. */
  via: Record<string, unknown>;
  /** The same with a credential that does not. */
  wrongVia: Record<string, unknown>;
  /** What is said about it, after "to find the zone of the A record <name>". */
  wrongSays: string;
  /** An environment with another credential that works, and one with none. */
  environment: Record<"living" | "empty", NodeJS.ProcessEnv>;
  secrets: string[];
  /** "A 192.0.2.1 60" for a whole name, sorted; a CNAME's target without the dot. */
  live(fqdn: string): string[] | Promise<string[]>;
  /** The A records of a whole name are these from now on. */
  set(fqdn: string, values: string[], ttlSeconds: number): Promise<void> | void;
  /** The next write is refused; what is said about it, after "to create the A record <name>". */
  refuse(): string;
  /** The next write is put off: the far side asks to come back. */
  putOff(): void;
  /** How many writes arrived. */
  writes(): number;
  /** What its name servers would answer. */
  served(): SmallRecord[] | Promise<SmallRecord[]>;
  stop(): Promise<void>;
}

/** A vendor and a project, with what every story does. */
export type Stage = ReturnType<typeof stageOf>;

export function stageOf(vendor: RecordVendor, project: RecordProject) {
  const texts: Record<string, string> = {};
  return {
    vendor,
    project,
    /** All that was printed, by the command. */
    texts,
    /** A record without a wait: where one matters the story says so. */
    record: (name: string, more: Record<string, unknown> = {}) => ({
      ...{ zone, name, type: "A", values: ["192.0.2.1"], ttlSeconds: 60, via: vendor.via, waitSeconds: 0 },
      ...more,
    }),
    /** What a command printed. */
    said: async (work: Promise<{ stdout: string; stderr: string }>, expected = 0): Promise<string> => {
      const text = both(await work);
      texts[`command ${Object.keys(texts).length + 1}, which ends with ${expected}`] = text;
      return text;
    },
    live: async <N extends string>(...names: N[]): Promise<Record<N, string[]>> => {
      const all = await Promise.all(names.map(async (name) => [name, await vendor.live(fqdnOf(name))] as const));
      return Object.fromEntries(all) as Record<N, string[]>;
    },
    outputs: (...names: string[]) => Object.fromEntries(names.map((name) => [name, project.outputs(name)])),
    /** How many writes arrive while something is done. */
    countingWrites: async <T extends object>(work: () => Promise<T>): Promise<T & { writes: number }> => {
      const before = vendor.writes();
      const done = await work();
      return { ...done, writes: vendor.writes() - before };
    },
  };
}

const upNow = ["up", "--yes", "--skip-preview"];

/** From a preview to the end, with somebody else's hands in it. */
export async function tellLife({ vendor, project, record, said, live, countingWrites, texts }: Stage) {
  const dns = await startSmallDns({ zone, records: () => vendor.served() });
  const declare = (of: "first" | "second") => {
    const is = of === "first";
    project.declare({
      made: record("made", {
        ...{ values: ["192.0.2.2", "192.0.2.1", "192.0.2.2"], ttlSeconds: is ? 60 : 61 },
        ...{ waitSeconds: 60, nameServers: [dns.address] },
      }),
      changed: record(
        "changed",
        is ? { values: ["192.0.2.1", "192.0.2.2"] } : { values: ["192.0.2.3", "192.0.2.2"], ttlSeconds: 90 },
      ),
      renamed: record(is ? "before" : "after"),
      retyped: record("retyped", is ? {} : { type: "CNAME", values: ["target.example"] }),
      lost: record("lost", { ttlSeconds: is ? 60 : 61 }),
      ...(is && { dropped: record("dropped") }),
      ...{ drifted: record("drifted"), gone: record("gone"), mixed: record("mixed") },
      // Its name, its value and its secret come from another record, which a change of that one makes unknown again.
      later: record("later", {
        ...{ name: { $later: "later", after: "made" }, values: [{ $later: "192.0.2.5", after: "made" }] },
        via: laterIn(vendor.via),
      }),
    });
  };
  const ours = ["made", "changed", "retyped", "drifted", "lost", "dropped", "gone", "mixed", "later"] as const;

  declare("first");
  const unknown = await countingWrites(async () => ({ said: await said(project.preview(["--diff"])) }));
  await said(project.up(["--diff"]));
  const made = await live(...ours, "before");
  const [id, outputs] = [project.id("made"), project.outputs("made")];

  const again = await countingWrites(async () => {
    const recorded = () => ours.map((name) => ({ ...project.outputs(name), via: "encrypted anew" }));
    const before = recorded();
    const text = (await said(project.up(["--expect-no-changes"]))) + (await said(project.refresh(["--expect-no-changes"]))); // prettier-ignore
    return { said: text, before, after: recorded() };
  });

  declare("second");
  await vendor.set(fqdnOf("lost"), [], 60);
  const changed = await countingWrites(async () => ({
    foreseen: await project.operations(["preview"]),
    operations: await project.operations(upNow),
    live: await live(...ours, "before", "after"),
  }));

  const disturb = async (values: string[]) => {
    await vendor.set(fqdnOf("drifted"), values, 77);
    await vendor.set(fqdnOf("lost"), [], 61);
  };
  await disturb(["192.0.2.1", "192.0.2.9"]);
  const shown = await said(project.refresh(["--diff"]));
  await said(project.up(["--diff"]));
  const repaired = await live("drifted", "lost");
  await disturb(["192.0.2.9"]);
  await said(project.up(["--refresh", "--diff"]));
  const drift = { shown, repaired, inOneStep: await live("drifted", "lost") };

  await vendor.set(fqdnOf("gone"), [], 60);
  await vendor.set(fqdnOf("mixed"), ["192.0.2.1", "192.0.2.51"], 60);
  const end = await countingWrites(async () => ({
    said: await said(project.destroy(["--diff"])),
    live: await live(...ours, "after"),
    resources: project.state().resources,
  }));
  texts["the backend of the life"] = project.backendText();
  await dns.close();
  return { unknown, made, id, outputs, again, changed, drift, end, texts };
}

/** The same with each secret as a value that a first preview does not know. */
function laterIn(via: object): Record<string, unknown> {
  const later = (_: string, value: unknown) => {
    const secret = (value as { $secret?: string } | undefined)?.$secret;
    return secret === undefined ? value : { $later: secret, after: "made" };
  };
  return JSON.parse(JSON.stringify(via), later) as Record<string, unknown>;
}

/** One record is somebody else's, one is refused, one has a dead credential; all is printed and searched for secrets. */
export async function tellRefusals({ vendor, project, record, said, live, outputs, countingWrites, texts }: Stage) {
  const names = ["theirs", "refused", "wrong"] as const;
  const seen = async () => ({ live: await live(...names), outputs: outputs(...names) });
  const { living, empty } = vendor.environment;
  const failing = { expect: 1, env: empty };

  await vendor.set(fqdnOf("theirs"), ["192.0.2.99"], 60);
  const wrong = record("wrong", { via: vendor.wrongVia });
  project.declare({ theirs: record("theirs"), refused: record("refused"), wrong });
  const first = await countingWrites(async () => {
    const refusal = vendor.refuse();
    const text = await said(project.up(["--continue-on-error", "--diff"], failing), 1);
    return { refusal, said: text, ...(await seen()) };
  });

  const theirs = (more: object = {}) => record("theirs", { takeover: true, ...more });
  project.declare({ theirs: theirs(), refused: record("refused"), wrong });
  const second = { said: await said(project.up(["--diff"], { env: living })), ...(await seen()) };
  await said(project.preview(["--json"], { env: empty }));
  await said(project.refresh(["--diff"], { env: empty }));
  await said(project.pulumi(["stack", "export"]));
  await said(project.pulumi(["stack", "output"]));

  await vendor.set(fqdnOf("theirs"), ["192.0.2.50"], 60);
  project.declare({
    theirs: theirs({ values: ["192.0.2.3"] }),
    refused: record("refused", { ttlSeconds: 61 }),
    wrong: record("wrong"),
  });
  const foreseen = await project.operations(["preview"]);
  const third = await countingWrites(async () => {
    const refusal = vendor.refuse();
    const text = await said(project.up(["--continue-on-error", "--diff"], failing), 1);
    return { refusal, said: text, operations: foreseen, ...(await seen()) };
  });
  await said(project.destroy(["--diff"], { env: empty }));
  texts["the backend of the refusals"] = project.backendText();
  return { first, second, third, end: await seen(), texts };
}

/** A far side that asks to come back, name servers that follow late or never, and a command that is killed while it waits. */
export async function tellWaits({ vendor, project, record, said, live, outputs, countingWrites }: Stage) {
  let isServed = false;
  const dns = await startSmallDns({ zone, records: () => (isServed ? vendor.served() : []) });
  const waiting = (name: string, nameServers: string[], more: object = {}) =>
    record(name, { waitSeconds: 60, nameServers, ...more });

  project.declare({ slow: waiting("slow", [dns.address]) });
  vendor.putOff();
  const first = await countingWrites(async () => {
    const running = said(project.up());
    await until(() => dns.asked.includes("A slow.example.test"), 100);
    const servedAt = Date.now();
    isServed = true;
    return { said: await running, servedAt, publishedAt: Date.parse(String(project.outputs("slow")?.["publishedAt"])) };
  });
  const changed = { values: ["192.0.2.2"] };
  const [moved, altered] = [record("old"), record("altered")];
  project.declare({ slow: waiting("slow", [dns.address, silent], { ...changed, waitSeconds: 1 }), moved, altered });
  const late = await said(project.up(["--continue-on-error"], { expect: 1 }), 1);
  const slow = { ...first, late, kept: project.outputs("slow") };

  const declare = (nameServers: string[]) =>
    project.declare({
      slow: waiting("slow", [dns.address], changed),
      created: waiting("created", nameServers),
      moved: waiting("new", nameServers),
      altered: waiting("altered", nameServers, { values: ["192.0.2.7"] }),
    });
  const names = ["created", "old", "new", "altered"] as const;
  declare([silent]);
  const running = project.start(upNow);
  await until(async () => {
    const now = await live(...names);
    return now.created.length > 0 && now.new.length > 0 && now.altered.includes("A 192.0.2.7 60");
  }, 100);
  process.kill(-running.pid, "SIGKILL");
  await project.pulumi(["cancel", "--yes"]);
  const interrupted = { live: await live(...names), outputs: outputs("created", "moved", "altered") };
  declare([dns.address]);
  const repeated = await countingWrites(async () => {
    await said(project.up());
    return { after: await live(...names), recovered: outputs("created", "moved", "altered") };
  });
  await said(project.preview(["--expect-no-changes"]));
  await said(project.destroy());
  const killed = { ...interrupted, ...repeated, end: await live(...names, "slow") };
  await dns.close();
  return { slow, killed };
}
