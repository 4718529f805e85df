// What the plain part of the arguments that every endpoint takes decides, and what of it cannot be meant.
import type { WebhookSecretArgs } from "../../provider/telegram/secret/resource";
import type { TelegramWebhookArgs } from "../../provider/telegram/webhook/resource";
import { presets } from "../presets";
import type { Preset } from "../presets";
import type { EndpointArgs, EndpointWebhookArgs, SecretArgs } from "./args";
import { secretOf, secretProblem } from "./secret";

/** What was decided of the arguments that every endpoint takes. */
export interface SharedPlan {
  preset: Preset | undefined;
  token: Pick<TelegramWebhookArgs, "token" | "tokenFrom">;
  webhook: EndpointWebhookArgs;
  /** The arguments of the endpoint's own WebhookSecret; nothing with a secret of the program's own. */
  secret: WebhookSecretArgs | undefined;
  ownSecret: SecretArgs | undefined;
}

/** Of arguments without a {@link sharedProblem}. */
export function sharedPlan({ preset, token, tokenFrom, webhook, secret }: EndpointArgs): SharedPlan {
  return {
    preset: preset && presets[preset],
    token: { ...(token !== undefined && { token }), ...(tokenFrom && { tokenFrom }) },
    webhook: webhook ?? {},
    ...secretOf(secret ?? {}),
  };
}

/** What cannot be meant, in one sentence with the cure. */
export function sharedProblem({ preset, webhook, secret }: EndpointArgs): string | undefined {
  if (preset !== undefined && !Object.hasOwn(presets, preset)) {
    return `has no preset "${preset}"; there are ${Object.keys(presets).join(", ")}`;
  }
  const given: Record<string, unknown> = { ...webhook };
  const own = ["token", "tokenFrom", "url", "certificate", "secretToken"].find((key) => given[key] !== undefined);
  if (own !== undefined) return `webhook.${own} is decided by the endpoint; use the endpoint's own arguments`;
  return secretProblem(secret);
}
