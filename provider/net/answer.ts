// Reads an answer: JSON, or one line of words that can be printed; and when it was given.
import { STATUS_CODES } from "node:http";
import type { HttpAnswer } from "../core/http";

const shownLength = 200;

/** What the body says; nothing when it is no JSON: a page of a front end, or a cut answer. */
export function jsonOf({ body }: HttpAnswer): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(body.toString()) as unknown };
  } catch {
    return undefined;
  }
}

/** "502 Bad Gateway" */
export function statusOf({ status }: Pick<HttpAnswer, "status">): string {
  return `${status} ${STATUS_CODES[status] ?? ""}`.trim();
}

/** The beginning of the body on one line without control characters: it is printed. */
export function lineOf({ body }: Pick<HttpAnswer, "body">): string {
  return body
    .subarray(0, shownLength * 8)
    .toString()
    .replace(/[\s\p{C}]+/gu, " ")
    .slice(0, shownLength);
}

/** When it was given, by the far side's clock, in whole seconds; nothing when it does not say. */
export function dateOf({ headers }: Pick<HttpAnswer, "headers">): Date | undefined {
  const date = Date.parse(headers["date"] ?? "");
  return Number.isNaN(date) ? undefined : new Date(date);
}
