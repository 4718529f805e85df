// Where the programs that are built from Go modules come from, and what is said when one cannot be built.
import * as path from "node:path";
import { emptyMachine } from "./fakes";

type Ensure = (options: {
  env: NodeJS.ProcessEnv;
  log?: (line: string) => void;
}) => Promise<string | Record<string, string>>;

const { ensureCaddy } = require("../../../scripts/caddy/ensure.js") as { ensureCaddy: Ensure };
const { ensureLambda } = require("../../../scripts/lambda/ensure.js") as { ensureLambda: Ensure };
const { ensurePebble } = require("../../../scripts/pebble/ensure.js") as { ensurePebble: Ensure };

const programs = [
  { title: "Caddy", version: "2.11.9", names: ["caddy"], ensure: ensureCaddy },
  { title: "aws-lambda-rie", version: "2026-10-30", names: ["aws-lambda-rie"], ensure: ensureLambda },
  { title: "Pebble", version: "2.10.3", names: ["pebble", "pebble-challtestsrv"], ensure: ensurePebble },
];

let machine: ReturnType<typeof emptyMachine>;
beforeEach(() => (machine = emptyMachine()));
afterEach(() => machine.remove());

test.each(programs)("$title is built once, and kept", async ({ title, version, names, ensure }) => {
  machine.go("1.26.0");
  const lines: string[] = [];
  const folder = `${title.toLowerCase()}-${version}-${process.platform}-${process.arch}`;
  const paths = names.map((name) => [name, path.join(machine.cache, folder, name)] as const);
  const expected = names.length === 1 ? paths[0]?.[1] : Object.fromEntries(paths);
  expect(await ensure({ env: machine.env, log: (line) => lines.push(line) })).toEqual(expected);
  expect(await ensure({ env: machine.env })).toEqual(expected);
  expect(lines).toEqual([`${title} ${version} is ready (built from Go modules) and kept for next time`]);
  const ran = machine.journal().map((line) => line.replace(/ \d+$/, ""));
  expect(ran).toEqual(["go version", ...names.map(() => "go build")]);
  expect(machine.cached()).toEqual([folder]);
});

test.each(programs)(
  "$title: without a Go that is new enough one sentence says so",
  async ({ title, version, ensure }) => {
    await expect(ensure({ env: machine.env })).rejects.toThrow(
      `${title} ${version} is built from its Go modules for the tests, with Go 1.26 or newer, and there is no go on PATH. Install Go (https://go.dev/dl/) and run the command again.`,
    );
    machine.go("1.25.0");
    await expect(ensure({ env: machine.env })).rejects.toThrow("the go on PATH is 1.25.0, older than 1.26.");
    expect(machine.cached()).toEqual([]);
  },
);

test.each(programs)("$title: a failed build is told with its last lines", async ({ title, ensure }) => {
  machine.go("1.26.1", `console.error("no space left on device"); process.exit(1);`);
  await expect(ensure({ env: machine.env })).rejects.toThrow(`building ${title} failed:\nno space left on device`);
});
