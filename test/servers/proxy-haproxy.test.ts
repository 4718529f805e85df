// What is haproxy's own: listeners that hosts share by the name in the handshake, IP addresses, lines of the user's frontend, who reads the files.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { connect as connectTls } from "node:tls";
import type { RouteState } from "../../provider/proxy/route/fields";
import { request } from "../support/attacks";
import { startHaproxy } from "../support/haproxy";
import type { Haproxy } from "../support/haproxy";
import { certificateFor, exchange, filesBelow, headOf, startBot } from "../support/nginx";
import type { Bot } from "../support/nginx";
import { startSshd } from "../support/sshd";
import { contextOf, inTheEnd, routeLifecycle, routeOf, saidBy, thisStack } from "../support/routes";

const address = "127.0.7.125";
const listen = `${address}:8443`;
const [host, otherHost] = ["bots.example.com", "shop.example.com"];
const certificates = Promise.all([host, otherHost, address].map((name) => certificateFor(name)));
let bot: Bot;
let haproxy: Haproxy;
beforeAll(async () => {
  bot = await startBot();
  // The workers are another user's: only the master, which is root, can read our files.
  haproxy = await startHaproxy(`frontend own\n    bind ${address}:8081\n    default_backend own\nbackend own`, {
    global: "user nobody\n    group nogroup",
  });
});
afterAll(() => Promise.all([bot.close(), haproxy.dispose()]));

const files = () => filesBelow(haproxy.settings.directory);
const listenerFile = `10-listener-${address}_8443.cfg`;
async function route(more: Record<string, unknown> = {}) {
  const [pem, other, ofAddress] = await certificates;
  const { hostname = host } = more;
  const own = hostname === host ? pem : hostname === otherHost ? other : ofAddress;
  return routeOf({
    ...{ server: { haproxy: haproxy.settings }, attach: "listener", hostname, listen, path: "/tg/b1" },
    ...{ tls: { pem: own }, upstream: bot.url, secretTokens: ["secret-of-b1"] },
    ...more,
  });
}
async function apply(more: Record<string, unknown> = {}, owner = thisStack): Promise<RouteState> {
  const { inputs, facts } = await routeLifecycle.apply(undefined, await route(more), contextOf([], 60, owner));
  return { ...inputs, ...facts };
}
const remove = (state: RouteState, owner = thisStack) => routeLifecycle.remove(state, contextOf([], 60, owner), false);

/** The name in the certificate that is shown, and the status of an update for this host. */
async function ask(servername: string | undefined, hostname = servername ?? address): Promise<[string, number]> {
  const socket = connectTls({
    host: address,
    port: 8443,
    rejectUnauthorized: false,
    ...(servername && { servername }),
  });
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  const target = { host: hostname, port: 8443, path: "/tg/b1", otherSecret: "", longerPath: "" };
  const { CN } = socket.getPeerCertificate().subject;
  socket.write(request({ ...target, secrets: ["secret-of-b1", ""] }));
  return [String(CN), Number(/^HTTP\/1.1 (\d+)/.exec(await headOf(socket))?.[1])];
}

test("hosts share a listener, each with its own certificate, which the first route makes and the last one takes away, of whatever stack", async () => {
  const [ours, theirs] = ["acme/bots/prod", "acme/shop/prod"];
  const mine = await apply({}, ours);
  const text = files()[listenerFile];
  const other = await apply({ hostname: otherHost }, theirs);
  expect(files()[listenerFile]).toBe(text);
  expect(text).not.toContain("owner");
  expect([await ask(host), await ask(otherHost)]).toEqual([
    [host, 200],
    [otherHost, 200],
  ]);
  await expect(ask("unknown.example.com")).rejects.toThrow(/unrecognized name|alert|ECONNRESET|disconnected/i);
  await remove(mine, ours);
  expect(files()[listenerFile]).toBe(text);
  expect(await inTheEnd(() => ask(otherHost), [otherHost, 200])).toEqual([otherHost, 200]);
  await remove(other, theirs);
  expect(files()).toEqual({ lock: "" });
});

test("an IP host is answered without a name in the handshake, and has its listener alone", async () => {
  const state = await apply({ hostname: address });
  expect(await ask(undefined)).toEqual([address, 200]);
  const before = files();
  expect(await saidBy(apply())).toBe(
    `ProxyRoute route (${host} on this machine): the listener ${listen} is there already for the IP address ${address}, which needs a listener of its own, and this route wants it for host names with TLS. Nothing was changed. Take another address or port, or take down the routes that are there first.`,
  );
  expect(files()).toEqual(before);
  await apply({ hostname: address, path: "/tg/b2" }).then(remove);
  await remove(state);
  await apply();
  expect(await saidBy(apply({ hostname: address }))).toContain(
    `${listen} is there already for host names with TLS, and this route wants it for the IP address ${address}, which`,
  );
  expect(await saidBy(apply({ hostname: otherHost, tls: "none" }))).toContain(
    "wants it for routes without TLS. Nothing",
  );
  const alone = await apply({ tls: "none" }); // who has it alone may change it
  expect(alone.verified).toBe(true);
  await remove(alone);
  expect(files()).toEqual({ lock: "" });
});

test("a certificate of another stack's host is left as it is, and refused where it would change", async () => {
  const [ours, theirs] = ["acme/bots/prod", "acme/shop/prod"];
  const mine = await apply({}, ours);
  const pem = await certificateFor(host);
  expect(await saidBy(apply({ path: "/tg/b2", tls: { pem } }, theirs))).toMatch(
    /the listener of bots\.example\.com at 127\.0\.7\.125:8443 is of acme\/bots\/prod, and this route would change it \(.*\/certificate\.pem\)\. Nothing was changed\./,
  );
  const other = await apply({ path: "/tg/b2" }, theirs);
  await remove(mine, ours);
  expect(files()[`routes/${address}_8443/${host}/certificate.pem`]).not.toContain("# owner");
  await remove(other, theirs);
});

test("a host whose certificate is in a file of the machine is beside one of ours, is its stack's alone, and comes back", async () => {
  const [pem, other] = await certificates;
  const file = path.join(haproxy.home, "other.pem");
  writeFileSync(file, `${other?.certificatePem}${other?.privateKeyPem}`, { mode: 0o600 });
  const inFile = { hostname: otherHost, tls: { files: { certificateFile: file, keyFile: file } } };
  const mine = await apply(inFile, "acme/shop/prod");
  expect(mine).toMatchObject({ verified: true });
  await apply();
  const all = [
    [otherHost, 200],
    [host, 200],
  ];
  expect([await ask(otherHost), await ask(host)]).toEqual(all);
  const before = files();
  expect(await saidBy(apply({ hostname: otherHost, path: "/tg/b2", tls: { pem } }))).toMatch(
    /is of acme\/shop\/prod, and this route would change it \(.*\/certificate\.pem, .*\/certificate\.path\)\. Nothing was changed\./,
  );
  const missing = { files: { certificateFile: `${file}.none`, keyFile: `${file}.none` } };
  expect(await saidBy(apply({ ...inFile, tls: missing }, "acme/shop/prod"))).toMatch(
    /haproxy refuses the new configuration: .*other\.pem\.none.*What was there before is back\./,
  );
  expect(files()).toEqual(before);
  // Somebody took the list away: each stack puts its own certificate back.
  rmSync(path.join(haproxy.settings.directory, "routes", `${address}_8443`, "certificates.list"));
  const beside = await apply();
  expect(await routeLifecycle.read(mine, contextOf([], 60, "acme/shop/prod"))).toMatchObject({
    facts: { verified: false, verificationProblem: expect.stringMatching(/certificates\.list differs/) as string },
  });
  const repaired = await apply(inFile, "acme/shop/prod");
  const list = `routes/${address}_8443/certificates.list`;
  expect([Object.keys(files()).sort(), files()[list]]).toEqual([Object.keys(before).sort(), before[list]]);
  expect([await ask(otherHost), await ask(host)]).toEqual(all);
  await remove(beside);
  await remove(repaired, "acme/shop/prod");
  expect(files()).toEqual({ lock: "" });
});

test("the lines that lead to our routes are asked for with their text, and what is missing changes nothing", async () => {
  const location = { attach: "location", listen: `${address}:8081`, tls: "none" };
  const own = readFileSync(haproxy.config, "utf8");
  const said = await saidBy(apply(location));
  const [variable, backend] = [
    `http-request set-var-fmt(txn.pulumi_telegram) ${address}:8081/%[req.hdr(host),field(1,:),lower]%[path]`,
    "use_backend pulumi-telegram.%[var(txn.pulumi_telegram),sha2(256),hex,bytes(0,12)]",
  ];
  expect(said).toContain(
    `where that is not done yet: start haproxy with \`-f ${haproxy.settings.directory}\` as its last \`-f\``,
  );
  expect(said).toContain(
    `; add two lines to the frontend of ${host}, which must bind ${address}:8081: \`${variable}\`, and as its last use_backend \`${backend}\`; then run pulumi up again. What was there before is back.`,
  );
  expect(files()).toEqual({ lock: "" });
  expect(await saidBy(apply({ ...location, listen: `${address}:8083` }))).toContain(
    `haproxy does not answer for ${host} at ${address}:8083: connection refused; with attach "location", listen (${address}:8083) must be an address and port at which your own configuration of haproxy listens. haproxy took`,
  );
  writeFileSync(
    haproxy.config,
    own.replace("    default_backend own", `    ${variable}\n    ${backend}\n    default_backend own`),
  );
  const state = await apply(location);
  expect(state.verified).toBe(true);
  const answer = await exchange(address, 8081, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1.1 503 /); // the user's own backend, which has no server
  await remove(state);
  writeFileSync(haproxy.config, own);
});

test("a haproxy without our folder is told as such", async () => {
  const bare = await startHaproxy(`frontend own\n    bind ${address}:8082\n    default_backend own\nbackend own`, {
    include: false,
  });
  const check = [...bare.settings.check, "-f", bare.settings.directory]; // as it should be started
  try {
    expect(
      await saidBy(apply({ listen: `${address}:8444`, server: { haproxy: { ...bare.settings, check } } })),
    ).toMatch(
      /^ProxyRoute route .*: haproxy does not answer for bots\.example\.com at 127\.0\.7\.125:8444: connection refused\. haproxy took the reload; if it does not run the new configuration, the reason stands in its log\. What the route needs of the configuration, where that is not done yet: start haproxy with `-f \S+` as its last `-f` \(on Debian in EXTRAOPTS of \/etc\/default\/haproxy\), and run pulumi up again\. What was there before is back\.$/,
    );
    expect(readdirSync(path.join(bare.home, "ours"))).toEqual(["lock"]); // no empty folder either
  } finally {
    await bare.dispose();
  }
});

test("over SSH a route is made, rotated over the runtime socket without a reload, seen and removed", async () => {
  const sshd = await startSshd(address);
  try {
    const on = { ssh: { host: address, port: sshd.port, privateKey: sshd.privateKey, hostKey: sshd.hostKey } };
    const far = { on, server: { haproxy: { ...haproxy.settings, socket: haproxy.socket } } };
    const made = await apply(far);
    const reloads = haproxy.reloads();
    const rotated = await routeLifecycle.apply(
      made,
      await route({ ...far, secretTokens: ["newer", "secret-of-b1"] }),
      contextOf(),
    );
    const state = { ...rotated.inputs, ...rotated.facts };
    expect([state.machine, state.verified, haproxy.reloads()]).toEqual([address, true, reloads]);
    expect(await routeLifecycle.read(state, contextOf())).toMatchObject({ facts: rotated.facts });
    expect(await ask(host)).toEqual([host, 200]);
    await remove(state);
    expect(files()).toEqual({ lock: "" });
  } finally {
    await sshd.dispose();
  }
});
