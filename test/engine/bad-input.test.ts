// Every row of the table of bad input through Pulumi's real dynamic provider host, as a preview sends it.
import * as net from "node:net";
import { fingerprint } from "../../provider/core/hash";
import { providerLine } from "../../provider/host/line";
import { badInput, goodArgs, goodToken } from "../support/bad-input";
import { startDynamicHost, type DynamicHost, type HostError, type Values } from "../support/dynamic-host";
import { repository } from "../support/pulumi";

let host: DynamicHost;
let proxy: net.Server;
let connections = 0;

beforeAll(async () => {
  proxy = net.createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(proxy.address() as net.AddressInfo).port}`;
  const env = { HTTPS_PROXY: address, https_proxy: address, HTTP_PROXY: address, http_proxy: address };
  host = await startDynamicHost({ sdk: repository, directory: repository, env });
  await host.configure({});
});

afterAll(async () => {
  await host.stop();
  await new Promise((resolve) => proxy.close(resolve));
});

/** What the engine sends for these arguments; one that is left out has no key. */
function sent(args: Values): Values {
  const given = Object.entries({ ...goodArgs, ...args }).filter(([, value]) => value !== undefined);
  const { url } = { ...goodArgs, ...args };
  const declared = { name: "bot", values: typeof url === "string" ? { url: fingerprint(url) } : {} };
  return { ...Object.fromEntries(given), __declared: declared, __provider: providerLine("TelegramWebhook") };
}

describe("the dynamic provider host, asked to check a TelegramWebhook", () => {
  it.each(badInput)("refuses $name in one sentence without the secret", async ({ args, reason, secret }) => {
    const { failures } = await host.check({}, sent(args));
    const says = typeof reason === "string" ? reason : (expect.stringMatching(reason) as string);
    expect(failures).toEqual([{ property: "", reason: says }]);
    if (secret !== undefined) expect(`${failures[0]?.reason}${host.stderr()}`).not.toContain(secret);
  });

  it("accepts the arguments that the table is built on", async () => {
    const { failures } = await host.check({}, sent({}));
    expect(failures).toEqual([]);
  });

  it("is asked at least 60 different questions", () => {
    expect(new Set(badInput.map(({ name }) => name)).size).toBeGreaterThanOrEqual(60);
  });

  it("was told at up only that the proxy of the environment cannot be used", async () => {
    const socks4 = { HTTPS_PROXY: "socks4://me:pa55word@p:1080", https_proxy: "", NO_PROXY: "", no_proxy: "" };
    const behind = await startDynamicHost({ sdk: repository, directory: repository, env: socks4 });
    try {
      await behind.configure({});
      const record = {
        ...{ zone: "example.com", name: "bots", type: "A", values: ["203.0.113.7"], __declared: { name: "record" } },
        ...{ via: { cloudflare: { apiToken: "t" } }, __provider: providerLine("DnsRecord") },
      };
      const says =
        "cannot be reached: HTTPS_PROXY names a proxy of the kind socks4, which cannot be used; give one of http, https or socks5";
      const failuresOf = async (news: Values) => (await behind.check({}, news)).failures.map(({ reason }) => reason);
      expect(await failuresOf(sent({}))).toEqual([`apiUrl ${says}`]);
      expect(await failuresOf(record)).toEqual([`via ${says}`]);
      expect(await failuresOf(sent({ apiUrl: "http://127.0.0.1:8081" }))).toEqual([]);
    } finally {
      await behind.stop();
    }
  });

  it("prints nothing and connects to nobody for all of them, but does connect to create", async () => {
    expect({ stdout: host.stdout(), stderr: host.stderr(), connections }).toEqual({
      stdout: "",
      stderr: "",
      connections: 0,
    });
    const { inputs } = await host.check({}, sent({}));
    const error = (await host.create(inputs).catch((error: unknown) => error)) as HostError;
    expect(error.message).toMatch(
      /^telegram getWebhookInfo for bot 123456789 at api\.telegram\.org got no answer: .*\. \[TELEGRAM_UNREACHABLE\]$/,
    );
    expect(error.message + host.stderr()).not.toContain(goodToken.slice(10));
    expect(connections).toBeGreaterThan(0);
  });
});
