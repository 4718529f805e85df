// Where the tests' Caddy comes from, and what is said when it cannot be built.
import * as path from "node:path";
import { emptyMachine } from "./fakes";

const { ensureCaddy } = require("../../../scripts/caddy/ensure.js") as {
  ensureCaddy: (options: { env: NodeJS.ProcessEnv; log?: (line: string) => void }) => Promise<string>;
};

let machine: ReturnType<typeof emptyMachine>;
beforeEach(() => (machine = emptyMachine()));
afterEach(() => machine.remove());

test("it is built once, and kept", async () => {
  machine.go("1.26.0");
  const lines: string[] = [];
  const program = await ensureCaddy({ env: machine.env, log: (line) => lines.push(line) });
  const folder = `caddy-2.11.9-${process.platform}-${process.arch}`;
  expect(program).toBe(path.join(machine.cache, folder, "caddy"));
  expect(await ensureCaddy({ env: machine.env })).toBe(program);
  expect(lines).toEqual(["Caddy 2.11.9 is ready (built from Go modules) and kept for next time"]);
  expect(machine.journal().map((line) => line.replace(/ \d+$/, ""))).toEqual(["go version", "go build"]);
  expect(machine.cached()).toEqual([folder]);
});

test("without a Go that is new enough one sentence says so", async () => {
  await expect(ensureCaddy({ env: machine.env })).rejects.toThrow(
    "Caddy 2.11.9 is built from its Go modules for the tests, with Go 1.26 or newer, and there is no go on PATH. Install Go (https://go.dev/dl/) and run the command again.",
  );
  machine.go("1.25.0");
  await expect(ensureCaddy({ env: machine.env })).rejects.toThrow("the go on PATH is 1.25.0, older than 1.26.");
  expect(machine.cached()).toEqual([]);
});

test("a failed build is told with its last lines", async () => {
  machine.go("1.26.1", `console.error("no space left on device"); process.exit(1);`);
  await expect(ensureCaddy({ env: machine.env })).rejects.toThrow("building Caddy failed:\nno space left on device");
});
