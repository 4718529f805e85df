// Jest reporter: writes what passed, failed and was blocked, the seconds and CLI commands of each test file, and the cells of the proxy servers' contract, to the file that LEDGER_FILE names.
const fs = require("node:fs");
const path = require("node:path");
const process = require("node:process");

module.exports = class LedgerReporter {
  onRunComplete(_contexts, results) {
    const counts = countsIn(process.env.COUNTS_FILE);
    const files = results.testResults.map(({ testFilePath, perfStats }) => {
      const file = path.relative(process.cwd(), testFilePath).split(path.sep).join("/");
      const commands = counts.filter((one) => one.kind === "command" && one.file === file).length;
      return { file, seconds: (perfStats.end - perfStats.start) / 1000, commands };
    });
    const ledger = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites, // a file that cannot be loaded is a failure
      skipped: results.numPendingTests + results.numTodoTests,
      blocked: counts.filter(({ kind }) => kind === "blocked").map(({ test, what }) => ({ test, step: what })),
      cells: counts.filter(({ kind }) => kind === "cell").map(({ what }) => what),
      files,
    };
    fs.writeFileSync(process.env.LEDGER_FILE, JSON.stringify(ledger));
  }
};

/** What test/support/counts.ts wrote. */
function countsIn(file) {
  if (file === undefined || !fs.existsSync(file)) return [];
  return fs
    .readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
