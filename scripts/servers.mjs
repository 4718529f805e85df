// The servers and tools that tests and `npm start` start. On Debian as root they are installed (and none is started); elsewhere one line says how.
import { accessSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import processes from "./lib/process.js";

/** Program to Debian package. */
const packages = {
  openssl: "openssl",
  named: "bind9",
  dig: "bind9-dnsutils",
  nsupdate: "bind9-dnsutils",
  nginx: "nginx-light",
  haproxy: "haproxy",
  sshd: "openssh-server",
  ssh: "openssh-client",
  sudo: "sudo",
  faketime: "faketime",
  nc: "netcat-openbsd",
  chromium: "chromium",
};
const folders = [...(process.env.PATH ?? "").split(path.delimiter), "/usr/sbin", "/sbin"];
const policy = "/usr/sbin/policy-rc.d";

const has = (program) =>
  folders.some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false; // not in this folder
    }
  });

/** Resolves when every program is there; left out: all that tests start. */
export async function ensureServers({ programs = Object.keys(packages), log, signal }) {
  const missing = programs.filter((program) => !has(program));
  if (missing.length === 0) return;
  const names = [...new Set(missing.map((program) => packages[program]))];
  const line = `apt-get install --no-install-recommends ${names.join(" ")}`;
  if (process.getuid?.() !== 0 || !has("apt-get")) {
    throw new Error(`${missing.join(", ")} is not here. On Debian, as root: ${line}`);
  }
  log(`${missing.join(", ")} is not here: ${line}`);
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 }); // nothing that is installed starts
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await apt(["update", "-q"], { env, signal });
    await apt(["install", "-q", "-y", "--no-install-recommends", ...names], { env, signal });
  } finally {
    if (isOurs) rmSync(policy, { force: true });
  }
}

async function apt(args, options) {
  const { code, stdout, stderr } = await processes.run("apt-get", args, { ...options, timeoutSeconds: 600 });
  if (code !== 0) throw new Error(`apt-get ${args[0]} ended with code ${code}:\n${stdout}${stderr}`.trimEnd());
}
