// Looks into Caddy's configuration, whatever that is, and makes the way to a place in it. Pure.
import { ownerIn } from "../../../core/owner-mark";
import { isObject } from "../../../core/rules";
import { textOf } from "./admin-objects";
import type { Json } from "./admin-objects";

/** What stands there; an empty object that is nowhere if nothing does. */
export function objectAt(value: unknown, ...way: string[]): Json {
  let at = value;
  for (const key of way) at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  return isObject(at) ? at : {};
}

/** The list that stands there; an empty one if none does. */
export function listAt(value: unknown, ...way: string[]): unknown[] {
  const list = objectAt(value, ...way.slice(0, -1))[way.at(-1) ?? ""];
  return Array.isArray(list) ? list : [];
}

/** The same, made where it is missing. */
export function ensured(config: Json, ...way: string[]): Json {
  let at = config;
  for (const key of way) {
    const found = Object.hasOwn(at, key) ? at[key] : undefined;
    const next: Json = isObject(found) ? found : {};
    at[key] = next;
    at = next;
  }
  return at;
}

export const isEmpty = (value: unknown) =>
  Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;

/** A mark that is none is as good as none. */
export function markedText(object: Json, owner: unknown): string {
  const isMark = typeof owner === "string" && ownerIn(`# owner ${owner}`) === owner;
  return textOf(object, isMark ? owner : undefined);
}
