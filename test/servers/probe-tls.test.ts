// The TLS check: three judges agree on each certificate and server, namely our verdict, OpenSSL and a real delivery.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import type { ExecutionContext } from "../../provider/core/logic";
import { lintCertificate } from "../../provider/probe/certificate-lint";
import { probeTls, tlsOptionsFor } from "../../provider/probe/tls";
import type { Endpoint, Verdict } from "../../provider/probe/verdict";
import { startFakeTelegram } from "../../testing";
import type { FakeTelegram } from "../../testing";
import { makeAuthority, makeLeaf, serveRaw, serveTls } from "../support/certificates";
import type { TlsServer } from "../support/certificates";
import { run, start } from "../support/process";
import { recording } from "../support/recordings/data";
import { until } from "../support/until";
import { ADDRESS, certificateRows, HOST, makePki, rows } from "../unit/probe/tls-table";
import type { Given, Pki, Row } from "../unit/probe/tls-table";
import { realTime } from "../support/real-time";

const VERIFY_FAILED = "SSL error {error:0A000086:SSL routines::certificate verify failed}";

const top = path.join(__dirname, "../..");

let pki: Pki;
let telegram: FakeTelegram;
let folder: string;
const servers: TlsServer[] = [];

beforeAll(async () => {
  pki = await makePki();
  telegram = await startFakeTelegram();
  telegram.trust(pki.root.certificate);
  folder = mkdtempSync(path.join(tmpdir(), "tls-judges-"));
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

afterAll(async () => {
  await telegram.close();
  rmSync(folder, { recursive: true });
});

const circumstances = (signal = new AbortController().signal): ExecutionContext => ({
  ...realTime(),
  signal,
  sleep: () => Promise.reject(new Error("the TLS check waits for nothing")),
});

const endpointOf = ({ server, upload }: Given, host = HOST): Endpoint => ({
  host,
  port: server.port,
  address: server.address,
  publicAuthorities: [pki.root.certificate],
  ...(upload === undefined ? {} : { uploaded: upload }),
});

/** A verdict as the table has it, whatever port was free. */
const shown = (verdict: Verdict, port: number) =>
  JSON.parse(JSON.stringify(verdict).replaceAll(`:${port}`, ":443")) as unknown;

/** Whether a request gets through by the rules of the server, as OpenSSL sees it. */
async function judgedByOpenssl({ host, port, address, uploaded }: Endpoint): Promise<"pass" | "no"> {
  const trusted = path.join(folder, `${port}.pem`);
  writeFileSync(trusted, uploaded ?? pki.root.certificate);
  const isAddress = isIP(host) !== 0;
  const name = isAddress && uploaded === undefined ? ["-verify_ip", host] : ["-verify_hostname", host];
  const trust = ["-CAfile", trusted, "-no-CApath", "-no-CAstore", "-verify_return_error", ...name];
  const rules = ["-min_protocol", "TLSv1.2", "-cipher", "DEFAULT:@SECLEVEL=2"];
  const sni = isAddress ? ["-noservername"] : ["-servername", host];
  const words = ["s_client", "-connect", `${address}:${port}`, "-quiet", "-ign_eof", ...sni, ...trust, ...rules];
  const input = `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`;
  const { stdout } = await run("openssl", words, { input, timeoutSeconds: 60 });
  return stdout.startsWith("HTTP/1.1 200") ? "pass" : "no";
}

/** Whether a strict connection with our options, as the HTTP check makes it, brings a request through. */
function judgedByOptions(endpoint: Endpoint): Promise<"pass" | "no"> {
  return new Promise((resolve) => {
    const socket = tls.connect({ host: endpoint.address, port: endpoint.port, ...tlsOptionsFor(endpoint) });
    const end = (judgement: "pass" | "no") => {
      socket.destroy();
      resolve(judgement);
    };
    socket.on("error", () => end("no"));
    socket.on("close", () => end("no"));
    socket.on("data", (bytes: Buffer) => end(bytes.toString().startsWith("HTTP/1.1 200") ? "pass" : "no"));
    socket.once("secureConnect", () => socket.write("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"));
  });
}

/** What becomes of one message: "delivered", "closed", or the error that the server records. */
async function delivery({ server, upload }: Given, host: string): Promise<string> {
  const { id } = telegram.addBot();
  telegram.setHost(host, { connect: `${server.address}:${server.port}` });
  const parameters = { url: `https://${host}/`, ...(upload === undefined ? {} : { certificate: upload }) };
  const outsider = telegram.outsider(id);
  expect(await outsider.setWebhook(parameters)).toMatchObject({ description: "Webhook was set" });
  telegram.message(id, { text: "hello" });
  let seen: string | undefined;
  await until(() => {
    // The second connection is begun when the first one's end is known.
    const closed = server.serverNames.length === 0 && server.closed > 1 ? "closed" : undefined;
    const isDelivered = telegram.deliveries(id).some(({ outcome }) => outcome === "delivered");
    seen = isDelivered ? "delivered" : (telegram.state(id).lastError?.message ?? closed);
    return seen !== undefined;
  });
  await outsider.deleteWebhook();
  return seen ?? "";
}

const expectedDelivery = ({ verdict, telegram: words }: Row) =>
  words ?? (verdict.outcome === "pass" ? "delivered" : VERIFY_FAILED);

describe("OpenSSL, a real delivery and our verdict agree on a certificate or server:", () => {
  test.each(rows.map((row): [string, Row] => [row.title, row]))("%s", async (_, row) => {
    const given = await row.make(pki);
    servers.push(given.server);
    const endpoint = endpointOf(given, row.host);
    const delivered = await delivery(given, row.host ?? HOST);
    const verdict = await probeTls(endpoint, circumstances());
    const judgement = row.verdict.outcome === "pass" ? "pass" : "no";
    expect({
      verdict: shown(verdict, endpoint.port),
      options: await judgedByOptions(endpoint),
      openssl: await judgedByOpenssl(endpoint),
      delivered,
    }).toEqual({
      verdict: { check: "tls", ...row.verdict },
      options: judgement,
      openssl: judgement,
      delivered: expectedDelivery(row),
    });
  });
});

describe("the linter, which has only the texts, agrees on a certificate", () => {
  test.each(certificateRows.map((row): [string, Row] => [row.title, row]))("%s", async (_, row) => {
    const { server, served = "", upload } = await row.make(pki);
    servers.push(server);
    const verdict = lintCertificate({
      certificatePem: served,
      url: `https://${row.host ?? HOST}/tg`,
      uploaded: upload ?? false,
      publicAuthorities: [pki.root.certificate],
    });
    expect(verdict.outcome).toBe(row.verdict.outcome);
  });
});

test("a chain of more intermediates than Telegram's server takes is refused, although Node takes it", async () => {
  const lengths = [10, 11].map(async (length) => {
    let issuer = pki.own;
    const below: string[] = [];
    while (below.length < length) {
      issuer = await makeAuthority({ cn: `Lower ${below.length}`, issuer });
      below.unshift(issuer.certificate);
    }
    const leaf = await makeLeaf({ names: [HOST], issuer });
    const server = await serveTls({ chain: [leaf.certificate, ...below], key: leaf.key });
    servers.push(server);
    const endpoint = endpointOf({ server, upload: pki.own.certificate });
    return [shown(await probeTls(endpoint, circumstances()), endpoint.port), await judgedByOptions(endpoint)];
  });
  const says = `${HOST}:443 serves a certificate with more intermediates than Telegram allows.`;
  const cure = "Have it signed by an authority nearer to the root.";
  expect(await Promise.all(lengths)).toEqual([
    [expect.objectContaining({ outcome: "pass" }), "pass"],
    [{ check: "tls", outcome: "fail", says, cure }, "pass"],
  ]);
});

/** A server with a good certificate, and the endpoint that leads to it. */
async function goodServer(host = HOST): Promise<[TlsServer, Endpoint]> {
  const names = isIP(host) === 0 ? { names: [host] } : { ips: [host] };
  const leaf = await makeLeaf({ ...names, issuer: pki.root });
  const server = await serveTls({ chain: [leaf.certificate], key: leaf.key });
  servers.push(server);
  return [server, endpointOf({ server }, host)];
}

test("the server is told the host name, and no name for an IP address", async () => {
  const [named, byName] = await goodServer();
  const [plain, byAddress] = await goodServer(ADDRESS);
  expect([(await probeTls(byName, circumstances())).outcome, named.serverNames]).toEqual(["pass", [HOST]]);
  expect([(await probeTls(byAddress, circumstances())).outcome, plain.serverNames]).toEqual(["pass", [undefined]]);
});

test("one connection is made, and it is closed, whatever the verdict is", async () => {
  const [good, endpoint] = await goodServer();
  expect(await probeTls(endpoint, circumstances())).toMatchObject({ outcome: "pass" });
  await until(() => good.closed === 1);
  const [bad, wrong] = await goodServer("www.example.com");
  expect(await probeTls({ ...wrong, host: HOST }, circumstances())).toMatchObject({ outcome: "fail" });
  await until(() => bad.closed === 1);
  expect([good.serverNames.length, bad.serverNames.length]).toEqual([1, 1]);
});

test("a server that gives no session ticket passes as well", async () => {
  const leaf = await makeLeaf({ names: [HOST], issuer: pki.root });
  const [certificate, key] = ["certificate", "key"].map((name) => path.join(folder, `${name}.pem`));
  writeFileSync(certificate ?? "", leaf.certificate);
  writeFileSync(key ?? "", leaf.key);
  const files = ["-cert", certificate ?? "", "-key", key ?? ""];
  const server = start("openssl", ["s_server", "-accept", "127.0.0.1:0", "-www", "-num_tickets", "0", ...files]);
  try {
    const [, port] = await server.waitFor(/^ACCEPT 127\.0\.0\.1:(\d+)$/);
    const endpoint = {
      host: HOST,
      address: "127.0.0.1",
      port: Number(port),
      publicAuthorities: [pki.root.certificate],
    };
    expect(await probeTls(endpoint, circumstances())).toMatchObject({ outcome: "pass" });
  } finally {
    await server.stop();
  }
});

interface RecordedEndpoint {
  name: string;
  host: string;
  endpoint: string;
  serves?: string[];
  uploaded: string[] | null;
  server_limits?: { minimum?: tls.SecureVersion; maximum?: tls.SecureVersion; ciphers?: string };
  with_root_trusted: { delivered: boolean };
}

test("each recorded TLS endpoint fails the check if and only if the real server delivered nothing to it", async () => {
  const { cases, certificates } = recording<{
    cases: RecordedEndpoint[];
    certificates: Record<string, { certificate: string; key: string }>;
  }>("tls");
  const pemOf = (names: string[]) => names.map((name) => certificates[name]?.certificate ?? "");
  const judged = await Promise.all(
    cases
      .filter(({ endpoint }) => endpoint === "tls")
      .map(async ({ name, host, serves = [], uploaded, server_limits: limits, with_root_trusted: recorded }) => {
        const server = await serveTls({
          chain: pemOf(serves),
          key: certificates[serves[0] ?? ""]?.key ?? "",
          ...(limits?.minimum && { minVersion: limits.minimum }),
          ...(limits?.maximum && { maxVersion: limits.maximum }),
          ...(limits?.ciphers && { ciphers: limits.ciphers }),
        });
        servers.push(server);
        const upload = uploaded === null ? {} : { uploaded: pemOf(uploaded).join("") };
        const endpoint = {
          host,
          port: server.port,
          address: server.address,
          publicAuthorities: pemOf(["root"]),
          ...upload,
        };
        const { outcome, says } = await probeTls(endpoint, circumstances());
        return { name, outcome, says, expected: recorded.delivered ? "pass" : "fail" };
      }),
  );
  expect(judged.length).toBeGreaterThan(35);
  expect(judged.filter(({ outcome, expected }) => outcome !== expected)).toEqual([]);
});

describe("a server that says nothing", () => {
  const at = `127.0.0.1:443 (${HOST})`;
  let server: TlsServer;
  let endpoint: Endpoint;
  let isGreeted: boolean;

  beforeEach(async () => {
    isGreeted = false;
    server = await serveRaw((socket) => socket.once("data", () => (isGreeted = true)));
    servers.push(server);
    endpoint = endpointOf({ server });
  });

  /** Like `until`, for when time stands still. */
  const turnsUntil = async (isTrue: () => boolean) => {
    while (!isTrue()) await new Promise((resolve) => setImmediate(resolve));
  };

  /** The verdict when the time has come, and what it was a moment before. */
  async function tenSecondsLater(isReady: () => boolean): Promise<[unknown, unknown]> {
    jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "queueMicrotask", "performance", "Date"] });
    try {
      let verdict: Verdict | undefined;
      void probeTls(endpoint, circumstances()).then((one) => (verdict = one));
      await turnsUntil(isReady);
      jest.advanceTimersByTime(9_999);
      await new Promise((resolve) => setImmediate(resolve));
      const before = verdict;
      jest.advanceTimersByTime(1);
      await turnsUntil(() => verdict !== undefined);
      return [before, verdict && shown(verdict, endpoint.port)];
    } finally {
      jest.useRealTimers();
    }
  }

  test("is left after 10 seconds", async () => {
    const says = `${at} takes the connection and then says nothing: no TLS handshake within 10 s. As long as no update waits, Telegram may report no error of this.`;
    const cure = "See in the server's log why.";
    expect(await tenSecondsLater(() => isGreeted)).toEqual([
      undefined,
      { check: "tls", outcome: "cannot tell", says, cure, mayChange: true },
    ]);
    await until(() => server.closed === 1);
  });

  test("is left at the deadline of the operation", async () => {
    const operation = new AbortController();
    const verdict = probeTls(endpoint, circumstances(operation.signal));
    await until(() => isGreeted);
    operation.abort();
    expect(shown(await verdict, endpoint.port)).toEqual({
      check: "tls",
      outcome: "cannot tell",
      says: `The time was up before ${at} had finished a TLS handshake.`,
    });
    await until(() => server.closed === 1);
  });

  test("is not even asked after the deadline of the operation", async () => {
    const verdict = await probeTls(endpoint, circumstances(AbortSignal.abort()));
    expect([verdict.outcome, server.closed, isGreeted]).toEqual(["cannot tell", 0, false]);
  });
});

test("an address without an answer is left after 10 seconds", async () => {
  jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "queueMicrotask", "performance", "Date"] });
  try {
    const verdict = probeTls({ host: HOST, address: "127.0.0.1", port: 443 }, circumstances());
    jest.advanceTimersByTime(10_000); // before the system could answer
    expect(await verdict).toEqual({
      check: "tls",
      outcome: "cannot tell",
      says: `127.0.0.1:443 (${HOST}) does not answer: no connection within 10 s.`,
      cure: "If only Telegram's addresses may connect, this is as it should be; otherwise open the port.",
      mayChange: true,
    });
  } finally {
    jest.useRealTimers();
  }
});

test("the authorities of NODE_EXTRA_CA_CERTS are public ones, beside those of Node", async () => {
  const [, { port }] = await goodServer();
  const authority = path.join(folder, "extra.pem");
  writeFileSync(authority, pki.root.certificate);
  const program = `
    const { probeTls } = require(${JSON.stringify(path.join(__dirname, "../../provider/probe/tls.ts"))});
    const context = { now: () => new Date(), signal: new AbortController().signal };
    const endpoint = { host: ${JSON.stringify(HOST)}, address: "127.0.0.1", port: ${port} };
    probeTls(endpoint, context).then(({ outcome }) => console.log(outcome));`;
  const outcome = async (env: NodeJS.ProcessEnv) => {
    const words = ["-r", "ts-node/register/transpile-only", "-e", program];
    return (await run(process.execPath, words, { cwd: top, env: { ...process.env, ...env } })).stdout.trim();
  };
  expect(await outcome({ NODE_EXTRA_CA_CERTS: authority })).toBe("pass");
  expect(await outcome({ NODE_EXTRA_CA_CERTS: "" })).toBe("fail");
});

test("NODE_TLS_REJECT_UNAUTHORIZED=0 does not make a bad certificate good", async () => {
  const leaf = await makeLeaf({ names: [HOST] });
  const server = await serveTls({ chain: [leaf.certificate], key: leaf.key });
  servers.push(server);
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  try {
    expect(await probeTls(endpointOf({ server }), circumstances())).toMatchObject({ outcome: "fail" });
    expect(await judgedByOptions(endpointOf({ server }))).toBe("no");
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  }
});
