// Hosted zones of Route 53: what a record can be there. Its client is loaded when it is used.
import { optional, secret } from "../../../core/leaf";
import type { Settings } from "../../../core/choice-types";
import { vendorModule } from "../module";
import { apiUrl, credential, textLike } from "../settings";

const settings = {
  /** An access key, together with `secretAccessKey`. Omit it to use the configuration `telegram:awsAccessKeyId`, then what every AWS tool uses: environment, profile, role. */
  accessKeyId: optional(credential()),
  /** The secret of `accessKeyId`. Omit it to use the configuration `telegram:awsSecretAccessKey`, then what every AWS tool uses. */
  secretAccessKey: secret(optional(credential())),
  /** The region that requests are signed for. Omit it to use `AWS_REGION`, `AWS_DEFAULT_REGION`, then us-east-1. */
  region: optional(textLike(/^[a-z0-9-]{1,32}$/, "must be a region such as us-east-1")),
  /** URL of the API. Omit it to use the one that the AWS settings or the region give. */
  endpoint: optional(apiUrl()),
  /** The zone's id. Omit it to find the public zone by its name; a private zone needs its id. */
  hostedZoneId: optional(
    textLike(/^[A-Za-z0-9]{1,64}$/, "must be letters and digits (Z…), without /hostedzone/ in front"),
  ),
} as const;

export type Route53Settings = Settings<typeof settings>;

export const route53 = vendorModule({
  name: "route53",
  settings,
  isAtomic: true,
  peer: { name: "@aws-sdk/client-route-53", range: "3" },
  problem: ({ accessKeyId, secretAccessKey }) =>
    (accessKeyId === undefined) === (secretAccessKey === undefined)
      ? undefined
      : "needs accessKeyId and secretAccessKey together, or neither",
  // Left out it may be elsewhere, as AWS_ENDPOINT_URL and profiles say.
  api: ({ endpoint }) => endpoint,
  cannot: () => [],
  open: (...given) => (require("./client") as typeof import("./client")).openRoute53(...given),
});
