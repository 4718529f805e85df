// The environment of every program that we start: a list of its own, so that no token, key or passphrase of ours is in it.
import path from "node:path";

/** Each variable that a program gets if we have it, with what needs it. Nothing else is handed on. */
const handedOn: Readonly<Record<string, string>> = {
  PATH: "finds the program (only in folders with an absolute path), and what it starts (a ProxyCommand, sudo)",
  HOME: "the user's own files: those of a ProxyCommand, of sudo and of a command for the check or the reload",
  USER: "who runs it, for a ProxyCommand or a command that asks",
  LOGNAME: "the same by its POSIX name",
  LANG: "the encoding of what it prints",
  LC_ALL: "the same, where it is set for all",
  TMPDIR: "where temporary files may lie",
  XDG_RUNTIME_DIR: "finds the user's own service manager (systemctl --user) and containers",
  SystemRoot: "Windows: OpenSSH finds no random numbers and no network without it",
  USERPROFILE: "Windows: its HOME",
  TEMP: "Windows: its TMPDIR",
};

/** Only for ssh without a key of ours, and for what the user's own configuration starts: where the user's agent is. */
export const agentVariable = "SSH_AUTH_SOCK";

export type Environment = Record<string, string>;

const usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Where programs are looked for: the absolute folders of PATH, or the usual ones. An empty or relative one would be the
 * working directory, where anybody's file could get what a program is told.
 */
export function searchPath(): string {
  const folders = (process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return folders.length === 0 ? usualPath : folders.join(path.delimiter);
}

/** The small environment of a program. `more`: variables that it gets besides. */
export function smallEnvironment(more: Environment = {}): Environment {
  const has = Object.keys(handedOn).flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(has), PATH: searchPath(), ...more };
}
