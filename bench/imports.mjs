// What importing the package costs over the SDK: fresh processes, the three kinds in turn.
import { spawnSync } from "node:child_process";

/** What each kind of process loads first, and what it then times. */
const kinds = {
  sdk: { before: "", timed: "@pulumi/pulumi" },
  package: { before: 'require("@pulumi/pulumi");', timed: "pulumi-telegram" },
  provider: { before: "", timed: "pulumi-telegram/provider" },
};

/**
 * Milliseconds by kind, one value for each process: `inside` of the timed require alone, `process` of the whole process.
 * `directory` is a program's folder, so that packages are found as a program finds them.
 */
export function measureImports(directory, { times = 15 } = {}) {
  const measured = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, { inside: [], process: [] }]));
  for (let round = 0; round < times; round += 1) {
    for (const [kind, { before, timed }] of Object.entries(kinds)) {
      const source = `${before}const began=performance.now();require("${timed}");console.log(performance.now()-began)`;
      const began = performance.now();
      const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", source], {
        cwd: directory,
        encoding: "utf8",
      });
      measured[kind].process.push(performance.now() - began);
      if (status !== 0) throw new Error(`require("${timed}") failed:\n${stderr}`);
      measured[kind].inside.push(Number(stdout));
    }
  }
  return measured;
}
