// The proxy servers that a route can be on, a line each; types and checks follow from the list. What acts is loaded late.
import type { CheckInput, Finding } from "../../core/logic";
import type { RouteInputs } from "../route/fields";
import { onlyEntry } from "../rules";
import type { Edge, TelegramAddresses } from "./edge";
import type { ServerModule } from "./module";
import { nginx } from "./nginx";

const modules = [nginx] as const;

type Module = (typeof modules)[number];
type ServerOf<M> = M extends ServerModule<infer Name, infer Settings> ? { [K in Name]: Settings } : never;

/** A server with its settings in normal form: one of `{ nginx: {…} }` and so on. */
export type Server = ServerOf<Module>;
export type ServerName = Module["name"];

type AnyModule = ServerModule<string, object>;
const byName = new Map<string, AnyModule>(modules.map((module) => [module.name, module as AnyModule]));
const planned = ["haproxy", "caddy"];

const text = { type: "string" } as const;
const words = { type: "array", items: text } as const;
const nginxSchema = {
  type: "object",
  properties: { directory: text, accessLog: text, check: words, reload: words },
} as const;
export const serverSchema = { type: "object", properties: { nginx: nginxSchema }, required: ["nginx"] } as const;

/** `server`: exactly one kind, with its settings. */
export function serverProblem(value: unknown): string | undefined {
  const [name = "", given] = onlyEntry(value);
  const found = byName.get(name);
  if (!found && planned.includes(name))
    return `must be ${either("{ NAME: {} }")} in this version; ${name} is planned and not there yet`;
  if (!found) return `must be ${either("{ NAME: { SETTINGS } }")}`;
  const names: readonly string[] = found.settings;
  const strange = Object.keys(given).find((key) => !names.includes(key));
  return strange === undefined ? found.problem(given) : `must have only ${names.join(", ")} in ${name}`;
}

/** With what is left out filled in. */
export function acceptServer(value: unknown): Server {
  const { module, name, settings } = chosen(value as Server);
  return { [name]: module.accept(settings) } as Server;
}

export const serverName = (server: Server): ServerName => chosen(server).name;

export function installationOf(server: Server): string {
  const { module, settings } = chosen(server);
  return module.installation(settings);
}

/** What the chosen server cannot do of what is asked for. */
export function serverFindings(seen: CheckInput<RouteInputs>): Finding[] {
  if (seen.known.server === undefined) return [];
  const { module, settings } = chosen(seen.known.server);
  return module.cannot?.(settings, seen) ?? [];
}

export function edgeOf(server: Server, telegram: TelegramAddresses): Edge {
  const { module, settings } = chosen(server);
  return module.edge(settings, telegram);
}

/** The module of a server that check has accepted, with its settings: the list has bound the two to each other. */
function chosen(server: Server): { module: AnyModule; name: ServerName; settings: object } {
  const [name, settings] = Object.entries(server)[0] as [ServerName, object];
  return { module: byName.get(name) as AnyModule, name, settings };
}

/** A shape for each server of the list: "{ nginx: {} } or { … }". */
function either(shape: string): string {
  return modules
    .map(({ name, settings }) =>
      shape.replace("NAME", name).replace("SETTINGS", settings.map((one) => `${one}?`).join(", ")),
    )
    .join(" or ");
}
