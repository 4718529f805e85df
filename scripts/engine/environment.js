// Where the engine is kept, and the environment it runs in: nothing of the user's login or credentials.
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

/** The per-user cache folder. */
function cacheFolder(env = process.env) {
  if (env.PULUMI_TELEGRAM_CACHE) return path.resolve(env.PULUMI_TELEGRAM_CACHE);
  if (env.XDG_CACHE_HOME) return path.join(env.XDG_CACHE_HOME, "pulumi-telegram");
  if (process.platform === "win32" && env.LOCALAPPDATA) return path.join(env.LOCALAPPDATA, "pulumi-telegram");
  return path.join(os.homedir(), ".cache", "pulumi-telegram");
}

/** The user's environment without what could reach a real bot, login, backend or cloud account. */
function withoutCredentials(env = process.env) {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^(TELEGRAM|PULUMI(?!_TELEGRAM_CACHE$)|AWS|CLOUDFLARE|QUICKSTART)_/i.test(name),
    ),
  );
}

/** The environment for the `pulumi` command: engine first on PATH, everything it writes below `home`. */
function engineEnvironment(engine, home, env = process.env) {
  const [state, temporary] = [path.join(home, "state"), path.join(home, "tmp")];
  for (const folder of [state, temporary]) fs.mkdirSync(folder, { recursive: true });
  return {
    ...withoutCredentials(env),
    PATH: [...engine.path, env.PATH].join(path.delimiter),
    TMPDIR: temporary, // the language host leaves its pipes there when it is ended half-way
    PULUMI_HOME: path.join(home, "home"),
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "test passphrase",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

/** The full path of a program, or nothing. */
function which(name, searchPath = process.env.PATH ?? "") {
  const names = process.platform === "win32" ? [`${name}.exe`, `${name}.cmd`] : [name];
  for (const folder of searchPath.split(path.delimiter).filter(Boolean)) {
    const found = names.map((one) => path.join(folder, one)).find(isExecutable);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isExecutable(file) {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

module.exports = { cacheFolder, withoutCredentials, engineEnvironment, which, isExecutable };
