// A Pulumi project of one program in a folder of its own, with an empty stack, and the commands that are measured.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import environment from "../scripts/engine/environment.js";
import stacks from "../scripts/engine/stack.js";
import processes from "../scripts/lib/process.js";
import { programs } from "./programs.mjs";
import { watchUsage } from "./usage.mjs";

export const top = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const stack = "bench";

/** The measured operations, in their order; the flags make each one fail if it does not do what its name says. */
export const operations = {
  up: ["up", "--yes", "--skip-preview"],
  "no-op up": ["up", "--yes", "--skip-preview", "--expect-no-changes"],
  refresh: ["refresh", "--yes", "--skip-preview", "--expect-no-changes"],
  destroy: ["destroy", "--yes", "--skip-preview"],
};

/** Makes the project in `folder`. `home` is shared by all projects of a run, as a user's is. */
export function createProject({ engine, home, folder, kind, bots }) {
  const name = `bench-${kind}`;
  const { source, type } = programs[kind];
  const directory = path.join(folder, "program");
  const modules = path.join(directory, "node_modules");
  mkdirSync(modules, { recursive: true });
  const env = { ...environment.engineEnvironment(engine, folder), PULUMI_HOME: home, PULUMI_STACK: stack };
  const stackFile = stacks.createStack(folder, name, stack);
  const write = (file, text) => writeFileSync(path.join(directory, file), text);
  write("package.json", JSON.stringify({ name, private: true }));
  write("Pulumi.yaml", `name: ${name}\nruntime: nodejs\nmain: index.js\n`);
  write(`Pulumi.${stack}.yaml`, stacks.stackSettings());
  write("index.js", source);
  write("bots.json", JSON.stringify(bots));
  symlinkSync(path.join(top, "node_modules", "@pulumi"), path.join(modules, "@pulumi"), "junction");
  symlinkSync(top, path.join(modules, "pulumi-telegram"), "junction");

  /** The resources of the program in the stack's state. */
  const resources = () => {
    const { latest } = JSON.parse(readFileSync(stackFile, "utf8")).checkpoint;
    return (latest?.resources ?? []).filter((resource) => resource.type === type);
  };
  return {
    directory,
    run: async (operation) => {
      const measured = await measure(operations[operation], { cwd: directory, env });
      const expected = operation === "destroy" ? 0 : bots.length;
      const found = resources().length;
      if (found !== expected) throw new Error(`after ${operation} ${found} resources are there, not ${expected}`);
      return measured;
    },
    /** Bytes of a resource as the state has it, without where in the program it was declared: the average. */
    stateBytes: () => average(resources().map(bytesOf)),
    /** Bytes of each property of the first resource, inputs and outputs together; the rest is the engine's. */
    stateParts: () => partsOf(resources()[0]),
  };
}

/** Wall seconds, peak memory and processor time of one CLI run. Node's spawn sets SIGINT to its default; ignored, it costs 5 seconds. */
async function measure(args, options) {
  const child = processes.start("pulumi", ["--non-interactive", "--color", "never", ...args], options);
  const usage = watchUsage(child.pid);
  const { code, seconds } = await child.ended.finally(usage.stop);
  if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with code ${code}:\n${child.output()}`);
  return { seconds, ...usage.result() };
}

function bytesOf(resource) {
  const kept = Object.entries(resource).filter(([key]) => key !== "sourcePosition" && key !== "stackTrace");
  return Buffer.byteLength(JSON.stringify(Object.fromEntries(kept)));
}

/** [name, bytes], the largest first; the last one is what the engine keeps beside the properties. */
function partsOf(resource) {
  const parts = {};
  for (const side of ["inputs", "outputs"]) {
    for (const [name, value] of Object.entries(resource[side])) {
      parts[name] = (parts[name] ?? 0) + Buffer.byteLength(JSON.stringify({ [name]: value })) - 1;
    }
  }
  const sum = Object.values(parts).reduce((total, bytes) => total + bytes, 0);
  return [...Object.entries(parts).sort((a, b) => b[1] - a[1]), ["the engine's own", bytesOf(resource) - sum]];
}

function average(numbers) {
  return Math.round(numbers.reduce((sum, number) => sum + number, 0) / numbers.length);
}
