// Deliveries over TLS: whom the server trusts, how names are compared, and its words for failures.
import net from "node:net";
import type tls from "node:tls";
import { fixtures, json, multipart, OK, SILENCE, until } from "./raw";
import type { Fixture } from "./raw";
import type { KeyPair } from "./certificates";
import { selfSigned, signed } from "./certificates";

const start = fixtures();
const HOST = "bot.example.com";
const VERIFY_FAILED = "SSL error {error:0A000086:SSL routines::certificate verify failed}";

const serving = ({ certificate, key }: KeyPair, chain = "") => ({ cert: certificate + chain, key });
const ofHost = signed(HOST);
const ownOfHost = selfSigned(HOST);

interface Case {
  served: KeyPair;
  upload?: string;
  trust?: string;
  host?: string;
  /** Of the endpoint's TLS; default: it serves the certificate. */
  options?: tls.TlsOptions;
}

/** The outcome of one message through a TLS endpoint. */
async function outcome({ served, upload, trust, host = HOST, options = serving(served) }: Case): Promise<unknown> {
  const bot = await start(host === HOST ? {} : { local: true });
  const endpoint = await bot.endpoint(() => OK, options);
  bot.telegram.setHost(host, {
    connect: `127.0.0.1:${endpoint.port}`,
    shown: host === HOST ? "149.154.167.220" : host,
  });
  if (trust !== undefined) bot.telegram.trust(trust);
  const files: Record<string, string> = upload === undefined ? {} : { certificate: upload };
  const answer = await bot.raw("setWebhook", multipart({ url: `https://${host}:8443/` }, files));
  expect(JSON.parse(answer.text)).toMatchObject({ description: "Webhook was set" });
  bot.telegram.message(bot.id, { text: "hello" });
  const error = () => bot.telegram.state(bot.id).lastError?.message;
  return until(() => (endpoint.requests.length === 1 ? "delivered" : error()), "an outcome");
}

test.each<[string, Case, string]>([
  ["self-signed, uploaded", { served: ownOfHost, upload: ownOfHost.certificate }, "delivered"],
  ["self-signed, not uploaded", { served: ownOfHost }, VERIFY_FAILED],
  ["of an authority that the server trusts", { served: ofHost.leaf, trust: ofHost.authority.certificate }, "delivered"],
  ["of an authority that it does not trust", { served: ofHost.leaf }, VERIFY_FAILED],
  ["of an uploaded authority", { served: ofHost.leaf, upload: ofHost.authority.certificate }, "delivered"],
  [
    "of an authority that is second in the upload",
    { served: ofHost.leaf, upload: ownOfHost.certificate + ofHost.authority.certificate },
    "delivered",
  ],
  ["of an authority, uploaded as leaf", { served: ofHost.leaf, upload: ofHost.leaf.certificate }, VERIFY_FAILED],
  [
    "of a trusted authority, with another upload",
    { served: ofHost.leaf, trust: ofHost.authority.certificate, upload: ownOfHost.certificate },
    VERIFY_FAILED,
  ],
])("a certificate %s: %#", async (_, given, expected) => {
  expect(await outcome(given)).toBe(expected);
});

test("a certificate for another name fails", async () => {
  const other = selfSigned("other.example.com");
  expect(await outcome({ served: other, upload: other.certificate })).toBe(VERIFY_FAILED);
});

test("a wildcard of one label is enough", async () => {
  const wildcard = selfSigned("wild", "DNS:*.example.com");
  expect(await outcome({ served: wildcard, upload: wildcard.certificate })).toBe("delivered");
});

test("an expired certificate fails", async () => {
  const { leaf, authority } = signed(HOST, 0);
  expect(await outcome({ served: leaf, trust: authority.certificate })).toBe(VERIFY_FAILED);
});

describe("an IP address in the URL", () => {
  const host = "127.0.0.1";

  test.each([
    ["with an upload needs the address as common name", selfSigned(host, null), "delivered"],
    ["with an upload is content with a DNS name that is the address", selfSigned("x", `DNS:${host}`), "delivered"],
    ["with an upload is not content with an IP name", selfSigned("x", `IP:${host}`), VERIFY_FAILED],
  ])("%s", async (_, served, expected) => {
    expect(await outcome({ host, served, upload: served.certificate })).toBe(expected);
  });

  test.each([
    ["2130706433, without an upload, needs its IP name", "IP:127.0.0.1", undefined, "delivered"],
    ["2130706433, with an upload, needs its own text as name", "DNS:2130706433", "upload", "delivered"],
    [
      "2130706433, with an upload, is not content with the address",
      "IP:127.0.0.1,DNS:127.0.0.1",
      "upload",
      VERIFY_FAILED,
    ],
  ])("written as %s", async (_, san, isUploaded, expected) => {
    const served = selfSigned("x", san);
    const anchor = isUploaded ? { upload: served.certificate } : { trust: served.certificate };
    expect(await outcome({ host: "2130706433", served, ...anchor })).toBe(expected);
  });

  test.each([
    ["without an upload needs an IP name", selfSigned("x", `IP:${host}`), "delivered"],
    ["without an upload is not content with the common name", selfSigned(host, null), VERIFY_FAILED],
  ])("%s", async (_, served, expected) => {
    expect(await outcome({ host, served, trust: served.certificate })).toBe(expected);
  });
});

describe("an endpoint that speaks only an old version of TLS", () => {
  const versions = ["TLSv1", "TLSv1.1"] as const;
  const old = (served: KeyPair, version: "TLSv1" | "TLSv1.1") => ({
    ...serving(served),
    minVersion: version,
    maxVersion: version,
    ciphers: "DEFAULT:@SECLEVEL=0",
  });
  // OpenSSL 3.5, that of Node.js 24, does not even offer these versions at the server's security level.
  const isOffered = process.versions.openssl.startsWith("3.0.");
  const notOffered = "SSL error {error:0A00042E:SSL routines::tlsv1 alert protocol version}";
  const tooOld = isOffered
    ? "SSL error {error:0A00014D:SSL routines::legacy sigalg disallowed or unsupported}"
    : notOffered;
  const refused = isOffered ? VERIFY_FAILED : notOffered;

  test.each(versions)("%s fails by its signature when the certificate is good", async (version) => {
    const { leaf, authority } = ofHost;
    expect(await outcome({ served: leaf, trust: authority.certificate, options: old(leaf, version) })).toBe(tooOld);
  });

  test.each(versions)("%s fails by its certificate when that is not good", async (version) => {
    const other = selfSigned("other.example.com");
    expect([
      await outcome({ served: ofHost.leaf, options: old(ofHost.leaf, version) }),
      await outcome({ served: other, upload: other.certificate, options: old(other, version) }),
    ]).toEqual([refused, refused]);
  });
});

test("an endpoint that asks for a certificate of the server's own is an error", async () => {
  const options = { ...serving(ownOfHost), requestCert: true, ca: ownOfHost.certificate };
  expect(await outcome({ served: ownOfHost, upload: ownOfHost.certificate, options })).toBe(
    "SSL error {error:0A00045C:SSL routines::tlsv13 alert certificate required}",
  );
});

/** The last error of a webhook whose endpoint speaks like this. */
async function errorOf(serve: (socket: net.Socket) => void): Promise<[string, Fixture]> {
  const bot = await start();
  const server = net.createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as net.AddressInfo;
    bot.telegram.setHost(HOST, { connect: `127.0.0.1:${port}` });
    await bot.raw("setWebhook", json({ url: `https://${HOST}/` }));
    return [await until(() => bot.telegram.state(bot.id).lastError?.message, "an error"), bot];
  } finally {
    server.close();
  }
}

const alert = (code: number) => (socket: net.Socket) => {
  socket.once("data", () => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, code])));
};

test.each([
  [
    "plain HTTP",
    (socket: net.Socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
    "0A00010B:SSL routines::wrong version number",
  ],
  ["handshake failure", alert(40), "0A000410:SSL routines::sslv3 alert handshake failure"],
  ["internal error", alert(80), "0A000438:SSL routines::tlsv1 alert internal error"],
  ["unrecognized name", alert(112), "0A000458:SSL routines::tlsv1 unrecognized name"],
  ["protocol version", alert(70), "0A00042E:SSL routines::tlsv1 alert protocol version"],
])("an endpoint that answers with %s is an error without any update", async (_, serve, text) => {
  const [message, bot] = await errorOf(serve);
  expect([message, bot.telegram.deliveries()]).toEqual([`SSL error {error:${text}}`, []]);
});

test("an endpoint that resets the connection is an error", async () => {
  const [message] = await errorOf((socket) => socket.once("data", () => socket.resetAndDestroy()));
  expect(message).toBe("Connection reset by peer");
});

test.each([
  ["leaves no error while nothing is pending", 0, undefined],
  ["is a read timeout after 60 seconds with an update", 1, "Read timeout expired"],
])("a handshake that never ends %s", async (_, updates, text) => {
  const bot = await start({ now: () => new Date("2026-01-01T00:00:00Z") });
  const endpoint = await bot.endpoint(() => SILENCE);
  bot.telegram.setHost(HOST, { connect: `127.0.0.1:${endpoint.port}` });
  for (let i = 0; i < updates; i++) bot.telegram.message(bot.id, { text: "hello" });
  await bot.raw("setWebhook", json({ url: `https://${HOST}/` }));
  await bot.telegram.clock.advance(59);
  const before = bot.telegram.state(bot.id).lastError;
  await bot.telegram.clock.advance(1);
  expect([before, bot.telegram.state(bot.id).lastError?.message]).toEqual([null, text]);
});

test("an address that never answers is a write timeout after 60 seconds", async () => {
  const bot = await start({ now: () => new Date("2026-01-01T00:00:00Z") });
  bot.telegram.setHost(HOST, { unanswered: true });
  await bot.raw("setWebhook", json({ url: `https://${HOST}/` }));
  await bot.telegram.clock.advance(61);
  expect(bot.telegram.state(bot.id).lastError?.message).toBe("Write timeout expired");
});

test("an endpoint that resets every connection as it comes is an error, each time", async () => {
  for (let i = 0; i < 10; i++) {
    const [message] = await errorOf((socket) => socket.destroy());
    expect(message).toBe("Connection reset by peer");
  }
});

test("an endpoint that reads the handshake and then hangs up leaves no error", async () => {
  const bot = await start({ now: () => new Date("2026-01-01T00:00:00Z") });
  let hangUps = 0;
  const server = net.createServer((socket) => {
    socket
      .on("error", () => undefined)
      .once("data", () => {
        hangUps += 1;
        socket.end();
      });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  bot.telegram.setHost(HOST, { connect: `127.0.0.1:${(server.address() as net.AddressInfo).port}` });
  await bot.raw("setWebhook", json({ url: `https://${HOST}/` }));
  await bot.telegram.clock.advance(1);
  server.close();
  expect([hangUps, bot.telegram.state(bot.id).lastError]).toEqual([1, null]);
});
