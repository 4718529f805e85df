// How a server keeps routes in files: what it declares to get its edge, and whose the files are.
import { ownerIn, unmarked } from "../../core/owner-mark";
import { ownershipOf } from "../../core/ownership";
import type { Failure } from "../../core/failure-types";
import type { Ownership } from "../../core/ownership";
import type { OperationContext } from "../../core/logic";
import { sha256 } from "../../core/hash";
import { noticeParts } from "../notices";
import type { Connection } from "../machine";
import type { RouteInputs } from "../route/fields";
import type { Claimant } from "./edge";
import type { Need, ServerProgram } from "./program";
import type { Disk } from "./scripts";
import type { Plan } from "./transaction";

/** Of each file of ours. */
export const firstLine = "# Written by pulumi-telegram; a change by hand is undone by the next pulumi up --refresh.";

/** Path to text; `undefined`: the file is not needed. */
export type Files = Map<string, string | undefined>;
export type Texts = ReadonlyMap<string, string | undefined>;

/** What the files of a route say beside the route. */
export interface Stamp {
  /** The mark of the stack (`core/owner-mark.ts`): `ownerLine` in the first of its own files, and in a listener's. */
  owner: string;
  /** What the access log calls the route. */
  routeId: string;
  generation: string;
}

/** What the configuration around a route does to it, in words. */
export interface Surroundings {
  /** What keeps updates from it, and no file of ours can undo. */
  obstacles: string[];
  /** What keeps updates from it until its files are written anew. */
  unguarded: string[];
  /** Where it depends on the client's address, which nobody can try from the machine itself. */
  doubts: string[];
  /** What acts on a request before the route is found: the places to look at if the probe does not get there. */
  before: string[];
}

/** How a server keeps routes in files. */
export interface RouteFiles extends RouteTexts {
  program: ServerProgram;
}

/**
 * The same without where the texts are: a file may also be an object of an admin API, and its path that object's name. Pure, but
 * for `differences`.
 */
export interface RouteTexts {
  /** The files whose text is this route's alone: what `sha256` is made of. The first one is there while the route is. */
  own(route: RouteInputs): [string, ...string[]];
  /** The files that it shares with other routes: the same text from each, or one that each changes. */
  shared(route: RouteInputs): string[];
  /** Of the shared files those that one stack has the say of: one of them has its mark. */
  listener?(route: RouteInputs): string[];
  /** Why the route cannot be beside what is on the disk; asked before anything is written. */
  refusal?(route: RouteInputs, disk: Disk): Failure | undefined;
  /**
   * Its own and shared files with the route in force. `disk` has their present texts. A file that is left out stays as it
   * is. For one disk and stamp always the same.
   */
  withRoute(route: RouteInputs, stamp: Stamp, disk: Disk): Files;
  /** The files once the route is gone, and the folders that go when they are empty, the deepest first. */
  withoutRoute(route: RouteInputs, disk: Disk): Pick<Plan, "files" | "folders">;
  /** What the files say, as far as they do; nothing if they are no route. */
  stampIn(route: RouteInputs, texts: Texts): Partial<Stamp>;
  /** The certificate that we wrote for it (PEM, without its key), if we did. */
  certificateIn(route: RouteInputs, texts: Texts): string | undefined;
  /** Files that must be loaded for the route to be in force. */
  needs(route: RouteInputs): Need[];
  /**
   * What the rest of the server's configuration does to the route. `loaded`: the texts of all files that the checker says are
   * loaded. Missing: nothing is known of it.
   */
  surroundings?(route: RouteInputs, texts: Texts, loaded: ReadonlyMap<string, string>): Surroundings;
  /** Whether the server's listener at the route's address and port takes the PROXY protocol. Missing: nothing is known of it. */
  takesProxyProtocol?(route: RouteInputs, loaded: ReadonlyMap<string, string>): boolean;
  /** Why no secret must be sent to the server as it is, for who only looks: an apply puts it right before it asks. */
  unsafe?(texts: Texts): string | undefined;
  /** What the server runs otherwise than the files say, one sentence each, where another channel can tell. */
  differences?(route: RouteInputs, texts: Texts, connection: Connection, context: OperationContext): Promise<string[]>;
}

/** SHA-256 of what is the route's alone. */
export function shaOf(files: RouteTexts, route: RouteInputs, texts: Texts): string {
  return sha256(
    files
      .own(route)
      .map((file) => texts.get(file) ?? "")
      .join(""),
  );
}

/**
 * Whose the route at this place is. Another stack's is foreign, whatever a refresh has shown. So is one of the same mark
 * with another id than the recorded one, which another creation has written since; and one without a mark, unless it is
 * to the letter what is recorded.
 */
export function ownershipOfRoute(files: RouteTexts, route: RouteInputs, claimant: Claimant, texts: Texts): Ownership {
  const [file] = files.own(route);
  return ownershipOf({
    live: texts.has(file) ? ownerOfRoute(files, route, claimant, texts) : undefined,
    wanted: claimant.owner,
    isOwned: (owner) =>
      owner === claimant.owner || (owner === nobody() && shaOf(files, route, texts) === claimant.sha256),
    recorded: undefined,
    mayTakeOver: () => claimant.mayTakeOver,
  });
}

const nobody = () => noticeParts.unmarkedOwner();

/** Whose it is by its own words, for a sentence; of the claimant's own mark only if it has the claimant's id too. */
export function ownerOfRoute(files: RouteTexts, route: RouteInputs, claimant: Claimant, texts: Texts): string {
  const owner = ownerIn(texts.get(files.own(route)[0])) ?? nobody();
  const { routeId: found } = files.stampIn(route, texts);
  const { owner: me, routeId: recorded } = claimant;
  if (owner !== me || found === undefined || recorded === undefined || found === recorded) return owner;
  return noticeParts.otherRouteId({ owner, found, recorded });
}

/** A listener that another stack has the say of, with those of its files that would be changed; nothing if there is none. */
export function foreignListener(
  files: RouteTexts,
  route: RouteInputs,
  { owner: me }: Pick<Claimant, "owner">,
  wanted: Texts,
  { texts }: Disk,
): { owner: string; files: string[]; changed: string[] } | undefined {
  const listener = files.listener?.(route) ?? [];
  const owner = listener.map((file) => ownerIn(texts.get(file))).find((mark) => mark !== undefined);
  if (owner === undefined || owner === me) return undefined;
  const changed = listener.filter((file) => unmarked(wanted.get(file)) !== unmarked(texts.get(file)));
  return { owner, files: listener, changed };
}
