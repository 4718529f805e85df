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
   * The bot's token from `@BotFather`, secret. Left out: stack configuration `telegram:token` (must be a secret there), then
   * environment `TELEGRAM_BOT_TOKEN`. A new token of the same bot is an update; a token of another bot replaces (create,
   * then delete with the old token).
   */
  token?: pulumi.Input<string>;
  /**
   * Where the provider reads the token at each operation, so that it never enters the state: `{ env: "NAME" }` or
   * `{ file: "path" }`. Needs a numeric `expectBot`, which then is the id.
   */
  tokenFrom?: ChoiceArgs<typeof tokenFrom>;
  /**
   * Where Telegram delivers: https, port 443, 80, 88 or 8443, a public IPv4 host, no user:password@, no #fragment, at most
   * 3500 bytes. Updated in place.
   */
  url: pulumi.Input<string>;
  /**
   * PEM to upload: what the endpoint's certificate is checked against, a self-signed certificate or a private root, or a
   * bundle of several; at most 3 MiB, no private key. Left out: public authorities. Updated in place; any change uploads again.
   */
  certificate?: pulumi.Input<string>;
  /** A pinned public IPv4 address, and only that. Left out: Telegram resolves the host. Updated in place. */
  ipAddress?: pulumi.Input<string>;
  /**
   * Connections that Telegram opens at the same time, 1 to 100 (100000 with `localServer`). Default 41, one more than
   * everybody else's default, so that a webhook registered again by a framework shows. Updated in place.
   */
  maxConnections?: pulumi.Input<number>;
  /**
   * Kinds of updates, or `"default"`: all but chat_member, message_reaction and message_reaction_count. Default
   * `"default"`. Stored as a sorted list, `[]` for default; always sent. `allUpdateKinds` names all. Updated in place.
   */
  allowedUpdates?: pulumi.Input<"default" | pulumi.Input<string>[]>;
  /**
   * Sent in the header X-Telegram-Bot-Api-Secret-Token with every update: 1 to 256 characters of A-Z a-z 0-9 _ -, secret.
   * Left out: a warning. Telegram never reports it. Updated in place.
   */
  secretToken?: pulumi.Input<string>;
  /** The value at creation is only recorded; a later change drops the waiting updates once, with the next set. */
  dropPendingUpdatesTrigger?: pulumi.Input<string>;
  /** A change sends everything again. */
  reassertTrigger?: pulumi.Input<string>;
  /** Numeric id, or `@username` (one getMe): a token of another bot is refused before anything is written. */
  expectBot?: pulumi.Input<string>;
  /**
   * Which webhook of somebody else may be replaced: hosts or URLs, or `true` (counts at creation only). Default false. An
   * apply that would write over one that is not covered fails and writes nothing. Updated in place.
   */
  takeover?: pulumi.Input<boolean | pulumi.Input<string>[]>;
  /** Whether `destroy` drops the waiting updates. Default false. To keep the webhook use Pulumi's `retainOnDelete`. */
  dropPendingUpdatesOnDestroy?: pulumi.Input<boolean>;
  /**
   * Checks of the endpoint before the bot is touched: `false`, or which of `dns`, `tls` and `http`, for how long
   * (`timeoutSeconds`, 60) and how strictly. Default all. An update runs those that its change concerns. Updated in place.
   */
  preflight?: pulumi.Input<false | pulumi.Unwrap<Preflight>>;
  /** Seconds to watch for a delivery error newer than the set, 0 to 120. Default 3. 0 does not watch. Updated in place. */
  verifySeconds?: pulumi.Input<number>;
  /** Whether a refresh fails, instead of warning, when the live webhook cannot be read. Default false. */
  strictRefresh?: pulumi.Input<boolean>;
  /**
   * The Bot API server: https, or http on loopback or with `localServer`. Left out: configuration `telegram:apiUrl`, then
   * environment `TELEGRAM_API_URL`. Default https://api.telegram.org. A change replaces (delete first).
   */
  apiUrl?: pulumi.Input<string>;
  /** Use Telegram's test environment. Default false. A change replaces (create, then delete). */
  testEnvironment?: pulumi.Input<boolean>;
  /** The server at `apiUrl` is self-hosted and runs with --local: http, any port and any address are allowed. Default false. */
  localServer?: pulumi.Input<boolean>;
}

/**
 * The webhook of one bot: registered with its complete state, read back, shown when somebody changes it, removed only
 * while it still is ours. Its id is the bot's id, with `:test` in the test environment.
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
  /** The digits before the token's colon, or `expectBot` with `tokenFrom`; known in the first preview. */
  declare readonly botId: pulumi.Output<string>;
  /** With `token` only: the first 12 hex digits of the token's SHA-256, so that a preview shows a new token. */
  declare readonly tokenFingerprint: pulumi.Output<string | undefined>;
  /** Without the `@`; only asked for when `expectBot` is a username. */
  declare readonly username: pulumi.Output<string | undefined>;
  /** Whether Telegram says that a certificate is uploaded. */
  declare readonly hasCustomCertificate: pulumi.Output<boolean>;
  /** SHA-256 (hex) of the PEM text that was uploaded last. */
  declare readonly certificateSha256: pulumi.Output<string | undefined>;
  /** When Telegram accepted the last set, by its clock, RFC 3339 UTC. */
  declare readonly registeredAt: pulumi.Output<string>;
  /** The webhook of somebody else that this one took the place of. */
  declare readonly previousUrl: pulumi.Output<string | undefined>;
  /** What this resource registered last; a removal compares with it. */
  declare readonly owned: pulumi.Output<Owned>;
  /** Whether the secret that was sent last is believed to be in force: until somebody else writes, or Telegram is refused where we are not. */
  declare readonly secretInForce: pulumi.Output<boolean>;
  /** Whether reading back showed what was sent, and watching no error. While false, the next `up` sends everything again. */
  declare readonly verified: pulumi.Output<boolean>;
  /** Why `verified` is false. */
  declare readonly verificationProblem: pulumi.Output<string | undefined>;

  constructor(name: string, args: TelegramWebhookArgs, options: pulumi.CustomResourceOptions = {}) {
    super(logics.TelegramWebhook, name, args, options);
  }
}
