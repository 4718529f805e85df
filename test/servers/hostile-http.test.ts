// Hostile far sides over HTTP: a Bot API server and an endpoint that send whatever does harm, under one budget of memory and time.
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { Failure } from "../../provider/core/failure";
import { Ledger } from "../../provider/core/ledger";
import type { OperationContext } from "../../provider/core/logic";
import { pause } from "../../provider/core/retry";
import { sharedServices } from "../../provider/core/shared";
import { vendorOf } from "../../provider/dns/vendors";
import { dynamicProvider } from "../../provider/host/dynamic";
import { InFlight } from "../../provider/host/watch";
import { httpClient } from "../../provider/net/http";
import { probeHttp } from "../../provider/probe/http";
import { logics } from "../../provider/registry";
import { anyText } from "../support/fuzz";

const token = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
const secretToken = "our-secret_0123456789abcdef";
const url = "https://bots.example.com/tg/x";
const live = { url, has_custom_certificate: false, pending_update_count: 0, max_connections: 41 };

/** Sends something to a POST. */
type Answering = (response: ServerResponse, request: IncomingMessage) => void;

let answering: Answering = (response) => response.end();
let asked = 0;
let server: Server;
const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  server = createServer((request, response) => {
    asked += 1;
    response.on("error", () => undefined);
    answering(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
const before = { memory: process.memoryUsage().rss, cpu: process.cpuUsage() };
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const json =
  (value: unknown, status = 200, headers: Record<string, string> = {}): Answering =>
  (response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
const text =
  (body: string | Buffer, headers: Record<string, string> = {}): Answering =>
  (response) =>
    response.writeHead(200, headers).end(body);
/** As much as is taken. */
const endless: Answering = (response) => {
  const more = () => {
    while (!response.destroyed && response.write("x".repeat(65_536)));
  };
  response.on("drain", more);
  more();
};

const lines: string[] = [];
const waits: number[] = [];
const provider = dynamicProvider(logics.TelegramWebhook, {
  now: () => new Date(),
  random: () => 0.5,
  randomBytes: (size) => Buffer.alloc(size),
  sleep: (seconds, signal) => {
    waits.push(seconds);
    return pause(Math.min(seconds, 0.001), signal);
  },
  write: (line) => lines.push(line),
  http: httpClient(),
  ledger: new Ledger(),
  inFlight: new InFlight(),
  wayProblem: () => undefined,
  ...sharedServices(),
});
beforeEach(async () => {
  await provider.configure({ config: { get: () => undefined } });
  asked = 0;
  lines.length = 0;
  waits.length = 0;
});

/** The state of a webhook that was set before the server became hostile. */
async function stateOf(more: object = {}): Promise<Record<string, unknown>> {
  const declared = { name: "bot", timeoutSeconds: 20 };
  const args = { token, url, secretToken, preflight: false, verifySeconds: 0, apiUrl: origin(), ...more };
  const { inputs, failures } = await provider.check({}, { ...args, __declared: declared });
  expect(failures).toEqual([]);
  return {
    ...inputs,
    ...{ hasCustomCertificate: false, registeredAt: "2026-01-01T00:00:00.000Z", secretInForce: true, verified: true },
    owned: { urlSha256: "x", registeredAt: "2026-01-01T00:00:00.000Z" },
    schemaVersion: 1,
    __provider: "line",
  };
}

const said = (what: string) => new RegExp(`^warning: The webhook of bot 123456789 could not be read\\. .*${what}`);

const odd: [string, Answering, string][] = [
  ["no result", json({ ok: true }), "its result is nothing"],
  ["null", json({ ok: true, result: null }), "its result is null"],
  ["a list", json({ ok: true, result: [live] }), "its result is a list"],
  ["a text", json({ ok: true, result: "fine" }), "its result is a string"],
  ["an empty object", json({ ok: true, result: {} }), "its url is missing"],
  ["a number as url", json({ ok: true, result: { ...live, url: 7 } }), "its url is not a URL"],
  ["a number as text", json({ ok: true, result: { ...live, max_connections: "41" } }), "its max_connections is not a whole number of 1 to 100000"],
  ["a negative number", json({ ok: true, result: { ...live, pending_update_count: -1 } }), "its pending_update_count is not a whole number of 0 or more"],
  ["a number beyond all", text('{"ok":true,"result":{"url":"","has_custom_certificate":false,"pending_update_count":1e999}}'), "its pending_update_count is not a whole number"],
  ["a text for yes", json({ ok: true, result: { ...live, has_custom_certificate: "yes" } }), "its has_custom_certificate is not true or false"],
  ["a date beyond all", json({ ok: true, result: { ...live, last_error_date: 1e15 } }), "its last_error_date is not a time in seconds since 1970"],
  ["a date as text", json({ ok: true, result: { ...live, last_synchronization_error_date: "now" } }), "its last_synchronization_error_date is not a time"],
  ["a list with odd items", json({ ok: true, result: { ...live, allowed_updates: ["poll", null, {}] } }), "its allowed_updates is not a list of kinds of updates"],
  ["a list without an end", json({ ok: true, result: { ...live, allowed_updates: Array(5000).fill("poll") } }), "its allowed_updates is not a list"],
  ["an address that is none", json({ ok: true, result: { ...live, ip_address: "\u001b]0;x\u0007" } }), "its ip_address is not an IP address"],
  ["an error as an object", json({ ok: true, result: { ...live, last_error_message: {} } }), "its last_error_message is not a text"],
  ["a prototype", text('{"ok":true,"result":{"__proto__":{"url":"https://evil.example"}}}'), "its url is missing"],
]; // prettier-ignore

test.each(odd)(
  "a refresh that is answered with %s keeps the state, and says what is odd in one sentence",
  async (_name, answer, says) => {
    answering = answer;
    const state = await stateOf();
    const { props } = await provider.read("123456789", state);
    expect(props).toEqual(state);
    expect(lines).toEqual([expect.stringMatching(said(says))]);
    expect(lines[0]).toMatch(/The recorded state is kept\.$/);
    expect(asked).toBe(1);
  },
);

test.each([
  ["that is none", "bots", "bots"],
  ["with a blank", `${url} y`, `${url}\\u{20}y…`],
  ["with controls", `${url}\u001b[2J`, `${url}\\u{1b}[2J…`],
  ["with a mark of direction", `${url}\u202e`, `${url}\\u{202e}…`],
  ["with half a character", `${url}\ud83d`, `${url}\\u{d83d}…`],
  ["with a colour tag", `${url}<{%reset%}>`, `${url}\\u{3c}{%reset%}>…`],
  [
    "without an end",
    url + "x".repeat(99_999),
    `${(url + "x".repeat(999)).slice(0, 256)}… (100028 characters, SHA-256 `,
  ],
])(
  "a refresh that is answered with a URL %s records it as a text that shows all of it",
  async (_name, now, recorded) => {
    answering = json({ ok: true, result: { ...live, url: now } });
    const { props = {} } = await provider.read("123456789", await stateOf());
    expect(String(props["url"]).slice(0, recorded.length)).toBe(recorded);
    expect(props).toMatchObject({ secretInForce: false });
    expect(lines).toEqual([expect.stringMatching(/^bot 123456789: .*its webhook is now /)]);
  },
);

test.each<[string, Answering, string]>([
  ["without an end", endless, "larger than 262144 bytes"],
  ["that would unpack without an end", text(gzipSync(Buffer.alloc(64 * 2 ** 20)), { "content-encoding": "gzip" }), "not the Bot API's JSON"],
  ["of nothing but brackets", text("[".repeat(200_000)), "not the Bot API's JSON"],
  ["of bytes that are no text", text(Buffer.from([0x1b, 0x5b, 0x32, 0x4a, 0xff, 0x00, 0xe2, 0x80, 0xae])), "not the Bot API's JSON"],
])("an answer %s is no answer of the Bot API's, and nothing of it reaches the terminal", async (_name, answer, says) => {
  answering = answer;
  await provider.read("123456789", await stateOf());
  expect(lines.at(-1)).toMatch(said(says));
  for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
}); // prettier-ignore

test("a description without an end, with controls and with our token is one short line without them", async () => {
  const description = `Bad Request: \u001b[31m\u202e\n<{%fg 1%}>${token} ${"x".repeat(200_000)}`;
  answering = json({ ok: false, error_code: 400, description }, 400);
  await provider.read("123456789", await stateOf());
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('was refused (400): "\\u001b[31m\\u202e <{ %fg 1%}>123456789:[secret] xxx');
  expect(lines[0]?.length).toBeLessThan(1500);
});

test.each([[-5], [0], [1e-9], ["7"], ["soon"], [null], [Infinity], [2 ** 31], [[9]], [{}]])(
  "a retry_after of %j never makes a busy loop, nor a wait beyond a day",
  async (asks) => {
    let calls = 0;
    answering = (response, request) => {
      calls += 1;
      const body = asks === Infinity ? "1e999" : JSON.stringify(asks);
      if (calls > 3) return json({ ok: true, result: live })(response, request);
      response.writeHead(429, { "retry-after": "-1" });
      response.end(
        `{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":${body}}}`,
      );
    };
    await provider.read("123456789", await stateOf());
    expect(calls).toBe(4);
    expect(waits).toHaveLength(3);
    for (const seconds of waits) expect([seconds >= 1, seconds <= 86_400]).toEqual([true, true]);
  },
);

test.each([
  [{ id: -1, username: "abcde" }],
  [{ id: 1, username: "<{%fg%}>" }],
  [{ id: "1", username: "abcde" }],
  [null],
  [[]],
])("getMe that answers %j names no bot", async (result) => {
  answering = (response, request) =>
    request.url?.endsWith("/getMe")
      ? json({ ok: true, result })(response, request)
      : json({ ok: true, result: live })(response, request);
  const state = await stateOf({ expectBot: "@some_bot" });
  await expect(provider.update("123456789", { ...state, tokenFingerprint: "old" }, state)).rejects.toThrow(
    /getMe .* was answered with something that is not of the Bot API: its result is no bot with an id and a username\. \[TELEGRAM_UNCLEAR\]$/,
  );
});

test.each([[{ ok: true }], [{ ok: true, result: false }], [{ ok: true, result: "true" }], [{ ok: true, result: {} }]])(
  "setWebhook that answers %j has set nothing",
  async (answer) => {
    answering = (response, request) =>
      json(request.url?.endsWith("/setWebhook") ? answer : { ok: true, result: live })(response, request);
    const state = await stateOf();
    await expect(provider.update("123456789", state, { ...state, maxConnections: 7 })).rejects.toThrow(
      /setWebhook .* was answered with something that is not of the Bot API: its result is not true\. bot 123456789 has the webhook /,
    );
  },
);

test("200 answers of any JSON are each a state that is kept, a webhook that is gone, or one sentence", async () => {
  const state = await stateOf();
  const value = fc.oneof(fc.jsonValue(), anyText(), fc.constantFrom(-1, 2 ** 53, "41", "", url));
  const keys = ["url", "max_connections", "allowed_updates", "ip_address", "last_error_date", "last_error_message"];
  const result = fc.record({ ...Object.fromEntries(keys.map((key) => [key, value])), has_custom_certificate: fc.boolean(), pending_update_count: fc.nat() }, { requiredKeys: [] }); // prettier-ignore
  await fc.assert(
    fc.asyncProperty(fc.oneof(result, fc.jsonValue()), async (answer) => {
      answering = json({ ok: true, result: answer });
      lines.length = 0;
      await provider.read("123456789", state);
      for (const line of lines) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]|TypeError|undefined/u);
    }),
    { numRuns: 200 },
  );
});

describe("a server in Cloudflare's place", () => {
  const place = { zone: "example.com", fqdn: "bots.example.com", type: "A" } as const;
  const context = {
    ...{ name: "record", id: undefined, config: () => undefined, hide: () => undefined, log: () => undefined },
    ...{ now: () => new Date(), random: () => 0, sleep: () => Promise.resolve(), signal: AbortSignal.timeout(120_000) },
  } as unknown as OperationContext;
  const find = () => {
    const settings = { apiToken: "t", proxied: false, apiUrl: `${origin()}/client/v4` };
    const vendor = vendorOf({ cloudflare: settings }, httpClient()).open(context);
    return vendor.find(place).catch((error: unknown) => error);
  };
  const zone = { id: "a".repeat(32), name: "example.com", status: "active" };
  const record = { id: "b".repeat(32), name: place.fqdn, content: "192.0.2.7", ttl: 300 };

  test.each([
    ["no list", { zones: [zone] }],
    ["a text", "zones"],
    ["null in a list", [null]],
    ["a way out of the path as id", [{ ...zone, id: "../../user/tokens" }]],
    ["a number as id", [{ ...zone, id: 7 }]],
    ["a list as name", [{ ...zone, name: ["example.com"] }]],
  ])("that sends %s is one that gave no answer that counts", async (_name, result) => {
    answering = json({ success: true, errors: [], messages: [], result });
    expect(await find()).toMatchObject({ code: "DNS_UNREACHABLE" });
  });

  test.each([
    ["an id", { id: "b/../c" }],
    ["a time to live", { ttl: -1 }],
    ["a time to live as text", { ttl: "300" }],
    ["a value", { content: {} }],
  ])("that sends %s that is none is one that gave no answer that counts", async (_name, more) => {
    answering = (response, request) =>
      json({ success: true, result: request.url?.includes("dns_records") ? [{ ...record, ...more }] : [zone] })(
        response,
        request,
      );
    expect(await find()).toMatchObject({ code: "DNS_UNREACHABLE" });
  });

  test("that refuses with codes that every object has is quoted, with no cure that there is not", async () => {
    answering = json({ success: false, errors: [{ code: "constructor", message: "\u001b[31mno" }, null, 7] }, 400);
    const error = (await find()) as Error;
    expect(error).toMatchObject({ code: "DNS_REFUSED" });
    expect(error.message).toContain("\u001b[31mno (constructor)");
    expect(error.message).not.toContain("native code");
  });

  test("that sends any JSON is told in a failure of ours, or in a record", async () => {
    const item = fc.record({ id: fc.oneof(fc.string(), fc.constant(zone.id)), name: fc.constantFrom("example.com", place.fqdn), content: fc.oneof(anyText(), fc.ipV4()), ttl: fc.oneof(fc.nat(), fc.double()) }, { requiredKeys: ["id"] }); // prettier-ignore
    const result = fc.oneof(fc.jsonValue(), fc.array(item, { maxLength: 3 }));
    const body = fc.oneof(fc.jsonValue(), fc.record({ success: fc.boolean(), errors: fc.jsonValue(), result }));
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom(200, 200, 400, 403, 500), async (answer, status) => {
        answering = json(answer, status);
        const found = await find();
        if (found instanceof Error) expect(found).toBeInstanceOf(Failure);
      }),
      { numRuns: 200 },
    );
  });
});

const endpoint = () => ({
  host: "127.0.0.1",
  port: Number(new URL(origin()).port),
  address: "127.0.0.1",
  url: `${origin()}/tg`,
});
const context = { signal: AbortSignal.timeout(120_000), random: () => 0, now: () => new Date() } as never;

test.each<[string, Answering]>([
  ["a comment without an end", text(`<!--${"-".repeat(200_000)}`, { "content-type": "text/html" })],
  ["comments without an end", text("<!---->".repeat(100_000))],
  ["log-in fields without an end", text(`<html>${"<input type ".repeat(50_000)}`)],
  ["a body without an end", endless],
  ["a body that unpacks without an end", text(gzipSync(Buffer.alloc(64 * 2 ** 20, "<!---->")), { "content-encoding": "gzip" })],
  ["a redirect with controls", (response) => response.writeHead(302, { location: "https://x\u00a0.example/\t<{%a%}>" }).end()],
])("an endpoint that answers with %s is judged at once", async (_name, answer) => {
  answering = answer;
  const verdict = await probeHttp(endpoint(), context);
  expect(["pass", "fail", "cannot tell"]).toContain(verdict.outcome);
}); // prettier-ignore

test("all of it took little memory and little time of the processor", () => {
  const { user, system } = process.cpuUsage(before.cpu);
  expect((process.memoryUsage().rss - before.memory) / 2 ** 20).toBeLessThan(500);
  expect((user + system) / 1e6).toBeLessThan(60);
});
