// What check makes of a route's arguments: refused with a reason, filled in, warned of; what replaces; what is masked.
import { X509Certificate, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { checkInputs, diffInputs, inputsOf, secretTexts } from "../../../provider/core/fields";
import type { RouteFacts, RouteInputs, RouteState } from "../../../provider/proxy/route/fields";
import { logics } from "../../../provider/registry";
import { inDays, makeAuthority, makeLeaf } from "../../support/certificates";

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

const shape = "http://<host>[:<port>][/<path>] or unix:/<socket>[:/<path>]";
const upstreams: [name: string, upstream: string, reason: string][] = [
  [
    "https to the bot",
    "https://10.0.0.1",
    "must begin with http://, since the edge speaks no TLS to the bot; let the bot serve HTTP on 127.0.0.1 or a unix socket, or let Telegram reach the bot's own TLS without a route",
  ],
  ["a bot without a scheme", "127.0.0.1:28080", `must be ${shape}; write http://127.0.0.1:28080`],
  ["a bot by another scheme", "tcp://bot:8080", `must be ${shape}; write http://bot:8080`],
  ["a socket without a scheme", "/run/bot.sock", `must be ${shape}; write unix:/run/bot.sock`],
  ["a socket as Docker writes it", "unix:///run/bot.sock", "must have one slash before its socket; write unix:/run/bot.sock"], // prettier-ignore
  [
    "a relative socket",
    "unix:run/x",
    "must name its socket as an absolute path of letters, digits, ., _ and -; it does not begin with /",
  ],
  ["nothing", "", `must be ${shape}`],
  ["a bot with a user", "http://a@b", `must have no user or password; give ${shape}`],
  ["a port that there is not", "http://127.0.0.1:99999", `must have a port of 1 to 65535 after the host, or none; give ${shape}`], // prettier-ignore
  ["an address without brackets", "http://::1:8080", `must name a host, an IPv6 address in brackets (http://[::1]:8080); give ${shape}`], // prettier-ignore
  ["an address of one link", "http://[fe80::1%eth0]:1", `must name a host of letters, digits, hyphens and underscores, or an IP address; give ${shape}`], // prettier-ignore
  ["a slash at the end", "http://127.0.0.1:8080/", "must not end in / alone; leave it out, and the bot gets the route's path, or give the path that the bot listens at"], // prettier-ignore
  ["a query", "http://bot/a?b=1", "must have no query and no fragment; give the path alone"],
  ["a line break", "http://bot\n", "must have no spaces or line breaks; remove them"],
  ["quotes", '"http://bot:8080"', "must have no quotes around it; remove them"],
  [
    "a bot with a variable",
    "http://10.0.0.1/$x",
    "has a path that cannot be used: it must be / and 1 to 128 characters of A-Z, a-z, 0-9, ., _, - and /, without //, /./ and /../",
  ],
];

test("a certificate that has expired, ends soon or is for tests only is warned of in the preview", async () => {
  const names = ["bots.example.com"];
  const staging = await makeAuthority({ cn: "(STAGING) Counterfeit Cashew R10" });
  const of = async (making: object) => {
    const { certificate: certificatePem } = await makeLeaf({ names, ...making });
    const tls = { pem: { certificatePem, privateKeyPem: "?" } };
    const given = { ...good, attach: "listener", tls };
    const { findings } = checkInputs(logic, given, { ...glance, now: new Date() });
    return findings.map(({ field, level, says: text }) => `${level}: ${field} ${text}`);
  };
  const [yesterday, soon] = [inDays(-1), inDays(10)];
  const shown = (time: Date) => time.toISOString().replace(".000", "");
  expect(await of({})).toEqual([]);
  expect(await of({ notBefore: inDays(-60), notAfter: yesterday })).toEqual([
    `warning: tls has a certificate that expired ${shown(yesterday)}: Telegram refuses it. Give one that is valid`,
  ]);
  expect(await of({ notBefore: inDays(-80), notAfter: soon })).toEqual([
    `warning: tls has a certificate that expires ${shown(soon)}: renew it before, or Telegram refuses it from then on`,
  ]);
  expect(await of({ issuer: staging })).toEqual([
    "warning: tls has a staging certificate of Let's Encrypt: Telegram does not trust it, unless its root is uploaded or something in front shows another one",
  ]);
});

test.each<[string, Record<string, unknown>, string]>([
  [
    "another server",
    { server: { apache: {} } },
    'server must have exactly one of the keys nginx, haproxy and caddy; got "apache"',
  ],
  [
    "two servers",
    { server: { nginx: {}, caddy: {} } },
    "server must have exactly one of the keys nginx, haproxy and caddy; got several keys",
  ],
  [
    "a relative folder",
    { server: { nginx: { directory: "etc" } } },
    "server has nginx.directory, which must be an absolute path of letters, digits, ., _ and -; it does not begin with /",
  ],
  [
    "a folder with ..",
    { server: { nginx: { directory: "/etc/../x" } } },
    "server has nginx.directory, which must be an absolute path of letters, digits, ., _ and -; it has a folder . or ..: write the path without it",
  ],
  [
    "nginx's own folder",
    { server: { nginx: { directory: "/etc/nginx/conf.d" } } },
    "server has nginx.directory, which must not be a folder at the root or one that nginx uses itself; give a folder of its own, such as /etc/nginx/pulumi-telegram",
  ],
  [
    "a command that is a text",
    { server: { nginx: { reload: "nginx -s reload" } } },
    "server has nginx.reload, which must be a list of strings; got a string",
  ],
  [
    "a line break in a command",
    { server: { nginx: { check: ["nginx\n"] } } },
    'server has nginx.check, which must be a list of words, at least one, each of 1 to 300 printable ASCII characters, such as ["sudo", "-n", "nginx", "-T"]',
  ],
  [
    "a command without a word",
    { server: { nginx: { check: [] } } },
    'server has nginx.check, which must be a list of words, at least one, each of 1 to 300 printable ASCII characters, such as ["sudo", "-n", "nginx", "-T"]',
  ],
  [
    "a setting that nginx has not",
    { server: { nginx: { folder: "/x" } } },
    'server must have only directory, accessLog, check and reload in nginx; got "folder"',
  ],
  [
    "another way to attach",
    { attach: "both" },
    'attach must be "listener" (we own address and port) or "location" (your own server block or frontend leads to our routes)',
  ],
  [
    "a host with a blank",
    { hostname: "a b" },
    "hostname must be a host name of letters, digits and hyphens between dots (bots.example.com), or an IPv4 address; it has a space or a line break, remove it",
  ],
  ["a broken address", { hostname: "1.2.3.400" }, "hostname must be a host name or an IPv4 address"],
  ["a port alone", { listen: "443" }, "listen must be <IPv4 address>:<port>, such as 0.0.0.0:443; write 0.0.0.0:443"],
  [
    "a colon and a port",
    { listen: ":8443" },
    "listen must be <IPv4 address>:<port>, such as 0.0.0.0:443; write 0.0.0.0:8443",
  ],
  [
    "a star for all addresses",
    { listen: "*:443" },
    "listen must be <IPv4 address>:<port>, such as 0.0.0.0:443; write 0.0.0.0:443",
  ],
  [
    "localhost",
    { listen: "localhost:88" },
    "listen must be <IPv4 address>:<port>, such as 0.0.0.0:443; write 127.0.0.1:88",
  ],
  [
    "an address alone",
    { listen: "0.0.0.0" },
    "listen must be <IPv4 address>:<port>, such as 0.0.0.0:443; write 0.0.0.0:443",
  ],
  [
    "a port of five digits too many",
    { listen: "127.0.0.1:70000" },
    "listen must be <IPv4 address>:<port>, such as 0.0.0.0:443",
  ],
  ["a list with a name", { listen: "443 ssl" }, "listen must be <IPv4 address>:<port>, such as 0.0.0.0:443"],
  [
    "an address of IPv6",
    { listen: "[::]:443" },
    "listen must be <IPv4 address>:<port>, since Telegram delivers over IPv4; got an IPv6 address",
  ],
  [
    "a socket as nginx writes it",
    { upstream: "http://unix:/run/bot.sock" },
    "upstream must be http://<host>[:<port>][/<path>] or unix:/<socket>[:/<path>]; write unix:/run/bot.sock",
  ],
  [
    "a socket below the home",
    { upstream: "~/bot.sock" },
    "upstream must name its socket as unix: and the whole path; nothing replaces ~ here",
  ],
  [
    "a bot's port alone",
    { upstream: ":8080" },
    "upstream must be http://<host>[:<port>][/<path>] or unix:/<socket>[:/<path>]; write http://127.0.0.1:8080",
  ],
  ["port 0", { listen: "0.0.0.0:0" }, "listen must be <IPv4 address>:<port>, such as 0.0.0.0:443"],
  [
    "a path in upper case",
    { path: "/Tg" },
    "path must be in lower case, since some servers compare paths without case; a bot that listens at another path gets it from upstream (http://127.0.0.1:8080/Hook)",
  ],
  [
    "a whole URL as the path",
    { path: "https://a.example/x" },
    "path must be the path alone; give the host in hostname",
  ],
  ["a path without its slash", { path: "tg" }, "path must begin with /"],
  ["a path that is too long", { path: `/${"a".repeat(129)}` }, "path must be at most 129 characters; got 130"],
  ["a path with a query", { path: "/tg?a=1" }, "path must have no query and no fragment; give the path alone (a random one is best)"], // prettier-ignore
  ["an escape in a path", { path: "/a%20b" }, "path must have only a-z, 0-9, ., _, - and / (a random path is best); got the character %"], // prettier-ignore
  ["two slashes", { path: "/a//b" }, "path must not have two slashes in a row, which servers merge into one"],
  ["a path that goes up", { path: "/a/../b" }, "path must have no segment . or .., which servers take out"],
  ...upstreams.map(([name, upstream, reason]): [string, Record<string, unknown>, string] => {
    return [name, { upstream }, `upstream ${reason}`];
  }),
  ["no secret", { secretTokens: [] }, "secretTokens must hold 1 to 10 secrets (WebhookSecret.accepted); got 0"],
  [
    "an empty secret",
    { secretTokens: ["a", ""] },
    "secretTokens must be secrets that Telegram can send; item 2 must be 1 to 256 characters; got 0 characters",
  ],
  ["one secret twice", { secretTokens: ["a", "a"] }, "secretTokens must not hold one secret twice"],
  [
    "a quote in a secret",
    { upstreamSecret: 'a"' },
    "upstreamSecret must have only A-Z, a-z, 0-9, _ and -; at position 2 is another character",
  ],
  [
    "a listener without a certificate",
    { attach: "listener" },
    'tls is required with attach "listener": Telegram speaks TLS only ("none": something in front does)',
  ],
  [
    "a location with a certificate",
    { tls: { files: { certificateFile: "/a", keyFile: "/b" } } },
    'tls cannot be given with attach "location": your own server block or frontend has the certificate; leave it out',
  ],
  [
    "a certificate that the server would have to get itself, and cannot",
    { attach: "listener", tls: { automatic: {} } },
    "tls has automatic, and nginx gets no certificates itself: give the { pem } of a TlsCertificate with the issuer acme",
  ],
  [
    "a certificate that the server gets itself, for an address",
    { server: { caddy: {} }, attach: "listener", hostname: "203.0.113.7", tls: { automatic: {} } },
    "tls has automatic, which is for host names, and hostname is the address 203.0.113.7: give the { pem } of a TlsCertificate with the issuer acme",
  ],
  [
    "a certificate that the server gets itself, for a site that has one",
    { server: { caddy: {} }, tls: { automatic: {} } },
    'tls cannot be given with attach "location": your own server block or frontend has the certificate; leave it out',
  ],
  [
    "a directory that Caddy would fill in",
    { server: { caddy: {} }, attach: "listener", tls: { automatic: { directoryUrl: "https://a.example/{env.X}" } } },
    "tls has automatic.directoryUrl, which must have letters, digits and . ~ : / ? = & % + , - _ only",
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
    "tls has files.certificateFile, which must be an absolute path of letters, digits, ., _ and -; it has a space: give the file a link of another name",
  ],
  [
    "a folder with a blank, which may not be behind a link",
    { server: { nginx: { directory: "/etc/nginx/our files" } } },
    "server has nginx.directory, which must be an absolute path of letters, digits, ., _ and -; it has a space: take a folder of another name",
  ],
  [
    "a socket that is longer than the system allows",
    { upstream: `unix:/${"a".repeat(107)}` },
    "upstream must name a socket of at most 107 characters, as the system allows; this one has 108: let the bot listen at a shorter path, such as /run/bot.sock",
  ],
  [
    "a certificate for another host, which something in front may hide",
    {
      attach: "listener",
      hostname: "other.example.com",
      tls: { pem: { certificatePem: pem("leaf.pem"), privateKeyPem: "?" } },
    },
    "warning: tls has a certificate for bots.example.com, and none for other.example.com: Telegram refuses it, unless something in front shows another one",
  ],
  ["a machine without a host key", { on: { ssh: { host: "a" } } }, "on needs ssh.hostKey"],
  [
    "a host that is an option",
    ssh({ host: "-oProxyCommand=x" }),
    "on has ssh.host, which must be a host name or an IPv4 address; it has the character =",
  ],
  ["a user before the host", ssh({ host: "deploy@bots1" }), "on has ssh.host, which must be a host name or an IPv4 address; give the user in ssh.user and bots1 here"], // prettier-ignore
  ["a port after the host", ssh({ host: "bots1:22" }), "on has ssh.host, which must be a host name or an IPv4 address; give the port in ssh.port"], // prettier-ignore
  [
    "a user that is an option",
    ssh({ user: "-x" }),
    "on has ssh.user, which must be a user of 1 to 32 letters, digits, ., _ and -, beginning with a letter or an underscore",
  ],
  [
    "a host key of two lines",
    ssh({ hostKey: `${hostKey}\n* ${hostKey}` }),
    'on has ssh.hostKey, which must be the machine\'s public key, such as "ssh-ed25519 AAAA…" (/etc/ssh/ssh_host_ed25519_key.pub); got several lines, give one',
  ],
  [
    "a line of ssh-keyscan",
    ssh({ hostKey: `bots1 ${hostKey}` }),
    'on has ssh.hostKey, which must be the machine\'s public key, such as "ssh-ed25519 AAAA…" (/etc/ssh/ssh_host_ed25519_key.pub); remove the host in front',
  ],
  [
    "a fingerprint",
    ssh({ hostKey: "SHA256:abc" }),
    'on has ssh.hostKey, which must be the machine\'s public key, such as "ssh-ed25519 AAAA…" (/etc/ssh/ssh_host_ed25519_key.pub); got its fingerprint',
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

test.each<[string, Record<string, unknown>]>([
  ["the files that acme.sh writes", { attach: "listener", tls: { files: { certificateFile: "/home/deploy/.acme.sh/x/fullchain.cer", keyFile: "/home/deploy/.acme.sh/x/x.key" } } }], // prettier-ignore
  ["a socket below .run", { upstream: "unix:/srv/bot/.run/bot.sock" }],
  ["a service of Compose", { upstream: "http://telegram_bot:8080" }],
  ["a bot on IPv6", { upstream: "http://[::1]:8080" }],
  ["a bot's own path in its own case", { upstream: "http://127.0.0.1:8080/Hook.php" }],
  ["the path /", { path: "/" }],
  ["a path with a dot", { path: "/hook.php" }],
  ["a user with a dot", ssh({ user: "John.Doe" })],
  ["a name of the ssh configuration", ssh({ host: "bot_host", useConfig: true })],
])("%s is taken as its own sentence allows", (_name, more) => {
  expect(says(more)).toEqual([]);
});

test("a key of another certificate is refused before it stops a server", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const privateKeyPem = privateKey.export({ type: "pkcs8", format: "pem" });
  expect(new X509Certificate(pem("leaf.pem")).subject).not.toBe("");
  expect(says({ attach: "listener", tls: { pem: { certificatePem: pem("leaf.pem"), privateKeyPem } } })).toEqual([
    "tls must have a private key that belongs to the first certificate; these two do not match",
  ]);
});

test("another directory of Caddy's own certificate is a change whose cost is told: it goes on with the one that it has", () => {
  const automatic = (directoryUrl: string) => ({
    ...{ server: { caddy: {} }, attach: "listener", listen: "192.0.2.1:443", tls: { automatic: { directoryUrl } } },
  });
  const [first, second] = ["https://one.example.com/dir", "https://two.example.com/dir"];
  const { inputs } = check(automatic(first));
  const state = { ...inputs, routeId: "0123456789ab", sha256: "", verified: true } as RouteState;
  const told = (directoryUrl: string) =>
    diffInputs<RouteInputs, RouteFacts>(logic, state, check(automatic(directoryUrl)).inputs, glance).map(
      ({ field, effect, says }) => [field, effect, says],
    );
  expect(told(first)).toEqual([]);
  expect(told(second)).toContainEqual([
    "tls",
    "update",
    `has another directoryUrl in tls.automatic, and the server goes on with the certificate of ${first} until it renews it; to have another one now, restart the server after this change`,
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
  const inputs: Partial<RouteInputs> = { ...check().inputs, attach: "listener" };
  expect(logic.called?.(inputs)).toBe("the same path of nginx/local/0.0.0.0:443/bots.example.com");
  expect(logic.exclusive?.(inputs)).toBe("the route nginx/local/0.0.0.0:443/bots.example.com/tg/4f1c9a");
  expect(logic.exclusive?.({ hostname: "a" })).toBeUndefined();
});

test("in a site of the user's own nginx finds a route by host and path, and haproxy by its address and port too", () => {
  const places = [{ nginx: {} }, { haproxy: {} }].map((server) =>
    ["192.0.2.1:443", "192.0.2.1:8443"].map((listen) => logic.exclusive?.(check({ server, listen }).inputs)),
  );
  const inNginx = "the route nginx/local/location/bots.example.com/tg/4f1c9a";
  const inHaproxy = "the route haproxy/local/192.0.2.1:443/bots.example.com/tg/4f1c9a";
  expect(places).toEqual([
    [inNginx, inNginx],
    [inHaproxy, inHaproxy.replace(":443", ":8443")],
  ]);
});
