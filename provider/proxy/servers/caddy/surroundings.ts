// What of the user's site comes before a route of ours in an adapted configuration, and what that does to updates. Pure.
import { isObject } from "../../../core/rules";
import { parts } from "../../errors";
import type { RouteInputs } from "../../route/fields";
import type { Surroundings } from "../route-files";
import { errorsVariable, fileVariable } from "./files";

/** Which requests get to a place of the configuration. */
interface Condition {
  /** One list for each matcher of hosts around it: a request's host is in all of them. */
  hosts: string[][];
  /** Only some: by a path, a header or the like. */
  isConditional: boolean;
  /** By who sends them. */
  isByAddress: boolean;
}

/** Something of the configuration that a request meets before our route, or an error before our own answer. */
interface Acting extends Condition {
  directive: string;
  mostBytes?: number;
}

/** A place at which a file of ours is imported, with what comes before it. */
interface Place {
  hosts: string[][];
  before: Acting[];
}

/** Of a file: where its route is, and where its answer to errors is. */
interface Places {
  routes: Place[];
  errors: Place[];
}

/** What the handlers are in a Caddyfile that answer, refuse or change a request. Others do not decide whether it arrives. */
const directives: Readonly<Record<string, string>> = {
  authentication: "basic_auth",
  error: "error",
  file_server: "file_server",
  invoke: "invoke",
  request_body: "request_body",
  reverse_proxy: "reverse_proxy or forward_auth",
  rewrite: "rewrite, uri or try_files",
  static_response: "respond, redir or abort",
};
const everybody: Condition = { hosts: [], isConditional: false, isByAddress: false };

type Json = Record<string, unknown>;
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** Each of our files that is loaded, with its places, as JSON. */
export function filesWithin(config: Json): Map<string, string> {
  const [routes, answers] = [newFound(fileVariable), newFound(errorsVariable)];
  const apps = isObject(config["apps"]) ? config["apps"] : {};
  const { servers } = isObject(apps["http"]) ? apps["http"] : {};
  for (const server of isObject(servers) ? Object.values(servers) : []) {
    if (!isObject(server)) continue;
    look(server["routes"], [], everybody, routes);
    if (isObject(server["errors"])) look(server["errors"]["routes"], [], everybody, answers);
  }
  const placesOf = (file: string, places: Place[]): Places => ({
    routes: places,
    errors: answers.places.get(file) ?? [],
  });
  return new Map([...routes.places].map(([file, places]) => [file, JSON.stringify(placesOf(file, places))]));
}

/** What is found of the files whose name stands in this variable. */
interface Found {
  variable: string;
  places: Map<string, Place[]>;
  count: number;
}

const newFound = (variable: string): Found => ({ variable, places: new Map(), count: 0 });

/** Goes through routes in their order; gives what acts in them, unless they are ours. */
function look(routes: unknown, before: readonly Acting[], around: Condition, found: Found): Acting[] {
  const acting: Acting[] = [];
  for (const { match, handle } of listOf(routes)) {
    const condition = within(around, listOf(match));
    const known = found.count;
    const inside = listOf(handle).flatMap((one) => {
      const file = one[found.variable];
      if (typeof file === "string") {
        const place = { hosts: condition.hosts, before: [...before, ...acting] };
        found.places.set(file, [...(found.places.get(file) ?? []), place]);
        found.count += 1;
      }
      if (one["handler"] === "subroute") return look(one["routes"], [...before, ...acting], condition, found);
      return actingOf(one, condition);
    });
    // What stands beside ours in one block is part of our route.
    if (found.count === known) acting.push(...inside);
  }
  return acting;
}

function within(around: Condition, sets: Json[]): Condition {
  const condition = { ...around };
  for (const set of sets) {
    if (Object.entries(set).some(([name, value]) => name !== "host" && !isOfOurErrors(name, value)))
      condition.isConditional = true;
    if (/"(?:remote_ip|client_ip)":/.test(JSON.stringify(set))) condition.isByAddress = true;
  }
  const hosts = sets.map(({ host }) => host).filter(Array.isArray) as string[][];
  if (hosts.length > 0 && hosts.length === sets.length) condition.hosts = [...around.hosts, hosts.flat()];
  return condition;
}

/** A `handle_errors` with codes, of which one is that of a bot that does not answer (502 to 504). */
function isOfOurErrors(name: string, value: unknown): boolean {
  const expression = isObject(value) ? value["expr"] : value;
  if (name !== "expression" || typeof expression !== "string" || !expression.includes("{http.error.status_code}"))
    return false;
  return /\b50[234]\b|>= 500 && /.test(expression);
}

function actingOf(handler: Json, condition: Condition): Acting[] {
  const { handler: name, max_size: mostBytes } = handler;
  const directive = typeof name === "string" && Object.hasOwn(directives, name) ? directives[name] : undefined;
  if (directive === undefined) return [];
  return [{ directive, ...condition, ...(typeof mostBytes === "number" && { mostBytes }) }];
}

/** Caddy's own way: a `*` is one label. What has a placeholder may be any host. */
function isHost(pattern: string, hostname: string): boolean {
  if (pattern === "*" || pattern.includes("{")) return true;
  const [labels, wanted] = [pattern.toLowerCase().split("."), hostname.split(".")];
  return labels.length === wanted.length && labels.every((label, at) => label === "*" || label === wanted[at]);
}

/** `text`: as `filesWithin` has it of the route's file. `line`: the import of it. */
export function caddySurroundings(
  text: string,
  { hostname, maxBodyBytes }: Pick<RouteInputs, "hostname" | "maxBodyBytes">,
  line: string,
): Surroundings {
  const { routes, errors } = text === "" ? { routes: [], errors: [] } : (JSON.parse(text) as Places);
  const isMet = ({ hosts }: { hosts: string[][] }) => hosts.every((list) => list.some((one) => isHost(one, hostname)));
  const site = `in the site of ${hostname}`;
  const acting = routes.filter(isMet).flatMap(({ before }) => before.filter(isMet));
  const place = (one: Acting) => `${one.directive}, ${site}`;
  const short = acting.filter(
    ({ mostBytes, isConditional }) => !isConditional && (mostBytes ?? Infinity) < maxBodyBytes,
  );
  const answering = errors.flatMap(({ before }) => before).filter((one) => isMet(one) && !one.isConditional);
  const elsewhere = routes.some(isMet) ? [] : routes.slice(0, 1);
  return {
    obstacles: [
      ...elsewhere.map(({ hosts }) =>
        parts.handedDown({
          directive: line,
          place: `in the site of ${(hosts.find((list) => !list.some((one) => isHost(one, hostname))) ?? []).join(", ")}`,
          consequence: `no request for ${hostname} gets there; move the line to the site block of ${hostname}`,
        }),
      ),
      ...short.map(({ directive, mostBytes }) =>
        parts.handedDown({
          directive: `${directive} { max_size ${mostBytes} }`,
          place: site,
          consequence: `it refuses updates that are longer, and maxBodyBytes is ${maxBodyBytes}; give it a matcher that leaves the route out`,
        }),
      ),
      ...answering.slice(0, 1).map(({ directive }) =>
        parts.handedDown({
          directive: "handle_errors",
          place: `${directive}, ${site}`,
          consequence: `it answers before the route's own, so an update that the bot did not take may be lost, or handed on with its secret; move the line \`${line}\` above every handle_errors of the site, and give one that has codes of 502 to 504 a matcher that leaves the route out`,
        }),
      ),
    ],
    unguarded: [],
    doubts: acting.filter(({ isByAddress, mostBytes }) => isByAddress && mostBytes === undefined).map(place),
    before: [...new Set(acting.map(place))],
  };
}
