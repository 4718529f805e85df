// A real haproxy of one's own in a temporary folder, with its master, ended by pid. For tests and for `npm start`.
const fs = require("node:fs");
const path = require("node:path");
const { homeOf, ownServer } = require("./own-server.js");
const { start } = require("./process.js");

/**
 * `own`: what the user's own configuration holds after `global` and `defaults`; `{directory}` stands for our folder. `more`:
 * `include` false: haproxy is started without our folder; `global`: further lines of the section; `folder`: where all is.
 */
async function startHaproxy(own, more = {}) {
  const home = homeOf("haproxy", more.folder);
  const directory = path.join(home, "ours");
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const config = path.join(home, "haproxy.cfg");
  const [socket, masterSocket] = ["admin.sock", "master.sock"].map((name) => path.join(home, name));
  fs.writeFileSync(
    config,
    `global
    log stderr format raw local0
    stats socket ${socket} mode 600 level admin expose-fd listeners
    hard-stop-after 5s
    ${more.global ?? ""}
defaults
    mode http
    log global
    option httplog
    timeout connect 5s
    timeout client 50s
    timeout server 50s
${own.replaceAll("{directory}", directory)}
`,
  );
  const files = ["-f", config, ...(more.include === false ? [] : ["-f", directory])];
  const reloadProgram = path.join(home, "reload");
  fs.writeFileSync(reloadProgram, `#!/bin/sh\nexec kill -USR2 "$(cat ${home}/pid)"\n`, { mode: 0o755 });
  const pid = path.join(home, "pid");
  const forked = (running) => running.output().match(/New worker \(\d+\) forked/g) ?? [];
  const haproxy = await ownServer({
    ...{ name: "haproxy", home },
    begin: () => {
      fs.rmSync(pid, { force: true });
      return start("haproxy", ["-W", "-p", pid, "-S", masterSocket, ...files]);
    },
    isReady: (running) => forked(running).length > 0 && fs.existsSync(pid),
  });
  return Object.assign(haproxy, {
    settings: { directory, check: ["haproxy", "-c", ...files], reload: [reloadProgram] },
    socket,
    masterSocket,
    config,
    /** What master and workers have printed, and with it the log of requests. */
    log: () => haproxy.running.output(),
    reloads: () => forked(haproxy.running).length - 1,
  });
}

module.exports = { startHaproxy };
