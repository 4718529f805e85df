// An edge whose routes are files on the machine: applies, inspects and removes, for every server that says what its files are.
import { sha256 } from "../../core/hash";
import type { OperationContext } from "../../core/logic";
import { unmarked } from "../../core/owner-mark";
import { telegramRanges } from "../../constants/telegram";
import { errors } from "../errors";
import { machineOf } from "../machine";
import type { Connection } from "../machine";
import { lines, noticeParts, warnings } from "../notices";
import type { RouteInputs } from "../route/fields";
import type { Claimant, Edge, EdgeState } from "./edge";
import { check } from "./program";
import { inForce, outOfForce } from "./proof";
import { submit } from "./queue";
import { foreignListener, ownerOfRoute, ownershipOfRoute, shaOf } from "./route-files";
import type { Files, RouteFiles, Stamp, Surroundings, Texts } from "./route-files";
import { diskOf, lookAt } from "./scripts";
import type { Disk } from "./scripts";
import type { Job, Plan } from "./transaction";
import { untrusted } from "./trust";

const generationBytes = 12;
const routeIdBytes = 6;

export function fileEdge(files: RouteFiles): Edge {
  const { program } = files;
  return { apply, inspect, remove };

  async function apply(route: RouteInputs, claimant: Claimant, context: OperationContext): Promise<EdgeState> {
    const generation = context.randomBytes(generationBytes).toString("hex");
    const freshId = context.randomBytes(routeIdBytes).toString("hex");
    let state: EdgeState = { routeId: freshId, sha256: "", problems: [] };
    let replaced: string[] = [];
    let around: Surroundings | undefined;
    const plan = (disk: Disk): Plan => {
      const ownership = ownershipOfRoute(files, route, claimant, disk.texts);
      if (ownership === "foreign") throw foreign(route, claimant, disk);
      // Each creation has an id of its own, so that who had the place before knows that it is not theirs any more.
      const routeId = claimant.routeId ?? freshId;
      const stamp = keptStamp(files, route, { owner: claimant.owner, routeId, generation }, disk);
      const wanted = files.withRoute(route, stamp, disk);
      replaced = [
        ...(ownership === "taken over" ? [ownerOfRoute(files, route, claimant, disk.texts)] : []),
        ...settleListener(route, claimant, wanted, disk),
      ];
      state = { ...stateOf(files, route, new Map([...disk.texts, ...wanted]), []), routeId };
      return {
        files: wanted,
        folders: [],
        needs: files.needs(route),
        ...(route.attach === "listener" && { listen: route.listen }),
        proof: inForce(program, route, stamp.generation, () => around?.before ?? []),
        surroundings: (loaded) => (around = files.surroundings?.(route, wanted, loaded) ?? nothingAround),
      };
    };
    await commitJob(route, { reads: pathsOf(files, route), plan }, context);
    for (const owner of new Set(replaced)) context.log(lines.takenOver({ name: context.name, owner }));
    warnOfDoubts(around, context);
    return state;
  }

  /** Leaves a listener of another stack as it is, or takes it over; gives whose it was then. One that would change is refused. */
  function settleListener(route: RouteInputs, claimant: Claimant, wanted: Files, disk: Disk): string[] {
    const listener = foreignListener(files, route, claimant, wanted, disk);
    if (!listener) return [];
    if (claimant.mayTakeOver) return [listener.owner];
    if (listener.changed.length > 0) {
      const { listen, hostname } = route;
      const changed = listener.changed.join(", ");
      throw errors.ROUTE_NOT_OURS.listener({ listen, hostname, owner: listener.owner, changed });
    }
    for (const file of listener.files) wanted.delete(file);
    return [];
  }

  function foreign(route: RouteInputs, claimant: Claimant, { texts }: Disk) {
    const [file] = files.own(route);
    return errors.ROUTE_NOT_OURS.foreign({ file, owner: ownerOfRoute(files, route, claimant, texts) });
  }

  async function inspect(route: RouteInputs, claimant: Claimant, context: OperationContext): Promise<EdgeState> {
    const machine = machineOf(route.on);
    const connection = await machine.connect(context.signal);
    const paths = pathsOf(files, route);
    const ran = await connection.run(lookAt(program, paths), context.signal);
    if (ran.code !== 0)
      throw (
        untrusted(ran, machine.name, program.directory) ??
        errors.PROXY_REFUSED.notSeen({ directory: program.directory, said: ran.stderr.trim() })
      );
    const disk = diskOf(ran.stdout);
    const state = (problems: string[], cure?: string) => ({
      ...stateOf(files, route, disk.texts, problems),
      ...(cure !== undefined && { cure }),
      routeId: claimant.routeId ?? "",
    });
    if (ownershipOfRoute(files, route, claimant, disk.texts) === "foreign") {
      const [file] = files.own(route);
      const owner = ownerOfRoute(files, route, claimant, disk.texts);
      return state([noticeParts.ownForeign({ file, owner })], noticeParts.foreignCure());
    }
    const { problems, cure } = fileProblems(files, route, claimant, disk);
    const { generation } = files.stampIn(route, disk.texts);
    const problem = generation === undefined ? undefined : await inForce(program, route, generation)(connection);
    if (problem !== undefined) problems.push(problem);
    problems.push(...((await files.differences?.(route, disk, connection, context)) ?? []));
    const around = files.surroundings && (await lookAround(route, disk, connection, context));
    problems.push(...(around?.unguarded ?? []));
    return { ...state(problems, cure), ...(around && { obstacles: around.obstacles }) };
  }

  /** A configuration that is broken now is not the one that runs, so nothing is said of it. */
  async function lookAround(route: RouteInputs, { texts }: Disk, connection: Connection, context: OperationContext) {
    const { isGood, loaded } = await check(program, connection, context);
    return isGood && loaded ? files.surroundings?.(route, texts, loaded) : undefined;
  }

  async function remove(route: RouteInputs, claimant: Claimant, context: OperationContext): Promise<void> {
    let left: string | undefined;
    const plan = (disk: Disk): Plan => {
      const isForeign = ownershipOfRoute(files, route, claimant, disk.texts) === "foreign";
      left = isForeign ? ownerOfRoute(files, route, claimant, disk.texts) : undefined;
      if (isForeign) return { files: new Map(), folders: [], needs: [], proof: () => Promise.resolve(undefined) };
      return {
        ...files.withoutRoute(route, disk),
        needs: [],
        proof: outOfForce(program, route, files.stampIn(route, disk.texts).generation),
      };
    };
    await commitJob(route, { reads: pathsOf(files, route), plan }, context);
    const [file] = files.own(route);
    if (left !== undefined) context.log(lines.foreign({ name: context.name, file, owner: left }));
  }

  function commitJob(route: RouteInputs, job: Job, context: OperationContext): Promise<void> {
    const machine = machineOf(route.on);
    const label = `ProxyRoute ${context.name} (${route.hostname} on ${machine.name})`;
    return submit(machine, program, job, label, context);
  }
}

const nothingAround: Surroundings = { obstacles: [], unguarded: [], doubts: [], before: [] };

function warnOfDoubts(around: Surroundings | undefined, context: OperationContext): void {
  const places = [...new Set(around?.doubts)].join(", ");
  if (places !== "")
    context.warn(warnings.byAddress({ name: context.name, places, ranges: telegramRanges.join(", ") }));
}

const pathsOf = (files: RouteFiles, route: RouteInputs) => [...files.own(route), ...files.shared(route)];

/** The stamp with the generation on disk, if everything else of the route's own files is as wanted already. */
function keptStamp(files: RouteFiles, route: RouteInputs, stamp: Stamp, disk: Disk): Stamp {
  const { generation } = files.stampIn(route, disk.texts);
  if (generation === undefined) return stamp;
  const kept = { ...stamp, generation };
  const same = files.withRoute(route, kept, disk);
  return files.own(route).every((file) => same.get(file) === disk.texts.get(file)) ? kept : stamp;
}

/** What somebody did to the files, one sentence each. */
function fileProblems(
  files: RouteFiles,
  route: RouteInputs,
  claimant: Claimant,
  disk: Disk,
): Pick<EdgeState, "problems" | "cure"> {
  const own = files.own(route);
  if (!disk.texts.has(own[0])) return { problems: [noticeParts.ownGone({ file: own[0] })] };
  const problems: string[] = [];
  if (shaOf(files, route, disk.texts) !== claimant.sha256) problems.push(noticeParts.ownEdited({ file: own[0] }));
  const { generation = "0" } = files.stampIn(route, disk.texts);
  const stamp = { owner: claimant.owner, routeId: claimant.routeId ?? "0", generation };
  const wanted = files.withRoute(route, stamp, disk);
  const listener = foreignListener(files, route, claimant, wanted, disk);
  let cure: string | undefined;
  for (const [file, text] of wanted) {
    const have = disk.texts.get(file);
    if (own.includes(file) || unmarked(text) === unmarked(have)) continue;
    if (listener?.files.includes(file)) {
      problems.push(noticeParts.listenerForeign({ file, owner: listener.owner }));
      cure = noticeParts.foreignListenerCure();
    } else problems.push(have === undefined ? noticeParts.sharedGone({ file }) : noticeParts.sharedDiffers({ file }));
  }
  return { problems, ...(cure !== undefined && { cure }) };
}

function stateOf(files: RouteFiles, route: RouteInputs, texts: Texts, problems: string[]) {
  const certificate = files.certificateIn(route, texts);
  return {
    sha256: shaOf(files, route, texts),
    ...(certificate !== undefined && { certificateSha256: sha256(certificate) }),
    problems,
  };
}
