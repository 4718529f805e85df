// The proxy servers that a route can be on, one line each. Types, check and what acts follow from this list.
import { choiceOf } from "../../core/choice";
import type { ChoiceValueOf } from "../../core/choice-types";
import type { Branched, CheckInput, Finding } from "../../core/logic";
import type { RouteInputs } from "../route/fields";
import type { Edge } from "./edge";
import type { ServerModule } from "./module";
import { nginx } from "./nginx";

export const servers = [nginx] as const;

/** The proxy server on the machine: exactly one key. */
export const server = choiceOf(servers);
export type Server = ChoiceValueOf<typeof server>;

/** Where our configuration is, in words. Nothing while that is not known. */
export function installationOf({ branch, settings }: Branched): string | undefined {
  return moduleIn(servers, branch).installation(settings);
}

/** What the chosen server cannot do of what is asked for, of any list of modules. */
export function serverFindings(seen: CheckInput<RouteInputs>, modules: readonly unknown[] = servers): Finding[] {
  const { branch, settings = {} } = seen.choices.server ?? {};
  return branch === undefined ? [] : (moduleIn(modules, branch).cannot?.(seen, settings) ?? []);
}

export function edgeOf(given: Server): Edge {
  const name = server.branchOf(given) ?? "";
  const settings = (given as Record<string, Record<string, unknown>>)[name] ?? {};
  return moduleIn(servers, name).edge(settings);
}

function moduleIn(modules: readonly unknown[], name: string): ServerModule {
  const found = (modules as readonly ServerModule[]).find((module) => module.name === name);
  if (!found) throw new Error("a route's server was used that was never parsed");
  return found;
}
