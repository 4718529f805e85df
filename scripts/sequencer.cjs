// The order of test files: the slowest first, so that two workers end together; with ORDER_SEED at random, the seed printed.
const { createHash } = require("node:crypto");
const path = require("node:path");
const process = require("node:process");
const Sequencer = require("@jest/test-sequencer").default;

module.exports = class extends Sequencer {
  sort(tests) {
    const seed = process.env.ORDER_SEED;
    if (seed === undefined) return super.sort(tests);
    const place = ({ path: file }) =>
      createHash("sha256")
        .update(`${seed} ${path.basename(file)}`)
        .digest("hex");
    process.stderr.write(`test files in the random order of ORDER_SEED=${seed}\n`);
    return [...tests].sort((a, b) => (place(a) < place(b) ? -1 : 1));
  }
};
