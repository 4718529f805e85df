// What shape each argument of a BotEndpoint must have, beyond those that every endpoint takes.
import * as pulumi from "@pulumi/pulumi";
import { isObject } from "../../provider/core/rules";
import { shaped, sharedShapes, textInput } from "../endpoint/shape";
import type { Refuse, Shape } from "../endpoint/shape";
import type { BotEndpointArgs, PemArgs } from "./args";
import { withFilesOfRoute } from "./certificate";

const shapes: Record<keyof BotEndpointArgs, Shape> = {
  ...sharedShapes,
  hostname: "input",
  ipAddress: "input",
  listen: "input",
  upstream: "input",
  on: "objects",
  server: "object or skip",
  route: "object",
  dns: "object or skip",
  certificate: "object or skip",
};

/** The arguments that are given, each of its shape, or one sentence that `refuse` makes the error of. */
export function botEndpointArgs(args: BotEndpointArgs, refuse: Refuse): BotEndpointArgs {
  const settled = shaped(args, shapes, refuse);
  const { dns, certificate } = settled;
  if (isObject(certificate) && !pulumi.Resource.isInstance(certificate)) {
    const pem = Object.entries(certificate).filter(([key]) => /^(?:certificate|privateKey|upload)Pem$/.test(key));
    const judged = pem.map(([key, one]) => [key, one && textInput(`certificate.${key}`, one, refuse, true)]);
    settled.certificate = { ...certificate, ...Object.fromEntries(judged) } as PemArgs;
  }
  if (dns !== undefined && dns !== "skip") settled.dns = { ...dns, zone: textInput("dns.zone", dns.zone, refuse) };
  return withFilesOfRoute(settled, refuse);
}
