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
   * The proxy server on the machine: `{ nginx: {} }`, `{ haproxy: {} }` or `{ caddy: {} }`, with what is not usual there.
   * Another server or directory replaces (delete first).
   */
  server: ServerArgs;
  /**
   * The machine, secret for its key: `{ ssh: { host, hostKey } }`. Left out: this machine. Another host replaces (create,
   * then delete).
   */
  on?: OnArgs;
  /**
   * `"listener"`: we own address and port. `"location"`: your own server block (haproxy: frontend; Caddy: site) leads to our
   * routes. A change replaces (delete first).
   */
  attach: "listener" | "location";
  /**
   * Host of the url: letters, digits, hyphens and dots, or an IPv4 address. Upper case becomes lower case, as the output and `url`
   * show it. A change replaces (create, then delete).
   */
  hostname: pulumi.Input<string>;
  /**
   * IPv4 address and port of the server: what we listen on, or where your own server block or frontend listens. Default 0.0.0.0:443. A
   * change replaces (create, then delete).
   */
  listen?: pulumi.Input<string>;
  /** Exactly this path, `/` and up to 128 of a-z 0-9 . _ - /; opaque is best. A change replaces (create, then delete). */
  path: pulumi.Input<string>;
  /**
   * Where the bot is: `http://host[:port][/path]` (a name, also with underscores; an IPv4 address; an IPv6 address in brackets) or
   * `unix:/socket[:/path]`; without a path it gets the route's. Not https: the edge speaks no TLS to the bot. Updated in place.
   */
  upstream: pulumi.Input<string>;
  /** What the bot gets in the secret header after the check, secret; a rotation does not touch it. Left out: the header is removed. Updated in place. */
  upstreamSecret?: pulumi.Input<string>;
  /** The secrets that are accepted, 1 to 10, the one in force first, secret: `WebhookSecret.accepted`. Updated in place. */
  secretTokens: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * The certificate of a listener, secret for its key: `{ pem: { certificatePem, privateKeyPem } }`, `{ files: {
   * certificateFile, keyFile } }` on the machine (haproxy: both in one file), `{ automatic: {} }` (Caddy gets and renews it itself), or `"none"` (something in front has it; with a location: your server
   * block or frontend speaks plain http). Updated in place.
   */
  tls?: TlsArgs;
  /** Whether only Telegram's own addresses get through (others: 403). Default false. Updated in place. */
  onlyTelegram?: pulumi.Input<boolean>;
  /** Proxies in front whose X-Forwarded-For is believed: `{ trustedProxies: ["10.0.0.0/8"] }`. Left out: none. Updated in place. */
  clientAddress?: { trustedProxies: pulumi.Input<pulumi.Input<string>[]> };
  /** Larger bodies are refused (413); 1024 to 10485760. Default 1048576. Updated in place. */
  maxBodyBytes?: pulumi.Input<number>;
  /** How long the bot may take, 1 to 600; Telegram waits 60. Default 65. Updated in place. */
  timeoutSeconds?: pulumi.Input<number>;
  /** While given, genuine updates are answered 503 with this Retry-After (10 when left out): Telegram keeps them. Updated in place. */
  maintenance?: { retryAfterSeconds?: pulumi.Input<number> };
  /**
   * Whether a route of another stack at this place, or a listener that belongs to it, may be replaced. It counts at
   * creation and in the `up` that sets it. Default false.
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
  /** Server and folder of our files on the machine: "nginx in /etc/nginx/pulumi-telegram". */
  declare readonly installation: pulumi.Output<string>;
  /** The machine: its host, or "local". */
  declare readonly machine: pulumi.Output<string>;
  /** For the webhook's `url`; known in the first preview. With `tls: "none"` it has no port. */
  declare readonly url: pulumi.Output<string>;
  /** What the access log calls the route: 12 hex digits of a random number, kept for life; the end of the id. */
  declare readonly routeId: pulumi.Output<string>;
  /** SHA-256 of the route's file that is in force. */
  declare readonly sha256: pulumi.Output<string>;
  /** SHA-256 of the certificate file (PEM) that we wrote. */
  declare readonly certificateSha256: pulumi.Output<string | undefined>;
  /** Whether the last look showed everything as it was written. While false, the next `up` writes and proves it again. */
  declare readonly verified: pulumi.Output<boolean>;
  /** Why `verified` is false. */
  declare readonly verificationProblem: pulumi.Output<string | undefined>;

  constructor(name: string, args: ProxyRouteArgs, options: pulumi.CustomResourceOptions = {}) {
    super(logics.ProxyRoute, name, args, options);
  }
}
