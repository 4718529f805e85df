// The class that programs use. Pulumi, and only Pulumi: every decision is in fields.ts and lifecycle.ts.
import type * as pulumi from "@pulumi/pulumi";
import type { ChoiceArgs } from "../../host/inputs";
import { Resource } from "../../host/resource";
import { logics } from "../../registry";
import type { Server, server } from "../servers";
import type { On, on, Tls, tls } from "./choices";

/** The proxy server: exactly one key. */
export type ServerArgs = ChoiceArgs<typeof server>;

/** A machine that OpenSSH reaches: `{ ssh: { host, hostKey } }`. */
export type OnArgs = ChoiceArgs<typeof on>;

/** Where the certificate of a listener comes from: exactly one key, or "none". */
export type TlsArgs = ChoiceArgs<typeof tls>;

/** The arguments of a {@link ProxyRoute}. */
export interface ProxyRouteArgs {
  /**
   * The proxy server on the machine: one of the keys `nginx`, `haproxy` and `caddy`, with the settings that differ from the usual ones.
   * Another server or another `directory` replaces the route (delete first).
   */
  server: ServerArgs;
  /**
   * The machine, if it is not this one: `{ ssh: { host, hostKey } }`. Stored as a secret because of its key. Omit it for this machine. Another
   * host replaces the route (create, then delete).
   */
  on?: OnArgs;
  /**
   * `"listener"`: the address and port are the route's own. `"location"`: your own server block (haproxy: frontend; Caddy: site) has
   * them and leads to the route. A change replaces the route (delete first).
   */
  attach: "listener" | "location";
  /**
   * The host of `url`: a name of letters, digits, hyphens and dots, or an IPv4 address. Stored in lower case. A change replaces the
   * route (create, then delete).
   */
  hostname: pulumi.Input<string>;
  /**
   * IPv4 address and port of the listener, or of your own server block, frontend or site. Default 0.0.0.0:443. A change replaces the
   * route (create, then delete).
   */
  listen?: pulumi.Input<string>;
  /**
   * The path of `url`, compared exactly: `/` and letters, digits and `. _ - /`, at most 128 characters. Best long and random. A change
   * replaces the route (create, then delete).
   */
  path: pulumi.Input<string>;
  /** Where the bot listens: `http://host[:port][/path]` or `unix:/socket[:/path]`. Not https. Updated in place. */
  upstream: pulumi.Input<string>;
  /**
   * What the bot gets in the header `X-Telegram-Bot-Api-Secret-Token` in place of Telegram's secret token. A rotation does not change
   * it. Stored as a secret. Omit it to send the bot no such header. Updated in place.
   */
  upstreamSecret?: pulumi.Input<string>;
  /** The secret tokens that are accepted, 1 to 10, the current one first: `WebhookSecret.accepted`. Stored as a secret. Updated in place. */
  secretTokens: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * The certificate of a listener: one of the keys `pem`, `files` and `automatic`, or `"none"`. Required with `attach: "listener"`; with
   * `"location"` only `"none"` is allowed. Stored as a secret because of its key. Updated in place.
   */
  tls?: TlsArgs;
  /** Whether only requests from Telegram's own addresses get through; others get 403. Default false. Updated in place. */
  onlyTelegram?: pulumi.Input<boolean>;
  /**
   * The proxies in front whose `X-Forwarded-For` is believed: `{ trustedProxies: ["10.0.0.0/8"] }`. Omit it to believe none. Updated in
   * place.
   */
  clientAddress?: { trustedProxies: pulumi.Input<pulumi.Input<string>[]> };
  /** Bytes of the largest body that gets through, 1024 to 10485760; a larger one gets 413. Default 1048576. Updated in place. */
  maxBodyBytes?: pulumi.Input<number>;
  /**
   * Seconds that the bot may take, 1 to 600. Default 65. Telegram waits 60, so the edge ends no delivery that Telegram still waits for.
   * Updated in place.
   */
  timeoutSeconds?: pulumi.Input<number>;
  /**
   * While it is given, genuine updates are answered 503 with this `Retry-After` (`{}`: 10), so Telegram keeps them. Omit it to let
   * updates through. Updated in place.
   */
  maintenance?: { retryAfterSeconds?: pulumi.Input<number> };
  /**
   * Whether a route of another stack at this place, or a listener that belongs to it, may be replaced. It counts at creation and in the
   * `up` that sets it. Default false.
   */
  takeover?: pulumi.Input<boolean>;
}

/**
 * A bot's route through a proxy server on one machine: exactly one path, POST and JSON only, and the secret checked
 * before the bot is touched. It is proved after each change, and rolled back if it is not in force. Its id says where it is.
 */
export class ProxyRoute extends Resource {
  declare readonly server: pulumi.Output<Server>;
  declare readonly on: pulumi.Output<On | undefined>;
  declare readonly attach: pulumi.Output<"listener" | "location">;
  declare readonly hostname: pulumi.Output<string>;
  declare readonly listen: pulumi.Output<string>;
  declare readonly path: pulumi.Output<string>;
  declare readonly upstream: pulumi.Output<string>;
  declare readonly upstreamSecret: pulumi.Output<string | undefined>;
  declare readonly secretTokens: pulumi.Output<string[]>;
  declare readonly tls: pulumi.Output<Tls | undefined>;
  declare readonly onlyTelegram: pulumi.Output<boolean>;
  declare readonly clientAddress: pulumi.Output<{ trustedProxies: string[] } | undefined>;
  declare readonly maxBodyBytes: pulumi.Output<number>;
  declare readonly timeoutSeconds: pulumi.Output<number>;
  declare readonly maintenance: pulumi.Output<{ retryAfterSeconds: number } | undefined>;
  declare readonly takeover: pulumi.Output<boolean>;
  /** The server, and the folder of our files on the machine: "nginx in /etc/nginx/pulumi-telegram". */
  declare readonly installation: pulumi.Output<string>;
  /** The machine: its host, or "local". */
  declare readonly machine: pulumi.Output<string>;
  /** The URL for the webhook, known in the first preview. With `tls: "none"` it has no port. */
  declare readonly url: pulumi.Output<string>;
  /** The name of the route in the access log and at the end of its id: 12 hex digits of a random number that never change. */
  declare readonly routeId: pulumi.Output<string>;
  /** SHA-256 of the route's file that is in force. */
  declare readonly sha256: pulumi.Output<string>;
  /** SHA-256 of the certificate file (PEM) that we wrote. */
  declare readonly certificateSha256: pulumi.Output<string | undefined>;
  /** Whether everything was as written when it was last read. While it is false, the next `up` writes and proves it again. */
  declare readonly verified: pulumi.Output<boolean>;
  /** Why `verified` is false. */
  declare readonly verificationProblem: pulumi.Output<string | undefined>;

  constructor(name: string, args: ProxyRouteArgs, options: pulumi.CustomResourceOptions = {}) {
    super(logics.ProxyRoute, name, args, options);
  }
}
