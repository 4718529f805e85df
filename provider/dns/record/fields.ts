// What a DnsRecord takes and keeps: one row per argument, the rules across arguments, and what is observed.
import type { Facts, Fields, Finding, Logic, CheckInput } from "../../core/logic";
import { choiceOf } from "../../core/choice";
import * as rules from "../rules";
import { defaultTtlSeconds, recordTypes, valuesProblem } from "../values";
import { vendors, via } from "../vendors";
import type { VendorName, Via } from "../vendors";
import { problem, warning } from "../../core/rules";
import { isInstalled } from "../../core/peers";
import { previewWarnings } from "../notices";
import type { VendorModule } from "../vendors/module";
import type { RecordType } from "../values";

/** The arguments in normal form, as stored. */
export interface RecordInputs {
  zone: string;
  name: string;
  type: RecordType;
  values: string[];
  ttlSeconds: number;
  via: Via;
  takeover: boolean;
  waitSeconds: number;
  nameServers?: string[];
  vendor: VendorName;
  fqdn: string;
}

/** What is observed or made. */
export interface RecordFacts {
  /** The values that this resource wrote last; written by apply only. A removal takes these and no other. */
  owned: string[];
  /** Values of a write that failed half-way, or of which nobody can tell: ours too until the next one. */
  attempted?: string[];
  publishedAt?: string;
}

export type RecordState = RecordInputs & RecordFacts;

export const defaultWaitSeconds = 120;

export const recordFields: Fields<RecordInputs> = {
  zone: {
    kind: "string",
    required: true,
    onChange: "createThenDelete",
    problem: rules.zoneProblem,
    accept: rules.normalZone,
  },
  name: { kind: "string", required: true, problem: rules.nameProblem, accept: rules.normalName },
  type: {
    kind: "shape",
    required: true,
    schema: { type: "string", enum: recordTypes },
    problem: (value) =>
      (recordTypes as readonly unknown[]).includes(value) ? undefined : `must be one of ${recordTypes.join(", ")}`,
  },
  values: {
    kind: "strings",
    required: true,
    problem: (values) => (values.length > 0 ? undefined : "must hold at least one value"),
    accept: (values) => [...new Set(values)].sort(),
  },
  ttlSeconds: { kind: "number", default: defaultTtlSeconds, problem: rules.ttlSecondsProblem },
  via: { kind: "choice", required: true, choice: via },
  takeover: { kind: "boolean", default: false, omitDefault: true },
  waitSeconds: { kind: "number", default: defaultWaitSeconds, omitDefault: true, problem: rules.waitSecondsProblem },
  nameServers: { kind: "strings", optional: true, problem: rules.nameServersProblem },
  vendor: {
    kind: "shape",
    schema: { type: "string", enum: vendors.map(({ name }) => name) },
    onChange: "createThenDelete",
    derived: { choice: "via", from: (branched) => branched?.branch as VendorName | undefined },
  },
  fqdn: {
    kind: "string",
    onChange: "createThenDelete",
    derived: {
      needs: ["zone", "name"],
      from: ({ zone, name }) => (zone !== undefined && name !== undefined ? rules.fqdnOf(zone, name) : undefined),
    },
  },
};

export const recordFacts: Facts<RecordFacts> = {
  owned: { kind: "strings", sealed: true },
  attempted: { kind: "strings", optional: true, sealed: true },
  publishedAt: { kind: "string", optional: true },
};

function viaRow(modules: readonly VendorModule[]): (typeof recordFields)["via"] {
  return { kind: "choice", required: true, choice: choiceOf(modules) as unknown as typeof via };
}

/** The id: who serves which record. */
export function idOf({ vendor, fqdn, type }: Pick<RecordInputs, "vendor" | "fqdn" | "type">): string {
  return `${vendor}/${fqdn}/${type}`;
}

/**
 * The record's logic; what acts is handed in, since it is loaded only when something is to be done. `modules`: the vendors
 * that `via` chooses from.
 */
export function recordLogic(
  lifecycle: Logic<RecordInputs, RecordFacts>["lifecycle"],
  modules: readonly VendorModule[] = vendors,
): Logic<RecordInputs, RecordFacts> {
  return {
    type: "DnsRecord",
    schemaVersion: 1,
    fields: modules === vendors ? recordFields : { ...recordFields, via: viaRow(modules) },
    facts: recordFacts,
    check: (seen) => [...nameFindings(seen), ...valueFindings(seen), ...vendorFindings(modules, seen)],
    diff: (old, { known, unknown }) => {
      // Another type at another name can be made first; at the same one, or where that is not known, it needs the room.
      const isOtherType = known.type !== undefined && known.type !== old.type;
      const isSamePlace = unknown.has("fqdn") || known.fqdn === old.fqdn;
      return [
        ...(isOtherType && isSamePlace ? [{ field: "type", effect: "deleteThenCreate" } as const] : []),
        ...(old.publishedAt === undefined ? [{ field: "publishedAt", effect: "update" } as const] : []),
      ];
    },
    asks: ({ choices }) => {
      const { branch, settings = {} } = choices.via ?? {};
      const url = modules.find(({ name }) => name === branch)?.api?.(settings);
      return url === undefined ? undefined : { field: "via", url };
    },
    exclusive: ({ vendor, zone, fqdn, type }) =>
      vendor && zone && fqdn && type && `the ${type} record ${fqdn} in the zone ${zone} at ${vendor}`,
    lifecycle,
  };
}

function nameFindings({ known: { zone, name, fqdn, type } }: CheckInput<RecordInputs>): Finding[] {
  if (zone === undefined || name === undefined || fqdn === undefined) return [];
  const outside = rules.outsideProblem(zone, name);
  if (outside !== undefined) return [problem<RecordInputs>("name", outside)];
  const apex = type && rules.apexProblem(zone, fqdn, type);
  if (apex !== undefined) return [problem<RecordInputs>("type", apex)];
  return rules.looksWhole(zone, name)
    ? [warning<RecordInputs>("name", previewWarnings.looksWhole({ name, zone, fqdn }))]
    : [];
}

function valueFindings({ known }: CheckInput<RecordInputs>): Finding[] {
  if (known.type === undefined || known.values === undefined) return [];
  const says = valuesProblem(known.type, known.values) ?? quotesProblem(known.type, known.values);
  return says === undefined ? [] : [problem<RecordInputs>("values", says)];
}

/** As a zone file writes them: they may stand in a zone, but a program that gives them means the text inside. */
function quotesProblem(type: RecordType, values: readonly string[]): string | undefined {
  if (type !== "TXT" || !values.some((value) => /^".*"$/s.test(value))) return undefined;
  return "must hold texts without quotes around them, which would become a part of the text; remove the quotes";
}

/** What the record's vendor cannot do. */
function vendorFindings(
  modules: readonly VendorModule[],
  { known: { type, ttlSeconds }, choices }: CheckInput<RecordInputs>,
): Finding[] {
  const { branch, settings = {} } = choices.via ?? {};
  const module = modules.find(({ name }) => name === branch);
  const record = { ...(type !== undefined && { type }), ...(ttlSeconds !== undefined && { ttlSeconds }) };
  const { peer } = module ?? {};
  if (peer && !isInstalled(peer.name)) {
    const says = `needs the package ${peer.name}, which is not installed: npm install ${peer.name}@${peer.range}`;
    return [problem<RecordInputs>("via", says)];
  }
  return module?.cannot(record, settings) ?? [];
}
