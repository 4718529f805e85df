// Waits until something is so; for what a program does when it has started.
const { setTimeout: delay } = require("node:timers/promises");

const patienceSeconds = 30;

/** Throws `<name> did not start within 30 s`. */
async function untilStarted(name, isTrue) {
  for (const end = Date.now() + patienceSeconds * 1000; !isTrue(); await delay(20)) {
    if (Date.now() > end) throw new Error(`${name} did not start within ${patienceSeconds} s`);
  }
}

module.exports = { untilStarted };
