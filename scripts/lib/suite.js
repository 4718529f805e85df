// Runs jest with no limit over the whole: what hangs ends the run and is named, however it hangs.
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { run } = require("./process.js");

const top = path.join(__dirname, "..", "..");
/** More than the longest limit of a single test or hook, so that jest speaks first wherever it can. */
const testSeconds = 900;
/** For jest to end after its last test. */
const endSeconds = 120;

/** What hangs, in a sentence for each; undefined while all goes on. `progress` is what the reporter wrote. */
function hungIn(progress, now) {
  const isLate = ({ since }, seconds) => now - since > seconds * 1000;
  const { isOver, files } = progress;
  if (isOver && isLate(progress, endSeconds)) {
    return (
      `All tests are over, but jest did not end within ${endSeconds} s: a test file left something open ` +
      "(a server, a timer, a child process). Find it with `npx jest --detectOpenHandles`."
    );
  }
  const hung = Object.entries(files).filter(([, file]) => isLate(file, testSeconds));
  if (hung.length > 0) {
    const where = (test) => (test === undefined ? "outside a test (while loading, or in a hook)" : `in "${test}"`);
    return hung.map(([file, { test }]) => `${file} hangs ${where(test)}: no progress for ${testSeconds} s.`).join("\n");
  }
  const isIdle = !isOver && Object.keys(files).length === 0;
  return isIdle && isLate(progress, testSeconds) ? `Jest began no test file for ${testSeconds} s.` : undefined;
}

const judgeNow = (progress) => hungIn(progress, Date.now());

/**
 * Runs jest on this `node`. It may take as long as it makes progress: the watch is in this process, since a test that
 * blocks its process blocks jest's own limits. `judge` says what hangs.
 */
async function runJest(node, args, { judge = judgeNow, env = process.env, signal, ...options }) {
  signal?.throwIfAborted();
  const atFirst = { since: Date.now(), isOver: false, files: {} };
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-progress-"));
  const file = path.join(folder, "progress.json");
  const reporter = `--reporters=${path.join(top, "scripts", "progress-reporter.cjs")}`;
  const jest = path.join(top, "node_modules", "jest", "bin", "jest.js");
  const end = new AbortController();
  const interrupt = () => end.abort();
  let hung;
  const watch = setInterval(() => {
    hung ??= judge(fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : atFirst);
    if (hung !== undefined) end.abort();
  }, 1000);
  signal?.addEventListener("abort", interrupt);
  try {
    return await run(node, [jest, reporter, ...args], {
      ...options,
      env: { ...env, PROGRESS_FILE: file },
      timeoutSeconds: Infinity,
      signal: end.signal,
    });
  } catch (error) {
    throw hung === undefined ? error : new Error(hung);
  } finally {
    clearInterval(watch);
    signal?.removeEventListener("abort", interrupt);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

module.exports = { runJest, hungIn, testSeconds, endSeconds };
