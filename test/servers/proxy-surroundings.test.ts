// What a server block hands down to a route, on a real nginx: updates arrive, or `up` names what keeps them from the bot.
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parts } from "../../provider/proxy/errors";
import type { RouteState } from "../../provider/proxy/route/fields";
import { request } from "../support/attacks";
import type { Target } from "../support/attacks";
import { certificateFor, exchange, filesBelow, locationRoute, startBot, startNginx } from "../support/nginx";
import type { Bot, Nginx } from "../support/nginx";
import { run } from "../support/process";
import { applyRoute, contextOf, inTheEnd, readRoute, routeLifecycle, routeOf, saidBy } from "../support/routes";

const address = "127.0.7.60";
const port = 8081;
const tlsPort = 8443;
const secret = "secret-of-b1";

/** What stands in the server block; updates arrive all the same. `sso` refuses everybody. */
const replaced: Record<string, string> = {
  "auth_request that refuses": "auth_request /sso;",
  "auth_request that fails": "auth_request /broken;",
  "limit_req of one a minute": "limit_req zone=each;",
  "limit_req of one a minute with burst": "limit_req zone=each burst=2 nodelay;",
  "limit_conn of one": "limit_conn each_conn 1;",
  auth_basic: "auth_basic closed; auth_basic_user_file /nowhere;",
  "deny all": "deny all;",
  "satisfy any with auth_request": "satisfy any; auth_request /sso; deny all;",
  "satisfy all with everything":
    "satisfy all; auth_request /sso; auth_basic x; auth_basic_user_file /nowhere; deny all;",
  "error_page with redirects": "error_page 401 403 404 502 =302 /login; recursive_error_pages on;",
  mirror: "mirror /sso;",
  "proxy_method GET": "proxy_method GET;",
  "proxy_pass_request_body off": "proxy_pass_request_body off;",
  "proxy_pass_request_headers off": "proxy_pass_request_headers off;",
  "proxy_set_header of another": "proxy_set_header Content-Length 1; proxy_set_header X-Other y;",
  "proxy_bind of another address": "proxy_bind 192.0.2.1;",
  "proxy_store on": "proxy_store on;",
  proxy_intercept_errors: "proxy_intercept_errors on; error_page 400 500 =302 /login;",
  "proxy_request_buffering off": "proxy_request_buffering off; proxy_http_version 1.0;",
  "proxy_connect_timeout and proxy_read_timeout of 1 ms": "proxy_connect_timeout 1ms; proxy_read_timeout 1ms;",
  proxy_cache: "proxy_cache kept; proxy_cache_methods POST; proxy_cache_valid any 1h; proxy_cache_key x;",
  "client_max_body_size 1": "client_max_body_size 1;",
  "limit_rate 1": "limit_rate 1; proxy_limit_rate 1;",
  "ssi, charset and sub_filter": 'ssi on; charset utf-8; sub_filter "{}" "[]"; add_header X-Own 1; expires 1h;',
  "keepalive_timeout 0 and header limits": "keepalive_timeout 0; large_client_header_buffers 2 1k;",
  "root, try_files and open_file_cache": "root /nowhere; try_files $uri =410; open_file_cache max=10;",
};

/** The server block hands this down and no location can undo it: `up` says its name and its place. */
const refused: Record<string, { text: string; says: RegExp; isTls?: true }> = {
  "return of a redirect": { text: "return 301 https://$host$request_uri;", says: /`return` \(.*: it answers every/ },
  "return 444": { text: "return 444;", says: /`return` \(/ },
  proxy_set_body: { text: "proxy_set_body x;", says: /`proxy_set_body` \(.*: the bot would get another body/ },
  "ssl_verify_client on": {
    text: "ssl_verify_client on; ssl_client_certificate {home}/pem;",
    says: /`ssl_verify_client` \(.*Telegram has none/,
    isTls: true,
  },
  "ssl_reject_handshake on": {
    text: "ssl_reject_handshake on;",
    says: /`ssl_reject_handshake` \(.*every TLS/,
    isTls: true,
  },
};

const all = [...Object.keys(replaced), ...Object.keys(refused), "by address", "browsers only", "later"];
const hostOf = (name: string) => `h${all.indexOf(name)}.example.com`;

function block(name: string, text: string, isTls = false): string {
  const listen = isTls
    ? `listen ${address}:${tlsPort} ssl; ssl_certificate {home}/pem; ssl_certificate_key {home}/key;`
    : `listen ${address}:${port};`;
  return `server { ${listen} server_name ${hostOf(name)}; include {directory}/locations/${hostOf(name)}/*.conf;
    ${text}
    location / { return 404; } location = /sso { internal; return 401; } location = /broken { internal; return 500; } }`;
}

let bot: Bot;
let nginx: Nginx;
let states: Record<string, RouteState>;
beforeAll(async () => {
  bot = await startBot();
  const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-nginx-"));
  const { certificatePem, privateKeyPem } = await certificateFor("example.com");
  writeFileSync(path.join(folder, "pem"), certificatePem);
  writeFileSync(path.join(folder, "key"), privateKeyPem);
  mkdirSync(path.join(folder, "cache"));
  const site = `limit_req_zone $binary_remote_addr zone=each:1m rate=1r/m; limit_conn_zone $binary_remote_addr zone=each_conn:1m;
    proxy_cache_path {home}/cache keys_zone=kept:1m;
    geo $inside { default 0; 127.0.0.0/8 1; } map $inside $refuses { default 0; 0 1; }
    ${Object.entries(replaced)
      .map(([name, text]) => block(name, text))
      .join("\n")}
    ${Object.entries(refused)
      .map(([name, { text, isTls }]) => block(name, text, isTls))
      .join("\n")}
    ${block("by address", "if ($refuses) { return 403; }")}
    ${block("browsers only", 'rewrite ^/other /x; if ($http_user_agent = "") { return 403; }')}
    ${block("later", "# later")}`;
  nginx = await startNginx(site.replaceAll("{home}", folder), { folder });
  const names = [...Object.keys(replaced), "later"];
  const patient = () => contextOf([], 240);
  const applied = await Promise.all(names.map((name) => routeLifecycle.apply(undefined, route(name), patient())));
  states = {};
  for (const [at, { inputs, facts }] of applied.entries()) states[names[at] ?? ""] = { ...inputs, ...facts };
});
afterAll(async () => {
  await nginx.dispose();
  await bot.close();
});

function route(name: string, isTls = false) {
  const path = `/tg/${hostOf(name).split(".")[0]}`;
  const args = { hostname: hostOf(name), path, listen: `${address}:${isTls ? tlsPort : port}`, upstream: bot.url };
  return routeOf({ ...locationRoute(nginx.settings, args), ...(isTls && { tls: undefined }) });
}

/** Six updates at once, as Telegram sends them: what it is answered, and what the bot has got. */
async function sixUpdates(name: string) {
  const { path } = route(name);
  const target: Target = {
    ...{ host: hostOf(name), port, path, secrets: [secret, secret], otherSecret: "", longerPath: "" },
  };
  const before = bot.requests.length;
  const answers = await Promise.all(Array.from({ length: 6 }, () => exchange(address, port, request(target))));
  const got = bot.requests.slice(before).map(({ method, url, body, headers }) => {
    return `${method} ${url} ${headers["content-type"]} ${body} ${headers.host}`;
  });
  return { statuses: answers.map((answer) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])), got };
}

function sixAt(name: string) {
  const got = `POST ${route(name).path} application/json {"update_id":1} ${hostOf(name)}`;
  return { statuses: Array<number>(6).fill(200), got: Array<string>(6).fill(got) };
}

describe("updates arrive at a route whose server block has", () => {
  test.each(Object.keys(replaced))("%s", async (name) => {
    expect(await sixUpdates(name)).toEqual(sixAt(name));
  });
});

describe("a route is refused by name where the server block has", () => {
  test.each(Object.entries(refused))("%s", async (name, { says, isTls }) => {
    const said = await saidBy(applyRoute(route(name, isTls)));
    expect(said).toMatch(says);
    expect(said).toMatch(new RegExp(`\\(${nginx.config}:\\d+\\)`));
    expect(said).toMatch(/What was there before is back\.$/);
  });
});

test("a condition on the client's address, which a probe cannot try, is a warning with its place", async () => {
  const lines: string[] = [];
  await applyRoute(route("by address"), lines);
  expect(lines).toEqual([
    expect.stringMatching(/^warning: ProxyRoute route: \S+nginx\.conf:\d+ of the configuration around it answers by/),
  ]);
});

test("a server block that refuses who sends no User-Agent is found by the probe, with what acts before the route", async () => {
  const said = await saidBy(applyRoute(route("browsers only")));
  expect(said).toMatch(
    /it answered 403; by the configuration, these directives act before the route: rewrite \(\S+:\d+\), if \(\S+:\d+\)\./,
  );
});

test("a limit that comes later is told by a refresh, and the next up lets updates through again", async () => {
  const state = states["later"] as RouteState;
  expect(await readRoute(state)).toMatchObject({ verified: true });
  writeFileSync(nginx.config, readFileSync(nginx.config, "utf8").replace("# later", "limit_req zone=each;"));
  const [reload = "", ...args] = nginx.settings.reload;
  await run(reload, args);
  await inTheEnd(async () => (await sixUpdates("later")).statuses.includes(503), true);
  const read = (await readRoute(state)) as RouteState;
  expect(read.verificationProblem).toContain(
    parts.handedDownAnew({ directive: "limit_req", place: placeOf("limit_req zone=each;\n") }),
  );
  await applyRoute(route("later"), [], { ...state, ...read });
  expect(await sixUpdates("later")).toEqual(sixAt("later"));
});

test("the probe is answered behind access control: a route that refuses everybody there is not in force", async () => {
  const state = states["mirror"] as RouteState;
  const own = nginx.settings.directory;
  const [file = ""] = Object.keys(filesBelow(own)).filter((name) => name.startsWith(`locations/${hostOf("mirror")}/`));
  const text = readFileSync(path.join(own, file), "utf8");
  writeFileSync(path.join(own, file), text.replaceAll("allow all;", "deny all;"));
  const [reload = "", ...args] = nginx.settings.reload;
  await run(reload, args);
  await inTheEnd(async () => (await sixUpdates("mirror")).statuses.includes(200), false);
  const { verificationProblem } = (await readRoute(state)) as RouteState;
  expect(verificationProblem).toMatch(/another configuration than the route's is in force .*: it answered 403/);
});

test("what no file of ours can undo is told by a refresh without the promise that up repairs it", async () => {
  const state = states["deny all"] as RouteState;
  const text = readFileSync(nginx.config, "utf8");
  writeFileSync(nginx.config, text.replace("    deny all;\n", "    deny all; proxy_set_body x;\n"));
  const lines: string[] = [];
  const { verified } = (await readRoute(state, lines)) as RouteState;
  expect(verified).toBe(false);
  expect(lines).toEqual([
    expect.stringMatching(
      /^ProxyRoute route: `proxy_set_body` \(.*\. Put that right on the machine; pulumi up --refresh then proves the route again\.$/,
    ),
  ]);
  expect(await saidBy(applyRoute(route("deny all"), [], { ...state, verified }))).toContain("`proxy_set_body` (");
  writeFileSync(nginx.config, text);
});

/** Where the last of these stands. */
function placeOf(text: string): string {
  const config = readFileSync(nginx.config, "utf8");
  return `${nginx.config}:${config.slice(0, config.lastIndexOf(text)).split("\n").length}`;
}
