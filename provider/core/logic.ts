// What a resource is, told without Pulumi: what it takes (fields), when it acts (check, diff), how it acts (lifecycle).
import type { Branches, Choice } from "./choice-types";
import type { Failure } from "./failure-types";
import type { HttpClient } from "./http";
import type { Schema } from "./schema";

/** The arguments as check and diff see them. "Left out" is a missing key; "not known yet" is a name in `unknown`. */
export interface CheckInput<I> {
  known: Partial<I>;
  unknown: ReadonlySet<keyof I & string>;
  /** Of each choice: its branch, and the settings of it that are known, though others may not be. */
  choices: { readonly [K in keyof I & string]?: Branched };
}

/** The part of a choice that is known. */
export interface Branched {
  branch: string;
  settings: Readonly<Record<string, unknown>>;
}

/** What a change of an argument does to the resource. An unknown value is never a reason to replace. */
export type Effect = "update" | "createThenDelete" | "deleteThenCreate";

export interface Change {
  field: string;
  effect: Effect;
  /** What the change will cost, for whoever previews it: it continues a sentence that begins with the resource's name. */
  says?: string;
  /** Why it is to be, where no argument changed: a whole sentence, of the resource of this name. */
  tells?: (name: string) => string;
}

/** A thing that several resources share, and what one of them has it for: words for a sentence. */
export interface Alike {
  thing: string;
  has: string;
}

/** Something the program should know about one of its arguments. A problem refuses the preview; a warning does not. */
export interface Finding {
  field: string;
  /** Continues a sentence that begins with the field's name: "must be 1 to 100; got 500". */
  says: string;
  level: "problem" | "warning";
}

/** The runtime type of a value: what the generic check can tell by itself. A "shape" has a `problem` and a schema of its own. */
export type Kind = "string" | "boolean" | "number" | "strings" | "shape" | "choice";
type KindOf<T> = [T] extends [string]
  ? "string"
  : [T] extends [boolean]
    ? "boolean"
    : [T] extends [number]
      ? "number"
      : [T] extends [string[]]
        ? "strings"
        : never;

/** Where the value of an argument that was left out comes from: exactly one of these, as I's type says. */
type Absent<I, K extends keyof I> =
  object extends Pick<I, K>
    ? { optional: true; default?: never; required?: never } | Derived<I, K>
    : | { default: I[K]; optional?: never; required?: never }
      | { required: true; default?: never; optional?: never }
      | Derived<I, K>;

/**
 * A value that follows from other arguments. `from` gets them known (or left out); an unknown one makes it unknown. Of a
 * choice it gets the branch, known as soon as its key is, and the settings that are known.
 */
interface Derived<I, K extends keyof I> {
  derived:
    | { needs: readonly (keyof I & string)[]; choice?: never; from(known: Partial<I>): I[K] | undefined }
    | { choice: keyof I & string; needs?: never; from(branched: Branched | undefined): I[K] | undefined };
  default?: never;
  optional?: never;
  required?: never;
}

type Given<I, K extends keyof I> = Exclude<I[K], undefined>;

/** How a value is judged and brought into its normal form, which is what is compared and stored. */
type Judged<I, K extends keyof I> =
  | {
      kind: KindOf<Given<I, K>>;
      problem?(value: Given<I, K>): string | undefined;
      accept?(value: Given<I, K>): Given<I, K>;
      /** What two values are compared by; the value itself is stored. Left out: the value. */
      compared?(value: Given<I, K>): unknown;
    }
  | { kind: "shape"; schema: Schema; problem(value: unknown): string | undefined; accept?(value: unknown): Given<I, K> }
  // What follows from other arguments is judged with them.
  | { kind: "shape"; schema: Schema; derived: object }
  | { kind: "choice"; choice: ChoiceOf<Given<I, K>> };

/** A choice whose normal form is T. */
export type ChoiceOf<T> = Pick<
  Choice<Branches, string>,
  "branchOf" | "compared" | "spread" | "secretPaths" | "secretsIn" | "seal" | "schema"
> & {
  parse(
    value: unknown,
    isUnknown?: (value: unknown) => boolean,
  ): { branch: string; value: T; isComplete: boolean } | { problem: string };
};

/** One argument. */
export type Field<I, K extends keyof I> = {
  /** Never shown, and marked secret in the state. A choice marks its own leaves. */
  secret?: true;
  /** A path, or a URL: its path and query are masked in all that is said, since the program may have made it secret. */
  hidden?: true;
  /** Default "update". */
  onChange?: Effect;
  /** Left out of what is stored while it is the default: nobody but the program can change it. */
  omitDefault?: true;
  /** A value other than the program's own (ignoreChanges after a refresh) is refused. */
  asDeclared?: true;
  /** An output that becomes an empty text is as if it were left out; an empty text that the program has is judged. */
  mayBeEmptyOutput?: true;
} & Judged<I, K> &
  Absent<I, K>;

/** One row per argument, in the order of the docs: a missing, extra or wrong row does not compile. */
export type Fields<I> = { [K in keyof I & string]-?: Field<I, K> };

/** One fact: what is observed or made. */
export type Fact<F, K extends keyof F> = (object extends Pick<F, K> ? { optional: true } : { optional?: never }) & {
  /** Never shown, and marked secret in the state. */
  secret?: true;
  /** Marked secret in the state, since a secret argument stands in it or could be found from it. No text quotes it. */
  sealed?: true;
  /** May quote a far side, which may quote a secret: masked before it is stored. */
  words?: true;
} & ({ kind: KindOf<Exclude<F[K], undefined>> } | { kind: "shape"; schema: Schema });

/** The closed list of what is observed or made, one row each; disjoint from the arguments. */
export type Facts<F> = { [K in keyof F & string]-?: Fact<F, K> };

type Disjoint<I> = object & { [K in keyof I]?: never };

/** The stored state of a resource is `{ ...I, ...F, schemaVersion }`. */
export interface Logic<I extends object, F extends Disjoint<I>> {
  /** Last part of the type token, and the name of the class. */
  type: string;
  /** Of the stored state. Raised together with a `migrate` that loads every older one. */
  schemaVersion: number;
  migrate?(old: Record<string, unknown>, from: number): Record<string, unknown>;
  fields: Fields<I>;
  facts: Facts<F>;
  /** Fills in what was left out, and what is overridden for one run, from where the host says. It makes no request. */
  settle?(given: Readonly<Record<string, unknown>>, sources: Sources): Settled;
  /** Cross-field rules only; a rule about one argument is its row's `problem`. */
  check?(seen: CheckInput<I>, now: Date): Finding[];
  /** Reasons to act beyond a changed argument. */
  diff?(old: I & F, seen: CheckInput<I>, now: Date): Change[];
  /** What two resources may not share; also the key of the ledger. */
  exclusive?(known: Partial<I>): string | undefined;
  /** What a text calls that thing. Left out: the key, which then holds nothing that may be secret. */
  called?(known: Partial<I>): string;
  /** Where its requests will go, as far as that is known, and the argument that says so: a check asks whether there is a way. */
  asks?(seen: CheckInput<I>): { field: keyof I & string; url: string } | undefined;
  /** What all resources that share a thing must have alike: two that do not are refused in the preview. */
  alike?(seen: CheckInput<I>): Alike | undefined;
  /** What it makes carries the mark of its stack (`owner-mark.ts`), which then is in the state. */
  marksOwner?: true;
  /** Loaded when first used. */
  lifecycle(services: SharedServices): Lifecycle<I, F>;
}

/** Where an argument can come from beside the program. */
export interface Sources {
  /** A value of the stack's configuration, for what is no secret. */
  config(key: string): string | undefined;
  /** The same for a secret, as the host marks it: opaque to the Logic. */
  secret(key: string): unknown;
  /** Whether a value that ought to be a secret lies in the stack's file in clear. */
  isInClear(key: string): boolean;
  environment(name: string): string | undefined;
}

export interface Settled {
  /** Replaces or completes the given arguments. */
  values: Record<string, unknown>;
  findings: Finding[];
}

/** What all resources of a process share. */
export interface SharedServices {
  http: HttpClient;
  /** Anything else that they have in common (rates, queues, connections): made at the first call with this name, and kept. */
  once<T>(name: string, make: () => T): T;
}

/** Time, chance and patience, for whatever talks to a far side. */
export interface ExecutionContext {
  now(): Date;
  /** 0 to 1. */
  random(): number;
  /** A line for the person who runs the command. It names the thing it is about; secrets are masked. */
  log(line: string): void;
  /** The same for what somebody should look at. */
  warn(line: string): void;
  /** Aborted at the operation's deadline. */
  signal: AbortSignal;
  /** Waits; ends early, without an error, at the deadline. */
  sleep(seconds: number): Promise<void>;
  /** The same with a deadline of its own from now on: for what has to be put right although the time is up. */
  beyond(seconds: number): ExecutionContext;
}

/** What every operation is given. */
export interface OperationContext extends ExecutionContext {
  /** What the program calls the resource. */
  name: string;
  /** The id that the resource has; nothing while it is being made. */
  id: string | undefined;
  /** The mark of the stack that the resource is of, if its Logic asks for one. */
  owner: string;
  /** For secrets and keys, which `random` is too weak for. */
  randomBytes(size: number): Buffer;
  /** Masks a secret that is in no argument (a token read from a file) in all that is said from now on. */
  hide(secret: string): void;
  /** Stack configuration as the engine gave it to the provider: "telegram:token". */
  config(key: string): string | undefined;
}

/** What is true after an operation. `unfinished` keeps the resource and fails the command with these failures. */
export interface Applied<I, F> {
  id: string;
  inputs: I;
  facts: F;
  unfinished?: Failure[];
}

export type Read<I, F> = { inputs: I; facts: F } | "gone" | { unreadable: string };

/** The order of events. Create and update are one thing; what it returns is what is true. */
export interface Lifecycle<I, F> {
  apply(old: (I & F) | undefined, inputs: I, context: OperationContext): Promise<Applied<I, F>>;
  read(old: I & F, context: OperationContext): Promise<Read<I, F>>;
  /** For an import: what stands at this id, with the arguments that declare it. */
  find?(id: string, context: OperationContext): Promise<Read<I, F>>;
  /** `makesRoom`: its successor is made after this (deleteThenCreate). */
  remove(old: I & F, context: OperationContext, makesRoom: boolean): Promise<void>;
}
