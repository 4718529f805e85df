// The real proxy servers behind one face, for what must hold on each of them: the user's own site, our folder, what is logged.
import { placeIdOf } from "../../provider/proxy/route/fields";
import type { RouteInputs } from "../../provider/proxy/route/fields";
import { startCaddy } from "./caddy";
import { startCaddyApi } from "./caddy-api";
import type { CaddyApi } from "./caddy-api";
import { startHaproxy } from "./haproxy";
import { startNginx } from "./nginx";

export const serverNames = ["nginx", "haproxy", "caddy"] as const;
export type ServerName = (typeof serverNames)[number];
export type Attach = "listener" | "location";

/** The site of a user to whose server routes are added. */
export interface Site {
  /** Where it listens, on plain http: "127.0.7.1:8081". */
  listen: string;
  /** The host that routes are added to; every other host is the user's alone. */
  host: string;
}

export interface TestEdge {
  name: ServerName;
  home: string;
  /** For a route's `server`; `more`: other settings. */
  server(more?: Record<string, unknown>): Record<string, Record<string, unknown>>;
  settings: { directory: string; check: string[]; reload: string[] };
  /** The user's own configuration file. */
  config: string;
  /** How a route must be attached for its requests to be logged. */
  logs: readonly Attach[];
  /** Lines about requests to our routes. */
  accessLog(): string;
  /** All else that it has written. */
  errorLog(): string;
  /** A change may close a connection that is not answered yet. */
  cuts?: true;
  reloads(): number;
  stop(): Promise<void>;
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/** Attempts that one server answers otherwise than the contract says, each without letting anything through, with its reason. */
const differences: Record<ServerName, Partial<Record<Attach | "both", Record<string, number>>>> = {
  nginx: {},
  haproxy: {
    // It counts a body by its length only, and Telegram always gives one.
    both: { "2 MiB in one chunk": 411, "a length and chunks": 411, "a body in chunks": 411 },
    listener: { "no host": 404 },
    // These name no host of a route, so the user's own frontend answers.
    location: { "an empty host": 200, "no host": 200 },
  },
  caddy: {
    // It counts a body by its length only, and Telegram always gives one.
    both: { "2 MiB in one chunk": 411, "a length and chunks": 411, "a body in chunks": 411 },
  },
};

/** A path whose route Caddy refuses in the user's own site, which has a matcher of that name. */
export const takenPath = "/tg/taken";

/** The names of attempts that not all servers answer alike. */
export const unlike = new Set(
  Object.values(differences).flatMap((own) => Object.values(own).flatMap((statuses) => Object.keys(statuses))),
);

/** The attempts with what this server answers. */
export function asAnswered<T extends { name: string; status: number[] }>(
  server: ServerName,
  attach: Attach,
  all: T[],
): T[] {
  const { both = {}, [attach]: own = {} } = differences[server];
  return all.map((one) => {
    const status = own[one.name] ?? both[one.name];
    return status === undefined ? one : { ...one, status: [status] };
  });
}

/** The user's own site answers 200 with "default" for other hosts, and 404 with "own" for what is no route of the host. */
export const startEdge: Record<
  ServerName,
  (site: Site, more?: { folder?: string }, attach?: Attach) => Promise<TestEdge>
> = {
  nginx: async ({ listen, host }, more) => {
    const nginx = await startNginx(
      `server { listen ${listen} default_server; server_name _; location / { return 200 default; } }
      server { listen ${listen}; server_name ${host}; error_page 401 =200 /caught; location / { return 404 own; }
      location = /caught { return 200 caught; } include {directory}/locations/${host}/*.conf; }`,
      more,
    );
    return {
      ...nginx,
      name: "nginx",
      logs: ["listener", "location"],
      server: (own = {}) => ({ nginx: { ...nginx.settings, ...own } }),
    };
  },
  haproxy: async ({ listen, host }, more) => {
    const haproxy = await startHaproxy(
      `frontend own
    bind ${listen}
    use_backend pulumi-telegram.%[str(acme)] if { path_beg /.well-known/acme-challenge/ }
    http-request set-var-fmt(txn.pulumi_telegram) ${listen}/%[req.hdr(host),field(1,:),lower]%[path]
    use_backend pulumi-telegram.%[var(txn.pulumi_telegram),sha2(256),hex,bytes(0,12)]
    default_backend own
backend own
    http-request return status 404 content-type text/plain string own if { req.hdr(host),field(1,:),lower -m str ${host} }
    http-request return status 200 content-type text/plain string default`,
      more,
    );
    return {
      ...haproxy,
      name: "haproxy",
      logs: ["listener"], // a frontend of the user's own logs in its own format, which has the path
      server: (own = {}) => ({ haproxy: { ...haproxy.settings, ...own } }),
      accessLog: () => linesOf(haproxy.log(), (line) => line.includes(" route=")),
      errorLog: () => linesOf(haproxy.log(), (line) => !line.includes(" route=")),
    };
  },
  caddy: async ({ listen, host }, more, attach) => {
    if (attach === "listener") return caddyApiEdge(await startCaddyApi());
    const [address, port] = listen.split(":");
    const place = { server: { caddy: {} }, attach: "location", listen, hostname: host, path: takenPath };
    const taken = placeIdOf(place as unknown as RouteInputs);
    const caddy = await startCaddy(
      `http://:${port} {
	bind ${address}
	log
	respond default
}
http://${host}:${port} {
	bind ${address}
	log
	@pulumi_telegram_${taken} path /own
	import {directory}/locations/${host}/*.caddy
	respond own 404
}`,
      more,
    );
    return {
      ...caddy,
      name: "caddy",
      logs: [], // the user's own site logs in its own format, which has the path
      server: (own = {}) => ({ caddy: { ...caddy.settings, ...own } }),
      accessLog: () => "",
      errorLog: () => caddy.log(),
      cuts: true,
    };
  },
};

/** A Caddy that is managed by its admin API, without files. Its log is JSON. */
export function caddyApiEdge(caddy: CaddyApi): TestEdge {
  const isAccess = (line: string) => line.includes('"logger":"http.log.access.pulumi-telegram"');
  return {
    ...caddy,
    name: "caddy",
    settings: { directory: caddy.home, check: [], reload: [] },
    config: "",
    logs: ["listener"],
    server: (own = {}) => ({ caddy: { ...caddy.settings, ...own } }),
    accessLog: () => linesOf(caddy.log(), isAccess).replaceAll(/^.+$/gm, accessLine),
    errorLog: () => linesOf(caddy.log(), (line) => !isAccess(line)),
    cuts: true,
    reloads: () => caddy.changes(),
  };
}

/** A line of Caddy's as the other servers write it. */
function accessLine(line: string): string {
  const known = JSON.parse(line) as Record<string, unknown>;
  expect(Object.keys(known).filter((key) => !accessKeys.has(key))).toEqual([]);
  const { ts, route = "none", status, secret = "none", upstream, duration } = known;
  const times = `milliseconds=${Number(duration) * 1000} upstream_connect=- upstream_milliseconds=-`;
  return `${String(ts)} route=${String(route)} status=${String(status)} secret=${String(secret)} upstream=${upstream ? String(status) : "-"} ${times}`;
}
const accessKeys = new Set([
  ...["level", "ts", "logger", "msg", "bytes_read", "user_id", "duration", "size", "status"],
  ...["route", "secret", "upstream"],
]);

const linesOf = (text: string, isOne: (line: string) => boolean) =>
  text
    .split("\n")
    .filter((line) => isOne(line))
    .join("\n");
