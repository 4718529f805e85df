// What the plain part of a LambdaEndpoint's arguments decides: which children there are; and what cannot be meant.
import * as pulumi from "@pulumi/pulumi";
import type { Function as LambdaFunction } from "@pulumi/aws/lambda/function";
import { printedOutputProblem } from "../../provider/core/as-pasted";
import { isObject, isWhole, nameOfKind } from "../../provider/core/rules";
import { isInZone, normalName, normalZone } from "../../provider/dns/rules";
import { isOpaque } from "../../provider/host/inputs";
import { hostnameProblem } from "../../provider/proxy/rules";
import { sharedPlan, sharedProblem } from "../endpoint/plan";
import type { SharedPlan } from "../endpoint/plan";
import { judgedInput, notPlain, numberInput, shaped, sharedShapes, textInput } from "../endpoint/shape";
import type { Refuse, Shape } from "../endpoint/shape";
import type { LambdaEndpointArgs, LambdaQueueArgs, NamedFunctionArgs } from "./args";
import { namedProblem } from "./target";

/** A name of one's own for an HTTP API. */
export interface ApiDomain {
  hostname: string;
  zone: { name: string } & (
    | { vendor: "route53"; hostedZoneId: pulumi.Input<string> | undefined }
    | { vendor: "cloudflare"; zoneId: pulumi.Input<string> }
  );
  certificateArn: pulumi.Input<string> | undefined;
  record: Record<string, unknown>;
  keepDefaultEndpoint: boolean;
}

export interface LambdaPlan extends SharedPlan {
  address: { kind: "functionUrl" } | { kind: "httpApi"; domain: ApiDomain | undefined };
  delivery: "direct" | "queue" | "drain";
  /** Nothing with direct delivery. */
  queue: LambdaQueueArgs | undefined;
}

type Address = LambdaPlan["address"];
type Values = Record<string, unknown>;

const shapes: Record<keyof LambdaEndpointArgs, Shape> = {
  ...sharedShapes,
  function: "object",
  address: "object",
  delivery: "name",
  queue: "object",
};

/** The arguments that are given, each of its shape; without a function they say what its environment is. */
export function lambdaArgs<T extends Partial<LambdaEndpointArgs>>(given: T, refuse: Refuse): T {
  return shaped(given as LambdaEndpointArgs, shapes, refuse) as T;
}

/** Decides from the plain part of arguments of the right shape, or throws one sentence. */
export function lambdaPlan(args: Omit<LambdaEndpointArgs, "function">, refuse: Refuse): LambdaPlan {
  const shared = sharedProblem(args);
  if (shared !== undefined) throw refuse(shared);
  const address = addressOf(args.address, refuse);
  const plan = { ...sharedPlan(args), address, ...deliveryOf(args, address, refuse) };
  if (address.kind === "functionUrl" && plan.ownSecret === undefined) {
    throw refuse(
      "address.functionUrl needs secret, a WebhookSecret that the program makes before the function: the function checks it itself, and one that is made here could not reach it. Give the same arguments to lambdaEnvironment for the function's environment",
    );
  }
  return plan;
}

function addressOf(given: unknown, refuse: Refuse): Address {
  const forms = "{ functionUrl: {} }, { httpApi: {} } or { httpApi: { hostname, zone } }";
  if (!isObject(given)) throw refuse(`needs address, where Telegram finds the function: ${forms}`);
  const [kind, ...more] = Object.keys(given).filter((key) => given[key] !== undefined);
  if (more.length > 0 || (kind !== "functionUrl" && kind !== "httpApi")) {
    throw refuse(`address must be exactly one of ${forms}`);
  }
  const settings = objectOf(`address.${kind}`, given[kind], refuse);
  const keys = Object.keys(settings).filter((key) => settings[key] !== undefined);
  if (kind === "functionUrl") {
    if (keys[0] === undefined) return { kind };
    throw refuse(
      `address.functionUrl takes no ${keys[0]}, since AWS gives a function URL its name; use { httpApi: { hostname, zone } } for a name of your own`,
    );
  }
  const known = ["hostname", "zone", "certificateArn", "record", "keepDefaultEndpoint"];
  const strange = keys.find((key) => !known.includes(key));
  if (strange !== undefined) throw refuse(`address.httpApi has no "${strange}"; it takes ${known.join(", ")}`);
  return { kind, domain: keys.length === 0 ? undefined : domainOf(settings, refuse) };
}

function domainOf(settings: Values, refuse: Refuse): ApiDomain {
  const { hostname, zone, certificateArn, record = {}, keepDefaultEndpoint = false } = settings;
  if (hostname === undefined || zone === undefined) {
    const there = hostname === undefined ? "hostname" : "zone";
    throw refuse(`address.httpApi needs ${there} too: a name of your own needs { hostname, zone }`);
  }
  if (typeof keepDefaultEndpoint !== "boolean") {
    throw refuse(
      `address.httpApi.keepDefaultEndpoint must be true or false, plain; got ${nameOfKind(keepDefaultEndpoint)}`,
    );
  }
  const host = plainText("address.httpApi.hostname", hostname, refuse).toLowerCase();
  const flaw = hostnameProblem(host) ?? (/^[\d.]+$/.test(host) ? "must be a name, not an address" : undefined);
  if (flaw !== undefined) throw refuse(`address.httpApi.hostname ${flaw}`);
  const settled = zoneOf(zone, refuse);
  const within = normalZone(settled.name);
  if (!isInZone(within, normalName(host))) {
    throw refuse(
      `address.httpApi.hostname must lie in the zone ${within}; got ${host}. Correct one of the two; the certificate is proved by a record in this zone`,
    );
  }
  if (host === within) {
    throw refuse(
      `address.httpApi.hostname must be a name inside the zone, such as bots.${within}: the record is a CNAME, which cannot stand at the zone's own name`,
    );
  }
  return {
    hostname: host,
    zone: settled,
    certificateArn:
      certificateArn === undefined ? undefined : textInput("address.httpApi.certificateArn", certificateArn, refuse),
    record: recordOf(record, refuse),
    keepDefaultEndpoint,
  };
}

function recordOf(given: unknown, refuse: Refuse): Values {
  const record = objectOf("address.httpApi.record", given, refuse);
  const known = ["ttlSeconds", "waitSeconds", "nameServers"];
  const strange = Object.keys(record).find((key) => record[key] !== undefined && !known.includes(key));
  if (strange === undefined) return record;
  throw refuse(`address.httpApi.record has no "${strange}"; it takes ${known.join(", ")}`);
}

function zoneOf(given: unknown, refuse: Refuse): ApiDomain["zone"] {
  const forms = "{ route53: { name, hostedZoneId? } } or { cloudflare: { name, zoneId } }";
  const vendors = objectOf("address.httpApi.zone", given, refuse);
  const [vendor, ...more] = Object.keys(vendors).filter((key) => vendors[key] !== undefined);
  if (more.length > 0 || (vendor !== "route53" && vendor !== "cloudflare")) {
    throw refuse(`address.httpApi.zone must be exactly one of ${forms}`);
  }
  const at = `address.httpApi.zone.${vendor}`;
  const id = vendor === "route53" ? "hostedZoneId" : "zoneId";
  if (pulumi.Resource.isInstance(vendors[vendor])) {
    throw refuse(`${at} must be { name, ${id} } instead of the resource, with the name as plain text`);
  }
  const { name: text, ...ids } = objectOf(at, vendors[vendor], refuse);
  const strange = Object.keys(ids).find((key) => key !== id && ids[key] !== undefined);
  if (strange !== undefined) throw refuse(`${at} has no "${strange}"; it takes name, ${id}`);
  const name = plainText(`${at}.name`, text, refuse);
  const zoneId =
    ids[id] === undefined
      ? undefined
      : judgedInput(`${at}.${id}`, textInput(`${at}.${id}`, ids[id], refuse), emptyProblem, refuse);
  if (vendor === "route53") return { name, vendor, hostedZoneId: zoneId };
  if (zoneId === undefined) throw refuse(`${at}.zoneId is required: the id that Cloudflare shows on the zone's page`);
  return { name, vendor, zoneId };
}

function deliveryOf(
  { delivery = "direct", queue }: Pick<LambdaEndpointArgs, "delivery" | "queue">,
  { kind }: Address,
  refuse: Refuse,
): Pick<LambdaPlan, "delivery" | "queue"> {
  if (delivery !== "direct" && delivery !== "queue" && delivery !== "drain") {
    throw refuse(`delivery must be "direct", "queue" or "drain"; got ${JSON.stringify(delivery)}`);
  }
  if (delivery === "direct") {
    if (queue === undefined) return { delivery, queue };
    throw refuse('queue is for delivery: "queue"; add that, or leave queue out');
  }
  if (kind === "functionUrl") {
    throw refuse(
      `delivery "${delivery}" needs address.httpApi, which puts updates into the queue; a function URL calls the function itself`,
    );
  }
  const limits = { batchSize: [1, 10], maxReceiveCount: [1, 1000], visibilityTimeoutSeconds: [0, 43_200] } as const;
  const settled = Object.entries(queue ?? {}).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (!Object.hasOwn(limits, key)) {
      throw refuse(`queue has no "${key}"; it takes ${Object.keys(limits).join(", ")}`);
    }
    const [least, most] = limits[key as keyof typeof limits];
    const within = (n: number) =>
      isWhole(n, least, most) ? undefined : `must be a whole number of ${least} to ${most}; got ${n}`;
    const at = `queue.${key}`;
    return [[key, judgedInput(at, numberInput(at, value, refuse), within, refuse)] as const];
  });
  return { delivery, queue: Object.fromEntries(settled) };
}

/** The function in one of its two forms. */
export function functionOf(
  given: unknown,
  { queue, delivery }: LambdaPlan,
  refuse: Refuse,
): { resource: LambdaFunction } | { named: NamedFunctionArgs } {
  const forms = "an aws.lambda.Function, or { name, arn } of one";
  if (given === undefined) throw refuse(`needs function, ${forms}`);
  if (pulumi.Resource.isInstance(given)) {
    const type = (given as { __pulumiType?: string }).__pulumiType;
    if (type === "aws:lambda/function:Function") return { resource: given as LambdaFunction };
    throw refuse(`function must be ${forms}; got a resource of the type ${type}`);
  }
  const { name, arn, role, ...more } = given as Values;
  const strange = Object.keys(more).find((key) => more[key] !== undefined);
  if (strange !== undefined) throw refuse(`function has no "${strange}"; it takes name, arn, role`);
  if (queue !== undefined && role === undefined) {
    throw refuse(
      `function.role is required with delivery "${delivery}": the name of the function's execution role, which gets the right to read the queue`,
    );
  }
  const named = {
    name: textInput("function.name", name, refuse),
    arn: textInput("function.arn", arn, refuse),
    ...(role !== undefined && {
      role: judgedInput("function.role", textInput("function.role", role, refuse), emptyProblem, refuse),
    }),
  };
  const says = isOpaque(named.name) || isOpaque(named.arn) ? undefined : namedProblem(name as string, arn as string);
  if (says !== undefined) throw refuse(says);
  return { named };
}

const emptyProblem = (text: string) => (text.trim() === "" ? "must not be empty" : undefined);

function objectOf(key: string, value: unknown, refuse: Refuse): Values {
  if (isOpaque(value)) throw refuse(notPlain(key));
  if (!isObject(value)) throw refuse(`${key} must be an object; got ${nameOfKind(value)}`);
  return value;
}

function plainText(key: string, value: unknown, refuse: Refuse): string {
  if (isOpaque(value)) throw refuse(`${key} must be plain, not an output, since the children follow from it`);
  const says = typeof value === "string" ? printedOutputProblem(value) : `must be a string; got ${nameOfKind(value)}`;
  if (says !== undefined) throw refuse(`${key} ${says}`);
  return value as string;
}
