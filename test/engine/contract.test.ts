// The contract with Pulumi's dynamic provider host, on the oldest, a middle and the newest SDK: what the stored line
// loads there, and what each call answers.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { fingerprint } from "../../provider/core/hash";
import { providerLine } from "../../provider/host/line";
import { startFakeTelegram, type FakeTelegram } from "../../testing";
import { startDynamicHost, unknown, type DynamicHost, type HostError, type Values } from "../support/dynamic-host";
import { copyPackage, sdk } from "../support/npm";

const versions = ["3.216.0", "3.248.0", "3.270.0"];
const secretToken = "a-secret-that-nobody-may-see";
const url = "https://bots.example.com/tg/1";

let telegram: FakeTelegram;
let directory: string;

beforeAll(async () => {
  telegram = await startFakeTelegram({ resolveEverything: {} });
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-contract-"));
  copyPackage(path.join(directory, "node_modules"));
});
afterAll(async () => {
  await telegram.close();
  fs.rmSync(directory, { recursive: true });
});

describe.each(versions)("with @pulumi/pulumi %s, the dynamic provider host", (version) => {
  let sdkFolder: string;
  let host: DynamicHost;

  beforeAll(async () => {
    sdkFolder = await sdk(version);
    host = await startDynamicHost({ sdk: sdkFolder, directory });
    await host.configure({});
  }, 600_000);
  afterAll(() => host.stop());

  /** What the engine sends for a webhook of a new bot: its arguments, and what the class adds. */
  function declare(name: string, args: Values = {}) {
    const { id: botId, token } = telegram.addBot();
    const declared = { name, values: { url: fingerprint((args["url"] as string | undefined) ?? url) } };
    const line = providerLine("TelegramWebhook");
    const own = { token, url, secretToken, apiUrl: telegram.apiUrl, preflight: false, verifySeconds: 0 };
    const news: Values = { ...own, ...args, __declared: declared, __provider: line };
    return { botId, token, news };
  }

  async function created(name: string) {
    const { botId, token, news } = declare(name);
    const { inputs } = await host.check({}, news);
    const { id, properties } = await host.create(inputs);
    telegram.clearJournal();
    return { botId, token, news, inputs, id, properties };
  }

  const methods = (botId: string) => telegram.journal({ botId }).map(({ method }) => method);
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => new Error("it was not refused"),
      (error: unknown) => error,
    );

  it("fills in what somebody else can change, and leaves other defaults out of the state", async () => {
    const { botId, news } = declare("defaults");
    delete news["preflight"];
    delete news["verifySeconds"];
    const { inputs, failures } = await host.check({}, news);
    expect(failures).toEqual([]);
    expect(inputs).toEqual({
      ...news,
      botId,
      tokenFingerprint: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
      maxConnections: 41,
      allowedUpdates: [],
    });
  });

  it("lets what is not known yet pass, and never replaces for it", async () => {
    const { id, properties, inputs, news } = await created("unknown");
    const changed = { ...news, url: unknown, token: unknown, apiUrl: unknown, allowedUpdates: ["message", unknown] };
    const checked = await host.check(inputs, changed);
    expect(checked).toEqual({
      failures: [],
      inputs: { ...inputs, ...changed, botId: unknown, tokenFingerprint: unknown },
    });
    expect(await host.diff(id, properties, checked.inputs)).toEqual({
      changes: "some",
      replaces: [],
      deleteBeforeReplace: false,
    });
  });

  it("refuses a bad argument without a property, since that prints its value", async () => {
    const { news } = declare("refused", { secretToken: `${secretToken} ` });
    const { failures } = await host.check({}, news);
    expect(failures).toEqual([
      { property: "", reason: expect.stringMatching(/^secretToken must have only/) as string },
    ]);
    expect(JSON.stringify(failures)).not.toContain(secretToken);
  });

  it("creates with the bot's id, and finds nothing to do afterwards", async () => {
    const { botId, news } = declare("created");
    const { inputs } = await host.check({}, news);
    const { id, properties } = await host.create(inputs);
    const registeredAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;
    expect({ id, properties }).toEqual({
      id: botId,
      properties: {
        ...inputs,
        schemaVersion: 1,
        hasCustomCertificate: false,
        registeredAt,
        owned: { urlSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string, registeredAt },
        secretInForce: true,
        verified: true,
      },
    });
    expect(telegram.state(botId)).toMatchObject({ url, maxConnections: 41, secretToken, allowedUpdates: null });
    expect(await host.diff(id, properties, (await host.check(inputs, news)).inputs)).toEqual({
      changes: "none",
      replaces: [],
      deleteBeforeReplace: false,
    });
  });

  it("reads facts and inputs in the shape of check", async () => {
    const { id, properties, inputs } = await created("read");
    expect(await host.read(id, properties)).toEqual({ id, properties, inputs });
  });

  it("reads what somebody else changed, and calls it a change", async () => {
    const { botId, id, properties, inputs } = await created("drift");
    await telegram.outsider(botId).setWebhook({ url: "https://elsewhere.example.com/" });
    const seen = await host.read(id, properties);
    const foreign = { url: "https://elsewhere.example.com/", maxConnections: 40 };
    expect(seen.inputs).toEqual({ ...inputs, ...foreign });
    expect(seen.properties).toEqual({ ...properties, ...foreign, secretInForce: false });
    expect(await host.diff(id, seen.properties, inputs)).toMatchObject({ changes: "some", replaces: [] });
  });

  it("updates in place with the complete state", async () => {
    const { botId, id, properties, inputs, news } = await created("updated");
    const checked = await host.check(inputs, { ...news, maxConnections: 7 });
    expect(await host.diff(id, properties, checked.inputs)).toMatchObject({ changes: "some", replaces: [] });
    const updated = await host.update(id, properties, checked.inputs);
    expect(updated.properties).toMatchObject({
      maxConnections: 7,
      verified: true,
      secretInForce: true,
      token: news["token"],
    });
    expect(telegram.state(botId)).toMatchObject({ url, maxConnections: 7, secretToken });
  });

  it("replaces for another bot, the new one first", async () => {
    const { id, properties, inputs, news } = await created("replaced");
    const checked = await host.check(inputs, { ...news, token: telegram.addBot().token });
    expect(await host.diff(id, properties, checked.inputs)).toEqual({
      changes: "some",
      replaces: ["botId"],
      deleteBeforeReplace: false,
    });
  });

  it("deletes, and does so again without an error", async () => {
    const { botId, id, properties } = await created("deleted");
    // A destroy is another command, and so another process: this one has seen the resource declared.
    const destroying = await startDynamicHost({ sdk: sdkFolder, directory });
    await destroying.configure({});
    await destroying.delete(id, properties);
    expect(telegram.state(botId).url).toBe("");
    await destroying.delete(id, properties);
    expect(methods(botId).filter((method) => method === "deleteWebhook")).toEqual(["deleteWebhook"]);
    await destroying.stop();
  });

  it("keeps a half-failed update in the state, with what is true now", async () => {
    const { botId, id, properties, inputs, news } = await created("half");
    telegram.setHost("nowhere.example.com", { none: true });
    const checked = await host.check(inputs, {
      ...news,
      url: "https://nowhere.example.com/",
      __declared: { name: "half", values: { url: fingerprint("https://nowhere.example.com/") } },
    });
    const error = (await refusal(host.update(id, properties, checked.inputs))) as HostError;
    expect(error.kept).toEqual({
      id,
      reasons: [
        expect.stringMatching(
          /^telegram setWebhook for bot \d+ .*was refused \(400\): .*\. \[TELEGRAM_REFUSED\]$/,
        ) as string,
      ],
      properties: expect.objectContaining({ verified: false, __provider: inputs["__provider"] }) as Values,
    });
    expect(telegram.state(botId).url).toBe(error.kept?.properties["url"]);
  });

  it("says an error in one sentence, without a stack and without a secret", async () => {
    const { token, news } = declare("dead");
    const { id, properties } = await created("unreachable");
    const { inputs } = await host.check({}, { ...news, token: `${token.slice(0, -4)}dead` });
    const before = host.stderr().length;
    const declared = { name: "unreachable", timeoutSeconds: 1 };
    const nobody = { ...properties, apiUrl: "http://127.0.0.1:1", __declared: declared };
    const errors = [await refusal(host.create(inputs)), await refusal(host.delete(id, nobody))];
    await host.waitFor(/127\.0\.0\.1:1 got no answer/);
    const said = [...errors.map((error) => (error as Error).message), host.stderr().slice(before)].map((text) =>
      text.trim(),
    );
    const gone = `telegram getWebhookInfo for bot ${id} at 127\\.0\\.0\\.1:1 got no answer: [^\n]*\\. \\[TELEGRAM_UNREACHABLE\\]`;
    expect(said).toEqual([
      expect.stringMatching(
        /^telegram getWebhookInfo for bot \d+ at [\d.:]+ was refused \(401\): "Unauthorized"\. The server does not accept this token\. Set the one that @BotFather shows now, [^\n]*, then run pulumi up\. \[TELEGRAM_REFUSED\]$/,
      ),
      expect.stringMatching(new RegExp(`^${gone}$`)),
      expect.stringMatching(new RegExp(`^(Error: )?${gone}:?$`)),
    ]);
    expect(said.join()).not.toMatch(new RegExp(`${token.slice(-35, -4)}|${secretToken}`));
  });

  it("has five first reads at once all configured", async () => {
    const { id, properties, botId } = await created("first");
    const { token } = telegram.revokeToken(botId);
    const fresh = await startDynamicHost({ sdk: sdkFolder, directory });
    try {
      await fresh.configure({ "telegram:token": token });
      const reads = await Promise.all(Array.from({ length: 5 }, () => fresh.read(id, properties)));
      // The new token has no webhook; a read that ran unconfigured would keep the old url, with a warning.
      expect(reads.map(({ inputs }) => inputs["url"])).toEqual(["", "", "", "", ""]);
    } finally {
      await fresh.stop();
    }
    const line = `bot ${botId}: the recorded token is dead (it was revoked, or renewed), and the webhook is gone with it. No update waits. pulumi up --refresh repairs it.\n`;
    expect(fresh.stdout() + fresh.stderr()).toBe(line.repeat(5));
  });

  it("prints nothing but what went wrong", () => {
    const drift = /^bot \d+: its webhook is now https:\/\/elsewhere\.example\.com\/…, another host\. .*\n/;
    expect(host.stdout().replace(drift, "")).toBe("");
    expect(host.stderr()).not.toContain("    at ");
  });
});
