// A zone's primary server that takes dynamic updates (RFC 2136), signed with a TSIG key: BIND, Knot, PowerDNS and others.
import type { OperationContext } from "../../../core/logic";
import { ask, dataOf } from "../../../probe/dns-client";
import type { Reply } from "../../../probe/dns-client";
import { socketAddressOf } from "../../../probe/dns-address";
import type { TsigKey } from "../../../probe/dns-tsig";
import type { Rfc2136Settings } from ".";
import { errors } from "../../errors";
import { dataIn, isOwnValue, valueOf, valuesIn } from "../../message-values";
import type { RecordData } from "../../message-values";
import type { RecordSet } from "../../values";
import { keyProblem, keysFrom } from "./keys";
import type { Key } from "./keys";
import { nsupdate as runNsupdate } from "./nsupdate";
import type { Updated } from "./nsupdate";
import { additions, deletions, unchanged } from "./script";
import { shown, withValidCredential } from "../vendor";
import type { Found, Place, Vendor } from "../vendor";

/** For one try of a look-up, of three: nobody else can answer, and a busy server should not fail an operation. */
const patientSeconds = 5;

type Refused = Updated & { isDone: false };

/**
 * What a server's code means, and what to do. See RFC 2136 2.2 and RFC 8945 5.2; as BIND 9.18.49 answers. It says REFUSED to a
 * key without a grant, for a zone that takes no updates, on a secondary and to a name that its check-names does not allow;
 * BADKEY for a key that it has with another algorithm, too.
 */
const meanings: Record<string, string> = {
  REFUSED:
    "the server does not let this key change the record, or takes no updates for the zone, as a secondary does not; its log says which. Allow it there: update-policy { grant <key> zonesub A CNAME TXT CAA; };",
  NOTAUTH: "the server is not the primary of this zone, or takes no updates for it. Name the primary in server",
  NOTZONE: "the name lies outside of the zone that the server knows. Correct zone",
  FORMERR: "the server could not read the update. Its log says why",
  SERVFAIL: "the server failed over it, as one that cannot write its zone does. Its log says why",
  NOTIMP: "the server takes no dynamic updates",
  BADKEY: "the server does not know a key of this name with this algorithm. Correct tsigName or tsigAlgorithm",
  BADSIG: "the key's secret is not the one that the server has. Correct tsigSecret, or tsigAlgorithm",
  BADTIME: "the clocks of this machine and of the server are more than 5 minutes apart. Set them",
};
const dead = ["BADKEY", "BADSIG"];

export function openRfc2136(settings: Rfc2136Settings, context: OperationContext, nsupdate = runNsupdate): Vendor {
  const { server } = settings;
  const name = `DNS server ${server}`;
  const withAnyKey = withValidCredential(keysFrom(settings, context));
  let isZoneSeen = false;
  return { find, create, change, remove };

  async function find(place: Place): Promise<Found | undefined> {
    if (!isZoneSeen) await confirmZone(place);
    isZoneSeen = true;
    const { answers } = await look(place, place.fqdn, place.type);
    const values = valuesIn(answers, place.fqdn, place.type);
    if (values.length === 0 || (await isSynthesized(place, values))) return undefined;
    const ttlSeconds = answers.find((record) => record.type === place.type)?.ttl ?? 0;
    return { values, ttlSeconds, settings: {}, handle: dataIn(answers, place.fqdn, place.type) };
  }

  async function create(place: Place, wanted: RecordSet): Promise<void> {
    const { fqdn, type } = place;
    // A CNAME stands alone; a server drops what is added beside one without a word.
    const isFree =
      type === "CNAME"
        ? [`prereq nxdomain ${fqdn}.`]
        : [`prereq nxrrset ${fqdn}. ${type}`, `prereq nxrrset ${fqdn}. CNAME`];
    await update(place, "create", [...isFree, ...additions(place, wanted)]);
  }

  /** Where values only go, or only come, the others are not written again; where all are, those of somebody else keep their bytes. */
  async function change(place: Place, found: Found, wanted: RecordSet): Promise<void> {
    const seen = dataSeen(found);
    const gone = seen.filter((one) => !wanted.values.includes(valueOf(one)));
    const added = wanted.values.filter((value) => !found.values.includes(value));
    const isOurs = gone.every((one) => isOwnValue(place.type, valueOf(one)));
    const isPart = gone.length === 0 || added.length === 0;
    const lines =
      isPart && isOurs && found.ttlSeconds === wanted.ttlSeconds
        ? [...deletions(place, gone), ...additions(place, { ...wanted, values: added })]
        : [...deletions(place), ...additions(place, wanted, seen)];
    await update(place, "change", [...unchanged(place, seen), ...lines]);
  }

  async function remove(place: Place, found: Found): Promise<void> {
    await update(place, "remove", [...unchanged(place, dataSeen(found)), ...deletions(place)]);
  }

  function withKey<T>(work: (key: Key | undefined) => Promise<T>): Promise<T> {
    return withAnyKey((key) => {
      const problem = key && keyProblem(key);
      if (problem !== undefined) throw errors.DNS_CREDENTIAL_DEAD.oddKey({ server: name, problem });
      return work(key);
    });
  }

  /** One transaction: with its prerequisites it is a compare-and-swap. */
  function update(place: Place, what: string, lines: string[]): Promise<void> {
    return withKey(async (key) => {
      const updated = await send(place, key, lines);
      if (!updated.isDone) throw await refusal(place, what, updated, key);
    });
  }

  function send(place: Place, key: Key | undefined, lines: string[]): Promise<Updated> {
    const { ip = "", port = 53 } = socketAddressOf(server) ?? {};
    const signed = key ? [`key ${key.algorithm}:${key.name} ${key.secret}`] : [];
    return nsupdate([`server ${ip} ${port}`, `zone ${place.zone}.`, ...signed, ...lines], context.signal);
  }

  async function refusal(place: Place, what: string, { code, printed, isUnsent }: Refused, key: Key | undefined) {
    const asked = { server: name, what, record: shown(place) };
    if (isUnsent)
      return errors.DNS_REFUSED.unsent({ ...asked, said: printed.replace(/\s+/g, " ") || "a syntax error" });
    if (code === undefined) {
      const said = printed.replace(/\s+/g, " ") || "no answer";
      return errors.DNS_UNREACHABLE.updateUnanswered({ ...asked, said });
    }
    return /^(?:NX|YX)/.test(code) ? inTheWay(place, asked) : refusedWith(code, place, what, key);
  }

  function refusedWith(code: string, place: Place, what: string, key: Key | undefined) {
    const asked = { server: name, what, record: shown(place) };
    const why = /\((\w+)\)/.exec(code)?.[1] ?? code; // "NOTAUTH(BADSIG)": what is in brackets is about the key
    const meaning = why === "REFUSED" && !key ? `${meanings[why]} Or give tsigName and tsigSecret` : meanings[why];
    const values = { ...asked, code, meaning: meaning === undefined ? "" : `: ${meaning}` };
    return dead.includes(why)
      ? errors.DNS_CREDENTIAL_DEAD.updateRefused(values, { description: code })
      : errors.DNS_REFUSED.updateRefused(values, { description: code });
  }

  async function inTheWay(place: Place, asked: { server: string; what: string; record: string }) {
    const [target] = dataOf((await look(place, place.fqdn, "CNAME")).answers, place.fqdn, "CNAME");
    if (place.type !== "CNAME" && target !== undefined) {
      return errors.DNS_NOT_OURS.besideCname({ ...asked, target });
    }
    return place.type === "CNAME" ? errors.DNS_NOT_OURS.cnameBeside(asked) : errors.DNS_NOT_OURS.raced(asked);
  }

  async function confirmZone(place: Place): Promise<void> {
    const { answers, rcode } = await look(place, place.zone, "SOA");
    if (answers.some((record) => record.type === "SOA" && record.name.toLowerCase() === place.zone)) return;
    throw errors.DNS_REFUSED.noZone({ server: name, zone: place.zone, rcode }, { description: rcode });
  }

  /** Signed where there is a key: then nobody on the way can put records into the answer. */
  function look(place: Place, fqdn: string, type: "SOA" | "CNAME" | Place["type"]): Promise<Reply> {
    return withKey(async (key) => {
      const reply = await ask(server, fqdn, type, {
        signal: context.signal,
        trySeconds: patientSeconds,
        ...(key && { signing: signingWith(key) }),
      });
      if ("noReply" in reply) {
        const silence = reply.noReply;
        throw key && reply.isUnsigned
          ? errors.DNS_UNREACHABLE.unsigned({ server: name, silence, record: shown(place), key: key.name })
          : errors.DNS_UNREACHABLE.silent({ server: name, silence, record: shown(place) });
      }
      const { rcode, isAuthoritative, tsigError } = reply;
      if (tsigError) throw refusedWith(`${rcode}(${tsigError})`, place, "look for", key);
      if (["NOERROR", "NXDOMAIN"].includes(rcode) && isAuthoritative) return reply;
      const about = { server: name, fqdn, zone: place.zone };
      throw isAuthoritative || rcode !== "NOERROR"
        ? errors.DNS_REFUSED.answered({ ...about, rcode }, { description: rcode })
        : errors.DNS_REFUSED.noAuthority(about, { description: rcode });
    });
  }

  function signingWith(key: TsigKey) {
    return { key, now: () => context.now() };
  }

  /** An answer that a wildcard above the name gives: then nothing stands at the name itself, as a prerequisite tells. */
  async function isSynthesized(place: Place, values: readonly string[]): Promise<boolean> {
    for (const above of parentsOf(place)) {
      const { answers } = await look(place, `*.${above}`, place.type);
      if (valuesIn(answers, `*.${above}`, place.type).join("\n") !== values.join("\n")) continue;
      return withKey(async (key) => {
        const seen = await send(place, key, [`prereq yxrrset ${place.fqdn}. ${place.type}`]);
        if (seen.isDone || seen.code === "NXRRSET") return !seen.isDone;
        throw await refusal(place, "look for", seen, key);
      });
    }
    return false;
  }
}

function dataSeen({ handle }: Found): RecordData[] {
  return handle as RecordData[];
}

/** The names above, up to the zone: each may have a wildcard. */
function parentsOf({ fqdn, zone }: Place): string[] {
  const labels = fqdn === zone ? [] : fqdn.slice(0, -zone.length - 1).split(".");
  return labels.map((_, at) => [...labels.slice(at + 1), zone].join(".")).filter((above) => fqdn !== `*.${above}`);
}
