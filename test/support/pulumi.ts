// A Pulumi project in a temporary folder, driven through the real CLI.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { count } from "./counts";
import { atExit, run, start, type RunOptions, type RunResult, type Running } from "./process";
import { opened } from "./state-secrets";
import { until } from "./until";

export interface ProjectArgs {
  /** Source of index.js (CommonJS), or several files and the name of the main one (default index.js). */
  program: string | { files: Record<string, string>; main?: string };
  /** Default "test". */
  name?: string;
  /** Stack configuration; a key without a namespace belongs to the project. */
  config?: Record<string, string | { secret: string }>;
  /** Default true. False: the program finds @pulumi/pulumi, but not pulumi-telegram. */
  linkPackage?: boolean;
}

export interface PulumiOptions extends Pick<RunOptions, "onLine" | "timeoutSeconds" | "signal"> {
  env?: NodeJS.ProcessEnv;
  /** The exit code that is right, default 0; another one throws with all that was printed. */
  expect?: number | "any";
}

/** A resource as the state holds it. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  custom?: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  initErrors?: string[];
  [key: string]: unknown;
}

export interface State {
  resources: StateResource[];
  pending_operations?: unknown[];
  [key: string]: unknown;
}

/** One engine event: exactly one key beside `sequence` and `timestamp`, such as `resourcePreEvent` or `diagnosticEvent`. */
export type EngineEvent = Record<string, unknown> & { sequence: number; timestamp: number };

export type Project = Awaited<ReturnType<typeof createProject>>;

interface Engine {
  path: string[];
}
const { ensureEngine } = require("../../scripts/engine/ensure.js") as {
  ensureEngine: (options: { log: (line: string) => void }) => Promise<Engine>;
};
const { createStack, stackSettings } = require("../../scripts/engine/stack.js") as {
  createStack: (home: string, project: string, stack: string) => string;
  stackSettings: (config: Record<string, string>) => string;
};
const { engineEnvironment } = require("../../scripts/engine/environment.js") as {
  engineEnvironment: (engine: Engine, home: string) => NodeJS.ProcessEnv;
};

export const repository = path.join(__dirname, "..", "..");
const engineScripts = path.join(repository, "scripts", "engine");
const stack = "test";

let engine: Promise<Engine> | undefined;

/** Makes the project with an empty stack; takes a few milliseconds. End it with `dispose()`. */
export async function createProject({ program, name = "test", config = {}, linkPackage = true }: ProjectArgs) {
  engine ??= ensureEngine({ log: (line) => process.stderr.write(`${line}\n`) });
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-test-"));
  const directory = path.join(home, "program");
  const environment = environmentFor(await engine, home);
  const isTypeScript = typeof program !== "string" && program.main?.endsWith(".ts") === true;
  // `npm run typecheck` judges the types, once for all commands.
  if (isTypeScript) environment["PULUMI_NODEJS_TRANSPILE_ONLY"] = "true";
  // A program elsewhere runs as its user runs it.
  const preloaded = linkPackage ? [...(isTypeScript ? [] : ["plain-program.cjs"]), "lazy-modules.cjs"] : [];
  environment["NODE_OPTIONS"] = preloaded.map((name) => `--require ${path.join(engineScripts, name)}`).join(" ");
  const stackFile = createStack(home, name, stack);

  const write = (file: string, text: string) => {
    const target = path.resolve(directory, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text);
  };
  const { files, main = "index.js" } = typeof program === "string" ? { files: { "index.js": program } } : program;
  write("package.json", JSON.stringify({ name, private: true }));
  write("Pulumi.yaml", `name: ${name}\nruntime: nodejs\nmain: ${main}\n`);
  write(`Pulumi.${stack}.yaml`, stackSettings(plainOf(name, config)));
  for (const [file, text] of Object.entries(files)) write(file, text);
  linkModules(path.join(directory, "node_modules"), linkPackage);

  const pulumi = async (args: readonly string[], options: PulumiOptions = {}): Promise<RunResult> => {
    const { env, expect = 0, ...rest } = options;
    count("command", args[0] ?? "");
    const result = await run("pulumi", [...plain, ...args], {
      cwd: directory,
      env: { ...environment, ...env },
      ...rest,
    });
    if (expect !== "any" && result.code !== expect) {
      const ending = result.signal ?? `code ${result.code}`;
      throw new Error(
        `pulumi ${args.join(" ")} ended with ${ending}, not ${expect}:\n${result.stdout}\n${result.stderr}`,
      );
    }
    return result;
  };
  const command =
    (...fixed: string[]) =>
    (args: readonly string[] = [], options?: PulumiOptions) =>
      pulumi([...fixed, ...args], options);

  const started: Running[] = [];
  const project = {
    directory,
    environment,
    pulumi,
    preview: command("preview"),
    up: command("up", "--yes", "--skip-preview"),
    refresh: command("refresh", "--yes", "--skip-preview"),
    destroy: command("destroy", "--yes", "--skip-preview"),
    /** Starts a command and does not wait for it: to kill it half-way, with `kill` and then `recover`. */
    start: (args: readonly string[], env?: NodeJS.ProcessEnv): Running => {
      count("command", args[0] ?? "");
      const running = start("pulumi", [...plain, ...args], { cwd: directory, env: { ...environment, ...env } });
      started.push(running);
      return running;
    },
    /**
     * What docs/runbook.md says after a kill: ends what the killed command left behind (its provider lives on) and waits until
     * nothing of it runs, removes an `.attrs` file that it had not written to its end, and cancels.
     */
    recover: async (options?: PulumiOptions) => {
      for (const running of started.splice(0)) await running.stop(0);
      const attributes = `${stackFile}.attrs`;
      if (isHalfWritten(attributes)) fs.rmSync(attributes);
      await pulumi(["cancel", "--yes"], options);
    },
    /** An up that is killed once something is under way, and then recovered from; gives what it printed. */
    killedUp: async (isUnderWay: () => boolean): Promise<{ stdout: string; stderr: string }> => {
      const running = project.start(["up", "--yes", "--skip-preview"]);
      await until(isUnderWay);
      running.kill("SIGKILL");
      await project.recover();
      return { stdout: running.output(), stderr: "" };
    },
    /** Runs with --json and gives the engine's events (of `preview` too). */
    events: async (args: readonly string[], options: PulumiOptions = {}) => {
      const env = { ...options.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" };
      const result = await pulumi([...args, "--json"], { ...options, env });
      const lines = result.stdout.split("\n").filter((line) => line.startsWith("{"));
      return { ...result, events: lines.map((line) => JSON.parse(line) as EngineEvent) };
    },
    config: (key: string, value: string, { secret = false } = {}) =>
      pulumi(["config", "set", secret ? "--secret" : "--plaintext", key, "--", value]),
    /** The stack's deployment as stored: what `stack export` prints, secrets encrypted. */
    state: (): State => {
      const { checkpoint } = JSON.parse(fs.readFileSync(stackFile, "utf8")) as { checkpoint: { latest: State | null } };
      return { ...checkpoint.latest, resources: checkpoint.latest?.resources ?? [] };
    },
    /** The same with its secrets in clear. */
    openState: (): State => opened(project.state(), environment["PULUMI_CONFIG_PASSPHRASE"] ?? "") as State,
    /** The raw file of the stack. */
    stateText: () => fs.readFileSync(stackFile, "utf8"),
    /** Puts back what `stateText` gave, as somebody does who has a backup of the folder. */
    restoreState: (text: string) => fs.writeFileSync(stackFile, text),
    /** Everything the backend holds: state, history, backups. For questions such as "is the token anywhere?". */
    backendText: () => textBelow(path.join(home, "state")),
    outputs: async ({ showSecrets = false } = {}) => {
      const { stdout } = await pulumi(["stack", "output", "--json", ...(showSecrets ? ["--show-secrets"] : [])]);
      return JSON.parse(stdout) as Record<string, unknown>;
    },
    /** Writes a file of the program; the path is relative to its folder. */
    write,
    /** Ends what `start` began and what is left of a killed CLI, and removes the project. */
    dispose: async () => {
      for (const running of started) await running.stop();
      fs.rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  const secrets = Object.entries(config).flatMap(([key, value]) =>
    typeof value === "string" ? [] : ["--secret", `${key}=${value.secret}`],
  );
  if (secrets.length > 0) await pulumi(["config", "set-all", ...secrets]);
  return project;
}

/** A kill of the CLI while it writes leaves an empty file. */
function isHalfWritten(file: string): boolean {
  if (!fs.existsSync(file)) return false;
  try {
    JSON.parse(fs.readFileSync(file, "utf8"));
    return false;
  } catch {
    return true;
  }
}

const plain = ["--non-interactive", "--color", "never"];

function environmentFor(ready: Engine, home: string): NodeJS.ProcessEnv {
  const environment = engineEnvironment(ready, home);
  delete environment["JEST_WORKER_ID"];
  delete environment["NODE_ENV"];
  const shared = engineEnvironment(ready, workerHome());
  return { ...environment, PULUMI_HOME: shared["PULUMI_HOME"], TMPDIR: shared["TMPDIR"], PULUMI_STACK: stack };
}

/** One PULUMI_HOME and temporary folder (ts-node's cache) for each jest worker, removed when the worker ends. */
function workerHome(): string {
  const home = path.join(os.tmpdir(), `pulumi-telegram-home-${process.pid}`);
  fs.mkdirSync(home, { recursive: true });
  atExit("home", () => fs.rmSync(home, { recursive: true, force: true }));
  return home;
}

function plainOf(name: string, config: NonNullable<ProjectArgs["config"]>): Record<string, string> {
  const plainText = (key: string, value: string | object) =>
    typeof value === "string" ? [[key.includes(":") ? key : `${name}:${key}`, value] as const] : [];
  return Object.fromEntries(Object.entries(config).flatMap(([key, value]) => plainText(key, value)));
}

/** Links what the repository has installed, and the package itself. */
function linkModules(folder: string, linkPackage: boolean): void {
  fs.mkdirSync(folder);
  const installed = path.join(repository, "node_modules");
  for (const entry of fs.readdirSync(installed)) {
    if (entry.startsWith(".") || entry === "pulumi-telegram") continue;
    fs.symlinkSync(path.join(installed, entry), path.join(folder, entry), "junction");
  }
  if (linkPackage) fs.symlinkSync(repository, path.join(folder, "pulumi-telegram"), "junction");
}

function textBelow(folder: string): string {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  return files.map((file) => fs.readFileSync(file, "utf8")).join("\n");
}
