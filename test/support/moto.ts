// The real moto server, which speaks AWS's language, and a door in front of it that refuses what a test wants refused, and
// what AWS refuses and moto does not: a DELETE of what is not exactly there, a CREATE of what is there, a CNAME beside others.
import * as http from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import * as sdk from "@aws-sdk/client-route-53";
import { start } from "./process";
import { ensurePython } from "./python";
import type { SmallRecord } from "./small-dns";

export interface MotoFault {
  /** Default every request. */
  method?: string;
  path?: RegExp;
  body?: RegExp;
  /** 0: the connection is cut. */
  status: number;
  /** The error's name, such as Throttling. */
  code?: string;
  message?: string;
  /** "after": moto carries it out first. */
  when?: "before" | "after";
  times?: number;
}

export interface Moto {
  /** What a record takes as `endpoint`. */
  endpoint: string;
  /** Makes a public hosted zone and gives its id. */
  addZone(name: string, isPrivate?: boolean): Promise<string>;
  /** This key is refused from now on; moto itself takes any. */
  revoke(accessKeyId: string): void;
  fault(fault: MotoFault): void;
  /** "POST rrset", in order. */
  journal: string[];
  /** Writes as somebody else does; the type is A where `set` has none. */
  write(
    zoneId: string,
    action: "CREATE" | "UPSERT" | "DELETE",
    fqdn: string,
    set: Partial<sdk.ResourceRecordSet>,
  ): Promise<void>;
  /** "A 192.0.2.1 300" for a name, sorted. */
  live(zoneId: string, fqdn: string): Promise<string[]>;
  /** All A records of a zone, for a name server. */
  served(zoneId: string): Promise<SmallRecord[]>;
  stop(): Promise<void>;
}

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true"; // our own client of the far side
const requirements = path.join(__dirname, "../fixtures/moto/requirements.txt");

export async function startMoto(): Promise<Moto> {
  const python = await ensurePython(requirements);
  const server = start(python, ["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]);
  const [, inner = ""] = await server.waitFor(/Running on http:\/\/127\.0\.0\.1:(\d+)/, 60);
  const faults: MotoFault[] = [];
  const revoked = new Set<string>();
  const journal: string[] = [];
  const door = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const kind = /\/(rrset|hostedzonesbyname)\b/.exec(request.url ?? "")?.[1] ?? request.url;
      journal.push(`${request.method} ${kind}`);
      const key = /Credential=([^/]+)/.exec(request.headers.authorization ?? "")?.[1] ?? "";
      const fail = ({ status, code = "InternalFailure", message = "" }: MotoFault) => {
        if (status === 0) return void response.destroy();
        response.writeHead(status, { "content-type": "text/xml" }).end(errorOf(code, message));
      };
      if (revoked.has(key)) {
        const message = "The security token included in the request is invalid.";
        return fail({ status: 403, code: "InvalidClientTokenId", message });
      }
      const text = Buffer.concat(parts).toString();
      const at = faults.findIndex(({ method, path: pattern, body }) => {
        const isMethod = method === undefined || method === request.method;
        return isMethod && (pattern?.test(request.url ?? "") ?? true) && (body?.test(text) ?? true);
      });
      const fault = faults[at];
      if (fault && (fault.times = (fault.times ?? 1) - 1) <= 0) faults.splice(at, 1);
      if (fault && fault.when !== "after") return fail(fault);
      void strictly(request.url ?? "", text).then(({ problem, body }) => {
        if (problem !== undefined) return fail({ status: 400, code: "InvalidChangeBatch", message: problem });
        const { method, url, headers } = request;
        const passed = http.request({ port: inner, host: "127.0.0.1", method, path: url, headers }, (answer) => {
          if (fault) {
            answer.resume();
            return fail(fault);
          }
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        });
        passed.on("error", () => response.destroy());
        passed.end(body);
      });
    });
  });
  door.listen(0, "127.0.0.1");
  await once(door, "listening");
  const credentials = { accessKeyId: "outsider", secretAccessKey: "outsider" };
  const client = new sdk.Route53Client({ region: "us-east-1", endpoint: `http://127.0.0.1:${inner}`, credentials });
  const sets = async (HostedZoneId: string) =>
    (await client.send(new sdk.ListResourceRecordSetsCommand({ HostedZoneId }))).ResourceRecordSets ?? [];
  /** moto takes a CREATE for one that it has seen before, whatever was deleted since: judged here, it gets an UPSERT. */
  async function strictly(url: string, body: string): Promise<{ problem?: string; body: string }> {
    const [, zoneId] = /\/hostedzone\/([^/]+)\/rrset/.exec(url) ?? [];
    if (zoneId === undefined || !body.includes("<ChangeBatch>")) return { body };
    let there = (await sets(zoneId).catch(() => [])).map(textOf);
    for (const [, change = ""] of body.matchAll(/<Change>([^]*?)<\/Change>/g)) {
      const set = { ...setIn(change) };
      const same = there.find(({ name, type }) => name === set.name && type === set.type);
      const named = `[name='${set.name}', type='${set.type}']`;
      if (change.includes("<Action>DELETE<")) {
        if (!same) return { body, problem: `Tried to delete resource record set ${named} but it was not found` };
        if (same.text !== set.text) {
          const why = "but the values provided do not match the current values";
          return { body, problem: `Tried to delete resource record set ${named} ${why}` };
        }
        there = there.filter((one) => one !== same);
        continue;
      }
      if (same) return { body, problem: `Tried to create resource record set ${named} but it already exists` };
      const other = there.find(({ name, type }) => name === set.name && [type, set.type].includes("CNAME"));
      if (other) {
        const why = `a conflicting RRSet of type ${other.type} with the same DNS name already exists`;
        return { body, problem: `RRSet of type ${set.type} with DNS name ${set.name} is not permitted because ${why}` };
      }
      there.push(set);
    }
    return { body: body.replaceAll("<Action>CREATE</Action>", "<Action>UPSERT</Action>") };
  }
  let zones = 0;
  return {
    endpoint: `http://127.0.0.1:${(door.address() as AddressInfo).port}`,
    async addZone(Name, isPrivate = false) {
      const CallerReference = `zone ${(zones += 1)}`;
      const vpc = { VPC: { VPCId: "vpc-1", VPCRegion: "us-east-1" as const }, HostedZoneConfig: { PrivateZone: true } };
      const request = { Name, CallerReference, ...(isPrivate && vpc) };
      const { HostedZone } = await client.send(new sdk.CreateHostedZoneCommand(request));
      return HostedZone?.Id?.replace("/hostedzone/", "") ?? "";
    },
    revoke: (accessKeyId) => void revoked.add(accessKeyId),
    fault: (fault) => void faults.push(fault),
    journal,
    async write(HostedZoneId, Action, fqdn, set) {
      const ResourceRecordSet = { Name: `${fqdn}.`, Type: "A" as const, ...set };
      const ChangeBatch = { Changes: [{ Action, ResourceRecordSet }] };
      await client.send(new sdk.ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch }));
    },
    async live(zoneId, fqdn) {
      const own = (await sets(zoneId)).filter(({ Name }) => Name === `${fqdn}.`);
      return own
        .flatMap(({ Type, TTL, ResourceRecords = [] }) => ResourceRecords.map(({ Value }) => `${Type} ${Value} ${TTL}`))
        .sort();
    },
    async served(zoneId) {
      return (await sets(zoneId)).flatMap(({ Name = "", Type, TTL = 0, ResourceRecords = [] }) =>
        Type !== "A"
          ? []
          : ResourceRecords.map(({ Value }) => ({
              name: Name.slice(0, -1),
              type: "A" as const,
              ttl: TTL,
              data: Value,
            })),
      );
    },
    async stop() {
      client.destroy();
      door.closeAllConnections();
      await new Promise((resolve) => door.close(resolve));
      await server.stop();
    },
  };
}

interface Text {
  name: string;
  type: string;
  /** TTL and values, or the alias. */
  text: string;
}

function textOf({ Name = "", Type = "A", TTL, ResourceRecords = [], AliasTarget }: sdk.ResourceRecordSet): Text {
  const values = ResourceRecords.map(({ Value }) => Value).sort();
  return { name: Name, type: Type, text: AliasTarget ? `alias ${AliasTarget.DNSName}` : `${TTL} ${values.join("|")}` };
}

function setIn(xml: string): Text {
  const all = (tag: string) =>
    [...xml.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, "g"))].map(([, text = ""]) =>
      text.replaceAll("&quot;", '"'),
    );
  const [Name = "", Type = "", TTL, alias] = ["Name", "Type", "TTL", "DNSName"].map((tag) => all(tag)[0]);
  const ResourceRecords = all("Value").map((Value) => ({ Value }));
  const AliasTarget =
    alias === undefined ? {} : { AliasTarget: { HostedZoneId: "", DNSName: alias, EvaluateTargetHealth: false } };
  return textOf({ Name, Type: Type as sdk.RRType, TTL: Number(TTL), ResourceRecords, ...AliasTarget });
}

function errorOf(code: string, message: string): string {
  return (
    '<?xml version="1.0"?><ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type>' +
    `<Code>${code}</Code><Message>${message}</Message></Error><RequestId>0</RequestId></ErrorResponse>`
  );
}
