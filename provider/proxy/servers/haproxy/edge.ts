// haproxy as an edge: what the general transaction has to know of it, and which files a route is.
import { unmarked } from "../../../core/owner-mark";
import type { Failure } from "../../../core/failure-types";
import type { ExecutionContext, OperationContext } from "../../../core/logic";
import { errors, parts } from "../../errors";
import { machineOf } from "../../machine";
import type { Connection } from "../../machine";
import { lines } from "../../notices";
import { tls } from "../../route/choices";
import type { RouteInputs } from "../../route/fields";
import { listenAddressOf } from "../../rules";
import type { Answerer, Answering, Edge } from "../edge";
import { fileAnswerer, fileEdge } from "../file-edge";
import { reloadProblem } from "../program";
import type { Need, ServerProgram } from "../program";
import type { Files, RouteFiles, Stamp, Texts } from "../route-files";
import { commandLine } from "../scripts";
import type { Disk } from "../scripts";
import { meets, socketsIn, socketsScript } from "../sockets";
import type { Plan } from "../transaction";
import { haproxyAnswers } from "./answers";
import { haproxyReport } from "./check";
import {
  baseFile,
  certificateFile,
  certificatesAfterKey,
  isNewer,
  kindIn,
  leadingLines,
  listenerFile,
  listFile,
  pathFile,
  routeFile,
  secretsFile,
  haproxyStampIn,
} from "./files";
import { kindWords, listenerKindOf } from "./kinds";
import { hasSettled, reloadByMaster } from "./master";
import { answerPlaces, baseName, certificatesOf, listenIn, othersBelow, haproxyPlaces } from "./places";
import { entriesIn, isForSocket, runningEntries, tell } from "./runtime";
import type { HaproxySettings } from ".";

/** The master loses a signal that comes while it loads; a thousand routes take 3.5 s, and an address that is taken 2 s. */
const settleSeconds = 4;

export function haproxyEdge(settings: HaproxySettings): Edge {
  return fileEdge(haproxyFiles(settings));
}

export function haproxyAnswerer(settings: HaproxySettings): Answerer {
  const by = (isServed: boolean) => fileAnswerer(haproxyAnswers(settings, isServed), haproxyProgram(settings));
  return {
    answer: async (wanted, context) => by(await isServed(wanted, context)).answer(wanted, context),
    withdraw: (wanted, context) => by(true).withdraw(wanted, context),
  };
}

/** haproxy does not tell what its own frontends bind, but the kernel who listens. */
async function isServed({ on, listen }: Answering, { signal }: OperationContext): Promise<boolean> {
  const connection = await machineOf(on).connect(signal);
  const { stdout } = await connection.run(socketsScript, signal);
  return socketsIn(stdout).some((place) => meets(place, listenAddressOf(listen)));
}

function haproxyFiles(settings: HaproxySettings): RouteFiles {
  const { directory } = settings;
  const places = (route: RouteInputs) => haproxyPlaces(directory, route);
  return {
    program: haproxyProgram(settings),
    own: (route) => [places(route).route, places(route).secrets],
    shared: (route) => {
      const { base, listener, list, certificate, path } = places(route);
      return listener === undefined ? [base] : [base, listener, list, certificate, path];
    },
    listener: (route) => {
      const { certificate, path } = places(route);
      return [undefined, "plain"].includes(kindOf(route)) ? [] : [certificate, path];
    },
    refusal: (route, disk) => refusalOf(settings, route, disk),
    withRoute: (route, stamp, disk) => withRoute(settings, route, stamp, disk),
    withoutRoute: (route, disk) => withoutRoute(settings, route, disk),
    stampIn: (route, texts) => haproxyStampIn(texts.get(places(route).route), texts.get(places(route).secrets)),
    certificateIn: (route, texts) => certificatesAfterKey(texts.get(places(route).certificate)),
    needs: (route) => needsOf(settings, route),
    differences: (route, texts, connection, context) => differencesOf(settings, route, texts, connection, context),
  };
}

function haproxyProgram(settings: HaproxySettings): ServerProgram {
  const { directory } = settings;
  const check = settings.check ?? ["haproxy", "-c", "-f", "/etc/haproxy/haproxy.cfg", "-f", directory];
  const program: ServerProgram = {
    name: "haproxy",
    key: JSON.stringify(settings),
    directory,
    checker: { command: check, read: (ran) => haproxyReport(ran, `${directory}/${baseName}`) },
    reload: commandLine(settings.reload),
    settleSeconds,
    listening: (_checked, { names }) =>
      [...names].flatMap((file) => {
        const listen = listenIn(file);
        return listen === undefined ? [] : [{ file, ...listenAddressOf(listen) }];
      }),
    log: "its log",
  };
  const { socket, masterSocket } = settings;
  if (socket === undefined && masterSocket === undefined) return program;
  return {
    ...program,
    activate: async (activation) => {
      const { context } = activation;
      if (socket !== undefined && isForSocket(activation.changes)) {
        const said = await tell(socket, activation);
        if (said === undefined) return undefined;
        context.log(lines.reloadedInstead({ server: program.name, socket, said }));
      }
      if (masterSocket !== undefined) {
        const { problem, notTold } = await reloadByMaster(program, masterSocket, activation);
        if (notTold === undefined) return problem;
        context.log(lines.commandInstead({ server: program.name, socket: masterSocket, said: notTold }));
      }
      return reloadProblem(program, activation);
    },
    ...(masterSocket !== undefined && {
      hasSettled: (connection: Connection, context: ExecutionContext) => hasSettled(connection, masterSocket, context),
    }),
  };
}

/** What was changed over the socket alone is gone with the next reload, and until then lets in who should not come. */
async function differencesOf(
  { directory, socket }: HaproxySettings,
  route: RouteInputs,
  texts: Texts,
  connection: Connection,
  { signal }: OperationContext,
): Promise<string[]> {
  const file = haproxyPlaces(directory, route).secrets;
  const text = texts.get(file);
  if (socket === undefined || text === undefined) return [];
  const running = await runningEntries(socket, file, connection, signal);
  const isSame = running === undefined || running.sort().join() === entriesIn(text).sort().join();
  return isSame ? [] : [parts.otherEntries({ server: "haproxy", file })];
}

const pemOf = (route: RouteInputs) => (typeof route.tls === "object" && "pem" in route.tls ? route.tls.pem : undefined);
/** Certificate and key are in one file (`cannot`). */
const fileOf = ({ tls: own }: RouteInputs) =>
  typeof own === "object" && "files" in own ? own.files.certificateFile : undefined;

/** Of a listener; nothing with attach "location". */
function kindOf(route: RouteInputs) {
  return route.attach === "listener" ? listenerKindOf(route, tls.branchOf(route.tls)) : undefined;
}

/** A listener is of one kind for all its routes; who has it alone may change that. */
function refusalOf({ directory }: HaproxySettings, route: RouteInputs, { names, texts }: Disk): Failure | undefined {
  const places = haproxyPlaces(directory, route);
  const [kind, found] = [kindOf(route), kindIn(texts.get(places.listener ?? ""))];
  if (kind === undefined || found === undefined || found === kind) return undefined;
  const [, listen = ""] = places.folders;
  if (othersBelow(listen, places, names).length === 0) return undefined;
  return errors.ROUTE_NOT_FREE.otherKind({ listen: route.listen, has: kindWords(found), wanted: kindWords(kind) });
}

function withRoute(settings: HaproxySettings, route: RouteInputs, stamp: Stamp, { names, texts }: Disk): Files {
  const places = haproxyPlaces(settings.directory, route);
  const { base, listener, list, certificate, path } = places;
  const files: Files = new Map([
    [places.route, routeFile(settings, route, stamp, places)],
    [places.secrets, secretsFile(route, stamp)],
  ]);
  if (!isNewer(texts.get(base))) files.set(base, baseFile());
  const kind = kindOf(route);
  if (listener === undefined || kind === undefined) return files;
  // Two that bind one place would share its connections, and the listener answers challenges too.
  const { frontend } = answerPlaces(settings.directory, route.listen);
  if (names.has(frontend)) files.set(frontend, undefined);
  if (!isNewer(texts.get(listener))) files.set(listener, listenerFile(route, places, kind));
  const [pem, file] = [pemOf(route), fileOf(route)];
  const certificates = certificatesOf(places, names, texts.get(list));
  if (pem || file !== undefined) certificates.set(route.hostname, file ?? certificate);
  files.set(list, kind === "plain" ? undefined : listFile(certificates));
  files.set(certificate, pem && certificateFile(pem, stamp.owner));
  files.set(path, file === undefined ? undefined : pathFile(file, stamp.owner));
  return files;
}

/** Everything of this route, and what no other route needs any more; a certificate whose stack has no route left has no mark any more. */
function withoutRoute(settings: HaproxySettings, route: RouteInputs, disk: Disk): Pick<Plan, "files" | "folders"> {
  const { names, texts, owners } = disk;
  const places = haproxyPlaces(settings.directory, route);
  const { base, listener, list, certificate, path, folders } = places;
  const [host = "", listen = "", all = ""] = folders;
  const files: Files = new Map([places.route, places.secrets].map((file) => [file, undefined]));
  const ofHost = othersBelow(host, places, names);
  if (listener !== undefined && ofHost.length === 0) {
    for (const file of [certificate, path]) files.set(file, undefined);
    const certificates = certificatesOf(places, names, texts.get(list));
    certificates.delete(route.hostname);
    files.set(list, certificates.size > 0 ? listFile(certificates) : undefined);
  }
  for (const file of [certificate, path]) {
    const maker = owners.get(file);
    if (ofHost.length > 0 && maker !== undefined && !ofHost.some((other) => owners.get(other) === maker))
      files.set(file, unmarked(texts.get(file)));
  }
  if (listener !== undefined && othersBelow(listen, places, names).length === 0) files.set(listener, undefined);
  const isAnswering = names.has(answerPlaces(settings.directory, route.listen).backend);
  if (othersBelow(all, places, names).length === 0 && !isAnswering) files.set(base, undefined);
  return { files, folders };
}

/** The checker does not tell which files are loaded: what is missing shows when the route is asked. */
function needsOf({ directory }: HaproxySettings, route: RouteInputs): Need[] {
  const { base, route: file } = haproxyPlaces(directory, route);
  const start = `Start haproxy with \`-f ${directory}\` as its last \`-f\` (on Debian in EXTRAOPTS of /etc/default/haproxy)`;
  if (route.attach === "listener") return [{ file: base, cure: `${start}, and run pulumi up again` }];
  const [variable, backend] = leadingLines(route);
  return [
    { file: base, cure: start },
    {
      file,
      cure: `Add two lines to the frontend of ${route.hostname}, which must bind ${route.listen}: \`${variable}\`, and as its last use_backend \`${backend}\`; then run pulumi up again`,
    },
  ];
}
