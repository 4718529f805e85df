// The types of arguments as programs give them: a choice and its key are plain, what is inside may be an output.
import * as pulumi from "@pulumi/pulumi";
import type { Branches, BranchValue, Choice, Group } from "../core/choice-types";

/** Each leaf may be an output; an item of a list, too. */
type LeafInput<T> = T extends readonly (infer Item)[] ? pulumi.Input<pulumi.Input<Item>[]> : pulumi.Input<T>;

type Optional<L, P> = {
  [K in keyof L]: L[K] extends { readonly presence: P } ? K : never;
}[keyof L];

/** A setting that has settings itself is as plain as the branch that it is in: what is inside may be an output. */
type AnyLeafInput<L> = L extends { readonly inner: infer C }
  ? C extends Group<infer G>
    ? SettingsInput<G>
    : ChoiceArgs<C>
  : LeafInput<ValueIn<L>>;

/** A list of settings, with the defaults left out. Mapped over a Pick, so that each setting keeps its doc comment. */
type SettingsInput<L> = pulumi.Input<
  {
    [K in keyof Pick<L, Optional<L, "required">>]: L[K] extends object ? AnyLeafInput<L[K]> : never;
  } & {
    [K in keyof Pick<L, Optional<L, "optional" | "default">>]?: L[K] extends object ? AnyLeafInput<L[K]> : never;
  }
>;
type ValueIn<L> = BranchValue<L>;

type BranchInput<B> = B extends { readonly kind: string } ? LeafInput<BranchValue<B>> : SettingsInput<B>;

/** One branch, and none of the others beside it; never an output of the whole. */
type OneOf<B extends Branches> = {
  [K in keyof B & string]: { readonly [P in K]: BranchInput<B[K]> } & {
    readonly [Other in Exclude<keyof B & string, K>]?: never;
  } & { readonly apply?: never };
}[keyof B & string];

/** The arguments of a choice: exactly one key. */
export type ChoiceArgs<C> = C extends Choice<infer B, infer W> ? OneOf<B> | W : never;

/** The value of a choice in which a resource that stands in place of a group of settings is the outputs of these names. */
export function leavesOfResources(choice: Pick<Choice, "spread">, value: unknown): unknown {
  return choice.spread(value, (one) => pulumi.Resource.isInstance(one));
}

/** An output or a promise: nobody can tell yet what it holds. */
export function isOpaque(value: unknown): boolean {
  return pulumi.Output.isInstance(value) || value instanceof Promise;
}
