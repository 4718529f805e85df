// haproxy without a haproxy: what a preview says, what its checker's words mean, and its files as texts.
import { checkInputs } from "../../../provider/core/fields";
import { sha256 } from "../../../provider/core/hash";
import type { RouteInputs } from "../../../provider/proxy/route/fields";
import { haproxyReport } from "../../../provider/proxy/servers/haproxy/check";
import { leadingLines, listFile, routeFile, secretsFile } from "../../../provider/proxy/servers/haproxy/files";
import { certificatesOf, haproxyPlaces } from "../../../provider/proxy/servers/haproxy/places";
import { entriesIn, isForSocket } from "../../../provider/proxy/servers/haproxy/runtime";
import { logics } from "../../../provider/registry";
import { glance, routeOf } from "../../support/routes";

const digest = (text: string) => sha256(text).toUpperCase();
const args = {
  ...{ server: { haproxy: {} }, attach: "location", hostname: "bots.example.com", path: "/tg/shop" },
  ...{ upstream: "http://127.0.0.1:8080", secretTokens: ["current-secret", "previous-secret"] },
};
const route = (more: Record<string, unknown> = {}): RouteInputs => routeOf({ ...args, ...more });
const findings = (more: Record<string, unknown>) =>
  checkInputs(logics.ProxyRoute, { ...args, ...more }, glance).findings.map(({ field, says }) => `${field} ${says}`);
const settings = { directory: "/etc/haproxy/pulumi-telegram", accessLog: "global", reload: ["true"] };
const stamp = { owner: "organization/shop/prod", routeId: "0123456789ab", generation: "abc123" };
const linesOf = (more: Record<string, unknown> = {}) => {
  const one = route(more);
  const text = routeFile(settings, one, stamp, haproxyPlaces(settings.directory, one));
  return text.split("\n").map((line) => line.trim());
};

test("what is left out is filled in as it is on Debian, and the folder is part of where the route is", () => {
  expect(route()).toMatchObject({
    server: {
      haproxy: {
        directory: "/etc/haproxy/pulumi-telegram",
        accessLog: "global",
        reload: ["systemctl", "reload", "haproxy"],
      },
    },
    installation: "haproxy in /etc/haproxy/pulumi-telegram",
  });
});

test("a preview refuses what haproxy cannot do, with what to do instead", () => {
  const files = { certificateFile: "/etc/ssl/a.pem", keyFile: "/etc/ssl/a.key" };
  expect(findings({ attach: "listener", tls: { files } })).toEqual([
    'tls has two files, and haproxy reads certificate and key from one: put the key behind the certificates in one file and give it as certificateFile and as keyFile; or give { pem }, or attach "location" to a frontend of your own that has the certificate',
  ]);
  expect(findings({ attach: "listener", tls: { files: { ...files, keyFile: files.certificateFile } } })).toEqual([]);
  expect(findings({ upstream: `unix:/${"a".repeat(97)}` })).toEqual([
    "upstream must name a socket of at most 97 characters with haproxy; this one has 98: let the bot listen at a shorter path, such as /run/bot.sock",
  ]);
  const check = ["sudo", "-n", "/usr/sbin/haproxy", "-c", "-f", "/etc/haproxy/haproxy.cfg"];
  expect(findings({ server: { haproxy: { check } } })).toEqual([
    'server has haproxy.check, which checks the configuration without our files; add "-f", "/etc/haproxy/pulumi-telegram" at its end, or leave check out',
  ]);
  for (const good of [
    [...check, "-f", "/etc/haproxy/pulumi-telegram"],
    ["/usr/local/sbin/check-haproxy", "-c"],
  ])
    expect(findings({ server: { haproxy: { check: good } } })).toEqual([]);
  expect(findings({ server: { haproxy: { accessLog: "/var/log/x" } } })).toEqual([
    'server has haproxy.accessLog, which must be "global" or "off"',
  ]);
  expect(findings({ server: { haproxy: { directory: "/etc/haproxy" } } })).toEqual([
    "server has haproxy.directory, which must not be a folder at the root or one that haproxy uses itself; give a folder of its own, such as /etc/haproxy/pulumi-telegram",
  ]);
  expect(findings({ server: { haproxy: { check: [] } } })[0]).toMatch(
    /^server has haproxy\.check, which must be a list of words, .*, such as \["sudo", "-n", /,
  );
});

describe("routes of one listener must be of one kind:", () => {
  const alike = (more: Record<string, unknown>) =>
    logics.ProxyRoute.alike?.(checkInputs(logics.ProxyRoute, { ...args, attach: "listener", ...more }, early).seen);
  const early = { ...glance, isUnknown: (value: unknown) => value === "?" };
  const pem = { tls: { pem: { certificatePem: "?", privateKeyPem: "?" } } };
  test.each([
    ["a name", pem, "host names with TLS"],
    [
      "an IP address",
      { ...pem, hostname: "203.0.113.9" },
      "the IP address 203.0.113.9, which needs a listener of its own",
    ],
    ["no TLS", { tls: "none", hostname: "203.0.113.9" }, "routes without TLS"],
  ])("%s", (_name, more, has) => {
    expect(alike(more)).toEqual({ thing: "the listener 0.0.0.0:443 of haproxy on this machine", has });
  });
  test("a location and another server have no say", () => {
    expect(alike({ attach: "location" })).toBeUndefined();
    expect(alike({ ...pem, server: { nginx: {} } })).toBeUndefined();
  });
});

test("the checker's words: complaints without process and verdict, warnings apart, nothing to listen on is no mistake", () => {
  const stderr = `[NOTICE]   (12) : haproxy version is 2.6.12
[ALERT]    (12) : config : parsing [/etc/haproxy/haproxy.cfg:7] : unknown keyword 'x' in 'global' section
[WARNING]  (12) : config : missing timeouts for frontend 'a'.
   | While not properly invalid, you will certainly encounter problems
[ALERT]    (12) : config : Error(s) found in configuration file : /etc/haproxy/haproxy.cfg
[ALERT]    (12) : config : Fatal errors found in configuration.
`;
  const warnings = [
    "[WARNING] missing timeouts for frontend 'a'. | While not properly invalid, you will certainly encounter problems",
  ];
  expect(haproxyReport({ code: 1, stdout: "", stderr }, "/ours/base.cfg")).toEqual({
    isGood: false,
    complaints: ["[ALERT] parsing [/etc/haproxy/haproxy.cfg:7] : unknown keyword 'x' in 'global' section"],
    warnings,
  });
  const idle = "Configuration file has no error but will not start (no listener) => exit(2).\n";
  expect(haproxyReport({ code: 2, stdout: idle, stderr: "" }, "")).toEqual({
    isGood: true,
    complaints: [],
    warnings: [],
  });
  expect(haproxyReport({ code: 2, stdout: "", stderr: "sh: 1: no\n" }, "")).toMatchObject({
    complaints: ["sh: 1: no"],
  });
});

test("a listener or route without our file for all is ours to mend", () => {
  const stderr =
    "[ALERT] (1) : config : parsing [/ours/10.cfg:4] : defaults section 'pulumi-telegram' not found for frontend 'x'.\n";
  expect(haproxyReport({ code: 1, stdout: "", stderr }, "/ours/base.cfg")).toMatchObject({ lacks: "/ours/base.cfg" });
});

test("no secret is in a file, only its digest, with the generation that it was written in", () => {
  const text = secretsFile(route(), stamp);
  expect(text).not.toContain("secret\n");
  expect(text.split("\n").slice(1)).toEqual([
    "# owner organization/shop/prod",
    `${digest("current-secret")} current.abc123`,
    `${digest("previous-secret")} previous.abc123`,
    "",
  ]);
});

test("the upstream is an address, a name, an IPv6 address or a socket, with the path that it wants", () => {
  const server = (upstream: string) => linesOf({ upstream }).filter((line) => /^server |set-path/.test(line));
  expect(server("http://127.0.0.1:8080")).toEqual(["server bot 127.0.0.1:8080"]);
  expect(server("http://bot_1/hook")).toEqual(["http-request set-path /hook", "server bot bot_1:80"]);
  expect(server("http://[::1]:8080")).toEqual(["server bot ipv6@[::1]:8080"]);
  expect(server("unix:/run/bot.sock:/x")).toEqual(["http-request set-path /x", "server bot unix@/run/bot.sock"]);
});

test("a hundred trusted proxies fit: haproxy takes 64 words a line", () => {
  const trustedProxies = Array.from({ length: 100 }, (_, at) => `10.0.${at}.0/24`);
  const lines = linesOf({ clientAddress: { trustedProxies } });
  expect(Math.max(...lines.map((line) => line.split(" ").length))).toBeLessThan(60);
  expect(lines.filter((line) => line.startsWith("acl is_trusted "))).toHaveLength(3);
});

test("a frontend of the user's own logs in its own format, so a route in it logs nothing", () => {
  expect(linesOf()).toContain("http-request set-log-level silent");
  const pem = { certificatePem: "x", privateKeyPem: "y" };
  const own = { ...route(), attach: "listener" as const, tls: { pem } };
  const text = (more: object) => routeFile({ ...settings, ...more }, own, stamp, haproxyPlaces("/x", own));
  expect(text({})).not.toContain("silent");
  expect(text({ accessLog: "off" })).toContain("silent");
});

test("a listener shows each host its own certificate", () => {
  const places = haproxyPlaces("/ours", { ...route(), attach: "listener" });
  const at = (host: string, file: string) => `/ours/routes/0.0.0.0_443/${host}/certificate.${file}`;
  const names = [at("b.example.com", "pem"), at("a.example.com", "path"), at("c.example.com", "path"), "/ours/lock"];
  const listed = "/etc/ssl/a.pem a.example.com\n/etc/ssl/other.pem b.example.com\n";
  expect(listFile(certificatesOf(places, names, listed))).toBe(
    `/etc/ssl/a.pem a.example.com\n${at("b.example.com", "pem")} b.example.com\n`,
  );
  // Whose file the list does not name any more comes back with its own stack.
  expect(listFile(certificatesOf(places, names, undefined))).toBe(`${at("b.example.com", "pem")} b.example.com\n`);
});

test("a value that check must have refused is not written", () => {
  const bad = { ...route(), hostname: "a b" };
  expect(() => routeFile(settings, bad, stamp, haproxyPlaces("/x", route()))).toThrow("nothing was written");
  expect(() => leadingLines({ listen: "0.0.0.0:1 if" })).toThrow("nothing was written");
  expect(() =>
    routeFile(settings, { ...route(), upstream: "http://a b" }, stamp, haproxyPlaces("/x", route())),
  ).toThrow("nothing was written");
});

test("over the socket go only other texts of files that are loaded already, and none that is too long for a command", () => {
  const change = { file: "/ours/routes/0.0.0.0_443/a.example.com/x.secrets", existed: true, text: "x" };
  const certificate = { ...change, file: "/ours/routes/0.0.0.0_443/a.example.com/certificate.pem" };
  expect(isForSocket([change, certificate])).toBe(true);
  expect(isForSocket([])).toBe(false);
  for (const other of [
    { ...change, existed: false },
    { file: change.file, existed: true },
    { ...certificate, text: "x".repeat(12_001) },
    { ...change, file: "/ours/20-route-0123456789ab.cfg" },
  ]) {
    expect(isForSocket([change, other])).toBe(false);
  }
  expect(entriesIn("# owner a/b/c\n\nAB current.1\n")).toEqual(["AB current.1"]); // a payload ends at an empty line
});
