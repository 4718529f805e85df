// An edge that keeps routes as named texts (files, or objects of an admin API): applies, inspects and removes, for every server.
import { sha256 } from "../../core/hash";
import type { OperationContext } from "../../core/logic";
import { unmarked } from "../../core/owner-mark";
import { telegramRanges } from "../../constants/telegram";
import { errors, parts } from "../errors";
import { machineOf } from "../machine";
import type { Connection, Machine } from "../machine";
import { lines, noticeParts, warnings } from "../notices";
import type { RouteInputs } from "../route/fields";
import type { Claimant, Edge, EdgeState } from "./edge";
import { inForce, outOfForce } from "./proof";
import type { Way } from "./proof";
import { submit } from "./queue";
import { foreignListener, ownerOfRoute, ownershipOfRoute, shaOf } from "./route-files";
import type { Files, RouteTexts, Stamp, Surroundings, Texts } from "./route-files";
import type { Disk } from "./scripts";
import type { Store } from "./store";
import type { Job, Plan } from "./transaction";

const generationBytes = 12;
const routeIdBytes = 6;

export function routeEdge(files: RouteTexts, store: Store): Edge {
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
      const refusal = files.refusal?.(route, disk);
      if (refusal) throw refusal;
      // Each creation has an id of its own, so that who had the place before knows that it is not theirs any more.
      const routeId = claimant.routeId ?? freshId;
      const stamp = keptStamp(files, route, { owner: claimant.owner, routeId, generation }, disk);
      const wanted = files.withRoute(route, stamp, disk);
      replaced = [
        ...(ownership === "taken over" ? [ownerOfRoute(files, route, claimant, disk.texts)] : []),
        ...settleListener(route, claimant, wanted, disk),
      ];
      const written: Texts = new Map([...disk.texts, ...wanted]);
      state = { ...stateOf(files, route, written, []), routeId };
      return {
        files: wanted,
        folders: [],
        needs: files.needs(route),
        ...(route.attach === "listener" && { listen: route.listen }),
        proof: async (connection) => {
          const way = { ...wayTo(route, disk.loaded), before: () => around?.before ?? [] };
          const problem = await inForce(store.server(disk), route, stamp.generation, way)(connection);
          return problem ?? (await files.differences?.(route, written, connection, context))?.[0];
        },
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
    const release = connection.hold();
    return look(machine, connection, route, claimant, context).finally(release);
  }

  async function look(
    machine: Machine,
    connection: Connection,
    route: RouteInputs,
    claimant: Claimant,
    context: OperationContext,
  ): Promise<EdgeState> {
    const disk = await store.look(machine, pathsOf(files, route), context);
    const state = (problems: string[], cure?: string) => ({
      ...stateOf(files, route, disk.texts, problems),
      ...(cure !== undefined && { cure }),
      routeId: claimant.routeId ?? "",
    });
    if (disk.problem !== undefined) return { ...state([]), obstacles: [disk.problem] };
    if (ownershipOfRoute(files, route, claimant, disk.texts) === "foreign") {
      const [file] = files.own(route);
      const owner = ownerOfRoute(files, route, claimant, disk.texts);
      return state([noticeParts.ownForeign({ thing: store.called(file), owner })], noticeParts.foreignCure());
    }
    const { problems, cure } = problemsOf(files, store, route, claimant, disk);
    const { generation } = files.stampIn(route, disk.texts);
    const loaded = files.surroundings && (await store.loaded?.(connection, context));
    const obstacles: string[] = [];
    const server = store.server(disk).name;
    const missing = loaded && files.needs(route).find(({ file }) => disk.texts.has(file) && !loaded.has(file));
    if (missing) obstacles.push(parts.notLoadedNow({ server, ...missing }));
    let isDown = false;
    const way = { ...wayTo(route, loaded), refused: () => (isDown = true) };
    const unsafe = files.unsafe?.(disk.texts);
    if (unsafe !== undefined) problems.push(unsafe);
    const isAsked = generation !== undefined && !missing && unsafe === undefined;
    const proof = !isAsked ? undefined : inForce(store.server(disk), route, generation, way);
    const problem = await proof?.(connection);
    if (problem !== undefined && isDown && route.attach === "location")
      obstacles.push(parts.toStart({ server, problem }));
    else if (problem !== undefined) problems.push(problem);
    problems.push(...((await files.differences?.(route, disk.texts, connection, context)) ?? []));
    const around = loaded && files.surroundings?.(route, disk.texts, loaded);
    problems.push(...(around?.unguarded ?? []));
    obstacles.push(...(around?.obstacles ?? []));
    return { ...state(problems, cure), ...(obstacles.length > 0 && { obstacles }) };
  }

  function wayTo(route: RouteInputs, loaded: ReadonlyMap<string, string> | undefined): Way {
    return loaded && files.takesProxyProtocol?.(route, loaded) ? { takesProxyProtocol: true } : {};
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
        proof: outOfForce(
          store.server(disk),
          route,
          files.stampIn(route, disk.texts).generation,
          wayTo(route, disk.loaded),
        ),
      };
    };
    await commitJob(route, { reads: pathsOf(files, route), plan }, context);
    const [file] = files.own(route);
    if (left !== undefined) context.log(lines.foreign({ name: context.name, file, owner: left }));
  }

  function commitJob(route: RouteInputs, job: Job, context: OperationContext): Promise<void> {
    return submit(machineOf(route.on), store, job, labelOf(route, context), context);
  }
}

/** For the beginning of a sentence. */
export function labelOf({ hostname, on }: RouteInputs, { name }: Pick<OperationContext, "name">): string {
  return `ProxyRoute ${name} (${hostname} on ${machineOf(on).name})`;
}

const nothingAround: Surroundings = { obstacles: [], unguarded: [], doubts: [], before: [] };

function warnOfDoubts(around: Surroundings | undefined, context: OperationContext): void {
  const places = [...new Set(around?.doubts)].join(", ");
  if (places !== "")
    context.warn(warnings.byAddress({ name: context.name, places, ranges: telegramRanges.join(", ") }));
}

const pathsOf = (files: RouteTexts, route: RouteInputs) => [...files.own(route), ...files.shared(route)];

/** The stamp with the generation on disk, if everything else of the route's own files is as wanted already. */
function keptStamp(files: RouteTexts, route: RouteInputs, stamp: Stamp, disk: Disk): Stamp {
  const { generation } = files.stampIn(route, disk.texts);
  if (generation === undefined) return stamp;
  const kept = { ...stamp, generation };
  const same = files.withRoute(route, kept, disk);
  return files.own(route).every((file) => same.get(file) === disk.texts.get(file)) ? kept : stamp;
}

/** What somebody did to the texts, one sentence each. */
function problemsOf(
  files: RouteTexts,
  store: Store,
  route: RouteInputs,
  claimant: Claimant,
  disk: Disk,
): Pick<EdgeState, "problems" | "cure"> {
  const own = files.own(route);
  if (!disk.texts.has(own[0])) return { problems: [noticeParts.ownGone({ thing: store.called(own[0]) })] };
  const problems: string[] = [];
  if (shaOf(files, route, disk.texts) !== claimant.sha256)
    problems.push(noticeParts.ownEdited({ thing: store.called(own[0]) }));
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

function stateOf(files: RouteTexts, route: RouteInputs, texts: Texts, problems: string[]) {
  const certificate = files.certificateIn(route, texts);
  return {
    sha256: shaOf(files, route, texts),
    ...(certificate !== undefined && { certificateSha256: sha256(certificate) }),
    problems,
  };
}
