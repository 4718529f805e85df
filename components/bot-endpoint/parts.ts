// The arguments of a BotEndpoint's children, and what follows from several of them.
import * as pulumi from "@pulumi/pulumi";
import type { DnsRecordArgs } from "../../provider/dns/record/resource";
import { nameOfHost } from "../../provider/dns/rules";
import { endpointUrl } from "../../provider/proxy/route/fields";
import { tls } from "../../provider/proxy/route/choices";
import type { ProxyRouteArgs, OnArgs, TlsArgs } from "../../provider/proxy/route/resource";
import type { TelegramWebhookArgs } from "../../provider/telegram/webhook/resource";
import type { EndpointBot } from "../endpoint/bot";
import { processEnvironment } from "../endpoint/environment";
import { acceptedByEdge, stableSecretOf } from "../endpoint/secret";
import type { EndpointSecrets } from "../endpoint/secret";
import { endpointWebhook, learnsLater } from "../endpoint/webhook";
import type { EndpointRecordArgs, PemArgs } from "./args";
import type { EndpointPlan } from "./plan";

/** What the children share. */
export interface EndpointValues extends EndpointSecrets {
  plan: EndpointPlan;
  path: pulumi.Input<string>;
  pem: PemArgs;
  /** What the process checks: behind a route one that rotations do not touch. */
  processSecret: pulumi.Input<string>;
}

export function recordArgs(host: pulumi.Input<string>, { address, ...rest }: EndpointRecordArgs): DnsRecordArgs {
  const { zone } = rest;
  const isPlain = typeof zone === "string" && typeof host === "string";
  const name = isPlain ? nameOfHost(zone, host) : pulumi.all([zone, host]).apply(([of, one]) => nameOfHost(of, one));
  return { ...rest, name, type: "A", values: Array.isArray(address) ? address : [address] };
}

/** Behind a route: the route's own, or the stable one. Without a route: the webhook's secret itself. */
export function processSecretOf(
  { route }: EndpointPlan,
  bot: EndpointBot,
  current: pulumi.Input<string>,
): pulumi.Input<string> {
  if (route === undefined) return current;
  return route.upstreamSecret ?? stableSecretOf(bot, current);
}

/** Without a route a framework that checks no secret is open to everybody. */
export function uncheckedBy({ route }: EndpointPlan): ((preset: string) => string) | undefined {
  if (route !== undefined) return undefined;
  return (preset) =>
    `server: ${preset} checks no secret, and without a route nobody does: whoever knows the url can send updates. Give a route, or check WEBHOOK_SECRET yourself`;
}

export function routeArgs({ plan, path, pem, accepted, processSecret }: EndpointValues, on?: OnArgs): ProxyRouteArgs {
  const { route, host: hostname, listen, preset } = plan;
  if (route === undefined) throw new Error("there is no route");
  const served = tlsOf(plan, pem);
  return {
    ...route,
    ...(on && { on }),
    hostname,
    listen,
    path,
    secretTokens: acceptedByEdge(preset, accepted, processSecret),
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
  const preflight = plan.route === undefined && plan.secret !== undefined ? learnsLater : undefined;
  return endpointWebhook(plan, { url, current, uploadPem: pem.uploadPem, preflight });
}

export function environment(
  { plan, path, pem, accepted, processSecret }: EndpointValues,
  url: pulumi.Output<string>,
  bot: EndpointBot,
): pulumi.Output<Record<string, string>> {
  const { route, listen, preset } = plan;
  const isChecked = route === undefined || preset?.checksSecret !== false;
  return processEnvironment(plan, bot, {
    ...{ url, path, listen, pem },
    upstream: route?.upstream,
    secretToken: isChecked ? processSecret : undefined,
    accepted: route === undefined ? accepted : undefined,
  });
}
