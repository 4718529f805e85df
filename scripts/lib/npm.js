// npm: the project's dependencies, and another Node.js release for the tests.
const fs = require("node:fs");
const path = require("node:path");
const { run } = require("./process.js");
const { keep } = require("./kept.js");
const { cacheFolder, isExecutable } = require("../engine/environment.js");

/** Installs what package-lock.json says (and so builds the package), unless that is done. True when it had to. */
async function installDependencies(top, { signal } = {}) {
  const installed = timeOf(path.join(top, "node_modules", ".package-lock.json"));
  if (installed !== undefined && installed >= timeOf(path.join(top, "package-lock.json"))) return false;
  await npm(["ci", "--no-audit", "--no-fund"], { cwd: top, signal, timeoutSeconds: 900 });
  return true;
}

/** Whether each source of the package stands compiled in dist/, not older than its text. */
function isBuilt(top) {
  const settings = Math.max(
    ...["package-lock.json", "tsconfig.json", "tsconfig.build.json"].map((name) => timeIn(top, name)),
  );
  return sourcesOf(top).every((name) => {
    const built = timeOf(path.join(top, "dist", name.replace(/\.ts$/, ".js")));
    return built !== undefined && built >= Math.max(timeIn(top, name), settings);
  });
}

/** What tsconfig.build.json compiles. */
function sourcesOf(top) {
  const folders = ["provider", "components", "cli", "testing"];
  const below = folders.flatMap((folder) =>
    fs.readdirSync(path.join(top, folder), { recursive: true }).map((name) => path.join(folder, name)),
  );
  return ["index.ts", ...below.filter((name) => /\.(?:ts|mjs)$/.test(name) && !name.endsWith(".d.ts"))];
}

/** The `node` of another release, from the npm registry, kept in the cache. */
async function otherNode(major, { log, signal }) {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const root = path.join(cacheFolder(), `node-${major}`);
  const binary = path.join(root, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  const find = () => (isExecutable(binary) ? binary : undefined);
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts"];
  return keep(root, { log, signal }, find, (fresh) =>
    npm(["install", "--prefix", fresh, ...flags, `${name}@${major}`], { signal }),
  );
}

async function npm(args, options) {
  // Under `npm test`, npm says where it lies; on Windows it is a script that cannot be started without a shell.
  const own = process.env.npm_execpath;
  const [command, first] = own?.endsWith(".js") ? [process.execPath, [own]] : ["npm", []];
  const result = await run(command, [...first, ...args], options);
  if (result.code !== 0) throw new Error(`npm ${args[0]} failed:\n${result.stdout}\n${result.stderr}`);
}

const timeOf = (file) => fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs;
const timeIn = (top, name) => timeOf(path.join(top, name)) ?? 0;

module.exports = { installDependencies, isBuilt, otherNode, npm };
