// Routes of several stacks on one nginx: nothing of another stack's is written over, changed or removed, and each is told whose it is.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { sha256 } from "../../provider/core/hash";
import type { RouteState } from "../../provider/proxy/route/fields";
import { statusOf } from "../support/attacks";
import { certificateFor, filesBelow, startBot, startNginx } from "../support/nginx";
import type { Bot, Nginx } from "../support/nginx";
import { applyIn, contextOf, readIn, routeLifecycle, routeOf, saidBy } from "../support/routes";
import { startSshd } from "../support/sshd";
import type { Sshd } from "../support/sshd";

const address = "127.0.7.95";
const [port, tlsPort] = [8081, 8443];
const host = "bots.example.com";
const [ours, theirs] = ["acme/bots/prod", "acme/shop/prod"];
let bot: Bot;
let nginx: Nginx;
let sshd: Sshd;
beforeAll(async () => {
  bot = await startBot();
  sshd = await startSshd(address);
  nginx = await startNginx(`server { listen ${address}:${port}; server_name ${host};
    location / { return 200 own; } include {directory}/locations/*/*.conf; }`);
});
afterAll(() => Promise.all([bot.close(), nginx.dispose(), sshd.dispose()]));

const at = (more: Record<string, unknown>) =>
  routeOf({
    ...{ server: { nginx: nginx.settings }, attach: "location", hostname: host, listen: `${address}:${port}` },
    ...{ tls: "none", upstream: bot.url, secretTokens: ["secret-of-ours"], ...more },
  });
const lines: string[] = [];
const said = () => lines.splice(0);

const apply = (owner: string, more: Record<string, unknown>, old?: RouteState) =>
  applyIn(contextOf(lines, 60, owner), at(more), old);
const read = (owner: string, state: RouteState) => readIn(contextOf(lines, 60, owner), state);
const remove = (owner: string, state: RouteState) => routeLifecycle.remove(state, contextOf(lines, 60, owner), false);
const status = (one: string, secret: string) => statusOf({ host, address, port, path: one }, secret);
const folder = () => path.join(nginx.settings.directory, "locations", host);
const files = () => filesBelow(nginx.settings.directory);
const theirSecret = { secretTokens: ["secret-of-theirs"] };
/** The one route file that has this path. */
const fileWith = (one: string) => {
  const names = existsSync(folder()) ? readdirSync(folder()).map((name) => path.join(folder(), name)) : [];
  return names.find((name) => readFileSync(name, "utf8").includes(`location = ${one} {`)) ?? "";
};

test("a route that another stack has at this place is neither written over nor removed, and each is told whose it is", async () => {
  const place = { path: "/tg/one" };
  const mine = await apply(ours, place);
  const before = files();
  expect(await saidBy(apply(theirs, { ...place, ...theirSecret }))).toBe(
    `ProxyRoute route (${host} on this machine): ${fileWith("/tg/one")} is the route of ${ours} at this path. Nothing was changed. Take another path, or set takeover: true to replace it.`,
  );
  expect(files()).toEqual(before);
  expect(await status("/tg/one", "secret-of-ours")).toBe(200);

  const stolen = await apply(theirs, { ...place, ...theirSecret, takeover: true });
  expect(said()).toEqual([`ProxyRoute route: what ${ours} had here is replaced.`]);
  const seen = await read(ours, mine);
  expect(seen).toMatchObject({
    verified: false,
    verificationProblem: `its file ${fileWith("/tg/one")} is now the route of ${theirs}.`,
  });
  expect(said()).toEqual([
    `ProxyRoute route: its file ${fileWith("/tg/one")} is now the route of ${theirs}. pulumi up does not change what belongs to another owner: take another path, or set takeover: true to replace it.`,
  ]);
  expect(await saidBy(apply(ours, place, seen))).toContain(`is the route of ${theirs} at this path`);
  said();
  await remove(ours, seen);
  expect(said()).toEqual([`ProxyRoute route: ${fileWith("/tg/one")} is now the route of ${theirs}; it is left alone.`]);
  expect(await status("/tg/one", "secret-of-theirs")).toBe(200);
  expect(await read(theirs, stolen)).toEqual(stolen);
  await remove(theirs, stolen);
  expect(existsSync(folder())).toBe(false);
});

/** This stack's routes of the tests below, made in one transaction by the first that needs them: each test can run alone. */
let making: Promise<Record<"two" | "three" | "five" | "six" | "seven", RouteState>> | undefined;
const made = () => (making ??= makeTogether());
async function makeTogether() {
  const before = nginx.reloads();
  const [two, three, five, six, seven] = await Promise.all([
    apply(ours, { path: "/tg/two", takeover: true }),
    apply(ours, { path: "/tg/three" }),
    apply(ours, { path: "/tg/five" }),
    apply(ours, { path: "/tg/six" }),
    apply(ours, { path: "/tg/seven" }),
  ]);
  expect(nginx.reloads()).toBe(before + 1);
  return { two, three, five, six, seven };
}

test("takeover counts once: who declares it for ever does not take the route back", async () => {
  const place = { path: "/tg/two", takeover: true };
  const mine = (await made()).two;
  await apply(theirs, { ...place, ...theirSecret });
  expect(await saidBy(apply(ours, { ...place, maxBodyBytes: 2048 }, mine))).toContain(`is the route of ${theirs}`);
  const again = await apply(ours, place, { ...mine, takeover: false });
  expect(again.routeId).toBe(mine.routeId);
  expect(await status("/tg/two", "secret-of-ours")).toBe(200);
});

test("a creation that is repeated after a kill, and a resource of another name, find the stack's own route, and give it an id of their own", async () => {
  const first = (await made()).three;
  const before = Object.keys(files());
  const again = await apply(ours, { path: "/tg/three" });
  expect(Object.keys(files())).toEqual(before);
  expect([first, again].map(({ routeId }) => /^[0-9a-f]{12}$/.test(routeId))).toEqual([true, true]);
  expect(again.routeId).not.toBe(first.routeId);
  expect(await read(ours, again)).toEqual(again);
  const updated = await apply(ours, { path: "/tg/three", maxBodyBytes: 2048 }, again);
  expect(updated.routeId).toBe(again.routeId);
});

test("a machine that gets another name keeps its route: the new resource makes it, and the old one leaves it", async () => {
  const { port: at, hostKey, privateKey } = sshd;
  const on = { ssh: { host: address, port: at, hostKey, privateKey } };
  const first = await apply(ours, { path: "/tg/four", on });
  const second = await apply(ours, { path: "/tg/four" });
  expect([first.machine, second.machine]).toEqual([address, "local"]);
  said();
  await remove(ours, first);
  expect(said()).toEqual([
    `ProxyRoute route: ${fileWith("/tg/four")} is now the route of ${ours} (with the routeId ${second.routeId}; this resource has ${first.routeId}); it is left alone.`,
  ]);
  expect(await status("/tg/four", "secret-of-ours")).toBe(200);
  expect(await read(ours, second)).toEqual(second);
  await remove(ours, second);
  expect(fileWith("/tg/four")).toBe("");
});

test("two stacks with one mark, as of two local backends: the one whose route was written over is told, and does not write it back", async () => {
  const mine = (await made()).seven;
  const other = await apply(ours, { path: "/tg/seven", ...theirSecret });
  const whose = `${ours} (with the routeId ${other.routeId}; this resource has ${mine.routeId})`;
  const seen = await read(ours, mine);
  expect(seen).toMatchObject({
    verified: false,
    verificationProblem: `its file ${fileWith("/tg/seven")} is now the route of ${whose}.`,
  });
  expect(await saidBy(apply(ours, { path: "/tg/seven" }, seen))).toBe(
    `ProxyRoute route (${host} on this machine): ${fileWith("/tg/seven")} is the route of ${whose} at this path. Nothing was changed. Take another path, or set takeover: true to replace it.`,
  );
  expect(await status("/tg/seven", "secret-of-theirs")).toBe(200);
  said();
  const back = await apply(ours, { path: "/tg/seven", takeover: true }, seen);
  expect(said()).toEqual([`ProxyRoute route: what ${whose} had here is replaced.`]);
  expect([back.routeId, await status("/tg/seven", "secret-of-ours")]).toEqual([mine.routeId, 200]);
  await remove(ours, other);
  expect(await read(ours, back)).toEqual(back);
});

test("a stack that was renamed keeps its route until it says takeover", async () => {
  const mine = (await made()).five;
  const renamed = "acme/bots/production";
  expect(await saidBy(apply(renamed, { path: "/tg/five", maxBodyBytes: 2048 }, mine))).toContain(
    `is the route of ${ours} at this path`,
  );
  const taken = await apply(renamed, { path: "/tg/five", maxBodyBytes: 2048, takeover: true }, mine);
  expect(taken.routeId).toBe(mine.routeId);
  expect(await read(renamed, taken)).toEqual(taken);
});

test("a file without a mark is somebody else's, unless it is to the letter what the state records", async () => {
  const mine = (await made()).six;
  const file = fileWith("/tg/six");
  const unmarked = readFileSync(file, "utf8").replace(/^# owner .*\n/m, "");
  writeFileSync(file, unmarked);
  expect(await saidBy(apply(ours, { path: "/tg/six" }, mine))).toContain(
    "is the route of an unknown owner (it has no mark of a stack) at this path",
  );
  await remove(ours, mine);
  expect(readFileSync(file, "utf8")).toBe(unmarked);
  const kept = await apply(ours, { path: "/tg/six" }, { ...mine, sha256: sha256(unmarked) });
  expect(await read(ours, kept)).toEqual(kept);
  expect(readFileSync(file, "utf8")).toContain(`# owner ${ours}\n`);
});

describe("a listener that two stacks share", () => {
  const listener = { attach: "listener", listen: `${address}:${tlsPort}` };

  test("belongs to the first: the other may use it as it is, and not change its certificate or settings", async () => {
    const [pem, another] = await Promise.all([certificateFor(host), certificateFor(host)]);
    const mine = await apply(ours, { ...listener, path: "/tg/a", tls: { pem } });
    const before = files();
    const site = path.join(nginx.settings.directory, "sites", `${address}_${tlsPort}_${host}`);
    const refusal = await saidBy(apply(theirs, { ...listener, path: "/tg/b", tls: { pem: another } }));
    expect(refusal).toBe(
      `ProxyRoute route (${host} on this machine): the listener of ${host} at ${address}:${tlsPort} is of ${ours}, and this route would change it (${site}/certificate.pem, ${site}/key.pem). Nothing was changed. Declare the same tls and server, take another hostname, or set takeover: true.`,
    );
    expect(files()).toEqual(before);

    const shared = await apply(theirs, { ...listener, path: "/tg/b", tls: { pem } });
    expect(await read(theirs, shared)).toEqual(shared);
    expect(readFileSync(`${site}.conf`, "utf8")).toContain(`# owner ${ours}\n`);

    const renewed = await apply(ours, { ...listener, path: "/tg/a", tls: { pem: another } }, mine);
    expect(await read(ours, renewed)).toEqual(renewed);
    said();
    expect((await read(theirs, shared)).verificationProblem).toContain(
      `${site}/certificate.pem is of ${ours}, and not as it is declared here`,
    );
    const found = [
      ...["certificate.pem", "key.pem"].map((file) => `${site}/${file} is of ${ours}, and not as it is declared here`),
      `nginx at ${address}:${tlsPort} shows another certificate than the route's`,
    ];
    const cure = "declare the same tls and server, take another hostname, or set takeover: true";
    expect(said()).toEqual(
      found.map((one) => `ProxyRoute route: ${one}. pulumi up does not change what belongs to another owner: ${cure}.`),
    );
    await remove(ours, renewed);
    const followed = await apply(theirs, { ...listener, path: "/tg/b", tls: { pem: another } }, shared);
    expect(await read(theirs, followed)).toEqual(followed);
    await remove(theirs, followed);
    expect(Object.keys(files()).filter((name) => name.startsWith("sites/"))).toEqual([]);
  });

  test("keeps its mark while the first stack has a route on it, and is anybody's after that", async () => {
    const [pem, another] = await Promise.all([certificateFor(host), certificateFor(host)]);
    const site = path.join(nginx.settings.directory, "sites", `${address}_${tlsPort}_${host}.conf`);
    const owner = () => /^# owner (.*)$/m.exec(readFileSync(site, "utf8"))?.[1];
    const [first, second] = await Promise.all([
      apply(ours, { ...listener, path: "/tg/a", tls: { pem } }),
      apply(ours, { ...listener, path: "/tg/c", tls: { pem } }),
    ]);
    const shared = await apply(theirs, { ...listener, path: "/tg/b", tls: { pem } });
    await remove(ours, first);
    expect(owner()).toBe(ours);
    expect(await saidBy(apply(theirs, { ...listener, path: "/tg/b", tls: { pem: another } }, shared))).toContain(
      `is of ${ours}, and this route would change it`,
    );
    await remove(ours, second);
    expect(owner()).toBeUndefined();
    expect(await read(theirs, shared)).toEqual(shared);
    const renewed = await apply(theirs, { ...listener, path: "/tg/b", tls: { pem: another } }, shared);
    expect([owner(), await read(theirs, renewed)]).toEqual([theirs, renewed]);
    await remove(theirs, renewed);
    expect(Object.keys(files()).filter((name) => name.startsWith("sites/"))).toEqual([]);
  });

  test("is left by two routes that go in one transaction as by two that go one after the other", async () => {
    const pem = await certificateFor(host);
    const site = path.join(nginx.settings.directory, "sites", `${address}_${tlsPort}_${host}.conf`);
    const mine = await Promise.all(
      ["/tg/a", "/tg/c"].map((one) => apply(ours, { ...listener, path: one, tls: { pem } })),
    );
    const shared = await apply(theirs, { ...listener, path: "/tg/b", tls: { pem } });
    const before = nginx.reloads();
    await Promise.all(mine.map((one) => remove(ours, one)));
    expect(nginx.reloads()).toBe(before + 1);
    expect(readFileSync(site, "utf8")).not.toContain("# owner");
    await remove(theirs, shared);
  });
});
