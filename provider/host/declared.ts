// What the class tells the host about a resource, beside its arguments.

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
  return (values["declared"] as DeclaredResource | undefined) ?? { name: "" };
}
