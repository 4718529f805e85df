// What is made once and kept in the per-user cache: by one process at a time, beside its place, and renamed when it is complete.
const fs = require("node:fs");
const path = require("node:path");
const { withLock } = require("./lock.js");

/**
 * Gives what `find()` finds. If that is nothing, `make(folder)` fills a new folder, which becomes `root`.
 * Whoever comes meanwhile waits and says so. What a killed one left unfinished is removed.
 */
async function keep(root, { log, signal }, find, make) {
  return (
    find() ??
    withLock(`${root}.lock`, { log, signal }, async () => {
      const there = find();
      if (there !== undefined) return there;
      const fresh = `${root}.new-${process.pid}`;
      try {
        removeUnfinished(root);
        fs.mkdirSync(fresh, { recursive: true });
        await make(fresh);
        fs.rmSync(root, { recursive: true, force: true });
        fs.renameSync(fresh, root);
      } finally {
        removeUnfinished(root);
      }
      return find();
    })
  );
}

/** Only the holder of the lock makes one: what else there is was left by one that died. */
function removeUnfinished(root) {
  const parent = path.dirname(root);
  for (const name of fs.readdirSync(parent).filter((one) => one.startsWith(`${path.basename(root)}.new-`))) {
    fs.rmSync(path.join(parent, name), { recursive: true, force: true, maxRetries: 3 });
  }
}

module.exports = { keep };
