// What shape each argument of an endpoint must have: told before anything is made of it, plain or as an output.
import * as pulumi from "@pulumi/pulumi";
import { printedOutputProblem } from "../../provider/core/as-pasted";
import { kindProblem } from "../../provider/core/leaf";
import { entryOf, isObject, nameOfKind } from "../../provider/core/rules";
import { isOpaque } from "../../provider/host/inputs";
import type { EndpointArgs, SecretArgs } from "./args";

/** "input", "number": a text, or a number, or an output of one. "choice": judged elsewhere. Else plain: an object, with what else it may be. */
export type Shape = "input" | "number" | "choice" | "name" | "object" | "objects" | "object or skip";
export type Refuse = (says: string) => Error;

/** The arguments that every endpoint takes. */
export const sharedShapes = {
  token: "input",
  tokenFrom: "choice", // judged by the webhook's own rules
  path: "input",
  preset: "name",
  secret: "object",
  webhook: "object",
} as const satisfies Record<keyof EndpointArgs, Shape>;

/** Of an argument that is an output, where the program must know which resources there are. */
export const notPlain = (key: string) =>
  `${key} must be plain, since it decides which resources there are; only the values inside it may be outputs`;

/** The arguments that are given, each of its shape; `refuse` makes the error. What is null was left out. */
export function shaped<T extends EndpointArgs>(args: T, shapes: Record<keyof T & string, Shape>, refuse: Refuse): T {
  const given = Object.entries(args as Record<string, unknown>).flatMap(([key, value]) => {
    const shape = entryOf<Shape>(shapes, key);
    if (shape === undefined) {
      throw refuse(`has no argument "${key}"; it takes ${Object.keys(shapes).sort().join(", ")}`);
    }
    if (value === undefined || value === null) return [];
    if (shape === "input") return [[key, textInput(key, value, refuse)] as const];
    if (shape === "number") return [[key, numberInput(key, value, refuse)] as const];
    if (shape !== "choice" && isOpaque(value)) {
      throw refuse(notPlain(key));
    }
    const says = printedOutputProblem(value) ?? shapeProblem(shape, value);
    if (says !== undefined) throw refuse(`${key} ${says}`);
    return [[key, value] as const];
  });
  const settled = Object.fromEntries(given) as unknown as T;
  const { secret } = settled;
  if (secret === undefined || pulumi.Resource.isInstance(secret) || !("current" in secret)) return settled;
  const { current, accepted } = secret;
  const judged = {
    ...(secret as SecretArgs),
    current: textInput("secret.current", current, refuse),
    ...(accepted !== undefined && { accepted: listOf("secret.accepted", accepted, refuse) }),
  };
  return { ...settled, secret: judged };
}

function shapeProblem(shape: string, value: unknown): string | undefined {
  if (shape === "choice") return undefined;
  if (shape === "name") return kindProblem("string", value);
  const items = shape === "objects" && Array.isArray(value) ? (value as unknown[]) : [value];
  if (items.every(isObject) || (shape === "object or skip" && value === "skip")) return undefined;
  const words = shape === "objects" ? "an object, or a list of them" : shape.replace(/ or skip$/, ' or "skip"');
  return `must be ${words.replace(/^object/, "an object")}; got ${nameOfKind(items.find((one) => !isObject(one)))}`;
}

/** A text as it is, or an output that fails when it becomes none. */
export function textInput(key: string, given: unknown, refuse: Refuse, mayBeNothing = false): pulumi.Input<string> {
  const judge = (one: unknown): string => {
    if (one === undefined && mayBeNothing) return one as unknown as string;
    const says = kindProblem("string", one) ?? printedOutputProblem(one);
    if (says !== undefined) throw refuse(`${key} ${says}`);
    return one as string;
  };
  return isOpaque(given) ? pulumi.output(given as pulumi.Input<string>).apply(judge) : judge(given);
}

/** A number as it is, or an output that fails when it becomes none. */
export const numberInput = (key: string, given: unknown, refuse: Refuse): pulumi.Input<number> =>
  judgedInput(key, given as pulumi.Input<number>, (one) => kindProblem("number", one), refuse);

/** What a rule judges at once, or when it becomes known. The rule continues a sentence that begins with the argument's name. */
export function judgedInput<T>(
  key: string,
  given: pulumi.Input<T>,
  rule: (value: T) => string | undefined,
  refuse: Refuse,
): pulumi.Input<T> {
  const judge = (value: T): T => {
    const says = rule(value);
    if (says !== undefined) throw refuse(`${key} ${says}`);
    return value;
  };
  return isOpaque(given)
    ? pulumi.output(given as pulumi.Output<T>).apply((value) => judge(value as T))
    : judge(given as T);
}

/** A list as it is, whatever its items are: the route judges them. */
function listOf(key: string, value: unknown, refuse: Refuse): pulumi.Input<pulumi.Input<string>[]> {
  const judge = (one: unknown): string[] => {
    if (!Array.isArray(one)) throw refuse(`${key} must be a list of strings; got ${nameOfKind(one)}`);
    return one as string[];
  };
  return isOpaque(value) ? pulumi.output(value as pulumi.Input<string[]>).apply(judge) : judge(value);
}
