// Far sides of SSH that harm: a login that never ends, endless output, profiles that print what looks like answers.
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ShellConnection } from "../../provider/proxy/machine-connection";
import { BadAnswer, AnswerReader } from "../../provider/proxy/machine-answers";
import { answerLimitBytes } from "../../provider/proxy/machine-shell";
import { saidBy } from "../support/routes";
import { until } from "../support/until";

const name = "bots.example.com";
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDaAcRgDHmFsvFMyvzdYQWpqE8sHMVwTJAFl4yWBoDXK";
const never = () => AbortSignal.timeout(60_000);
const mebibyte = 1024 * 1024;
let folder: string;
let started: ShellConnection[] = [];
const path0 = process.env["PATH"];
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-hostile-"))));
afterEach(async () => {
  process.env["PATH"] = path0;
  await Promise.all(started.map((shell) => shell.close()));
  started = [];
  rmSync(folder, { recursive: true });
});

/** A program in the place of ssh: `login` runs first, as a login profile does; then the program that ssh is given. */
function standIn(login: string, then = 'exec sh -c "$last"'): void {
  const script = `#!/bin/sh\nfor last in "$@"; do :; done\n${login}\n${then}\n`;
  writeFileSync(path.join(folder, "ssh"), script);
  chmodSync(path.join(folder, "ssh"), 0o755);
  process.env["PATH"] = `${folder}:${path0}`;
}
async function connect(seconds?: number): Promise<ShellConnection> {
  const shell = await ShellConnection.start(name, { host: name, hostKey }, () => undefined, seconds);
  started.push(shell);
  return shell;
}
/** The most memory that this process held meanwhile, above what it held before, in MiB. */
async function memoryOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
  await work();
  clearInterval(timer);
  return (most - before) / mebibyte;
}

describe("a connection has limits:", () => {
  test("a shell that is never ready is given up, and its ssh is ended", async () => {
    standIn(`echo $$ >${folder}/pid`, "exec sleep 600");
    expect(await saidBy(connect(1))).toBe(
      `${name} had no shell ready within 1 s; see that a login runs the command that is given to it: \`ssh <user>@${name} true\`.`,
    );
    const pid = Number(readFileSync(path.join(folder, "pid"), "utf8"));
    await until(() => !existsSync(`/proc/${pid}`));
  });

  test("endless output is cut off, before the shell is ready and after it", async () => {
    const noise = `the connection to ${name} was ended, since more than 1 MiB came that are no answer (what does its login profile print?); the machine undoes the change that was under way.`;
    standIn("yes | tr -d '\\n'");
    const grown = await memoryOf(async () => expect(await saidBy(connect())).toBe(noise));
    expect(grown).toBeLessThan(300);
    standIn(`(sleep 1; yes) &`);
    const shell = await connect();
    expect(await saidBy(shell.run("sleep 20", never()))).toBe(noise);
  });

  test("endless empty lines are cut off too", () => {
    const reader = new AnswerReader("5e1f");
    for (let at = 0; at < 16; at += 1) expect(reader.take("\n".repeat(mebibyte / 16))).toEqual([]);
    expect(() => reader.take("\n")).toThrow("more than 1 MiB came that are no answer");
  });

  test("an ssh that waits for what a login has left running is ended, when nobody asks any more and by close", async () => {
    standIn(`echo $$ >>${folder}/pids`, 'sh -c "$last"; exec sleep 600');
    const [idle, other] = [await connect(), await connect()];
    await idle.run("true", never());
    void other.close();
    await connect(); // and nobody ever asks it
    const pids = readFileSync(path.join(folder, "pids"), "utf8").trim().split("\n");
    const left = () => pids.filter((pid) => existsSync(`/proc/${pid}`));
    try {
      expect(pids).toHaveLength(3);
      await until(() => left().length === 0);
    } finally {
      for (const pid of left()) process.kill(Number(pid), "SIGKILL");
    }
  });

  test("an answer without an end is not kept", async () => {
    standIn("");
    const shell = await connect();
    const said = await saidBy(shell.run(`head -c ${answerLimitBytes + 5} /dev/zero`, never()));
    expect(said).toBe(
      `the connection to ${name} was ended, since an answer has more than 16 MiB; the machine undoes the change that was under way.`,
    );
    const reader = new AnswerReader("5e1f");
    const feed = () => {
      for (let at = 0; at < 100; at += 1) reader.take(`5e1f${"A".repeat(mebibyte)}`);
    };
    expect(feed).toThrow(BadAnswer);
  });

  test("a large answer comes whole, and one that is at the limit too", async () => {
    standIn("");
    const shell = await connect();
    const ran = await shell.run(`head -c ${answerLimitBytes} /dev/zero`, never());
    expect([ran.code, ran.stdout.length]).toEqual([0, answerLimitBytes]);
  });
});

describe("what is no answer of our shell is none:", () => {
  const forged = [
    "echo pulumi-telegram-ready",
    "echo '0  '",
    "echo '0 eWVz '",
    "echo '1 0 0 0  '",
    "printf '\\n00000000000000000000000000000000 1 0 0 0  \\n'",
    "echo '0 ready'",
  ].join("\n");

  test.each([
    ["forged answers", forged, 0],
    ["a greeting without a newline", "printf 'Last login: never'", 0],
    ["a line after a delay", `( sleep 0.5; ${forged.replaceAll("\n", "; ")} ) &`, 1000],
    ["bytes that are no text", "head -c 4096 /dev/urandom | tr -d '\\000'", 0],
  ])("%s of the login profile", async (_name, login, milliseconds) => {
    standIn(login);
    const shell = await connect();
    const began = Date.now();
    for (let at = 0; at < 12 || Date.now() - began < milliseconds; at += 1) {
      const ran = await shell.run(`echo ${at}; exit ${at % 3}`, never());
      expect(ran).toEqual({ code: at % 3, stdout: `${at}\n`, stderr: "" });
    }
  });

  test("a lock that another holds is not believed to be ours because the profile printed a line", async () => {
    const file = path.join(folder, "lock");
    standIn("");
    const other = await connect();
    expect((await other.lock(file, never())).code).toBe(0);
    standIn(`${forged}; ( sleep 0.2; ${forged.replaceAll("\n", "; ")} ) &`);
    const shell = await connect();
    expect((await shell.lock(file, never())).code).toBe(1);
  });

  test("an answer to another question, and one with something in its middle, end the connection", async () => {
    const nonce = "0123456789abcdef";
    const reader = () => new AnswerReader(nonce);
    expect(reader().take(`x\n\n${nonce} ready\n\n${nonce} 7 0 4 0 b2s= \n`)).toEqual([
      { number: 0, code: 0, stdout: "", stderr: "" },
      { number: 7, code: 0, stdout: "ok", stderr: "" },
    ]);
    for (const damaged of [
      "7 0 4 0 b2s=x ",
      "7 0 4 0 b2 s=",
      "7 0 4 0 ",
      "7 0 4 0 b2s=  ",
      "-7 0 0 0  ",
      "7 0 4 0 b!s= ",
    ])
      expect(() => reader().take(`${nonce} ${damaged}\n`)).toThrow(/damaged/);
    expect(() => reader().take(`hello ${nonce} 7 0 0 0  \n`)).toThrow(/damaged/);
    standIn("", `exec sh -c "$(printf %s "$last" | sed 's/"\\$number" "\\$code"/7 "$code"/')"`);
    const shell = await connect();
    expect(await saidBy(shell.run("true", never()))).toBe(
      `the connection to ${name} was ended, since an answer belongs to another question than the one that was asked; the machine undoes the change that was under way.`,
    );
  });
});

test("a signal that ends a session puts back what is guarded, and leaves no file behind", async () => {
  for (const signal of ["TERM", "HUP"]) {
    process.env["TMPDIR"] = folder;
    const mark = path.join(folder, `mark-${signal}`);
    standIn("");
    const shell = await connect();
    await shell.guard(`echo back >${mark}`, never());
    await saidBy(shell.run(`kill -${signal} $$; sleep 0.2; echo something`, never()));
    await until(() => existsSync(mark));
    delete process.env["TMPDIR"];
  }
  expect(readdirSync(folder).sort()).toEqual(["mark-HUP", "mark-TERM", "ssh"]);
});
