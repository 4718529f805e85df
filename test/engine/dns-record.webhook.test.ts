// A record and the webhook behind it through the CLI: no setWebhook before the primary and its slow secondary both answer.
import { ask, dataOf } from "../../provider/probe/dns-client";
import { pause } from "../../provider/core/retry";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { startBind9 } from "../support/bind9";
import type { Bind9 } from "../support/bind9";
import { recordProjects } from "../support/records";

const [primaryAddress, secondaryAddress] = ["127.53.9.2", "127.53.9.3"];
const zone = "example.test";
const address = "149.154.175.50";
const secret = "c2VjcmV0LW9mLXRoaXMta2V5LTAxMjM0NTY3ODk=";
/** The secondary looks for changes each second, but not before the name was asked for there and answered. */
const text = [
  ...["$ORIGIN example.test.", "$TTL 60", "@ 400 SOA ns1 admin 1 1 1 86400 600", "@ NS ns1", "@ NS ns2"],
  ...[`ns1 A ${primaryAddress}`, `ns2 A ${secondaryAddress}`, ""],
].join("\n");

let telegram: FakeTelegram;
let servers: Bind9[] = [];
/** The name that the secondary must have been asked for. */
let held: string | undefined;
const newProject = recordProjects();

beforeAll(async () => {
  telegram = await startFakeTelegram();
  servers = [await startBind9({ address: primaryAddress, zones: { [zone]: text }, keys: { ours: secret } })];
  const slaves = { [zone]: `${primaryAddress}:53` };
  const mayFollow = (wasAsked: (name: string) => boolean) => held === undefined || wasAsked(held);
  servers.push(await startBind9({ address: secondaryAddress, zones: {}, slaves, mayFollow }));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await telegram.close();
});

/** When a server answers with the address for the first time. */
async function firstSeen(server: string, fqdn: string): Promise<number> {
  const signal = AbortSignal.timeout(100_000);
  for (;;) {
    const reply = await ask(server, fqdn, "A", { signal });
    if ("answers" in reply && dataOf(reply.answers, fqdn, "A").includes(address)) return Date.now();
    if (signal.aborted) throw new Error(`${server} never had it`);
    await pause(0.05, signal);
  }
}

test.each([
  ["the record waits for both", 60],
  ["the webhook's own look at the name does, too", 0],
])("no setWebhook before primary and secondary answer: %s", async (_, waitSeconds) => {
  const name = waitSeconds === 0 ? "unwaited" : "waited";
  const host = `${name}.${zone}`;
  held = host;
  const { id, token } = telegram.addBot();
  telegram.setHost(host, { shown: address, connect: "127.0.0.1:9" });
  const via = { rfc2136: { server: `${primaryAddress}:53`, tsigName: "ours", tsigSecret: { $secret: secret } } };
  const nameServers = servers.map((server) => `${server.address}:53`);
  const webhook = {
    ...{ token, url: `https://${host}/tg/x`, secretToken: "the-secret-of-this-bot", apiUrl: telegram.apiUrl },
    ...{ verifySeconds: 0, preflight: { tls: false, http: false, nameServers: [`${primaryAddress}:53`] } },
  };
  const project = await newProject();
  project.declare({
    record: { zone, name, type: "A", values: [address], via, waitSeconds, nameServers },
    bot: { type: "TelegramWebhook", args: webhook, options: { dependsOn: ["record"] } },
  });
  const [primary, secondary] = await Promise.all([
    ...servers.map(({ behind }) => firstSeen(behind, host)),
    project.up(),
  ]);
  const [set] = telegram.journal({ botId: id, method: "setWebhook" });
  expect(Date.parse(set?.at ?? "")).toBeGreaterThanOrEqual(Math.max(primary as number, secondary as number) - 50);
  expect(telegram.state(id).url).toBe(webhook.url);
  const publishedAt = Date.parse(String(project.outputs()?.["publishedAt"]));
  if (waitSeconds > 0) expect(publishedAt).toBeGreaterThanOrEqual((secondary as number) - 100);
});
