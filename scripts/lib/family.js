// A process and all that descend from it, and signals for exactly those.
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");

/**
 * The process and all that descend from it, each with the time it was born: a pid may be given out again.
 * (Pulumi puts its plugins into groups of their own, so the group is not enough.)
 */
function familyOf(pid) {
  const all = processes();
  const family = new Map(all.filter((one) => one.pid === pid).map((one) => [one.pid, one.born]));
  for (const member of family.keys()) {
    for (const one of all) if (one.parent === member) family.set(one.pid, one.born);
  }
  return family;
}

function processes() {
  if (process.platform === "linux") {
    const pids = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.flatMap((pid) => {
      const [, parent, born] = statOf(pid);
      return parent === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), born }];
    });
  }
  const list = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).stdout ?? "";
  return list.split("\n").map((line) => {
    const [pid, parent] = line.trim().split(/\s+/).map(Number);
    return { pid, parent };
  });
}

/** State, parent and time of birth of a process, from the kernel's table (Linux). */
function statOf(pid) {
  const stat = readOrNothing(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [fields[0], fields[1], fields[19]];
}

function readOrNothing(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return ""; // the process ended meanwhile
  }
}

function signalEach(family, name) {
  for (const [pid, born] of family) {
    if (born !== undefined && statOf(pid)[2] !== born) continue;
    try {
      process.kill(pid, name);
    } catch {
      // already gone
    }
  }
}

/** Whether the process that was born then still runs: a zombie does not, and neither does another one with its pid. */
function isRunning(pid, born) {
  if (process.platform === "linux") {
    const [state, , now] = statOf(pid);
    return now !== undefined && state !== "Z" && (born === undefined || now === born);
  }
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Resolves when none of the family runs any more; after `seconds` it fails and names those that do. */
async function gone(family, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const left = [...family].filter(([pid, born]) => isRunning(pid, born)).map(([pid]) => pid);
    if (left.length === 0) return;
    if (Date.now() > end) throw new Error(`still running ${seconds} s after SIGKILL: process ${left.join(", ")}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

module.exports = { familyOf, signalEach, isRunning, gone };
