// A machine: this one, or one over OpenSSH. Runs scripts, holds a lock, connects to its ports; one connection a process.
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { connect } from "node:net";
import { Duplex } from "node:stream";
import type { Failure } from "../core/failure";
import { sha256 } from "../core/hash";
import { errors } from "./errors";
import { decoded, encoded, quoted, shellProgram } from "./machine-shell";
import { sshFailure, sshFiles } from "./machine-ssh";
import type { SshFiles } from "./machine-ssh";
import type { SshSettings } from "./route/choices";

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Requests are answered in order. After the connection has ended, each is refused: a lock is never lost unseen. */
export interface Connection {
  /** Runs a shell script to its end, without standard input. */
  run(script: string, signal: AbortSignal): Promise<Ran>;
  /** Code 0: we hold the kernel's lock on this file until `unlock` or the end of the connection. Does not wait. */
  lock(file: string, signal: AbortSignal): Promise<Ran>;
  unlock(signal: AbortSignal): Promise<Ran>;
  /** From now on this script runs on the machine when the connection ends and the script is still there. */
  guard(script: string, signal: AbortSignal): Promise<Ran>;
  /** A stream to a port of the machine, as seen from the machine itself. */
  dial(address: string, port: number): Duplex;
  /** A stream to a unix socket of the machine. */
  dialSocket(file: string, signal: AbortSignal): Promise<Duplex>;
  close(): Promise<void>;
}

export interface Machine {
  /** For sentences: "this machine", "bots1.example.com". */
  name: string;
  /** Equal for equal settings; shows no secret. */
  key: string;
  connect(): Promise<Connection>;
}

const idleSeconds = 1;
const open = new Map<string, Promise<Shell>>();

export function machineOf(on: { ssh: SshSettings } | undefined): Machine {
  const name = on ? on.ssh.host : "this machine";
  const key = on ? sha256(JSON.stringify(on.ssh)) : "local";
  const dialled = (): Promise<Shell> => {
    const found = open.get(key);
    if (found) return found;
    const forget = () => {
      if (open.get(key) === made) open.delete(key);
    };
    const made: Promise<Shell> = Shell.start(name, on?.ssh, forget);
    open.set(key, made);
    made.catch(forget);
    return made;
  };
  return { name, key, connect: dialled };
}

type Verb = "run" | "lock" | "unlock" | "guard";

class Shell implements Connection {
  private answers: { resolve(ran: Ran): void; reject(error: Error): void }[] = [];
  private text = "";
  private said = "";
  private ended: Failure | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isLocked = false;
  private isReady = false;
  private readonly forwards = new Map<string, Promise<string>>();

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly name: string,
    private readonly ssh: SshSettings | undefined,
    private readonly files: SshFiles | undefined,
    private readonly gone: () => void,
  ) {}

  static async start(name: string, ssh: SshSettings | undefined, gone: () => void): Promise<Shell> {
    const files = ssh && sshFiles(ssh, `exec sh -c ${quoted(shellProgram)}`);
    const child = files ? spawn("ssh", files.shell) : spawn("sh", ["-c", shellProgram], { detached: true });
    const shell = new Shell(child, name, ssh, files, gone);
    await shell.ready();
    shell.isReady = true;
    files?.forget();
    return shell;
  }

  run = (script: string, signal: AbortSignal) => this.ask("run", script, signal);
  guard = (script: string, signal: AbortSignal) => this.ask("guard", script, signal);
  lock = async (file: string, signal: AbortSignal) => {
    const ran = await this.ask("lock", file, signal);
    this.isLocked = ran.code === 0;
    return ran;
  };
  unlock = async (signal: AbortSignal) => {
    const ran = await this.ask("unlock", "-", signal);
    this.isLocked = false;
    this.rest();
    return ran;
  };

  dial(address: string, port: number): Duplex {
    if (!this.files) return connect({ host: address, port });
    const { stdin, stdout, stderr } = spawn("ssh", this.files.dial(address, port));
    let said = "";
    stderr.on("data", (part: Buffer) => (said += part.toString()));
    const stream = Duplex.from({ writable: stdin, readable: stdout });
    stream.once("end", () => {
      if (said.includes("prohibited"))
        stream.destroy(new Error("its sshd allows no forwarding (AllowTcpForwarding), which the probe needs"));
      else if (/open failed|refused/.test(said)) stream.destroy(new Error("connection refused"));
    });
    return stream;
  }

  async dialSocket(file: string, signal: AbortSignal): Promise<Duplex> {
    if (!this.files) return connect({ path: file });
    const forward = this.forwards.get(file) ?? this.forward(this.files, file, signal);
    this.forwards.set(file, forward);
    forward.catch(() => this.forwards.delete(file));
    return connect({ path: await forward });
  }

  /** The socket on this side that leads to one of the machine. It goes with the connection. */
  private forward(files: SshFiles, file: string, signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      const { local, args } = files.forward(file);
      const child = spawn("ssh", args, { signal, stdio: ["ignore", "ignore", "pipe"] });
      let said = "";
      child.stderr.on("data", (part: Buffer) => (said += part.toString()));
      const refuse = (why: string) =>
        reject(errors.MACHINE_UNREACHABLE.noForward({ machine: this.name, file, why: why.trim() }));
      child.once("error", (error) => refuse(error.message));
      child.once("close", (code) => (code === 0 ? resolve(local) : refuse(said || "ssh ended without a word")));
    });
  }

  close(): Promise<void> {
    this.child.stdin.end();
    return new Promise((resolve) => {
      if (this.child.exitCode !== null || this.child.signalCode !== null) resolve();
      else this.child.once("close", () => resolve());
    });
  }

  private ready(): Promise<void> {
    const { child } = this;
    return new Promise((resolve, reject) => {
      const isReady = new Promise<Ran>((done, fail) => this.answers.push({ resolve: done, reject: fail }));
      isReady.then(() => resolve(), reject);
      child.stdout.setEncoding("latin1").on("data", (part: string) => this.receive(part));
      child.stderr.setEncoding("utf8").on("data", (part: string) => (this.said = (this.said + part).slice(-4000)));
      child.stdin.on("error", () => undefined); // "close" says why
      child.once("error", (error) => this.end(error.message));
      child.once("close", () => this.end(this.said));
    });
  }

  private ask(verb: Verb, text: string, signal: AbortSignal): Promise<Ran> {
    clearTimeout(this.timer);
    return new Promise((resolve, reject) => {
      const stop = () => {
        // What is under way on the machine ends there, and what is guarded is put back.
        this.end(
          `the operation's deadline has passed while ${verb === "run" ? "a command was running" : "it was asked"}`,
        );
        if (this.ssh) this.child.kill();
        else this.child.stdin.end();
      };
      if (signal.aborted) stop();
      if (this.ended) {
        reject(this.ended);
        return;
      }
      signal.addEventListener("abort", stop, { once: true });
      const settle = () => {
        signal.removeEventListener("abort", stop);
        this.rest();
      };
      this.answers.push({
        resolve: (ran) => (settle(), resolve(ran)),
        reject: (error) => (settle(), reject(error)),
      });
      this.child.stdin.write(`${verb} ${encoded(text)}\n`);
    });
  }

  private receive(part: string): void {
    this.text += part;
    for (let at = this.text.indexOf("\n"); at >= 0; at = this.text.indexOf("\n")) {
      const line = this.text.slice(0, at);
      this.text = this.text.slice(at + 1);
      const [, code, out = "", err = ""] = /^(\d+) ([A-Za-z0-9+/=]*) ([A-Za-z0-9+/=]*)$/.exec(line) ?? [];
      if (code !== undefined)
        this.answers.shift()?.resolve({ code: Number(code), stdout: decoded(out), stderr: decoded(err) });
      else if (line.endsWith("pulumi-telegram-ready"))
        this.answers.shift()?.resolve({ code: 0, stdout: "", stderr: "" });
    }
  }

  private rest(): void {
    clearTimeout(this.timer);
    if (this.isLocked || this.answers.length > 0 || this.ended) return;
    this.timer = setTimeout(() => {
      this.gone();
      this.child.stdin.end();
    }, idleSeconds * 1000);
  }

  private end(said: string): void {
    if (this.ended) return;
    clearTimeout(this.timer);
    const last = said.trim().split(/\r?\n/).at(-1) || "without a word";
    this.ended =
      this.ssh && !this.isReady
        ? sshFailure(this.name, said, this.ssh)
        : errors.MACHINE_UNREACHABLE.cut({ machine: this.name, said: last });
    for (const answer of this.answers.splice(0)) answer.reject(this.ended);
    this.gone();
    this.files?.remove();
  }
}
