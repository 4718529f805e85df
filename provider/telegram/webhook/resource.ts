// The class that programs use. Pulumi, and only Pulumi: every decision is in fields.ts and lifecycle.ts.
import type * as pulumi from "@pulumi/pulumi";
import type { ChoiceArgs } from "../../host/inputs";
import { Resource } from "../../host/resource";
import { logics } from "../../registry";
import type { tokenFrom } from "../token-from";
import type { Owned, Preflight, TokenFrom } from "./fields";

/** The arguments of a {@link TelegramWebhook}. */
export interface TelegramWebhookArgs {
  /**
   * The bot's token, as `@BotFather` gave it. Secret. Omit it to use the token of the stack's configuration
   * (`telegram:token`), or else of the environment (`TELEGRAM_BOT_TOKEN`). A new token of the same bot updates the resource;
   * a token of another bot replaces it.
   */
  token?: pulumi.Input<string>;
  /**
   * Where the provider reads the token each time that it needs one: the token then never enters the state. Requires
   * the bot's numeric id as `expectBot`. Not together with `token`. Updated in place.
   */
  tokenFrom?: ChoiceArgs<typeof tokenFrom>;
  /**
   * The URL to which Telegram delivers the updates: https, port 443, 80, 88 or 8443, a host with a public IPv4 address, no
   * `user:password@`, no `#fragment`, at most 3500 bytes. Updated in place.
   */
  url: pulumi.Input<string>;
  /**
   * The trust anchors that are uploaded to Telegram with the webhook, as PEM: a self-signed certificate, a private root, or
   * several of them; at most 3 MiB, without a private key. Omit it if a public authority signed the endpoint's certificate.
   * Updated in place: a change uploads the new text.
   */
  certificate?: pulumi.Input<string>;
  /** The public IPv4 address to which Telegram connects. Omit it to let Telegram resolve the host of `url`. Updated in place. */
  ipAddress?: pulumi.Input<string>;
  /**
   * How many connections Telegram opens at the same time: 1 to 100, or to 100000 with `localServer`. Default 41, so that a
   * refresh can tell it from Telegram's own default of 40. Updated in place.
   */
  maxConnections?: pulumi.Input<number>;
  /** The kinds of updates that Telegram delivers: a list, or `"default"`. Default `"default"`. Updated in place. */
  allowedUpdates?: pulumi.Input<"default" | pulumi.Input<string>[]>;
  /**
   * The secret token that Telegram sends with every update, in the header `X-Telegram-Bot-Api-Secret-Token`: 1 to 256
   * characters of A-Z, a-z, 0-9, _ and -. Secret. Omit it to set a webhook without one; the preview then warns. Updated in
   * place.
   */
  secretToken?: pulumi.Input<string>;
  /**
   * Any text of 1 to 256 characters. Another text later makes the next `up` drop the updates that wait at Telegram, once. The
   * text at creation drops nothing.
   */
  dropPendingUpdatesTrigger?: pulumi.Input<string>;
  /** Any text of 1 to 256 characters. Another text later makes the next `up` send the complete webhook again. */
  reassertTrigger?: pulumi.Input<string>;
  /**
   * The bot that the token must belong to: its numeric id, or its `@username`, which costs one getMe. A token of another bot is
   * refused before anything is written. Omit it to accept any token. Updated in place; another id with `tokenFrom` replaces.
   */
  expectBot?: pulumi.Input<string>;
  /**
   * Which webhooks of someone else may be replaced: a list of hosts or URLs, or `true`. Default false. Without it the command
   * fails before it writes over such a webhook. Updated in place.
   */
  takeover?: pulumi.Input<boolean | pulumi.Input<string>[]>;
  /** Whether `destroy` also drops the updates that wait at Telegram. Default false. Updated in place. */
  dropPendingUpdatesOnDestroy?: pulumi.Input<boolean>;
  /**
   * Which checks of the endpoint run before the webhook is set, how strictly, and for how long. Default all. `false` runs none.
   * Updated in place.
   */
  preflight?: pulumi.Input<false | pulumi.Unwrap<Preflight>>;
  /**
   * For how many seconds to watch for a delivery error after the webhook is set: 0 to 120. Default 3. 0 does not watch. Updated
   * in place.
   */
  verifySeconds?: pulumi.Input<number>;
  /** Whether a refresh fails, instead of a warning, when it cannot read the live webhook. Default false. Updated in place. */
  strictRefresh?: pulumi.Input<boolean>;
  /**
   * The Bot API server: https, or http for a loopback address or with `localServer`. Omit it to use the server of the stack's
   * configuration (`telegram:apiUrl`), or else of the environment (`TELEGRAM_API_URL`). Default https://api.telegram.org. A
   * change replaces: the webhook is removed at the old server first.
   */
  apiUrl?: pulumi.Input<string>;
  /** Whether to use Telegram's test environment. Default false. A change replaces: the new webhook is made first. */
  testEnvironment?: pulumi.Input<boolean>;
  /**
   * Whether the server at `apiUrl` is a Bot API server of your own that runs with `--local`: http, any port and any address are
   * then allowed. Default false. Updated in place.
   */
  localServer?: pulumi.Input<boolean>;
}

/**
 * The webhook of one bot. Each change sends it as a whole and reads it back. A refresh shows what someone else changed, and a
 * removal deletes it only while it is the one that this resource set. Its id is the bot's id, with `:test` in the test environment.
 */
export class TelegramWebhook extends Resource {
  declare readonly token: pulumi.Output<string | undefined>;
  declare readonly tokenFrom: pulumi.Output<TokenFrom | undefined>;
  declare readonly url: pulumi.Output<string>;
  declare readonly certificate: pulumi.Output<string | undefined>;
  declare readonly ipAddress: pulumi.Output<string | undefined>;
  declare readonly maxConnections: pulumi.Output<number>;
  declare readonly allowedUpdates: pulumi.Output<string[]>;
  declare readonly secretToken: pulumi.Output<string | undefined>;
  declare readonly dropPendingUpdatesTrigger: pulumi.Output<string | undefined>;
  declare readonly reassertTrigger: pulumi.Output<string | undefined>;
  declare readonly expectBot: pulumi.Output<string | undefined>;
  declare readonly takeover: pulumi.Output<boolean | string[]>;
  declare readonly dropPendingUpdatesOnDestroy: pulumi.Output<boolean>;
  declare readonly preflight: pulumi.Output<false | Preflight>;
  declare readonly verifySeconds: pulumi.Output<number>;
  declare readonly strictRefresh: pulumi.Output<boolean>;
  declare readonly apiUrl: pulumi.Output<string>;
  declare readonly testEnvironment: pulumi.Output<boolean>;
  declare readonly localServer: pulumi.Output<boolean>;
  /** The bot's id: the digits before the token's colon, or `expectBot` with `tokenFrom`. The first preview shows it. */
  declare readonly botId: pulumi.Output<string>;
  /** The first 12 hex digits of the token's SHA-256, so that a preview shows a new token. Nothing with `tokenFrom`. */
  declare readonly tokenFingerprint: pulumi.Output<string | undefined>;
  /** The bot's username without the `@`, if `expectBot` is a username. */
  declare readonly username: pulumi.Output<string | undefined>;
  /** Whether Telegram says that a certificate is uploaded. */
  declare readonly hasCustomCertificate: pulumi.Output<boolean>;
  /** SHA-256 of the PEM text that was uploaded last, hex. */
  declare readonly certificateSha256: pulumi.Output<string | undefined>;
  /** When Telegram accepted the webhook last, by Telegram's clock, RFC 3339 UTC. */
  declare readonly registeredAt: pulumi.Output<string>;
  /** The URL of someone else's webhook that this resource replaced. Encrypted in the state. */
  declare readonly previousUrl: pulumi.Output<string | undefined>;
  /** For the provider only: what this resource set last. A removal compares the live webhook with it. */
  declare readonly owned: pulumi.Output<Owned>;
  /**
   * Whether Telegram sends the declared secret token, as far as can be told. False in four cases: there is no `secretToken`;
   * someone else set the webhook anew; the endpoint rejects Telegram's deliveries and accepts the declared secret; the last
   * `setWebhook` failed, and the webhook with this secret is not back in place.
   */
  declare readonly secretInForce: pulumi.Output<boolean>;
  /**
   * Whether Telegram reported what was sent, and no delivery error while the webhook was watched. While false, the next `up`
   * sends the complete webhook again.
   */
  declare readonly verified: pulumi.Output<boolean>;
  /** Why `verified` is false. */
  declare readonly verificationProblem: pulumi.Output<string | undefined>;

  constructor(name: string, args: TelegramWebhookArgs, options: pulumi.CustomResourceOptions = {}) {
    super(logics.TelegramWebhook, name, args, options);
  }
}
