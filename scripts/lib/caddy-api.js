// A real Caddy of one's own that is managed by its admin API, in a temporary folder, ended by pid. For tests and examples.
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { ensureCaddy } = require("../caddy/ensure.js");
const { ownCaddy } = require("./caddy.js");
const { homeOf } = require("./own-server.js");

/**
 * `own`: the user's own configuration, as JSON; nothing: none yet. `more`: `admin`: where the admin API is; `args`: how it is
 * started; `folder`: where all is; `program`: another Caddy.
 */
async function startCaddyApi(own, more = {}) {
  const program = more.program ?? (await ensureCaddy({ log: console.error }));
  const home = homeOf("caddy-api", more.folder);
  const adminSocket = path.join(home, "admin.sock");
  const saved = path.join(home, "config/caddy/autosave.json");
  fs.mkdirSync(path.dirname(saved), { recursive: true });
  if (own !== undefined) fs.writeFileSync(saved, JSON.stringify(own), { mode: 0o600 });
  const caddy = await ownCaddy({
    ...{ home, adminSocket, words: [program, ...(more.args ?? ["run", "--resume"])] },
    env: { CADDY_ADMIN: more.admin ?? `unix/${adminSocket}|0600` },
  });
  return Object.assign(caddy, {
    settings: { adminSocket, user: os.userInfo().username },
    program,
    /** What Caddy keeps for its next start. */
    saved: () => fs.readFileSync(saved, "utf8"),
    /** How often it has taken up another configuration. */
    changes: () => (caddy.log().match(/"autosaved config/g) ?? []).length,
    /** Ends it at once, without a chance to save anything. */
    crash: () => caddy.running.stop(0),
  });
}

module.exports = { startCaddyApi };
