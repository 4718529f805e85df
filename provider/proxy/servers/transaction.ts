// Changes a server's files as one transaction: lock, check, write beside, swap, check, reload, prove; or all as it was before.
import { isFailure } from "../../core/failure";
import type { Failure } from "../../core/failure-types";
import type { OperationContext } from "../../core/logic";
import { ownerIn } from "../../core/owner-mark";
import { errors, parts } from "../errors";
import { lines, warnings } from "../notices";
import type { Connection, Machine } from "../machine";
import { takeLock } from "./lock";
import type { Surroundings } from "./route-files";
import { activate, check, wordsIn } from "./program";
import type { CheckerReport, Need, ServerProgram } from "./program";
import { problemOf, prove } from "./proof";
import type { Proof } from "./proof";
import { commit, diskOf, ensureDirectory, guarding, leftOver, readAll, recover, swapFiles } from "./scripts";
import type { FileChange, Changes, Disk } from "./scripts";
import { markLog, takenBy, whyNot } from "./reasons";
import { socketsScript } from "./sockets";
import { untrusted } from "./trust";
import { notReloaded, wayBack, workFolder } from "./way-back";

/** What one route wants of a transaction. */
export interface Plan {
  /** Path to text; `undefined`: must not be there. */
  files: Map<string, string | undefined>;
  /** Folders that go when they are empty, the deepest first. */
  folders: string[];
  /** Files that must be loaded afterwards. */
  needs: Need[];
  /** The address and port that we own. */
  listen?: string;
  /** What is not in force yet, in words; asked until there is nothing. */
  proof: Proof;
  /** What the configuration around the route does to it, of the texts of all that is loaded. */
  surroundings?(loaded: ReadonlyMap<string, string>): Surroundings;
}

export interface Job {
  /** The files whose text the plan depends on, and all that it may write. */
  reads: string[];
  /** `disk`: as the jobs before this one will leave it. May throw a failure: nothing has been changed then. */
  plan(disk: Disk): Plan;
}

interface Work {
  connection: Connection;
  machine: Machine;
  program: ServerProgram;
  context: OperationContext;
  disk: Disk;
  plans: Plan[];
  task: Changes;
  /** What the checker said of what was there. */
  before: CheckerReport;
  /** Whether the server was told to take it up. */
  isToldOf?: boolean;
}

/** Throws, with nothing changed, or returns with all in force. */
export async function transact(
  machine: Machine,
  program: ServerProgram,
  jobs: Job[],
  context: OperationContext,
): Promise<void> {
  const connection = await machine.connect(context.signal);
  const { directory, reload, owner, settleSeconds } = program;
  type Said = { server: string; said: string };
  const must = async (script: string, failed: (said: Said) => Failure) => {
    const ran = await connection.run(script, context.signal);
    if (ran.code === 0) return ran.stdout;
    throw untrusted(ran, machine.name, directory) ?? failed({ server: program.name, said: wordsIn(ran, program) });
  };
  await must(ensureDirectory(program), (said) => errors.PROXY_REFUSED.notMade(said));
  await takeLock(connection, machine, program, context);
  try {
    if ((await must(recover(program), (said) => errors.PROXY_REFUSED.notTidied(said))).includes("recovered"))
      context.log(lines.recovered({ machine: machine.name }));
    const reads = [...new Set(jobs.flatMap((job) => job.reads))];
    const disk = diskOf(await must(readAll(directory, reads), (said) => errors.PROXY_REFUSED.notRead(said)));
    const before = await check(program, connection, context);
    if (before.isGood && before.loaded) disk.loaded = before.loaded;
    const { plans, changes, folders } = planned(jobs, disk);
    const again = settleSeconds !== undefined && { reloadAgain: `sleep ${settleSeconds}; ${reload}` };
    const task: Changes = { directory, reload, ...again, ...(owner !== undefined && { owner }), changes, folders };
    const work = { connection, machine, program, context, disk, plans, task, before };
    await carryOut(work);
    if (changes.length > 0) await conclude(work);
  } finally {
    await connection.unlock(context.signal).catch(() => undefined); // a connection that has ended holds no lock
  }
}

/** The plans, one after the other: each sees what those before it will have done. */
export function planned(jobs: Job[], disk: Disk): { plans: Plan[]; changes: FileChange[]; folders: string[] } {
  const { texts, names, owners } = disk;
  const later: Disk = { ...disk, texts: new Map(texts), names: new Set(names), owners: new Map(owners) };
  const plans = jobs.map((job) => {
    const plan = job.plan(later);
    for (const [file, text] of plan.files) {
      if (text === undefined) later.texts.delete(file);
      else later.texts.set(file, text);
      later.names[text === undefined ? "delete" : "add"](file);
      const owner = ownerIn(text);
      if (owner === undefined) later.owners.delete(file);
      else later.owners.set(file, owner);
    }
    return plan;
  });
  const touched = [...new Set(plans.flatMap((plan) => [...plan.files.keys()]))];
  const changes = touched.flatMap((file) => {
    const [before, text] = [disk.texts.get(file), later.texts.get(file)];
    const existed = disk.names.has(file);
    if (text === undefined ? !existed : before === text) return [];
    return [{ file, existed, ...(text !== undefined && { text }) }];
  });
  // Of routes that go together: a folder of all is empty only after each one's own is gone.
  const depth = (folder: string) => folder.split("/").length;
  const folders = [...new Set(plans.flatMap((plan) => plan.folders))].sort((a, b) => depth(b) - depth(a));
  return { plans, changes, folders };
}

async function carryOut(work: Work): Promise<void> {
  const { connection, program, context, plans, task, before } = work;
  const proofs = plans.map(({ proof }) => proof);
  if (task.changes.length === 0) {
    await refuseObstacles(work, before);
    refuseNotLoaded(work, before);
    if ((await problemOf(proofs, connection)) === undefined) return;
  }
  refuseBroken(before, task.changes, program);
  const after = task.changes.length > 0 ? await swap(work) : before;
  const files = new Map(plans.flatMap((plan) => [...plan.files]));
  const log = await markLog(program, after, connection, context);
  work.isToldOf = true;
  const refusal = await activate(program, { connection, context, changes: task.changes, files });
  if (refusal !== undefined)
    throw errors.PROXY_REFUSED.notTakenUp({ problem: unstopped(refusal), now: await backOut(work) });
  const problem = await prove(proofs, connection, context, program.name).catch(async (error: unknown) => {
    if (!isFailure(error, errors.MACHINE_FORWARDS_NOT)) throw error;
    throw errors.MACHINE_FORWARDS_NOT.unproved({ problem: error.message, now: await backOut(work) });
  });
  if (problem === undefined) return;
  const cures = after.loaded ? [] : [...new Set(plans.flatMap(({ needs }) => needs.map(({ cure }) => cure)))];
  const change = program.activate ? "change" : "reload";
  const why = await whyNot(program, log, connection, context);
  const told = { problem, server: program.name, change, why, now: await backOut(work) };
  throw cures.length > 0
    ? errors.ROUTE_NOT_IN_FORCE.unprovedOrNotLoaded({ ...told, cures: unstopped(cures.map(inSentence).join("; ")) })
    : errors.ROUTE_NOT_IN_FORCE.unproved(told);
}

/** Gives the way back up. As long as it is there, it may still be run: then nothing is said to be in force. */
async function conclude(work: Work): Promise<void> {
  const { connection, machine, program, context, task } = work;
  const { code, ...printed } = await connection.run(commit(task), context.signal);
  if (code === 0) return;
  const said = wordsIn({ code, ...printed }, program);
  if (code !== leftOver) {
    throw errors.PROXY_REFUSED.notConcluded({ server: program.name, said: unstopped(said), now: await backOut(work) });
  }
  const told = { server: program.name, machine: machine.name, folder: workFolder(program.directory), said };
  context.warn(warnings.leftOver(told));
}

/** Writes beside, keeps what was there, swaps, and checks; whatever is wrong, the files are back before it is said. */
async function swap(work: Work): Promise<CheckerReport> {
  const { connection, machine, program, context, plans, task, before } = work;
  const { name } = program;
  if (before.isGood) await refuseTaken(work, before);
  await connection.guard(guarding(task), context.signal);
  const staged = await connection.run(swapFiles(task), context.signal);
  if (staged.code !== 0) {
    throw errors.PROXY_REFUSED.notWritten({ server: name, machine: machine.name, said: wordsIn(staged, program) });
  }
  const after = await check(program, connection, context);
  const missing = missingIn(
    after,
    plans.flatMap(({ needs }) => needs),
  );
  const isNotLoaded = missing !== undefined && (after.isGood || after.lacks !== undefined);
  const warning = before.isGood ? after.warnings.find((line) => !before.warnings.includes(line)) : undefined;
  if (after.isGood && !isNotLoaded && !warning) {
    await refuseObstacles(work, after);
    return after;
  }
  const told = { server: name, now: await backOut(work) };
  if (isNotLoaded) throw errors.PROXY_REFUSED.notLoaded({ ...told, cure: unstopped(missing.cure) });
  if (warning && after.isGood) throw errors.PROXY_REFUSED.warned({ ...told, said: unstopped(warning) });
  throw errors.PROXY_REFUSED.refused({ ...told, said: unstopped(after.complaints.join(" ")) });
}

/** What the rest of the configuration hands down to a route decides whether updates arrive, and a probe does not meet all of it. */
async function refuseObstacles(work: Work, { isGood, loaded }: CheckerReport): Promise<void> {
  if (!isGood || !loaded) return;
  const around = work.plans.flatMap((plan) => plan.surroundings?.(loaded) ?? []);
  const obstacles = around.flatMap((one) => [...one.obstacles, ...one.unguarded]);
  if (obstacles.length === 0) return;
  const told = { obstacles: obstacles.join("; "), now: await backOut(work) };
  throw errors.PROXY_REFUSED.handedDown(told);
}

/** Files that are as wanted and that the server does not load: taken up or not, the next reload would let them go. */
function refuseNotLoaded({ plans, program }: Work, before: CheckerReport): void {
  const needs = plans.flatMap((plan) => plan.needs);
  const missing = before.isGood || before.lacks !== undefined ? missingIn(before, needs) : undefined;
  if (missing) throw errors.PROXY_REFUSED.notLoaded({ server: program.name, cure: unstopped(missing.cure), now: "" });
}

function missingIn({ loaded, lacks }: CheckerReport, needs: Need[]): Need | undefined {
  if (lacks !== undefined) return needs.find(({ file }) => file === lacks);
  return needs.find(({ file }) => loaded && !loaded.has(file));
}

/** A configuration that is broken already is somebody else's to mend, unless it is what we are about to write. */
function refuseBroken(
  { isGood, complaints, lacks }: CheckerReport,
  changes: FileChange[],
  { checker }: ServerProgram,
): void {
  const said = complaints.join(" ");
  const isMended = changes.some(({ file }) => said.includes(file) || file === lacks);
  if (isGood || isMended) return;
  const command = checker?.command.join(" ") ?? "";
  throw errors.PROXY_REFUSED.alreadyBroken({ command, said: said || "without a word" });
}

async function refuseTaken({ connection, plans, program, context, disk }: Work, before: CheckerReport): Promise<void> {
  const listens = new Set(plans.flatMap(({ listen }) => listen ?? []));
  if (listens.size === 0) return;
  const { stdout: sockets } = await connection.run(socketsScript, context.signal);
  const listeners = {
    ours: program.directory,
    listening: program.listening(before, disk),
    ...(before.loaded === undefined && { unlisted: program.name }),
  };
  for (const listen of listens) {
    const taken = await takenBy(listen, listeners, sockets, connection, context.signal);
    if (taken) throw taken;
  }
}

const inSentence = (cure: string) => cure.charAt(0).toLowerCase() + cure.slice(1);

/** The server's words may end with a full stop, and the message has one. */
export function unstopped(words: string): string {
  return words.replace(/\.$/, "");
}

/** Puts back what was there, so that the server says the same as the files; gives the sentence for what is true then. */
async function backOut({ connection, program, context, task, isToldOf }: Work): Promise<string> {
  if (task.changes.length === 0) return "";
  const beyond = context.beyond(60);
  const mayBeDeaf = isToldOf === true && !(await program.hasSettled?.(connection, beyond));
  const reload = (mayBeDeaf && task.reloadAgain) || task.reload;
  const back = await connection.run(wayBack(task.directory, reload, task), beyond.signal);
  if (back.code === 0) return ` ${parts.restored()}`;
  if (back.code === notReloaded) return ` ${parts.notReloadedAgain({ server: program.name })}`;
  return ` ${parts.notRestored({ said: wordsIn(back, program) })}`;
}
