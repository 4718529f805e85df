// Writes nginx's files for a route: one static file for all, one file for each site, one for each route. Pure.
import { isIPv4 } from "node:net";
import { ownerIn, ownerLine } from "../../../core/owner-mark";
import { secretHeader, telegramRanges, telegramRangesSource } from "../../../constants/telegram";
import { probeHeader } from "../../../probe/verdict";
import { generationHeader } from "../../probe";
import { certificatesText, keyText } from "../../../x509/pem";
import { placeIdOf } from "../../route/fields";
import type { RouteInputs } from "../../route/fields";
import { firstLine } from "../route-files";
import type { Files, Stamp } from "../route-files";
import { accessLines, passLines } from "./handed-down";
import type { NginxSettings } from ".";

const secretVariable = `$http_${secretHeader.toLowerCase().replaceAll("-", "_")}`;
/** Where a route's files are. */
export interface Places {
  /** http level, for all routes. */
  http: string;
  /** The server block of a listener, with its certificate. Missing with attach "location". */
  site?: { file: string; certificate: string; key: string };
  /** The folder that holds the routes of one server block. */
  folder: string;
  route: string;
  /** A list of addresses of its own, for a route with proxies in front. */
  addresses: string;
}

export function placesOf({ directory }: NginxSettings, route: RouteInputs): Places {
  const site = `${directory}/sites/${route.listen.replace(":", "_")}_${route.hostname}`;
  const folder = route.attach === "listener" ? site : `${directory}/locations/${route.hostname}`;
  return {
    http: `${directory}/http.conf`,
    ...(route.attach === "listener" && {
      site: { file: `${site}.conf`, certificate: `${site}/certificate.pem`, key: `${site}/key.pem` },
    }),
    folder,
    route: `${folder}/${placeIdOf(route)}.conf`,
    addresses: `${directory}/addresses/${addressesIdOf(route)}.conf`,
  };
}

/** What names a route's own list of addresses: a location and a listener at one place have one each. */
const addressesIdOf = (route: RouteInputs) => `${placeIdOf(route)}${route.attach === "location" ? "_location" : ""}`;

/**
 * Everything that a route needs on disk: path to text; an address list that it does not need is `undefined`. `against`: lines
 * against what the blocks around the route hand down to it.
 */
export function filesOf(
  settings: NginxSettings,
  route: RouteInputs,
  stamp: Stamp,
  against: readonly string[] = [],
): Files {
  const places = placesOf(settings, route);
  const files: Files = new Map([
    [places.http, httpFile(settings)],
    [places.route, routeFile(settings, route, stamp, against)],
    [places.addresses, hasOwnAddresses(route) ? addressesFile(route) : undefined],
  ]);
  if (!places.site) return files;
  files.set(places.site.file, siteFile(settings, route, stamp));
  const pem = typeof route.tls === "object" && "pem" in route.tls ? route.tls.pem : undefined;
  files.set(places.site.certificate, pem && certificatesText(pem.certificatePem));
  files.set(places.site.key, pem && keyText(pem.privateKeyPem));
  return files;
}

/** What a route's file says beside the route. */
export function stampIn(text = ""): Partial<Stamp> {
  const owner = ownerIn(text);
  const routeId = /^ {4}set \$pulumi_telegram_route ([0-9a-f]{12});$/m.exec(text)?.[1];
  const generation = new RegExp(`add_header ${generationHeader} ([0-9a-f]+) always;`).exec(text)?.[1];
  return {
    ...(owner !== undefined && { owner }),
    ...(routeId !== undefined && { routeId }),
    ...(generation !== undefined && { generation }),
  };
}

/** Version of the static file: a later one on disk is left to the later package that wrote it. */
const httpVersion = 1;
function httpVersionIn(text: string | undefined): number {
  return Number(/^# version (\d+)$/m.exec(text ?? "")?.[1] ?? 0);
}
export const isHttpFileNewer = (text: string | undefined): boolean => httpVersionIn(text) > httpVersion;

/** http level, for all routes, and the way to the server blocks of ours. */
export function httpFile({ directory }: NginxSettings): string {
  return `${firstLine}
# version ${httpVersion}
log_format pulumi_telegram '$time_iso8601 route=$pulumi_telegram_route status=$status secret=$pulumi_telegram_secret '
    'upstream=$upstream_status seconds=$request_time upstream_connect=$upstream_connect_time upstream_seconds=$upstream_response_time';
map "" $pulumi_telegram_route { default none; }
map "" $pulumi_telegram_secret { default none; }
# From where Telegram calls: ${telegramRangesSource}
geo $pulumi_telegram_sender {
    default 0;
${telegramRanges.map((range) => `    ${word(range)} 1;`).join("\n")}
}
include ${word(directory)}/addresses/*.conf;
include ${word(directory)}/sites/*.conf;
`;
}

function addressesFile(route: RouteInputs): string {
  const trusted = route.clientAddress?.trustedProxies ?? [];
  return `${firstLine}
# From where Telegram calls: ${telegramRangesSource}
geo $pulumi_telegram_sender_${addressesIdOf(route)} {
    default 0;
    proxy_recursive;
${trusted.map((range) => `    proxy ${word(range)};`).join("\n")}
${telegramRanges.map((range) => `    ${word(range)} 1;`).join("\n")}
}
`;
}

const hasOwnAddresses = ({ onlyTelegram, clientAddress }: RouteInputs) => onlyTelegram && clientAddress !== undefined;

function siteFile(settings: NginxSettings, route: RouteInputs, { owner }: Stamp): string {
  const { folder, site } = placesOf(settings, route);
  const { tls } = route;
  const files =
    typeof tls === "object" && "files" in tls
      ? tls.files
      : { certificateFile: site?.certificate ?? "", keyFile: site?.key ?? "" };
  const secure = `    ssl_certificate ${word(files.certificateFile)};
    ssl_certificate_key ${word(files.keyFile)};
    ssl_protocols TLSv1.2 TLSv1.3;
`;
  return `${firstLine}
${ownerLine(owner)}
server {
    listen ${word(route.listen)}${tls === "none" ? "" : " ssl"}${isIPv4(route.hostname) ? " default_server" : ""};
    server_name ${word(route.hostname)};
${tls === "none" ? "" : secure}    server_tokens off;
    keepalive_timeout 75s;
    access_log ${logOf(settings)};
    location / { return 404; }
    include ${word(folder)}/*.conf;
}
`;
}

const logOf = ({ accessLog }: NginxSettings) => (accessLog === "off" ? "off" : `${word(accessLog)} pulumi_telegram`);

/**
 * The checks stand in their order: what the request is, the secret, then what only a genuine one gets to see. `if` and
 * not `map`, which compares without case; `$request_uri`, which nothing has decoded. They are done before nginx asks whether
 * the request may pass (limits, access), so the probe goes on to a place of its own behind that, which is handed down the same
 * and has the same lines against it: `try_files` answers last of all before the bot would.
 */
function routeFile(
  settings: NginxSettings,
  route: RouteInputs,
  { owner, routeId, generation }: Stamp,
  against: readonly string[],
): string {
  const sender = hasOwnAddresses(route) ? `$pulumi_telegram_sender_${addressesIdOf(route)}` : "$pulumi_telegram_sender";
  const secrets = route.secretTokens.map((secret, at) => {
    const slot = at === 0 ? "current" : "previous";
    return `    if (${secretVariable} = "${word(secret)}") { set $pulumi_telegram_secret ${slot}; }`;
  });
  const probed = `@pulumi_telegram_${word(routeId)}`;
  const logs = `    access_log ${logOf(settings)};
    error_log /dev/null emerg;`;
  const lines = indented([...accessLines, ...against]);
  return `${firstLine}
${ownerLine(owner)}
location = ${word(route.path)} {
    set $pulumi_telegram_route ${word(routeId)};
    set $pulumi_telegram_secret none;
${logs}
    error_page 599 = ${probed};
${lines}
    client_max_body_size ${route.maxBodyBytes};
    if ($request_uri != "${word(route.path)}") { return 404; }
    if ($host != "${word(route.hostname)}") { return 404; }
    if ($http_host = "") { return 404; }
    if ($request_method != POST) { return 405; }
    if ($request !~ "^POST /") { return 404; }
    if ($http_content_type !~* "^application/json *(;|$)") { return 415; }
${secrets.join("\n")}
    if ($pulumi_telegram_secret = none) { return 401; }
    if ($http_x_pulumi_telegram_probe != "") { return 599; }
${route.onlyTelegram ? `    if (${sender} = 0) { return 403; }\n` : ""}${ending(route)}}
location ${probed} {
${logs}
    error_page 599 /;
${lines}
    add_header ${generationHeader} ${word(generation)} always;
    add_header ${probeHeader} $http_x_pulumi_telegram_probe always;
    root /dev/null;
    try_files /none =204;
}
`;
}

const indented = (lines: readonly string[]) => lines.map((line) => `    ${line}`).join("\n");

function ending(route: RouteInputs): string {
  if (route.maintenance) {
    return `    add_header Retry-After ${route.maintenance.retryAfterSeconds} always;\n    return 503;\n`;
  }
  const trusted = route.clientAddress?.trustedProxies ?? [];
  const client = trusted.map((range) => `    set_real_ip_from ${word(range)};\n`).join("");
  const seconds = route.timeoutSeconds;
  return `${client}${client && "    real_ip_header X-Forwarded-For;\n    real_ip_recursive on;\n"}${indented(passLines)}
    proxy_set_header Connection "";
    proxy_set_header Host ${word(route.hostname)};
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-Proto https;
    proxy_set_header Forwarded "";
    proxy_set_header ${secretHeader} "${word(route.upstreamSecret ?? "")}";
    proxy_send_timeout ${seconds}s;
    proxy_read_timeout ${seconds}s;
    proxy_pass ${passedTo(route.upstream)};
`;
}

/** Without a path of its own the upstream gets the request's. An IPv6 address stands in brackets. */
function passedTo(upstream: string): string {
  const [, address, rest = ""] = /^http:\/\/\[([0-9A-Fa-f:.]+)\](.*)$/.exec(upstream) ?? [];
  if (address !== undefined) return `http://[${word(address)}]${word(rest)}`;
  return word(upstream.startsWith("unix:") ? `http://${upstream}` : upstream);
}

/** The last line of defence: check has refused everything else long before. */
function word(text: string): string {
  if (/^[A-Za-z0-9._:/-]*$/.test(text)) return text;
  throw new Error("a value that check must have refused came through: nothing was written");
}
