// haproxy's runtime socket: secrets and certificates rotate under load without a reload, and what was changed over it alone is found.
import { readFileSync } from "node:fs";
import { createConnection } from "node:net";
import path from "node:path";
import { sha256 } from "../../provider/core/hash";
import type { RouteState } from "../../provider/proxy/route/fields";
import { startHaproxy } from "../support/haproxy";
import type { Haproxy } from "../support/haproxy";
import { certificateFor, filesBelow, startBot } from "../support/nginx";
import type { Bot } from "../support/nginx";
import { post, rotateUnderClients } from "../support/rotation-clients";
import { applyIn, contextOf, readIn, routeLifecycle, routeOf } from "../support/routes";

const address = "127.0.7.126";
const host = "bots.example.com";
let bot: Bot;
let haproxy: Haproxy;
beforeAll(async () => {
  bot = await startBot();
  haproxy = await startHaproxy(`frontend own\n    bind ${address}:8081\n    default_backend own\nbackend own`);
});
afterAll(() => Promise.all([bot.close(), haproxy.dispose()]));

const place = { address, port: 8443, host, path: "/tg/b1" };
const pem = certificateFor(host);
let lines: string[] = [];
beforeEach(() => {
  lines = [];
});
async function apply(more: Record<string, unknown>, old?: RouteState, socket = haproxy.socket): Promise<RouteState> {
  const route = routeOf({
    ...{ server: { haproxy: { ...haproxy.settings, socket } }, attach: "listener", hostname: host, path: place.path },
    ...{ listen: `${address}:8443`, tls: { pem: await pem }, upstream: bot.url, secretTokens: ["secret-0"] },
    ...more,
  });
  return applyIn(contextOf(lines), route, old);
}
const look = (state: RouteState) => readIn(contextOf(lines), state);
const remove = (state: RouteState) => routeLifecycle.remove(state, contextOf(lines), false);

/** One command over the socket, by another hand than the provider's. */
function command(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let got = "";
    const socket = createConnection(haproxy.socket, () => socket.write(`${text}\n`));
    socket
      .on("data", (part) => (got += part.toString()))
      .once("close", () => resolve(got))
      .once("error", reject);
  });
}
const secretsFile = () => {
  const name = Object.keys(filesBelow(haproxy.settings.directory)).find((one) => one.endsWith(".secrets"));
  return path.join(haproxy.settings.directory, name ?? "none");
};

test("six rotations of the secret and six of the certificate under 20 clients refuse no genuine update, accept no forged one, and reload nothing", async () => {
  const { seen, state, secret, secretBeforeLast } = await rotateUnderClients("haproxy over its socket", place, apply);
  expect(seen).toEqual({ genuine: seen.genuine, refused: 0, forgedIn: 0, resets: 0 });
  expect(seen.genuine).toBeGreaterThan(100);
  expect([haproxy.reloads(), await look(state)]).toEqual([1, state]); // the one that made the route
  expect((await post(place, secretBeforeLast)).status).toBe(401);
  // The files say the same: after a reload the route is as it was.
  await haproxy.stop();
  await haproxy.restart();
  expect((await post(place, secret)).status).toBe(200);
  await remove(state);
});

test("a secret that somebody put in over the socket is said, and taken out again", async () => {
  const state = await apply({});
  await command(`add map ${secretsFile()} ${sha256("smuggled").toUpperCase()} current.abc`);
  expect((await post(place, "smuggled")).status).toBe(200);
  const seen = await look(state);
  expect([seen.verified, seen.verificationProblem]).toEqual([
    false,
    `haproxy runs with other secrets than ${secretsFile()} has.`,
  ]);
  const repaired = await apply({}, seen);
  expect((await post(place, "smuggled")).status).toBe(401);
  expect(await look(repaired)).toEqual(repaired);
  await remove(repaired);
});

test("a socket that is not there, or that does not know the file, is said, and the change comes by a reload", async () => {
  const state = await apply({});
  const reloads = haproxy.reloads();
  const missing = path.join(haproxy.home, "none.sock");
  const rotated = await apply({ secretTokens: ["newer"] }, state, missing);
  expect(haproxy.reloads()).toBe(reloads + 1);
  expect(lines.filter((line) => line.includes("socket"))).toEqual([
    expect.stringMatching(
      /^haproxy did not take the change over its socket \S+\/none\.sock \(.*\), so it is reloaded\.$/,
    ) as string,
  ]);
  expect((await post(place, "newer")).status).toBe(200);
  await remove(rotated);
});

test("no secret goes over the socket: its digest does", async () => {
  const state = await apply({ secretTokens: ["in-clear-nowhere"] });
  expect(readFileSync(secretsFile(), "utf8")).not.toContain("in-clear-nowhere");
  expect(await command(`show map ${secretsFile()}`)).toContain(sha256("in-clear-nowhere").toUpperCase());
  await remove(state);
});
