// Ten thousand generated values for each server: refused in check, or its configuration is exactly what we wrote.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { checkInputs, inputsOf } from "../../provider/core/fields";
import type { RouteInputs } from "../../provider/proxy/route/fields";
import { sha256 } from "../../provider/core/hash";
import { caddyReport } from "../../provider/proxy/servers/caddy/check";
import { caddyPlaces, caddyRouteFile, fileVariable } from "../../provider/proxy/servers/caddy/files";
import { haproxyReport } from "../../provider/proxy/servers/haproxy/check";
import { baseFile, routeFile, secretsFile } from "../../provider/proxy/servers/haproxy/files";
import { haproxyPlaces } from "../../provider/proxy/servers/haproxy/places";
import { checkedOf } from "../../provider/proxy/servers/nginx/check";
import { directivesIn } from "../../provider/proxy/servers/nginx/directives";
import { filesOf, placesOf } from "../../provider/proxy/servers/nginx/files";
import { startCaddy } from "../support/caddy";
import { anyText } from "../support/fuzz";
import { startHaproxy } from "../support/haproxy";
import { startNginx } from "../support/nginx";
import type { Nginx } from "../support/nginx";
import { run } from "../support/process";
import { glance, routeLogic } from "../support/routes";

const count = 10_000;
let nginx: Nginx;
beforeAll(async () => {
  nginx = await startNginx("server { listen 127.0.7.150:8081; include {directory}/locations/*/*.conf; }");
});
afterAll(() => nginx.dispose());

/** Good values, and good ones with something in them that means something to nginx or a shell. */
const harm = fc.constantFrom(
  ...[
    "",
    ";",
    "{",
    "}",
    '"',
    "'",
    "\\",
    "$host",
    "${x}",
    "[",
    "]",
    "/./",
    "#",
    "\n",
    "\r\n",
    "\t",
    " ",
    "\0",
    "`id`",
    "$(id)",
    "&&",
    "|",
  ],
  ...[
    '"; } location / { return 200; #',
    "; include /etc/passwd;",
    "*",
    "~",
    "^",
    "%00",
    "..",
    "//",
    "é",
    "\u2028",
    "ſ",
    "K",
  ],
);
const around = (good: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 30, arbitrary: good },
    { weight: 2, arbitrary: fc.tuple(good, harm, good).map(([a, b, c]) => a + b + c) },
    { weight: 1, arbitrary: fc.tuple(good, harm).map(([a, b]) => a + b) },
    { weight: 1, arbitrary: anyText({ maxLength: 40 }) },
  );
const letters = (set: string, least: number, most: number) =>
  fc.string({ unit: fc.constantFrom(...set), minLength: least, maxLength: most });
const low = "abcdefghijklmnopqrstuvwxyz0123456789";
const label = letters(low, 1, 10);
const hostname = around(fc.tuple(label, label).map((labels) => labels.join(".")));
const pathOf = around(letters(`${low}_-/.`, 3, 40).map((text) => `/${text}`));
const octet = fc.integer({ min: 1, max: 254 });
const upstream = around(
  fc.oneof(
    fc.tuple(octet, octet, fc.integer({ min: 1, max: 65535 })).map(([a, b, port]) => `http://127.0.${a}.${b}:${port}`),
    letters(low, 1, 20).map((name) => `unix:/run/${name}.sock`),
    fc.tuple(octet, letters(`${low}ABC._-`, 1, 20)).map(([a, name]) => `http://10.0.0.${a}/${name}`),
    letters(`${low}.`, 1, 20).map((name) => `unix:/srv/.run/${name}.sock:/${name}`),
    fc.tuple(octet, octet).map(([a, b]) => `http://[::${a}:${b.toString(16)}]:8080`),
  ),
);
const secret = around(letters(`${low}ABCXYZ_-`, 1, 60));
const sample = fc.record({
  hostname,
  path: pathOf,
  upstream,
  upstreamSecret: fc.option(secret, { nil: undefined }),
  secretTokens: fc.array(secret, { minLength: 1, maxLength: 3 }),
});

/** What stands in a route's file, from the arguments alone: written down here a second time. */
function expected({ path: at, hostname: host, upstream: to, upstreamSecret = "", secretTokens }: RouteInputs) {
  const compared = secretTokens.map((one) => ["if", "($http_x_telegram_bot_api_secret_token", "=", one, ")"]);
  return {
    location: ["location", "=", at],
    host,
    to: to.startsWith("unix:") ? `http://${to}` : to,
    upstreamSecret,
    compared,
  };
}

function found(text: string) {
  const directives = directivesIn(text);
  const by = (name: string) => directives.filter(({ words }) => words[0] === name).map(({ words }) => words);
  const compared = by("if").filter(([, what]) => what?.startsWith("($http_x_telegram_bot_api"));
  return {
    shape: directives.map(({ words, ends }) => `${words[0] ?? ""}${ends}`).join(" "),
    locations: by("location"),
    host: by("proxy_set_header")
      .filter(([, name]) => name === "Host")
      .map((words) => words[2]),
    to: by("proxy_pass").map((words) => words[1]),
    upstreamSecret: by("proxy_set_header")
      .filter(([, name]) => name === "X-Telegram-Bot-Api-Secret-Token")
      .map((words) => words[2]),
    compared,
  };
}

/** The routes of which check finds nothing wrong, with the others counted: one for each path, as one server block has it once. */
function acceptedOf(base: Record<string, unknown>): RouteInputs[] {
  const accepted = new Map<string, RouteInputs>();
  let refused = 0;
  for (const args of fc.sample(sample, { numRuns: count, seed: 7 })) {
    const { inputs, findings } = checkInputs(routeLogic, { attach: "location", tls: "none", ...base, ...args }, glance);
    if (findings.some(({ level }) => level === "problem")) {
      refused += 1;
      continue;
    }
    const route = inputsOf(routeLogic.fields, inputs);
    accepted.set(route.path, route);
  }
  expect(refused).toBeGreaterThan(2000);
  expect(accepted.size).toBeGreaterThan(1000);
  return [...accepted.values()];
}

const stamp = { owner: "organization/project/stack", routeId: "0123456789ab", generation: "abc123" };
function write(files: Iterable<readonly [string, string | undefined]>): void {
  for (const [file, text] of files) {
    if (text === undefined || existsSync(file)) continue;
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

test(`of ${count} generated routes each is refused, or is in nginx exactly as it was declared`, async () => {
  const accepted = acceptedOf({ server: { nginx: nginx.settings }, listen: "127.0.7.150:8081" });
  for (const route of accepted) write(filesOf(nginx.settings, route, stamp));
  const [command = "", ...words] = nginx.settings.check;
  const { code, stdout, stderr } = await run(command, words);
  const { complaints, warnings, loaded } = checkedOf({ code: code ?? 1, stdout, stderr }, "");
  expect({ complaints, warnings }).toEqual({ complaints: [], warnings: [] });

  const shapes = new Set<string>();
  for (const route of accepted) {
    const { shape, locations, host, to, upstreamSecret, compared } = found(
      loaded.get(placesOf(nginx.settings, route).route) ?? "",
    );
    const wanted = expected(route);
    shapes.add(shape);
    expect(locations).toEqual([wanted.location, ["location", `@pulumi_telegram_${stamp.routeId}`]]);
    expect([host, to, upstreamSecret]).toEqual([[wanted.host], [wanted.to], [wanted.upstreamSecret]]);
    expect(compared).toEqual(wanted.compared);
  }
  // Whatever the values are, the directives are the same ones: one shape for each number of secrets.
  expect(shapes.size).toBe(3);
}, 120_000);

test(`of ${count} generated routes each is refused, or is in haproxy exactly as it was declared`, async () => {
  const haproxy = await startHaproxy("frontend own\n    bind 127.0.7.151:8081\n    default_backend own\nbackend own");
  try {
    const settings = { ...haproxy.settings, accessLog: "global" };
    const accepted = acceptedOf({ server: { haproxy: settings }, listen: "127.0.7.151:8081" });
    write([[path.join(settings.directory, "00-pulumi-telegram.cfg"), baseFile()]]);
    const shapes = new Set<string>();
    let loadedRoutes = 1000; // what haproxy takes for them grows faster than their number
    for (const route of accepted) {
      const places = haproxyPlaces(settings.directory, route);
      const text = routeFile(settings, route, stamp, places);
      const ours = [places.route, places.secrets].map(
        (file, which) => [file, [text, secretsFile(route, stamp)][which]] as const,
      );
      if (loadedRoutes-- > 0) write(ours);
      const lines = text.split("\n").map((line) => line.trim().split(" "));
      const rest = (...start: string[]) =>
        lines.filter((line) => start.every((word, at) => line[at] === word)).map((line) => line.slice(start.length));
      shapes.add(
        lines.map(([a = "", b = ""]) => (/^(?:server|#|timeout|backend)$/.test(a) ? a : `${a} ${b}`)).join("\n"),
      );
      const { path: at, hostname, upstream: to, upstreamSecret, secretTokens } = route;
      expect(rest("acl", "is_path")).toEqual([["pathq", "-m", "str", at]]);
      expect(rest("http-request", "set-header", "Host")).toEqual([[hostname]]);
      expect(rest("http-request", "set-header", "X-Telegram-Bot-Api-Secret-Token")).toEqual(
        upstreamSecret === undefined ? [] : [[upstreamSecret]],
      );
      const [, socket, ownPath = ""] = /^unix:([^:]+)(?::(.*))?$/.exec(to) ?? [];
      const [, ip, webPath = ""] = /^http:\/\/\[?([^/\]]+)\]?(?::\d+)?(\/.*)?$/.exec(to) ?? [];
      expect(rest("server", "bot")[0]?.[0]).toContain(socket ?? ip?.replace(/:\d+$/, ""));
      expect(rest("http-request", "set-path").flat().join()).toBe(ownPath || webPath);
      const digests = secretsFile(route, stamp).match(/^[0-9A-F]{64}/gm);
      expect(digests).toEqual(secretTokens.map((one) => sha256(one).toUpperCase()));
    }
    // With a secret for the bot or none, with a path of its own or none.
    expect(shapes.size).toBe(4);
    const [command = "", ...words] = settings.check;
    const { code, stdout, stderr } = await run(command, words);
    const { complaints, warnings } = haproxyReport({ code: code ?? 1, stdout, stderr }, "");
    expect({ complaints, warnings }).toEqual({ complaints: [], warnings: [] });
  } finally {
    await haproxy.dispose();
  }
}, 120_000);

test(`of ${count} generated routes each is refused, or is in Caddy exactly as it was declared`, async () => {
  const caddy = await startCaddy("http://:8081 {\n\tbind 127.0.7.62\n\timport {directory}/all/*.caddy\n}");
  try {
    const { directory } = caddy.settings;
    const accepted = acceptedOf({ server: { caddy: caddy.settings }, listen: "127.0.7.62:8081" });
    const shapes = new Set<string>();
    // What it takes to adapt them grows faster than their number.
    const some = accepted.filter((_, at) => at % Math.ceil(accepted.length / 300) === 0);
    for (const route of accepted) {
      const text = caddyRouteFile(directory, route, stamp);
      if (some.includes(route))
        write([[path.join(directory, "all", path.basename(caddyPlaces(directory, route).route)), text]]);
      shapes.add(text.replace(/^(\t*@?[a-z_-]+).*$/gim, "$1").replace(/@\w+/g, "@"));
    }
    // With a path of its own or none.
    expect(shapes.size).toBe(2);
    const [command = "", ...words] = caddy.settings.check;
    const { code, stdout, stderr } = await run(command, words);
    const { complaints, warnings, loaded } = caddyReport({ code: code ?? 1, stdout, stderr }, directory);
    expect({ complaints, warnings }).toEqual({ complaints: [], warnings: [] });
    const adapted = routesIn(JSON.parse(stdout));
    expect(adapted.size).toBe(some.length);
    for (const route of some) {
      const { path: at, hostname, upstream: to, upstreamSecret, secretTokens } = route;
      const file = caddyPlaces(directory, route).route;
      expect(loaded?.has(file)).toBe(true);
      const { match, handlers, text } = adapted.get(file) ?? {};
      expect(match).toEqual([{ host: [hostname], path: [at] }]);
      expect(text).toContain(JSON.stringify({ "{http.request.orig_uri}": [at] }));
      expect(text).toContain(JSON.stringify({ "{http.request.header.X-Telegram-Bot-Api-Secret-Token}": secretTokens }));
      const [, socket, ownPath = ""] = /^unix:([^:]+)(?::(.*))?$/.exec(to) ?? [];
      const [, place = "", webPath = ""] = /^http:\/\/([^/]+)(\/.*)?$/.exec(to) ?? [];
      const dial = socket === undefined ? `${place}${/:\d+$/.test(place) ? "" : ":80"}` : `unix/${socket}`;
      const { headers, upstreams } = handlers?.find(({ handler }) => handler === "reverse_proxy") ?? {};
      expect(upstreams).toEqual([{ dial }]);
      expect(headers?.request.set).toMatchObject({ Host: [hostname] });
      expect(headers?.request.set?.["X-Telegram-Bot-Api-Secret-Token"]).toEqual(upstreamSecret && [upstreamSecret]);
      const rewritten = handlers?.find(({ handler }) => handler === "rewrite")?.uri ?? "";
      expect(rewritten).toBe(ownPath || webPath);
    }
  } finally {
    await caddy.dispose();
  }
}, 120_000);

interface Handler {
  handler: string;
  uri?: string;
  upstreams?: object[];
  headers?: { request: { set?: Record<string, string[]> } };
}
/** What stands of one of our files in an adapted configuration. */
interface Adapted {
  /** Of the block around it. */
  match: unknown;
  handlers: Handler[];
  text: string;
}

/** Each of our files in an adapted configuration: the routes beside the variable with its name, and the match around them. */
function routesIn(config: unknown): Map<string, Adapted> {
  const found = new Map<string, Adapted>();
  const walk = (value: unknown, match: unknown) => {
    if (typeof value !== "object" || value === null) return;
    const { match: own, routes } = value as { match?: unknown; routes?: { handle?: Handler[] }[] };
    const handlers = (routes ?? []).flatMap(({ handle = [] }) => handle);
    const marked = handlers.find((one) => fileVariable in one) as Record<string, string> | undefined;
    if (marked) found.set(String(marked[fileVariable]), { match, handlers, text: JSON.stringify(routes) });
    else for (const inner of Object.values(value)) walk(inner, own ?? match);
  };
  walk(config, undefined);
  return found;
}
