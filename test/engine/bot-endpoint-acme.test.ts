// A live endpoint changes from a self-signed certificate to one of an ACME server and back, while updates come: none is lost. Pebble, bind9 and nginx are real.
import { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { startBind9 } from "../support/bind9";
import type { Bind9 } from "../support/bind9";
import { startBot, startNginx } from "../support/nginx";
import type { Bot, Nginx } from "../support/nginx";
import { startPebble } from "../support/pebble";
import type { Pebble } from "../support/pebble";
import { createProject } from "../support/pulumi";
import type { Project } from "../support/pulumi";
import { until } from "../support/until";
import { both } from "../support/webhooks";

jest.setTimeout(400_000);

const address = "127.0.40.1";
const nameServer = "127.0.40.53";
const hostname = "bots.example.test";
const zone = `$TTL 60\n@ SOA ns a.example.test. 1 60 60 600 5\n@ NS ns\nns A ${nameServer}\n`;
let telegram: FakeTelegram;
let nginx: Nginx;
let bind9: Bind9;
let pebble: Pebble;
let bot: Bot;
let project: Project;

beforeAll(async () => {
  bind9 = await startBind9({ address: nameServer, zones: { "example.test": zone } });
  [telegram, nginx, pebble, bot] = await Promise.all([
    startFakeTelegram(),
    startNginx(""),
    startPebble({ dns: `${nameServer}:53` }),
    startBot(),
  ]);
  telegram.setHost(hostname, { shown: "149.154.175.50", connect: `${address}:443` });
  telegram.trust(await pebble.root());
});
afterAll(async () => {
  await project.dispose();
  await Promise.all([bot.close(), nginx.dispose(), telegram.close(), pebble.stop()]);
  await bind9.stop();
});

const program = () => `
const { readFileSync } = require("node:fs");
const telegram = require("pulumi-telegram");
const { certificate } = JSON.parse(readFileSync("declared.json", "utf8"));
const staging = "https://acme-staging-v02.api.letsencrypt.org/directory";
const account =
  certificate === "staging"
    ? { directoryUrl: staging, accountUrl: "https://acme-staging-v02.api.letsencrypt.org/acme/acct/1", privateKeyPem: "none" }
    : new telegram.AcmeAccount("account", { directoryUrl: ${JSON.stringify(pebble.directoryUrl)} });
const acme = { account, profile: "classic" };
const endpoint = new telegram.BotEndpoint("shop", {
  hostname: "${hostname}",
  listen: "${address}:443",
  upstream: ${JSON.stringify(bot.url)},
  server: ${JSON.stringify({ nginx: nginx.settings })},
  dns: {
    zone: "example.test",
    address: "${address}",
    via: { rfc2136: { server: "${nameServer}" } },
    nameServers: ["${nameServer}:53"],
  },
  certificate: certificate === "self-signed" ? { selfSigned: {} } : { acme },
  webhook: { preflight: { nameServers: ["${nameServer}:53"] }, verifySeconds: 0, allowedUpdates: ["message"] },
});
exports.sha256 = endpoint.certificate.sha256;
`;
const declare = (certificate: "acme" | "self-signed" | "staging") =>
  project.write("declared.json", JSON.stringify({ certificate }));

/** The SHA-256 of what the endpoint serves. */
async function served(): Promise<string> {
  const socket = connect({ host: address, port: 443, servername: hostname, rejectUnauthorized: false });
  await new Promise((resolve, reject) => socket.once("secureConnect", resolve).once("error", reject));
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return new X509Certificate(raw).fingerprint256.replaceAll(":", "").toLowerCase();
}

/** What the resource `name` depends on, besides the provider. */
function after(name: string): string[] {
  const found = project.state().resources.find(({ urn }) => urn.endsWith(`::${name}`));
  return ((found?.["dependencies"] ?? []) as string[]).map((one) => one.split("::").at(-1) ?? "").sort();
}

test("from self-signed to ACME and back no update is lost, and only the self-signed certificate is uploaded", async () => {
  const { id, token } = telegram.addBot();
  project = await createProject({
    program: program(),
    config: { "telegram:apiUrl": telegram.apiUrl, "telegram:token": { secret: token } },
  });
  project.write("roots.pem", pebble.caPem + (await pebble.root()));
  project.environment["NODE_EXTRA_CA_CERTS"] = `${project.directory}/roots.pem`;

  // Nobody trusts what it signs: told before anything is made.
  declare("staging");
  const staging = both(await project.preview([], { expect: "any" }));
  expect(staging).toContain("BotEndpoint shop: certificate is of acme-staging-v02.api.letsencrypt.org");
  expect(staging).not.toMatch(/\n +at /);

  declare("self-signed");
  await project.up();
  expect(after("shop-certificate")).toEqual([]);

  const sent: number[] = [];
  let isOver = false;
  const sending = (async () => {
    while (!isOver) {
      if (telegram.pending(id) < 80) sent.push(telegram.message(id, { text: "hello" }).updateId);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  const received = () => new Set(bot.requests.map(({ body }) => (JSON.parse(body) as { update_id: number }).update_id));
  /** Until what was sent after this moment has arrived: what serves and what Telegram trusts fit. */
  const more = async () => {
    const from = sent.at(-1) ?? 0;
    await until(() => [...received()].some((one) => one > from));
  };
  await more();
  const change = async (certificate: "acme" | "self-signed") => {
    telegram.clearJournal();
    declare(certificate);
    const before = sent.length;
    await project.up();
    expect(sent.length).toBeGreaterThan(before); // updates came while it changed
    await more();
    const { sha256 } = (await project.outputs()) as { sha256: string };
    expect(await served()).toBe(sha256);
    const calls = telegram.journal({ botId: id, by: "client" }).filter(({ method }) => method === "setWebhook");
    return calls.map(({ files }) => "certificate" in files);
  };
  expect(await change("acme")).toEqual([false]);
  expect(telegram.state(id).certificate).toBeNull();
  expect(after("shop-certificate")).toEqual(["account", "shop-record"]);
  expect(await change("self-signed")).toEqual([true]);
  expect(telegram.state(id).certificate).not.toBeNull();

  isOver = true;
  await sending;
  await until(() => telegram.pending(id) === 0);
  const all = received();
  expect(sent.filter((one) => !all.has(one))).toEqual([]);
  // What failed, between the moment in which the route serves the new certificate and the set, never got to the route.
  const failed = telegram.deliveries(id).filter(({ outcome }) => outcome === "failed");
  expect(failed.filter(({ status }) => status !== undefined)).toEqual([]);
});
