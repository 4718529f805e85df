// Which addresses Telegram accepts: the webhook's URL, a pinned IP address, and the Bot API server's own URL.
// Sources: td `HttpUrl.cpp`, `IPAddress.cpp` (49b3bcb), tdlib/telegram-bot-api `WebhookActor.cpp` (01a3679),
// core.telegram.org/bots/webhooks; all read Oct 2026.
import { isIP, isIPv4 } from "node:net";
import { domainToASCII } from "node:url";
import { botTokenInText, highestPort, isDnsName, isPort, longestName } from "../core/grammar";
import { isInside, isLoopbackHost, isReservedIpv4 } from "../core/reserved";
import { listed } from "../core/rules";
import { unbracketed } from "../core/url";
import { telegramApiHost, telegramApiUrl, telegramPorts, telegramRanges } from "../constants/telegram";

export { isReservedIpv4 };

/** Where a rule applies. `localServer` is a self-hosted Bot API server that runs with `--local`. */
export interface BotApiServer {
  localServer?: boolean | undefined;
}

const longestUrlBytes = 3500;
const privateEndings = ["localhost", "local", "internal"];

/**
 * What keeps a URL from being a webhook: https, one of Telegram's ports, a public host that Telegram can reach over
 * IPv4, and nothing in it that leaks or is lost on the way. A `--local` server takes http, any port and any address.
 * `token` is searched for in the URL. Sources: td `parse_url`, `WebhookActor::create_webhook`, bots/webhooks.
 */
export function webhookUrlProblem(
  url: string,
  options: BotApiServer & { token?: string | undefined; apiUrl?: string | undefined },
): string | undefined {
  if (url === "") return "must not be empty; give the https URL of your bot's endpoint";
  if (isBotApiCall(url, options.apiUrl)) {
    return "must be your own endpoint, not a call of the Bot API; this resource calls setWebhook itself";
  }
  if (holdsToken(url, options.token)) {
    return "must not contain the bot's token, since URLs end up in logs; use a random path and a secretToken instead";
  }
  return formProblem(url) ?? schemeProblem(url, options) ?? partsProblem(url, options);
}

/**
 * Pinned address: IPv4, not reserved, not Telegram's own. A `--local` server may deliver to reserved ones.
 * Sources: `IPAddress::is_reserved` (td), bots/webhooks.
 */
export function ipAddressProblem(ip: string, { localServer }: BotApiServer): string | undefined {
  if (isIP(unbracketed(ip)) === 6) {
    return "must be an IPv4 address, since Telegram does not deliver over IPv6; got an IPv6 address";
  }
  if (!isIPv4(ip)) {
    return "must be an IPv4 address written as four decimal numbers; leave it out to have the host of url looked up";
  }
  const range = localServer ? undefined : isReservedIpv4(ip);
  if (range) return `must be a public address; got ${ip}, which Telegram refuses as reserved (${range})`;
  if (ip === "255.255.255.255") return `must be the address of one machine; got ${ip}, which every server refuses`; // recorded
  if (!isTelegramAddress(ip)) return undefined;
  return `must be your own endpoint's; got ${ip}, which is one of Telegram's own addresses (it calls you from there)`;
}

/**
 * Where the Bot API is: https, except on loopback or for a `--local` server, since the token travels in each request.
 * A path in front of `/bot<token>` is allowed. Source: `HttpConnection::handle` (tdlib/telegram-bot-api).
 */
export function apiUrlProblem(url: string, { localServer }: BotApiServer): string | undefined {
  if (url === "") return `must not be empty; leave it out for ${telegramApiUrl}`;
  if (holdsToken(url)) return `must not contain a bot token; give the server's address only, such as ${telegramApiUrl}`;
  const form = formProblem(url);
  if (form) return form;
  const parts = partsOf(url);
  if (!parts || !/^https?$/.test(parts.scheme))
    return "must begin with https:// (or http:// for loopback or localServer)";
  if (parts.userinfo !== undefined) return "must not hold a user name or password; a Bot API server takes none";
  const host = hostProblem(parts.host) ?? portProblem(parts.port, shownUrl(url), true);
  if (host) return host;
  if (/[?#]/.test(parts.rest)) return "must not hold a query or fragment; give scheme, host, port and path only";
  if (/\/bot\/*$/i.test(parts.rest)) return "must not end in /bot; /bot<token>/<method> is added to it";
  if (!/^(?:\/[A-Za-z0-9._~-]+)*\/?$/.test(parts.rest) || /\/\.{1,2}(?:\/|$)/.test(parts.rest)) {
    return "must have a plain path (letters, digits and . _ ~ - between single slashes) or none";
  }
  if (parts.scheme === "https" || localServer || isLoopbackHost(parts.host)) return undefined;
  return `must use https, since the token is in each request; got ${shownUrl(url)} (http is for loopback or localServer)`;
}

/** One text for one server: scheme and host in lower case, no default port, no trailing slash. A refused one stays as is. */
export function normalApiUrl(url: string): string {
  const parsed = apiUrlProblem(url, { localServer: true }) === undefined ? parsedUrl(url) : undefined;
  return parsed ? `${parsed.protocol}//${parsed.host}${parsed.pathname.replace(/\/+$/, "")}` : url;
}

/** Whether a Bot API URL is Telegram's cloud, not a server of somebody's own. */
export function isTelegramsOwn(apiUrl: string): boolean {
  return parsedUrl(apiUrl)?.hostname === telegramApiHost;
}

/** Whether Telegram calls webhooks from this address. */
export function isTelegramAddress(ip: string): boolean {
  return isIPv4(ip) && telegramRanges.some((range) => isInside(ip, range));
}

/** A URL as it may be shown: scheme, host and port. User, path and query can be secret. One that Telegram calls is far shorter. */
export function shownUrl(url: string): string {
  const parts = url.length > 4 * longestUrlBytes ? undefined : partsOf(url);
  if (!parts || holdsToken(url)) return "a URL";
  const isShowable = parts.host.length <= longestName && /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/i.test(parts.host);
  const host = isShowable ? parts.host : "(host)";
  const port = /^\d{1,5}$/.test(parts.port ?? "") ? `:${parts.port}` : "";
  return `${parts.scheme}://${host}${port}/…`;
}

/** The host of a URL as it is written; empty when it has none. Telegram takes a URL without a scheme for one of https. */
export function hostAsWritten(url: string): string {
  return (partsOf(url) ?? partsOf(`https://${url}`))?.host ?? "";
}

/** Whether a text holds this token, its secret half, or anything that looks like a token; percent-encoded as well. */
export function holdsToken(text: string, token?: string): boolean {
  const secretHalf = token?.slice(token.indexOf(":") + 1) ?? "";
  const looked = [token ?? "", secretHalf.length >= 20 ? secretHalf : ""].filter((part) => part !== "");
  for (let plain = text, round = 0; round < 5; round += 1) {
    if (botTokenInText.test(plain)) return true;
    const folded = plain.toLowerCase();
    if (looked.some((part) => folded.includes(part.toLowerCase()))) return true;
    const next = plain.replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
    if (next === plain) return false;
    plain = next;
  }
  return false;
}

/** What keeps a text from being a host name, an IPv4 address or a bracketed IPv6 address; reserved ones are fine. */
export function hostProblem(host: string): string | undefined {
  if (host === "") return "must name a host";
  if (host.startsWith("["))
    return isIP(host.slice(1, -1)) === 6 ? undefined : "must name a host; got a broken IPv6 address";
  const foreign = hasForeign(host) ? domainToASCII(host) : undefined;
  if (foreign) return `must name the host in ASCII (punycode); write ${foreign}`;
  const odd = /[^A-Za-z0-9._-]/.exec(host)?.[0];
  if (odd)
    return `must name a host of letters, digits, hyphens and dots; got ${hasForeign(odd) ? "another character" : odd}`;
  if (host.endsWith(".")) return "must name the host without a dot at the end; no certificate matches a name with one";
  if (!isDnsName(host)) {
    return "must name a valid host: dots between labels of 1 to 63 characters that begin and end with a letter or digit";
  }
  const canonical = parsedUrl(`http://${host}`)?.hostname;
  if (canonical === undefined) return "must name a valid host; got neither a host name nor an IPv4 address";
  return isIPv4(canonical) && canonical !== host ? `must write its IPv4 address as ${canonical}` : undefined;
}

interface Parts {
  scheme: string;
  userinfo: string | undefined;
  host: string;
  port: string | undefined;
  rest: string;
}

/** The parts as written, nothing normalised: Telegram stores a URL byte for byte. */
function partsOf(url: string): Parts | undefined {
  const [, scheme, authority = "", rest = ""] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^]*)$/i.exec(url) ?? [];
  if (scheme === undefined) return undefined;
  const at = authority.lastIndexOf("@");
  const [, host = "", port] = /^(\[[^\]]*\]|[^:]*)(?::([^]*))?$/.exec(authority.slice(at + 1)) ?? [];
  return { scheme: scheme.toLowerCase(), userinfo: at < 0 ? undefined : authority.slice(0, at), host, port, rest };
}

function formProblem(url: string): string | undefined {
  const blank = [...url].findIndex((character) => character <= " " || character === "\u007f");
  if (blank >= 0)
    return `must not contain spaces, line breaks or control characters; remove the one at position ${blank + 1}`;
  const bytes = Buffer.byteLength(url);
  if (bytes <= longestUrlBytes) return undefined;
  return `must be at most ${longestUrlBytes} bytes, or Telegram accepts it and delivers nothing (its header buffer is 4096); got ${bytes}`;
}

function schemeProblem(url: string, { localServer }: BotApiServer): string | undefined {
  const scheme = partsOf(url)?.scheme;
  if (scheme === "https" || (localServer && scheme === "http")) return undefined;
  if (scheme === undefined) return "must use https and say so: begin with https://";
  return `must use https${localServer ? " or http" : ""}; got ${scheme === "http" ? shownUrl(url) : "another scheme"}`;
}

function partsProblem(url: string, { localServer }: BotApiServer): string | undefined {
  const parts = partsOf(url);
  if (!parts) return undefined;
  if (parts.userinfo !== undefined) {
    return "must not hold a user name or password, which anyone with the token can read back; use secretToken instead";
  }
  if (parts.rest.includes("<{%")) return "must not contain <{%, which begins a colour of Pulumi's; write %3C for the <";
  if (parts.rest.includes("#"))
    return "must not have a fragment (#…), which Telegram would send as a part of the path; remove it";
  const form = hostProblem(parts.host) ?? portProblem(parts.port, shownUrl(url), localServer === true);
  if (form) return form;
  if (hasForeign(parts.rest)) return "must be ASCII after the host; percent-encode the other characters";
  return reachProblem(parts.host, localServer === true);
}

function portProblem(port: string | undefined, shown: string, isAnyAllowed: boolean): string | undefined {
  if (port === undefined) return undefined;
  const isNumber = /^[1-9]\d{0,4}$/.test(port) && isPort(Number(port));
  if (isNumber && (isAnyAllowed || telegramPorts.includes(Number(port)))) return undefined;
  if (isAnyAllowed) return `must have a port from 1 to ${highestPort}, or none; got ${shown}`;
  return `must use port ${listed(telegramPorts, "or")}; got ${isNumber ? port : "something else after the colon"}`;
}

function reachProblem(host: string, localServer: boolean): string | undefined {
  const name = host.toLowerCase();
  if (isIPv4(name) && isTelegramAddress(name))
    return `must be your own endpoint; ${name} is one of Telegram's own addresses`;
  if (localServer) return undefined;
  if (name.startsWith("["))
    return "must not use an IPv6 address, since Telegram delivers over IPv4; use a host name or IPv4 address";
  const range = isReservedIpv4(name);
  if (range) return `must use a public address; got ${name}, which Telegram refuses as reserved (${range})`;
  if (isIPv4(name)) return undefined;
  const ending = name.slice(name.lastIndexOf(".") + 1);
  if (name.includes(".") && !privateEndings.includes(ending)) return undefined;
  const why = name.includes(".") ? `names under .${ending} exist` : "a name without a dot exists";
  return `must use a host that Telegram can look up; got ${name}, and ${why} on your own network only`;
}

function isBotApiCall(url: string, apiUrl: string | undefined): boolean {
  const parts = partsOf(url) ?? partsOf(`https://${url}`);
  if (parts?.host.toLowerCase() === telegramApiHost) return true;
  const api = apiUrl === undefined ? undefined : parsedUrl(apiUrl);
  const parsed = parsedUrl(url);
  if (!api || parsed?.host !== api.host) return false;
  return (
    parsed.pathname.startsWith(`${api.pathname.replace(/\/+$/, "")}/bot`) && /\/bot\d+(?::|%3a)/i.test(parsed.pathname)
  );
}

function hasForeign(text: string): boolean {
  return /[^\u0020-\u007e]/.test(text);
}

function parsedUrl(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
