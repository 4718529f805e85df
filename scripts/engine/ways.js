// The three ways to an engine: on PATH, by Pulumi's installer, built from published Go modules.
const fs = require("node:fs");
const path = require("node:path");
const { run, start } = require("../lib/process.js");
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
  if (code !== 0) return `it failed: ${lastLines(stderr, 1) || `exit code ${code}`}`;
  return undefined;
}

/** A build from published Go modules, pinned by the go.sum files beside this one. */
async function byBuild({ env, signal, log }, root) {
  const go = which("go", env.PATH);
  if (go === undefined) return "there is no go on PATH";
  const goVersion = versionOf((await run(go, ["version"], { env, cwd: root, signal })).stdout);
  if (!isAtLeast(goVersion, minimumGo))
    return `the go on PATH is ${goVersion ?? "of an unknown version"}, older than 1.25`;

  const began = performance.now();
  const progress = setInterval(() => {
    const seconds = Math.round((performance.now() - began) / 1000);
    log(`building the Pulumi CLI from its Go modules, ${seconds} s so far (about 3 minutes on 2 cores, once)`);
  }, 10_000);
  try {
    for (const { module, program, args } of goPrograms) {
      const result = await run(
        go,
        ["build", "-mod=readonly", "-trimpath", ...args, "-o", path.join(root, "bin", program + exe), module],
        {
          cwd: path.join(__dirname, program === "pulumi" ? "cli" : "language-nodejs"),
          env: { ...withoutCredentials(env), CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
          timeoutSeconds: 1800,
          signal,
        },
      );
      if (result.code !== 0) return `building ${program} failed:\n${withoutAddresses(lastLines(result.stderr, 6))}`;
    }
    return undefined;
  } finally {
    clearInterval(progress);
  }
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

/** The first `major.minor.patch` in a text. */
const versionOf = (text) => /\d+\.\d+(\.\d+)?/.exec(text)?.[0];

function isAtLeast(version, [major, minor]) {
  const [a = NaN, b = NaN] = (version ?? "").split(".").map(Number);
  return a > major || (a === major && b >= minor);
}

const lastLines = (text, count) => text.trim().split("\n").slice(-count).join("\n");
/** Addresses of mirrors and proxies are the user's own business. */
const withoutAddresses = (text) => text.replace(/\b[a-z]+:\/\/[^\s"']+/g, "(address)");

module.exports = { onPath, byInstaller, byBuild, engineVersion, versionOf, isAtLeast, exe };
