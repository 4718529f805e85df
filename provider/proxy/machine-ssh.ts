// How OpenSSH is called, and what it means when it ends: no prompt, no trust on first use, no configuration of the user.
import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Failure } from "../core/failure-types";
import { sha256 } from "../core/hash";
import { agentVariable } from "../run/environment";
import type { Environment } from "../run/environment";
import { privateFolder } from "../run/private-folder";
import { errors } from "./errors";
import { holdKey } from "./machine-key";
import type { HeldKey } from "./machine-key";
import type { SshSettings } from "./route/choices";

/** What one connection needs on this side; `forget` takes the key away as soon as it is not needed. */
export interface SshFiles {
  shell: string[];
  /** What ssh gets in its environment besides what every program gets. */
  environment: Environment;
  /** Arguments that connect standard input and output with a port of the machine, over the same connection. */
  dial(address: string, port: number): string[];
  /** Arguments that forward a socket of this side, `local`, to one of the machine, over the same connection. */
  forward(remote: string): { local: string; args: string[] };
  forget(): void;
  remove(): void;
}

const alias = "pulumi-telegram"; // the only name in the list of known hosts: no form of host and port to get wrong
const canShare = process.platform !== "win32";

export async function sshFiles(settings: SshSettings, program: string): Promise<SshFiles> {
  const { host, port = 22, user = "root", privateKey, hostKey, useConfig = false } = settings;
  const own = privateFolder();
  const folder = own.path;
  const remove = () => own.remove();
  const knownHosts = path.join(folder, "known_hosts");
  writeFileSync(knownHosts, `${alias} ${hostKey.trim()}\n`, { mode: 0o600 });
  const key = privateKey === undefined ? undefined : await held(privateKey, folder, host, remove);
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
    ControlPersist: "no",
    AddKeysToAgent: "no",
    ClearAllForwardings: "yes",
    ...(key !== undefined && { IdentitiesOnly: "yes" }),
    ...(canShare && { ControlPath: path.join(folder, "c") }),
  };
  const common = [
    ...(useConfig ? [] : ["-F", "none"]),
    ...["-T", "-p", String(port), "-l", user],
    ...(key?.args ?? []),
    ...Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]),
  ];
  const agent = process.env[agentVariable];
  const mayAskAgent = key === undefined || useConfig;
  return {
    environment: mayAskAgent && agent !== undefined ? { [agentVariable]: agent } : {},
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
      if (canShare) key?.forget();
    },
    remove: () => (key?.forget(), remove()),
  };
}

async function held(privateKey: string, folder: string, machine: string, remove: () => void): Promise<HeldKey> {
  try {
    return await holdKey(privateKey, folder, machine);
  } catch (error) {
    remove();
    throw error;
  }
}

/**
 * Why ssh opened no connection on the machine, by what it and the ssh that holds the shared connection printed. A client of a
 * shared connection prints "Session open refused by peer" whatever the reason is; the ssh that holds it prints the reason.
 * Words of OpenSSH 9.2p1: "channel 3: open failed: administratively prohibited: open failed" with AllowTcpForwarding no,
 * DisableForwarding yes, PermitOpen of another place and the key's options restrict and no-port-forwarding; "channel 3: open
 * failed: connect failed: Connection refused" where nobody listens.
 */
export function whyNotOpened(said: string): { isForbidden: boolean; words: string } | undefined {
  const reasons = [...said.matchAll(/ open failed: ([a-z ]{1,40}): ([^\r\n]{0,200})/g)];
  const [[, kind = "", words = ""] = []] = reasons;
  if (reasons.length === 0 || reasons.some(([, other]) => other !== kind)) return undefined;
  if (kind === "administratively prohibited") return { isForbidden: true, words: kind };
  return { isForbidden: false, words: kind === "connect failed" ? words.toLowerCase() : kind };
}

/** What an ssh ended with before the shell was ready. */
export interface SshEnd {
  said: string;
  /** Its exit code: 255 is its own, another one that of what ran on the machine. */
  code?: number | undefined;
  /** What came besides, from a program on the machine. */
  printed?: string;
}

const ownCode = 255;
const shownOutput = 200;

/** Why there is no connection, in one sentence with its cure. */
export function sshFailure(machine: string, end: SshEnd, { user = "root", port = 22 }: SshSettings): Failure {
  const { said, code, printed = "" } = end;
  if (code !== undefined && code !== ownCode) {
    const words = printed.trim().slice(0, shownOutput) || said.trim().slice(-shownOutput);
    return errors.MACHINE_UNREACHABLE.otherProgram({ machine, user, code, printed: words || "nothing" });
  }
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
