// Runs and ends child processes: never a shell, own process group, a deadline, nothing left behind.
const { spawn } = require("node:child_process");
const vm = require("node:vm");
const { familyOf, signalEach, gone } = require("./family.js");

// Inside jest `process` is a copy whose events never fire; this is the real one. The set lives on it, so that every
// copy of this module (jest loads one per test file) shares one list and one listener.
const realProcess = vm.runInThisContext("process");
const key = Symbol.for("pulumi-telegram.children");
if (realProcess[key] === undefined) {
  realProcess[key] = new Map();
  realProcess.on("exit", endAllNow);
}
const children = realProcess[key];

/** Ends every child that is still there, at once: for the last moment of this process. */
function endAllNow() {
  for (const [pid, orphans] of realProcess[key]) signalEach(new Map([...familyOf(pid), ...orphans]), "SIGKILL");
}

/** Starts a long-running process. Output is kept; `onLine(line, "stdout" | "stderr")` sees each line as it comes. */
function start(command, args, { cwd, env, input, onLine } = {}) {
  const began = performance.now();
  const child = spawn(command, args, {
    cwd,
    env,
    detached: process.platform !== "win32",
    stdio: ["pipe", "pipe", "pipe"],
  });
  const kept = { stdout: "", stderr: "", all: "" };
  const watchers = new Set();
  const title = [command.split(/[\\/]/).pop(), ...args].join(" ");
  const orphans = new Map(); // what a killed child left behind
  if (child.pid !== undefined) children.set(child.pid, orphans);

  for (const stream of ["stdout", "stderr"]) {
    eachLine(child[stream], (line) => {
      onLine?.(line, stream);
      for (const watcher of watchers) watcher(line);
    });
    child[stream].on("data", (text) => {
      kept[stream] += text;
      kept.all += text;
    });
  }
  child.stdin.on("error", () => undefined); // a child that ends before it reads its input is no error of ours
  child.stdin.end(input ?? "");

  const ended = new Promise((resolve, reject) => {
    child.once("error", (error) => {
      if (child.pid !== undefined) return; // a signal that came too late
      reject(new Error(`${title} could not be started: ${error.code === "ENOENT" ? "not found" : error.message}`));
    });
    child.once("exit", (code, signal) => {
      // A grandchild may hold the pipes open for ever: what came within a second is all.
      const late = setTimeout(() => (child.stdout.destroy(), child.stderr.destroy()), 1000);
      child.once("close", () => {
        clearTimeout(late);
        if (orphans.size === 0) children.delete(child.pid);
        resolve({ code, signal, stdout: kept.stdout, stderr: kept.stderr, seconds: secondsSince(began) });
      });
    });
  });
  ended.catch(() => undefined);

  return {
    pid: child.pid,
    title,
    ended,
    output: () => kept.all,
    kill: (signal) => {
      for (const [pid, born] of familyOf(child.pid)) if (pid !== child.pid) orphans.set(pid, born);
      return child.kill(signal);
    },
    stop: async (graceSeconds) => {
      await stop(child, ended, graceSeconds);
      signalEach(orphans, "SIGKILL");
      await gone(orphans);
      children.delete(child.pid);
    },
    waitFor: (pattern, timeoutSeconds = 90) => waitForLine(pattern, timeoutSeconds, { title, kept, watchers, ended }),
  };
}

/** Runs a command to its end. Past the deadline (`Infinity`: none), or when `signal` is aborted, its whole family is ended and the error says what it had printed. */
async function run(command, args, { timeoutSeconds = 120, signal, ...options } = {}) {
  signal?.throwIfAborted();
  const child = start(command, args, options);
  let reason;
  const stopFor = (why) => {
    reason ??= why;
    void child.stop();
  };
  const onAbort = () => stopFor("was interrupted");
  const late = () => stopFor(`did not end within ${timeoutSeconds} s`);
  const timer = timeoutSeconds === Infinity ? undefined : setTimeout(late, timeoutSeconds * 1000);
  signal?.addEventListener("abort", onAbort);
  try {
    const result = await child.ended;
    if (reason === undefined) return result;
    throw new Error(`${child.title} ${reason}. ${printed(child.output())}`);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

function waitForLine(pattern, timeoutSeconds, { title, kept, watchers, ended }) {
  return new Promise((resolve, reject) => {
    const finish = (settle, value) => {
      clearTimeout(timer);
      watchers.delete(watcher);
      settle(value);
    };
    const fail = (what) =>
      finish(reject, new Error(`${title} ${what} before it printed ${pattern}. ${printed(kept.all)}`));
    const watcher = (line) => {
      const match = pattern.exec(line);
      if (match) finish(resolve, match);
    };
    const timer = setTimeout(() => fail(`ran for ${timeoutSeconds} s`), timeoutSeconds * 1000);
    watchers.add(watcher);
    ended.then(
      () => fail("ended"),
      (error) => finish(reject, error),
    );
    for (const line of kept.all.split("\n").slice(0, -1)) watcher(line);
  });
}

/** Asks the family to end, after `graceSeconds` ends what is left of it, and waits until none of it runs. */
async function stop(child, ended, graceSeconds = 5) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  // Looked for again and again: once the process has ended, its orphans are no longer to be found.
  const family = familyOf(child.pid);
  const look = setInterval(() => familyOf(child.pid).forEach((born, pid) => family.set(pid, born)), 100);
  const late = setTimeout(() => signalEach(family, "SIGKILL"), graceSeconds * 1000);
  signalGroup(child.pid, "SIGTERM");
  await ended.catch(() => undefined);
  clearInterval(look);
  clearTimeout(late);
  signalEach(family, "SIGKILL");
  await gone(family);
}

function signalGroup(pid, name) {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, name);
  } catch {
    // already gone
  }
}

function eachLine(stream, take) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    lines.forEach(take);
  });
  stream.on("end", () => {
    if (rest !== "") take(rest);
  });
}

const lastLines = 40;
const secondsSince = (began) => Math.round(performance.now() - began) / 1000;
/** What a failure shows of a program's output: the end, where the reason is. */
function printed(text) {
  const lines = text.trim() === "" ? [] : text.trimEnd().split("\n");
  if (lines.length === 0) return "It printed nothing.";
  const isLong = lines.length > lastLines;
  return `It printed${isLong ? `, in its last ${lastLines} lines of ${lines.length}` : ""}:\n${lines.slice(-lastLines).join("\n")}`;
}

module.exports = { run, start, endAllNow };
