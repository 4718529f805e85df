// What the plain part of a BotEndpoint's arguments decides: which children there are.
import type * as pulumi from "@pulumi/pulumi";
import { isObject } from "../../provider/core/rules";
import { isInZone, normalZone } from "../../provider/dns/rules";
import { vendors, via } from "../../provider/dns/vendors";
import type { VendorModule } from "../../provider/dns/vendors/module";
import { isOpaque } from "../../provider/host/inputs";
import { refusal } from "../../provider/host/voice";
import { listenAddressOf } from "../../provider/proxy/rules";
import type { OnArgs, ProxyRouteArgs } from "../../provider/proxy/route/resource";
import type { TlsCertificateArgs } from "../../provider/tls/certificate/resource";
import { sharedPlan, sharedProblem } from "../endpoint/plan";
import type { SharedPlan } from "../endpoint/plan";
import { presets } from "../presets";
import type { BotEndpointArgs, EndpointRecordArgs, EndpointRouteArgs, PemArgs } from "./args";
import { automaticProblem, certificateArgumentProblem, certificateOf, isPublic } from "./certificate";

/** What was decided, and what else the children need of the arguments. */
export interface EndpointPlan extends SharedPlan {
  host: pulumi.Input<string>;
  listen: pulumi.Input<string>;
  /** Nothing without a route. */
  route: (EndpointRouteArgs & Pick<ProxyRouteArgs, "server" | "attach" | "upstream">) | undefined;
  /** A route on each, by its role. */
  machines: { role: string; on?: OnArgs }[];
  record: EndpointRecordArgs | undefined;
  certificate: Omit<TlsCertificateArgs, "names"> | undefined;
  pem: PemArgs | undefined;
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
    ...sharedPlan(args),
    host: args.hostname ?? args.ipAddress ?? "",
    listen: args.listen ?? "0.0.0.0:443",
    ...routeOf(args),
    record: args.dns === "skip" ? undefined : args.dns,
    ...certificateOf(args, refuse),
  };
}

/** What cannot be meant, in one sentence with the cure. */
function contradiction(args: BotEndpointArgs): string | undefined {
  const { hostname, ipAddress, dns, preset } = args;
  if ((hostname === undefined) === (ipAddress === undefined)) return "needs hostname or ipAddress, exactly one of them";
  const shared = sharedProblem(args);
  if (shared !== undefined) return shared;
  if (dns !== undefined && dns !== "skip" && hostname === undefined) {
    return "dns makes the record of hostname; give hostname, or leave dns out";
  }
  const outside = outsideZoneProblem(args);
  if (outside !== undefined) return outside;
  if (preset !== undefined && presets[preset].registersItself && args.server === "skip" && isPublic(args.certificate)) {
    return `${preset} uploads the certificate that it serves, and a public authority's must not be uploaded; put a route or a platform in front of it`;
  }
  return certificateArgumentProblem(args) ?? automaticProblem(args) ?? routeProblem(args);
}

/** One that is an output is refused by the record, whose name then ends in a dot. */
function outsideZoneProblem({ hostname, dns }: BotEndpointArgs): string | undefined {
  if (typeof dns !== "object" || typeof dns.zone !== "string" || typeof hostname !== "string") return undefined;
  if (isInZone(normalZone(dns.zone), normalZone(hostname))) return undefined;
  return `hostname must lie in dns.zone ${dns.zone}; got ${hostname}. Correct one of the two, or leave dns out if the record is made elsewhere`;
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
