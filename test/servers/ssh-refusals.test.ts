// What a real sshd does not do for us, told by its own words: forwarding that is forbidden, another program, a long TMPDIR.
import * as fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { whyNotOpened } from "../../provider/proxy/machine-ssh";
import { filesBelow, locationRoute, startBot, startNginx } from "../support/nginx";
import type { Bot, Nginx } from "../support/nginx";
import { applyRoute, readRoute, removeRoute, routeOf, saidBy } from "../support/routes";
import { startSshd } from "../support/sshd";

const address = "127.0.7.77";
const port = 8081;
const host = "bots.example.com";
let bot: Bot;
let nginx: Nginx;
beforeAll(async () => {
  bot = await startBot();
  nginx = await startNginx(
    `server { listen ${address}:${port}; server_name ${host}; location / { return 200 own; } include {directory}/locations/${host}/*.conf; }`,
  );
});
afterAll(async () => {
  await nginx.dispose();
  await bot.close();
});

/** With an sshd of this configuration: a route on its machine. */
async function withSshd<T>(lines: string[], work: (route: () => ReturnType<typeof routeOf>) => Promise<T>): Promise<T> {
  const sshd = await startSshd(address, undefined, lines);
  const { hostKey, privateKey } = sshd;
  const on = { ssh: { host: address, port: sshd.port, hostKey, privateKey } };
  const listen = `${address}:${port}`;
  try {
    return await work(() => routeOf(locationRoute(nginx.settings, { on, hostname: host, listen, upstream: bot.url })));
  } finally {
    await sshd.dispose();
  }
}

test.each([["AllowTcpForwarding no"], ["DisableForwarding yes"], ["PermitOpen 127.0.0.1:1"]])(
  "sshd with %s is told as what it is, and neither nginx nor the network is blamed",
  async (line) => {
    const said = await withSshd([line], (route) => saidBy(applyRoute(route())));
    expect(said).toBe(
      `ProxyRoute route (${host} on ${address}): sshd on ${address} opens no connection to ${address}:${port} (administratively prohibited), so it cannot be proved that the route is in force; see AllowTcpForwarding, DisableForwarding and PermitOpen in its sshd_config, and the options of the key in authorized_keys. What was there before is back.`,
    );
    expect(Object.keys(filesBelow(nginx.settings.directory))).toEqual(["lock"]);
  },
);

test.each([
  ["ForceCommand echo only backups here", 0, "only backups here"],
  ["ForceCommand echo no >&2; exit 3", 3, "no"],
])("sshd with %s is not told as a machine that cannot be reached", async (line, code, printed) => {
  const said = await withSshd([line], (route) => saidBy(applyRoute(route())));
  expect(said).toContain(
    `the login of user root at ${address} ended with code ${code} before our shell was ready; it printed: "${printed}". See what runs there instead of the command that ssh is given: ForceCommand in sshd_config, command= in authorized_keys, or the user's login shell.`,
  );
});

test("a TMPDIR of 90 characters does not make a machine unreachable", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pt-long-"));
  const long = path.join(folder, "l".repeat(90 - folder.length - 1));
  fs.mkdirSync(long);
  // A change of process.env is not seen by node's own modules within jest.
  const usual = jest.spyOn(os, "tmpdir").mockReturnValue(long);
  try {
    await withSshd([], async (route) => {
      const state = await applyRoute(route());
      expect(state).toMatchObject({ verified: true });
      expect(await readRoute(state)).toEqual(state);
      await removeRoute(state);
    });
  } finally {
    usual.mockRestore();
    fs.rmSync(folder, { recursive: true });
  }
});

test.each([
  ["channel 3: open failed: administratively prohibited: open failed\n", true, "administratively prohibited"],
  [
    "channel 0: open failed: connect failed: Connection refused\nstdio forwarding failed\n",
    false,
    "connection refused",
  ],
  ["channel 4: open failed: connect failed: Connection timed out\n", false, "connection timed out"],
  ["channel 4: open failed: resource shortage: Connection refused\n", false, "resource shortage"],
])("%j of OpenSSH 9.2p1 is a reason", (said, isForbidden, words) => {
  expect(whyNotOpened(said)).toEqual({ isForbidden, words });
});

test.each([
  "Stdio forwarding request failed: Session open refused by peer\n",
  "channel 3: open failed: connect failed: Connection refused\nchannel 4: open failed: administratively prohibited: open failed\n",
])("%j tells no reason, so none is told", (said) => {
  expect(whyNotOpened(said)).toBeUndefined();
});
