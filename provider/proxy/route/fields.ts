// What a ProxyRoute takes and keeps: one row per argument, the rules across arguments, and what is observed.
import { isIP } from "node:net";
import { fingerprint } from "../../core/hash";
import type { Change, Facts, Fields, Finding, Logic, CheckInput } from "../../core/logic";
import { listed, problem, warning } from "../../core/rules";
import { inlineQuerySeconds, otherQuerySeconds, telegramPorts } from "../../constants/telegram";
import { previewWarnings } from "../notices";
import * as rules from "../rules";
import { getsCertificates, ignoresListen, installationOf, server, serverAlike, serverFindings } from "../servers";
import type { Server } from "../servers";
import { on, tls } from "./choices";
import { namesOf, waysToName } from "../../x509/names";
import { certificatesIn } from "../../x509/pem";
import { isEndingSoon, isExpired, timeText, validityOf } from "../../x509/period";
import { testAuthorityOf } from "../../x509/test-authorities";
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
/** So many of a certificate's names are shown. */
const mostNames = 5;

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
        : 'must be "listener" (we own address and port) or "location" (your own server block or frontend leads to our routes)',
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

/** Server, machine, address and host. */
function siteOf({ server: given, machine, listen, hostname }: Partial<RouteInputs>): string | undefined {
  const name = server.branchOf(given);
  if ([name, machine, listen, hostname].includes(undefined)) return undefined;
  return `${name}/${machine}/${listen}/${hostname}`;
}

/** Where a path is one's own. */
const placeOf = (known: Partial<RouteInputs>) =>
  siteOf(ignoresListen(known) ? { ...known, listen: "location" } : known);

/** The id. It cannot be secret, and the path may be: a random number stands for it. */
export function idOf(inputs: RouteInputs, routeId: string): string {
  return `${siteOf(inputs)}/${routeId}`;
}

/** What names its files on the machine, so that they are found again after a kill: 12 hex digits. */
export function placeIdOf(route: RouteInputs): string {
  const { hostname, path } = route;
  return fingerprint(`${ignoresListen(route) ? "" : route.listen}/${hostname}${path}`);
}

/** The route's logic; what acts is handed in, since it is loaded only when something is to be done. */
export function routeLogic(lifecycle: Logic<RouteInputs, RouteFacts>["lifecycle"]): Logic<RouteInputs, RouteFacts> {
  return {
    type: "ProxyRoute",
    schemaVersion: 1,
    fields: routeFields,
    facts: routeFacts,
    check: (seen, now) => [
      ...tlsFindings(seen),
      ...automaticFindings(seen),
      ...certificateFindings(seen, now),
      ...portFindings(seen),
      ...serverFindings(seen),
      ...advice(seen),
    ],
    diff: (old, { known }) => [
      ...(old.verified ? [] : [{ field: "verified", effect: "update" } as const]),
      ...keptCertificate(old, known),
    ],
    exclusive: (known) => {
      const place = placeOf(known);
      return place && known.path && `the route ${place}${known.path}`;
    },
    called: (known) => `the same path of ${placeOf(known)}`,
    alike: serverAlike,
    marksOwner: true,
    lifecycle,
  };
}

/** Caddy (2.11) goes on with a certificate that it has until it renews it, whatever directory its policy names by then. */
function keptCertificate(old: RouteState, { tls: wanted }: Partial<RouteInputs>): Change[] {
  const [before, after] = [old.tls, wanted].map((one) => {
    return typeof one === "object" && "automatic" in one ? one.automatic.directoryUrl : undefined;
  });
  if (before === undefined || after === undefined || before === after) return [];
  return [{ field: "tls", effect: "update", says: previewWarnings.keptCertificate({ directoryUrl: before }) }];
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
        'cannot be given with attach "location": your own server block or frontend has the certificate; leave it out',
      ),
    ];
  return [];
}

/** Who gets the certificate itself must be able to, and for a name. */
function automaticFindings({ known, choices }: CheckInput<RouteInputs>): Finding[] {
  if (choices.tls?.branch !== "automatic" || known.attach !== "listener") return [];
  const name = choices.server?.branch;
  if (name !== undefined && !getsCertificates(name)) {
    const says = `has automatic, and ${name} gets no certificates itself: give the { pem } of a TlsCertificate with the issuer acme`;
    return [problem<RouteInputs>("tls", says)];
  }
  if (known.hostname === undefined || isIP(known.hostname) === 0) return [];
  const says = `has automatic, which is for host names, and hostname is the address ${known.hostname}: give the { pem } of a TlsCertificate with the issuer acme`;
  return [problem<RouteInputs>("tls", says)];
}

/** Something in front may show another certificate than the listener's, so it is not refused. */
function certificateFindings({ known: { hostname }, choices }: CheckInput<RouteInputs>, now: Date): Finding[] {
  const pem = choices.tls?.settings?.["certificatePem"];
  const chain = typeof pem === "string" ? certificatesIn(pem) : [];
  const [served] = chain;
  if (!served) return [];
  const findings: Finding[] = [];
  const { asHost, asAddress } = waysToName(served, hostname ?? "");
  if (hostname !== undefined && !asHost && !asAddress) {
    const names = namesOf(served).slice(0, mostNames).join(", ") || "no host";
    findings.push(warning<RouteInputs>("tls", previewWarnings.otherName({ names, hostname })));
  }
  const notAfter = timeText(validityOf(served).notAfter);
  if (isExpired(served, now)) findings.push(warning<RouteInputs>("tls", previewWarnings.expired({ notAfter })));
  if (isEndingSoon(served, now)) findings.push(warning<RouteInputs>("tls", previewWarnings.endsSoon({ notAfter })));
  const what = testAuthorityOf(chain)?.what;
  if (what !== undefined) findings.push(warning<RouteInputs>("tls", previewWarnings.forTests({ what })));
  return findings;
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
