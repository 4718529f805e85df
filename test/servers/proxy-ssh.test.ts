// Routes over a real sshd: as root, as a user with two exact rules of sudo, and with a connection that is cut.
import { chownSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { statusOf } from "../support/attacks";
import { certificateFor, filesBelow, locationRoute, startBot, startNginx } from "../support/nginx";
import type { Bot, Nginx } from "../support/nginx";
import { forms } from "../support/pem-forms";
import { run } from "../support/process";
import { applyRoute, inTheEnd, readRoute, removeRoute, routeOf, saidBy } from "../support/routes";
import { startSshd } from "../support/sshd";
import type { Sshd } from "../support/sshd";
import { until } from "../support/until";

const address = "127.0.7.70";
const port = 8081;
const host = "bots.example.com";
const uid = 47_110;
let bot: Bot;
let nginx: Nginx;
let sshd: Sshd;
beforeEach(async () => {
  bot = await startBot();
  nginx = await startNginx(
    `server { listen ${address}:${port}; server_name ${host}; location / { return 200 own; } include {directory}/locations/${host}/*.conf; }`,
  );
  sshd = await newSshd();
});
const newSshd = () => {
  const words = ([, ...rest]: string[]) => ["/usr/sbin/nginx", ...rest].join(" ");
  const rules = [nginx.settings.check, nginx.settings.reload].map(words);
  return startSshd(address, { name: "deploy", uid, rules });
};
afterEach(async () => {
  await sshd.dispose();
  await nginx.dispose();
  await bot.close();
});

const args = (more: Record<string, unknown> = {}, user = "root", settings: object = nginx.settings) => {
  const on = { ssh: { host: address, port: sshd.port, user, privateKey: sshd.privateKey, hostKey: sshd.hostKey } };
  return locationRoute(settings, { on, hostname: host, listen: `${address}:${port}`, upstream: bot.url, ...more });
};
const status = (secret = "secret-of-b1", at = "/tg/b1") => statusOf({ host, address, port, path: at }, secret);
const files = () => filesBelow(nginx.settings.directory);
const viaSudo = () => {
  const words = ([, ...rest]: string[]) => ["sudo", "-n", "/usr/sbin/nginx", ...rest];
  return { ...nginx.settings, check: words(nginx.settings.check), reload: words(nginx.settings.reload) };
};

test("routes are made, seen, changed and removed, with one connection and one reload for what comes together", async () => {
  const pem = await certificateFor(host);
  const listener = args({ attach: "listener", listen: `${address}:8443`, tls: { pem } });
  const states = await Promise.all([
    applyRoute(routeOf(args())),
    applyRoute(routeOf(args({ path: "/tg/b2" }))),
    applyRoute(routeOf(listener)),
  ]);
  expect(nginx.reloads()).toBe(1);
  expect([await status(), await status("secret-of-b1", "/tg/b2")]).toEqual([200, 200]);
  expect(await Promise.all(states.map((state) => readRoute(state)))).toEqual(states);
  await applyRoute(routeOf(args({ secretTokens: ["newer"] })), [], states[0]);
  expect([await status(), await status("newer")]).toEqual([401, 200]);
  await Promise.all(states.map((state) => removeRoute(state)));
  expect(Object.keys(files())).toEqual(["lock"]);
});

test("a key of SSH with literal \\n logs in, and nginx serves a certificate with CRLF and a key on one line", async () => {
  const copied = (form: string, text: string) => (forms[form] as (text: string) => string)(text);
  const { certificatePem, privateKeyPem } = await certificateFor(host);
  const pem = {
    certificatePem: copied("with CRLF", certificatePem),
    privateKeyPem: copied("on one line", privateKeyPem),
  };
  const { hostKey } = sshd;
  const on = {
    ssh: { host: address, port: sshd.port, hostKey, privateKey: copied("with literal \\n", sshd.privateKey) },
  };
  const state = await applyRoute(routeOf(args({ attach: "listener", listen: `${address}:8443`, tls: { pem }, on })));
  expect(state).toMatchObject({ verified: true });
  expect(Object.values(files())).toEqual(expect.arrayContaining([certificatePem, privateKeyPem]));
  expect(await readRoute(state)).toEqual(state);
  await removeRoute(state);
});

test("a user who is not root needs a folder and two exact rules of sudo, and nothing more", async () => {
  const { directory } = nginx.settings;
  mkdirSync(directory, { mode: 0o700 });
  chownSync(directory, uid, uid);
  const state = await applyRoute(routeOf(args({}, "deploy", viaSudo())));
  expect(await status()).toBe(200);
  const written = Object.keys(files()).filter((name) => name.endsWith(".conf"));
  const stats = written.map((name) => statSync(path.join(directory, name)));
  expect(stats.map((one) => [one.uid, one.mode & 0o777])).toEqual(written.map(() => [uid, 0o600]));
  expect(await readRoute(state)).toEqual(state);
  const more = { ...viaSudo(), check: ["sudo", "-n", "/usr/sbin/nginx", "-V"] };
  expect(await saidBy(applyRoute(routeOf(args({ secretTokens: ["newer"] }, "deploy", more))))).toMatch(
    /fails on what is there already: sudo: a password is required\. Nothing was changed\. Put that right first\.$/,
  );
  await removeRoute(state);
  expect(await status("secret-of-b1")).toBe(200); // the user's own location
  expect(bot.requests).toHaveLength(1);
});

test("a folder that the user cannot write is one sentence, and nothing is changed", async () => {
  mkdirSync(nginx.settings.directory, { mode: 0o755 });
  expect(await saidBy(applyRoute(routeOf(args({}, "deploy", viaSudo()))))).toMatch(
    /^ProxyRoute route \(bots\.example\.com on 127\.0\.7\.70\): .*\/ours on 127\.0\.7\.70 could not be locked: .*Permission denied\. Nothing was changed\.$/,
  );
  expect(files()).toEqual({});
});

test("a full disk is one sentence, and nothing is changed", async () => {
  const { directory } = nginx.settings;
  const filler = path.join(directory, "filler");
  const ours = () => Object.entries(files()).filter(([name]) => name !== "filler");
  mkdirSync(directory);
  await sshd.dispose(); // it has a view of its own of what is mounted
  expect((await run("mount", ["-t", "tmpfs", "-o", "size=96k,mode=0700", "tmpfs", directory])).stderr).toBe("");
  sshd = await newSshd();
  try {
    await applyRoute(routeOf(args()));
    const before = ours();
    await run("sh", ["-c", `cat /dev/zero > ${filler}`]);
    expect(await saidBy(applyRoute(routeOf(args({ secretTokens: ["newer"] }))))).toMatch(
      /could not be written on 127\.0\.7\.70: .*No space left on device\. Nothing was changed\.$/,
    );
    expect(ours()).toEqual(before);
    expect([await status(), await status("newer")]).toEqual([200, 401]);
  } finally {
    await nginx.stop();
    await run("umount", [directory]);
  }
});

test("a connection that is cut between write and reload is one sentence, and the machine puts back what was there", async () => {
  await applyRoute(routeOf(args()));
  const before = files();
  const reached = path.join(nginx.home, "reached");
  const slow = path.join(nginx.home, "slow");
  writeFileSync(slow, `#!/bin/sh\n[ -e ${reached} ] || { touch ${reached}; sleep 1; }\nexec "$@"\n`, { mode: 0o755 });
  const settings = { ...nginx.settings, reload: [slow, ...nginx.settings.reload] };
  const failing = saidBy(applyRoute(routeOf(args({ secretTokens: ["newer"] }, "root", settings))));
  await until(() => existsSync(reached));
  expect(files()).not.toEqual(before);
  const sessions = (await run("pgrep", ["-P", String(sshd.pid)])).stdout.trim().split("\n");
  for (const session of sessions) process.kill(Number(session), "SIGKILL");
  expect(await failing).toMatch(
    /^ProxyRoute route \(bots\.example\.com on 127\.0\.7\.70\): 127\.0\.7\.70 cut the connection \([^\n]*\); the machine undoes the change that was under way\.$/,
  );
  await until(() => JSON.stringify(files()) === JSON.stringify(before) && nginx.reloads() >= 3);
  expect(await inTheEnd(() => status("newer"), 401)).toBe(401);
  await applyRoute(routeOf(args({ secretTokens: ["third"] })));
  expect(await status("third")).toBe(200);
});

test("who has a port for IPv6 and IPv4 is told by name over SSH, too", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen({ port: 0, host: "::" }, resolve));
  const listen = `${address}:${(other.address() as AddressInfo).port}`;
  const tls = { pem: await certificateFor(host) };
  const said = await saidBy(applyRoute(routeOf(args({ attach: "listener", listen, tls }))));
  other.close();
  expect(said).toContain(`${listen} is in use by another program (node, process ${process.pid}); see`);
});
