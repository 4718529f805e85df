// What every vendor of DNS can do for a record, and what all of them need: a credential that is accepted, an optional package.
import { isFailure } from "../../core/failure";
import type { OperationContext } from "../../core/logic";
import { errors } from "../errors";
import type { RecordSet, RecordType } from "../values";

/** Where a set of records lives. */
export interface Place {
  zone: string;
  fqdn: string;
  type: RecordType;
}

/** What is there. `handle` is the vendor's own: what it needs to change exactly this. */
export interface Found extends RecordSet {
  handle?: unknown;
}

/**
 * Each throws DNS_REFUSED (the far side said no), DNS_CREDENTIAL_DEAD or DNS_UNREACHABLE (no answer: a write may have
 * been applied). `change` and `remove` touch only what was found, as far as the protocol can tell.
 */
export interface Vendor {
  find(place: Place): Promise<Found | undefined>;
  /** Refused when something is there already. */
  create(place: Place, wanted: RecordSet): Promise<void>;
  change(place: Place, found: Found, wanted: RecordSet): Promise<void>;
  remove(place: Place, found: Found): Promise<void>;
}

/** "A record bots.example.com" */
export function shown({ type, fqdn }: Place): string {
  return `${type} record ${fqdn}`;
}

/**
 * Runs `work` with the first credential and, only when the vendor rejects that, with the next. When it rejects all, the first refusal
 * is thrown: it is about the credential that was declared.
 */
export function withValidCredential<C>(
  credentials: readonly [C, ...C[]],
): <T>(work: (credential: C) => Promise<T>) => Promise<T> {
  let at = 0;
  return async (work) => {
    let first: unknown;
    for (;;) {
      try {
        return await work(credentials[at] as C);
      } catch (error) {
        if (!isFailure(error, errors.DNS_CREDENTIAL_DEAD)) throw error;
        first ??= error;
        if (at + 1 >= credentials.length) throw first;
        at += 1;
      }
    }
  };
}

/** What follows a given secret: the configuration's, then the environment's; each once. All are masked from now on. */
export function credentialsFrom(
  context: OperationContext,
  given: string | undefined,
  key: string,
  variable: string,
): string[] {
  const found = [given, context.config(`telegram:${key}`), process.env[variable]];
  const secrets = found.filter((one): one is string => one !== undefined && one !== "");
  for (const secret of secrets) context.hide(secret);
  return [...new Set(secrets)];
}

/** Loads an optional peer when it is first used. */
export function loadPeer<T>(name: string, range: string, load: () => T): T {
  try {
    return load();
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown };
    if (code !== "MODULE_NOT_FOUND" || !String(message).includes(`'${name}`)) throw error;
    throw errors.PACKAGE_MISSING.npm({ name, range });
  }
}
