// Every message that Telegram's server is known to give has a cause and a cure, and only evidence counts as broken.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { explainDeliveryError } from "../../../index";
import type { DeliveryErrorKind } from "../../../index";
import { errorSince } from "../../../provider/telegram/webhook/watch";

const answer = (status: string) => `Wrong response from the webhook: ${status}`;
const ssl = (words: string, code = "0A000086") => `SSL error {error:${code}:SSL routines::${words}}`;

/** The catalogue of the server's source, and what production has been seen to say; is it evidence that it cannot work? */
const known: readonly (readonly [message: string, kind: DeliveryErrorKind, isBroken: boolean])[] = [
  [ssl("certificate verify failed"), "certificate", true],
  [
    "SSL error {error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed}",
    "certificate",
    true,
  ],
  [ssl("ee key too small"), "certificate", true],
  [ssl("wrong version number", "0A00010B"), "tls", true],
  [ssl("unsupported protocol", "0A000102"), "tls", true],
  [ssl("tlsv1 alert protocol version", "0A00042E"), "tls", true],
  [ssl("tlsv13 alert certificate required", "0A00045C"), "tls", true],
  [ssl("sslv3 alert handshake failure", "0A000410"), "notYet", false],
  [ssl("tlsv1 alert internal error", "0A000438"), "notYet", false],
  [ssl("tlsv1 unrecognized name", "0A000458"), "notYet", false],
  [ssl("legacy sigalg disallowed or unsupported", "0A00014D"), "tls", true],
  [ssl("unexpected eof while reading", "0A000126"), "notYet", false],
  ["Can't create an SSL context: no certificate or crl found", "certificate", true],
  ["Can't create an SSL connection: internal error", "notYet", false],
  [answer("301 Moved Permanently"), "redirect", true],
  [answer("302 Found"), "redirect", true],
  [answer("307 Temporary Redirect"), "redirect", true],
  [answer("308 Permanent Redirect"), "redirect", true],
  [answer("304 Not Modified"), "answer", false],
  [answer("400 Bad Request"), "answer", false],
  [answer("401 Unauthorized"), "secret", true],
  [answer("403 Forbidden"), "secret", true],
  [answer("404 Not Found"), "path", true],
  [answer("405 Method Not Allowed"), "path", true],
  [answer("407 Proxy Authentication Required"), "path", true],
  [answer("408 Request Timeout"), "answer", false],
  [answer("410 Gone"), "path", true],
  [answer("411 Length Required"), "answer", false],
  [answer("413 Request Entity Too Large"), "answer", false],
  [answer("415 Unsupported Media Type"), "answer", false],
  [answer("418 I'm a teapot"), "answer", false],
  [answer("421 Misdirected Request"), "path", true],
  [answer("429 Too Many Requests"), "answer", false],
  [answer("500 Internal Server Error"), "answer", false],
  [answer("502 "), "notYet", false],
  [answer("503 Service Temporarily Unavailable"), "notYet", false],
  [answer("504 Gateway Time-out"), "notYet", false],
  [answer("507 Insufficient Storage"), "answer", false],
  [answer("522 "), "notYet", false],
  [answer("530 <none>"), "notYet", false],
  ["Connection refused", "notYet", false],
  ["Connection timed out", "notYet", false],
  ["Write timeout expired", "notYet", false],
  ["Read timeout expired", "notYet", false],
  ["Connection reset by peer", "notYet", false],
  ["Broken pipe", "notYet", false],
  ["No route to host", "notYet", false],
  ["Network is unreachable", "notYet", false],
  ["Can't connect to the webhook", "notYet", false],
  ["Can't connect to the webhook proxy", "notYet", false],
  ["Unsupported Media Type: unsupported content-encoding", "answer", false],
  ["Bad Request: invalid response body", "answer", false],
  ["Bad Request", "answer", false],
  ["Bad Request: zlib error -3", "answer", false],
  ["Bad Request: boundary not found", "answer", false],
  ["Request Entity Too Large: too many parameters", "answer", false],
  ["Unimplemented: unsupported transfer-encoding", "answer", false],
  ["HTTP Version Not Supported", "answer", false],
  ["Not Implemented", "answer", false],
  [answer("0 X"), "answer", false],
  [answer("2000 X"), "answer", false],
];

test.each(known)("%s is explained", (message, kind, isBroken) => {
  const explained = explainDeliveryError(message);
  expect(explained).toMatchObject({ kind, isBroken });
  expect(explained.cause).toMatch(/^[A-Z].*\.$/);
  expect(explained.cure).toMatch(/^[A-Z].*\.$/);
});

test("what is known has a sentence of its own: few messages share one", () => {
  const causes = new Set(known.map(([message]) => explainDeliveryError(message).cause));
  expect(causes.size).toBeGreaterThan(35);
});

test("an unknown message is said to be unknown, and is no evidence", () => {
  expect(explainDeliveryError("Something new")).toEqual({
    kind: "unknown",
    isBroken: false,
    cause: "This version does not know the message.",
    cure: "Run `npx pulumi-telegram doctor <url>`, and look into the log of the endpoint.",
  });
});

/** Every error that the recorded server gave, after an update or after setWebhook. */
function recorded(): string[] {
  const found = new Set<string>();
  const collect = (value: unknown, key = ""): void => {
    if (typeof value === "string") {
      if (/^(?:error|error_after_set|last_error_message)$/.test(key)) found.add(value);
      for (const [, words = ""] of value.matchAll(/"last_error_message":("(?:[^"\\]|\\.)*")/g))
        found.add(JSON.parse(words) as string);
    } else if (typeof value === "object" && value !== null) {
      for (const [name, one] of Object.entries(value)) collect(one, name);
    }
  };
  for (const name of ["responses", "timing", "tls", "histories", "replies"]) {
    const file = join(__dirname, "../../fixtures/recordings", `${name}.json`);
    collect(JSON.parse(readFileSync(file, "utf8")));
  }
  return [...found];
}

test("every error that the real server was recorded with is explained", () => {
  const messages = recorded();
  expect(messages.length).toBeGreaterThan(40);
  expect(messages.filter((message) => explainDeliveryError(message).kind === "unknown")).toEqual([]);
});

describe("the endpoint's own words", () => {
  const ofOthers = known.map(([message]) => message.replace(/^.*?: \d+ /, ""));
  const anyWords = fc.oneof(
    fc.constantFrom(...ofOthers),
    fc.string({ unit: "binary" }),
    fc.constantFrom("\n", " 401 "),
  );

  test("never decide: of an answer only the number counts, in one line or several", () => {
    const anyAnswer = fc.tuple(fc.integer({ min: 100, max: 999 }), fc.array(anyWords, { maxLength: 4 }));
    fc.assert(
      fc.property(anyAnswer, ([status, said]) => {
        const explained = explainDeliveryError(answer(`${status} ${said.join(" ")}`));
        expect(explained).toEqual(explainDeliveryError(answer(`${status} `)));
      }),
      { numRuns: 10_000 },
    );
  });

  test.each([
    [answer("502 certificate verify failed"), "notYet"],
    [answer("500 nginx/1.2\nhttp request"), "answer"],
    [answer("429 100"), "answer"],
    [answer("POST:/x:[method:sendMessage]:keep-alive\nhost=x\nBEGIN CONTENT\nWrite timeout expired"), "answer"],
  ])("a header's value that reads like another error changes nothing: %j", (message, kind) => {
    expect(explainDeliveryError(message)).toMatchObject({ kind, isBroken: false });
  });
});

test("of an endpoint's long reason a sentence has the beginning", () => {
  const lastErrorMessage = answer(`500 ${"x".repeat(5000)}`);
  const live = { url: "", hasCustomCertificate: false, pendingUpdateCount: 1, lastErrorMessage };
  const error = errorSince(new Date(0), { ...live, lastErrorAt: "2026-11-28T12:00:00Z" });
  expect(error?.message).toMatch(/^Wrong response from the webhook: 500 x{150,200}… \(\d+ more characters\)$/);
});

describe("words that several failures share", () => {
  const says = (message: string) => {
    const { cause, cure } = explainDeliveryError(message);
    return `${cause} ${cure}`;
  };

  test.each(["Connection reset by peer", "Broken pipe"])("a 500 that is told as %s is among them", (message) => {
    expect(says(message)).toMatch(/a 500 of a server that then closes .*`Connection: close`/);
  });

  test("a read timeout may be the bot's, or that of a silent TLS server", () => {
    expect(says("Read timeout expired")).toMatch(/^No complete answer.*TLS handshake.*doctor/);
  });

  test("no verdict of OpenSSL on a certificate names one reason", () => {
    expect(says(ssl("certificate verify failed"))).toMatch(/does not say why: .*expired.* another name.*intermediates/);
  });

  test.each(["Bad Request", "Bad Request: boundary not found", "Request Entity Too Large: too many parameters"])(
    "%s says nothing of the status, which may have been 200",
    (message) => expect(says(message)).toMatch(/whatever its status was/),
  );
});
