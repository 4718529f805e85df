// What the environment can hold for proxies: which variable counts, in which form, and what is said of one that cannot be used.
import { createServer as createHttpServer } from "node:http";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { httpClient } from "../../../provider/net/http";
import { proxyFor, wayProblem } from "../../../provider/net/proxies";

const [https, http] = [new URL("https://api.telegram.org/x"), new URL("http://far.example.test/x")];
const password = "pa55word-of-the-proxy";

const variables = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
const recorded = { ...process.env };
const servers: Server[] = [];
const sockets = new Set<Socket>();
beforeEach(() => variables.forEach((name) => delete process.env[name]));
afterEach(async () => {
  for (const name of variables) delete process.env[name];
  for (const name of variables) if (recorded[name] !== undefined) process.env[name] = recorded[name];
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});
async function serve(server: Server): Promise<number> {
  servers.push(server.on("connection", (socket: Socket) => sockets.add(socket.on("error", () => undefined))));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
const get = (url: string) =>
  httpClient()({ method: "GET", url, signals: [AbortSignal.timeout(60_000)], timeoutSeconds: 60 });

test.each<[string, URL, Record<string, string>, string | undefined, string | undefined]>([
  ["HTTPS_PROXY", https, { HTTPS_PROXY: "http://p:1" }, "HTTPS_PROXY", "http://p:1"],
  ["small letters", https, { https_proxy: "http://p:1" }, "https_proxy", "http://p:1"],
  ["small letters before capitals", https, { https_proxy: "http://p:1", HTTPS_PROXY: "http://q:1" }, "https_proxy", "http://p:1"],
  ["an empty variable beside another one", https, { https_proxy: "", HTTPS_PROXY: "http://q:1" }, "HTTPS_PROXY", "http://q:1"],
  ["an empty variable alone", https, { HTTPS_PROXY: " " }, undefined, undefined],
  ["ALL_PROXY", https, { ALL_PROXY: "http://p:1" }, "ALL_PROXY", "http://p:1"],
  ["ALL_PROXY for http", http, { all_proxy: "http://p:1" }, "all_proxy", "http://p:1"],
  ["a proxy of its own before ALL_PROXY", https, { ALL_PROXY: "http://p:1", HTTPS_PROXY: "http://q:1" }, "HTTPS_PROXY", "http://q:1"],
  ["the proxy of http for https", https, { HTTP_PROXY: "http://p:1" }, "HTTP_PROXY", "http://p:1"],
  ["the proxy of https for http", http, { HTTPS_PROXY: "http://p:1" }, undefined, undefined],
  ["a value without a scheme", https, { HTTPS_PROXY: "proxy.corp:3128" }, "HTTPS_PROXY", "http://proxy.corp:3128"],
  ["an address without a scheme", https, { HTTPS_PROXY: "10.0.0.1:3128" }, "HTTPS_PROXY", "http://10.0.0.1:3128"],
  ["a user without a scheme", https, { HTTPS_PROXY: "me:x@proxy.corp:3128" }, "HTTPS_PROXY", "http://me:x@proxy.corp:3128"],
  ["socks5", https, { HTTPS_PROXY: "socks5://p:1080" }, "HTTPS_PROXY", "socks5://p:1080"],
  ["socks5h", https, { HTTPS_PROXY: "socks5h://p:1080" }, "HTTPS_PROXY", "socks5://p:1080"],
  ["socks", https, { HTTPS_PROXY: "SOCKS://p:1080" }, "HTTPS_PROXY", "socks5://p:1080"],
])("%s: the proxy is as curl takes it", (_what, url, environment, variable, proxy) => {
  const found = proxyFor(url, environment);
  expect([found?.variable, found?.url]).toEqual([variable, proxy]);
}); // prettier-ignore

test.each([
  ["api.telegram.org", true],
  ["telegram.org", true],
  [".telegram.org", true],
  ["*.telegram.org", true],
  ["TELEGRAM.ORG", true],
  ["a.example, telegram.org", true],
  ["a.example telegram.org", true],
  ["telegram.org:443", true],
  ["telegram.org:8443", false],
  ["gram.org", false],
  ["*", true],
  ["", false],
  [",", false],
  ["10.0.0.0/8", false],
])("NO_PROXY=%j excepts api.telegram.org: %s", (exceptions, isExcepted) => {
  const found = proxyFor(https, { HTTPS_PROXY: "http://p:1", NO_PROXY: exceptions });
  expect(found === undefined).toBe(isExcepted);
});

test("NO_PROXY excepts addresses, ranges and addresses of IPv6", () => {
  const isExcepted = (url: string, exceptions: string) =>
    proxyFor(new URL(url), { ALL_PROXY: "http://p:1", no_proxy: exceptions }) === undefined;
  expect(isExcepted("https://10.1.2.3/", "10.0.0.0/8")).toBe(true);
  expect(isExcepted("https://11.1.2.3/", "10.0.0.0/8")).toBe(false);
  expect(isExcepted("https://10.1.2.3/", "10.1.2.3")).toBe(true);
  expect(isExcepted("https://[2001:db8::1]/", "[2001:db8::1]")).toBe(true);
  expect(isExcepted("https://[2001:db8::1]/", "2001:db8::1")).toBe(true);
});

test.each([
  ["socks4://u:PASSWORD@p:1080", "HTTPS_PROXY names a proxy of the kind socks4, which cannot be used; give one of http, https or socks5"],
  ["socks4a://u:PASSWORD@p:1080", "HTTPS_PROXY names a proxy of the kind socks4a, which cannot be used; give one of http, https or socks5"],
  ["ftp://p:1", "HTTPS_PROXY names a proxy of the kind ftp, which cannot be used; give one of http, https or socks5"],
  ["http://u:PASSWORD#1@p:x", "HTTPS_PROXY is no address of a proxy; give http://<host>:<port>, with signs such as @, / and # in a password percent-encoded"],
  ["http://", "HTTPS_PROXY is no address of a proxy; give http://<host>:<port>, with signs such as @, / and # in a password percent-encoded"],
])("HTTPS_PROXY=%s is named, with what would work and without its password", async (value, says) => {
  process.env["HTTPS_PROXY"] = value.replace("PASSWORD", password);
  const error = await get("https://far.example.test/").catch((one: Error) => one);
  expect((error as Error).message).toBe(says);
  expect(JSON.stringify(error)).not.toContain(password);
}); // prettier-ignore

test("no request is sent to find out that none could be: only the proxy that would be asked counts", () => {
  const problem = (url: string, variables: Record<string, string>) => wayProblem(url, { variables, ownName: "here" });
  const socks4 = { HTTPS_PROXY: "socks4://p:1" };
  expect(problem("https://api.telegram.org", socks4)).toMatch(/^HTTPS_PROXY names a proxy of the kind socks4, /);
  expect(problem("https://api.telegram.org", { ...socks4, NO_PROXY: "telegram.org" })).toBeUndefined();
  expect(problem("https://api.telegram.org", { HTTPS_PROXY: "socks5h://p:1" })).toBeUndefined();
  expect(problem("http://127.0.0.1:8081", { HTTP_PROXY: "socks4://p:1" })).toBeUndefined();
  expect(problem("http://here:8081", { HTTP_PROXY: "socks4://p:1" })).toBeUndefined();
  expect(problem("no URL", socks4)).toBeUndefined();
});

test("a proxy that does not answer is named by its variable, without its password", async () => {
  process.env["HTTPS_PROXY"] = `http://me:${password}@127.0.0.1:9`;
  const error = (await get("https://far.example.test/").catch((one: Error) => one)) as Error;
  expect(error.message).toMatch(/127\.0\.0\.1:9 \(through the proxy of HTTPS_PROXY\)$/);
  expect(error.message).not.toContain(password);
});

test("HTTPS_PROXY=socks5h:// and ALL_PROXY lead through the proxy, which resolves the name", async () => {
  const target = await serve(createHttpServer((_request, response) => response.end("far")));
  const asked: string[] = [];
  const proxy = await serve(
    createServer((socket) => {
      socket.once("data", () => {
        socket.write(Buffer.from([5, 0]));
        socket.once("data", (request: Buffer) => {
          asked.push(request.subarray(5, 5 + (request[4] ?? 0)).toString());
          const far = connect(target, "127.0.0.1", () => {
            socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 80]));
            socket.pipe(far).pipe(socket);
          });
          sockets.add(far.on("error", () => undefined));
        });
      });
    }),
  );
  process.env["ALL_PROXY"] = `socks5h://127.0.0.1:${proxy}`;
  expect((await get("http://far.example.test/")).body.toString()).toBe("far");
  expect(asked).toEqual(["far.example.test"]);
});
