// Writes haproxy's files for a route: one static file for all, one for each listener, and for each route its backend and its secrets. Pure.
import { isIPv6 } from "node:net";
import { ownerIn, ownerLine } from "../../../core/owner-mark";
import { secretHeader, telegramRanges } from "../../../constants/telegram";
import { sha256 } from "../../../core/hash";
import { probeHeader } from "../../../probe/verdict";
import { certificatesText, keyText } from "../../../x509/pem";
import { generationHeader } from "../../probe";
import { placeIdOf } from "../../route/fields";
import type { RouteInputs } from "../../route/fields";
import { upstreamOf } from "../../upstream";
import type { Upstream } from "../../upstream";
import { firstLine } from "../route-files";
import type { Stamp } from "../route-files";
import { unfitWord, word } from "../word";
import type { ListenerKind } from "./kinds";
import type { HaproxyPlaces } from "./places";
import type { HaproxySettings } from ".";

/** Version of the files that all stacks write alike: a later one on disk is left to the later package that wrote it. */
const version = 1;
export function isNewer(text: string | undefined): boolean {
  return Number(/^# version (\d+)$/m.exec(text ?? "")?.[1] ?? 0) > version;
}

/** A frontend and a route's backend must find each other by these, and each request says them anew. */
const keyVariable = "txn.pulumi_telegram";
const routeVariable = "txn.pulumi_telegram_route";
const secretVariable = "txn.pulumi_telegram_secret";
const upstreamVariable = "txn.pulumi_telegram_upstream";
const clientVariable = "txn.pulumi_telegram_client";
const idDigits = 12;

/** The two lines that lead a request to its route: among the `http-request` lines, and as the last `use_backend`. */
export function leadingLines({ listen }: Pick<RouteInputs, "listen">): [string, string] {
  return [
    `http-request set-var-fmt(${keyVariable}) ${word(listen)}/%[req.hdr(host),field(1,:),lower]%[path]`,
    `use_backend pulumi-telegram.%[var(${keyVariable}),sha2(256),hex,bytes(0,${idDigits})]`,
  ];
}

/** Leads challenges of ACME to our answers. While there are none, haproxy takes the default backend in place of one that is not there. */
export const answerLine = "use_backend pulumi-telegram.%[str(acme)] if { path_beg /.well-known/acme-challenge/ }";

export function baseFile(): string {
  return `${firstLine}
# version ${version}
defaults pulumi-telegram
    mode http
    log global
    option dontlognull
    option idle-close-on-response
    option http-server-close
    retries 0
    no option redispatch
    timeout connect 5s
    timeout client 75s
    timeout http-request 60s
    timeout http-keep-alive 75s
    timeout server 65s
    timeout queue 5s
    log-format "%[date,utime(%Y-%m-%dT%H:%M:%S+00:00)] route=%[var(${routeVariable})] status=%ST secret=%[var(${secretVariable}),field(1,.)] upstream=%[var(${upstreamVariable})] milliseconds=%Ta upstream_connect=%Tc upstream_milliseconds=%Tr"
backend pulumi-telegram.none from pulumi-telegram
    http-request return status 404
`;
}

export function listenerFile(route: RouteInputs, { list }: HaproxyPlaces, kind: ListenerKind): string {
  const secure = ` ssl crt-list ${word(list)}${kind === "names" ? " strict-sni" : ""} ssl-min-ver TLSv1.2 alpn http/1.1`;
  const [variable, backend] = leadingLines(route);
  return `${firstLine}
# version ${version}
# listener ${kind}
frontend pulumi-telegram.${word(route.listen)} from pulumi-telegram
    bind ${word(route.listen)}${kind === "plain" ? "" : secure}
    http-request set-var(${routeVariable}) str(none)
    http-request set-var(${secretVariable}) str(none)
    ${variable}
${kind === "plain" ? `    ${answerLine}\n` : ""}    ${backend}
    default_backend pulumi-telegram.none
`;
}

/** The kind of a listener that is on disk. */
export function kindIn(text: string | undefined): string | undefined {
  return /^# listener (.*)$/m.exec(text ?? "")?.[1];
}

/** Host to file. The first certificate is shown to who sends no name, where that is allowed. */
export function listFile(certificates: ReadonlyMap<string, string>): string {
  return [...certificates.keys()]
    .sort()
    .map((host) => `${word(certificates.get(host) ?? "")} ${word(host)}\n`)
    .join("");
}

/** Says whose the certificate of a host is that stands in a file of the user's. */
export function pathFile(file: string, owner: string): string {
  return `${ownerLine(owner)}\n${word(file)}\n`;
}

export function certificateFile({ certificatePem, privateKeyPem }: Pem, owner: string): string {
  return `${ownerLine(owner)}\n${keyText(privateKeyPem)}${certificatesText(certificatePem)}`;
}

type Pem = { certificatePem: string; privateKeyPem: string };

/** The certificates of such a file. */
export function certificatesAfterKey(text: string | undefined): string | undefined {
  return /-----BEGIN CERTIFICATE-[^]*/.exec(text ?? "")?.[0];
}

/**
 * No secret is on disk, but its digest: it is looked up, and what is found is "current.<generation>". So the generation is
 * where both a reload and the runtime socket bring it.
 */
export function secretsFile({ secretTokens }: RouteInputs, { owner, generation }: Stamp): string {
  const lines = secretTokens.map((secret, at) => {
    return `${sha256(secret).toUpperCase()} ${at === 0 ? "current" : "previous"}.${word(generation)}`;
  });
  return [firstLine, ownerLine(owner), ...lines, ""].join("\n");
}

/** What the two files of a route say beside the route. */
export function haproxyStampIn(route = "", secrets = ""): Partial<Stamp> {
  const owner = ownerIn(route);
  const routeId = new RegExp(`set-var\\(${routeVariable}\\) str\\(([0-9a-f]{12})\\)$`, "m").exec(route)?.[1];
  const generation = /^[0-9A-F]{64} \w+\.([0-9a-f]+)$/m.exec(secrets)?.[1];
  return {
    ...(owner !== undefined && { owner }),
    ...(routeId !== undefined && { routeId }),
    ...(generation !== undefined && { generation }),
  };
}

/**
 * The checks stand in their order: what the request is, the secret, then what only a genuine one gets to see. Nothing of the
 * body is waited for before that. `url` would be the whole address where a request has one, which is nobody's path here.
 */
export function routeFile(
  settings: HaproxySettings,
  route: RouteInputs,
  { owner, routeId }: Pick<Stamp, "owner" | "routeId">,
  places: HaproxyPlaces,
): string {
  const isLogged = settings.accessLog !== "off" && route.attach === "listener";
  const secret = `req.fhdr(${secretHeader})`;
  const lines = [
    `http-request set-var(${routeVariable}) str(${word(routeId)})`,
    `http-request set-var(${secretVariable}) str(none)`,
    ...(isLogged ? [] : ["http-request set-log-level silent"]),
    `acl is_path pathq -m str ${word(route.path)}`,
    `acl is_host req.hdr(host),field(1,:),lower -m str ${word(route.hostname)}`,
    "acl is_absolute url_beg http:// https://",
    "acl is_http1 req.ver -m beg 1.",
    "http-request return status 404 unless is_path is_host { req.hdr_cnt(host) eq 1 }",
    "http-request return status 404 if is_http1 is_absolute",
    "http-request return status 405 unless { method -m str POST }",
    "http-request return status 415 unless { req.fhdr_cnt(content-type) eq 1 } { req.fhdr(content-type) -i -m reg ^application/json\\s*(;|$) }",
    `http-request return status 413 if { req.hdr_val(content-length) gt ${route.maxBodyBytes} }`,
    "http-request return status 411 unless { req.hdr_cnt(content-length) eq 1 }",
    `http-request set-var(${secretVariable}) ${secret},sha2(256),hex,map_str(${word(places.secrets)},none) if { req.fhdr_cnt(${secretHeader}) eq 1 }`,
    `http-request return status 401 if { var(${secretVariable}) -m str none }`,
    `http-request return status 204 hdr ${generationHeader} %[var(${secretVariable}),field(2,.)] hdr ${probeHeader} %[req.hdr(${probeHeader})] if { req.hdr(${probeHeader}) -m found }`,
    ...clientLines(route),
    ...(route.maintenance ? closedLines(route.maintenance.retryAfterSeconds) : passingLines(route)),
  ];
  return `${firstLine}
${ownerLine(owner)}
backend pulumi-telegram.${placeIdOf(route).toUpperCase()} from pulumi-telegram
${lines.map((line) => `    ${line}\n`).join("")}`;
}

const closedLines = (seconds: number) => [`http-request return status 503 hdr Retry-After ${seconds}`];

/** How many proxies in a row are believed. */
const mostProxies = 10;
/** haproxy takes 64 words a line. */
const rangesPerLine = 40;

/** Who the client is; of trusted proxies the last one that they name and that is none of them. What is no address is nobody's. */
function clientLines({ onlyTelegram, clientAddress }: RouteInputs): string[] {
  const trusted = clientAddress?.trustedProxies ?? [];
  return [
    `http-request set-var(${clientVariable}) src`,
    ...(trusted.length > 0 ? rangeLines("is_trusted", trusted) : []),
    ...(trusted.length > 0
      ? Array.from({ length: mostProxies }, (_, at) => {
          const named = `req.hdr(X-Forwarded-For,-${at + 1})`;
          return `http-request set-var(${clientVariable}) ${named} if is_trusted { req.hdr_cnt(X-Forwarded-For) ge ${at + 1} }`;
        })
      : []),
    ...(onlyTelegram
      ? [...rangeLines("is_telegram", telegramRanges), "http-request return status 403 unless is_telegram"]
      : []),
  ];
}

function rangeLines(name: string, ranges: readonly string[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at < ranges.length; at += rangesPerLine) {
    const some = ranges.slice(at, at + rangesPerLine).map(word);
    lines.push(`acl ${name} var(${clientVariable}) -m ip ${some.join(" ")}`);
  }
  return lines;
}

function passingLines(route: RouteInputs): string[] {
  const upstream = upstreamOf(route.upstream);
  if (!upstream) throw unfitWord();
  const { path } = upstream;
  const seconds = route.timeoutSeconds;
  return [
    "http-request wait-for-body time 60s",
    "http-request del-header _ -m sub",
    "http-request del-header Forwarded",
    "http-request del-header Upgrade",
    `http-request set-header X-Real-IP %[var(${clientVariable})]`,
    `http-request set-header X-Forwarded-For %[var(${clientVariable})]`,
    "http-request set-header X-Forwarded-Proto https",
    `http-request set-header Host ${word(route.hostname)}`,
    route.upstreamSecret === undefined
      ? `http-request del-header ${secretHeader}`
      : `http-request set-header ${secretHeader} ${word(route.upstreamSecret)}`,
    ...(path === undefined ? [] : [`http-request set-path ${word(path)}`]),
    `http-request set-var(${upstreamVariable}) str(none)`,
    `http-response set-var(${upstreamVariable}) status`,
    "http-error status 503", // its text would say 503
    `http-after-response set-status 502 if { status 503 } { var(${upstreamVariable}) -m str none }`,
    `http-after-response set-var(${upstreamVariable}) status if { var(${upstreamVariable}) -m str none }`,
    `timeout server ${seconds}s`,
    `server bot ${serverAddress(upstream)}`,
  ];
}

function serverAddress(upstream: Upstream): string {
  if ("socket" in upstream) return `unix@${word(upstream.socket)}`;
  const { host, port } = upstream;
  return isIPv6(host) ? `ipv6@[${word(host)}]:${port}` : `${word(host)}:${port}`;
}
