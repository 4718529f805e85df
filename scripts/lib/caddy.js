// A real Caddy of one's own in a temporary folder, ended by pid. For tests and for `npm start`.
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { ensureCaddy } = require("../caddy/ensure.js");
const { homeOf, ownServer } = require("./own-server.js");
const { start } = require("./process.js");

/**
 * `own`: what the user's own Caddyfile holds after the global options; `{directory}` stands for our folder. `more`: `admin`:
 * where the admin API is; `global`: further global options; `folder`: where all is; `program`: another Caddy; `user`: who runs it.
 */
async function startCaddy(own, more = {}) {
  const program = more.program ?? (await ensureCaddy({ log: console.error }));
  const home = homeOf("caddy", more.folder);
  const directory = path.join(home, "ours");
  const config = path.join(home, "Caddyfile");
  const adminSocket = path.join(home, "admin.sock");
  const admin = more.admin ?? `unix/${adminSocket}`;
  const options = [`admin ${admin}`, "persist_config off", "auto_https off", ...(more.global ? [more.global] : [])];
  const text = ["{", ...options.map((option) => `\t${option}`), "}", own.replaceAll("{directory}", directory), ""];
  fs.writeFileSync(config, text.join("\n"));
  const files = ["--config", config, "--adapter", "caddyfile"];
  const words = [program, "run", ...files];
  const asUser = more.user === undefined ? [] : ["setpriv", `--reuid=${more.user}`, "--clear-groups"];
  const caddy = await ownCaddy({ home, adminSocket, words: [...asUser, ...words] });
  return Object.assign(caddy, {
    settings: {
      directory,
      user: more.user ?? os.userInfo().username,
      check: [program, "adapt", ...files],
      reload: [program, "reload", ...files, "--address", admin],
    },
    program,
    config,
    /** How often it has taken up another configuration. */
    reloads: () => (caddy.log().match(/"load complete"/g) ?? []).length,
  });
}

/** A Caddy that is started by these words, with all that it keeps in its folder. `env`: further variables. */
async function ownCaddy({ home, adminSocket, words: [command, ...args], env = {} }) {
  const folders = { HOME: home, XDG_DATA_HOME: path.join(home, "data"), XDG_CONFIG_HOME: path.join(home, "config") };
  const caddy = await ownServer({
    ...{ name: "caddy", home },
    begin: () => {
      fs.rmSync(adminSocket, { force: true });
      return start(command, args, { env: { ...process.env, ...folders, ...env } });
    },
    isReady: (running) => running.output().includes("serving initial configuration"),
  });
  /** `log`: all that it has printed. */
  return Object.assign(caddy, { adminSocket, log: () => caddy.running.output() });
}

module.exports = { ownCaddy, startCaddy };
