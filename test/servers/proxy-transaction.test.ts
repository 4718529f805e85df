// What of the transaction is nginx's own, on a real nginx; what every server promises is in support/contract-changes.ts.
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { connect as connectTls } from "node:tls";
import { request, statusOf } from "../support/attacks";
import { certificateFor, exchange, filesBelow, headOf, locationRoute, startBot, startNginx } from "../support/nginx";
import type { Bot, Nginx } from "../support/nginx";
import { applyInProcess, applyRoute, readRoute, removeRoute, routeOf, saidBy } from "../support/routes";

const address = "127.0.7.40";
const port = 8081;
const host = "bots.example.com";
let bot: Bot;
let nginx: Nginx;
beforeAll(async () => {
  bot = await startBot();
});
afterAll(() => bot.close());
afterEach(() => nginx.dispose());

/** The user's own site: the default server, and the host that our routes are on, at one port. */
const ownSite = `server { listen ${address}:${port} default_server; location / { return 200 default; } }
  server { listen ${address}:${port}; server_name ${host}; location / { return 200 own; } include {directory}/locations/${host}/*.conf; }`;
const begin = async (site = ownSite, more = {}) => {
  nginx = await startNginx(site, more);
  return nginx;
};

const args = (more: Record<string, unknown> = {}) =>
  locationRoute(nginx.settings, { hostname: host, listen: `${address}:${port}`, upstream: bot.url, ...more });
const apply = (more?: Record<string, unknown>, lines?: string[]) => applyRoute(routeOf(args(more)), lines);
const listener = (more: Record<string, unknown> = {}) => ({ attach: "listener", listen: `${address}:8443`, ...more });

const status = (secret = "secret-of-b1", at = "/tg/b1", on = port) =>
  statusOf({ host, address, port: on, path: at }, secret);
/** Every file of ours with its text. */
const files = () => filesBelow(nginx.settings.directory);

describe("what somebody else has is not taken:", () => {
  test("an address and port of another server block", async () => {
    await begin(`${ownSite} server { listen 8444; return 200 wild; }`);
    expect(await saidBy(apply(listener({ listen: `${address}:${port}` })))).toMatch(
      /: 127\.0\.7\.40:8081 is served by .*nginx\.conf:\d+ already; use attach "location" there, or another address or port\. Nothing was changed\.$/,
    );
    expect(await saidBy(apply(listener({ listen: `${address}:8444` })))).toContain("is served by");
    expect(files()).toEqual({ lock: "" });
  });

  test("a port that another program listens on for IPv6 and IPv4 was told as another configuration", async () => {
    await begin();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen({ port: 0, host: "::" }, resolve));
    const listen = `${address}:${(other.address() as AddressInfo).port}`;
    const said = await saidBy(apply(listener({ listen })));
    other.close();
    expect(said).toContain(
      `${listen} is in use by another program (node, process ${process.pid}); see \`ss -ltnp\` on the machine. Nothing was changed.`,
    );
  });

  test("the line that loads our files is asked for, at the http level and in the server block", async () => {
    await begin(`server { listen ${address}:${port}; server_name ${host}; location / { return 200 own; } }`);
    const { directory } = nginx.settings;
    expect(await saidBy(apply())).toContain(
      `nginx does not load our files. Add the line \`include ${directory}/locations/${host}/*.conf;\` to the server block of ${host}, and run pulumi up again. What was there before is back.`,
    );
    await nginx.dispose();
    await begin(ownSite, { include: false });
    expect(await saidBy(apply())).toContain(
      `Add the line \`include ${nginx.settings.directory}/*.conf;\` to the http block of nginx.conf, above every server block`,
    );
    expect(files()).toEqual({ lock: "" });
  });

  test("the line that loads our files was taken out after the first up: the repair said that nginx took the reload", async () => {
    await begin();
    const state = await apply();
    const configuration = path.join(nginx.home, "nginx.conf");
    const before = readFileSync(configuration, "utf8");
    for (const [line, cure] of [
      [
        /include \S*\/locations\/\S+\/\*\.conf;/,
        /Add the line `include \S+\/locations\/bots\.example\.com\/\*\.conf;` to the server block of bots\.example\.com/,
      ],
      [
        /include [^;]*\/[^/;]+\/\*\.conf;/,
        /Add the line `include \S+\/\*\.conf;` to the http block of nginx\.conf, above every server block/,
      ],
    ] as const) {
      writeFileSync(configuration, before.replace(line, ""));
      expect(await saidBy(applyRoute(routeOf(args()), [], state))).toMatch(
        new RegExp(`: nginx does not load our files\\. ${cure.source}, and run pulumi up again\\.`),
      );
    }
  });

  test("an nginx that does not run was told as an invalid PID number", async () => {
    await begin();
    await apply();
    await nginx.stop();
    expect(await saidBy(apply({ secretTokens: ["newer"] }))).toMatch(
      /nginx does not run, according to its pid file \(.*\); start it, and run pulumi up again\./,
    );
  });
});

test("a listener with proxy_protocol was told as an nginx without an answer, and the secret stood in its error log", async () => {
  await begin(`server { listen ${address}:${port} proxy_protocol; server_name ${host}; include {directory}/locations/${host}/*.conf; }
    server { listen 127.0.7.41:${port}; }`);
  const state = await apply();
  const update = request({
    host,
    port,
    path: "/tg/b1",
    secrets: ["secret-of-b1", "x"],
    otherSecret: "",
    longerPath: "",
  });
  expect(await exchange(address, port, `PROXY TCP4 127.0.0.1 ${address} 50000 ${port}\r\n${update}`)).toMatch(
    /^HTTP\/1.1 200 /,
  );
  expect(await readRoute(state)).toMatchObject({ verified: true });
  await removeRoute(state);
  expect(nginx.errorLog()).toContain("signal");
  expect(nginx.errorLog()).not.toMatch(/PROXY protocol|secret-of-b1/);
});

describe("changes that come together:", () => {
  test("routes of several hosts that go together leave no folder, and only we may read their keys", async () => {
    await begin();
    const hosts = ["bots.example.com", "other.example.com"];
    const routes = hosts.map(async (hostname) =>
      apply(listener({ hostname, tls: { pem: await certificateFor(hostname) } })),
    );
    const states = await Promise.all(routes);
    for (const hostname of hosts) {
      const site = path.join(nginx.settings.directory, "sites", `${address}_8443_${hostname}`);
      expect([statSync(path.join(site, "key.pem")).mode & 0o777, statSync(site).mode & 0o777]).toEqual([0o600, 0o700]);
    }
    await Promise.all(states.map((state) => removeRoute(state)));
    expect(readdirSync(nginx.settings.directory)).toEqual(["lock"]);
  });

  test("two processes change one machine at once, and neither undoes the other", async () => {
    await begin();
    const children = ["/tg/a", "/tg/b"].flatMap((one) =>
      ["1", "2", "3"].map((at) => applyInProcess(routeOf(args({ path: one + at })))),
    );
    const ends = await Promise.all(
      children.map((child) => new Promise<number | null>((resolve) => child.once("exit", resolve))),
    );
    expect(ends).toEqual(ends.map(() => 0));
    for (const one of ["/tg/a1", "/tg/a2", "/tg/a3", "/tg/b1", "/tg/b2", "/tg/b3"])
      expect(await status("secret-of-b1", one)).toBe(200);
    expect(Object.keys(files()).filter((name) => /\.(?:bak|new)$|undo/.test(name))).toEqual([]);
  });
});

test("a folder that cannot be written is one sentence, and a removal of nothing succeeds", async () => {
  await begin();
  writeFileSync(path.join(nginx.home, "file"), "");
  const directory = path.join(nginx.home, "file", "below");
  expect(await saidBy(apply({ server: { nginx: { ...nginx.settings, directory } } }))).toMatch(
    /The folder of nginx could not be made: .*Not a directory\. Nothing was changed\.$/,
  );
  const state = await apply();
  await removeRoute(state);
  await removeRoute(state);
  expect(nginx.reloads()).toBe(2);
});

test("a listener by address takes the certificate files of the machine, and a socket as the bot", async () => {
  await begin();
  const { certificatePem, privateKeyPem } = await certificateFor(address);
  const [certificateFile, keyFile, socket] = ["cert.pem", "key.pem", "bot.sock"].map((name) =>
    path.join(nginx.home, name),
  );
  writeFileSync(certificateFile ?? "", certificatePem);
  writeFileSync(keyFile ?? "", privateKeyPem, { mode: 0o600 });
  const seen: string[] = [];
  const server = createHttpServer((incoming, response) => {
    seen.push(`${incoming.method} ${incoming.url} ${incoming.headers.host}`);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  chmodSync(socket ?? "", 0o777);
  try {
    const files = { certificateFile, keyFile };
    const state = await apply(listener({ hostname: address, tls: { files }, upstream: `unix:${socket}:/hook` }));
    expect(state).toMatchObject({ url: `https://${address}:8443/tg/b1`, verified: true });
    expect(state.certificateSha256).toBeUndefined();
    // Telegram sends no server name to an address.
    const client = connectTls({ host: address, port: 8443, ca: certificatePem, checkServerIdentity: () => undefined });
    await new Promise((resolve, reject) => client.once("secureConnect", resolve).once("error", reject));
    const target = { host: address, port: 8443, path: "/tg/b1", otherSecret: "", longerPath: "" };
    client.write(request({ ...target, secrets: ["secret-of-b1", "x"] }));
    expect(await headOf(client)).toMatch(/^HTTP\/1.1 200 /);
    expect(seen).toEqual([`POST /hook ${address}`]);
    await removeRoute(state);
  } finally {
    server.close();
  }
});
