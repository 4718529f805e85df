// What the process of a bot needs to know of its endpoint, as the variables of its environment.
import { isIP } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { telegramApiUrl } from "../../provider/constants/telegram";
import { programSources } from "../../provider/host/sources";
import { upstreamOf } from "../../provider/proxy/upstream";
import { allowedUpdatesProblem, normalUpdateKinds } from "../../provider/telegram/rules";
import { defaultMaxConnections } from "../../provider/telegram/webhook/fields";
import { configuredApiUrl } from "../../provider/telegram/webhook/settle";
import { certificatesText, keyText } from "../../provider/x509/pem";
import type { BotProcess, Preset } from "../presets";
import type { EndpointBot } from "./bot";
import type { SharedPlan } from "./plan";
import { webhookWithPreset } from "./webhook";

/** All plain: it is called when everything is known. */
export interface EndpointSettings {
  url: string | undefined;
  path: string;
  /** Where the process serves TLS itself; nothing where it never does. */
  listen: string | undefined;
  /** Where the edge finds the bot; nothing without one. */
  upstream: string | undefined;
  token: string | undefined;
  apiUrl: string;
  /** What the process checks: behind an edge the stable one. */
  secretToken: string | undefined;
  /** Every secret that the process must accept of Telegram; nothing behind an edge that checks them. */
  accepted: string[] | undefined;
  certificatePem: string | undefined;
  privateKeyPem: string | undefined;
  uploadPem: string | undefined;
  ipAddress: string | undefined;
  maxConnections: number;
  allowedUpdates: string[];
}

/** What an endpoint tells of itself, as it knows it; the fields of {@link EndpointSettings}. */
export interface EnvironmentParts {
  url: pulumi.Input<string> | undefined;
  path: pulumi.Input<string>;
  listen?: pulumi.Input<string>;
  upstream?: pulumi.Input<string> | undefined;
  secretToken: pulumi.Input<string> | undefined;
  accepted?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  pem?: Partial<Record<"certificatePem" | "privateKeyPem" | "uploadPem", pulumi.Input<string>>>;
}

/** From arguments and the first children only: a process that Pulumi starts with it must not wait for its own webhook. Secret. */
export function processEnvironment(
  plan: SharedPlan,
  bot: EndpointBot,
  { url, path, listen, upstream, secretToken, accepted, pem = {} }: EnvironmentParts,
): pulumi.Output<Record<string, string>> {
  const {
    maxConnections = defaultMaxConnections,
    allowedUpdates = "default",
    ipAddress,
    apiUrl,
  } = webhookWithPreset(plan);
  const endpoint = pulumi.output({
    ...{ url, path, listen, upstream, secretToken, accepted, ipAddress, maxConnections },
    token: bot.token,
    apiUrl: apiUrl ?? configuredApiUrl(programSources()) ?? telegramApiUrl,
    certificatePem: pem.certificatePem,
    privateKeyPem: pem.privateKeyPem,
    uploadPem: pem.uploadPem,
    allowedUpdates: pulumi.output(allowedUpdates).apply((kinds) => {
      return allowedUpdatesProblem(kinds) === undefined ? normalUpdateKinds(kinds) : []; // the webhook refuses what is none
    }),
  });
  return pulumi.secret(endpoint.apply((all) => environmentOf(all, plan.preset)));
}

/** Names and values; what is not there has no variable. */
export function environmentOf(endpoint: EndpointSettings, preset: Preset | undefined): Record<string, string> {
  const { token, apiUrl, certificatePem, privateKeyPem, accepted } = endpoint;
  const bot = processOf(endpoint);
  const variables = {
    TELEGRAM_BOT_TOKEN: token,
    TELEGRAM_API_URL: apiUrl,
    WEBHOOK_URL: endpoint.url,
    WEBHOOK_PATH: bot.path,
    WEBHOOK_SECRET: bot.secretToken,
    WEBHOOK_SECRETS: accepted?.join(","),
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
    url: url ?? "",
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
