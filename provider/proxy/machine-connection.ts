// One connection to a machine's shell: numbered requests and answers, limits of time and size, and streams to its ports.
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { Duplex, PassThrough } from "node:stream";
import type { Failure } from "../core/failure-types";
import { pause } from "../core/retry";
import { runChild, startChild } from "../run/child";
import type { Child } from "../run/child";
import { errorParts, errors } from "./errors";
import type { Connection } from "./machine";
import { AnswerReader, BadAnswer } from "./machine-answers";
import type { Answer, Ran } from "./machine-answers";
import { encoded, quoted, shellProgram } from "./machine-shell";
import { sshFailure, sshFiles, whyNotOpened } from "./machine-ssh";
import type { SshFiles } from "./machine-ssh";
import type { SshSettings } from "./route/choices";

type Verb = "run" | "lock" | "unlock" | "guard";

interface Waiting {
  number: number;
  resolve: (ran: Ran) => void;
  reject: (error: Error) => void;
}

const idleSeconds = 1;
/** How long a login may take until its shell is ready. */
const readySeconds = 60;
/** How long ssh may take to end once its shell was told to. */
const hangUpSeconds = 5;
const nonceBytes = 16;
/** How long the words of the ssh that holds the connection are waited for. */
const wordsSeconds = 1;
/** What came besides answers is kept up to so many characters until the shell is ready. */
const keptOutput = 2000;

export class ShellConnection implements Connection {
  private readonly waiting: Waiting[] = [];
  private readonly reader: AnswerReader;
  private ended: Failure | undefined;
  private timer: NodeJS.Timeout | undefined;
  private asked = 0;
  private isLocked = false;
  private held = 0;
  private isReady = false;
  private printed = "";
  private readonly forwards = new Map<string, Promise<string>>();

  private constructor(
    private readonly child: Child,
    nonce: string,
    private readonly name: string,
    private readonly ssh: SshSettings | undefined,
    private readonly files: SshFiles | undefined,
    private readonly gone: () => void,
  ) {
    this.reader = new AnswerReader(nonce);
  }

  /** `gone` is called once it can be used no more. */
  static async start(
    name: string,
    ssh: SshSettings | undefined,
    gone: () => void,
    seconds = readySeconds,
  ): Promise<ShellConnection> {
    const nonce = randomBytes(nonceBytes).toString("hex");
    const program = shellProgram(nonce);
    const files = ssh && (await sshFiles(ssh, `exec sh -c ${quoted(program)}`));
    const child = files
      ? startChild("ssh", files.shell, { environment: files.environment })
      : startChild("sh", ["-c", program], { isApart: true });
    const shell = new ShellConnection(child, nonce, name, ssh, files, gone);
    await shell.ready(seconds);
    files?.forget();
    shell.rest(); // who asked for it may have given up meanwhile
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
    const child = startChild("ssh", this.files.dial(address, port), { environment: this.files.environment });
    // Its end is told once it is known why: an end of its streams alone would say nothing.
    const [written, read] = [new PassThrough(), new PassThrough()];
    written.pipe(child.stdin);
    child.stdout.pipe(read, { end: false });
    const stream = Duplex.from({ writable: written, readable: read });
    stream.once("close", () => child.stop());
    const before = this.child.said();
    void child.ended.then(async ({ code, said, problem }) => {
      if (problem) stream.destroy(new Error(problem.words));
      else if (code === 0) read.end();
      else stream.destroy(await this.notOpened(`${address}:${port}`, said, before));
    });
    return stream;
  }

  /** The reason stands in the words of either ssh; those of the one that holds the connection may come a moment later. */
  private async notOpened(where: string, said: string, before: string): Promise<Error> {
    const all = () => {
      const now = this.child.said();
      return said + (now.startsWith(before) ? now.slice(before.length) : now);
    };
    for (let waited = 0; waited < wordsSeconds && whyNotOpened(all()) === undefined; waited += 0.05) {
      await pause(0.05, AbortSignal.timeout(60_000));
    }
    const why = whyNotOpened(all());
    if (why?.isForbidden) {
      return errors.MACHINE_FORWARDS_NOT.forbidden({ machine: this.name, where, said: why.words });
    }
    return new Error(
      why?.words ?? `ssh opened no connection (${said.trim().split(/\r?\n/).at(-1) || "without a word"})`,
    );
  }

  async dialSocket(file: string, signal: AbortSignal): Promise<Duplex> {
    if (!this.files) return connect({ path: file });
    const forward = this.forwards.get(file) ?? this.forward(this.files, file, signal);
    this.forwards.set(file, forward);
    forward.catch(() => this.forwards.delete(file));
    return connect({ path: await forward });
  }

  /** The socket on this side that leads to one of the machine. It goes with the connection. */
  private async forward(files: SshFiles, file: string, signal: AbortSignal): Promise<string> {
    const { local, args } = files.forward(file);
    const { code, said, problem } = await runChild("ssh", args, { environment: files.environment, signal });
    if (code === 0) return local;
    const why = (problem?.words ?? said.trim()) || "ssh ended without a word";
    throw errors.MACHINE_UNREACHABLE.noForward({ machine: this.name, file, why });
  }

  hold(): () => void {
    clearTimeout(this.timer);
    this.held += 1;
    return () => {
      this.held -= 1;
      this.rest();
    };
  }

  async close(): Promise<void> {
    this.hangUp();
    await this.child.ended;
  }

  /** Lets the far shell end by itself. ssh would wait for whatever a login has left running there, so it is not waited for. */
  private hangUp(): void {
    this.child.stdin.end();
    if (!this.ssh) return;
    const late = setTimeout(() => this.child.stop(), hangUpSeconds * 1000).unref();
    void this.child.ended.then(() => clearTimeout(late));
  }

  private async ready(seconds: number): Promise<void> {
    const { child } = this;
    child.stdout.setEncoding("latin1").on("data", (part: string) => this.receive(part));
    void child.ended.then(({ code, said, problem }) => {
      if (problem) this.end(errors.MACHINE_UNREACHABLE.notStarted({ machine: this.name, said: problem.words }));
      else this.end(this.cut(said, code));
    });
    const late = setTimeout(() => {
      this.end(errors.MACHINE_UNREACHABLE.notReady({ machine: this.name, seconds }));
      this.drop();
    }, seconds * 1000);
    try {
      await new Promise<Ran>((resolve, reject) => this.waiting.push({ number: 0, resolve, reject }));
      this.isReady = true;
    } finally {
      clearTimeout(late);
    }
  }

  private ask(verb: Verb, text: string, signal: AbortSignal): Promise<Ran> {
    clearTimeout(this.timer);
    return new Promise((resolve, reject) => {
      const stop = () => {
        // What is under way on the machine ends there, and what is guarded is put back.
        const what = verb === "run" ? "a command was running" : "it was asked";
        this.end(this.cut(`the operation's deadline has passed while ${what}`));
        this.drop();
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
      const number = (this.asked += 1);
      this.waiting.push({
        number,
        resolve: (ran) => (settle(), resolve(ran)),
        reject: (error) => (settle(), reject(error)),
      });
      this.child.stdin.write(`${number} ${verb} ${encoded(text)}\n`);
    });
  }

  private receive(part: string): void {
    if (this.ended) return;
    if (!this.isReady) this.printed = (this.printed + part).slice(0, keptOutput);
    try {
      for (const answer of this.reader.take(part)) this.settle(answer);
    } catch (error) {
      if (!(error instanceof BadAnswer)) throw error;
      this.end(errors.MACHINE_UNREACHABLE.notUnderstood({ machine: this.name, why: error.message }));
      this.drop();
    }
  }

  private settle({ number, ...ran }: Answer): void {
    const first = this.waiting.shift();
    if (first?.number !== number) {
      if (first) this.waiting.unshift(first);
      throw new BadAnswer(errorParts.otherAnswer());
    }
    first.resolve(ran);
  }

  private rest(): void {
    clearTimeout(this.timer);
    if (this.isLocked || this.held > 0 || this.waiting.length > 0 || this.ended) return;
    this.timer = setTimeout(() => {
      this.gone();
      this.hangUp();
    }, idleSeconds * 1000);
  }

  /** Hangs up. The shell of this machine is let end by itself, since it may have to put something back. */
  private drop(): void {
    if (this.ssh) this.child.stop();
    else this.child.stdin.end();
  }

  private cut(said: string, code?: number): Failure {
    if (this.ssh && !this.isReady) return sshFailure(this.name, { said, code, printed: this.printed }, this.ssh);
    const last = said.trim().split(/\r?\n/).at(-1) || "without a word";
    return errors.MACHINE_UNREACHABLE.cut({ machine: this.name, said: last });
  }

  private end(failure: Failure): void {
    if (this.ended) return;
    clearTimeout(this.timer);
    this.ended = failure;
    for (const { reject } of this.waiting.splice(0)) reject(failure);
    this.gone();
    void this.child.ended.then(() => this.files?.remove());
  }
}
