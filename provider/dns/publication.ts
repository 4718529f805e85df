// Whether every authoritative server of a zone answers with a record, and the wait until it does.
import type { Failure } from "../core/failure-types";
import type { ExecutionContext } from "../core/logic";
import { waitFor } from "../core/wait";
import { failedLookupSeconds } from "../constants/telegram";
import { dnsBudget, mostNameServers } from "../probe/dns-budget";
import { negativeTtlOf } from "../probe/dns-client";
import type { Reply, NoReply } from "../probe/dns-client";
import { askZone, authoritativeServers, resolverOf } from "../probe/dns-walk";
import type { Resolver, Zone } from "../probe/dns-walk";
import { errors, parts } from "./errors";
import { valuesIn } from "./message-values";
import { noticeParts } from "./notices";
import { normalValues } from "./values";
import type { RecordType } from "./values";

/** For each look. */
const mostQuestions = 200;

/** What is waited for. With `isAnsweredByVendor` an address that is none of `values`. */
export interface PublishedRecord {
  zone: string;
  fqdn: string;
  type: RecordType;
  values: readonly string[];
  isAnsweredByVendor: boolean;
  /** Others may stand beside these values. */
  isPart?: boolean;
}

export interface WaitSettings {
  waitSeconds: number;
  /** The zone's servers ("ip:port"), instead of those that the public DNS names. */
  nameServers?: readonly string[];
}

/** Whether a record is published. `lagging`: a clause for each server that does not answer as wanted. */
export interface PublicationStatus {
  isEverywhere: boolean;
  lagging: string[];
  /** How long the absence that a server told of may be remembered. */
  negativeTtlSeconds?: number;
}

/** Looks each second, with a line every ten; the last status, with the longest absence that was told of on the way. */
export async function waitUntilPublished(
  record: PublishedRecord,
  { waitSeconds, nameServers }: WaitSettings,
  context: ExecutionContext,
  resolver: Resolver = resolverOf(undefined, dnsBudget(context.signal)),
): Promise<PublicationStatus> {
  let zone = nameServers && given(record.zone, nameServers);
  let longestAbsence: number | undefined;
  const look = async (): Promise<PublicationStatus> => {
    if (!zone) {
      // Asked about a name that nobody has: a resolver would remember that there is no record yet.
      const found = await authoritativeServers(`*.${record.zone}`, resolver);
      if (!("zone" in found)) return { isEverywhere: false, lagging: [found.says.replace(/\.$/, "")] };
      zone = found;
    }
    const status = await publicationStatus(record, zone, resolver, context.signal);
    if (status.negativeTtlSeconds !== undefined) {
      longestAbsence = Math.max(longestAbsence ?? 0, status.negativeTtlSeconds);
    }
    return status;
  };
  const status = await waitFor(look, context, {
    what: noticeParts.waiting({ type: record.type, fqdn: record.fqdn, zone: record.zone }),
    seconds: waitSeconds,
    isEnough: ({ isEverywhere }) => isEverywhere,
    tell: ({ lagging }) => `${lagging.join("; ")}.`,
  });
  return { ...status, ...(longestAbsence !== undefined && { negativeTtlSeconds: longestAbsence }) };
}

/** The failure of a wait that ended too early. */
export function notPublished(
  { fqdn, type, zone, isPart }: PublishedRecord,
  status: PublicationStatus,
  { waitSeconds }: WaitSettings,
): Failure {
  const seconds = Math.max(status.negativeTtlSeconds ?? 0, failedLookupSeconds);
  const told = {
    record: `${type} record ${fqdn}`,
    waited: waitSeconds,
    zone,
    lagging: status.lagging.join("; "),
  };
  // Telegram never asks for the record of a challenge.
  return isPart
    ? errors.DNS_NOT_PUBLISHED.challenge({ ...told, remembers: parts.remembersText({ seconds }) })
    : errors.DNS_NOT_PUBLISHED.lagging({ ...told, remembers: parts.remembers({ seconds }) });
}

function given(zone: string, nameServers: readonly string[]): Zone {
  return { zone, servers: nameServers.map((address) => ({ name: address, address })), unaddressed: [], unasked: [] };
}

async function publicationStatus(
  record: PublishedRecord,
  known: Zone,
  resolver: Resolver,
  signal: AbortSignal,
): Promise<PublicationStatus> {
  const type = record.isAnsweredByVendor ? "A" : record.type;
  const budget = dnsBudget(signal, { questions: mostQuestions + known.servers.length });
  const { zone, replies } = await askZone(known, record.fqdn, type, resolver, budget);
  const lagging = replies.flatMap(({ server: { name, address }, reply }) => {
    const says = problemIn(reply, record);
    return says === undefined ? [] : [`${name === address ? name : `${name} (${address})`} ${says}`];
  });
  const lost = zone.unaddressed.map((name) => `${name} has no IPv4 address that could be found`);
  const [first, ...others] = zone.unasked;
  const more = others.length > 0 ? ` and ${others.length} further name servers of ${zone.zone} were` : " was";
  const unasked = first === undefined ? [] : [`${first}${more} not asked, since a zone may have ${mostNameServers}`];
  const absences = replies.flatMap(({ reply }) => {
    return "rcode" in reply && reply.answers.length === 0 ? (negativeTtlOf(reply) ?? []) : [];
  });
  return {
    isEverywhere: lagging.length === 0 && lost.length === 0 && unasked.length === 0 && replies.length > 0,
    lagging: [...lagging, ...lost, ...unasked],
    ...(absences.length > 0 && { negativeTtlSeconds: Math.max(...absences) }),
  };
}

/** Why an answer is not the one that is waited for; continues a sentence that begins with the server. */
function problemIn(reply: Reply | NoReply, record: PublishedRecord): string | undefined {
  if ("noReply" in reply) return reply.noReply;
  const { rcode, isAuthoritative, answers } = reply;
  if (rcode !== "NOERROR" && rcode !== "NXDOMAIN") return `gave the error ${rcode}`;
  if (!isAuthoritative) return `is not authoritative for ${record.zone}`;
  const type = record.isAnsweredByVendor ? "A" : record.type;
  const seen = valuesIn(answers, record.fqdn, type);
  if (seen.length === 0)
    return rcode === "NXDOMAIN" ? "says that there is no such name" : `has no ${type} record for it`;
  if (record.isAnsweredByVendor) {
    const isOrigin = seen.some((value) => record.values.includes(value));
    return isOrigin ? `still answers with the origin ${seen.join(", ")}` : undefined;
  }
  const wanted = normalValues(record.type, record.values);
  const isWanted = record.isPart
    ? wanted.every((value) => seen.includes(value))
    : seen.join("\n") === wanted.join("\n");
  return isWanted ? undefined : `still answers ${seen.join(", ")}`;
}
