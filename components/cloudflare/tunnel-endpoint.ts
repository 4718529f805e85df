// A bot without a public address: tunnel, its configuration, the record, secret and webhook, and what cloudflared needs on the machine.
import * as pulumi from "@pulumi/pulumi";
import type { DnsRecord as CloudflareRecord } from "@pulumi/cloudflare/dnsRecord";
import type { ZeroTrustTunnelCloudflared } from "@pulumi/cloudflare/zeroTrustTunnelCloudflared";
import type { ZeroTrustTunnelCloudflaredConfig } from "@pulumi/cloudflare/zeroTrustTunnelCloudflaredConfig";
import { programVoice, refusal, refuseNoArguments } from "../../provider/host/voice";
import { WebhookSecret } from "../../provider/telegram/secret/resource";
import { TelegramWebhook } from "../../provider/telegram/webhook/resource";
import { adviceOf } from "../endpoint/advice";
import { botOf, endpointPath } from "../endpoint/bot";
import { fileOf, processEnvironment } from "../endpoint/environment";
import { secretsOf } from "../endpoint/secret";
import { endpointWebhook, learnsLater } from "../endpoint/webhook";
import { cloudflareClasses } from "./classes";
import { nameAtCloudflare } from "./site";
import { tunnelConfig, tunnelUnit } from "./tunnel/parts";
import { tunnelPlan } from "./tunnel/plan";
import type { TunnelEndpointArgs } from "./tunnel/plan";
import { wafRuleFor } from "./waf";
import type { WafRule } from "./waf";

const unchecked = (preset: string) =>
  `preset: ${preset} checks no secret, and a tunnel checks none either: whoever knows the url can send updates. Check WEBHOOK_SECRET yourself, or use a WorkerEndpoint, which checks it`;

/**
 * A bot without a public address, behind a Cloudflare Tunnel. Nothing checks the secret on the way, so the bot does. Its children are
 * `<name>-tunnel`, `-config`, `-record`, `-secret` and `-webhook`.
 */
export class TunnelEndpoint extends pulumi.ComponentResource {
  /** Where Telegram delivers. */
  readonly url: pulumi.Output<string>;
  /** What the bot's process needs, as variables of its environment, secret. It waits for no tunnel and no webhook. */
  readonly environment: pulumi.Output<Record<string, string>>;
  /** The same as a file for a shell, systemd's EnvironmentFile or dotenv: a line `NAME='value'` each, secret. */
  readonly environmentFile: pulumi.Output<string>;
  /** What cloudflared identifies itself with, secret: whoever has it gets the updates. */
  readonly tunnelToken: pulumi.Output<string>;
  /** A unit for systemd that runs cloudflared with the token in `/etc/cloudflared/<tunnelName>.token`. */
  readonly systemdUnit: pulumi.Output<string>;
  /** The tunnel's name in the account. */
  readonly tunnelName: pulumi.Output<string>;
  /** The exception for Telegram's requests, for `rules` of your own `cloudflare.Ruleset` of the phase http_request_firewall_custom. */
  readonly wafRule: pulumi.Output<WafRule>;
  /** The tunnel. */
  readonly tunnel: ZeroTrustTunnelCloudflared;
  /** The rules of the tunnel: which requests go to the bot. */
  readonly config: ZeroTrustTunnelCloudflaredConfig;
  /** The proxied record of the hostname, a `cloudflare.DnsRecord`. */
  readonly record: CloudflareRecord;
  /** The webhook's secret, unless it is one of your own. */
  readonly secret: WebhookSecret | undefined;
  /** The webhook. */
  readonly webhook: TelegramWebhook;

  constructor(name: string, given: TunnelEndpointArgs, options: pulumi.ComponentResourceOptions = {}) {
    const title = `TunnelEndpoint ${name}`;
    const refuse = (says: string) => refusal(`${title}: ${says}`);
    refuseNoArguments(title, given);
    const { args, plan } = tunnelPlan(given, refuse);
    const classes = cloudflareClasses();
    super("telegram:index:TunnelEndpoint", name, {}, options);
    const inside = { parent: this };
    for (const warning of adviceOf(plan, unchecked)) programVoice(this).warn(`${warning}.`);
    const { site, upstream } = plan;
    const { accountId, hostname, zoneId } = site;
    const bot = botOf(title, args);
    const path = endpointPath(args, bot, refuse);
    this.url = pulumi.interpolate`https://${hostname}${path}`;
    this.wafRule = wafRuleFor(hostname, path);

    this.secret = plan.secret && new WebhookSecret(`${name}-secret`, plan.secret, inside);
    const { current, accepted } = secretsOf(this.secret ?? plan.ownSecret, refuse);

    const tunnelName = nameAtCloudflare(name);
    this.tunnel = new classes.ZeroTrustTunnelCloudflared(
      `${name}-tunnel`,
      { accountId, name: tunnelName, configSrc: "cloudflare" },
      inside,
    );
    this.tunnelName = this.tunnel.name;
    this.config = new classes.ZeroTrustTunnelCloudflaredConfig(
      `${name}-config`,
      tunnelConfig(plan, this.tunnel.id, path),
      inside,
    );
    this.record = new classes.DnsRecord(
      `${name}-record`,
      {
        zoneId,
        name: hostname,
        type: "CNAME",
        content: pulumi.interpolate`${this.tunnel.id}.cfargotunnel.com`,
        proxied: true,
        ttl: 1,
      },
      { ...inside, replaceOnChanges: ["name"] },
    );

    this.webhook = new TelegramWebhook(
      `${name}-webhook`,
      endpointWebhook(plan, { url: this.url, current, preflight: plan.secret && learnsLater }),
      { parent: this, dependsOn: [this.config, this.record] },
    );
    this.environment = processEnvironment(plan, bot, { url: this.url, path, upstream, secretToken: current, accepted });
    this.environmentFile = this.environment.apply(fileOf);
    const asked = classes.getZeroTrustTunnelCloudflaredTokenOutput({ accountId, tunnelId: this.tunnel.id }, inside);
    this.tunnelToken = pulumi.secret(asked.token);
    this.systemdUnit = tunnelUnit(tunnelName, hostname);
    this.registerOutputs({ url: this.url, environment: this.environment, tunnelToken: this.tunnelToken });
  }
}
