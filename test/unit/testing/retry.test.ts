// Failed deliveries: what counts as one, when an update is sent again, when it or the webhook is given up.
import net from "node:net";
import { BEGIN, delivering, outcomesOf, timesOf } from "./delivering";
import { fixtures, OK, SILENCE, status } from "./raw";

const start = fixtures();
const deliver = delivering(start);

const opened: { server: net.Server; sockets: Set<net.Socket> }[] = [];
afterEach(() => {
  for (const { server, sockets } of opened.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

/** Listens on a free port until the test is over. */
function listening(server: net.Server): Promise<void> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => sockets.add(socket));
  opened.push({ server, sockets });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
}

test("a failing update is tried again at once, then after 2, 4, 8, 16, 32, 64 seconds, then every 60 to 120", async () => {
  const { bot } = await deliver(() => status("500 Internal Server Error"));
  bot.telegram.message(bot.id, { text: "fails" });
  await bot.telegram.clock.advance(320);
  expect(timesOf(bot)).toEqual([0, 0, 2, 6, 14, 30, 62, 126, 216, 306]);
  expect(bot.telegram.state(bot.id).lastError).toEqual({
    date: BEGIN.getTime() / 1000 + 306,
    message: "Wrong response from the webhook: 500 Internal Server Error",
  });
});

test.each([
  ["301 Moved Permanently", "301 Moved Permanently"],
  ["404 Not Found", "404 Not Found"],
  ["103 Early Hints", "103 Early Hints"],
  ["502 ", "502 "],
])("an answer %s is an error and the update stays", async (line, shown) => {
  const { bot } = await deliver(() => status(line));
  bot.telegram.message(bot.id, { text: "fails" });
  await bot.telegram.clock.advance(0);
  expect(bot.telegram.state(bot.id)).toMatchObject({
    pending: 1,
    lastError: { message: `Wrong response from the webhook: ${shown}` },
  });
});

test.each([
  ["204 No Content", "HTTP/1.1 204 No Content\r\n\r\n"],
  ["a chunked body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"],
  ["a body that is no JSON", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{"],
])("%s is success, and the error before stays", async (_, response) => {
  const { bot } = await deliver(() => response);
  bot.telegram.setLastError(bot.id, "before", { date: 1 });
  bot.telegram.message(bot.id, { text: "good" });
  await bot.telegram.clock.advance(0);
  expect(bot.telegram.state(bot.id)).toMatchObject({ pending: 0, lastError: { date: 1, message: "before" } });
});

test("Retry-After in whole seconds is obeyed, up to an hour", async () => {
  const after = ["30", "9999", "Wed, 21 Oct 2026 07:28:00 GMT", "007", "4294967297"];
  const { bot } = await deliver((_, count) => status("429 Too Many", `Retry-After: ${after[count - 1] ?? "0"}\r\n`));
  bot.telegram.message(bot.id, { text: "later" });
  await bot.telegram.clock.advance(3650);
  expect(timesOf(bot)).toEqual([0, 30, 3630, 3632, 3636, 3644]);
});

test("a connection closed without an answer is tried again and leaves no error", async () => {
  const { bot, endpoint } = await deliver((_, count) => (count <= 2 ? undefined : OK));
  bot.telegram.message(bot.id, { text: "hello" });
  await bot.telegram.clock.advance(10);
  expect([outcomesOf(bot), endpoint.requests.length]).toEqual([["closed", "closed", "delivered"], 3]);
  expect(bot.telegram.state(bot.id)).toMatchObject({ pending: 0, lastError: null });
});

test("a connection that was opened for an update, and has delivered it, is closed after a minute without an error", async () => {
  const { bot } = await deliver();
  await bot.telegram.clock.advance(61);
  bot.telegram.message(bot.id, { text: "hello" });
  await bot.telegram.clock.advance(0);
  expect(outcomesOf(bot)).toEqual(["delivered"]);
  await bot.telegram.clock.advance(120);
  expect(bot.telegram.state(bot.id).lastError).toBeNull();
});

test("hours of refusals are attempts at the same times, most of them without the network", async () => {
  const { bot, endpoint } = await deliver(() => status("503 Busy", "Retry-After: 1\r\n"));
  bot.telegram.message(bot.id, { text: "never" });
  await bot.telegram.clock.advance(14_400);
  expect(timesOf(bot)).toEqual(Array.from({ length: 14_401 }, (_, second) => second));
  expect(new Set(outcomesOf(bot))).toEqual(new Set(["failed"]));
  expect(endpoint.requests.length).toBeLessThan(14_401 / 2);
  expect(bot.telegram.state(bot.id).lastError?.message).toBe("Wrong response from the webhook: 503 Busy");
});

test("a refusal that ends while the clock is moved is seen to end", async () => {
  const { bot } = await deliver(() =>
    bot.telegram.clock.now().getTime() < BEGIN.getTime() + 50_000_000 ? status("500 No") : OK,
  );
  bot.telegram.message(bot.id, { text: "late" });
  await bot.telegram.clock.advance(52_000);
  expect([outcomesOf(bot).at(-1), bot.telegram.pending(bot.id)]).toEqual(["delivered", 0]);
});

test("no answer for 60 seconds is a read timeout", async () => {
  const { bot } = await deliver(() => SILENCE);
  bot.telegram.message(bot.id, { text: "hello" });
  await bot.telegram.clock.advance(59);
  expect(bot.telegram.state(bot.id).lastError).toBeNull();
  await bot.telegram.clock.advance(1);
  expect(bot.telegram.state(bot.id).lastError?.message).toBe("Read timeout expired");
});

const KINDS_THAT_EXPIRE = [
  ["inline_query", { from: { id: 1 } }, 30],
  ["callback_query", { from: { id: 1 } }, 150],
  ["chosen_inline_result", { from: { id: 1 } }, 600],
  ["poll", { id: "1" }, 86_400],
] as const;

test.each(KINDS_THAT_EXPIRE)("%s expires after its time", async (kind, payload, seconds) => {
  const bot = await start({ now: () => BEGIN });
  bot.telegram.update(bot.id, { [kind]: payload });
  bot.telegram.update(bot.id, { [kind]: payload });
  await bot.telegram.clock.advance(seconds);
  const read = async () =>
    ((await bot.call("getUpdates", { limit: 1, offset: -2 })) as { result: unknown[] }).result.length;
  const before = await read();
  await bot.telegram.clock.advance(1);
  const after = bot.call("getUpdates");
  expect([before, ((await after) as { result: unknown[] }).result.length, bot.telegram.pending(bot.id)]).toEqual([
    1, 0, 0,
  ]);
});

test.each(KINDS_THAT_EXPIRE)(
  "%s is counted until the server collects it, once a minute",
  async (kind, payload, seconds) => {
    const bot = await start({ now: () => BEGIN });
    await bot.telegram.clock.advance(600 + 31);
    bot.telegram.update(bot.id, { [kind]: payload });
    // The next collections are 29, 89, 149 … seconds later.
    const collected = 29 + 60 * Math.ceil((seconds + 1 - 29) / 60);
    await bot.telegram.clock.advance(collected - 1);
    const before = bot.telegram.pending(bot.id);
    await bot.telegram.clock.advance(1);
    expect([before, bot.telegram.pending(bot.id)]).toEqual([1, 0]);
  },
);

test("failing updates of one chat, however many, hold up no other chat", async () => {
  const { bot, endpoint } = await deliver(
    (request) => (request.includes('"id":5,') ? status("500 No") : status("200 OK")),
    { max_connections: 1 },
  );
  for (let n = 0; n < 5; n += 1) bot.telegram.message(bot.id, { text: `stuck ${n}`, chatId: 5 });
  bot.telegram.message(bot.id, { text: "other", chatId: 6 });
  await bot.telegram.clock.advance(1);
  expect(endpoint.requests.filter((request) => request.includes('"text":"other"'))).toHaveLength(1);
  expect(bot.telegram.pending(bot.id)).toBe(5);
});

test("an update that would expire before its next attempt is dropped", async () => {
  const { bot } = await deliver(() => status("500 No"));
  bot.telegram.update(bot.id, { inline_query: { id: "1", from: { id: 1 }, query: "" } });
  await bot.telegram.clock.advance(100);
  expect([outcomesOf(bot), timesOf(bot).at(-1), bot.telegram.pending(bot.id)]).toEqual([
    ["failed", "failed", "failed", "failed", "failed", "failed", "dropped"],
    30,
    0,
  ]);
});

test("410 for more than 23 hours removes the webhook", async () => {
  const { bot } = await deliver(() => status("410 Gone"));
  for (let day = 0; day < 2; day += 1) {
    bot.telegram.message(bot.id, { text: "gone", chatId: 5 });
    await bot.telegram.clock.advance(22.9 * 3600 * (1 - day));
  }
  expect(bot.telegram.state(bot.id).lastError?.message).toBe("Wrong response from the webhook: 410 Gone");
  await bot.telegram.clock.advance(900);
  expect(await bot.info()).toEqual({ url: "", has_custom_certificate: false, pending_update_count: 2 });
});

test("an answer without a length is complete at the end of its header, and what follows it spoils the next one", async () => {
  const { bot } = await deliver(() => "HTTP/1.1 200 OK\r\n\r\nunannounced");
  bot.telegram.message(bot.id, { text: "first" });
  await bot.telegram.clock.advance(0);
  expect([outcomesOf(bot), bot.telegram.state(bot.id).lastError]).toEqual([["delivered"], null]);
  bot.telegram.message(bot.id, { text: "second" });
  await bot.telegram.clock.advance(0);
  expect(bot.telegram.state(bot.id).lastError?.message).toBe("Not Implemented");
});

test("a 500 without a length whose connection is reset hides behind the reset", async () => {
  const bot = await start({ local: true, now: () => BEGIN });
  const server = net.createServer((socket) => {
    let count = 0;
    socket.on("error", () => undefined);
    socket.on("data", () => (++count === 1 ? socket.write("HTTP/1.1 500 X\r\n\r\nboom") : socket.resetAndDestroy()));
  });
  await listening(server);
  await bot.call("setWebhook", { url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}/` });
  bot.telegram.message(bot.id, { text: "hello" });
  await bot.telegram.clock.advance(0);
  expect(bot.telegram.state(bot.id).lastError?.message).toBe("Connection reset by peer");
});

test("a status line without a reason takes the first header's value for it", async () => {
  const { bot } = await deliver(() => "HTTP/1.1 502\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n");
  bot.telegram.message(bot.id, { text: "hello" });
  await bot.telegram.clock.advance(0);
  expect(bot.telegram.state(bot.id).lastError?.message).toBe("Wrong response from the webhook: 502 nginx");
});

test.each([
  ["a chunk length of more than eight characters", "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;name=val\r\nok\r\n0\r\n\r\n", "Bad Request: Too long length in chunked 2;name=val"], // prettier-ignore
  ["a length that no body has", "200 OK\r\nContent-Length: 9999999999\r\n\r\n", "Request Entity Too Large: content length is 2147483647"], // prettier-ignore
  ["gzip that breaks off", "200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\0", "Bad Request: zlib error -5"], // prettier-ignore
])("%s is a failure", async (_, response, error) => {
  const bot = await start({ local: true, now: () => BEGIN });
  const server = net.createServer((socket) => {
    socket.on("error", () => undefined).on("data", () => socket.write(`HTTP/1.1 ${response}`, "latin1"));
  });
  await listening(server);
  await bot.call("setWebhook", { url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}/` });
  bot.telegram.message(bot.id, { text: "hello" });
  await bot.telegram.clock.advance(0);
  expect(bot.telegram.state(bot.id)).toMatchObject({ pending: 1, lastError: { message: error } });
});

test("a status of more than 32 bits begins anew", async () => {
  const { bot } = await deliver(() => status("4294967496 OK"));
  bot.telegram.message(bot.id, { text: "hello" });
  await bot.telegram.clock.advance(0);
  expect(bot.telegram.state(bot.id)).toMatchObject({ pending: 0, lastError: null });
});

test("HTTP/1.0 with any Connection but close is kept open", async () => {
  const { bot, endpoint } = await deliver(() => "HTTP/1.0 200 OK\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n");
  for (const text of ["one", "two"]) {
    bot.telegram.message(bot.id, { text });
    await bot.telegram.clock.advance(0);
  }
  expect([endpoint.requests.length, endpoint.connections]).toEqual([2, 1]);
});

test("a request in place of an answer is written down with every argument and every header", async () => {
  const { bot } = await deliver(() => "GET /x?a=1&b=2 HTTP/1.0\r\nX: y\r\nX: z\u00e4\r\n\r\n");
  bot.telegram.message(bot.id, { text: "hello" });
  await bot.telegram.clock.advance(0);
  expect(bot.telegram.state(bot.id).lastError?.message).toBe(
    "Wrong response from the webhook: GET:/x:[a:1]:[b:2]\nx=y\nx=z\u00e4\nBEGIN CONTENT\nEND CONTENT\n",
  );
});

test("an answer that trickles in for more than 60 seconds is a read timeout", async () => {
  const bot = await start({ local: true, now: () => BEGIN });
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => void sockets.push(socket.on("error", () => undefined).resume()));
  await listening(server);
  await bot.call("setWebhook", { url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}/` });
  bot.telegram.message(bot.id, { text: "hello" });
  await bot.telegram.clock.advance(30);
  const trickle = new Promise((resolve) => sockets[0]?.write("HTTP/1.1 200 OK\r\n", resolve));
  await trickle;
  await bot.telegram.clock.advance(31);
  expect(bot.telegram.state(bot.id).lastError?.message).toBe("Read timeout expired");
});

const OVER_A_MEBIBYTE = `{"x":"${"y".repeat(2 ** 20)}"}`;
test.each([
  ["JSON of more than a MiB", "application/json", OVER_A_MEBIBYTE, "Request Entity Too Large: too many parameters"],
  ["multipart without a boundary", "multipart/form-data", "xx", "Bad Request: boundary not found"],
  ["multipart that is none", "multipart/form-data; boundary=a", "xx", "Bad Request: unexpected end of request content"],
])("a reply that cannot be read is a failure, whatever its status: %s", async (_, type, body, error) => {
  const { bot } = await deliver(
    () => `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  bot.telegram.message(bot.id, { text: "hello" });
  await bot.telegram.clock.advance(0);
  expect(bot.telegram.state(bot.id)).toMatchObject({ pending: 1, lastError: { message: error } });
});
