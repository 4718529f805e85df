// The TSIG keys that a record may be written with, in the order in which they are tried, and what a key may be.
import { leafProblem } from "../../../core/leaf";
import type { OperationContext } from "../../../core/logic";
import type { TsigKey } from "../../../probe/dns-tsig";
import { rfc2136 } from ".";
import type { Rfc2136Settings } from ".";

/** A key, and the names of its parts where it comes from. */
export interface Key extends TsigKey {
  names: readonly [name: string, secret: string, algorithm: string];
}

/** The record's own key, the configuration's, the environment's (as Terraform's DNS provider has it), or none. */
export function keysFrom(
  { tsigName, tsigSecret, tsigAlgorithm }: Rfc2136Settings,
  context: OperationContext,
): [Key | undefined, ...Key[]] {
  const configured = ["telegram:tsigName", "telegram:tsigSecret", "telegram:tsigAlgorithm"] as const;
  const variables = ["DNS_UPDATE_KEYNAME", "DNS_UPDATE_KEYSECRET", "DNS_UPDATE_KEYALGORITHM"] as const;
  const keys = [
    { names: ["tsigName", "tsigSecret", "tsigAlgorithm"] as const, parts: [tsigName, tsigSecret, tsigAlgorithm] },
    { names: configured, parts: configured.map((one) => context.config(one)) },
    { names: variables, parts: variables.map((one) => process.env[one]) },
  ].flatMap(({ names, parts: [name, secret, algorithm] }) => {
    if (!name || !secret) return [];
    context.hide(secret);
    return [{ names, name: name.replace(/\.$/, ""), secret, algorithm: algorithmName(algorithm || "hmac-sha256") }];
  });
  const [first, ...others] = keys;
  return [first, ...others];
}

/** What is wrong with a key of the configuration or the environment, which no check has seen; never its secret. */
export function keyProblem({ names, name, secret, algorithm }: Key): string | undefined {
  const { tsigName, tsigSecret, tsigAlgorithm } = rfc2136.settings;
  const problems = [
    leafProblem(tsigName, name),
    leafProblem(tsigSecret, secret),
    leafProblem(tsigAlgorithm, algorithm),
  ];
  const at = problems.findIndex((problem) => problem !== undefined);
  return at < 0 ? undefined : `${names[at]} ${problems[at]}`;
}

/** Without the dot at its end, and MD5 by its short name. */
function algorithmName(text: string): string {
  return text
    .toLowerCase()
    .replace(/\.$/, "")
    .replace(/^(hmac-md5)\.sig-alg\.reg\.int$/, "$1");
}
