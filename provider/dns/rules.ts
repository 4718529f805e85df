// What a record may be: zone and name, the way to the zone's server, and what does not go together with Cloudflare's proxy.
import { nameServerProblem, socketAddressOf } from "../probe/dns-address";
import { labelsProblem } from "./values";
import { longestName } from "../core/grammar";
import { listed } from "../core/rules";
import { cloudflareTlsPorts } from "../facts/cloudflare";
import { telegramPorts } from "../facts/telegram";
import type { RecordType } from "./values";

export interface CloudflareSettings {
  apiToken?: string;
  zoneId?: string;
  proxied?: boolean;
  apiUrl?: string;
}

export interface Route53Settings {
  accessKeyId?: string;
  secretAccessKey?: string;
  region?: string;
  endpoint?: string;
  hostedZoneId?: string;
}

export interface Rfc2136Settings {
  server: string;
  tsigName?: string;
  tsigSecret?: string;
  tsigAlgorithm?: string;
}

/** Who serves the zone, and how it is written to: exactly one key. */
export type Via = { cloudflare: CloudflareSettings } | { route53: Route53Settings } | { rfc2136: Rfc2136Settings };
export type VendorName = "cloudflare" | "route53" | "rfc2136";

/** What nsupdate takes. */
export const tsigAlgorithms = ["hmac-sha256", "hmac-sha512", "hmac-sha384", "hmac-sha224", "hmac-sha1", "hmac-md5"];

type Rule = (value: unknown) => string | undefined;

const matching =
  (pattern: RegExp, says: string): Rule =>
  (value) =>
    typeof value === "string" && pattern.test(value) ? undefined : says;

const apiUrlRule: Rule = (value) => {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  const isLoopback = url !== undefined && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback);
  if (!url || !isSafe) return "must begin with https:// (http:// on loopback only), since the credential travels in it";
  return url.username || url.password || url.search || url.hash ? "must have no user, query or fragment" : undefined;
};
const secretRule = matching(/^[\x21-\x7e]{1,256}$/, "must be 1 to 256 printable characters without spaces");
const idRule = matching(/^[A-Za-z0-9]{1,64}$/, "must be letters and digits");

/** One row per setting; `required` ones by name. */
const settings: Record<VendorName, { rules: Record<string, Rule>; required: string[]; together: string[] }> = {
  cloudflare: {
    rules: {
      apiToken: secretRule,
      zoneId: idRule,
      proxied: (value) => (typeof value === "boolean" ? undefined : "must be true or false"),
      apiUrl: apiUrlRule,
    },
    required: [],
    together: [],
  },
  route53: {
    rules: {
      accessKeyId: secretRule,
      secretAccessKey: secretRule,
      region: matching(/^[a-z0-9-]{1,32}$/, "must be a region such as us-east-1"),
      endpoint: apiUrlRule,
      hostedZoneId: idRule,
    },
    required: [],
    together: ["accessKeyId", "secretAccessKey"],
  },
  rfc2136: {
    rules: {
      server: (value) => (typeof value === "string" ? nameServerProblem(value) : "must be a string"),
      tsigName: (value) =>
        typeof value === "string" && labelsProblem(value.replace(/\.$/, "")) === undefined
          ? undefined
          : "must be the name of the key",
      tsigSecret: matching(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, "must be base64"),
      tsigAlgorithm: (value) =>
        tsigAlgorithms.includes(String(value)) ? undefined : `must be one of ${tsigAlgorithms.join(", ")}`,
    },
    required: ["server"],
    together: ["tsigName", "tsigSecret"],
  },
};

/** The settings behind the one key. */
export function viaProblem(via: unknown): string | undefined {
  const keys = typeof via === "object" && via !== null ? Object.keys(via) : [];
  const [vendor] = keys;
  if (keys.length !== 1 || !vendor || !Object.hasOwn(settings, vendor)) {
    return "must have exactly one of the keys cloudflare, route53 and rfc2136";
  }
  const given = (via as Record<string, unknown>)[vendor];
  if (typeof given !== "object" || given === null) return `must hold an object in ${vendor}`;
  const { rules, required, together } = settings[vendor as VendorName];
  const values = Object.entries(given).filter(([, value]) => value !== undefined && value !== null);
  for (const [name, value] of values) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) return `has ${vendor}.${name}, which is none of ${Object.keys(rules).join(", ")}`;
    const says = rule(value);
    if (says !== undefined) return `has ${vendor}.${name}, which ${says}`;
  }
  const names = values.map(([name]) => name);
  const missing = required.find((name) => !names.includes(name));
  if (missing !== undefined) return `needs ${vendor}.${missing}`;
  const half = together.filter((name) => !names.includes(name));
  if (half.length > 0 && half.length < together.length) return `needs ${together.join(" and ")} together, or neither`;
  return undefined;
}

export function vendorOf(via: Via): VendorName {
  return Object.keys(via)[0] as VendorName;
}

/** The secrets in it, of whatever shape it is. */
export function credentialsIn(via: unknown): unknown {
  const { cloudflare, route53, rfc2136 } = (via ?? {}) as Record<VendorName, Record<string, unknown> | undefined>;
  return [cloudflare?.["apiToken"], route53?.["secretAccessKey"], rfc2136?.["tsigSecret"]];
}

export function isProxied(via: Via): boolean {
  return "cloudflare" in via && via.cloudflare.proxied === true;
}

export function zoneProblem(zone: string): string | undefined {
  const says = labelsProblem(zone.replace(/\.$/, ""));
  return says === undefined ? undefined : `must be the zone's name, such as example.com; it ${says}`;
}

/** A name in lower case, without the dot at the end. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

export function nameProblem(name: string): string | undefined {
  if (name === "@") return undefined;
  const says = labelsProblem(name.replace(/\.$/, "").replace(/^\*\./, "").replace(/^\*$/, "a"));
  return says === undefined ? undefined : `must be @, a name inside the zone, or that with the zone; it ${says}`;
}

/** The whole name: of "@", of a name inside the zone, and of one that has the zone already. */
export function fqdnOf(zone: string, name: string): string {
  if (name === "@" || name === zone) return zone;
  return name.endsWith(`.${zone}`) ? name : `${name}.${zone}`;
}

/** A name that ends in the zone's letters and yet lies outside: "notexample.com" is no name below example.com. */
export function outsideProblem(zone: string, name: string): string | undefined {
  const fqdn = fqdnOf(zone, name);
  if (name !== zone && name.endsWith(zone) && !name.endsWith(`.${zone}`)) {
    return `must lie in the zone ${zone}; got ${name}. Write it without the zone (bots) or with it (bots.${zone})`;
  }
  return fqdn.length > longestName
    ? `must be at most ${longestName} characters with its zone; got ${fqdn.length}`
    : undefined;
}

/** RFC 1034 3.6.2: a CNAME stands alone, and the zone's own name has SOA and NS records. */
export function apexProblem(zone: string, fqdn: string, type: RecordType): string | undefined {
  if (type !== "CNAME" || fqdn !== zone) return undefined;
  return `cannot be CNAME at the zone's own name ${zone}, which has SOA and NS records; publish an A record there`;
}

/** Cloudflare takes 30 (Enterprise; others 60) to 86400. Not compared with a live zone. */
export function ttlSecondsProblem(seconds: number): string | undefined {
  return isWhole(seconds, 30, 86_400) ? undefined : `must be a whole number of 30 to 86400; got ${seconds}`;
}

export function waitSecondsProblem(seconds: number): string | undefined {
  return isWhole(seconds, 0, 3600) ? undefined : `must be a whole number of 0 to 3600; got ${seconds}`;
}

export function nameServersProblem(addresses: string[]): string | undefined {
  if (addresses.length === 0) return "must hold at least one address; leave it out for the zone's own name servers";
  const at = addresses.findIndex((address) => socketAddressOf(address) === undefined);
  return at < 0 ? undefined : `must hold ip:port such as 192.0.2.53:53; item ${at + 1} is none`;
}

/** What only A and CNAME records can have at Cloudflare. */
export function proxiedTypeProblem(type: RecordType): string | undefined {
  return type === "A" || type === "CNAME" ? undefined : `has proxied, which a ${type} record cannot be at Cloudflare`;
}

/** Cloudflare's network ports for HTTPS that Telegram delivers to, too. Not compared with a live zone. */
const proxiedPorts = telegramPorts.filter((port) => cloudflareTlsPorts.includes(port));

/** What keeps a webhook from working at a name whose answers are Cloudflare's addresses (`proxied: true`). */
export function proxiedWebhookProblem(webhook: {
  url: string;
  certificate?: string;
  ipAddress?: string;
}): string | undefined {
  if (webhook.ipAddress !== undefined) {
    return "ipAddress pins the origin past Cloudflare, whose certificate or rules Telegram then does not meet; leave it out, or set proxied to false";
  }
  if (webhook.certificate !== undefined) {
    return "an uploaded certificate is the origin's, and Telegram sees Cloudflare's own; upload none, or set proxied to false";
  }
  const { port } = new URL(webhook.url);
  if (proxiedPorts.includes(Number(port || "443"))) return undefined;
  return `Cloudflare's proxy speaks TLS on ${listed(proxiedPorts, "and")} of Telegram's ports, not on ${port}; change the port, or set proxied to false`;
}

/** Bot rules that look at the header which Telegram does not send. Not tried at a live zone. */
export const proxiedWarning =
  "proxied: Telegram sends no User-Agent header, which Cloudflare's Browser Integrity Check, Bot Fight Mode and Under Attack mode " +
  "refuse or challenge with 403. Switch them off for the webhook's path (a configuration rule; Super Bot Fight Mode: a WAF rule " +
  "that skips it; Bot Fight Mode can only be switched off for the whole zone)";

function isWhole(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
