// Proof before and after: which checks run, what their end does to the apply, what is watched, and drift with a cause.
import { createServer } from "node:http";
import type { Server } from "node:http";
import { createServer as createTcpServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import type { EndpointOptions } from "../../../provider/probe/endpoint";
import type { HttpVerdict, Verdict } from "../../../provider/probe/verdict";
import { telegramApi } from "../../../provider/telegram/api";
import { webhookLogic } from "../../../provider/telegram/webhook/fields";
import { webhookLifecycle } from "../../../provider/telegram/webhook/lifecycle";
import type { FakeTelegramOptions } from "../../../testing";
import { inProcess } from "../../support/in-process";
import { virtualTime } from "../../support/virtual-time";
import type { VirtualTime } from "../../support/virtual-time";
import { calls, testBot } from "../../support/webhooks";

let time: VirtualTime;
const servers: Server[] = [];
afterEach(async () => {
  await time.close();
  for (const server of servers.splice(0)) server.close();
});

const dns: Verdict = { check: "dns", outcome: "pass", says: "bots.example.com has an address." };
const expired: Verdict = {
  check: "tls",
  outcome: "fail",
  says: "The certificate expired on 2026-11-01.",
  cure: "Renew it.",
};
const refused: Verdict = {
  check: "http",
  outcome: "cannot tell",
  says: "Nothing listens on 127.0.0.1:9.",
  mayChange: true,
};
const noRecord: Verdict = {
  check: "dns",
  outcome: "fail",
  says: "There is no record.",
  cure: "Add it.",
  mayChange: true,
};

/** A bot whose endpoint ends every look as `answers` says, one after the other, the last one for ever. */
async function botWith(answers: readonly Verdict[][], options: FakeTelegramOptions = {}) {
  time = await virtualTime(options);
  const { telegram } = time;
  const looks: EndpointOptions[] = [];
  const probe = (endpoint: EndpointOptions) => {
    looks.push(endpoint);
    return Promise.resolve(answers[Math.min(looks.length, answers.length) - 1] ?? []);
  };
  const api = telegramApi(time.apiOptions());
  const bot = testBot(telegram);
  const { preflight: _preflight, verifySeconds: _seconds, ...args } = bot.args;
  const logic = webhookLogic(() => webhookLifecycle(api, probe));
  return { telegram, bot, args, looks, stack: inProcess({}, time, logic) };
}

const checks = (looks: EndpointOptions[]) =>
  looks.map(({ checks: asked }) => Object.entries(asked).flatMap(([name, isAsked]) => (isAsked ? [name] : [])));

const said = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: Error) => error.message,
  );

describe("before the bot is touched", () => {
  test("the endpoint is looked at with what is declared, and what passes is registered", async () => {
    const { telegram, bot, args, looks, stack } = await botWith([[dns]]);
    await stack.up({
      ...args,
      ipAddress: "93.184.216.34",
      verifySeconds: 0,
      preflight: { nameServers: ["9.9.9.9:53"] },
    });
    expect(looks).toEqual([
      {
        url: bot.url,
        checks: { dns: true, tls: true, http: true },
        allowPrivateAddresses: true,
        ipAddress: "93.184.216.34",
        secretToken: args["secretToken"],
        nameServers: ["9.9.9.9:53"],
      },
    ]);
    expect(telegram.state(bot.id)).toMatchObject({ url: bot.url });
    expect(stack.state()).toMatchObject({ verified: true });
  });

  test("what fails is refused in whole sentences: nothing is sent, nothing is in the state", async () => {
    const { telegram, bot, args, stack } = await botWith([[dns, expired]]);
    expect(await said(stack.up(args))).toBe(
      `bot ${bot.id}: the endpoint https://${new URL(bot.url).host}/… is not ready. The tls check failed: The certificate expired on 2026-11-01. Renew it. Nothing was sent to Telegram. To set the webhook without this check, give preflight: { tls: false }. [ENDPOINT_BROKEN]`,
    );
    expect(calls(telegram, bot)).toEqual(["getWebhookInfo"]);
    expect(stack.state()).toBeUndefined();
  });

  test("an update that fails leaves the webhook and the state as they were", async () => {
    const { telegram, bot, args, stack } = await botWith([[dns], [expired]]);
    await stack.up(args);
    const [before, recorded] = [telegram.state(bot.id), stack.state()];
    expect(await said(stack.up({ ...args, url: `${bot.url}y` }))).toContain("The certificate expired on 2026-11-01.");
    expect(telegram.state(bot.id)).toEqual({ ...before, lastError: expect.anything() as unknown });
    expect(stack.state()).toEqual(recorded);
  });

  test("what cannot be told is a warning", async () => {
    const { args, bot, stack } = await botWith([[dns, refused]]);
    await stack.up({ ...args, verifySeconds: 0 });
    expect(stack.lines).toEqual([`warning: bot ${bot.id}: http: cannot tell. Nothing listens on 127.0.0.1:9.`]);
  });

  test("a warning of what cannot be told had no cure: a silent TLS server is seen by this alone, by no watching", async () => {
    const says = "127.0.0.1:443 takes the connection and then says nothing: no TLS handshake within 10 s.";
    const seen: Verdict = { check: "tls", outcome: "cannot tell", says, cure: "See in the server's log why." };
    const { telegram, args, bot, stack } = await botWith([[dns, seen]], { positiveCacheSeconds: 0 });
    const sockets: Socket[] = [];
    const silent = createTcpServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const connect = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    telegram.setHost(new URL(bot.url).hostname, { shown: "149.154.175.55", connect });
    await stack.up({ ...args, verifySeconds: 5 });
    expect(sockets.length).toBe(1);
    expect(stack.lines).toEqual([`warning: bot ${bot.id}: tls: cannot tell. ${says} See in the server's log why.`]);
    expect(stack.state()).toMatchObject({ verified: true });
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test("what cannot be told is refused with require, after it was waited for", async () => {
    const { args, bot, stack, looks } = await botWith([[dns, refused]]);
    const message = await said(stack.up({ ...args, preflight: { require: true, timeoutSeconds: 5 } }));
    expect(message).toBe(
      `bot ${bot.id}: the endpoint https://${new URL(bot.url).host}/… is not ready. The http check could not tell (preflight has require): Nothing listens on 127.0.0.1:9. Nothing was sent to Telegram. To set the webhook without this check, give preflight: { http: false }. [ENDPOINT_BROKEN]`,
    );
    expect(time.elapsed()).toBe(5);
    expect(looks.length).toBe(6);
  });

  test("a record that is not there yet is waited for, with a line each ten seconds", async () => {
    const later = Array.from({ length: 25 }, () => [noRecord]);
    const { telegram, args, bot, stack } = await botWith([...later, [dns]]);
    await stack.up({ ...args, verifySeconds: 0 });
    const where = `bot ${bot.id}: checking https://${new URL(bot.url).host}/… before it is registered`;
    expect(stack.lines).toEqual([
      `${where} (10 of 60 s): dns: There is no record.`,
      `${where} (20 of 60 s): dns: There is no record.`,
    ]);
    const [set] = telegram.journal({ botId: bot.id, method: "setWebhook" });
    expect((Date.parse(set?.at ?? "") - time.start) / 1000).toBe(25);
  });

  test("a record that does not come is refused at the time limit", async () => {
    const { telegram, args, bot, stack } = await botWith([[noRecord]]);
    expect(await said(stack.up({ ...args, preflight: { timeoutSeconds: 12 } }))).toContain(
      "There is no record. Add it.",
    );
    expect(time.elapsed()).toBe(12);
    expect(calls(telegram, bot)).toEqual(["getWebhookInfo"]);
  });

  const old: Verdict = {
    check: "http",
    outcome: "fail",
    says: "It answers 401 to the right secret.",
    cure: "Give it.",
  };
  const good: HttpVerdict = { check: "http", outcome: "pass", says: "It answers.", secret: "accepted" };

  test("an answer that fails ends the command at once", async () => {
    const { args, stack } = await botWith([
      [dns, old],
      [dns, good],
    ]);
    expect(await said(stack.up(args))).toContain("It answers 401 to the right secret. Give it.");
    expect(time.elapsed()).toBe(0);
  });

  test("settleSeconds: a certificate of another name is waited for, a name at a reserved address is not", async () => {
    const reserved: Verdict = { check: "dns", outcome: "fail", says: "It is at 10.0.0.1.", cure: "Correct it." };
    const settling = { verifySeconds: 0, preflight: { settleSeconds: 10 } };
    const { args, stack } = await botWith([[dns, expired], [dns, expired], [dns, good], [reserved]]);
    await stack.up({ ...args, ...settling });
    expect(time.elapsed()).toBe(2);
    expect(await said(stack.up({ ...args, ...settling, ipAddress: "93.184.216.34" }))).toContain("It is at 10.0.0.1.");
    expect(time.elapsed()).toBe(2);
  });

  test("settleSeconds: an answer of an edge that takes up a change later is asked again, from the first answer on", async () => {
    const looks = [...Array.from({ length: 20 }, () => [noRecord]), ...Array.from({ length: 9 }, () => [dns, old])];
    const { telegram, args, bot, stack } = await botWith([...looks, [dns, good]]);
    await stack.up({ ...args, verifySeconds: 0, preflight: { settleSeconds: 10 } });
    const [set] = telegram.journal({ botId: bot.id, method: "setWebhook" });
    expect((Date.parse(set?.at ?? "") - time.start) / 1000).toBe(29);
  });

  test.each([
    [{ settleSeconds: 10 }, 10],
    [{ settleSeconds: 30, timeoutSeconds: 12 }, 12],
  ])("settleSeconds: an answer that goes on failing is refused at the limit: %j", async (preflight, seconds) => {
    const { telegram, args, bot, stack } = await botWith([[dns, old]]);
    expect(await said(stack.up({ ...args, preflight }))).toContain("It answers 401 to the right secret. Give it.");
    expect(time.elapsed()).toBe(seconds);
    expect(calls(telegram, bot)).toEqual(["getWebhookInfo"]);
  });

  test("a warning of a check that passes is said", async () => {
    const verdict: Verdict = {
      check: "http",
      outcome: "pass",
      says: "It answers.",
      warnings: ["It checks no secret."],
    };
    const { args, bot, stack } = await botWith([[verdict]]);
    await stack.up({ ...args, verifySeconds: 0 });
    expect(stack.lines).toEqual([`warning: bot ${bot.id}: http: It checks no secret.`]);
  });

  test.each([
    ["maxConnections", { maxConnections: 7 }, []],
    ["allowedUpdates", { allowedUpdates: ["message"] }, []],
    ["reassertTrigger", { reassertTrigger: "again" }, []],
    ["secretToken", { secretToken: "another-secret-0123456789" }, ["http"]],
    ["ipAddress", { ipAddress: "93.184.216.35" }, ["dns", "tls", "http"]],
    [
      "ipAddress, with dns and tls switched off",
      { ipAddress: "93.184.216.35", preflight: { dns: false, tls: false } },
      ["http"],
    ],
    ["url", { url: "https://bots.example.com/other" }, ["dns", "tls", "http"]],
    ["url, with preflight switched off", { url: "https://bots.example.com/other", preflight: false }, []],
  ])("an update asks only what its change concerns: %s", async (_name, change, expected) => {
    const { telegram, args, looks, stack } = await botWith([[]]);
    telegram.setHost("bots.example.com", { shown: "149.154.175.53", connect: "127.0.0.1:9" });
    await stack.up({ ...args, verifySeconds: 0 });
    await stack.up({ ...args, verifySeconds: 0, ...change });
    expect(checks(looks.slice(1))).toEqual(expected.length === 0 ? [] : [expected]);
  });

  test("a URL that was verified before is registered again although its endpoint is dead", async () => {
    const { telegram, args, bot, looks, stack } = await botWith([[dns], [expired]]);
    await stack.up(args);
    await telegram.clock.advance(2);
    await telegram.outsider(bot.id).deleteWebhook();
    expect(await stack.upRefresh(args)).toBe("updated");
    expect(telegram.state(bot.id).url).toBe(bot.url);
    expect(looks.length).toBe(1);
  });

  test("a name that Telegram asked for too early is said so, with the time that it is remembered", async () => {
    const known = { ...dns, addresses: ["149.154.175.54"], negativeTtlSeconds: 900 } as Verdict;
    const { telegram, args, stack } = await botWith([[known]]);
    telegram.setHost("early.example.com", { none: true });
    expect(await said(stack.up({ ...args, url: "https://early.example.com/x" }))).toContain(
      'Failed to resolve host: Name or service not known". The name has an address at its own name servers now; Telegram remembers a name that it did not find for up to 900 s: run pulumi up again after that.',
    );
  });
});

describe("after Telegram has accepted it", () => {
  /** A plain HTTP server where TLS is expected: evidence that the webhook cannot work. */
  async function plainServer(): Promise<string> {
    const server = createServer((_, response) => response.end());
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test("an error that waiting does not mend fails the command and keeps the webhook", async () => {
    const { telegram, args, bot, looks, stack } = await botWith([[]], { positiveCacheSeconds: 0 });
    const [host, connect] = [new URL(bot.url).hostname, await plainServer()];
    telegram.setHost(host, { shown: "149.154.175.55", connect });
    const message = await said(stack.up(args));
    expect(message).toMatch(
      /^bot \d+: the webhook https:\/\/bot\d+\.example\.com\/… is set, but Telegram could not deliver to it: "SSL error \{error:0A00010B:SSL routines::wrong version number\}"\. The port answers with something that is not TLS, as a server of plain HTTP does\. Serve TLS on that port, or give the url with the port that does\. Nothing was rolled back; the next pulumi up sends it again\. \[DELIVERY_FAILING\]$/,
    );
    expect(telegram.state(bot.id).url).toBe(bot.url);
    expect(stack.state()).toMatchObject({
      url: bot.url,
      verified: false,
      verificationProblem:
        "SSL error {error:0A00010B:SSL routines::wrong version number}: The port answers with something that is not TLS, as a server of plain HTTP does.",
    });
    expect(await stack.preview(args)).toBe("changes");

    telegram.setHost(host, { shown: "149.154.175.55", connect: "127.0.0.1:9" });
    await stack.up(args);
    expect(checks(looks)).toEqual([
      ["dns", "tls", "http"],
      ["dns", "tls", "http"],
    ]);
    expect(stack.state()).toMatchObject({ verified: true });
    expect(stack.state()?.["owned"]).not.toHaveProperty("isUnproved");
    expect(await stack.preview(args)).toBe("same");
  });

  test("an endpoint that is not there yet is a warning", async () => {
    const { args, bot, stack } = await botWith([[]]);
    await stack.up(args);
    expect(stack.lines).toEqual([
      `warning: bot ${bot.id}: the webhook https://${new URL(bot.url).host}/… is set, but Telegram could not deliver to it: "Connection refused". Nothing listens on the address and port of url, or a firewall refuses. Start the endpoint, and open the port for Telegram (149.154.160.0/20 and 91.108.4.0/22) or your own Bot API server.`,
    ]);
    expect(stack.state()).toMatchObject({ verified: true });
    expect(await stack.preview(args)).toBe("same");
  });

  test("an error from before the set is none of it", async () => {
    const { telegram, args, bot, stack } = await botWith([[]]);
    await telegram
      .outsider(bot.id)
      .setWebhook({ url: bot.url, max_connections: 41, secret_token: args["secretToken"] });
    await telegram.clock.advance(5);
    telegram.setLastError(bot.id, "Wrong response from the webhook: 404 Not Found");
    await telegram.clock.advance(5);
    await stack.up(args); // "Webhook is already set" keeps the error
    expect(stack.lines).toEqual([expect.stringContaining("was there already")]);
    expect(stack.state()).toMatchObject({ verified: true });
  });

  test.each([
    [0, 2],
    [3, 5],
    [2.5, 5],
  ])("%s seconds cost %s looks, when nothing comes", async (verifySeconds, looks) => {
    const { telegram, args, bot, stack } = await botWith([[]]);
    const address = { shown: "149.154.175.56", connect: await plainServer() };
    telegram.setHost(new URL(bot.url).hostname, address);
    await telegram
      .outsider(bot.id)
      .setWebhook({ url: bot.url, max_connections: 41, secret_token: args["secretToken"] });
    await telegram.clock.advance(30);
    telegram.clearJournal();
    await stack.up({ ...args, verifySeconds });
    expect(calls(telegram, bot).filter((method) => method === "getWebhookInfo").length).toBe(looks);
  });
});

describe("a refresh names the cause of", () => {
  const line = (bot: { id: string }, text: string) => `bot ${bot.id}: ${text} pulumi up --refresh repairs it.`;

  test.each([
    [
      "a webhook that is gone",
      { url: "" },
      "its webhook is gone. Usual causes: a process polls with this token (frameworks delete the webhook first), a bot deletes it on shutdown, or another stack that declared the same url was destroyed. 2 updates wait.",
    ],
    [
      "a framework that registered at start",
      { max_connections: 40 },
      "its webhook was registered again with Telegram's defaults (40 connections, no certificate), as frameworks do at start and curl does in a script: the secret is presumed lost. Let the process serve only, or give it our secret and settings. 2 updates wait.",
    ],
    [
      "another host",
      { url: "https://evil.example.com/x" },
      "its webhook is now https://evil.example.com/…, another host. 2 updates wait.",
    ],
    [
      "another path",
      { path: "/other" },
      "its webhook is now https://HOST/…, another port or path of the same host. 2 updates wait.",
    ],
    [
      "Telegraf",
      { path: `/telegraf/${"0123456789abcdef".repeat(4)}` },
      "its webhook is now https://HOST/…, on the hashed path that Telegraf makes: bot.launch with a webhook registers at start. 2 updates wait.",
    ],
    [
      "Telegram Serverless",
      { url: "https://tgcloud.example.com/x" },
      "its webhook is now https://tgcloud.example.com/…, Telegram Serverless: `npx tgcloud webhook sync` registers it. 2 updates wait.",
    ],
    [
      "a tunnel",
      { url: "https://abc.ngrok-free.app/x" },
      "its webhook is now https://abc.ngrok-free.app/…, a developer's tunnel. 2 updates wait.",
    ],
    [
      "other kinds of updates",
      { max_connections: 41, allowed_updates: ["poll"] },
      "its webhook was changed: allowedUpdates is poll. No update waits.",
    ],
  ])("%s", async (_name, { path, ...parameters }: Record<string, unknown>, text) => {
    const { telegram, args, bot, stack } = await botWith([[]], {
      resolveEverything: { shown: "149.154.175.57", connect: "127.0.0.1:9" },
    });
    await stack.up({ ...args, verifySeconds: 0 });
    const url = path === undefined ? bot.url : `https://${new URL(bot.url).host}${path as string}`;
    await telegram.clock.advance(2);
    await telegram.outsider(bot.id).setWebhook({ url, ...parameters });
    telegram.message(bot.id, { text: "one" });
    telegram.message(bot.id, { text: "two" });
    await stack.refresh();
    expect(stack.lines).toEqual([line(bot, text.replace("HOST", new URL(bot.url).host))]);
    await stack.refresh();
    expect(stack.lines.length).toBe(1);
    expect(await stack.preview({ ...args, verifySeconds: 0 })).toBe("changes");
    await stack.upRefresh({ ...args, verifySeconds: 0 });
    expect(telegram.state(bot.id)).toMatchObject({
      url: bot.url,
      secretToken: args["secretToken"],
      allowedUpdates: null,
    });
    expect(stack.state()).toMatchObject({ secretInForce: true, verified: true });
  });

  test("a secret that was overwritten: Telegram is refused, and the endpoint takes ours", async () => {
    const accepted: HttpVerdict = { check: "http", outcome: "pass", says: "It answers.", secret: "accepted" };
    const { telegram, args, bot, looks, stack } = await botWith([[accepted]]);
    await stack.up({ ...args, verifySeconds: 0 });
    await telegram.clock.advance(2);
    await telegram.outsider(bot.id).setWebhook({ url: bot.url, max_connections: 41 });
    await telegram.clock.advance(60);
    telegram.setLastError(bot.id, "Wrong response from the webhook: 401 Unauthorized");
    await stack.refresh();
    expect(checks(looks.slice(1))).toEqual([["dns", "http"]]);
    expect(stack.lines).toEqual([
      `bot ${bot.id}: the endpoint https://${new URL(bot.url).host}/… refused Telegram at 2026-11-21T12:01:02.000Z ("Wrong response from the webhook: 401 Unauthorized"), and accepts our secret: Telegram sends another one. pulumi up --refresh sends ours again.`,
    ]);
    expect(stack.state()).toMatchObject({ secretInForce: false });
    expect(await stack.upRefresh({ ...args, verifySeconds: 0 })).toBe("updated");
    expect(telegram.state(bot.id).secretToken).toBe(args["secretToken"]);
    expect(stack.state()).toMatchObject({ secretInForce: true });
    expect(await stack.upRefresh({ ...args, verifySeconds: 0 })).toBe("same");
  });

  test.each([
    ["refuses ours too", { check: "http", outcome: "fail", says: "It refuses the secret.", secret: "refused" }],
    ["cannot be reached", { check: "http", outcome: "cannot tell", says: "Nothing listens.", secret: "unknown" }],
    ["checks none", { check: "http", outcome: "pass", says: "It takes any secret.", secret: "unchecked" }],
  ] as [string, HttpVerdict][])(
    "nothing, when the endpoint that refused Telegram %s: health is no drift",
    async (_, verdict) => {
      const { telegram, args, bot, stack } = await botWith([[], [verdict]]);
      await stack.up({ ...args, verifySeconds: 0 });
      await telegram.clock.advance(60);
      telegram.setLastError(bot.id, "Wrong response from the webhook: 401 Unauthorized");
      const before = stack.state();
      await stack.refresh();
      expect(stack.state()).toEqual(before);
      expect(stack.lines.join("\n")).toContain(verdict.says);
    },
  );

  test("nothing, also after a virtual week of errors: no output changes, and nobody is asked", async () => {
    const { telegram, args, bot, looks, stack } = await botWith([[]]);
    await stack.up({ ...args, verifySeconds: 0 });
    const before = stack.state();
    for (let day = 1; day <= 7; day += 1) {
      await telegram.clock.advance(86_400);
      telegram.setLastError(bot.id, day % 2 ? "Connection refused" : "Wrong response from the webhook: 500 Internal");
      if (day === 7) telegram.message(bot.id, { text: "nobody answers" });
      telegram.setLastSynchronizationError(bot.id, telegram.clock.now().getTime() / 1000);
      await stack.refresh();
      expect(stack.state()).toEqual(before);
      expect(await stack.preview({ ...args, verifySeconds: 0 })).toBe("same");
    }
    expect(stack.lines).toEqual([]);
    expect(looks.length).toBe(1);
  });
});
