// The user's own sites on the nginx that we share: steady requests get the same answers whatever becomes of our routes.
import { mkdtempSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import { certificateFor, filesBelow, startBot, startNginx } from "../support/nginx";
import type { Bot, Nginx } from "../support/nginx";
import { applyRoute, removeRoute, routeOf, saidBy } from "../support/routes";
import { until } from "../support/until";

const [address, specific, free] = ["127.0.7.80", "127.0.7.81", "127.0.7.82"];
const [plain, secure, other] = [8081, 8443, 8444];
const host = "bots.example.com";
const roundsPerStep = 3;

let bot: Bot;
let nginx: Nginx;
beforeAll(async () => {
  bot = await startBot();
});
afterAll(() => bot.close());
beforeEach(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-site-"));
  const { certificatePem, privateKeyPem } = await certificateFor("sites.example.com");
  writeFileSync(path.join(folder, "own.pem"), certificatePem);
  writeFileSync(path.join(folder, "own.key"), privateKeyPem, { mode: 0o600 });
  nginx = await startNginx(sites(folder), { folder });
});
afterEach(() => nginx.dispose());

/** A default server, the host of our routes with pages near theirs, and a server on an address of its own. */
function sites(folder: string): string {
  const site = (name: string, at: string, more: string, isDefault = "") => `server {
    listen ${at}:${plain}${isDefault}; listen ${at}:${secure} ssl${isDefault};
    ssl_certificate ${folder}/own.pem; ssl_certificate_key ${folder}/own.key;
    add_header X-Site ${name} always; location / { return 200 ${name}; } ${more} }`;
  const near = `server_name ${host}; error_page 404 =200 /missing; location = /missing { return 200 missing; }
    location = /gone { return 404; } location /tg/ { return 200 near; } location = /tg/b1x { return 200 longer; }
    include {directory}/locations/${host}/*.conf;`;
  return [
    site("default", address, "", " default_server"),
    site("own", address, near),
    site("specific", specific, `listen ${specific}:${other}; server_name ${host};`),
  ].join("\n");
}

/** Everything that comes until the far side closes, without its clock, and the certificate that it showed. */
async function answer(to: string, port: number, name: string, method: string, at: string): Promise<string> {
  const socket =
    port === secure
      ? connectTls({ host: to, port, servername: name, rejectUnauthorized: false })
      : connect({ host: to, port });
  socket.setTimeout(10_000, () => socket.destroy(new Error("no answer within 10 s")));
  let got = "";
  socket.setEncoding("latin1").on("data", (part: string) => {
    if (got === "" && port === secure) got = `${(socket as TLSSocket).getPeerCertificate().fingerprint256}\n`;
    got += part;
  });
  const headers = ["Content-Type: application/json", "Content-Length: 2", "X-Telegram-Bot-Api-Secret-Token: first"];
  socket.write([`${method} ${at} HTTP/1.1`, `Host: ${name}`, ...headers, "Connection: close", "", "{}"].join("\r\n"));
  await new Promise((resolve, reject) => socket.once("close", resolve).once("error", reject));
  return got.replace(/^Date: .*\r\n/m, "");
}

const paths = ["/", "/tg/", "/tg/b1/", "/tg/b1x", "/tg/b", "/gone", "/?/tg/b1"];
const questions: [to: string, port: number, name: string, method: string, at: string][] = [plain, secure].flatMap(
  (port) => [
    ...paths.map((at): (typeof questions)[number] => [address, port, host, "GET", at]),
    // A genuine update of a route, but to a server that is not the route's.
    [address, port, "unknown.example.com", "POST", "/tg/b1"],
    [specific, port, host, "POST", "/tg/b1"],
  ],
);
questions.push([specific, other, host, "POST", "/tg/b1"]);

/** What each question of a round is answered. */
async function look(): Promise<Record<string, string>> {
  const each = questions.map(async (one) => [one.join(" "), await answer(...one)] as const);
  return Object.fromEntries(await Promise.all(each));
}

const status = async (...one: (typeof questions)[number]) =>
  Number(/^HTTP\/1.1 (\d+)/m.exec(await answer(...one))?.[1]);

const pem = certificateFor(host);
const base = () => ({
  server: { nginx: nginx.settings },
  hostname: host,
  path: "/tg/b1",
  upstream: bot.url,
  secretTokens: ["first"],
});

test.each([
  ["location: the host and port of the user's own site", "location", `${address}:${plain}`, `${address}:${plain}`],
  [
    "listener: the user's port on another address, and another port of a user's address",
    "listener",
    `${free}:${secure}`,
    `${address}:${other}`,
  ],
])(
  "the user's sites answer the same before, during and after, with attach %s",
  async (_title, attach, listen, more) => {
    const tls = attach === "listener" ? { pem: await pem } : "none";
    const route = (one: object = {}) => routeOf({ ...base(), attach, listen, tls, ...one });
    const before = await look();
    expect(Object.keys(before)).toHaveLength(questions.length);

    const seen: Record<string, string>[] = [];
    let isOver = false;
    const watching = (async () => {
      while (!isOver) seen.push(await look());
    })();
    /** A step, and then some rounds of questions that began after it. */
    const step = async <T>(work: () => Promise<T>): Promise<T> => {
      const done = await work();
      const enough = seen.length + 1 + roundsPerStep;
      await Promise.race([until(() => seen.length >= enough), watching]);
      return done;
    };
    const [to = "", port = ""] = listen.split(":");
    const ours = () => status(to, Number(port), host, "POST", "/tg/b1");

    const [first, second] = await step(() =>
      Promise.all([applyRoute(route()), applyRoute(route({ path: "/tg/b2", listen: more }))]),
    );
    expect(await ours()).toBe(200);
    const changed = await step(() => applyRoute(route({ secretTokens: ["second"], maintenance: {} }), [], first));
    expect(await ours()).toBe(401);
    const refused = { path: "/tg/b3", upstream: "http://no-such-host.invalid" };
    expect(await step(() => saidBy(applyRoute(route(refused))))).toContain("nginx refuses the new configuration");
    const taken = { attach: "listener", listen: `${specific}:${other}`, tls: "none" };
    expect(await step(() => saidBy(applyRoute(route(taken))))).toContain(`${specific}:${other} is served by`);
    await step(() => removeRoute(changed));
    await step(() => removeRoute(second));
    isOver = true;
    await watching;

    expect(nginx.reloads()).toBe(5); // two routes at once, the change, the way back from the refused one, two removals
    for (const one of [...seen, await look()]) expect(one).toEqual(before);
  },
);

test("a route of a site that listens at two ports moves from one to the other and back", async () => {
  const at = (port: number) =>
    routeOf({
      ...{ ...base(), attach: "location", listen: `${address}:${port}` },
      ...(port === plain && { tls: "none" }),
    });
  const works = async () => {
    const before = bot.requests.length;
    for (const port of [plain, secure]) await status(address, port, host, "POST", "/tg/b1");
    return bot.requests.length - before;
  };
  let state = await applyRoute(at(plain));
  for (const port of [secure, plain]) {
    const moved = await applyRoute(at(port));
    await removeRoute(state);
    state = moved;
    expect(await works()).toBe(2);
  }
  await removeRoute(state);
  expect(filesBelow(nginx.settings.directory)).toEqual({ lock: "" });
});
