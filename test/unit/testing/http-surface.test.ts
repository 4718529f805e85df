// Routes, encodings and answers of the fake Bot API as bytes on the wire.
import { Wire } from "../../support/recordings/wire";
import { fixtures, form, json, multipart, request } from "./raw";

const start = fixtures();
const WELL_FORMED = "123:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/** Parameters as the journal has them, and how they came in. */
async function journalled(path: string, call: Parameters<typeof request>[1], local = true) {
  const bot = await start({ local });
  await bot.raw(path, call);
  const [entry] = bot.telegram.journal();
  return { encoding: entry?.encoding, parameters: entry?.parameters };
}

test.each([
  ["/", 404, "Not Found"],
  ["/bot", 404, "Not Found"],
  ["/bot123:abc", 404, "Not Found"],
  [`/bot${WELL_FORMED}/testFoo`, 404, "Not Found"],
  [`/bot${WELL_FORMED}/test`, 404, "Not Found"],
  [`/bot${WELL_FORMED}/getMe`, 401, "Unauthorized"],
  [`/bot${WELL_FORMED}/nothing`, 401, "Unauthorized"],
  ["/bot0123:abc/getMe", 401, "Unauthorized: invalid token specified"],
  ["/botabc/getMe", 401, "Unauthorized: invalid token specified"],
  [`/bot${`${"1".repeat(80)}:a`}/getMe`, 401, "Unauthorized: invalid token specified"],
  ["/bot18014398509481984:abc/getMe", 401, "Unauthorized: invalid token specified"],
  ["/bot-5:abc/getMe", 401, "Unauthorized: invalid token specified"],
  ["/botabc:def/getMe", 421, "Misdirected Request: unallowed token specified"],
  ["http://127.0.0.1/bot1:a/getMe", 404, "Not Found: absolute URI is specified in the Request-Line"],
])("%s is answered %i %s", async (path, code, description) => {
  const bot = await start();
  const answer = await request(bot.telegram.apiUrl, { path });
  expect({ status: answer.status, body: JSON.parse(answer.text) as unknown }).toEqual({
    status: code,
    body: { ok: false, error_code: code, description },
  });
});

test("a method that the server does not know is answered 404 method not found", async () => {
  const bot = await start();
  const answers = [await bot.raw("dance"), await bot.raw(""), await bot.raw("toString")];
  const expected = '{"ok":false,"error_code":404,"description":"Not Found: method not found"}';
  expect(answers.map(({ text }) => text)).toEqual([expected, expected, expected]);
});

test("an HTTP method other than GET and POST is answered 501", async () => {
  const bot = await start();
  expect((await bot.raw("getMe", { method: "PUT" })).status).toBe(501);
});

test("an answer has the server's headers and key order", async () => {
  const bot = await start();
  const answer = await bot.raw("deleteWebhook");
  expect(answer.text).toBe('{"ok":true,"result":true,"description":"Webhook is already deleted"}');
  expect(answer.headers).toEqual({
    date: expect.any(String) as string,
    "content-type": "application/json",
    connection: "keep-alive",
    "content-length": "68",
  });
});

test("the Date header follows the clock", async () => {
  const bot = await start({ now: () => new Date("2026-01-01T00:00:00Z") });
  await bot.telegram.clock.advance(86_400);
  expect((await bot.raw("getMe")).headers.date).toBe("Fri, 02 Jan 2026 00:00:00 GMT");
});

test("text outside ASCII is answered with escapes, and a slash without", async () => {
  const bot = await start();
  const { text } = await bot.raw("sendMessage", json({ chat_id: 5, text: "ünï 😀 a/b" }));
  expect(text).toContain('"text":"\\u00fcn\\u00ef \\ud83d\\ude00 a/b"');
});

test("method names are case-insensitive and journalled as in the documentation", async () => {
  const bot = await start();
  expect((await bot.raw("GETWEBHOOKINFO", { method: "GET" })).status).toBe(200);
  expect(bot.telegram.journal().map(({ method }) => method)).toEqual(["getWebhookInfo"]);
});

test("argument names are case-sensitive", async () => {
  const bot = await start();
  expect(await bot.call("setWebhook", { URL: "https://a.example.com/" })).toEqual({
    ok: true,
    result: true,
    description: "Webhook is already deleted",
  });
});

test("the method may come from the argument method", async () => {
  const bot = await start();
  expect((await bot.raw("?method=getMe")).status).toBe(200);
});

test("production and test environment of one token are separate", async () => {
  const bot = await start({ local: true });
  const url = "http://127.0.0.1:9/";
  await bot.raw("test/setWebhook", json({ url }));
  expect([bot.telegram.state(bot.id).url, bot.telegram.state(bot.id, { test: true }).url]).toEqual(["", url]);
});

describe("parameters", () => {
  test("come from the query string", async () => {
    expect(await journalled("getMe?a=1&b=x%20y+z&c", { method: "GET" })).toEqual({
      encoding: "query",
      parameters: { a: "1", b: "x y z", c: "" },
    });
  });

  test("come from a form", async () => {
    expect(await journalled("getMe", form({ a: "ü", b: "1&2" }))).toEqual({
      encoding: "form",
      parameters: { a: "ü", b: "1&2" },
    });
  });

  test("come from a multipart body, with files apart", async () => {
    const bot = await start();
    await bot.raw("getMe", multipart({ a: "line\r\nline", b: "ü" }, { certificate: "PEM" }));
    const [entry] = bot.telegram.journal();
    expect({ encoding: entry?.encoding, parameters: entry?.parameters, files: entry?.files }).toEqual({
      encoding: "multipart",
      parameters: { a: "line\r\nline", b: "ü" },
      files: {
        certificate: { size: 3, sha256: "384fb9a44fabe158be2757b9b8d8f67029f2280fcc1776ab2a53103e6f0c582d" },
      },
    });
  });

  test("of a JSON body are texts unquoted and everything else raw, null too", async () => {
    const body = '{"s":"a\\u00fc\\"", "n": 1.50, "t":true,"z":null,\n "l":[ "a", {"b":"]"} ], "o":{"x": "}"},"e":""}';
    expect(await journalled("getMe", json(body))).toEqual({
      encoding: "json",
      parameters: {
        s: 'aü"',
        n: "1.50",
        t: "true",
        z: "null",
        l: '[ "a", {"b":"]"} ]',
        o: '{"x": "}"}',
        e: "",
      },
    });
  });

  test("of the query string win over the body, and the first of a body over the second", async () => {
    const body = '{"a":"body","b":"first","b":"second"}';
    expect(await journalled("getMe?a=query", json(body))).toEqual({
      encoding: "json",
      parameters: { a: "query", b: "first" },
    });
  });

  test.each([
    ["JSON that is no object", { headers: { "content-type": "application/json" }, body: '["a"]' }],
    ["an unknown content type", { headers: { "content-type": "text/plain" }, body: "a=1" }],
    ["no content type", { body: "a=1" }],
  ])("of %s are none", async (_, call) => {
    expect((await journalled("getMe", call)).parameters).toEqual({});
  });

  const long = `${"[".repeat(102)}${"]".repeat(102)}`;
  test.each([
    ["a comma", '{"a":"1","b":"2",}', { a: "1", b: "2" }],
    ["a value that is missing", '{"a":"1","b":', { a: "1" }],
    ["a value that is no JSON", '{"a":"1","b":NaN,"c":"3"}', { a: "1" }],
    ["the closing brace that is missing", '{"a":"1"', { a: "1" }],
    ["text after the object", '{"a":"1"}x', { a: "1" }],
    ["a list nested too deep", `{"a":"1","b":${long},"c":"3"}`, { a: "1" }],
    ["nothing: a raw line break in a string is none", '{"a":"1\n2","b":"3"}', { a: "1\n2", b: "3" }],
  ])("of JSON that breaks off are those before %s", async (_, body, parameters) => {
    expect((await journalled("getMe", json(body))).parameters).toEqual(parameters);
  });

  test("null is the text null: the secret becomes null, and the URL points at the host null", async () => {
    const bot = await start({ local: true });
    await bot.call("setWebhook", { url: "http://127.0.0.1:9/", secret_token: null });
    expect(bot.telegram.state(bot.id).secretToken).toBe("null");
    expect(await bot.set({ url: null })).toMatchObject({
      description: "Bad Request: bad webhook: Failed to resolve host: Name or service not known",
    });
    expect(await bot.set({ url: "http://127.0.0.1:9/", ip_address: null })).toMatchObject({
      description: "Bad Request: bad webhook: Invalid IP address specified",
    });
  });
});

describe("a request that cannot be read is answered with an empty body and changes nothing:", () => {
  const part = 'Content-Disposition: form-data; name="url"\r\n\r\n';
  const typed = (boundary: string, body: string) => ({
    headers: { "content-type": `multipart/form-data${boundary}` },
    body,
  });
  test.each([
    ["multipart without parts", 400, typed("; boundary=b", "--b--\r\n")],
    ["multipart without an end", 400, typed("; boundary=b", `--b\r\n${part}x\r\n`)],
    ["multipart without a boundary", 400, typed("", `--b\r\n${part}x\r\n--b--\r\n`)],
    ["multipart with another boundary", 400, typed("; boundary=c", `--b\r\n${part}x\r\n--b--\r\n`)],
    ["multipart with line feeds only", 400, typed("; boundary=b", "--b\nContent-Disposition: form-data; name=url\n\nx\n--b--\n")], // prettier-ignore
    ["a part without a name", 400, typed("; boundary=b", "--b\r\nContent-Disposition: form-data; x=y\r\n\r\nx\r\n--b--\r\n")], // prettier-ignore
    ["a part that is an attachment", 400, typed("; boundary=b", `--b\r\n${part.replace("form-data", "attachment")}x\r\n--b--\r\n`)], // prettier-ignore
    ["a boundary of 71 characters", 400, typed(`; boundary=${"b".repeat(71)}`, `--${"b".repeat(71)}\r\n${part}x\r\n--${"b".repeat(71)}--\r\n`)], // prettier-ignore
    ["parameters of more than a MiB", 413, form({ x: "y".repeat(2 ** 20) })],
    ["JSON of more than a MiB", 413, json({ x: "y".repeat(2 ** 20) })],
    ["multipart parameters of more than a MiB", 413, multipart({ x: "y".repeat(2 ** 20 + 1) }, {})],
    ["a name whose quotes do not end", 400, typed("; boundary=b", `--b\r\n${part.replace('l"', "l")}x\r\n--b--\r\n`)], // prettier-ignore
    ["a name with text after its quotes", 400, typed("; boundary=b", `--b\r\n${part.replace('l"', 'l"x')}x\r\n--b--\r\n`)], // prettier-ignore
    ["51 files", 413, multipart({}, Object.fromEntries([...Array(51).keys()].map((n) => [`f${n}`, "x"])))],
    ["another encoding", 415, { headers: { "content-type": "application/json", "content-encoding": "br" }, body: "x" }],
  ])("%s, %i", async (_, status, call) => {
    const bot = await start({ local: true });
    await bot.call("setWebhook", { url: "http://127.0.0.1:9/" });
    const answer = await bot.raw("setWebhook", call);
    expect([answer.status, answer.text, answer.headers]).toEqual([status, "", { "content-length": "0" }]);
    expect(bot.telegram.state(bot.id).url).toBe("http://127.0.0.1:9/");
  });
});

test("multipart values that are more than a MiB only together are taken", async () => {
  const call = multipart({ x: "y".repeat(2 ** 20), z: "z".repeat(2 ** 20) }, {});
  const { parameters } = await journalled("getMe", call);
  expect([parameters?.x?.length, parameters?.z?.length]).toEqual([2 ** 20, 2 ** 20]);
});

test.each([
  ['"a;b"', "a;b"],
  ['"a\\"b"', 'a"b'],
  ['"a%5Fb"', "a_b"],
  ["a%5Fb ; x=y", "a_b"],
])("the name of a part, %s, is %s", async (written, name) => {
  const body = `--b\r\nContent-Disposition: form-data; name=${written}\r\n\r\nvalue\r\n--b--\r\n`;
  const call = { headers: { "content-type": "multipart/form-data; boundary=b" }, body };
  expect((await journalled("getMe", call)).parameters).toEqual({ [name]: "value" });
});

/** The status that bytes are answered with, in which <path> stands for that of getMe. */
async function statusOf(bytes: string): Promise<string | undefined> {
  const bot = await start();
  const wire = await Wire.open(bot.telegram.apiUrl);
  wire.send(Buffer.from(bytes.replace("<path>", `/bot${bot.token}/getMe`), "latin1"));
  const answer = await wire.answer();
  wire.close();
  return answer?.status.slice("HTTP/1.1 ".length);
}

test.each([
  ["a carriage return alone in a header", "GET <path> HTTP/1.1\r\nX: a\rb\r\n\r\n", "400 Bad Request"],
  ["a carriage return alone in the request line", "GET <path> HTTP/1.1\rx\r\nX: a\r\n\r\n", "400 Bad Request"],
  ["a negative length", "POST <path> HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "413 Request Entity Too Large"],
  ["a length over 64 bits, which begins anew", "POST <path> HTTP/1.1\r\nContent-Length: 18446744073709551616\r\n\r\n", "200 OK"], // prettier-ignore
  ["a chunk length of nine digits", "POST <path> HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n000000000\r\n\r\n", "400 Bad Request"], // prettier-ignore
  ["the encoding none", "POST <path> HTTP/1.1\r\nContent-Encoding: none\r\nContent-Length: 1\r\n\r\nx", "200 OK"],
  ["a second encoding that is not known", "POST <path> HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n", "501 Not Implemented"], // prettier-ignore
])("%s: %j is answered %s", async (_, bytes, status) => {
  expect(await statusOf(bytes)).toBe(status);
});

test("only the server's own white space is left out around a value", async () => {
  const bot = await start({ local: true });
  for (const text of ["hello", "hello again"]) bot.telegram.message(bot.id, { text });
  const url = "http://127.0.0.1:9/";
  await bot.set({ url, drop_pending_updates: "\u00a0true" });
  const pending = bot.telegram.pending(bot.id);
  await bot.set({ url, drop_pending_updates: "\v true\t" });
  expect([pending, bot.telegram.pending(bot.id)]).toEqual([2, 0]);
});

test("bytes that are no UTF-8 go out as they came in", async () => {
  const bot = await start({ local: true });
  const body = Buffer.from("url=http://127.0.0.1:9/%ff%c3%a4");
  await bot.raw("setWebhook", { ...form({}), body });
  const wire = await Wire.open(bot.telegram.apiUrl);
  wire.send(Buffer.from(`GET /bot${bot.token}/getWebhookInfo HTTP/1.1\r\n\r\n`));
  expect((await wire.answer())?.body).toContain('"url":"http://127.0.0.1:9/\xff\xc3\xa4"');
  wire.close();
});

describe("the journal", () => {
  test("holds every call with parameters, encoding, agent, status and description", async () => {
    const bot = await start({ now: () => new Date("2026-03-01T12:00:00Z") });
    const call = json({ url: "https://a.example.com/", secret_token: "in-clear" });
    await bot.raw("setWebhook", { ...call, headers: { ...call.headers, "user-agent": "a client" } });
    expect(bot.telegram.journal()).toEqual([
      {
        n: 1,
        at: "2026-03-01T12:00:00.000Z",
        by: "client",
        botId: bot.id,
        test: false,
        method: "setWebhook",
        parameters: { url: "https://a.example.com/", secret_token: "in-clear" },
        files: {},
        encoding: "json",
        userAgent: "a client",
        status: 400,
        description: "Bad Request: bad webhook: Failed to resolve host: Name or service not known",
      },
    ]);
  });

  test("never holds a token, wherever it was sent", async () => {
    const bot = await start({ local: true });
    const url = `http://127.0.0.1:9/${bot.token}`;
    const call = json({ url, [bot.token]: bot.token, secret_token: "x" });
    await bot.raw("setWebhook", { ...call, headers: { ...call.headers, "user-agent": bot.token } });
    await bot.raw(bot.token);
    await request(`${bot.telegram.apiUrl}/bot${WELL_FORMED}/getMe?token=${WELL_FORMED}`);
    bot.telegram.message(bot.id, { text: "hello" });
    await bot.telegram.clock.advance(1);
    const written = JSON.stringify([bot.telegram.journal(), bot.telegram.deliveries()]);
    expect(written).not.toContain(bot.token.slice(7));
    expect(written).not.toContain(WELL_FORMED.slice(4));
    expect(bot.telegram.journal({ method: "setWebhook" })[0]?.parameters.url).toBe("http://127.0.0.1:9/123456:***");
  });

  test("can be read by bot, method and caller, and cleared without counting anew", async () => {
    const bot = await start();
    await bot.raw("getMe");
    await bot.telegram.outsider(bot.id).deleteWebhook();
    const count = (filter: Parameters<typeof bot.telegram.journal>[0]) => bot.telegram.journal(filter).length;
    expect([
      count({ method: "getme" }),
      count({ by: "outsider" }),
      count({ botId: 123456 }),
      count({ botId: "9" }),
    ]).toEqual([1, 1, 2, 0]);
    bot.telegram.clearJournal();
    await bot.raw("getMe");
    expect(bot.telegram.journal().map(({ n }) => n)).toEqual([3]);
  });
});
