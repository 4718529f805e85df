// What check makes of a route's arguments: refused with a reason, filled in, warned of; what replaces; what is masked.
import { X509Certificate, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { checkInputs, diffInputs, inputsOf, secretTexts } from "../../../provider/core/fields";
import type { RouteFacts, RouteInputs, RouteState } from "../../../provider/proxy/route/fields";
import { logics } from "../../../provider/registry";

const logic = logics.ProxyRoute;
const glance = {
  isUnknown: (value: unknown): boolean => JSON.stringify(value)?.includes('"?"') ?? false,
  unknown: "?",
  now: new Date(0),
};
const good = {
  server: { nginx: {} },
  attach: "location",
  hostname: "Bots.Example.com",
  path: "/tg/4f1c9a",
  upstream: "http://127.0.0.1:8080",
  secretTokens: ["current", "previous"],
};
const check = (more: Record<string, unknown> = {}) => checkInputs(logic, { ...good, ...more }, glance);
const says = (more: Record<string, unknown>) =>
  check(more).findings.map(
    ({ field, says: text, level }) => `${level === "warning" ? "warning: " : ""}${field} ${text}`,
  );
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHo2";
const ssh = (more: Record<string, unknown> = {}) => ({ on: { ssh: { host: "bots1.example.com", hostKey, ...more } } });

test("what is left out is filled in, and what follows from the arguments is known in the first preview", () => {
  const { inputs, findings } = check({ maintenance: {}, ...ssh() });
  expect(findings).toEqual([]);
  expect(inputs).toEqual({
    ...good,
    server: {
      nginx: {
        directory: "/etc/nginx/pulumi-telegram",
        accessLog: "/var/log/nginx/pulumi-telegram.log",
        check: ["nginx", "-T"],
        reload: ["nginx", "-s", "reload"],
      },
    },
    hostname: "bots.example.com",
    listen: "0.0.0.0:443",
    installation: "nginx in /etc/nginx/pulumi-telegram",
    machine: "bots1.example.com",
    maintenance: { retryAfterSeconds: 10 },
    url: "https://bots.example.com/tg/4f1c9a",
    ...ssh(),
  });
});

test("the url has the port that Telegram needs, and is known although the certificate is not", () => {
  const urlOf = (more: Record<string, unknown>) => check(more).inputs["url"];
  const tls = { pem: { certificatePem: "?", privateKeyPem: "?" } };
  expect(urlOf({ attach: "listener", listen: "0.0.0.0:8443", tls })).toBe("https://bots.example.com:8443/tg/4f1c9a");
  expect(urlOf({ listen: "127.0.0.1:8081", tls: "none" })).toBe("https://bots.example.com/tg/4f1c9a");
  expect(urlOf({ hostname: "?" })).toBe("?");
});

const pem = (name: string) => readFileSync(path.join(__dirname, "../telegram/fixtures", name), "utf8");

test.each<[string, Record<string, unknown>, string]>([
  [
    "another server",
    { server: { haproxy: {} } },
    'server must be { nginx: { directory?, accessLog?, check?, reload? } }; got "haproxy"',
  ],
  [
    "two servers",
    { server: { nginx: {}, caddy: {} } },
    "server must be { nginx: { directory?, accessLog?, check?, reload? } }; got several keys",
  ],
  [
    "a relative folder",
    { server: { nginx: { directory: "etc" } } },
    "server has nginx.directory, which must be an absolute path of letters, digits, ., _ and -",
  ],
  [
    "a folder with ..",
    { server: { nginx: { directory: "/etc/../x" } } },
    "server has nginx.directory, which must be an absolute path of letters, digits, ., _ and -",
  ],
  [
    "nginx's own folder",
    { server: { nginx: { directory: "/etc/nginx/conf.d" } } },
    "server has nginx.directory, which must not be one that nginx uses itself; give a folder of its own, such as /etc/nginx/pulumi-telegram",
  ],
  [
    "a command that is a text",
    { server: { nginx: { reload: "nginx -s reload" } } },
    "server has nginx.reload, which must be a list of strings; got a string",
  ],
  [
    "a line break in a command",
    { server: { nginx: { check: ["nginx\n"] } } },
    'server has nginx.check, which must be a list of words, such as ["sudo", "-n", "nginx", "-T"]',
  ],
  [
    "a command without a word",
    { server: { nginx: { check: [] } } },
    'server has nginx.check, which must be a list of words, such as ["sudo", "-n", "nginx", "-T"]',
  ],
  [
    "a setting that nginx has not",
    { server: { nginx: { folder: "/x" } } },
    'server must have only directory, accessLog, check and reload in nginx; got "folder"',
  ],
  [
    "another way to attach",
    { attach: "both" },
    'attach must be "listener" (we own address and port) or "location" (your own server block includes our folder)',
  ],
  [
    "a host with a blank",
    { hostname: "a b" },
    "hostname must be a host name of letters, digits and hyphens between dots (bots.example.com), or an IPv4 address",
  ],
  ["a broken address", { hostname: "1.2.3.400" }, "hostname must be a host name or an IPv4 address"],
  ["a port alone", { listen: "443" }, "listen must be <IPv4 address>:<port>, such as 0.0.0.0:443"],
  ["port 0", { listen: "0.0.0.0:0" }, "listen must be <IPv4 address>:<port>, such as 0.0.0.0:443"],
  [
    "a path in upper case",
    { path: "/Tg" },
    "path must begin with / and go on with 1 to 128 characters of a-z, 0-9, _, - and / (a random path is best)",
  ],
  [
    "the bare root",
    { path: "/" },
    "path must begin with / and go on with 1 to 128 characters of a-z, 0-9, _, - and / (a random path is best)",
  ],
  ["two slashes", { path: "/a//b" }, "path must not have two slashes in a row, which servers merge into one"],
  [
    "https to the bot",
    { upstream: "https://10.0.0.1" },
    "upstream must be http://<host>[:<port>][/<path>] or unix:/<socket>[:/<path>]",
  ],
  [
    "a bot with a user",
    { upstream: "http://a@b" },
    "upstream must be http://<host>[:<port>][/<path>] or unix:/<socket>[:/<path>]",
  ],
  [
    "a bot with a variable",
    { upstream: "http://10.0.0.1/$x" },
    "upstream has a path that cannot be used: it must begin with / and go on with 1 to 128 characters of a-z, 0-9, _, - and / (a random path is best)",
  ],
  [
    "a relative socket",
    { upstream: "unix:run/x" },
    "upstream must be http://<host>[:<port>][/<path>] or unix:/<socket>[:/<path>]",
  ],
  ["no secret", { secretTokens: [] }, "secretTokens must hold 1 to 10 secrets (WebhookSecret.accepted); got 0"],
  [
    "an empty secret",
    { secretTokens: ["a", ""] },
    "secretTokens must be secrets that Telegram can send; item 2 must be 1 to 256 characters of A-Z, a-z, 0-9, _ and -; got 0 characters",
  ],
  ["one secret twice", { secretTokens: ["a", "a"] }, "secretTokens must not hold one secret twice"],
  [
    "a quote in a secret",
    { upstreamSecret: 'a"' },
    "upstreamSecret must be 1 to 256 characters of A-Z, a-z, 0-9, _ and -; got 2 characters",
  ],
  [
    "a listener without a certificate",
    { attach: "listener" },
    'tls is required with attach "listener": Telegram speaks TLS only ("none": something in front does)',
  ],
  [
    "a location with a certificate",
    { tls: { files: { certificateFile: "/a", keyFile: "/b" } } },
    'tls cannot be given with attach "location": your own server block has the certificate; leave it out',
  ],
  ["half a certificate", { tls: { pem: { certificatePem: pem("leaf.pem") } } }, "tls needs pem.privateKeyPem"],
  [
    "a request as certificate",
    { tls: { pem: { certificatePem: pem("request.pem"), privateKeyPem: "x" } } },
    "tls has pem.certificatePem, which must be a certificate; got a signing request, give what came back for it",
  ],
  [
    "a file with a blank",
    { tls: { files: { certificateFile: "/a b", keyFile: "/b" } } },
    "tls has files.certificateFile, which must be an absolute path of letters, digits, ., _ and -",
  ],
  ["a machine without a host key", { on: { ssh: { host: "a" } } }, "on needs ssh.hostKey"],
  [
    "a host that is an option",
    ssh({ host: "-oProxyCommand=x" }),
    "on has ssh.host, which must be a host name or an IPv4 address",
  ],
  [
    "a user that is an option",
    ssh({ user: "-x" }),
    "on has ssh.user, which must be a user of a-z, 0-9, _ and -, not beginning with a hyphen or digit",
  ],
  [
    "a host key of two lines",
    ssh({ hostKey: `${hostKey}\n* ${hostKey}` }),
    'on has ssh.hostKey, which must be the machine\'s public key, such as "ssh-ed25519 AAAA…" (/etc/ssh/ssh_host_ed25519_key.pub)',
  ],
  [
    "a key that is none",
    ssh({ privateKey: "secret" }),
    "on has ssh.privateKey, which must be a private key in PEM or OpenSSH form; leave it out for the agent's",
  ],
  [
    "a password",
    ssh({ password: "x" }),
    'on must have only host, hostKey, port, user, privateKey and useConfig in ssh; got "password"',
  ],
  [
    "a proxy that is no address",
    { clientAddress: { trustedProxies: ["proxy"] } },
    'clientAddress must be { trustedProxies: […] } with 1 to 100 IPv4 addresses or ranges, such as "10.0.0.0/8"',
  ],
  ["a tiny limit", { maxBodyBytes: 1 }, "maxBodyBytes must be a whole number of 1024 to 10485760; got 1"],
  ["half a second", { timeoutSeconds: 0.5 }, "timeoutSeconds must be a whole number of 1 to 600; got 0.5"],
  [
    "a day of maintenance",
    { maintenance: { retryAfterSeconds: 86400 } },
    "maintenance must be { retryAfterSeconds } with a whole number of 1 to 3600",
  ],
  [
    "a long maintenance",
    { maintenance: { retryAfterSeconds: 61 } },
    "warning: maintenance lets Telegram wait 61 s before it tries again: inline queries die after 30 s, buttons (callback queries) and payments (shipping and pre-checkout queries) after 150 s",
  ],
  [
    "a port that Telegram does not call",
    { listen: "0.0.0.0:9443" },
    "warning: listen has port 9443, and Telegram delivers to 443, 80, 88 and 8443 only: url works if something in front or a self-hosted Bot API server calls it",
  ],
])("%s is told", (_name, more, reason) => {
  expect(says(more)).toEqual([reason]);
});

test("a key of another certificate is refused before it stops a server", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" });
  expect(new X509Certificate(pem("leaf.pem")).subject).not.toBe("");
  expect(says({ attach: "listener", tls: { pem: { certificatePem: pem("leaf.pem"), privateKeyPem } } })).toEqual([
    "tls must have a private key that belongs to the first certificate; these two do not match",
  ]);
});

test("a place replaces, the rest is updated in place, an unknown value never replaces", () => {
  const state = {
    ...inputsOf(logic.fields, check(ssh()).inputs),
    routeId: "x",
    sha256: "y",
    verified: true,
  } as RouteState;
  const effects = (more: Record<string, unknown>) =>
    Object.fromEntries(
      diffInputs(logic, state, check({ ...ssh(), ...more }).inputs, glance).map(({ field, effect }) => [field, effect]),
    );
  expect(effects({})).toEqual({});
  expect(effects({ hostname: "other.example.com" })).toEqual({ hostname: "createThenDelete", url: "update" });
  expect(effects({ path: "/x" })).toMatchObject({ path: "createThenDelete" });
  expect(effects(ssh({ host: "bots2.example.com" }))).toEqual({ on: "update", machine: "createThenDelete" });
  expect(effects(ssh({ user: "deploy" }))).toEqual({ on: "update" });
  expect(effects({ server: { nginx: { directory: "/x" } } })).toEqual({
    server: "update",
    installation: "deleteThenCreate",
  });
  expect(effects({ server: { nginx: { accessLog: "off" } } })).toEqual({ server: "update" });
  expect(effects({ secretTokens: ["newer", "current"] })).toEqual({ secretTokens: "update" });
  expect(effects({ hostname: "?" })).toEqual({ hostname: "update", url: "update" });
  expect(
    diffInputs<RouteInputs, RouteFacts>(logic, { ...state, verified: false }, check(ssh()).inputs, glance),
  ).toEqual([{ field: "verified", effect: "update" }]);
});

test("secrets, private keys and a path that may be one are masked, and hosts, files and certificates are not", () => {
  const privateKey = "-----BEGIN PRIVATE KEY-----";
  const tls = { pem: { certificatePem: "certificate", privateKeyPem: "key" } };
  const all = secretTexts(logic, { ...good, ...ssh({ privateKey, user: "deploy" }), tls, upstreamSecret: "stable" });
  expect(new Set(all)).toEqual(new Set([privateKey, "current", "key", "previous", "stable", { whole: "/tg/4f1c9a" }]));
  expect(secretTexts(logic, { tls: "none", on: undefined })).toEqual([]);
});

test("two programs' resources cannot have one route, and no text about it names the path", () => {
  const { inputs } = check();
  expect(logic.called?.(inputs)).toBe("the same path of nginx/local/0.0.0.0:443/bots.example.com");
  expect(logic.exclusive?.(inputs)).toBe("the route nginx/local/0.0.0.0:443/bots.example.com/tg/4f1c9a");
  expect(logic.exclusive?.({ hostname: "a" })).toBeUndefined();
});
