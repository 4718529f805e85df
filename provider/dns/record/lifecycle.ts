// The order of events of a record: look, may we?, write, wait until every server has it; remove only what is ours.
import { failure, isFailure } from "../../core/failure";
import type { Failure } from "../../core/failure";
import type { Applied, OperationContext, Lifecycle, Read } from "../../core/logic";
import { standingOf } from "../../core/ownership";
import type { Standing } from "../../core/ownership";
import { notPublished, remembersSentence, waitUntilPublished } from "../publication";
import { normalValues } from "../values";
import type { RecordSet } from "../values";
import { shown } from "../vendors/vendor";
import type { Found, OpenVendor, Vendor } from "../vendors/vendor";
import { idOf } from "./fields";
import type { RecordFacts, RecordInputs, RecordState } from "./fields";

type Inputs = RecordInputs;
type Facts = RecordFacts;

export function recordLifecycle(open: OpenVendor, wait = waitUntilPublished): Lifecycle<Inputs, Facts> {
  return { apply, read, remove };

  async function apply(
    old: RecordState | undefined,
    inputs: Inputs,
    context: OperationContext,
  ): Promise<Applied<Inputs, Facts>> {
    const vendor = open(inputs.via, context);
    const wanted = wantedBy(inputs);
    const found = await vendor.find(inputs);
    const standing = standingOfRecord(old, inputs, wanted, found);
    if (standing === "foreign") throw foreign(old, inputs, found);
    if (found && (standing === "shown" || standing === "taken over")) {
      context.log(`${shown(inputs)}: ${textOf(found)} was set by somebody else; it is replaced by ${textOf(wanted)}.`);
    }
    const isWritten = !isSame(found, wanted);
    if (isWritten) await write(vendor, inputs, found, wanted);
    const facts: Facts = { owned: wanted.values };
    const publishedAt = isWritten ? undefined : old?.publishedAt;
    if (publishedAt !== undefined) return { id: idOf(inputs), inputs, facts: { ...facts, publishedAt } };
    const problem = inputs.waitSeconds === 0 ? undefined : await publicationProblem(inputs, wanted, context);
    if (problem !== undefined) return { id: idOf(inputs), inputs, facts, unfinished: [problem] };
    return { id: idOf(inputs), inputs, facts: { ...facts, publishedAt: context.now().toISOString() } };
  }

  async function publicationProblem(
    inputs: Inputs,
    { values }: RecordSet,
    context: OperationContext,
  ): Promise<string | undefined> {
    const { zone, fqdn, type, proxied } = inputs;
    const record = { zone, fqdn, type, values, proxied };
    const sight = await wait(record, inputs, context);
    if (!sight.isEverywhere) return notPublished(record, sight, inputs);
    const { negativeTtlSeconds } = sight;
    if (negativeTtlSeconds) context.log(`${shown(inputs)} is published. ${remembersSentence(negativeTtlSeconds)}`);
    return undefined;
  }

  async function read(old: RecordState, context: OperationContext): Promise<Read<Inputs, Facts>> {
    try {
      const found = await open(old.via, context).find(old);
      if (!found) return "gone";
      const drift = driftOf(old, found);
      if (drift.length > 0) context.log(`${shown(old)}: ${drift.join("; ")}. pulumi up repairs it.`);
      return { inputs: asLive(old, found), facts: { ...old } };
    } catch (error) {
      if (!isFailure(error)) throw error;
      return { unreadable: `The ${shown(old)} could not be read. ${error.message}` };
    }
  }

  /** Of a set that somebody else added to, or took from, only our own values go. */
  async function remove(old: RecordState, context: OperationContext): Promise<void> {
    const vendor = open(old.via, context);
    const found = await vendor.find(old);
    if (!found) return;
    const rest = found.values.filter((value) => !old.owned.includes(value));
    if (rest.length > 0) {
      context.log(`${shown(old)}: ${textOf({ ...found, values: rest })} was set by somebody else; it is left alone.`);
    }
    if (rest.length === found.values.length) return;
    try {
      await (rest.length === 0 ? vendor.remove(old, found) : vendor.change(old, found, { ...found, values: rest }));
    } catch (error) {
      const left = await vendor.find(old).catch(() => found);
      if (left?.values.some((value) => old.owned.includes(value))) throw error;
    }
  }
}

/** It may be written although no answer came, or although the answer was to a repetition: a second look tells. */
async function write(vendor: Vendor, inputs: Inputs, found: Found | undefined, wanted: RecordSet): Promise<void> {
  try {
    await (found ? vendor.change(inputs, found, wanted) : vendor.create(inputs, wanted));
  } catch (error) {
    const now = await vendor.find(inputs).catch(() => undefined);
    if (!isSame(now, wanted)) throw error;
  }
}

function wantedBy({ type, values, ttlSeconds, proxied }: Inputs): RecordSet {
  return { values: normalValues(type, values), ttlSeconds, proxied };
}

function standingOfRecord(
  old: RecordState | undefined,
  { takeover }: Inputs,
  wanted: RecordSet,
  found: Found | undefined,
): Standing {
  return standingOf({
    live: found?.values.join("\n"),
    wanted: wanted.values.join("\n"),
    isOwned: (text) => old?.owned.join("\n") === text,
    recorded: old && wantedBy(old).values.join("\n"),
    mayTakeOver: () => takeover && old === undefined,
  });
}

function foreign(old: RecordState | undefined, inputs: Inputs, found: Found | undefined): Failure {
  const cure = old
    ? "Somebody else set it since the last refresh: pulumi up --refresh shows and repairs it"
    : "Declare these values to adopt it, remove it there, or set takeover: true to replace it";
  return failure(
    "DNS_NOT_OURS",
    `The ${shown(inputs)} exists at ${inputs.vendor} with ${textOf(found)}, which this stack did not set. Nothing was written. ${cure}.`,
  );
}

/** With Cloudflare's proxy the time to live is Cloudflare's own. */
function isSame(found: RecordSet | undefined, wanted: RecordSet): boolean {
  return (
    found?.values.join("\n") === wanted.values.join("\n") &&
    found.proxied === wanted.proxied &&
    (wanted.proxied || found.ttlSeconds === wanted.ttlSeconds)
  );
}

/** The arguments with what is live: what is as declared keeps the form in which it was declared. */
function asLive(old: RecordState, found: Found): Inputs {
  const isAsWritten = found.values.join("\n") === wantedBy(old).values.join("\n");
  return {
    ...old,
    values: isAsWritten ? old.values : found.values,
    ttlSeconds: found.proxied || old.proxied ? old.ttlSeconds : found.ttlSeconds,
    proxied: found.proxied,
  };
}

function driftOf(old: RecordState, found: Found): string[] {
  const live = asLive(old, found);
  return [
    ...(live.values === old.values ? [] : [`somebody else set it to ${textOf(found)}; written was ${old.owned.join(", ")}`]), // prettier-ignore
    ...(live.ttlSeconds === old.ttlSeconds ? [] : [`its TTL is ${live.ttlSeconds} s, declared is ${old.ttlSeconds}`]),
    ...(live.proxied === old.proxied ? [] : [`Cloudflare's proxy is ${live.proxied ? "on" : "off"}`]),
  ];
}

function textOf(set: RecordSet | undefined): string {
  return (set?.values ?? []).join(", ");
}
