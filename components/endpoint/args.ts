// What every endpoint takes, whatever carries its updates: the bot, the path, the secret and the rest of the webhook.
import type * as pulumi from "@pulumi/pulumi";
import type { WebhookSecret, WebhookSecretArgs } from "../../provider/telegram/secret/resource";
import type { TelegramWebhookArgs } from "../../provider/telegram/webhook/resource";
import type { PresetName } from "../presets";

/** A secret of your own: a {@link WebhookSecret}, or what a secret manager gave. */
export interface SecretArgs {
  current: pulumi.Input<string>;
  /** Default: only `current`. */
  accepted?: pulumi.Input<pulumi.Input<string>[]>;
}

/** The rest of a {@link TelegramWebhook}'s arguments. */
export type EndpointWebhookArgs = Omit<
  TelegramWebhookArgs,
  "token" | "tokenFrom" | "url" | "certificate" | "secretToken"
>;

/** None of these beside: a mixture of two forms would lose one of them. */
export type Without<T> = { readonly [K in keyof T]?: never };

/** `preset`, `secret` and `webhook` are plain objects (their leaves may be outputs), since they decide which children there are. */
export interface EndpointArgs {
  /** The bot's token, secret; left out as in a TelegramWebhook: configuration `telegram:token`, then TELEGRAM_BOT_TOKEN. */
  token?: pulumi.Input<string>;
  /** Where the provider reads the token, `{ env }` or `{ file }`; needs a numeric `webhook.expectBot`. The token is then not in `environment`. */
  tokenFrom?: TelegramWebhookArgs["tokenFrom"];
  /** Path of the url, `/` and up to 128 of a-z 0-9 . _ - /. Default `/tg/<botId>`. */
  path?: pulumi.Input<string>;
  /**
   * The bot's framework, by its name; each has a page in docs/presets. Sets what is safe for it where `webhook` says nothing, warns
   * of what it cannot do, and adds to `environment`. Left out: nothing of this.
   */
  preset?: PresetName;
  /** How the webhook's secret is rotated (the arguments of a WebhookSecret), or a secret of your own, `{ current, accepted? }`. Default: made once. */
  secret?: (WebhookSecretArgs & Without<SecretArgs>) | (SecretArgs & Without<WebhookSecretArgs>) | WebhookSecret;
  /** The rest of the webhook's arguments, such as `allowedUpdates`, `expectBot`, `takeover`, `preflight`. */
  webhook?: EndpointWebhookArgs;
}
