// Nonces of ACME servers that were given and not used yet: all certificates of a process share them. Source: RFC 8555 6.5.

const mostKept = 16;

export class Nonces {
  private readonly kept = new Map<string, string[]>();

  /** Keeps what a server gave with an answer; what is none by its form is dropped. */
  keep(origin: string, nonce: string | undefined): void {
    if (nonce === undefined || !/^[A-Za-z0-9_-]{1,512}$/.test(nonce)) return;
    const all = this.kept.get(origin) ?? [];
    this.kept.set(origin, [...all, nonce].slice(-mostKept));
  }

  /** The one that was given last, once. */
  take(origin: string): string | undefined {
    return this.kept.get(origin)?.pop();
  }

  /** After one was no good, those that are older are none either. */
  forget(origin: string): void {
    this.kept.delete(origin);
  }
}
