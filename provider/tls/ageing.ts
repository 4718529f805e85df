// When what was made is due for a new one, and why; what a preview and a refresh say of it, and of a certificate that ends first.
import type { Change, OperationContext } from "../core/logic";
import { noticeParts, warnings } from "./notices";
import { isTriggered } from "./rules";

const hourMilliseconds = 3_600_000;
const dayMilliseconds = 24 * hourMilliseconds;

/** What says when a renewal is due. */
export interface Ageing {
  notBefore?: string;
  notAfter?: string;
  retiresAt: string;
  /** When its issuer wants it renewed. */
  renewAt?: string;
  /** Empty: its issuer is public, and decides alone how long a certificate lives. */
  uploadPem?: string;
}

/** For the line that says that a new one is due. */
export interface Due {
  name: string;
  why: string;
  retiresAt: string;
}

/** Why a new one is made, if one is due. */
export function rotationReason(
  old: Ageing & { rotateTrigger?: string },
  inputs: { rotateTrigger?: string; renewBeforeDays: number },
  now: Date,
): string | undefined {
  if (isTriggered(old.rotateTrigger, inputs.rotateTrigger)) return noticeParts.rotateTrigger();
  const { retiresAt, renewAt = "" } = old;
  switch (dueBy(old, inputs.renewBeforeDays, now)) {
    case "issuer":
      return noticeParts.wanted({ renewAt });
    case "age":
      return noticeParts.due({ retiresAt });
    case undefined:
      return undefined;
  }
}

/**
 * Who asks for a renewal, if it is due: its issuer, or its age, since it is at most so many days until it is to retire. Of one whose
 * issuer decides how long it lives, and of one that lives no longer than that, the last third of its life counts at most.
 */
function dueBy(old: Ageing, renewBeforeDays: number | undefined, now: Date): "issuer" | "age" | undefined {
  if (renewBeforeDays === undefined) return undefined;
  if (old.renewAt !== undefined && now >= new Date(old.renewAt)) return "issuer";
  return now.getTime() >= Date.parse(old.retiresAt) - leadOf(old, renewBeforeDays) ? "age" : undefined;
}

/** How long before it is to retire its age asks for a renewal, in milliseconds. */
function leadOf({ notBefore, notAfter, renewAt, uploadPem }: Ageing, renewBeforeDays: number): number {
  const isKnown = notBefore !== undefined && notAfter !== undefined;
  const life = isKnown ? Date.parse(notAfter) - Date.parse(notBefore) : Infinity;
  const before = renewBeforeDays * dayMilliseconds;
  const isShort = renewAt !== undefined || uploadPem === "" || before >= life;
  return isShort ? Math.min(before, life / 3) : before;
}

/** Why it is due, for a sentence in the present tense. */
function whyDue(old: Ageing, by: "issuer" | "age"): string {
  const { retiresAt, renewAt = "" } = old;
  return by === "issuer" ? noticeParts.isWanted({ renewAt }) : noticeParts.isDue({ retiresAt });
}

/** What is worse than due: it has ended, or less than half of the time in which it was to be renewed is left. */
function endWords(old: Ageing, renewBeforeDays: number | undefined, now: Date): string | undefined {
  const { notAfter } = old;
  if (notAfter === undefined || renewBeforeDays === undefined) return undefined;
  const left = Date.parse(notAfter) - now.getTime();
  if (left <= 0) return noticeParts.expired({ notAfter });
  const isLate = left <= Math.max(leadOf(old, renewBeforeDays) / 2, dayMilliseconds);
  return isLate ? noticeParts.late({ notAfter, left: leftText(left) }) : undefined;
}

/** "12 days", "31 hours". */
export function leftText(milliseconds: number): string {
  const hours = Math.floor(Math.max(0, milliseconds) / hourMilliseconds);
  if (hours >= 48) return noticeParts.days({ count: Math.floor(hours / 24) });
  return hours === 1 ? noticeParts.hour() : noticeParts.hours({ count: hours });
}

/** What is due at this time, and nothing else asks for: why, or, of what an endpoint serves (`isServed`), what is worse. */
function news(old: Ageing, renewBeforeDays: number | undefined, now: Date, isServed: boolean) {
  const by = dueBy(old, renewBeforeDays, now);
  if (by === undefined) return undefined;
  const ends = isServed ? endWords(old, renewBeforeDays, now) : undefined;
  return { ends, why: whyDue(old, by), retiresAt: old.retiresAt };
}

/** What a preview shows when nothing but the time asks for a new one. */
export function dueChanges(
  old: Ageing,
  renewBeforeDays: number | undefined,
  now: Date,
  { isServed, line }: { isServed: boolean; line: (due: Due) => string },
): Change[] {
  const found = news(old, renewBeforeDays, now, isServed);
  if (!found) return [];
  const { ends, ...due } = found;
  const change = { field: "retiresAt", effect: "update" } as const;
  return [ends === undefined ? { ...change, tells: (name) => line({ name, ...due }) } : { ...change, says: ends }];
}

/** What a refresh finds of what we made ourselves: all as recorded. It says what is due, in the words of the preview. */
export function readMade<S extends Ageing & { renewBeforeDays?: number }>(
  old: S,
  context: OperationContext,
  { isServed, tellDue }: { isServed: boolean; tellDue: (due: Due) => void },
): Promise<{ inputs: S; facts: S }> {
  const { name } = context;
  const found = news(old, old.renewBeforeDays, context.now(), isServed);
  if (found?.ends !== undefined) context.warn(warnings.ending({ name, ends: found.ends }));
  else if (found) tellDue({ name, why: found.why, retiresAt: found.retiresAt });
  return Promise.resolve({ inputs: old, facts: old });
}
