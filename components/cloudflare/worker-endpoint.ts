// A bot behind a Worker of ours: script, domain or route, the WAF's exception, secret and webhook.
import * as pulumi from "@pulumi/pulumi";
import type { Ruleset } from "@pulumi/cloudflare/ruleset";
import type { WorkersCustomDomain } from "@pulumi/cloudflare/workersCustomDomain";
import type { WorkersRoute } from "@pulumi/cloudflare/workersRoute";
import type { WorkersScript } from "@pulumi/cloudflare/workersScript";
import { secretHeader } from "../../provider/constants/telegram";
import { programVoice, refusal, refuseNoArguments } from "../../provider/host/voice";
import { WebhookSecret } from "../../provider/telegram/secret/resource";
import { TelegramWebhook } from "../../provider/telegram/webhook/resource";
import { adviceOf } from "../endpoint/advice";
import { botOf, endpointPath } from "../endpoint/bot";
import { fileOf, processEnvironment } from "../endpoint/environment";
import { acceptedByEdge, secretsOf, stableSecretOf } from "../endpoint/secret";
import { endpointWebhook, takesUpLater } from "../endpoint/webhook";
import { cloudflareClasses } from "./classes";
import { nameAtCloudflare } from "./site";
import { wafRuleFor } from "./waf";
import type { WafRule } from "./waf";
import { originUrl, scriptArgs } from "./worker/parts";
import { workerPlan } from "./worker/plan";
import type { WorkerEndpointArgs } from "./worker/plan";

const unchecked = (preset: string) =>
  `preset: ${preset} checks no secret: whoever knows the host of origin.url can send updates past the Worker. Compare the header ${secretHeader} with WEBHOOK_SECRET in the bot or in a server before it, or use origin: { service }, which is reached by no host of its own`;

/**
 * A bot behind a Cloudflare Worker, which lets only genuine updates through: path, method, type, size and secret are checked at Cloudflare, and the
 * bot gets a secret that no rotation changes. Its children are `<name>-worker`, `-domain` or `-route`, `-waf`, `-secret` and `-webhook`.
 */
export class WorkerEndpoint extends pulumi.ComponentResource {
  /** Where Telegram delivers. */
  readonly url: pulumi.Output<string>;
  /** What the bot's process needs, as variables of its environment, secret. It waits for no Worker and no webhook. */
  readonly environment: pulumi.Output<Record<string, string>>;
  /** The same as a file for a shell, systemd's EnvironmentFile or dotenv: a line `NAME='value'` each, secret. */
  readonly environmentFile: pulumi.Output<string>;
  /** The exception for Telegram's requests, for `rules` of your own `cloudflare.Ruleset` of the phase http_request_firewall_custom. */
  readonly wafRule: pulumi.Output<WafRule>;
  /** The Worker's script. */
  readonly worker: WorkersScript;
  /** What leads the hostname, or with `attach: "route"` the path, to the Worker. */
  readonly attachment: WorkersCustomDomain | WorkersRoute;
  /** The zone's custom rules, with `waf: { manage: true }`. */
  readonly waf: Ruleset | undefined;
  /** The webhook's secret, unless it is one of your own. */
  readonly secret: WebhookSecret | undefined;
  /** The webhook. */
  readonly webhook: TelegramWebhook;

  constructor(name: string, given: WorkerEndpointArgs, options: pulumi.ComponentResourceOptions = {}) {
    const title = `WorkerEndpoint ${name}`;
    const refuse = (says: string) => refusal(`${title}: ${says}`);
    refuseNoArguments(title, given);
    const { args, plan } = workerPlan(given, refuse);
    const classes = cloudflareClasses();
    super("telegram:index:WorkerEndpoint", name, {}, options);
    const inside = { parent: this };
    for (const warning of adviceOf(plan, plan.service === undefined ? unchecked : undefined))
      programVoice(this).warn(`${warning}.`);
    const { site, preset } = plan;
    const bot = botOf(title, args);
    const path = endpointPath(args, bot, refuse);
    this.url = pulumi.interpolate`https://${site.hostname}${path}`;
    this.wafRule = wafRuleFor(site.hostname, path);

    this.secret = plan.secret && new WebhookSecret(`${name}-secret`, plan.secret, inside);
    const { current, accepted } = secretsOf(this.secret ?? plan.ownSecret, refuse);
    const stable = stableSecretOf(bot, current);
    const gate = {
      plan,
      path,
      url: this.url,
      accepted: acceptedByEdge(preset, accepted, stable),
      processSecret: stable,
    };

    // A script for each place: a new one is there, and the old one still answers, until the webhook has moved. A domain leads to one script only.
    const place = pulumi.interpolate`${site.hostname}${plan.attach === "route" ? path : ""}`;
    const script = place.apply((at) => nameAtCloudflare(name, at));
    this.worker = new classes.WorkersScript(`${name}-worker`, scriptArgs(script, gate, refuse), {
      parent: this,
      additionalSecretOutputs: ["bindings"],
    });
    const { scriptName } = this.worker;
    this.attachment =
      plan.attach === "route"
        ? new classes.WorkersRoute(
            `${name}-route`,
            { zoneId: site.zoneId, pattern: pulumi.interpolate`${site.hostname}${path}`, script: scriptName },
            { ...inside, replaceOnChanges: ["pattern"] },
          )
        : new classes.WorkersCustomDomain(
            `${name}-domain`,
            { accountId: site.accountId, zoneId: site.zoneId, hostname: site.hostname, service: scriptName },
            inside,
          );
    this.waf = plan.managesWaf
      ? new classes.Ruleset(
          `${name}-waf`,
          {
            zoneId: site.zoneId,
            kind: "zone",
            phase: "http_request_firewall_custom",
            name: "default",
            rules: [this.wafRule],
          },
          inside,
        )
      : undefined;

    this.webhook = new TelegramWebhook(
      `${name}-webhook`,
      endpointWebhook(plan, { url: this.url, current, preflight: takesUpLater }),
      {
        parent: this,
        dependsOn: [this.attachment, ...(this.waf ? [this.waf] : [])],
      },
    );
    this.environment = processEnvironment(plan, bot, {
      url: this.url,
      path: originUrl(gate).apply((at) => new URL(at).pathname),
      secretToken: stable,
    });
    this.environmentFile = this.environment.apply(fileOf);
    this.registerOutputs({ url: this.url, environment: this.environment, wafRule: this.wafRule });
  }
}
