// In whatever form an argument with a secret is given, what is registered marks the secret: each form, each argument.
import * as pulumi from "@pulumi/pulumi";
import { DnsRecord, ProxyRoute, TelegramWebhook, TlsCertificate } from "../../../index";
import { fingerprint } from "../../../provider/core/hash";

const secretText = "s3cret-of-a-choice-0123456789";

type Build = (branch: unknown) => void;
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA";
const record = { zone: "example.com", name: "bots", type: "A" as const, values: ["192.0.2.1"] };
const route = {
  server: { nginx: {} },
  attach: "location" as const,
  hostname: "bots.example.com",
  path: "/tg/x",
  upstream: "http://127.0.0.1:8080",
  secretTokens: ["a".repeat(32)],
};
const any = (value: unknown) => value as never;

/** Argument, a branch's settings that hold the secret, and a program that gives the branch. */
const choices: [string, Record<string, unknown>, Build][] = [
  ["via.cloudflare", { apiToken: secretText }, (branch) => new DnsRecord("x", { ...record, via: any({ cloudflare: branch }) })], // prettier-ignore
  ["via.route53", { accessKeyId: "id", secretAccessKey: secretText }, (branch) => new DnsRecord("x", { ...record, via: any({ route53: branch }) })], // prettier-ignore
  ["via.rfc2136", { server: "192.0.2.53", tsigName: "k", tsigSecret: secretText }, (branch) => new DnsRecord("x", { ...record, via: any({ rfc2136: branch }) })], // prettier-ignore
  ["issuer.privateCa", { certificatePem: "PEM", privateKeyPem: secretText }, (branch) => new TlsCertificate("x", { names: ["bots.example.com"], issuer: any({ privateCa: branch }) })], // prettier-ignore
  ["on.ssh", { host: "a.example.com", hostKey, privateKey: secretText }, (branch) => new ProxyRoute("x", { ...route, on: any({ ssh: branch }) })], // prettier-ignore
  ["tls.pem", { certificatePem: "PEM", privateKeyPem: secretText }, (branch) => new ProxyRoute("x", { ...route, attach: "listener", tls: any({ pem: branch }) })], // prettier-ignore
];

const forms: [string, (settings: Record<string, unknown>) => unknown][] = [
  ["plain", (settings) => settings],
  ["with an output as leaf", (settings) => eachSecret(settings, (text) => pulumi.output(text))],
  ["with a promise as leaf", (settings) => eachSecret(settings, (text) => Promise.resolve(text))],
  ["as an output", (settings) => pulumi.output(settings)],
  ["as a promise", (settings) => Promise.resolve(settings)],
  ["as the output of pulumi.all", (settings) => pulumi.all([settings]).apply(([one]) => one)],
];

function eachSecret(settings: Record<string, unknown>, form: (text: string) => unknown) {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, value === secretText ? form(value) : value]),
  );
}

/** What a program registers, as it goes to the engine: secrets stand in their envelope. */
async function wire(program: () => void): Promise<unknown[]> {
  const registered: unknown[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ inputs }) => {
      registered.push(inputs);
      return { id: "id", state: inputs as object };
    },
    call: ({ inputs }) => inputs as object,
  });
  program();
  await pulumi.runtime.disconnect();
  return registered;
}

const envelope = "4dabf18193072939515e22adb298388d";

/** The text outside of every envelope. */
function inClear(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (envelope in value) return "";
  return Object.values(value).map(inClear).join(" ");
}

const table = choices.flatMap(([argument, settings, build]) =>
  forms.map(([form, made]) => [argument, form, () => build(made(settings))] as const),
);

test.each(table)("%s %s: the secret is registered in an envelope only", async (_argument, _form, program) => {
  const registered = await wire(program);
  expect(JSON.stringify(registered)).toContain(secretText);
  expect(inClear(registered)).not.toContain(secretText);
});

test.each(choices.map(([argument, , build]) => [argument, build] as const))(
  "%s: an output of the whole argument is refused in one sentence",
  (argument) => {
    const [name = ""] = argument.split(".");
    const whole: Record<string, () => void> = {
      via: () => new DnsRecord("x", { ...record, via: any(pulumi.output({ cloudflare: {} })) }),
      issuer: () => new TlsCertificate("x", { names: ["a.example"], issuer: any(Promise.resolve({ selfSigned: {} })) }),
      on: () => new ProxyRoute("x", { ...route, on: any(pulumi.output({ ssh: {} })) }),
      tls: () => new ProxyRoute("x", { ...route, tls: any(pulumi.output("none")) }),
    };
    expect(whole[name]).toThrow(
      new RegExp(`: ${name} must be a plain object, since its key decides what is checked; only what is inside`),
    );
  },
);

test("what follows from a secret argument has its place in an envelope, and from one in clear it has none", async () => {
  const path = pulumi.secret("/tg/4f1c9a");
  const [secretRoute] = await wire(() => void new ProxyRoute("x", { ...route, path }));
  const upstream = pulumi.secret("http://127.0.0.1:1");
  const open = pulumi.output(route.path);
  const [openRoute] = await wire(() => void new ProxyRoute("x", { ...route, upstream, path: open }));
  expect(Object.keys((secretRoute as { url: object }).url)).toContain(envelope);
  expect(inClear(secretRoute)).not.toContain("4f1c9a");
  expect(openRoute).not.toHaveProperty("url");
});

test("a url in every secret form: neither it nor its fingerprint is registered in clear", async () => {
  const url = "https://bots.example.com/tg/4f1c9a";
  const registered = await wire(() => {
    new TelegramWebhook("x", { token: `123456789:${"A".repeat(35)}`, url: pulumi.secret(url) });
  });
  expect(JSON.stringify(registered)).toContain(fingerprint(url));
  expect(inClear(registered)).not.toContain(fingerprint(url));
  expect(inClear(registered)).not.toContain("4f1c9a");
});

test("an output of the whole, a mixture of two branches and a misspelt setting do not compile", () => {
  const attempts = [
    // @ts-expect-error: an output of the whole
    () => new DnsRecord("x", { ...record, via: pulumi.output({ cloudflare: {} }) }),
    // @ts-expect-error: two branches
    () => new DnsRecord("x", { ...record, via: { cloudflare: {}, route53: {} } }),
    // @ts-expect-error: a setting that there is not
    () => new DnsRecord("x", { ...record, via: { cloudflare: { token: "x" } } }),
    // @ts-expect-error: a required setting is missing
    () => new DnsRecord("x", { ...record, via: { rfc2136: {} } }),
  ];
  expect(attempts).toHaveLength(4);
});
