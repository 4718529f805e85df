// The URL of a webhook as the server's own parser (td::parse_url) takes it apart.
import { isIP } from "node:net";
import { asciiHost } from "./idn";

export interface WebhookUrl {
  protocol: "http" | "https";
  /** Raw text before `@`; empty when there is none. */
  userinfo: string;
  /** Lower case, punycode; IPv6 in brackets. */
  host: string;
  port: number;
  /** True when the URL names a port that is not the protocol's own. */
  hasOwnPort: boolean;
  /** Path, query and even fragment, as they go into the request line. */
  target: string;
}

/** Unreserved characters, escapes, and what a URL may have as it is in user information. */
const USERINFO = /^(?:[a-z0-9._~!$&'()*+,;=:-]|%[0-9a-f]{2}|[^\0-\x7f])*$/i;
const HOST = /^(?:[a-z0-9._!$,~*'();&+=-]|%[0-9a-f]{2}|[^\0-\x7f])+$/;
const isBracketed = (host: string): boolean =>
  host.endsWith("]") && isIP(host.slice(1, -1)) === 6 && !host.includes("%");

/** The parts, or undefined for "invalid webhook URL specified". */
export function parseWebhookUrl(url: string): WebhookUrl | undefined {
  const scheme = /^([^:/?#@[\]]*):\/\//.exec(url);
  const protocol = scheme === null ? "https" : scheme[1]?.toLowerCase();
  if (protocol !== "http" && protocol !== "https") return undefined;
  const rest = url.slice(scheme?.[0].length ?? 0);
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? "";
  const port = /:([^:\]@]*)$/.exec(authority.slice(1));
  const number = port === null ? 0 : portNumber(port[1] ?? "");
  if (number === undefined) return undefined;
  const userinfoAndHost = port === null ? authority : authority.slice(0, port.index + 1);
  const at = userinfoAndHost.lastIndexOf("@");
  const host = userinfoAndHost.slice(at + 1).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const userinfo = at < 0 ? "" : userinfoAndHost.slice(0, at);
  if (!USERINFO.test(userinfo)) return undefined;
  if (host === "." || !(host.startsWith("[") ? isBracketed(host) : HOST.test(host))) return undefined;
  const usual = protocol === "https" ? 443 : 80;
  return {
    protocol,
    userinfo,
    host: asciiHost(host),
    port: number || usual,
    hasOwnPort: number !== 0 && number !== usual,
    target: targetOf(rest.slice(authority.length)),
  };
}

function portNumber(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number >= 1 && number <= 65535 ? number : undefined;
}

function targetOf(text: string): string {
  const trimmed = text.replace(/[ \t\r\n\v\0]+$/, "");
  const rooted = trimmed.startsWith("/") ? trimmed : `/${trimmed}`;
  return rooted.replace(/[\0-\x20]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}
