// A real server of one's own in a temporary folder: how each of them is started, started again, and ended by pid.
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { untilStarted } = require("./until.js");

/** The folder of a server; one that is given is used as it is. */
function homeOf(name, folder) {
  const home = folder ?? fs.mkdtempSync(path.join(os.tmpdir(), `pulumi-telegram-${name}-`));
  fs.chmodSync(home, 0o755);
  return home;
}

/** `begin` starts the program, `isReady` tells of what runs whether it serves. A start that fails throws what was printed. */
async function ownServer({ name, home, begin, isReady }) {
  const launch = async () => {
    const running = begin();
    await Promise.race([untilStarted(name, () => isReady(running)), running.ended]);
    if (!isReady(running)) throw new Error(running.output());
    return running;
  };
  const server = {
    home,
    running: await launch(),
    stop: () => server.running.stop(),
    restart: async () => {
      server.running = await launch();
    },
    dispose: async () => {
      await server.running.stop();
      fs.rmSync(home, { recursive: true, force: true });
    },
  };
  return server;
}

module.exports = { homeOf, ownServer };
