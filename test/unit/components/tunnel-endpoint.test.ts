// TunnelEndpoint on mocks: its children, what cloudflared and the process are told, and what is refused.
import * as pulumi from "@pulumi/pulumi";
import { TunnelEndpoint } from "../../../components/cloudflare";
import type { TunnelEndpointArgs } from "../../../components/cloudflare";
import { sha256 } from "../../../provider/core/hash";
import { refusalOf, registeredBy, valueOf } from "../../support/mocks";

const token = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
const hostname = "bots.example.com";
const url = "https://bots.example.com/tg/123456789";
const tunnelName = `project-stack-home-${sha256("project/stack/home").slice(0, 8)}`;
const facts = { "home-secret": { current: "new", accepted: ["new", "old"] } };
const usual: TunnelEndpointArgs = {
  token,
  accountId: "a1",
  hostname,
  zone: { name: "example.com", zoneId: "z1" },
  upstream: "http://127.0.0.1:8080",
};

async function home(args: Partial<TunnelEndpointArgs> = {}) {
  const { children, warnings, result } = await registeredBy(() => new TunnelEndpoint("home", { ...usual, ...args }), {
    facts,
  });
  const own = children
    .filter(({ name }) => name !== "home")
    .map(({ type, name, inputs }) => {
      const { __provider, __declared, ...rest } = inputs;
      return { type: type.split(":").at(-1), name, inputs: rest };
    });
  return { children: own, warnings, endpoint: result };
}

const refused = (args: Record<string, unknown>) => refusalOf(() => new TunnelEndpoint("home", { ...usual, ...args }));

test("a bot without a public address gets tunnel, configuration, record, secret and webhook", async () => {
  const { children, warnings, endpoint } = await home();
  expect(children).toEqual([
    {
      type: "ZeroTrustTunnelCloudflaredConfig",
      name: "home-config",
      inputs: {
        accountId: "a1",
        tunnelId: "home-tunnel-id",
        source: "cloudflare",
        config: {
          ingresses: [{ path: "^/tg/123456789$", service: "http://127.0.0.1:8080" }, { service: "http_status:404" }],
        },
      },
    },
    {
      type: "DnsRecord",
      name: "home-record",
      inputs: {
        zoneId: "z1",
        name: hostname,
        type: "CNAME",
        content: "home-tunnel-id.cfargotunnel.com",
        proxied: true,
        ttl: 1,
      },
    },
    { type: "WebhookSecret", name: "home-secret", inputs: {} },
    {
      type: "ZeroTrustTunnelCloudflared",
      name: "home-tunnel",
      inputs: { accountId: "a1", name: tunnelName, configSrc: "cloudflare" },
    },
    {
      type: "TelegramWebhook",
      name: "home-webhook",
      inputs: { token, url, secretToken: "new", preflight: { http: false } },
    },
  ]);
  expect(warnings).toEqual([]);
  expect(await valueOf(endpoint.url)).toBe(url);
  expect(await valueOf(endpoint.environment)).toEqual({
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_URL: "https://api.telegram.org",
    WEBHOOK_URL: url,
    WEBHOOK_PATH: "/tg/123456789",
    WEBHOOK_SECRET: "new",
    WEBHOOK_SECRETS: "new,old",
    LISTEN: "127.0.0.1",
    PORT: "8080",
  });
  expect(await valueOf(endpoint.environmentFile)).toContain("WEBHOOK_SECRETS='new,old'\n");
  expect(await valueOf(endpoint.wafRule)).toMatchObject({ action: "skip" });
});

test("the tunnel's token is asked of Cloudflare, and secret", async () => {
  let asked: unknown;
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }) => ({
        id: `${name}-id`,
        state: { ...(inputs as object), ...(name === "home-secret" && facts["home-secret"]) },
      }),
      call: (call) => {
        asked = call;
        return { ...(call.inputs as object), token: "token-of-the-tunnel" };
      },
    },
    "project",
    "stack",
  );
  const endpoint = new TunnelEndpoint("home", usual);
  await pulumi.runtime.disconnect();
  expect(await valueOf(endpoint.tunnelToken)).toBe("token-of-the-tunnel");
  expect(await pulumi.isSecret(endpoint.tunnelToken)).toBe(true);
  expect(asked).toMatchObject({
    token: "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken",
    inputs: { accountId: "a1", tunnelId: "home-tunnel-id" },
  });
});

test("the unit of systemd reads the token from a file, and has none in it", async () => {
  const { endpoint } = await home();
  expect(await valueOf(endpoint.tunnelName)).toBe(tunnelName);
  expect(await pulumi.isSecret(endpoint.systemdUnit)).toBe(false);
  expect(await valueOf(endpoint.systemdUnit)).toBe(`[Unit]
Description=Cloudflare Tunnel for bots.example.com
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
DynamicUser=yes
LoadCredential=token:/etc/cloudflared/${tunnelName}.token
ExecStart=/usr/bin/cloudflared --no-autoupdate tunnel run --token-file %d/token
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`);
});

test("a socket and a path of one's own, whose dots are no pattern", async () => {
  const { children, endpoint } = await home({ upstream: pulumi.output("unix:/run/bot.sock"), path: "/tg/a.b" });
  const config = children.find(({ name }) => name === "home-config")?.inputs["config"];
  expect(config).toMatchObject({ ingresses: [{ path: "^/tg/a\\.b$", service: "unix:/run/bot.sock" }, {}] });
  expect(await valueOf(endpoint.environment)).toMatchObject({ SOCKET: "/run/bot.sock", WEBHOOK_PATH: "/tg/a.b" });
});

test("a secret of one's own is known to the process before, so the http check is on", async () => {
  const { children, endpoint } = await home({ secret: { current: "mine" } });
  expect(children.map(({ name }) => name)).toEqual(["home-config", "home-record", "home-tunnel", "home-webhook"]);
  expect(children.at(-1)?.inputs).toEqual({ token, url, secretToken: "mine" });
  expect(await valueOf(endpoint.environment)).toMatchObject({ WEBHOOK_SECRETS: "mine" });
});

test("a framework that checks no secret is warned of, with the cure", async () => {
  const { warnings } = await home({ preset: "telepot" });
  expect(warnings).toEqual([
    "preset: telepot checks no secret, and a tunnel checks none either: whoever knows the url can send updates. Check WEBHOOK_SECRET yourself, or use a WorkerEndpoint, which checks it.",
  ]);
});

test.each<[string, Record<string, unknown>]>([
  ["needs upstream, where the bot is on the machine of cloudflared", { upstream: undefined }],
  ["upstream must begin with http://", { upstream: "https://127.0.0.1:8443" }],
  ["upstream must have no path: cloudflared changes none", { upstream: "http://127.0.0.1:8080/hook" }],
  ["upstream must have no path", { upstream: pulumi.output("unix:/run/bot.sock:/hook") }],
  ["accountId is required", { accountId: undefined }],
  ["hostname must lie in zone.name example.org", { zone: { name: "example.org", zoneId: "z" } }],
  ["webhook.ipAddress must be left out", { webhook: { ipAddress: "1.2.3.4" } }],
  ["webhook.secretToken is decided by the endpoint", { webhook: { secretToken: "x" } }],
  ['has no argument "origin"', { origin: { url: "https://x.example.net" } }],
])("refused in the preview: %s", async (says, args) => {
  const told = await refused(args);
  expect(told).toContain("TunnelEndpoint home: ");
  expect(told).toContain(says);
});
