// setWebhook and deleteWebhook: sentences, sameness, order of events.
import { closedPort, fixtures, form, json, multipart, until } from "./raw";
import type { Fixture } from "./raw";
import { selfSigned } from "./certificates";

const start = fixtures();
const URL_A = "https://a.example.com/hook";
const ok = (description: string) => ({ ok: true, result: true, description });
const bad = (reason: string) => ({ ok: false, error_code: 400, description: `Bad Request: ${reason}` });

async function startWithHost(options: Parameters<typeof start>[0] = {}): Promise<Fixture> {
  const fixture = await start({ resolveEverything: { connect: `127.0.0.1:${await closedPort()}` }, ...options });
  return fixture;
}

test("the four good answers are the server's", async () => {
  const bot = await startWithHost();
  const answers = [
    await bot.set({ url: URL_A }),
    await bot.set({ url: URL_A }),
    await bot.call("deleteWebhook"),
    await bot.call("deleteWebhook"),
    await bot.set({ url: "" }),
  ];
  expect(answers).toEqual([
    ok("Webhook was set"),
    ok("Webhook is already set"),
    ok("Webhook was deleted"),
    ok("Webhook is already deleted"),
    ok("Webhook is already deleted"),
  ]);
});

const REFUSALS: [string, Record<string, unknown>, string][] = [
  ["another scheme", { url: "ftp://a.example.com/" }, "invalid webhook URL specified"],
  ["port 0", { url: "https://a.example.com:0/" }, "invalid webhook URL specified"],
  ["no host", { url: "https:///x" }, "invalid webhook URL specified"],
  ["a space in the host", { url: "https://a b/" }, "invalid webhook URL specified"],
  ["two at signs", { url: "https://user@@a.example.com/" }, "invalid webhook URL specified"],
  ["a space in the user information", { url: "https://us er@a.example.com/" }, "invalid webhook URL specified"],
  ["a bad escape in the user information", { url: "https://u%zz@a.example.com/" }, "invalid webhook URL specified"],
  ["half an escape in the user information", { url: "https://u:p%2@a.example.com/" }, "invalid webhook URL specified"],
  ["a long secret", { url: URL_A, secret_token: "x".repeat(257) }, "secret token is too long"],
  ["a secret of other characters", { url: URL_A, secret_token: "a:b" }, "secret token contains unallowed characters"],
  [
    "port 444",
    { url: "https://nowhere.invalid:444/", ip_address: "10.0.0.1" },
    "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
  ],
  ["http", { url: "http://a.example.com/" }, "bad webhook: An HTTPS URL must be provided for webhook"],
  ["no address", { url: URL_A, ip_address: "x" }, "bad webhook: Invalid IP address specified"],
  ["an IPv6 address", { url: URL_A, ip_address: "::1" }, "bad webhook: IPv6-only addresses are not allowed"],
  ["a reserved address", { url: URL_A, ip_address: "10.1" }, "bad webhook: IP address 10.0.0.1 is reserved"],
  ["an IPv6 URL", { url: "https://[2001:db8::1]/" }, "bad webhook: IPv6-only addresses are not allowed"],
  ["a loopback URL", { url: "https://127.0.0.1/" }, "bad webhook: IP address 127.0.0.1 is reserved"],
  ["a name without IPv4", { url: "https://six.example.com/" }, "bad webhook: IPv6-only addresses are not allowed"],
  [
    "a name that leads inside",
    { url: "https://inside.example.com/" },
    "bad webhook: IP address 192.168.1.5 is reserved",
  ],
  [
    "an unknown name",
    { url: "https://nowhere.example.com/" },
    "bad webhook: Failed to resolve host: Name or service not known",
  ],
  [
    "a name outside ASCII of 1020 bytes",
    { url: `https://${"\u00fc".repeat(510)}/` },
    "bad webhook: Host name is too long",
  ],
  [
    "a name whose servers are down",
    { url: "https://down.example.com/" },
    "bad webhook: Failed to resolve host: Temporary failure in name resolution",
  ],
];

test.each(REFUSALS)("%s is refused, and the webhook before it is gone", async (_, parameters, reason) => {
  const bot = await startWithHost();
  const hosts = bot.telegram;
  hosts.setHost("six.example.com", { aaaaOnly: true });
  hosts.setHost("inside.example.com", { shown: "192.168.1.5" });
  hosts.setHost("nowhere.example.com", { none: true });
  hosts.setHost("down.example.com", { none: true, error: "Temporary failure in name resolution" });
  await bot.call("setWebhook", { url: URL_A });
  expect(await bot.set(parameters)).toEqual(bad(reason));
  expect(bot.telegram.state(bot.id)).toMatchObject({ url: "", maxConnections: 0, secretToken: null, lastError: null });
});

test("certificates that are too big or hold none are refused", async () => {
  const bot = await startWithHost();
  const send = async (certificate: string | Buffer) => {
    await bot.telegram.clock.advance(1);
    return JSON.parse((await bot.raw("setWebhook", multipart({ url: URL_A }, { certificate }))).text) as unknown;
  };
  const none = "{error:05800088:x509 certificate routines::no certificate or crl found}";
  expect([await send(Buffer.alloc(3 * 2 ** 20 + 1)), await send("not PEM"), await send("")]).toEqual([
    bad("certificate size is too big (3145729 bytes)"),
    bad(`bad webhook: Failed to set custom certificate file${none}`),
    bad(`bad webhook: Failed to set custom certificate file${none}`),
  ]);
});

test.each<[string, (good: string) => string, string | undefined]>([
  ["a good certificate before text", (good) => `${good}and so on`, undefined],
  [
    "a certificate after a good one that breaks off",
    (good) => good + good.slice(0, 200),
    "{error:04800066:PEM routines::bad end line}",
  ],
  [
    "a certificate after a good one that is no base64",
    (good) => good + good.replace("\nMI", "\n!!"),
    "{error:04800064:PEM routines::bad base64 decode}",
  ],
  ["a certificate without anything in it", (good) => good.replace(/\n[^-]*\n/, "\n"), ""],
])("%s: every certificate in the file counts", async (_, fileOf, error) => {
  const bot = await startWithHost();
  const certificate = fileOf(selfSigned("a.example.com").certificate);
  const { text } = await bot.raw("setWebhook", multipart({ url: URL_A }, { certificate }));
  const library = "{error:05880009:x509 certificate routines::PEM lib}";
  const refused = bad(`bad webhook: Failed to set custom certificate file${error}${library}`);
  expect(JSON.parse(text)).toEqual(error === undefined ? ok("Webhook was set") : refused);
});

test("a certificate whose first line is indented is none", async () => {
  const bot = await startWithHost();
  const { text } = await bot.raw(
    "setWebhook",
    multipart({ url: URL_A }, { certificate: ` ${selfSigned("a").certificate}` }),
  );
  expect(text).toContain("no certificate or crl found");
});

test("the wording of the refusal of a secret can be the one seen in production", async () => {
  const bot = await startWithHost({ secretTokenWording: "illegal" });
  expect(await bot.set({ url: URL_A, secret_token: "a b" })).toEqual(bad("secret token contains illegal characters"));
});

test("a certificate sent as a text is ignored, an attached one is taken", async () => {
  const bot = await startWithHost();
  const { certificate } = selfSigned("a.example.com");
  await bot.call("setWebhook", { url: URL_A, certificate });
  expect(bot.telegram.state(bot.id).certificate).toBeNull();
  await bot.telegram.clock.advance(1);
  await bot.raw("setWebhook", multipart({ url: URL_A, certificate: "attach://mine" }, { mine: certificate }));
  expect(bot.telegram.state(bot.id).certificate).toBe(certificate);
  expect(await bot.info()).toMatchObject({ has_custom_certificate: true });
});

test.each([
  ["max_connections", { max_connections: 41 }],
  ["secret_token", { secret_token: "x" }],
  ["ip_address", { ip_address: "149.154.167.220" }],
  ["drop_pending_updates", { drop_pending_updates: true }],
])("%s makes a set an effective one, and what is left out is reset", async (_, parameters) => {
  const bot = await startWithHost();
  await bot.set({ url: URL_A });
  expect(await bot.set({ url: URL_A, ...parameters })).toEqual(ok("Webhook was set"));
  await bot.set({ url: URL_A });
  expect(bot.telegram.state(bot.id)).toMatchObject({ maxConnections: 40, secretToken: null, ipFixed: false });
});

test("a change of allowed_updates alone happens in place and keeps the last error", async () => {
  const bot = await startWithHost();
  await bot.set({ url: URL_A });
  await bot.telegram.clock.advance(5);
  bot.telegram.setLastError(bot.id, "an error", { date: 5 });
  expect(await bot.set({ url: URL_A, allowed_updates: ["poll"] })).toEqual(ok("Webhook is already set"));
  expect(bot.telegram.state(bot.id)).toMatchObject({
    generation: 1,
    allowedUpdates: ["poll"],
    lastError: { date: 5, message: "an error" },
  });
  await bot.set({ url: URL_A, max_connections: 9 });
  expect(bot.telegram.state(bot.id)).toMatchObject({ generation: 2, allowedUpdates: ["poll"] });
});

test("a deletion applies allowed_updates only when the webhook is already deleted", async () => {
  const bot = await startWithHost();
  await bot.set({ url: URL_A });
  await bot.call("deleteWebhook", { allowed_updates: ["poll"] });
  const afterReal = bot.telegram.state(bot.id).allowedUpdates;
  await bot.call("deleteWebhook", { allowed_updates: ["poll"] });
  expect([afterReal, bot.telegram.state(bot.id).allowedUpdates]).toEqual([null, ["poll"]]);
});

test.each([
  ["0", 1],
  ["abc", 1],
  ["-7", 1],
  ["500", 100],
  ["12abc", 12],
  ["", 40],
])("max_connections %s becomes %i", async (max_connections, expected) => {
  const bot = await startWithHost();
  await bot.raw("setWebhook", form({ url: URL_A, max_connections }));
  expect(bot.telegram.state(bot.id).maxConnections).toBe(expected);
});

test("the slot of one second is taken by already set too, and not extended by a refused call", async () => {
  const bot = await startWithHost({ now: () => new Date("2026-01-01T00:00:00Z") });
  const codeOf = (answer: unknown) => (answer as { error_code?: number }).error_code ?? 200;
  const codes = [codeOf(await bot.call("setWebhook", { url: URL_A }))];
  for (const seconds of [1, 0.6, 0.6]) {
    await bot.telegram.clock.advance(seconds);
    codes.push(codeOf(await bot.call("setWebhook", { url: URL_A })));
  }
  expect(codes).toEqual([200, 200, 429, 200]);
});

describe("while a set is being verified", () => {
  const slow = async () => {
    const bot = await startWithHost({ now: () => new Date("2026-01-01T00:00:00Z") });
    bot.telegram.setHost("slow.example.com", {
      shown: "149.154.167.220",
      connect: "127.0.0.1:9",
      delayMilliseconds: 5000,
    });
    const first = bot.call("setWebhook", { url: "https://slow.example.com/" });
    await until(() => bot.telegram.state(bot.id).url !== "", "the first set");
    await bot.telegram.clock.advance(1);
    return { bot, first };
  };

  test("getWebhookInfo shows the new URL with an unknown address", async () => {
    const { bot, first } = await slow();
    expect(await bot.info()).toMatchObject({ url: "https://slow.example.com/", ip_address: "<unknown>" });
    await bot.telegram.clock.advance(5);
    expect(await first).toEqual(ok("Webhook was set"));
    expect(await bot.info()).toMatchObject({ ip_address: "149.154.167.220" });
  });

  test.each([
    ["another set", "setWebhook", { url: URL_A }, "Webhook was set", URL_A],
    ["a deletion", "deleteWebhook", {}, "Webhook was deleted", ""],
  ])("%s ends the first with 409", async (_, method, parameters, description, url) => {
    const { bot, first } = await slow();
    const second = bot.call(method, parameters);
    expect(await first).toEqual({
      ok: false,
      error_code: 409,
      description: "Conflict: terminated by other setWebhook",
    });
    await bot.telegram.clock.advance(10);
    expect(await second).toEqual(ok(description));
    expect(bot.telegram.state(bot.id).url).toBe(url);
  });
});

test("one name is looked up at a time, and who asks for the same name waits for the same answer", async () => {
  const bot = await startWithHost({ now: () => new Date("2026-01-01T00:00:00Z") });
  const { telegram } = bot;
  telegram.setHost("slow.example.com", { connect: "127.0.0.1:9", delayMilliseconds: 5000 });
  const answered: string[] = [];
  const ends = [
    ["first", "https://slow.example.com/"],
    ["same", "https://slow.example.com/2"],
    ["other", URL_A],
  ].map(async ([name = "", url]) => {
    await telegram.outsider(telegram.addBot().id).setWebhook({ url: url ?? "" });
    answered.push(`${name} ${(telegram.clock.now().getTime() - Date.parse("2026-01-01T00:00:00Z")) / 1000}`);
  });
  await telegram.clock.advance(4.9);
  expect(answered).toEqual([]);
  await telegram.clock.advance(0.1);
  await Promise.all(ends);
  expect(answered.sort()).toEqual(["first 5", "other 5", "same 5"]);
});

test.each([
  [0.25, "Failed to resolve host: Name or service not known"],
  [
    0.75,
    "Failed to set custom certificate file{error:05800088:x509 certificate routines::no certificate or crl found}",
  ],
])("with a bad certificate and a bad host together either is the reason, at random: %d", async (random, reason) => {
  const bot = await start({ random: () => random });
  const answer = await bot.telegram
    .outsider(bot.id)
    .setWebhook({ url: "https://nowhere.example.com/", certificate: "none" });
  expect(answer).toMatchObject({ ok: false, description: `Bad Request: bad webhook: ${reason}` });
});

test("a failed lookup is remembered for five minutes, whatever the name leads to by then", async () => {
  const bot = await start();
  const failed = bad("bad webhook: Failed to resolve host: Name or service not known");
  expect(await bot.set({ url: URL_A })).toEqual(failed);
  bot.telegram.setHost("a.example.com", { connect: "127.0.0.1:9" });
  expect(await bot.set({ url: URL_A })).toEqual(failed);
  await bot.telegram.clock.advance(297);
  expect(await bot.set({ url: URL_A })).toEqual(failed);
  expect(await bot.set({ url: URL_A })).toEqual(ok("Webhook was set"));
});

test("drop_pending_updates empties the queue, even when the call then fails", async () => {
  const bot = await startWithHost();
  bot.telegram.message(bot.id, { text: "lost" });
  expect(await bot.set({ url: "https://a.example.com:444/", drop_pending_updates: "YES " })).toMatchObject({
    ok: false,
  });
  expect(bot.telegram.pending(bot.id)).toBe(0);
});

test("with local, http, any port, any address and many connections are allowed", async () => {
  const bot = await start({ local: true });
  expect(await bot.set({ url: "http://127.0.0.1:9/" })).toEqual(ok("Webhook was set"));
  expect(bot.telegram.state(bot.id).maxConnections).toBe(100);
  expect(await bot.set({ url: "http://10.0.0.1:9/", ip_address: "127.0.0.1", max_connections: 200000 })).toEqual(
    ok("Webhook was set"),
  );
  expect(bot.telegram.state(bot.id)).toMatchObject({ maxConnections: 100_000, ipAddress: "127.0.0.1", ipFixed: true });
});

test("an unparsable body deletes the webhook, as the real server does", async () => {
  const bot = await startWithHost();
  await bot.call("setWebhook", { url: URL_A });
  const answer = await bot.raw("setWebhook", { ...json({ url: URL_A }), headers: { "content-type": "text/json" } });
  expect(JSON.parse(answer.text)).toEqual(ok("Webhook was deleted"));
});

test("a name without a connection address leads to this machine, whatever address is shown or pinned", async () => {
  const bot = await start({ resolveEverything: {} });
  const refused = async (parameters: Record<string, unknown>) => {
    await bot.set({ url: "https://any.example.com:88/", ...parameters });
    await until(() => bot.telegram.state(bot.id).lastError !== null, "an error");
    return bot.telegram.state(bot.id).lastError?.message;
  };
  expect([await refused({}), await refused({ ip_address: "93.184.216.34" })]).toEqual([
    "Connection refused",
    "Connection refused",
  ]);
});

test("with --local, an address without a route is refused, and the webhook before is gone", async () => {
  const bot = await startWithHost({ local: true });
  await bot.set({ url: URL_A });
  const answer = await bot.set({ url: URL_A, ip_address: "2001:db8::1" });
  expect([answer, bot.telegram.state(bot.id).url]).toEqual([
    bad("bad webhook: Failed to connect to [[2001:db8::1]:443]"),
    "",
  ]);
});
