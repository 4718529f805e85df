// The arguments of an endpoint's webhook: the program's, and before them what is safe for the bot's framework.
import * as pulumi from "@pulumi/pulumi";
import { isObject } from "../../provider/core/rules";
import { isOpaque } from "../../provider/host/inputs";
import type { Preflight } from "../../provider/telegram/webhook/fields";
import type { TelegramWebhookArgs } from "../../provider/telegram/webhook/resource";
import type { EndpointWebhookArgs } from "./args";
import type { SharedPlan } from "./plan";

/** What the endpoint decides of its webhook. */
export interface WebhookParts {
  url: pulumi.Output<string>;
  current: pulumi.Input<string>;
  /** What to upload, if no public authority signed what is served. */
  uploadPem?: pulumi.Input<string> | undefined;
  /** Settings of the preflight that hold unless the program says something else of them. */
  preflight?: Preflight | undefined;
}

type PreflightArg = NonNullable<TelegramWebhookArgs["preflight"]>;
type KnownPreflight = pulumi.Unwrap<PreflightArg>;

/** For a process that learns a new secret from this very command, and would refuse it before the set: it is not asked. */
export const learnsLater: Preflight = { http: false };
/** For an edge in many places, which takes up a change within seconds, and not everywhere at once. */
export const takesUpLater: Preflight = { settleSeconds: 30 };

export function endpointWebhook(plan: SharedPlan, parts: WebhookParts): TelegramWebhookArgs {
  const { url, current, uploadPem, preflight } = parts;
  return {
    ...webhookWithPreset(plan),
    ...(preflight && { preflight: withDefaults(preflight, plan.webhook.preflight) }),
    ...plan.token,
    url,
    secretToken: current,
    ...(uploadPem !== undefined && { certificate: uploadPem }),
  };
}

function withDefaults(defaults: Preflight, own: PreflightArg = {}): PreflightArg {
  const merged = (known: KnownPreflight): KnownPreflight => (isObject(known) ? { ...defaults, ...known } : known);
  return isOpaque(own)
    ? pulumi.output(own as pulumi.Input<KnownPreflight>).apply(merged)
    : merged(own as KnownPreflight);
}

/** The program's own settings, which beat the preset's. */
export function webhookWithPreset({ preset, webhook }: SharedPlan): EndpointWebhookArgs {
  return {
    ...(preset && { allowedUpdates: kindsOf(preset.allowedUpdates) }),
    ...(preset?.maxConnections !== undefined && { maxConnections: preset.maxConnections }),
    ...webhook,
  };
}

const kindsOf = (kinds: "default" | readonly string[]) => (kinds === "default" ? kinds : [...kinds]);
