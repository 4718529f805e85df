// The command `pulumi-telegram doctor`: reads its options, runs the checks, prints what they found.
import { readFileSync } from "node:fs";
import { wordsOf } from "../provider/core/failure";
import { isVariableName } from "../provider/core/grammar";
import { printable } from "../provider/core/printable";
import { entryOf } from "../provider/core/rules";
import { telegramApiUrl } from "../provider/constants/telegram";
import * as rules from "../provider/telegram/rules";
import { processSecretFrom } from "../provider/telegram/process-secret";
import { examine } from "./examine";
import type { Examination } from "./examine";
import { Misuse } from "./misuse";
import { documentOf, exitCodeOf, linesOf } from "./report";
import { inOptions } from "./words";

/** The options as commander gives them. */
export interface DoctorOptions {
  stack?: string;
  secretEnv?: string;
  certificate?: string;
  tokenEnv?: string;
  apiUrl?: string;
  nameServer?: string[];
  allowPrivateAddresses?: true;
  timeout: string;
  json?: true;
}

/** Resolves to the exit code: 0 all pass, 1 a check failed, 2 usage, 3 something could not be told. */
export async function doctor(url: string | undefined, options: DoctorOptions, version: string): Promise<number> {
  try {
    const asked = options.stack === undefined ? read(url, options) : await readStack(options.stack, url, options);
    const { checks, address } = await examine(asked);
    const report = {
      url: rules.shownUrl(asked.endpoint.url),
      version,
      time: `${new Date().toISOString().slice(0, 19)}Z`,
      ...(address !== undefined && { address }),
      checks,
    };
    console.log(options.json ? documentOf(report) : linesOf(report));
    return exitCodeOf(checks);
  } catch (error) {
    const isMisuse = error instanceof Misuse;
    console.error(printable(isMisuse ? error.message : `The checks could not be run: ${wordsOf(error)}.`));
    return isMisuse ? 2 : 3;
  }
}

/** What is asked of a stack is in its state; a stack that is read makes the options needless that say the same. */
async function readStack(stack: string, url: string | undefined, options: DoctorOptions): Promise<Examination> {
  const needless = (["secretEnv", "certificate", "tokenEnv", "apiUrl"] as const).find(
    (one) => options[one] !== undefined,
  );
  if (needless !== undefined) {
    throw new Misuse(
      `--stack has the webhook's secret, certificate, token and server: leave ${optionOf(needless)} out.`,
    );
  }
  const { recordedIn, tokenOf } = require("./stack") as typeof import("./stack");
  const { probeOptionsFor } =
    require("../provider/telegram/webhook/preflight") as typeof import("../provider/telegram/webhook/preflight");
  const { webhook, routes } = await recordedIn(stack, url);
  if (webhook.url === "") {
    throw new Error(
      `a refresh found that bot ${webhook.botId} of ${stack} has no webhook: pulumi up --refresh repairs it`,
    );
  }
  const { apiUrl, testEnvironment } = webhook;
  const token = await tokenOf(webhook);
  const nameServers = nameServersOf(options);
  const endpoint = probeOptionsFor(webhook, { dns: true, tls: true, http: true });
  return {
    timeoutSeconds: timeoutOf(options),
    endpoint: {
      ...endpoint,
      ...(options.allowPrivateAddresses && { allowPrivateAddresses: true }),
      ...(nameServers && { nameServers }),
    },
    routes,
    bot: token === undefined ? { botId: webhook.botId } : { token, apiUrl, testEnvironment },
  };
}

function read(url: string | undefined, options: DoctorOptions): Examination {
  if (url === undefined) throw new Misuse("Give the webhook's URL, or --stack with the name of a stack.");
  const { apiUrl = telegramApiUrl } = options;
  refuseIf(rules.apiUrlProblem(apiUrl, { localServer: true }), "--api-url");
  const allowPrivateAddresses = options.allowPrivateAddresses === true || !rules.isTelegramsOwn(apiUrl);
  const token = variable(options.tokenEnv, "--token-env", rules.tokenProblem);
  const secretToken = variable(options.secretEnv, "--secret-env", rules.secretTokenProblem);
  if (token !== undefined && secretToken === processSecretFrom(token)) {
    throw new Misuse(
      `--secret-env: ${options.secretEnv} has the secret that a route gives to the bot, not the one that Telegram sends: use --stack, which reads that.`,
    );
  }
  refuseIf(rules.webhookUrlProblem(url, { localServer: allowPrivateAddresses, token, apiUrl }), "The URL");
  const certificate = options.certificate === undefined ? undefined : readCertificate(options.certificate, url);
  const nameServers = nameServersOf(options);
  return {
    timeoutSeconds: timeoutOf(options),
    endpoint: {
      url,
      checks: { dns: true, tls: true, http: true },
      allowPrivateAddresses,
      ...(certificate !== undefined && { certificate }),
      ...(secretToken !== undefined && { secretToken }),
      ...(nameServers && { nameServers }),
    },
    ...(options.secretEnv !== undefined && { secretFrom: options.secretEnv }),
    ...(token !== undefined && { bot: { token, apiUrl: rules.normalApiUrl(apiUrl), testEnvironment: false } }),
  };
}

function nameServersOf({ nameServer }: DoctorOptions): string[] | undefined {
  const nameServers = nameServer?.map((one) => (/:\d+$/.test(one) ? one : `${one}:53`));
  if (nameServers && rules.preflightProblem({ nameServers }) !== undefined) {
    throw new Misuse("--name-server must be an IP address, or ip:port, such as 9.9.9.9 or 9.9.9.9:53.");
  }
  return nameServers;
}

function timeoutOf({ timeout }: DoctorOptions): number {
  if (!/^\d{1,4}$/.test(timeout) || Number(timeout) > 3600) {
    throw new Misuse("--timeout must be 0 to 3600 whole seconds.");
  }
  return Number(timeout);
}

function optionOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function refuseIf(problem: string | undefined, what: string): void {
  if (problem !== undefined) throw new Misuse(`${what} ${inOptions(problem)}.`);
}

/** A secret is named, never given: what stands on a command line can be read by every process. */
function variable(
  name: string | undefined,
  option: string,
  problemOf: (value: string) => string | undefined,
): string | undefined {
  if (name === undefined) return undefined;
  if (!isVariableName(name)) {
    throw new Misuse(`${option} takes the name of an environment variable, not the secret itself.`);
  }
  const value = entryOf(process.env, name);
  if (value === undefined || value === "") throw new Misuse(`${option}: the environment variable ${name} is not set.`);
  refuseIf(problemOf(value), `${option}: the value of ${name}`);
  return value;
}

function readCertificate(file: string, url: string): string {
  let pem: string;
  try {
    pem = readFileSync(file, "utf8");
  } catch (error) {
    throw new Misuse(`--certificate: the file cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  const now = new Date();
  refuseIf(rules.certificateProblem(pem, now) ?? rules.certificateUrlProblem(pem, url, now), "--certificate");
  return pem;
}
