// What the class tells the host about a resource, beside its arguments.
import { rowsOf } from "../core/fields";
import type { Failure } from "../core/failure-types";
import { fingerprint } from "../core/hash";
import type { Logic } from "../core/logic";
import { isUnknown } from "./unknown";
import { errors } from "./errors";

/** The key under which it is registered and stored. The two signs in front keep it out of each diff that the engine shows. */
export const declaredKey = "__declared";

/** It never causes a change. */
export interface DeclaredResource {
  name: string;
  /** The types and names above it, as its URN has them. */
  parents?: string;
  /** Fingerprints of the program's own values of the arguments that must reach us as declared. */
  values?: Record<string, string>;
  /** The mark of its stack, for a Logic that marks what it makes. */
  owner?: string;
  /** From `customTimeouts`; default 300. */
  timeoutSeconds?: number;
}

/** What stands of it among inputs or in a state. */
export function declaredOf(values: Record<string, unknown>): DeclaredResource {
  return (values[declaredKey] as DeclaredResource | undefined) ?? { name: "" };
}

/**
 * Values that reach us other than the program declares them: ignoreChanges after a refresh brought a foreign one, which
 * the state then holds; or a transformation changed what the class was given.
 */
export function undeclaredIn<I extends object, F extends object>(
  logic: Pick<Logic<I, F>, "fields">,
  news: Readonly<Record<string, unknown>>,
  olds: Readonly<Record<string, unknown>> = {},
): Failure[] {
  const values = declaredOf(news).values ?? {};
  return rowsOf(logic.fields).flatMap(([name, row]) => {
    const declared = values[name];
    const given = news[name];
    if (!row.asDeclared || declared === undefined || isUnknown(declared) || isUnknown(given)) return [];
    if (typeof given !== "string" || fingerprint(given) === declared) return [];
    const told = { argument: name };
    const isKept = olds[name] === given;
    return [isKept ? errors.NOT_AS_DECLARED.kept(told) : errors.NOT_AS_DECLARED.transformed(told)];
  });
}
