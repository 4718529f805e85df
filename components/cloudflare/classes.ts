// The classes of @pulumi/cloudflare that endpoints are made of, each by its own file: the package as a whole takes a second to load.
import { loadProvider } from "../dns-parts";

export function cloudflareClasses() {
  return loadProvider("cloudflare", "@pulumi/cloudflare", "6", () => ({
    ...(require("@pulumi/cloudflare/dnsRecord") as typeof import("@pulumi/cloudflare/dnsRecord")),
    ...(require("@pulumi/cloudflare/ruleset") as typeof import("@pulumi/cloudflare/ruleset")),
    ...(require("@pulumi/cloudflare/workersScript") as typeof import("@pulumi/cloudflare/workersScript")),
    ...(require("@pulumi/cloudflare/workersRoute") as typeof import("@pulumi/cloudflare/workersRoute")),
    ...(require("@pulumi/cloudflare/workersCustomDomain") as typeof import("@pulumi/cloudflare/workersCustomDomain")),
    ...(require("@pulumi/cloudflare/zeroTrustTunnelCloudflared") as typeof import("@pulumi/cloudflare/zeroTrustTunnelCloudflared")),
    ...(require("@pulumi/cloudflare/zeroTrustTunnelCloudflaredConfig") as typeof import("@pulumi/cloudflare/zeroTrustTunnelCloudflaredConfig")),
    ...(require("@pulumi/cloudflare/getZeroTrustTunnelCloudflaredToken") as typeof import("@pulumi/cloudflare/getZeroTrustTunnelCloudflaredToken")),
  }));
}
