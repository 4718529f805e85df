// An edge whose routes are files on the machine: applies, inspects and removes, for every server that says what its files are.
import { sha256 } from "../../core/hash";
import type { OperationContext } from "../../core/logic";
import { errors } from "../errors";
import { machineOf } from "../machine";
import type { Connection } from "../machine";
import { noticeParts } from "../notices";
import type { RouteInputs } from "../route/fields";
import type { Edge, EdgeState } from "./edge";
import type { Need, ServerProgram } from "./program";
import { inForce, outOfForce } from "./proof";
import { submit } from "./queue";
import { diskOf, readFiles } from "./scripts";
import type { Disk } from "./scripts";
import type { Job, Plan } from "./transaction";

/** Path to text; `undefined`: the file is not needed. */
export type Files = Map<string, string | undefined>;

/** How a server keeps routes in files. Pure, but for `differences`. */
export interface RouteFiles {
  program: ServerProgram;
  /** The files whose text is this route's alone: what `sha256` is made of. The first one is there while the route is. */
  own(route: RouteInputs): [string, ...string[]];
  /** The files that it shares with other routes: the same text from each, or one that each changes. */
  shared(route: RouteInputs): string[];
  /**
   * Its own and shared files with the route in force. `disk` has their present texts. A file that is left out stays as it
   * is. For one disk and generation always the same.
   */
  withRoute(route: RouteInputs, generation: string, disk: Disk): Files;
  /** The files once the route is gone, and the folders that go when they are empty, the deepest first. */
  withoutRoute(route: RouteInputs, disk: Disk): Pick<Plan, "files" | "folders">;
  /** The generation of the route that the files say. */
  generationIn(route: RouteInputs, texts: ReadonlyMap<string, string | undefined>): string | undefined;
  /** The certificate that we wrote for it (PEM, without its key), if we did. */
  certificateIn(route: RouteInputs, texts: ReadonlyMap<string, string | undefined>): string | undefined;
  /** Files that must be loaded for the route to be in force. */
  needs(route: RouteInputs): Need[];
  /** What the server runs otherwise than the files say, one sentence each, where another channel can tell. */
  differences?(route: RouteInputs, disk: Disk, connection: Connection, context: OperationContext): Promise<string[]>;
}

const generationBytes = 12;

export function fileEdge(files: RouteFiles): Edge {
  const { program } = files;
  return { apply, inspect, remove };

  async function apply(route: RouteInputs, context: OperationContext): Promise<EdgeState> {
    const fresh = context.randomBytes(generationBytes).toString("hex");
    let state: EdgeState = { sha256: "", problems: [] };
    const plan = (disk: Disk): Plan => {
      const generation = keptGeneration(files, route, disk) ?? fresh;
      const wanted = files.withRoute(route, generation, disk);
      state = stateOf(files, route, wanted, []);
      return {
        files: wanted,
        folders: [],
        needs: files.needs(route),
        ...(route.attach === "listener" && { listen: route.listen }),
        proof: inForce(program.name, route, generation),
      };
    };
    await commitJob(route, { reads: pathsOf(files, route), plan }, context);
    return state;
  }

  async function inspect(route: RouteInputs, recorded: string, context: OperationContext): Promise<EdgeState> {
    const connection = await machineOf(route.on).connect();
    const ran = await connection.run(readFiles(program.directory, pathsOf(files, route)), context.signal);
    if (ran.code !== 0) throw errors.PROXY_REFUSED.notSeen({ directory: program.directory, said: ran.stderr.trim() });
    const disk = diskOf(ran.stdout);
    const problems = fileProblems(files, route, recorded, disk);
    const generation = files.generationIn(route, disk.texts);
    const problem = generation === undefined ? undefined : await inForce(program.name, route, generation)(connection);
    if (problem !== undefined) problems.push(problem);
    problems.push(...((await files.differences?.(route, disk, connection, context)) ?? []));
    return stateOf(files, route, disk.texts, problems);
  }

  async function remove(route: RouteInputs, context: OperationContext): Promise<void> {
    const plan = (disk: Disk): Plan => ({
      ...files.withoutRoute(route, disk),
      needs: [],
      proof: outOfForce(program.name, route, files.generationIn(route, disk.texts)),
    });
    await commitJob(route, { reads: pathsOf(files, route), plan }, context);
  }

  function commitJob(route: RouteInputs, job: Job, context: OperationContext): Promise<void> {
    const machine = machineOf(route.on);
    const label = `ProxyRoute ${context.name} (${route.hostname} on ${machine.name})`;
    return submit(machine, program, job, label, context);
  }
}

const pathsOf = (files: RouteFiles, route: RouteInputs) => [...files.own(route), ...files.shared(route)];

/** The generation on disk, if everything else of the route's own files is as wanted already. */
function keptGeneration(files: RouteFiles, route: RouteInputs, disk: Disk): string | undefined {
  const generation = files.generationIn(route, disk.texts);
  if (generation === undefined) return undefined;
  const same = files.withRoute(route, generation, disk);
  return files.own(route).every((file) => same.get(file) === disk.texts.get(file)) ? generation : undefined;
}

/** What somebody did to the files, one sentence each. */
function fileProblems(files: RouteFiles, route: RouteInputs, recorded: string, disk: Disk): string[] {
  const own = files.own(route);
  if (!disk.texts.has(own[0])) return [noticeParts.ownGone({ file: own[0] })];
  const problems: string[] = [];
  if (shaOf(files, route, disk.texts) !== recorded) problems.push(noticeParts.ownEdited({ file: own[0] }));
  for (const [file, text] of files.withRoute(route, files.generationIn(route, disk.texts) ?? "0", disk)) {
    const have = disk.texts.get(file);
    if (own.includes(file) || text === have) continue;
    problems.push(have === undefined ? noticeParts.sharedGone({ file }) : noticeParts.sharedDiffers({ file }));
  }
  return problems;
}

function stateOf(
  files: RouteFiles,
  route: RouteInputs,
  texts: ReadonlyMap<string, string | undefined>,
  problems: string[],
) {
  const certificate = files.certificateIn(route, texts);
  return {
    sha256: shaOf(files, route, texts),
    ...(certificate !== undefined && { certificateSha256: sha256(certificate) }),
    problems,
  };
}

/** SHA-256 of what is the route's alone. */
function shaOf(files: RouteFiles, route: RouteInputs, texts: ReadonlyMap<string, string | undefined>): string {
  return sha256(
    files
      .own(route)
      .map((file) => texts.get(file) ?? "")
      .join(""),
  );
}
