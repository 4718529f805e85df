// A folder of this process alone for what a program must find in a file: gone with the process, or swept up by the next one.
import { accessSync, constants, lstatSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const folders = new Set<string>();
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export interface PrivateFolder {
  path: string;
  remove(): void;
}

/**
 * Nobody else can look into it. It is removed by `remove`, at the end of the process and by the signals that end it; what a
 * process that was killed has left goes when the next one makes a folder.
 */
export function privateFolder(): PrivateFolder {
  const base = temporaryFolder();
  sweep(base);
  const made = mkdtempSync(path.join(base, `${prefix()}${process.pid}-`)); // mode 0700
  if (folders.size === 0) watch("on");
  folders.add(made);
  return { path: made, remove: () => remove(made) };
}

/** The name of a socket of ssh's has at most 103 bytes everywhere (macOS), of which 49 are for the folder's own name and the socket's. */
const longestBase = 54;

/** The temporary folder; one with a shorter name if a socket in it would have too long a name. */
function temporaryFolder(): string {
  const usual = tmpdir();
  if (process.platform === "win32" || Buffer.byteLength(usual) <= longestBase) return usual;
  const others = [process.env["XDG_RUNTIME_DIR"], "/tmp", "/var/tmp"];
  return others.find((one) => one && Buffer.byteLength(one) <= longestBase && isWritable(one)) ?? usual;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return path.isAbsolute(folder);
  } catch {
    return false; // the next one may be
  }
}

/** A process is known by its number only among those of its own namespace: containers may share a temporary folder. */
function prefix(): string {
  return `pt-ssh-${namespace()}-`;
}

function namespace(): string {
  try {
    return Number(/\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? 0).toString(36);
  } catch {
    return "0"; // a system without namespaces
  }
}

function remove(folder: string): void {
  if (!folders.delete(folder)) return;
  rmSync(folder, { recursive: true, force: true });
  if (folders.size === 0) watch("off");
}

function removeAll(): void {
  for (const folder of folders) remove(folder);
}

/** The signal does what it would have done without us. If somebody else listens to it, the process may go on. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removeAll();
  process.kill(process.pid, signal);
}

function watch(which: "on" | "off"): void {
  process[which]("exit", removeAll);
  for (const signal of signals) process[which](signal, onSignal);
}

/** Removes the folders of this user whose process is gone. */
function sweep(base: string): void {
  const found = new RegExp(`^${prefix()}(\\d+)-\\w{6}$`);
  for (const name of readdirSync(base)) {
    const pid = Number(found.exec(name)?.[1]);
    const folder = path.join(base, name);
    if (!(pid > 0) || folders.has(folder) || (pid !== process.pid && isRunning(pid)) || !isOurs(folder)) continue;
    rmSync(folder, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"; // another user's is running
  }
}

function isOurs(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  return stats !== undefined && stats.isDirectory() && (process.getuid === undefined || stats.uid === process.getuid());
}
