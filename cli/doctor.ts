// The command `pulumi-telegram doctor`: reads its options, runs the checks, prints what they found.
import { readFileSync } from "node:fs";
import { realTime } from "../provider/core/execution-context";
import { wordsOf } from "../provider/core/failure";
import { outgoing, printable } from "../provider/core/printable";
import { entryOf } from "../provider/core/rules";
import { waitFor } from "../provider/core/wait";
import { probeEndpoint } from "../provider/probe/endpoint";
import type { EndpointOptions } from "../provider/probe/endpoint";
import * as rules from "../provider/telegram/rules";
import { isVariableName } from "../provider/core/grammar";
import { telegramApiUrl } from "../provider/constants/telegram";
import { checkTelegram } from "./telegram";
import { documentOf, exitCodeOf, linesOf } from "./report";
import type { Check } from "./report";

/** The options as commander gives them. */
export interface DoctorOptions {
  secretEnv?: string;
  certificate?: string;
  tokenEnv?: string;
  apiUrl?: string;
  nameServer?: string[];
  allowPrivateAddresses?: true;
  timeout: string;
  json?: true;
}

/** What is to be looked at. */
interface Examination {
  endpoint: EndpointOptions;
  timeoutSeconds: number;
  bot?: { token: string; apiUrl: string };
}

/** One sentence about how the command was called. */
class Misuse extends Error {}

/** One look takes at most so long. */
const lookSeconds = 90;
const everySeconds = 5;

/** Resolves to the exit code: 0 all pass, 1 a check failed, 2 usage, 3 something could not be told. */
export async function doctor(url: string, options: DoctorOptions): Promise<number> {
  try {
    const asked = read(url, options);
    const checks = await examine(asked);
    const shown = rules.shownUrl(url);
    console.log(options.json ? documentOf(shown, checks) : linesOf(shown, checks));
    return exitCodeOf(checks);
  } catch (error) {
    const isMisuse = error instanceof Misuse;
    console.error(printable(isMisuse ? error.message : `The checks could not be run: ${wordsOf(error)}.`));
    return isMisuse ? 2 : 3;
  }
}

/** Every sentence is masked and made printable by itself: a secret may be a word of the JSON document. */
async function examine({ endpoint, timeoutSeconds, bot }: Examination): Promise<Check[]> {
  const secrets = [endpoint.secretToken, bot?.token].filter((one) => one !== undefined);
  const hide = (text: string) => outgoing(text, secrets);
  const say = (line: string) => console.error(hide(line));
  const context = realTime(timeoutSeconds + lookSeconds, { log: say, warn: say });
  const verdicts = await waitFor(() => probeEndpoint(endpoint, context), context, {
    what: rules.shownUrl(endpoint.url),
    seconds: timeoutSeconds,
    everySeconds,
    isEnough: (seen) => !seen.some(({ mayChange }) => mayChange),
    tell: (seen) => seen.find(({ mayChange }) => mayChange)?.says ?? "",
  });
  const checks = verdicts.map(({ check, outcome, says, cure, warnings }): Check => ({
    id: check,
    status: outcome,
    detail: says,
    ...(cure !== undefined && { fix: cure }),
    ...(warnings && warnings.length > 0 && { warnings }),
  }));
  if (bot) checks.push(await checkTelegram({ ...endpoint, ...bot, context: context.beyond(lookSeconds) }));
  return checks.map((check) => ({
    ...check,
    detail: hide(check.detail),
    ...(check.fix !== undefined && { fix: hide(check.fix) }),
    ...(check.warnings && { warnings: check.warnings.map(hide) }),
  }));
}

function read(url: string, options: DoctorOptions): Examination {
  const { apiUrl = telegramApiUrl, nameServer } = options;
  refuseIf(rules.apiUrlProblem(apiUrl, { localServer: true }), "--api-url");
  const allowPrivateAddresses = options.allowPrivateAddresses === true || !rules.isTelegramsOwn(apiUrl);
  const token = variable(options.tokenEnv, "--token-env", rules.tokenProblem);
  const secretToken = variable(options.secretEnv, "--secret-env", rules.secretTokenProblem);
  refuseIf(rules.webhookUrlProblem(url, { localServer: allowPrivateAddresses, token, apiUrl }), "The URL");
  const certificate = options.certificate === undefined ? undefined : readCertificate(options.certificate, url);
  const nameServers = nameServer?.map((one) => (/:\d+$/.test(one) ? one : `${one}:53`));
  if (nameServers && rules.preflightProblem({ nameServers }) !== undefined) {
    throw new Misuse("--name-server must be an IP address, or ip:port, such as 9.9.9.9 or 9.9.9.9:53.");
  }
  if (!/^\d{1,4}$/.test(options.timeout) || Number(options.timeout) > 3600) {
    throw new Misuse("--timeout must be 0 to 3600 whole seconds.");
  }
  return {
    timeoutSeconds: Number(options.timeout),
    endpoint: {
      url,
      checks: { dns: true, tls: true, http: true },
      allowPrivateAddresses,
      ...(certificate !== undefined && { certificate }),
      ...(secretToken !== undefined && { secretToken }),
      ...(nameServers && { nameServers }),
    },
    ...(token !== undefined && { bot: { token, apiUrl: rules.normalApiUrl(apiUrl) } }),
  };
}

function refuseIf(problem: string | undefined, what: string): void {
  if (problem !== undefined) throw new Misuse(`${what} ${problem}.`);
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
