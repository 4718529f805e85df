// Why a server does not run what it was told to: the new lines of its error log, and who listens where it could not.
import type { Failure } from "../../core/failure-types";
import type { OperationContext } from "../../core/logic";
import { parts } from "../errors";
import type { Connection } from "../machine";
import { quoted } from "../machine-shell";
import { listenAddressOf } from "../rules";
import type { CheckerReport, ServerProgram } from "./program";
import { holderIn, holdersScript, listenTaken, socketsScript } from "./sockets";
import type { Listeners } from "./sockets";

/** A log as it is before a change, so that what comes after that is told apart. */
export interface LogMark {
  file: string;
  bytes: number;
}

const mostBytes = 64 * 1024;
const mostReasons = 3;

/** Nothing where the log is not known, or not ours to read. */
export async function markLog(
  { errorLog }: ServerProgram,
  checked: CheckerReport,
  connection: Connection,
  { signal }: OperationContext,
): Promise<LogMark | undefined> {
  const file = errorLog?.fileOf(checked);
  if (file === undefined) return undefined;
  const ran = await connection.run(`wc -c <${quoted(file)}`, signal);
  const bytes = Number(ran.stdout.trim());
  return ran.code === 0 && Number.isSafeInteger(bytes) ? { file, bytes } : undefined;
}

/** What has come since, for the end of a sentence; else where to look. */
export async function whyNot(
  { errorLog, log, tellsReload }: ServerProgram,
  mark: LogMark | undefined,
  connection: Connection,
  { signal }: OperationContext,
): Promise<string> {
  if (tellsReload) return parts.runsByItsWord();
  if (!errorLog || !mark) return parts.seeLog({ log });
  const ran = await connection.run(`tail -c +${mark.bytes + 1} ${quoted(mark.file)} | head -c ${mostBytes}`, signal);
  const reasons = [...new Set(errorLog.reasonsIn(ran.stdout))].slice(0, mostReasons);
  if (reasons.length === 0) return parts.seeLog({ log });
  const why = parts.logSays({ log, said: reasons.join("; ") });
  const [, where] = /\bbind\(\) to (\d+\.\d+\.\d+\.\d+:\d+) failed \(98\b/.exec(reasons.join("\n")) ?? [];
  if (where === undefined) return why;
  const sockets = await connection.run(socketsScript, signal);
  const named = await nameAt(where, sockets.stdout, connection, signal);
  return parts.listensThere({ why, where, named });
}

/** Why an address and port is not free for us, with the name of who has it where that is shown; nothing if it is free. */
export async function takenBy(
  listen: string,
  listeners: Listeners,
  sockets: string,
  connection: Connection,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const taken = listenTaken(listen, listeners, sockets, "");
  return taken && (listenTaken(listen, listeners, sockets, await nameAt(listen, sockets, connection, signal)) ?? taken);
}

/** The name of who listens at a place, behind a word for it; nothing where it is not shown, as to others than root and its user. */
async function nameAt(listen: string, sockets: string, connection: Connection, signal: AbortSignal): Promise<string> {
  const ran = await connection.run(holdersScript(sockets, listenAddressOf(listen)), signal);
  const found = holderIn(ran.stdout);
  return found ? parts.named(found) : "";
}
