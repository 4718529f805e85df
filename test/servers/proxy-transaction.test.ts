// The transaction on a real nginx: whatever fails, the server runs what it ran before, and the files say the same.
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect as connectTls } from "node:tls";
import { placeIdOf } from "../../provider/proxy/route/fields";
import type { RouteState } from "../../provider/proxy/route/fields";
import { request, statusOf } from "../support/attacks";
import { certificateFor, exchange, filesBelow, headOf, locationRoute, startBot, startNginx } from "../support/nginx";
import type { Bot, Nginx } from "../support/nginx";
import { run } from "../support/process";
import { applyRoute, inTheEnd, readRoute, removeRoute, routeOf, saidBy } from "../support/routes";
import { until } from "../support/until";

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
const fileOf = (route: RouteState) =>
  path.join(nginx.settings.directory, "locations", host, `${placeIdOf(route)}.conf`);
const script = (name: string, text: string) => {
  const file = path.join(nginx.home, name);
  writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return file;
};

describe("a change that fails leaves files and server as they were:", () => {
  /** One route is in force; a change of it must fail, with these words. */
  async function failing(change: () => Record<string, unknown>, words: RegExp | string) {
    await begin();
    await apply();
    const before = files();
    const said = await saidBy(apply({ secretTokens: ["newer"], ...change() }));
    expect(said).toMatch(words);
    expect(said).toMatch(/^ProxyRoute route \(bots\.example\.com on this machine\): [^\n]*\.$/);
    expect(files()).toEqual(before);
    expect([await status(), await status("newer")]).toEqual([200, 401]);
  }
  const nginxWith = (more: Record<string, unknown>) => ({ server: { nginx: { ...nginx.settings, ...more } } });

  test("the checker refuses", () =>
    failing(
      () => ({ upstream: "http://no-such-host.invalid" }),
      /refuses the new configuration: \[emerg\] host not found .*What was there before is back\.$/,
    ));

  test("the checker warns of something new", () =>
    failing(
      () =>
        nginxWith({
          check: [
            script(
              "warns",
              `[ -e ${nginx.settings.directory}/undo ] && echo 'nginx: [warn] something new' >&2; exec "$@"`,
            ),
            ...nginx.settings.check,
          ],
        }),
      "nginx warns of the new configuration: [warn] something new. What was there before is back.",
    ));

  test("the checker fails before our change, and the line is somebody else's", async () => {
    await begin();
    await apply();
    const before = files();
    const text = readFileSync(nginx.config, "utf8");
    writeFileSync(nginx.config, text.replace("events {", "nonsense;\nevents {"));
    expect(await saidBy(apply({ secretTokens: ["newer"] }))).toMatch(
      /fails on what is there already: \[emerg\] unknown directive "nonsense" in .*nginx\.conf:2\. Nothing was changed\. Put that right first\.$/,
    );
    expect(files()).toEqual(before);
    expect(await status()).toBe(200);
  });

  test("the reload fails", () =>
    failing(
      () =>
        nginxWith({
          reload: [
            script(
              "no",
              `[ -e ${nginx.settings.directory}/undo ] && [ ! -e ${nginx.home}/tried ] && { touch ${nginx.home}/tried; echo 'no signal' >&2; exit 1; }; exec "$@"`,
            ),
            ...nginx.settings.reload,
          ],
        }),
      "nginx could not be reloaded: no signal. What was there before is back.",
    ));

  test("the reload says yes and does nothing", () =>
    failing(
      () => nginxWith({ reload: ["true"] }),
      /another configuration than the route's is in force for bots\.example\.com at 127\.0\.7\.40:8081: it answered 401\. nginx took the reload; .* error log\. What was there before is back\.$/,
    ));

  test("a file cannot be written because the disk is full", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-full-"));
    const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=96k", "tmpfs", folder]);
    expect(mounted.stderr).toBe("");
    try {
      await begin(ownSite, { folder });
      await apply();
      const before = files();
      await run("sh", ["-c", `cat /dev/zero > ${folder}/filler`]);
      expect(await saidBy(apply({ secretTokens: ["newer"] }))).toMatch(
        /could not be written on this machine: .*No space left on device\. Nothing was changed\.$/,
      );
      expect(files()).toEqual(before);
      expect([await status(), await status("newer")]).toEqual([200, 401]);
    } finally {
      await nginx.stop();
      await run("umount", [folder]);
    }
  });

  test("an address that cannot be bound, although -t and -s reload say yes", async () => {
    await begin();
    await apply();
    const before = files();
    const [reached, go] = [path.join(nginx.home, "reached"), path.join(nginx.home, "go")];
    const waits = script("waits", `touch ${reached}; while [ ! -e ${go} ]; do sleep 0.1; done; exec "$@"`);
    const server = { nginx: { ...nginx.settings, reload: [waits, ...nginx.settings.reload] } };
    const failing = saidBy(apply(listener({ path: "/tg/b2", server })));
    await until(() => existsSync(reached));
    const taken = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => taken.listen(8443, address, resolve));
    writeFileSync(go, "");
    const said = await failing;
    taken.close();
    expect(said).toMatch(
      /nginx does not answer for bots\.example\.com at 127\.0\.7\.40:8443: .*\. nginx took the reload;.*What was there before is back\.$/,
    );
    expect(files()).toEqual(before);
    expect(nginx.errorLog()).toContain("Address already in use");
    expect(await status()).toBe(200);
  }, 60_000);
});

describe("what somebody else has is not taken:", () => {
  test("an address and port of another server block", async () => {
    await begin(`${ownSite} server { listen 8444; return 200 wild; }`);
    expect(await saidBy(apply(listener({ listen: `${address}:${port}` })))).toMatch(
      /: 127\.0\.7\.40:8081 is served by .*nginx\.conf:\d+ already; use attach "location" there, or another address or port\. Nothing was changed\.$/,
    );
    expect(await saidBy(apply(listener({ listen: `${address}:8444` })))).toContain("is served by");
    expect(files()).toEqual({ lock: "" });
  });

  test("a port that another program listens on", async () => {
    await begin();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(8443, address, resolve));
    const said = await saidBy(apply(listener()));
    other.close();
    expect(said).toContain(
      `${address}:8443 is in use by another program; see \`ss -ltnp\` on the machine. Nothing was changed.`,
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
      /nginx does not run, by its own file of its process id \(.*\); start it, and run pulumi up again\./,
    );
  });

  test("the user's own sites answer the same before, during and after", async () => {
    await begin(`${ownSite} server { listen 127.0.7.41:${port}; location / { return 200 specific; } }`);
    const ask = async (name: string, to = address) =>
      exchange(to, port, `GET / HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`).then((text) =>
        text.replace(/^Date.*\r\n/m, ""),
      );
    const look = async () => [await ask("unknown.example.com"), await ask(host), await ask("x", "127.0.7.41")];
    const before = await look();
    const seen: string[][] = [];
    let isOver = false;
    const watching = (async () => {
      while (!isOver) seen.push(await look());
    })();
    const states = await Promise.all([apply(), apply(listener()), apply(listener({ path: "/tg/b2" }))]);
    await removeRoute(states[0]);
    await removeRoute(states[1]);
    isOver = true;
    await watching;
    seen.push(await look());
    expect(seen.length).toBeGreaterThan(10);
    for (const one of seen) expect(one).toEqual(before);
  });
});

describe("a run that is cut off:", () => {
  test("the next one puts back what was there, then does its work", async () => {
    await begin();
    await apply();
    const before = files();
    // What a loss of power leaves between swap and reload.
    const half = script("half", `kill -KILL $(ps -o ppid= -p $PPID); sleep 1`);
    const said = await saidBy(
      apply({ secretTokens: ["newer"], server: { nginx: { ...nginx.settings, reload: [half] } } }),
    );
    expect(said).toContain("this machine cut the connection (without a word); what was under way is put back there.");
    expect(Object.keys(files()).sort()).toEqual([...Object.keys(before), "undo.d/0.bak", "undo"].sort());
    const lines: string[] = [];
    await apply({ secretTokens: ["third"] }, lines);
    // The lock of the one that was cut off may still be held.
    expect(lines.filter((line) => !line.includes(": waiting for another run"))).toEqual([
      "this machine: an earlier run was cut off in the middle; what was there before it is back.",
    ]);
    expect([await status("third"), await status("newer"), await status()]).toEqual([200, 401, 401]);
    expect(Object.keys(files()).sort()).toEqual(Object.keys(before).sort());
  });

  test("the machine puts back what was there when the provider dies", async () => {
    await begin();
    await apply();
    const before = files();
    const [reached, slow] = [
      path.join(nginx.home, "reached"),
      script("slow", `[ -e ${nginx.home}/reached ] || { touch ${nginx.home}/reached; sleep 1; }; exec "$@"`),
    ];
    const inputs = routeOf(
      args({
        secretTokens: ["newer"],
        server: { nginx: { ...nginx.settings, reload: [slow, ...nginx.settings.reload] } },
      }),
    );
    const provider = applyInProcess(inputs);
    await until(() => existsSync(reached));
    provider.kill("SIGKILL");
    await until(() => JSON.stringify(files()) === JSON.stringify(before));
    await until(() => nginx.reloads() >= 3);
    const look = async () => [await status(), await status("newer")];
    expect(await inTheEnd(look, [200, 401])).toEqual([200, 401]);
  });
});

describe("changes that come together:", () => {
  test("twenty routes are one reload", async () => {
    await begin();
    const paths = Array.from({ length: 20 }, (_, at) => `/tg/b${at}`);
    const states = await Promise.all(paths.map((one) => apply({ path: one })));
    expect(nginx.reloads()).toBe(1);
    for (const one of paths) expect(await status("secret-of-b1", one)).toBe(200);
    await Promise.all(states.map((state) => removeRoute(state)));
    expect(nginx.reloads()).toBe(2);
    expect(files()).toEqual({ lock: "" });
  });

  test("routes of several hosts that go together leave no folder", async () => {
    await begin();
    const hosts = ["bots.example.com", "other.example.com"];
    const states = await Promise.all(hosts.map((hostname) => apply(listener({ hostname }))));
    await Promise.all(states.map((state) => removeRoute(state)));
    expect(readdirSync(nginx.settings.directory)).toEqual(["lock"]);
  });

  test("a bad one does not keep the good ones out", async () => {
    await begin();
    const [first, second, third] = await Promise.allSettled([
      apply(),
      apply({ path: "/tg/b2", upstream: "http://no-such-host.invalid" }),
      apply({ path: "/tg/b3" }),
    ]);
    expect([first.status, second.status, third.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect([await status(), await status("secret-of-b1", "/tg/b3")]).toEqual([200, 200]);
    expect(Object.keys(files()).filter((name) => name.startsWith("locations"))).toHaveLength(2);
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

describe("drift:", () => {
  test.each([
    [
      "an edited file",
      (state: RouteState) => writeFileSync(fileOf(state), `${readFileSync(fileOf(state), "utf8")}# x\n`),
      /was edited/,
    ],
    ["a file that is gone", (state: RouteState) => rmSync(fileOf(state)), /is gone/],
    ["the file for all", () => rmSync(path.join(nginx.settings.directory, "http.conf")), /http\.conf is gone/],
    [
      "an older generation",
      (state: RouteState) =>
        writeFileSync(fileOf(state), readFileSync(fileOf(state), "utf8").replace(/(Generation )\w+/, "$1abcdef")),
      /was edited; .*still runs the route as it was before/,
    ],
  ])("%s is said and repaired", async (_name, harm, words) => {
    await begin();
    const state = await apply();
    harm(state);
    const seen = (await readRoute(state)) as RouteState;
    expect([seen.verified, seen.sha256]).toEqual([false, state.sha256]);
    expect(seen.verificationProblem).toMatch(words);
    const repaired = await apply();
    expect(await readRoute(repaired)).toEqual(repaired);
    expect(repaired.verified).toBe(true);
    expect(await status()).toBe(200);
  });

  test("a certificate on disk, and one in force, that are not ours", async () => {
    await begin();
    const [pem, other] = await Promise.all([certificateFor(host), certificateFor(host)]);
    const state = await apply(listener({ tls: { pem } }));
    const site = path.join(nginx.settings.directory, "sites", `${address}_8443_${host}`);
    expect([statSync(path.join(site, "key.pem")).mode & 0o777, statSync(site).mode & 0o777]).toEqual([0o600, 0o700]);
    writeFileSync(path.join(site, "certificate.pem"), other.certificatePem);
    writeFileSync(path.join(site, "key.pem"), other.privateKeyPem);
    const [command = "", ...words] = nginx.settings.reload;
    await run(command, words);
    await until(() => nginx.reloads() === 2);
    const seen = (await readRoute(state)) as RouteState;
    expect(seen.verificationProblem).toMatch(/certificate\.pem differs from what was written; .*key\.pem differs .*/);
    const repaired = await apply(listener({ tls: { pem } }));
    expect(await readRoute(repaired)).toEqual(repaired);
    const rotated = await apply(listener({ tls: { pem: other } }));
    expect(rotated.certificateSha256).not.toBe(state.certificateSha256);
    expect(rotated.verified).toBe(true);
    await removeRoute(rotated);
    expect(files()).toEqual({ lock: "" });
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

/** Another process of Node that applies a route with the built package. */
function applyInProcess(inputs: object) {
  const dist = path.join(__dirname, "../../dist/provider");
  const source = `
    const { logics } = require(${JSON.stringify(path.join(dist, "registry.js"))});
    const { pause } = require(${JSON.stringify(path.join(dist, "core/retry.js"))});
    const signal = AbortSignal.timeout(60000);
    const context = { name: "route", owner: "organization/project/stack", now: () => new Date(), random: Math.random, randomBytes: require("node:crypto").randomBytes,
      log() {}, warn() {}, hide() {}, signal, sleep: (seconds) => pause(seconds, signal), beyond: () => context, config() {} };
    logics.ProxyRoute.lifecycle().apply(undefined, JSON.parse(process.argv[1]), context)
      .then(() => process.exit(0), (error) => { console.error(error.message); process.exit(1); });`;
  return spawn(process.execPath, ["-e", source, JSON.stringify(inputs)], { stdio: ["ignore", "inherit", "inherit"] });
}
