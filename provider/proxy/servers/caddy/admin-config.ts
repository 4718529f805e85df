// Reads our objects out of Caddy's whole configuration, as texts, and puts them into it; all else in it stays as it is. Pure.
import { ownerIn } from "../../../core/owner-mark";
import { isObject } from "../../../core/rules";
import { isIPv4 } from "node:net";
import { isAutomation, isPem, isSecureListener, loggers, objectOf, ownerVariable, textOf } from "./admin-objects";
import type { Json } from "./admin-objects";
import { answersIn, isAnswer, setAnswers } from "./admin-answers";
import { policiesIn, setPolicies } from "./admin-automation";
import { certifiedHostsOf, listenerName, logName, partsOfName } from "./admin-names";
import { ensured, isEmpty, listAt, markedText, objectAt } from "./admin-json";

/** Name to text of each object of ours. */
export type Objects = Map<string, string>;

/** What no route of a listener takes. */
const lastRoute = { handle: [{ handler: "static_response", status_code: 404 }] };
const tagOfOwner = "owner ";
const lists = ["load_pem", "load_files"] as const;
const defaultLog = "default";

/** What somebody did to a listener or the log stands in its text too, so that it differs from what was written. */
export function objectsIn(config: unknown): Objects {
  const objects: Objects = new Map();
  for (const list of lists) {
    for (const value of listAt(config, "apps", "tls", "certificates", list)) addCertificate(objects, value);
  }
  for (const [name, text] of policiesIn(objectAt(config, "apps", "tls"))) objects.set(name, text);
  for (const [name, server] of Object.entries(objectAt(config, "apps", "http", "servers"))) {
    if (partsOfName(name)?.kind === "listener" && isObject(server)) addListener(objects, name, server);
  }
  for (const [name, text] of answersIn(config)) objects.set(name, text);
  const logs = objectAt(config, "logging", "logs");
  const log = logs[logName];
  if (isObject(log)) objects.set(logName, textOf({ ...log, ...marked("alsoIn", leaksIn(logs)) }));
  return objects;
}

function addCertificate(objects: Objects, value: unknown): void {
  if (!isObject(value) || partsOfName(value["@id"])?.kind !== "certificate") return;
  const tags = Array.isArray(value["tags"]) ? (value["tags"] as unknown[]) : [];
  const isOwner = (tag: unknown): tag is string => typeof tag === "string" && tag.startsWith(tagOfOwner);
  const owner = tags.find(isOwner)?.slice(tagOfOwner.length);
  const rest = { ...value, tags: tags.filter((tag) => !isOwner(tag)) };
  objects.set(value["@id"] as string, markedText(rest, owner));
}

function addListener(
  objects: Objects,
  name: string,
  { routes, tls_connection_policies: policies, automatic_https: https, ...server }: Json,
): void {
  const { listen = "" } = partsOfName(name) ?? {};
  const strangers: unknown[] = [];
  const all = Array.isArray(routes) ? (routes as unknown[]).filter((route) => !isAnswer(route)) : [];
  const isEnded = isSame(all.at(-1), lastRoute);
  for (const route of isEnded ? all.slice(0, -1) : all) {
    const parts = isObject(route) ? partsOfName(route["@id"]) : undefined;
    if (isObject(route) && parts?.kind === "route" && parts.listen === listen) addRoute(objects, route);
    else strangers.push(route);
  }
  if (!isEnded) strangers.push("no last route");
  const isSecure = policies !== undefined;
  const expected = isSecure ? policiesOf(listen, objects) : undefined;
  const isUsual = isSame(https, isSecure ? automaticHttps(listen, objects) : notAutomatic);
  const text = textOf({
    ...server,
    automatic_https: isUsual ? notAutomatic : https,
    isSecure,
    ...marked("strangers", strangers),
    ...marked("policies", isSame(policies, expected) ? [] : [policies]),
  });
  objects.set(name, text);
}

function addRoute(objects: Objects, route: Json): void {
  const copy = structuredClone(route);
  const variables = variablesIn(copy);
  const owner = variables?.[ownerVariable];
  if (variables) delete variables[ownerVariable];
  objects.set(route["@id"] as string, markedText(copy, owner));
}

/** The first handler of a route of ours, which says whose it is. */
function variablesIn(route: Json): Json | undefined {
  const subroute = firstIn(route["handle"]);
  const first = firstIn(subroute?.["routes"]);
  return firstIn(first?.["handle"]);
}

function firstIn(list: unknown): Json | undefined {
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return isObject(first) ? first : undefined;
}

const marked = (name: string, found: unknown[]) => (found.length > 0 ? { [name]: found } : {});
const isSame = (a: unknown, b: unknown) => a === b || (a !== undefined && b !== undefined && textOf(a) === textOf(b));

/** The configuration with these objects of ours, and none else. */
export function withObjects(config: unknown, objects: ReadonlyMap<string, string>): Json {
  const next: Json = isObject(config) ? structuredClone(config) : {};
  const servers = ensured(next, "apps", "http", "servers");
  for (const name of Object.keys(servers)) if (partsOfName(name)?.kind === "listener") delete servers[name];
  setPolicies(ensured(next, "apps", "tls"), objects);
  const certificates = ensured(next, "apps", "tls", "certificates");
  for (const list of lists) {
    const theirs = listAt(certificates, list).filter((one) => !isObject(one) || partsOfName(one["@id"]) === undefined);
    const ours = certificatesIn(objects).filter(({ certificate }) => isPem(certificate) === (list === "load_pem"));
    certificates[list] = [...theirs, ...ours];
  }
  for (const [name, text] of objects) {
    const parts = partsOfName(name);
    if (parts?.kind === "listener") servers[name] = serverOf(parts.listen, text, objects);
  }
  setAnswers(servers, objects);
  setLog(ensured(next, "logging", "logs"), objects.get(logName));
  return pruned(next);
}

function serverOf(listen: string, text: string, objects: ReadonlyMap<string, string>): Json {
  const { isSecure: _, strangers: _strangers, policies: _policies, ...server } = objectOf(text);
  const routes = [...objects]
    .filter(([name]) => name.startsWith(`${listenerName(listen)}:`) && partsOfName(name)?.kind === "route")
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, one]) => ownedRoute(one));
  return {
    ...server,
    routes: [...routes, lastRoute],
    ...(isSecureListener(text) && {
      tls_connection_policies: policiesOf(listen, objects),
      automatic_https: automaticHttps(listen, objects),
    }),
  };
}

function ownedRoute(text: string): Json {
  const route = objectOf(text);
  const owner = ownerIn(text);
  const variables = variablesIn(route);
  if (variables && owner !== undefined) variables[ownerVariable] = owner;
  return route;
}

function certificatesIn(objects: ReadonlyMap<string, string>): Json[] {
  return [...objects]
    .filter(([name, text]) => partsOfName(name)?.kind === "certificate" && !isAutomation(text))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, text]) => {
      const certificate = objectOf(text);
      const owner = ownerIn(text);
      const tags = certificate["tags"] as string[];
      return { ...certificate, tags: owner === undefined ? tags : [...tags, `${tagOfOwner}${owner}`] };
    });
}

/**
 * Who asks for a host by its name gets its certificate; who sends no name, as Telegram to an IP address, the one of the address.
 * One that Caddy gets itself has no tag.
 */
function policiesOf(listen: string, objects: ReadonlyMap<string, string>): Json[] {
  return certifiedHostsOf(listen, objects.keys())
    .sort()
    .map((host) => {
      const name = `${listenerName(listen)}:${host}`;
      return {
        match: { sni: [isIPv4(host) ? "" : host] },
        ...(!isAutomation(objects.get(name)) && { certificate_selection: { all_tags: [name] } }),
        protocol_min: "tls1.2",
        alpn: ["http/1.1"],
      };
    });
}

const notAutomatic = { disable: true };

/**
 * Where one of the certificates comes by itself, Caddy has to look at the listener for the ports of challenges. It still finds no
 * host there to get a certificate for, which only the policies name.
 */
function automaticHttps(listen: string, objects: ReadonlyMap<string, string>): Json {
  const names = certifiedHostsOf(listen, objects.keys()).map((host) => `${listenerName(listen)}:${host}`);
  const isAutomatic = names.some((name) => isAutomation(objects.get(name)));
  return isAutomatic ? { disable_certificates: true, disable_redirects: true } : notAutomatic;
}

/** Puts our log in, or takes it away, and keeps what it alone may have out of all others. */
function setLog(logs: Json, text: string | undefined): void {
  for (const [name, log] of Object.entries(logs)) {
    if (!isObject(log)) continue;
    const { exclude, ...rest } = log;
    const theirs = withoutOurs(textsIn(exclude));
    if (theirs.length === textsIn(exclude).length) continue;
    logs[name] = theirs.length > 0 ? { ...rest, exclude: theirs } : rest;
    if (name === defaultLog && isEmpty(logs[name])) delete logs[name];
  }
  delete logs[logName];
  if (text === undefined) return;
  for (const name of leaksIn(logs)) {
    const log = isObject(logs[name]) ? logs[name] : {};
    logs[name] = { ...log, exclude: excludingOurs(textsIn(log["include"]), textsIn(log["exclude"])) };
  }
  const { alsoIn: _, ...own } = objectOf(text);
  logs[logName] = own;
}

const textsIn = (list: unknown) =>
  Array.isArray(list) ? list.filter((one): one is string => typeof one === "string") : [];
/** Of each logger that we shut out; of one that is not ours alone it is a further entry, which tells that we did. */
const markOf = (logger: string) => (logger.endsWith(`.${logName}`) ? logger : `${logger}.${logName}`);
const withoutOurs = (exclude: string[]) => exclude.filter((one) => !exclude.includes(markOf(one)));
const isWithin = (logger: string, above: string) => `${logger}.`.startsWith(`${above}.`);

/** Where a log has both lists, Caddy asks that each entry of the one is part of an entry of the other, or above it. */
function excludingOurs(include: string[], exclude: string[]): string[] {
  const shut = loggers.filter((logger) => isAdmitted(include, exclude, logger));
  const all = [...exclude, ...new Set(shut.flatMap((logger) => [logger, markOf(logger)]))];
  const alone = include.filter((one) => !all.some((other) => isWithin(one, other) || isWithin(other, one)));
  return [...all, ...alone.map(markOf)];
}

/** The other logs that get our loggers' lines, with all headers. Caddy has a default log also where none is written. */
function leaksIn(logs: Json): string[] {
  return Object.entries({ [defaultLog]: {}, ...logs }).flatMap(([name, log]) => {
    if (name === logName || !isObject(log)) return [];
    const [include, exclude] = [textsIn(log["include"]), textsIn(log["exclude"])];
    return loggers.some((logger) => isAdmitted(include, exclude, logger)) ? [name] : [];
  });
}

/** The names of those logs, from the text of our log's object. */
export const leakingIn = (text: string | undefined): string[] =>
  text === undefined ? [] : textsIn(objectOf(text)["alsoIn"]);

/** As Caddy decides: by the longest entry that is the logger's name or a part above it. One with its own name was meant so. */
function isAdmitted(include: string[], exclude: string[], logger: string): boolean {
  if (include.includes(logger) || exclude.includes("*")) return false;
  const longest = (list: string[]) =>
    Math.max(0, ...list.filter((one) => isWithin(logger, one)).map(({ length }) => length));
  const [accepted, rejected] = [longest(include), longest(exclude)];
  return accepted > rejected || (include.length === 0 && rejected === 0);
}

/** Takes away what is empty on the way to our objects. */
function pruned(config: Json): Json {
  for (const list of lists) {
    const certificates = objectAt(config, "apps", "tls", "certificates");
    if (isEmpty(certificates[list])) delete certificates[list];
  }
  for (const way of [
    ["apps", "tls", "certificates", "automate"],
    ["apps", "tls", "automation", "policies"],
    ["apps", "http", "servers"],
    ["logging", "logs"],
  ]) {
    for (let depth = way.length; depth > 0; depth -= 1) {
      const above = objectAt(config, ...way.slice(0, depth - 1));
      const key = way[depth - 1] ?? "";
      if (isEmpty(above[key])) delete above[key];
    }
  }
  return config;
}
