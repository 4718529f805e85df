// LambdaEndpoint on the real engine, with the stand-in for AWS: what it makes, in which order, and that Telegram's updates get through all the time.
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { answerOf } from "../support/cloud/answers";
import { awsKind, brief, startCloud } from "../support/cloud/cloud";
import type { Cloud } from "../support/cloud/cloud";
import { expectBefore, inOrder, startFront } from "../support/cloud/front";
import type { Front } from "../support/cloud/front";
import { createProject } from "../support/pulumi";
import type { Project } from "../support/pulumi";

let telegram: FakeTelegram;
let cloud: Cloud;
let front: Front;
let project: Project;
let bot: ReturnType<FakeTelegram["addBot"]>;

const first = "bots.example.com";
const second = "updates.example.com";
const header = "x-telegram-bot-api-secret-token";

beforeEach(async () => {
  telegram = await startFakeTelegram({ resolveEverything: {} });
  bot = telegram.addBot();
  cloud = startCloud({ route53: { Z1: "example.com" }, cloudflare: { c1: "example.net" } });
  front = await startFront(cloud, telegram, [first, second]);
});
afterEach(async () => {
  await project.dispose();
  await front.close();
  cloud.dispose();
  await telegram.close();
});

interface Wanted {
  /** Code, as `secret`, `more`, `options` and `before` are. */
  address: string;
  secret?: string;
  more?: string;
  options?: string;
  before?: string;
  /** The function's resource. */
  name?: string;
}

/** A program with a function and its endpoint, named shop. */
const program = ({ address, secret = "{}", more = "", options = "{}", before = "", name = "bot" }: Wanted) => `
const aws = require("@pulumi/aws");
const cloudflare = require("@pulumi/cloudflare");
const pulumi = require("@pulumi/pulumi");
const telegram = require("pulumi-telegram");
const { LambdaEndpoint, lambdaEnvironment } = require("pulumi-telegram/aws");
const role = new aws.iam.Role("role", {
  assumeRolePolicy: JSON.stringify({ Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "lambda.amazonaws.com" } }] }),
});
${before}
const args = {
  address: ${address},
  secret: ${secret},
  webhook: { preflight: false, verifySeconds: 0, allowedUpdates: ["message"] },
  ${more}
};
const bot = new aws.lambda.Function("${name}", {
  role: role.arn, runtime: "nodejs24.x", handler: "index.handler", timeout: 20,
  code: new pulumi.asset.AssetArchive({ "index.mjs": new pulumi.asset.StringAsset("export const handler = async () => ({});") }),
  environment: { variables: lambdaEnvironment(args) },
});
const endpoint = new LambdaEndpoint("shop", { ...args, function: bot }, ${options});
exports.url = endpoint.url;
exports.environment = endpoint.environment;
`;

async function open(wanted: Wanted): Promise<void> {
  const config = {
    "telegram:apiUrl": telegram.apiUrl,
    "telegram:token": { secret: bot.token },
    "aws:region": "eu-central-1",
  };
  project = await createProject({ program: program(wanted), config });
  cloud.join(project);
}

/** The endpoint's children by name, each with its parent where that is not the endpoint, and its provider where that is not the default one. */
const children = () =>
  project
    .state()
    .resources.filter(({ urn }) => urn.includes("LambdaEndpoint$"))
    .map(({ urn, parent, provider = "" }) => {
      const last = (text: unknown) => String(text).split("::").at(-1) ?? "";
      const by = String(provider).split("::").at(-2) ?? "";
      const marks = [
        ...(last(parent) === "shop" ? [] : [`of ${last(parent)}`]),
        ...(/^default|^$/.test(by) ? [] : [`by ${by}`]),
      ];
      return [last(urn), ...marks].join(" ");
    })
    .sort();

/** Every secret that there is, for the question whether one is somewhere in clear. */
function secrets(): string[] {
  const opened = JSON.stringify(project.openState());
  const [, current = ""] = /"current":"([\w-]{43})"/.exec(opened) ?? [];
  const [, stable = ""] = /"PROCESS_SECRET":"([\w-]+)"/.exec(opened) ?? [];
  return [bot.token, current, ...(stable ? [stable] : [])];
}

const post = (url: string, given?: string, body = '{"update_id":7}') =>
  answerOf(cloud.world, { url, headers: given ? { [header]: given } : {}, body });

const inClear = (...texts: string[]) => secrets().filter((secret) => texts.some((text) => text.includes(secret)));

const apiChildren = [
  "api",
  "authorizer",
  "authorizer-function",
  "authorizer-logs",
  "authorizer-permission",
  "authorizer-role",
];
const domainChildren = ["certificate", "domain", "mapping", "record", "validation", "validation-record"];

test("an HTTP API on a name of one's own is made in order, rotated, moved and taken away, and Telegram is never refused", async () => {
  const wanted = (hostname: string, secret: object) => ({
    address: `{ httpApi: { hostname: "${hostname}", zone: { route53: { name: "example.com" } }, record: { waitSeconds: 0 } } }`,
    secret: JSON.stringify(secret),
  });
  await open(wanted(first, { rotateTrigger: "1" }));
  const preview = await project.pulumi(["preview", "--diff"]);
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const foreseen = (name: string) => cloud.world.lines().find((call) => call.name === name)?.inputs;
  expect(foreseen("shop-mapping")).toMatchObject({ apiId: unknown, domainName: first, stage: "$default" });
  expect(foreseen("shop-route")).toMatchObject({ routeKey: `POST /tg/${bot.id}`, authorizationType: "CUSTOM" });
  expect(foreseen("shop-record-record")).toMatchObject({ zoneId: "Z1", name: first, records: [unknown] });
  expect(cloud.standing()).toEqual([]);
  expect(telegram.journal({ method: "setWebhook" })).toEqual([]);
  cloud.told();

  // What only the webhook waits for takes long.
  for (const role of ["authorizer-permission", "permission", "route", "mapping"])
    cloud.world.wantNext({ method: "create", name: `shop-${role}`, seconds: 2 });
  const up = await project.up();
  const direct = [
    ...apiChildren,
    ...domainChildren,
    "integration",
    "permission",
    "route",
    "secret",
    "stage",
    "webhook",
  ];
  const named = direct.map((role) => `shop-${role}`);
  expect(children()).toEqual([...named, "shop-record-record of shop-record"].sort());
  const made = inOrder(cloud, telegram);
  expect(made.at(-1)).toBe("setWebhook");
  for (const role of [...apiChildren, ...domainChildren, "integration", "permission", "route", "stage"])
    if (role !== "record") expectBefore(made, `create shop-${role}`, "setWebhook");
  expectBefore(made, "create shop-validation-record", "create shop-validation");
  expectBefore(made, "create shop-validation", "create shop-domain");
  expect(inClear(project.stateText(), preview.stdout, preview.stderr, up.stdout, up.stderr)).toEqual([]);
  const { environment, url } = (await project.outputs({ showSecrets: true })) as {
    environment: Record<string, string>;
    url: string;
  };
  expect(url).toBe(`https://${first}/tg/${bot.id}`);
  const { secretToken } = telegram.state(bot.id);
  expect(environment["WEBHOOK_SECRET"]).not.toBe(secretToken);
  const handed = { status: 200, headers: { [header]: environment["WEBHOOK_SECRET"] } };
  expect(await post(url, secretToken ?? "")).toMatchObject(handed);
  expect(await post(url, "wrong")).toMatchObject({ status: 403 });
  expect(await post(url)).toMatchObject({ status: 401 });

  project.write("index.js", program(wanted(first, { rotateTrigger: "2" })));
  const rotated = await front.delivering(bot.id, () => project.up());
  expect(new Set(rotated.map(({ status }) => status))).toEqual(new Set([200]));
  expect(inOrder(cloud, telegram)).toEqual(["update shop-authorizer-function", "setWebhook"]);
  expect(await post(url, secretToken ?? "")).toMatchObject(handed);
  expect(await post(url, telegram.state(bot.id).secretToken ?? "")).toMatchObject(handed);

  project.write("index.js", program(wanted(first, { rotateTrigger: "2", revokePreviousTrigger: "2" })));
  await project.up();
  expect(inOrder(cloud, telegram)).toEqual(["update shop-authorizer-function"]);
  expect(await post(url, secretToken ?? "")).toMatchObject({ status: 403 });
  expect(await post(url, telegram.state(bot.id).secretToken ?? "")).toMatchObject(handed);

  project.write("index.js", program(wanted(second, { rotateTrigger: "2", revokePreviousTrigger: "2" })));
  cloud.world.wantNext({ method: "create", name: "shop-mapping", seconds: 3 });
  const moved = await front.delivering(bot.id, () => project.up());
  expect(new Set(moved.map(({ status }) => status))).toEqual(new Set([200]));
  const done = inOrder(cloud, telegram);
  for (const role of ["certificate", "validation-record", "validation", "domain", "record-record", "mapping"]) {
    expectBefore(done, `create shop-${role}`, "setWebhook");
    expectBefore(done, "setWebhook", `delete shop-${role}`);
  }
  expect(done).toHaveLength(13);

  await project.pulumi(["up", "--yes", "--refresh", "--expect-no-changes"]);
  expect(inOrder(cloud, telegram)).toEqual([]);

  const triggers = JSON.stringify({ rotateTrigger: "2", revokePreviousTrigger: "2" });
  project.write("index.js", program({ address: "{ httpApi: {} }", secret: triggers }));
  await project.up();
  const back = inOrder(cloud, telegram);
  expectBefore(back, "update shop-api", "setWebhook");
  expectBefore(back, "setWebhook", "delete shop-domain");
  expect(await post(telegram.state(bot.id).url, telegram.state(bot.id).secretToken ?? "")).toMatchObject(handed);
  await project.destroy();
  expect(inOrder(cloud, telegram)[0]).toBe("deleteWebhook");
  expect(cloud.standing()).toEqual([]);
}, 400_000);

test("a function URL: refused half-way it goes on with the next up; both permissions come before the webhook; another function gets one of its own first", async () => {
  const wanted = (rotateTrigger: string, name: string) => ({
    address: "{ functionUrl: {} }",
    before: `const own = new telegram.WebhookSecret("own", { rotateTrigger: "${rotateTrigger}" });`,
    secret: "own",
    name,
  });
  await open(wanted("1", "bot"));
  cloud.world.wantNext({
    method: "create",
    name: "shop-invoke-permission",
    seconds: 2,
    says: "api error TooManyRequestsException: Rate exceeded",
  });
  const refused = await project.up([], { expect: "any" });
  expect(refused.stdout + refused.stderr).toContain("TooManyRequestsException: Rate exceeded");
  expect(telegram.journal({ method: "setWebhook" })).toEqual([]);
  const [url] = cloud.world.all(awsKind("url"));
  expect(await post(String(url?.outputs["functionUrl"]))).toMatchObject({ status: 403 });
  cloud.told();

  await project.up();
  expect(children()).toEqual(["shop-invoke-permission", "shop-url", "shop-url-permission", "shop-webhook"]);
  expect(inOrder(cloud, telegram).at(-1)).toBe("setWebhook");
  const { url: at } = telegram.state(bot.id);
  expect(at).toBe(`${String(url?.outputs["functionUrl"])}tg/${bot.id}`);
  expect(await post(at)).toMatchObject({ status: 200 });
  expect(inClear(project.stateText(), refused.stdout, refused.stderr)).toEqual([]);

  project.write("index.js", program(wanted("2", "bot")));
  await project.up();
  expect(inOrder(cloud, telegram)).toEqual(["update bot", "setWebhook"]);
  const { environment } = cloud.world.all(awsKind("function"))[0]?.outputs as {
    environment: { variables: Record<string, string> };
  };
  const { secretToken } = telegram.state(bot.id);
  expect(environment.variables["WEBHOOK_SECRETS"]?.split(",")).toEqual([
    secretToken,
    expect.stringMatching(/^[\w-]{43}$/),
  ]);

  project.write("index.js", program(wanted("2", "other")));
  await project.up();
  const done = inOrder(cloud, telegram);
  for (const made of ["other", "shop-url", "shop-url-permission", "shop-invoke-permission"])
    expectBefore(done, `create ${made}`, "setWebhook");
  for (const gone of ["bot", "shop-url", "shop-url-permission", "shop-invoke-permission"])
    expectBefore(done, "setWebhook", `delete ${gone}`);
  expect(await post(telegram.state(bot.id).url)).toMatchObject({ status: 200 });
  await project.pulumi(["preview", "--expect-no-changes"]);
  await project.destroy();
  expect(inOrder(cloud, telegram)[0]).toBe("deleteWebhook");
}, 400_000);

test("a queue: every update goes into it in order, the children get the providers and transforms that were given, and a name that is taken is refused first", async () => {
  const wanted = (path: string) => ({
    address: `{ httpApi: { hostname: "bots.example.net", zone: { cloudflare: { name: "example.net", zoneId: "c1" } }, record: { waitSeconds: 0 }, keepDefaultEndpoint: true } }`,
    more: `delivery: "queue", path: "${path}",`,
    before: `const providers = [new aws.Provider("frankfurt", { region: "eu-central-1" }), new cloudflare.Provider("zones", { apiToken: "t".repeat(40) })];
const marked = ({ type, props, opts }) => (type === "aws:sqs/queue:Queue" ? { props: { ...props, tags: { team: "bots" } }, opts } : undefined);`,
    options: "{ providers, transforms: [marked] }",
  });
  await open({ ...wanted("/tg/a"), address: "{ httpApi: {} }" });
  await project.up();
  const given = telegram.state(bot.id);
  cloud.told();
  telegram.clearJournal();

  project.write("index.js", program(wanted("/tg/a")));
  cloud.world.put(awsKind("domain"), "bots.example.net", {
    domainName: "bots.example.net",
    domainNameConfiguration: {},
  });
  const refused = await project.up([], { expect: "any" });
  expect(refused.stdout + refused.stderr).toContain("ConflictException: The domain name you provided already exists.");
  expect(telegram.journal({ method: "setWebhook" })).toEqual([]);
  expect(await post(given.url, given.secretToken ?? "")).toMatchObject({ status: 200 });
  cloud.world.remove(awsKind("domain"), "bots.example.net");

  await project.up();
  const made = brief(cloud.told().filter(({ method, name }) => method === "create" && name.startsWith("shop-")));
  expect(made.filter((line, at) => made.indexOf(line) < at)).toEqual([]); // what was made half-way is not made again
  const queueChildren = ["dead-letters", "event-source", "queue", "queue-access", "queue-role", "queue-role-policy"];
  const byAws = [
    ...apiChildren,
    "certificate",
    "domain",
    "integration",
    "mapping",
    "route",
    "stage",
    "validation",
    ...queueChildren,
  ];
  expect(children()).toEqual(
    [
      ...byAws.map((role) => `shop-${role} by frankfurt`),
      "shop-validation-record by zones",
      "shop-record-record of shop-record by zones",
      ...["record", "secret", "webhook"].map((role) => `shop-${role}`),
    ].sort(),
  );
  const { url, secretToken } = telegram.state(bot.id);
  const message = { MessageGroupId: String(bot.id), MessageDeduplicationId: "7", MessageBody: '{"update_id":7}' };
  const [queue] = cloud.world.all(awsKind("queue")).filter(({ id }) => id.includes("shop-queue"));
  expect(await post(url, secretToken ?? "")).toMatchObject({ status: 200, handedTo: queue?.outputs["name"], message });
  expect(await post(url, "wrong")).toMatchObject({ status: 403 });
  expect(cloud.world.all(awsKind("queue")).map(({ inputs }) => inputs["tags"])).toEqual([
    { team: "bots" },
    { team: "bots" },
  ]);
  expect(queue?.inputs).toMatchObject({ fifoQueue: true, visibilityTimeoutSeconds: 50 });
  inOrder(cloud, telegram);

  project.write("index.js", program(wanted("/tg/b")));
  await project.up();
  const moved = inOrder(cloud, telegram);
  expectBefore(moved, "create shop-route", "setWebhook");
  expectBefore(moved, "setWebhook", "delete shop-route");
  expect([...moved].sort()).toEqual(["create shop-route", "delete shop-route", "setWebhook", "update bot"]);
  await project.destroy();
  expect(cloud.standing()).toEqual([]);
}, 400_000);
