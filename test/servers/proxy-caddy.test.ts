// What is Caddy's own: the import of the user's site, who may ask the admin API, who reads the files, what goes wrong behind it.
import { chownSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { RouteState } from "../../provider/proxy/route/fields";
import { statusOf } from "../support/attacks";
import { startCaddy } from "../support/caddy";
import type { Caddy } from "../support/caddy";
import { exchange, filesBelow, startBot } from "../support/nginx";
import type { Bot } from "../support/nginx";
import { freePort } from "../support/ports";
import { run } from "../support/process";
import {
  applyIn,
  contextOf,
  hurried,
  inTheEnd,
  readRoute,
  removeRoute,
  routeLifecycle,
  routeOf,
  saidBy,
} from "../support/routes";
import { startSshd } from "../support/sshd";
import { until } from "../support/until";

const address = "127.0.7.220";
const listen = `${address}:8081`;
const host = "bots.example.com";
const secret = "secret-of-b1";
const importLine = `import {directory}/locations/${host}/*.caddy`;
const site = (inside: string) => `http://${host}:8081 {\n\tbind ${address}\n${inside}\n}\n`;
let bot: Bot;
let caddy: Caddy;
beforeAll(async () => {
  bot = await startBot();
  caddy = await startCaddy(
    site(`\tlog\n\t${importLine}\n\thandle /tg/* {\n\t\trespond folder\n\t}\n\thandle {\n\t\trespond own\n\t}`),
  );
});
afterAll(() => Promise.all([bot.close(), caddy.dispose()]));

const files = (of = caddy) => filesBelow(of.settings.directory);
function route(more: Record<string, unknown> = {}) {
  return routeOf({
    ...{ server: { caddy: caddy.settings }, attach: "location", tls: "none", hostname: host, listen, path: "/tg/b1" },
    ...{ upstream: bot.url, secretTokens: [secret] },
    ...more,
  });
}
const apply = async (more: Record<string, unknown> = {}, old?: RouteState, context = contextOf()) =>
  applyIn(context, route(more), old);
const status = (token = secret, at = "/tg/b1") =>
  statusOf({ host, address, port: 8081, path: at }, token).catch(() => 0);
const get = async (at: string) =>
  (await exchange(address, 8081, `GET ${at} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).split(
    "\r\n\r\n",
  )[1];

/** Another Caddy in place of the one of this file. */
async function inPlace<T>(own: string, more: Parameters<typeof startCaddy>[1], work: (other: Caddy) => Promise<T>) {
  await caddy.stop();
  const other = await startCaddy(own, more);
  try {
    return await work(other);
  } finally {
    await other.dispose();
    await caddy.restart();
  }
}

test("a route comes before the site's own handles of a folder and of all, and leaves both as they are", async () => {
  const state = await apply();
  expect([await status(), await get("/tg/other"), await get("/")]).toEqual([200, "folder", "own"]);
  await removeRoute(state);
  expect([await status(), files()]).toEqual([200, { lock: "" }]); // the folder's own answer
  expect(bot.requests).toHaveLength(1);
});

test("an import that is missing is asked for with its text, and nothing is changed", async () => {
  await inPlace(site("\trespond own"), {}, async (bare) => {
    const said = await saidBy(apply({ server: { caddy: bare.settings } }));
    const line = importLine.replace("{directory}", bare.settings.directory);
    expect(said).toBe(
      `ProxyRoute route (${host} on this machine): caddy does not load our files. Add the line \`${line}\` to the site block of ${host} in the Caddyfile, and run pulumi up again. What was there before is back.`,
    );
    expect(files(bare)).toEqual({ lock: "" });
    writeFileSync(bare.config, readFileSync(bare.config, "utf8").replace("\trespond own", `\t${line}\n\trespond own`));
    const state = await apply({ server: { caddy: bare.settings } });
    writeFileSync(bare.config, readFileSync(bare.config, "utf8").replace(`\t${line}\n`, ""));
    expect(await saidBy(apply({ server: { caddy: bare.settings } }, state))).toContain(`Add the line \`${line}\` to`);
  });
});

test("an import at a place where updates are lost is refused with the place, and nothing is changed", async () => {
  const swallow = "handle_errors {\n\t\trespond 200\n\t}";
  await inPlace(site(`\t${swallow}\n\t${importLine}\n\trespond own`), {}, async (other) => {
    const server = { caddy: other.settings };
    const line = importLine.replace("{directory}", other.settings.directory);
    const text = readFileSync(other.config, "utf8");
    const refused = async (own: string) => {
      writeFileSync(other.config, text.replace(`\t${swallow}\n\t${line}`, own));
      const said = await saidBy(apply({ server }));
      expect(files(other)).toEqual({ lock: "" });
      return said;
    };
    expect(await refused(`\t${swallow}\n\t${line}`)).toContain(`move the line \`${line}\` above every handle_errors`);
    for (const block of ["route", "handle", "handle_path /tg/*"]) {
      const said = await refused(`\t${block} {\n\t\t${line}\n\t}`);
      expect(said).toContain(
        "must stand in the site block itself, not in a handle or route. What was there before is back",
      );
      expect(said.length).toBeLessThan(500);
    }
    expect(await refused(`}\nhttp://shop.example.com:8081 {\n\tbind ${address}\n\t${line}`)).toContain(
      `\`${line}\` (in the site of shop.example.com): no request for ${host} gets there`,
    );
    writeFileSync(other.config, text.replace(`\t${swallow}\n\t${line}`, `\t${line}\n\t${swallow}`));
    const state = await apply({ server, upstream: `http://127.0.0.1:${await freePort()}` });
    expect(await status()).toBe(502);
    writeFileSync(other.config, text);
    expect(await readRoute(state)).toMatchObject({ verified: false });
  });
});

test("a refresh says what to do where pulumi up does not repair it: the import, and the start of Caddy", async () => {
  await inPlace(site(`\t${importLine}\n\trespond own`), {}, async (other) => {
    const line = importLine.replace("{directory}", other.settings.directory);
    const state = await apply({ server: { caddy: other.settings } });
    const text = readFileSync(other.config, "utf8");
    const lines = async () => {
      const context = contextOf();
      const said: string[] = [];
      await routeLifecycle.read(state, { ...context, log: (one) => void said.push(String(one)) });
      return said.join("\n");
    };
    writeFileSync(other.config, text.replace(`\t${line}\n`, ""));
    expect(await lines()).toMatch(new RegExp(`caddy does not load .*Add the line .*to the site block of ${host}`));
    writeFileSync(other.config, text);
    await other.stop();
    const stopped = await lines();
    expect(stopped).toContain("start caddy if it does not run. Put that right on the machine");
    expect(stopped).not.toContain("repairs it");
    expect(await saidBy(apply({ server: { caddy: other.settings }, timeoutSeconds: 7 }, state))).toContain(
      "; start caddy, or if `admin` in its configuration was changed since its start, restart it once, or run `caddy reload --config /etc/caddy/Caddyfile --address …` with the previous address.",
    );
    await other.restart();
    await removeRoute(state);
  });
});

test("a site that speaks plain http is told as such where the route expects TLS", async () => {
  expect(await saidBy(apply({ tls: undefined }, undefined, hurried(contextOf())))).toContain(
    `caddy speaks no TLS for ${host} at ${listen}; if that is as you want it, give the route tls: "none". caddy took the reload; the server says that it runs this configuration, so see which site`,
  );
});

test("an admin API over TCP, which shows every user of the machine the secrets, is refused unless it is asked for", async () => {
  const admin = `127.0.0.1:${await freePort()}`; // Caddy wants a name of loopback in the question
  await inPlace(site(`\t${importLine}\n\trespond own`), { admin }, async (open) => {
    expect(await saidBy(apply({ server: { caddy: open.settings } }))).toBe(
      `ProxyRoute route (${host} on this machine): caddy shows its configuration at ${admin} to every user of the machine, and with it the secrets of all routes. Nothing was changed. Add \`admin unix//run/caddy/admin.sock\` to the global options of the Caddyfile and run \`caddy reload --config /etc/caddy/Caddyfile --address ${admin}\` once (or restart Caddy), or allow it by caddy.adminUrl.`,
    );
    expect(files(open)).toEqual({ lock: "" });
    // A socket that is given is not the one that the Caddyfile names.
    const adminSocket = open.adminSocket;
    expect(await saidBy(apply({ server: { caddy: { ...open.settings, adminSocket } } }))).toContain(
      "to every user of the machine",
    );
    const state = await apply({ server: { caddy: { ...open.settings, adminUrl: `http://${admin}` } } });
    expect(state.verified).toBe(true);
    expect(await configAt(admin)).toContain(secret); // as the message says
    // One that somebody opens later is drift.
    expect(await readRoute({ ...state, server: { caddy: open.settings } })).toMatchObject({
      verified: false,
      verificationProblem: expect.stringContaining("to every user of the machine, and with it the secrets") as string,
    });
    await removeRoute(state);
  });
});

test("the files are those of the user who runs Caddy, who finds the route again at the next start", async () => {
  const user = "nobody";
  const own = site(`\t${importLine}\n\trespond own`);
  const home = caddy.home.replace(/[^/]*$/, `pulumi-telegram-caddy-${process.pid}-user`);
  await run("install", ["-d", "-o", user, home]);
  await inPlace(own, { user, folder: home }, async (other) => {
    await run("install", ["-d", other.settings.directory]); // ours, as /etc/caddy is root's
    chownSync(home, 0, 0); // and nobody's to write
    const state = await apply({ server: { caddy: other.settings } });
    const [name = ""] = Object.keys(files(other)).filter((file) => file.endsWith(".caddy"));
    const { uid, mode } = statSync(path.join(other.settings.directory, name));
    const { stdout } = await run("id", ["-u", user]);
    expect([uid, (mode & 0o777).toString(8)]).toEqual([Number(stdout), "600"]);
    expect(await readRoute(state)).toEqual(state);
    await run("chown", [user, home]); // for its admin socket
    await other.stop();
    await other.restart();
    expect(await inTheEnd(() => status(), 200)).toBe(200);
    chownSync(home, 0, 0);
    await removeRoute(state);
  });
});

test("a user whom the machine does not know is told, and nothing is changed", async () => {
  const said = await saidBy(apply({ server: { caddy: { ...caddy.settings, user: "no-such-user" } } }));
  expect(said).toContain("is not the name of a known user; give caddy.user, the user who runs caddy");
  expect(await get("/")).toBe("own");
});

describe("a bot that goes wrong:", () => {
  type Answer = (write: (text: string) => void, cut: () => void) => void;
  /** What a bot that does this with each connection is answered for with, and what Caddy logs meanwhile. */
  async function withBadBot(answer: Answer) {
    const server = createServer((socket) => {
      const write = (text: string) => void socket.write(text);
      socket.on("error", () => undefined).once("data", () => answer(write, () => socket.destroy()));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const upstream = `http://127.0.0.1:${port}`;
      const state = await apply({ upstream, timeoutSeconds: 1, upstreamSecret: "stable-secret" });
      const began = caddy.log().length;
      const got = await status();
      await get("/after");
      await until(() => caddy.log().slice(began).includes('"/after"'));
      const log = caddy.log().slice(began);
      await removeRoute(state);
      return { got, log };
    } finally {
      server.close();
    }
  }

  test.each<[string, number, Answer]>([
    ["cuts the connection", 502, (_write, cut) => cut()],
    ["answers no HTTP", 502, (write, cut) => (write("hello\r\n\r\n"), cut())],
    ["never answers", 504, () => undefined],
  ])("one that %s is answered for with %i, and the log has no secret, path or body", async (_what, wanted, answer) => {
    const { got, log } = await withBadBot(answer);
    expect(got).toBe(wanted);
    for (const hidden of [secret, "stable-secret", "/tg/b1", "update_id"]) expect(log).not.toContain(hidden);
  });

  test("of one that stops in the middle of its answer Caddy logs what the bot was sent: not Telegram's secret, but the path and upstreamSecret", async () => {
    const { log } = await withBadBot((write, cut) => {
      write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
      setTimeout(cut, 50);
    });
    const line = log.split("\n").find((one) => one.includes("aborting with incomplete response"));
    expect(line).toContain("stable-secret");
    for (const hidden of [secret, "update_id"]) expect(log).not.toContain(hidden);
  });
});

test("no log of the site gets the secret, while the route is made, while another configuration answers, which is named, and when it is gone", async () => {
  const began = caddy.log().length;
  const state = await apply();
  await removeRoute(state);
  expect(await readRoute(state)).toMatchObject({ verified: false });
  expect(caddy.log().slice(began)).toContain("load complete");
  expect(caddy.log().slice(began)).not.toContain(secret);
  await inPlace(site(`\tlog\n\t${importLine}\n\tredir /tg/* /elsewhere`), {}, async (other) => {
    expect(await saidBy(apply({ server: { caddy: other.settings } }, undefined, hurried(contextOf())))).toContain(
      `another configuration than the route's is in force for ${host} at ${listen}: it answered 302; by the configuration, these directives act before the route: respond, redir or abort, in the site of ${host}.`,
    );
    // A limit of the whole site, which no probe meets.
    const own = readFileSync(other.config, "utf8");
    writeFileSync(other.config, own.replace("redir /tg/* /elsewhere", "request_body {\n\t\tmax_size 1KB\n\t}"));
    expect(await saidBy(apply({ server: { caddy: other.settings } }))).toContain(
      `the configuration around the route keeps updates from the bot: \`request_body { max_size 1000 }\` (in the site of ${host}): it refuses updates that are longer`,
    );
    expect(files(other)).toEqual({ lock: "" });
    await get("/after");
    await until(() => other.log().includes('"/after"'));
    expect(other.log()).not.toContain(secret);
  });
});

test("over SSH a route is made, rotated, seen and removed", async () => {
  const sshd = await startSshd(address);
  try {
    const on = { ssh: { host: address, port: sshd.port, privateKey: sshd.privateKey, hostKey: sshd.hostKey } };
    const made = await apply({ on });
    const state = await apply({ on, secretTokens: ["newer", secret] }, made);
    expect([state.machine, state.verified, await status("newer"), await status()]).toEqual([address, true, 200, 200]);
    expect(await routeLifecycle.read(state, contextOf())).toMatchObject({ facts: { verified: true } });
    await removeRoute(state);
    expect(files()).toEqual({ lock: "" });
  } finally {
    await sshd.dispose();
  }
});

function configAt(place: string): Promise<string> {
  return new Promise((resolve, reject) => {
    httpRequest(`http://${place}/config/`, (response) => {
      let got = "";
      response.setEncoding("utf8").on("data", (part: string) => (got += part));
      response.once("end", () => resolve(got)).once("error", reject);
    })
      .once("error", reject)
      .end();
  });
}
