// What the resources of one process have in common, made when it is first asked for.
import type { SharedServices } from "./logic";

/** A new process: nothing is made yet. */
export function sharedServices(): Pick<SharedServices, "once"> {
  const made = new Map<string, unknown>();
  return {
    once<T>(name: string, make: () => T): T {
      if (!made.has(name)) made.set(name, make());
      return made.get(name) as T;
    },
  };
}
