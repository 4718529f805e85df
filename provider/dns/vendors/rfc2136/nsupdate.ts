// Runs nsupdate with a script on its standard input, so that the key is in no list of processes.
import { spawn } from "node:child_process";
import path from "node:path";
import { wordsOf } from "../../../core/failure";
import { errors } from "../../errors";
import { scriptOf } from "./script";

/** What it ended with: the server's code ("REFUSED", "NOTAUTH(BADSIG)"), or what it printed when no code came. */
export type Updated = { isDone: true } | { isDone: false; code: string | undefined; printed: string };

/** 3 s for each of 3 UDP tries, 12 s in all. */
const patience = ["-u", "3", "-r", "3", "-t", "12"];

/** Debian keeps it in /usr/bin; others where only root looks. */
const folders = [process.env["PATH"] ?? "", "/usr/sbin", "/sbin"].join(path.delimiter);

export async function nsupdate(script: readonly string[], signal: AbortSignal, command = "nsupdate"): Promise<Updated> {
  const input = scriptOf(script);
  return new Promise((resolve, reject) => {
    const child = spawn(command, patience, { env: { ...process.env, PATH: folders }, signal });
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (part: Buffer) => (printed += part.toString()));
    child.on("error", (error: NodeJS.ErrnoException) => {
      if (error.name === "AbortError") resolve({ isDone: false, code: undefined, printed: "the deadline has passed" });
      else
        reject(error.code === "ENOENT" ? errors.PACKAGE_MISSING.nsupdate() : new Error(`nsupdate: ${wordsOf(error)}`));
    });
    child.on("close", (status) => {
      const [, code] = /update failed: (\S+)/.exec(printed) ?? [];
      resolve(status === 0 ? { isDone: true } : { isDone: false, code, printed: printed.trim() });
    });
    child.stdin.on("error", () => undefined); // it ended without reading: its status says why
    child.stdin.end(input);
  });
}
