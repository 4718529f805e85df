// Which way to a Pulumi engine is taken, and what is said when there is none.
import * as path from "node:path";
import { emptyMachine, installs } from "./fakes";

interface Engine {
  root: string;
  path: string[];
  how: string;
  version: string;
}
const { ensureEngine } = require("../../../scripts/engine/ensure.js") as {
  ensureEngine: (options: object) => Promise<Engine>;
};
const { engineEnvironment } = require("../../../scripts/engine/environment.js") as {
  engineEnvironment: (engine: { path: string[] }, home: string, env: NodeJS.ProcessEnv) => NodeJS.ProcessEnv;
};
const { versionOf, isAtLeast } = require("../../../scripts/lib/versions.js") as {
  versionOf: (text: string) => string | undefined;
  isAtLeast: (version: string | undefined, minimum: [number, number]) => boolean;
};

let machine: ReturnType<typeof emptyMachine>;
beforeEach(() => (machine = emptyMachine()));
afterEach(() => machine.remove());

const ensure = (more: object = {}) => ensureEngine({ env: machine.env, nodeModules: machine.nodeModules, ...more });
const folder = `engine-3.259.0-${process.platform}-${process.arch}`;

test("a pulumi on PATH that is new enough is used, and nothing is installed", async () => {
  machine.pulumi("v3.217.0");
  machine.go("1.26.8");
  const engine = await ensure();
  expect(engine).toMatchObject({ path: [machine.env.PATH], how: "path", version: "3.217.0" });
  expect(machine.journal()).toEqual([expect.stringMatching(/^pulumi version/)]);
  expect(machine.cached()).toEqual([]);
});

test("the launcher of dynamic providers is added when the pulumi on PATH came without it", async () => {
  machine.pulumi("v3.300.0");
  machine.sdk(installs);
  expect((await ensure()).path).toEqual([machine.env.PATH, path.join(machine.cache, "launcher")]);
});

test("a pulumi that is too old, or has no language host, is passed over for the installer", async () => {
  machine.sdk(installs);
  machine.pulumi("v3.216.9");
  expect((await ensure()).how).toBe("installer");
  machine.pulumi("v3.259.0", { host: false });
  expect((await ensure()).how).toBe("path");
});

test("a pulumi on PATH that cannot be run is passed over", async () => {
  machine.write(path.join(machine.env.PATH, "pulumi"), "no program");
  machine.sdk(installs);
  expect((await ensure()).how).toBe("installer");
});

test("the installer waits for a running npm ci, which brings what runs it", async () => {
  machine.go("1.25.0");
  const dependencies = new Promise<void>((resolve) => setImmediate(() => resolve(machine.sdk(installs))));
  expect((await ensure({ dependencies })).how).toBe("installer");
});

test("a failed npm ci leaves the build", async () => {
  machine.go("1.25.0");
  expect((await ensure({ dependencies: Promise.reject(new Error("no registry")) })).how).toBe("built");
});

test("an installer that fails is followed by a build, whose result is kept and used again", async () => {
  machine.sdk(`throw new Error("getaddrinfo ENOTFOUND");`);
  machine.go("1.25.0");
  const built = {
    root: path.join(machine.cache, folder),
    path: [path.join(machine.cache, folder, "bin")],
    how: "built",
    version: "3.259.0",
  };
  const lines: string[] = [];
  expect(await ensure({ log: (line: string) => lines.push(line) })).toEqual(built);
  expect(await ensure()).toEqual(built);
  expect(lines).toEqual(["the Pulumi engine 3.259.0 is ready (built from Go modules) and kept for next time"]);
  expect(machine.journal().map((line) => line.replace(/ \d+$/, ""))).toEqual(["go version", "go build", "go build"]);
  expect(machine.cached()).toEqual([folder]);
});

test("an installer that makes no progress is ended", async () => {
  machine.sdk(`await new Promise((resolve) => setTimeout(resolve, 60_000));`);
  await expect(ensure({ silenceSeconds: 0.5 })).rejects.toThrow("installer: it made no progress for 0.5 s.");
});

test("when no way works, one message names all three and what was missing in each", async () => {
  machine.pulumi("v3.100.0");
  machine.go("1.24.4");
  await expect(ensure()).rejects.toThrow(
    new Error(`No Pulumi engine could be made ready. Three ways were tried:
  1. pulumi 3.217 or newer, with its Node.js language host, on PATH: the pulumi on PATH is 3.100.0, older than 3.217.
  2. Pulumi's own installer: @pulumi/pulumi, whose Automation API runs the installer, is not installed yet (npm ci).
  3. a build from published Go modules, with Go 1.25 or newer: the go on PATH is 1.24.4, older than 1.25.
Any one of them is enough. Install Pulumi (https://www.pulumi.com/docs/install/) or Go (https://go.dev/dl/) and run the command again.`),
  );
  expect(machine.cached()).toEqual([]);
});

test("a failed build is told with its last lines, without the addresses of mirrors", async () => {
  machine.go("1.26.8", `console.error("reading https://user:pass@mirror.example/x: 404"); process.exit(1);`);
  await expect(ensure()).rejects.toThrow("building pulumi-language-nodejs failed:\nreading (address) 404");
});

test("versions are read from what the programs print, and compared as numbers", () => {
  expect([versionOf("v3.259.0\n"), versionOf("go version go1.26.8 linux/amd64"), versionOf("dev")]).toEqual([
    "3.259.0",
    "1.26.8",
    undefined,
  ]);
  expect([
    isAtLeast("3.217.0", [3, 217]),
    isAtLeast("4.0.0", [3, 217]),
    isAtLeast("3.99.9", [3, 217]),
    isAtLeast(undefined, [1, 25]),
  ]).toEqual([true, true, false, false]);
});

test("the engine's environment holds nothing of the user's login, bots or cloud", () => {
  const home = path.dirname(machine.cache);
  const user = {
    PATH: "/usr/bin",
    HOME: "/home/u",
    PULUMI_ACCESS_TOKEN: "t",
    TELEGRAM_BOT_TOKEN: "1:x",
    AWS_PROFILE: "p",
  };
  expect(engineEnvironment({ path: ["/a", "/b"] }, home, user)).toEqual({
    PATH: ["/a", "/b", "/usr/bin"].join(path.delimiter),
    HOME: "/home/u",
    TMPDIR: path.join(home, "tmp"),
    PULUMI_HOME: path.join(home, "home"),
    PULUMI_BACKEND_URL: `file://${home}/state`,
    PULUMI_CONFIG_PASSPHRASE: "test passphrase",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  });
});
