// Drift with a cause, through the CLI: what a framework does to a webhook by itself is named by refresh and repaired by up.
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { startBot } from "../support/bots";
import type { Framework, RunningBot } from "../support/bots";
import { botsPython } from "../support/python";
import { until } from "../support/until";
import { both, unproved, webhookProject } from "../support/webhooks";
import type { WebhookProject } from "../support/webhooks";

const url = "https://bots.example.com/tg/ours";
const secretToken = "the-secret-of-this-bot";
let telegram: FakeTelegram;
let project: WebhookProject;
let bot: RunningBot | undefined;

beforeAll(async () => void (await botsPython()), 600_000); // the first time on a machine it is installed
beforeEach(async () => {
  telegram = await startFakeTelegram();
  telegram.setHost("bots.example.com", {});
  project = await webhookProject();
});
afterEach(async () => {
  await bot?.stop();
  bot = undefined;
  await telegram.close();
  await project.dispose();
});

const driftJob = ["--preview-only", "--expect-no-changes"];
const again =
  "its webhook was registered again with Telegram's defaults (40 connections, no certificate), as frameworks do at start: the secret is presumed lost.";
const gone = "its webhook is gone. Usual causes: a process polls with this token";

/** pulumi refresh --preview-only --expect-no-changes ends with 7 and says it, up --refresh repairs it, then it ends with 0. */
async function isNamedAndRepaired(id: string, line: string): Promise<void> {
  const drift = both(await project.pulumi(["refresh", ...driftJob], { expect: 7 }));
  expect(drift).toContain(`bot ${id}: ${line}`);
  await bot?.stop();
  await project.up(["--refresh"]);
  expect(telegram.state(id)).toMatchObject({ url, secretToken, maxConnections: 41, allowedUpdates: ["message"] });
  await project.pulumi(["refresh", ...driftJob]);
  const webhook = project.state().resources.find(({ type }) => type.endsWith("TelegramWebhook"));
  expect(webhook?.outputs).toMatchObject({ url, verified: true, secretInForce: true });
}

test.each<[what: string, Framework, "register" | "poll", string]>([
  ["python-telegram-bot's run_webhook", "python-telegram-bot", "register", again],
  ["aiogram's set_webhook at start", "aiogram", "register", again],
  [
    "Telegraf's launch",
    "telegraf",
    "register",
    "its webhook is now https://bots.example.com/…, on the hashed path that Telegraf makes",
  ],
  ["a polling start of python-telegram-bot", "python-telegram-bot", "poll", gone],
  ["a polling start of grammY", "grammy", "poll", gone],
])("%s is named by a drift job, which ends with 7, then with 0", async (_what, framework, mode, line) => {
  const { id, token } = telegram.addBot();
  const args = { token, url, secretToken, allowedUpdates: ["message"], apiUrl: telegram.apiUrl, ...unproved };
  project.declare({ bot: args });
  await project.up();
  await telegram.clock.advance(1); // the slot of a second for the next setWebhook
  bot = await startBot(framework, { telegram, token, mode, url });
  await until(() => telegram.state(id).url !== url || telegram.state(id).maxConnections === 40);
  await isNamedAndRepaired(id, line);
});

test("somebody's curl to another host is named, with what waits", async () => {
  const { id, token } = telegram.addBot();
  project.declare({
    bot: { token, url, secretToken, allowedUpdates: ["message"], apiUrl: telegram.apiUrl, ...unproved },
  });
  await project.up();
  telegram.setHost("evil.example.net", { connect: "127.0.0.1:9" });
  await telegram.outsider(id).setWebhook({ url: "https://evil.example.net/x" });
  telegram.message(id, { text: "hello" });
  await isNamedAndRepaired(
    id,
    "its webhook is now https://evil.example.net/…, another host. 1 update waits. pulumi up --refresh repairs it.",
  );
});
