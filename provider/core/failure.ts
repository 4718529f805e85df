// The one kind of error we throw: told apart by code, never by text.

/** Stable codes. A message says what we were doing, to which thing, what was said, what is true now, what to do. */
export type FailureCode =
  | "TELEGRAM_REFUSED"
  | "TELEGRAM_UNREACHABLE"
  | "TELEGRAM_UNCLEAR"
  | "TOKEN_MISSING"
  | "TOKEN_OF_ANOTHER_BOT"
  | "NOT_AS_DECLARED"
  | "WEBHOOK_NOT_OURS"
  | "ENDPOINT_BROKEN"
  | "STATE_TOO_NEW"
  | "MACHINE_UNREACHABLE"
  | "PROXY_REFUSED"
  | "ROUTE_NOT_FREE"
  | "ROUTE_NOT_IN_FORCE"
  | "DNS_NOT_OURS"
  | "DNS_REFUSED"
  | "DNS_CREDENTIAL_DEAD"
  | "DNS_UNREACHABLE"
  | "PACKAGE_MISSING";

export class Failure extends Error {
  override readonly name = "Failure";
  constructor(
    readonly code: FailureCode,
    message: string,
    /** Facts for the caller: the far side's number and text, how long it asks to wait. */
    readonly details: { status?: number; description?: string; retryAfterSeconds?: number } = {},
  ) {
    super(message);
  }
}

export function failure(code: FailureCode, message: string, details?: Failure["details"]): Failure {
  return new Failure(code, message, details);
}

export function isFailure(error: unknown, ...codes: FailureCode[]): error is Failure {
  return error instanceof Failure && (codes.length === 0 || codes.includes(error.code));
}

/** The words of an error and of what caused it: fetch hides the reason in `cause`. */
export function wordsOf(error: unknown): string {
  const { message, cause } = (error ?? {}) as { message?: unknown; cause?: unknown };
  if (typeof message !== "string") return String(error);
  return cause === undefined ? message : `${message}: ${wordsOf(cause)}`;
}

/** Whether an operation's deadline ended it. */
export function isTimeout(error: unknown): boolean {
  return (error as { name?: unknown } | undefined)?.name === "TimeoutError";
}
