// The one kind of error we throw and the types of what makes it, apart from what declares it: TypeScript before 5.0 knows no const parameters.

/** Facts for the caller: the far side's number and text, how long it asks to wait. */
export interface FailureDetails {
  status?: number;
  description?: string;
  retryAfterSeconds?: number;
}

export class Failure extends Error {
  override readonly name = "Failure";
  constructor(
    readonly code: string,
    message: string,
    readonly details: FailureDetails = {},
  ) {
    super(message);
  }
}

type Holes<M extends string> = M extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Holes<Rest> : never;
type Fill<M extends string> = [Holes<M>] extends [never]
  ? (values?: Record<never, never>, details?: FailureDetails) => Failure
  : (values: Readonly<Record<Holes<M>, string | number>>, details?: FailureDetails) => Failure;

/** A declared code: a function for each of its messages, which makes the failure. */
export type DeclaredCode<M extends Readonly<Record<string, string>>> = { readonly code: string } & {
  readonly [K in keyof M]: Fill<M[K] & string>;
};

/** What makes a text: it wants a value for each hole. */
export type FilledText<M extends string> = [Holes<M>] extends [never]
  ? () => string
  : (values: Readonly<Record<Holes<M>, string | number>>) => string;
