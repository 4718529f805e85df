// A provider plugin as a second host: what the program's class settles today, every host gets from the Logic.
import { sharedServices } from "../../../provider/core/shared";
import { unknownValue } from "../../../provider/host/unknown";
import { httpClient } from "../../../provider/net/http";
import { logics } from "../../../provider/registry";
import { startFakeTelegram } from "../../../testing";
import type { FakeTelegram } from "../../../testing";
import { pluginHost } from "../../support/plugin-host";
import type { PluginConfig } from "../../support/plugin-host";
import { contextOf } from "../../support/routes";
import { testBot } from "../../support/webhooks";

const services = { ...sharedServices(), http: httpClient() };
const token = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
const url = "https://bots.example.com/tg/x";
const secretToken = "s".repeat(32);

function webhook(config: Partial<PluginConfig> = {}) {
  return pluginHost(logics.TelegramWebhook, { values: {}, secretKeys: [], environment: {}, ...config }, services);
}
const configured = { values: { "telegram:token": token }, secretKeys: ["telegram:token"] };

test("a token of the secret configuration is taken, and the bot's id follows from it", () => {
  const { inputs, failures, secrets } = webhook(configured).check({ url, secretToken });
  expect(failures).toEqual([]);
  expect(inputs).toMatchObject({ token, botId: "123456789" });
  expect(secrets).toEqual(["token", "secretToken", "previousUrl", "owned"]);
});

test("a token that lies in the stack's file in clear is refused", () => {
  const { failures } = webhook({ values: configured.values }).check({ url, secretToken });
  expect(failures[0]?.reason).toMatch(/^token .*telegram:token is stored in plain text.*pulumi config set --secret/);
});

test("a token of the environment warns, unless the bot is named", () => {
  const host = webhook({ environment: { TELEGRAM_BOT_TOKEN: token } });
  expect(host.check({ url, secretToken }).warnings).toEqual([
    expect.stringMatching(/^token comes from TELEGRAM_BOT_TOKEN/),
  ]);
  expect(host.check({ url, secretToken, expectBot: "123456789" }).warnings).toEqual([]);
});

test("no token at all is refused with every way to give one", () => {
  expect(webhook().check({ url, secretToken }).failures[0]?.reason).toMatch(
    /^token is required: give token or tokenFrom/,
  );
});

test("overrides of a single run come from the environment before the configuration", () => {
  const values = { ...configured.values, "telegram:preflight": "false", "telegram:strictRefresh": "true" };
  const environment = { TELEGRAM_STRICT_REFRESH: "false", TELEGRAM_TAKEOVER: "old.example.com, b.example.com" };
  const { inputs } = webhook({ ...configured, values, environment }).check({ url, secretToken });
  expect(inputs).toMatchObject({ preflight: false, takeover: ["old.example.com", "b.example.com"] });
  expect(inputs).not.toHaveProperty("strictRefresh");
});

test("an argument that there is not is a finding, and warnings of check are there for every host", () => {
  const { failures, warnings } = webhook(configured).check({ url, secret: "x" });
  expect(failures).toEqual([
    {
      property: "secret",
      reason: expect.stringMatching(/^secret is not an argument; it takes token, tokenFrom, url/) as string,
    },
  ]);
  expect(webhook(configured).check({ url }).warnings[0]).toMatch(/^secretToken is not set: anyone who learns the URL/);
  expect(warnings).toEqual([]);
});

test("what a vendor cannot do, and what it warns of, is said although the credential is not known yet", () => {
  const host = pluginHost(logics.DnsRecord, { values: {}, secretKeys: [], environment: {} }, services);
  const record = { zone: "example.com", name: "bots", values: ["192.0.2.1"], type: "A" };
  const via = { cloudflare: { apiToken: unknownValue, proxied: true } };
  const checked = host.check({ ...record, via });
  expect(checked.failures).toEqual([]);
  expect(checked.warnings).toEqual([expect.stringMatching(/^via has proxied: Telegram sends no User-Agent header/)]);
  expect(checked.inputs).toMatchObject({ vendor: "cloudflare", fqdn: "bots.example.com" });
  const settings = ["via.cloudflare.apiToken", "via.route53.secretAccessKey", "via.rfc2136.tsigSecret"];
  expect(checked.secrets).toEqual(["owned", "attempted", ...settings]);
  expect(host.check({ ...record, type: "TXT", values: ["x"], via }).failures).toEqual([
    { property: "via", reason: "via has proxied, which a TXT record cannot be at Cloudflare" },
  ]);
});

describe("an import finds the webhook by the bot's id:", () => {
  let telegram: FakeTelegram;
  beforeAll(async () => {
    telegram = await startFakeTelegram();
  });
  afterAll(() => telegram.close());

  /** A bot, and its id looked up with this token in the configuration. */
  function lookedUp(bot = testBot(telegram), botToken = bot.token) {
    const values: Record<string, string> = { "telegram:token": botToken, "telegram:apiUrl": telegram.apiUrl };
    const host = webhook({ values, secretKeys: ["telegram:token"] });
    return { bot, host, find: () => host.find(bot.id, { ...contextOf(), config: (key) => values[key] }) };
  }

  test("the state is what the program that declares it has, so nothing changes", async () => {
    const { bot, host, find } = lookedUp();
    await telegram.outsider(bot.id).setWebhook({ url: bot.url, max_connections: 7, allowed_updates: ["poll"] });
    const found = await find();
    expect(found).toMatchObject({
      inputs: { token: bot.token, botId: bot.id, url: bot.url, maxConnections: 7, allowedUpdates: ["poll"] },
      facts: { hasCustomCertificate: false, secretInForce: false, verified: true },
    });
    if (typeof found !== "object" || !("inputs" in found)) throw new Error("it was not found");
    const state = { ...found.inputs, ...found.facts, schemaVersion: 1 };
    const declared = { url: bot.url, maxConnections: 7, allowedUpdates: ["poll"] };
    expect(host.diff(state, host.check(declared).inputs)).toEqual([]);
    expect(host.diff(state, host.check({ ...declared, secretToken }).inputs).map(({ field }) => field)).toEqual([
      "secretToken",
      "secretInForce",
    ]);
    expect(telegram.journal({ botId: bot.id, by: "client" }).map(({ method }) => method)).toEqual(["getWebhookInfo"]);
  });

  test("a bot without a webhook has nothing to import", async () => {
    expect(await lookedUp().find()).toBe("gone");
  });

  test("a token of another bot is refused before anything is asked", async () => {
    const { bot, find } = lookedUp(testBot(telegram), testBot(telegram).token);
    await expect(find()).rejects.toMatchObject({ code: "TOKEN_OF_ANOTHER_BOT" });
    expect(telegram.journal({ botId: bot.id })).toEqual([]);
  });
});
