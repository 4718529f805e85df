// The part of Cloudflare's API that DNS records need, after the declarations of its SDK 7.3 and quoted errors; never compared with the real one.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { SmallRecord } from "./small-dns";

export interface CloudflareRecord {
  id: string;
  zone: string;
  name: string;
  type: string;
  content: string;
  ttl: number;
  proxied: boolean;
}

/** What the next matching requests get instead of an answer; "after": the request is carried out first. */
export interface Fault {
  method?: string;
  path?: RegExp;
  body?: RegExp;
  /** 0: the connection is cut. */
  status: number;
  errors?: { code: number; message: string }[];
  headers?: Record<string, string>;
  when?: "before" | "after";
  times?: number;
}

export interface FakeCloudflare {
  apiUrl: string;
  /** Makes a zone and gives its id. */
  addZone(name: string, status?: "active" | "pending"): string;
  addToken(): string;
  revoke(token: string): void;
  /** Writes as somebody else does. */
  add(record: Omit<CloudflareRecord, "id" | "zone">): CloudflareRecord;
  change(id: string, values: Partial<CloudflareRecord>): void;
  remove(id: string): void;
  records(name?: string): CloudflareRecord[];
  /** "A 192.0.2.1 300" for a name, or "A 192.0.2.1 1 proxied", sorted. */
  live(fqdn: string): string[];
  /** What a name server of Cloudflare's would answer: proxied ones with `edgeAddress`. */
  served: () => SmallRecord[];
  fault(fault: Fault): void;
  /** "GET /zones", in order. */
  journal: string[];
  quota: number;
  close(): Promise<void>;
}

export const edgeAddress = "104.16.132.229";

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
    readonly chain: { code: number; message: string }[] = [],
  ) {
    super(message);
  }
}

const hex = () => randomBytes(16).toString("hex");

export async function startFakeCloudflare(): Promise<FakeCloudflare> {
  const zones = new Map<string, { id: string; name: string; status: string }>();
  const tokens = new Set<string>();
  let records: CloudflareRecord[] = [];
  const faults: Fault[] = [];
  const fake = { quota: 200 };
  const journal: string[] = [];

  /** A name outside of the zone gets the zone's name appended, as the real one does. */
  const nameIn = (zone: string, name: string) => {
    const lower = name.toLowerCase();
    return lower === zone || lower.endsWith(`.${zone}`) ? lower : `${lower}.${zone}`;
  };

  function made(zone: string, body: Record<string, unknown>, among: CloudflareRecord[], id = hex()): CloudflareRecord {
    const { type, ttl, proxied = false } = body as { type: string; ttl?: number; proxied?: boolean };
    const name = nameIn(zone, String(body["name"]));
    const data = body["data"] as { flags: number; tag: string; value: string } | undefined;
    if (type === "CAA" && !data) throw new Refusal(400, 1004, "DNS Validation Error", [{ code: 9101, message: "data is required for this record." }]); // prettier-ignore
    const content = data ? `${data.flags} ${data.tag} "${data.value}"` : String(body["content"]);
    if (ttl === undefined || (ttl !== 1 && (ttl < 60 || ttl > 86_400))) {
      const message = "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.";
      throw new Refusal(400, 9021, message);
    }
    if (proxied && !["A", "AAAA", "CNAME"].includes(type)) throw new Refusal(400, 9004, "This record type cannot be proxied."); // prettier-ignore
    const others = among.filter((one) => one.zone === zone && one.name === name && one.id !== id);
    if (others.some((one) => one.type === type && one.content === content)) {
      throw new Refusal(400, 81058, "An identical record already exists.");
    }
    const isHost = (one: string) => ["A", "AAAA", "CNAME"].includes(one);
    if (type === "CNAME" && others.some((one) => isHost(one.type))) {
      throw new Refusal(400, 81053, "An A, AAAA, or CNAME record with that host already exists.");
    }
    if (isHost(type) && others.some((one) => one.type === "CNAME")) {
      throw new Refusal(400, 81054, "A CNAME record with that host already exists.");
    }
    return { id, zone, name, type, content, ttl: proxied ? 1 : ttl, proxied };
  }

  /** Deletes, patches, puts, posts: in this order, all or nothing. */
  function batch(zone: string, body: Record<string, Record<string, unknown>[] | undefined>) {
    let next = [...records];
    const take = (id: unknown) => {
      const found = next.find((one) => one.zone === zone && one.id === id);
      if (!found) throw new Refusal(404, 81044, "Record does not exist.");
      return found;
    };
    const deletes = (body["deletes"] ?? []).map(({ id }) => {
      const found = take(id);
      next = next.filter((one) => one !== found);
      return found;
    });
    const patches = (body["patches"] ?? []).map((patch) => {
      const found = take(patch["id"]);
      const changed = made(zone, { ...found, ...patch }, next, found.id);
      next = next.map((one) => (one === found ? changed : one));
      return changed;
    });
    const posts = (body["posts"] ?? []).map((post) => {
      const fresh = made(zone, post, next);
      next.push(fresh);
      return fresh;
    });
    if (next.length > fake.quota) throw new Refusal(400, 81045, "Record quota exceeded.");
    records = next;
    return { deletes, patches, puts: [], posts };
  }

  function answer(request: IncomingMessage, url: URL, text: string): unknown {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (token === undefined) throw new Refusal(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers");
    if (!/^[A-Za-z0-9_-]{30,}$/.test(token)) {
      throw new Refusal(400, 6003, "Invalid request headers", [{ code: 6111, message: "Invalid format for Authorization header" }]); // prettier-ignore
    }
    if (!tokens.has(token)) throw new Refusal(403, 9109, "Invalid access token");
    const query = url.searchParams;
    const path = url.pathname.replace(/^\/client\/v4/, "");
    if (request.method === "GET" && path === "/zones") {
      const [operator, wanted] = /^(\w+):(.*)$/.exec(query.get("name") ?? "")?.slice(1) ?? ["equal", query.get("name")];
      const isFitting = (name: string) => (operator === "contains" ? name.includes(wanted ?? "") : name === wanted);
      // Suffix zones: a search that is not exact would find notexample.test too, so the fake hands it over.
      const found = [...zones.values()].filter(({ name }) => isFitting(name) || name.endsWith(wanted ?? "\0"));
      return page(found, query);
    }
    const [, zoneId = "", rest] = /^\/zones\/([^/]+)\/dns_records(\/batch)?$/.exec(path) ?? [];
    if (!/^[0-9a-f]{32}$/.test(zoneId)) {
      const message = `Could not route to ${path}, perhaps your object identifier is invalid?`;
      throw new Refusal(404, 7003, message);
    }
    const zone = zones.get(zoneId);
    if (!zone) throw new Refusal(403, 10000, "Authentication error");
    if (request.method === "POST" && rest === "/batch") return { result: batch(zone.name, JSON.parse(text) as never) };
    if (request.method !== "GET" || rest !== undefined) throw new Refusal(405, 7001, "Method not allowed");
    const [name, type] = [query.get("name.exact"), query.get("type")];
    const found = records.filter((one) => one.zone === zone.name && one.name === name && one.type === type);
    return page(
      found.map(({ zone: _, ...one }) => one),
      query,
    );
  }

  /** The page after the last one is empty: the SDK's own paging ends only there. */
  function page(all: unknown[], query: URLSearchParams) {
    const [number, size] = [Number(query.get("page") ?? 1), Number(query.get("per_page") ?? 20)];
    const result = all.slice((number - 1) * size, number * size);
    const info = { page: number, per_page: size, count: result.length, total_count: all.length };
    return { result, result_info: { ...info, total_pages: Math.ceil(all.length / size) } };
  }

  const send = (response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  const envelope = (errors: object[]) => ({ result: null, success: false, errors, messages: [] });

  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const url = new URL(request.url ?? "", "http://fake");
      const path = url.pathname.replace(/^\/client\/v4/, "");
      journal.push(`${request.method} ${path.replace(/[0-9a-f]{32}/, "<id>")}`);
      const text = Buffer.concat(parts).toString();
      const at = faults.findIndex(({ method, path: pattern, body }) => {
        const isMethod = method === undefined || method === request.method;
        return isMethod && (pattern?.test(path) ?? true) && (body?.test(text) ?? true);
      });
      const fault = faults[at];
      if (fault && (fault.times = (fault.times ?? 1) - 1) <= 0) faults.splice(at, 1);
      const fail = () => {
        if (fault?.status === 0) return void response.destroy();
        send(response, fault?.status ?? 500, envelope(fault?.errors ?? []), fault?.headers);
      };
      if (fault && fault.when !== "after") return fail();
      try {
        const body = answer(request, url, text) as object;
        if (fault) return fail();
        send(response, 200, { success: true, errors: [], messages: [], ...body });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const { code, message, chain } = error;
        send(response, error.status, envelope([{ code, message, ...(chain.length > 0 && { error_chain: chain }) }]));
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  return Object.assign(fake, {
    apiUrl: `http://127.0.0.1:${port}/client/v4`,
    addZone(name: string, status = "active") {
      const id = hex();
      zones.set(id, { id, name, status });
      return id;
    },
    addToken() {
      const token = `${hex()}-token`;
      tokens.add(token);
      return token;
    },
    revoke: (token: string) => void tokens.delete(token),
    add(record: Omit<CloudflareRecord, "id" | "zone">) {
      const zone = [...zones.values()].find(({ name }) => record.name === name || record.name.endsWith(`.${name}`));
      const added = { ...record, id: hex(), zone: zone?.name ?? "" };
      records.push(added);
      return added;
    },
    change(id: string, values: Partial<CloudflareRecord>) {
      records = records.map((one) => (one.id === id ? { ...one, ...values } : one));
    },
    remove(id: string) {
      records = records.filter((one) => one.id !== id);
    },
    records: (name?: string) => records.filter((one) => name === undefined || one.name === name),
    live: (fqdn: string) =>
      records
        .filter(({ name }) => name === fqdn)
        .map(({ type, content, ttl, proxied }) => `${type} ${content} ${ttl}${proxied ? " proxied" : ""}`)
        .sort(),
    served: () =>
      records.map(({ name, type, content, ttl, proxied }): SmallRecord => {
        const data = type === "TXT" ? content.replace(/^"|"$/g, "") : content;
        if (proxied) return { name, type: "A", ttl: 300, data: edgeAddress };
        return { name, type: type as SmallRecord["type"], ttl: ttl === 1 ? 300 : ttl, data };
      }),
    fault: (fault: Fault) => void faults.push(fault),
    journal,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
