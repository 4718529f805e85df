// WorkerEndpoint and TunnelEndpoint on the real engine, with the stand-in for Cloudflare: what they make, in which order, and who gets updates.
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { answerOf } from "../support/cloud/answers";
import { brief, cloudflareKind, startCloud } from "../support/cloud/cloud";
import type { Cloud } from "../support/cloud/cloud";
import { expectBefore, inOrder, startFront } from "../support/cloud/front";
import type { Front } from "../support/cloud/front";
import { createProject } from "../support/pulumi";
import type { Project } from "../support/pulumi";

const first = "bots.example.net";
const second = "updates.example.net";
const header = "x-telegram-bot-api-secret-token";
let telegram: FakeTelegram;
let cloud: Cloud;
let front: Front;
let project: Project;
let bot: ReturnType<FakeTelegram["addBot"]>;

beforeEach(async () => {
  telegram = await startFakeTelegram({ resolveEverything: {} });
  bot = telegram.addBot();
  cloud = startCloud({ cloudflare: { c1: "example.net" } });
  front = await startFront(cloud, telegram, [first, second]);
});
afterEach(async () => {
  await project.dispose();
  await front.close();
  cloud.dispose();
  await telegram.close();
});

interface Wanted {
  type: "WorkerEndpoint" | "TunnelEndpoint";
  hostname?: string;
  secret?: object;
  args?: object;
  options?: string;
  before?: string;
  outputs?: readonly string[];
}

/** A program with one endpoint, named gate. */
const program = ({
  type,
  hostname = first,
  secret = {},
  args = {},
  options = "{}",
  before = "",
  outputs = [],
}: Wanted) => {
  const site = { accountId: "a1", hostname, zone: { name: "example.net", zoneId: "c1" }, secret, ...args };
  return `
const cloudflare = require("@pulumi/cloudflare");
const pulumi = require("@pulumi/pulumi");
const { ${type} } = require("pulumi-telegram/cloudflare");
${before}
const endpoint = new ${type}("gate", {
  ...${JSON.stringify(site)},
  webhook: { preflight: false, verifySeconds: 0, allowedUpdates: ["message"] },
}, ${options});
for (const name of ${JSON.stringify(["url", "environment", ...outputs])}) exports[name] = endpoint[name];
`;
};

async function open(wanted: Wanted): Promise<void> {
  const config = { "telegram:apiUrl": telegram.apiUrl, "telegram:token": { secret: bot.token } };
  project = await createProject({ program: program(wanted), config });
  cloud.join(project);
}

const declare = (wanted: Wanted) => project.write("index.js", program(wanted));
const last = (text: unknown) => String(text).split("::").at(-1) ?? "";
/** The endpoint's children by name, with their provider where that is not the default one. */
const children = () =>
  project
    .state()
    .resources.filter(({ urn }) => urn.includes("Endpoint$"))
    .map(({ urn, parent, provider = "" }) => {
      expect(last(parent)).toBe("gate");
      const by = String(provider).split("::").at(-2) ?? "";
      return /^default|^$/.test(by) ? last(urn) : `${last(urn)} by ${by}`;
    })
    .sort();

/** Those of these secrets that stand somewhere in clear. */
const inClear = (secrets: readonly (string | undefined)[], ...texts: string[]) =>
  secrets.filter((secret) => !secret || texts.some((text) => text.includes(secret)));

const post = (url: string, given?: string) =>
  answerOf(cloud.world, { url, headers: { "content-type": "application/json", ...(given && { [header]: given }) } });

test("a Worker is there with its domain before the webhook, accepts both secrets while one is rotated, and is moved without a refused update", async () => {
  const wanted = (hostname: string, secret: object): Wanted => ({
    type: "WorkerEndpoint",
    hostname,
    secret,
    args: { origin: { url: "https://origin.example.org" } },
    outputs: ["wafRule"],
  });
  await open(wanted(first, { rotateTrigger: "1" }));
  const preview = await project.pulumi(["preview", "--diff"]);
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const foreseen = cloud.told();
  const { bindings } = foreseen.find(({ name }) => name === "gate-worker")?.inputs as { bindings: object[] };
  expect(bindings).toContainEqual({ name: "ACCEPTED_SHA256", type: "secret_text", text: unknown });
  expect(bindings).toContainEqual({ name: "PATH", type: "plain_text", text: `/tg/${bot.id}` });
  expect(cloud.standing()).toEqual([]);

  const up = await project.up();
  expect(children()).toEqual(["gate-domain", "gate-secret", "gate-webhook", "gate-worker"]);
  expect(inOrder(cloud, telegram)).toEqual(["create gate-worker", "create gate-domain", "setWebhook"]);
  const { environment, url } = (await project.outputs({ showSecrets: true })) as {
    environment: Record<string, string>;
    url: string;
  };
  const { secretToken } = telegram.state(bot.id);
  expect(
    inClear(
      [bot.token, secretToken ?? "", environment["WEBHOOK_SECRET"]],
      project.stateText(),
      preview.stdout,
      up.stdout,
      up.stderr,
    ),
  ).toEqual([]);
  const handed = {
    status: 200,
    handedTo: `https://origin.example.org/tg/${bot.id}`,
    headers: { [header]: environment["WEBHOOK_SECRET"] },
  };
  expect(await post(url, secretToken ?? "")).toMatchObject(handed);
  expect(await post(url, "wrong")).toEqual({ status: 401 });

  declare(wanted(first, { rotateTrigger: "2" }));
  const rotated = await front.delivering(bot.id, () => project.up());
  expect(new Set(rotated.map(({ status }) => status))).toEqual(new Set([200]));
  expect(inOrder(cloud, telegram)).toEqual(["update gate-worker", "setWebhook"]);
  expect(await post(url, secretToken ?? "")).toMatchObject(handed);

  declare(wanted(first, { rotateTrigger: "2", revokePreviousTrigger: "2" }));
  await project.up();
  expect(inOrder(cloud, telegram)).toEqual(["update gate-worker"]);
  expect(await post(url, secretToken ?? "")).toEqual({ status: 401 });

  declare(wanted(second, { rotateTrigger: "2", revokePreviousTrigger: "2" }));
  cloud.world.wantNext({ method: "create", name: "gate-domain", seconds: 3 }); // as its certificate takes
  const answered = await front.delivering(bot.id, () => project.up());
  expect(new Set(answered.map(({ status }) => status))).toEqual(new Set([200]));
  const moved = inOrder(cloud, telegram);
  expectBefore(moved, "create gate-domain", "setWebhook");
  expectBefore(moved, "setWebhook", "delete gate-domain");
  expectBefore(moved, "setWebhook", "delete gate-worker");
  await project.pulumi(["up", "--yes", "--refresh", "--expect-no-changes"]);
  expect(inOrder(cloud, telegram)).toEqual([]);
  await project.destroy();
  expect(inOrder(cloud, telegram)).toEqual(["deleteWebhook", "delete gate-domain", "delete gate-worker"]);
}, 400_000);

test("a Worker's domain is refused where a record is, with nothing set at Telegram; another way to the Worker is made before the webhook; the zone's rules are ours only on demand", async () => {
  const zones = `const zones = new cloudflare.Provider("zones", { apiToken: "t".repeat(40) });
const logged = ({ type, props, opts }) => (type.endsWith(":WorkersScript") ? { props: { ...props, logpush: true }, opts } : undefined);
new cloudflare.WorkersScript("bot", { accountId: "a1", scriptName: "bot", content: "addEventListener('fetch', () => {})" }, { provider: zones });`;
  const wanted = (args: object): Wanted => ({
    type: "WorkerEndpoint",
    args: { origin: { service: "bot" }, ...args },
    before: zones,
    options: "{ providers: [zones], transforms: [logged] }",
  });
  await open(wanted({}));
  const there = { zoneId: "c1", name: first, type: "A", content: "192.0.2.1", proxied: true };
  cloud.world.put(cloudflareKind("record"), "r1", there);
  cloud.world.put(cloudflareKind("worker"), "bot", { scriptName: "bot" });
  const refused = await project.up([], { expect: "any" });
  expect(refused.stdout + refused.stderr).toContain(
    `"code":100117,"message":"Hostname '${first}' already has externally managed DNS records`,
  );
  expect(telegram.journal({ method: "setWebhook" })).toEqual([]);
  cloud.told();

  declare(wanted({ attach: "route", waf: { manage: true } }));
  for (const name of ["gate-route", "gate-waf"]) cloud.world.wantNext({ method: "create", name, seconds: 2 });
  await project.up();
  expect(children()).toEqual([
    "gate-route by zones",
    "gate-secret",
    "gate-waf by zones",
    "gate-webhook",
    "gate-worker by zones",
  ]);
  const done = inOrder(cloud, telegram);
  for (const role of ["worker", "route", "waf"]) expectBefore(done, `create gate-${role}`, "setWebhook");
  expectBefore(done, "setWebhook", "delete gate-worker"); // the one of the domain that was refused
  const { url, secretToken } = telegram.state(bot.id);
  expect(await post(url, secretToken ?? "")).toMatchObject({ status: 200, handedTo: "bot" });
  expect(await post(`https://${first}/`, secretToken ?? "")).toMatchObject({ status: 0 });
  const [script] = cloud.world.all(cloudflareKind("worker")).filter(({ id }) => id !== "bot");
  expect(script?.inputs["logpush"]).toBe(true);
  expect(cloud.world.all(cloudflareKind("ruleset"))[0]?.inputs["rules"]).toEqual([
    expect.objectContaining({
      action: "skip",
      expression: expect.stringContaining(`http.host eq "${first}"`) as string,
    }),
  ]);
  await project.destroy();
  expect(cloud.standing()).toEqual([`${cloudflareKind("record")} r1`]);
}, 400_000);

test("a tunnel leads one path to the bot, its token is a secret, a second command changes nothing, and it is moved without a refused update", async () => {
  const wanted = (upstream: string, secret: object, hostname = first): Wanted => ({
    type: "TunnelEndpoint",
    hostname,
    args: { upstream },
    secret,
    outputs: ["tunnelToken", "systemdUnit"],
  });
  await open(wanted("http://127.0.0.1:8080", { rotateTrigger: "1" }));
  const preview = await project.pulumi(["preview", "--diff"]);
  expect(cloud.told().filter(({ method }) => method === "invoke")).toEqual([]);
  for (const name of ["gate-config", "gate-record"]) cloud.world.wantNext({ method: "create", name, seconds: 2 });
  const up = await project.up();
  expect(children()).toEqual(["gate-config", "gate-record", "gate-secret", "gate-tunnel", "gate-webhook"]);
  const made = inOrder(cloud, telegram);
  expect([made[0], made.at(-1), [...made].sort()]).toEqual([
    "create gate-tunnel",
    "setWebhook",
    ["create gate-config", "create gate-record", "create gate-tunnel", "setWebhook"],
  ]);
  const { tunnelToken, systemdUnit, environment } = (await project.outputs({ showSecrets: true })) as {
    tunnelToken: string;
    systemdUnit: string;
    environment: Record<string, string>;
  };
  const { url, secretToken } = telegram.state(bot.id);
  const secrets = [bot.token, secretToken ?? "", tunnelToken];
  expect(inClear(secrets, project.stateText(), preview.stdout, up.stdout, up.stderr, systemdUnit)).toEqual([]);
  expect(JSON.parse(Buffer.from(tunnelToken, "base64").toString())).toMatchObject({ a: "a1" });
  expect(environment["WEBHOOK_SECRETS"]).toBe(secretToken);
  const handed = { status: 200, handedTo: "http://127.0.0.1:8080", headers: { [header]: secretToken } };
  expect(await post(url, secretToken ?? "")).toMatchObject(handed);
  expect(await post(`${url}/x`, secretToken ?? "")).toMatchObject({ status: 404 });
  await project.pulumi(["up", "--yes", "--refresh", "--expect-no-changes"]);

  declare(wanted("http://127.0.0.1:8081", { rotateTrigger: "2" }));
  cloud.told();
  await project.up();
  expect(brief(cloud.told()).filter((line) => !line.startsWith("invoke"))).toEqual(["update gate-config"]);
  const rotated = (await project.outputs({ showSecrets: true })) as { environment: Record<string, string> };
  expect(rotated.environment["WEBHOOK_SECRETS"]?.split(",")).toEqual([telegram.state(bot.id).secretToken, secretToken]);
  telegram.clearJournal();

  declare(wanted("http://127.0.0.1:8081", { rotateTrigger: "2" }, second));
  cloud.world.wantNext({ method: "create", name: "gate-record", seconds: 3 });
  const answered = await front.delivering(bot.id, () => project.up());
  expect(new Set(answered.map(({ status }) => status))).toEqual(new Set([200]));
  expect(inOrder(cloud, telegram)).toEqual(["create gate-record", "setWebhook", "delete gate-record"]);
  await project.destroy();
  const gone = inOrder(cloud, telegram);
  expect([gone[0], gone.at(-1)]).toEqual(["deleteWebhook", "delete gate-tunnel"]);
  expect(cloud.standing()).toEqual([]);
}, 400_000);
