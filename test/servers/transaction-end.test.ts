// The end of a transaction: what is said, and what is in force, when its folder cannot be tidied up.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { machineOf } from "../../provider/proxy/machine";
import type { Connection, Machine } from "../../provider/proxy/machine";
import type { ServerProgram } from "../../provider/proxy/servers/program";
import { undoFile, workFolder } from "../../provider/proxy/servers/way-back";
import { transact } from "../../provider/proxy/servers/transaction";
import { contextOf, saidBy } from "../support/routes";

const home = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-transaction-"));
const directory = path.join(home, "ours");
const file = `${directory}/route`;
const reloads = path.join(home, "reloads");
const program: ServerProgram = {
  ...{ name: "a server", key: home, directory, listening: () => [], log: "its journal" },
  reload: `cat ${file} >>${reloads} 2>/dev/null; true`,
};
afterAll(async () => {
  await (await machineOf(undefined).connect()).close();
  rmSync(home, { recursive: true });
});

/** This machine, on which a command fails once the change is in force. */
function failing(command: string): Machine {
  const own = machineOf(undefined);
  const failure = "{ echo 'rm: cannot remove it: Read-only file system' >&2; false; }";
  const spoilt = (script: string) => (script.startsWith("rm -f") ? script.replace(command, failure) : script);
  const connect = async (): Promise<Connection> => {
    const connection = await own.connect();
    return Object.assign(Object.create(connection) as Connection, {
      run: (script: string, signal: AbortSignal) => connection.run(spoilt(script), signal),
    });
  };
  return { ...own, connect };
}

function write(text: string, machine = machineOf(undefined), told: string[] = []): Promise<void> {
  const proof = () => Promise.resolve(undefined);
  const plan = () => ({ files: new Map([[file, text]]), folders: [], needs: [], proof });
  return transact(machine, program, [{ reads: [file], plan }], contextOf(told));
}

test("a change that cannot give up its way back is not in force: the way back is taken, and it is said", async () => {
  await write("before ");
  const stuck = failing(`rm -f '${undoFile(directory)}'`);
  expect(await saidBy(write("after ", stuck))).toMatch(
    /^The change of a server could not be concluded: rm: cannot remove it: Read-only file system\. What was there before is back\.$/,
  );
  expect([readFileSync(file, "utf8"), readFileSync(reloads, "utf8")]).toEqual(["before ", "before after before "]);
});

test("a change whose leavings cannot be removed is in force, with a warning, and the next run removes them", async () => {
  const told: string[] = [];
  await write("newer ", failing(`rm -rf '${workFolder(directory)}'`), told);
  expect(told).toEqual([
    `warning: this machine: the change of a server is in force, but ${workFolder(directory)} could not be removed: rm: cannot remove it: Read-only file system. The next run removes it.`,
  ]);
  expect([readFileSync(file, "utf8"), existsSync(workFolder(directory))]).toEqual(["newer ", true]);
  await write("newest ");
  expect([readFileSync(file, "utf8"), existsSync(workFolder(directory))]).toEqual(["newest ", false]);
});
