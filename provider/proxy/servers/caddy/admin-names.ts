// What our objects in Caddy's configuration are called: each name is the object's "@id" and tells whose it is part of. Pure.
import { placeIdOf } from "../../route/fields";
import type { RouteInputs } from "../../route/fields";

/** The log of requests to our listeners, and the first part of each name. */
export const logName = "pulumi-telegram";

export interface AdminNames {
  /** A server of Caddy's, for all routes of an address and port. */
  listener: string;
  certificate: string;
  route: string;
}

export function adminNames(route: RouteInputs): AdminNames {
  const listener = listenerName(route.listen);
  const certificate = `${listener}:${route.hostname}`;
  return { listener, certificate, route: `${certificate}:${placeIdOf(route)}` };
}

export const listenerName = (listen: string): string => `${logName}:${listen}`;

/** What a name tells; nothing if it is none of ours. */
export interface NameParts {
  kind: "listener" | "certificate" | "route";
  listen: string;
  hostname: string;
}

const shape = /^pulumi-telegram:(\d+\.\d+\.\d+\.\d+:\d+)(?::([a-z0-9.-]+)(:[0-9a-f]{12})?)?$/;

export function partsOfName(name: unknown): NameParts | undefined {
  if (typeof name !== "string") return undefined;
  const [, listen, hostname = "", id] = shape.exec(name) ?? [];
  if (listen === undefined) return undefined;
  const kind = hostname === "" ? "listener" : id === undefined ? "certificate" : "route";
  return { kind, listen, hostname };
}

/** The names of routes below a listener or certificate, without one. */
export function routesBelow(above: string, names: Iterable<string>, without: string): string[] {
  return [...names].filter(
    (name) => name.startsWith(`${above}:`) && name !== without && partsOfName(name)?.kind === "route",
  );
}

/** The hosts of a listener that have a certificate. */
export function certifiedHostsOf(listen: string, names: Iterable<string>): string[] {
  return [...names].flatMap((name) => {
    const parts = partsOfName(name);
    return parts?.kind === "certificate" && parts.listen === listen ? [parts.hostname] : [];
  });
}
