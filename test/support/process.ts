// Processes for tests: run to the end, or start, wait for a line and stop. Never a shell; nothing outlives the test run.
import * as vm from "node:vm";

export interface ProcessOptions {
  cwd?: string;
  /** The whole environment; the test's own when left out. */
  env?: NodeJS.ProcessEnv;
  /** Text for standard input, which is empty otherwise. */
  input?: string;
  onLine?: (line: string, stream: "stdout" | "stderr") => void;
}

export interface RunOptions extends ProcessOptions {
  /** Default 120; `Infinity`: none. Past it the process and all its descendants are ended. */
  timeoutSeconds?: number;
  /** Aborting it ends the process and all its descendants. */
  signal?: AbortSignal;
}

export interface RunResult {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  seconds: number;
}

export interface Running {
  pid: number;
  title: string;
  /** Settles when the process has ended, however it did; rejects only when it could not be started. */
  ended: Promise<RunResult>;
  /** Everything printed so far, both streams. */
  output: () => string;
  /** The match in the first line (also of those already printed) that fits. Rejects at the deadline (90 s) and when the process ends before. */
  waitFor: (pattern: RegExp, timeoutSeconds?: number) => Promise<RegExpExecArray>;
  /** Sends a signal to this one process, not to its descendants; `stop` ends those. */
  kill: (signal: NodeJS.Signals) => boolean;
  /** SIGTERM, then SIGKILL after `graceSeconds` (5) to it and all its descendants; resolves when none of them runs. */
  stop: (graceSeconds?: number) => Promise<void>;
}

interface ProcessModule {
  run: (command: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;
  start: (command: string, args: readonly string[], options?: ProcessOptions) => Running;
}

export const { run, start } = require("../../scripts/lib/process.js") as ProcessModule;

// Inside jest `process` is a copy whose events never fire; this is the real one.
const realProcess = vm.runInThisContext("process") as NodeJS.Process & Record<symbol, unknown>;

/** Calls `work` once when this jest worker ends, however many test files ask for it under the same name. */
export function atExit(name: string, work: () => void): void {
  const mark = Symbol.for(`pulumi-telegram.exit.${name}`);
  if (realProcess[mark] !== undefined) return;
  realProcess[mark] = true;
  realProcess.once("exit", work);
}

// Ctrl-C during `npx jest` would end a worker without its "exit" event, which is what ends the children.
const mark = Symbol.for("pulumi-telegram.signals");
if (realProcess[mark] === undefined) {
  realProcess[mark] = true;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) realProcess.once(name, () => realProcess.exit(130));
}
