// Starts programs, and nothing else of ours does: a small environment, limits of time and size, an end, words for a failure.
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { wordsOf } from "../core/failure";
import { smallEnvironment } from "./environment";
import type { Environment } from "./environment";

export interface ChildOptions {
  /** Variables that it gets besides those of every program. */
  environment?: Environment;
  /** In a session of its own: a Ctrl-C at the terminal does not reach it, and it cannot ask there for anything. */
  isApart?: boolean;
}

/** How a program ended. */
export interface ChildEnd {
  /** Nothing when a signal ended it, or when it was never started. */
  code: number | undefined;
  /** The end of what it printed on standard error. */
  said: string;
  /** Why it could not be started. */
  problem?: { isMissing: boolean; words: string };
}

export interface Child {
  stdin: Writable;
  stdout: Readable;
  /** Settles when it has ended and both its streams are closed; never rejects. */
  ended: Promise<ChildEnd>;
  isOver(): boolean;
  /** What it has printed on standard error until now, of which the end is kept. */
  said(): string;
  /** Ends it: SIGTERM, and SIGKILL for one that goes on. */
  stop(): void;
}

const graceSeconds = 5;
const saidLimit = 4000;
const running = new Set<ChildProcessWithoutNullStreams>();

/** Starts a program. What it prints on standard error is kept up to a limit; standard output is the caller's to read. */
export function startChild(command: string, args: readonly string[], options: ChildOptions = {}): Child {
  const child = spawn(command, args, {
    env: smallEnvironment(options.environment),
    detached: options.isApart ?? false,
    stdio: "pipe",
  });
  running.add(child);
  let said = "";
  let isOver = false;
  let problem: ChildEnd["problem"];
  child.stderr.setEncoding("utf8").on("data", (part: string) => (said = (said + part).slice(-saidLimit)));
  child.stdin.on("error", () => undefined); // it ended without reading: `ended` says how
  const ended = new Promise<ChildEnd>((resolve) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return; // a signal that came too late
      problem = { isMissing: error.code === "ENOENT", words: wordsOf(error) };
    });
    // What it started may hold its streams open for ever: what came within a second is all.
    child.once("exit", () =>
      setTimeout(() => [child.stdout, child.stderr].map((stream) => stream.destroy()), 1000).unref(),
    );
    child.once("close", (code) => {
      isOver = true;
      running.delete(child);
      const isOwnCode = problem === undefined && code !== null;
      resolve({ code: isOwnCode ? code : undefined, said, ...(problem && { problem }) });
    });
  });
  const stop = () => {
    if (isOver) return;
    child.kill("SIGTERM");
    setTimeout(() => isOver || child.kill("SIGKILL"), graceSeconds * 1000).unref();
  };
  return { stdin: child.stdin, stdout: child.stdout, ended, isOver: () => isOver, said: () => said, stop };
}

export interface RunOptions extends ChildOptions {
  /** Text for standard input. */
  input?: string;
  /** When it is aborted the program is ended. */
  signal: AbortSignal;
  /** More than this on standard output ends the program; it is text of a program, and never large. */
  limitBytes?: number;
}

/** What a program that ran to its end did, or what ended it. */
export interface RunEnd extends ChildEnd {
  stdout: string;
  endedBy?: "deadline" | "size";
}

const usualLimitBytes = 1024 * 1024;

/** Runs a program to its end, or ends it at the deadline or when it prints too much. Never rejects. */
export async function runChild(command: string, args: readonly string[], options: RunOptions): Promise<RunEnd> {
  const { input = "", signal, limitBytes = usualLimitBytes } = options;
  if (signal.aborted) return { code: undefined, said: "", stdout: "", endedBy: "deadline" };
  const child = startChild(command, args, options);
  let stdout = "";
  let endedBy: RunEnd["endedBy"];
  const end = (why: "deadline" | "size") => {
    endedBy ??= why;
    child.stop();
  };
  const late = () => end("deadline");
  signal.addEventListener("abort", late, { once: true });
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    stdout = (stdout + part).slice(0, limitBytes + 1);
    if (stdout.length > limitBytes) end("size");
  });
  child.stdin.end(input);
  const ended = await child.ended;
  signal.removeEventListener("abort", late);
  return { ...ended, stdout: stdout.slice(0, limitBytes), ...(endedBy && { endedBy }) };
}
