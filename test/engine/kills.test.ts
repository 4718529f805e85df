// `kill -9` of the CLI, of the provider or of both at twenty requests of one `up`: after `pulumi cancel` the next one ends well.
import { execFileSync } from "node:child_process";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram, OutsiderParameters } from "../../testing";
import { foreignUrl, liveOf, none, theirs } from "../support/fault-cells";
import type { Live } from "../support/fault-cells";
import { pem } from "../support/bad-input";
import type { Running } from "../support/process";
import { testBot, webhookProject } from "../support/webhooks";
import type { TestBot, WebhookProject } from "../support/webhooks";

const { familyOf } = require("../../scripts/lib/family.js") as { familyOf: (pid: number) => Map<number, unknown> };

/** What one `up --parallel 1` of the program below sends, in this order. */
const requests = [
  "getWebhookInfo of created",
  "setWebhook of created",
  "getWebhookInfo of created",
  "getWebhookInfo of updated",
  "setWebhook of updated",
  "getWebhookInfo of updated",
  "getWebhookInfo of successor",
  "setWebhook of successor",
  "getWebhookInfo of successor",
  "getWebhookInfo of gone",
  "deleteWebhook of gone",
  "getWebhookInfo of foreign",
  "getWebhookInfo of replaced",
  "deleteWebhook of replaced",
];
const roles = ["created", "updated", "successor", "replaced", "foreign", "gone", "bystander"] as const;
type Role = (typeof roles)[number];

type Victim = "CLI" | "provider" | "CLI and provider";
interface Point {
  /** Counts from 1. */
  n: number;
  /** Whether the request that is held takes effect before the kill or after it. */
  when: "before" | "after";
  victim: Victim;
}

const at = (victim: Victim, when: Point["when"], ...numbers: number[]) => numbers.map((n) => ({ n, when, victim }));
const points: Point[] = [
  ...at("CLI", "before", 1, 2, 5, 8, 11, 14),
  ...at("CLI", "after", 2, 3, 6, 8, 13, 14),
  ...at("provider", "before", 2, 5, 11),
  ...at("provider", "after", 5, 9),
  ...at("CLI and provider", "before", 5),
  ...at("CLI and provider", "after", 2, 8),
];
const nameOf = ({ n, when, victim }: Point) =>
  `${victim} killed at request ${n} of ${requests.length}, ${requests[n - 1]}, ${when === "before" ? "not carried out yet" : "carried out, not answered"}`;

interface Result {
  bots: Record<Role, TestBot>;
  held: string;
  sent: number;
  answered: number;
  ended: number | NodeJS.Signals | null;
  pendingCreates: number;
  live: Record<Role, Live>;
  /** How often somebody's webhook that no program names was set meanwhile. */
  disturbed: number;
  /** Id, url and verdict of each webhook in the state. */
  recorded: Record<string, unknown>;
}

/** How long the server holds a request, on its clock: the kill comes first, on a busy machine too. */
const holdSeconds = 600;
const chains = 2;
const results = new Map<string, Result>();
const address = { shown: "149.154.175.50", connect: "127.0.0.1:9" };
const certificate = pem("self-signed");
const certified = "https://bots.example.com/tg/x";

beforeAll(async () => {
  const chain = (first: number) => playAll(points.filter((_point, index) => index % chains === first));
  await Promise.all(Array.from({ length: chains }, (_none, first) => chain(first)));
}, 600_000); // ten points one after the other, each of three commands

/** Plays points one after the other in one project: server and state are put back in between. */
async function playAll(mine: Point[]): Promise<void> {
  const [telegram, project] = await Promise.all([startFakeTelegram(), webhookProject()]);
  try {
    for (const host of ["bots.example.com", "foreign.example.com"]) telegram.setHost(host, address);
    const bots = Object.fromEntries(roles.map((role) => [role, testBot(telegram)])) as Record<Role, TestBot>;
    const { created, updated, replaced } = bots;
    // One after the other: the order of the requests is that of the program, and of the removals the opposite.
    const after = (role: Role, other: string) => ({ args: bots[role].args, options: { dependsOn: [other] } });
    project.declare({
      updated: { ...updated.args, url: certified, certificate },
      moved: replaced.args,
      foreign: after("foreign", "moved"),
      gone: after("gone", "foreign"),
    });
    await project.up();
    const state = project.stateText();
    project.declare({
      created: created.args,
      updated: { args: { ...updated.args, url: `${certified}2`, certificate }, options: { dependsOn: ["created"] } },
      moved: after("successor", "updated"),
    });
    for (const point of mine) {
      project.restoreState(state);
      await reset(telegram, bots);
      results.set(nameOf(point), await play(point, telegram, project, bots));
    }
  } finally {
    await project.dispose();
    await telegram.close();
  }
}

/** Each webhook as it was before the `up` that is killed; foreign and bystander are somebody else's. */
async function reset(telegram: FakeTelegram, bots: Record<Role, TestBot>): Promise<void> {
  telegram.clearFaults();
  await telegram.clock.advance(2);
  const set = async (role: Role, parameters: OutsiderParameters) => {
    const { ok } = await telegram.outsider(bots[role].id).setWebhook(parameters);
    expect(ok).toBe(true);
  };
  const ours = (role: Role) => ({
    url: bots[role].url,
    secret_token: bots[role].args["secretToken"],
    max_connections: 41,
  });
  await set("updated", { ...ours("updated"), url: certified, certificate });
  for (const role of ["replaced", "gone"] as const) await set(role, ours(role));
  for (const role of ["foreign", "bystander"] as const)
    await set(role, { url: foreignUrl, max_connections: 3, secret_token: "theirs" });
  for (const role of ["created", "successor"] as const) await telegram.outsider(bots[role].id).deleteWebhook();
  await telegram.clock.advance(2);
  telegram.clearJournal();
}

async function play(
  { n, when, victim }: Point,
  telegram: FakeTelegram,
  project: WebhookProject,
  bots: Record<Role, TestBot>,
): Promise<Result> {
  const roleOf = (id: string) => roles.find((role) => bots[role].id === id);
  const sent = () => telegram.journal({ by: "client" });
  const { generation } = telegram.state(bots.bystander.id);
  if (n > 1) telegram.fault({ kind: "slow", milliseconds: 0, times: n - 1 });
  telegram.fault({ kind: "slow", milliseconds: holdSeconds * 1000, when });
  const running = project.start(["up", "--yes", "--skip-preview", "--parallel", "1"]);
  await until(() => sent().length >= n, running);
  kill(running, victim);
  const calls = sent();
  const { code, signal } = await running.ended;
  const pending = (project.state().pending_operations ?? []) as { type: string }[];
  // What was sent before the kill still finishes, before the next `up` begins.
  await telegram.clock.advance(holdSeconds);
  await until(() => sent().every(({ status }) => status !== 0), running);
  await project.recover();
  await project.up();
  return {
    bots,
    held: `${calls[n - 1]?.method} of ${roleOf(calls[n - 1]?.botId ?? "")}`,
    sent: calls.length,
    answered: calls.filter(({ status }) => status === 200).length,
    ended: signal ?? code,
    pendingCreates: pending.filter(({ type }) => type === "creating").length,
    live: Object.fromEntries(roles.map((role) => [role, liveOf(telegram, bots[role])])) as Record<Role, Live>,
    disturbed: telegram.state(bots.bystander.id).generation - generation,
    recorded: recordedOf(project),
  };
}

function recordedOf(project: WebhookProject): Record<string, unknown> {
  const webhooks = project.state().resources.filter(({ type }) => type.includes("TelegramWebhook"));
  const entries = webhooks.map(({ urn, id, outputs }): [string, unknown] => {
    return [String(urn.split("::").at(-1)), [id, outputs?.["url"], outputs?.["verified"]]];
  });
  return Object.fromEntries(entries);
}

/** SIGKILL, to exactly those processes. The provider is the one below the CLI that runs Pulumi's dynamic-provider. */
function kill(running: Running, victim: Victim): void {
  const family = [...familyOf(running.pid).keys()];
  const lines = execFileSync("ps", ["-ww", "-o", "pid=,args=", "-p", family.join(",")], { encoding: "utf8" }).split(
    "\n",
  );
  const providers = lines.filter((line) => /^\s*\d+ \S*node\b.*dynamic-provider/.test(line));
  expect(providers).toHaveLength(1);
  if (victim !== "provider") running.kill("SIGKILL");
  if (victim !== "CLI") process.kill(Number.parseInt(providers[0] as string), "SIGKILL");
}

async function until(isTrue: () => boolean, running: Running, seconds = 90): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`not true within ${seconds} s: ${running.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("there are twenty points; twelve lie between the first request and the last answer, three leave a pending create", () => {
  const all = [...results.values()];
  const shown = ([name, { answered, ended, pendingCreates }]: [string, Result]) =>
    `${name}: ${answered} answered; pulumi ended with ${ended}, pending creates: ${pendingCreates}`;
  process.stdout.write(`${[...results].map(shown).join("\n")}\n`);
  expect(all).toHaveLength(20);
  expect(all.filter(({ sent, answered }) => sent > answered && sent <= requests.length).length).toBeGreaterThanOrEqual(
    12,
  );
  expect(all.filter(({ pendingCreates }) => pendingCreates > 0).length).toBeGreaterThanOrEqual(3);
});

test.each(points.map((point) => [nameOf(point), point] as const))("%s", (name, { n, victim }) => {
  const result = results.get(name) as Result;
  expect([result.held, result.sent]).toEqual([requests[n - 1], n]);
  if (victim === "provider") expect(result.ended).not.toBe(0);
  else expect(result.ended).toBe("SIGKILL");
  const own = (role: Role, more: Partial<Live> = {}) => {
    const { url, args } = result.bots[role];
    return { ...none, url, secretToken: args["secretToken"], maxConnections: 41, ...more };
  };
  const updated = own("updated", { url: `${certified}2`, certificate });
  expect(result.live).toEqual({
    created: own("created"),
    updated,
    successor: own("successor"),
    replaced: none,
    foreign: theirs,
    gone: none,
    bystander: theirs,
  });
  expect(result.disturbed).toBe(0);
  const record = (role: Role, { url }: Pick<Live, "url">) => [result.bots[role].id, url, true];
  expect(result.recorded).toEqual({
    created: record("created", own("created")),
    updated: record("updated", updated),
    moved: record("successor", own("successor")),
  });
});
