// What the process of a bot needs to know of its endpoint, as the variables of its environment.
import { isIP } from "node:net";
import { upstreamOf } from "../../provider/proxy/upstream";
import { certificatesText, keyText } from "../../provider/x509/pem";
import type { BotProcess, Preset } from "../presets";

/** All plain: it is called when everything is known. */
export interface EndpointSettings {
  url: string;
  path: string;
  listen: string;
  /** Where the route finds the bot; nothing without a route. */
  upstream: string | undefined;
  token: string | undefined;
  apiUrl: string;
  /** What the process checks: behind a route the stable one. */
  secretToken: string | undefined;
  /** Without a route: every secret that the process must accept. */
  accepted: string[];
  certificatePem: string | undefined;
  privateKeyPem: string | undefined;
  uploadPem: string | undefined;
  ipAddress: string | undefined;
  maxConnections: number;
  allowedUpdates: string[];
}

/** Names and values; what is not there has no variable. */
export function environmentOf(endpoint: EndpointSettings, preset: Preset | undefined): Record<string, string> {
  const { token, apiUrl, certificatePem, privateKeyPem, accepted } = endpoint;
  const bot = processOf(endpoint);
  const variables = {
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_URL: apiUrl,
    WEBHOOK_URL: bot.url,
    WEBHOOK_PATH: bot.path,
    WEBHOOK_SECRET: bot.secretToken,
    ...(endpoint.upstream === undefined && { WEBHOOK_SECRETS: accepted.join(",") }),
    LISTEN: bot.listen,
    PORT: bot.port?.toString(),
    SOCKET: bot.socket,
    ...(bot.servesTls && {
      WEBHOOK_CERTIFICATE_PEM: certificatePem && certificatesText(certificatePem),
      WEBHOOK_PRIVATE_KEY_PEM: privateKeyPem && keyText(privateKeyPem),
    }),
    ...preset?.environment?.(bot),
  };
  // What is no text is refused by the child that it is an argument of.
  const given = Object.entries(variables).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(given);
}

function processOf(endpoint: EndpointSettings): BotProcess {
  const { url, upstream, listen, certificatePem, secretToken, uploadPem, ipAddress, maxConnections, allowedUpdates } =
    endpoint;
  const servesTls = upstream === undefined && certificatePem !== undefined;
  const place = upstream === undefined ? (servesTls ? placeOf(`http://${listen}`) : {}) : placeOf(upstream);
  return {
    url,
    path: endpoint.path,
    ...place,
    ...(secretToken !== undefined && { secretToken }),
    maxConnections,
    allowedUpdates,
    servesTls,
    ...(ipAddress !== undefined && { ipAddress }),
    ...(uploadPem !== undefined && uploadPem !== "" && { uploadPem: certificatesText(uploadPem) }),
  };
}

/** Where the process listens. A name says nothing about its addresses: then it is all of them. A text that the route refuses says nothing. */
function placeOf(upstream: string): Partial<Pick<BotProcess, "listen" | "port" | "socket" | "path">> {
  const found = upstreamOf(upstream);
  if (found === undefined) return {};
  const own = found.path === undefined ? {} : { path: found.path };
  if ("socket" in found) return { socket: found.socket, ...own };
  return { listen: isIP(found.host) === 0 ? "0.0.0.0" : found.host, port: found.port, ...own };
}

/** As a shell, systemd's EnvironmentFile and dotenv read it. No value of ours has a single quote in it. */
export function fileOf(environment: Record<string, string>): string {
  const lines = Object.entries(environment).map(([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'\n`);
  return lines.join("");
}
