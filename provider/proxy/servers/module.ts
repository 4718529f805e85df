// What a proxy server declares of itself: its name, its settings, what it cannot do, and how it acts. Its list is index.ts.
import type { CheckInput, Finding } from "../../core/logic";
import type { RouteInputs } from "../route/fields";
import type { Edge, TelegramAddresses } from "./edge";

/** `Settings` is the normal form, as stored. Pure and quick to load, but for `edge`. */
export interface ServerModule<Name extends string, Settings extends object> {
  /** The key in `server`, the first part of a route's id, and what messages call it. */
  name: Name;
  /** The names of its settings, in the order of the docs; all can be left out. */
  settings: readonly (keyof Settings & string)[];
  /** What is wrong with settings of these names: it continues "server ". */
  problem(given: Partial<Record<keyof Settings, unknown>>): string | undefined;
  /** The normal form of settings without a problem: with what is left out filled in. */
  accept(given: Partial<Settings>): Settings;
  /** What it cannot do of what a route asks for, for the preview. */
  cannot?(settings: Settings, seen: CheckInput<RouteInputs>): Finding[];
  /** Where its configuration of ours is, in words: another one replaces the route (delete first). */
  installation(settings: Settings): string;
  /** What acts; it is loaded with the first call. */
  edge(settings: Settings, telegram: TelegramAddresses): Edge;
}
