// Pythons with the packages of a requirements file: for the bots of test/fixtures/bots, and for the emulator of AWS.
import * as path from "node:path";

interface PythonModule {
  ensurePython: (
    requirements: string,
    options?: { log?: (line: string) => void; signal?: AbortSignal; env?: NodeJS.ProcessEnv },
  ) => Promise<string>;
}

const pythons = require("../../scripts/lib/python.js") as PythonModule;

/** The path of a Python with what the file lists; the first call on a machine installs it (some 20 s). */
export const ensurePython = (requirements: string): Promise<string> =>
  pythons.ensurePython(requirements, { log: (line) => process.stderr.write(`${line}\n`) });

/** One with all frameworks. */
export const botsPython = () => ensurePython(path.join(__dirname, "../fixtures/bots/requirements.txt"));
