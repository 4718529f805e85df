// Caddy's own ACME: a route whose certificate Caddy gets from a real ACME server, and what is true when it does not get one.
import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import type { RouteState } from "../../provider/proxy/route/fields";
import { askAdmin, startCaddyApi } from "../support/caddy-api";
import type { CaddyApi } from "../support/caddy-api";
import { certificateFor, exchange, startBot } from "../support/nginx";
import type { Bot } from "../support/nginx";
import { startPebble } from "../support/pebble";
import type { Pebble } from "../support/pebble";
import { freePort } from "../support/ports";
import { applyIn, contextOf, inTheEnd, readIn, routeLifecycle, routeOf, saidBy, thisStack } from "../support/routes";

const address = "127.0.43.11";
const nowhere = "127.0.43.12";
const host = "bots.example.com";
const lost = "lost.example.com";
type Json = Record<string, unknown>;

/** The user's own policy is for all hosts, and its authority does not answer. */
const others = { issuers: [{ module: "acme", ca: "https://127.0.0.1:1/dir" }] };

let [httpPort, tlsPort, listen] = [0, 0, ""];
let own: Json = {};
let bot: Bot;
let pebble: Pebble;
let caddy: CaddyApi;
let states: [RouteState, string][] = [];
let lines: string[] = [];

beforeAll(async () => {
  [httpPort, tlsPort] = [await freePort(), await freePort()];
  listen = `${address}:${tlsPort}`;
  const http = {
    http_port: httpPort,
    https_port: tlsPort,
    servers: {
      own: { listen: [`${address}:${httpPort}`], routes: [{ handle: [{ handler: "static_response", body: "own" }] }] },
    },
  };
  const tls = { certificates: { automate: ["own.example.com"] }, automation: { policies: [others] } };
  own = { apps: { http, tls } };
  [bot, pebble, caddy] = await Promise.all([startBot(), startPebble({ httpPort, tlsPort }), startCaddyApi(own)]);
  for (const [name, at] of [
    [host, address],
    [lost, nowhere],
  ])
    await pebble.answer("add-a", { host: name, addresses: [at] });
});
afterAll(() => Promise.all([bot.close(), pebble.stop(), caddy.dispose()]));
beforeEach(() => {
  [states, lines] = [[], []];
});
afterEach(async () => {
  for (const [state, owner] of states.reverse()) await remove(state, owner);
  expect(await config()).toEqual(own); // nothing of ours, and all that is the user's
});

const config = async () => (await askAdmin(caddy.adminSocket, "GET", "/config/")).body as Json;
const automatic = () => ({ automatic: { directoryUrl: pebble.directoryUrl, rootsFile: pebble.caFile } });
const inputs = (more: Json) =>
  routeOf({
    ...{ server: { caddy: caddy.settings }, attach: "listener", hostname: host, listen, path: "/tg/b1" },
    ...{ tls: automatic(), upstream: bot.url, secretTokens: ["secret-of-b1"], ...more },
  });
async function apply(more: Json = {}, old?: RouteState, seconds = 300, owner = thisStack): Promise<RouteState> {
  const state = await applyIn(contextOf(lines, seconds, owner), inputs(more), old);
  states = [...states.filter(([one]) => one.routeId !== state.routeId), [state, owner]];
  return state;
}
const read = (state: RouteState) => readIn(contextOf(lines), state);
const remove = (state: RouteState, owner = thisStack) =>
  routeLifecycle.remove(state, contextOf(lines, 100, owner), false);

/** Who signed what is shown to who asks for a host; what comes in place of a certificate. */
async function issuerOf(servername: string): Promise<string> {
  const socket = connectTls({ host: address, port: tlsPort, rejectUnauthorized: false, servername });
  try {
    await once(socket, "secureConnect");
    return String(socket.getPeerCertificate().issuer.CN);
  } catch (error) {
    return (error as Error).message;
  } finally {
    socket.destroy();
  }
}

test("Caddy gets the certificate before the route is made, alone for this host, and keeps it", async () => {
  const state = await apply();
  expect([state.verified, state.certificateSha256]).toEqual([true, undefined]);
  expect(await issuerOf(host)).toMatch(/^Pebble Intermediate CA/);
  const { apps } = (await config()) as { apps: Record<string, Json> };
  expect(apps["tls"]).toEqual({
    certificates: { automate: ["own.example.com", host] },
    automation: {
      policies: [
        {
          "@id": `pulumi-telegram:${listen}:${host} owner ${thisStack}`,
          subjects: [host],
          issuers: [{ module: "acme", ca: pebble.directoryUrl, trusted_roots_pem_files: [pebble.caFile] }],
        },
        others,
      ],
    },
  });
  const changes = caddy.changes();
  expect(await apply({}, state)).toEqual(state);
  expect([await read(state), caddy.changes()]).toEqual([state, changes]); // nothing was written
  expect(await exchange(address, httpPort, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).toContain("own");

  const second = await apply({ path: "/tg/b2" });
  await remove(second);
  states.pop();
  expect(await issuerOf(host)).toMatch(/^Pebble Intermediate CA/);

  await askAdmin(caddy.adminSocket, "DELETE", "/config/apps/tls/certificates/automate/1");
  const drifted = await read(state);
  expect(drifted.verificationProblem).toContain(`pulumi-telegram:${listen}:${host} differs from what was written;`);
  expect(await apply({}, drifted)).toEqual(state);
});

test("a name that leads elsewhere is told by the deadline, nothing of it stays, and no other route waits for it", async () => {
  const state = await apply();
  const failing = saidBy(apply({ hostname: lost }, undefined, 12));
  const updated = await apply({ secretTokens: ["newer"] }, state);
  const said = await failing;
  expect(said).toMatch(
    new RegExp(
      `^ProxyRoute route \\(${lost} on this machine\\): caddy has no certificate of ${pebble.directoryUrl} for ${lost} by the operation's deadline: ` +
        `at ${listen} the TLS handshake for ${lost} fails \\(.*\\). What went wrong stands in the log of caddy .* What was there before is back\\.$`,
    ),
  );
  expect(caddy.log()).toMatch(new RegExp(`"logger":"tls.obtain".*${lost}`));
  expect(await read(updated)).toEqual(updated);
  expect(JSON.stringify(await config())).not.toContain(lost);
});

test("a certificate that is given serves again where Caddy gets none in its place", async () => {
  const pem = await certificateFor(lost);
  const state = await apply({ hostname: lost, tls: { pem } });
  const before = await config();
  expect(await saidBy(apply({ hostname: lost }, state, 12))).toMatch(/ What was there before is back\.$/);
  expect(await config()).toEqual(before);
  expect([await read(state), await issuerOf(lost)]).toEqual([state, lost]);
});

test("one that Caddy got gives way to one that is given, and that to Caddy's again", async () => {
  const state = await apply();
  const pem = await certificateFor(host);
  const given = await apply({ tls: { pem } }, state);
  expect([await inTheEnd(() => issuerOf(host), host), given.verified]).toEqual([host, true]);
  const again = await apply({}, given);
  expect([await issuerOf(host), again.verified]).toEqual([expect.stringMatching(/^Pebble/), true]);
});

test("a host of another stack keeps its certificate", async () => {
  await apply({ path: "/tg/theirs" }, undefined, 300, "acme/other/prod");
  const before = await config();
  const said = await saidBy(apply({ tls: { pem: await certificateFor(host) } }));
  expect(said).toContain("is of acme/other/prod, and this route would change it");
  const other = { automatic: { directoryUrl: pebble.directoryUrl } };
  expect(await saidBy(apply({ tls: other }))).toContain("is of acme/other/prod, and this route would change it");
  expect(await config()).toEqual(before);
  const shared = await apply();
  expect([shared.verified, JSON.stringify(await config()).includes(`${host} owner acme/other/prod`)]).toEqual([
    true,
    true,
  ]);
});
