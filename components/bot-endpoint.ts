// A bot made reachable: its certificate, record, route, secret and webhook, in the order that Telegram needs.
import * as pulumi from "@pulumi/pulumi";
import { DnsRecord } from "../provider/dns/record/resource";
import { ProxyRoute } from "../provider/proxy/route/resource";
import { WebhookSecret } from "../provider/telegram/secret/resource";
import { TelegramWebhook } from "../provider/telegram/webhook/resource";
import { TlsCertificate } from "../provider/tls/certificate/resource";
import { programVoice, refusal, refuseNoArguments } from "../provider/host/voice";
import type { BotEndpointArgs } from "./bot-endpoint/args";

/**
 * A bot made reachable: certificate, record, a route on each machine, secret and webhook, each proved before the next one
 * depends on it. Its children are `<name>-certificate`, `-record`, `-route` (on further machines `-route-<host>`),
 * `-secret` and `-webhook`.
 */
export class BotEndpoint extends pulumi.ComponentResource {
  /** Where Telegram delivers. */
  readonly url: pulumi.Output<string>;
  /** The environment variables that the bot's process needs. Secret. They are known before the route and the webhook are made. */
  readonly environment: pulumi.Output<Record<string, string>>;
  /** The same as the text of a file for a shell, systemd's EnvironmentFile or dotenv: lines `NAME='value'`. Secret. */
  readonly environmentFile: pulumi.Output<string>;
  /** The certificate, if the endpoint makes one. */
  readonly certificate: TlsCertificate | undefined;
  /** The record, if `dns` is given. */
  readonly record: DnsRecord | undefined;
  /** The route on the first machine. */
  readonly route: ProxyRoute | undefined;
  /** The routes on all machines. */
  readonly routes: ProxyRoute[];
  /** The webhook's secret, unless it is one of your own. */
  readonly secret: WebhookSecret | undefined;
  /** The webhook. */
  readonly webhook: TelegramWebhook;

  constructor(name: string, given: BotEndpointArgs, options: pulumi.ComponentResourceOptions = {}) {
    const { adviceOf, botEndpointArgs, botOf, fileOf, isPublic, parts, planOf, secretsOf } =
      require("./bot-endpoint/index") as typeof import("./bot-endpoint/index");
    const title = `BotEndpoint ${name}`;
    refuseNoArguments(title, given);
    const args = botEndpointArgs(given, (says) => refusal(`${title}: ${says}`));
    const plan = planOf(title, args);
    super("telegram:index:BotEndpoint", name, {}, options);
    const inside = { parent: this };
    for (const warning of adviceOf(plan, parts.uncheckedBy(plan))) programVoice(this).warn(`${warning}.`);
    const bot = botOf(title, args);
    const path = args.path ?? pulumi.interpolate`/tg/${bot.id}`;

    this.record = plan.record && new DnsRecord(`${name}-record`, parts.recordArgs(plan.host, plan.record), inside);

    this.certificate =
      plan.certificate &&
      new TlsCertificate(
        `${name}-certificate`,
        { ...plan.certificate, names: [plan.host] },
        { parent: this, ...(this.record && isPublic(plan.certificate) && { dependsOn: [this.record] }) },
      );
    const pem = this.certificate ?? plan.pem ?? {};

    this.secret = plan.secret && new WebhookSecret(`${name}-secret`, plan.secret, inside);
    const { current, accepted } = secretsOf(this.secret ?? plan.ownSecret, (says) => refusal(`${title}: ${says}`));
    const known = { plan, path, pem, current, accepted, processSecret: parts.processSecretOf(plan, bot, current) };

    // A server that gets its certificate itself is found by its name while it does.
    const before = this.record && parts.isAutomatic(plan) ? { dependsOn: [this.record] } : {};
    this.routes = plan.machines.map(
      ({ role, on }) => new ProxyRoute(`${name}-${role}`, parts.routeArgs(known, on), { parent: this, ...before }),
    );
    this.route = this.routes[0];

    this.url = parts.urlOf(known);
    this.webhook = new TelegramWebhook(`${name}-webhook`, parts.webhookArgs(known, this.url), {
      parent: this,
      dependsOn: [...this.routes, ...(this.record ? [this.record] : [])],
    });
    this.environment = parts.environment(known, this.url, bot);
    this.environmentFile = this.environment.apply(fileOf);
    this.registerOutputs({ url: this.url, environment: this.environment });
  }
}
