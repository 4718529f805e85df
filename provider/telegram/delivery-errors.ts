// What Telegram's delivery errors mean: `last_error_message` to cause and cure.
// Sources: tdlib/telegram-bot-api `WebhookActor.cpp` (01a3679), td `SslStream.cpp`, `HttpOutboundConnection.cpp` (49b3bcb),
// core.telegram.org/bots/webhooks; all read Oct 2026. OpenSSL's hex codes vary with its version, so only its words count.
import { deliverySeconds, telegramRanges } from "../constants/telegram";

/** What an error is about. "notYet" is what passes by itself when whoever listens comes up. */
export type DeliveryErrorKind =
  "certificate" | "tls" | "secret" | "path" | "redirect" | "answer" | "notYet" | "unknown";

/** A delivery error in words. */
export interface DeliveryError {
  kind: DeliveryErrorKind;
  /** Whether it is evidence that the webhook cannot work as it is set up; false when waiting may be enough. */
  isBroken: boolean;
  /** One sentence. */
  cause: string;
  /** One sentence. */
  cure: string;
}

type Row = readonly [pattern: RegExp, kind: DeliveryErrorKind, cause: string, cure: string];

const broken: readonly DeliveryErrorKind[] = ["certificate", "tls", "secret", "path", "redirect"];

const answer = (codes: string) => new RegExp(`^Wrong response from the webhook: (?:${codes})(?!\\d)`, "i");

/** The table, in the order in which a message is compared; docs/troubleshooting.md has the same rows. */
export const deliveryErrors: readonly Row[] = [
  [
    /certificate verify failed/i,
    "certificate",
    "Telegram does not trust the endpoint's certificate: it expired, is for another name, comes without its intermediates, or is self-signed and not uploaded.",
    "Run `npx pulumi-telegram doctor <url>`, which says which of them it is.",
  ],
  [
    /ee key too small|ca md too weak|dh key too small/i,
    "certificate",
    "The endpoint's key or signature is weaker than OpenSSL allows.",
    "Use a certificate with P-256, or RSA of 2048 bits and SHA-256.",
  ],
  [
    /wrong version number|http request/i,
    "tls",
    "The port answers plain HTTP, not TLS.",
    "Serve TLS on that port, or give the url with the port that does.",
  ],
  [
    /unsupported protocol|alert protocol version|no protocols available/i,
    "tls",
    "The endpoint speaks no TLS version that Telegram accepts.",
    "Enable TLS 1.2 or 1.3.",
  ],
  [
    /alert certificate required|bad certificate|peer did not return a certificate/i,
    "tls",
    "The endpoint wants a client certificate, and Telegram has none.",
    "Switch mutual TLS off for the webhook's path, and check the secret token instead.",
  ],
  [
    /alert internal error/i,
    "notYet",
    "The TLS server has no certificate for this name, which is usual while one is being issued.",
    "Wait for the certificate, or configure one for the host of url.",
  ],
  [
    /unrecognized name/i,
    "notYet",
    "The TLS server does not know the host of url.",
    "Add the host to the server's configuration (its server_name, site or ingress).",
  ],
  [
    /handshake failure/i,
    "notYet",
    "The TLS server ended the handshake: it has no certificate for this name, or no cipher in common.",
    "Configure a certificate for the host of url, and the ciphers of TLS 1.2 or 1.3.",
  ],
  [
    /unexpected eof|Can't create an SSL connection/i,
    "notYet",
    "The connection ended in the middle of the TLS handshake.",
    "Look into the log of the TLS server or of the firewall in front of it.",
  ],
  [
    /Can't create an SSL context/i,
    "certificate",
    "Telegram could not load the uploaded certificate.",
    "Upload PEM that `openssl x509 -in file -noout` reads.",
  ],
  [
    answer("401"),
    "secret",
    "The endpoint refuses the secret token (401): it expects another one than the webhook has.",
    "Give the bot and the webhook the same secret; `pulumi up` with another `reassertTrigger` sends ours again.",
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
    "The bot failed while it handled an update (500), and gets the same one again.",
    "Look into the bot's log, and answer 200 although the work failed.",
  ],
  [answer("5\\d\\d"), "answer", "The server failed.", "Look into the log of the bot and of the proxy before it."],
  [answer("4\\d\\d"), "answer", "The endpoint refuses the request.", "Look into the log of the bot and of its proxy."],
  [
    answer("1\\d\\d|3\\d\\d"),
    "answer",
    "The endpoint gives no final answer, and Telegram takes only 2xx.",
    "Answer 200 with an empty body.",
  ],
  [
    /Connection refused/i,
    "notYet",
    "Nothing listens on the address and port of url, or a firewall refuses.",
    `Start the endpoint, and open the port for Telegram (${telegramRanges.join(" and ")}) or your own Bot API server.`,
  ],
  [
    /Connection timed out|Write timeout expired/i,
    "notYet",
    "Telegram's packets get no answer: a firewall drops them, or the address is not the endpoint's.",
    `Open the port for Telegram (${telegramRanges.join(" and ")}) or your own Bot API server, and compare the address with the server's.`,
  ],
  [
    /Read timeout expired/i,
    "notYet",
    `The bot did not answer within ${deliverySeconds} seconds, and gets the same update again.`,
    "Answer first and work afterwards.",
  ],
  [
    /Connection reset by peer|Broken pipe|Connection closed/i,
    "notYet",
    "The endpoint, or a firewall, cut the connection.",
    "Look into the log of the proxy; a restart does this once.",
  ],
  [
    /No route to host|Network is unreachable/i,
    "notYet",
    "There is no way to the address of the endpoint.",
    "Give a public IPv4 address that is up.",
  ],
  [
    /Can't connect to the webhook proxy/i,
    "notYet",
    "The Bot API server cannot reach the proxy that it sends deliveries through.",
    "Correct --proxy of the self-hosted server.",
  ],
  [
    /Can't connect to the webhook/i,
    "notYet",
    "The Bot API server could not open a connection.",
    "Wait, and look at the server's limits if it is self-hosted.",
  ],
  [
    /unsupported content-encoding/i,
    "answer",
    "The endpoint compresses its answer in a way that Telegram does not know.",
    "Answer without Content-Encoding, or with gzip.",
  ],
  [
    /^(?:Bad Request|Unsupported Media Type|Request Entity Too Large)\b/i,
    "answer",
    "The answer is no valid HTTP.",
    "See that the port is the web server's.",
  ],
];

/**
 * What `lastErrorMessage` of {@link getWebhookInfo} (Telegram's `last_error_message`) means, and what to do.
 * An unknown message gets the kind "unknown".
 */
export function explainDeliveryError(message: string): DeliveryError {
  const row = deliveryErrors.find(([pattern]) => pattern.test(message));
  if (!row) {
    return {
      kind: "unknown",
      isBroken: false,
      cause: "This version does not know the message.",
      cure: "Run `npx pulumi-telegram doctor <url>`, and look into the log of the endpoint.",
    };
  }
  const [, kind, cause, cure] = row;
  return { kind, isBroken: broken.includes(kind), cause, cure };
}
