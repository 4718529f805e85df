// Where the tests' workerd comes from, and what is said when it cannot be had.
import * as fs from "node:fs";
import * as path from "node:path";
import { emptyMachine } from "./fakes";

const { ensureMiniflare } = require("../../../scripts/miniflare/ensure.js") as {
  ensureMiniflare: (options: { env: NodeJS.ProcessEnv; log?: (line: string) => void }) => Promise<string>;
};
const folder = path.join(__dirname, "../../../scripts/miniflare");
const system = process.platform === "win32" ? "windows" : process.platform;
const workerd = `@cloudflare/workerd-${system}-${process.arch === "x64" ? "64" : process.arch}`;
const installs = `
  const fs = require("node:fs"), path = require("node:path");
  const bin = path.join("node_modules", ${JSON.stringify(workerd)}, "bin");
  fs.mkdirSync(bin, { recursive: true });
  fs.writeFileSync(path.join(bin, process.platform === "win32" ? "workerd.exe" : "workerd"), "", { mode: 0o755 });
  fs.writeFileSync("given", JSON.stringify([fs.readFileSync("package-lock.json", "utf8").length, ...process.argv.slice(2)]));`;

let machine: ReturnType<typeof emptyMachine>;
const ofNpm = process.env["npm_execpath"];
beforeEach(() => {
  machine = emptyMachine();
  delete process.env["npm_execpath"]; // under `npm test` it leads to the real npm
});
afterEach(() => {
  machine.remove();
  if (ofNpm !== undefined) process.env["npm_execpath"] = ofNpm;
});

test("it is installed once, as its lock file says and without the scripts of packages, and kept", async () => {
  machine.npm(installs);
  const lines: string[] = [];
  const found = await ensureMiniflare({ env: machine.env, log: (line) => lines.push(line) });
  const [kept = ""] = machine.cached();
  expect(kept).toMatch(new RegExp(`^miniflare-[0-9a-f]{12}-${process.platform}-${process.arch}$`));
  expect(found).toBe(path.join(machine.cache, kept, "node_modules", "miniflare"));
  expect(await ensureMiniflare({ env: machine.env })).toBe(found);
  expect(lines).toEqual(["installing miniflare 4.20260426.0 (with workerd, 165 MB) for the tests, once"]);
  expect(machine.journal().map((line) => line.replace(/ \d+$/, ""))).toEqual(["npm ci"]);
  expect(JSON.parse(fs.readFileSync(path.join(machine.cache, kept, "given"), "utf8"))).toEqual([
    fs.readFileSync(path.join(folder, "package-lock.json"), "utf8").length,
    ...["ci", "--no-audit", "--no-fund", "--ignore-scripts"],
  ]);
});

test("a failed installation is told with npm's words, and nothing is kept", async () => {
  machine.npm(`console.error("no space left on device"); process.exit(1);`);
  await expect(ensureMiniflare({ env: machine.env })).rejects.toThrow("npm ci failed:\n\nno space left on device");
  expect(machine.cached()).toEqual([]);
});

test("a workerd that npm left out without a word is told", async () => {
  machine.npm("");
  await expect(ensureMiniflare({ env: machine.env })).rejects.toThrow(
    `the npm registry gave no ${workerd}, which miniflare 4.20260426.0 needs here`,
  );
});

test("the lock file has no address of a registry, and the hash of every package", () => {
  const lock = JSON.parse(fs.readFileSync(path.join(folder, "package-lock.json"), "utf8")) as {
    packages: Record<string, { resolved?: string; integrity?: string }>;
  };
  const { "": _, ...packages } = lock.packages;
  expect(Object.keys(packages).length).toBeGreaterThan(20);
  for (const { resolved, integrity } of Object.values(packages)) {
    expect([resolved, integrity]).toEqual([undefined, expect.stringMatching(/^sha512-/)]);
  }
});
