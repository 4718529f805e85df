// Zones at Cloudflare: what a record can be there. Its client is loaded when it is used.
import { flag, optional, secret, withDefault } from "../../../core/leaf";
import type { Settings } from "../../../core/choice-types";
import { listed, problem, warning } from "../../../core/rules";
import { cloudflareTlsPorts } from "../../../constants/cloudflare";
import { telegramPorts } from "../../../constants/telegram";
import { previewWarnings } from "../../notices";
import { defaultTtlSeconds } from "../../values";
import { vendorModule } from "../module";
import { apiUrl, credential, identifier } from "../settings";

const settings = {
  /** An API token with Zone.DNS Edit and Zone.Zone Read. Omit it to use the configuration `telegram:cloudflareApiToken`, then `CLOUDFLARE_API_TOKEN`. */
  apiToken: secret(optional(credential())),
  /** The zone's id. Omit it to find the zone by its name. */
  zoneId: optional(identifier()),
  /** Whether Cloudflare's proxy answers for the record (A and CNAME only). */
  proxied: withDefault(flag(), false),
  /** URL of the API. Omit it for Cloudflare's own. */
  apiUrl: optional(apiUrl()),
} as const;

export type CloudflareSettings = Settings<typeof settings>;

export const cloudflare = vendorModule({
  name: "cloudflare",
  settings,
  isAtomic: true,
  peer: { name: "cloudflare", range: "7" },
  recordSettings: ["proxied"],
  answersItself: ({ proxied }) => proxied,
  api: ({ apiUrl = "https://api.cloudflare.com" }) => apiUrl,
  cannot({ type, ttlSeconds }, { proxied }) {
    if (!proxied) return [];
    if (type !== undefined && type !== "A" && type !== "CNAME") {
      return [problem("via", `has proxied, which a ${type} record cannot be at Cloudflare`)];
    }
    const hasOwnTtl = ttlSeconds !== undefined && ttlSeconds !== defaultTtlSeconds;
    if (hasOwnTtl) {
      return [problem("ttlSeconds", "has no effect with proxied: Cloudflare answers with 300 s; leave it out")];
    }
    return [warning("via", previewWarnings.proxied())];
  },
  cannotServe({ port, uploadsCertificate, isPinned }, { proxied }) {
    if (!proxied) return undefined;
    if (isPinned) {
      return "ipAddress pins the origin past Cloudflare, whose certificate or rules Telegram then does not meet; leave it out, or set proxied to false";
    }
    if (uploadsCertificate) {
      return "an uploaded certificate is the origin's, and Telegram sees Cloudflare's own; upload none, or set proxied to false";
    }
    if (proxiedPorts.includes(port)) return undefined;
    return `Cloudflare's proxy speaks TLS on ${listed(proxiedPorts, "and")} of Telegram's ports, not on ${port}; change the port, or set proxied to false`;
  },
  open: (...given) => (require("./client") as typeof import("./client")).openCloudflare(...given),
});

/** Cloudflare's network ports for HTTPS that Telegram delivers to, too. Not compared with a live zone. */
const proxiedPorts = telegramPorts.filter((port) => cloudflareTlsPorts.includes(port));
