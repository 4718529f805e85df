// A real sshd of a test's own on loopback: own host key, own configuration, users that exist; ended with the test.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { freePort } from "./ports";
import { run, start } from "./process";

export interface Sshd {
  port: number;
  pid: number;
  hostKey: string;
  /** A private key that root and the other users of the test may log in with. */
  privateKey: string;
  /** One that nobody may. */
  strangersKey: string;
  /** Cuts every connection and ends it. */
  stop(): Promise<void>;
  /** Starts it again after `stop`, with the same keys at the same port. */
  restart(): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * `user`: one who is not root, with these rules of sudo. Users and rules are in a mount namespace of this sshd alone:
 * the machine's own files stay as they are. `more`: further lines of its configuration.
 */
export async function startSshd(
  address: string,
  user?: { name: string; uid: number; rules: string[] },
  more: readonly string[] = [],
): Promise<Sshd> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-sshd-"));
  fs.chmodSync(home, 0o755);
  fs.mkdirSync("/run/sshd", { recursive: true, mode: 0o755 }); // where sshd separates its privileges
  const file = (name: string) => path.join(home, name);
  for (const name of ["host", "client", "stranger"]) {
    const { code, stderr } = await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file(name)]);
    if (code !== 0) throw new Error(stderr);
  }
  const read = (name: string) => fs.readFileSync(file(name), "utf8");
  fs.writeFileSync(file("authorized"), read("client.pub"), { mode: 0o644 });
  const port = await freePort(address);
  const lines = [
    ...[`ListenAddress ${address}:${port}`, `HostKey ${file("host")}`, `PidFile ${file("pid")}`],
    ...[`AuthorizedKeysFile ${file("authorized")}`, "StrictModes no", "PasswordAuthentication no", "UsePAM no"],
    ...["KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password", "MaxStartups 100"],
    ...more,
  ];
  fs.writeFileSync(file("config"), `${lines.join("\n")}\n`);
  const sshd = ["/usr/sbin/sshd", "-D", "-e", "-f", file("config")];
  const begin = async () => {
    const begun = user
      ? start("unshare", ["-m", "sh", "-c", withUser(user, home, sshd)])
      : start("/usr/sbin/sshd", sshd.slice(1));
    await begun.waitFor(/Server listening/);
    return begun;
  };
  let running = await begin();
  return {
    port,
    pid: running.pid,
    hostKey: read("host.pub").trim(),
    privateKey: read("client"),
    strangersKey: read("stranger"),
    stop: () => running.stop(0),
    restart: async () => void (running = await begin()),
    dispose: async () => {
      await running.stop(0);
      fs.rmSync(home, { recursive: true, force: true });
    },
  };
}

function withUser(user: { name: string; uid: number; rules: string[] }, home: string, sshd: string[]): string {
  const files = {
    passwd: `${fs.readFileSync("/etc/passwd", "utf8")}${user.name}:x:${user.uid}:${user.uid}::/tmp:/bin/sh\n`,
    shadow: `${fs.readFileSync("/etc/shadow", "utf8")}${user.name}:*:19000:0:99999:7:::\n`,
    sudoers: `root ALL=(ALL) ALL\n${user.rules.map((rule) => `${user.name} ALL=(root) NOPASSWD: ${rule}\n`).join("")}`,
  };
  const mounts = Object.entries(files).map(([name, text]) => {
    const file = path.join(home, name);
    fs.writeFileSync(file, text, { mode: name === "passwd" ? 0o644 : name === "sudoers" ? 0o440 : 0o600 });
    return `mount --bind ${file} /etc/${name}`;
  });
  return [...mounts, `exec ${sshd.join(" ")}`].join(" && ");
}
