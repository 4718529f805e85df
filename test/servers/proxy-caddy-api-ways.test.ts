// Ways to a Caddy's admin API: a socket that can be trusted, TCP, SSH; and a Caddy whose configuration would not last.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import type { RouteState } from "../../provider/proxy/route/fields";
import { adminFront } from "../support/admin-front";
import { askAdmin, startCaddyApi } from "../support/caddy-api";
import type { CaddyApi } from "../support/caddy-api";
import { certificateFor, startBot } from "../support/nginx";
import type { Bot } from "../support/nginx";
import { freePort } from "../support/ports";
import { post, rotateUnderClients } from "../support/rotation-clients";
import type { Rotated } from "../support/rotation-clients";
import { applyRoute, readRoute, removeRoute, routeOf, saidBy } from "../support/routes";
import { startSshd } from "../support/sshd";

const address = "127.0.7.213";
const host = "bots.example.com";
const place = { address, port: 8443, host, path: "/tg/b1" };
const pem = certificateFor(host);
let bot: Bot;
let caddy: CaddyApi | undefined;
beforeAll(async () => {
  bot = await startBot();
});
afterAll(() => bot.close());
afterEach(async () => {
  await caddy?.dispose();
  caddy = undefined;
});

/** Starts a Caddy, and gives what is needed for a route on it. */
async function started(own?: object, more?: Parameters<typeof startCaddyApi>[1]): Promise<CaddyApi> {
  return (caddy = await startCaddyApi(own, more));
}
async function args(server: object, more: object = {}) {
  return routeOf({
    ...{ server: { caddy: server }, attach: "listener", hostname: host, listen: `${address}:8443`, path: place.path },
    ...{ tls: { pem: await pem }, upstream: bot.url, secretTokens: ["secret-of-b1"] },
    ...more,
  });
}

test("a fresh Caddy without any configuration gets a route, and has none again afterwards", async () => {
  const { settings, adminSocket } = await started();
  const state = await applyRoute(await args(settings));
  expect((await post(place, "secret-of-b1")).status).toBe(200);
  await removeRoute(state);
  expect((await askAdmin(adminSocket, "GET", "/config/")).body).toEqual({});
  await removeRoute(state); // what is gone already is no error
});

test("six rotations of the secret and six of the certificate over the API, under 20 clients, refuse no genuine update and accept no forged one", async () => {
  const { settings, changes } = await started();
  const apply = async (rotated: Rotated, old?: RouteState) => applyRoute(await args(settings, rotated), [], old);
  const { seen, state, secret, secretBeforeLast } = await rotateUnderClients("caddy over its API", place, apply);
  expect(seen).toEqual({ genuine: seen.genuine, refused: 0, forgedIn: 0, resets: seen.resets });
  expect(seen.genuine).toBeGreaterThan(100);
  expect(changes()).toBe(13); // the one that made the route, and twelve
  expect([(await post(place, secret)).status, (await post(place, secretBeforeLast)).status]).toEqual([200, 401]);
  expect(await readRoute(state)).toEqual(state);
}, 180_000);

test("over TCP a route is made too, where that is asked for", async () => {
  const port = await freePort();
  const { settings, log } = await started(undefined, { admin: `127.0.0.1:${port}` });
  const state = await applyRoute(await args({ adminUrl: `http://localhost:${port}`, user: settings.user }));
  expect((await post(place, "secret-of-b1")).status).toBe(200);
  expect(await readRoute(state)).toEqual(state);
  await removeRoute(state);
  expect(log()).not.toContain("host not allowed");
});

test("over SSH the machine's own socket is used, after it was looked at there, and the connection lasts as long as Caddy takes", async () => {
  const { settings, adminSocket, home } = await started();
  const sshd = await startSshd(address);
  const front = await adminFront(home, adminSocket);
  // Longer than a connection stays on which nothing is run.
  front.after = async (method) => (method === "POST" ? setTimeout(2500) : undefined);
  try {
    const ssh = { host: address, port: sshd.port, hostKey: sshd.hostKey, privateKey: sshd.privateKey, user: "root" };
    const state = await applyRoute(await args({ ...settings, adminSocket: front.socket }, { on: { ssh } }));
    expect((await post(place, "secret-of-b1")).status).toBe(200);
    expect(await readRoute(state)).toEqual(state);
    await removeRoute(state);
    chmodSync(adminSocket, 0o666);
    expect(await saidBy(applyRoute(await args(settings, { on: { ssh } })))).toMatch(
      /every user of the machine can use /,
    );
  } finally {
    await front.close();
    await sshd.dispose();
  }
});

test("a Caddy that is run by a file is refused, since its next start would forget the route; a refresh says so", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-caddyfile-"));
  const file = path.join(folder, "Caddyfile");
  writeFileSync(file, `http://:8081 {\n\tbind ${address}\n\trespond own\n}\n`);
  const run = ["run", "--config", file, "--adapter", "caddyfile"];
  const first = await started(undefined, { folder });
  const state = await applyRoute(await args(first.settings));
  await first.stop();
  const { settings, adminSocket } = await started(undefined, { folder, args: run });
  const before = (await askAdmin(adminSocket, "GET", "/config/")).body;
  expect(await saidBy(applyRoute(await args(settings)))).toMatch(
    new RegExp(
      `: caddy \\(process \\d+\\) runs without --resume, with ${file}, so what its admin API is told is gone with its next start or reload\\. Nothing was changed\\. Run it as \`caddy run --resume\` \\(on Debian the unit caddy-api in place of caddy\\), or take attach "location" in its Caddyfile\\.$`,
    ),
  );
  expect((await askAdmin(adminSocket, "GET", "/config/")).body).toEqual(before);
  expect(await readRoute(state)).toMatchObject({
    verified: false,
    verificationProblem: expect.stringMatching(/^caddy \(process \d+\) runs without --resume/) as string,
  });
});

test("a Caddy that is told not to keep its changes is refused", async () => {
  const { settings } = await started({ admin: { config: { persist: false } } });
  expect(await saidBy(applyRoute(await args(settings)))).toMatch(
    /has admin\.config\.persist: false, so .* Nothing was changed\. Take that setting out\.$/,
  );
});

test("a socket that is a stranger's, or in a stranger's folder, or behind a link, is told no secret", async () => {
  const { settings, adminSocket, home, log } = await started();
  const said = async (socket: string) => saidBy(applyRoute(await args({ ...settings, adminSocket: socket })));
  chownSync(adminSocket, 65_534, 0);
  expect(await said(adminSocket)).toMatch(
    /admin\.sock, which leads to .* belongs to the user 65534\. It must belong to root, /,
  );
  chownSync(adminSocket, 0, 0);
  const folder = path.join(home, "open");
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  renameSync(adminSocket, path.join(folder, "admin.sock"));
  expect(await said(path.join(folder, "admin.sock"))).toMatch(
    /open, which leads to .* may be written by others \(mode /,
  );
  chmodSync(folder, 0o755);
  symlinkSync(folder, path.join(home, "link"));
  expect(await said(path.join(home, "link/admin.sock"))).toMatch(/link is a symbolic link/);
  expect(log()).not.toContain("If-Match");
});
