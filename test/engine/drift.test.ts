// Drift with a cause, through the CLI: what a framework does to a webhook by itself is named by refresh and repaired by up.
// One stack has a bot for each; the steps of its story come first.
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { startBot } from "../support/bots";
import type { Framework, RunningBot } from "../support/bots";
import { botsPython } from "../support/python";
import { setUp, step, storyTest, tearDown } from "../support/story";
import { until } from "../support/until";
import { both, unproved, webhookProject } from "../support/webhooks";
import type { WebhookProject } from "../support/webhooks";

const url = "https://bots.example.com/tg/ours";
const secretToken = "the-secret-of-this-bot";
const again =
  "its webhook was registered again with Telegram's defaults (40 connections, no certificate), as frameworks do at start and curl does in a script: the secret is presumed lost.";
const gone = "its webhook is gone. Usual causes: a process polls with this token";
const hashed = "its webhook is now https://bots.example.com/…, on the hashed path that Telegraf makes";

interface Cause {
  what: string;
  framework: Framework;
  mode: "register" | "poll";
  /** What a drift job says of it. */
  line: string;
}
const causes: Cause[] = [
  { what: "python-telegram-bot's run_webhook", framework: "python-telegram-bot", mode: "register", line: again },
  { what: "aiogram's set_webhook at start", framework: "aiogram", mode: "register", line: again },
  { what: "Telegraf's launch", framework: "telegraf", mode: "register", line: hashed },
  { what: "a polling start of python-telegram-bot", framework: "python-telegram-bot", mode: "poll", line: gone },
  { what: "a polling start of grammY", framework: "grammy", mode: "poll", line: gone },
];
const curl = "somebody's curl to another host";

let telegram: FakeTelegram;
let project: WebhookProject;
let bots: Map<string, { id: string; token: string }>;
const running: RunningBot[] = [];
jest.setTimeout(600_000); // the first test waits for the steps that it needs, each with a deadline of its own

setUp(async () => {
  await botsPython();
  telegram = await startFakeTelegram();
  telegram.setHost("bots.example.com", {});
  telegram.setHost("evil.example.net", { connect: "127.0.0.1:9" });
  bots = new Map([...causes.map(({ what }) => what), curl].map((what) => [what, telegram.addBot()]));
  project = await webhookProject();
}, 600_000); // the first time on a machine Python's packages are installed
tearDown(async () => {
  for (const bot of running) await bot.stop();
  await project.dispose();
  await telegram.close();
});

const botOf = (what: string) => bots.get(what) as { id: string; token: string };
const driftJob = ["refresh", "--preview-only", "--expect-no-changes"];

const drifted = step("webhooks that frameworks and somebody change", async () => {
  const declared = [...bots].map(([, { id, token }]) => {
    const args = { token, url, secretToken, allowedUpdates: ["message"], apiUrl: telegram.apiUrl, ...unproved };
    return [`bot-${id}`, args] as const;
  });
  project.declare(Object.fromEntries(declared));
  await project.up();
  await telegram.clock.advance(1); // the slot of a second for the next setWebhook
  const start = async ({ what, framework, mode }: Cause) => {
    const { id, token } = botOf(what);
    running.push(await startBot(framework, { telegram, token, mode, url }));
    await until(() => telegram.state(id).url !== url || telegram.state(id).maxConnections === 40);
  };
  for (const cause of causes) await start(cause);
  const { id } = botOf(curl);
  await telegram.outsider(id).setWebhook({ url: "https://evil.example.net/x" });
  telegram.message(id, { text: "hello" });
});

const named = step("a drift job, which ends with 7", async () => {
  await drifted();
  return both(await project.pulumi(driftJob, { expect: 7 }));
});

const repaired = step("an up --refresh, after which a drift job ends with 0", async () => {
  await named();
  for (const bot of running.splice(0)) await bot.stop();
  await project.up(["--refresh"]);
  const live = new Map([...bots.values()].map(({ id }) => [id, structuredClone(telegram.state(id))]));
  await project.pulumi(driftJob);
  return { live, resources: project.state().resources };
});

/** The drift job says it, up repairs it, and the next drift job has nothing to say. */
async function isNamedAndRepaired(what: string, line: string): Promise<void> {
  const { id } = botOf(what);
  expect(await named()).toContain(`bot ${id}: ${line}`);
  const { live, resources } = await repaired();
  expect(live.get(id)).toMatchObject({ url, secretToken, maxConnections: 41, allowedUpdates: ["message"] });
  const webhook = resources.find(({ urn }) => urn.endsWith(`TelegramWebhook::bot-${id}`));
  expect(webhook?.outputs).toMatchObject({ url, verified: true, secretInForce: true });
}

for (const { what, line } of causes) {
  storyTest(`${what} is named by a drift job, which ends with 7, then with 0`, () => isNamedAndRepaired(what, line));
}

storyTest(`${curl} is named, with what waits`, () =>
  isNamedAndRepaired(
    curl,
    "its webhook is now https://evil.example.net/…, another host. 1 update waits. pulumi up --refresh repairs it.",
  ),
);
