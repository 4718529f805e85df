// The TLS check: three judges agree on each certificate and server, namely our verdict, OpenSSL and a real delivery.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import type { Circumstances } from "../../../provider/core/logic";
import { probeTls, tlsOptionsFor } from "../../../provider/probe/tls";
import type { Endpoint, Verdict } from "../../../provider/probe/verdict";
import { startFakeTelegram } from "../../../testing";
import type { FakeTelegram } from "../../../testing";
import { inDays, makeLeaf, serveRaw, serveTls } from "../../support/certificates";
import type { TlsServer } from "../../support/certificates";
import { run } from "../../support/process";
import { until } from "../../support/until";
import { HOST, makePki, rows } from "./tls-table";
import type { Given, Pki, Row } from "./tls-table";

const VERIFY_FAILED = "SSL error {error:0A000086:SSL routines::certificate verify failed}";

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

function circumstances(signal = new AbortController().signal): Circumstances {
  return {
    now: () => new Date(),
    random: Math.random,
    log: () => undefined,
    warn: () => undefined,
    signal,
    sleep: () => Promise.reject(new Error("the TLS check waits for nothing")),
    beyond: () => circumstances(),
  };
}

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
  const { stdout } = await run("openssl", words, { input, timeoutSeconds: 20 });
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
    const closed = server.serverNames.length === 0 && server.closed > 0 ? "closed" : undefined;
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
