// What a tunnel is told, and what cloudflared needs on the machine.
import * as pulumi from "@pulumi/pulumi";
import type { ZeroTrustTunnelCloudflaredConfigArgs } from "@pulumi/cloudflare/zeroTrustTunnelCloudflaredConfig";
import type { TunnelPlan } from "./plan";

/** One path goes to the bot, and everything else gets 404. Of any host that leads here: an old one answers until the webhook has moved. */
export function tunnelConfig(
  { site, upstream }: TunnelPlan,
  tunnelId: pulumi.Output<string>,
  path: pulumi.Input<string>,
): ZeroTrustTunnelCloudflaredConfigArgs {
  const pattern = pulumi.output(path).apply((at) => `^${at.replaceAll(".", "\\.")}$`); // cloudflared takes it for an expression
  return {
    accountId: site.accountId,
    tunnelId,
    source: "cloudflare",
    config: {
      ingresses: [{ path: pattern, service: upstream }, { service: "http_status:404" }],
    },
  };
}

/** A unit for systemd 250 or later. The token comes as a credential, since a command line can be read by every user of the machine. */
export function tunnelUnit(tunnelName: string, hostname: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.interpolate`[Unit]
Description=Cloudflare Tunnel for ${hostname}
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
DynamicUser=yes
LoadCredential=token:/etc/cloudflared/${tunnelName}.token
ExecStart=/usr/bin/cloudflared --no-autoupdate tunnel run --token-file %d/token
Restart=always
RestartSec=5

[Install]
WantedBy=multi-user.target
`;
}
