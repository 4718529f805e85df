// Where an endpoint at Cloudflare is: account, zone, host and path, judged at once or when they become known.
import * as pulumi from "@pulumi/pulumi";
import { sha256 } from "../../provider/core/hash";
import { hostNameFlaw } from "../../provider/core/host-name";
import { nameOfKind } from "../../provider/core/rules";
import { isInZone, normalName, normalZone } from "../../provider/dns/rules";
import { isOpaque } from "../../provider/host/inputs";
import type { EndpointArgs, EndpointWebhookArgs } from "../endpoint/args";
import { judgedInput, sharedShapes, textInput } from "../endpoint/shape";
import type { Refuse } from "../endpoint/shape";

/** A zone at Cloudflare. */
export interface CloudflareZoneArgs {
  /** Its name, such as example.com. */
  name: pulumi.Input<string>;
  zoneId: pulumi.Input<string>;
}

/** What both endpoints at Cloudflare take. */
export interface CloudflareSiteArgs extends EndpointArgs {
  /** The account's id. Another one replaces what is made there. */
  accountId: pulumi.Input<string>;
  /** Host of the url, a name inside `zone`. The name must have no record yet (except for a WorkerEndpoint with `attach: "route"`). */
  hostname: pulumi.Input<string>;
  /** The zone of `hostname`, `{ name, zoneId }`, such as `{ name: zone.name, zoneId: zone.id }`. */
  zone: CloudflareZoneArgs;
}

export const siteShapes = { ...sharedShapes, accountId: "input", hostname: "input", zone: "object" } as const;

export interface Site {
  accountId: pulumi.Input<string>;
  zoneId: pulumi.Input<string>;
  /** In lower case. */
  hostname: pulumi.Input<string>;
}

/** Of arguments of the right shape; throws one sentence for what is missing or cannot be. */
export function siteOf(args: CloudflareSiteArgs, refuse: Refuse): Site {
  for (const key of ["accountId", "hostname", "zone"] as const) {
    if (args[key] === undefined) throw refuse(`${key} is required`);
  }
  const ofProxy = {
    ipAddress: "the addresses of a host at Cloudflare are Cloudflare's, and change",
    certificate: "Telegram meets Cloudflare's certificate, which everybody trusts, and none is uploaded",
  };
  for (const [key, why] of Object.entries(ofProxy)) {
    if (args.webhook?.[key as keyof EndpointWebhookArgs] !== undefined)
      throw refuse(`webhook.${key} must be left out: ${why}`);
  }
  if (pulumi.Resource.isInstance(args.zone)) {
    throw refuse("zone must be an object, not the resource itself: { name: zone.name, zoneId: zone.id }");
  }
  const { name, zoneId } = objectWith("zone", args.zone, ["name", "zoneId"], refuse);
  const zone = textInput("zone.name", name, refuse);
  const outside = ([host, within]: [string, string]) => {
    const says = hostProblem(host);
    if (says !== undefined || isInZone(normalZone(within), normalName(host))) return says;
    return `must lie in zone.name ${within}; got ${host}. Correct one of the two`;
  };
  const pair = isOpaque(args.hostname) || isOpaque(zone) ? pulumi.all([args.hostname, zone]) : [args.hostname, zone];
  const judged = judgedInput("hostname", pair as pulumi.Input<[string, string]>, outside, refuse);
  const hostname = isOpaque(judged)
    ? pulumi.output(judged).apply(([host]) => host.toLowerCase())
    : (judged as [string, string])[0].toLowerCase();
  const idInput = (key: string, id: unknown) => judgedInput(key, textInput(key, id, refuse), idProblem, refuse);
  return { accountId: idInput("accountId", args.accountId), zoneId: idInput("zone.zoneId", zoneId), hostname };
}

function idProblem(id: string): string | undefined {
  return /^\S+$/.test(id)
    ? undefined
    : `must be the id that Cloudflare shows, without spaces; got ${JSON.stringify(id)}`;
}

function hostProblem(host: string): string | undefined {
  if (/^[\d.]+$/.test(host)) return "must be a host name, not an address";
  const flaw = hostNameFlaw(host);
  return flaw && `must be a host name of letters, digits and hyphens between dots (bots.example.com); it ${flaw}`;
}

/** The values of an object that has none but these keys, each of which it must have. */
export function objectWith<K extends string>(
  key: string,
  given: object,
  keys: readonly K[],
  refuse: Refuse,
): Record<K, unknown> {
  const strange = Object.keys(given).find((one) => !keys.includes(one as K));
  if (strange !== undefined) throw refuse(`${key} has no "${strange}"; it takes ${keys.join(", ")}`);
  const values = given as Record<K, unknown>;
  const missing = keys.find((one) => values[one] === undefined || values[one] === null);
  if (missing !== undefined) throw refuse(`${key}.${missing} is required`);
  return values;
}

/** A flag that is plain, since it decides which children there are. */
export function plainFlag(key: string, given: unknown, refuse: Refuse): boolean {
  if (typeof given !== "boolean") throw refuse(`${key} must be true or false, and plain; got ${nameOfKind(given)}`);
  return given;
}

/**
 * A name at Cloudflare that no other stack of the account has, since writing to one that is there would change it: of project, stack and
 * resource (and what else is to give another name), with a part of their hash. At most 63 of a-z, 0-9 and hyphens.
 */
export function nameAtCloudflare(...name: string[]): string {
  const whole = [pulumi.getProject(), pulumi.getStack(), ...name].join("/");
  const words = whole.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return `${words.slice(0, 50).replace(/^-|-$/g, "")}-${sha256(whole).slice(0, 8)}`;
}
