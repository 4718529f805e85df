// How OpenSSH is called, and what it means when it ends: no prompt, no trust on first use, no configuration of the user.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Failure } from "../core/failure";
import { sha256 } from "../core/hash";
import { errors } from "./errors";
import type { SshSettings } from "./route/choices";

/** What one connection needs on this side; `forget` takes the key away as soon as it is not needed. */
export interface SshFiles {
  shell: string[];
  /** Arguments that connect standard input and output with a port of the machine, over the same connection. */
  dial(address: string, port: number): string[];
  /** Arguments that forward a socket of this side, `local`, to one of the machine, over the same connection. */
  forward(remote: string): { local: string; args: string[] };
  forget(): void;
  remove(): void;
}

const alias = "pulumi-telegram"; // the only name in the list of known hosts: no form of host and port to get wrong
const canShare = process.platform !== "win32";

export function sshFiles(settings: SshSettings, program: string): SshFiles {
  const { host, port = 22, user = "root", privateKey, hostKey, useConfig = false } = settings;
  const folder = mkdtempSync(path.join(tmpdir(), "pt-ssh-"));
  const write = (name: string, text: string) => {
    const file = path.join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const knownHosts = write("known_hosts", `${alias} ${hostKey.trim()}\n`);
  const key = privateKey === undefined ? undefined : write("key", `${privateKey.trim()}\n`);
  const options = {
    BatchMode: "yes",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: knownHosts,
    GlobalKnownHostsFile: "none",
    HostKeyAlias: alias,
    UpdateHostKeys: "no",
    CheckHostIP: "no",
    ConnectTimeout: "15",
    ServerAliveInterval: "10",
    ServerAliveCountMax: "3",
    ForwardAgent: "no",
    ClearAllForwardings: "yes",
    ...(key !== undefined && { IdentitiesOnly: "yes" }),
    ...(canShare && { ControlPath: path.join(folder, "c") }),
  };
  const common = [
    ...(useConfig ? [] : ["-F", "none"]),
    ...["-T", "-p", String(port), "-l", user],
    ...(key === undefined ? [] : ["-i", key]),
    ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
  ];
  return {
    shell: [...common, ...(canShare ? ["-o", "ControlMaster=yes"] : []), "--", host, program],
    // ClearAllForwardings would clear -W too; the first value of an option counts.
    dial: (address, to) => ["-o", "ClearAllForwardings=no", ...common, "-W", `${address}:${to}`, "--", host],
    forward: (remote) => {
      if (!canShare) throw new Error("sockets of a machine cannot be reached from Windows");
      const local = path.join(folder, sha256(remote).slice(0, 12));
      const forwarding = ["-o", "ClearAllForwardings=no", "-L", `${local}:${remote}`];
      return { local, args: ["-O", "forward", ...forwarding, ...common, "--", host] };
    },
    forget: () => {
      if (key !== undefined && canShare) rmSync(key, { force: true });
    },
    remove: () => {
      chmodSync(folder, 0o700);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Why there is no connection, in one sentence with its cure. `said` is what ssh printed. */
export function sshFailure(machine: string, said: string, { user = "root", port = 22 }: SshSettings): Failure {
  const lines = said.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("@"));
  if (/Host key verification failed|HOST IDENTIFICATION HAS CHANGED|host key .* is known/i.test(said)) {
    return errors.MACHINE_UNREACHABLE.otherHostKey({ machine });
  }
  const last = lines.at(-1);
  if (/Permission denied/i.test(said)) {
    return errors.MACHINE_UNREACHABLE.denied({ machine, user, said: (last ?? "").replace(/^.*?: /, "") });
  }
  return errors.MACHINE_UNREACHABLE.unreachable({ machine, port, said: last ?? "ssh ended without a word" });
}
