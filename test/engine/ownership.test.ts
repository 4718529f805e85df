// Whose webhook it is, on the real engine: foreign ones are refused, shown, taken over or left; two stacks never ping-pong.
import type { FakeTelegram } from "../../testing";
import { foreignUrl, liveOf, none, theirs } from "../support/fault-cells";
import { until } from "../support/until";
import { both, calls, onFakeTelegram, testBot } from "../support/webhooks";
import type { TestBot, WebhookProject } from "../support/webhooks";

let telegram: FakeTelegram;
const newProject = onFakeTelegram((started) => {
  telegram = started;
  telegram.setHost("foreign.example.com", { shown: "149.154.175.51", connect: "127.0.0.1:9" });
});

const newBots = (count: number) => Array.from({ length: count }, () => testBot(telegram));
const foreign = { url: foreignUrl, max_connections: 3, secret_token: "theirs" };
const setBySomebody = (...bots: TestBot[]) =>
  Promise.all(bots.map((bot) => telegram.outsider(bot.id).setWebhook(foreign)));
const live = (bot: TestBot) => liveOf(telegram, bot);
const ours = (bot: TestBot, maxConnections = 41) => ({
  ...none,
  url: bot.url,
  secretToken: bot.args["secretToken"],
  maxConnections,
});
const names = (project: WebhookProject) =>
  project
    .state()
    .resources.flatMap(({ type, urn }) => (type.includes("TelegramWebhook") ? [urn.split("::").at(-1)] : []))
    .sort();
const writes = (bot: TestBot) => calls(telegram, bot).filter((method) => method !== "getWebhookInfo");
const refusal = (bot: TestBot, host: string, cure: string) =>
  `bot ${bot.id} has the webhook https://${host}/…, which this resource did not set. Nothing was written. ${cure}.`;
const atCreation = "Declare that URL to adopt it, or name foreign.example.com in takeover to replace it";
const atUpdate = "Somebody else set it since the last refresh. pulumi up --refresh shows and repairs it";
const replaced = (bot: TestBot) =>
  `bot ${bot.id}: the webhook https://foreign.example.com/… was set by somebody else; it is replaced by https://${new URL(bot.url).hostname}/….`;
const failing = ["--continue-on-error"];

test("a foreign webhook is refused, adopted, taken over or left alone, at creation, update and removal", async () => {
  const project = await newProject();
  const bots = newBots(6) as [TestBot, TestBot, TestBot, TestBot, TestBot, TestBot];
  const [refused, other, same, byHost, byUrl, once] = bots;
  await setBySomebody(refused, other, byHost, byUrl, once);
  await telegram.outsider(same.id).setWebhook({ url: same.url, secret_token: "theirs" });
  const declare = (maxConnections: number) =>
    project.declare({
      refused: { ...refused.args, maxConnections },
      other: { ...other.args, maxConnections, takeover: ["example.com", "other.example.com"] },
      same: { ...same.args, maxConnections },
      byHost: { ...byHost.args, maxConnections, takeover: ["foreign.example.com"] },
      byUrl: { ...byUrl.args, maxConnections, takeover: [foreignUrl] },
      once: { ...once.args, maxConnections, takeover: true },
    });
  declare(41);
  telegram.clearJournal();
  const first = both(await project.up(failing, { expect: 1 }));
  for (const bot of [refused, other]) {
    expect(first).toContain(refusal(bot, "foreign.example.com", atCreation));
    expect(live(bot)).toEqual(theirs);
    expect(calls(telegram, bot)).toEqual(["getWebhookInfo"]);
  }
  for (const bot of [byHost, byUrl, once]) expect(first).toContain(replaced(bot));
  for (const bot of [same, byHost, byUrl, once]) expect(live(bot)).toEqual(ours(bot));
  expect(names(project)).toEqual(["byHost", "byUrl", "once", "same"]);

  // What was set since is refused unless a list covers it: `true` counts at creation only.
  await setBySomebody(same, byHost, once);
  declare(7);
  telegram.clearJournal();
  const second = both(await project.up(failing, { expect: 1 }));
  for (const bot of [same, once]) {
    expect(second).toContain(refusal(bot, "foreign.example.com", atUpdate));
    expect(live(bot)).toEqual(theirs);
    expect(writes(bot)).toEqual([]);
  }
  expect(second).toContain(replaced(byHost));
  for (const bot of [byHost, byUrl]) expect(live(bot)).toEqual(ours(bot, 7));

  // A refresh shows it, and the update that follows may write.
  const third = both(await project.up(["--refresh", ...failing], { expect: 1 }));
  for (const bot of [same, once]) {
    expect(third).toContain(replaced(bot));
    expect(live(bot)).toEqual(ours(bot, 7));
  }
  await setBySomebody(same, byHost);
  const gone = both(await project.destroy());
  for (const bot of [same, byHost]) {
    expect(gone).toContain(
      `the webhook is now https://foreign.example.com/…, which this resource did not set; it is left alone.`,
    );
    expect(live(bot)).toEqual(theirs);
  }
  for (const bot of [byUrl, once]) expect(live(bot)).toEqual(none);
  expect([live(refused), live(other)]).toEqual([theirs, theirs]);
});

test("two stacks that declare one bot read the conflict in one sentence, and a plain up never takes it back", async () => {
  const [a, b] = await Promise.all([newProject(), newProject()]);
  const [bot, elsewhere] = newBots(2) as [TestBot, TestBot];
  const [hostA, hostB] = [new URL(bot.url).hostname, new URL(elsewhere.url).hostname];
  const argsA = bot.args;
  const argsB = { ...bot.args, url: elsewhere.url, secretToken: "secret-of-stack-b" };
  const liveA = ours(bot);
  const liveB = { ...none, url: elsewhere.url, secretToken: "secret-of-stack-b", maxConnections: 41 };
  a.declare({ bot: argsA });
  await a.up();
  b.declare({ bot: argsB });
  const cure = `Declare that URL to adopt it, or name ${hostA} in takeover to replace it`;
  expect(both(await b.up([], { expect: 1 }))).toContain(refusal(bot, hostA, cure));
  expect(live(bot)).toEqual(liveA);
  b.declare({ bot: { ...argsB, takeover: [hostA] } });
  await b.up();
  expect(live(bot)).toEqual(liveB);

  telegram.clearJournal();
  await Promise.all([a.up(["--expect-no-changes"]), b.up(["--expect-no-changes"])]);
  expect(calls(telegram, bot)).toEqual([]);
  a.declare({ bot: { ...argsA, maxConnections: 7 } });
  expect(both(await a.up([], { expect: 1 }))).toContain(refusal(bot, hostB, atUpdate));
  expect(writes(bot)).toEqual([]);
  expect(live(bot)).toEqual(liveB);

  const sentence = (from: string, to: string) =>
    `bot ${bot.id}: the webhook https://${from}/… was set by somebody else; it is replaced by https://${to}/….`;
  expect(both(await a.up(["--refresh"]))).toContain(sentence(hostB, hostA));
  expect(live(bot)).toEqual({ ...liveA, maxConnections: 7 });
  expect(both(await b.up(["--refresh"]))).toContain(sentence(hostA, hostB));
  expect(live(bot)).toEqual(liveB);
  expect(both(await a.up(["--refresh"]))).toContain(sentence(hostB, hostA));
});

test("a week-old state that is restored converges, and what became foreign meanwhile is not touched", async () => {
  const project = await newProject();
  const bots = newBots(6) as [TestBot, TestBot, TestBot, TestBot, TestBot, TestBot];
  const [moved, left, lost, same, rotated, added] = bots;
  project.declare({
    moved: moved.args,
    left: left.args,
    lost: lost.args,
    same: same.args,
    rotated: rotated.args,
  });
  await project.up();
  await project.pulumi(["stack", "export", "--file", "old.json"]);

  const { token } = telegram.revokeToken(rotated.id);
  const now = {
    moved: { ...moved.args, url: `${moved.url}/v2`, secretToken: "rotated-secret-of-moved" },
    lost: lost.args,
    same: same.args,
    rotated: { ...rotated.args, token },
    added: added.args,
  };
  project.declare(now);
  await project.up();
  await setBySomebody(left, lost);
  await project.pulumi(["stack", "import", "--file", "old.json"]);
  telegram.clearJournal();

  const said = both(await project.up());
  expect(said).toContain("the webhook is now https://foreign.example.com/…, which this resource did not set");
  expect(live(moved)).toEqual({ ...ours(moved), url: `${moved.url}/v2`, secretToken: "rotated-secret-of-moved" });
  expect([live(left), live(lost)]).toEqual([theirs, theirs]);
  expect([...writes(left), ...writes(lost)]).toEqual([]);
  for (const bot of [same, rotated, added]) expect(live(bot)).toEqual(ours(bot));
  await project.preview(["--expect-no-changes"]);
  expect(names(project)).toEqual(["added", "lost", "moved", "rotated", "same"]);
});

test("a replacement that is forced deleted what it had just made; now the webhook is there afterwards", async () => {
  const project = await newProject();
  const [bot] = newBots(1) as [TestBot];
  project.declare({ bot: bot.args });
  await project.up();
  const { urn = "" } = project.state().resources.find(({ id }) => id === bot.id) ?? {};
  expect(both(await project.up(["--replace", urn]))).toContain("was made anew under the same name; left in place");
  expect(live(bot)).toEqual(ours(bot));
  await project.destroy(["--run-program"]);
  expect(live(bot)).toEqual(none);
});

test("after one Ctrl-C the running operations end within their deadline and are recorded, and nothing new is begun", async () => {
  const project = await newProject();
  const [slow, hung, next] = newBots(3) as [TestBot, TestBot, TestBot];
  const options = { customTimeouts: { create: "30s", update: "30s" } };
  project.declare({ hung: { args: hung.args, options } });
  await project.up();
  telegram.fault({ botId: slow.id, method: "setWebhook", kind: "slow", milliseconds: 2000 });
  telegram.fault({ botId: hung.id, method: "setWebhook", kind: "timeout", when: "erased" });
  const declarations = {
    hung: { args: { ...hung.args, maxConnections: 7 }, options },
    slow: slow.args,
    next: { ...next.args, reassertTrigger: { $later: "known when slow is up", after: "slow" } },
  };
  project.declare(declarations);
  telegram.clearJournal();
  const running = project.start(["up", "--yes", "--skip-preview"]);
  await until(() => [slow, hung].every((bot) => writes(bot).length === 1));
  process.kill(-running.pid, "SIGINT");
  const pressed = Date.now();
  const { code, stdout } = await running.ended;
  // Until the deadline of the hung one, and the look and the restore after it.
  expect(Date.now() - pressed).toBeLessThan(60_000);
  expect(code).not.toBe(0);
  expect(stdout).toMatch(/got no answer: the operation's deadline has passed .* is back in place/);
  expect(live(slow)).toEqual(ours(slow));
  expect(live(hung)).toEqual(ours(hung));
  expect(calls(telegram, next)).toEqual([]);
  const recorded = (name: string) => project.state().resources.find(({ urn }) => urn.endsWith(`::${name}`))?.outputs;
  expect(recorded("slow")).toMatchObject({ url: slow.url, verified: true });
  expect(recorded("hung")).toMatchObject({ url: hung.url, verified: false, maxConnections: 41 });
  expect(names(project)).toEqual(["hung", "slow"]);
  expect(project.state().pending_operations ?? []).toEqual([]);
  await project.up();
  expect([live(slow), live(hung), live(next)]).toEqual([ours(slow), ours(hung, 7), ours(next)]);
});

test("a webhook that cannot be read warns, or fails a strict refresh; the others are refreshed and destroyed all the same", async () => {
  const project = await newProject();
  const [dead, strict, drifted] = newBots(3) as [TestBot, TestBot, TestBot];
  project.declare({ dead: dead.args, strict: { ...strict.args, strictRefresh: true }, drifted: drifted.args });
  await project.up();
  const recorded = () => project.state().resources.find(({ urn }) => urn.endsWith("::drifted"))?.outputs?.["url"];
  telegram.revokeToken(dead.id);
  await telegram.outsider(drifted.id).deleteWebhook();
  const unread = (bot: TestBot) => new RegExp(`The webhook of bot ${bot.id} could not be read.*\\(401\\)`);
  const warned = both(await project.refresh());
  expect(warned).toMatch(
    new RegExp(
      `warning: bot ${dead.id}: the recorded token is dead .*, and the webhook is gone with it\\. The server does not accept this token\\. Set the one`,
    ),
  );
  expect(recorded()).toBe("");
  expect(names(project)).toEqual(["dead", "drifted", "strict"]);
  // The documented repair was green on the dead bot.
  expect(both(await project.up(["--refresh", "--target", "**::dead"], { expect: 1 }))).toMatch(
    new RegExp(
      `getWebhookInfo for bot ${dead.id} at \\S+ was refused \\(401\\): "Unauthorized"\\. The server does not accept this token\\. Set the one that @BotFather shows now`,
    ),
  );

  const environment = { env: { TELEGRAM_STRICT_REFRESH: "true" }, expect: 1 };
  expect(both(await project.refresh([], environment))).toMatch(
    new RegExp(`${unread(dead).source}.*strictRefresh makes this an error`),
  );
  telegram.revokeToken(strict.id);
  const failed = both(await project.refresh([], { expect: 1 }));
  expect(failed).toMatch(new RegExp(`${unread(strict).source}.*strictRefresh makes this an error`));
  await project.refresh([], { env: { TELEGRAM_STRICT_REFRESH: "false" } });
  expect(names(project)).toEqual(["dead", "drifted", "strict"]);

  await telegram.outsider(drifted.id).setWebhook({ url: drifted.url });
  const gone = both(await project.destroy());
  for (const bot of [dead, strict]) {
    expect(gone).toMatch(
      new RegExp(`bot ${bot.id} .*the token is dead \\(401\\), and with it the webhook; nothing to remove`),
    );
  }
  expect(live(drifted)).toEqual(none);
  expect(names(project)).toEqual([]);
});

test("a token that is read at each operation and is another bot's now is an error, and nothing is sent", async () => {
  const project = await newProject();
  const [bot, other] = newBots(2) as [TestBot, TestBot];
  const { token: _, ...args } = bot.args;
  const declare = (more: object) =>
    project.declare({
      bot: { ...args, tokenFrom: { file: `${project.directory}/token` }, expectBot: bot.id, ...more },
    });
  project.write("token", bot.token);
  declare({});
  await project.up();
  expect(live(bot)).toEqual(ours(bot));
  project.write("token", other.token);
  telegram.clearJournal();
  const said = `The token that was found is of bot ${other.id}, but bot ${bot.id} is expected. Nothing was sent. Correct the token or expectBot.`;
  expect(both(await project.refresh())).toContain(`warning: The webhook of bot ${bot.id} could not be read. ${said}`);
  declare({ maxConnections: 7 });
  expect(both(await project.up([], { expect: 1 }))).toContain(said);
  expect(both(await project.destroy([], { expect: 1 }))).toContain(said);
  expect([bot, other].flatMap(({ id }) => telegram.journal({ botId: id }))).toEqual([]);
  expect(live(bot)).toEqual(ours(bot));
  expect(project.backendText()).not.toContain(bot.token.split(":")[1]);
});
