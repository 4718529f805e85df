// Makes sure of a Python with the packages of one requirements file: a virtual environment, kept in the per-user cache.
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { cacheFolder, isExecutable, which } = require("../engine/environment.js");
const { keep } = require("./kept.js");
const { run } = require("./process.js");

/** Mubble needs 3.12, and a package that it needs has no build for 3.14. */
const versions = ["3.12", "3.13"];
const [bin, exe] = process.platform === "win32" ? ["Scripts", ".exe"] : ["bin", ""];
const remedy = `Install Python ${versions.join(" or ")} with its venv module (Debian: python3-venv), pyenv (pyenv install 3.12) or uv (https://docs.astral.sh/uv/), and run the command again.`;

/**
 * Gives the path of a Python that has what `requirements` lists. The first call installs it, later ones only look.
 * `log` takes lines of progress. When `signal` is aborted, its children end, its lock goes and it throws.
 */
async function ensurePython(requirements, { log = () => undefined, signal, env = process.env } = {}) {
  const wanted = createHash("sha256").update(fs.readFileSync(requirements)).digest("hex").slice(0, 12);
  const root = path.join(cacheFolder(env), `python-${wanted}-${process.platform}-${process.arch}`);
  const python = path.join(root, bin, `python${exe}`);
  const find = () => (isExecutable(python) ? python : undefined);
  return keep(root, { log, signal }, find, (fresh) => make(fresh, requirements, { log, signal, env }));
}

async function make(fresh, requirements, context) {
  const base = await findPython(context);
  const options = { env: context.env, signal: context.signal, timeoutSeconds: 600 };
  context.log(`installing the packages of ${path.basename(requirements)} for the tests, once`);
  await succeed(base, ["-m", "venv", fresh], options);
  const install = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--no-input",
    "--disable-pip-version-check",
    "--require-hashes",
    "-r",
    requirements,
  ];
  await succeed(path.join(fresh, bin, `python${exe}`), install, options);
}

/** The first of PATH, pyenv and uv that is of a right version and can make virtual environments. */
async function findPython(context) {
  for (const candidate of [...onPath(context.env), ...inPyenv(context.env)]) {
    if (await isUsable(candidate, context)) return candidate;
  }
  const uv = which("uv", context.env.PATH ?? "");
  if (uv === undefined) throw new Error(`No Python ${versions.join(" or ")} was found. ${remedy}`);
  const options = { env: context.env, signal: context.signal, timeoutSeconds: 600 };
  context.log(`uv installs Python ${versions[0]}`);
  await succeed(uv, ["python", "install", versions[0]], options);
  return (await succeed(uv, ["python", "find", versions[0]], options)).stdout.trim();
}

const onPath = ({ PATH = "" }) =>
  [...versions.map((version) => `python${version}`), "python3", "python"]
    .map((name) => which(name, PATH))
    .filter((found) => found !== undefined);

function inPyenv(env) {
  const folder = path.join(env.PYENV_ROOT ?? path.join(env.HOME ?? os.homedir(), ".pyenv"), "versions");
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).sort() : [];
  return names
    .filter((name) => versions.some((version) => name.startsWith(`${version}.`)))
    .map((name) => path.join(folder, name, "bin", "python"))
    .filter(isExecutable);
}

/** A shim of pyenv is on PATH for versions that it then refuses: only running it tells. */
async function isUsable(candidate, { env, signal }) {
  const look = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])";
  const { code, stdout } = await run(candidate, ["-c", look], { env, signal, timeoutSeconds: 30 });
  return code === 0 && versions.includes(stdout.trim());
}

async function succeed(command, args, options) {
  const result = await run(command, args, options);
  if (result.code === 0) return result;
  const said = `${result.stdout}${result.stderr}`.trimEnd().split("\n").slice(-5).join("\n");
  throw new Error(`${path.basename(command)} ${args.slice(0, 3).join(" ")} ended with code ${result.code}:\n${said}`);
}

module.exports = { ensurePython };
