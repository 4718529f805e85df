// What the transaction has to know of a server program: how it is checked, how it takes up a change, what it listens on.
import type { ExecutionContext, OperationContext } from "../../core/logic";
import { parts } from "../errors";
import type { Connection, Ran } from "../machine";
import { commandLine } from "./scripts";
import type { FileChange, Disk } from "./scripts";
import type { Listening } from "./sockets";

/** What a run of the checker says. */
export interface CheckerReport {
  isGood: boolean;
  /** Its complaints, in its own words: "[emerg] unknown directive … in /etc/nginx/nginx.conf:12". */
  complaints: string[];
  /** Warnings of the kind that does not stop it. */
  warnings: string[];
  /** Path to text of every file that is loaded. Missing: this checker does not tell. */
  loaded?: Map<string, string>;
  /** The file of ours that, by the complaints, is not loaded although other files of ours build on it. */
  lacks?: string;
}

/** What a server is to take up. */
export interface Activation {
  connection: Connection;
  context: OperationContext;
  /** What was changed on disk. Empty: the files are as wanted, and the server does not run them. */
  changes: FileChange[];
  /** Every file of the routes that are concerned, as it is wanted: path to text, `undefined` for one that is not there. */
  files: Map<string, string | undefined>;
}

/** One installation of a server program on a machine. */
export interface ServerProgram {
  /** For sentences: "nginx". */
  name: string;
  /** Equal for what can be changed in one transaction. */
  key: string;
  /** The folder of our files, with the lock and the way back. Every file of a route is below it. */
  directory: string;
  /**
   * Whose our files are (`user` or `user:group`). The folders stay ours, and all may look into them: who owns a folder could
   * put anything there. Missing: files and folders are the user's who writes them.
   */
  owner?: string;
  /** Judges the configuration on disk. Missing: the server judges what it is told to take up. */
  checker?: { command: string[]; read(ran: Ran): CheckerReport };
  /**
   * A shell script that makes the server run what is on disk. It ends every way back, also on a machine that nobody is
   * connected with any more.
   */
  reload: string;
  /**
   * How long it may be deaf for a reload, since it takes up another one. A way back after a reload waits so long before its
   * own. Missing: each reload counts.
   */
  settleSeconds?: number;
  /** Waits until it is not deaf any more, where it can be asked; if so, `settleSeconds` need not pass. */
  hasSettled?(connection: Connection, context: ExecutionContext): Promise<boolean>;
  /** What a line says that it prints, if its lines are no plain words. */
  messageIn?(line: string): string;
  /** Whether words of a reload that failed say that the server does not run. */
  isNotRunning?(said: string): boolean;
  /** The command that reloads a server at another address, if words of a reload that failed say that it was not reached. */
  unreached?(said: string): string | undefined;
  /** Whether a reload ends well only once the server runs what it was told. */
  tellsReload?: true;
  /**
   * Makes the server run what is on disk by another channel, such as a socket. Gives what went wrong, as a sentence
   * without its full stop. Missing: `reload`. Whatever it has done, files put back and `reload` must undo it.
   */
  activate?(activation: Activation): Promise<string | undefined>;
  /**
   * Who listens where: all listeners of the server if the checker tells what is loaded; else those of our files, whose
   * names are in `disk`.
   */
  listening(checked: CheckerReport, disk: Disk): Listening[];
  /** Whether its sites write the headers of requests into a log, and so the secret of a request that no route of ours takes. */
  logsHeaders?: true;
  /** Where the program says why it does not run a configuration: "its error log". */
  log: string;
  /** The file that this is, if the configuration tells; and what of its lines says why the server does not run one. */
  errorLog?: { fileOf(checked: CheckerReport): string | undefined; reasonsIn(lines: string): string[] };
}

/** A file that must be loaded for a route to be in force, with what to do if it is not. */
export interface Need {
  file: string;
  cure: string;
}

/** Runs the checker, if there is one. */
export async function check(
  { checker }: ServerProgram,
  connection: Connection,
  { signal }: OperationContext,
): Promise<CheckerReport> {
  if (!checker) return { isGood: true, complaints: [], warnings: [] };
  return checker.read(await connection.run(commandLine(checker.command), signal));
}

/** Makes the server run what is on disk; gives a sentence, without its full stop, if it does not. */
export async function activate(program: ServerProgram, activation: Activation): Promise<string | undefined> {
  return program.activate ? program.activate(activation) : reloadProblem(program, activation);
}

/** Reloads; gives a sentence, without its full stop, if that fails. */
export async function reloadProblem(
  program: ServerProgram,
  { connection, context }: Pick<Activation, "connection" | "context">,
): Promise<string | undefined> {
  const ran = await connection.run(program.reload, context.signal);
  if (ran.code === 0) return undefined;
  const told = { server: program.name, said: wordsIn(ran, program) };
  const command = program.unreached?.(told.said);
  if (command !== undefined) return parts.unreachedAdmin({ ...told, command });
  return program.isNotRunning?.(told.said) ? parts.notRunning(told) : parts.notReloaded(told);
}

/** GNU's find, and the one of busybox. */
const isOfNoUser = /not the name of a known user|unknown user/;

/** What a program said last, or how it ended. */
export function wordsIn(
  { code, stdout, stderr }: Ran,
  { name, owner, messageIn = (line) => line }: Pick<ServerProgram, "name" | "messageIn" | "owner">,
): string {
  const lines = (stderr || stdout).split("\n").filter((line) => line.trim() !== "");
  const prefix = new RegExp(`^(?:sh: \\d+: |${name}: )+`);
  const said = messageIn(lines.at(-1) ?? `it ended with code ${code}`)
    .replace(prefix, "")
    .replace(/\.$/, "");
  return owner !== undefined && isOfNoUser.test(said) ? parts.unknownUser({ said, server: name }) : said;
}
