// The story of DNS records at a vendor, told through the real CLI: one stack with a record for each question, step by step.
import type { PulumiOptions } from "./pulumi";
import type { RecordProject } from "./records";
import type { SmallDns, SmallRecord } from "./small-dns";
import { step } from "./story";
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
  /** The next write to a name is refused; what is said about it, after "to create the A record <name>". */
  refuse(fqdn: string): string;
  /** The next write to a name is put off: the far side asks to come back. */
  putOff(fqdn: string): void;
  /** How many writes arrived. */
  writes(): number;
  /** What its name servers would answer. */
  served(): SmallRecord[] | Promise<SmallRecord[]>;
  stop(): Promise<void>;
}

/** Where the story is told. */
export interface Stage {
  vendor: RecordVendor;
  project: RecordProject;
  /** A name server that has what the vendor has, but nothing before `serve`. */
  dns: SmallDns;
  serve: () => void;
}

/** All that is ever written, as the names of records. */
const names = [
  ...["made", "changed", "before", "after", "retyped", "dropped", "gone", "mixed", "later", "slow"],
  ...["drifted", "lost", "drifted-again", "lost-again", "theirs", "disturbed", "refused", "denied", "wrong"],
  ...["created", "old", "new", "altered"],
] as const;
export type Name = (typeof names)[number];

/** The steps, each of which takes those before it. `open`: what the stage is, once the servers run. */
export function recordStory(open: () => Stage) {
  /** All that was printed, by the command. */
  const texts: Record<string, string> = {};
  const note = (text: string) => (texts[`command ${Object.keys(texts).length + 1}`] = text);
  const noted = async (work: Promise<{ stdout: string; stderr: string }>) => note(both(await work));
  const up = async (args: string[], options: PulumiOptions = {}) => {
    const traced = await open().project.traced(["up", "--yes", "--diff", ...args], options);
    note(traced.said);
    return traced;
  };
  const live = async () => {
    const found = await Promise.all(names.map(async (name) => [name, await open().vendor.live(fqdnOf(name))] as const));
    return Object.fromEntries(found) as Record<Name, string[]>;
  };
  const outputs = () => {
    const records = open()
      .project.openState()
      .resources.filter(({ type }) => type.endsWith("DnsRecord"));
    return Object.fromEntries(records.map((one) => [one.urn.replace(/^.*::/, ""), one.outputs]));
  };
  /** What is live and recorded after something is done, and how many writes arrived meanwhile. */
  const seeing = async <T extends object>(work: () => Promise<T>) => {
    const before = open().vendor.writes();
    const done = await work();
    return { ...done, writes: open().vendor.writes() - before, live: await live(), outputs: outputs() };
  };
  const rewrite = (name: Name, ttl: number, ...values: string[]) => open().vendor.set(fqdnOf(name), values, ttl);

  /** Without a wait: where one matters the story says so. */
  const record = (name: Name, more: Record<string, unknown> = {}) => ({
    ...{ zone, name, type: "A", values: ["192.0.2.1"], ttlSeconds: 60, via: open().vendor.via, waitSeconds: 0 },
    ...more,
  });
  const waiting = (name: Name, more: object, ...nameServers: string[]) =>
    record(name, { waitSeconds: 60, nameServers, ...more });
  const made = (ttlSeconds: number) =>
    waiting("made", { values: ["192.0.2.2", "192.0.2.1", "192.0.2.2"], ttlSeconds }, open().dns.address);
  const same = () => ({
    ...{ gone: record("gone"), mixed: record("mixed"), drifted: record("drifted") },
    ...{ driftedAgain: record("drifted-again"), lostAgain: record("lost-again") },
    ...{ moved: record("old"), altered: record("altered") },
    // Its name, its value and its secret come from another record, which a change of that one makes unknown again.
    later: record("later", {
      ...{ name: { $later: "later", after: "made" }, values: [{ $later: "192.0.2.5", after: "made" }] },
      via: laterIn(open().vendor.via),
    }),
  });
  const first = () => ({
    ...{ made: made(60), changed: record("changed", { values: ["192.0.2.1", "192.0.2.2"] }) },
    ...{ renamed: record("before"), retyped: record("retyped"), lost: record("lost"), dropped: record("dropped") },
    ...{ disturbed: record("disturbed"), denied: record("denied"), slow: waiting("slow", {}, open().dns.address) },
    ...same(),
  });
  const wrong = () => record("wrong", { via: open().vendor.wrongVia });
  const second = () => ({
    made: made(61),
    changed: record("changed", { values: ["192.0.2.3", "192.0.2.2"], ttlSeconds: 90 }),
    renamed: record("after"),
    retyped: record("retyped", { type: "CNAME", values: ["target.example"] }),
    ...{ lost: record("lost", { ttlSeconds: 61 }), denied: record("denied", { ttlSeconds: 61 }) },
    disturbed: record("disturbed", { takeover: true, values: ["192.0.2.3"] }),
    slow: waiting("slow", { values: ["192.0.2.2"], waitSeconds: 1 }, open().dns.address, silent),
    ...{ theirs: record("theirs", { takeover: true }), refused: record("refused"), wrong: wrong() },
    ...same(),
  });
  const third = () => ({
    ...{ ...second(), wrong: record("wrong") },
    slow: waiting("slow", { values: ["192.0.2.2"] }, open().dns.address),
  });
  const fourth = (nameServer: string) => ({
    ...third(),
    created: waiting("created", {}, nameServer),
    moved: waiting("new", {}, nameServer),
    altered: waiting("altered", { values: ["192.0.2.7"] }, nameServer),
  });

  const previewed = step("a preview of what can be made", async () => {
    const { project } = open();
    project.declare(first());
    return seeing(async () => ({ said: await noted(project.preview(["--json"])) }));
  });

  const begun = step("an up that is refused some records, and waits for others", async () => {
    await previewed();
    const { vendor, project, dns, serve } = open();
    await rewrite("theirs", 60, "192.0.2.99");
    project.declare({ ...first(), theirs: record("theirs"), refused: record("refused"), wrong: wrong() });
    const refusal = vendor.refuse(fqdnOf("refused"));
    vendor.putOff(fqdnOf("slow"));
    const seen = await seeing(async () => {
      const running = up(["--skip-preview", "--continue-on-error"], { expect: 1, env: vendor.environment.empty });
      await Promise.race([running, until(() => dns.asked.includes("A slow.example.test"), 110)]);
      const servedAt = Date.now();
      serve();
      return { ...(await running), servedAt };
    });
    return { ...seen, refusal, id: project.id("made") };
  });

  const changed = step("an up that changes, replaces and removes, with somebody else's hands in it", async () => {
    await begun();
    const { vendor, project } = open();
    await rewrite("lost", 60);
    await rewrite("disturbed", 60, "192.0.2.50");
    project.declare(second());
    const refusal = vendor.refuse(fqdnOf("denied"));
    const env = vendor.environment.living;
    return { ...(await seeing(() => up(["--continue-on-error"], { expect: 1, env }))), refusal };
  });

  const shown = step("a refresh that shows what somebody else did", async () => {
    await changed();
    await rewrite("drifted", 77, "192.0.2.1", "192.0.2.9");
    await rewrite("lost", 61);
    return { said: await noted(open().project.refresh(["--diff"])) };
  });

  const repaired = step("an up that repairs this, and what it finds itself", async () => {
    await shown();
    await rewrite("drifted-again", 77, "192.0.2.9");
    await rewrite("lost-again", 60);
    open().project.declare(third());
    return seeing(() => up(["--skip-preview", "--refresh"], { env: open().vendor.environment.empty }));
  });

  const killed = step("an up that is killed while it waits, and the one after it", async () => {
    await repaired();
    const { project, dns } = open();
    project.declare(fourth(silent));
    const running = project.start(["up", "--yes", "--skip-preview"]);
    await until(async () => {
      const now = await live();
      return now.created.length > 0 && now.new.length > 0 && now.altered.includes("A 192.0.2.7 60");
    }, 100);
    running.kill("SIGKILL");
    await project.recover();
    const interrupted = { live: await live(), outputs: outputs() };
    project.declare(fourth(dns.address));
    return { interrupted, ...(await seeing(() => up(["--skip-preview"]))) };
  });

  const again = step("a preview, a refresh and an up that do nothing", async () => {
    await killed();
    const before = outputs();
    const command = ["up", "--yes", "--refresh", "--expect-no-changes"];
    return { before, ...(await seeing(async () => ({ said: await noted(open().project.pulumi(command)) }))) };
  });

  const ended = step("the end, with somebody else's hands in it", async () => {
    await again();
    const { project } = open();
    await rewrite("gone", 60);
    await rewrite("mixed", 60, "192.0.2.1", "192.0.2.51");
    await rewrite("disturbed", 60, "192.0.2.50");
    const end = await seeing(async () => ({ said: await noted(project.destroy(["--diff"])) }));
    texts["the backend"] = project.backendText();
    return { ...end, resources: project.state().resources, texts };
  });

  return { previewed, begun, changed, shown, repaired, killed, again, ended };
}

/** The same with each secret as a value that a first preview does not know. */
function laterIn(via: object): Record<string, unknown> {
  const later = (_: string, value: unknown) => {
    const secret = (value as { $secret?: string } | undefined)?.$secret;
    return secret === undefined ? value : { $later: secret, after: "made" };
  };
  return JSON.parse(JSON.stringify(via), later) as Record<string, unknown>;
}
