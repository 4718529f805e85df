// Programs for the tests, from published Go modules: built once, kept in the per-user cache, and the sentence where they cannot be built.
const path = require("node:path");
const { cacheFolder, isExecutable } = require("../engine/environment.js");
const go = require("./go.js");
const { keep } = require("./kept.js");

/**
 * `programs`: by name the module and the arguments of `go build`; `folder` has go.mod and go.sum; `usually`: how long it takes. Gives
 * what makes sure of them and resolves to their paths by name. `log` takes lines of progress. When `signal` is aborted, its children
 * end, its lock goes and it throws.
 */
function goPrograms(wanted) {
  const { title, version, programs } = wanted;
  return async function ensure({ log = () => undefined, signal, env = process.env } = {}) {
    const context = { log, signal, env };
    const kept = `${title.toLowerCase()}-${version}-${process.platform}-${process.arch}`;
    const root = path.join(cacheFolder(env), kept);
    const paths = Object.fromEntries(Object.keys(programs).map((name) => [name, path.join(root, name)]));
    const find = () => (Object.values(paths).every(isExecutable) ? paths : undefined);
    return keep(root, context, find, (fresh) => make(wanted, fresh, context));
  };
}

async function make({ title, version, minimumGo, folder, programs, usually }, fresh, context) {
  const problem = await go.whyNot(minimumGo, { ...context, cwd: fresh });
  if (problem !== undefined) {
    throw new Error(
      `${title} ${version} is built from its Go modules for the tests, with Go ${minimumGo.join(".")} or newer, and ${problem}. Install Go (https://go.dev/dl/) and run the command again.`,
    );
  }
  const failure = await go.whileItTells(`${title} ${version} from its Go modules`, usually, context, async () => {
    for (const [name, { module, args }] of Object.entries(programs)) {
      const failed = await go.build({ module, folder, args, output: path.join(fresh, name) }, context);
      if (failed !== undefined) return failed;
    }
    return undefined;
  });
  if (failure !== undefined) throw new Error(`building ${title} failed:\n${failure}`);
  context.log(`${title} ${version} is ready (built from Go modules) and kept for next time`);
}

module.exports = { goPrograms };
