// A machine: this one, or one over OpenSSH. Who asks for it gets its one connection of this process.
import type { Duplex } from "node:stream";
import type { Failure } from "../core/failure-types";
import { sha256 } from "../core/hash";
import { errors } from "./errors";
import type { Ran } from "./machine-answers";
import { ShellConnection } from "./machine-connection";
import type { SshSettings } from "./route/choices";

export type { Ran } from "./machine-answers";

/** Requests are answered in order. After the connection has ended, each is refused: a lock is never lost unseen. */
export interface Connection {
  /** Runs a shell script to its end, without standard input. */
  run(script: string, signal: AbortSignal): Promise<Ran>;
  /** Code 0: we hold the kernel's lock on this file until `unlock` or the end of the connection. Does not wait. */
  lock(file: string, signal: AbortSignal): Promise<Ran>;
  unlock(signal: AbortSignal): Promise<Ran>;
  /** Until `unlock` this script runs on the machine when the connection ends. */
  guard(script: string, signal: AbortSignal): Promise<Ran>;
  /** A stream to a port of the machine, as seen from the machine itself. */
  dial(address: string, port: number): Duplex;
  /** A stream to a unix socket of the machine. */
  dialSocket(file: string, signal: AbortSignal): Promise<Duplex>;
  /** Keeps it open although nothing is run, until what this gives is called: streams alone do not. */
  hold(): () => void;
  close(): Promise<void>;
}

export interface Machine {
  /** For sentences: "this machine", "bots1.example.com". */
  name: string;
  /** Equal for equal settings; shows no secret. */
  key: string;
  /** `signal`: the deadline of who asks; others may wait for the same connection. */
  connect(signal?: AbortSignal): Promise<Connection>;
}

const open = new Map<string, Promise<ShellConnection>>();

export function machineOf(on: { ssh: SshSettings } | undefined): Machine {
  const name = on ? on.ssh.host : "this machine";
  const key = on ? sha256(JSON.stringify(on.ssh)) : "local";
  const shared = (): Promise<ShellConnection> => {
    const found = open.get(key);
    if (found) return found;
    const forget = () => {
      if (open.get(key) === made) open.delete(key);
    };
    const made: Promise<ShellConnection> = ShellConnection.start(name, on?.ssh, forget);
    open.set(key, made);
    made.catch(forget);
    return made;
  };
  const late = () => errors.MACHINE_UNREACHABLE.notReadyInTime({ machine: name });
  return { name, key, connect: (signal) => (signal ? until(shared(), signal, late) : shared()) };
}

/** The same, or a failure when the signal is aborted first. */
function until<T>(work: Promise<T>, signal: AbortSignal, failed: () => Failure): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(failed());
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    const settle = () => signal.removeEventListener("abort", stop);
    work.then((made) => (settle(), resolve(made))).catch((error: unknown) => (settle(), reject(error as Error)));
  });
}
