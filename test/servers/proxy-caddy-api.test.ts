// Caddy's admin API: what the contract of files says of a change, said of objects in the configuration of a running Caddy.
import { once } from "node:events";
import { createServer } from "node:net";
import path from "node:path";
import { connect as connectTls } from "node:tls";
import type { RouteState } from "../../provider/proxy/route/fields";
import { adminFront } from "../support/admin-front";
import type { AdminFront } from "../support/admin-front";
import { request } from "../support/attacks";
import { askAdmin, startCaddyApi } from "../support/caddy-api";
import type { CaddyApi } from "../support/caddy-api";
import { contractTable } from "../support/contract";
import { certificateFor, exchange, headOf, startBot, writeRequest } from "../support/nginx";
import type { Bot } from "../support/nginx";
import {
  applyIn,
  applyInProcess,
  contextOf,
  hurried,
  inTheEnd,
  readIn,
  routeLifecycle,
  routeOf,
  saidBy,
  thisStack,
} from "../support/routes";

const address = "127.0.7.211";
const host = "bots.example.com";
const listen = `${address}:8443`;
const listener = `pulumi-telegram:${listen}`;
const certificate = `${listener}:${host}`;
type Json = Record<string, unknown>;

/** The user's own Caddy: a site, a log of all requests with a list, one without, a certificate, and settings of ours nowhere. */
const own = {
  admin: { identity: {} },
  logging: {
    logs: {
      default: { level: "DEBUG" },
      requests: { include: ["http.log.access", "tls"], level: "DEBUG" },
      other: { exclude: ["http"] },
    },
  },
  apps: {
    http: {
      grace_period: 1_000_000_000,
      servers: {
        own: {
          listen: [`${address}:8081`],
          logs: {},
          routes: [{ handle: [{ handler: "static_response", body: "own" }] }],
        },
      },
    },
  },
};

const pems = Promise.all([certificateFor(host), certificateFor(host), certificateFor("shop.example.com")]);
let bot: Bot;
let caddy: CaddyApi;
let front: AdminFront;
let states: [RouteState, string][] = [];
let lines: string[] = [];
beforeAll(async () => {
  bot = await startBot();
  caddy = await startCaddyApi(own);
  front = await adminFront(caddy.home, caddy.adminSocket);
});
const table = contractTable("a change");
/** A test whose end stands in the table of all servers too. */
const contract = (behaviour: string, called: string, work: () => Promise<unknown>, word = "yes") =>
  test(called, () => table.cell(behaviour, "caddy", "listener", work, word));
afterAll(async () => {
  await front.close();
  await Promise.all([bot.close(), caddy.dispose()]);
  table.print();
});
beforeEach(() => {
  [states, lines, front.seen] = [[], [], []];
  front.before = () => Promise.resolve();
  front.after = () => Promise.resolve();
});
afterEach(async () => {
  front.before = () => Promise.resolve();
  front.after = () => Promise.resolve();
  for (const [state, owner] of states.reverse()) await remove(state, owner);
  expect(await config()).toEqual(own); // nothing of ours, and all that is the user's
});

const config = async () => (await askAdmin(caddy.adminSocket, "GET", "/config/")).body as Json;
const at = async (place: string) => (await askAdmin(caddy.adminSocket, "GET", `/config/${place}`)).body;
/** Another hand's change. */
async function foreign(method: string, place: string, value?: unknown): Promise<void> {
  const { status, body } = await askAdmin(caddy.adminSocket, method, place, value);
  if (status !== 200) throw new Error(`${method} ${place}: ${status} ${JSON.stringify(body)}`);
}

async function args(more: Json = {}): Promise<Json> {
  const [pem] = await pems;
  return {
    ...{ server: { caddy: { ...caddy.settings, adminSocket: front.socket } }, attach: "listener", hostname: host },
    ...{ listen, path: "/tg/b1", tls: { pem }, upstream: bot.url, secretTokens: ["secret-of-b1"] },
    ...more,
  };
}
async function apply(
  more: Json = {},
  owner = thisStack,
  old?: RouteState,
  context = contextOf(lines, 100, owner),
): Promise<RouteState> {
  const state = await applyIn(context, routeOf(await args(more)), old);
  states.push([state, owner]);
  return state;
}
const read = (state: RouteState, owner = thisStack) => readIn(contextOf(lines, 100, owner), state);
const remove = (state: RouteState, owner = thisStack) =>
  routeLifecycle.remove(state, contextOf(lines, 100, owner), false);
const update = (state: RouteState, more: Json = {}) => apply(more, thisStack, state);

async function status(secret = "secret-of-b1", route = "/tg/b1", name = host): Promise<number> {
  const target = { host: name || address, port: 8443, path: route, otherSecret: "", longerPath: "" };
  const text = request({ ...target, secrets: [secret, secret] });
  const options = { host: address, port: 8443, rejectUnauthorized: false, servername: name };
  const socket = connectTls(options, () => writeRequest(socket, text));
  return Number(/^HTTP\/1.1 (\d+)/.exec(await headOf(socket))?.[1]);
}
const writes = () => front.seen.filter((one) => one.startsWith("POST"));

contract(
  "it is made, changed, looked at and removed, and leaves nothing",
  "a route is made and proved by one write, is read back as it is, and changes in place",
  async () => {
    const state = await apply();
    expect([state.verified, writes(), await status(), bot.requests.at(-1)?.url]).toEqual([
      true,
      ["POST 200"],
      200,
      "/tg/b1",
    ]);
    expect(await read(state)).toEqual(state);
    expect(await exchange(address, 8081, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).toContain("200 OK");
    expect(await update(state)).toEqual(state);
    expect(writes()).toHaveLength(1); // nothing changed, so nothing was written
    const rotated = await update(state, { secretTokens: ["newer", "secret-of-b1"] });
    expect([await status(), await status("newer"), await read(rotated)]).toEqual([200, 200, rotated]);
  },
);

contract(
  "the server comes up again with the route, without us",
  "after a crash Caddy has the route again",
  async () => {
    const state = await apply();
    const before = await config();
    await caddy.crash();
    await caddy.restart();
    expect(await config()).toEqual(before);
    expect(await read(state)).toEqual(state);
    expect(await status()).toBe(200);
  },
);

contract(
  "a hundred routes that come together are one reload, and leave nothing",
  "a hundred routes that come together are one write",
  async () => {
    const made = Array.from({ length: 100 }, (_, one) =>
      apply({ path: `/tg/n${one}`, secretTokens: [`secret-${one}`] }),
    );
    await Promise.all(made);
    expect(writes()).toEqual(["POST 200"]);
    expect([await status("secret-99", "/tg/n99"), await status("secret-98", "/tg/n99")]).toEqual([200, 401]);
    await Promise.all(states.splice(0).map(([state]) => remove(state)));
    expect(writes()).toEqual(["POST 200", "POST 200"]);
  },
  "yes, one write",
);

contract(
  "a bad one of several does not keep the good ones out",
  "a bad one of several keeps no good one out",
  async () => {
    const missing = { files: { certificateFile: "/nowhere/certificate.pem", keyFile: "/nowhere/key.pem" } };
    const good = [apply(), apply({ path: "/tg/b2" })];
    const bad = apply({ hostname: "shop.example.com", tls: missing });
    expect(await saidBy(bad)).toMatch(
      /^ProxyRoute route \(shop\.example\.com on this machine\): caddy refuses the new configuration: .*no such file or directory\. Nothing was changed\.$/,
    );
    await Promise.all(good);
    expect([await status(), await status("secret-of-b1", "/tg/b2")]).toEqual([200, 200]);
  },
);

test("somebody else's write between our look and ours stays, and ours is decided anew", async () => {
  let times = 0;
  front.before = async (method) => {
    if (method !== "POST" || times > 2) return;
    times += 1;
    await foreign("POST", "/config/apps/http/servers/own/idle_timeout", times * 1_000_000_000);
  };
  await apply();
  expect(writes()).toEqual(["POST 412", "POST 412", "POST 412", "POST 200"]);
  expect(await at("apps/http/servers/own/idle_timeout")).toBe(3_000_000_000);
  expect(await status()).toBe(200);
  await foreign("DELETE", "/config/apps/http/servers/own/idle_timeout");
});

test("somebody who takes the place between our look and our write keeps it", async () => {
  const other = { listen: [listen], routes: [] };
  front.before = async (method) => {
    if (method !== "POST") return;
    front.before = () => Promise.resolve();
    await foreign("PUT", "/config/apps/http/servers/quick", other);
  };
  expect(await saidBy(apply())).toMatch(
    new RegExp(`${listen} is served by the server quick of the configuration of caddy\\. Nothing was changed\\.`),
  );
  expect(await at("apps/http/servers/quick")).toEqual(other);
  await foreign("DELETE", "/config/apps/http/servers/quick");
});

contract(
  "the reload says yes and does nothing",
  "a change that Caddy takes and that is not in force is put back; what somebody else changed meanwhile is left",
  async () => {
    const state = await apply();
    const inFront = { handle: [{ handler: "static_response", status_code: 418 }] };
    let isDone = false;
    front.after = async (method) => {
      if (method !== "POST" || isDone) return;
      isDone = true;
      await foreign("PUT", `/config/apps/http/servers/${listener}/routes/0`, inFront);
      await foreign("POST", "/config/apps/http/servers/own/idle_timeout", 5);
    };
    expect(await saidBy(apply({ secretTokens: ["newer"] }, thisStack, state, hurried(contextOf(lines, 100))))).toMatch(
      /it answered 418\. caddy took the change; .*What was there before is back\.$/,
    );
    expect(await inTheEnd(() => status(), 200)).toBe(200);
    expect([await status("newer"), await at("apps/http/servers/own/idle_timeout")]).toEqual([401, 5]);
    expect(await read(state)).toEqual(state);
    await foreign("DELETE", "/config/apps/http/servers/own/idle_timeout");
  },
);

test("a write whose answer is lost counts if it was carried out", async () => {
  front.after = (method) => Promise.resolve(method === "POST" ? "drop" : undefined);
  await apply();
  expect(await status()).toBe(200);
});

test("a write that never arrived changed nothing, and is said", async () => {
  front.before = (method) => Promise.resolve(method === "POST" ? "drop" : undefined);
  expect(await saidBy(apply())).toMatch(
    /the admin API of caddy at \S+ does not answer: .*\. Nothing was changed\. Start Caddy as /,
  );
  expect(await config()).toEqual(own);
});

contract(
  "the machine puts back what was there when the provider dies",
  "a run that is killed between write and proof leaves a whole configuration, which the next one proves",
  async () => {
    const inputs = routeOf(await args());
    const written = new Promise<void>((resolve) => {
      front.after = (method) => {
        if (method !== "POST") return Promise.resolve();
        child.kill("SIGKILL");
        resolve();
        return Promise.resolve("drop");
      };
    });
    const child = applyInProcess(inputs);
    await Promise.all([written, once(child, "exit")]);
    front.after = () => Promise.resolve();
    expect(await status()).toBe(200);
    const state = await apply();
    expect(await read(state)).toEqual(state);
    expect(await status()).toBe(200);
  },
  "no, it stays whole",
);

describe("drift is said and repaired:", () => {
  const subroute = `/id/${listener}:${host}`;
  const drifts: [string, (route: string) => Promise<void>, RegExp][] = [
    ["the route is gone", (id) => foreign("DELETE", `/id/${id}`), /^its object pulumi-telegram:\S+:\w{12} is gone\.$/],
    [
      "the route was edited",
      (id) => foreign("PATCH", `/id/${id}/match/0/path`, ["/other"]),
      /^its object \S+ was edited; another configuration than the route's is in force/,
    ],
    [
      "its owner was edited",
      (id) => foreign("DELETE", `/id/${id}/handle/0/routes/0/handle/0/pulumi_telegram_owner`),
      /^its object \S+ is now the route of an unknown owner/,
    ],
    [
      "the listener is gone",
      () => foreign("DELETE", `/id/${listener}`),
      /^its object pulumi-telegram:\S+:\w{12} is gone\.$/,
    ],
    [
      "the listener was edited",
      () => foreign("PATCH", `/id/${listener}/idle_timeout`, 1_000_000_000),
      /^pulumi-telegram:127\.0\.7\.211:8443 differs from what was written\.$/,
    ],
    [
      "a route was put in front",
      () => foreign("PUT", `/id/${listener}/routes/0`, { handle: [{ handler: "static_response", status_code: 418 }] }),
      /^pulumi-telegram:127\.0\.7\.211:8443 differs from what was written; .* it answered 418/,
    ],
    [
      "the versions of TLS were changed",
      () => foreign("PATCH", `/id/${listener}/tls_connection_policies/0/protocol_min`, "tls1.3"),
      /^pulumi-telegram:127\.0\.7\.211:8443 differs from what was written\.$/,
    ],
    [
      "the certificate is gone",
      () => foreign("DELETE", subroute),
      /^pulumi-telegram:127\.0\.7\.211:8443 differs from what was written; \S+:bots\.example\.com is gone; caddy does not answer/,
    ],
    [
      "the certificate is another one",
      async () => {
        const { certificatePem, privateKeyPem } = (await pems)[1];
        const now = (await askAdmin(caddy.adminSocket, "GET", subroute)).body as Json;
        await foreign("PATCH", subroute, { ...now, certificate: certificatePem, key: privateKeyPem });
      },
      /bots\.example\.com differs from what was written; caddy at \S+ shows another certificate than the route's\.$/,
    ],
    ["the log is gone", () => foreign("DELETE", "/config/logging/logs/pulumi-telegram"), /^pulumi-telegram is gone\.$/],
    [
      "another log gets what our log leaves out",
      () => foreign("DELETE", "/config/logging/logs/default/exclude"),
      /^pulumi-telegram differs from what was written; default in logging\.logs of the configuration of caddy gets requests with all headers, and so the secret; nothing is sent/,
    ],
  ];
  test.each(drifts)("%s", (what, harm, words) =>
    table.cell(`drift: ${what}`, "caddy", "listener", () => drifted(what, harm, words)),
  );
  async function drifted(what: string, harm: (route: string) => Promise<void>, words: RegExp): Promise<void> {
    const state = await apply();
    await harm(`${certificate}:${/:(\w{12})"/.exec(JSON.stringify(await at(`apps/http/servers/${listener}`)))?.[1]}`);
    const seen = await inTheEnd(async () => (await read(state)).verified, false);
    const found = await read(state);
    expect([seen, found.sha256]).toEqual([false, state.sha256]);
    const requests = caddy
      .log()
      .split("\n")
      .filter((line) => line.includes('"http.log.access'));
    expect(requests.filter((line) => line.includes("secret-of-b1"))).toEqual([]);
    expect(found.verificationProblem).toMatch(words);
    const takes = what === "its owner was edited" ? { takeover: true } : {};
    const repaired = await update(found, takes);
    expect(await read(repaired)).toEqual(repaired);
    expect(await status()).toBe(200);
  }
});

contract(
  "another stack's route is neither written over nor removed, and may be taken over",
  "another stack's route and certificate are left alone, may be taken over, and go with their own stack",
  async () => {
    const [ours, theirs] = ["acme/bots/prod", "acme/shop/prod"];
    const [pem, other] = await pems;
    const mine = await apply({}, ours);
    expect(await saidBy(apply({ secretTokens: ["other"] }, theirs))).toMatch(
      /: pulumi-telegram:\S+ is the route of acme\/bots\/prod at this path\. Nothing was changed\./,
    );
    expect(await saidBy(apply({ path: "/tg/b2", tls: { pem: other } }, theirs))).toMatch(
      /the listener of bots\.example\.com at \S+ is of acme\/bots\/prod, and this route would change it/,
    );
    const beside = await apply({ path: "/tg/b2", tls: { pem } }, theirs);
    const taken = await apply({ secretTokens: ["other"], takeover: true }, theirs);
    expect((await read(mine, ours)).verificationProblem).toMatch(/ is now the route of acme\/shop\/prod/);
    await remove(mine, ours);
    expect([await status("other"), await status("secret-of-b1", "/tg/b2")]).toEqual([200, 200]);
    expect([(await read(taken, theirs)).verified, (await read(beside, theirs)).verified]).toEqual([true, true]);
  },
);

test("no log has a path, a secret or a body, also where the bot is down or breaks off its answer", async () => {
  const began = caddy.log().length;
  await apply({ upstreamSecret: "stable-secret-behind", upstream: `${bot.url}/hidden-place` });
  await status();
  await status("guessed-secret");
  const { port } = bot;
  await bot.close();
  expect(await status()).toBe(502);
  const broken = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf");
      setTimeout(() => socket.destroy(), 50);
    });
  });
  await new Promise<void>((resolve) => broken.listen(port, "127.0.0.1", resolve));
  await status().catch(() => undefined);
  await new Promise((resolve) => broken.close(resolve));
  bot = await startBot(port);
  const logged = await inTheEnd(() => Promise.resolve(/"status":502/.test(caddy.log().slice(began))), true);
  expect(logged).toBe(true);
  const text = caddy.log().slice(began);
  expect(text).toMatch(/"status":200,.*"secret":"current"/);
  expect(text).toMatch(/"status":401,.*"secret":"none"/);
  const hidden = ["/tg/b1", "hidden-place", "secret-of-b1", "guessed-secret", "stable-secret-behind", "update_id"];
  expect(hidden.filter((word) => text.includes(word))).toEqual([]);
});

test("an IP address is served to who sends no name, and its certificate to nobody else; a second one is refused", async () => {
  const named = await apply();
  const pem = await certificateFor(address);
  await apply({ hostname: address, path: "/tg/ip", tls: { pem } });
  expect([await status("secret-of-b1", "/tg/ip", ""), await status()]).toEqual([200, 200]);
  await expect(status("secret-of-b1", "/tg/ip", "other.example.com")).rejects.toThrow();
  expect((await read(named)).verified).toBe(true);
  const second = await certificateFor("127.0.7.212");
  expect(await saidBy(apply({ hostname: "127.0.7.212", tls: { pem: second } }))).toMatch(
    /the listener \S+ is there already for the IP address 127\.0\.7\.211, and this route wants it for the IP address 127\.0\.7\.212\. Nothing/,
  );
  expect(await saidBy(apply({ path: "/tg/plain", tls: "none" }))).toMatch(/is there already for routes with TLS/);
});

contract(
  "an address and port that another program has is not taken",
  "a place of the user's own server, of another listener of ours or of another program is refused",
  async () => {
    expect(await saidBy(apply({ listen: "0.0.0.0:8081" }))).toMatch(/0\.0\.0\.0:8081 is served by the server own of /);
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(8444, address, resolve));
    expect(await saidBy(apply({ listen: `${address}:8444` }))).toMatch(
      /:8444 is in use by another program \(node, process \d+\)/,
    );
    await new Promise((resolve) => stranger.close(resolve));
    await apply();
    expect(await saidBy(apply({ listen: "0.0.0.0:8443" }))).toMatch(
      /0\.0\.0\.0:8443 overlaps with 127\.0\.7\.211:8443/,
    );
  },
);

test("a Caddy before 2.8, one that forbids, and what is no Caddy are told from each other, and no refresh fails of them", async () => {
  const state = routeOf(await args()) as RouteState;
  const answers: [AdminFront["after"], RegExp][] = [
    [
      (_method, answer) => void delete answer.headers["etag"],
      /the caddy at \S+front\.sock is older than 2\.8\. Nothing was changed\. Install a newer one/,
    ],
    [
      (_method, answer) => void (answer.status = 403),
      /at \S+ answers 403 to the host localhost\. Nothing was changed\. Install Caddy 2\.8 or later; or, /,
    ],
    [
      (_method, answer) => void (answer.body = Buffer.from("<html>")),
      /what answers at \S+ is not the admin API of caddy, since its answer is no JSON\. Nothing was changed\./,
    ],
    [
      (_method, answer) => void (answer.body = Buffer.alloc(33 * 1024 * 1024, " ")),
      /does not answer: its answer has more than 33554432 bytes\. Nothing was changed\./,
    ],
  ];
  for (const [after, words] of answers) {
    front.after = after;
    expect(await saidBy(apply())).toMatch(words);
    const seen = await routeLifecycle.read(state, contextOf(lines, 100));
    expect(JSON.stringify(seen)).toMatch(new RegExp(words.source.split("Nothing")[0]?.replace(/\\\. $/, "") ?? ""));
  }
});

test("a Caddy that does not answer is drift, and no refresh fails of it", async () => {
  const state = await apply();
  await caddy.stop();
  const { verified, verificationProblem } = await read({
    ...state,
    server: {
      caddy: { ...(state.server as { caddy: object }).caddy, adminSocket: path.join(caddy.home, "none.sock") },
    },
  } as RouteState);
  expect([verified, verificationProblem]).toEqual([
    false,
    expect.stringMatching(/^the admin API of caddy at \S+none\.sock does not answer: connect ENOENT/) as string,
  ]);
  await caddy.restart();
  expect(await read(state)).toEqual(state);
});
