// The arguments of an endpoint's children, and what follows from several of them.
import * as pulumi from "@pulumi/pulumi";
import type { DnsRecordArgs } from "../../provider/dns/record/resource";
import { nameOfHost } from "../../provider/dns/rules";
import { programSources } from "../../provider/host/sources";
import { endpointUrl } from "../../provider/proxy/route/fields";
import { tls } from "../../provider/proxy/route/choices";
import type { ProxyRouteArgs, OnArgs, TlsArgs } from "../../provider/proxy/route/resource";
import { processSecretFrom } from "../../provider/telegram/process-secret";
import { allowedUpdatesProblem, botIdOf, normalUpdateKinds, tokenProblem } from "../../provider/telegram/rules";
import { telegramApiUrl } from "../../provider/constants/telegram";
import { configuredApiUrl, settleToken } from "../../provider/telegram/webhook/settle";
import { defaultMaxConnections } from "../../provider/telegram/webhook/fields";
import type { TelegramWebhookArgs } from "../../provider/telegram/webhook/resource";
import { refusal } from "../../provider/host/voice";
import type { BotEndpointArgs, EndpointRecordArgs, PemArgs, EndpointPlan, SecretArgs } from "./args";
import { environmentOf } from "./environment";

/** The bot, as far as the program knows it. */
export interface EndpointBot {
  id: pulumi.Output<string>;
  /** Not with `tokenFrom`. */
  token: pulumi.Output<string> | undefined;
}

/** What the children share. */
export interface EndpointValues {
  plan: EndpointPlan;
  path: pulumi.Input<string>;
  pem: PemArgs;
  /** The webhook's secret, and all that the edge accepts. */
  current: pulumi.Input<string>;
  accepted: pulumi.Input<pulumi.Input<string>[]>;
  /** What the process checks: behind a route one that rotations do not touch. */
  processSecret: pulumi.Input<string>;
}

/** Refuses a missing token, since path and environment follow from it. A malformed one is never shown. */
export function botOf(title: string, args: BotEndpointArgs): EndpointBot {
  const refuse = (says: string) => refusal(`${title}: ${says}`);
  const { token, tokenFrom } = args;
  const settled = settleToken({ token, tokenFrom, expectBot: args.webhook?.expectBot }, programSources());
  const problem = settled.findings.find(({ level }) => level === "problem");
  if (problem) throw refuse(`${problem.field} ${problem.says}`);
  const found = (settled.values["token"] as pulumi.Input<string> | undefined) ?? token;
  if (tokenFrom !== undefined) {
    const { expectBot } = args.webhook ?? {};
    if (expectBot === undefined) throw refuse("tokenFrom needs webhook.expectBot, the bot's numeric id");
    return { id: pulumi.output(expectBot), token: undefined };
  }
  if (found === undefined) {
    throw refuse(
      "needs token or tokenFrom; or run `pulumi config set --secret telegram:token`, or set TELEGRAM_BOT_TOKEN",
    );
  }
  const known = pulumi.secret(found);
  const id = known.apply((text) => {
    const problem = tokenProblem(text);
    if (problem) throw refuse(`token ${problem}`);
    return botIdOf(text) ?? "";
  });
  return { id: pulumi.unsecret(id), token: known };
}

export function recordArgs(host: pulumi.Input<string>, { address, ...rest }: EndpointRecordArgs): DnsRecordArgs {
  const { zone } = rest;
  const isPlain = typeof zone === "string" && typeof host === "string";
  const name = isPlain ? nameOfHost(zone, host) : pulumi.all([zone, host]).apply(([of, one]) => nameOfHost(of, one));
  return { ...rest, name, type: "A", values: Array.isArray(address) ? address : [address] };
}

export function secretsOf(secret: Partial<SecretArgs> = {}): Pick<EndpointValues, "current" | "accepted"> {
  const { current = "", accepted = [current] } = secret;
  return { current, accepted };
}

/**
 * Behind a route: the route's own, or one that follows from the token, so that only a new token changes it (the process
 * starts anew then in any case). Without a route, and with `tokenFrom`: the webhook's secret itself.
 */
export function processSecretOf(
  { route }: EndpointPlan,
  { token }: EndpointBot,
  current: pulumi.Input<string>,
): pulumi.Input<string> {
  if (route === undefined) return current;
  if (route.upstreamSecret !== undefined) return route.upstreamSecret;
  return token?.apply(processSecretFrom) ?? current;
}

export function routeArgs({ plan, path, pem, accepted, processSecret }: EndpointValues, on?: OnArgs): ProxyRouteArgs {
  const { route, host: hostname, listen, preset } = plan;
  if (route === undefined) throw new Error("there is no route");
  const served = tlsOf(plan, pem);
  // A process that registers the webhook itself tells Telegram the secret that it knows.
  const secretTokens = preset?.registersItself
    ? pulumi.all([accepted, processSecret]).apply(([all, own]) => [...new Set([...all, own])])
    : accepted;
  return {
    ...route,
    ...(on && { on }),
    hostname,
    listen,
    path,
    secretTokens,
    ...(preset?.checksSecret !== false && { upstreamSecret: processSecret }),
    ...(served && { tls: served }),
  };
}

/** The certificate of a listener; your own server block has one for a location. */
function tlsOf({ route }: EndpointPlan, { certificatePem, privateKeyPem }: PemArgs): TlsArgs | undefined {
  if (route?.tls !== undefined || route?.attach === "location") return route.tls;
  if (certificatePem === undefined || privateKeyPem === undefined) return "none";
  return { pem: { certificatePem, privateKeyPem } };
}

/** Whether the route's server gets its certificate itself. */
export const isAutomatic = ({ route }: EndpointPlan): boolean =>
  typeof route?.tls === "object" && tls.branchOf(route.tls) === "automatic";

/** Where Telegram delivers. It waits for no other child. */
export function urlOf({ plan, path, pem }: EndpointValues): pulumi.Output<string> {
  const isInFront = tlsOf(plan, pem) === "none";
  return pulumi
    .all([plan.host, plan.listen, path])
    .apply(([hostname, listen, at]) =>
      endpointUrl({ hostname, listen, path: at, ...(isInFront && { tls: "none" as const }) }),
    );
}

export function webhookArgs({ plan, pem, current }: EndpointValues, url: pulumi.Output<string>): TelegramWebhookArgs {
  const { preset, token, webhook } = plan;
  // Without a route a process learns a new secret from this very command: asked for it before the set, it would refuse.
  const learnsLater = plan.route === undefined && plan.secret !== undefined;
  return {
    ...(learnsLater && { preflight: { http: false } }),
    ...(preset && { allowedUpdates: kindsOf(preset.allowedUpdates) }),
    ...(preset?.maxConnections !== undefined && { maxConnections: preset.maxConnections }),
    ...webhook,
    ...token,
    url,
    secretToken: current,
    ...(pem.uploadPem !== undefined && { certificate: pem.uploadPem }),
  };
}

const kindsOf = (kinds: "default" | readonly string[]) => (kinds === "default" ? kinds : [...kinds]);

/** From arguments and the first children only: a process that Pulumi starts with it must not wait for its own webhook. */
export function environment(
  known: EndpointValues,
  url: pulumi.Output<string>,
  bot: EndpointBot,
): pulumi.Output<Record<string, string>> {
  const { plan, path, pem, accepted, processSecret } = known;
  const { maxConnections = defaultMaxConnections, allowedUpdates = "default" } = webhookArgs(known, url);
  const isChecked = plan.route === undefined || plan.preset?.checksSecret !== false;
  const endpoint = pulumi.output({
    url,
    path,
    listen: plan.listen,
    upstream: plan.route?.upstream,
    token: bot.token,
    apiUrl: plan.webhook.apiUrl ?? configuredApiUrl(programSources()) ?? telegramApiUrl,
    secretToken: isChecked ? processSecret : undefined,
    accepted,
    certificatePem: pem.certificatePem,
    privateKeyPem: pem.privateKeyPem,
    uploadPem: pem.uploadPem,
    ipAddress: plan.webhook.ipAddress,
    maxConnections,
    allowedUpdates: pulumi.output(allowedUpdates).apply((kinds) => {
      return allowedUpdatesProblem(kinds) === undefined ? normalUpdateKinds(kinds) : []; // the webhook refuses what is none
    }),
  });
  return pulumi.secret(endpoint.apply((all) => environmentOf(all, plan.preset)));
}
