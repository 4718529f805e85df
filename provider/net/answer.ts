// Reads an answer: JSON, or one line of words that can be printed; and when it was given.
import { STATUS_CODES } from "node:http";
import type { HttpAnswer } from "../core/http";

const shownLength = 200;
const dayMilliseconds = 86_400_000;
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/; // RFC 9110 5.6.7

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

/** The beginning of the body on one line without control characters: it is printed. "…" says that it was cut. */
export function lineOf({ body }: Pick<HttpAnswer, "body">): string {
  const line = body
    .subarray(0, shownLength * 8)
    .toString()
    .replace(/[\s\p{C}]+/gu, " ");
  return line.length > shownLength ? `${line.slice(0, shownLength - 1)}…` : line;
}

/** When it was given, by the far side's clock, in whole seconds; nothing when it says no such time, or one a day from ours. */
export function dateOf({ headers }: Pick<HttpAnswer, "headers">, now: Date): Date | undefined {
  const said = headers["date"] ?? "";
  const date = httpDate.test(said) ? Date.parse(said) : NaN;
  return Math.abs(date - now.getTime()) <= dayMilliseconds ? new Date(date) : undefined;
}
