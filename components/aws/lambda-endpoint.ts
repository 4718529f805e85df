// A bot in AWS Lambda made reachable: its address, what checks the secret, the secret and the webhook, in the order that Telegram needs.
import * as pulumi from "@pulumi/pulumi";
import type { Api } from "@pulumi/aws/apigatewayv2/api";
import type { Queue } from "@pulumi/aws/sqs/queue";
import { programVoice, refusal, refuseNoArguments } from "../../provider/host/voice";
import { WebhookSecret } from "../../provider/telegram/secret/resource";
import { TelegramWebhook } from "../../provider/telegram/webhook/resource";
import { adviceOf } from "../endpoint/advice";
import { botOf, endpointPath } from "../endpoint/bot";
import { acceptedByEdge, secretsOf, stableSecretOf } from "../endpoint/secret";
import { endpointWebhook, takesUpLater } from "../endpoint/webhook";
import type { LambdaEndpointArgs } from "./args";
import { concurrencyAdvice, functionEnvironment, timeoutAdvice, uncheckedAtUrl } from "./environment";
import { makeFunctionUrl, urlPermissionProblem } from "./function-url";
import { makeHttpApi } from "./http-api";
import { functionOf, lambdaArgs, lambdaPlan } from "./plan";
import { makeQueue } from "./queue";
import { installedAws, loadAws } from "./sdk";
import { targetOf } from "./target";

/**
 * A bot in AWS Lambda made reachable, each part before what depends on it: what accepts Telegram's secrets, then the webhook. Its children
 * are listed by their names in docs/lambda-endpoint.md.
 */
export class LambdaEndpoint extends pulumi.ComponentResource {
  /** Where Telegram delivers. */
  readonly url: pulumi.Output<string>;
  /** What `lambdaEnvironment` gives, for a function that another program or tool deploys, secret. It waits for no child. */
  readonly environment: pulumi.Output<Record<string, string>>;
  /** The webhook's secret, unless it is one of the program. */
  readonly secret: WebhookSecret | undefined;
  /** The webhook. */
  readonly webhook: TelegramWebhook;
  /** The HTTP API, with `address.httpApi`. */
  readonly api: Api | undefined;
  /** The address that AWS gives to the API, https://…; off with a hostname, unless `keepDefaultEndpoint` is true. */
  readonly apiEndpoint: pulumi.Output<string> | undefined;
  /** The function's own URL, with `address.functionUrl`. */
  readonly functionUrl: pulumi.Output<string> | undefined;
  /** The queue of the updates, with `delivery: "queue"` or `"drain"`. */
  readonly queue: Queue | undefined;
  /** The queue of the updates that failed too often. */
  readonly deadLetters: Queue | undefined;

  constructor(name: string, given: LambdaEndpointArgs, options: pulumi.ComponentResourceOptions = {}) {
    const title = `LambdaEndpoint ${name}`;
    const refuse = (says: string) => refusal(`${title}: ${says}`);
    refuseNoArguments(title, given);
    const args = lambdaArgs(given, refuse);
    const plan = lambdaPlan(args, refuse);
    const called = functionOf(args.function, plan, refuse);
    const aws = loadAws();
    const outdated = plan.address.kind === "functionUrl" ? urlPermissionProblem(installedAws()) : undefined;
    if (outdated !== undefined) throw refuse(outdated);
    super("telegram:index:LambdaEndpoint", name, {}, options);
    const inside = { parent: this };
    const { warn } = programVoice(this);
    for (const warning of adviceOf(plan, uncheckedAtUrl(plan))) warn(`${warning}.`);
    const bot = botOf(title, args);
    const path = endpointPath(args, bot, refuse);
    const target = targetOf(aws, called, inside, refuse);
    concurrencyAdvice(plan, target, warn);
    timeoutAdvice(plan, target, warn);

    this.secret = plan.secret && new WebhookSecret(`${name}-secret`, plan.secret, inside);
    const { current, accepted } = secretsOf(this.secret ?? plan.ownSecret, refuse);
    const processSecret = stableSecretOf(bot, current);

    const queue = plan.queue && makeQueue(aws, name, plan.queue, target, bot.id, inside, refuse);
    const edge = {
      ...{ path, target, processSecret, accepted: acceptedByEdge(plan.preset, accepted, processSecret) },
      queue: plan.delivery === "queue" ? queue : undefined,
    };
    const made =
      plan.address.kind === "functionUrl"
        ? makeFunctionUrl(aws, name, target, inside)
        : makeHttpApi(aws, name, { ...edge, domain: plan.address.domain }, inside, refuse);

    this.url = pulumi.interpolate`${made.origin}${path}`;
    this.webhook = new TelegramWebhook(
      `${name}-webhook`,
      endpointWebhook(plan, { url: this.url, current, preflight: takesUpLater }),
      {
        parent: this,
        dependsOn: [...made.reach, ...(target.resource ? [target.resource] : [])],
      },
    );
    this.environment = functionEnvironment(plan, bot, path);
    this.api = "api" in made ? made.api : undefined;
    this.apiEndpoint = this.api?.apiEndpoint;
    this.functionUrl = "functionUrl" in made ? made.functionUrl : undefined;
    this.queue = queue?.queue;
    this.deadLetters = queue?.deadLetters;
    this.registerOutputs({ url: this.url, environment: this.environment });
  }
}
