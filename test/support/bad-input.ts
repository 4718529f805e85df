// What a TelegramWebhook must refuse in the preview, and the words it must use. Shared by unit and engine tests.
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface BadInput {
  /** Continues "a TelegramWebhook refuses …". */
  name: string;
  /** Merged over `goodArgs`; a value of undefined leaves the argument out. */
  args: Record<string, unknown>;
  /** How the message reads from the argument's name on. */
  reason: RegExp | string;
  /** Must not appear anywhere in the output. */
  secret?: string;
}

/** A token of the right shape that belongs to nobody. */
export const goodToken = "123456789:AAF0oBar-test_tokenThatIsNotReal123";
export const goodArgs: Record<string, unknown> = { token: goodToken, url: "https://bots.example.com/tg/x" };

const secretHalf = goodToken.slice(goodToken.indexOf(":") + 1);
const otherToken = "987654321:AAGanother-bots_tokenThatIsNotReal99";
const otherHalf = otherToken.slice(otherToken.indexOf(":") + 1);

/** A certificate of test/unit/telegram/fixtures; all are valid from 2020 to 2120 unless their name says otherwise. */
export function pem(name: string): string {
  return readFileSync(join(__dirname, "../unit/telegram/fixtures", `${name}.pem`), "utf8");
}

const privateKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const privateKeyLine = privateKey.split("\n")[1] ?? "";
const der = Buffer.from(pem("self-signed").replace(/-----[A-Z ]+-----|\s/g, ""), "base64");

/** One address of each range that Telegram calls reserved, with what the reason says of it. */
const reserved: [string, string][] = [
  ["0.1.2.3", "this network"],
  ["10.0.0.4", "private networks"],
  ["100.64.0.1", "carrier-grade NAT"],
  ["127.0.0.1", "loopback"],
  ["169.254.169.254", "link-local"],
  ["172.31.255.255", "private networks"],
  ["192.0.0.8", "IETF protocol assignments"],
  ["192.0.2.1", "TEST-NET-1"],
  ["192.88.99.1", "6to4"],
  ["192.168.1.1", "private networks"],
  ["198.19.0.1", "benchmarks"],
  ["198.51.100.7", "TEST-NET-2"],
  ["203.0.113.9", "TEST-NET-3"],
  ["239.1.1.1", "multicast"],
  ["255.255.255.255", "multicast and future use"],
];

const urls: BadInput[] = [
  { name: "a url that is left out", args: { url: undefined }, reason: /^url is required/ },
  { name: "an empty url", args: { url: "" }, reason: /^url must not be empty/ },
  { name: "a url with http", args: { url: "http://bots.example.com/tg" }, reason: /^url must use https; got http:/ },
  { name: "a url without a scheme", args: { url: "bots.example.com/tg" }, reason: /^url must use https and say so/ },
  {
    name: "a url with another scheme",
    args: { url: "ftp://bots.example.com/tg" },
    reason: /^url must use https; got another/,
  },
  {
    name: "a Bot API call pasted as the url",
    args: { url: `https://api.telegram.org/bot${goodToken}/setWebhook?url=https://bots.example.com/tg` },
    reason: /^url must be your own endpoint, not a call of the Bot API/,
    secret: secretHalf,
  },
  {
    name: "the token inside the url",
    args: { url: `https://bots.example.com/${goodToken}` },
    reason: /^url must not contain the bot's token, .*; use a random path/,
    secret: secretHalf,
  },
  {
    name: "the token inside the url, percent-encoded",
    args: { url: `https://bots.example.com/${goodToken.replace(":", "%3A")}` },
    reason: /^url must not contain the bot's token/,
    secret: secretHalf,
  },
  {
    name: "the token's secret half inside the url",
    args: { url: `https://bots.example.com/tg?key=${secretHalf}` },
    reason: /^url must not contain the bot's token/,
    secret: secretHalf,
  },
  {
    name: "the token of another bot inside the url",
    args: { url: `https://bots.example.com/${otherToken}` },
    reason: /^url must not contain the bot's token/,
    secret: otherHalf,
  },
  {
    name: "port 444",
    args: { url: "https://bots.example.com:444/tg" },
    reason: /^url must use port 443, 80, 88 or 8443; got 444/,
  },
  { name: "port 0", args: { url: "https://bots.example.com:0/tg" }, reason: /^url must use port 443, 80, 88 or 8443/ },
  {
    name: "a port that is no number",
    args: { url: "https://bots.example.com:web/" },
    reason: /^url must use port 443, 80/,
  },
  {
    name: "localhost as the host",
    args: { url: "https://localhost/tg" },
    reason: /^url must use a host that .*; got localhost/,
  },
  {
    name: "a host of one label",
    args: { url: "https://bots/tg" },
    reason: /^url must use a host that .*without a dot/,
  },
  {
    name: "a host under .local",
    args: { url: "https://nas.local/tg" },
    reason: /^url must use a host that .*\.local exist/,
  },
  {
    name: "a host under .internal",
    args: { url: "https://a.internal/" },
    reason: /^url must use a host that .*\.internal exist/,
  },
  ...reserved.map(([ip, words]) => ({
    name: `${ip} as the host`,
    args: { url: `https://${ip}/tg` },
    reason: new RegExp(`^url must use a public address; got ${ip.replaceAll(".", "\\.")}, .*${words}`),
  })),
  {
    name: "a public IPv6 address as the host",
    args: { url: "https://[2606:4700::6810:84e5]/tg" },
    reason: /^url must not use an IPv6/,
  },
  {
    name: "one of Telegram's own addresses as the host",
    args: { url: "https://149.154.167.220/tg" },
    reason: /^url must be your own/,
  },
  {
    name: "a user and password in the url",
    args: { url: "https://user:hunter2-hunter2@bots.example.com/tg" },
    reason: /^url must not hold a user name or password/,
    secret: "hunter2-hunter2",
  },
  {
    name: "a colour tag of Pulumi's in the url",
    args: { url: "https://bots.example.com/x<{%reset%}>" },
    reason: /^url must not contain </,
  },
  {
    name: "a fragment in the url",
    args: { url: "https://bots.example.com/tg#x" },
    reason: /^url must not have a fragment/,
  },
  {
    name: "a url of 5 kB",
    args: { url: `https://bots.example.com/${"x".repeat(5000)}` },
    reason: /^url must be at most 3500 bytes/,
  },
  {
    name: "a space in the url",
    args: { url: "https://bots.example.com/my bot" },
    reason: /^url must not contain spaces/,
  },
  {
    name: "a line break after the url",
    args: { url: "https://bots.example.com/tg\n" },
    reason: /^url must not contain spaces, line/,
  },
  {
    name: "a host that is not ASCII",
    args: { url: "https://bücher.example.com/" },
    reason: /^url must .*write xn--bcher-kva\.example\.com/,
  },
  {
    name: "a wildcard as the host",
    args: { url: "https://*.example.com/tg" },
    reason: /^url must name a host of letters.*got \*/,
  },
  { name: "no host at all", args: { url: "https:///tg" }, reason: /^url must name a host/ },
  {
    name: "an address written in hexadecimal",
    args: { url: "https://0x7f.1/tg" },
    reason: /^url must write its IPv4 address as 127/,
  },
];

const tokens: BadInput[] = [
  { name: "no token at all", args: { token: undefined }, reason: /^token / },
  { name: "an empty token", args: { token: "" }, reason: /^token must not be empty/ },
  {
    name: "a token without a colon",
    args: { token: secretHalf },
    reason: /^token must be the whole token; got a text without/,
    secret: secretHalf,
  },
  {
    name: "a token with a line break",
    args: { token: `${goodToken}\n` },
    reason: /^token must have no spaces/,
    secret: secretHalf,
  },
  {
    name: "a token with bot in front",
    args: { token: `bot${goodToken}` },
    reason: /^token must .*remove "bot"/,
    secret: secretHalf,
  },
  {
    name: "a whole URL as the token",
    args: { token: `https://api.telegram.org/bot${goodToken}/getMe` },
    reason: /^token must be the token alone, not a URL/,
    secret: secretHalf,
  },
  {
    name: "a token that begins with 0",
    args: { token: `0${goodToken}` },
    reason: /^token must not begin with 0/,
    secret: secretHalf,
  },
  { name: "half a token", args: { token: "123456789:" }, reason: /^token must be the whole token; got nothing after/ },
  {
    name: "a token of 100 characters",
    args: { token: `1:${"a".repeat(98)}` },
    reason: /^token must be at most 80/,
    secret: "aaaaaaaaaa",
  },
  {
    name: "tokenFrom together with token",
    args: { tokenFrom: { env: "TOKEN" }, expectBot: "123456789" },
    reason: /^tokenFrom .*token/,
  },
  {
    name: "tokenFrom without expectBot",
    args: { token: undefined, tokenFrom: { env: "TOKEN" } },
    reason: /^expectBot .*numeric/,
  },
  {
    name: "tokenFrom with a username as expectBot",
    args: { token: undefined, tokenFrom: { env: "TOKEN" }, expectBot: "@example_bot" },
    reason: /^expectBot .*numeric/,
  },
  {
    name: "tokenFrom with two keys",
    args: { token: undefined, tokenFrom: { env: "A", file: "/a" }, expectBot: "1" },
    reason: /^tokenFrom must be/,
  },
  {
    name: "tokenFrom with an unknown key",
    args: { token: undefined, tokenFrom: { vault: "a" }, expectBot: "1" },
    reason: /^tokenFrom must be.*"vault"/,
  },
  {
    name: "the token itself in tokenFrom",
    args: { token: undefined, tokenFrom: { env: goodToken }, expectBot: "123456789" },
    reason: /^tokenFrom has env, which must say where the token is/,
    secret: secretHalf,
  },
  {
    name: "expectBot of another bot",
    args: { expectBot: "987654321" },
    reason: /^expectBot .*987654321/,
    secret: secretHalf,
  },
  {
    name: "a username without @",
    args: { expectBot: "example_bot" },
    reason: /^expectBot must be .*write @example_bot/,
  },
  {
    name: "a token as expectBot",
    args: { expectBot: otherToken },
    reason: /^expectBot must be .* not its token/,
    secret: otherHalf,
  },
];

const secrets: BadInput[] = [
  {
    name: "a secret with a colon",
    args: { secretToken: "abcdefghij:klmnopqrst" },
    reason: /^secretToken must have only .*position 11 is a colon/,
    secret: "abcdefghij",
  },
  {
    name: "a secret in base64",
    args: { secretToken: "abcdefghij+klmnopqrs=" },
    reason: /^secretToken must .*base64url/,
    secret: "abcdefghij",
  },
  {
    name: "the token as secret",
    args: { secretToken: goodToken },
    reason: /^secretToken must .*a colon/,
    secret: secretHalf,
  },
  {
    name: "an empty secret",
    args: { secretToken: "" },
    reason: "secretToken must be 1 to 256 characters; got 0 characters",
  },
  {
    name: "a secret of 257 characters",
    args: { secretToken: "s".repeat(257) },
    reason: "secretToken must be 1 to 256 characters; got 257 characters",
    secret: "ssssssssss",
  },
];

const certificates: BadInput[] = [
  {
    name: "a private key in certificate",
    args: { certificate: pem("self-signed") + privateKey },
    reason: /^certificate must not hold a private key/,
    secret: privateKeyLine,
  },
  {
    name: "a certificate in DER",
    args: { certificate: der.toString("latin1") },
    reason: /^certificate must be PEM; got DER.*openssl x509/,
  },
  {
    name: "a certificate in DER read as UTF-8",
    args: { certificate: der.toString("utf8") },
    reason: /^certificate must be PEM; got DER/,
  },
  {
    name: "a certificate of 4 MiB",
    args: { certificate: pem("self-signed") + "\n".repeat(4 * 2 ** 20) },
    reason: /^certificate must be at most 3 MiB/,
  },
  { name: "an empty certificate", args: { certificate: "" }, reason: /^certificate must not be empty/ },
  { name: "a text that is no certificate", args: { certificate: "hello" }, reason: /^certificate must be PEM/ },
  {
    name: "a file's name as certificate",
    args: { certificate: "/etc/ssl/bot.pem" },
    reason: /^certificate must be .*read the file/,
  },
  {
    name: "a signing request as certificate",
    args: { certificate: pem("request") },
    reason: /^certificate must be .*signing request/,
  },
  {
    name: "a damaged certificate",
    args: { certificate: pem("self-signed").replace("MII", "M!I") },
    reason: /^certificate must be readable PEM; certificate 1 of 1/,
  },
  {
    name: "a certificate that was cut off",
    args: { certificate: pem("self-signed").slice(0, 200) },
    reason: /^certificate must be readable/,
  },
  {
    name: "a CA's leaf without its root",
    args: { certificate: pem("leaf") },
    reason: /^certificate must hold a self-signed certificate/,
  },
  {
    name: "an expired certificate",
    args: { certificate: pem("expired") },
    reason: /^certificate must be valid now; .*expired 2021-01-01/,
  },
  {
    name: "a certificate of the future",
    args: { certificate: pem("not-yet-valid") },
    reason: /^certificate must be valid now; .*2090-01-01/,
  },
  {
    name: "a certificate for a different host",
    args: { certificate: pem("self-signed-other-host") },
    reason: /^certificate must be for bots\.example\.com, .*old\.example\.com/,
  },
  {
    name: "a certificate that has the address as an IP name only",
    args: { url: "https://8.8.4.4/tg", certificate: pem("ip-san-only") },
    reason: /^certificate must name 8\.8\.4\.4 as a host name/,
  },
];

const numbersAndLists: BadInput[] = [
  { name: "0 connections", args: { maxConnections: 0 }, reason: "maxConnections must be 1 to 100; got 0" },
  { name: "101 connections", args: { maxConnections: 101 }, reason: "maxConnections must be 1 to 100; got 101" },
  { name: "-1 connections", args: { maxConnections: -1 }, reason: "maxConnections must be 1 to 100; got -1" },
  {
    name: "1.5 connections",
    args: { maxConnections: 1.5 },
    reason: "maxConnections must be a whole number, 1 to 100; got 1.5",
  },
  {
    name: "allowedUpdates as a text",
    args: { allowedUpdates: "message,callback_query" },
    reason: /^allowedUpdates must be a list .*; write \["message", "callback_query"\]/,
  },
  {
    name: "a number among allowedUpdates",
    args: { allowedUpdates: ["message", 1] },
    reason: /^allowedUpdates must be a list of strings; item 2/,
  },
  {
    name: "an empty text among allowedUpdates",
    args: { allowedUpdates: [""] },
    reason: /^allowedUpdates must not hold an empty text/,
  },
  {
    name: "default among other kinds",
    args: { allowedUpdates: ["default", "poll"] },
    reason: /^allowedUpdates must be "default" alone/,
  },
  {
    name: "two kinds in one item",
    args: { allowedUpdates: ["message,poll"] },
    reason: /^allowedUpdates must hold one update kind/,
  },
  {
    name: "Telegram's own address as ipAddress",
    args: { ipAddress: "149.154.167.220" },
    reason: /^ipAddress .*one of Telegram's own addresses/,
  },
  {
    name: "Telegram's other range as ipAddress",
    args: { ipAddress: "91.108.7.255" },
    reason: /^ipAddress .*one of Telegram's own addresses/,
  },
  {
    name: "a private ipAddress",
    args: { ipAddress: "10.0.0.4" },
    reason: /^ipAddress must be a public address; got 10\.0\.0\.4, .*10\.0\.0\.0\/8/,
  },
  {
    name: "the broadcast address as ipAddress at a server of one's own",
    args: { ipAddress: "255.255.255.255", localServer: true },
    reason: /^ipAddress must be the address of one machine/,
  },
  { name: "an IPv6 ipAddress", args: { ipAddress: "2606:4700::1" }, reason: /^ipAddress must be an IPv4 address/ },
  {
    name: "a host name as ipAddress",
    args: { ipAddress: "bots.example.com" },
    reason: /^ipAddress must be an IPv4 address/,
  },
  {
    name: "apiUrl with http to a public host",
    args: { apiUrl: "http://tg.example.com" },
    reason: /^apiUrl must use https/,
  },
  {
    name: "apiUrl that ends in /bot",
    args: { apiUrl: "https://api.telegram.org/bot" },
    reason: /^apiUrl must not end in \/bot/,
  },
  { name: "apiUrl without a scheme", args: { apiUrl: "api.telegram.org" }, reason: /^apiUrl must begin with https/ },
  {
    name: "apiUrl with a query",
    args: { apiUrl: "https://tg.example.com/?a=b" },
    reason: /^apiUrl must not hold a query/,
  },
  { name: "an empty apiUrl", args: { apiUrl: "" }, reason: /^apiUrl must not be empty/ },
  {
    name: "apiUrl with a token",
    args: { apiUrl: `https://api.telegram.org/bot${otherToken}` },
    reason: /^apiUrl must not contain a bot token/,
    secret: otherHalf,
  },
  {
    name: "apiUrl with a password",
    args: { apiUrl: "https://me:hunter2-hunter2@tg.example.com" },
    reason: /^apiUrl must not hold a user name/,
    secret: "hunter2-hunter2",
  },
  { name: "a takeover of nothing that can be a host", args: { takeover: ["*"] }, reason: /^takeover must list hosts/ },
  {
    name: "a token in takeover",
    args: { takeover: [`https://a.example.com/${otherToken}`] },
    reason: /^takeover must not/,
    secret: otherHalf,
  },
  {
    name: "an unknown key in preflight",
    args: { preflight: { dsn: true } },
    reason: /^preflight must have only dns, .*; got "dsn"/,
  },
  {
    name: "preflight true",
    args: { preflight: true },
    reason: /^preflight must be false or an object; got true, leave it out/,
  },
  {
    name: "a text in preflight",
    args: { preflight: { dns: "no" } },
    reason: /^preflight must have true or false as dns; got a string/,
  },
  {
    name: "a name server without a port",
    args: { preflight: { nameServers: ["9.9.9.9"] } },
    reason: /^preflight must .*ip:port/,
  },
  {
    name: "a preflight of 0 seconds",
    args: { preflight: { timeoutSeconds: 0 } },
    reason: "preflight must have 1 to 600 as timeoutSeconds; got 0",
  },
  { name: "121 verifySeconds", args: { verifySeconds: 121 }, reason: "verifySeconds must be 0 to 120; got 121" },
  {
    name: "an empty trigger",
    args: { reassertTrigger: "" },
    reason: "reassertTrigger must be 1 to 256 characters; got 0 characters",
  },
  {
    name: "a trigger of 257 characters",
    args: { dropPendingUpdatesTrigger: "t".repeat(257) },
    reason: "dropPendingUpdatesTrigger must be 1 to 256 characters; got 257 characters",
  },
];

/** A value of the wrong kind for each argument; null cannot be one, since Pulumi reads it as left out. */
const kinds: [string, unknown, string][] = [
  ["token", 123456789, "must be a string; got a number"],
  ["tokenFrom", "TELEGRAM_BOT_TOKEN", 'must be { env: "NAME" } or { file: "/path" }; got a string'],
  ["url", 443, "must be a string; got a number"],
  ["certificate", ["-----BEGIN CERTIFICATE-----"], "must be a string; got a list"],
  ["ipAddress", 134744072, "must be a string; got a number"],
  ["maxConnections", "40", "must be a number; got a string"],
  ["allowedUpdates", 27, 'must be a list of update kinds or "default"; got a number'],
  ["secretToken", 12345678, "must be a string; got a number"],
  ["dropPendingUpdatesTrigger", 1, "must be a string; got a number"],
  ["reassertTrigger", true, "must be a string; got a boolean"],
  ["expectBot", 123456789, "must be a string; got a number"],
  ["takeover", 1, "must be true, false or a list of hosts or URLs; got a number"],
  ["dropPendingUpdatesOnDestroy", "true", "must be a boolean; got a string"],
  ["preflight", "off", "must be false or an object; got a string"],
  ["verifySeconds", "3", "must be a number; got a string"],
  ["strictRefresh", "yes", "must be a boolean; got a string"],
  ["apiUrl", { host: "api.telegram.org" }, "must be a string; got an object"],
  ["testEnvironment", 1, "must be a boolean; got a number"],
  ["localServer", "true", "must be a boolean; got a string"],
];

export const badInput: BadInput[] = [
  ...urls,
  ...tokens,
  ...secrets,
  ...certificates,
  ...numbersAndLists,
  ...kinds.map(([argument, value, says]) => ({
    name: `${argument} of the wrong kind`,
    args: argument === "tokenFrom" ? { token: undefined, tokenFrom: value } : { [argument]: value },
    reason: `${argument} ${says}`,
  })),
];
