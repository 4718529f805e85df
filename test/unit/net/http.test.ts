// The one way out over HTTP: through which proxy, for how long, how much of an answer; and the same for vendors' SDKs.
import { createServer } from "node:http";
import type { RequestListener } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import type { AddressInfo, Server as TcpServer, Socket } from "node:net";
import { hostname } from "node:os";
import type { HttpAnswer, HttpRequest } from "../../../provider/core/http";
import type { OperationContext } from "../../../provider/core/logic";
import { vendorOf } from "../../../provider/dns/vendors";
import { dateOf, jsonOf, lineOf, statusOf } from "../../../provider/net/answer";
import { httpClient } from "../../../provider/net/http";
import { fetchThrough, requestHandlerThrough } from "../../../provider/net/sdk";
import { telegramApi } from "../../../provider/telegram/api";
import { RateLimiter } from "../../../provider/telegram/pace";

const proxyVariables = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"]; // prettier-ignore
const recorded = { ...process.env };
const servers: TcpServer[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const name of proxyVariables) delete process.env[name];
  for (const name of proxyVariables) if (recorded[name] !== undefined) process.env[name] = recorded[name];
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});
beforeEach(() => {
  for (const name of proxyVariables) delete process.env[name];
});

/** The address of a server of this test. */
async function serve(server: TcpServer): Promise<string> {
  servers.push(server);
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (listener: RequestListener) => serve(createServer(listener));
const answeringWith = (body: string) => answering((_request, response) => response.end(body));

/** A proxy that leads every name to one address, and the hosts that it was asked for. */
async function startProxy(target: string): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const [host, port] = target.split(":");
  const server = createServer().on("connect", ({ url }, socket: Socket) => {
    asked.push(String(url));
    const far = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      far.pipe(socket).pipe(far);
    });
    far.on("error", () => socket.destroy());
    socket.on("error", () => far.destroy());
    sockets.add(far);
  });
  return { url: `http://${await serve(server)}`, asked };
}

const request = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: "GET",
  url,
  signals: [AbortSignal.timeout(60_000)],
  timeoutSeconds: 60,
  ...more,
});
const textOf = ({ body }: HttpAnswer) => body.toString();

describe("the proxy of the environment", () => {
  test("is used for a name that is somewhere else", async () => {
    const { url, asked } = await startProxy(await answeringWith("far"));
    process.env["HTTP_PROXY"] = url;
    expect(textOf(await httpClient()(request("http://far.example.test/")))).toBe("far");
    expect(asked).toEqual(["far.example.test:80"]);
  });

  test("is not used for NO_PROXY, nor for this machine, where the proxy is another one", async () => {
    const near = await answeringWith("near");
    const { url, asked } = await startProxy(near);
    process.env["HTTP_PROXY"] = url;
    process.env["HTTPS_PROXY"] = url;
    process.env["NO_PROXY"] = "inside.example.test";
    const http = httpClient();
    const port = near.split(":")[1];
    for (const host of ["127.0.0.1", "localhost"]) {
      expect(textOf(await http(request(`http://${host}:${port}/`)))).toBe("near");
    }
    await expect(http(request("http://inside.example.test:9/"))).rejects.toThrow(/inside\.example\.test/);
    expect(asked).toEqual([]);
  });

  const ownName = hostname();
  test.each([
    ...["127.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.0.0.1.", "127.9.9.9", "0.0.0.0", "0"],
    ...["localhost.", "LOCALHOST", "x.localhost", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[0:0::ffff:7f00:1]"],
    ...["ip6-localhost", "ip6-loopback", "localhost.localdomain", "localhost4", "localhost6", ownName, `${ownName}.`],
  ])("is not used for %s, which is this machine, with a token in the path", async (host) => {
    const near = await answeringWith("near");
    const { url, asked } = await startProxy(near);
    process.env["HTTP_PROXY"] = url;
    process.env["HTTPS_PROXY"] = url;
    const to = `http://${host}:${near.split(":")[1]}/bot1:secret/getMe`;
    // Where this machine has no such name or no IPv6 there is no answer; it is asked directly all the same.
    const told = await httpClient()(request(to)).then(textOf, (error: Error) => error.name);
    expect([["near", "NoAnswer"].includes(told), asked]).toEqual([true, []]);
    const send = fetchThrough(httpClient(), { timeoutSeconds: 60, signal: AbortSignal.timeout(60_000) });
    await send(to).catch(() => undefined);
    expect(asked).toEqual([]);
  });

  test.each([
    "127.0.0.1.nip.io",
    "localhost.example.test",
    "[::ffff:8.8.8.8]",
    "notlocalhost",
    "localhost5",
    "128.0.0.1",
  ])("is used for %s, which only looks like this machine", async (host) => {
    const { url, asked } = await startProxy(await answeringWith("far"));
    process.env["HTTP_PROXY"] = url;
    expect(textOf(await httpClient()(request(`http://${host}/`)))).toBe("far");
    expect(asked).toHaveLength(1);
  });

  const context = {
    signal: AbortSignal.timeout(60_000),
    config: () => undefined,
    hide: () => undefined,
    random: () => 0,
  };
  const place = { zone: "example.test", fqdn: "bots.example.test", type: "A" } as const;
  test.each([
    [
      "Cloudflare",
      { cloudflare: { apiToken: "t", zoneId: "z", proxied: false, apiUrl: "http://far.example.test/client/v4" } },
    ],
    [
      "AWS",
      { route53: { accessKeyId: "a", secretAccessKey: "s", hostedZoneId: "Z1", endpoint: "http://far.example.test" } },
    ],
  ])("is used by the SDK of %s", async (_name, via) => {
    const { url, asked } = await startProxy(
      await answering((_request, response) => response.writeHead(403).end("<html>who are you?</html>")),
    );
    process.env["HTTP_PROXY"] = url;
    const vendor = vendorOf(via, httpClient()).open(context as unknown as OperationContext);
    await expect(vendor.find(place)).rejects.toThrow(
      /to look for the A record bots\.example\.test was refused \(403\)/,
    );
    expect(asked).toEqual(["far.example.test:80"]);
  });
});

describe("an answer", () => {
  test("that is larger than the limit is a failure that says so, and is not read to its end", async () => {
    let sent = 0;
    const address = await answering((_request, response) => {
      const more = () => {
        while (!response.destroyed && sent < 100 * 2 ** 20) {
          sent += 2 ** 16;
          if (!response.write(Buffer.alloc(2 ** 16))) return void response.once("drain", more);
        }
      };
      more();
    });
    const http = httpClient();
    const failed = await http(request(`http://${address}/`)).catch((error: unknown) => error);
    expect(failed).toMatchObject({ name: "NoAnswer", isTooLarge: true });
    expect((failed as Error).message).toBe("the answer is larger than 1048576 bytes");
    expect(sent).toBeLessThan(20 * 2 ** 20);
    await expect(http(request(`http://${address}/`, { maxBytes: 10 }))).rejects.toThrow("larger than 10 bytes");
  });

  test("of the Bot API that is too large is told as such, and asked for again", async () => {
    let asked = 0;
    const page = `{"ok":true,"result":{"url":"${"x".repeat(2 ** 21)}"}}`;
    const none = JSON.stringify({
      ok: true,
      result: { url: "", has_custom_certificate: false, pending_update_count: 0 },
    });
    const address = await answering((_request, response) => response.end(asked++ < 1 ? page : none));
    const context = {
      signal: AbortSignal.timeout(60_000),
      random: () => 0,
      now: () => new Date(),
      sleep: () => Promise.resolve(),
    };
    const bot = { apiUrl: `http://${address}`, token: "1:x", testEnvironment: false, context: context as never };
    const api = telegramApi({ http: httpClient(), pace: new RateLimiter() });
    expect(await api.getWebhookInfo(bot)).toMatchObject({ url: "" });
    asked = -9;
    await expect(api.setWebhook(bot, { url: "", maxConnections: 1, allowedUpdates: [] }, false)).rejects.toMatchObject({
      code: "TELEGRAM_UNCLEAR",
      message: `telegram setWebhook for bot 1 at ${address}: the answer is larger than 262144 bytes, which is not the Bot API's JSON.`,
    });
  });

  test("that stops in the middle is waited for until the limit", async () => {
    const address = await answering((_request, response) => void response.write("{"));
    const began = performance.now();
    await expect(httpClient()(request(`http://${address}/`, { timeoutSeconds: 0.2 }))).rejects.toThrow("it took too long"); // prettier-ignore
    expect(performance.now() - began).toBeLessThan(30_000);
  });

  test.each(["head", "body"])(
    "that comes byte by byte, without an end, in its %s is given up at the limit",
    async (where) => {
      const timers: NodeJS.Timeout[] = [];
      const server = createTcpServer((socket) => {
        socket.on("error", () => undefined);
        socket.write(where === "head" ? "HTTP/1.1 200 OK\r\nx: " : "HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n");
        timers.push(setInterval(() => socket.write("x"), 20));
      });
      const address = await serve(server);
      const asked = request(`http://${address}/`, { timeoutSeconds: 0.5, signals: [AbortSignal.timeout(20_000)] });
      try {
        await expect(httpClient()(asked)).rejects.toThrow("it took too long");
      } finally {
        for (const timer of timers) clearInterval(timer);
      }
    },
  );

  test.each([199, 600, 700, 999])("with a status of %d is no answer for an SDK, in words", async (status) => {
    const address = await serve(
      createTcpServer((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => socket.end(`HTTP/1.1 ${status} Odd\r\ncontent-length: 0\r\n\r\n`));
      }),
    );
    const send = fetchThrough(httpClient(), { timeoutSeconds: 2, signal: AbortSignal.timeout(20_000) });
    const said = await send(`http://${address}/`).catch((error: Error) => `${error.name}: ${error.message}`);
    expect(said).toMatch(status === 199 ? /^NoAnswer: / : new RegExp(`^NoAnswer: answered with status ${status}$`));
  });

  test("that redirects is an answer: nothing is sent to another host, for an SDK either", async () => {
    let followed = 0;
    const other = await answering((_request, response) => {
      followed += 1;
      response.end();
    });
    const address = await answering((_request, response) => {
      response.writeHead(307, { location: `http://${other}/` }).end();
    });
    const http = httpClient();
    const limits = { timeoutSeconds: 60, signal: AbortSignal.timeout(60_000) };
    const [hostname = "", port] = address.split(":");
    const asked = { method: "GET", protocol: "http:", hostname, port: Number(port), path: "/", headers: {} };
    expect((await http(request(`http://${address}/`))).status).toBe(307);
    expect((await fetchThrough(http, limits)(`http://${address}/`)).status).toBe(307);
    expect((await requestHandlerThrough(http, limits).handle(asked)).response.statusCode).toBe(307);
    expect(followed).toBe(0);
  });

  test("is JSON, or one line that can be printed; its time is the far side's", () => {
    const of = (text: string, headers = {}) => ({ status: 502, headers, body: Buffer.from(text) });
    expect(jsonOf(of('{"ok":1}'))).toEqual({ value: { ok: 1 } });
    expect(jsonOf(of('{"ok":'))).toBeUndefined();
    const page = of(`<h1>\u001b[31m Bad\r\n\tgateway \u202e</h1>${"x".repeat(500)}`);
    expect(`${statusOf(page)} ${lineOf(page).slice(0, 30)}`).toBe("502 Bad Gateway <h1> [31m Bad gateway </h1>xxx");
    expect(lineOf(page)).toHaveLength(200);
    const now = new Date("2026-11-20T12:30:00Z");
    expect(dateOf(of("", { date: "Sat, 21 Nov 2026 12:00:00 GMT" }), now)?.toISOString()).toBe(
      "2026-11-21T12:00:00.000Z",
    );
    const others = ["soon", "", "Tue, 01 Jan 275760", "Sat, 21 Nov 2026 13:00:00 GMT", "2026-11-20T12:00:00Z"];
    for (const date of others) expect(dateOf(of("", { date }), now)).toBeUndefined();
    expect(dateOf(of(""), now)).toBeUndefined();
  });
});

test("a request ends with the first of its signals, and says when it was the operation's deadline", async () => {
  const address = await answering(() => undefined);
  const http = httpClient();
  const own = new AbortController();
  const never = new AbortController().signal;
  const sdk = fetchThrough(http, { timeoutSeconds: 60, signal: never });
  setTimeout(() => own.abort(new Error("the SDK gave up")), 50);
  await expect(sdk(`http://${address}/`, { signal: own.signal })).rejects.toThrow("the SDK gave up");
  const deadline = fetchThrough(http, { timeoutSeconds: 60, signal: AbortSignal.timeout(50) });
  await expect(deadline(`http://${address}/`, { signal: never })).rejects.toThrow(
    "the operation's deadline has passed (customTimeouts sets it)",
  );
  await expect(sdk(`http://${address}/`, { signal: AbortSignal.abort(new Error("too late")) })).rejects.toThrow("too late"); // prettier-ignore
});

test("what an SDK sends arrives as it was given: method, query, headers and body", async () => {
  const seen: unknown[] = [];
  const address = await answering((got, response) => {
    let body = "";
    got.on("data", (chunk: Buffer) => (body += chunk.toString()));
    got.on("end", () => {
      seen.push([got.method, got.url, got.headers["x-own"], body]);
      response.writeHead(got.method === "DELETE" ? 204 : 201, { "x-far": ["a", "b"] }).end();
    });
  });
  const limits = { timeoutSeconds: 60, signal: AbortSignal.timeout(60_000) };
  const http = httpClient();
  const send = fetchThrough(http, limits);
  const made = await send(new URL(`http://${address}/a?b=c`), {
    method: "POST",
    headers: [["x-own", "1"]],
    body: "{}",
  });
  expect([made.status, made.headers.get("x-far")]).toEqual([201, "a, b"]);
  expect((await send(`http://${address}/a`, { method: "DELETE" })).status).toBe(204);
  const [hostname = "", port] = address.split(":");
  await requestHandlerThrough(http, limits).handle({
    ...{ method: "PUT", protocol: "http:", hostname, port: Number(port), path: "/zone/Z1" },
    ...{ query: { name: "*.a(b)", type: ["A", "TXT"], flag: null }, headers: { "x-own": "2" } },
    body: Buffer.from("<xml/>"),
  });
  expect(seen).toEqual([
    ["POST", "/a?b=c", "1", "{}"],
    ["DELETE", "/a", undefined, ""],
    ["PUT", "/zone/Z1?name=%2A.a%28b%29&type=A&type=TXT&flag", "2", "<xml/>"],
  ]);
  await expect(send(`http://${address}/`, { method: "POST", body: new URLSearchParams("a=b") })).rejects.toThrow(
    "only text and bytes are carried in a request",
  );
});
