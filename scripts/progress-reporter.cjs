// Jest reporter: keeps in the file that PROGRESS_FILE names which test files are under way, in which test, and since when.
const fs = require("node:fs");
const path = require("node:path");
const process = require("node:process");

const nameOf = ({ path: file }) => path.relative(process.cwd(), file).split(path.sep).join("/");

module.exports = class ProgressReporter {
  constructor() {
    this.progress = { isOver: false, files: {} };
    this.write();
  }

  onTestFileStart(test) {
    this.note(test);
  }

  onTestCaseStart(test, { ancestorTitles, title }) {
    this.note(test, [...ancestorTitles, title].join(" › "));
  }

  onTestCaseResult(test) {
    this.note(test);
  }

  onTestFileResult(test) {
    delete this.progress.files[nameOf(test)];
    this.write();
  }

  onRunComplete() {
    this.progress = { isOver: true, files: {} };
    this.write();
  }

  note(file, test) {
    this.progress.files[nameOf(file)] = { since: Date.now(), ...(test !== undefined && { test }) };
    this.write();
  }

  /** Whole or not at all: another process reads it at any time. */
  write() {
    this.progress.since = Date.now();
    const file = process.env.PROGRESS_FILE;
    fs.writeFileSync(`${file}.new`, JSON.stringify(this.progress));
    fs.renameSync(`${file}.new`, file);
  }
};
