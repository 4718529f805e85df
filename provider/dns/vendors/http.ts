// What the vendors that are reached over HTTP share: which failures are worth another try, and how they are told.
import { isFailure } from "../../core/failure";
import type { Failure } from "../../core/failure-types";
import type { ExecutionContext } from "../../core/logic";
import { retry } from "../../core/retry";
import { errors } from "../errors";

/** What was asked of whom, for sentences: "cloudflare", "change the A record bots.example.com". */
export interface VendorRequest {
  vendor: string;
  what: string;
}

export interface Refusal {
  status: number;
  /** The far side's own words. */
  said: string;
  /** What to do, a sentence. */
  cure?: string;
  isCredentialRejected?: boolean;
  retryAfterSeconds?: number;
}

export function refused(
  { vendor, what }: VendorRequest,
  { status, said, cure, isCredentialRejected, retryAfterSeconds }: Refusal,
): Failure {
  const values = { vendor, what, status, said, cure: cure ? ` ${cure}.` : "" };
  const details = { status, description: said, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
  return isCredentialRejected
    ? errors.DNS_CREDENTIAL_DEAD.refused(values, details)
    : errors.DNS_REFUSED.refused(values, details);
}

export function unanswered({ vendor, what }: VendorRequest, why: string): Failure {
  return errors.DNS_UNREACHABLE.unanswered({ vendor, what, why });
}

/**
 * Tries again when the far side asks to come back later. Also after no answer, or an error of its own, where nothing
 * was to be written: a repeated write could be answered by what the first one did.
 */
export function persistently<T>(
  asked: VendorRequest,
  isWrite: boolean,
  context: ExecutionContext,
  work: () => Promise<T>,
): Promise<T> {
  return retry(work, context, {
    what: `${asked.vendor}: to ${asked.what}`,
    attempts: 4,
    again(error) {
      if (!isFailure(error)) return false;
      const { status, retryAfterSeconds } = error.details;
      if (status === 429) return retryAfterSeconds ?? true;
      return !isWrite && isFailure(error, errors.DNS_UNREACHABLE);
    },
  });
}
