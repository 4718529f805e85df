// What the server checks of a new webhook before it says "Webhook was set": port, scheme, address, name, certificate file.
import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { addressProblem, parseAddress } from "./addresses";
import type { Webhook } from "./state";
import type { World } from "./world";

const PORTS = [443, 80, 88, 8443];

/** The reason after "bad webhook: "; undefined when there is none, and then the webhook has its address. */
export async function verificationProblem(world: World, webhook: Webhook): Promise<string | undefined> {
  return schemeProblem(world, webhook) ?? (await addressStep(world, webhook)) ?? certificateProblem(webhook);
}

function schemeProblem(world: World, { parsed }: Webhook): string | undefined {
  if (world.isLocal) return undefined;
  if (parsed.protocol === "http") return "An HTTPS URL must be provided for webhook";
  return PORTS.includes(parsed.port) ? undefined : "Webhook can be set up only on ports 80, 88, 443 or 8443";
}

async function addressStep(world: World, webhook: Webhook): Promise<string | undefined> {
  if (webhook.ipFixed) {
    if (isIP(parseAddress(webhook.ipAddress ?? "") ?? "") === 0) return "Invalid IP address specified";
    return addressProblem(webhook.ipAddress ?? "", world.isLocal);
  }
  const resolved = await world.resolver.resolve(webhook.parsed.host);
  if ("problem" in resolved) return resolved.problem;
  const problem = addressProblem(resolved.address, world.isLocal);
  if (problem === undefined) webhook.ipAddress = resolved.address;
  return problem;
}

function certificateProblem({ certificate, parsed }: Webhook): string | undefined {
  if (certificate === null || parsed.protocol === "http" || hasCertificate(certificate)) return undefined;
  return "Failed to set custom certificate file{error:05800088:x509 certificate routines::no certificate or crl found}";
}

function hasCertificate(pem: string): boolean {
  try {
    return (
      new X509Certificate(
        /-----BEGIN (TRUSTED |X509 )?CERTIFICATE-----[^]*?-----END \1?CERTIFICATE-----/.exec(pem)?.[0] ?? "",
      ).raw.length > 0
    );
  } catch {
    return false; // no certificate in it that OpenSSL can read
  }
}
