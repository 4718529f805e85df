// What a run must not lose when it is killed, and what need not be asked again: small files in the per-user cache, for its user only.
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { sha256 } from "../core/hash";

const longestFile = 2 ** 20;
/** A run that holds a file longer than this is none any more: no operation takes so long. */
const longestRunSeconds = 3600;
const mostHolders = 16;
const unwrittenMilliseconds = 5000;

/** One small JSON value. */
export interface KeptFile {
  /** Nothing if there is none, or none that can be read. */
  read(): unknown;
  /** Whole or not at all. It throws when the folder cannot be written. */
  write(value: unknown): void;
  remove(): void;
}

/** A file that no other run has at the same time. */
export interface HeldFile extends KeptFile {
  release(): void;
}

/** `PULUMI_TELEGRAM_CACHE`, or what the system has for it. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const { PULUMI_TELEGRAM_CACHE: own, XDG_CACHE_HOME: xdg, LOCALAPPDATA: local } = env;
  if (own) return path.resolve(own);
  if (xdg && path.isAbsolute(xdg)) return path.join(xdg, "pulumi-telegram");
  if (process.platform === "win32" && local) return path.join(local, "pulumi-telegram");
  return path.join(homedir(), ".cache", "pulumi-telegram");
}

export class Kept {
  private readonly folder: string;

  constructor(cache: string = cacheFolder()) {
    this.folder = path.join(cache, "acme");
  }

  /** `what` and `of`: what is kept, of which thing. The name of the file shows only what. */
  file(what: string, ...of: readonly string[]): KeptFile {
    return this.at(nameOf(what, of));
  }

  /**
   * The same, for this run alone. If another run has it, another one of the same thing: so a file that a killed run left is found,
   * and two runs at once have one each. Where the folder cannot be written, or too many runs are at it: in memory, for this run.
   */
  held(what: string, ...of: readonly string[]): HeldFile {
    return ifWritable(() => this.free(nameOf(what, of))) ?? inMemory();
  }

  /** The first of a thing's files that no run has. */
  private free(base: string): HeldFile | undefined {
    this.make();
    for (let at = 0; at < mostHolders; at += 1) {
      const lock = path.join(this.folder, `${base}.${at}.lock`);
      if (takes(lock)) return { ...this.at(`${base}.${at}`), release: () => releases(lock) };
    }
    return undefined;
  }

  private make(): void {
    makeFolder(this.folder);
    if (process.platform !== "win32") chmodSync(this.folder, 0o700);
  }

  private at(name: string): KeptFile {
    const file = path.join(this.folder, `${name}.json`);
    return {
      read() {
        try {
          if (statSync(file).size > longestFile) return undefined;
          return JSON.parse(readFileSync(file, "utf8")) as unknown;
        } catch {
          return undefined; // there is none, or it was cut: then nothing is known
        }
      },
      write: (value) => {
        this.make();
        const beside = `${file}.${process.pid}`;
        rmSync(beside, { force: true });
        const descriptor = openSync(beside, "wx", 0o600);
        try {
          writeSync(descriptor, JSON.stringify(value));
        } finally {
          closeSync(descriptor);
        }
        renameSync(beside, file);
      },
      remove: () => rmSync(file, { force: true }),
    };
  }
}

const nameOf = (what: string, of: readonly string[]) => `${what}-${sha256(JSON.stringify(of)).slice(0, 32)}`;

/** What the work gives; nothing where the folder cannot be written. */
export function ifWritable<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (typeof (error as { code?: unknown }).code !== "string") throw error;
    return undefined;
  }
}

/** Node's own recursion never ends where a folder above can have no folders (/proc). */
function makeFolder(folder: string): void {
  const above = path.dirname(folder);
  if (above !== folder && !existsSync(above)) makeFolder(above);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
  }
}

function inMemory(): HeldFile {
  let kept: unknown;
  const write = (value: unknown) => void (kept = value);
  return { read: () => kept, write, remove: () => write(undefined), release: () => undefined };
}

/** The locks of this process: a lock with its number that is none of these is of an earlier process that had the same number. */
const own = new Set<string>();

function releases(lock: string): void {
  own.delete(lock);
  rmSync(lock, { force: true });
}

/** Whether the lock is ours now. One of a run that is no more is taken over. */
function takes(lock: string): boolean {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      const descriptor = openSync(lock, "wx", 0o600);
      writeSync(descriptor, `${process.pid} ${beginOf(process.pid)}`);
      closeSync(descriptor);
      own.add(lock);
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== "EEXIST") throw error;
      if (isHeld(lock)) return false;
      rmSync(lock, { force: true });
    }
  }
  return false;
}

function isHeld(lock: string): boolean {
  try {
    const { mtimeMs } = statSync(lock);
    const age = Date.now() - mtimeMs;
    if (age > longestRunSeconds * 1000) return false;
    const [pid = "", began = ""] = readFileSync(lock, "utf8").split(" ");
    // It is written just now, or its run was killed before it could.
    if (!/^[1-9]\d*$/.test(pid)) return age < unwrittenMilliseconds;
    if (Number(pid) === process.pid) return own.has(lock);
    process.kill(Number(pid), 0);
    return began === "" || began === beginOf(Number(pid)); // otherwise another one has its number
  } catch (error) {
    // EPERM: it runs, as another user.
    return (error as { code?: string }).code === "EPERM";
  }
}

/** When a process began, in ticks since the machine did; empty where the system does not tell (all but Linux). */
function beginOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
