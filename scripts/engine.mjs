// Makes sure of a Pulumi engine and tells where it is: `node scripts/engine.mjs [--json] [--node-modules <folder>]`.
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import ensure from "./engine/ensure.js";
import environment from "./engine/environment.js";

export const { ensureEngine, ensureLauncher } = ensure;
export const { engineEnvironment, cacheFolder } = environment;

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const abort = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(name, () => abort.abort());
  try {
    const { values } = parseArgs({ options: { json: { type: "boolean" }, "node-modules": { type: "string" } } });
    const log = (line) => console.error(line);
    const engine = await ensureEngine({ log, signal: abort.signal, nodeModules: values["node-modules"] });
    if (values.json) console.log(JSON.stringify(engine));
    else console.log(`pulumi ${engine.version} (${engine.how}) in ${engine.path.join(", ")}`);
  } catch (error) {
    if (!abort.signal.aborted) console.error(error.message);
    process.exitCode = abort.signal.aborted ? 130 : 1;
  }
}
