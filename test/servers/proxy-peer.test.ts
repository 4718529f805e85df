// Who listens where a route should be gets the secret only if it is the edge: by our certificate, or by the socket's owner.
import { createHash, X509Certificate } from "node:crypto";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { machineOf } from "../../provider/proxy/machine";
import { generationHeader, probe } from "../../provider/proxy/probe";
import { nginxProgram } from "../../provider/proxy/servers/nginx/edge";
import { inForce } from "../../provider/proxy/servers/proof";
import { markLog, whyNot } from "../../provider/proxy/servers/reasons";
import { listenersIn } from "../../provider/proxy/servers/sockets";
import { certificateFor } from "../support/nginx";
import { start } from "../support/process";
import type { Running } from "../support/process";
import { contextOf, routeOf } from "../support/routes";

const address = "127.0.7.153";
const host = "bots.example.com";
const secret = "secret-of-b1";
const stranger = 47_114;
const pems = Promise.all([certificateFor(host), certificateFor(host)]);
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A program of another user that takes whatever comes, over TLS if it is given a certificate. */
async function imposter(pem?: {
  certificatePem: string;
  privateKeyPem: string;
}): Promise<{ running: Running; port: number }> {
  const source = `process.setgid(${stranger}); process.setuid(${stranger});
    const pem = JSON.parse(process.argv[1]);
    const take = (socket) => { socket.on("error", () => {}); console.log("connected"); socket.on("data", (part) => console.log("got " + JSON.stringify(String(part)))); };
    const server = pem ? require("tls").createServer({ cert: pem.certificatePem, key: pem.privateKeyPem }, take) : require("net").createServer(take);
    server.listen(0, ${JSON.stringify(address)}, () => console.log("port " + server.address().port));`;
  const running = start(process.execPath, ["-e", source, JSON.stringify(pem ?? null)]);
  closing.push(() => running.stop());
  const [, port] = await running.waitFor(/^port (\d+)/);
  return { running, port: Number(port) };
}

/** An edge of our own: answers a probe as it should. */
async function edge(pem?: { certificatePem: string; privateKeyPem: string }): Promise<number> {
  const answer = (
    request: { headers: NodeJS.Dict<string | string[]> },
    response: import("node:http").ServerResponse,
  ) => {
    const isRight = request.headers["x-telegram-bot-api-secret-token"] === secret;
    response.setHeader("X-Pulumi-Telegram-Probe", String(request.headers["x-pulumi-telegram-probe"]));
    response
      .setHeader(generationHeader, "ab")
      .writeHead(isRight ? 204 : 401)
      .end();
  };
  const server: Server = pem
    ? createTlsServer({ cert: pem.certificatePem, key: pem.privateKeyPem }, answer)
    : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as { port: number }).port;
}

const route = (port: number, more: Record<string, unknown>) =>
  routeOf({
    server: { nginx: {} },
    ...{ hostname: host, listen: `${address}:${port}`, path: "/tg/b1", upstream: "http://127.0.0.1:1" },
    ...{ secretTokens: [secret], attach: "location", ...more },
  });
async function problemOf(port: number, more: Record<string, unknown>): Promise<string | undefined> {
  const connection = await machineOf(undefined).connect();
  try {
    return await inForce({ name: "nginx" }, route(port, more), "ab")(connection);
  } finally {
    await connection.close();
  }
}

describe("while the server is down, who listens in its place gets no secret:", () => {
  test.each<[string, Record<string, unknown>, boolean]>([
    ["without TLS", { tls: "none" }, false],
    ["with a certificate of somebody else's", {}, true],
    [
      "with files on the machine",
      { attach: "listener", tls: { files: { certificateFile: "/a", keyFile: "/b" } } },
      true,
    ],
  ])("%s, by the socket's owner", async (_name, more, isTls) => {
    const [pem] = await pems;
    const { running, port } = await imposter(isTls ? pem : undefined);
    expect(await problemOf(port, more)).toBe(
      `a program of another user (${stranger}) listens at ${address}:${port}, so it was not sent the secret`,
    );
    expect(running.output()).toContain("connected");
    expect(running.output()).not.toContain("got");
  });

  test("with a certificate of ours, by that", async () => {
    const [pem, other] = await pems;
    const { running, port } = await imposter(other);
    expect(await problemOf(port, { attach: "listener", tls: { pem } })).toBe(
      `nginx at ${address}:${port} shows another certificate than the route's`,
    );
    expect(running.output()).not.toContain("got");
  });
});

test("an address that somebody else has was told as an edge without an answer, although its log says it", async () => {
  const port = await edge();
  const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-log-"));
  closing.push(() => Promise.resolve(rmSync(folder, { recursive: true })));
  const log = path.join(folder, "error.log");
  writeFileSync(log, "2026/11/29 01:57:30 [emerg] 7#7: of an earlier day\n");
  const conf = new Map([["/etc/nginx/nginx.conf", `error_log ${log} notice;\nhttp { error_log /other; }`]]);
  const program = nginxProgram({
    directory: "/d",
    accessLog: "/a",
    check: ["true"],
    reload: ["true"],
  });
  const connection = await machineOf(undefined).connect();
  try {
    const report = { isGood: true, complaints: [], warnings: [], loaded: conf };
    const mark = await markLog(program, report, connection, contextOf());
    expect(await whyNot(program, mark, connection, contextOf())).toBe(
      "if it does not run the new configuration, the reason stands in its error log",
    );
    const bind = `[emerg] 7#7: bind() to ${address}:${port} failed (98: Address already in use)`;
    const request = `[crit] 8#8: *5 open() failed (13: Permission denied), request: "POST /tg/b1"`;
    appendFileSync(
      log,
      [bind, bind, request, "[error] 8#8: *6 x", "[notice] 7#7: y", ""]
        .map((one) => `2026/11/29 01:57:31 ${one}\n`)
        .join(""),
    );
    expect(await whyNot(program, mark, connection, contextOf())).toBe(
      `in its error log stands: bind() to ${address}:${port} failed (98: Address already in use). Another program (node, process ${process.pid}) listens at ${address}:${port}`,
    );
  } finally {
    await connection.close();
  }
});

test("who accepts, hands the port back and only then makes the handshake gets no secret", async () => {
  const [pem] = await pems;
  const source = `process.setgid(${stranger}); process.setuid(${stranger});
    const pem = JSON.parse(process.argv[1]);
    const server = require("net").createServer({ pauseOnConnect: true }, (raw) => {
      server.close();
      process.once("SIGUSR2", () => {
        const socket = new (require("tls").TLSSocket)(raw, { isServer: true, cert: pem.certificatePem, key: pem.privateKeyPem });
        socket.on("error", () => {}).on("close", () => console.log("over"));
        socket.on("data", (part) => console.log("got " + JSON.stringify(String(part))));
      });
      console.log("accepted");
    });
    server.listen(0, ${JSON.stringify(address)}, () => console.log("port " + server.address().port));
    setInterval(() => {}, 1000);`;
  const running = start(process.execPath, ["-e", source, JSON.stringify(pem)]);
  closing.push(() => running.stop());
  const [, port] = await running.waitFor(/^port (\d+)/);
  const problem = problemOf(Number(port), {});
  await running.waitFor(/^accepted/);
  const server = createServer(); // the edge, which is back
  await new Promise<void>((resolve) => server.listen(Number(port), address, resolve));
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  running.kill("SIGUSR2");
  expect(await problem).toBe(
    `a program of another user (${stranger}) listens at ${address}:${port}, so it was not sent the secret`,
  );
  await running.waitFor(/^over/);
  expect(running.output()).not.toContain("got");
});

test("the edge is asked, and answers", async () => {
  const [pem] = await pems;
  expect(await problemOf(await edge(), { tls: "none" })).toBeUndefined();
  expect(await problemOf(await edge(pem), {})).toBeUndefined();
  expect(await problemOf(await edge(pem), { attach: "listener", tls: { pem } })).toBeUndefined();
});

test("where nobody listens the connection is refused", async () => {
  const { running, port } = await imposter();
  await running.stop();
  expect(await problemOf(port, { tls: "none" })).toMatch(
    /does not answer for .*: connection refused; with attach "location", listen \(\S+\) must be an address and port at which your own configuration of nginx listens$/,
  );
});

test("the user who reads a server's files may listen for it", async () => {
  const { port } = await imposter();
  const connection = await machineOf(undefined).connect();
  closing.push(() => connection.close());
  const question = { address, port, hostname: host, path: "/tg/b1", secret, isTls: false, owner: "root" };
  expect(await probe(connection, question)).toEqual({ stranger: { user: stranger } });
  const [trusted] = ["trusted 0\ntrusted 47114\n"].map((text) => listenersIn(text, { address, port }).trusted);
  expect(trusted).toEqual([0, stranger]);
});

test("the kernel's tables say who may be met: the exact address, all addresses, and IPv6 where there is no IPv4", () => {
  const row = (hex: string, port: number, user: number, state = "0A") =>
    `   0: ${hex}:${port.toString(16).toUpperCase().padStart(4, "0")} ${"0".repeat(hex.length)}:0000 ${state} 00000000:00000000 00:00000000 00000000  ${user}        0 1234 1 0000000000000000 100 0 0 10 0\n`;
  const [loopback, all, six] = ["0100007F", "00000000", "0".repeat(32)] as const;
  const mapped = `${"0".repeat(16)}FFFF00000100007F`;
  const users = (text: string) => listenersIn(text, { address: "127.0.0.1", port: 8081 }).users;
  expect(users(row(loopback, 8081, 0))).toEqual([0]);
  expect(users(row(all, 8081, 5) + row(loopback, 8081, 0))).toEqual([5, 0]);
  expect(users(row(loopback, 8082, 5) + row("0200007F", 8081, 5) + row(loopback, 8081, 5, "01"))).toEqual([]);
  expect(users(row(six, 8081, 5))).toEqual([5]);
  expect(users(row(mapped, 8081, 5))).toEqual([5]);
  expect(users(row(all, 8081, 0) + row(six, 8081, 5))).toEqual([0]);
  expect(users(row("00000000000000000000000001000000", 8081, 5))).toEqual([]);
});

test("a certificate is compared by its own bytes", async () => {
  const [pem] = await pems;
  const connection = await machineOf(undefined).connect();
  closing.push(() => connection.close());
  const certificateSha256 = createHash("sha256").update(new X509Certificate(pem.certificatePem).raw).digest("hex");
  const question = { address, port: await edge(pem), hostname: host, path: "/tg/b1", secret, isTls: true };
  expect(await probe(connection, { ...question, certificateSha256 })).toMatchObject({ status: 204, isOurs: true });
  expect(await probe(connection, { ...question, certificateSha256: "00" })).toEqual({ stranger: "otherCertificate" });
});
