// WorkerEndpoint on mocks: every child of each form, what the Worker is bound to, what the process is told, and what is refused.
import * as pulumi from "@pulumi/pulumi";
import { WorkerEndpoint } from "../../../components/cloudflare";
import type { WorkerEndpointArgs } from "../../../components/cloudflare";
import { gateText } from "../../../components/cloudflare/worker/text";
import { sha256 } from "../../../provider/core/hash";
import { refusalOf, registeredBy, valueOf } from "../../support/mocks";

const token = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
const hostname = "bots.example.com";
const url = "https://bots.example.com/tg/123456789";
const facts = { "gate-secret": { current: "new", accepted: ["new", "old"] } };
const usual: WorkerEndpointArgs = {
  token,
  accountId: "a1",
  hostname,
  zone: { name: "example.com", zoneId: "z1" },
  origin: { url: "https://bot.example.net" },
};

/** The endpoint "gate", its children without what every resource registers, and what was warned of. */
async function gate(args: Partial<WorkerEndpointArgs> = {}, options?: pulumi.ComponentResourceOptions) {
  const { children, warnings, result } = await registeredBy(
    () => new WorkerEndpoint("gate", { ...usual, ...args }, options),
    { facts },
  );
  const own = children
    .filter(({ name }) => name !== "gate")
    .map(({ type, name, inputs }) => {
      const { __provider, __declared, ...rest } = inputs;
      return { type: type.split(":").at(-1), name, inputs: rest };
    });
  const inputsOf = (name: string) => own.find((child) => child.name === name)?.inputs;
  const bindings = (inputsOf("gate-worker")?.["bindings"] ?? []) as { name: string; text?: string }[];
  const bound = Object.fromEntries(bindings.map(({ name, text }) => [name, text]));
  return { children: own, inputsOf, bound, warnings, endpoint: result };
}

const refused = (args: Record<string, unknown>) => refusalOf(() => new WorkerEndpoint("gate", { ...usual, ...args }));
const stable = expect.stringMatching(/^[\w-]{43}$/) as string;
const script = `project-stack-gate-bots-example-com-${sha256(`project/stack/gate/${hostname}`).slice(0, 8)}`;
const text = (name: string, value: string) => ({ name, type: "plain_text", text: value });

test("a bot behind a Worker gets script, domain, secret and webhook", async () => {
  const { children, warnings, endpoint } = await gate();
  expect(children).toEqual([
    {
      type: "WorkersCustomDomain",
      name: "gate-domain",
      inputs: { accountId: "a1", zoneId: "z1", hostname, service: script },
    },
    { type: "WebhookSecret", name: "gate-secret", inputs: {} },
    {
      type: "TelegramWebhook",
      name: "gate-webhook",
      inputs: { token, url, secretToken: "new", preflight: { settleSeconds: 30 } },
    },
    {
      type: "WorkersScript",
      name: "gate-worker",
      inputs: {
        accountId: "a1",
        scriptName: script,
        mainModule: "gate.mjs",
        content: gateText(),
        compatibilityDate: "2026-04-01",
        bindings: [
          text("HOSTNAME", hostname),
          text("PATH", "/tg/123456789"),
          text("MAX_BODY_BYTES", "1048576"),
          text("TIMEOUT_SECONDS", "65"),
          text("ORIGIN_URL", "https://bot.example.net/tg/123456789"),
          { name: "ACCEPTED_SHA256", type: "secret_text", text: `${sha256("new")},${sha256("old")}` },
          { name: "PROCESS_SECRET", type: "secret_text", text: stable },
        ],
      },
    },
  ]);
  expect(warnings).toEqual([]);
  expect(await valueOf(endpoint.url)).toBe(url);
  expect(endpoint.waf).toBeUndefined();
  expect(await valueOf(endpoint.environment)).toEqual({
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_URL: "https://api.telegram.org",
    WEBHOOK_URL: url,
    WEBHOOK_PATH: "/tg/123456789",
    WEBHOOK_SECRET: stable,
  });
  expect(await valueOf(endpoint.environmentFile)).toContain("WEBHOOK_PATH='/tg/123456789'\n");
});

test.each([
  [false as const, false],
  [{ require: true }, { settleSeconds: 30, require: true }],
  [{ settleSeconds: 0 }, { settleSeconds: 0 }],
])("the program's own preflight %j beats that of a Worker", async (preflight, expected) => {
  const { inputsOf } = await gate({ webhook: { preflight } });
  expect(inputsOf("gate-webhook")).toMatchObject({ preflight: expected });
});

test("the secrets that the Worker is bound to are secret", async () => {
  const { endpoint } = await gate();
  expect(await pulumi.isSecret(endpoint.worker.bindings)).toBe(true);
  expect(await pulumi.isSecret(endpoint.environment)).toBe(true);
  expect(await pulumi.isSecret(endpoint.url)).toBe(false);
});

test("with a route only the path is the Worker's, and the host may be the origin's", async () => {
  const { children, inputsOf, bound } = await gate({ attach: "route", origin: { url: `https://${hostname}` } });
  expect(children.map(({ name }) => name)).toEqual(["gate-route", "gate-secret", "gate-webhook", "gate-worker"]);
  const place = `${hostname}/tg/123456789`;
  const own = `project-stack-gate-bots-example-com-tg-123456789-${sha256(`project/stack/gate/${place}`).slice(0, 8)}`;
  expect(inputsOf("gate-route")).toEqual({ zoneId: "z1", pattern: place, script: own });
  expect(bound["ORIGIN_URL"]).toBe(url);
});

test("a Worker of the user's is bound, and gets the endpoint's own url", async () => {
  const { inputsOf, bound, endpoint } = await gate({ origin: { service: pulumi.output("shop_bot") } });
  expect(inputsOf("gate-worker")?.["bindings"]).toContainEqual({
    name: "ORIGIN",
    type: "service",
    service: "shop_bot",
  });
  expect(bound["ORIGIN_URL"]).toBe(url);
  expect(await valueOf(endpoint.environment)).toMatchObject({ WEBHOOK_PATH: "/tg/123456789" });
});

test.each([
  ["https://bot.example.net/hook", "https://bot.example.net/hook", "/hook"],
  ["https://bot.example.net:8443/", "https://bot.example.net:8443/own", "/own"],
])("an origin %s is asked at %s, and the process is told %s", async (origin, asked, path) => {
  const { bound, endpoint } = await gate({ path: "/own", origin: { url: pulumi.output(origin) } });
  expect(bound["ORIGIN_URL"]).toBe(asked);
  expect(await valueOf(endpoint.environment)).toMatchObject({
    WEBHOOK_PATH: path,
    WEBHOOK_URL: "https://bots.example.com/own",
  });
});

test("limits, host and path of one's own are the Worker's, known at once or later", async () => {
  const { bound, inputsOf } = await gate({
    hostname: pulumi.output("Bots.Example.com"),
    zone: { name: pulumi.output("example.com"), zoneId: pulumi.output("z2") },
    path: pulumi.output("/own"),
    maxBodyBytes: pulumi.output(2048),
    timeoutSeconds: 10,
  });
  const own = { HOSTNAME: hostname, PATH: "/own", MAX_BODY_BYTES: "2048", TIMEOUT_SECONDS: "10" };
  expect(bound).toMatchObject({ ...own, ORIGIN_URL: "https://bot.example.net/own" });
  expect(inputsOf("gate-domain")).toMatchObject({ hostname, zoneId: "z2" });
});

test("the exception for requests without a User-Agent is scoped to host, path, method and header", async () => {
  const { endpoint, children } = await gate();
  expect(await valueOf(endpoint.wafRule)).toEqual({
    action: "skip",
    actionParameters: {
      phases: ["http_request_firewall_managed", "http_request_sbfm"],
      products: ["bic", "securityLevel", "uaBlock", "waf"],
    },
    description: "Telegram's webhook at bots.example.com",
    enabled: true,
    expression:
      'http.host eq "bots.example.com" and http.request.uri.path eq "/tg/123456789" and http.request.method eq "POST" and any(http.request.headers.names[*] eq "x-telegram-bot-api-secret-token")',
  });
  expect(children.map(({ type }) => type)).not.toContain("Ruleset");
});

test("the zone's custom rules are made when that is asked, and only then", async () => {
  const { inputsOf, endpoint } = await gate({ waf: { manage: true } });
  expect(inputsOf("gate-waf")).toEqual({
    zoneId: "z1",
    kind: "zone",
    phase: "http_request_firewall_custom",
    name: "default",
    rules: [await valueOf(endpoint.wafRule)],
  });
  expect((await gate({ waf: { manage: false } })).inputsOf("gate-waf")).toBeUndefined();
});

test("a framework that checks no secret gets one too, and is warned of where its origin has a host", async () => {
  const telepot = await gate({ preset: "telepot" });
  expect(telepot.bound["PROCESS_SECRET"]).toEqual(stable);
  expect(await valueOf(telepot.endpoint.environment)).toMatchObject({ WEBHOOK_SECRET: stable });
  expect(telepot.warnings).toEqual([
    "preset: telepot checks no secret: whoever knows the host of origin.url can send updates past the Worker. Compare the header X-Telegram-Bot-Api-Secret-Token with WEBHOOK_SECRET in the bot or in a server before it, or use origin: { service }, which is reached by no host of its own.",
  ]);
  const bound = await gate({ preset: "telepot", origin: { service: "shop" } });
  expect(bound.warnings).toEqual([]);
});

test("a webhook's argument that is undefined was left out", async () => {
  const webhook: object = { ipAddress: undefined, url: undefined, maxConnections: 7 };
  const { inputsOf } = await gate({ webhook });
  const preflight = { settleSeconds: 30 };
  expect(inputsOf("gate-webhook")).toEqual({ token, url, secretToken: "new", maxConnections: 7, preflight });
});

test("a zone as a resource is refused with its form", async () => {
  const { result } = await registeredBy(() => {
    const zone = new pulumi.ComponentResource("test:index:Zone", "zone");
    return refusalOf(() => new WorkerEndpoint("gate", { ...usual, zone: zone as never }));
  });
  expect(await result).toContain(
    "zone must be an object, not the resource itself: { name: zone.name, zoneId: zone.id }",
  );
});

test("a bot that registers itself is accepted with its own secret", async () => {
  const own = await gate({ preset: "python-telegram-bot" });
  expect(own.bound["ACCEPTED_SHA256"]).toBe(
    [..."new old".split(" "), own.bound["PROCESS_SECRET"] ?? ""].map((secret) => sha256(secret)).join(","),
  );
});

test("a preset's settings are the webhook's, and its limits are told", async () => {
  const { inputsOf, warnings } = await gate({ preset: "mubble", webhook: { allowedUpdates: "default" } });
  expect(inputsOf("gate-webhook")).toMatchObject({ allowedUpdates: "default" });
  expect(warnings).toContainEqual(expect.stringContaining("webhook.allowedUpdates"));
});

test("a secret of one's own has no child", async () => {
  const { children, bound, endpoint } = await gate({ secret: { current: "mine", accepted: ["mine", "before"] } });
  expect(children.map(({ name }) => name)).toEqual(["gate-domain", "gate-webhook", "gate-worker"]);
  expect(bound["ACCEPTED_SHA256"]).toBe(`${sha256("mine")},${sha256("before")}`);
  expect(endpoint.secret).toBeUndefined();
});

test("with tokenFrom the bot gets the webhook's secret itself", async () => {
  const { token: _, ...rest } = usual;
  const more = { tokenFrom: { env: "TOKEN" }, webhook: { expectBot: "123456789" } };
  const { children, result } = await registeredBy(() => new WorkerEndpoint("gate", { ...rest, ...more }), { facts });
  const worker = children.find(({ name }) => name === "gate-worker")?.inputs as { bindings: { name: string }[] };
  expect(worker.bindings).toContainEqual({ name: "PROCESS_SECRET", type: "secret_text", text: "new" });
  expect(await valueOf(result.environment)).not.toHaveProperty("TELEGRAM_BOT_TOKEN");
});

test("two endpoints, and two hostnames of one, have two scripts in the account", async () => {
  const nameOf = async (name: string, more: Partial<WorkerEndpointArgs> = {}) => {
    const args = { ...usual, secret: { current: "mine" }, ...more };
    const { children } = await registeredBy(() => new WorkerEndpoint(name, args));
    return children.find((child) => child.name === `${name}-worker`)?.inputs["scriptName"] as string;
  };
  const long = await nameOf(`Gate_${"x".repeat(100)}`);
  expect(long).toMatch(/^project-stack-gate-x+-[0-9a-f]{8}$/);
  expect(long.length).toBeLessThan(64);
  expect(await nameOf("gate.a")).not.toBe(await nameOf("gate-a"));
  expect(await nameOf("gate")).toBe(script);
  expect(await nameOf("gate", { hostname: `new.${hostname}` })).not.toBe(script);
});

test.each<[string, Record<string, unknown>]>([
  ["accountId is required", { accountId: undefined }],
  ["hostname is required", { hostname: undefined }],
  ["zone is required", { zone: undefined }],
  ["zone.zoneId is required", { zone: { name: "example.com" } }],
  ['zone has no "id"; it takes name, zoneId', { zone: { name: "example.com", zoneId: "z", id: "z" } }],
  [
    "hostname must lie in zone.name example.org; got bots.example.com. Correct one of the two",
    { zone: { name: "example.org", zoneId: "z" } },
  ],
  ["hostname must lie in zone.name example.com; got notexample.com", { hostname: pulumi.output("notexample.com") }],
  ["hostname must be a host name, not an address", { hostname: "203.0.113.7", zone: { name: "7", zoneId: "z" } }],
  ["hostname must be a host name of letters", { hostname: "a_b.example.com" }],
  ["(bots.example.com); it has a port or a colon, give the host alone", { hostname: `${hostname}:8443` }],
  ["(bots.example.com); it ends in a dot, remove it", { hostname: pulumi.output(`${hostname}.`) }],
  ['accountId must be the id that Cloudflare shows, without spaces; got ""', { accountId: "" }],
  ['accountId must be the id that Cloudflare shows, without spaces; got " a b "', { accountId: " a b " }],
  ["zone.zoneId must be the id that Cloudflare shows", { zone: { name: "example.com", zoneId: pulumi.output("") } }],
  ["path must begin with /", { path: "tg" }],
  ["path must have no query", { path: pulumi.output("/tg?x") }],
  ["origin must be { url: … }, where the bot is, or { service: … }", { origin: undefined }],
  ["origin must be { url: … }", { origin: { url: "https://bot.example.net", service: "shop" } }],
  ["origin must be { url: … }", { origin: { host: "bot.example.net" } }],
  ["origin must be plain, since it decides which resources there are", { origin: pulumi.output({ url: "x" }) }],
  ["would cross the network in clear", { origin: { url: "http://bot.example.net" } }],
  ["origin.url must be https://<host>[:<port>][/<path>], without a query", { origin: { url: "bot.example.net" } }],
  ["origin.url must be https://<host>[:<port>][/<path>], without a query", { origin: { url: "https://a.b/x?y" } }],
  ["without user and password", { origin: { url: "https://u:p@bot.example.net" } }],
  ["a Worker cannot ask an address", { origin: { url: "https://203.0.113.7/x" } }],
  ["a Worker cannot ask an address", { origin: { url: "https://[2001:db8::1]/x" } }],
  [
    "is the Worker's own host bots.example.com, so the Worker would ask itself",
    { origin: { url: `https://${hostname}` } },
  ],
  ["is the Worker's own host", { origin: { url: pulumi.output(`https://${hostname}:8443/x`) } }],
  ["is the Worker's own host bots.example.com,", { origin: { url: `https://${hostname}./x` } }],
  ["with a host that the internet knows: a Worker does not run on your", { origin: { url: "https://localhost:8443" } }],
  ["with a host that the internet knows", { origin: { url: pulumi.output("https://bot./x") } }],
  ["with a host that the internet knows", { origin: { url: "https://bot.localhost" } }],
  ["origin.service must be the name of a Worker", { origin: { service: "shop bot" } }],
  ["origin.url must be a string; got a number", { origin: { url: 8080 } }],
  ['attach must be "customDomain" or "route"; got "domain"', { attach: "domain" }],
  ["maxBodyBytes must be a whole number of 1024 to 10485760; got 1", { maxBodyBytes: 1 }],
  ["maxBodyBytes must be a number; got a string", { maxBodyBytes: "1 MiB" }],
  ["timeoutSeconds must be a whole number of 1 to 600; got 0", { timeoutSeconds: pulumi.output(0) }],
  ["waf.manage is required", { waf: {} }],
  ["waf.manage must be true or false, and plain; got a string", { waf: { manage: "yes" } }],
  ["waf must be an object", { waf: true }],
  [
    "webhook.ipAddress must be left out: the addresses of a host at Cloudflare are",
    { webhook: { ipAddress: "1.2.3.4" } },
  ],
  ["webhook.certificate must be left out: Telegram meets Cloudflare's certificate", { webhook: { certificate: "x" } }],
  ["webhook.url is decided by the endpoint", { webhook: { url: "x" } }],
  ['has no preset "aiogramm"', { preset: "aiogramm" }],
  ["secret.accepted must be secrets that Telegram can send; item 1", { secret: { current: "" } }],
  ['has no argument "upstream"; it takes accountId, attach,', { upstream: "http://127.0.0.1:8080" }],
  ["needs token or tokenFrom", { token: undefined }],
])("refused in the preview: %s", async (says, args) => {
  const told = await refused(args);
  expect(told).toContain("WorkerEndpoint gate: ");
  expect(told).toContain(says);
});

test("no arguments are refused in words", async () => {
  expect(await refusalOf(() => new WorkerEndpoint("gate", undefined as never))).toContain(
    "WorkerEndpoint gate needs its arguments as an object",
  );
});
