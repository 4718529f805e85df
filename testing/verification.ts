// What the server checks of a new webhook before it says "Webhook was set": port, scheme, address, name, certificate file.
import { isIP } from "node:net";
import { addressProblem, parseAddress } from "./addresses";
import type { Resolved } from "./addresses";
import { certificateErrors } from "./pem";
import type { Webhook } from "./state";
import type { World } from "./world";

const PORTS = [443, 80, 88, 8443];

/** The reason after "bad webhook: "; undefined when there is none, and then the webhook has its address. */
export async function verificationProblem(world: World, webhook: Webhook): Promise<string | undefined> {
  return schemeProblem(world, webhook) ?? (await setUpProblem(world, webhook)) ?? connectProblem(world, webhook);
}

/** The certificate is loaded while the name is looked up: of two failures either comes first, at random unless it is remembered. */
async function setUpProblem(world: World, webhook: Webhook): Promise<string | undefined> {
  const certificate = certificateProblem(webhook);
  if (webhook.ipFixed) return pinnedProblem(world, webhook) ?? certificate;
  const { host } = webhook.parsed;
  const speed = world.resolver.speedOf(host);
  const lookup = world.resolver.resolve(host);
  if (certificate !== undefined && speed === "late") return certificate;
  const address = lookupProblem(world, webhook, await lookup);
  if (address === undefined || certificate === undefined) return address ?? certificate;
  return speed === "at once" || world.random() < 0.5 ? address : certificate;
}

function schemeProblem(world: World, { parsed }: Webhook): string | undefined {
  if (world.isLocal) return undefined;
  if (parsed.protocol === "http") return "An HTTPS URL must be provided for webhook";
  return PORTS.includes(parsed.port) ? undefined : "Webhook can be set up only on ports 80, 88, 443 or 8443";
}

function pinnedProblem(world: World, { ipAddress }: Webhook): string | undefined {
  const address = parseAddress(ipAddress ?? "");
  if (address === undefined || address === "255.255.255.255") return "Invalid IP address specified";
  return addressProblem(ipAddress ?? "", world.isLocal);
}

function lookupProblem(world: World, webhook: Webhook, resolved: Resolved): string | undefined {
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
