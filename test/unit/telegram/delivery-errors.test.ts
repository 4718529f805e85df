// Every message that Telegram's server is known to give has a cause and a cure, and only evidence counts as broken.
import { explainDeliveryError } from "../../../index";
import type { DeliveryErrorKind } from "../../../index";

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
