// Programs from published Go modules, pinned by a go.sum file of ours.
const { which, withoutCredentials } = require("../engine/environment.js");
const { run } = require("./process.js");
const { isAtLeast, versionOf } = require("./versions.js");

/** Why nothing can be built here; nothing if it can. */
async function whyNot(minimum, { env, cwd, signal }) {
  const go = which("go", env.PATH);
  if (go === undefined) return "there is no go on PATH";
  const version = versionOf((await run(go, ["version"], { env, cwd, signal })).stdout);
  if (isAtLeast(version, minimum)) return undefined;
  return `the go on PATH is ${version ?? "of an unknown version"}, older than ${minimum.join(".")}`;
}

/** Builds the module's program as `output`; `folder` has its go.mod and go.sum. Gives the last lines of what failed, or nothing. */
async function build({ module, folder, args, output }, { env, signal }) {
  const { code, stderr } = await run(
    which("go", env.PATH),
    ["build", "-mod=readonly", "-trimpath", ...args, "-o", output, module],
    {
      cwd: folder,
      env: { ...withoutCredentials(env), CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
      timeoutSeconds: 1800,
      signal,
    },
  );
  return code === 0 ? undefined : withoutAddresses(stderr.trim().split("\n").slice(-6).join("\n"));
}

/** Says every ten seconds that it is building; `usually` is how long that takes on two processors. */
async function whileItTells(what, usually, { log }, work) {
  const began = performance.now();
  const progress = setInterval(() => {
    const seconds = Math.round((performance.now() - began) / 1000);
    log(`building ${what}, ${seconds} s so far (about ${usually} on 2 cores, once)`);
  }, 10_000);
  try {
    return await work();
  } finally {
    clearInterval(progress);
  }
}

/** Addresses of mirrors and proxies are the user's own business. */
const withoutAddresses = (text) => text.replace(/\b[a-z]+:\/\/[^\s"']+/g, "(address)");

module.exports = { whyNot, build, whileItTells };
