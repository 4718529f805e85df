// What the records of classic providers share: the rules of a DnsRecord, the wait until a record is published, a missing package.
import * as pulumi from "@pulumi/pulumi";
import { realTime } from "../provider/core/execution-context";
import { withCode } from "../provider/core/failure";
import { checkInputs } from "../provider/core/fields";
import { defaultWaitSeconds, recordFields, recordLogic } from "../provider/dns/record/fields";
import type { RecordInputs } from "../provider/dns/record/fields";
import { programVoice, refusal, refuseNoArguments } from "../provider/host/voice";
import { normalValues } from "../provider/dns/values";

/** The arguments that every record has; zone, name and type are plain, since its name and children follow from them. */
export interface RecordPartArgs {
  /** The zone as its server has it, such as example.com. */
  zone: string;
  /** `@` for the zone itself, a name inside it (bots), or that with the zone (bots.example.com). With a dot at its end it is a whole name, which must lie in the zone. */
  name: string;
  type: "A" | "CNAME" | "TXT" | "CAA";
  /** All values of this type at this name, as a DnsRecord takes them. */
  values: pulumi.Input<string>[];
  /** 30 to 86400. Default 300. */
  ttlSeconds?: number;
  /** How many seconds to wait until every authoritative server answers with the record, 0 to 3600. Default 120. 0 does not wait. */
  waitSeconds?: number;
  /** The zone's name servers to wait for, each `ip:port`. Omit it to wait for those that the public DNS names. */
  nameServers?: string[];
}

export type SettledRecord = Pick<RecordInputs, "zone" | "fqdn" | "type" | "ttlSeconds" | "waitSeconds"> & {
  nameServers?: string[];
  isAnsweredByVendor: boolean;
};

/** Refuses what a DnsRecord refuses; `own` are the names of further arguments. */
export function settleRecord(
  title: string,
  args: RecordPartArgs & { proxied?: boolean },
  own: readonly string[],
): SettledRecord {
  refuseNoArguments(title, args);
  for (const key of ["zone", "name", "type", "ttlSeconds", "waitSeconds", "nameServers", "proxied"] as const) {
    if (isOutput(args[key]))
      throw refusal(`${title}: ${key} must be plain, not an output, since the children follow from it`);
  }
  const all: Record<string, unknown> = { ...args };
  const missing = own.find((key) => /id$/i.test(key) && (all[key] ?? "") === "");
  if (missing !== undefined) throw refusal(`${title}: ${missing} is required`);
  if (!Array.isArray(args.values) || args.values.length === 0) {
    throw refusal(`${title}: values must be a plain list of at least one value; only its items may be outputs`);
  }
  const { proxied = false } = args;
  const shared = ["zone", "name", "type", "values", "ttlSeconds", "waitSeconds", "nameServers"];
  const strange = Object.keys(args).find((key) => ![...shared, ...own].includes(key));
  if (strange !== undefined) throw refusal(`${title} has no argument "${strange}"`);
  const given = Object.fromEntries(Object.entries(args).filter(([key]) => shared.includes(key)));
  const context = { isUnknown: isOutput, unknown: undefined, now: new Date(0) };
  const record = recordLogic(() => {
    throw new Error("nothing acts here");
  });
  const logic = {
    fields: recordFields,
    check: (...seen: Parameters<NonNullable<typeof record.check>>) => record.check?.(...seen) ?? [],
  };
  const { inputs, findings } = checkInputs<RecordInputs, object>(
    logic,
    { ...given, via: { cloudflare: { proxied } } },
    context,
  );
  const problem = findings.find(({ level }) => level === "problem");
  if (problem) throw refusal(`${title}: ${problem.field} ${problem.says}`);
  const settled = inputs as unknown as Omit<SettledRecord, "waitSeconds"> & { waitSeconds?: number };
  return { ...settled, waitSeconds: settled.waitSeconds ?? defaultWaitSeconds, isAnsweredByVendor: proxied };
}

/**
 * The record's whole name: in a preview at once, in a run when the children are made and every authoritative server answers
 * with the values. Who uses it comes after that.
 */
export function publishedName(
  owner: pulumi.Resource,
  record: SettledRecord,
  values: pulumi.Input<string>[],
  ids: pulumi.Output<string>[],
): pulumi.Output<string> {
  const { fqdn, type, waitSeconds } = record;
  if (pulumi.runtime.isDryRun() || waitSeconds === 0) return pulumi.output(fqdn);
  const known = pulumi.all([pulumi.all(values), pulumi.all(ids)]);
  return known.apply(async ([all]) => {
    await untilPublished({ ...record, values: normalValues(type, all) }, owner);
    return fqdn;
  });
}

/** Throws what a DnsRecord's command would end with. */
export async function untilPublished(
  record: SettledRecord & { values: string[] },
  owner?: pulumi.Resource,
): Promise<void> {
  const { notPublished, waitUntilPublished } =
    require("../provider/dns/publication") as typeof import("../provider/dns/publication");
  const status = await waitUntilPublished(record, record, realTime(record.waitSeconds + 60, programVoice(owner)));
  if (!status.isEverywhere) throw refusal(withCode(notPublished(record, status, record)));
}

/** An optional peer: who does not use the entry point does not install it. */
export function loadProvider<T>(entry: string, name: string, range: string, load: () => T): T {
  try {
    return load();
  } catch (error) {
    if ((error as { code?: string }).code !== "MODULE_NOT_FOUND") throw error;
    throw refusal(`pulumi-telegram/${entry} needs the package ${name}: npm install ${name}@${range}`);
  }
}

function isOutput(value: unknown): boolean {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return true;
  return Array.isArray(value) && value.some(isOutput);
}
