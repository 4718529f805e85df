// The program's side of a resource: what its class registers with the engine, and the warnings it can know itself.
import * as pulumi from "@pulumi/pulumi";
import { checkInputs, factRowsOf, rowsOf, secretNames, unknownArguments } from "../core/fields";
import type { Row } from "../core/fields";
import { fingerprint } from "../core/hash";
import { ownerMark } from "../core/owner-mark";
import type { Fields, Finding, Logic } from "../core/logic";
import { isUnknown, unknownValue } from "./unknown";
import { declaredKey } from "./declared";
import type { DeclaredResource } from "./declared";
import { isOpaque, leavesOfResources } from "./inputs";
import { providerLine } from "./line";
import { programSources } from "./sources";
import { programVoice, refusal, refuseNoArguments } from "./voice";

type Values = Record<string, unknown>;
type Described = Pick<Logic<object, object>, "type" | "facts" | "settle" | "marksOwner"> & {
  fields: object;
  check?: unknown;
};

/** What every class of ours is: registered as its logic says, then completed with what was left out. */
export abstract class Resource extends pulumi.CustomResource {
  protected constructor(logic: Described, name: string, args: object, options: pulumi.CustomResourceOptions) {
    refuseNoArguments(`${logic.type} ${name}`, args);
    const settled = logic.settle?.(args as Values, programSources()) ?? { values: {}, findings: [] };
    const given = withLeaves(logic, { ...args, ...settled.values });
    refuse(logic, name, settled.findings);
    const withTraces = withoutTraces();
    try {
      super(typeToken(logic.type), name, propertiesOf(logic, name, given, options), optionsOf(logic, options));
    } finally {
      withTraces();
    }
    warn(this, settled.findings);
    complete(logic, this, given);
  }
}

/** The arguments with the leaves of each resource that a choice takes in place of them. */
function withLeaves(logic: Described, args: Values): Values {
  const choices = rowsOf(logic.fields).flatMap(([field, { choice }]) =>
    choice && args[field] !== undefined ? [[field, leavesOfResources(choice, args[field])]] : [],
  );
  return { ...args, ...(Object.fromEntries(choices) as Values) };
}

/** The type token of a class, as stacks store it. */
function typeToken(name: string): string {
  return `pulumi-nodejs:dynamic/telegram:${name}`;
}

/** What is registered: the arguments, a place for each fact, and what the host needs to know. */
function propertiesOf(
  logic: Described,
  name: string,
  args: Values,
  options: pulumi.CustomResourceOptions,
): pulumi.Inputs {
  const [strange] = unknownArguments(logic.fields as Fields<object>, args);
  if (strange) {
    const takes = strange.says.replace(/^.*; /, "");
    throw refusal(`${logic.type} ${name} has no argument "${strange.field}"; ${takes}`);
  }
  for (const option of ["import", "id"] as const) {
    if (options[option] === undefined) continue;
    throw refusal(
      `${logic.type} ${name}: the option "${option}" is not offered; declare the resource, and what is there already is adopted`,
    );
  }
  const properties: pulumi.Inputs = {};
  for (const [fact] of factRowsOf(logic.facts)) properties[fact] = undefined;
  const values: pulumi.Inputs = {};
  for (const [field, row] of rowsOf(logic.fields)) {
    const value = args[field];
    if (row.derived) properties[field] = followed(logic.fields, row.derived.needs, args);
    else if (value !== undefined && value !== null) {
      properties[field] = registered(`${logic.type} ${name}: ${field}`, row, value);
      if (row.asDeclared) values[field] = fingerprintOf(value);
    }
  }
  properties[declaredKey] = {
    name,
    values,
    ...(logic.marksOwner && { owner: thisStack() }),
    ...(options.parent && { parents: parentsOf(options.parent) }),
    ...(options.customTimeouts && { timeoutSeconds: longest(options.customTimeouts) }),
  } satisfies pulumi.Inputs & Record<keyof Pick<DeclaredResource, "name">, unknown>;
  properties["__provider"] = providerLine(logic.type);
  return properties;
}

/** An argument with its secrets marked: all of it, or the leaves of a choice. */
function registered(title: string, row: Row, value: unknown): unknown {
  if (row.mayBeEmptyOutput && isOpaque(value)) {
    return pulumi.output(value as pulumi.Output<string>).apply((one) => (one === "" ? undefined : one));
  }
  if (!row.choice) return row.secret ? pulumi.secret(value) : value;
  if (isOpaque(value)) {
    throw refusal(
      `${title} must be a plain object, since its key decides what is checked; only what is inside it may be an output`,
    );
  }
  return row.choice.seal(value, isOpaque, pulumi.secret);
}

/**
 * The place of a value that follows from arguments: secret in the state's inputs and outputs if one of them is, else
 * none. Check fills it in. An argument that is always secret (a token) has nothing secret that follows from it.
 */
function followed(
  fields: object,
  needs: readonly string[] = [],
  args: Values,
): pulumi.Output<string | undefined> | undefined {
  const rows = new Map(rowsOf(fields as Fields<object>));
  const open = needs.filter((name) => isOpaque(args[name]) && !rows.get(name)?.secret);
  if (open.length === 0) return undefined;
  const all = pulumi.all(open.map((name) => args[name]));
  return all.apply(async () => ((await pulumi.isSecret(all)) ? "" : undefined));
}

function refuse(logic: Described, name: string, findings: Finding[]): void {
  const found = findings.find(({ level }) => level === "problem");
  if (found) throw refusal(`${logic.type} ${name}: ${found.field} ${found.says}`);
}

function warn(resource: pulumi.Resource, findings: Finding[]): void {
  for (const { field, says, level } of findings) {
    if (level === "warning") programVoice(resource).warn(`${field} ${says}.`);
  }
}

/** The options of a class: what must be secret, and the type that the later provider plugin has. */
function optionsOf(logic: Described, options: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
  return pulumi.mergeOptions(options, {
    additionalSecretOutputs: secretNames(logic as Logic<object, object>),
    aliases: [{ type: `telegram:index:${logic.type}` }],
  });
}

/**
 * Gives every argument that was left out its output (its default, or nothing), and logs what check warns of. The engine
 * costs a place in the registration for each; here they are free.
 */
function complete(logic: Described, resource: pulumi.CustomResource, args: Values): void {
  const outputs = resource as unknown as Values;
  for (const [field, row] of rowsOf(logic.fields)) {
    if (outputs[field] === undefined) outputs[field] = row.default === undefined ? nothing : pulumi.output(row.default);
  }
  const check = (values: Values) => {
    const context = { isUnknown: hasUnknown, unknown: unknownValue, now: new Date() };
    warn(resource, checkInputs(logic as Logic<object, object>, values, context).findings);
  };
  const secrets = Object.fromEntries(secretNames(logic as Logic<object, object>).map((field) => [field, args[field]]));
  const open = Object.fromEntries(Object.entries(args).filter(([field]) => !(field in secrets)));
  if (hasUnknown(open)) pulumi.output(open).apply((resolved) => check({ ...secrets, ...(resolved as Values) }));
  else check(args);
}

const nothing = pulumi.output(undefined);

function fingerprintOf(value: unknown): pulumi.Input<string> {
  if (typeof value === "string") return fingerprint(value);
  // Of what is no text there is none: check says what is wrong with it.
  return pulumi.output(value as pulumi.Output<string>).apply((known: unknown) => fingerprint(String(known)));
}

/**
 * Turns stack traces off until the returned function is called. The SDK takes four for each property that a resource
 * registers, and with ts-node each is mapped to its source: six sevenths of the time that a program spends on one.
 */
function withoutTraces(): () => void {
  const limit = Error.stackTraceLimit;
  if (!process.env["PULUMI_DEBUG_PROMISE_LEAKS"]) Error.stackTraceLimit = 0;
  return () => {
    Error.stackTraceLimit = limit;
  };
}

/** The mark of the stack that runs. */
function thisStack(): string {
  return ownerMark(organizationOrDefault(), pulumi.getProject(), pulumi.getStack());
}

/** A test with mocks need not have one; where there are none (a backend of files), Pulumi's own name for it is "organization". */
function organizationOrDefault(): string {
  try {
    return pulumi.getOrganization();
  } catch {
    return "organization";
  }
}

function hasUnknown(value: unknown): boolean {
  if (isOpaque(value) || isUnknown(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

/**
 * "urn:pulumi:stack::project::types::name" without what all resources of a stack share. A promise, not an output: an output
 * of the parent would make the child wait for all the parent's children, and two of them for each other.
 */
function parentsOf(parent: pulumi.Resource): Promise<string> {
  return new Promise((resolve) => parent.urn.apply((urn) => resolve(urn.split("::").slice(2).join("::"))));
}

const secondsIn: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001, us: 1e-6, µs: 1e-6, ns: 1e-9 };

/** The longest of the timeouts: "1h30m", "90s". Pulumi's engine checks their form. */
function longest(timeouts: pulumi.CustomTimeouts): number {
  const seconds = Object.values(timeouts).map((text: string | undefined) =>
    [...(text ?? "").matchAll(/([\d.]+)(h|ms|us|µs|ns|m|s)/g)].reduce(
      (sum, [, n, unit]) => sum + Number(n) * (secondsIn[unit ?? ""] ?? 0),
      0,
    ),
  );
  return Math.max(1, ...seconds);
}
