// What declares our failures: each with its code and its messages, told apart by the code, never by text.
import { Failure } from "./failure-types";
import type { DeclaredCode, FailureDetails, FilledText } from "./failure-types";

export { Failure };

/** What a system declares of one code. `messages`: every text that is thrown with it, with {holes} for what is filled in. */
export interface FailureEntry {
  /** What a code means, one sentence for the page of messages. */
  means: string;
  /** What to do, one or more sentences. */
  cure: string;
  messages: Readonly<Record<string, string>>;
}

const pages = new Map<string, FailureEntry>();

/** Declares the codes of a system, each with its messages: `errors.DNS_REFUSED.noZone({ zone })` makes a failure. */
export function declareFailures<const E extends Readonly<Record<string, FailureEntry>>>(
  entries: E,
): { readonly [C in keyof E & string]: DeclaredCode<E[C]["messages"]> } {
  const declared = Object.entries(entries).map(([code, entry]) => {
    if (pages.has(code)) throw new Error(`the code ${code} is declared twice`);
    pages.set(code, entry);
    const makers = Object.entries(entry.messages).map(([name, message]) => {
      const make = (values: Record<string, string | number> = {}, details?: FailureDetails) =>
        new Failure(code, filled(message, values), details);
      return [name, make] as const;
    });
    return [code, { ...Object.fromEntries(makers), code }] as const;
  });
  return Object.fromEntries(declared) as never;
}

const texts: string[] = [];

/** Declares what fills a hole of a message or notice, or follows a message of any code: `parts.restored()` makes the text. */
export function declareParts<const P extends Readonly<Record<string, string>>>(
  parts: P,
): { readonly [K in keyof P]: FilledText<P[K]> } {
  texts.push(...Object.values(parts));
  const makers = Object.entries(parts).map(([name, text]) => {
    return [name, (values: Record<string, string | number> = {}) => filled(text, values)] as const;
  });
  return Object.fromEntries(makers) as never;
}

/** Every part that was declared so far, for the page of messages. */
export function declaredParts(): readonly string[] {
  return texts;
}

/** Every code that was declared so far, for the page of messages. */
export function declaredFailures(): ReadonlyMap<string, FailureEntry> {
  return pages;
}

/** A message with its holes filled. */
export function filled(message: string, values: Readonly<Record<string, string | number>>): string {
  return message.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return value === undefined ? hole : shortened(String(value));
  });
}

const longestValue = 4_000; // what one value may take of a message

/** What is longer than any real one is cut, and the text says so; `left` characters were cut off before. */
export function shortened(text: string, longest = longestValue, left = 0): string {
  const more = Math.max(0, text.length - longest) + left;
  return more === 0 ? text : `${text.slice(0, longest)}… (${more} more characters)`;
}

/** The same failure, code and details, with another text: what is true now, or whose failure it is. */
export function reworded({ code, details }: Failure, message: string): Failure {
  return new Failure(code, message, details);
}

/** Whether an error is one of ours, with one of these codes if any are given. */
export function isFailure(error: unknown, ...kinds: (string | { readonly code: string })[]): error is Failure {
  const codes = kinds.map((kind) => (typeof kind === "string" ? kind : kind.code));
  return error instanceof Failure && (codes.length === 0 || codes.includes(error.code));
}

/** The message with its code, by which the page of messages explains it. */
export function withCode({ message, code }: Failure): string {
  return `${message} [${code}]`;
}

/** The words of an error and of what caused it: fetch hides the reason in `cause`. One of ours ends with its code. */
export function wordsOf(error: unknown): string {
  if (error instanceof Failure) return withCode(error);
  const { message, cause } = (error ?? {}) as { message?: unknown; cause?: unknown };
  if (typeof message !== "string") return String(error);
  return cause === undefined ? message : `${message}: ${wordsOf(cause)}`;
}

/** Whether an operation's deadline ended it. */
export function isTimeout(error: unknown): boolean {
  return (error as { name?: unknown } | undefined)?.name === "TimeoutError";
}
