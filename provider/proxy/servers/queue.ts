// Group commit: changes of one machine that come together are one transaction with one reload.
import { isFailure, reworded } from "../../core/failure";
import type { OperationContext } from "../../core/logic";
import { errors } from "../errors";
import type { Machine } from "../machine";
import type { Store } from "./store";
import type { Job } from "./transaction";

interface Waiting {
  machine: Machine;
  store: Store;
  job: Job;
  context: OperationContext;
  /** Who it is, for the beginning of a sentence. */
  label: string;
  done(): void;
  failed(error: unknown): void;
}

const gatherSeconds = 0.1;
const lines = new Map<string, Waiting[]>();

/** Resolves when the job is in force; rejects when it is not, and then nothing of it is there. */
export function submit(
  machine: Machine,
  store: Store,
  job: Job,
  label: string,
  context: OperationContext,
): Promise<void> {
  return new Promise((done, failed) => {
    const one: Waiting = { machine, store, job, label, context, done, failed };
    const line = lines.get(machine.key);
    if (line) line.push(one);
    else {
      const own = [one];
      lines.set(machine.key, own);
      void serve(machine.key, own);
    }
  });
}

async function serve(key: string, line: Waiting[]): Promise<void> {
  while (line.length > 0) {
    await line[0]?.context.sleep(gatherSeconds);
    const batch = line.filter(({ store }) => store.key === line[0]?.store.key);
    for (const one of batch) line.splice(line.indexOf(one), 1);
    await together(batch);
  }
  lines.delete(key);
}

/** If not all can be done, each is tried alone: one bad route does not keep the others out. */
async function together(batch: Waiting[]): Promise<void> {
  const [first] = batch;
  if (!first) return;
  try {
    const jobs = batch.map(({ job }) => job);
    await first.store.transact(first.machine, jobs, first.context);
    for (const one of batch) one.done();
  } catch (error) {
    if (batch.length === 1 || isFailure(error, errors.MACHINE_UNREACHABLE))
      for (const one of batch) one.failed(named(error, one.label));
    else for (const one of batch) await together([one]);
  }
}

function named(error: unknown, label: string): unknown {
  return isFailure(error) ? reworded(error, `${label}: ${error.message}`) : error;
}
