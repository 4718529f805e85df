// May an authority issue for a name? Its CAA records, looked up as an authority does. Sources: RFC 8659, RFC 8657 (accounturi, validationmethods).
import { dataOf, isSameName } from "./dns-client";
import type { Reply } from "./dns-client";
import type { CaaData } from "./dns-message";
import { escapedBytes } from "./dns-name";
import type { Resolver } from "./dns-walk";

export interface CaaQuestion {
  /** "*.example.com" for a wildcard. */
  name: string;
  /** What a record may name to mean the authority; empty if it does not say so. */
  identities: readonly string[];
  accountUrl: string;
  /** "dns-01" */
  challenge: string;
}

export type CaaVerdict =
  | { kind: "allowed" }
  /** A clause. */
  | { kind: "unknown"; why: string }
  | {
      kind: "forbidden";
      /** Who is left out: the authority, the account or the challenge; or nobody could tell, for an unknown critical property. */
      because: "authority" | "account" | "challenge" | "critical";
      /** Where the records stand. */
      fqdn: string;
      tag: "issue" | "issuewild";
      /** Printable. */
      records: string;
    };

const mostAliases = 8;
const mostShown = 3;
const longestShown = 200;
const critical = 128;
/** Of all registered properties, those that say nothing else about such a certificate, or what this file judges. */
const knownTags = ["issue", "issuewild", "iodef", "contactemail", "contactphone", "issuemail", "issuevmc"];

/** `isOwn`: the resolver is a zone's own server, which refuses to speak of what is above its zone. */
export async function caaVerdict(question: CaaQuestion, resolver: Resolver, isOwn: boolean): Promise<CaaVerdict> {
  const labels = question.name.replace(/^\*\./, "").split(".");
  for (let at = 0; at < labels.length; at += 1) {
    const found = await recordsAt(labels.slice(at).join("."), resolver);
    if ("why" in found) {
      if (isOwn && at > 0 && found.isRefused) break;
      return { kind: "unknown", why: found.why };
    }
    if (found.records.length > 0) return judged(question, found.records, found.fqdn);
  }
  return { kind: "allowed" };
}

type Found = { fqdn: string; records: CaaData[] } | { why: string; isRefused: boolean };

/** Those of the name itself, or of where its aliases lead. */
async function recordsAt(name: string, resolver: Resolver): Promise<Found> {
  let fqdn = name;
  for (let aliases = 0; aliases <= mostAliases; aliases += 1) {
    const reply = await resolver.ask(fqdn, "CAA");
    if ("noReply" in reply) return { why: `the ${resolver.shown} ${reply.noReply}`, isRefused: false };
    if (reply.rcode !== "NOERROR" && reply.rcode !== "NXDOMAIN") {
      return { why: `the ${resolver.shown} said ${reply.rcode} about ${fqdn}`, isRefused: reply.rcode === "REFUSED" };
    }
    const end = endOf(fqdn, reply);
    const records = reply.answers.flatMap(({ name: owner, type, data }) =>
      type === "CAA" && isSameName(owner, end) ? [data as CaaData] : [],
    );
    // A server that follows no alias into another zone says only where it leads.
    if (records.length > 0 || end === fqdn) return { fqdn: end, records };
    fqdn = end;
  }
  return { why: `the aliases (CNAME) of ${name} lead to more than ${mostAliases} names`, isRefused: false };
}

function endOf(name: string, { answers }: Reply): string {
  let end = name;
  for (let aliases = 0; aliases < mostAliases; aliases += 1) {
    const [target] = dataOf(answers, end, "CNAME");
    if (target === undefined) break;
    end = target;
  }
  return end;
}

function judged(question: CaaQuestion, records: readonly CaaData[], fqdn: string): CaaVerdict {
  const { name, identities } = question;
  const withTag = (tag: string) => records.filter((record) => record.tag.toLowerCase() === tag);
  const tag = name.startsWith("*.") && withTag("issuewild").length > 0 ? "issuewild" : "issue";
  const forbidden = (because: (CaaVerdict & { kind: "forbidden" })["because"], which: readonly CaaData[]) =>
    ({ kind: "forbidden", because, fqdn, tag, records: shown(which) }) as const;
  const unknown = records.filter(
    (record) => (record.flags & critical) !== 0 && !knownTags.includes(record.tag.toLowerCase()),
  );
  if (unknown.length > 0) return forbidden("critical", unknown);
  const all = withTag(tag);
  if (all.length === 0) return { kind: "allowed" };
  const given = all.map((record) => ({ record, property: caaPropertyIn(record.value) }));
  const own = given.filter(({ property }) => identities.some((one) => isSameName(one, property.authority)));
  const refusals = own.map(({ property }) => refusalIn(property, question));
  if (refusals.includes(undefined)) return { kind: "allowed" };
  const [refusal] = refusals;
  if (refusal !== undefined)
    return forbidden(
      refusal,
      own.map(({ record }) => record),
    );
  if (identities.length === 0 && given.some(({ property }) => property.authority !== ""))
    return { kind: "unknown", why: `the server does not say by which name CAA records mean it` };
  return forbidden("authority", all);
}

interface Property {
  /** Empty: nobody. */
  authority: string;
  parameters: (readonly [string, string])[];
}

/** RFC 8659 4.2. What is malformed allows nobody. */
export function caaPropertyIn(value: string): Property {
  const [authority = "", ...rest] = value.split(";").map(trimmed);
  const texts = rest.filter((part) => part !== "");
  const parameters = texts.flatMap((part) => {
    const [, tag, given] = /^([A-Za-z0-9-]{1,64})[ \t]*=[ \t]*([\x21-\x3a\x3c-\x7e]*)$/.exec(part) ?? [];
    return tag === undefined || given === undefined ? [] : [[tag.toLowerCase(), given] as const];
  });
  const isMalformed = parameters.length < texts.length || !/^[A-Za-z0-9.-]*$/.test(authority);
  return isMalformed ? { authority: "", parameters: [] } : { authority, parameters };
}

/** Without spaces and tabs around it; a pattern would look at each space in between again and again. */
function trimmed(part: string): string {
  let [from, to] = [0, part.length];
  while (from < to && " \t".includes(part.charAt(from))) from += 1;
  while (to > from && " \t".includes(part.charAt(to - 1))) to -= 1;
  return part.slice(from, to);
}

/** A parameter that is there twice cannot be met. */
function refusalIn({ parameters }: Property, { accountUrl, challenge }: CaaQuestion) {
  const values = (name: string) => parameters.filter(([tag]) => tag === name).map(([, value]) => value);
  const [accounts, challenges] = [values("accounturi"), values("validationmethods")];
  if (accounts.some((one) => one !== accountUrl) || accounts.length > 1) return "account";
  const isListed = challenges.every((one) => one.split(",").includes(challenge));
  return isListed && challenges.length <= 1 ? undefined : "challenge";
}

function shown(records: readonly CaaData[]): string {
  const text = ({ flags, tag, value }: CaaData) => {
    const isPlain = (char: string) => !/["\\<]/.test(char);
    const quoted = escapedBytes(Buffer.from(value, "latin1"), isPlain);
    return `${flags} ${escapedBytes(Buffer.from(tag, "latin1"))} "${quoted}"`.slice(0, longestShown);
  };
  const more = records.length > mostShown ? " and more" : "";
  return `${records.slice(0, mostShown).map(text).join(", ")}${more}`;
}
