// nginx as an edge: what a route is on disk, and how it is proved, seen and taken away.
import { X509Certificate, createHash } from "node:crypto";
import { sha256 } from "../../core/hash";
import type { OperationContext } from "../../core/logic";
import { failure } from "../../core/failure";
import { machineOf } from "../machine";
import type { Connection } from "../machine";
import { probe } from "../probe";
import type { Question } from "../probe";
import type { RouteInputs } from "../route/fields";
import type { Edge, EdgeState, TelegramAddresses } from "./edge";
import * as files from "./nginx-files";
import { submit } from "./nginx-queue";
import { diskOf, lookScript } from "./nginx-scripts";
import type { Disk } from "./nginx-scripts";
import type { Job, Plan } from "./nginx-transaction";

const generationBytes = 12;

export function nginxEdge(telegram: TelegramAddresses): Edge {
  return { apply, look, remove };

  async function apply(route: RouteInputs, context: OperationContext): Promise<EdgeState> {
    const fresh = context.randomBytes(generationBytes).toString("hex");
    const paths = [...files.filesOf(route, fresh, telegram).keys()];
    let sight: EdgeState = { sha256: "", problems: [] };
    const plan = (disk: Disk): Plan => {
      const generation = keptGeneration(route, disk, telegram) ?? fresh;
      const wanted = files.filesOf(route, generation, telegram);
      const { http } = files.placesOf(route);
      if (files.isHttpFileNewer(disk.texts.get(http))) wanted.delete(http);
      sight = { sha256: shaOf(route, wanted), ...certificateSha(route, wanted), problems: [] };
      return {
        files: wanted,
        folders: [],
        needs: needsOf(route),
        ...(route.attach === "listener" && { listen: route.listen }),
        proof: (connection) => inForceProblem(route, generation, connection),
      };
    };
    await commitJob(route, { reads: paths, plan }, context);
    return sight;
  }

  async function look(route: RouteInputs, recorded: string, context: OperationContext): Promise<EdgeState> {
    const { directory } = route.server.nginx;
    const connection = await machineOf(route.on).connect();
    const paths = [...files.filesOf(route, "0", telegram).keys()];
    const ran = await connection.run(lookScript(directory, paths), context.signal);
    if (ran.code !== 0) throw failure("PROXY_REFUSED", `${directory} cannot be read: ${ran.stderr.trim()}.`);
    const disk = diskOf(ran.stdout);
    const problems = fileProblems(route, recorded, disk, telegram);
    const generation = files.generationIn(disk.texts.get(files.placesOf(route).route));
    const inForce = generation === undefined ? undefined : await inForceProblem(route, generation, connection);
    if (inForce !== undefined) problems.push(inForce);
    return { sha256: shaOf(route, disk.texts), ...certificateSha(route, disk.texts), problems };
  }

  async function remove(route: RouteInputs, context: OperationContext): Promise<void> {
    const { route: file } = files.placesOf(route);
    const plan = (disk: Disk): Plan => {
      const generation = files.generationIn(disk.texts.get(file));
      return {
        ...withoutRoute(route, disk),
        needs: [],
        proof: (connection) => stillThere(route, generation, connection),
      };
    };
    await commitJob(route, { reads: [file], plan }, context);
  }
}

function commitJob(route: RouteInputs, job: Job, context: OperationContext): Promise<void> {
  const machine = machineOf(route.on);
  const label = `ProxyRoute ${context.name} (${route.hostname} on ${machine.name})`;
  return submit(machine, route.server.nginx, job, label, context);
}

/** The generation on disk, if everything else of the route's own files is as wanted already. */
function keptGeneration(route: RouteInputs, { texts }: Disk, telegram: TelegramAddresses): string | undefined {
  const places = files.placesOf(route);
  const generation = files.generationIn(texts.get(places.route));
  if (generation === undefined) return undefined;
  const same = files.filesOf(route, generation, telegram);
  const isSame = [places.route, places.addresses].every((file) => same.get(file) === texts.get(file));
  return isSame ? generation : undefined;
}

function needsOf(route: RouteInputs): Plan["needs"] {
  const { directory } = route.server.nginx;
  const places = files.placesOf(route);
  const line = (text: string, where: string) => `Add the line \`${text}\` to ${where}, and run pulumi up again`;
  const http = {
    file: places.http,
    cure: line(`include ${directory}/*.conf;`, "the http block of nginx.conf, above every server block"),
  };
  const where = `the server block of ${route.hostname}`;
  return [http, { file: places.route, cure: line(`include ${places.folder}/*.conf;`, where) }];
}

function questionFor(route: RouteInputs): Question {
  return {
    ...files.probeEndpointOf(route),
    hostname: route.hostname,
    path: route.path,
    secret: route.secretTokens[0] ?? "",
    isTls: route.tls !== "none",
    generationHeader: files.generationHeader,
  };
}

/** What keeps this generation of a route from being in force, in words. */
async function inForceProblem(
  route: RouteInputs,
  generation: string,
  connection: Connection,
): Promise<string | undefined> {
  const question = questionFor(route);
  const where = `${question.address}:${question.port}`;
  const answer = await probe(connection, question);
  if ("problem" in answer) return `nginx does not answer for ${route.hostname} at ${where}: ${answer.problem}`;
  if (!answer.isOurs)
    return `another configuration than the route's is in force for ${route.hostname} at ${where}: it answered ${answer.status}`;
  if (answer.generation !== generation) return `nginx at ${where} still runs the route as it was before`;
  const leaf = leafOf(route);
  if (leaf !== undefined && answer.certificateSha256 !== leaf)
    return `nginx at ${where} shows another certificate than the route's`;
  return undefined;
}

async function stillThere(
  route: RouteInputs,
  generation: string | undefined,
  connection: Connection,
): Promise<string | undefined> {
  if (generation === undefined) return undefined;
  const answer = await probe(connection, questionFor(route));
  const isThere = "isOurs" in answer && answer.isOurs && answer.generation === generation;
  return isThere ? `nginx still answers for the route of ${route.hostname}` : undefined;
}

/** What somebody did to the files, one sentence each. */
function fileProblems(route: RouteInputs, recorded: string, { texts }: Disk, telegram: TelegramAddresses): string[] {
  const places = files.placesOf(route);
  if (!texts.has(places.route)) return [`its file ${places.route} is gone`];
  const problems: string[] = [];
  if (shaOf(route, texts) !== recorded) problems.push(`its file ${places.route} was edited`);
  const wanted = files.filesOf(route, "0", telegram);
  const others = [places.http, ...(places.site ? Object.values(places.site) : [])];
  for (const file of others) {
    const [want, have] = [wanted.get(file), texts.get(file)];
    if (want === have || (file === places.http && files.isHttpFileNewer(have))) continue;
    problems.push(`${file} ${have === undefined ? "is gone" : "differs from what was written"}`);
  }
  return problems;
}

/** Everything of this route, and what no other route needs any more. */
function withoutRoute(route: RouteInputs, { names }: Disk): Pick<Plan, "files" | "folders"> {
  const { directory } = route.server.nginx;
  const places = files.placesOf(route);
  const others = (folder: string) =>
    [...names].some((name) => name !== places.route && name.startsWith(`${folder}/`) && name.endsWith(".conf"));
  const gone = [places.route, places.addresses];
  const isLastOfSite = !others(places.folder);
  if (isLastOfSite && places.site) gone.push(...Object.values(places.site));
  const isLast = ![...names].some(
    (name) => /\/(?:sites|locations)\/[^/]+\/[^/]+\.conf$/.test(name) && name !== places.route,
  );
  if (isLast) gone.push(places.http);
  const folders = [places.folder, ...["sites", "locations", "addresses"].map((name) => `${directory}/${name}`)];
  return { files: new Map(gone.map((file) => [file, undefined])), folders };
}

/** SHA-256 of what is the route's alone. */
function shaOf(route: RouteInputs, texts: Map<string, string | undefined>): string {
  const { route: file, addresses } = files.placesOf(route);
  return sha256((texts.get(file) ?? "") + (texts.get(addresses) ?? ""));
}

function certificateSha(route: RouteInputs, texts: Map<string, string | undefined>): { certificateSha256?: string } {
  const text = texts.get(files.placesOf(route).site?.certificate ?? "");
  return text === undefined ? {} : { certificateSha256: sha256(text) };
}

function leafOf({ tls }: RouteInputs): string | undefined {
  if (typeof tls !== "object" || !("pem" in tls)) return undefined;
  return createHash("sha256").update(new X509Certificate(tls.pem.certificatePem).raw).digest("hex");
}
