// Changes nginx's files as one transaction: lock, check, write beside, swap, check, reload, prove; or all as it was before.
import { failure } from "../../core/failure";
import type { OperationContext } from "../../core/logic";
import { waitFor } from "../../core/wait";
import type { Connection, Machine, Ran } from "../machine";
import { quoted } from "../machine-shell";
import type { NginxSettings } from "../route/fields";
import { checkedOf, placeProblem } from "./nginx-check";
import type { Checked } from "./nginx-check";
import { clean, commandLine, commit, diskOf, lookScript, notReloaded, stage } from "./nginx-scripts";
import type { Change, Disk } from "./nginx-scripts";

export type Settings = Required<NginxSettings>;

/** What one route wants of a transaction. */
export interface Plan {
  /** Path to text; `undefined`: must not be there. */
  files: Map<string, string | undefined>;
  /** Folders that go when they are empty, the deepest first. */
  folders: string[];
  /** Files that must be loaded afterwards, with the cure if one is not. */
  needs: { file: string; cure: string }[];
  /** The address and port that we own. */
  listen?: string;
  /** What is not in force yet, in words; asked until there is nothing. */
  proof(connection: Connection): Promise<string | undefined>;
}

export interface Job {
  /** The files whose text the plan depends on. */
  reads: string[];
  plan(disk: Disk): Plan;
}

const lockPatienceSeconds = 120;
const proofPatienceSeconds = 10;
/** So often in a row the edge answers as it should: the workers of before still accept for a moment. */
const steadyAnswers = 5;

/** Throws, with nothing changed, or returns with all in force. */
export async function transact(
  machine: Machine,
  settings: Settings,
  jobs: Job[],
  context: OperationContext,
): Promise<void> {
  const connection = await machine.connect();
  const { directory } = settings;
  await takeLock(connection, machine, directory, context);
  try {
    const recovered = await must(connection, clean(directory), "could not be tidied up", context);
    if (recovered.stdout.includes("recovered"))
      context.log(`${machine.name}: an earlier run was cut off in the middle; what was there before it is back.`);
    const reads = [...new Set(jobs.flatMap((job) => job.reads))];
    const seen = await must(connection, lookScript(directory, reads), "could not be read", context);
    const { plans, changes, folders } = planned(jobs, diskOf(seen.stdout));
    await carryOut({ connection, machine, settings, context, plans, changes, folders });
  } finally {
    await connection.unlock(context.signal).catch(() => undefined); // a connection that has ended holds no lock
  }
}

interface Work {
  connection: Connection;
  machine: Machine;
  settings: Settings;
  context: OperationContext;
  plans: Plan[];
  changes: Change[];
  folders: string[];
}

/** The plans, one after the other: each sees what those before it will have done. */
function planned(jobs: Job[], disk: Disk): Pick<Work, "plans" | "changes" | "folders"> {
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
  const { connection, settings, context, plans, changes } = work;
  if (changes.length === 0 && (await firstProblem(plans, connection)) === undefined) return;
  const before = await check(work);
  refuseBroken(before, changes, settings);
  if (changes.length > 0) await swap(work, before);
  const reloaded = await connection.run(commandLine(settings.reload), context.signal);
  if (reloaded.code !== 0)
    throw failure("PROXY_REFUSED", await backOut(work, `nginx could not be reloaded: ${wordsIn(reloaded)}`));
  const problem = await prove(work);
  if (problem !== undefined) {
    const cause = "nginx took the reload; why it does not run the new configuration stands in its error log";
    throw failure("ROUTE_NOT_IN_FORCE", await backOut(work, `${problem}. ${cause}`));
  }
  if (changes.length > 0) await must(connection, commit(settings.directory, work), "could not be tidied up", context);
}

/** Writes beside, keeps what was there, swaps, and checks; whatever is wrong, the files are back before it is said. */
async function swap(work: Work, before: Checked): Promise<void> {
  const { connection, machine, settings, context, plans } = work;
  const { directory } = settings;
  if (before.isGood) await refuseTaken(work, before);
  await connection.guard(`${directory}/undo`, context.signal);
  const staged = await connection.run(stage(directory, work, settings.reload), context.signal);
  if (staged.code !== 0)
    throw failure(
      "PROXY_REFUSED",
      `the files of nginx could not be written on ${machine.name}: ${wordsIn(staged)}. Nothing was changed.`,
    );
  const after = await check(work);
  const needs = plans.flatMap((plan) => plan.needs);
  const said = after.complaints.join(" ");
  if (!after.isGood && !lacksOurs(said))
    throw failure("PROXY_REFUSED", await backOut(work, `nginx refuses the new configuration: ${said}`));
  const missing = lacksOurs(said) ? needs[0] : needs.find(({ file }) => !after.loaded.has(file));
  if (missing) throw failure("PROXY_REFUSED", await backOut(work, `nginx does not load our files. ${missing.cure}`));
  const warning = before.isGood && after.warnings.find((line) => !before.warnings.includes(line));
  if (warning) throw failure("PROXY_REFUSED", await backOut(work, `nginx warns of the new configuration: ${warning}`));
}

/** A route is loaded without the file for all, or before it. */
function lacksOurs(said: string): boolean {
  return said.includes('unknown log format "pulumi_telegram"') || said.includes('unknown "pulumi_telegram_');
}

async function check({ connection, settings, context }: Work): Promise<Checked> {
  return checkedOf(await connection.run(commandLine(settings.check), context.signal));
}

/** A configuration that is broken already is somebody else's to mend, unless it is what we are about to write. */
function refuseBroken(before: Checked, changes: Change[], { check: words }: Settings): void {
  const said = before.complaints.join(" ");
  const isMended = changes.some(({ file }) => said.includes(file) || (lacksOurs(said) && file.endsWith("/http.conf")));
  if (before.isGood || isMended) return;
  throw failure(
    "PROXY_REFUSED",
    `\`${words.join(" ")}\` fails on what is there already: ${said || "without a word"}. Nothing was changed. Put that right first.`,
  );
}

async function refuseTaken({ connection, plans, settings, context }: Work, before: Checked): Promise<void> {
  const listens = new Set(plans.flatMap(({ listen }) => listen ?? []));
  if (listens.size === 0) return;
  const sockets = await connection.run("cat /proc/net/tcp", context.signal);
  for (const listen of listens) {
    const problem = placeProblem(listen, settings.directory, before, sockets.stdout);
    if (problem) throw failure("ROUTE_NOT_FREE", `${listen} ${problem}. Nothing was changed.`);
  }
}

/** The first plan stands for the workers, which change all at once; then each is asked once. */
async function prove({ connection, context, plans }: Work): Promise<string | undefined> {
  const [first] = plans;
  if (!first) return undefined;
  let inRow = 0;
  const look = async () => {
    const problem = await first.proof(connection);
    inRow = problem === undefined ? inRow + 1 : 0;
    return problem;
  };
  const problem = await waitFor(look, context, {
    what: "nginx takes up its new configuration",
    seconds: proofPatienceSeconds,
    everySeconds: 0.1,
    isEnough: () => inRow >= steadyAnswers,
    tell: (said) => said ?? "it answers",
  });
  return problem ?? firstProblem(plans.slice(1), connection);
}

async function firstProblem(plans: Plan[], connection: Connection): Promise<string | undefined> {
  for (const plan of plans) {
    const problem = await plan.proof(connection);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Puts back what was there, so that the server says the same as the files; gives the sentences for what went wrong. */
async function backOut({ connection, settings, context, changes }: Work, why: string): Promise<string> {
  const sentence = why.replace(/\.$/, "");
  if (changes.length === 0) return `${sentence}.`;
  const { signal } = context.beyond(60);
  const back = await connection.run(`sh ${quoted(`${settings.directory}/undo`)}`, signal);
  if (back.code === 0) return `${sentence}. What was there before is back.`;
  if (back.code === notReloaded)
    return `${sentence}. Our files are as they were before; nginx could not be reloaded with them.`;
  return `${sentence}. Putting back what was there failed too: ${wordsIn(back)}.`;
}

async function takeLock(
  connection: Connection,
  machine: Machine,
  directory: string,
  context: OperationContext,
): Promise<void> {
  await must(connection, `mkdir -p ${quoted(directory)}`, "could not be made", context);
  const taken = await waitFor(() => connection.lock(`${directory}/lock`, context.signal), context, {
    what: `${machine.name}: waiting for another run that changes ${directory}`,
    seconds: lockPatienceSeconds,
    everySeconds: 0.2,
    isEnough: ({ code, stderr }) => code === 0 || stderr !== "",
    tell: () => "it holds the lock",
  });
  if (taken.code === 0) return;
  const why =
    taken.stderr === ""
      ? `is locked by another run for more than ${lockPatienceSeconds} s`
      : `could not be locked: ${wordsIn(taken)}`;
  throw failure("PROXY_REFUSED", `${directory} on ${machine.name} ${why}. Nothing was changed.`);
}

async function must(connection: Connection, script: string, says: string, { signal }: OperationContext): Promise<Ran> {
  const ran = await connection.run(script, signal);
  if (ran.code === 0) return ran;
  throw failure("PROXY_REFUSED", `The folder of nginx ${says}: ${wordsIn(ran)}. Nothing was changed.`);
}

/** What a program said last, or how it ended. */
function wordsIn({ code, stdout, stderr }: Ran): string {
  const lines = (stderr || stdout).split("\n").filter((line) => line.trim() !== "");
  return (lines.at(-1) ?? `it ended with code ${code}`).replace(/^(?:sh: \d+: |nginx: )+/, "").replace(/\.$/, "");
}
