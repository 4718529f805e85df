// What a program of ours is given: a small environment, a key that lies in no file; and what is left when a process ends.
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pause } from "../../provider/core/retry";
import { nsupdate } from "../../provider/dns/vendors/rfc2136/nsupdate";
import { machineOf } from "../../provider/proxy/machine";
import { ShellConnection } from "../../provider/proxy/machine-connection";
import { holdKey } from "../../provider/proxy/machine-key";
import { sshFiles } from "../../provider/proxy/machine-ssh";
import { run, start } from "../support/process";
import type { Running } from "../support/process";
import { saidBy } from "../support/routes";
import { until } from "../support/until";

const name = "bots.example.com";
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDaAcRgDHmFsvFMyvzdYQWpqE8sHMVwTJAFl4yWBoDXK";
const never = () => AbortSignal.timeout(60_000);
const dist = path.join(__dirname, "../../dist/provider");
const kept = { ...process.env };
let folder: string;
let started: ShellConnection[] = [];
let children: Running[] = [];
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(tmpdir(), "pulumi-telegram-key-"));
  fs.mkdirSync(path.join(folder, "tmp"));
});
afterEach(async () => {
  await Promise.all([...started.map((shell) => shell.close()), ...children.map((child) => child.stop())]);
  [started, children] = [[], []];
  for (const variable of Object.keys(process.env)) if (!(variable in kept)) delete process.env[variable];
  Object.assign(process.env, kept);
  fs.rmSync(folder, { recursive: true });
});

function stand(program: string, body: string): string {
  const file = path.join(folder, program);
  fs.writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return file;
}
/** A program in the place of ssh, which notes what it finds before it goes on as ssh would. $own: the folder of the connection. */
function standIn(look: string): void {
  const own = 'for last in "$@"; do case $last in UserKnownHostsFile=*) own=$(dirname "${last#*=}") ;; esac; done';
  stand("ssh", `${own}\necho "$own" >${folder}/own\n${look}\nexec sh -c "$last"`);
  process.env["PATH"] = `${folder}:${kept["PATH"]}`;
}
async function connect(privateKey?: string): Promise<ShellConnection> {
  const settings = { host: name, hostKey, ...(privateKey !== undefined && { privateKey }) };
  const shell = await ShellConnection.start(name, settings, () => undefined);
  started.push(shell);
  return shell;
}
async function newKey(password = ""): Promise<string> {
  const file = path.join(folder, "made");
  fs.rmSync(file, { force: true });
  const { code, stderr } = await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", password, "-C", "", "-f", file]);
  if (code !== 0) throw new Error(stderr);
  return fs.readFileSync(file, "utf8");
}
const noted = (file: string) => fs.readFileSync(path.join(folder, file), "utf8");
const own = () => noted("own").trim();
const isGone = (file: string) => until(() => !fs.existsSync(file));

describe("a program's environment is a small one of its own:", () => {
  const ours = {
    TELEGRAM_BOT_TOKEN: "1",
    PULUMI_CONFIG_PASSPHRASE: "2",
    AWS_SECRET_ACCESS_KEY: "3",
    CLOUDFLARE_API_TOKEN: "4",
    NODE_OPTIONS: "",
    SSH_AUTH_SOCK: "/no/such/agent",
    HOME: "/home/of-who-runs",
  };
  const allowed = /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_ALL|TMPDIR|XDG_RUNTIME_DIR|PWD|_|SHLVL|OLDPWD)=/;
  const foreign = (text: string) => text.split("\n").filter((line) => line !== "" && !allowed.test(line));

  test("of ssh, which asks the user's agent only without a key of ours", async () => {
    Object.assign(process.env, ours);
    standIn(`env >${folder}/env`);
    await connect(await newKey());
    expect(foreign(noted("env"))).toEqual([]);
    expect(noted("env")).toContain("HOME=/home/of-who-runs\n");
    await connect();
    expect(foreign(noted("env"))).toEqual(["SSH_AUTH_SOCK=/no/such/agent"]);
  });

  test("of the commands on this machine, and of nsupdate", async () => {
    Object.assign(process.env, ours);
    const connection = await machineOf(undefined).connect();
    expect(foreign((await connection.run("env", never())).stdout)).toEqual([]);
    await connection.close();
    const command = stand("nsupdate", `env >${folder}/env`);
    expect(await nsupdate([], never(), command)).toEqual({ isDone: true });
    expect(foreign(noted("env"))).toEqual([]);
  });
});

test.each([undefined, "", ".", ":/usr/bin", "/usr/bin:", "bin:/usr/bin"])(
  "no program comes from the working directory, whatever PATH is: %p",
  async (PATH) => {
    const before = process.cwd();
    fs.mkdirSync(path.join(folder, "bin"));
    for (const place of ["nsupdate", "bin/nsupdate", "ssh", "bin/ssh"]) stand(place, `touch ${folder}/planted`);
    process.chdir(folder);
    try {
      if (PATH === undefined) delete process.env["PATH"];
      else process.env["PATH"] = PATH;
      await nsupdate(["answer"], never()).catch(() => undefined);
      await saidBy(ShellConnection.start("127.0.7.209", { host: "127.0.7.209", port: 1, hostKey }, () => undefined));
    } finally {
      process.chdir(before);
    }
    expect(fs.existsSync(path.join(folder, "planted"))).toBe(false);
  },
);

test("the user's configuration keeps no connection and no key behind: useConfig", async () => {
  const config = path.join(folder, "config");
  fs.writeFileSync(config, "ControlPersist 10m\nAddKeysToAgent yes\n");
  const files = await sshFiles({ host: name, hostKey, useConfig: true }, "true");
  const { stdout } = await run("ssh", ["-G", "-F", config, ...files.shell]);
  files.remove();
  expect(stdout).toMatch(/^controlpersist no$/m);
  expect(stdout).toMatch(/^addkeystoagent false$/m);
});

describe("a private key", () => {
  test("lies in no file: an agent of ours holds it until the connection is there", async () => {
    const key = await newKey();
    const line = key.split("\n")[2] ?? "";
    standIn(
      `SSH_AUTH_SOCK=$own/agent ssh-add -L >${folder}/public; ps -eo args >${folder}/ps
grep -rlF '${line}' "$own" >${folder}/found; stat -c %a "$own" >${folder}/mode`,
    );
    const shell = await connect(key);
    expect(noted("public").split(" ")[1]).toBe(noted("made.pub").trim().split(" ")[1]);
    expect([noted("found"), noted("mode"), noted("ps").includes(line)]).toEqual(["", "700\n", false]);
    await isGone(path.join(own(), "agent"));
    await shell.close();
    await isGone(own());
  });

  test("is in a file that nobody else reads where there is no agent, and goes when the connection is there", async () => {
    const key = await newKey();
    standIn(`stat -c '%a %n' "$own/key" >${folder}/found`);
    stand("ssh-agent", "echo 'no agent here' >&2; exit 1");
    const shell = await connect(key);
    expect(noted("found")).toBe(`600 ${own()}/key\n`);
    expect(fs.readdirSync(own())).toEqual(["known_hosts"]);
    await shell.close();
    await isGone(own());
  });

  test("with a password is one sentence, and nobody is asked", async () => {
    standIn("");
    expect(await saidBy(connect(await newKey("a password")))).toMatch(
      /^on\.ssh\.privateKey cannot be used for bots\.example\.com \(.+\); give a key without a password, or leave it out and add the key to your agent \(ssh-add\)\.$/,
    );
  });

  test("that is refused leaves no agent", async () => {
    await saidBy(holdKey(await newKey("a password"), folder, name));
    const deadline = Date.now() + 4000; // by itself an agent looks every 10 s whether it is needed
    while (fs.existsSync(path.join(folder, "agent")) && Date.now() < deadline) await pause(0.05, never());
    expect(fs.existsSync(path.join(folder, "agent"))).toBe(false);
  });

  test("goes with the process, also with one that is killed", async () => {
    const source = `const { holdKey } = require(${JSON.stringify(path.join(dist, "proxy/machine-key.js"))});
      holdKey(process.argv[1], process.argv[2], "x").then(({ args }) => console.log("held", args.join(" ")));
      setInterval(() => {}, 1000);`;
    const running = start(process.execPath, ["-e", source, "--", await newKey(), folder]);
    children.push(running);
    await running.waitFor(/^held/);
    const agent = path.join(folder, "agent");
    const { stdout } = await run("ssh-add", ["-L"], { env: { ...process.env, SSH_AUTH_SOCK: agent } });
    expect(stdout.split(" ")[1]).toBe(noted("made.pub").trim().split(" ")[1]);
    running.kill("SIGKILL");
    await isGone(agent);
  });
});

describe("a private folder", () => {
  const source = `const { privateFolder } = require(${JSON.stringify(path.join(dist, "run/private-folder.js"))});
    console.log("made", privateFolder().path);
    if (process.argv[1] === "end") process.exit(0); else setInterval(() => {}, 1000);`;
  const temporary = () => fs.readdirSync(path.join(folder, "tmp")).sort();
  const begin = async (then: string): Promise<Running & { made: string }> => {
    const env = { ...process.env, TMPDIR: path.join(folder, "tmp") };
    const running = start(process.execPath, ["-e", source, then], { env });
    children.push(running);
    const [, made = ""] = await running.waitFor(/^made (.*)/);
    return Object.assign(running, { made: path.basename(made) });
  };

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "goes with a process that %s ends, and it ends",
    async (signal) => {
      const running = await begin("wait");
      expect(temporary()).toEqual([running.made]);
      running.kill(signal);
      expect((await running.ended).signal).toBe(signal);
      expect(temporary()).toEqual([]);
    },
  );

  test("goes with the end of the process, and that of a killed one with the next", async () => {
    await (
      await begin("end")
    ).ended;
    expect(temporary()).toEqual([]);
    const killed = await begin("wait");
    killed.kill("SIGKILL");
    await killed.ended;
    expect(temporary()).toEqual([killed.made]);
    const next = await begin("wait");
    expect(temporary()).toEqual([next.made]);
  });

  test("of a living process, of another user, of another container and of another shape stays", async () => {
    const first = await begin("wait");
    const [, mine = ""] = /^(pt-ssh-\w+-)\d+-/.exec(first.made) ?? [];
    const dead = 4_194_303; // the highest there can be
    const strangers = `${mine}${dead}-strang`;
    const names = [
      ...[`${mine}1-abcdef`, strangers, `pt-ssh-zzzzzzz-${dead}-abcdef`],
      ...[`${mine}${dead}-abc`, `${mine}x-abcdef`, "pt-ssh-abcdef"],
    ];
    for (const one of [...names, `${mine}${dead}-abcdef`]) fs.mkdirSync(path.join(folder, "tmp", one), { mode: 0o700 });
    fs.chownSync(path.join(folder, "tmp", strangers), 47_113, 47_113);
    fs.mkdirSync(path.join(folder, "kept"));
    fs.symlinkSync(path.join(folder, "kept"), path.join(folder, "tmp", `${mine}${dead}-linked`));
    const next = await begin("wait");
    expect(temporary()).toEqual([...names, `${mine}${dead}-linked`, first.made, next.made].sort());
  });
});
