// Runs nsupdate with a script on its standard input, so that the key is in no list of processes.
import path from "node:path";
import { runChild } from "../../../run/child";
import { searchPath } from "../../../run/environment";
import { errors } from "../../errors";
import { scriptOf } from "./script";

/** What it ended with: the server's code ("REFUSED", "NOTAUTH(BADSIG)"), or what it printed when no code came. */
export type Updated =
  | { isDone: true }
  | {
      isDone: false;
      code: string | undefined;
      printed: string;
      /** nsupdate itself would not send it, so it is not done. */
      isUnsent?: true;
    };

/**
 * nsupdate ends with 1 and these words when a line of its script does not please it, before it sends anything: "check-names
 * failed: bad owner 'a_b.ex.test'", "ttl '99999999999': out of range", "could not create key from …: bad base64 encoding". With
 * 2 it has asked a server. Words of nsupdate 9.18.49.
 */
const unsent = /^syntax error$/m;

/** 3 s for each of 3 UDP tries, 12 s in all. */
const patience = ["-u", "3", "-r", "3", "-t", "12"];

export async function nsupdate(script: readonly string[], signal: AbortSignal, command = "nsupdate"): Promise<Updated> {
  // Debian keeps it in /usr/bin; others where only root looks.
  const folders = [searchPath(), "/usr/sbin", "/sbin"].join(path.delimiter);
  const input = scriptOf(script);
  const ended = await runChild(command, patience, { environment: { PATH: folders }, input, signal });
  if (ended.problem) {
    throw ended.problem.isMissing ? errors.PACKAGE_MISSING.nsupdate() : new Error(`nsupdate: ${ended.problem.words}`);
  }
  if (ended.endedBy === "deadline") return { isDone: false, code: undefined, printed: "the deadline has passed" };
  if (ended.code === 0) return { isDone: true };
  const printed = ended.stdout + ended.said;
  const [, code] = /update failed: (\S+)/.exec(printed) ?? [];
  if (ended.code === 1 && code === undefined && unsent.test(printed)) {
    return { isDone: false, code, printed: printed.replace(unsent, "").trim(), isUnsent: true };
  }
  return { isDone: false, code, printed: printed.trim() };
}
