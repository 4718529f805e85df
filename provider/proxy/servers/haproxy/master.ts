// haproxy's master socket: a reload that is never lost, and whether haproxy has loaded the configuration.
import { wordsOf } from "../../../core/failure";
import type { ExecutionContext } from "../../../core/logic";
import { waitFor } from "../../../core/wait";
import { parts } from "../../errors";
import type { Connection } from "../../machine";
import { noticeParts } from "../../notices";
import type { Activation, ServerProgram } from "../program";
import { messagesIn } from "./check";
import { exchange, said } from "./socket";

/** While it loads the master refuses connections for a moment, and then lets a command wait: 3.5 s with a thousand routes. */
const loadSeconds = 60;
/** For a load of somebody else's; a master that is not there at all is not waited for longer. */
const startSeconds = 5;

/**
 * Tells the master to reload and waits until it has loaded, or not. `problem`: it has not, as a sentence without its full
 * stop. `notTold`: it cannot be told over its socket, or does not say how it went.
 */
export async function reloadByMaster(
  { name, log }: Pick<ServerProgram, "name" | "log">,
  socket: string,
  { connection, context }: Pick<Activation, "connection" | "context">,
): Promise<{ problem?: string; notTold?: string }> {
  const before = await loadsOf(connection, socket, context, startSeconds);
  if ("silent" in before) return { notTold: before.silent };
  const answer = await exchange(connection, socket, "reload", context.signal, loadSeconds).catch(wordsOf);
  const after = await loadsOf(connection, socket, context, loadSeconds);
  if ("silent" in after) return { notTold: after.silent };
  if (after.loads === before.loads) return { notTold: said(answer) };
  if (after.failed === 0) return {};
  const alerts = messagesIn(answer).filter((line) => line.startsWith("[ALERT]")); // haproxy 2.6 says none
  if (alerts.length === 0) return { problem: parts.notLoadedByMaster({ server: name, failed: after.failed, log }) };
  return { problem: parts.notReloaded({ server: name, said: alerts.join(" ").replace(/\.$/, "") }) };
}

/** Waits until the master loads nothing; false if it cannot be asked. */
export async function hasSettled(connection: Connection, socket: string, context: ExecutionContext): Promise<boolean> {
  return !("silent" in (await loadsOf(connection, socket, context, loadSeconds)));
}

/** How often it has loaded a configuration anew, and how often in a row that has failed just now; or why it does not say so. */
type Loads = { loads: number; failed: number } | { silent: string; isForGood: boolean };

async function loadsOf(
  connection: Connection,
  socket: string,
  context: ExecutionContext,
  seconds: number,
): Promise<Loads> {
  return waitFor(() => shownLoads(connection, socket, context.signal), context, {
    what: noticeParts.takingUp({ server: "haproxy" }),
    seconds,
    everySeconds: 0.1,
    isEnough: (seen) => !("silent" in seen) || seen.isForGood,
    tell: (seen) => ("silent" in seen ? seen.silent : noticeParts.answering()),
  });
}

async function shownLoads(connection: Connection, socket: string, signal: AbortSignal): Promise<Loads> {
  try {
    const answer = await exchange(connection, socket, "show proc\nquit", signal, loadSeconds);
    const [, loads, failed] = /^\d+ +master +(\d+) \[failed: (\d+)\]/m.exec(answer) ?? [];
    if (failed !== undefined) return { loads: Number(loads), failed: Number(failed) };
    return { silent: `to "show proc" it says: ${said(answer)}`, isForGood: answer !== "" };
  } catch (error) {
    return { silent: wordsOf(error), isForGood: (error as NodeJS.ErrnoException).code === "ENOENT" };
  }
}
