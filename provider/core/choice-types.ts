// The types of a choice, apart from what declares one: programs read these, and TypeScript before 5.0 knows no const parameters.
import type { Inner, Leaf, LeafValue, Presence } from "./leaf";

export type Leaves = Readonly<Record<string, Leaf>>;
export type Branches = Readonly<Record<string, Leaves | Leaf>>;

type WithPresence<L, P extends Presence> = {
  [K in keyof L]: L[K] extends { readonly presence: P } ? K : never;
}[keyof L];
type Flat<T> = { [K in keyof T]: T[K] };

/** A branch in normal form: required settings and those with a default are there. */
export type Settings<L extends Leaves> = Flat<
  { -readonly [K in keyof Pick<L, WithPresence<L, "required" | "default">>]: LeafValue<L[K]> } & {
    -readonly [K in keyof Pick<L, WithPresence<L, "optional">>]?: LeafValue<L[K]>;
  }
>;
export type BranchValue<B> = B extends Leaf<infer T> ? T : B extends Leaves ? Settings<B> : never;

/** The whole in normal form: one of the branches, or one of the words. */
export type ChoiceValue<B extends Branches, W extends string = never> =
  { [K in keyof B & string]: { [P in K]: BranchValue<B[K]> } }[keyof B & string] | W;

/** What was parsed. With unknown leaves `value` is a part, and only its branch can be relied on. */
export interface Parsed<V> {
  branch: string;
  /** The normal form; leaves that are not known yet are left out. */
  value: V;
  isComplete: boolean;
}

export interface Wrong {
  problem: string;
}

export interface Choice<B extends Branches = Branches, W extends string = never> extends Omit<Inner, "parse"> {
  readonly branches: B;
  readonly words: readonly W[];
  /** The normal form, or what is wrong: it continues a sentence that begins with the argument's name. */
  parse(value: unknown, isUnknown?: (value: unknown) => boolean): Parsed<ChoiceValue<B, W>> | Wrong;
  /** The branch that a value of any shape names; nothing if it names none, or several. */
  branchOf(value: unknown): (keyof B & string) | W | undefined;
  /** One handler for each branch and word: a missing one does not compile. */
  match<R>(value: ChoiceValue<B, W>, handlers: Handlers<B, W, R>): R;
}

/** Settings that belong together: an object with these keys. */
export interface Group<L extends Leaves = Leaves> extends Omit<Inner, "parse"> {
  readonly leaves: L;
  parse(value: unknown, isUnknown?: (value: unknown) => boolean): { value: Settings<L>; isComplete: boolean } | Wrong;
}

export type Handlers<B extends Branches, W extends string, R> = {
  [K in keyof B & string]: (settings: BranchValue<B[K]>) => R;
} & { [P in W]: () => R };

/** A module that is one branch of a choice. */
export interface Branch<N extends string = string, L extends Leaves = Leaves> {
  readonly name: N;
  readonly settings: L;
  /** What its settings may not be together. */
  problem?(settings: Settings<L>): string | undefined;
}

export type BranchesOf<M extends readonly Branch[]> = { [X in M[number] as X["name"]]: X["settings"] };

/** The normal form of a choice: `type Via = ChoiceValueOf<typeof via>`. */
export type ChoiceValueOf<C> = C extends Choice<infer B, infer W> ? ChoiceValue<B, W> : never;
