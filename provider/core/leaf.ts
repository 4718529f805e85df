// One setting inside a branch of a choice: its kind, whether it must be there, its rule, whether it is secret.
import { judged } from "./as-pasted";
import { nameOfKind } from "./rules";
import type { Schema } from "./schema";

export type LeafKind = "string" | "boolean" | "number" | "strings";
export type Presence = "required" | "optional" | "default";

/** One setting inside a branch. */
export interface Leaf<T = unknown, P extends Presence = Presence> {
  readonly kind: LeafKind;
  readonly presence: P;
  readonly default?: T;
  /** Never shown, and encrypted in the state. */
  readonly secret?: true;
  /** For the parser's words, where the value alone is the branch: `"NAME"`. */
  readonly example?: string;
  /** Continues a sentence that begins with the setting's name. */
  problem?(value: T): string | undefined;
  accept?(value: T): T;
  /** What two values are compared by; the value itself is stored. Left out: the value. */
  compared?(value: T): unknown;
}

type Rule<T> = (value: T) => string | undefined;
type Required_<T> = Leaf<T, "required">;

/** A required text; `optional`, `withDefault` and `secret` change that. */
export const text = <T extends string = string>(
  problem?: Rule<string>,
  more: { accept?(value: string): string; compared?(value: string): unknown } = {},
) => leaf<T>("string", problem, more);
export const flag = () => leaf<boolean>("boolean");
export const number = (problem?: Rule<number>) => leaf<number>("number", problem);
export const texts = (problem?: Rule<string[]>) => leaf<string[]>("strings", problem);

function leaf<T>(kind: LeafKind, problem?: Rule<T>, more: object = {}): Required_<T> {
  return { kind, presence: "required", ...(problem && { problem }), ...more };
}

export const optional = <T>(one: Required_<T>): Leaf<T, "optional"> => ({ ...one, presence: "optional" });
export const withDefault = <T>(one: Required_<T>, value: T): Leaf<T, "default"> => ({
  ...one,
  presence: "default",
  default: value,
});
export const secret = <T, P extends Presence>(one: Leaf<T, P>): Leaf<T, P> => ({ ...one, secret: true });
export const example = <T, P extends Presence>(shown: string, one: Leaf<T, P>): Leaf<T, P> => ({
  ...one,
  example: shown,
});

export type LeafValue<L> = L extends Leaf<infer T> ? T : never;
/** What is wrong with a value; continues a sentence that begins with the setting's name. */
export function leafProblem(one: Leaf, value: unknown): string | undefined {
  const rule = (given: unknown) => one.problem?.(given);
  return kindProblem(one.kind, value) ?? (typeof value === "string" ? judged(value, rule) : rule(value));
}

/** What a value's type alone says against it. */
export function kindProblem(kind: LeafKind, value: unknown): string | undefined {
  if (kind === "strings") {
    if (!Array.isArray(value)) return `must be a list of strings; got ${nameOfKind(value)}`;
    const at = value.findIndex((item) => typeof item !== "string");
    return at < 0 ? undefined : `must be a list of strings; item ${at + 1} is ${nameOfKind(value[at])}`;
  }
  return typeof value === kind ? undefined : `must be a ${kind}; got ${nameOfKind(value)}`;
}

/** A good value in its normal form. */
export function accepted(one: Leaf, value: unknown): unknown {
  return one.accept ? one.accept(value) : value;
}

const types = { string: { type: "string" }, boolean: { type: "boolean" }, number: { type: "number" } } as const;

/** The type of a value of this kind. */
export function kindSchema(kind: LeafKind): Schema {
  return kind === "strings" ? { type: "array", items: types.string } : types[kind];
}

export function leafSchema(one: Leaf): Schema {
  return {
    ...kindSchema(one.kind),
    ...(one.secret && { secret: true }),
    ...(one.default !== undefined && { default: one.default }),
  };
}
