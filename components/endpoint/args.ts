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

/** `preset`, `secret` and `webhook` are plain objects (the values inside may be outputs), since they decide which children there are. */
export interface EndpointArgs {
  /**
   * The bot's token, as `@BotFather` gave it. Secret. Omit it to use the token of the stack's configuration (`telegram:token`), or
   * else of the environment (`TELEGRAM_BOT_TOKEN`).
   */
  token?: pulumi.Input<string>;
  /**
   * Where the provider reads the token each time that it needs one: the token is then neither in the state nor in `environment`.
   * Requires the bot's numeric id as `webhook.expectBot`.
   */
  tokenFrom?: TelegramWebhookArgs["tokenFrom"];
  /** The path of the url: `/` and up to 128 characters of a-z, 0-9, `.`, `_`, `-` and `/`. Default `/tg/<botId>`. */
  path?: pulumi.Input<string>;
  /**
   * The bot's framework; each has a page in docs/presets. It sets what is safe for the framework where `webhook` says nothing, warns
   * of what the framework cannot do, and (except for a LambdaEndpoint) adds variables to `environment`. Omit it for none of this.
   */
  preset?: PresetName;
  /**
   * The arguments of the WebhookSecret, which say when it is rotated; or a secret of your own. Omit it to make a secret once and to
   * keep it.
   */
  secret?: (WebhookSecretArgs & Without<SecretArgs>) | (SecretArgs & Without<WebhookSecretArgs>) | WebhookSecret;
  /** The other arguments of the TelegramWebhook, such as `allowedUpdates`, `expectBot`, `takeover` and `preflight`. */
  webhook?: EndpointWebhookArgs;
}
