// The policies by which Caddy gets certificates for our hosts itself: reads them out of its configuration, and puts them in. Pure.
import { ownerIn } from "../../../core/owner-mark";
import { isObject } from "../../../core/rules";
import { ensured, listAt, markedText } from "./admin-json";
import { isAutomation, objectOf } from "./admin-objects";
import type { Json } from "./admin-objects";
import { partsOfName } from "./admin-names";

/** A policy has no place for the mark of its stack, so the mark stands behind the name. */
const between = " owner ";

interface Named {
  name: string;
  owner?: string;
}

function namedIn(policy: unknown): Named | undefined {
  const id = isObject(policy) ? policy["@id"] : undefined;
  if (typeof id !== "string") return undefined;
  const [name = "", owner] = id.split(between);
  if (partsOfName(name)?.kind !== "certificate") return undefined;
  return { name, ...(owner !== undefined && { owner }) };
}

/** Name and text of each. One whose host Caddy is not told to get a certificate for says so in its text. */
export function policiesIn(tls: unknown): [string, string][] {
  const managed = listAt(tls, "certificates", "automate");
  return listAt(tls, "automation", "policies").flatMap((policy): [string, string][] => {
    const named = namedIn(policy);
    if (!named || !isObject(policy)) return [];
    const isManaged = managed.includes(partsOfName(named.name)?.hostname);
    const object = { ...policy, "@id": named.name, ...(!isManaged && { unmanaged: true }) };
    return [[named.name, markedText(object, named.owner)]];
  });
}

/** Of two policies for a host the first one counts, so ours come before those of the user, which may be for all hosts. */
export function setPolicies(tls: Json, objects: ReadonlyMap<string, string>): void {
  const old = listAt(tls, "automation", "policies");
  const before = old.flatMap((policy) => namedIn(policy)?.name ?? []);
  const wanted = [...objects].filter(([name, text]) => partsOfName(name)?.kind === "certificate" && isAutomation(text));
  if (before.length === 0 && wanted.length === 0) return;
  const theirs = old.filter((policy) => namedIn(policy) === undefined);
  const ours = wanted.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => policyOf(text));
  ensured(tls, "automation")["policies"] = [...ours, ...theirs];
  const managed = [...listAt(tls, "certificates", "automate")];
  for (const name of before) {
    const at = managed.lastIndexOf(partsOfName(name)?.hostname); // one before it is the user's own
    if (at >= 0) managed.splice(at, 1);
  }
  managed.push(...wanted.map(([name]) => partsOfName(name)?.hostname));
  ensured(tls, "certificates")["automate"] = managed;
}

function policyOf(text: string): Json {
  const { unmanaged: _, ...policy } = objectOf(text);
  const owner = ownerIn(text);
  return { ...policy, "@id": `${policy["@id"] as string}${owner === undefined ? "" : `${between}${owner}`}` };
}
