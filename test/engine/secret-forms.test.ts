// In whatever form a program gives a secret, none of Pulumi's files and texts has it in clear: every argument with a secret, each
// form, on the real engine. A whole choice as an output (`via: pulumi.output({ … })`) does not compile and is refused; see
// test/unit/host/secret-forms.test.ts.
import { sha256, fingerprint } from "../../provider/core/hash";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { startBind9 } from "../support/bind9";
import type { Bind9 } from "../support/bind9";
import { startFakeCloudflare } from "../support/fake-cloudflare";
import type { FakeCloudflare } from "../support/fake-cloudflare";
import { startMoto } from "../support/moto";
import type { Moto } from "../support/moto";
import { certificateFor, startBot, startNginx } from "../support/nginx";
import type { Bot, Nginx } from "../support/nginx";
import { createProject } from "../support/pulumi";
import type { Project } from "../support/pulumi";
import { startSshd } from "../support/sshd";
import type { Sshd } from "../support/sshd";
import { both, testBot, unproved } from "../support/webhooks";

const program = `
const fs = require("node:fs");
const pulumi = require("@pulumi/pulumi");
const telegram = require("pulumi-telegram");
const how = {
  output: (value) => pulumi.output(value),
  promise: (value) => Promise.resolve(value),
  all: (value) => pulumi.all([value]).apply(([one]) => one),
};
function value(given, at, form) {
  if (Array.isArray(given)) return given.map((one) => value(one, at, form));
  if (typeof given !== "object" || given === null) return given;
  if (given.$secret !== undefined) return at === undefined ? given.$secret : how[form](given.$secret);
  if (given.$sealed !== undefined) return pulumi.secret(given.$sealed);
  if (given.$branch !== undefined) {
    return at === "branch" ? how[form](value(given.$branch)) : value(given.$branch, at, form);
  }
  return Object.fromEntries(Object.entries(given).map(([key, one]) => [key, value(one, at, form)]));
}
for (const { name, type, args, at, form } of JSON.parse(fs.readFileSync("declared.json", "utf8"))) {
  new telegram[type](name, value(args, at, form));
}
`;

const forms: [name: string, at?: "leaf" | "branch", form?: "output" | "promise" | "all"][] = [
  ["plain"],
  ["an output", "leaf", "output"],
  ["a promise", "leaf", "promise"],
  ["of pulumi.all", "leaf", "all"],
  ["in a branch that is an output", "branch", "output"],
  ["in a branch that is a promise", "branch", "promise"],
  ["in a branch of pulumi.all", "branch", "all"],
];

const address = "127.0.7.96";
const nameServer = "127.53.23.2";
const [port, tlsPort] = [8081, 8443];
const host = "forms.example.com";
const zone = "forms.test";
const tsigSecret = "dHNpZy1zZWNyZXQtb2YtdGhlc2UtZm9ybXMtMDEyMzQ=";
const hiddenPath = "/tg/hidden-place";
const hiddenValue = "hidden-value-of-a-record";

let [telegram, cloudflare, moto, bind9, nginx, sshd, bot, project]: [
  ...[FakeTelegram?, FakeCloudflare?, Moto?, Bind9?, Nginx?, Sshd?, Bot?, Project?],
] = [];
/** What was looked for, by the argument that has it. */
const secrets = new Map<string, string>();
const said: Record<string, string> = {};

beforeAll(async () => {
  [telegram, cloudflare, moto, bind9, nginx, sshd, bot, project] = await Promise.all([
    startFakeTelegram(),
    startFakeCloudflare(),
    startMoto(),
    startBind9({ address: nameServer, zones: { [zone]: zoneText }, keys: { ours: tsigSecret } }),
    startNginx(`server { listen ${address}:${port}; server_name ${host};
      location / { return 200 own; } include {directory}/locations/*/*.conf; }`),
    startSshd(address),
    startBot(),
    createProject({ program }),
  ]);
  cloudflare.addZone(zone);
  await moto.addZone(zone);
  const pem = await certificateFor(host);
  const declared = [...forms.flatMap((form, at) => resourcesOf(form, at, pem)), ...quiet()];
  project.write("declared.json", JSON.stringify(declared));
  said["preview"] = both(await project.preview(["--diff"]));
  said["update"] = both(await project.up(["--diff"]));
  said["exported state"] = (await project.pulumi(["stack", "export"])).stdout;
  said["state, history and backups"] = project.backendText();
});
afterAll(async () => {
  // What was made goes with the servers that it was made at.
  await Promise.all([
    project?.dispose(),
    telegram?.close(),
    cloudflare?.close(),
    moto?.stop(),
    bind9?.stop(),
    nginx?.dispose(),
  ]);
  await Promise.all([sshd?.dispose(), bot?.close()]);
});

const zoneText = `$ORIGIN ${zone}.\n$TTL 60\n@ SOA ns1 admin 1 3 1 86400 600\n@ NS ns1\nns1 A ${nameServer}\n`;

/** A place of a secret in the arguments, kept for the look-up. A key is looked for by its first line. */
function secret(argument: string, text: string): { $secret: string } {
  const [, firstLine] = /-----BEGIN [A-Z ]+-----\n(.{20,})/.exec(text) ?? [];
  secrets.set(argument, firstLine ?? text.replace(/^\d+:/, ""));
  return { $secret: text };
}

function resourcesOf(
  [form, at, how]: (typeof forms)[number],
  n: number,
  pem: { certificatePem: string; privateKeyPem: string },
) {
  if (!telegram || !cloudflare || !moto || !nginx || !sshd || !bot) throw new Error("nothing is started");
  const of = (argument: string, text: string) => secret(`${argument}, ${form}`, text);
  const made = (argument: string) => of(argument, `${argument.replace(/\W/g, "-")}-secret-number-${n}`);
  const { token, url, args } = testBot(telegram);
  const endpointBot = testBot(telegram);
  const endpointHost = `endpoint${n}.${zone}`;
  telegram.setHost(endpointHost, { shown: "149.154.175.50", connect: "127.0.0.1:9" });
  const record = (name: string) => ({ zone, name: `${name}${n}`, type: "A", values: ["192.0.2.1"], waitSeconds: 0 });
  const server = { nginx: nginx.settings };
  const listener = { server, attach: "listener", listen: `${address}:${tlsPort}`, upstream: bot.url };
  const { certificatePem, privateKeyPem } = pem;
  const ssh = { host: address, port: sshd.port, user: "root", hostKey: sshd.hostKey };
  const all: Record<string, [type: string, args: Record<string, unknown>]> = {
    webhook: ["TelegramWebhook", { ...args, token: of("token", token), url, secretToken: made("secretToken") }],
    cloudflare: [
      "DnsRecord",
      {
        ...record("cloudflare"),
        via: {
          cloudflare: { $branch: { apiToken: of("apiToken", cloudflare.addToken()), apiUrl: cloudflare.apiUrl } },
        },
      },
    ],
    route53: [
      "DnsRecord",
      {
        ...record("route"),
        via: {
          route53: {
            $branch: { accessKeyId: "AKIAOURS", secretAccessKey: made("secretAccessKey"), endpoint: moto.endpoint },
          },
        },
      },
    ],
    rfc2136: [
      "DnsRecord",
      {
        ...record("update"),
        via: {
          rfc2136: { $branch: { server: nameServer, tsigName: "ours", tsigSecret: of("tsigSecret", tsigSecret) } },
        },
      },
    ],
    certificate: [
      "TlsCertificate",
      {
        names: [host],
        issuer: { privateCa: { $branch: { certificatePem, privateKeyPem: of("issuer", privateKeyPem) } } },
      },
    ],
    route: [
      "ProxyRoute",
      {
        ...{ server, attach: "location", hostname: host, listen: `${address}:${port}`, tls: "none" },
        ...{ path: `/tg/form${n}`, upstream: bot.url },
        on: { ssh: { $branch: { ...ssh, privateKey: of("on.ssh.privateKey", sshd.privateKey) } } },
        secretTokens: { $branch: [made("secretTokens"), made("secretTokens, the second")] },
        upstreamSecret: made("upstreamSecret"),
      },
    ],
    listener: [
      "ProxyRoute",
      {
        ...{ ...listener, hostname: host, path: `/tg/listener${n}`, secretTokens: [made("a listener's secretTokens")] },
        tls: { pem: { $branch: { certificatePem, privateKeyPem: of("tls.pem", privateKeyPem) } } },
      },
    ],
    endpoint: [
      "BotEndpoint",
      {
        token: of("an endpoint's token", endpointBot.token),
        ...{ hostname: endpointHost, listen: `${address}:${tlsPort}`, upstream: bot.url, server },
        certificate: { certificatePem, privateKeyPem: of("an endpoint's certificate", privateKeyPem) },
        secret: { current: made("an endpoint's secret") },
        route: { upstreamSecret: made("an endpoint's upstreamSecret") },
        webhook: { apiUrl: telegram.apiUrl, ...unproved },
        dns: {
          ...{ zone, address: "192.0.2.1", waitSeconds: 0 },
          via: {
            cloudflare: {
              $branch: { apiToken: of("an endpoint's apiToken", cloudflare.addToken()), apiUrl: cloudflare.apiUrl },
            },
          },
        },
      },
    ],
  };
  return Object.entries(all).map(([name, [type, given]]) => ({
    name: `${name}-${n}`,
    type,
    args: given,
    at,
    form: how,
  }));
}

/** A route whose path is a secret, a webhook whose url is, a record whose values are: nothing that follows from them is in clear. */
function quiet() {
  if (!telegram || !cloudflare || !nginx || !bot) throw new Error("nothing is started");
  const { args, url } = testBot(telegram);
  const hiddenUrl = url.replace("/tg/x", hiddenPath);
  secrets.set("a secret path, and the urls with it", hiddenPath);
  secrets.set("the hash of a secret url", sha256(hiddenUrl));
  secrets.set("a part of the hash of a secret url", fingerprint(hiddenUrl));
  secrets.set("the hash of a route's place", fingerprint(`${address}:${port}/${host}${hiddenPath}`));
  secrets.set("a secret value of a record", hiddenValue);
  const via = { cloudflare: { apiToken: cloudflare.addToken(), apiUrl: cloudflare.apiUrl } };
  const values = [{ $sealed: hiddenValue }];
  const route = {
    ...{ server: { nginx: nginx.settings }, attach: "location", hostname: host, listen: `${address}:${port}` },
    ...{ tls: "none", upstream: bot.url, secretTokens: ["secret-of-the-quiet-route"], path: { $sealed: hiddenPath } },
  };
  return [
    { name: "quiet-webhook", type: "TelegramWebhook", args: { ...args, url: { $sealed: hiddenUrl } } },
    { name: "quiet-route", type: "ProxyRoute", args: route },
    {
      name: "quiet-record",
      type: "DnsRecord",
      args: { zone, name: "quiet", type: "TXT", values, via, waitSeconds: 0 },
    },
  ];
}

test("every resource was made, and every secret is in the state, encrypted", () => {
  const opened = JSON.stringify(project?.openState());
  expect(secrets.size).toBeGreaterThan(100);
  const derived = ["the hash of a route's place"];
  const missing = [...secrets].filter(([name, text]) => !derived.includes(name) && !opened.includes(text));
  expect(missing.map(([name]) => name)).toEqual([]);
});

test.each(["preview", "update", "exported state", "state, history and backups"])("the %s has none of them", (where) => {
  const text = said[where] ?? "";
  expect(text.length).toBeGreaterThan(1000);
  const found = [...secrets].filter(([, one]) => {
    const looks = [one, Buffer.from(one).toString("base64").slice(0, 24), encodeURIComponent(one)];
    return looks.some((look) => text.includes(look));
  });
  expect(found.map(([name]) => name)).toEqual([]);
});
