// Jest reporter: writes what passed, what failed and the seconds of each test file to the file that LEDGER_FILE names.
const fs = require("node:fs");
const path = require("node:path");
const process = require("node:process");

module.exports = class LedgerReporter {
  onRunComplete(_contexts, results) {
    const files = results.testResults.map(({ testFilePath, perfStats }) => ({
      file: path.relative(process.cwd(), testFilePath).split(path.sep).join("/"),
      seconds: (perfStats.end - perfStats.start) / 1000,
    }));
    const ledger = {
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites, // a file that cannot be loaded is a failure
      skipped: results.numPendingTests + results.numTodoTests,
      files,
    };
    fs.writeFileSync(process.env.LEDGER_FILE, JSON.stringify(ledger));
  }
};
