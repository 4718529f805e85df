// Rules for arguments that resources of several systems take, and their words.
import type { Finding } from "./logic";

/** A trigger: any text of 1 to 256 characters; what counts is that it changes. */
export function triggerProblem(s: string): string | undefined {
  return s.length >= 1 && s.length <= 256 ? undefined : `must be 1 to 256 characters; got ${s.length} characters`;
}

/** Whether a trigger was given another value. Taking it away is recorded and does nothing. */
export function isTriggered(old: string | undefined, trigger: string | undefined): boolean {
  return trigger !== undefined && trigger !== old;
}

/** What a value is, in words: "a string", "a list", "null". */
export function nameOfKind(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** "443, 80, 88 or 8443": for a sentence. */
export function listed(items: readonly (string | number)[], word: "and" | "or"): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} ${word} ${items.at(-1)}`;
}

export function isWhole(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && isWithin(value, least, most);
}

export function isWithin(value: unknown, least: number, most: number): boolean {
  return typeof value === "number" && value >= least && value <= most;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a table has under a name of somebody else's: nothing under "constructor", which every object has. */
export function entryOf<T>(table: Readonly<Record<string | number, T>>, name: unknown): T | undefined {
  return (typeof name === "string" || typeof name === "number") && Object.hasOwn(table, name) ? table[name] : undefined;
}

/** A key of an object as a message may show it: what does not look like a name could be a secret in the wrong place. */
export function shownKey(key: string): string {
  return /^[A-Za-z_]\w{0,30}$/.test(key) ? `"${key}"` : "another key";
}

/** A finding that refuses the preview. With `I`, the inputs of a resource, only their names are taken. */
export function problem<I extends object = Record<string, unknown>>(field: keyof I & string, says: string): Finding {
  return { field, says, level: "problem" };
}

/** A finding that does not: its words are declared in the system's `notices.ts`. */
export function warning<I extends object = Record<string, unknown>>(field: keyof I & string, says: string): Finding {
  return { field, says, level: "warning" };
}
