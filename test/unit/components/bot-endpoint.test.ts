// BotEndpoint on mocks: every child that each topology declares, what the process is told, and what is refused.
import * as pulumi from "@pulumi/pulumi";
import { BotEndpoint } from "../../../components/bot-endpoint";
import type { BotEndpointArgs } from "../../../components/bot-endpoint/args";
import { AcmeAccount, TlsCertificate } from "../../../index";
import type { WebhookSecret } from "../../../index";
import { refusalOf, registeredBy, valueOf } from "../../support/mocks";

const token = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
const hostname = "bots.example.com";
const upstream = "http://127.0.0.1:8080";
const facts = {
  "shop-secret": { current: "new", accepted: ["new", "old"] },
  "shop-certificate": { certificatePem: "LEAF", privateKeyPem: "KEY", uploadPem: "ANCHORS" },
};

/** The endpoint "shop", its children without what every resource registers, and what was warned of. */
async function shop(args: Partial<BotEndpointArgs>, options?: pulumi.ComponentResourceOptions) {
  const { children, warnings, result } = await registeredBy(
    () => new BotEndpoint("shop", { token, ...args }, options),
    { facts },
  );
  const own = children
    .filter(({ name }) => name !== "shop")
    .map(({ type, name, inputs }) => {
      const { __provider, __declared, ...rest } = inputs;
      return { type: type.split(":").at(-1), name, inputs: rest };
    });
  return { children: own, warnings, endpoint: result };
}

const stable = /^[\w-]{43}$/;
const secretChild = { type: "WebhookSecret", name: "shop-secret", inputs: {} };
const certificateChild = {
  type: "TlsCertificate",
  name: "shop-certificate",
  inputs: { names: [hostname], issuer: { selfSigned: {} } },
};
const pem = { pem: { certificatePem: "LEAF", privateKeyPem: "KEY" } };
const route = {
  server: { nginx: {} },
  attach: "listener",
  hostname,
  listen: "0.0.0.0:443",
  path: "/tg/123456789",
  upstream,
  secretTokens: ["new", "old"],
  upstreamSecret: expect.stringMatching(stable) as string,
  tls: pem,
};
const webhook = {
  token,
  url: "https://bots.example.com/tg/123456789",
  secretToken: "new",
  certificate: "ANCHORS",
};

test("a bot behind nginx on this machine gets certificate, secret, route and webhook", async () => {
  const { children, warnings, endpoint } = await shop({ hostname, upstream });
  expect(children).toEqual([
    certificateChild,
    { type: "ProxyRoute", name: "shop-route", inputs: route },
    secretChild,
    { type: "TelegramWebhook", name: "shop-webhook", inputs: webhook },
  ]);
  expect(warnings).toEqual([]);
  expect(await valueOf(endpoint.url)).toBe(webhook.url);
  expect(await valueOf(endpoint.environment)).toEqual({
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_URL: "https://api.telegram.org",
    WEBHOOK_URL: webhook.url,
    WEBHOOK_PATH: "/tg/123456789",
    WEBHOOK_SECRET: expect.stringMatching(stable) as string,
    LISTEN: "127.0.0.1",
    PORT: "8080",
  });
});

test("a bot with a record gets it before its webhook", async () => {
  const dns = { zone: "example.com", address: "203.0.113.7", via: { cloudflare: { apiToken: "t" } }, ttlSeconds: 60 };
  const { children, endpoint } = await shop({ hostname, upstream, dns });
  expect(children.map(({ name }) => name)).toEqual([
    "shop-certificate",
    "shop-record",
    "shop-route",
    "shop-secret",
    "shop-webhook",
  ]);
  expect(children[1]?.inputs).toEqual({
    zone: "example.com",
    name: hostname,
    type: "A",
    values: ["203.0.113.7"],
    via: { cloudflare: { apiToken: "t" } },
    ttlSeconds: 60,
  });
  expect(endpoint.record).toBeDefined();
});

test("a bot whose server gets the certificate itself has none of ours, and its webhook uploads none", async () => {
  const dns = { zone: "example.com", address: "203.0.113.7", via: { cloudflare: { apiToken: "t" } } };
  const { children } = await shop({
    hostname,
    upstream,
    dns,
    server: { caddy: {} },
    route: { tls: { automatic: {} } },
  });
  expect(children.map(({ name }) => name).sort()).toEqual(["shop-record", "shop-route", "shop-secret", "shop-webhook"]);
  const inputsOf = (name: string) => children.find((child) => child.name === name)?.inputs;
  expect(inputsOf("shop-route")?.["tls"]).toMatchObject({ automatic: {} });
  expect(inputsOf("shop-webhook")?.["certificate"]).toBeUndefined();
});

test("a bot whose certificate another program renews has its files in the route, and uploads none", async () => {
  const files = { certificateFile: "/etc/letsencrypt/live/x/fullchain.pem", keyFile: pulumi.output("/etc/x/key.pem") };
  const { children } = await shop({ hostname, upstream, certificate: { files }, route: { onlyTelegram: true } });
  expect(children.map(({ name }) => name).sort()).toEqual(["shop-route", "shop-secret", "shop-webhook"]);
  const inputsOf = (name: string) => children.find((child) => child.name === name)?.inputs;
  expect(inputsOf("shop-route")).toMatchObject({
    onlyTelegram: true,
    tls: { files: { certificateFile: "/etc/letsencrypt/live/x/fullchain.pem", keyFile: "/etc/x/key.pem" } },
  });
  expect(inputsOf("shop-webhook")?.["certificate"]).toBeUndefined();
});

test.each([
  ["bot.example.org", "bot.example.org."],
  ["Bots.Example.com", "Bots.Example.com"],
])("a hostname outside dns.zone writes no foreign record: %s, as an output, is the record %s", async (host, name) => {
  const dns = { zone: pulumi.output("Example.com"), address: "203.0.113.7", via: { rfc2136: { server: "1.2.3.4" } } };
  const { children } = await shop({ hostname: pulumi.output(host), upstream, dns });
  expect(children.find((child) => child.name === "shop-record")?.inputs["name"]).toBe(name);
});

test("a bot on several machines gets a route on each, and an address for each", async () => {
  const on = ["a.example.com", "b.example.com"].map((host) => ({ ssh: { host, hostKey: "ssh-ed25519 AAAA" } }));
  const dns = { zone: "example.com", address: ["203.0.113.7", "203.0.113.8"], via: { rfc2136: { server: "1.2.3.4" } } };
  const { children, endpoint } = await shop({ hostname, upstream, on, dns });
  const routes = children.filter(({ type }) => type === "ProxyRoute");
  expect(routes).toEqual([
    { type: "ProxyRoute", name: "shop-route", inputs: { ...route, on: on[0] } },
    { type: "ProxyRoute", name: "shop-route-b.example.com", inputs: { ...route, on: on[1] } },
  ]);
  expect(children.find(({ name }) => name === "shop-record")?.inputs["values"]).toEqual(dns.address);
  expect(endpoint.routes.length).toBe(2);
});

test("a bot that serves its own TLS needs no route, and is told certificate and secrets", async () => {
  const { children, endpoint } = await shop({ ipAddress: "203.0.113.7", listen: "0.0.0.0:8443", server: "skip" });
  const url = "https://203.0.113.7:8443/tg/123456789";
  expect(children).toEqual([
    { ...certificateChild, inputs: { ...certificateChild.inputs, names: ["203.0.113.7"] } },
    secretChild,
    { type: "TelegramWebhook", name: "shop-webhook", inputs: { ...webhook, url, preflight: { http: false } } },
  ]);
  expect(endpoint.route).toBeUndefined();
  expect(await valueOf(endpoint.environment)).toEqual({
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_URL: "https://api.telegram.org",
    WEBHOOK_URL: url,
    WEBHOOK_PATH: "/tg/123456789",
    WEBHOOK_SECRET: "new",
    WEBHOOK_SECRETS: "new,old",
    LISTEN: "0.0.0.0",
    PORT: "8443",
    WEBHOOK_CERTIFICATE_PEM: "LEAF",
    WEBHOOK_PRIVATE_KEY_PEM: "KEY",
  });
});

test.each([
  ["plain", { require: true }],
  ["an output", pulumi.output({ require: true })],
])(
  "settings of the preflight (%s) leave the http check off where the process learns the secret later",
  async (_, preflight) => {
    const { children } = await shop({ hostname, server: "skip", certificate: "skip", webhook: { preflight } });
    expect(children[1]?.inputs["preflight"]).toEqual({ http: false, require: true });
  },
);

test.each([[false as const], [{ http: true }]])("a preflight of %j is the program's own", async (preflight) => {
  const { children } = await shop({ hostname, server: "skip", certificate: "skip", webhook: { preflight } });
  expect(children[1]?.inputs["preflight"]).toEqual(preflight);
});

test("a bot on a platform that has TLS and gives PORT gets secret and webhook only", async () => {
  const { children, endpoint } = await shop({ hostname, server: "skip", certificate: "skip" });
  const { certificate: _, ...rest } = webhook;
  const inputs = { ...rest, preflight: { http: false } };
  expect(children).toEqual([secretChild, { type: "TelegramWebhook", name: "shop-webhook", inputs }]);
  const { LISTEN, PORT, WEBHOOK_SECRET } = await valueOf(endpoint.environment);
  expect({ LISTEN, PORT, WEBHOOK_SECRET }).toEqual({ LISTEN: undefined, PORT: undefined, WEBHOOK_SECRET: "new" });
});

test.each([
  [
    "a location of the user's own server block has no certificate of ours",
    { route: { attach: "location" } },
    undefined,
  ],
  ["something in front has the certificate", { certificate: "skip" }, "none"],
  [
    "files on the machine are the certificate",
    { route: { tls: { files: { certificateFile: "/c", keyFile: "/k" } } } },
    { files: { certificateFile: "/c", keyFile: "/k" } },
  ],
  [
    "a certificate of one's own is not uploaded unless it says what to upload",
    { certificate: { certificatePem: "C", privateKeyPem: "K" } },
    { pem: { certificatePem: "C", privateKeyPem: "K" } },
  ],
] as [string, Partial<BotEndpointArgs>, unknown][])("%s", async (_title, args, tls) => {
  const { children } = await shop({ hostname, upstream, ...args });
  expect(children.map(({ name }) => name)).toEqual(["shop-route", "shop-secret", "shop-webhook"]);
  expect(children[0]?.inputs["tls"]).toEqual(tls);
  expect(children[2]?.inputs).not.toHaveProperty("certificate");
});

test("a certificate resource of one's own is served and uploaded by several endpoints", async () => {
  const certificate = { issuer: pulumi.output({}), certificatePem: "C", privateKeyPem: "K", uploadPem: "U" };
  const { children } = await shop({ hostname, upstream, certificate });
  expect(children.map(({ name }) => name)).toEqual(["shop-route", "shop-secret", "shop-webhook"]);
  expect(children[2]?.inputs["certificate"]).toBe("U");
});

test("issuer, key and rotation of the certificate, and the rotation of the secret, are passed on", async () => {
  const { children } = await shop({
    hostname,
    upstream,
    certificate: { issuer: { selfSigned: {} }, rotateTrigger: "2", keyType: "rsa-2048" },
    secret: { rotateTrigger: "3" },
  });
  expect(children[0]?.inputs).toMatchObject({ rotateTrigger: "2", keyType: "rsa-2048", names: [hostname] });
  expect(children[2]).toEqual({ ...secretChild, inputs: { rotateTrigger: "3" } });
});

test("a secret of one's own makes no child", async () => {
  const { children } = await shop({ hostname, upstream, secret: { current: pulumi.secret("from-a-vault") } });
  expect(children.map(({ name }) => name)).toEqual(["shop-certificate", "shop-route", "shop-webhook"]);
  expect(children[1]?.inputs["secretTokens"]).toEqual(["from-a-vault"]);
  expect(children[2]?.inputs["secretToken"]).toBe("from-a-vault");
});

test("the rest of route and webhook is passed on, and beats the preset", async () => {
  const { children } = await shop({
    hostname,
    upstream,
    preset: "telepot",
    route: { maxBodyBytes: 2048, maintenance: { retryAfterSeconds: 5 } },
    webhook: { maxConnections: 1, allowedUpdates: ["message"], expectBot: "123456789", takeover: true },
  });
  expect(children[1]?.inputs).toMatchObject({ maxBodyBytes: 2048, maintenance: { retryAfterSeconds: 5 } });
  expect(children[1]?.inputs).not.toHaveProperty("upstreamSecret"); // telepot looks at none
  expect(children[3]?.inputs).toMatchObject({ allowedUpdates: ["message"], expectBot: "123456789", takeover: true });
});

test("a framework that registers itself is told a secret that the edge accepts of Telegram too", async () => {
  const { children, endpoint } = await shop({ hostname, upstream, preset: "python-telegram-bot" });
  const { WEBHOOK_SECRET, RUN_WEBHOOK, WEBHOOK_UPLOAD_PEM } = await valueOf(endpoint.environment);
  expect(children[1]?.inputs).toMatchObject({
    upstreamSecret: WEBHOOK_SECRET,
    secretTokens: ["new", "old", WEBHOOK_SECRET],
  });
  expect(JSON.parse(RUN_WEBHOOK ?? "")).toMatchObject({
    webhook_url: webhook.url,
    secret_token: WEBHOOK_SECRET,
    max_connections: 41,
  });
  expect(WEBHOOK_UPLOAD_PEM).toBe("ANCHORS");
});

test("the secret behind the edge follows from the token: another bot has another, a rotation changes nothing", async () => {
  const of = async (args: Partial<BotEndpointArgs>) =>
    (await valueOf((await shop({ hostname, upstream, ...args })).endpoint.environment))["WEBHOOK_SECRET"];
  const first = await of({});
  expect(await of({ secret: { rotateTrigger: "2" } })).toBe(first);
  expect(await of({ token: "223456789:AAF0oBar-test_tokenThatIsNotReal123" })).not.toBe(first);
  expect(await of({ route: { upstreamSecret: "mine" } })).toBe("mine");
});

test("with tokenFrom the token is nowhere, and the process checks the webhook's secret itself", async () => {
  const { children, endpoint } = await registeredBy(
    () =>
      new BotEndpoint("shop", {
        tokenFrom: { env: "SHOP_TOKEN" },
        webhook: { expectBot: "123456789" },
        hostname,
        upstream,
      }),
    { facts },
  ).then(({ children, result }) => ({ children, endpoint: result }));
  expect(JSON.stringify(children)).not.toContain(token);
  const environment = await valueOf(endpoint.environment);
  expect(environment).toMatchObject({ WEBHOOK_SECRET: "new", WEBHOOK_PATH: "/tg/123456789" });
  expect(environment).not.toHaveProperty("TELEGRAM_BOT_TOKEN");
});

test("environment and its file are secret; the url and the bot's id are not", async () => {
  const { endpoint } = await shop({ hostname, upstream });
  const isSecret = (output: pulumi.Output<unknown>) => pulumi.isSecret(output);
  expect(await isSecret(endpoint.environment)).toBe(true);
  expect(await isSecret(endpoint.environmentFile)).toBe(true);
  expect(await isSecret(endpoint.url)).toBe(false);
  expect(await valueOf(endpoint.environmentFile)).toContain("\nPORT='8080'\n");
});

test.each([
  ["http://bot:9000/hook", { LISTEN: "0.0.0.0", PORT: "9000", WEBHOOK_PATH: "/hook" }],
  ["http://10.0.0.5", { LISTEN: "10.0.0.5", PORT: "80", WEBHOOK_PATH: "/tg/123456789" }],
  ["unix:/run/bot.sock", { SOCKET: "/run/bot.sock", WEBHOOK_PATH: "/tg/123456789" }],
  ["unix:/run/bot.sock:/hook", { SOCKET: "/run/bot.sock", WEBHOOK_PATH: "/hook" }],
] as [string, Record<string, string>][])("the process behind %s is told where to listen", async (at, expected) => {
  const { endpoint } = await shop({ hostname, upstream: at });
  const { LISTEN, PORT, SOCKET, WEBHOOK_PATH } = await valueOf(endpoint.environment);
  const told = Object.entries({ LISTEN, PORT, SOCKET, WEBHOOK_PATH }).filter(([, value]) => value !== undefined);
  expect(Object.fromEntries(told)).toEqual(expected);
});

test.each([
  [{ maxConnections: 10 }, /webhook.maxConnections: telepot is safe with at most 1; got 10/],
  [{ allowedUpdates: "default" }, /"default" brings kinds that telepot cannot parse/],
  [{ allowedUpdates: ["message", "poll"] }, /telepot cannot parse poll/],
] as [BotEndpointArgs["webhook"], RegExp][])("what a framework cannot do is a warning: %j", async (more, text) => {
  const { warnings } = await shop({ hostname, upstream, preset: "telepot", webhook: more ?? {} });
  expect(warnings).toEqual([expect.stringMatching(text)]);
});

test("nobody checks the secret of a telepot bot that has no route, which is a warning", async () => {
  const { warnings } = await shop({ hostname, server: "skip", preset: "telepot" });
  expect(warnings).toEqual([expect.stringMatching(/telepot checks no secret/)]);
});

const production = "https://acme-v02.api.letsencrypt.org/directory";
const staging = "https://acme-staging-v02.api.letsencrypt.org/directory";
const account = { directoryUrl: production, accountUrl: `${production}/1`, privateKeyPem: "ACCOUNT KEY" };
const named = {
  zone: "example.com",
  address: "203.0.113.7",
  via: { rfc2136: { server: "192.0.2.53", tsigName: "k", tsigSecret: "a2V5" } },
};
const signed = { ...facts, "shop-certificate": { ...facts["shop-certificate"], uploadPem: "" } };

test("an ACME certificate is proved at the vendor of the record, made after it, and not uploaded", async () => {
  const dns = { ...named, nameServers: ["192.0.2.53:53"], waitSeconds: 0 };
  const { children, result } = await registeredBy(
    () => new BotEndpoint("shop", { token, hostname, upstream, dns, certificate: { acme: { account } } }),
    { facts: signed },
  );
  const inputs = Object.fromEntries(children.map((child) => [child.name, child.inputs]));
  const challenge = { dns01: { via: named.via, zone: "example.com", nameServers: ["192.0.2.53:53"] } };
  expect(inputs["shop-certificate"]).toMatchObject({ names: [hostname], issuer: { acme: { account, challenge } } });
  expect(inputs["shop-webhook"]).not.toHaveProperty("certificate");
  expect(inputs["shop-route"]).toMatchObject({ tls: pem });
  expect(Object.keys(await valueOf(result.environment))).not.toContain("WEBHOOK_UPLOAD_PEM");
});

test("a challenge of its own, and what else the issuer is told, beat the record's", async () => {
  const challenge = { dns01: { via: { cloudflare: {} }, zone: "example.org" } };
  const issuer = { acme: { account, challenge, profile: "tlsserver" } };
  const { children } = await shop({ hostname, upstream, dns: named, certificate: { issuer, keyType: "rsa-2048" } });
  expect(children[0]?.inputs).toEqual({ names: [hostname], keyType: "rsa-2048", issuer });
});

test("an account is given as the resource, to a certificate and to an endpoint", async () => {
  const made = { accountUrl: account.accountUrl, privateKeyPem: account.privateKeyPem, thumbprint: "T" };
  const { children } = await registeredBy(
    () => {
      const own = new AcmeAccount("own");
      const issuer = { acme: { account: own, challenge: { dns01: { via: named.via } } } };
      new TlsCertificate("alone", { names: [hostname], issuer });
      new BotEndpoint("shop", { token, hostname, upstream, dns: named, certificate: { acme: { account: own } } });
    },
    { facts: { ...signed, own: { ...made, directoryUrl: production } } },
  );
  const accounts = children
    .filter(({ type }) => type.endsWith(":TlsCertificate"))
    .map(({ inputs }) => (inputs["issuer"] as { acme: { account: object } }).acme.account);
  expect(accounts).toEqual([account, account]);
});

test("the vendor of the record answers the challenge of settings that are an output, too", async () => {
  const acme = pulumi.output({ account }) as never;
  const { children } = await shop({ hostname, upstream, dns: named, certificate: { acme } });
  const certificate = children.find(({ name }) => name === "shop-certificate");
  const challenge = { dns01: { via: named.via, zone: "example.com" } };
  expect(certificate?.inputs["issuer"]).toEqual({ acme: { account, challenge } });
});

const tryingOut =
  "is of acme-staging-v02.api.letsencrypt.org, an ACME server for trying out: nobody trusts what it signs";
test.each<[string, () => Partial<BotEndpointArgs>]>([
  ["as it is", () => ({ certificate: { acme: { account: { ...account, directoryUrl: staging } } } })],
  [
    "with a dot at the end of its name",
    () => ({ certificate: { acme: { account: { ...account, directoryUrl: staging.replace(".org", ".org.") } } } }),
  ],
  ["of Caddy itself", () => ({ server: { caddy: {} }, route: { tls: { automatic: { directoryUrl: staging } } } })],
  ["in an issuer", () => ({ certificate: { issuer: { acme: { account: { ...account, directoryUrl: staging } } } } })],
  [
    "as an output",
    () => ({ certificate: { acme: { account: { ...account, directoryUrl: pulumi.output(staging) } } } }),
  ],
  [
    "in an output",
    () => ({ certificate: { acme: { account: pulumi.output({ ...account, directoryUrl: staging }) } } }),
  ],
  ["of a resource", () => ({ certificate: { acme: { account: new AcmeAccount("own", { directoryUrl: staging }) } } })],
  [
    "of a certificate of one's own",
    () => {
      const issuer = {
        acme: { account: { ...account, directoryUrl: staging }, challenge: { dns01: { via: named.via } } },
      };
      return { certificate: new TlsCertificate("own", { names: [hostname], issuer }) };
    },
  ],
])("an account of a server for trying out is refused in the preview: %s", async (_how, args) => {
  const endpoint = () => new BotEndpoint("shop", { token, hostname, upstream, dns: named, ...args() });
  expect(await refusalOf(endpoint)).toContain(tryingOut);
});

const record = { zone: "example.com", address: "203.0.113.7", via: { cloudflare: { proxied: true } } };
const ownPem = { certificatePem: "C", privateKeyPem: "K" };

const files = { certificateFile: "/etc/x/fullchain.pem", keyFile: "/etc/x/key.pem" };
/** Stands for a resource of another package, such as a RandomPassword. */
const strangeSecret = Object.assign(Object.create(pulumi.Resource.prototype) as Partial<WebhookSecret>, {
  __pulumiResource: true,
});
const refused: [Record<string, unknown>, string][] = [
  [{}, "needs hostname or ipAddress, exactly one of them"],
  [{ hostname, ipAddress: "203.0.113.7", upstream }, "needs hostname or ipAddress, exactly one of them"],
  [{ hostname }, "needs upstream, where the bot is behind the route"],
  [{ hostname, server: "skip", upstream }, 'upstream is for a route, and server "skip" makes none'],
  [{ hostname, server: "skip", route: {} }, 'route is for a route, and server "skip" makes none'],
  [{ ipAddress: "203.0.113.7", upstream, dns: record }, "dns makes the record of hostname"],
  [
    { hostname: "bot.example.org", upstream, dns: record },
    "hostname must lie in dns.zone example.com; got bot.example.org. Correct one of the two, or leave dns out",
  ],
  [{ hostname: "notexample.com", upstream, dns: record }, "hostname must lie in dns.zone example.com; got notexample"],
  [{ hostname, upstream, preset: "aiogramm" }, 'has no preset "aiogramm"; there are python-telegram-bot,'],
  [{ hostname, upstream, preset: "constructor" }, 'has no preset "constructor"; there are python-telegram-bot,'],
  [{ hostname, upstream, preset: "__proto__" }, 'has no preset "__proto__"; there are python-telegram-bot,'],
  [{ hostname, upstream, toString: 1 }, 'has no argument "toString"; it takes certificate,'],
  [{ hostname, upstream, hook: 1 }, 'has no argument "hook"; it takes certificate,'],
  [{ hostname, upstream, dns: pulumi.output("skip") }, "dns must be plain, since it decides"],
  [{ hostname, upstream, webhook: { url: "https://x.example.com/" } }, "webhook.url is decided by the endpoint"],
  [
    { hostname, server: "skip", preset: "python-telegram-bot", certificate: ownPem },
    "python-telegram-bot uploads the certificate that it serves",
  ],
  [
    { hostname, upstream, certificate: { selfSigned: {}, rotateTrigger: "1" } },
    "certificate has rotateTrigger beside selfSigned; write { issuer: { selfSigned: … }, rotateTrigger: … }",
  ],
  [{ hostname, upstream, certificate: { ...ownPem, rotateTrigger: "1" } }, "certificate has rotateTrigger beside certificatePem and privateKeyPem: it is either"], // prettier-ignore
  [{ hostname, upstream, certificate: { issuer: { selfSigned: {} }, selfSigned: {} } }, "certificate has several issuers"], // prettier-ignore
  [{ hostname, upstream, secret: { current: "s", rotateTrigger: "1" } }, "secret has rotateTrigger beside current: it is either one of your own, { current, accepted }, or made"], // prettier-ignore
  [{ hostname, upstream, secret: { accepted: ["s"] } }, "secret.accepted needs secret.current"],
  [{ hostname, upstream, dns: 5 }, 'dns must be an object or "skip"; got a number'],
  [{ hostname, upstream, on: [5] }, "on must be an object, or a list of them; got a number"],
  [{ hostname, upstream, secret: { current: undefined } }, "secret.current must be a string; got nothing"],
  [{ hostname, upstream: "127.0.0.1:28080", path: 5 }, "path must be a string; got a number"],
  [
    { hostname, upstream, certificate: {} },
    "certificate must be { selfSigned: {} }, { privateCa: … }, { acme: … }, { issuer, … }",
  ],
  [
    { hostname, upstream, certificate: { acme: { account } } },
    "certificate.acme needs challenge, by which the server sees that the name is yours: give dns",
  ],
  [
    { hostname, server: "skip", preset: "python-telegram-bot", dns: named, certificate: { acme: { account } } },
    "python-telegram-bot uploads the certificate that it serves",
  ],
  [{ hostname, upstream, certificate: ownPem, route: { tls: "none" } }, "route.tls and certificate are two"],
  [{ hostname, upstream, certificate: { files }, route: { tls: "none" } }, "route.tls and certificate are two"],
  [
    { hostname, upstream, certificate: { files, selfSigned: {} } },
    "certificate has selfSigned beside files: it is either made or renewed by another program; keep one form",
  ],
  [{ hostname, server: "skip", certificate: { files } }, 'certificate.files are served by a route, and server "skip"'],
  [
    { hostname, upstream, certificate: { files }, route: { attach: "location" } },
    'certificate.files are for a listener, and with route.attach "location"',
  ],
  [
    { hostname, upstream, secret: { current: "new", accepted: ["old"] } },
    "secret.accepted must hold secret.current too: Telegram sends that one, and each delivery would be refused",
  ],
  [
    { hostname, upstream, secret: strangeSecret },
    "secret must be a WebhookSecret, or { current } with the value that another resource has, such as password.result",
  ],
  [{ hostname, upstream, on: [] }, "on needs at least one machine"],
  [
    { hostname, upstream, on: [{ ssh: { host: "a", hostKey: "k" } }, { ssh: { host: "a", hostKey: "k" } }] },
    "on has a machine twice",
  ],
  [
    {
      hostname,
      upstream,
      on: [{ ssh: { host: pulumi.output("a"), hostKey: "k" } }, { ssh: { host: "b", hostKey: "k" } }],
    },
    "on needs plain hosts for several machines",
  ],
  [{ hostname, upstream, tokenFrom: { env: "T" } }, "tokenFrom needs webhook.expectBot"],
];
test.each(refused.map(([args, says]) => [says, args] as const))("refused: %s", async (says, args) => {
  const program = () => shop({ ...(args as Partial<BotEndpointArgs>) });
  await expect(program()).rejects.toThrow(`BotEndpoint shop: ${says}`);
});

test("an own secret that is not accepted is refused as soon as both are known", async () => {
  const secret = { current: pulumi.secret("new"), accepted: ["old"] };
  const says = await refusalOf(() => new BotEndpoint("shop", { token, hostname, upstream, secret }));
  expect(says).toContain("BotEndpoint shop: secret.accepted must hold secret.current too");
});

test("a missing token is refused with where it can be given", async () => {
  const program = () => registeredBy(() => new BotEndpoint("shop", { hostname, upstream }));
  await expect(program()).rejects.toThrow(
    /needs token or tokenFrom; or run `pulumi config set --secret telegram:token`/,
  );
});

test.each([
  [
    { certificate: { certificatePem: "C", privateKeyPem: "K", uploadPem: "U" } },
    /uploaded certificate is the origin's/,
  ],
  [{ certificate: ownPem, listen: "0.0.0.0:88" }, /not on 88/],
  [{ certificate: ownPem, webhook: { ipAddress: "203.0.113.7" } }, /ipAddress pins the origin/],
] as [Partial<BotEndpointArgs>, RegExp][])(
  "a name behind Cloudflare's proxy does not go together with %j",
  async (args, says) => {
    await expect(shop({ hostname, upstream, dns: record, ...args })).rejects.toThrow(says);
  },
);

test("a name behind Cloudflare's proxy goes together with a certificate that is not uploaded", async () => {
  const { children } = await shop({ hostname, upstream, dns: record, certificate: ownPem });
  expect(children.at(-1)?.inputs["url"]).toBe(webhook.url);
});

test("a mixture of two forms does not compile, and a resource stands for its own form", () => {
  const rest = { hostname, upstream };
  // @ts-expect-error -- the trigger would be ignored
  const secret: BotEndpointArgs = { ...rest, secret: { current: "s", rotateTrigger: "1" } };
  // @ts-expect-error -- the trigger would be ignored
  const made: BotEndpointArgs = { ...rest, certificate: { selfSigned: {}, rotateTrigger: "1" } };
  // @ts-expect-error -- one of your own is not made anew
  const own: BotEndpointArgs = { ...rest, certificate: { certificatePem: "C", privateKeyPem: "K", validityDays: 5 } };
  const good: BotEndpointArgs["certificate"][] = [{ selfSigned: {} }, { issuer: { selfSigned: {} }, validityDays: 5 }];
  const given = (certificate: TlsCertificate, one: WebhookSecret): BotEndpointArgs => ({
    ...rest,
    certificate,
    secret: one,
  });
  expect([secret, made, own, good, given].length).toBe(5);
});
