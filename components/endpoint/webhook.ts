// The arguments of an endpoint's webhook: the program's, and before them what is safe for the bot's framework.
import * as pulumi from "@pulumi/pulumi";
import { isObject } from "../../provider/core/rules";
import { isOpaque } from "../../provider/host/inputs";
import type { TelegramWebhookArgs } from "../../provider/telegram/webhook/resource";
import type { EndpointWebhookArgs } from "./args";
import type { SharedPlan } from "./plan";

/** What the endpoint decides of its webhook. */
export interface WebhookParts {
  url: pulumi.Output<string>;
  current: pulumi.Input<string>;
  /** What to upload, if no public authority signed what is served. */
  uploadPem?: pulumi.Input<string> | undefined;
  /** A process that learns a new secret from this very command would refuse it before the set: it is not asked. */
  learnsLater?: boolean;
}

export function endpointWebhook(plan: SharedPlan, parts: WebhookParts): TelegramWebhookArgs {
  const { url, current, uploadPem, learnsLater = false } = parts;
  return {
    ...webhookWithPreset(plan),
    ...(learnsLater && { preflight: withoutHttp(plan.webhook.preflight) }),
    ...plan.token,
    url,
    secretToken: current,
    ...(uploadPem !== undefined && { certificate: uploadPem }),
  };
}

/** The program's own settings of the preflight, its http check off unless they say something else of it. */
function withoutHttp(preflight: TelegramWebhookArgs["preflight"] = {}): NonNullable<TelegramWebhookArgs["preflight"]> {
  type Known = pulumi.Unwrap<NonNullable<TelegramWebhookArgs["preflight"]>>;
  const merged = (known: Known): Known => (isObject(known) ? { http: false, ...known } : known);
  return isOpaque(preflight)
    ? pulumi.output(preflight as pulumi.Input<Known>).apply(merged)
    : merged(preflight as Known);
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
