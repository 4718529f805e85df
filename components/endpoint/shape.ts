// What shape each argument of an endpoint must have: told before anything is made of it, plain or as an output.
import * as pulumi from "@pulumi/pulumi";
import { printedOutputProblem } from "../../provider/core/as-pasted";
import { kindProblem } from "../../provider/core/leaf";
import { entryOf, isObject, nameOfKind } from "../../provider/core/rules";
import { isOpaque } from "../../provider/host/inputs";
import { withFilesOfRoute } from "./certificate";
import type { BotEndpointArgs, PemArgs, SecretArgs } from "./args";

/** "input": a text, or an output of one. Else plain: an object, with what else it may be. */
const shapes: Record<keyof BotEndpointArgs, "input" | "choice" | "name" | "object" | "objects" | "object or skip"> = {
  token: "input",
  tokenFrom: "choice",
  hostname: "input",
  ipAddress: "input",
  path: "input",
  listen: "input",
  upstream: "input",
  preset: "name",
  on: "objects",
  server: "object or skip",
  route: "object",
  dns: "object or skip",
  certificate: "object or skip",
  secret: "object",
  webhook: "object",
};

/** The arguments that are given, each of its shape; `refuse` makes the error. What is null was left out. */
export function shaped(args: BotEndpointArgs, refuse: (says: string) => Error): BotEndpointArgs {
  const given = Object.entries(args as Record<string, unknown>).flatMap(([key, value]) => {
    const shape = entryOf<string>(shapes, key);
    if (shape === undefined) {
      throw refuse(`has no argument "${key}"; it takes ${Object.keys(shapes).sort().join(", ")}`);
    }
    if (value === undefined || value === null) return [];
    if (shape === "input") return [[key, textOf(key, value, refuse)] as const];
    if (shape !== "choice" && isOpaque(value)) {
      throw refuse(`${key} must be plain, since it decides which resources there are; only its leaves may be outputs`);
    }
    const says = printedOutputProblem(value) ?? shapeProblem(shape, value);
    if (says !== undefined) throw refuse(`${key} ${says}`);
    return [[key, value] as const];
  });
  const settled = Object.fromEntries(given) as BotEndpointArgs;
  const { dns, secret, certificate } = settled;
  if (isObject(certificate) && !pulumi.Resource.isInstance(certificate)) {
    const pem = Object.entries(certificate).filter(([key]) => /^(?:certificate|privateKey|upload)Pem$/.test(key));
    const judged = pem.map(([key, one]) => [key, one && textOf(`certificate.${key}`, one, refuse, true)]);
    settled.certificate = { ...certificate, ...Object.fromEntries(judged) } as PemArgs;
  }
  if (dns !== undefined && dns !== "skip") settled.dns = { ...dns, zone: textOf("dns.zone", dns.zone, refuse) };
  if (secret !== undefined && !pulumi.Resource.isInstance(secret) && "current" in secret) {
    const { current, accepted } = secret;
    settled.secret = {
      ...(secret as SecretArgs),
      current: textOf("secret.current", current, refuse),
      ...(accepted !== undefined && { accepted: listOf("secret.accepted", accepted, refuse) }),
    };
  }
  return withFilesOfRoute(settled, refuse);
}

function shapeProblem(shape: string, value: unknown): string | undefined {
  if (shape === "choice") return undefined; // judged by the webhook's own rules
  if (shape === "name") return kindProblem("string", value);
  const items = shape === "objects" && Array.isArray(value) ? (value as unknown[]) : [value];
  if (items.every(isObject) || (shape === "object or skip" && value === "skip")) return undefined;
  const words = shape === "objects" ? "an object, or a list of them" : shape.replace(/ or skip$/, ' or "skip"');
  return `must be ${words.replace(/^object/, "an object")}; got ${nameOfKind(items.find((one) => !isObject(one)))}`;
}

/** A text as it is, or an output that fails when it becomes none. */
function textOf(
  key: string,
  given: unknown,
  refuse: (says: string) => Error,
  mayBeNothing = false,
): pulumi.Input<string> {
  const judge = (one: unknown): string => {
    if (one === undefined && mayBeNothing) return one as unknown as string;
    const says = kindProblem("string", one) ?? printedOutputProblem(one);
    if (says !== undefined) throw refuse(`${key} ${says}`);
    return one as string;
  };
  return isOpaque(given) ? pulumi.output(given as pulumi.Input<string>).apply(judge) : judge(given);
}

/** A list as it is, whatever its items are: the route judges them. */
function listOf(key: string, value: unknown, refuse: (says: string) => Error): pulumi.Input<pulumi.Input<string>[]> {
  const judge = (one: unknown): string[] => {
    if (!Array.isArray(one)) throw refuse(`${key} must be a list of strings; got ${nameOfKind(one)}`);
    return one as string[];
  };
  return isOpaque(value) ? pulumi.output(value as pulumi.Input<string[]>).apply(judge) : judge(value);
}
