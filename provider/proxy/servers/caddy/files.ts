// Writes Caddy's file for a route of the user's own site: one block that its site imports. Pure.
import { isIPv6 } from "node:net";
import { ownerIn, ownerLine } from "../../../core/owner-mark";
import { secretHeader, telegramRanges } from "../../../constants/telegram";
import { probeHeader } from "../../../probe/verdict";
import { generationHeader } from "../../probe";
import { placeIdOf } from "../../route/fields";
import type { RouteInputs } from "../../route/fields";
import { upstreamOf } from "../../upstream";
import type { Upstream } from "../../upstream";
import { firstLine } from "../route-files";
import type { Stamp } from "../route-files";
import { unfitWord, word } from "../word";
import { lastOutside, oneOf, overPattern } from "./patterns";

/** A variable of each route that says which file it is from: so the adapted configuration tells what is loaded. */
export const fileVariable = "pulumi_telegram_file";
/** The same of its answer to errors, which must come before those of the site. */
export const errorsVariable = "pulumi_telegram_errors";
const routeVariable = "pulumi_telegram_route";
const clientVariable = "pulumi_telegram_client";

export interface CaddyPlaces {
  route: string;
  /** The deepest first. */
  folders: string[];
}

export function caddyPlaces(directory: string, route: RouteInputs): CaddyPlaces {
  const folders = [`${directory}/locations/${route.hostname}`, `${directory}/locations`];
  return { route: `${folders[0]}/${placeIdOf(route)}.caddy`, folders };
}

export const importLine = (directory: string, { hostname }: Pick<RouteInputs, "hostname">): string =>
  `import ${directory}/locations/${hostname}/*.caddy`;

/** What a route's file says beside the route. */
export function caddyStampIn(text = ""): Partial<Stamp> {
  const owner = ownerIn(text);
  const routeId = new RegExp(`^\\t\\tvars ${routeVariable} ([0-9a-f]{12})$`, "m").exec(text)?.[1];
  const generation = new RegExp(`^\\t\\t\\theader ${generationHeader} ([0-9a-f]+)$`, "m").exec(text)?.[1];
  return {
    ...(owner !== undefined && { owner }),
    ...(routeId !== undefined && { routeId }),
    ...(generation !== undefined && { generation }),
  };
}

/**
 * The checks stand in their order: what the request is, the secret, then what only a genuine one gets to see. Caddy's own match
 * of a path takes other spellings too, so all of them come here and the address as it was sent decides. Nothing is an
 * `expression`, which takes seconds for a thousand routes. An error would be logged with all headers: so what goes wrong
 * behind is answered by a route for errors.
 */
export function caddyRouteFile(directory: string, route: RouteInputs, { owner, routeId, generation }: Stamp): string {
  const name = `@pulumi_telegram_${placeIdOf(route)}`;
  const { route: file } = caddyPlaces(directory, route);
  const secret = `{http.request.header.${secretHeader}}`;
  const refused = (what: string, matcher: string, status: number) => [
    `${name}_${what} ${matcher}`,
    `respond ${name}_${what} ${status}`,
  ];
  const lines = [
    `vars ${fileVariable} ${word(file)}`,
    `vars ${routeVariable} ${word(routeId)}`,
    ...refused("address", `not vars {http.request.orig_uri} ${word(route.path)}`, 404),
    ...refused("method", "not method POST", 405),
    ...refused("type", "not header_regexp Content-Type (?i)^application/json[[:blank:]]*(;|$)", 415),
    ...refused("long", `header_regexp Content-Length ${overPattern(route.maxBodyBytes)}`, 413),
    ...refused("length", "not header Content-Length *", 411),
    ...refused("secret", `not vars ${secret} ${route.secretTokens.map(word).join(" ")}`, 401),
    `${name}_probe header ${probeHeader} *`,
    `handle ${name}_probe {`,
    `\theader ${generationHeader} ${word(generation)}`,
    `\theader ${probeHeader} {http.request.header.${probeHeader}}`,
    "\trespond 204",
    "}",
    ...clientLines(name, route),
    ...(route.maintenance ? closedLines(route.maintenance.retryAfterSeconds) : passingLines(route)),
  ];
  return `${firstLine}
${ownerLine(owner)}
${name} {
\thost ${word(route.hostname)}
\tpath ${word(route.path)}
}
log_skip ${name}
handle ${name} {
\troute {
${lines.map((line) => `\t\t${line}\n`).join("")}\t}
}
handle_errors {
\thandle ${name} {
\t\tvars ${errorsVariable} ${word(file)}
\t\trespond "" {http.error.status_code}
\t}
}
`;
}

const closedLines = (seconds: number) => [`header Retry-After ${seconds}`, "respond 503"];

/** Who the client is; of trusted proxies the last one that they name and that is none of them. What is no address is nobody's. */
function clientLines(name: string, { onlyTelegram, clientAddress }: RouteInputs): string[] {
  const trusted = clientAddress?.trustedProxies.map(word) ?? [];
  const pattern = `${name.slice(1)}_client`;
  return [
    `vars ${clientVariable} {http.request.remote.host}`,
    ...(trusted.length > 0
      ? [
          `${name}_proxied {`,
          `\tremote_ip ${trusted.join(" ")}`,
          `\tvars_regexp ${pattern} {http.request.header.X-Forwarded-For} ${lastOutside(trusted)}`,
          "}",
          `vars ${name}_proxied ${clientVariable} {http.regexp.${pattern}.1}`,
        ]
      : []),
    ...(onlyTelegram
      ? [
          `${name}_stranger not vars_regexp ${clientVariable} ^${oneOf(telegramRanges.map(word))}$`,
          `respond ${name}_stranger 403`,
        ]
      : []),
  ];
}

/** The connection ends with its answer, so that none is used just when the bot gives it up. */
function passingLines(route: RouteInputs): string[] {
  const upstream = upstreamOf(route.upstream);
  if (!upstream) throw unfitWord();
  const { maxBodyBytes, timeoutSeconds, upstreamSecret } = route;
  const client = `{http.vars.${clientVariable}}`;
  return [
    "request_body {",
    `\tmax_size ${maxBodyBytes}`,
    "}",
    ...(upstream.path === undefined ? [] : [`rewrite * ${word(upstream.path)}`]),
    `reverse_proxy ${dialled(upstream)} {`,
    `\trequest_buffers ${maxBodyBytes}`,
    `\theader_up Host ${word(route.hostname)}`,
    "\theader_up -*_*",
    ...["Forwarded", "Via", "X-Forwarded-Host", "Upgrade"].map((header) => `\theader_up -${header}`),
    `\theader_up X-Forwarded-For ${client}`,
    `\theader_up X-Real-IP ${client}`,
    "\theader_up X-Forwarded-Proto https",
    upstreamSecret === undefined
      ? `\theader_up -${secretHeader}`
      : `\theader_up ${secretHeader} ${word(upstreamSecret)}`,
    "\ttransport http {",
    "\t\tdial_timeout 5s",
    ...["response_header_timeout", "read_timeout", "write_timeout"].map((which) => `\t\t${which} ${timeoutSeconds}s`),
    "\t\tversions 1.1",
    "\t\tcompression off",
    "\t\tkeepalive off",
    "\t}",
    "}",
  ];
}

/** An upstream as Caddy writes it. */
export function dialled(upstream: Upstream): string {
  if ("socket" in upstream) return `unix/${word(upstream.socket)}`;
  const { host, port } = upstream;
  return isIPv6(host) ? `[${word(host)}]:${port}` : `${word(host)}:${port}`;
}
