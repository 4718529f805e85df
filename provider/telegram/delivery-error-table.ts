// The table of Telegram's delivery errors: which words, of what kind, with which cause and cure.
// Sources: tdlib/telegram-bot-api `WebhookActor.cpp` (01a3679), td `SslStream.cpp`, `HttpOutboundConnection.cpp` (49b3bcb),
// core.telegram.org/bots/webhooks, read Oct 2026; recorded answers of that server (test/fixtures/recordings), Nov 2026.
import { deliverySeconds, telegramRanges } from "../constants/telegram";

/** What an error is about. "notYet" is what passes by itself when whoever listens comes up. */
export type DeliveryErrorKind =
  "certificate" | "tls" | "secret" | "path" | "redirect" | "answer" | "notYet" | "unknown";

/** A cause is true of every failure with these words: Telegram's server gives several failures the same. */
type Row = readonly [fits: (message: string) => boolean, kind: DeliveryErrorKind, cause: string, cure: string];

const beginning = "^Wrong response from the webhook:";
const isAnswered = new RegExp(beginning, "i");

/** The endpoint answered. Only the number counts: the words after it are the endpoint's, or the value of one of its headers. */
const answer = (codes: string) => {
  const pattern = new RegExp(`${beginning} (?:${codes})(?!\\d)`, "i");
  return (message: string) => pattern.test(message);
};

/** Words of OpenSSL (its hex codes vary with its version), of the operating system, or of Telegram's reader of HTTP. */
const words = (pattern: RegExp) => (message: string) => !isAnswered.test(message) && pattern.test(message);

/** The table, in the order in which a message is compared; docs/troubleshooting.md has the same rows. */
export const deliveryErrors: readonly Row[] = [
  [
    words(/certificate verify failed/i),
    "certificate",
    "Telegram does not trust the endpoint's certificate, and does not say why: it may have expired, be for another name, come without its intermediates, be too weak, or not fit what is uploaded.",
    "The line tls of `npx pulumi-telegram doctor --stack <name>` says which of them it is.",
  ],
  [
    words(/ee key too small|ca md too weak|dh key too small/i),
    "certificate",
    "The endpoint's key or signature is weaker than OpenSSL allows.",
    "Use a certificate with P-256, or RSA of 2048 bits and SHA-256.",
  ],
  [
    words(/wrong version number|http request/i),
    "tls",
    "The port answers with something that is not TLS, as a server of plain HTTP does.",
    "Serve TLS on that port, or give the url with the port that does.",
  ],
  [
    words(/unsupported protocol|alert protocol version|no protocols available/i),
    "tls",
    "The endpoint speaks no TLS version that Telegram accepts.",
    "Enable TLS 1.2 or 1.3.",
  ],
  [
    words(/legacy sigalg/i),
    "tls",
    "The endpoint signs its TLS handshake in a way that OpenSSL refuses, as servers of TLS 1.1 and older do.",
    "Enable TLS 1.2 or 1.3.",
  ],
  [
    words(/alert certificate required|bad certificate|peer did not return a certificate/i),
    "tls",
    "The endpoint wants a client certificate, and Telegram has none.",
    "Switch mutual TLS off for the webhook's path, and check the secret token instead.",
  ],
  [
    words(/alert internal error/i),
    "notYet",
    "The TLS server ended the handshake with an error of its own, as servers do that have no certificate for this name yet.",
    "Wait for the certificate if one is being issued, or configure one for the host of url.",
  ],
  [
    words(/unrecognized name/i),
    "notYet",
    "The TLS server does not know the host of url.",
    "Add the host to the server's configuration (its server_name, site or ingress).",
  ],
  [
    words(/handshake failure/i),
    "notYet",
    "The TLS server ended the handshake: it has no certificate for this name, or no cipher in common, or wants a client certificate.",
    "Configure a certificate for the host of url and the ciphers of TLS 1.2 or 1.3, and ask for no client certificate.",
  ],
  [
    words(/unexpected eof|Can't create an SSL connection/i),
    "notYet",
    "The connection ended in the middle of the TLS handshake.",
    "Look into the log of the TLS server or of the firewall in front of it.",
  ],
  [
    words(/Can't create an SSL context/i),
    "certificate",
    "Telegram could not load the uploaded certificate.",
    "Upload PEM that `openssl x509 -in file -noout` reads.",
  ],
  [
    answer("401"),
    "secret",
    "The endpoint answers 401: it does not take the secret token that Telegram sends, or something in front of it wants a login.",
    "Give the bot and the webhook the same secret (`pulumi up` with another `reassertTrigger` sends ours again), and let the webhook's path through without a login.",
  ],
  [
    answer("403"),
    "secret",
    "The endpoint refuses the request (403): it expects another secret token, or a firewall or bot protection stands in front of it.",
    `Give the bot and the webhook the same secret, and let Telegram's addresses (${telegramRanges.join(", ")}) through the firewall.`,
  ],
  [
    answer("404"),
    "path",
    "Nothing answers at the path of url (404).",
    "Give the path that the bot or its proxy listens on, to the character.",
  ],
  [
    answer("405"),
    "path",
    "Whatever answers at the path of url takes no POST (405).",
    "Give the path of the bot's webhook, which takes POST.",
  ],
  [
    answer("30[012378]"),
    "redirect",
    "The endpoint redirects, and Telegram never follows.",
    "Give the url that the redirect leads to: often https, www, or a slash at the end makes the difference.",
  ],
  [
    answer("410"),
    "path",
    "The endpoint says that it is gone (410); after 23 hours of it Telegram removes the webhook.",
    "Serve the path again, or destroy the webhook.",
  ],
  [
    answer("421"),
    "path",
    "The server does not serve this host name (421).",
    "Add the host of url to the server's configuration.",
  ],
  [
    answer("407|511"),
    "path",
    "A proxy in front of the endpoint wants a login.",
    "Let the webhook's path through without one.",
  ],
  [
    answer("400|422"),
    "answer",
    "The bot refuses the update (400): it could not read it, or the request went to another program.",
    "Look into the bot's log; a proxy must hand on the body as it is.",
  ],
  [
    answer("408"),
    "answer",
    "The server did not get the whole request in time (408).",
    "Raise the time limit for reading a request in the proxy.",
  ],
  [
    answer("411|413"),
    "answer",
    "The server refuses the size of the body.",
    "Allow bodies of 1 MiB at the webhook's path.",
  ],
  [
    answer("415"),
    "answer",
    "The server does not take JSON (415).",
    "Accept Content-Type application/json at the webhook's path.",
  ],
  [
    answer("429"),
    "answer",
    "The endpoint, or a CDN in front of it, limits the rate (429).",
    "Exempt the webhook's path, or lower maxConnections.",
  ],
  [
    answer("52[0-7]|530"),
    "notYet",
    "Cloudflare cannot reach the server behind it.",
    "See that the origin runs, that its certificate is accepted, and that Cloudflare's addresses may connect.",
  ],
  [
    answer("502"),
    "notYet",
    "The proxy answers, the bot behind it does not (502).",
    "Start the bot, and compare its port with the proxy's upstream.",
  ],
  [
    answer("503"),
    "notYet",
    "The endpoint says that it is not available (503).",
    "Start the bot, or end the maintenance.",
  ],
  [
    answer("504"),
    "notYet",
    "The bot did not answer its proxy in time (504).",
    "Answer first and work afterwards, or raise the proxy's time limit.",
  ],
  [
    answer("500"),
    "answer",
    "The endpoint answers 500: the bot, or a server in front of it, failed, and the same update comes again.",
    "Look into the bot's log, and answer 200 although the work failed.",
  ],
  [answer("5\\d\\d"), "answer", "The server failed.", "Look into the log of the bot and of the proxy before it."],
  [answer("4\\d\\d"), "answer", "The endpoint refuses the request.", "Look into the log of the bot and of its proxy."],
  [
    answer("1\\d\\d|3\\d\\d"),
    "answer",
    "The endpoint's answer is neither a success nor an error, and Telegram takes only 2xx.",
    "Answer 200 with an empty body.",
  ],
  [
    (message) => isAnswered.test(message),
    "answer",
    "The endpoint answers with a status that HTTP does not have, or with none, and Telegram takes only 2xx.",
    "See that port and path of url are the bot's, and what answers there.",
  ],
  [
    words(/Connection refused/i),
    "notYet",
    "Nothing listens on the address and port of url, or a firewall refuses.",
    `Start the endpoint, and open the port for Telegram (${telegramRanges.join(" and ")}) or your own Bot API server.`,
  ],
  [
    words(/Connection timed out|Write timeout expired/i),
    "notYet",
    "Telegram's packets to the address and port of url get no answer.",
    `See that the server runs and that the address is its own, and open the port for Telegram (${telegramRanges.join(" and ")}) or your own Bot API server.`,
  ],
  [
    words(/Read timeout expired/i),
    "notYet",
    `No complete answer came within ${deliverySeconds} seconds, be it from the bot or in the TLS handshake before it, and the same update comes again.`,
    "Answer first and work afterwards; the line tls of `npx pulumi-telegram doctor --stack <name>` says whether it is the TLS server that is silent.",
  ],
  [
    words(/Connection reset by peer|Broken pipe|Connection closed/i),
    "notYet",
    "The connection was cut before Telegram had read an answer, which may have been sent: a 500 of a server that then closes without a word is told like this, too.",
    "Look into the logs of the bot and of what is in front of it for an error (500), then for a restart; a server that closes after its answer must say `Connection: close`.",
  ],
  [
    words(/No route to host|Network is unreachable/i),
    "notYet",
    "There is no way to the address of the endpoint.",
    "Give a public IPv4 address that is up.",
  ],
  [
    words(/Can't connect to the webhook proxy/i),
    "notYet",
    "The Bot API server cannot reach the proxy that it sends deliveries through.",
    "Correct --proxy of the self-hosted server.",
  ],
  [
    words(/Can't connect to the webhook/i),
    "notYet",
    "The Bot API server could not open a connection.",
    "Wait, and look at the server's limits if it is self-hosted.",
  ],
  [
    words(/unsupported content-encoding|zlib error/i),
    "answer",
    "The endpoint's answer is compressed in a way that Telegram cannot read, or is not compressed although it says so.",
    "Answer without Content-Encoding, or with gzip.",
  ],
  [
    words(/unsupported transfer-encoding/i),
    "answer",
    "The endpoint's answer has a Transfer-Encoding that Telegram does not know.",
    "Answer with Content-Length, or in chunks.",
  ],
  [
    words(/^HTTP Version Not Supported/i),
    "answer",
    "The endpoint's answer is of another version of HTTP than 1.1 and 1.0.",
    "Speak HTTP/1.1 on the port of url.",
  ],
  [
    words(/^Not Implemented/i),
    "answer",
    "What came is no answer of HTTP/1.1, or a body that no Content-Length had announced: the status before it, perhaps a 500, is lost.",
    "See that the port is the web server's and that each answer has the Content-Length of its body, and look into the bot's log for errors.",
  ],
  [
    words(/^Request Entity Too Large/i),
    "answer",
    "The endpoint's answer holds more parameters than Telegram reads (1 MiB), whatever its status was.",
    "Answer 200 with an empty body, and send what is large in a call of the bot's own.",
  ],
  [
    words(/^(?:Bad Request|Unsupported Media Type|Request Header Fields Too Large)\b/i),
    "answer",
    "Telegram could not read the endpoint's answer, whatever its status was.",
    "Answer 200 with an empty body, and see that the port is the web server's.",
  ],
];
