// Writes the objects of Caddy's configuration for a route, as texts: the route, its listener, its certificate, the log. Pure.
import { ownerIn, ownerLine } from "../../../core/owner-mark";
import { isObject } from "../../../core/rules";
import { secretHeader, telegramRanges } from "../../../constants/telegram";
import { probeHeader } from "../../../probe/verdict";
import { certificatesText, keyText } from "../../../x509/pem";
import { generationHeader } from "../../probe";
import type { Tls } from "../../route/choices";
import type { RouteInputs } from "../../route/fields";
import { automaticUrlProblem } from "../../rules";
import type { Stamp } from "../route-files";
import { upstreamOf } from "../../upstream";
import { unfitWord, word } from "../word";
import { adminNames, listenerName, logName } from "./admin-names";
import { dialled } from "./files";
import { lastOutside, oneOf, overPattern } from "./patterns";

export type Json = Record<string, unknown>;
type Automatic = Extract<Tls, { automatic: unknown }>["automatic"];

/** In the first handler of a route: whose it is, and what the log calls it. */
export const ownerVariable = "pulumi_telegram_owner";
const routeVariable = "pulumi_telegram_route";
const secretVariable = "pulumi_telegram_secret";
const clientVariable = "pulumi_telegram_client";
const clientPattern = "pulumi_telegram_client";
const second = 1e9; // Caddy counts in nanoseconds
const placeholder = (name: string) => `{${name}}`;
const header = (name: string) => placeholder(`http.request.header.${name}`);

/** An object as one text: the mark of its stack, if it has one, and its JSON in one spelling. */
export function textOf(object: unknown, owner?: string): string {
  return `${owner === undefined ? "" : `${ownerLine(owner)}\n`}${JSON.stringify(sorted(object))}`;
}

/** The object of such a text. */
export function objectOf(text: string): Json {
  return JSON.parse(text.slice(text.lastIndexOf("\n") + 1)) as Json;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}

/** The same text from every stack. `isSecure`: it speaks TLS. What routes and certificates it has follows from their names. */
export function listenerText(listen: string, isSecure: boolean): string {
  return textOf({
    "@id": listenerName(listen),
    listen: [word(listen)],
    automatic_https: { disable: true },
    protocols: ["h1"],
    read_header_timeout: 60 * second,
    idle_timeout: 75 * second,
    logs: { default_logger_name: logName },
    isSecure,
  });
}

/** Whether a listener that is there speaks TLS. */
export const isSecureListener = (text: string): boolean => objectOf(text)["isSecure"] === true;

/**
 * The loggers whose lines have what is secret, of our listeners alone or of all of Caddy: requests with their headers, at the
 * reverse proxy also where a bot breaks off its answer; and, on the level debug, the configuration.
 */
export const loggers = [
  `http.log.access.${logName}`,
  `http.log.error.${logName}`,
  "http.handlers.reverse_proxy",
  "http.auto_https",
];

/** Where Caddy writes by default, which a service's journal keeps; without what a client has sent. */
export function logText(): string {
  const names = ["request", "resp_headers", "headers", "http", "tls"];
  const fields = Object.fromEntries(names.map((name) => [name, { filter: "delete" }]));
  return textOf({ include: loggers, encoder: { format: "filter", wrap: { format: "json" }, fields } });
}

/**
 * Certificate and key, whose tag is what the listener chooses it by; or the policy by which Caddy gets them itself. Nothing
 * without TLS.
 */
export function certificateText(route: RouteInputs, owner: string): string | undefined {
  const { tls } = route;
  if (typeof tls !== "object") return undefined;
  const { certificate: name } = adminNames(route);
  if ("automatic" in tls) return textOf({ "@id": name, ...automation(route.hostname, tls.automatic) }, owner);
  const named = { "@id": name, tags: [name] };
  if ("files" in tls)
    return textOf({ ...named, certificate: word(tls.files.certificateFile), key: word(tls.files.keyFile) }, owner);
  const { certificatePem, privateKeyPem } = tls.pem;
  return textOf({ ...named, certificate: certificatesText(certificatePem), key: keyText(privateKeyPem) }, owner);
}

/** No other authority is asked, and no certificate of Caddy's own is made. */
function automation(hostname: string, { directoryUrl, rootsFile }: Automatic): Json {
  if (automaticUrlProblem(directoryUrl) !== undefined) throw unfitWord();
  const roots = rootsFile === undefined ? {} : { trusted_roots_pem_files: [word(rootsFile)] };
  return { subjects: [word(hostname)], issuers: [{ module: "acme", ca: directoryUrl, ...roots }] };
}

/** Whether such a text is the policy by which Caddy gets the certificate. */
export const isAutomation = (text: string | undefined): boolean => text !== undefined && "issuers" in objectOf(text);

/** Whether the certificate is in the object, and not in a file that it names. */
export const isPem = (certificate: unknown): certificate is string =>
  typeof certificate === "string" && certificate.startsWith("-----BEGIN");

/** The certificate of such a text, if it is in it. */
export function certificateIn(text: string | undefined): string | undefined {
  const certificate = text === undefined ? undefined : objectOf(text)["certificate"];
  return isPem(certificate) ? certificate : undefined;
}

/** What the text of a route says beside the route. */
export function routeStampIn(text: string | undefined): Partial<Stamp> {
  const owner = ownerIn(text);
  const routeId = new RegExp(`"${routeVariable}":"([0-9a-f]{12})"`).exec(text ?? "")?.[1];
  const generation = new RegExp(`"${generationHeader}":\\["([0-9a-f]+)"\\]`).exec(text ?? "")?.[1];
  return {
    ...(owner !== undefined && { owner }),
    ...(routeId !== undefined && { routeId }),
    ...(generation !== undefined && { generation }),
  };
}

const handling = (...handle: Json[]) => ({ handle });
const answering = (status: number, more: Json = {}) =>
  handling({ handler: "static_response", status_code: status, ...more });
const refusing = (status: number, ...match: Json[]) => ({ match, ...answering(status) });
const unless = (...matchers: Json[]): Json => ({ not: matchers });
const setting = (name: string, value: string) => ({ handler: "vars", [name]: value });

/**
 * The checks stand in their order: what the request is, the secret, then what only a genuine one gets to see. Caddy's own match
 * of a path takes other spellings too, so all of them come here and the address as it was sent decides. Nothing is an
 * `expression`, which takes seconds for a thousand routes. An error would be logged with all headers: so what goes wrong
 * is answered by a route for errors.
 */
export function routeText(route: RouteInputs, { owner, routeId, generation }: Stamp): string {
  const probe = header(probeHeader);
  const routes = [
    handling(
      { handler: "vars", [routeVariable]: word(routeId), [secretVariable]: "none" },
      { handler: "log_append", key: "route", value: word(routeId) },
      { handler: "log_append", key: "secret", value: secretVariable },
      { handler: "log_append", key: "upstream", value: placeholder("http.reverse_proxy.upstream.hostport") },
    ),
    refusing(404, unless({ vars: { [placeholder("http.request.orig_uri")]: [word(route.path)] } })),
    refusing(405, unless({ method: ["POST"] })),
    refusing(415, unless({ header_regexp: { "Content-Type": { pattern: "(?i)^application/json[[:blank:]]*(;|$)" } } })),
    refusing(413, { header_regexp: { "Content-Length": { pattern: overPattern(route.maxBodyBytes) } } }),
    refusing(411, unless({ header: { "Content-Length": ["*"] } })),
    ...route.secretTokens.map((secret, at) => ({
      match: [{ vars: { [header(secretHeader)]: [word(secret)] } }],
      ...handling(setting(secretVariable, at === 0 ? "current" : "previous")),
    })),
    refusing(401, { vars: { [secretVariable]: ["none"] } }),
    {
      match: [{ header: { [probeHeader]: ["*"] } }],
      ...answering(204, { headers: { [generationHeader]: [word(generation)], [probeHeader]: [probe] } }),
    },
    ...clientRoutes(route),
    route.maintenance
      ? answering(503, { headers: { "Retry-After": [String(route.maintenance.retryAfterSeconds)] } })
      : passingRoute(route),
  ];
  const errors = {
    routes: [handling({ handler: "static_response", status_code: placeholder("http.error.status_code") })],
  };
  const object = {
    "@id": adminNames(route).route,
    match: [{ host: [word(route.hostname)], path: [word(route.path)] }],
    handle: [{ handler: "subroute", errors, routes }],
    terminal: true,
  };
  return textOf(object, owner);
}

/** Who the client is; of trusted proxies the last one that they name and that is none of them. What is no address is nobody's. */
function clientRoutes({ onlyTelegram, clientAddress }: RouteInputs): Json[] {
  const trusted = clientAddress?.trustedProxies.map(word) ?? [];
  const named = { [header("X-Forwarded-For")]: { name: clientPattern, pattern: lastOutside(trusted) } };
  const first = handling(setting(clientVariable, placeholder("http.request.remote.host")));
  return [
    first,
    ...(trusted.length > 0
      ? [
          {
            match: [{ remote_ip: { ranges: trusted }, vars_regexp: named }],
            ...handling(setting(clientVariable, placeholder(`http.regexp.${clientPattern}.1`))),
          },
        ]
      : []),
    ...(onlyTelegram
      ? [
          refusing(
            403,
            unless({ vars_regexp: { [clientVariable]: { pattern: `^${oneOf(telegramRanges.map(word))}$` } } }),
          ),
        ]
      : []),
  ];
}

/** The connection to the bot ends with its answer, so that none is used just when the bot gives it up. */
function passingRoute(route: RouteInputs): Json {
  const upstream = upstreamOf(route.upstream);
  if (!upstream) throw unfitWord();
  const { maxBodyBytes, timeoutSeconds, upstreamSecret } = route;
  const client = [placeholder(`http.vars.${clientVariable}`)];
  const timeout = timeoutSeconds * second;
  const set = {
    Host: [word(route.hostname)],
    "X-Forwarded-For": client,
    "X-Real-IP": client,
    "X-Forwarded-Proto": ["https"],
    ...(upstreamSecret !== undefined && { [secretHeader]: [word(upstreamSecret)] }),
  };
  const removed = ["*_*", "Forwarded", "Via", "X-Forwarded-Host", "Upgrade"];
  return handling(
    { handler: "request_body", max_size: maxBodyBytes },
    {
      handler: "reverse_proxy",
      upstreams: [{ dial: dialled(upstream) }],
      request_buffers: maxBodyBytes,
      // A handler of its own would log the request.
      ...(upstream.path !== undefined && { rewrite: { uri: word(upstream.path) } }),
      headers: { request: { set, delete: upstreamSecret === undefined ? [...removed, secretHeader] : removed } },
      transport: {
        protocol: "http",
        dial_timeout: 5 * second,
        response_header_timeout: timeout,
        read_timeout: timeout,
        write_timeout: timeout,
        versions: ["1.1"],
        compression: false,
        keep_alive: { enabled: false },
      },
    },
  );
}
