// What the vendors that are reached over HTTP share: which failures are worth another try, and how they are told.
import { failure, isFailure } from "../../core/failure";
import type { Failure } from "../../core/failure";
import type { ExecutionContext } from "../../core/logic";
import { persist } from "../../core/retry";

/** What was asked of whom, for sentences: "cloudflare", "change the A record bots.example.com". */
export interface Asked {
  vendor: string;
  what: string;
}

export interface Refusal {
  status: number;
  /** The far side's own words. */
  said: string;
  /** What to do, a sentence. */
  cure?: string;
  isDead?: boolean;
  retryAfterSeconds?: number;
}

export function refused({ vendor, what }: Asked, { status, said, cure, isDead, retryAfterSeconds }: Refusal): Failure {
  const text = `${vendor}: to ${what} was refused (${status}): "${said}". Nothing was written.${cure ? ` ${cure}.` : ""}`;
  const details = { status, description: said, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
  return isDead ? failure("DNS_CREDENTIAL_DEAD", text, details) : failure("DNS_REFUSED", text, details);
}

export function unanswered({ vendor, what }: Asked, why: string): Failure {
  const text = `${vendor}: to ${what} got no answer that counts (${why}). A write may have been applied or not.`;
  return failure("DNS_UNREACHABLE", text);
}

/**
 * Tries again when the far side asks to come back later. Also after no answer, or an error of its own, where nothing
 * was to be written: a repeated write could be answered by what the first one did.
 */
export function persistently<T>(
  asked: Asked,
  isWrite: boolean,
  context: ExecutionContext,
  work: () => Promise<T>,
): Promise<T> {
  return persist(work, context, {
    what: `${asked.vendor}: to ${asked.what}`,
    attempts: 4,
    again(error) {
      if (!isFailure(error)) return false;
      const { status, retryAfterSeconds } = error.details;
      if (status === 429) return retryAfterSeconds ?? true;
      return !isWrite && error.code === "DNS_UNREACHABLE";
    },
  });
}
