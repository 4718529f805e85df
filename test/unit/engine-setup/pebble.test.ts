// Where the tests' Pebble comes from, and what is said when it cannot be built.
import * as path from "node:path";
import { emptyMachine } from "./fakes";

const { ensurePebble } = require("../../../scripts/pebble/ensure.js") as {
  ensurePebble: (options: { env: NodeJS.ProcessEnv; log?: (line: string) => void }) => Promise<Record<string, string>>;
};

let machine: ReturnType<typeof emptyMachine>;
beforeEach(() => (machine = emptyMachine()));
afterEach(() => machine.remove());

test("it is built once, and kept", async () => {
  machine.go("1.26.0");
  const lines: string[] = [];
  const programs = await ensurePebble({ env: machine.env, log: (line) => lines.push(line) });
  const folder = `pebble-2.10.3-${process.platform}-${process.arch}`;
  expect(programs).toEqual({
    pebble: path.join(machine.cache, folder, "pebble"),
    "pebble-challtestsrv": path.join(machine.cache, folder, "pebble-challtestsrv"),
  });
  expect(await ensurePebble({ env: machine.env })).toEqual(programs);
  expect(lines).toEqual(["Pebble 2.10.3 is ready (built from Go modules) and kept for next time"]);
  expect(machine.journal().map((line) => line.replace(/ \d+$/, ""))).toEqual(["go version", "go build", "go build"]);
  expect(machine.cached()).toEqual([folder]);
});

test("without a Go that is new enough one sentence says so", async () => {
  await expect(ensurePebble({ env: machine.env })).rejects.toThrow(
    "Pebble 2.10.3 is built from its Go modules for the tests, with Go 1.26 or newer, and there is no go on PATH. Install Go (https://go.dev/dl/) and run the command again.",
  );
  machine.go("1.25.0");
  await expect(ensurePebble({ env: machine.env })).rejects.toThrow("the go on PATH is 1.25.0, older than 1.26.");
  expect(machine.cached()).toEqual([]);
});

test("a failed build is told with its last lines", async () => {
  machine.go("1.26.1", `console.error("no space left on device"); process.exit(1);`);
  await expect(ensurePebble({ env: machine.env })).rejects.toThrow("building Pebble failed:\nno space left on device");
});
