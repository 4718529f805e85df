// What a failed call to the Bot API means for what comes next.
import { isFailure } from "../core/failure";
import type { Failure } from "../core/failure-types";
import { errors } from "./errors";

const loggedOut = /^logged out$/i;

function statusOf(error: unknown): number | undefined {
  return isFailure(error, errors.TELEGRAM_REFUSED) ? error.details.status : undefined;
}

/** Telegram answers 401 to a revoked token, and its front end 404 to a malformed one. */
export function isTokenStatus(status: number): boolean {
  return status === 401 || status === 404;
}

/** Whether a call was refused for its token. */
export function isTokenRejected(error: unknown): error is Failure {
  return isTokenStatus(statusOf(error) ?? 0);
}

/** Another setWebhook or deleteWebhook came in between. */
export function isConflict(error: unknown): boolean {
  return statusOf(error) === 409;
}

/** The bot was logged out of this server, which erases its webhook there. Source: `Client.cpp`; recorded. */
export function isLoggedOut(error: unknown): boolean {
  return statusOf(error) === 400 && isFailure(error) && loggedOut.test(error.details.description ?? "");
}

/** An answer without a word and with one of these: the request could not be read, and changed nothing. Source: `HttpReader.cpp`; recorded. */
export function isUnreadStatus(status: number): boolean {
  return [400, 413, 415, 431, 501, 505].includes(status);
}

/** No answer, or one that is not the Bot API's. */
export function isUnanswered(error: unknown): boolean {
  return isFailure(error, errors.TELEGRAM_UNREACHABLE, errors.TELEGRAM_UNCLEAR, errors.TELEGRAM_UNREAD);
}

/** No answer, or none that says what happened: it may pass, and what was asked may have been done. */
export function isPassing(error: unknown): boolean {
  return isFailure(error, errors.TELEGRAM_UNREACHABLE, errors.TELEGRAM_UNCLEAR) || (statusOf(error) ?? 0) >= 500;
}

/** Seconds that a 429 asks to wait. It is answered before anything is changed, so the same call may be sent again. */
export function retryAfterOf(error: unknown): number | undefined {
  return isFailure(error) && statusOf(error) === 429 ? (error.details.retryAfterSeconds ?? 1) : undefined;
}

/** An address record that is not there, or that Telegram still remembers as not there. */
export function isHostUnresolved(error: unknown): boolean {
  return isFailure(error) && /failed to resolve host/i.test(error.details.description ?? "");
}
