// Keeps routes as objects in the configuration of a running Caddy: one look, one decision and one write for changes that come together.
import { isFailure, wordsOf } from "../../../core/failure";
import type { OperationContext } from "../../../core/logic";
import { ownerIn } from "../../../core/owner-mark";
import { errors, parts } from "../../errors";
import type { Connection, Machine, Ran } from "../../machine";
import { listenAddressOf } from "../../rules";
import { problemOf, prove } from "../proof";
import { takenBy } from "../reasons";
import type { Disk, FileChange } from "../scripts";
import { socketsScript } from "../sockets";
import type { Store } from "../store";
import { planned, unstopped } from "../transaction";
import type { Job, Plan } from "../transaction";
import { adminClient, NoAdminAnswer, placeWords } from "./admin-client";
import type { AdminClient, AdminPlace } from "./admin-client";
import { objectsIn, withObjects } from "./admin-config";
import type { Objects } from "./admin-config";
import { objectAt } from "./admin-json";
import { servingServer } from "./admin-listens";
import { machineScript, runProblem, socketTrustProblem } from "./admin-machine";
import { listenerName, logName, partsOfName } from "./admin-names";
import { usualSocket } from ".";
import type { CaddySettings } from ".";

const server = "caddy";
const resumeCure = (otherwise: string) =>
  `Run it as \`caddy run --resume\` (on Debian the unit caddy-api in place of caddy), or ${otherwise}`;
const startCure = (place: AdminPlace) =>
  `Start Caddy as \`caddy run --resume\`, with its admin API at ${placeWords(place)}`;
/** How often it is decided anew after somebody else's write. */
const mostWrites = 20;
const longestPause = 5;
const restoreSeconds = 60;

export const adminPlaceOf = ({ adminUrl, adminSocket = usualSocket }: CaddySettings): AdminPlace => {
  if (adminUrl === undefined) return { socket: adminSocket };
  const { hostname, port } = new URL(adminUrl);
  return { address: hostname === "localhost" ? "127.0.0.1" : hostname, port: Number(port || 80) };
};

/** `otherwise`: what can be done with a Caddy that is run by a file. */
export function adminStore(settings: CaddySettings, otherwise = 'take attach "location" in its Caddyfile'): Store {
  const place = adminPlaceOf(settings);
  const { user } = settings;
  return {
    key: JSON.stringify([place, user]),
    server: () => ({ name: server, owner: user }),
    called: (name) => `object ${name}`,
    look: (machine, _names, context) =>
      opened(machine, context, async ({ client, ran }) => {
        const seen = await client.read().catch(silent);
        if (seen instanceof NoAdminAnswer)
          return { ...diskOf(new Map()), problem: parts.toStart({ problem: seen.message, server }) };
        const problem = runProblem(place, ran) ?? unkeptProblem(seen.config);
        return { ...diskOf(objectsIn(seen.config)), ...(problem !== undefined && { problem }) };
      }),
    transact: (machine, jobs, context) =>
      opened(machine, context, async ({ connection, client, ran }) => {
        const problem = runProblem(place, ran);
        if (problem !== undefined) throw errors.PROXY_REFUSED.unfitAdmin({ problem, cure: resumeCure(otherwise) });
        try {
          await transact({ connection, client, machine, place, jobs, context });
        } catch (error) {
          if (!(error instanceof NoAdminAnswer)) throw error;
          throw errors.PROXY_REFUSED.unfitAdmin({ problem: error.message, cure: startCure(place) });
        }
      }),
  };

  /** Nothing is asked before it is known whose the socket is; and while something is asked the connection stays. */
  async function opened<T>(
    machine: Machine,
    context: OperationContext,
    work: (open: Opened) => Promise<T>,
  ): Promise<T> {
    const connection = await machine.connect(context.signal);
    const release = connection.hold();
    try {
      const ran = await connection.run(machineScript(place, user), context.signal);
      const problem = socketTrustProblem(place, user, ran);
      if (problem) throw problem;
      return await work({ connection, ran, client: adminClient(connection, place, context) });
    } finally {
      release();
    }
  }
}

interface Opened {
  connection: Connection;
  client: AdminClient;
  /** What the machine says of the way to the API. */
  ran: Ran;
}

function silent(error: unknown): NoAdminAnswer {
  if (error instanceof NoAdminAnswer) return error;
  throw error;
}

function diskOf(objects: Objects): Disk {
  const owners = [...objects].flatMap(([name, text]) => {
    const owner = ownerIn(text);
    return owner === undefined ? [] : [[name, owner] as const];
  });
  return { names: new Set(objects.keys()), texts: objects, owners: new Map(owners) };
}

interface Work {
  connection: Connection;
  client: AdminClient;
  machine: Machine;
  place: AdminPlace;
  jobs: Job[];
  context: OperationContext;
}

/** What was written, with what was there before. */
interface Change extends FileChange {
  before: string | undefined;
}

/** Throws, with our objects as they were, or returns with all in force. */
async function transact(work: Work): Promise<void> {
  const { client, jobs, context } = work;
  let isForced = false;
  for (let write = 1; write <= mostWrites; write += 1) {
    const { config, etag } = await client.read();
    const unkept = unkeptProblem(config);
    if (unkept !== undefined) throw errors.PROXY_REFUSED.unfitAdmin({ problem: unkept, cure: "Take that setting out" });
    const objects = objectsIn(config);
    const { plans, changes } = planned(jobs, diskOf(objects));
    if (changes.length === 0 && !isForced) {
      if ((await problemOf(proofsOf(plans), work.connection)) === undefined) return;
      isForced = true;
    }
    await refuseTaken(work, plans, objects, config);
    const all = changes.map((change) => ({ ...change, before: objects.get(change.file) }));
    const written = await client.write(withObjects(config, changed(objects, changes)), etag, isForced).catch(silent);
    const isDone = written === "done" || (written instanceof NoAdminAnswer && (await isThere(client, all)));
    if (isDone) return proveOrPutBack(work, plans, all);
    if (written instanceof NoAdminAnswer) throw written;
    if (written !== "changed")
      throw errors.PROXY_REFUSED.refused({ server, said: unstopped(written.refused), now: ` ${parts.unchanged()}` });
    await context.sleep((context.random() * Math.min(write, longestPause)) / 10);
  }
  throw errors.PROXY_REFUSED.busyAdmin({ server, times: mostWrites });
}

const proofsOf = (plans: Plan[]) => plans.map(({ proof }) => proof);

/** Whether a write that nobody answered was carried out. */
async function isThere(client: AdminClient, changes: Change[]): Promise<boolean> {
  const now = objectsIn((await client.read()).config);
  return changes.length > 0 && changes.every(({ file, text }) => now.get(file) === text);
}

function changed(
  objects: ReadonlyMap<string, string>,
  changes: { file: string; text?: string | undefined }[],
): Objects {
  const next = new Map(objects);
  for (const { file, text } of changes) {
    if (text === undefined) next.delete(file);
    else next.set(file, text);
  }
  return next;
}

/** Where Caddy keeps no changes, or takes its configuration from elsewhere, ours would be gone with the next start. */
function unkeptProblem(config: unknown): string | undefined {
  const { persist, load } = objectAt(config, "admin", "config");
  if (persist === false) return parts.unkept({ server, setting: "admin.config.persist: false" });
  return load === undefined ? undefined : parts.unkept({ server, setting: "admin.config.load" });
}

/** The address and port of a listener must be free of other servers of this Caddy, of other listeners of ours and of other programs. */
async function refuseTaken(
  { connection, context }: Work,
  plans: Plan[],
  objects: Objects,
  config: unknown,
): Promise<void> {
  const listens = [...new Set(plans.flatMap(({ listen }) => listen ?? []))];
  for (const listen of listens) {
    const name = servingServer(listen, config);
    if (name !== undefined) throw errors.ROUTE_NOT_FREE.servedByServer({ listen, name, server });
  }
  const fresh = listens.filter((listen) => !objects.has(listenerName(listen)));
  if (fresh.length === 0) return;
  const { stdout: sockets } = await connection.run(socketsScript, context.signal);
  const listening = [...objects.keys()].flatMap((file) => {
    const named = partsOfName(file);
    return named?.kind === "listener" ? [{ file: `${logName}/${file}`, ...listenAddressOf(named.listen) }] : [];
  });
  for (const listen of fresh) {
    const taken = await takenBy(listen, { ours: logName, listening }, sockets, connection, context.signal);
    if (taken) throw taken;
  }
}

async function proveOrPutBack(work: Work, plans: Plan[], changes: Change[]): Promise<void> {
  const { connection, context, machine } = work;
  const problem = await prove(proofsOf(plans), connection, context, server).catch(async (error: unknown) => {
    if (isFailure(error, errors.MACHINE_FORWARDS_NOT)) {
      throw errors.MACHINE_FORWARDS_NOT.unproved({ problem: error.message, now: await putBack(work, changes) });
    }
    if (!isFailure(error, errors.MACHINE_UNREACHABLE)) throw error;
    throw errors.MACHINE_UNREACHABLE.unproved({ machine: machine.name, server });
  });
  if (problem === undefined) return;
  const why = parts.seeLog({ log: "its log" });
  const told = { problem, server, change: "change", why, now: await putBack(work, changes) };
  throw errors.ROUTE_NOT_IN_FORCE.unproved(told);
}

/** Puts back what was there, of what nobody has changed since; gives the sentence for what is true then. */
async function putBack({ connection, context, place }: Work, changes: Change[]): Promise<string> {
  if (changes.length === 0) return "";
  const later = context.beyond(restoreSeconds);
  const client = adminClient(connection, place, later);
  try {
    for (let write = 1; write <= mostWrites; write += 1) {
      const { config, etag } = await client.read();
      const objects = objectsIn(config);
      const ours = changes.filter(({ file, text }) => objects.get(file) === text);
      const back = ours.map(({ before, ...change }) => ({ ...change, text: before }));
      const written = await client.write(withObjects(config, changed(objects, back)), etag, false);
      if (written === "done") return ` ${parts.restored()}`;
      if (written !== "changed") return ` ${parts.notRestored({ said: unstopped(written.refused) })}`;
      await later.sleep((later.random() * Math.min(write, longestPause)) / 10);
    }
  } catch (error) {
    return ` ${parts.notRestored({ said: unstopped(wordsOf(error)) })}`;
  }
  return ` ${parts.notRestored({ said: parts.busyAdmin({ times: mostWrites }) })}`;
}
