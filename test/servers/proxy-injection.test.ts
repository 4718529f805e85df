// Ten thousand generated values: refused in check, or nginx shows exactly the directives that we wrote.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { checkInputs, inputsOf } from "../../provider/core/fields";
import type { RouteInputs } from "../../provider/proxy/route/fields";
import { checkedOf } from "../../provider/proxy/servers/nginx/check";
import { directivesIn } from "../../provider/proxy/servers/nginx/directives";
import { filesOf, placesOf } from "../../provider/proxy/servers/nginx/files";
import { startNginx } from "../support/nginx";
import type { Nginx } from "../support/nginx";
import { run } from "../support/process";
import { glance, routeLogic } from "../support/routes";

const count = 10_000;
let nginx: Nginx;
beforeAll(async () => {
  nginx = await startNginx("server { listen 127.0.7.60:8081; include {directory}/locations/*/*.conf; }");
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
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
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

test(`of ${count} generated routes each is refused, or is in nginx exactly as it was declared`, async () => {
  const accepted = new Map<string, RouteInputs>();
  let refused = 0;
  for (const args of fc.sample(sample, { numRuns: count, seed: 7 })) {
    const base = { server: { nginx: nginx.settings }, attach: "location", listen: "127.0.7.60:8081", tls: "none" };
    const { inputs, findings } = checkInputs(routeLogic, { ...base, ...args }, glance);
    if (findings.some(({ level }) => level === "problem")) {
      refused += 1;
      continue;
    }
    const route = inputsOf(routeLogic.fields, inputs);
    accepted.set(route.path, route); // one server block has each path once
  }
  expect(refused).toBeGreaterThan(2000);
  expect(accepted.size).toBeGreaterThan(1000);

  const stamp = { owner: "organization/project/stack", routeId: "0123456789ab", generation: "abc123" };
  for (const route of accepted.values()) {
    for (const [file, text] of filesOf(nginx.settings, route, stamp)) {
      if (text === undefined || existsSync(file)) continue;
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
  const [command = "", ...words] = nginx.settings.check;
  const { code, stdout, stderr } = await run(command, words);
  const { complaints, warnings, loaded } = checkedOf({ code: code ?? 1, stdout, stderr }, "");
  expect({ complaints, warnings }).toEqual({ complaints: [], warnings: [] });

  const shapes = new Set<string>();
  for (const route of accepted.values()) {
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
