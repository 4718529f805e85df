// What a ProxyRoute takes and keeps: one row per argument, the rules across arguments, and what is observed.
import { fingerprint } from "../../core/hash";
import type { Facts, Fields, Finding, Logic, CheckInput } from "../../core/logic";
import { listed, problem, warning } from "../../core/rules";
import { inlineQuerySeconds, otherQuerySeconds, telegramPorts } from "../../constants/telegram";
import { previewWarnings } from "../notices";
import * as rules from "../rules";
import { installationOf, server, serverFindings } from "../servers";
import type { Server } from "../servers";
import { on, tls } from "./choices";
import { upstreamProblem } from "../upstream";
import type { On, Tls } from "./choices";

/** The arguments in normal form, as stored. */
export interface RouteInputs {
  server: Server;
  /** What cannot be changed without taking the route down first. */
  installation: string;
  on?: On;
  machine: string;
  attach: "listener" | "location";
  hostname: string;
  listen: string;
  path: string;
  upstream: string;
  upstreamSecret?: string;
  secretTokens: string[];
  tls?: Tls;
  onlyTelegram: boolean;
  clientAddress?: { trustedProxies: string[] };
  maxBodyBytes: number;
  timeoutSeconds: number;
  maintenance?: { retryAfterSeconds: number };
  takeover: boolean;
  url: string;
}

/** What is observed or made. */
export interface RouteFacts {
  /** A random number, kept for life: an id and a log cannot be secret, and a path may be. */
  routeId: string;
  sha256: string;
  certificateSha256?: string;
  verified: boolean;
  verificationProblem?: string;
}

export type RouteState = RouteInputs & RouteFacts;

const longMaintenanceSeconds = 60;

const words = { type: "array", items: { type: "string" } } as const;

export const routeFields: Fields<RouteInputs> = {
  server: { kind: "choice", required: true, choice: server },
  installation: {
    kind: "string",
    onChange: "deleteThenCreate",
    derived: { choice: "server", from: (branched) => branched && installationOf(branched) },
  },
  on: { kind: "choice", optional: true, choice: on },
  machine: {
    kind: "string",
    onChange: "createThenDelete",
    derived: {
      choice: "on",
      from: (branched) => (branched ? (branched.settings["host"] as string | undefined)?.toLowerCase() : "local"),
    },
  },
  attach: {
    kind: "shape",
    required: true,
    schema: { type: "string", enum: ["listener", "location"] },
    onChange: "deleteThenCreate",
    problem: (value) =>
      value === "listener" || value === "location"
        ? undefined
        : 'must be "listener" (we own address and port) or "location" (your own server block includes our folder)',
  },
  hostname: {
    kind: "string",
    required: true,
    onChange: "createThenDelete",
    problem: rules.hostnameProblem,
    accept: (value) => value.toLowerCase(),
  },
  listen: { kind: "string", default: "0.0.0.0:443", onChange: "createThenDelete", problem: rules.listenProblem },
  path: { kind: "string", required: true, hidden: true, onChange: "createThenDelete", problem: rules.pathProblem },
  upstream: { kind: "string", required: true, problem: upstreamProblem },
  upstreamSecret: { kind: "string", optional: true, secret: true, problem: rules.secretTokenProblem },
  secretTokens: { kind: "strings", required: true, secret: true, problem: rules.secretTokensProblem },
  tls: { kind: "choice", optional: true, choice: tls },
  onlyTelegram: { kind: "boolean", default: false, omitDefault: true },
  clientAddress: {
    kind: "shape",
    optional: true,
    schema: { type: "object", properties: { trustedProxies: words }, required: ["trustedProxies"] },
    problem: rules.clientAddressProblem,
  },
  maxBodyBytes: { kind: "number", default: 1_048_576, omitDefault: true, problem: rules.maxBodyBytesProblem },
  timeoutSeconds: { kind: "number", default: 65, omitDefault: true, problem: rules.timeoutSecondsProblem },
  maintenance: {
    kind: "shape",
    optional: true,
    schema: { type: "object", properties: { retryAfterSeconds: { type: "number" } } },
    problem: rules.maintenanceProblem,
    accept: (value) => ({ retryAfterSeconds: 10, ...(value as { retryAfterSeconds?: number }) }),
  },
  takeover: { kind: "boolean", default: false, omitDefault: true },
  url: {
    kind: "string",
    derived: { needs: ["hostname", "listen", "path"], from: urlOf },
  },
};

export const routeFacts: Facts<RouteFacts> = {
  routeId: { kind: "string" },
  sha256: { kind: "string" },
  certificateSha256: { kind: "string", optional: true },
  verified: { kind: "boolean" },
  verificationProblem: { kind: "string", optional: true, words: true },
};

function urlOf({ hostname, listen, path, tls }: Partial<RouteInputs>): string | undefined {
  if (hostname === undefined || listen === undefined || path === undefined) return undefined;
  return endpointUrl({ hostname, listen, path, ...(tls && { tls }) });
}

/** Without TLS of its own an endpoint has something in front that has it, on the usual port. */
export function endpointUrl({
  hostname,
  listen,
  path,
  tls,
}: Pick<RouteInputs, "hostname" | "listen" | "path" | "tls">) {
  const { port } = rules.listenAddressOf(listen);
  return `https://${hostname}${port === 443 || tls === "none" ? "" : `:${port}`}${path}`;
}

/** Server, machine, address and host, in which a path is one's own. */
function siteOf({ server: given, machine, listen, hostname }: Partial<RouteInputs>): string | undefined {
  const name = server.branchOf(given);
  if ([name, machine, listen, hostname].includes(undefined)) return undefined;
  return `${name}/${machine}/${listen}/${hostname}`;
}

/** The id. It cannot be secret, and the path may be: a random number stands for it. */
export function idOf(inputs: RouteInputs, routeId: string): string {
  return `${siteOf(inputs)}/${routeId}`;
}

/** What names its files on the machine, so that they are found again after a kill: 12 hex digits. */
export function placeIdOf({ listen, hostname, path }: RouteInputs): string {
  return fingerprint(`${listen}/${hostname}${path}`);
}

/** The route's logic; what acts is handed in, since it is loaded only when something is to be done. */
export function routeLogic(lifecycle: Logic<RouteInputs, RouteFacts>["lifecycle"]): Logic<RouteInputs, RouteFacts> {
  return {
    type: "ProxyRoute",
    schemaVersion: 1,
    fields: routeFields,
    facts: routeFacts,
    check: (seen) => [...tlsFindings(seen), ...portFindings(seen), ...serverFindings(seen), ...advice(seen)],
    diff: (old) => (old.verified ? [] : [{ field: "verified", effect: "update" }]),
    exclusive: (known) => {
      const site = siteOf(known);
      return site && known.path && `the route ${site}${known.path}`;
    },
    called: (known) => `the same path of ${siteOf(known)}`,
    marksOwner: true,
    lifecycle,
  };
}

function tlsFindings({ known, unknown, choices }: CheckInput<RouteInputs>): Finding[] {
  const { branch } = choices.tls ?? {};
  if ((unknown.has("tls") && branch === undefined) || known.attach === undefined) return [];
  if (known.attach === "listener" && branch === undefined)
    return [
      problem<RouteInputs>(
        "tls",
        'is required with attach "listener": Telegram speaks TLS only ("none": something in front does)',
      ),
    ];
  if (known.attach === "location" && branch !== undefined && branch !== "none")
    return [
      problem<RouteInputs>(
        "tls",
        'cannot be given with attach "location": your own server block has the certificate; leave it out',
      ),
    ];
  return [];
}

function portFindings({ known, choices }: CheckInput<RouteInputs>): Finding[] {
  if (known.listen === undefined || choices.tls?.branch === "none") return [];
  const { port } = rules.listenAddressOf(known.listen);
  if (telegramPorts.includes(port)) return [];
  const ports = listed(telegramPorts, "and");
  return [warning<RouteInputs>("listen", previewWarnings.otherPort({ port, ports }))];
}

function advice({ known }: CheckInput<RouteInputs>): Finding[] {
  const seconds = known.maintenance?.retryAfterSeconds ?? 0;
  if (seconds <= longMaintenanceSeconds) return [];
  const told = { seconds, inlineQuerySeconds, otherQuerySeconds };
  return [warning<RouteInputs>("maintenance", previewWarnings.longMaintenance(told))];
}
