// Makes sure of a Pulumi engine: the first way that works, kept in the per-user cache.
const fs = require("node:fs");
const path = require("node:path");
const { keep } = require("../lib/kept.js");
const { cacheFolder, isExecutable, which } = require("./environment.js");
const { onPath, byInstaller, byBuild, engineVersion, exe } = require("./ways.js");

const top = path.join(__dirname, "..", "..");
const launcher = process.platform === "win32" ? "pulumi-resource-pulumi-nodejs.cmd" : "pulumi-resource-pulumi-nodejs";

/**
 * Gives `{ root, path, how, version }`: `path` holds the folders to put first on PATH, `how` is "path", "installer" or "built".
 * `log` takes lines of progress. `dependencies` is a running `npm ci`, which brings what runs Pulumi's installer. When `signal` is aborted, its children end, its lock goes and it throws.
 */
async function ensureEngine({
  log = () => undefined,
  signal,
  env = process.env,
  nodeModules = path.join(top, "node_modules"),
  dependencies,
  silenceSeconds,
} = {}) {
  const cache = cacheFolder(env);
  const context = { log, signal, env, nodeModules, dependencies, silenceSeconds };
  const found = await onPath(context);
  const engine = found.engine ?? (await cached(cache, context, found.reason));
  return ensureLauncher(engine, { cache, nodeModules, env });
}

async function cached(cache, context, reason) {
  const root = path.join(cache, `engine-${engineVersion}-${process.platform}-${process.arch}`);
  return keep(
    root,
    context,
    () => readEngine(root),
    (fresh) => make(fresh, context, reason),
  );
}

function readEngine(root) {
  const complete = ["pulumi", "pulumi-language-nodejs"].every((name) =>
    isExecutable(path.join(root, "bin", name + exe)),
  );
  if (!complete) return undefined;
  const { how, version } = JSON.parse(fs.readFileSync(path.join(root, "engine.json"), "utf8"));
  return { root, path: [path.join(root, "bin")], how, version };
}

async function make(fresh, context, pathReason) {
  const reasons = {};
  for (const [how, way] of [
    ["installer", byInstaller],
    ["built", byBuild],
  ]) {
    fs.rmSync(fresh, { recursive: true, force: true, maxRetries: 3 });
    fs.mkdirSync(path.join(fresh, "bin"), { recursive: true });
    reasons[how] = await way(context, fresh);
    if (reasons[how] !== undefined) continue;
    fs.writeFileSync(path.join(fresh, "engine.json"), JSON.stringify({ how, version: engineVersion }) + "\n");
    context.log(
      `the Pulumi engine ${engineVersion} is ready (${how === "built" ? "built from Go modules" : "by Pulumi's installer"}) and kept for next time`,
    );
    return;
  }
  throw new Error(nothingWorks(pathReason, reasons));
}

const nothingWorks = (pathReason, reasons) => `No Pulumi engine could be made ready. Three ways were tried:
  1. pulumi 3.217 or newer, with its Node.js language host, on PATH: ${pathReason}.
  2. Pulumi's own installer: ${reasons.installer}.
  3. a build from published Go modules, with Go 1.25 or newer: ${reasons.built}.
Any one of them is enough. Install Pulumi (https://www.pulumi.com/docs/install/) or Go (https://go.dev/dl/) and run the command again.`;

/** The script that starts dynamic providers comes with @pulumi/pulumi: it is put beside the CLI as soon as that is installed. */
function ensureLauncher(
  engine,
  { cache = cacheFolder(), nodeModules = path.join(top, "node_modules"), env = process.env } = {},
) {
  const source = path.join(nodeModules, "@pulumi", "pulumi", launcher);
  const search = [...engine.path, engine.how === "path" ? env.PATH : ""].join(path.delimiter);
  if (which("pulumi-resource-pulumi-nodejs", search) !== undefined || !fs.existsSync(source)) return engine;
  const folder = engine.how === "path" ? path.join(cache, "launcher") : engine.path[0];
  fs.mkdirSync(folder, { recursive: true });
  const fresh = path.join(folder, `${launcher}.${process.pid}`);
  fs.copyFileSync(source, fresh);
  fs.chmodSync(fresh, 0o755);
  fs.renameSync(fresh, path.join(folder, launcher));
  return { ...engine, path: [...new Set([...engine.path, folder])] };
}

module.exports = { ensureEngine, ensureLauncher };
