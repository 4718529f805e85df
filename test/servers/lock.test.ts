// Two that want an engine at once, a holder that died, and Ctrl-C in the middle of a build.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { run, start } from "../support/process";
import { emptyMachine } from "../unit/engine-setup/fakes";

const script = path.join(__dirname, "..", "..", "scripts", "engine.mjs");
const folder = `engine-3.259.0-${process.platform}-${process.arch}`;

let machine: ReturnType<typeof emptyMachine>;
beforeEach(() => (machine = emptyMachine()));
afterEach(() => machine.remove());

const args = () => [script, "--json", "--node-modules", machine.nodeModules];
const engine = () => run(process.execPath, args(), { env: machine.env, timeoutSeconds: 60 });
const lock = () => path.join(machine.cache, `${folder}.lock`);
const builds = () => machine.journal().filter((line) => line.startsWith("go build"));
/** A build that takes until the test is over. */
const hang = `process.on("SIGTERM", () => undefined); setInterval(() => undefined, 1000); console.log("hanging"); return;`;

test("two that want an engine at once build it once, and the second says what it waits for", async () => {
  machine.go("1.26.8", `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);`);
  const both = await Promise.all([engine(), engine()]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(builds()).toHaveLength(2); // the CLI and its language host
  expect(both[0].stderr + both[1].stderr).toMatch(
    /^waiting for process \d+, which is preparing engine-\S+, 0 s so far$/m,
  );
  expect(machine.cached()).toEqual([folder]);
});

test("the lock and the half-made folder of a process that died are taken over", async () => {
  machine.go("1.26.8");
  const dead = await run(process.execPath, ["-p", "process.pid"]);
  machine.write(lock(), `${dead.stdout.trim()} ${os.hostname()}\n`);
  machine.write(path.join(machine.cache, `${folder}.new-1`, "half"), "");
  expect((await engine()).code).toBe(0);
  expect(machine.cached()).toEqual([folder]);
});

test("a lock that nobody has touched for a minute is taken over, even if its pid is in use again", async () => {
  machine.go("1.26.8");
  machine.write(lock(), `${process.pid} ${os.hostname()}\n`);
  const before = new Date(Date.now() - 61_000);
  fs.utimesSync(lock(), before, before);
  expect((await engine()).code).toBe(0);
});

test("Ctrl-C during the build ends the build and leaves no lock and no half-made folder", async () => {
  machine.go("1.26.8", hang);
  const running = start(process.execPath, args(), { env: machine.env });
  const builder = await eventually(() => builds()[0]?.split(" ")[2]);
  running.kill("SIGINT");
  expect((await running.ended).code).toBe(130);
  expect(() => process.kill(Number(builder), 0)).toThrow("ESRCH");
  expect(machine.cached()).toEqual([]);
});

async function eventually<T>(look: () => T | undefined): Promise<T> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    const seen = look();
    if (seen !== undefined) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("it did not happen within 60 s");
}
