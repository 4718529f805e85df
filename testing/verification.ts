// What the server checks of a new webhook before it says "Webhook was set": port, scheme, address, name, certificate file.
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import { addressProblem, parseAddress } from "./addresses";
import type { Webhook } from "./state";
import type { World } from "./world";

const PORTS = [443, 80, 88, 8443];

/** The reason after "bad webhook: "; undefined when there is none, and then the webhook has its address. */
export async function verificationProblem(world: World, webhook: Webhook): Promise<string | undefined> {
  return (
    schemeProblem(world, webhook) ??
    (await addressStep(world, webhook)) ??
    certificateProblem(webhook) ??
    connectProblem(world, webhook)
  );
}

function schemeProblem(world: World, { parsed }: Webhook): string | undefined {
  if (world.isLocal) return undefined;
  if (parsed.protocol === "http") return "An HTTPS URL must be provided for webhook";
  return PORTS.includes(parsed.port) ? undefined : "Webhook can be set up only on ports 80, 88, 443 or 8443";
}

async function addressStep(world: World, webhook: Webhook): Promise<string | undefined> {
  if (webhook.ipFixed) {
    const address = parseAddress(webhook.ipAddress ?? "");
    if (address === undefined || address === "255.255.255.255") return "Invalid IP address specified";
    return addressProblem(webhook.ipAddress ?? "", world.isLocal);
  }
  const resolved = await world.resolver.resolve(webhook.parsed.host);
  if ("problem" in resolved) return resolved.problem;
  const problem = addressProblem(resolved.address, world.isLocal);
  if (problem === undefined) webhook.ipAddress = resolved.address;
  return problem;
}

/** A connection is begun, and not waited for; it fails at once when there is no route. */
function connectProblem(world: World, { ipAddress, ipFixed, parsed }: Webhook): string | undefined {
  const address = ipAddress ?? "";
  if (world.resolver.isReachable(ipFixed ? undefined : parsed.host, address)) return undefined;
  return `Failed to connect to [${isIP(address) === 6 ? `[${address}]` : address}:${parsed.port}]`;
}

function certificateProblem({ certificate, parsed }: Webhook): string | undefined {
  if (certificate === null || parsed.protocol === "http") return undefined;
  const errors = certificateErrors(certificate);
  return errors === "" ? undefined : `Failed to set custom certificate file${errors}`;
}

/** What OpenSSL says of a certificate that it cannot read, the first error first: Node puts that one into the message. */
function chainOf(pem: string): string[] {
  try {
    createSecureContext({ cert: pem });
    return [];
  } catch (error) {
    const { message, opensslErrorStack = [] } = error as Error & { opensslErrorStack?: string[] };
    return [message, ...opensslErrorStack.reverse()];
  }
}

/** OpenSSL's chain of errors, as the server prints it; empty when the first certificate can be read. */
function certificateErrors(pem: string): string {
  const begin = pem.search(/-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----/);
  const missing = "{error:05800088:x509 certificate routines::no certificate or crl found}";
  if (begin < 0) return missing;
  const text = pem.slice(begin);
  try {
    return new X509Certificate(text).raw.length > 0 ? "" : missing;
  } catch {
    // Its error has the chain on some releases of Node.js only.
    const errors = chainOf(text);
    const last = errors.findIndex((each) => each.includes(":PEM routines:"));
    if (last < 0 || errors[last]?.includes("no start line")) return missing;
    const shown = [...errors.slice(0, last + 1), "error:05880009:x509 certificate routines::PEM lib"];
    return shown.map((each) => `{${each}}`).join("");
  }
}
