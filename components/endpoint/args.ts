// What a BotEndpoint takes, and what the plain part of it decides: which children there are.
import * as pulumi from "@pulumi/pulumi";
import type { DnsRecordArgs } from "../../provider/dns/record/resource";
import { isInZone, normalZone } from "../../provider/dns/rules";
import { vendors, via } from "../../provider/dns/vendors";
import type { VendorModule } from "../../provider/dns/vendors/module";
import { listenAddressOf } from "../../provider/proxy/rules";
import { isObject, listed } from "../../provider/core/rules";
import type { OnArgs, ProxyRouteArgs, ServerArgs } from "../../provider/proxy/route/resource";
import type { WebhookSecret, WebhookSecretArgs } from "../../provider/telegram/secret/resource";
import type { TelegramWebhookArgs } from "../../provider/telegram/webhook/resource";
import type { IssuerArgs, TlsCertificate, TlsCertificateArgs } from "../../provider/tls/certificate/resource";
import { refusal } from "../../provider/host/voice";
import { presets } from "../presets";
import type { Preset, PresetName } from "../presets";
import { isOpaque } from "../../provider/host/inputs";
import { certificateOf, certificateArgumentProblem, automaticProblem, isPublic } from "./certificate";

/** A certificate of your own. */
export interface PemArgs {
  /** What the endpoint serves: the certificate, then its chain. */
  certificatePem?: pulumi.Input<string>;
  privateKeyPem?: pulumi.Input<string>;
  /** What the webhook uploads, if no public authority signed it. */
  uploadPem?: pulumi.Input<string>;
}

/** A certificate of your own that another program renews, such as certbot: files on the machine of the route. */
export interface FilesArgs {
  /** Absolute paths: the certificate with its chain, and its key. haproxy: one file that has both, given twice. */
  files: { certificateFile: pulumi.Input<string>; keyFile: pulumi.Input<string> };
}

/** A secret of your own: a {@link WebhookSecret}, or what a secret manager gave. */
export interface SecretArgs {
  current: pulumi.Input<string>;
  /** Default: only `current`. */
  accepted?: pulumi.Input<pulumi.Input<string>[]>;
}

/** The record of an endpoint; what is left out is as in a {@link DnsRecord}. */
export interface EndpointRecordArgs extends Omit<DnsRecordArgs, "name" | "type" | "values"> {
  /** IPv4 address of the machine, or of each. */
  address: pulumi.Input<string> | pulumi.Input<string>[];
}

/** The rest of a {@link ProxyRoute}'s arguments. */
export type EndpointRouteArgs = Partial<Omit<ProxyRouteArgs, DecidedForRoute>>;

type AcmeArgs = Extract<Extract<IssuerArgs, { acme: unknown }>["acme"], { account: unknown }>;

/** The settings of an ACME issuer, of which `challenge` may be left out with `dns`: the vendor of the record then answers it. */
export type EndpointAcmeArgs = Omit<AcmeArgs, "challenge"> & Partial<Pick<AcmeArgs, "challenge">>;

/** A certificate that the endpoint makes. */
export type MadeCertificate = Omit<TlsCertificateArgs, "names" | "issuer"> & {
  issuer: IssuerArgs | { acme: EndpointAcmeArgs };
};
/** None of these beside: a mixture of two forms would lose one of them. */
type Without<T> = { readonly [K in keyof T]?: never };

type DecidedForRoute = "server" | "on" | "hostname" | "listen" | "path" | "upstream" | "secretTokens";

/** The rest of a {@link TelegramWebhook}'s arguments. */
export type EndpointWebhookArgs = Omit<
  TelegramWebhookArgs,
  "token" | "tokenFrom" | "url" | "certificate" | "secretToken"
>;

/**
 * The arguments of a {@link BotEndpoint}. `preset`, `on`, `server`, `route`, `dns`, `certificate`, `secret` and `webhook` are plain
 * objects (their leaves may be outputs), since they decide which children there are.
 */
export interface BotEndpointArgs {
  /** The bot's token, secret; left out as in a TelegramWebhook: configuration `telegram:token`, then TELEGRAM_BOT_TOKEN. */
  token?: pulumi.Input<string>;
  /** Where the provider reads the token, `{ env }` or `{ file }`; needs a numeric `webhook.expectBot`. The token is then not in `environment`. */
  tokenFrom?: TelegramWebhookArgs["tokenFrom"];
  /** Host of the url. Exactly one of `hostname` and `ipAddress`. */
  hostname?: pulumi.Input<string>;
  /** IPv4 address of the url, for a bot without a name. */
  ipAddress?: pulumi.Input<string>;
  /** Path of the url, `/` and up to 128 of a-z 0-9 . _ - /. Default `/tg/<botId>`. */
  path?: pulumi.Input<string>;
  /** IPv4 address and port where TLS is served: by the route, or by the bot itself. Default 0.0.0.0:443. */
  listen?: pulumi.Input<string>;
  /**
   * The bot's framework, by its name; each has a page in docs/presets. Sets what is safe for it where `webhook` says nothing, warns
   * of what it cannot do, and adds to `environment`. Left out: nothing of this.
   */
  preset?: PresetName;
  /** Where the bot is behind the route: `http://host[:port][/path]` or `unix:/socket[:/path]`. Required with a route. */
  upstream?: pulumi.Input<string>;
  /** The machine of the route, `{ ssh: { host, hostKey } }`, or several, a route on each. Left out: this machine. */
  on?: OnArgs | OnArgs[];
  /** The proxy server, `{ nginx: {} }`, `{ haproxy: {} }` or `{ caddy: {} }`; `"skip"`: no route, the bot or a platform serves TLS. Default `{ nginx: {} }`. */
  server?: ServerArgs | "skip";
  /** The rest of the route's arguments. `attach` is `"listener"` unless given. */
  route?: EndpointRouteArgs;
  /** The record of `hostname`, type A: `{ zone, address, via }` and what else a DnsRecord takes. Default `"skip"`: it is made elsewhere. */
  dns?: EndpointRecordArgs | "skip";
  /**
   * Who signs the certificate, `{ selfSigned: {} }`, `{ privateCa: … }` or `{ acme: { account } }`, whose challenge is answered by the vendor of
   * `dns` unless it says how; that with more, `{ issuer, rotateTrigger, … }`; one of your own,
   * `{ certificatePem, privateKeyPem, uploadPem? }` (a TlsCertificate is that); `{ files: { certificateFile, keyFile } }`, a public one on the machine of the
   * route that another program renews (`route.tls` is the same); or `"skip"`: your server block or something in front has a public one. Default
   * `{ selfSigned: {} }`, and `"skip"` with `route.attach: "location"` or `route.tls`.
   */
  certificate?:
    | (IssuerArgs & Without<MadeCertificate & PemArgs>)
    | ({ acme: EndpointAcmeArgs } & Without<MadeCertificate & PemArgs>)
    | (MadeCertificate & Without<PemArgs>)
    | (PemArgs & Without<Omit<MadeCertificate, "issuer">>)
    | (FilesArgs & Without<MadeCertificate & PemArgs>)
    | TlsCertificate
    | "skip";
  /** How the webhook's secret is rotated (the arguments of a WebhookSecret), or a secret of your own, `{ current, accepted? }`. Default: made once. */
  secret?: (WebhookSecretArgs & Without<SecretArgs>) | (SecretArgs & Without<WebhookSecretArgs>) | WebhookSecret;
  /** The rest of the webhook's arguments, such as `allowedUpdates`, `expectBot`, `takeover`, `preflight`. */
  webhook?: EndpointWebhookArgs;
}

/** What was decided, and what else the children need of the arguments. */
export interface EndpointPlan {
  host: pulumi.Input<string>;
  listen: pulumi.Input<string>;
  preset: Preset | undefined;
  token: Pick<TelegramWebhookArgs, "token" | "tokenFrom">;
  webhook: EndpointWebhookArgs;
  /** Nothing without a route. */
  route: (EndpointRouteArgs & Pick<ProxyRouteArgs, "server" | "attach" | "upstream">) | undefined;
  /** A route on each, by its role. */
  machines: { role: string; on?: OnArgs }[];
  record: EndpointRecordArgs | undefined;
  certificate: Omit<TlsCertificateArgs, "names"> | undefined;
  pem: PemArgs | undefined;
  secret: WebhookSecretArgs | undefined;
  ownSecret: SecretArgs | undefined;
}

/** Decides from the plain part of arguments of the right shape, or throws one sentence. */
export function planOf(title: string, args: BotEndpointArgs): EndpointPlan {
  const refuse = (says: string) => refusal(`${title}: ${says}`);
  const problem = contradiction(args);
  if (problem) throw refuse(problem);
  const plan = decide(args, refuse);
  const unserved = vendorProblem(plan);
  if (unserved) throw refuse(unserved);
  return plan;
}

function decide(args: BotEndpointArgs, refuse: (says: string) => Error): EndpointPlan {
  return {
    host: args.hostname ?? args.ipAddress ?? "",
    listen: args.listen ?? "0.0.0.0:443",
    preset: args.preset && presets[args.preset],
    token: {
      ...(args.token !== undefined && { token: args.token }),
      ...(args.tokenFrom && { tokenFrom: args.tokenFrom }),
    },
    webhook: args.webhook ?? {},
    ...routeOf(args),
    record: args.dns === "skip" ? undefined : args.dns,
    ...certificateOf(args, refuse),
    ...secretOf(args.secret ?? {}),
  };
}

/** What cannot be meant, in one sentence with the cure. */
function contradiction(args: BotEndpointArgs): string | undefined {
  const { hostname, ipAddress, dns, preset, webhook } = args;
  if ((hostname === undefined) === (ipAddress === undefined)) return "needs hostname or ipAddress, exactly one of them";
  if (preset !== undefined && !Object.hasOwn(presets, preset)) {
    return `has no preset "${preset}"; there are ${Object.keys(presets).join(", ")}`;
  }
  if (dns !== undefined && dns !== "skip" && hostname === undefined) {
    return "dns makes the record of hostname; give hostname, or leave dns out";
  }
  const outside = outsideZoneProblem(args);
  if (outside !== undefined) return outside;
  if (preset !== undefined && presets[preset].registersItself && args.server === "skip" && isPublic(args.certificate)) {
    return `${preset} uploads the certificate that it serves, and a public authority's must not be uploaded; put a route or a platform in front of it`;
  }
  const own = ["token", "tokenFrom", "url", "certificate", "secretToken"].find((key) => key in (webhook ?? {}));
  if (own !== undefined) return `webhook.${own} is decided by the endpoint; use the endpoint's own arguments`;
  return certificateArgumentProblem(args) ?? automaticProblem(args) ?? secretProblem(args.secret) ?? routeProblem(args);
}

/** One that is an output is refused by the record, whose name then ends in a dot. */
function outsideZoneProblem({ hostname, dns }: BotEndpointArgs): string | undefined {
  if (typeof dns !== "object" || typeof dns.zone !== "string" || typeof hostname !== "string") return undefined;
  if (isInZone(normalZone(dns.zone), normalZone(hostname))) return undefined;
  return `hostname must lie in dns.zone ${dns.zone}; got ${hostname}. Correct one of the two, or leave dns out if the record is made elsewhere`;
}

function secretProblem(secret: BotEndpointArgs["secret"]): string | undefined {
  if (secret === undefined || pulumi.Resource.isInstance(secret)) return undefined;
  const keys = Object.entries(secret).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  const own: string[] = keys.filter((key) => key === "current" || key === "accepted");
  const made = keys.filter((key) => !own.includes(key));
  if (own.length === 0 || (made.length === 0 && own.includes("current"))) return undefined;
  if (made.length === 0) return "secret.accepted needs secret.current, the secret in force";
  return `secret has ${listed(made, "and")} beside ${listed(own, "and")}: it is either one of your own, { current, accepted }, or made and rotated here; keep one form`;
}

function routeProblem({ upstream, on, server, route, certificate }: BotEndpointArgs): string | undefined {
  if (server === "skip") {
    const given = Object.entries({ upstream, on, route }).find(([, value]) => value !== undefined);
    return given && `${given[0]} is for a route, and server "skip" makes none; leave one of the two out`;
  }
  if (upstream === undefined) {
    return 'needs upstream, where the bot is behind the route; or server: "skip" if the bot serves TLS itself';
  }
  if (route?.tls !== undefined && certificate !== undefined && certificate !== "skip") {
    return "route.tls and certificate are two certificates for one listener; keep one of them";
  }
  return machinesProblem(on);
}

/** What the name's vendor cannot serve, such as Cloudflare's proxy; a port that is an output is not looked at. */
function vendorProblem({ record, listen, certificate, pem, webhook }: EndpointPlan): string | undefined {
  const name = via.branchOf(record?.via);
  const module = (vendors as readonly VendorModule[]).find((one) => one.name === name);
  if (!module) return undefined;
  const given = (record?.via as Record<string, unknown> | undefined)?.[module.name];
  const settings = isObject(given) && !isOpaque(given) ? given : {};
  const opaque = module.recordSettings?.find((one) => !["boolean", "undefined"].includes(typeof settings[one]));
  if (opaque !== undefined) {
    return `dns.via.${module.name}.${opaque} must be plain, since it decides what the webhook may be`;
  }
  const served = {
    port: typeof listen === "string" ? listenAddressOf(listen).port || 443 : 443,
    uploadsCertificate: (certificate !== undefined && !isPublic(certificate)) || pem?.uploadPem !== undefined,
    isPinned: webhook.ipAddress !== undefined,
  };
  return module.cannotServe?.(served, settings);
}

/** Further routes are named after their machines. */
function machinesProblem(on: BotEndpointArgs["on"]): string | undefined {
  if (!Array.isArray(on)) return undefined;
  if (on.length === 0) return "on needs at least one machine; leave it out for this one";
  const hosts = on.map(hostOf);
  if (on.length > 1 && hosts.some((host) => typeof host !== "string")) {
    return "on needs plain hosts for several machines, since their routes are named after them";
  }
  return new Set(hosts).size === on.length ? undefined : "on has a machine twice; a machine has one route";
}

/** The host of a machine as the program gives it: perhaps an output, perhaps inside one. */
function hostOf({ ssh }: OnArgs): unknown {
  return isOpaque(ssh) ? ssh : (ssh as { host?: unknown } | undefined)?.host;
}

function routeOf(args: BotEndpointArgs): Pick<EndpointPlan, "route" | "machines"> {
  const { server = { nginx: {} }, upstream = "", route, on } = args;
  if (server === "skip") return { route: undefined, machines: [] };
  const machines = Array.isArray(on)
    ? on.map((one, index) => ({ role: index === 0 ? "route" : `route-${hostOf(one) as string}`, on: one }))
    : [{ role: "route", ...(on && { on }) }];
  return { route: { attach: "listener", ...route, server, upstream }, machines };
}

function secretOf(secret: WebhookSecretArgs | SecretArgs): Pick<EndpointPlan, "secret" | "ownSecret"> {
  return "current" in secret ? { secret: undefined, ownSecret: secret } : { secret, ownSecret: undefined };
}
