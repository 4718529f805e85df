// What a bot's function is told, and what follows of the plan for the program: its warnings.
import type * as pulumi from "@pulumi/pulumi";
import { refusal, refuseNoArguments } from "../../provider/host/voice";
import { processSecretFrom } from "../../provider/telegram/process-secret";
import { defaultMaxConnections } from "../../provider/telegram/webhook/fields";
import { botOf, endpointPath } from "../endpoint/bot";
import type { EndpointBot } from "../endpoint/bot";
import { processEnvironment } from "../endpoint/environment";
import { secretsOf } from "../endpoint/secret";
import { webhookWithPreset } from "../endpoint/webhook";
import type { LambdaEndpointArgs } from "./args";
import { lambdaArgs, lambdaPlan } from "./plan";
import type { LambdaPlan } from "./plan";
import type { Target } from "./target";

/** The arguments of a {@link LambdaEndpoint} without its function. */
export type LambdaEnvironmentArgs = Omit<LambdaEndpointArgs, "function">;

/**
 * What the function of a {@link LambdaEndpoint} needs as its `environment.variables`, secret. It is made before the endpoint, from the same
 * arguments, since the endpoint needs the function: TELEGRAM_BOT_TOKEN, TELEGRAM_API_URL, WEBHOOK_PATH, and what the function compares with
 * the header X-Telegram-Bot-Api-Secret-Token: WEBHOOK_SECRET behind an HTTP API (it follows from the token: a rotation changes nothing),
 * WEBHOOK_SECRETS (all that are accepted, with commas) and WEBHOOK_SECRET (the current one) with a function URL, nothing behind a queue.
 * With `tokenFrom` behind an HTTP API WEBHOOK_SECRET is the current one of a `secret` of the program, and left out without one: only the
 * authorizer compares then.
 */
export function lambdaEnvironment(given: LambdaEnvironmentArgs): pulumi.Output<Record<string, string>> {
  const title = "lambdaEnvironment";
  const refuse = (says: string) => refusal(`${title}: ${says}`);
  refuseNoArguments(title, given);
  const args = lambdaArgs(given, refuse);
  const bot = botOf(title, args);
  return functionEnvironment(lambdaPlan(args, refuse), bot, endpointPath(args, bot, refuse));
}

/** From arguments only: no url, which would wait for the endpoint's children. */
export function functionEnvironment(
  plan: LambdaPlan,
  bot: EndpointBot,
  path: pulumi.Input<string>,
): pulumi.Output<Record<string, string>> {
  // The preset's own variables are for a process that serves by itself.
  return processEnvironment({ ...plan, preset: undefined }, bot, { url: undefined, path, ...checkedBy(plan, bot) });
}

function checkedBy({ address, delivery, ownSecret }: LambdaPlan, { token }: EndpointBot) {
  if (delivery === "queue") return { secretToken: undefined };
  if (address.kind === "httpApi") return { secretToken: token?.apply(processSecretFrom) ?? ownSecret?.current };
  const { current, accepted } = secretsOf(ownSecret, refusal);
  return { secretToken: current, accepted };
}

/** With a function URL nobody stands before the function. */
export function uncheckedAtUrl({ address }: LambdaPlan): ((preset: string) => string) | undefined {
  if (address.kind === "httpApi") return undefined;
  return (preset) =>
    `address: ${preset} checks no secret, and with a function URL nobody does unless your handler compares it: whoever knows the url can send updates. Use { httpApi: {} }, or compare the header with WEBHOOK_SECRETS in the handler`;
}

/** Telegram opens so many connections, and AWS runs so many instances: said where both are known. */
export function concurrencyAdvice(plan: LambdaPlan, { resource }: Target, warn: (line: string) => void): void {
  const { maxConnections = defaultMaxConnections } = webhookWithPreset(plan);
  if (plan.delivery === "queue" || resource === undefined || typeof maxConnections !== "number") return;
  resource.reservedConcurrentExecutions.apply((reserved) => {
    if (typeof reserved !== "number" || reserved < 0 || reserved === maxConnections) return;
    const effect =
      reserved < maxConnections
        ? `AWS refuses what comes on more than ${reserved} of them, and Telegram sends it again later`
        : `so many instances are never used`;
    warn(
      `webhook.maxConnections: Telegram opens up to ${maxConnections} connections, and the function's reservedConcurrentExecutions is ${reserved}: ${effect}. Set both to one number.`,
    );
  });
}

const httpApiWaitsSeconds = 30;

/** An HTTP API gives up before a function that may take longer. */
export function timeoutAdvice(plan: LambdaPlan, { resource }: Target, warn: (line: string) => void): void {
  if (plan.delivery === "queue" || plan.address.kind === "functionUrl" || resource === undefined) return;
  resource.timeout.apply((seconds) => {
    if (typeof seconds !== "number" || seconds <= httpApiWaitsSeconds) return;
    warn(
      `function: its timeout is ${seconds} s, and an HTTP API waits ${httpApiWaitsSeconds} s for an answer: then Telegram gets 503 and sends the update again, while the function still runs. Set its timeout to ${httpApiWaitsSeconds} or less, or use delivery "queue".`,
    );
  });
}
