// What `up` says of the bot behind a route, and what becomes of updates where its name has an address at which nobody listens.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { machineOf } from "../../provider/proxy/machine";
import { connectors, upstreamScript, upstreamSeen } from "../../provider/proxy/route/upstream";
import { upstreamPlace } from "../../provider/proxy/upstream";
import { request } from "../support/attacks";
import { certificateFor, exchange, locationRoute, startBot, startNginx } from "../support/nginx";
import type { Bot, Nginx } from "../support/nginx";
import { applyRoute, routeOf } from "../support/routes";

const address = "127.0.7.61";
const port = 8081;
const host = "bots.example.com";
let nginx: Nginx;
let bot: Bot;
/** Connections that got an update and were closed without an answer. */
let taken = 0;
const open: Server[] = [];
beforeAll(async () => {
  bot = await startBot();
  const closing = () => quiet((socket) => socket.once("data", () => ((taken += 1), socket.destroy())));
  const closed = [await listening(closing()), await listening(closing())];
  nginx = await startNginx(
    `upstream half-dead { server 127.0.0.1:9; server 127.0.0.1:${bot.port}; }
    upstream both-close { ${closed.map((at) => `server 127.0.0.1:${at};`).join(" ")} }
    server { listen ${address}:${port}; server_name ${host}; include {directory}/locations/${host}/*.conf; }`,
  );
});
afterAll(async () => {
  await nginx.dispose();
  await bot.close();
  for (const server of open) server.close();
});

async function listening(server: Server, at = "127.0.0.1"): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, at, resolve));
  return (server.address() as AddressInfo).port;
}

/** The warnings and lines of an `up`. */
async function toldOf(upstream: string): Promise<string[]> {
  const lines: string[] = [];
  const args = { hostname: host, listen: `${address}:${port}`, upstream };
  await applyRoute(routeOf(locationRoute(nginx.settings, args)), lines);
  return lines;
}

const says = (what: string) => [`warning: ProxyRoute route: seen from this machine, ${what}.`];
const quiet = (more?: (socket: Socket) => void) =>
  createServer((socket) => {
    socket.on("error", () => undefined);
    more?.(socket);
  });

test("nothing is said of a bot that listens, and it gets no request", async () => {
  const before = bot.requests.length;
  expect(await toldOf(bot.url)).toEqual([]);
  expect(bot.requests.length).toBe(before);
});

test("an upstream at which nobody listens is a warning", async () => {
  expect(await toldOf("http://127.0.0.1:9")).toEqual(
    says(
      "no connection to the upstream could be made (127.0.0.1:9): until the bot listens there, updates are answered 502",
    ),
  );
});

test("an upstream that speaks TLS is a warning", async () => {
  const { certificatePem, privateKeyPem } = await certificateFor("localhost");
  const server = createTlsServer({ cert: certificatePem, key: privateKeyPem }).on("tlsClientError", () => undefined);
  const at = await listening(server);
  expect(await toldOf(`http://127.0.0.1:${at}`)).toEqual(
    says(`what listens at 127.0.0.1:${at} speaks TLS, and upstream is http://`),
  );
});

test("an upstream at which another service answers is a warning with its words on one line", async () => {
  const at = await listening(quiet((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\nmore\r\n")));
  expect(await toldOf(`http://127.0.0.1:${at}`)).toEqual(
    says(`what listens at 127.0.0.1:${at} does not speak HTTP: its first words are "SSH-2.0-OpenSSH_9.2"`),
  );
});

test("nothing is said of who takes the connection and stays silent", async () => {
  expect(await toldOf(`http://127.0.0.1:${await listening(quiet())}`)).toEqual([]);
});

test("a socket that is not there is a warning", async () => {
  expect(await toldOf("unix:/run/no-such-bot/socket")).toEqual(
    says("there is no socket /run/no-such-bot/socket: until the bot listens there, updates are answered 502"),
  );
});

const secrets: [string, string] = ["secret-of-b1", ""];
const target = { host, port, path: "/tg/b1", secrets, otherSecret: "", longerPath: "" };

test("each of ten updates arrives once at an upstream of two addresses of which one is dead", async () => {
  const before = bot.requests.length;
  await toldOf("http://half-dead");
  const statuses: string[] = [];
  for (let update = 0; update < 10; update += 1) {
    const answer = await exchange(address, port, request(target, { body: `{"update_id":${update}}` }));
    statuses.push(answer.slice(9, 12));
  }
  expect(statuses).toEqual(Array<string>(10).fill("200"));
  expect(bot.requests.slice(before).map(({ body }) => body)).toEqual(statuses.map((_, at) => `{"update_id":${at}}`));
});

test("routes that come together are looked at in one run, and each is told of its own upstream", async () => {
  const lines: string[][] = [[], [], []];
  const upstreams = [bot.url, "http://127.0.0.1:9", "http://127.0.0.1:19"];
  const places = upstreams.map((upstream, at) => ({ upstream, path: `/tg/b${at}` }));
  const connection = await machineOf(undefined).connect();
  const run = jest.spyOn(connection, "run");
  await Promise.all(
    places.map((more, at) => {
      const args = { hostname: host, listen: `${address}:${port}`, ...more };
      return applyRoute(routeOf(locationRoute(nginx.settings, args)), lines[at]);
    }),
  );
  const looks = run.mock.calls.filter(([script]) => script.startsWith("by="));
  run.mockRestore();
  expect([looks.length, lines.map((each) => each.length)]).toEqual([1, [0, 1, 1]]);
  expect(lines[1]?.[0]).toContain("(127.0.0.1:9)");
  expect(lines[2]?.[0]).toContain("(127.0.0.1:19)");
});

test("an update that was sent is not sent to the next address, whatever becomes of it", async () => {
  await toldOf("http://both-close");
  const before = taken;
  expect((await exchange(address, port, request(target))).slice(9, 12)).toBe("502");
  expect(taken - before).toBe(1);
});

/** With a PATH on which only this one of the programs is. */
function seenBy(tool: string, upstream: string, addresses?: string[]) {
  const place = upstreamPlace(upstream);
  const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-connector-"));
  try {
    for (const name of ["sh", "getent", "sort", "head", "base64", "timeout", "sleep", "tr", tool]) {
      // What stands for python3 may be a script that chooses among several.
      const [program, ...args] =
        name === "python3"
          ? ["python3", "-c", "import sys; print(sys.executable)"]
          : ["sh", "-c", `command -v ${name}`];
      const found = spawnSync(program ?? "", args, { encoding: "utf8" }).stdout.trim();
      if (found !== "") symlinkSync(found, path.join(folder, name));
    }
    if (addresses) {
      rmSync(path.join(folder, "getent"));
      const lines = addresses.map((one) => `echo '${one} STREAM x'`);
      writeFileSync(path.join(folder, "getent"), ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });
    }
    const env = { PATH: folder, HOME: process.env["HOME"] };
    const { stdout } = spawnSync("/bin/sh", ["-c", upstreamScript([place])], { encoding: "utf8", env });
    return upstreamSeen(place, stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.each(["bash", "curl", "nc", "python3"])(
  "a machine that has only %s tells who listens and who does not",
  (tool) => {
    const dead =
      "no connection to the upstream could be made (127.0.0.1:9): until the bot listens there, updates are answered 502";
    expect(seenBy(tool, bot.url)).toEqual({ warnings: [] });
    expect(seenBy(tool, "http://127.0.0.1:9")).toEqual({ warnings: [dead] });
  },
);

test("a name of which one address is dead is a warning with the address to write", () => {
  const { port: at } = bot;
  expect(seenBy("bash", `http://localhost:${at}`, ["::1", "127.0.0.1", "127.0.0.1"])).toEqual({
    warnings: [
      `localhost has an address to which no connection could be made ([::1]:${at}), so the edge tries it first and then the next one; write the address at which the bot listens (127.0.0.1:${at}) in upstream`,
    ],
  });
});

test("a machine that has none of the programs cannot tell", () => {
  expect(seenBy("none-of-them", bot.url)).toEqual({
    unknown: `it has none of ${connectors.join(", ")}, or no timeout`,
  });
});

test("a name without an address on the machine cannot be told of, since the server may run in a container", () => {
  expect(seenBy("bash", "http://no-such-bot.invalid:8080")).toEqual({
    unknown: "no-such-bot.invalid has no address there",
  });
});
