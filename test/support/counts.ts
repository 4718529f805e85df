// What a test run counts beside its tests: commands of the CLI, questions that a failed step blocks, and what a proxy server showed of the contract. The ledger prints them.
import * as fs from "node:fs";
import * as path from "node:path";

const repository = path.join(__dirname, "..", "..");

/** Counts one for the test file that runs now, if a ledger is kept (COUNTS_FILE). `what`: the subcommand, the failed step, or the cell. */
export function count(kind: "command" | "blocked" | "cell", what: string | object): void {
  const target = process.env["COUNTS_FILE"];
  if (target === undefined) return;
  const { testPath = "", currentTestName = "" } = expect.getState();
  const file = path.relative(repository, testPath).split(path.sep).join("/");
  fs.appendFileSync(target, `${JSON.stringify({ kind, file, what, test: currentTestName })}\n`);
}
