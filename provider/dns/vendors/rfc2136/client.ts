// A zone's primary server that takes dynamic updates (RFC 2136), signed with a TSIG key: BIND, Knot, PowerDNS and others.
import type { OperationContext } from "../../../core/logic";
import { ask, dataOf } from "../../../probe/dns-client";
import type { Reply } from "../../../probe/dns-client";
import { socketAddressOf } from "../../../probe/dns-address";
import type { Rfc2136Settings } from ".";
import { errors } from "../../errors";
import { valuesIn } from "../../message-values";
import { toPresentation } from "../../values";
import type { RecordSet } from "../../values";
import { nsupdate as runNsupdate } from "./nsupdate";
import type { Updated } from "./nsupdate";
import { shown, withValidCredential } from "../vendor";
import type { Found, Place, Vendor } from "../vendor";

interface Key {
  name: string;
  secret: string;
  algorithm: string;
}
type Refused = Updated & { isDone: false };

/** What a server's code means, and what to do. See RFC 2136 2.2 and RFC 8945 5.2; REFUSED, BADKEY and BADSIG as BIND 9.18 answers. */
const meanings: Record<string, string> = {
  REFUSED:
    "the server does not let this key change the record. Allow it there: update-policy { grant <key> zonesub A CNAME TXT CAA; };",
  NOTAUTH: "the server is not the primary of this zone, or takes no updates for it. Name the primary in server",
  NOTZONE: "the name lies outside of the zone that the server knows. Correct zone",
  SERVFAIL: "the server could not write its zone. Its log says why",
  NOTIMP: "the server takes no dynamic updates",
  BADKEY: "the server does not know a key of this name. Correct tsigName",
  BADSIG: "the key's secret is not the one that the server has. Correct tsigSecret, or tsigAlgorithm",
  BADTIME: "the clocks of this machine and of the server are more than 5 minutes apart. Set them",
};
const dead = ["BADKEY", "BADSIG"];

export function openRfc2136(settings: Rfc2136Settings, context: OperationContext, nsupdate = runNsupdate): Vendor {
  const { server } = settings;
  const name = `DNS server ${server}`;
  const withKey = withValidCredential(keysFrom(settings, context));
  let isZoneSeen = false;
  return { find, create, change, remove };

  async function find(place: Place): Promise<Found | undefined> {
    if (!isZoneSeen) await confirmZone(place);
    isZoneSeen = true;
    const { answers } = await look(place, place.fqdn, place.type);
    const values = valuesIn(answers, place.fqdn, place.type);
    if (values.length === 0 || (await isSynthesized(place, values))) return undefined;
    const own = answers.find((record) => record.type === place.type);
    return { values, ttlSeconds: own && "ttl" in own ? (own.ttl ?? 0) : 0, settings: {} };
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

  async function change(place: Place, found: Found, wanted: RecordSet): Promise<void> {
    const isAsSeen = unchanged(place, found);
    await update(place, "change", [...isAsSeen, deletion(place), ...additions(place, wanted)]);
  }

  async function remove(place: Place, found: Found): Promise<void> {
    await update(place, "remove", [...unchanged(place, found), deletion(place)]);
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

  async function refusal(place: Place, what: string, { code, printed }: Refused, key: Key | undefined) {
    const asked = { server: name, what, record: shown(place) };
    if (code === undefined) {
      const said = printed.replace(/\s+/g, " ") || "no answer";
      return errors.DNS_UNREACHABLE.updateUnanswered({ ...asked, said });
    }
    if (/^(?:NX|YX)/.test(code)) return inTheWay(place, asked);
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

  async function look(place: Place, fqdn: string, type: "SOA" | "CNAME" | Place["type"]): Promise<Reply> {
    const reply = await ask(server, fqdn, type, { signal: context.signal });
    if ("noReply" in reply) {
      throw errors.DNS_UNREACHABLE.silent({ server: name, silence: reply.noReply, record: shown(place) });
    }
    if (["NOERROR", "NXDOMAIN"].includes(reply.rcode) && reply.isAuthoritative) return reply;
    const { rcode, isAuthoritative } = reply;
    const about = { server: name, fqdn, zone: place.zone };
    throw isAuthoritative || rcode !== "NOERROR"
      ? errors.DNS_REFUSED.answered({ ...about, rcode }, { description: rcode })
      : errors.DNS_REFUSED.noAuthority(about, { description: rcode });
  }

  /** An answer that a wildcard above the name gives: then nothing stands at the name itself, as a prerequisite tells. */
  async function isSynthesized(place: Place, values: readonly string[]): Promise<boolean> {
    for (const above of parentsOf(place)) {
      const { answers } = await look(place, `*.${above}`, place.type);
      if (valuesIn(answers, `*.${above}`, place.type).join() !== values.join()) continue;
      return withKey(async (key) => {
        const seen = await send(place, key, [`prereq yxrrset ${place.fqdn}. ${place.type}`]);
        if (seen.isDone || seen.code === "NXRRSET") return !seen.isDone;
        throw await refusal(place, "look for", seen, key);
      });
    }
    return false;
  }
}

/** The set exactly as it was seen, or the server does nothing. */
function unchanged({ fqdn, type }: Place, { values }: RecordSet): string[] {
  return values.map((value) => `prereq yxrrset ${fqdn}. ${type} ${toPresentation(type, value)}`);
}

function deletion({ fqdn, type }: Place): string {
  return `update delete ${fqdn}. ${type}`;
}

function additions({ fqdn, type }: Place, { values, ttlSeconds }: RecordSet): string[] {
  return values.map((value) => `update add ${fqdn}. ${ttlSeconds} ${type} ${toPresentation(type, value)}`);
}

/** The names above, up to the zone: each may have a wildcard. */
function parentsOf({ fqdn, zone }: Place): string[] {
  const labels = fqdn === zone ? [] : fqdn.slice(0, -zone.length - 1).split(".");
  return labels.map((_, at) => [...labels.slice(at + 1), zone].join(".")).filter((above) => fqdn !== `*.${above}`);
}

/** The record's own key, the configuration's, the environment's (as Terraform's DNS provider has it), or none. */
function keysFrom(
  { tsigName, tsigSecret, tsigAlgorithm }: Rfc2136Settings,
  context: OperationContext,
): [Key | undefined, ...Key[]] {
  const config = (name: string) => context.config(`telegram:${name}`);
  const keys = [
    [tsigName, tsigSecret, tsigAlgorithm],
    [config("tsigName"), config("tsigSecret"), config("tsigAlgorithm")],
    [process.env["DNS_UPDATE_KEYNAME"], process.env["DNS_UPDATE_KEYSECRET"], process.env["DNS_UPDATE_KEYALGORITHM"]],
  ].flatMap(([name, secret, algorithm]) => {
    if (!name || !secret) return [];
    context.hide(secret);
    return [{ name: name.replace(/\.$/, ""), secret, algorithm: (algorithm || "hmac-sha256").replace(/\.$/, "") }];
  });
  const [first, ...others] = keys;
  return [first, ...others];
}
