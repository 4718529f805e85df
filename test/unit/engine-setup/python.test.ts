// Which Python the bots of the tests get, on machines with none, with old ones, with pyenv's refusing shims and with uv.
import * as fs from "node:fs";
import * as path from "node:path";
import { emptyMachine } from "./fakes";

const { ensurePython } = require("../../../scripts/lib/python.js") as {
  ensurePython: (requirements: string, options: { env: NodeJS.ProcessEnv }) => Promise<string>;
};

let machine: ReturnType<typeof emptyMachine>;
let home: string;
let requirements: string;
beforeEach(() => {
  machine = emptyMachine();
  home = path.dirname(machine.cache);
  requirements = path.join(home, "requirements.txt");
  machine.write(requirements, "aiogram==3.31.0\n");
});
afterEach(() => machine.remove());

const ensure = () => ensurePython(requirements, { env: { ...machine.env, HOME: home } });
const calls = () => (fs.existsSync(log()) ? fs.readFileSync(log(), "utf8").trimEnd().split("\n") : []);
const log = () => path.join(home, "calls");

/** A Python that tells its version, makes a folder with itself in it, and installs nothing (with `code`). */
const python = (version: string, code = 0) => `#!${process.execPath}
const fs = require("node:fs"), path = require("node:path"), [flag, name, folder] = process.argv.slice(2);
if (flag === "-c") return console.log("${version}");
fs.appendFileSync(${JSON.stringify(log())}, "${version} " + name + "\\n");
if (name === "pip" && !process.argv.includes("--require-hashes")) process.exit(3);
if (name === "pip") { if (${code} !== 0) console.error("No matching distribution"); process.exit(${code}); }
fs.mkdirSync(path.join(folder, "bin"), { recursive: true });
fs.copyFileSync(__filename, path.join(folder, "bin", "python"));
`;
const onPath = (name: string, text: string) => machine.write(path.join(machine.env.PATH, name), text);
const install = (version: string) => [`${version} venv`, `${version} pip`];

test("a Python on PATH of a right version is used, once", async () => {
  onPath("python3.12", python("3.12"));
  const first = await ensure();
  expect(first).toMatch(/\/cache\/python-[0-9a-f]{12}-\w+-\w+\/bin\/python$/);
  expect(await ensure()).toBe(first);
  expect(calls()).toEqual(install("3.12"));
});

test("two that want it at once install it once", async () => {
  onPath("python3.12", python("3.12"));
  const [first, second] = await Promise.all([ensure(), ensure()]);
  expect(second).toBe(first);
  expect(calls()).toEqual(install("3.12"));
});

test("other packages get an environment of their own", async () => {
  onPath("python3.12", python("3.12"));
  const first = await ensure();
  machine.write(requirements, "aiogram==3.32.0\n");
  expect(await ensure()).not.toBe(first);
});

test("a shim that refuses and a Python that is too old are passed over for pyenv's", async () => {
  onPath("python3.12", "#!/bin/sh\nexit 127\n");
  onPath("python3", python("3.11"));
  machine.write(path.join(home, ".pyenv", "versions", "3.11.7", "bin", "python"), python("3.11"));
  machine.write(path.join(home, ".pyenv", "versions", "3.13.0", "bin", "python"), python("3.13"));
  await ensure();
  expect(calls()).toEqual(install("3.13"));
});

test("uv brings one where there is none", async () => {
  const brought = path.join(home, "uv", "python3.12");
  machine.write(brought, python("3.12"));
  onPath("uv", `#!${process.execPath}\nif (process.argv[3] === "find") console.log(${JSON.stringify(brought)});\n`);
  await ensure();
  expect(calls()).toEqual(install("3.12"));
});

test("without any the reason is one line that says how to get one", async () => {
  await expect(ensure()).rejects.toThrow(
    /^No Python 3\.12 or 3\.13 was found\. Install Python 3\.12 or 3\.13 with its venv module \(Debian: python3-venv\), pyenv \(pyenv install 3\.12\) or uv \(https:.*\), and run the command again\.$/,
  );
});

test("an installation that fails says why and leaves nothing half-made", async () => {
  onPath("python3.12", python("3.12", 1));
  await expect(ensure()).rejects.toThrow("python -m pip install ended with code 1:\nNo matching distribution");
  expect(machine.cached()).toEqual([]);
});
