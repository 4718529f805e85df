// Deliveries to plain HTTP endpoints: bytes, order, connections, replies.
import { BEGIN, delivering, outcomesOf, textsOf } from "./delivering";
import { fixtures, OK, SILENCE, status, until } from "./raw";

const start = fixtures();
const deliver = delivering(start);

test("a delivery is the server's, byte for byte", async () => {
  const { bot, endpoint } = await deliver();
  await bot.set({ url: `http://u%20ser:pa:ss@127.0.0.1:${endpoint.port}/a b?c=d#e `, secret_token: "s3-cret_" });
  const { updateId } = bot.telegram.message(bot.id, { text: "ü/😀", chatId: 77, from: { username: "x" } });
  await bot.telegram.clock.advance(0);
  const body =
    `{"update_id":${updateId},\n"message":{"message_id":1,` +
    '"from":{"id":77,"is_bot":false,"first_name":"Someone","username":"x"},' +
    '"chat":{"id":77,"first_name":"Someone","type":"private"},"date":1767225601,"text":"\\u00fc/\\ud83d\\ude00"}}';
  const head =
    `POST /a%20b?c=d#e HTTP/1.1\r\nHost: 127.0.0.1:${endpoint.port}\r\n` +
    `Authorization: Basic ${Buffer.from("u%20ser:pa:ss").toString("base64")}\r\n` +
    "X-Telegram-Bot-Api-Secret-Token: s3-cret_\r\nContent-Type: application/json\r\n" +
    `Content-Length: ${body.length}\r\nConnection: keep-alive\r\nAccept-Encoding: gzip, deflate`;
  expect(endpoint.requests).toEqual([`${head}\r\n\r\n${body}`]);
  expect(bot.telegram.deliveries(bot.id)).toEqual([
    {
      at: "2026-01-01T00:00:01.000Z",
      botId: bot.id,
      updateId,
      url: `http://u%20ser:pa:ss@127.0.0.1:${endpoint.port}/a b?c=d#e `,
      outcome: "delivered",
      status: 200,
      requestHead: head,
    },
  ]);
});

test.each([
  [
    "the URL's bytes outside ASCII go out as they came in",
    "/\u00e4?\u00f6=\ud83d\ude00",
    "/\xc3\xa4?\xc3\xb6=\xf0\x9f\x98\x80",
  ],
  ["white space at the end of the URL is left out, but no other character", "/a\u00a0 \t\r\n", "/a\xc2\xa0"],
])("%s", async (_, path, target) => {
  const { bot, endpoint } = await deliver();
  await bot.set({ url: `http://127.0.0.1:${endpoint.port}${path}` });
  bot.telegram.message(bot.id, { text: "hello" });
  await bot.telegram.clock.advance(0);
  expect(endpoint.requests[0]?.split("\r\n")[0]).toBe(`POST ${target} HTTP/1.1`);
});

test.each([
  ["b\u00fccher.example.com", "xn--bcher-kva.example.com"],
  ["B\u00dccher.Example.com", "xn--bcher-2pa.example.com"],
  ["bu\u0308cher.example.com", "xn--bucher-xyd.example.com"],
  ["\u4f60\u597d.\u0440\u0444", "xn--6qq79v.xn--p1ai"],
])(
  "a name outside ASCII, %s, is each label's punycode as it is, neither composed nor made lower case: %s",
  async (name, ascii) => {
    const bot = await start({ local: true, now: () => BEGIN });
    const endpoint = await bot.endpoint();
    bot.telegram.setHost(ascii, { connect: `127.0.0.1:${endpoint.port}` });
    await bot.telegram.outsider(bot.id).setWebhook({ url: `http://${name}/` });
    bot.telegram.message(bot.id, { text: "hello" });
    await bot.telegram.clock.advance(0);
    expect(endpoint.requests[0]?.split("\r\n")[1]).toBe(`Host: ${ascii}`);
  },
);

test("Host has no port when it is the protocol's own", async () => {
  const bot = await start({ local: true });
  const endpoint = await bot.endpoint();
  bot.telegram.setHost("bot.example.com", { connect: `127.0.0.1:${endpoint.port}` });
  await bot.call("setWebhook", { url: "http://BOT.example.com:80/" });
  bot.telegram.message(bot.id, { text: "hello" });
  await until(() => endpoint.requests.length > 0, "a delivery");
  expect(endpoint.requests[0]?.split("\r\n").slice(0, 3)).toEqual([
    "POST / HTTP/1.1",
    "Host: bot.example.com",
    "Content-Type: application/json",
  ]);
});

test("a set opens one connection without any update", async () => {
  const { endpoint } = await deliver();
  await until(() => endpoint.connections === 1, "a connection");
  expect(endpoint.requests).toEqual([]);
});

test("updates of one chat come one after another, those of another chat at the same time", async () => {
  const { bot, endpoint } = await deliver((request) => (request.includes('"text":"a1"') ? SILENCE : OK));
  await bot.telegram.clock.advance(0);
  bot.telegram.message(bot.id, { text: "first", chatId: 3 });
  await bot.telegram.clock.advance(0);
  for (const [text, chatId] of [
    ["a1", 1],
    ["a2", 1],
    ["b1", 2],
    ["b2", 2],
  ] as const) {
    bot.telegram.message(bot.id, { text, chatId });
  }
  await until(() => endpoint.requests.length === 4, "four requests");
  expect(textsOf(endpoint)).toEqual(["first", "a1", "b1", "b2"]);
  await until(() => bot.telegram.pending(bot.id) === 2, "the end of b1 and b2");
});

test("after a success many updates get their connections in one go: ten, and twenty more a second", async () => {
  const { bot, endpoint } = await deliver((request) => (request.includes('"first"') ? OK : SILENCE));
  bot.telegram.message(bot.id, { text: "first" });
  await bot.telegram.clock.advance(0);
  for (let n = 0; n < 25; n += 1) bot.telegram.update(bot.id, { custom_event: { n } });
  await bot.telegram.clock.advance(0);
  const atOnce = endpoint.requests.length - 1;
  await bot.telegram.clock.advance(1);
  expect([atOnce, endpoint.requests.length - 1]).toEqual([11, 25]);
});

test("with max_connections 1 nothing happens at the same time", async () => {
  const { bot, endpoint } = await deliver((request) => (request.includes('"a"') ? SILENCE : OK), {
    max_connections: 1,
  });
  bot.telegram.message(bot.id, { text: "first", chatId: 3 });
  await bot.telegram.clock.advance(0);
  bot.telegram.message(bot.id, { text: "a", chatId: 1 });
  bot.telegram.message(bot.id, { text: "b", chatId: 2 });
  await bot.telegram.clock.advance(30);
  expect([textsOf(endpoint), endpoint.connections]).toEqual([["first", "a"], 1]);
});

test("an idle connection is closed after 60 seconds without an error", async () => {
  const { bot, endpoint } = await deliver();
  await bot.telegram.clock.advance(120);
  expect([endpoint.connections, bot.telegram.state(bot.id).lastError]).toEqual([1, null]);
});

test("a connection that the endpoint wants closed is not used again", async () => {
  const { bot, endpoint } = await deliver(() => status("200 OK", "Connection: close\r\n"));
  for (const text of ["a", "b"]) bot.telegram.message(bot.id, { text });
  await bot.telegram.clock.advance(5);
  expect([textsOf(endpoint), endpoint.connections >= 2]).toEqual([["a", "b"], true]);
});

test("a URL too long for the header buffer is accepted, and its updates are stuck without a word", async () => {
  const { bot, endpoint, url } = await deliver();
  await bot.set({ url: url + "x".repeat(4000) });
  bot.telegram.message(bot.id, { text: "stuck" });
  await bot.telegram.clock.advance(60);
  expect([endpoint.requests, bot.telegram.state(bot.id)]).toEqual([
    [],
    expect.objectContaining({ pending: 1, lastError: null }),
  ]);
});

test("updates that came without a webhook are delivered when one is set", async () => {
  const bot = await start({ local: true });
  const endpoint = await bot.endpoint();
  bot.telegram.message(bot.id, { text: "early" });
  await bot.call("setWebhook", { url: `http://127.0.0.1:${endpoint.port}/` });
  await until(() => endpoint.requests.length === 1, "the early update");
  expect(textsOf(endpoint)).toEqual(["early"]);
});

test("an update in flight during a set is cut and sent again", async () => {
  const { bot, endpoint, url } = await deliver((_, count) => (count === 1 ? SILENCE : OK));
  bot.telegram.message(bot.id, { text: "twice" });
  await until(() => endpoint.requests.length === 1, "the first delivery");
  await bot.set({ url, max_connections: 7 });
  await bot.telegram.clock.advance(0);
  expect([textsOf(endpoint), bot.telegram.pending(bot.id)]).toEqual([["twice", "twice"], 0]);
  expect(outcomesOf(bot)).toEqual(["cut", "delivered"]);
});

test("numbers of updates go up by one, after a week without any too", async () => {
  const bot = await start({ now: () => BEGIN, random: () => 0.5 });
  const ids = [1, 2].map(() => bot.telegram.message(bot.id, { text: "x" }).updateId);
  await bot.telegram.clock.advance(8 * 86_400);
  ids.push(bot.telegram.message(bot.id, { text: "x" }).updateId);
  expect(ids).toEqual([501_000_000, 501_000_001, 501_000_002]);
});

test("another address of the name is used after the next lookup, half an hour later", async () => {
  const bot = await start({ now: () => BEGIN, random: () => 0 });
  bot.telegram.setHost("bot.example.com", { shown: "149.154.167.220", connect: "127.0.0.1:9" });
  await bot.call("setWebhook", { url: "https://bot.example.com/" });
  bot.telegram.setHost("bot.example.com", { shown: "149.154.167.221", connect: "127.0.0.1:9" });
  await bot.telegram.clock.advance(1799);
  const before = bot.telegram.state(bot.id).ipAddress;
  await bot.telegram.clock.advance(1);
  const after = bot.telegram.state(bot.id).ipAddress;
  bot.telegram.setHost("bot.example.com", { shown: "10.0.0.1" });
  await bot.telegram.clock.advance(1800);
  expect([before, after, bot.telegram.state(bot.id).ipAddress]).toEqual([
    "149.154.167.220",
    "149.154.167.221",
    "149.154.167.221",
  ]);
});

describe("a method in the response", () => {
  const replying = (type: string, body: string) => () =>
    status("200 OK").replace(
      "Content-Length: 0\r\n\r\n",
      `Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );

  test.each([
    ["JSON", "application/json", '{"method":"sendMessage","chat_id":5,"text":"pong"}'],
    ["a form", "application/x-www-form-urlencoded", "method=SendMessage&chat_id=5&text=pong"],
  ])("as %s is carried out", async (_, type, body) => {
    const { bot } = await deliver(replying(type, body));
    bot.telegram.message(bot.id, { text: "ping" });
    await bot.telegram.clock.advance(0);
    expect(bot.telegram.sent(bot.id)).toEqual([{ chatId: 5, text: "pong", at: BEGIN.toISOString() }]);
    expect(bot.telegram.journal({ method: "sendMessage" })).toMatchObject([{ by: "client", status: 200 }]);
  });

  test.each(["setWebhook", "deleteWebhook", "close", "logOut", "getMe", "getUpdates"])("%s is not", async (method) => {
    const { bot, url } = await deliver(replying("application/json", JSON.stringify({ method })));
    bot.telegram.clearJournal();
    bot.telegram.message(bot.id, { text: "ping" });
    await bot.telegram.clock.advance(0);
    expect([bot.telegram.journal(), bot.telegram.state(bot.id).url, bot.telegram.pending(bot.id)]).toEqual([
      [],
      url,
      0,
    ]);
  });
});
