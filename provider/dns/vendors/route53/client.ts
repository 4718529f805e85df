// Hosted zones of Route 53, through AWS's SDK: whole sets, changed in batches that compare before they swap.
import type * as sdk from "@aws-sdk/client-route-53";
import { isFailure, wordsOf } from "../../../core/failure";
import type { HttpClient } from "../../../core/http";
import type { OperationContext } from "../../../core/logic";
import { requestHandlerThrough } from "../../../net/sdk";
import type { Route53Settings } from ".";
import { errors } from "../../errors";
import { isOwnValue, outsideOf, valueFromText, wordsOfVendor } from "../../message-values";
import { normalValues, toPresentation } from "../../values";
import { entryOf } from "../../../core/rules";
import type { RecordSet } from "../../values";
import { persistently, refused, unanswered } from "../http";
import type { VendorRequest } from "../http";
import { loadPeer, shown, withValidCredential } from "../vendor";
import type { Found, Place, Vendor } from "../vendor";

interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

const timeoutSeconds = 30;
const pageSize = 100;

/** Names of errors that a new key may mend. Not compared with a live account. */
const dead = [
  "InvalidClientTokenId",
  "UnrecognizedClientException",
  "SignatureDoesNotMatch",
  "ExpiredToken",
  "ExpiredTokenException",
  "IncompleteSignature",
  "MissingAuthenticationToken",
];
const busy = ["Throttling", "ThrottlingException", "PriorRequestNotComplete", "TooManyRequestsException"];

/** By the names of errors in the SDK; LimitExceeded and AccessDenied not seen from a live account. */
const cures: Record<string, string> = {
  NoSuchHostedZone:
    "hostedZoneId is none of this account. Correct it, or leave it out: the zone is then found by its name",
  InvalidChangeBatch:
    "Somebody else changed the record at this very moment, or a record of another type stands in its way. Look what is there, and run pulumi up again",
  AccessDenied:
    "The key needs route53:ListHostedZonesByName, route53:ListResourceRecordSets and route53:ChangeResourceRecordSets for this zone",
  LimitExceeded: "The zone has as many records as its quota allows. Remove some there, or have the quota raised",
};

const keyCure = "Give via.route53.accessKeyId and secretAccessKey, or run `pulumi config set --secret telegram:awsSecretAccessKey` and `pulumi config set telegram:awsAccessKeyId`, or give what AWS's own tools use (AWS_ACCESS_KEY_ID, a profile, a role)"; // prettier-ignore

export function openRoute53(settings: Route53Settings, context: OperationContext, http: HttpClient): Vendor {
  const requestHandler = requestHandlerThrough(http, { timeoutSeconds, signal: context.signal });
  const withKey = withValidCredential(keysFrom(settings, context));
  let zoneId = settings.hostedZoneId;
  return { find, create, change, remove };

  async function find(place: Place): Promise<Found | undefined> {
    const HostedZoneId = await zoneOf(place);
    const from = { StartRecordName: `${place.fqdn}.`, StartRecordType: place.type, MaxItems: pageSize };
    const list = await call(place, "look for", false, ({ client, ListResourceRecordSetsCommand: List }) =>
      client.send(new List({ HostedZoneId, ...from })),
    );
    const sets = (list.ResourceRecordSets ?? []).filter(
      ({ Name = "", Type }) => recordName(Name) === place.fqdn && Type === place.type,
    );
    const [set] = sets;
    if (!set) return undefined;
    // An alias, or one of several that are chosen by weight or place, is nothing that we could write back.
    const values = sets.flatMap(({ AliasTarget, SetIdentifier, ResourceRecords = [] }) => {
      if (AliasTarget) return [outsideOf(place.type, `an alias of ${wordsOfVendor(AliasTarget.DNSName ?? "")}`)];
      const own = ResourceRecords.map(({ Value = "" }) => valueOfText(place, Value));
      return SetIdentifier === undefined
        ? own
        : own.map((value) => outsideOf(place.type, `${value} (${wordsOfVendor(SetIdentifier)})`));
    });
    const isOurKind = sets.every(({ AliasTarget, SetIdentifier }) => !AliasTarget && SetIdentifier === undefined);
    return {
      values: isOurKind ? normalValues(place.type, values) : values.sort(),
      ttlSeconds: set.TTL ?? 0,
      settings: {},
      handle: sets,
    };
  }

  /** CREATE fails when somebody was faster. */
  async function create(place: Place, wanted: RecordSet): Promise<void> {
    await write(place, "create", [{ Action: "CREATE", ResourceRecordSet: setOf(place, wanted) }]);
  }

  /** DELETE needs the set exactly as it was seen. */
  async function change(place: Place, found: Found, wanted: RecordSet): Promise<void> {
    const set = setOf(place, wanted, found.handle as sdk.ResourceRecordSet[]);
    await write(place, "change", [...deletions(found), { Action: "CREATE", ResourceRecordSet: set }]);
  }

  async function remove(place: Place, found: Found): Promise<void> {
    await write(place, "remove", deletions(found));
  }

  async function write(place: Place, what: string, Changes: sdk.Change[]): Promise<void> {
    const HostedZoneId = await zoneOf(place);
    await call(place, what, true, ({ client, ChangeResourceRecordSetsCommand: Change }) =>
      client.send(new Change({ HostedZoneId, ChangeBatch: { Changes } })),
    );
  }

  /** By its whole name: the list begins there, and goes on with the zones that follow. Private zones answer nobody outside. */
  async function zoneOf(place: Place): Promise<string> {
    if (zoneId !== undefined) return zoneId;
    const list = await call(place, "find the zone of", false, ({ client, ListHostedZonesByNameCommand: List }) =>
      client.send(new List({ DNSName: `${place.zone}.`, MaxItems: pageSize })),
    );
    const zones = (list.HostedZones ?? []).filter(
      ({ Name = "", Config }) => recordName(Name) === place.zone && !Config?.PrivateZone,
    );
    const [zone, another] = zones;
    if (zone?.Id !== undefined && !another) return (zoneId = zone.Id.replace(/^\/hostedzone\//, ""));
    const why = zone
      ? "the account has several public hosted zones of this name. Give hostedZoneId"
      : "the account has no public hosted zone of this name. Correct zone, or give hostedZoneId";
    throw errors.DNS_REFUSED.zone({ vendor: "route53", zone: place.zone, record: shown(place), why });
  }

  type Loaded = typeof sdk & { client: sdk.Route53Client };

  function call<T>(place: Place, what: string, isWrite: boolean, work: (loaded: Loaded) => Promise<T>): Promise<T> {
    const asked = { vendor: "route53", what: `${what} the ${shown(place)}` };
    return withKey((keys) => {
      const loaded = load();
      const client = clientFor(loaded, settings, keys, requestHandler);
      return persistently(asked, isWrite, context, async () => {
        try {
          await hideKeys(client, context);
          return await work({ ...loaded, client });
        } catch (error) {
          throw translated(error, asked);
        }
      }).finally(() => client.destroy());
    });
  }
}

function load(): typeof sdk {
  return loadPeer("@aws-sdk/client-route-53", "3", () => {
    // It would tell every user of Node 20 in each command which Node its releases of 2027 need.
    process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
    return require("@aws-sdk/client-route-53") as typeof sdk;
  });
}

/** One try, since ours are told; without keys it finds its own, as every AWS tool does. */
function clientFor(
  { Route53Client }: typeof sdk,
  settings: Route53Settings,
  keys: Keys | undefined,
  requestHandler: ReturnType<typeof requestHandlerThrough>,
) {
  return new Route53Client({
    region: settings.region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"] ?? "us-east-1",
    maxAttempts: 1,
    requestHandler,
    ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
    ...(keys && { credentials: keys }),
  });
}

/** Whatever is sent may be quoted in an answer: what AWS's chain finds is in no argument. It looks once, and keeps it. */
async function hideKeys({ config }: sdk.Route53Client, context: OperationContext): Promise<void> {
  const { secretAccessKey, sessionToken } = await config.credentials();
  for (const secret of [secretAccessKey, sessionToken]) if (secret) context.hide(secret);
}

/** The record's own keys, the configuration's, and last whatever AWS's own chain finds (environment, profile, role). */
function keysFrom(
  { accessKeyId, secretAccessKey }: Route53Settings,
  context: OperationContext,
): [Keys | undefined, ...(Keys | undefined)[]] {
  const pairs = [
    [accessKeyId, secretAccessKey],
    [context.config("telegram:awsAccessKeyId"), context.config("telegram:awsSecretAccessKey")],
  ];
  const keys = pairs.flatMap(([id, secret]) => {
    if (!id || !secret) return [];
    context.hide(secret);
    return [{ accessKeyId: id, secretAccessKey: secret }];
  });
  const [first, ...others] = [...keys, undefined];
  return [first, ...others];
}

/** What is not ours and stays is given back as it came. */
function setOf(place: Place, { values, ttlSeconds }: RecordSet, seen: sdk.ResourceRecordSet[] = []) {
  const { fqdn, type } = place;
  const records = seen.flatMap(({ ResourceRecords = [] }) => ResourceRecords);
  const ResourceRecords = values.map((value) => {
    if (isOwnValue(type, value)) return { Value: toPresentation(type, value) };
    const stays = records.find(({ Value = "" }) => valueOfText(place, Value) === value);
    if (!stays) throw errors.DNS_REFUSED.cannotStay({ vendor: "route53", record: shown(place), value });
    return { Value: stays.Value };
  });
  return { Name: `${fqdn}.`, Type: type, TTL: ttlSeconds, ResourceRecords };
}

/** Route 53 writes a byte that is not printable as \\ and three octal digits. */
function valueOfText({ type }: Place, text: string): string {
  return valueFromText(type, text, 8);
}

function deletions({ handle }: Found): sdk.Change[] {
  return (handle as sdk.ResourceRecordSet[]).map((ResourceRecordSet) => ({ Action: "DELETE", ResourceRecordSet }));
}

/** Route 53 writes an asterisk as \052, and names with a dot at the end. */
function recordName(name: string): string {
  return name.replace("\\052", "*").replace(/\.$/, "").toLowerCase();
}

interface ServiceError {
  name?: string;
  message?: string;
  messages?: string[];
  $metadata?: { httpStatusCode?: number };
  $fault?: "client" | "server";
}

/** Told apart by name: the words differ between AWS and whatever speaks its language. */
function translated(error: unknown, asked: VendorRequest): unknown {
  if (isFailure(error)) return error;
  const { name = "", message = "", messages = [], $metadata } = error as ServiceError;
  const isCredentialRejected = dead.includes(name);
  const status = $metadata?.httpStatusCode;
  if (name === "CredentialsProviderError") {
    const cure = `${keyCure}. Its SDK says: "${message}"`;
    return errors.DNS_CREDENTIAL_DEAD.noKey({ vendor: "route53", cure });
  }
  if (!isCredentialRejected && (status === undefined || status >= 500)) {
    return unanswered(asked, status === undefined ? wordsOf(error) : `${status} ${name}`);
  }
  const said = `${messages.join("; ") || message} (${name})`;
  const cure = isCredentialRejected
    ? "The key is wrong, expired or missing: give accessKeyId and secretAccessKey, or what AWS's own tools use (AWS_ACCESS_KEY_ID, a profile, a role)"
    : (entryOf(cures, name) ?? (name.startsWith("AccessDenied") ? cures["AccessDenied"] : undefined));
  const isBusy = busy.includes(name);
  return refused(asked, {
    status: isBusy ? 429 : (status ?? 0),
    said,
    isCredentialRejected,
    ...(cure !== undefined && { cure }),
  });
}
