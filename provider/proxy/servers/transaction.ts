// Changes a server's files as one transaction: lock, check, write beside, swap, check, reload, prove; or all as it was before.
import { failure } from "../../core/failure";
import type { OperationContext } from "../../core/logic";
import type { Connection, Machine } from "../machine";
import { quoted } from "../machine-shell";
import { takeLock } from "./lock";
import { activate, check, wordsIn } from "./program";
import type { CheckerReport, Need, ServerProgram } from "./program";
import { problemOf, prove } from "./proof";
import type { Proof } from "./proof";
import { begin, clean, commit, diskOf, lookScript, notReloaded, stage, undoFile } from "./scripts";
import type { FileChange, Changes, Disk } from "./scripts";
import { listenTakenProblem } from "./sockets";

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
}

/** Throws, with nothing changed, or returns with all in force. */
export async function transact(
  machine: Machine,
  program: ServerProgram,
  jobs: Job[],
  context: OperationContext,
): Promise<void> {
  const connection = await machine.connect();
  const { directory, reload, owner } = program;
  const must = async (script: string, says: string) => {
    const ran = await connection.run(script, context.signal);
    if (ran.code === 0) return ran.stdout;
    const why = `The folder of ${program.name} ${says}: ${wordsIn(ran, program)}. Nothing was changed.`;
    throw failure("PROXY_REFUSED", why);
  };
  await must(begin(directory, owner), "could not be made");
  await takeLock(connection, machine, program, context);
  try {
    if ((await must(clean(directory), "could not be tidied up")).includes("recovered"))
      context.log(`${machine.name}: an earlier run was cut off in the middle; what was there before it is back.`);
    const reads = [...new Set(jobs.flatMap((job) => job.reads))];
    const disk = diskOf(await must(lookScript(directory, reads), "could not be read"));
    const { plans, changes, folders } = planned(jobs, disk);
    const task = { directory, reload, ...(owner !== undefined && { owner }), changes, folders };
    await carryOut({ connection, machine, program, context, disk, plans, task });
    if (changes.length > 0) await must(commit(task), "could not be tidied up");
  } finally {
    await connection.unlock(context.signal).catch(() => undefined); // a connection that has ended holds no lock
  }
}

/** The plans, one after the other: each sees what those before it will have done. */
function planned(jobs: Job[], disk: Disk): { plans: Plan[]; changes: FileChange[]; folders: string[] } {
  const later: Disk = { texts: new Map(disk.texts), names: new Set(disk.names) };
  const plans = jobs.map((job) => {
    const plan = job.plan(later);
    for (const [file, text] of plan.files) {
      if (text === undefined) later.texts.delete(file);
      else later.texts.set(file, text);
      later.names[text === undefined ? "delete" : "add"](file);
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
  return { plans, changes, folders: [...new Set(plans.flatMap((plan) => plan.folders))] };
}

async function carryOut(work: Work): Promise<void> {
  const { connection, program, context, plans, task } = work;
  const proofs = plans.map(({ proof }) => proof);
  if (task.changes.length === 0 && (await problemOf(proofs, connection)) === undefined) return;
  const before = await check(program, connection, context);
  refuseBroken(before, task.changes, program);
  const after = task.changes.length > 0 ? await swap(work, before) : before;
  const files = new Map(plans.flatMap((plan) => [...plan.files]));
  const refusal = await activate(program, { connection, context, changes: task.changes, files });
  if (refusal !== undefined) throw failure("PROXY_REFUSED", await backOut(work, refusal));
  const problem = await prove(proofs, connection, context, program.name);
  if (problem === undefined) return;
  const cures = after.loaded ? [] : [...new Set(plans.flatMap(({ needs }) => needs.map(({ cure }) => cure)))];
  const causes = [
    `${program.name} took the ${program.activate ? "change" : "reload"}; why it does not run the new configuration stands in ${program.log}`,
    ...(cures.length > 0 ? [`If it does not load our files: ${cures.join("; ")}`] : []),
  ];
  throw failure("ROUTE_NOT_IN_FORCE", await backOut(work, [problem, ...causes].join(". ")));
}

/** Writes beside, keeps what was there, swaps, and checks; whatever is wrong, the files are back before it is said. */
async function swap(work: Work, before: CheckerReport): Promise<CheckerReport> {
  const { connection, machine, program, context, plans, task } = work;
  const { name, directory } = program;
  if (before.isGood) await refuseTaken(work, before);
  await connection.guard(undoFile(directory), context.signal);
  const staged = await connection.run(stage(task), context.signal);
  if (staged.code !== 0) {
    const why = `could not be written on ${machine.name}: ${wordsIn(staged, program)}. Nothing was changed.`;
    throw failure("PROXY_REFUSED", `the files of ${name} ${why}`);
  }
  const after = await check(program, connection, context);
  const refuse = async (why: string) => failure("PROXY_REFUSED", await backOut(work, why));
  const missing = missingIn(
    after,
    plans.flatMap(({ needs }) => needs),
  );
  if (missing && (after.isGood || after.lacks)) throw await refuse(`${name} does not load our files. ${missing.cure}`);
  if (!after.isGood) throw await refuse(`${name} refuses the new configuration: ${after.complaints.join(" ")}`);
  const warning = before.isGood && after.warnings.find((line) => !before.warnings.includes(line));
  if (warning) throw await refuse(`${name} warns of the new configuration: ${warning}`);
  return after;
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
  const words = checker?.command.join(" ") ?? "";
  throw failure(
    "PROXY_REFUSED",
    `\`${words}\` fails on what is there already: ${said || "without a word"}. Nothing was changed. Put that right first.`,
  );
}

async function refuseTaken({ connection, plans, program, context, disk }: Work, before: CheckerReport): Promise<void> {
  const listens = new Set(plans.flatMap(({ listen }) => listen ?? []));
  if (listens.size === 0) return;
  const sockets = await connection.run("cat /proc/net/tcp", context.signal);
  const listeners = {
    ours: program.directory,
    listening: program.listening(before, disk),
    ...(before.loaded === undefined && { unlisted: program.name }),
  };
  for (const listen of listens) {
    const problem = listenTakenProblem(listen, listeners, sockets.stdout);
    if (problem) throw failure("ROUTE_NOT_FREE", `${listen} ${problem}. Nothing was changed.`);
  }
}

/** Puts back what was there, so that the server says the same as the files; gives the sentences for what went wrong. */
async function backOut({ connection, program, context, task }: Work, why: string): Promise<string> {
  const sentence = why.replace(/\.$/, "");
  if (task.changes.length === 0) return `${sentence}.`;
  const { signal } = context.beyond(60);
  const back = await connection.run(`sh ${quoted(undoFile(program.directory))}`, signal);
  if (back.code === 0) return `${sentence}. What was there before is back.`;
  if (back.code === notReloaded)
    return `${sentence}. Our files are as they were before; ${program.name} could not be reloaded with them.`;
  return `${sentence}. Putting back what was there failed too: ${wordsIn(back, program)}.`;
}
