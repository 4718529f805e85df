// A lock between processes: an exclusive file that names its holder and is touched while it is held.
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { setTimeout: delay } = require("node:timers/promises");

const beatSeconds = 5;
const staleSeconds = 60; // a holder that has not touched its lock for so long is gone (its pid may be somebody else's by now)

/** Runs `work` while holding the lock; waits for its turn and says so. Dead holders are passed over. */
async function withLock(file, { log, signal }, work) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const began = performance.now();
  for (let said = 0; !take(file);) {
    signal?.throwIfAborted();
    if (removeStale(file)) continue;
    const waited = Math.round((performance.now() - began) / 1000);
    if (waited >= said) {
      const what = path.basename(file, ".lock");
      log(`waiting for process ${holderOf(file)?.pid ?? "?"}, which is preparing ${what}, ${waited} s so far`);
      said = waited + 10;
    }
    await delay(200, undefined, { signal });
  }
  const beat = setInterval(() => touch(file), beatSeconds * 1000);
  try {
    signal?.throwIfAborted();
    return await work();
  } finally {
    clearInterval(beat);
    fs.rmSync(file, { force: true });
  }
}

/** A link appears with its content, all at once: nobody sees a lock without a holder. */
function take(file) {
  const own = `${file}.${process.pid}`;
  fs.writeFileSync(own, `${process.pid} ${os.hostname()}\n`);
  try {
    fs.linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    fs.rmSync(own, { force: true });
  }
}

function removeStale(file) {
  const holder = holderOf(file);
  if (holder === undefined) return true; // released meanwhile
  if (!isStale(holder)) return false;
  const aside = `${file}.stale-${process.pid}`;
  try {
    fs.renameSync(file, aside);
  } catch {
    return true; // somebody else was quicker
  }
  // Between look and rename it may have been taken over by a living process: then it gets it back.
  const moved = holderOf(aside);
  if (moved !== undefined && !isStale(moved) && !fs.existsSync(file)) fs.linkSync(aside, file);
  fs.rmSync(aside, { force: true });
  return true;
}

function holderOf(file) {
  try {
    const [pid, host] = fs.readFileSync(file, "utf8").trim().split(" ");
    return { pid: Number(pid), host, touchedAt: fs.statSync(file).mtimeMs };
  } catch {
    return undefined;
  }
}

function isStale({ pid, host, touchedAt }) {
  if (Date.now() - touchedAt > staleSeconds * 1000) return true;
  return host === os.hostname() && !isAlive(pid);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function touch(file) {
  const now = new Date();
  fs.utimes(file, now, now, () => undefined);
}

module.exports = { withLock };
