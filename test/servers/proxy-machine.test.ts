// A machine: this one and one over a real sshd run what they are told alike, hold the kernel's lock, and put things back.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { machineOf } from "../../provider/proxy/machine";
import type { Connection } from "../../provider/proxy/machine";
import { quoted, writing } from "../../provider/proxy/machine-shell";
import { saidBy } from "../support/routes";
import { startSshd } from "../support/sshd";
import type { Sshd } from "../support/sshd";
import { until } from "../support/until";

const address = "127.0.7.30";
let sshd: Sshd;
let folder: string;
beforeAll(async () => {
  sshd = await startSshd(address);
});
afterAll(() => sshd.dispose());
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-machine-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const never = () => AbortSignal.timeout(60_000);
const ssh = (more: Record<string, unknown> = {}) => ({
  ssh: { host: address, port: sshd.port, user: "root", privateKey: sshd.privateKey, hostKey: sshd.hostKey, ...more },
});
const opened: Connection[] = [];
const connect = async (on?: ReturnType<typeof ssh>) => {
  const connection = await machineOf(on).connect();
  opened.push(connection);
  return connection;
};
afterEach(() => Promise.all(opened.splice(0).map((connection) => connection.close())));

describe.each(["this machine", "over ssh"])("%s", (which) => {
  const here = () => connect(which === "over ssh" ? ssh() : undefined);

  test("gives the code and both streams of what it runs, whatever characters are in them", async () => {
    const connection = await here();
    const odd = `it's "quoted" $HOME \\ \`x\` ü\n\ttwo lines`;
    const ran = await connection.run(`printf %s ${quoted(odd)}; printf %s err >&2; exit 7`, never());
    expect(ran).toEqual({ code: 7, stdout: odd, stderr: "err" });
    expect(await connection.run("cat", never())).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("writes a large file that only its owner reads, and shows nothing of it in an argument list", async () => {
    const connection = await here();
    const file = path.join(folder, "large");
    const text = "0123456789abcdef\n".repeat(60_000);
    const ran = await connection.run(`${writing(text, file)}; ps -ef; stat -c %a ${quoted(file)}`, never());
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(ran.stdout.trim().split("\n").at(-1)).toBe("600");
    expect(ran.stdout).not.toContain(Buffer.from(text).toString("base64").slice(0, 20));
  });

  test("holds a lock of the kernel that what it starts does not inherit", async () => {
    const connection = await here();
    const file = path.join(folder, "lock");
    const isFree = () => {
      try {
        execFileSync("flock", ["-n", file, "true"]);
        return true;
      } catch {
        return false;
      }
    };
    expect((await connection.lock(file, never())).code).toBe(0);
    expect(isFree()).toBe(false);
    await connection.run("sleep 20 >/dev/null 2>&1 & echo $!", never());
    await connection.unlock(never());
    expect(isFree()).toBe(true);
    expect((await connection.lock("/no/such/folder/lock", never())).code).not.toBe(0);
  });

  test("puts back what is guarded when the connection ends, and leaves no folder behind", async () => {
    const connection = await here();
    const mark = path.join(folder, "mark");
    await connection.guard(`touch ${quoted(mark)}`, never());
    await connection.close();
    await until(() => existsSync(mark));
    expect(await saidBy(connection.run("true", never()))).toContain(which === "over ssh" ? address : "this machine");
  });

  test("reaches a port as it is seen from the machine", async () => {
    const server = createServer((socket) => socket.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const stream = (await here()).dial("127.0.0.1", port);
    let got = "";
    stream.on("error", () => undefined); // the far side hangs up first
    stream.on("data", (part: Buffer) => (got += part.toString()));
    await until(() => got === "hello");
    stream.destroy();
    server.close();
  });

  test("reaches a socket of the machine, also a second time", async () => {
    const file = path.join(folder, "socket");
    const server = createServer((socket) =>
      socket.once("data", (part: Buffer) => socket.end(`got ${part.toString()}`)),
    );
    await new Promise<void>((resolve) => server.listen(file, resolve));
    const connection = await here();
    for (const word of ["one", "two"]) {
      const stream = await connection.dialSocket(file, never());
      let got = "";
      stream.on("error", () => undefined); // the far side hangs up first
      stream.on("data", (part: Buffer) => (got += part.toString())).write(word);
      await until(() => got === `got ${word}`);
      stream.destroy();
    }
    server.close();
  });

  test("gives up at the deadline of the operation", async () => {
    const connection = await here();
    const said = await saidBy(connection.run("sleep 3", AbortSignal.timeout(300)));
    expect(said).toContain("the operation's deadline has passed while a command was running");
  });
});

test("one connection serves everybody in the process", async () => {
  const both = await Promise.all([connect(ssh()), connect(ssh())]);
  expect(both[0]).toBe(both[1]);
  expect(await Promise.all(both.map((one, at) => one.run(`echo ${at}`, never())))).toMatchObject([
    { stdout: "0\n" },
    { stdout: "1\n" },
  ]);
});

test("another host key, a stranger's key, a wrong user and a machine that is down are one sentence each", async () => {
  const other = await startSshd(address);
  const says = async (more: Record<string, unknown>) => saidBy(connect(ssh(more)));
  try {
    expect(await says({ hostKey: other.hostKey })).toBe(
      `${address} shows another host key than on.ssh.hostKey: it was rebuilt, or somebody is in between; compare the key on the machine's console before you change hostKey.`,
    );
    expect(await says({ privateKey: sshd.strangersKey })).toBe(
      `${address} does not let user root in (Permission denied (publickey).); give the privateKey of a user who may log in.`,
    );
    expect(await says({ user: "nobody-here" })).toContain("does not let user nobody-here in");
  } finally {
    await other.dispose();
  }
  expect(await says({ port: other.port })).toMatch(
    /^127\.0\.7\.30 cannot be reached at port \d+ \(.*Connection refused\); see that it is up/,
  );
});

test("a connection that is cut says so, and the next one is new", async () => {
  const connection = await connect(ssh());
  const running = saidBy(connection.run("kill -KILL $(ps -o ppid= -p $$)", never()));
  expect(await running).toContain(`${address} cut the connection (`);
  expect((await (await connect(ssh())).run("echo again", never())).stdout).toBe("again\n");
});
