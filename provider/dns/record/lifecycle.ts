// The order of events of a record: look, may we?, write, wait until every server has it; remove only what is ours.
import { isFailure } from "../../core/failure";
import type { Failure } from "../../core/failure-types";
import type { Applied, OperationContext, Lifecycle, Read } from "../../core/logic";
import { ownershipOf } from "../../core/ownership";
import type { Ownership } from "../../core/ownership";
import { errors, parts } from "../errors";
import { lines, noticeParts } from "../notices";
import { notPublished, waitUntilPublished } from "../publication";
import { normalValues } from "../values";
import type { RecordSet } from "../values";
import { recordSettingsOf } from "../vendors";
import type { VendorOf } from "../vendors";
import { shown } from "../vendors/vendor";
import type { Found, Vendor } from "../vendors/vendor";
import { idOf } from "./fields";
import type { RecordFacts, RecordInputs, RecordState } from "./fields";

type Inputs = RecordInputs;
type Facts = RecordFacts;

/** `vendorOf` finds the module that a record names. */
export function recordLifecycle(
  vendorOf: (via: Inputs["via"]) => VendorOf,
  wait = waitUntilPublished,
): Lifecycle<Inputs, Facts> {
  return { apply, read, remove };

  async function apply(
    old: RecordState | undefined,
    inputs: Inputs,
    context: OperationContext,
  ): Promise<Applied<Inputs, Facts>> {
    const chosen = vendorOf(inputs.via);
    const vendor = chosen.open(context);
    const wanted = wantedBy(inputs, chosen);
    const found = await vendor.find(inputs);
    const ownership = ownershipOfRecord(old, inputs, wanted, found);
    if (ownership === "foreign") throw foreign(old, inputs, found);
    if (found && (ownership === "shown" || ownership === "taken over")) {
      context.log(lines.replaced({ record: shown(inputs), found: textOf(found), wanted: textOf(wanted) }));
    }
    if (ownership === "wanted") context.log(lines.adopted({ record: shown(inputs) }));
    const id = idOf(inputs);
    const isWritten = !isSame(found, wanted, chosen);
    if (isWritten) {
      const half = await write(chosen, vendor, inputs, found, wanted);
      if (half)
        return {
          id,
          inputs,
          facts: { owned: old?.owned ?? [], attempted: half.attempted },
          unfinished: [half.failure],
        };
    }
    const facts: Facts = { owned: wanted.values };
    const publishedAt = isWritten ? undefined : old?.publishedAt;
    if (publishedAt !== undefined) return { id, inputs, facts: { ...facts, publishedAt } };
    const failed = inputs.waitSeconds === 0 ? undefined : await publicationFailure(inputs, chosen, wanted, context);
    if (failed !== undefined) return { id, inputs, facts, unfinished: [failed] };
    return { id, inputs, facts: { ...facts, publishedAt: context.now().toISOString() } };
  }

  async function publicationFailure(
    inputs: Inputs,
    { module, settings }: VendorOf,
    { values }: RecordSet,
    context: OperationContext,
  ): Promise<Failure | undefined> {
    const { zone, fqdn, type } = inputs;
    const record = { zone, fqdn, type, values, isAnsweredByVendor: module.answersItself?.(settings) ?? false };
    const status = await wait(record, inputs, context);
    if (!status.isEverywhere) return notPublished(record, status, inputs);
    const { negativeTtlSeconds: seconds } = status;
    if (seconds) context.log(lines.published({ record: shown(inputs), remembers: parts.remembers({ seconds }) }));
    return undefined;
  }

  async function read(old: RecordState, context: OperationContext): Promise<Read<Inputs, Facts>> {
    try {
      const chosen = vendorOf(old.via);
      const found = await chosen.open(context).find(old);
      if (!found) return "gone";
      const drift = driftOf(old, found, chosen);
      if (drift.length > 0) context.log(lines.drift({ record: shown(old), drift: drift.join("; ") }));
      return { inputs: liveInputs(old, found, chosen), facts: { ...old } };
    } catch (error) {
      if (!isFailure(error)) throw error;
      return { unreadable: noticeParts.unreadable({ record: shown(old), said: error.message }) };
    }
  }

  /** Of a set that somebody else added to, or took from, only our own values go. */
  async function remove(old: RecordState, context: OperationContext): Promise<void> {
    const vendor = vendorOf(old.via).open(context);
    const found = await vendor.find(old);
    if (!found) return;
    const ours = oursOf(old);
    const rest = found.values.filter((value) => !ours.includes(value));
    if (rest.length > 0) {
      context.log(lines.foreign({ record: shown(old), values: textOf({ ...found, values: rest }) }));
    }
    if (rest.length === found.values.length) return;
    try {
      await (rest.length === 0 ? vendor.remove(old, found) : vendor.change(old, found, { ...found, values: rest }));
    } catch (error) {
      const left = await vendor.find(old).catch(() => found);
      if (left?.values.some((value) => ours.includes(value))) throw error;
    }
  }
}

/** A write that a vendor without transactions did in part, or of which nobody can tell. */
interface HalfWritten {
  attempted: string[];
  failure: Failure;
}

/** It may be written although no answer came, or although the answer was to a repetition: a second look tells. */
async function write(
  chosen: VendorOf,
  vendor: Vendor,
  inputs: Inputs,
  found: Found | undefined,
  wanted: RecordSet,
): Promise<HalfWritten | undefined> {
  try {
    await (found ? vendor.change(inputs, found, wanted) : vendor.create(inputs, wanted));
    return undefined;
  } catch (error) {
    const now = await vendor.find(inputs).then(
      (set) => ({ set }),
      () => undefined,
    );
    if (isSame(now?.set, wanted, chosen)) return undefined;
    if (chosen.module.isAtomic || !isFailure(error)) throw error;
    const stands = now?.set?.values ?? [];
    const isAsBefore = now !== undefined && stands.join("\n") === (found?.values ?? []).join("\n");
    if (isAsBefore) throw error;
    const attempted = [
      ...new Set([...wanted.values, ...stands.filter((value) => found?.values.includes(value))]),
    ].sort();
    const said = { failure: error.message, record: shown(inputs) };
    const failure = now
      ? errors.DNS_HALF_WRITTEN.stands({ ...said, values: textOf(now.set) || "nothing" }, error.details)
      : errors.DNS_HALF_WRITTEN.unknown(said, error.details);
    return { attempted, failure };
  }
}

function wantedBy({ type, values, ttlSeconds }: Inputs, chosen: VendorOf): RecordSet {
  return { values: normalValues(type, values), ttlSeconds, settings: recordSettingsOf(chosen) };
}

/** The values that this resource wrote, whether the write came to its end or not. */
function oursOf({ owned, attempted = [] }: Facts): string[] {
  return [...owned, ...attempted];
}

function ownershipOfRecord(
  old: RecordState | undefined,
  { takeover }: Inputs,
  wanted: RecordSet,
  found: Found | undefined,
): Ownership {
  return ownershipOf({
    live: found?.values.join("\n"),
    wanted: wanted.values.join("\n"),
    isOwned: (text) => isOurs(old, text.split("\n")),
    recorded: old && normalValues(old.type, old.values).join("\n"),
    mayTakeOver: () => takeover && old === undefined,
  });
}

/** The whole set that was written last; after a write in part also any part of it. */
function isOurs(old: RecordState | undefined, live: readonly string[]): boolean {
  if (!old) return false;
  if (old.attempted === undefined) return old.owned.join("\n") === live.join("\n");
  const ours = oursOf(old);
  return live.every((value) => ours.includes(value));
}

function foreign(old: RecordState | undefined, inputs: Inputs, found: Found | undefined): Failure {
  const seen = { record: shown(inputs), vendor: inputs.vendor, values: textOf(found) };
  return old ? errors.DNS_NOT_OURS.foreignSince(seen) : errors.DNS_NOT_OURS.foreign(seen);
}

/** Where the vendor answers itself, the time to live is its own. */
function isSame(found: RecordSet | undefined, wanted: RecordSet, { module, settings }: VendorOf): boolean {
  return (
    found?.values.join("\n") === wanted.values.join("\n") &&
    changedSettings(found, wanted.settings).length === 0 &&
    (module.answersItself?.(settings) === true || found.ttlSeconds === wanted.ttlSeconds)
  );
}

function changedSettings(found: RecordSet, wanted: RecordSet["settings"]): [string, unknown][] {
  return Object.entries(found.settings).filter(([name, value]) => value !== wanted[name]);
}

/** The arguments with what is live: what is as declared keeps the form in which it was declared. */
function liveInputs(old: RecordState, found: Found, { module, settings }: VendorOf): Inputs {
  const isAsWritten = found.values.join("\n") === normalValues(old.type, old.values).join("\n");
  const live = { ...settings, ...found.settings };
  const hasOwnTtl = [settings, live].some((one) => module.answersItself?.(one) === true);
  return {
    ...old,
    values: isAsWritten ? old.values : found.values,
    ttlSeconds: hasOwnTtl ? old.ttlSeconds : found.ttlSeconds,
    via: { [module.name]: live } as Inputs["via"],
  };
}

function driftOf(old: RecordState, found: Found, chosen: VendorOf): string[] {
  const live = liveInputs(old, found, chosen);
  return [
    ...(live.values === old.values
      ? []
      : [noticeParts.otherValues({ values: textOf(found), owned: old.owned.join(", ") })]),
    ...(live.ttlSeconds === old.ttlSeconds
      ? []
      : [noticeParts.otherTtl({ live: live.ttlSeconds, declared: old.ttlSeconds })]),
    ...changedSettings(found, recordSettingsOf(chosen)).map(([name, value]) =>
      noticeParts.otherSetting({ name, value: String(value), vendor: chosen.module.name }),
    ),
  ];
}

function textOf(set: RecordSet | undefined): string {
  return (set?.values ?? []).join(", ");
}
