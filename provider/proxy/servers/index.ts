// The proxy servers that a route can be on, one line each. Types, check and what acts follow from this list.
import { choiceOf } from "../../core/choice";
import type { ChoiceValueOf } from "../../core/choice-types";
import type { Alike, Branched, CheckInput, Finding } from "../../core/logic";
import type { RouteInputs } from "../route/fields";
import type { Answerer, Edge } from "./edge";
import type { ServerModule } from "./module";
import { caddy } from "./caddy";
import { haproxy } from "./haproxy";
import { nginx } from "./nginx";

export const servers = [nginx, haproxy, caddy] as const;

/** The proxy server on the machine: exactly one key. */
export const server = choiceOf(servers);
export type Server = ChoiceValueOf<typeof server>;

/** Where our configuration is, in words. Nothing while that is not known. */
export function installationOf({ branch, settings }: Branched): string | undefined {
  return moduleIn(servers, branch).installation(settings);
}

/** Whether `listen` is no part of the place of such a route: two that differ in it alone are one. */
export function ignoresListen({ server: given, attach }: Partial<RouteInputs>): boolean {
  const name = server.branchOf(given);
  return attach === "location" && name !== undefined && moduleIn(servers, name).ignoresListen === true;
}

/** Whether a server's listeners get certificates themselves. */
export const getsCertificates = (name: string): boolean => moduleIn(servers, name).getsCertificates === true;

/** What the chosen server cannot do of what is asked for, of any list of modules. */
export function serverFindings(seen: CheckInput<RouteInputs>, modules: readonly unknown[] = servers): Finding[] {
  const { branch, settings = {} } = seen.choices.server ?? {};
  return branch === undefined ? [] : (moduleIn(modules, branch).cannot?.(seen, settings) ?? []);
}

/** What all routes that share a thing of the chosen server must have alike, and what this one has. */
export function serverAlike(seen: CheckInput<RouteInputs>, modules: readonly unknown[] = servers): Alike | undefined {
  const chosen = seen.choices.server;
  return chosen && moduleIn(modules, chosen.branch).alike?.(seen, chosen.settings);
}

export function edgeOf(given: Server): Edge {
  const { module, settings } = chosen(given);
  return module.edge(settings);
}

/** What answers challenges on it. */
export function answererOf(given: Server): Answerer {
  const { module, settings } = chosen(given);
  return module.answerer(settings);
}

function chosen(given: Server): { module: ServerModule; settings: Record<string, unknown> } {
  const name = server.branchOf(given) ?? "";
  const settings = (given as Record<string, Record<string, unknown>>)[name] ?? {};
  return { module: moduleIn(servers, name), settings };
}

function moduleIn(modules: readonly unknown[], name: string): ServerModule {
  const found = (modules as readonly ServerModule[]).find((module) => module.name === name);
  if (!found) throw new Error("a route's server was used that was never parsed");
  return found;
}
