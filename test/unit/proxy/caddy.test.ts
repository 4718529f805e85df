// Caddy without a Caddy: what a preview says, what its adapter's words mean, its patterns, and a route's file as a text.
import fc from "fast-check";
import { checkInputs } from "../../../provider/core/fields";
import type { RouteInputs } from "../../../provider/proxy/route/fields";
import { reloadWords } from "../../../provider/proxy/servers/caddy/edge";
import { adminIn, caddyReport, messageIn } from "../../../provider/proxy/servers/caddy/check";
import { caddyStampIn, importLine, caddyRouteFile } from "../../../provider/proxy/servers/caddy/files";
import { lastOutside, oneOf, overPattern } from "../../../provider/proxy/servers/caddy/patterns";
import { caddySurroundings } from "../../../provider/proxy/servers/caddy/surroundings";
import { logics } from "../../../provider/registry";
import { glance, routeOf } from "../../support/routes";

const directory = "/etc/caddy/pulumi-telegram";
const args = {
  ...{ server: { caddy: {} }, attach: "location", hostname: "bots.example.com", path: "/tg/shop" },
  ...{ upstream: "http://127.0.0.1:8080", secretTokens: ["current-secret", "previous-secret"] },
};
const route = (more: Record<string, unknown> = {}): RouteInputs => routeOf({ ...args, ...more });
const findings = (more: Record<string, unknown>) =>
  checkInputs(logics.ProxyRoute, { ...args, ...more }, glance).findings.map(({ field, says }) => `${field} ${says}`);
const stamp = { owner: "organization/shop/prod", routeId: "0123456789ab", generation: "abc123" };

test("what is left out is filled in as it is on Debian, and the folder is part of where the route is", () => {
  expect(route()).toMatchObject({
    server: { caddy: { directory, user: "caddy", check: ["caddy", "adapt", "--config", "/etc/caddy/Caddyfile"] } },
    installation: "caddy in /etc/caddy/pulumi-telegram",
  });
});

test("a preview refuses what Caddy cannot do, and warns of an admin API that everybody on the machine can ask", () => {
  const adminUrl = "http://localhost:2019";
  expect(findings({ server: { caddy: { adminUrl } } })).toEqual([
    "server has caddy.adminUrl: every user of the machine can read the secrets of all routes at http://localhost:2019/config/. A unix socket is closed to them: `admin unix//run/caddy/admin.sock` in the Caddyfile's global options, and adminSocket in place of adminUrl",
  ]);
  expect(findings({ server: { caddy: { adminUrl, adminSocket: "/run/caddy/admin.sock" } } })).toEqual([
    "server has caddy.adminSocket and caddy.adminUrl, and there is one admin API: leave one out",
  ]);
  for (const far of ["http://10.0.0.1:2019", "localhost:2019", "http://localhost", "https://localhost:2019"])
    expect(findings({ server: { caddy: { adminUrl: far } } })).toEqual([
      "server has caddy.adminUrl, which must be http://localhost:<port> or http://127.0.0.1:<port>, as the machine itself reaches it",
    ]);
  for (const pasted of ["unix//run/caddy/admin.sock", "unix//run/caddy/admin.sock|0600"])
    expect(findings({ server: { caddy: { adminSocket: pasted } } })).toEqual([
      'server has caddy.adminSocket, which must be the path alone: "/run/caddy/admin.sock"',
    ]);
  expect(findings({ server: { caddy: { adminSocket: "unix//run/../x" } } })).toEqual([
    "server has caddy.adminSocket, which must be an absolute path of letters, digits, ., _ and -; it does not begin with /",
  ]);
  for (const shared of ["/etc/caddy", "/etc/caddy/sites-enabled", "/srv"])
    expect(findings({ server: { caddy: { directory: shared } } })).toEqual([
      "server has caddy.directory, which must not be a folder at the root or one that Caddy uses itself; give a folder of its own, such as /etc/caddy/pulumi-telegram",
    ]);
});

test("it is reloaded at the admin API that is given, or where the Caddyfile says", () => {
  const words = (more: object) => reloadWords({ directory, user: "caddy", check: ["true"], ...more });
  const usual = ["caddy", "reload", "--config", "/etc/caddy/Caddyfile"];
  expect(words({})).toEqual(usual);
  const adminSocket = "/run/caddy/admin.sock";
  expect(words({ adminSocket })).toEqual([...usual, "--address", "unix//run/caddy/admin.sock"]);
  expect(words({ adminUrl: "http://localhost:2019" })).toEqual([...usual, "--address", "localhost:2019"]);
  expect(words({ adminSocket, reload: ["systemctl", "reload", "caddy"] })).toEqual(["systemctl", "reload", "caddy"]);
});

describe("the adapter's words:", () => {
  const report = (stderr: string, stdout = "", code = 1) => caddyReport({ code, stdout, stderr }, directory);
  const json = (level: string, msg: string, more: object = {}) =>
    `${JSON.stringify({ level, ts: 1795928698.04, msg, ...more })}\n`;

  test("a mistake is told without time, as plain words (to 2.9) and as JSON (from 2.10)", () => {
    const complaints = ["/etc/caddy/Caddyfile:3: unrecognized directive: nonsense"];
    expect(report(`Error: ${complaints[0]}\n`)).toMatchObject({ isGood: false, complaints });
    expect(report(json("error", complaints[0] ?? ""))).toMatchObject({ isGood: false, complaints });
    expect(messageIn(json("error", "no such file").trim())).toBe("no such file");
    expect(messageIn("no such file")).toBe("no such file");
  });

  test("an import in another block than that of the site is told with where it must stand, and nothing of Go is shown", () => {
    const dump = "&caddyhttp.Subroute{Routes:caddyhttp.RouteList{caddyhttp.Route{json.RawMessage{0x7b, 0x22}}}}";
    const said = [
      `parsing caddyfile tokens for 'route': handle_errors directive returned something other than an HTTP route or subroute: ${dump} (only handler directives can be used in routes), at route.cf:8`,
      ...["handle", "handle_path"].map(
        (block) =>
          `parsing caddyfile tokens for '${block}': directive 'handle_errors' is not an ordered HTTP handler, so it cannot be used here - try placing within a route block or using the order global option`,
      ),
    ];
    for (const text of said.flatMap((words) => [json("error", words), `Error: ${words}\n`]))
      expect(report(text).complaints).toEqual([
        `Caddy takes a handle_errors only in a site block itself, and our files have one: so the line \`import ${directory}/…\` must stand in the site block itself, not in a handle or route`,
      ]);
    const long = `adapting: ${dump.repeat(30)} (why), at x:1`;
    expect(messageIn(json("error", long).trim())).toBe("adapting (why), at x:1");
    expect(messageIn(json("error", "x".repeat(5000)).trim())).toHaveLength(401);
  });

  test("one that is older than 2.8 is told as such, with the cure", () => {
    // Caddy 2.6.2 of Debian 12.
    expect(report(`Error: ${directory}/locations/a.example.com/0.caddy:7: unrecognized directive: log_skip\n`)).toEqual(
      {
        isGood: false,
        complaints: [
          "this Caddy is older than 2.8, and does not know the directive log_skip; install 2.8 or later (https://caddyserver.com/docs/install)",
        ],
        warnings: [],
      },
    );
  });

  test("an import of ours that finds no file is no warning, another one is, and none has a time", () => {
    const none = "No files matching import glob pattern";
    const said = [
      json("warn", none, { pattern: `${directory}/locations/bots.example.com/*.caddy` }),
      json("warn", none, { pattern: "/etc/caddy/other/*.caddy" }),
      json("warn", "Caddyfile input is not formatted", { adapter: "caddyfile", file: "/etc/caddy/Caddyfile", line: 2 }),
      json("info", "using config from file"),
    ];
    expect(report(said.join(""), "{}", 0)).toMatchObject({
      isGood: true,
      complaints: [],
      warnings: [
        `[warn] ${none} (/etc/caddy/other/*.caddy)`,
        "[warn] Caddyfile input is not formatted (/etc/caddy/Caddyfile:2)",
      ],
    });
  });

  test("what is loaded of ours stands in the JSON, wherever; what is no JSON is no configuration", () => {
    const vars = { handler: "vars", pulumi_telegram_file: `${directory}/locations/a/b.caddy` };
    const nested = {
      apps: {
        http: { servers: { srv0: { routes: [{ handle: [{ handler: "subroute", routes: [{ handle: [vars] }] }] }] } } },
      },
    };
    const { loaded } = report("", JSON.stringify(nested), 0);
    expect(loaded?.has(vars.pulumi_telegram_file)).toBe(true);
    expect(loaded?.has(`${directory}/locations/a/c.caddy`)).toBe(false);
    for (const text of ["", "[]", "ok", "null"])
      expect(report("", text, 0)).toEqual({
        isGood: false,
        complaints: ["the checker printed no configuration as JSON"],
        warnings: [],
      });
  });

  test("where the admin API is asked by everybody on the machine is told", () => {
    const at = (admin: object | undefined) => adminIn(report("", JSON.stringify({ admin }), 0).loaded ?? new Map());
    expect(at(undefined)).toEqual({ address: "localhost:2019", isDefault: true });
    expect(at({ config: { persist: false } })).toEqual({ address: "localhost:2019", isDefault: true });
    expect(at({ listen: "127.0.0.1:2020" })).toEqual({ address: "127.0.0.1:2020", isDefault: false });
    expect(at({ listen: "unix//run/caddy/admin.sock" })).toBeUndefined();
    expect(at({ disabled: true })).toBeUndefined();
  });
});

describe("what comes before a route:", () => {
  const file = `${directory}/locations/a/b.caddy`;
  const handle = (handler: string, more: object = {}) => ({ handle: [{ handler, ...more }] });
  const inside = [handle("vars", { pulumi_telegram_file: file }), handle("reverse_proxy")];
  const match = [{ host: ["bots.example.com"], path: ["/tg/shop"] }];
  const ours = { match, ...handle("subroute", { routes: inside }) };
  const siteOf = (host: string, routes: object[]) => ({ match: [{ host: [host] }], ...handle("subroute", { routes }) });
  const around = (routes: object[], limit = 1_048_576) => aroundIn([siteOf("bots.example.com", routes)], limit);
  const aroundIn = (sites: object[], limit = 1_048_576, answers: object[] = []) => {
    const srv0 = { routes: sites, errors: { routes: [siteOf("bots.example.com", answers)] } };
    const stdout = JSON.stringify({ apps: { http: { servers: { srv0 } } } });
    const { loaded } = caddyReport({ code: 0, stdout, stderr: "" }, directory);
    return caddySurroundings(
      loaded?.get(file) ?? "none",
      { hostname: "bots.example.com", maxBodyBytes: limit },
      "import x",
    );
  };
  const nothing = { obstacles: [], unguarded: [], doubts: [], before: [] };

  test("what does not decide whether an update arrives, what comes after it, and another route of ours are nothing", () => {
    const other = JSON.parse(JSON.stringify(ours).replace("b.caddy", "c.caddy")) as object;
    expect(around([handle("encode"), handle("vars"), other, ours, handle("static_response")])).toEqual(nothing);
  });

  test("what answers or changes a request is named, with its directive", () => {
    const nested = handle("subroute", { routes: [handle("rewrite")] });
    expect(around([handle("authentication"), nested, ours])).toEqual({
      ...nothing,
      before: [
        "basic_auth, in the site of bots.example.com",
        "rewrite, uri or try_files, in the site of bots.example.com",
      ],
    });
  });

  test("a limit for bodies that is less than the route's is an obstacle, unless it is for some requests only", () => {
    const small = handle("request_body", { max_size: 1000 });
    expect(around([small, ours]).obstacles).toEqual([
      "`request_body { max_size 1000 }` (in the site of bots.example.com): it refuses updates that are longer, and maxBodyBytes is 1048576; give it a matcher that leaves the route out",
    ]);
    expect(around([small, ours], 1000).obstacles).toEqual([]);
    expect(around([{ match: [{ path: ["/upload"] }], ...small }, ours]).obstacles).toEqual([]);
  });

  test("what another site does is nothing, and what one of all hosts does is something", () => {
    const small = handle("request_body", { max_size: 1000 });
    const [own, other] = [siteOf("bots.example.com", [ours]), siteOf("shop.example.com", [small])];
    expect(aroundIn([other, siteOf("a.*.com", [small]), own])).toEqual(nothing);
    for (const host of ["*.example.com", "*", "{env.HOST}", "Bots.Example.com"])
      expect(aroundIn([siteOf(host, [small]), own]).obstacles).toHaveLength(1);
  });

  test("an import in the site of another host is refused with that host, and in both it is good", () => {
    const wrong = siteOf("shop.example.com", [ours]);
    expect(aroundIn([wrong]).obstacles).toEqual([
      "`import x` (in the site of shop.example.com): no request for bots.example.com gets there; move the line to the site block of bots.example.com",
    ]);
    for (const host of ["bots.example.com", "*.example.com"])
      expect(aroundIn([wrong, siteOf(host, [ours])]).obstacles).toEqual([]);
  });

  test("a handle_errors of the site that comes before our own is refused, unless it is not for a bot that does not answer", () => {
    const answer = [handle("vars", { pulumi_telegram_errors: file }), handle("static_response")];
    const mine = { match, ...handle("subroute", { routes: answer }) };
    const theirs = (handler: string, ...match: object[]) => ({
      match,
      ...handle("subroute", { routes: [handle(handler)] }),
    });
    const refused = (...answers: object[]) => aroundIn([siteOf("bots.example.com", [ours])], 1024, answers).obstacles;
    const code = "{http.error.status_code}";
    const codes = (text: string) => theirs("static_response", { expression: text });
    expect(refused(theirs("reverse_proxy"), mine)).toEqual([
      "`handle_errors` (reverse_proxy or forward_auth, in the site of bots.example.com): it answers before the route's own, so an update that the bot did not take may be lost, or handed on with its secret; move the line `import x` above every handle_errors of the site, and give one that has codes of 502 to 504 a matcher that leaves the route out",
    ]);
    expect(refused(mine, theirs("reverse_proxy"))).toEqual([]);
    for (const text of [`${code} in [404, 503]`, `${code} >= 500 && ${code} <= 599`])
      expect(refused(codes(text), mine)).toHaveLength(1);
    for (const text of [`${code} in [404, 410]`, `${code} >= 400 && ${code} <= 499`])
      expect(refused(codes(text), mine)).toEqual([]);
    expect(refused(theirs("static_response", { path: ["/shop/*"] }), mine)).toEqual([]);
  });

  test("what answers by the client's address is a doubt, also where the condition is turned round", () => {
    const ranges = ["10.0.0.0/8"];
    for (const one of [{ remote_ip: { ranges } }, { not: [{ client_ip: { ranges } }] }])
      expect(around([{ match: [one], ...handle("static_response") }, ours]).doubts).toEqual([
        "respond, redir or abort, in the site of bots.example.com",
      ]);
  });
});

describe("patterns:", () => {
  test("a length over the limit matches, with zeros in front too, and no other does", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1024, max: 10_485_760 }), fc.nat(30_000_000), fc.nat(3), (limit, length, zeros) => {
        const near = [length, limit - 1, limit, limit + 1, limit * 10, limit * 1000];
        const pattern = new RegExp(overPattern(limit));
        for (const one of near) expect(pattern.test(`${"0".repeat(zeros)}${one}`)).toBe(one > limit);
      }),
      { numRuns: 2000 },
    );
    expect(overPattern(1024)).not.toMatch(/[{}\s]/);
  });

  const address = fc.tuple(...[0, 1, 2, 3].map(() => fc.nat(255))).map((octets) => octets.join("."));
  const numberOf = (text: string) => text.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const isIn = (text: string, ranges: readonly string[]) =>
    ranges.some((range) => {
      const [first = "", bits = "32"] = range.split("/");
      const size = 2 ** (32 - Number(bits));
      return Math.floor(numberOf(text) / size) === Math.floor(numberOf(first) / size);
    });
  const someRanges = fc.array(
    fc
      .tuple(address, fc.integer({ min: 0, max: 32 }))
      .map(([first, bits]) => (bits === 32 ? first : `${first}/${bits}`)),
    { minLength: 1, maxLength: 4 },
  );
  /** The range's own address, in or just outside of it. */
  const near = (ranges: readonly string[]) => ranges.map((range) => range.split("/")[0] ?? "");

  test("an address is in one of the ranges, or the pattern does not match", () => {
    fc.assert(
      fc.property(someRanges, fc.array(address, { maxLength: 5 }), (ranges, addresses) => {
        const pattern = new RegExp(`^${oneOf(ranges)}$`);
        for (const one of [...addresses, ...near(ranges)]) expect(pattern.test(one)).toBe(isIn(one, ranges));
      }),
      { numRuns: 2000 },
    );
  });

  test("of a list the client is the last address that is no trusted proxy; what is no address is nobody's", () => {
    const client = (list: string, ranges: readonly string[]) =>
      new RegExp(lastOutside(ranges).replaceAll("[[:blank:]]", "[ \\t]")).exec(list)?.[1];
    fc.assert(
      fc.property(someRanges, fc.array(address, { minLength: 1, maxLength: 5 }), (ranges, addresses) => {
        const list = [...addresses, ...near(ranges).slice(0, 1)];
        const wanted = list.filter((one) => !isIn(one, ranges)).at(-1) ?? list[0];
        expect(client(list.join(", "), ranges)).toBe(wanted);
        expect(client(list.join(","), ranges)).toBe(wanted);
      }),
      { numRuns: 2000 },
    );
    const trusted = ["127.0.0.0/8"];
    expect(client("149.154.167.220, 203.0.113.9", trusted)).toBe("203.0.113.9");
    expect(client("149.154.167.220, unknown", trusted)).toBeUndefined();
    expect(client("149.154.167.220, ::1", trusted)).toBeUndefined();
    expect(client("", trusted)).toBeUndefined();
  });
});

describe("a route's file:", () => {
  test("it says whose it is, which route and which generation; what else is there says nothing", () => {
    expect(caddyStampIn(caddyRouteFile(directory, route(), stamp))).toEqual(stamp);
    expect(caddyStampIn("# nothing\n")).toEqual({});
    expect(importLine(directory, route())).toBe(`import ${directory}/locations/bots.example.com/*.caddy`);
  });

  test("nothing of it is an expression, a placeholder of a value, or a variable of the environment", () => {
    const text = caddyRouteFile(
      directory,
      route({ onlyTelegram: true, clientAddress: { trustedProxies: ["10.0.0.0/8"] } }),
      stamp,
    );
    expect(text).not.toContain("expression");
    expect(text).not.toContain("{$");
    const placeholders = [...text.matchAll(/\{([^\s{}]+)\}/g)].map(([, name = ""]) => name);
    expect(new Set(placeholders.map((name) => name.replace(/^http\.regexp\..*/, "http.regexp")))).toEqual(
      new Set([
        "http.request.orig_uri",
        "http.request.header.X-Telegram-Bot-Api-Secret-Token",
        "http.request.header.X-Pulumi-Telegram-Probe",
        "http.request.header.X-Forwarded-For",
        "http.request.remote.host",
        "http.regexp",
        "http.vars.pulumi_telegram_client",
        "http.error.status_code",
      ]),
    );
  });

  test("a value that could be more than a word is not written", () => {
    for (const bad of ["{env.HOME}", "{$HOME}", "a b", 'a"', "a`", "a\nb", "", "a#b", "<<x"]) {
      expect(() => caddyRouteFile(directory, { ...route(), secretTokens: [bad] }, stamp)).toThrow(
        /nothing was written/,
      );
      expect(() =>
        caddyRouteFile(directory, { ...route(), path: `/${bad}` === "/" ? "" : `/${bad}` }, stamp),
      ).toThrow();
      expect(() => caddyRouteFile(directory, { ...route(), upstreamSecret: bad }, stamp)).toThrow(
        /nothing was written/,
      );
      expect(() => caddyRouteFile(directory, { ...route(), hostname: bad }, stamp)).toThrow(/nothing was written/);
    }
  });
});
