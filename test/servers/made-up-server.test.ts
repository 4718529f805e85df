// The general transaction on a made-up server, for what the real ones have between them: no list of what is loaded, files
// that routes share, a certificate with its key in one file, a socket beside the reload, no checker.
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import https from "node:https";
import { createServer } from "node:net";
import path from "node:path";
import type { TLSSocket } from "node:tls";
import { sha256 } from "../../provider/core/hash";
import { machineOf } from "../../provider/proxy/machine";
import type { RouteState } from "../../provider/proxy/route/fields";
import { routeLifecycle } from "../../provider/proxy/route/lifecycle";
import { fileEdge } from "../../provider/proxy/servers/file-edge";
import type { ServerProgram } from "../../provider/proxy/servers/program";
import { startMadeUp } from "../support/made-up-server";
import type { MadeUp } from "../support/made-up-server";
import { certificateFor, filesBelow } from "../support/nginx";
import { applyIn, contextOf, hurried, readIn, routeOf, saidBy, thisStack } from "../support/routes";

const address = "127.0.7.90";
const listen = `${address}:8443`;
const [host, otherHost] = ["bots.example.com", "shop.example.com"];
const pems = Promise.all([certificateFor(host), certificateFor(host), certificateFor(otherHost)]);
let server: MadeUp;
beforeEach(async () => {
  server = await startMadeUp();
});
afterEach(() => server.dispose());
afterAll(async () => (await machineOf(undefined).connect()).close());

const files = () => filesBelow(server.directory);
const list = () => files()["listeners"];
const route = async (more: Record<string, unknown> = {}) => {
  const hostname = more["hostname"] ?? host;
  const [pem, , other] = await pems;
  return routeOf({
    server: { nginx: {} }, // the edge is handed in
    ...{ attach: "listener", hostname, listen, path: "/tg/b1", upstream: "http://127.0.0.1:1" },
    ...{ secretTokens: ["secret-of-b1"], tls: { pem: hostname === otherHost ? other : pem } },
    ...more,
  });
};
const lifecycle = (program: Partial<ServerProgram> = {}) => routeLifecycle(() => fileEdge(server.files(program)));

const ours = { owner: thisStack, mayTakeOver: false };

async function apply(
  more: Record<string, unknown> = {},
  program?: Partial<ServerProgram>,
  context = contextOf(),
): Promise<RouteState> {
  return applyIn(context, await route(more), undefined, lifecycle(program));
}
const refusal = (more: Record<string, unknown> = {}, program?: Partial<ServerProgram>) =>
  saidBy(apply(more, program, hurried(contextOf())));
const remove = (state: RouteState) => lifecycle().remove(state, contextOf(), false);
const look = (state: RouteState) => readIn(contextOf(), state, lifecycle());

/** What the server answers, and the certificate that it shows. */
function ask(secret = "secret-of-b1", at = "/tg/b1", name = host): Promise<{ status: number; certificate: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host: name, "content-type": "application/json", "x-telegram-bot-api-secret-token": secret };
    const options = { host: address, port: 8443, servername: name, path: at, method: "POST", headers, agent: false };
    const request = https.request({ ...options, rejectUnauthorized: false }, (response) => {
      const { raw } = (response.socket as TLSSocket).getPeerCertificate();
      response.resume().once("end", () => resolve({ status: response.statusCode ?? 0, certificate: digest(raw) }));
    });
    request.once("error", reject).end();
  });
}
const status = async (secret?: string, at?: string, name?: string) => (await ask(secret, at, name)).status;
const digest = (der: Buffer) => createHash("sha256").update(der).digest("hex");
const leaf = (pem: string) => digest(new X509Certificate(pem).raw);

describe("files that routes share:", () => {
  test("two routes of one host are one change, with one line in the list and one file of certificate and key", async () => {
    const [pem] = await pems;
    const states = await Promise.all([apply(), apply({ path: "/tg/b2", secretTokens: ["secret-of-b2"] })]);
    expect(server.told()).toEqual(["reload"]);
    expect(list()).toBe(`${listen} ${host} certs/${listen}_${host}.pem\n`);
    expect(files()[`certs/${listen}_${host}.pem`]).toBe(`${pem.privateKeyPem.trim()}\n${pem.certificatePem.trim()}\n`);
    expect(states.map(({ certificateSha256 }) => certificateSha256)).toEqual(
      states.map(() => sha256(`${pem.certificatePem.trim()}\n`)),
    );
    expect([await status(), await status("secret-of-b2", "/tg/b2"), await status("secret-of-b2")]).toEqual([
      ...[200, 200, 401],
    ]);
    expect(await Promise.all(states.map(look))).toEqual(states);
  });

  test("a list is changed from what is in it: by hosts that come together, and by the removal of one", async () => {
    const [first, second] = await Promise.all([apply(), apply({ hostname: otherHost })]);
    expect(server.told()).toEqual(["reload"]);
    expect(
      list()
        ?.split("\n")
        .map((line) => line.split(" ")[1]),
    ).toEqual([host, otherHost, undefined]);
    const [third] = await Promise.all([apply({ path: "/tg/b3" }), remove(second)]);
    expect(list()).toBe(`${listen} ${host} certs/${listen}_${host}.pem\n`);
    expect([await status(), await status("secret-of-b1", "/tg/b3")]).toEqual([200, 200]);
    expect(await Promise.all([first, third].map(look))).toEqual([first, third]);
  });

  test("what is shared goes with the last route that needs it, and the listener with it", async () => {
    const [first, second] = [await apply(), await apply({ path: "/tg/b2" })];
    await remove(first);
    expect(Object.keys(files()).filter((name) => /^(?:listeners|certs)/.test(name))).toHaveLength(2);
    expect(await status("secret-of-b1", "/tg/b2")).toBe(200);
    await remove(second);
    expect(files()).toEqual({ lock: "" });
    await expect(ask()).rejects.toThrow(/ECONNREFUSED/);
    server.told();
    await remove(second); // there is nothing any more
    expect(server.told()).toEqual([]);
  });

  test("a line that somebody took out of the list is said, and put back", async () => {
    const state = await apply();
    await apply({ hostname: otherHost });
    writeFileSync(path.join(server.directory, "listeners"), "");
    expect(await look(state)).toMatchObject({
      verified: false,
      verificationProblem: `${server.directory}/listeners differs from what was written.`,
    });
    const repaired = await apply();
    expect(await look(repaired)).toEqual(repaired);
    expect(list()).toBe(`${listen} ${host} certs/${listen}_${host}.pem\n`);
  });
});

describe("a socket beside the reload:", () => {
  test("new secrets and a new certificate are written first and then told over it, without a reload", async () => {
    const [, renewed] = await pems;
    await apply();
    expect(server.told()).toEqual(["reload"]);
    await apply({ secretTokens: ["newer", "secret-of-b1"] });
    expect(server.told()).toEqual(["set values"]);
    expect([await status("newer"), await status()]).toEqual([200, 200]);
    await apply({ secretTokens: ["newer"], tls: { pem: renewed } });
    expect(server.told().sort()).toEqual(["set certs", "set values"]);
    expect(await ask("newer")).toEqual({ status: 200, certificate: leaf(renewed.certificatePem) });
    expect(await status()).toBe(401);
  });

  test("what it refuses is put back on disk, and by a reload in the server", async () => {
    await apply();
    const before = files();
    server.told();
    server.mood("no");
    expect(await refusal({ secretTokens: ["newer"] })).toMatch(
      /^ProxyRoute route \(bots\.example\.com on this machine\): made-up did not take .*\/values\/.*: no such thing\. What was there before is back\.$/,
    );
    expect(server.told()).toEqual(["set values", "reload"]);
    expect(files()).toEqual(before);
    expect([await status(), await status("newer")]).toEqual([200, 401]);
  });
});

describe("a change that fails leaves files and server as they were:", () => {
  async function failing(more: Record<string, unknown>, words: RegExp, program?: Partial<ServerProgram>) {
    await apply();
    const before = files();
    server.told();
    expect(await refusal(more, program)).toMatch(words);
    expect(files()).toEqual(before);
    expect(await status()).toBe(200);
  }

  test("the checker refuses: the server is told to go on with what it had", async () => {
    await failing(
      { hostname: "forbidden.example.com" },
      /made-up refuses the new configuration: forbidden host in .*\/routes\/.*\. What was there before is back\.$/,
    );
    expect(server.told()).toEqual(["reload"]);
  });

  test("the checker refuses what is there already", async () => {
    await apply();
    const [name = ""] = Object.keys(files()).filter((file) => file.startsWith("routes/"));
    writeFileSync(path.join(server.directory, "routes", "theirs"), "forbidden");
    expect(await refusal({ path: "/tg/b2" })).toMatch(
      /check` fails on what is there already: forbidden host in .*\/theirs\. Nothing was changed\. Put that right first\.$/,
    );
    expect(Object.keys(files()).filter((file) => file.startsWith("routes/"))).toEqual([name, "routes/theirs"].sort());
  });

  test("the proof fails: the sentence has what to add, since this checker does not tell what is loaded", async () => {
    await apply();
    const before = files();
    server.mood("stuck");
    expect(await refusal({ path: "/tg/b2" })).toMatch(
      /another configuration than the route's is in force for bots\.example\.com at 127\.0\.7\.90:8443: it answered 404\. made-up took the change; if .* the reason stands in its journal\. What the route needs of the configuration, where that is not done yet: start made-up with the folder of bots\.example\.com\. What was there before is back\.$/,
    );
    expect(files()).toEqual(before);
    server.mood("");
    expect([await status(), await status("secret-of-b1", "/tg/b2")]).toEqual([200, 404]);
  });

  test("one of two that come together is bad: the list has the good one only", async () => {
    const [good, bad] = await Promise.allSettled([apply(), apply({ hostname: "forbidden.example.com" })]);
    expect([good.status, bad.status]).toEqual(["fulfilled", "rejected"]);
    expect(list()).toBe(`${listen} ${host} certs/${listen}_${host}.pem\n`);
    expect(await status()).toBe(200);
  });

  test("without a checker the server's own refusal is the verdict", async () => {
    await apply();
    const before = files();
    const { checker, ...program } = server.files().program;
    expect(checker).toBeDefined();
    const activate = () => Promise.resolve("made-up says no");
    const edge = fileEdge({ ...server.files(), program: { ...program, activate } });
    expect(await saidBy(edge.apply(await route({ path: "/tg/b2" }), ours, hurried(contextOf())))).toMatch(
      /: made-up says no\. What was there before is back\.$/,
    );
    expect(files()).toEqual(before);
    expect(await status()).toBe(200);
  });
});

test("an address that another program has is refused: what this server's own listeners are is not known", async () => {
  const taken = createServer().listen(8443, address);
  await new Promise((resolve) => taken.once("listening", resolve));
  try {
    expect(await refusal()).toMatch(
      /: 127\.0\.7\.90:8443 is in use \(node, process \d+\), and not by a listener of ours\. If that is made-up, take attach "location" in its own configuration; else see `ss -ltnp` on the machine, or take another address or port\. Nothing was changed\.$/,
    );
  } finally {
    taken.close();
  }
});

test("files belong to the user who reads them, and folders to us: who owns one could put anything there", async () => {
  const uid = process.getuid?.() ?? 0;
  const owner = uid === 0 ? 47_111 : uid;
  await apply({}, { owner: String(owner) });
  const written = Object.keys(files()).filter((name) => name !== "lock");
  const folders = ["", "routes", "values", "certs"];
  const stats = [...written, ...folders].map((name) => statSync(path.join(server.directory, name)));
  expect(stats.map((one) => [one.uid, one.mode & 0o777])).toEqual([
    ...written.map(() => [owner, 0o600]),
    ...folders.map(() => [uid, 0o755]),
  ]);
  expect(await refusal({ secretTokens: ["newer"] })).toContain(
    `belongs to ${owner}, who could place files or links there`,
  );
  const program = { owner: String(owner) };
  await apply({ secretTokens: ["newer"] }, program);
  expect(await status("newer")).toBe(200);
});

test("nothing lies beside the files while they are changed: a server may load whatever it finds there", async () => {
  await apply();
  const names = Object.keys(files()).map((name) => `./${name}`);
  const seen = path.join(server.home, "seen");
  const look = `(cd ${server.directory} && find . -type f ! -path './undo.d/*' | sort) >${seen}`;
  const { reload, ...program } = server.files().program;
  delete program.activate;
  const edge = fileEdge({ ...server.files(), program: { ...program, reload: `${look}; ${reload}` } });
  await edge.apply(await route({ secretTokens: ["newer"] }), ours, contextOf());
  expect(readFileSync(seen, "utf8").trim().split("\n")).toEqual([...names, "./undo"].sort());
});
