// Takes the lock on a server's folder: one run at a time changes what is in it, from whatever computer it comes.
import type { OperationContext } from "../../core/logic";
import { waitFor } from "../../core/wait";
import { errors } from "../errors";
import type { Connection, Machine } from "../machine";
import { wordsIn } from "./program";
import type { ServerProgram } from "./program";

const lockPatienceSeconds = 120;

/** Waits while somebody else has it. It is ours until it is given back or the connection ends. */
export async function takeLock(
  connection: Connection,
  machine: Machine,
  program: ServerProgram,
  context: OperationContext,
): Promise<void> {
  const { directory } = program;
  const taken = await waitFor(() => connection.lock(`${directory}/lock`, context.signal), context, {
    what: `${machine.name}: waiting for another run that changes ${directory}`,
    seconds: lockPatienceSeconds,
    everySeconds: 0.2,
    isEnough: ({ code, stderr }) => code === 0 || stderr !== "",
    tell: () => "it holds the lock",
  });
  if (taken.code === 0) return;
  const place = { directory, machine: machine.name };
  throw taken.stderr === ""
    ? errors.PROXY_REFUSED.locked({ ...place, waited: lockPatienceSeconds })
    : errors.PROXY_REFUSED.notLocked({ ...place, said: wordsIn(taken, program) });
}
