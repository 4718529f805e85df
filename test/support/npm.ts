// Packages for tests from the user's own registry: pinned SDKs and package managers, kept in the per-user cache; our tarball.
import * as fs from "node:fs";
import * as path from "node:path";
import { run, type RunOptions, type RunResult } from "./process";
import { repository } from "./pulumi";

const { cacheFolder } = require("../../scripts/engine/environment.js") as { cacheFolder: () => string };
const { keep } = require("../../scripts/lib/kept.js") as {
  keep: <T>(
    root: string,
    options: { log: (line: string) => void },
    find: () => T | undefined,
    make: (folder: string) => Promise<unknown>,
  ) => Promise<T>;
};

/** Runs a package manager in a folder; one that fails throws with all that it printed. */
export type PackageManager = (folder: string, args: readonly string[]) => Promise<RunResult>;

/** An environment as in a shell: without what `npm test` or jest set, and without credentials of Pulumi or a bot. */
export function shellEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const ofThisRun =
    /^(npm_(?!config_)|npm_config_(local_prefix|user_agent|npm_version|noproxy)$|INIT_CWD$|NODE_ENV$|JEST_|PULUMI_|TELEGRAM_)/i;
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !ofThisRun.test(name))), ...more };
}

/** The folder whose node_modules holds this version of @pulumi/pulumi. `engines` is ignored: a newer SDK runs on Node.js 20 too. */
export function sdk(version: string): Promise<string> {
  return installed(`sdk-${version}`, `@pulumi/pulumi@${version}`);
}

/** The folder of a release of TypeScript. */
export async function typeScript(version: string): Promise<string> {
  const folder = await installed(`typescript-${version}`, `typescript@${version}`);
  return path.join(folder, "node_modules", "typescript");
}

export const npm: PackageManager = (folder, args) => checked("npm", args, { cwd: folder, env: shellEnvironment() });

/** pnpm or yarn 1, of a pinned version; what they download stays in our cache. */
export async function packageManager(name: "pnpm" | "yarn"): Promise<PackageManager> {
  const { version, script } = managers[name];
  const folder = await installed(`${name}-${version}`, `${name}@${version}`);
  const program = path.join(folder, "node_modules", name, script);
  if (name === "yarn") forgetPackage();
  const env = shellEnvironment({
    npm_config_store_dir: path.join(cacheFolder(), "pnpm-store"),
    YARN_CACHE_FOLDER: path.join(cacheFolder(), "yarn-cache"),
  });
  return (directory, args) => checked(process.execPath, [program, ...args], { cwd: directory, env });
}

/** yarn 1 keeps a tarball by its name and version, which stay the same while the package is worked on. */
function forgetPackage(): void {
  const cache = path.join(cacheFolder(), "yarn-cache", "v6");
  if (!fs.existsSync(cache)) return;
  for (const entry of fs.readdirSync(cache).filter((one) => one === ".tmp" || one.startsWith("npm-pulumi-telegram-"))) {
    fs.rmSync(path.join(cache, entry), { recursive: true, force: true });
  }
}

const managers = {
  pnpm: { version: "10.34.9", script: "bin/pnpm.cjs" },
  yarn: { version: "1.22.22", script: "bin/yarn.js" },
};

/** The path of the package as `npm publish` would send it, made in `folder` from the dist that is there. */
export async function packTarball(folder: string): Promise<string> {
  requireFreshDist();
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const { stdout } = await npm(repository, args);
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  if (packed === undefined) throw new Error(`npm pack named no file:\n${stdout}`);
  return path.join(folder, packed.filename);
}

/** Puts the package into a project by copying, with its dependencies linked, so that it finds that project's @pulumi/pulumi. */
export function copyPackage(nodeModules: string): void {
  requireFreshDist();
  const target = path.join(nodeModules, "pulumi-telegram");
  fs.cpSync(path.join(repository, "dist"), path.join(target, "dist"), { recursive: true });
  fs.copyFileSync(path.join(repository, "package.json"), path.join(target, "package.json"));
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(repository, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    const link = path.join(nodeModules, name);
    fs.mkdirSync(path.dirname(link), { recursive: true }); // of a scope
    fs.symlinkSync(path.join(repository, "node_modules", name), link, "junction");
  }
}

/** A dist older than its sources would be tested in vain. The fake Bot API is not what the tests of a package are about. */
function requireFreshDist(): void {
  const sources = ["index.ts", "provider", "components"].flatMap((name) => filesBelow(path.join(repository, name)));
  for (const source of sources.filter((file) => file.endsWith(".ts"))) {
    const name = path.relative(repository, source);
    const built = fs.statSync(path.join(repository, "dist", name.replace(/ts$/, "js")), { throwIfNoEntry: false });
    if (built !== undefined && built.mtimeMs >= fs.statSync(source).mtimeMs) continue;
    throw new Error(`dist is older than ${name}: run npm run build`);
  }
}

function filesBelow(file: string): string[] {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return found ? [file] : [];
  return fs.readdirSync(file).flatMap((name) => filesBelow(path.join(file, name)));
}

/** Made once, and kept in the per-user cache. */
function installed(name: string, what: string): Promise<string> {
  const target = path.join(cacheFolder(), name);
  const log = () => process.stderr.write(`waiting for another process that installs ${what}\n`);
  const find = () => (fs.existsSync(target) ? target : undefined);
  return keep(target, { log }, find, (fresh) => {
    process.stderr.write(`installing ${what}, once\n`);
    const options = ["--prefix", fresh, "--ignore-scripts", "--engine-strict=false", "--prefer-offline"];
    return npm(fresh, ["install", ...options, "--no-audit", "--no-fund", "--loglevel=error", what]);
  });
}

async function checked(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const result = await run(command, args, { timeoutSeconds: 600, ...options });
  if (result.code === 0) return result;
  const title = [path.basename(command), ...args].join(" ");
  throw new Error(`${title} ended with code ${result.code}:\n${result.stdout}\n${result.stderr}`);
}
