// What a proxy server declares of itself: one module each, and one line in index.ts. Pure; what acts is loaded by `edge`.
import type { Branch, Leaves, Settings } from "../../core/choice-types";
import type { Alike, CheckInput, Finding } from "../../core/logic";
import type { RouteInputs } from "../route/fields";
import type { Answerer, Edge } from "./edge";

/** Its name is the key in `server`, the first part of a route's id, and what messages call it. */
export interface ServerModule<N extends string = string, L extends Leaves = Leaves> extends Branch<N, L> {
  /** What it cannot do of what a route asks for, for the preview. `settings`: those that are known. */
  cannot?(route: CheckInput<RouteInputs>, settings: Partial<Settings<L>>): Finding[];
  /** What routes must have alike that share a listener or the like: two that do not are refused in the preview. */
  alike?(route: CheckInput<RouteInputs>, settings: Partial<Settings<L>>): Alike | undefined;
  /** Where its configuration of ours is, in words: another one replaces the route (delete first). Nothing while that is not known. */
  installation(settings: Partial<Settings<L>>): string | undefined;
  /** With attach "location" it finds a route by host and path alone, wherever the user's own site listens. */
  ignoresListen?: true;
  /** Its listeners get certificates themselves, from an ACME server: `tls: { automatic }`. */
  getsCertificates?: true;
  /** What acts; it is loaded with the first call. */
  edge(settings: Settings<L>): Edge;
  /** What answers challenges of ACME; it is loaded with the first call. */
  answerer(settings: Settings<L>): Answerer;
}

/** Declares a module with its types. */
export function serverModule<N extends string, L extends Leaves>(module: ServerModule<N, L>): ServerModule<N, L> {
  return module;
}
