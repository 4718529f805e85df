// The Python that runs the bots of test/fixtures/bots.
import * as path from "node:path";

interface PythonModule {
  ensurePython: (
    requirements: string,
    options?: { log?: (line: string) => void; signal?: AbortSignal; env?: NodeJS.ProcessEnv },
  ) => Promise<string>;
}

const { ensurePython } = require("../../scripts/lib/python.js") as PythonModule;

/** The path of a Python with all frameworks; the first call on a machine installs them (some 20 s). */
export const botsPython = () =>
  ensurePython(path.join(__dirname, "../fixtures/bots/requirements.txt"), {
    log: (line) => process.stderr.write(`${line}\n`),
  });
