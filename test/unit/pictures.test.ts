// The pictures of the pages: up to date, true of the code, on a page, and readable in light and dark.
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { BotEndpoint } from "../../components/bot-endpoint";
import { logics } from "../../provider/registry";
import { processSecretFrom } from "../../provider/telegram/process-secret";
import type { SecretState } from "../../provider/telegram/secret/fields";
import { importsOf, sourcesIn } from "../support/house";
import { inProcess } from "../support/in-process";
import { registeredBy, valueOf } from "../support/mocks";
import { declaredTexts, everyFailure, everyNotice, pages, read, top } from "../support/pages";
import { run } from "../support/process";

interface Step {
  fails: { code: string; quote: string; worse?: { quote: string } };
}
const { children, needs } = require("../../scripts/pictures/endpoint.js") as {
  children: Record<string, { step: number; heading: string }>;
  needs: [string, string][];
};
const { moments } = require("../../scripts/pictures/rotation.js") as {
  moments: { sent: number[]; accepted: number[] }[];
};
const { gives } = require("../../scripts/pictures/secrets.js") as {
  gives: { token: Record<string, string>; second: Record<string, string> };
};
const { steps } = require("../../scripts/pictures/refusal.js") as { steps: Step[] };
const { rows } = require("../../scripts/pictures/folders.js") as { rows: { folders: Record<string, string> }[] };

const webhookCosts = require("../../scripts/pictures/webhook-costs.js") as {
  ratios: { rows: Bar[] }[];
  bytes: { rows: Bar[] };
  verdictOf: (row: { ratio: number; goal: number; noise?: number }) => { verdict: string };
};
const edgeCosts = require("../../scripts/pictures/edge-costs.js") as Record<
  "updates" | "changes",
  { file: string; blocks: { heading: string; rows: Bar[] }[] }
>;
interface Bar {
  label: string;
  value?: number;
  words: string;
}

const pictures = readdirSync(path.join(top, "docs/pictures"));
const check = (folder: string) => run(process.execPath, [path.join(folder, "scripts/pictures.mjs"), "--check"]);

test("the pictures are the ones that npm run pictures draws", async () => {
  const { code, stderr } = await check(top);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

test("a picture that is behind is found", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-pictures-"));
  try {
    for (const part of ["scripts/pictures", "scripts/pictures.mjs", "docs/pictures", "bench/results"])
      cpSync(path.join(top, part), path.join(folder, part), { recursive: true });
    writeFileSync(path.join(folder, "docs/pictures/rotation.svg"), "<svg/>");
    const { code, stderr } = await check(folder);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "docs/pictures/rotation.svg is not what scripts/pictures draws: run npm run pictures\n",
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each(pictures)("%s is on a page, with words for who does not see it, and has colours for both schemes", (file) => {
  const shown = pages.filter((page) => new RegExp(`!\\[[^\\]]{30,}\\]\\([^)]*pictures/${file}\\)`).test(read(page)));
  expect(shown).not.toEqual([]);
  const svg = read(`docs/pictures/${file}`);
  expect(svg).toContain("@media (prefers-color-scheme:dark){");
  expect(svg).toMatch(/<title id="title">[^<]{40,}<\/title>/);
});

test("the chain of an endpoint has its children, and each is registered after those that it waits for", async () => {
  const order: [name: string, type: string][] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ name, type, inputs }) => {
      order.push([name, type.split(":").at(-1) ?? ""]);
      return { id: name, state: { accepted: ["a-secret"], current: "a-secret", ...(inputs as object) } };
    },
    call: ({ inputs }) => inputs as object,
  });
  new BotEndpoint("shop", {
    token: "123456789:AAF0oBar-test_tokenThatIsNotReal123",
    hostname: "bots.example.com",
    upstream: "http://127.0.0.1:8080",
    dns: { zone: "example.com", address: "203.0.113.7", via: { cloudflare: {} } },
  });
  await pulumi.runtime.disconnect();
  const made = order.filter(([name]) => name !== "shop").map(([name, type]) => [name.replace("shop-", ""), type]);
  const drawn = Object.entries(children).map(([role, { heading }]) => [role, heading]);
  expect([...made].sort()).toEqual(drawn.sort());
  const at = (role: string) => made.findIndex(([name]) => name === role);
  expect(needs.filter(([first, then]) => at(first) > at(then))).toEqual([]);
  expect(needs.filter(([first, then]) => (children[first]?.step ?? 9) >= (children[then]?.step ?? 0))).toEqual([]);
});

test("a rotation has the secrets of a real one: sent is the current one, accepted is what the resource gives", async () => {
  const clock = { now: () => new Date("2026-01-01T00:00:00Z"), advance: () => Promise.resolve() };
  const stack = inProcess({}, clock, logics.WebhookSecret);
  const known: string[] = [];
  const accepted = async (args: object): Promise<number[]> => {
    await stack.up({ rotateTrigger: "1", revokePreviousTrigger: "1", ...args });
    const state = stack.state() as unknown as SecretState;
    if (!known.includes(state.current)) known.push(state.current);
    return state.accepted.map((secret) => known.indexOf(secret) + 1);
  };
  const [made, rotated] = [await accepted({}), await accepted({ rotateTrigger: "2" })];
  const revoked = await accepted({ rotateTrigger: "2", revokePreviousTrigger: "2" });
  expect(moments.map((moment) => moment.accepted)).toEqual([made, made, rotated, rotated, revoked]);
  expect(moments.filter(({ sent, accepted: taken }) => !sent.every((one) => taken.includes(one)))).toEqual([]);
  expect(moments.map(({ sent }) => sent[0])).toEqual([1, 1, 1, 2, 2]);
});

test("an endpoint gives the secret token and the second secret to whom the picture says, and a rotation changes the first only", async () => {
  const token = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
  /** What a child or the process is given, by the name that it has there. */
  const givenWith = async (accepted: string[]) => {
    const { children, result } = await registeredBy(
      () => new BotEndpoint("shop", { token, hostname: "bots.example.com", upstream: "http://127.0.0.1:8080" }),
      { facts: { "shop-secret": { current: accepted[0], accepted } } },
    );
    const environment = await valueOf(result.environment);
    const of = (role: string) => children.find(({ name }) => name === `shop-${role}`)?.inputs;
    const given: Record<string, unknown> = { webhook: of("webhook"), route: of("route"), environment };
    return (names: Record<string, string>) =>
      Object.entries(names).map(([to, as]) => [to, (given[to] as Record<string, unknown>)[as]]);
  };
  const [before, after] = [await givenWith(["first"]), await givenWith(["other", "first"])];
  expect(before(gives.token)).toEqual([
    ["webhook", "first"],
    ["route", ["first"]],
  ]);
  expect(after(gives.token)).toEqual([
    ["webhook", "other"],
    ["route", ["other", "first"]],
  ]);
  const second = processSecretFrom(token);
  expect(before(gives.second)).toEqual([
    ["route", second],
    ["environment", second],
  ]);
  expect(after(gives.second)).toEqual(before(gives.second));
});

test("each failure of a webhook has its code and its words from the code", () => {
  const notices = everyNotice("warning").map((notice) => (typeof notice === "string" ? notice : notice.text));
  for (const { fails } of steps) {
    expect([...everyFailure().keys()]).toContain(fails.code);
    const said = [declaredTexts(fails.code), ...notices].join("\n");
    expect(said).toContain(fails.quote);
    if (fails.worse) expect(said).toContain(fails.worse.quote);
  }
});

/** The row of the map in which a file stands, counted from the top. */
function rowOf(file: string): number {
  const isOfProgram = /^provider\/\w+\/(?:\w+\/resource|info)\.ts$/.test(file);
  const isMeeting = /^provider\/[\w-]+\.ts$/.test(file);
  const folder = isOfProgram ? "resource.ts" : isMeeting ? "provider/registry.ts" : file;
  return rows.findIndex(({ folders }) =>
    Object.keys(folders).some((name) => folder === name || folder.startsWith(`${name}/`)),
  );
}

test("every folder is on the map", () => {
  const foldersIn = (folder: string) =>
    readdirSync(path.join(top, folder), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !/^(?:node_modules|dist|site|\..+)$/.test(entry.name))
      .map(({ name }) => path.posix.join(folder, name));
  const all = [...foldersIn(".").filter((name) => name !== "provider"), ...foldersIn("provider")];
  const drawn = rows.flatMap(({ folders }) => Object.keys(folders)).filter((name) => !name.endsWith(".ts"));
  expect(drawn.sort()).toEqual(all.sort());
});

test("no import of what is shipped leads to a row above", () => {
  const sources = sourcesIn("index.ts", "provider", "components", "cli", "testing");
  const files = [...sources.keys()];
  const fileOf = (target: string) => files.find((one) => one === `${target}.ts` || one === `${target}/index.ts`);
  const upward = [...sources].flatMap(([file, text]) =>
    importsOf(file, text).flatMap(({ target }) => {
      const imported = fileOf(target);
      return imported !== undefined && rowOf(imported) < rowOf(file) ? [`${file} imports ${imported}`] : [];
    }),
  );
  expect(upward).toEqual([]);
  expect(files.filter((file) => rowOf(file) < 0)).toEqual([]);
});

const results = (name: string) => JSON.parse(read(`bench/results/${name}.json`)) as unknown;

test("the costs of webhooks are drawn with every ratio of the result, its goal and its noise", () => {
  const { rows, state } = results("webhooks") as {
    rows: { operation: string; ratio: number; goal: number; noise: number }[];
    state: { webhook: number; noop: number; goal: number };
  };
  const bars = webhookCosts.ratios.flatMap((block) => block.rows);
  expect(bars.map(({ label, value }) => [label, value])).toEqual(
    rows.map(({ operation, ratio }) => [operation, ratio]),
  );
  const words = ({ ratio, goal, noise }: (typeof rows)[number]) =>
    `${ratio.toFixed(2)} (goal ${goal}, noise ${Math.round(noise * 100)} %: `;
  const svg = read("docs/pictures/webhook-costs.svg");
  for (const row of rows) expect(svg).toContain(words(row));
  for (const bytes of [`${state.webhook} (goal ${state.goal}: `, `>${state.noop}<`]) expect(svg).toContain(bytes);
});

test("a ratio is a verdict on its goal only if it is further from the goal than the noise", () => {
  const verdicts = [
    { ratio: 1.3, goal: 1.15, noise: 0.1 },
    { ratio: 1.0, goal: 1.15, noise: 0.1 },
    { ratio: 1.2, goal: 1.15, noise: 0.1 },
    { ratio: 1.1, goal: 1.15, noise: 0.1 },
    { ratio: 1.3, goal: 1.15 },
  ].map((row) => webhookCosts.verdictOf(row).verdict);
  expect(verdicts).toEqual(["missed", "reached", "no verdict", "no verdict", "no verdict"]);
});

test("the costs of a route are drawn for every server and number of routes, and what was not measured says so", () => {
  const { about, changes, latencies } = results("edge") as {
    about: { versions: Record<string, string> };
    changes: { server: string; routes: number; atOnce: number; make: { seconds: number } }[];
    latencies: { server: string; routes: number; way: string; p50: { ratio: number } }[];
  };
  const servers = Object.keys(about.versions);
  expect(servers).toEqual(["nginx", "haproxy", "caddy"]);
  const valuesOf = (measured: (server: string, routes: number) => number | undefined) =>
    servers.map((server) => [1, 100, 1000].map((routes) => measured(server, routes) ?? "not measured"));
  const drawn = ({ blocks }: (typeof edgeCosts)["updates"]) =>
    blocks.map(({ rows: bars }) => bars.map(({ value, words }) => value ?? words));
  expect(drawn(edgeCosts.updates)).toEqual(
    valuesOf(
      (server, routes) =>
        latencies.find((row) => row.server === server && row.routes === routes && row.way === "route")?.p50.ratio,
    ),
  );
  expect(drawn(edgeCosts.changes)).toEqual(
    valuesOf(
      (server, routes) =>
        changes.find((row) => row.server === server && row.routes === routes && row.atOnce === routes)?.make.seconds,
    ),
  );
});

test("the page of performance says the bytes, the goals and the times of the result", () => {
  const { rows, state } = results("webhooks") as {
    rows: { size: number; ratio: number }[];
    state: { webhook: number; noop: number; goal: number; parts: Record<string, number> };
  };
  const page = read("docs/performance.md");
  const { token, secretToken, __provider, ...others } = state.parts;
  const parts = [token, secretToken, __provider, others["the engine's own"]];
  const numbers = [state.webhook, state.noop, state.goal, ...parts].map((bytes) => bytes?.toLocaleString("en"));
  expect(numbers.filter((number) => number === undefined || !page.includes(number))).toEqual([]);
  const longer = rows.filter(({ size }) => size > 1).map(({ ratio }) => `${Math.round((ratio - 1) * 100)} % longer`);
  expect(page.match(/-?\d+ % longer/g)).toEqual(longer);
});
