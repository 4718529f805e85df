// The three ways to an engine: on PATH, by Pulumi's installer, built from published Go modules.
const fs = require("node:fs");
const path = require("node:path");
const go = require("../lib/go.js");
const { run, start } = require("../lib/process.js");
const { isAtLeast, versionOf } = require("../lib/versions.js");
const { which, withoutCredentials } = require("./environment.js");

const engineVersion = "3.259.0";
const minimumPulumi = [3, 217];
const minimumGo = [1, 25];
const exe = process.platform === "win32" ? ".exe" : "";

/** `pulumi` with its language host on PATH. Gives the engine, or the reason why not. */
async function onPath({ env, signal }) {
  const pulumi = which("pulumi", env.PATH);
  if (pulumi === undefined) return { reason: "there is no pulumi on PATH" };
  const version = await versionOnPath(pulumi, { env, signal });
  if (version === undefined) return { reason: "the pulumi on PATH does not tell its version" };
  if (!isAtLeast(version, minimumPulumi)) return { reason: `the pulumi on PATH is ${version}, older than 3.217` };
  const beside = path.dirname(fs.realpathSync(pulumi));
  const host = which("pulumi-language-nodejs", [beside, env.PATH].join(path.delimiter));
  if (host === undefined) return { reason: `the pulumi on PATH (${version}) has no pulumi-language-nodejs beside it` };
  const folders = [path.dirname(pulumi), path.dirname(host)];
  return { engine: { root: beside, path: [...new Set(folders)], how: "path", version } };
}

async function versionOnPath(pulumi, { env, signal }) {
  const quiet = { ...withoutCredentials(env), PULUMI_SKIP_UPDATE_CHECK: "1" };
  try {
    const { code, stdout } = await run(pulumi, ["version"], { env: quiet, timeoutSeconds: 30, signal });
    return code === 0 ? versionOf(stdout) : undefined;
  } catch {
    signal?.throwIfAborted();
    return undefined; // no program at all, or one of another machine: the next way is tried
  }
}

/** Pulumi's own installer, through the Automation API, in a process that is ended when nothing comes any more. */
async function byInstaller({ env, signal, nodeModules, dependencies, silenceSeconds = 20 }, root) {
  await dependencies?.catch(() => undefined); // whoever started it tells
  if (!fs.existsSync(path.join(nodeModules, "@pulumi", "pulumi", "automation"))) {
    return "@pulumi/pulumi, whose Automation API runs the installer, is not installed yet (npm ci)";
  }
  const downloads = path.join(root, "downloads");
  fs.mkdirSync(downloads, { recursive: true });
  const program = `
    const sdk = require.resolve("@pulumi/pulumi");
    const { SemVer } = require(require.resolve("semver", { paths: [sdk] }));
    const { PulumiCommand } = require("@pulumi/pulumi/automation");
    PulumiCommand.install({ version: new SemVer(${JSON.stringify(engineVersion)}), root: ${JSON.stringify(root)} })
      .catch((error) => { console.error(String(error.message ?? error).split("\\n")[0]); process.exit(1); });`;
  const child = start(process.execPath, ["-e", program], {
    cwd: path.dirname(nodeModules),
    env: { ...withoutCredentials(env), TMPDIR: downloads, TEMP: downloads, PULUMI_HOME: path.join(downloads, "home") },
  });
  const silent = await endWhenSilent(child, () => `${child.output().length} ${sizeOf(root)}`, {
    silenceSeconds,
    signal,
  });
  const { code, stderr } = await child.ended;
  signal?.throwIfAborted();
  fs.rmSync(downloads, { recursive: true, force: true });
  if (silent) return `it made no progress for ${silenceSeconds} s`;
  if (code !== 0) return `it failed: ${stderr.trim().split("\n").at(-1) || `exit code ${code}`}`;
  return undefined;
}

/** A build from published Go modules, pinned by the go.sum files beside this one. */
async function byBuild(context, root) {
  const problem = await go.whyNot(minimumGo, { ...context, cwd: root });
  if (problem !== undefined) return problem;
  return go.whileItTells("the Pulumi CLI from its Go modules", "3 minutes", context, async () => {
    for (const { module, program, args } of goPrograms) {
      const folder = path.join(__dirname, program === "pulumi" ? "cli" : "language-nodejs");
      const failure = await go.build({ module, folder, args, output: path.join(root, "bin", program + exe) }, context);
      if (failure !== undefined) return `building ${program} failed:\n${failure}`;
    }
    return undefined;
  });
}

const goPrograms = [
  {
    program: "pulumi-language-nodejs",
    module: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    args: ["-ldflags", "-s -w"],
  },
  {
    program: "pulumi",
    module: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    args: [
      "-tags=osusergo,grpcnotrace",
      "-ldflags",
      `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${engineVersion}`,
    ],
  },
];

/** True when it had to be ended because `progress()` stayed the same for too long. */
async function endWhenSilent(child, progress, { silenceSeconds, signal }) {
  let last = "";
  let since = performance.now();
  let silent = false;
  const timer = setInterval(() => {
    const now = progress();
    if (now !== last) [last, since] = [now, performance.now()];
    silent ||= performance.now() - since > silenceSeconds * 1000;
    if (silent || signal?.aborted) void child.stop(1);
  }, 250);
  await child.ended.catch(() => undefined);
  clearInterval(timer);
  return silent;
}

function sizeOf(folder) {
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true }).reduce((sum, entry) => {
    const size = fs.statSync(path.join(entry.parentPath ?? entry.path, entry.name), { throwIfNoEntry: false })?.size;
    return sum + (size ?? 0);
  }, 0);
}

module.exports = { onPath, byInstaller, byBuild, engineVersion, exe };
