// What the real Bot API server was recorded to answer beside the usual: no body, a late 409, a name that is still looked up, a log-out.
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { httpClient } from "../../../provider/net/http";
import { telegramApi } from "../../../provider/telegram/api";
import { RateLimiter } from "../../../provider/telegram/pace";
import { startFakeTelegram } from "../../../testing";
import type { FakeTelegram } from "../../../testing";
import { inProcess } from "../../support/in-process";
import { realTime } from "../../support/real-time";
import { recording } from "../../support/recordings/data";
import { testBot, unproved } from "../../support/webhooks";

interface Call {
  method: string;
  params: Record<string, unknown>;
  status: number;
  answer: Record<string, unknown>;
}

/** Bytes of a whole answer, or "no answer": the connection is broken. */
type Reply = string;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const json = (answer: object, status = 200): Reply => {
  const body = JSON.stringify(answer);
  return `HTTP/1.1 ${status} X\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};

const token = "123456:0123456789abcdefghijABCDEFGHIJ01234";
const url = "https://bots.example.com/tg/x";
const noWebhook = { url: "", has_custom_certificate: false, pending_update_count: 0 };
const webhook = { ...noWebhook, url, max_connections: 41, ip_address: "149.154.175.50" };
const info = (result: object) => json({ ok: true, result });
const ok = json({ ok: true, result: true });

/** A Bot API server that gives these answers to each method in their order, and the last one for ever. */
async function scripted(replies: Record<string, Reply[]>) {
  const calls: string[] = [];
  const answer = (socket: Socket) => {
    let got = "";
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      got += bytes.toString("latin1");
      const [, method = "", rest = ""] = /^POST \/bot[^/]+\/(\w+) .*?\r\n\r\n(.*)$/s.exec(got) ?? [];
      if (rest.length < Number(/content-length: (\d+)/i.exec(got)?.[1] ?? 0) || method === "") return;
      got = "";
      calls.push(method);
      const list = replies[method] ?? [];
      const reply = list.length > 1 ? list.shift() : list[0];
      if (reply === "no answer") socket.destroy();
      else socket.write(reply ?? "", "latin1", () => socket.end());
    });
  };
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stack = inProcess({}, { now: () => new Date(), advance: () => Promise.resolve() });
  const args = { token, url, apiUrl, secretToken: "a-secret-of-this-bot-0123456789", ...unproved };
  const up = (more: object = {}) =>
    stack.up({ ...args, ...more }).then(
      () => undefined,
      (error: Error) => error.message,
    );
  const count = (method: string) => calls.filter((one) => one === method).length;
  return { stack, args, up, calls, count };
}

describe("an answer with an empty body", () => {
  const raw = recording<{ cases: { answer: string | null }[] }>("http").cases;
  const bodiless = raw
    .map(({ answer }) => answer)
    .filter((answer) => /\r\nContent-Length: 0\r\n\r\n$/.test(answer ?? ""));
  const made = "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\n\r\n";
  const answers = [...new Set([...bodiless, made])] as string[];
  const statusIn = (answer: string) => answer.slice(9, 12);

  test("is recorded with five statuses", () => {
    expect([...new Set(bodiless.map((answer) => statusIn(answer ?? "")))].sort()).toEqual([
      "400",
      "413",
      "415",
      "501",
      "505",
    ]);
  });

  test.each(answers)("%j to a look is told as a request that was not read, and not asked again", async (answer) => {
    const { up, calls } = await scripted({ getWebhookInfo: [answer] });
    expect(await up()).toMatch(
      new RegExp(
        `^telegram getWebhookInfo for bot 123456 at 127\\.0\\.0\\.1:\\d+ was answered with ${statusIn(answer)} [A-Z][\\w ]+ and an empty body: the request was refused before it was read, by the server or by a proxy on the way\\. Look for a proxy or gateway on the way that changes or limits requests\\. \\[TELEGRAM_UNREAD\\]$`,
      ),
    );
    expect(calls).toEqual(["getWebhookInfo"]);
  });

  test.each(answers)("%j to a set is not sent again, and the message says what the bot has", async (answer) => {
    const before = { ...webhook, url: "https://bots.example.com/before" };
    const { up, count } = await scripted({ getWebhookInfo: [info(before)], setWebhook: [answer] });
    expect(await up({ takeover: true })).toMatch(
      /changes or limits requests\. bot 123456 has the webhook https:\/\/bots\.example\.com\/…\. \[TELEGRAM_UNREAD\]$/,
    );
    expect(count("setWebhook")).toBe(1);
  });

  test.each(["200 OK", "502 Bad Gateway", "504 Gateway Timeout"])(
    "%s is no answer of the Bot API's, and asked again",
    async (status) => {
      const { up, calls } = await scripted({ getWebhookInfo: [`HTTP/1.1 ${status}\r\nContent-Length: 0\r\n\r\n`] });
      expect(await up()).toContain(
        `was answered with ${status} and an empty body, which is not the Bot API's JSON. [TELEGRAM_UNCLEAR]`,
      );
      expect(calls.length).toBe(6);
    },
  );
});

const scenarios = recording<{ scenarios: Record<string, { steps: Call[] }> }>("timing").scenarios;
const stepsOf = (name: string) => scenarios[name]?.steps ?? [];
const isOvertaken = ({ status, method }: Call) => status === 409 && method === "setWebhook";
const overtaken = json(stepsOf("slow_dns_superseded").find(isOvertaken)?.answer ?? {}, 409);

test("a 429 that asks for more than the deadline has ends with how long to wait", async () => {
  const { steps } = scenarios["close_quirks"] ?? { steps: [] };
  const tooMany = steps.find(({ status }) => status === 429)?.answer ?? {};
  const { args } = await scripted({ getWebhookInfo: [json(tooMany, 429)] });
  const deadline = new AbortController();
  const sleep = (seconds: number) => {
    expect(seconds).toBe(599);
    deadline.abort();
    return Promise.resolve();
  };
  const context = { ...realTime(), signal: deadline.signal, sleep };
  const api = telegramApi({ http: httpClient(), pace: new RateLimiter() });
  const look = api.getWebhookInfo({ token, apiUrl: args.apiUrl, testEnvironment: false, context });
  await expect(look).rejects.toThrow(/ was refused \(429\): "retry after 599"\. Run the command again after 599 s\.$/);
});

describe("a set that another one overtakes", () => {
  const after = stepsOf("slow_dns_superseded")
    .filter(({ method }) => method === "getWebhookInfo")
    .at(-1) as Call;

  test("gets its 409 after the winner's 200: the winner's webhook is told and left alone", async () => {
    const { up, count, stack } = await scripted({
      getWebhookInfo: [info(noWebhook), json(after.answer)],
      setWebhook: [overtaken],
    });
    expect(await up()).toMatch(
      /was refused \(409\): "terminated by other setWebhook"\. Somebody else is writing to this bot and has set https:\/\/fast1\.example\.test\/…\. Stop that writer, then run pulumi up --refresh\. \[TELEGRAM_REFUSED\]$/,
    );
    expect(count("setWebhook")).toBe(1);
    expect(stack.state()).toBeUndefined();
  });

  test("by one that looks the same was taken for ours: it has another secret, so ours is sent again", async () => {
    const { up, count, stack } = await scripted({
      getWebhookInfo: [info(noWebhook), info(webhook)],
      setWebhook: [overtaken, ok],
    });
    expect(await up()).toBeUndefined();
    expect(count("setWebhook")).toBe(2);
    expect(stack.lines).toEqual([
      "bot 123456: somebody else set or deleted the webhook at the same moment (409); it is sent again.",
    ]);
    expect(stack.state()).toMatchObject({ verified: true, secretInForce: true });
  });
});

test("a restore that another set overtakes is not done because the same URL is there: it is sent again, with our secret", async () => {
  const { stack, up, count } = await scripted({
    getWebhookInfo: [info(noWebhook), info(webhook), info(webhook), info(noWebhook), info(webhook)],
    setWebhook: [ok, json({ ok: false, error_code: 400, description: "Bad Request: bad webhook" }, 400), overtaken, ok],
  });
  await up();
  expect(await up({ maxConnections: 5 })).toContain(
    "The webhook that was set before (https://bots.example.com/…) is back",
  );
  expect(count("setWebhook")).toBe(4);
  expect(stack.state()).toMatchObject({ verified: false, secretInForce: true });
});

test("a set without an answer whose name is still looked up is not taken for done: it may yet be refused", async () => {
  const steps = stepsOf("slow_then_fail");
  const [refused, during] = [
    steps.find(({ status }) => status === 400),
    steps.find(({ answer }) => JSON.stringify(answer ?? "").includes("<unknown>")),
  ] as [Call, Call];
  const meanwhile = { ...(during.answer["result"] as object), url, allowed_updates: undefined, max_connections: 41 };
  const { up, count, stack } = await scripted({
    getWebhookInfo: [info(noWebhook), info(meanwhile), info(noWebhook)],
    setWebhook: ["no answer", json(refused.answer, 400)],
  });
  expect(await up()).toMatch(
    /\(400\): "bad webhook: Failed to resolve host: .* has no webhook, as before\. \[TELEGRAM_REFUSED\]$/,
  );
  expect(count("setWebhook")).toBe(2);
  expect(stack.state()).toBeUndefined();
});

describe("a bad certificate and a bad host together: Telegram names either", () => {
  const values = recording<{ cases: { answer: { body: string } }[] }>("values").cases;
  const bodies = values
    .map(({ answer }) => answer.body)
    .filter((body) => /Failed to (?:resolve host|set custom cert)/.test(body));

  test.each([...new Set(bodies)])("%s is quoted, and what the bot has is told", async (body) => {
    const { description } = JSON.parse(body) as { description: string };
    const before = { ...webhook, url: "https://bots.example.com/before" };
    const { up, stack } = await scripted({
      getWebhookInfo: [info(before), info(noWebhook), info(before)],
      setWebhook: [`HTTP/1.1 400 Bad Request\r\nContent-Length: ${body.length}\r\n\r\n${body}`, ok],
    });
    const message = await up({ takeover: true });
    expect(message).toContain(`was refused (400): "${description.replace("Bad Request: ", "")}". `);
    expect(message).toContain("The webhook that was set before (https://bots.example.com/…) is back in place.");
    expect(message?.includes("Telegram remembers a name")).toBe(description.includes("resolve"));
    expect(stack.state()).toBeUndefined();
  });
});

test("a removal that another call overtakes looks again: what is somebody else's by then is left alone", async () => {
  const conflict = json({ ok: false, error_code: 409, description: "Conflict: terminated by other setWebhook" }, 409);
  const foreign = info({ ...webhook, url: "https://foreign.example.com/x" });
  const { stack, up, calls } = await scripted({
    getWebhookInfo: [info(noWebhook), info(webhook), info(webhook), foreign],
    setWebhook: [ok],
    deleteWebhook: [conflict],
  });
  await up();
  calls.length = 0;
  await stack.destroy();
  expect(calls).toEqual(["getWebhookInfo", "deleteWebhook", "getWebhookInfo"]);
  expect(stack.lines.join()).toContain(
    "the webhook is now https://foreign.example.com/…, which this resource did not set",
  );
});

describe("a bot that was", () => {
  let telegram: FakeTelegram;
  beforeAll(async () => void (telegram = await startFakeTelegram({ newClientLimits: false })));
  afterAll(() => telegram.close());

  async function made() {
    const bot = testBot(telegram);
    const stack = inProcess({}, telegram.clock);
    await stack.up(bot.args);
    const call = async (method: string) => (await fetch(`${telegram.apiUrl}/bot${bot.token}/${method}`)).json();
    return { bot, stack, call };
  }

  test("logged out ended up --refresh green without a webhook: it fails and says where the bot is, and later registers it anew", async () => {
    const { bot, stack, call } = await made();
    await call("logOut");
    await expect(stack.upRefresh(bot.args)).rejects.toThrow(
      /^telegram getWebhookInfo for bot \d+ at [\d.:]+ was refused \(400\): "Logged out"\. The bot was logged out of this server \(logOut\), which erased its webhook there, .* \[TELEGRAM_REFUSED\]$/,
    );
    expect(stack.lines).toEqual([
      expect.stringMatching(/^warning: bot \d+: its webhook is gone\. The bot was logged out of/),
    ]);
    expect(stack.state()).toMatchObject({ verified: false });
    await telegram.clock.advance(1801);
    expect(await stack.up(bot.args)).toBe("updated");
    expect(telegram.state(bot.id).url).toBe(bot.url);
  });

  test("logged out is destroyed without a failure: the server has erased its webhook", async () => {
    const { stack, call } = await made();
    await call("logOut");
    await stack.destroy();
    expect(stack.lines).toEqual([
      expect.stringMatching(
        /the bot was logged out of this server, which erased the webhook there; nothing to remove\.$/,
      ),
    ]);
    expect(stack.names()).toEqual([]);
  });

  test("closed loses its webhook for good: it is read before it is deleted", async () => {
    const { bot, stack, call } = await made();
    const close = async () => {
      await telegram.clock.advance(601); // before that it is answered 429
      expect(await call("close")).toEqual({ ok: true, result: true });
    };
    await close();
    await stack.destroy();
    await close();
    await call("getMe");
    expect(telegram.state(bot.id).url).toBe("");
  });
});
