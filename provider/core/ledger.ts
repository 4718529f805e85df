// Who claims what in this run: tells a rename without an alias from a removal, and finds two owners of one thing.

/** Claims live as long as the process, which is one command: check sees every declared resource, destroy none. */
export class Ledger {
  private readonly claims = new Map<string, string>();
  private readonly shared = new Map<string, Map<string, string>>();

  /** Claims a key. Returns the other claimant if somebody else holds it; the first keeps it. */
  claim(key: string, claimant: string): string | undefined {
    const holder = this.claims.get(key);
    if (holder === undefined) this.claims.set(key, claimant);
    return holder === claimant ? undefined : holder;
  }

  /** Says what somebody has a shared thing for. Returns another claimant that has it for something else, and for what. */
  agree(thing: string, has: string, claimant: string): { claimant: string; has: string } | undefined {
    const shares = this.shared.get(thing) ?? new Map<string, string>();
    this.shared.set(thing, shares.set(claimant, has));
    const [other, theirs] = [...shares].find(([, one]) => one !== has) ?? [];
    return other === undefined || theirs === undefined ? undefined : { claimant: other, has: theirs };
  }

  /** Who claims a key: the program has this thing, under whatever name, and it must stay. */
  holder(key: string): string | undefined {
    return this.claims.get(key);
  }
}
