// haproxy's master socket: reloads go over it, one that fails is told at once, and the way back is heard.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import type { RouteInputs, RouteState } from "../../provider/proxy/route/fields";
import { request } from "../support/attacks";
import { startHaproxy } from "../support/haproxy";
import type { Haproxy } from "../support/haproxy";
import { exchange, filesBelow, startBot } from "../support/nginx";
import type { Bot } from "../support/nginx";
import { applyInProcess, applyRoute, inTheEnd, readRoute, removeRoute, routeOf, saidBy } from "../support/routes";
import { until } from "../support/until";

const address = "127.0.7.152";
const listen = `${address}:8080`;
const host = "bots.example.com";
const own = `frontend own\n    bind ${address}:8081\n    default_backend own\nbackend own`;
let bot: Bot;
let haproxy: Haproxy;
let lines: string[] = [];
beforeAll(async () => {
  bot = await startBot();
  haproxy = await startHaproxy(own);
});
afterAll(() => Promise.all([bot.close(), haproxy.dispose()]));
beforeEach(() => {
  lines = [];
});

/** `reload`: what the command does instead. */
function route(secret: string, reload?: string, masterSocket = haproxy.masterSocket): RouteInputs {
  const { settings } = haproxy;
  const more = reload === undefined ? {} : { reload: ["sh", "-c", reload] };
  return routeOf({
    ...{ server: { haproxy: { ...settings, ...more, masterSocket } }, attach: "listener", hostname: host, listen },
    ...{ path: "/tg/b1", tls: "none", upstream: bot.url, secretTokens: [secret] },
  });
}
const apply = (inputs: RouteInputs, old?: RouteState) => applyRoute(inputs, lines, old);
async function status(secret: string): Promise<number> {
  const target = { host, port: 8080, path: "/tg/b1", otherSecret: "", longerPath: "" };
  const head = await exchange(address, 8080, request({ ...target, secrets: [secret, ""] }));
  return Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1]);
}

test("a change is a reload over the master socket, and the command reload is not run", async () => {
  const mark = path.join(haproxy.home, "command-was-run");
  const before = haproxy.reloads();
  const made = await apply(route("first", `touch ${mark}`));
  expect(await status("first")).toBe(200);
  const changed = await apply(route("second", `touch ${mark}`), made);
  expect([await status("second"), await status("first")]).toEqual([200, 401]);
  expect([haproxy.reloads() - before, existsSync(mark)]).toEqual([2, false]);
  expect(await readRoute(changed)).toEqual(changed);
  await removeRoute(changed);
  expect(filesBelow(haproxy.settings.directory)).toEqual({ lock: "" });
  expect([haproxy.reloads() - before, existsSync(mark), lines]).toEqual([3, false, []]);
});

/**
 * The user's own configuration binds an address that another program has, until it is mended: a load fails after two seconds.
 * Mending waits for `loads` that have failed: an address that becomes free while the master loads lets haproxy's old worker
 * pause the sockets that the new one has, for good.
 */
async function takeAddress(): Promise<(loads: number) => Promise<void>> {
  const text = readFileSync(haproxy.config, "utf8");
  const before = haproxy.log().length;
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(8082, address, resolve));
  other.unref();
  writeFileSync(haproxy.config, text.replace(":8081", `:8081\n    bind ${address}:8082`));
  return async (loads) => {
    await until(() => haproxy.log().slice(before).split("Loading failure!").length > loads);
    writeFileSync(haproxy.config, text);
    await new Promise((resolve) => other.close(resolve));
  };
}

test("an address that is taken in the user's own configuration is told by the master, before the route is asked, and what was there before is back", async () => {
  const made = await apply(route("first"));
  const files = filesBelow(haproxy.settings.directory);
  const mend = await takeAddress();
  lines = [];
  const said = await saidBy(apply(route("second"), made));
  await mend(2); // the change, and the way back
  expect(said).toBe(
    `ProxyRoute route (${host} on this machine): haproxy could not load the new configuration (its master says "failed: 1"); the reason stands in its log. What was there before is back.`,
  );
  expect(lines).toEqual([]);
  expect(filesBelow(haproxy.settings.directory)).toEqual(files);
  // After a load that failed the old worker listens again, in a moment.
  const answers = async () => [await status("first"), await status("second")];
  const inForce = () => answers().catch((error: NodeJS.ErrnoException) => [error.code]);
  expect(await inTheEnd(inForce, [200, 401])).toEqual([200, 401]);
  const changed = await apply(route("second"), made);
  expect(await status("second")).toBe(200);
  await removeRoute(changed);
});

test("a process that is killed while the master loads leaves the server and the files as they were", async () => {
  const made = await apply(route("first"));
  const files = filesBelow(haproxy.settings.directory);
  const mend = await takeAddress();
  const told = haproxy.log().length;
  const provider = applyInProcess(route("second"));
  await until(() => haproxy.log().slice(told).includes("Reloading HAProxy"), 60);
  provider.kill("SIGKILL");
  await mend(1);
  expect(await inTheEnd(() => Promise.resolve(filesBelow(haproxy.settings.directory)), files)).toEqual(files);
  const changed = await apply(route("third"), made);
  expect([await status("third"), await status("second")]).toEqual([200, 401]);
  await removeRoute(changed);
});

test("without a master at the socket a line says so, and the command reloads", async () => {
  const missing = path.join(haproxy.home, "none.sock");
  const before = haproxy.reloads();
  const made = await apply(route("first", undefined, missing));
  expect([await status("first"), haproxy.reloads() - before]).toEqual([200, 1]);
  expect(lines.filter((line) => line.includes("socket"))).toEqual([
    `haproxy did not confirm over its master socket ${missing} that it reloads (connect ENOENT ${missing}), so the command reload is run.`,
  ]);
  await removeRoute(made);
});

test("a socket that is the worker's own and no master's is told, and the command reloads", async () => {
  const before = haproxy.reloads();
  const made = await apply(route("first", undefined, haproxy.socket));
  expect([await status("first"), haproxy.reloads() - before]).toEqual([200, 1]);
  expect(lines.filter((line) => line.includes("socket"))).toEqual([
    expect.stringMatching(/ that it reloads \(to "show proc" it says: Unknown command/) as string,
  ]);
  await removeRoute(made);
});
