// What processes take of the machine, from the kernel's tables (Linux; elsewhere nothing is known).
import { readFileSync, readdirSync } from "node:fs";

const everyMilliseconds = 50;

/**
 * Samples a process and all that descend from it: the peak of their resident memory, summed (pages they share count in
 * each), and the processor time of all of them (the last 50 ms of each are missed).
 */
export function watchUsage(root) {
  const parents = new Map();
  const processor = new Map();
  let peakKilobytes = 0;
  const sample = () => {
    let kilobytes = 0;
    for (const pid of familyOf(root, parents)) {
      kilobytes += residentKilobytes(pid);
      processor.set(pid, processorSeconds(pid) ?? processor.get(pid) ?? 0);
    }
    peakKilobytes = Math.max(peakKilobytes, kilobytes);
  };
  const timer = process.platform === "linux" ? setInterval(sample, everyMilliseconds) : undefined;
  return {
    stop: () => clearInterval(timer),
    result: () => {
      if (timer === undefined) return {};
      const processorSeconds = [...processor.values()].reduce((sum, seconds) => sum + seconds, 0);
      return { peakMegabytes: Math.round(peakKilobytes / 1024), processorSeconds };
    },
  };
}

/** `parents` is kept between samples: who started a process is read once, also because a parent may end before it. */
function familyOf(root, parents) {
  const alive = new Set(readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : [])));
  for (const pid of alive) if (!parents.has(pid)) parents.set(pid, parentOf(pid));
  const family = new Set([root]);
  for (const member of family) for (const [pid, parent] of parents) if (parent === member) family.add(pid);
  return [...family].filter((pid) => alive.has(pid));
}

function parentOf(pid) {
  return Number(fieldsOf(pid)[1]);
}

/** User and system seconds of a process so far; the kernel counts in hundredths. */
export function processorSeconds(pid) {
  const fields = fieldsOf(pid);
  return fields.length === 0 ? undefined : (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The fields of /proc/<pid>/stat after the name, which may hold spaces. */
function fieldsOf(pid) {
  const text = read(`/proc/${pid}/stat`);
  return text === "" ? [] : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function residentKilobytes(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // the process ended meanwhile
  }
}
