// A primary server that takes dynamic updates (RFC 2136): what a record can be there. Its client is loaded when it is used.
import { optional, secret, text } from "../../../core/leaf";
import type { Settings } from "../../../core/choice-types";
import { nameServerProblem } from "../../../probe/dns-address";
import { tsigAlgorithms } from "../../../probe/dns-tsig";
import { labelsProblem } from "../../values";
import { vendorModule } from "../module";
import { textLike } from "../settings";

const settings = {
  /** The zone's primary server, `ip` or `ip:port`. */
  server: text(nameServerProblem),
  /** The TSIG key's name, together with `tsigSecret`. Omit it to use the configuration `telegram:tsigName`, then `DNS_UPDATE_KEYNAME`. */
  tsigName: optional(
    text((value) =>
      labelsProblem(value.replace(/\.$/, "")) === undefined ? undefined : "must be the name of the key",
    ),
  ),
  /** The TSIG key, base64, together with `tsigName`. Omit it to use the configuration `telegram:tsigSecret`, then `DNS_UPDATE_KEYSECRET`. */
  tsigSecret: secret(
    optional(textLike(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, "must be base64")),
  ),
  /** The TSIG key's algorithm. Omit it to use the configuration `telegram:tsigAlgorithm`, then `DNS_UPDATE_KEYALGORITHM`, then hmac-sha256. */
  tsigAlgorithm: optional(
    text((value) => (tsigAlgorithms.includes(value) ? undefined : `must be one of ${tsigAlgorithms.join(", ")}`)),
  ),
} as const;

export type Rfc2136Settings = Settings<typeof settings>;

export const rfc2136 = vendorModule({
  name: "rfc2136",
  settings,
  isAtomic: true,
  problem: ({ tsigName, tsigSecret }) =>
    (tsigName === undefined) === (tsigSecret === undefined)
      ? undefined
      : "needs tsigName and tsigSecret together, or neither",
  cannot: () => [],
  open: (own, context) => (require("./client") as typeof import("./client")).openRfc2136(own, context),
});
