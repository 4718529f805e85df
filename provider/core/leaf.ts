// One setting inside a branch of a choice: its kind, whether it must be there, its rule, whether it is secret.
import { judged } from "./as-pasted";
import { nameOfKind } from "./rules";
import type { Schema } from "./schema";

/** "inner": it has settings itself. */
export type LeafKind = "string" | "boolean" | "number" | "strings" | "inner";
export type Presence = "required" | "optional" | "default";

/** What a setting is that has settings itself: a choice, or a group of settings. */
export interface Inner {
  /** With unknown leaves the value is a part. */
  parse(
    value: unknown,
    isUnknown?: (value: unknown) => boolean,
  ): { value: unknown; isComplete: boolean } | { problem: string };
  /** What two values in normal form are compared by: they may differ in what has no effect. */
  compared(value: unknown): unknown;
  /** The value in which each group that is given as something with more in it, such as a resource, is only its settings. */
  spread(value: unknown, isWhole: (value: unknown) => boolean): unknown;
  /** The leaves that are secret: "cloudflare.apiToken". */
  readonly secretPaths: readonly string[];
  /** Every secret in a value of any shape, for masking. */
  secretsIn(value: unknown): unknown[];
  /** The value with `seal` applied to every secret leaf; to all of it where a branch is opaque, so that nobody can tell what it holds. */
  seal(value: unknown, isOpaque: (value: unknown) => boolean, seal: (value: unknown) => unknown): unknown;
  schema(): Schema;
}

/** One setting inside a branch. */
export interface Leaf<T = unknown, P extends Presence = Presence> {
  readonly kind: LeafKind;
  readonly presence: P;
  readonly default?: T;
  /** Never shown, and encrypted in the state. */
  readonly secret?: true;
  /** For the parser's words, where the value alone is the branch: `"NAME"`. */
  readonly example?: string;
  /** Of the kind "inner". */
  readonly inner?: Inner;
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

/** A required setting that is a choice itself, or a group of settings. */
export const within = <C extends Inner>(inner: C): Required_<InnerValue<C>> & { readonly inner: C } => ({
  kind: "inner",
  presence: "required",
  inner,
});
type InnerValue<C extends Inner> = Extract<ReturnType<C["parse"]>, { value: unknown }>["value"];

type Keeping<L> = L extends { readonly inner: infer C } ? { readonly inner: C } : unknown;

/** One that has settings itself keeps them in its type: what is inside may be left out, or an output, as elsewhere. */
export const optional = <L extends Required_<unknown>>(one: L): Leaf<LeafValue<L>, "optional"> & Keeping<L> =>
  ({ ...one, presence: "optional" }) as unknown as Leaf<LeafValue<L>, "optional"> & Keeping<L>;
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
  if (one.inner) {
    const parsed = one.inner.parse(value);
    return "problem" in parsed ? parsed.problem : undefined;
  }
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
  if (kind === "inner") return undefined; // it judges itself
  return typeof value === kind ? undefined : `must be a ${kind}; got ${nameOfKind(value)}`;
}

/** A good value in its normal form. */
export function accepted(one: Leaf, value: unknown): unknown {
  return one.accept ? one.accept(value) : value;
}

const types = { string: { type: "string" }, boolean: { type: "boolean" }, number: { type: "number" } } as const;

/** The type of a value of this kind. */
export function kindSchema(kind: LeafKind): Schema {
  if (kind === "inner") return { type: "object" };
  return kind === "strings" ? { type: "array", items: types.string } : types[kind];
}

export function leafSchema(one: Leaf): Schema {
  return {
    ...(one.inner ? one.inner.schema() : kindSchema(one.kind)),
    ...(one.secret && { secret: true }),
    ...(one.default !== undefined && { default: one.default }),
  };
}
