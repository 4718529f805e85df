// Answers dns-01 challenges of ACME at a vendor: adds TXT values beside whatever stands there, waits for every name server, takes its own away.
import { txtValueOf } from "../acme/solver";
import type { ChallengeProof, Solver } from "../acme/solver";
import { isFailure } from "../core/failure";
import type { ExecutionContext, OperationContext } from "../core/logic";
import { retry } from "../core/retry";
import { dnsBudget } from "../probe/dns-budget";
import { authoritativeServers, resolverOf } from "../probe/dns-walk";
import { errors } from "./errors";
import { notPublished, waitUntilPublished } from "./publication";
import { recordSettingsOf } from "./vendors";
import type { VendorOf } from "./vendors";
import type { Found, Place, Vendor } from "./vendors/vendor";

/** Where the values go. */
export interface DnsChallenge {
  /** The zone that the vendor serves. Left out: the one that the public DNS has the name in. */
  zone?: string;
  /** Where a CNAME at `_acme-challenge` leads: the record stands there, for all names. */
  delegate?: string;
  waitSeconds: number;
  nameServers?: readonly string[];
}

/** As for a record. */
export const challengeWaitSeconds = 120;
const ttlSeconds = 60;
const mostRaces = 8;

/** Of one place, all values: a wildcard and the name itself are proved at the same one. */
interface Wanted {
  place: Place;
  values: string[];
}

/** `operation`: what the vendor's client works with. */
export function dnsSolver(challenge: DnsChallenge, chosen: VendorOf, operation: OperationContext): Solver {
  const open = (context: ExecutionContext) => chosen.open({ ...operation, ...context });
  const settings = recordSettingsOf(chosen);
  const each = async (
    proofs: readonly ChallengeProof[],
    context: ExecutionContext,
    act: (wanted: Wanted) => Promise<void>,
  ) => {
    for (const wanted of await wantedFor(challenge, proofs, context)) await act(wanted);
  };
  return {
    type: "dns-01",
    ...(challenge.delegate !== undefined && { delegate: challenge.delegate }),
    present: (proofs, context) =>
      each(proofs, context, ({ place, values }) =>
        atOnce(open(context), place, context, async (vendor, found) => {
          if (!found) await refuseCname(vendor, place);
          const all = [...new Set([...(found?.values ?? []), ...values])].sort();
          const set = { values: all, ttlSeconds: found?.ttlSeconds ?? ttlSeconds, settings };
          if (!found) await vendor.create(place, set);
          else if (all.length > found.values.length) await vendor.change(place, found, set);
        }),
      ),
    wait: (proofs, context) =>
      each(proofs, context, async ({ place, values }) => {
        const record = { ...place, values, isAnsweredByVendor: false, isPart: true };
        const status = await waitUntilPublished(record, challenge, context);
        if (!status.isEverywhere) throw notPublished(record, status, challenge);
      }),
    cleanUp: (proofs, context) =>
      each(proofs, context, ({ place, values }) =>
        atOnce(open(context), place, context, async (vendor, found) => {
          const rest = found?.values.filter((value) => !values.includes(value)) ?? [];
          if (!found || rest.length === found.values.length) return;
          if (rest.length === 0) await vendor.remove(place, found);
          else await vendor.change(place, found, { ...found, values: rest });
        }),
      ),
  };
}

/** Looks and writes; once more if somebody else, such as another order, wrote in between. */
async function atOnce(
  vendor: Vendor,
  place: Place,
  context: ExecutionContext,
  act: (vendor: Vendor, found: Found | undefined) => Promise<void>,
): Promise<void> {
  await retry(async () => act(vendor, await vendor.find(place)), context, {
    what: `TXT record ${place.fqdn}`,
    attempts: mostRaces,
    again: (error) => isFailure(error, errors.DNS_NOT_OURS),
  });
}

/** Nothing may stand beside a CNAME; an ACME server follows it. */
async function refuseCname(vendor: Vendor, place: Place): Promise<void> {
  const [target] = (await vendor.find({ ...place, type: "CNAME" }))?.values ?? [];
  if (target !== undefined) throw errors.DNS_REFUSED.cnameLeads({ fqdn: place.fqdn, target });
}

async function wantedFor(
  { zone, delegate, nameServers }: DnsChallenge,
  proofs: readonly ChallengeProof[],
  context: ExecutionContext,
): Promise<Wanted[]> {
  const byName = new Map<string, string[]>();
  for (const proof of proofs) {
    const fqdn = delegate ?? `_acme-challenge.${proof.name}`;
    byName.set(fqdn, [...(byName.get(fqdn) ?? []), txtValueOf(proof)]);
  }
  const found: Wanted[] = [];
  for (const [fqdn, values] of byName) {
    const place: Place = { zone: zone ?? (await zoneOf(fqdn, nameServers, context)), fqdn, type: "TXT" };
    if (!isWithin(fqdn, place.zone)) throw errors.DNS_REFUSED.challengeOutside({ fqdn, zone: place.zone });
    found.push({ place, values });
  }
  return found;
}

function isWithin(fqdn: string, zone: string): boolean {
  return fqdn === zone || fqdn.endsWith(`.${zone}`);
}

/** Asked about a name that nobody has: a resolver would remember that there is no record yet. */
async function zoneOf(fqdn: string, nameServers: readonly string[] | undefined, context: ExecutionContext) {
  const below = fqdn.slice(fqdn.indexOf(".") + 1);
  const zone = await authoritativeServers(`*.${below}`, resolverOf(nameServers, dnsBudget(context.signal)));
  if (!("zone" in zone)) throw errors.DNS_REFUSED.noZoneOf({ fqdn, says: zone.says.replace(/\.$/, "") });
  return zone.zone;
}
