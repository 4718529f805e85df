// Makes sure of a workerd for the tests, the runtime of Cloudflare's Workers, with miniflare, which starts it: from the npm registry, kept in the per-user cache.
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { cacheFolder, isExecutable } = require("../engine/environment.js");
const { keep } = require("../lib/kept.js");
const { npm } = require("../lib/npm.js");

const files = ["package.json", "package-lock.json"];
const { miniflare: version } = require("./package.json").dependencies;
const system = process.platform === "win32" ? "windows" : process.platform;
const workerd = `@cloudflare/workerd-${system}-${process.arch === "x64" ? "64" : process.arch}`;

/**
 * Gives the folder of the package miniflare. `log` takes lines of progress. When `signal` is aborted, its children end, its lock
 * goes and it throws.
 */
async function ensureMiniflare({ log = () => undefined, signal, env = process.env } = {}) {
  const lock = fs.readFileSync(path.join(__dirname, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).digest("hex").slice(0, 12);
  const root = path.join(cacheFolder(env), `miniflare-${wanted}-${process.platform}-${process.arch}`);
  const packages = path.join(root, "node_modules");
  const program = path.join(packages, workerd, "bin", process.platform === "win32" ? "workerd.exe" : "workerd");
  const find = () => (isExecutable(program) ? path.join(packages, "miniflare") : undefined);
  const found = await keep(root, { log, signal }, find, async (fresh) => {
    log(`installing miniflare ${version} (with workerd, 165 MB) for the tests, once`);
    for (const name of files) fs.copyFileSync(path.join(__dirname, name), path.join(fresh, name));
    const flags = ["--no-audit", "--no-fund", "--ignore-scripts"];
    await npm(["ci", ...flags], { cwd: fresh, env, signal, timeoutSeconds: 600 });
  });
  // npm leaves out an optional package that cannot be had, and says nothing.
  if (found === undefined)
    throw new Error(`the npm registry gave no ${workerd}, which miniflare ${version} needs here`);
  return found;
}

module.exports = { ensureMiniflare };
