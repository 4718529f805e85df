// What docs/migration.md promises, with its own program: an outsider's webhook is adopted with one set and no lost update.
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { once } from "node:events";
import { pause } from "../../provider/core/retry";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { makeAuthority, makeLeaf } from "../support/certificates";
import { blocksOf, read, transpiled } from "../support/pages";
import { freePort } from "../support/ports";
import { start } from "../support/process";
import type { Running } from "../support/process";
import { createProject } from "../support/pulumi";
import type { Project } from "../support/pulumi";
import { botsPython } from "../support/python";
import { until } from "../support/until";
import { both } from "../support/webhooks";

const page = "docs/migration.md";
const [program = ""] = blocksOf(page, "ts");
const url = "https://bots.example.com/tg/4fd1c2a9";
const secret = "the-secret-that-the-bot-checks-today";
const allowed = ["message", "callback_query"];
const driftJob = ["refresh", "--preview-only", "--expect-no-changes"];
const id = "123456789";
jest.setTimeout(300_000); // several commands of some seconds, on a machine that others use too
let telegram: FakeTelegram;
let project: Project;
let token: string;
let bot: Running | undefined;
/** What every command of a test sees: the fake server, and no look at an endpoint that has no name in the DNS. */
const env = () => ({ TELEGRAM_API_URL: telegram.apiUrl, TELEGRAM_PREFLIGHT: "false" });

beforeAll(async () => void (await botsPython()), 600_000); // the first time on a machine it is installed
beforeEach(async () => {
  telegram = await startFakeTelegram();
  telegram.setHost("bots.example.com", { connect: "127.0.0.1:9" });
  ({ token } = telegram.addBot({ id: Number(id) }));
  project = await createProject({
    program: transpiled(program),
    config: { secretToken: { secret }, "telegram:token": { secret: token } },
  });
});
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
  await telegram.close();
  await project.dispose();
});

const written = () =>
  telegram
    .journal({ botId: id, by: "client" })
    .flatMap(({ method, description }) => (method === "getWebhookInfo" ? [] : [`${method}: ${description}`]));

/** What the page quotes of a command's output in a section. */
function quoted(heading: string): string[] {
  const [, section = ""] = read(page).split(`\n## ${heading}\n`);
  const [text = ""] = section.split("\n## ");
  return [...text.matchAll(/^ {4,}((?:warning: |error: )?bot \d+.+)$/gm)].map(([, line = ""]) => line);
}

/** A bot that refuses what does not have its secret; the ids of the updates that it took. */
async function serve(): Promise<{ taken: Set<number>; close: () => void }> {
  const authority = await makeAuthority();
  telegram.trust(authority.certificate);
  const { certificate: cert, key } = await makeLeaf({ issuer: authority, names: ["bots.example.com"] });
  const taken = new Set<number>();
  const server = createServer({ cert, key }, (request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      const isGenuine = request.headers["x-telegram-bot-api-secret-token"] === secret;
      if (isGenuine) taken.add((JSON.parse(body) as { update_id: number }).update_id);
      response.writeHead(isGenuine ? 200 : 401).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  telegram.setHost("bots.example.com", { connect: `127.0.0.1:${(server.address() as AddressInfo).port}` });
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { taken, close };
}

test("a webhook that somebody set with curl is adopted by one setWebhook, while updates go on and none is lost", async () => {
  const { taken, close } = await serve();
  try {
    await telegram.outsider(id).setWebhook({ url, secret_token: secret, allowed_updates: allowed });
    await telegram.clock.advance(1); // the slot of a second for the next setWebhook
    const sent: number[] = [];
    const send = () => sent.push(telegram.message(id, { text: "hello" }).updateId);
    send();
    await until(() => taken.size === 1);
    const adopted = project.up([], { env: env() });
    const patience = new AbortController().signal;
    let isOver = false;
    void adopted.finally(() => (isOver = true)).catch(() => undefined);
    while (!isOver) {
      send();
      await pause(0.05, patience);
    }
    await adopted;
    send();
    await until(() => telegram.pending(id) === 0);
    expect([...taken].sort()).toEqual(sent.sort());
    expect(sent.length).toBeGreaterThan(10);
    expect(written()).toEqual(["setWebhook: Webhook was set"]);
    expect(telegram.state(id)).toMatchObject({ url, secretToken: secret, maxConnections: 41, allowedUpdates: allowed });
    await project.pulumi(driftJob, { env: env() });
  } finally {
    close();
  }
});

test("python-telegram-bot that is told the same as the stack changes nothing when it starts", async () => {
  await project.up([], { env: env() });
  await telegram.clock.advance(1);
  project.write("bot.py", blocksOf(page, "python").at(-1) ?? "");
  const { PATH, HOME } = process.env;
  const told = { TELEGRAM_BOT_TOKEN: token, WEBHOOK_SECRET: secret, PORT: String(await freePort()) };
  const environment = { PATH, HOME, PYTHONDONTWRITEBYTECODE: "1", TELEGRAM_API_URL: telegram.apiUrl, ...told };
  bot = start(await botsPython(), [path.join(project.directory, "bot.py")], { env: environment });
  await until(() => written().filter((line) => line.startsWith("setWebhook")).length === 2, 90);
  expect(written().filter((line) => !line.startsWith("getMe"))).toEqual([
    "setWebhook: Webhook was set",
    "setWebhook: Webhook is already set",
  ]);
  await project.pulumi(driftJob, { env: env() });
});

test("what a null_resource set with curl is adopted with the secret; its next apply is told as what it is", async () => {
  const curl = async () => {
    await telegram.clock.advance(2);
    await telegram.outsider(id).setWebhook({ url });
  };
  await curl();
  await telegram.clock.advance(1);
  const [adopted = "", again = ""] = quoted("From a null_resource with curl");
  expect(both(await project.up([], { env: env() }))).toContain(`${adopted}\n`);
  expect(written()).toEqual(["setWebhook: Webhook was set"]);
  expect(telegram.state(id)).toMatchObject({ url, secretToken: secret, maxConnections: 41 });
  await curl();
  expect(both(await project.pulumi(driftJob, { env: env(), expect: 7 }))).toContain(`${again}\n`);
});

test("a webhook that a forgotten resource of another tool deletes after the move is told, and set again", async () => {
  await project.up([], { env: env() });
  await telegram.clock.advance(2);
  await telegram.outsider(id).deleteWebhook();
  const [gone = ""] = quoted("From a dynamic provider in Python");
  expect(both(await project.pulumi(driftJob, { env: env(), expect: 7 }))).toContain(`${gone}\n`);
  await project.up(["--refresh"], { env: env() });
  expect(telegram.state(id)).toMatchObject({ url, secretToken: secret });
});

test("another URL is refused until TELEGRAM_TAKEOVER names its host; then one setWebhook replaces it", async () => {
  const old = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com";
  const [refusal = "", replaced = ""] = quoted("From a custom resource of the CDK");
  telegram.setHost(old, { connect: "127.0.0.1:9" });
  await telegram.outsider(id).setWebhook({ url: `https://${old}/x` });
  telegram.message(id, { text: "waits" });
  await telegram.clock.advance(1);
  expect(both(await project.up([], { env: env(), expect: 1 }))).toContain(`${refusal}\n`);
  expect(written()).toEqual([]);
  const up = await project.up([], { env: { ...env(), TELEGRAM_TAKEOVER: old } });
  expect(both(up)).toContain(`${replaced}\n`);
  expect(written()).toEqual(["setWebhook: Webhook was set"]);
  expect(telegram.state(id)).toMatchObject({ url, secretToken: secret, pending: 1 });
  const webhook = project.openState().resources.find(({ type }) => type.endsWith("TelegramWebhook"));
  expect(webhook?.outputs).toMatchObject({ previousUrl: `https://${old}/x` });
});
