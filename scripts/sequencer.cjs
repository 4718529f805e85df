// The order of test files: the slowest first, so that all workers end together; with ORDER_SEED at random, the seed printed.
const { createHash } = require("node:crypto");
const path = require("node:path");
const process = require("node:process");
const Sequencer = require("@jest/test-sequencer").default;

/** In a fresh clone jest knows no durations: these begin first, and what starts no engine fills the end. */
const slowest = ["quickstart", "judges", "redact-forms", "every-argument"];
const folders = ["e2e", "engine", "servers"];

function rankOf({ path: file }) {
  const [folder, name] = [path.basename(path.dirname(file)), path.basename(file, ".test.ts")];
  if (slowest.includes(name)) return -1;
  return folders.includes(folder) ? folders.indexOf(folder) : folders.length;
}

module.exports = class extends Sequencer {
  sort(tests) {
    const seed = process.env.ORDER_SEED;
    if (seed === undefined) return super.sort(tests).sort((a, b) => rankOf(a) - rankOf(b));
    const place = ({ path: file }) =>
      createHash("sha256")
        .update(`${seed} ${path.basename(file)}`)
        .digest("hex");
    process.stderr.write(`test files in the random order of ORDER_SEED=${seed}\n`);
    return [...tests].sort((a, b) => (place(a) < place(b) ? -1 : 1));
  }
};
