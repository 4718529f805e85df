// Every argument of every class and component, given what it cannot be, plain and as an output: told in one sentence, without a trace.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as telegram from "../../../index";
import { AwsDnsRecord, LambdaEndpoint } from "../../../components/aws";
import { CloudflareDnsRecord, TunnelEndpoint, WorkerEndpoint } from "../../../components/cloudflare";
import { Ledger } from "../../../provider/core/ledger";
import { rowsOf } from "../../../provider/core/fields";
import type { Logic } from "../../../provider/core/logic";
import { sharedServices } from "../../../provider/core/shared";
import { httpClient } from "../../../provider/net/http";
import { dynamicProvider } from "../../../provider/host/dynamic";
import { InFlight } from "../../../provider/host/watch";
import { logics } from "../../../provider/registry";
import { laidOpen, rejections, withoutTraces } from "../../support/mocks";

type Values = Record<string, unknown>;
type Made = new (name: string, args: never) => unknown;

const token = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
const url = "https://bots.example.com/tg/x";
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHo2";
const lambdaArn = "arn:aws:lambda:eu-central-1:111111111111:function:bot";
const site = { accountId: "a1", hostname: "bots.example.com", zone: { name: "example.com", zoneId: "z1" } };
const record = { zone: "example.com", name: "bots", type: "A", values: ["192.0.2.1"] };

const via = { rfc2136: { server: "192.0.2.53" } };
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const account = {
  directoryUrl: "https://acme.example.com/directory",
  accountUrl: "https://acme.example.com/account/1",
  privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }),
};

/** A class, arguments that it takes, and further ones with a good value each. */
const classes: [name: string, make: Made, good: Values, more?: Values][] = [
  ["TelegramWebhook", telegram.TelegramWebhook, { token, url }, { expectBot: "123456789" }],
  ["WebhookSecret", telegram.WebhookSecret, {}],
  ["TlsCertificate", telegram.TlsCertificate, { names: ["bots.example.com"], issuer: { selfSigned: {} } }],
  [
    "TlsCertificate of an ACME server",
    telegram.TlsCertificate,
    { names: ["bots.example.com"], issuer: { acme: { account, challenge: { dns01: { via } } } } },
  ],
  ["CertificateAuthority", telegram.CertificateAuthority, { commonName: "Own" }],
  [
    "AcmeAccount",
    telegram.AcmeAccount,
    { contact: ["ops@example.com"] },
    { eab: { keyId: "k", hmacKey: "a".repeat(43) } },
  ],
  ["DnsRecord", telegram.DnsRecord, { ...record, via }],
  [
    "ProxyRoute",
    telegram.ProxyRoute,
    {
      server: { nginx: {} },
      attach: "location",
      hostname: "bots.example.com",
      path: "/tg/x",
      upstream: "http://127.0.0.1:8080",
      secretTokens: ["current"],
    },
    { on: { ssh: { host: "bots1", hostKey } } },
  ],
  [
    "BotEndpoint",
    telegram.BotEndpoint,
    { token, hostname: "bots.example.com", upstream: "http://127.0.0.1:8080" },
    {
      tokenFrom: { env: "T" },
      ipAddress: "203.0.113.7",
      path: "/tg/x",
      listen: "0.0.0.0:443",
      preset: "grammy",
      on: { ssh: { host: "bots1", hostKey } },
      server: { nginx: {} },
      route: { attach: "listener", upstreamSecret: "s", timeoutSeconds: 5 },
      dns: { zone: "example.com", address: "203.0.113.7", via: { cloudflare: {} } },
      certificate: { selfSigned: {} },
      secret: { current: "s", accepted: ["s"] },
      webhook: { maxConnections: 5, allowedUpdates: ["message"], apiUrl: "https://api.telegram.org" },
    },
  ],
  [
    "LambdaEndpoint",
    LambdaEndpoint,
    {
      token,
      function: { name: "bot", arn: lambdaArn, role: "bot-role" },
      delivery: "queue",
      address: {
        httpApi: {
          hostname: "bots.example.com",
          zone: { route53: { name: "example.com", hostedZoneId: "Z1" } },
          certificateArn: "arn:aws:acm:eu-central-1:111111111111:certificate/1",
          record: { ttlSeconds: 60, waitSeconds: 0, nameServers: ["192.0.2.53:53"] },
        },
      },
    },
    {
      path: "/tg/x",
      queue: { batchSize: 1, maxReceiveCount: 5, visibilityTimeoutSeconds: 60 },
      secret: { current: "s", accepted: ["s"] },
    },
  ],
  [
    "WorkerEndpoint",
    WorkerEndpoint,
    { token, ...site, origin: { url: "https://bot.example.net/hook" } },
    {
      path: "/tg/x",
      attach: "route",
      maxBodyBytes: 4096,
      timeoutSeconds: 5,
      waf: { manage: true },
      preset: "grammy",
      secret: { current: "s", accepted: ["s"] },
      webhook: { maxConnections: 5 },
    },
  ],
  [
    "TunnelEndpoint",
    TunnelEndpoint,
    { token, ...site, upstream: "http://127.0.0.1:8080" },
    { path: "/tg/x", preset: "grammy", secret: { current: "s", accepted: ["s"] }, webhook: { maxConnections: 5 } },
  ],
  [
    "AwsDnsRecord",
    AwsDnsRecord,
    { ...record, hostedZoneId: "Z1" },
    { ttlSeconds: 60, waitSeconds: 0, nameServers: ["192.0.2.53:53"] },
  ],
  ["CloudflareDnsRecord", CloudflareDnsRecord, { ...record, zoneId: "z1" }, { ttlSeconds: 60, proxied: false }],
];

const wrong: [what: string, value: unknown][] = [
  ["undefined", undefined],
  ["a number", 99_999.5],
  ["an unparsable text", "127.0.0.1:99999 [::\u0000"],
  ["a URL that there is not", "http://127.0.0.1:99999"],
  ["a list of anything", [undefined, null, 5, {}]],
  ["an object of anything", { constructor: null, x: undefined }],
];
const forms: [form: string, as: (value: unknown) => unknown][] = [
  ["", (value) => value],
  [" as an output", (value) => pulumi.output(value)],
];

/** The arguments with one of them, or one of its settings, replaced; each with its place. */
function places(given: Values, at: string[] = []): string[][] {
  return Object.entries(given).flatMap(([key, value]) => {
    const here = [...at, key];
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return [here, ...(isObject ? places(value as Values, here) : [])];
  });
}
function replaced(given: Values, [key = "", ...rest]: string[], value: unknown): Values {
  return { ...given, [key]: rest.length === 0 ? value : replaced(given[key] as Values, rest, value) };
}

const services = {
  now: () => new Date(),
  random: () => 0,
  randomBytes,
  sleep: () => Promise.resolve(),
  write: () => undefined,
  http: httpClient(),
  inFlight: new InFlight(),
  wayProblem: () => undefined,
  ...sharedServices(),
};

/** All that a program is told, by its class or by the provider's check of it in a preview. */
const said = (program: () => unknown) => withoutTraces(() => toldBy(program));

async function toldBy(program: () => unknown): Promise<unknown[]> {
  const { told, first, stop } = rejections();
  await pulumi.runtime.setMocks(
    {
      newResource: async ({ type, name, inputs }) => {
        const own = /^pulumi-nodejs:dynamic\/telegram:(\w+)$/.exec(type)?.[1];
        const logic = logics[own as keyof typeof logics] as unknown as Logic<object, object> | undefined;
        if (logic) {
          const provider = dynamicProvider(logic, { ...services, ledger: new Ledger() });
          const { failures } = await provider
            .check({}, laidOpen(inputs) as Values)
            .catch((error: unknown) => ({ failures: [{ reason: error }] }));
          told.push(...failures.map(({ reason }) => reason));
        }
        return { id: name, state: inputs as object };
      },
      call: ({ inputs }) => inputs as object,
    },
    "project",
    "stack",
    true,
  );
  try {
    program();
  } catch (error) {
    told.push(error);
  }
  await Promise.race([pulumi.runtime.disconnect().catch((error: unknown) => told.push(error)), first]);
  await new Promise((resolve) => setImmediate(resolve));
  stop();
  return told;
}

const jargon =
  /\bat .*:\d+:\d+|Cannot read|Cannot convert|is not a function|not iterable|\[object|TypeError|ERR_|undefined|NaN|\n/;

/** What is no sentence of ours: another error than a refusal, or one that speaks of code. */
function flaw(one: unknown): string | undefined {
  if (typeof one !== "string" && !pulumi.RunError.isInstance(one))
    return `an error of ${(one as Error)?.constructor?.name}: ${(one as Error)?.stack ?? String(one)}`;
  const text = typeof one === "string" ? one : one.message;
  return jargon.test(text) ? text : undefined;
}

beforeAll(() => {
  for (const name of ["info", "warn", "error", "debug"] as const)
    jest.spyOn(pulumi.log, name).mockImplementation(() => Promise.resolve());
});
afterAll(() => void jest.restoreAllMocks());

describe.each(classes)("%s", (name, Class, good, more = {}) => {
  const logic = (logics as Record<string, unknown>)[name] as Logic<object, object> | undefined;
  const others = logic
    ? Object.fromEntries(
        rowsOf(logic.fields)
          .filter(([, row]) => !row.derived)
          .map(([row]) => [row, undefined]),
      )
    : {};
  const all = { ...others, ...good, ...more };

  test("takes the arguments that its cases are made of", async () => {
    const told = await said(() => new Class("one", good as never));
    // What children make is not known on mocks, and then an object: only a resource's own check can be without a word.
    expect(logic ? told : told.flatMap((one) => flaw(one) ?? [])).toEqual([]);
  });

  test("says in one sentence what is wrong with each of its arguments", async () => {
    const bad: string[] = [];
    const cases = places(all);
    for (const place of cases) {
      const base =
        place[0] !== undefined && place[0] in good
          ? good
          : { ...good, ...(place[0] !== undefined && place[0] in more && { [place[0]]: more[place[0]] }) };
      for (const [what, value] of wrong)
        for (const [form, as] of forms) {
          const told = await said(() => new Class("one", replaced(base, place, as(value)) as never));
          for (const one of told) {
            const found = flaw(one);
            if (found !== undefined) bad.push(`${place.join(".")} is ${what}${form}: ${found}`);
          }
        }
    }
    expect(bad.map((one) => one.split("\n")[0])).toEqual([]);
  });

  test("without arguments it says so", async () => {
    for (const args of [undefined, null, "x", 5, []]) {
      expect((await said(() => new Class("one", args as never))).map(flaw)).toEqual(
        expect.not.arrayContaining([expect.anything()]),
      );
    }
  });
});
