// May we write over what is there? One answer for every kind of thing that somebody else may own too.

/** What is live, seen from a resource; each value is compared by the text that identifies it (a url, a record's value). */
export interface Claim {
  /** What is there now; missing: nothing. */
  live: string | undefined;
  wanted: string;
  /** Whether the text is what this resource wrote last, by its own record. */
  isOwned: (text: string) => boolean;
  /** What the state says is there: after a refresh the user has seen it, and said up. Missing at creation. */
  recorded: string | undefined;
  /** Whether the program lets us replace this text of somebody else. */
  mayTakeOver: (text: string) => boolean;
}

/** "foreign" is the only ownership in which nothing may be written. */
export type Ownership = "free" | "ours" | "wanted" | "shown" | "taken over" | "foreign";

export function ownershipOf({ live, wanted, isOwned, recorded, mayTakeOver }: Claim): Ownership {
  if (live === undefined) return "free";
  if (isOwned(live)) return "ours";
  if (live === wanted) return "wanted";
  if (live === recorded) return "shown";
  return mayTakeOver(live) ? "taken over" : "foreign";
}
