// Zones at Cloudflare, through its own SDK: single records, of which those of one type at one name are one set to us.
import { isFailure, wordsOf } from "../../../core/failure";
import type { HttpClient } from "../../../core/http";
import type { OperationContext } from "../../../core/logic";
import { patienceFor } from "../../../core/retry";
import { entryOf, isObject, isWhole } from "../../../core/rules";
import { fetchThrough } from "../../../net/sdk";
import type { CloudflareSettings } from ".";
import { errors } from "../../errors";
import { isOwnValue, valueFromText } from "../../message-values";
import { caaOf, normalValues, toPresentation } from "../../values";
import type { RecordSet, RecordType } from "../../values";
import { persistently, refused, unanswered } from "../http";
import type { VendorRequest } from "../http";
import { credentialsFrom, loadPeer, shown, withValidCredential } from "../vendor";
import type { Found, Place, Vendor } from "../vendor";

/** A record as Cloudflare gives it, as far as it is read. */
interface Entry {
  id: string;
  name: string;
  content: string;
  ttl: number;
  proxied?: boolean;
}
interface Page<T> {
  result: T[];
  result_info?: { total_count?: number; count?: number };
}
interface Client {
  zones: { list(query: object): PromiseLike<Page<{ id: string; name: string; status?: string }>> };
  dns: {
    records: {
      list(query: object): PromiseLike<Page<Entry>>;
      batch(body: object): PromiseLike<{ posts?: Entry[] | null } | null>;
    };
  };
}

const automaticTtl = 1;
const automaticSeconds = 300; // what "automatic" means at Cloudflare; not compared with a live zone
const pageSize = 100;
const timeoutSeconds = 30;

/** What a code means, and what to do. 81044 and 81058 as users quote them; the others not compared with a live account. */
const cures: Record<number, string> = {
  7003: "zoneId is none of Cloudflare's. Correct it, or leave it out: the zone is then found by its name",
  81044: "Somebody else removed the record at this very moment. Run pulumi up again",
  81045: "The zone has as many records as its plan allows. Remove some there, or change the plan",
  81053: "Another record stands at this name, and a CNAME stands alone. Remove it there first, or take another name",
  81054: "A CNAME stands at this name, and nothing may stand beside one. Remove it there first, or take another name",
  9021: "Give ttlSeconds from 60 (30 with an Enterprise plan)",
};
const deadCodes = [1000, 6003, 6111, 9109];
const tokenCure = "The token needs the permissions Zone.DNS Edit and Zone.Zone Read for this zone";
const deadCure = "The token is wrong, expired or deleted: give a new one in apiToken, telegram:cloudflareApiToken or CLOUDFLARE_API_TOKEN"; // prettier-ignore

export function openCloudflare(settings: CloudflareSettings, context: OperationContext, http: HttpClient): Vendor {
  const tokens = credentialsFrom(context, settings.apiToken, "cloudflareApiToken", "CLOUDFLARE_API_TOKEN");
  const [token, ...others] = tokens;
  if (token === undefined) {
    const cure = "Give via.cloudflare.apiToken, or run `pulumi config set --secret telegram:cloudflareApiToken`, or set CLOUDFLARE_API_TOKEN"; // prettier-ignore
    throw errors.DNS_CREDENTIAL_DEAD.noApiToken({ vendor: "cloudflare", cure });
  }
  const withToken = withValidCredential<string>([token, ...others]);
  let zoneId = settings.zoneId;
  return { find, create, change, remove };

  async function find(place: Place): Promise<Found | undefined> {
    const zone_id = await zoneOf(place);
    const query = { zone_id, name: { exact: place.fqdn }, type: place.type, per_page: pageSize };
    // One page, never the SDK's paging: that goes on until a page is empty.
    const page = await call(place, "look for", false, (client) => client.dns.records.list(query));
    const entries = itemsIn(page, "look for", place).filter(({ name }) => name.toLowerCase() === place.fqdn);
    if ((page.result_info?.total_count ?? 0) > pageSize) {
      throw errors.DNS_REFUSED.tooManyValues({ vendor: "cloudflare", record: shown(place), most: pageSize });
    }
    const [first] = entries;
    if (!first) return undefined;
    const values = entries.map((entry) => valueOfEntry(place, entry));
    const ttlSeconds = secondsOf(first);
    const proxied = entries.some((entry) => entry.proxied === true);
    return { values: normalValues(place.type, values), ttlSeconds, settings: { proxied }, handle: entries };
  }

  async function create(place: Place, wanted: RecordSet): Promise<void> {
    await batch(place, "create", { posts: wanted.values.map((value) => bodyOf(place, value, wanted)) });
  }

  /** All in one transaction: what goes, what stays with other settings, what comes. */
  async function change(place: Place, found: Found, wanted: RecordSet): Promise<void> {
    const entries = found.handle as Entry[];
    const valueOf = (entry: Entry) => valueOfEntry(place, entry);
    const have = entries.map(valueOf);
    const kept = entries.filter((entry) => wanted.values.includes(valueOf(entry)));
    await batch(place, "change", {
      deletes: entries.filter((entry) => !kept.includes(entry)).map(({ id }) => ({ id })),
      patches: kept
        .filter((entry) => isOwnValue(place.type, valueOf(entry)) && !hasSettings(entry, wanted))
        .map((entry) => ({ id: entry.id, ...bodyOf(place, valueOf(entry), wanted) })),
      posts: wanted.values.filter((value) => !have.includes(value)).map((value) => bodyOf(place, value, wanted)),
    });
  }

  async function remove(place: Place, found: Found): Promise<void> {
    const entries = found.handle as Entry[];
    await batch(place, "remove", { deletes: entries.map(({ id }) => ({ id })) });
  }

  /** In a zone of another name Cloudflare appends that name to ours: such records are taken back at once. */
  async function batch(place: Place, what: string, changes: object): Promise<void> {
    const zone_id = await zoneOf(place);
    const made = await call(place, what, true, (client) => client.dns.records.batch({ zone_id, ...changes }));
    const stray = objectsIn(made?.posts)
      .filter(isItem)
      .filter(({ name }) => name.toLowerCase() !== place.fqdn);
    const [first] = stray;
    if (first === undefined) return;
    const deletes = stray.map(({ id }) => ({ id }));
    await call(place, "take back", true, (client) => client.dns.records.batch({ zone_id, deletes }));
    throw errors.DNS_REFUSED.otherZone({ zone: place.zone, name: first.name });
  }

  /** By its whole name: a search for example.com may find notexample.com too. */
  async function zoneOf(place: Place): Promise<string> {
    if (zoneId !== undefined) return zoneId;
    const query = { name: place.zone, per_page: 50 };
    const page = await call(place, "find the zone of", false, (client) => client.zones.list(query));
    const zones = itemsIn(page, "find the zone of", place).filter(({ name }) => name.toLowerCase() === place.zone);
    const active = zones.filter(({ status }) => status === "active");
    const [zone, another] = active.length > 0 ? active : zones;
    if (zone && !another) return (zoneId = zone.id);
    const why = zone
      ? "several zones of this name are visible to the token. Give zoneId"
      : "the token sees no zone of this name. Correct zone, or give the token Zone.Zone Read for it, or give zoneId";
    throw errors.DNS_REFUSED.zone({ vendor: "cloudflare", zone: place.zone, record: shown(place), why });
  }

  function call<T>(place: Place, what: string, isWrite: boolean, work: (client: Client) => PromiseLike<T>): Promise<T> {
    const asked = { vendor: "cloudflare", what: `${what} the ${shown(place)}` };
    const once = (apiToken: string) => async () => {
      try {
        return await work(
          clientFor(apiToken, settings, fetchThrough(http, { timeoutSeconds, signal: context.signal })),
        );
      } catch (error) {
        throw translated(error, asked);
      }
    };
    return withToken((apiToken) => persistently(asked, isWrite, context, once(apiToken)));
  }
}

function valueOfEntry({ type }: Place, { content }: Entry): string {
  return valueFromText(type, String(content), 10);
}

function secondsOf({ ttl }: Entry): number {
  return ttl === automaticTtl ? automaticSeconds : ttl;
}

/** Such a record is not written again, so that one of somebody else stays as it is. */
function hasSettings(entry: Entry, { ttlSeconds, settings }: RecordSet): boolean {
  const proxied = settings["proxied"] === true;
  return (entry.proxied === true) === proxied && (proxied || secondsOf(entry) === ttlSeconds);
}

/** The zones or records of an answer; an answer without a list of them is none of Cloudflare's. */
function itemsIn<T>(page: Page<T> | null, what: string, place: Place): T[] {
  const items: unknown = page?.result;
  if (Array.isArray(items) && items.every(isItem)) return items as T[];
  throw unanswered({ vendor: "cloudflare", what: `${what} the ${shown(place)}` }, "its answer is none of Cloudflare's");
}

/** As much as is read of a zone or record. An id becomes a part of a path: letters and digits only. */
function isItem(one: unknown): one is Pick<Entry, "id" | "name"> {
  if (!isObject(one)) return false;
  const { id, name, content = "", ttl = automaticTtl } = one;
  const isNamed = typeof id === "string" && /^[0-9A-Za-z_-]{1,64}$/.test(id) && typeof name === "string";
  return isNamed && typeof content === "string" && isWhole(ttl, 0, 2 ** 31 - 1);
}

function bodyOf({ fqdn, type }: Place, value: string, { ttlSeconds, settings }: RecordSet): object {
  const proxied = settings["proxied"] === true;
  const ttl = proxied ? automaticTtl : ttlSeconds;
  const own = { name: fqdn, type, ttl, ...((type === "A" || type === "CNAME") && { proxied }) };
  if (type === "CAA") return { ...own, data: caaOf(value) };
  return { ...own, content: type === "CNAME" ? value : toPresentation(type satisfies RecordType, value) };
}

/** Only two of its resources, since loading all of them takes twice as long; and no tries of its own, since ours are told. */
function clientFor(
  apiToken: string,
  { apiUrl }: CloudflareSettings,
  ownFetch: ReturnType<typeof fetchThrough>,
): Client {
  return loadPeer("cloudflare", "7", () => {
    const { createClient } = require("cloudflare/tree-shakable") as typeof import("cloudflare/tree-shakable");
    const { BaseZones } =
      require("cloudflare/resources/zones/zones") as typeof import("cloudflare/resources/zones/zones");
    const { BaseRecords } =
      require("cloudflare/resources/dns/records") as typeof import("cloudflare/resources/dns/records");
    return createClient({
      resources: [BaseZones, BaseRecords],
      apiToken,
      apiKey: null,
      apiEmail: null,
      userServiceKey: null,
      maxRetries: 0,
      timeout: timeoutSeconds * 1000,
      fetch: ownFetch,
      ...(apiUrl !== undefined && { baseURL: apiUrl }),
    }) as unknown as Client;
  });
}

interface ApiError {
  status?: number;
  /** As the far side gives them: perhaps no list, and its items perhaps no objects. */
  errors?: unknown;
  headers?: Headers;
}

function objectsIn(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function translated(error: unknown, asked: VendorRequest): unknown {
  if (isFailure(error)) return error;
  const { status, errors, headers } = error as ApiError;
  if (status === undefined || status >= 500)
    return unanswered(asked, status === undefined ? wordsOf(error) : `${status}`);
  const all = objectsIn(errors).flatMap((one) => [one, ...objectsIn(one["error_chain"])]);
  const said = all.map(({ code, message }) => `${String(message)} (${String(code)})`).join("; ") || wordsOf(error);
  const codes = all.map(({ code }) => code);
  const isCredentialRejected = status === 401 || codes.some((code) => deadCodes.includes(Number(code)));
  const known = codes.map((code) => entryOf(cures, code)).find((cure) => cure !== undefined);
  const cure =
    known ?? (isCredentialRejected ? deadCure : status === 403 || codes.includes(10000) ? tokenCure : undefined);
  const retryAfterSeconds = patienceFor(headers?.get("retry-after"));
  return refused(asked, {
    status,
    said,
    isCredentialRejected,
    ...(cure !== undefined && { cure }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}
