// A real nginx of one's own in a temporary folder, ended by pid. For tests and for `npm start`.
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { setTimeout: delay } = require("node:timers/promises");
const { start } = require("./process.js");

/** `http`: what the user's own http block holds; `{directory}` stands for our folder. Our include comes first. */
async function startNginx(ownHttp, more = {}) {
  const home = more.folder ?? fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-nginx-"));
  fs.chmodSync(home, 0o755);
  const directory = path.join(home, "ours");
  const config = path.join(home, "nginx.conf");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${home}/${name};`,
  );
  const include = more.include === false ? "" : `include ${directory}/*.conf;`;
  const text = `daemon off; worker_processes 1; pid ${home}/pid; error_log ${home}/error.log notice;
events { worker_connections 256; }
http { access_log off; ${temporary.join(" ")}
${include}
${ownHttp.replaceAll("{directory}", directory)}
}
`;
  fs.writeFileSync(config, text);
  const base = ["nginx", "-c", config, "-p", home];
  const begin = async () => {
    const running = start("nginx", base.slice(1));
    await Promise.race([until(() => fs.existsSync(path.join(home, "pid"))), running.ended]);
    if (!fs.existsSync(path.join(home, "pid"))) throw new Error(running.output());
    return running;
  };
  const read = (file) => (fs.existsSync(path.join(home, file)) ? fs.readFileSync(path.join(home, file), "utf8") : "");
  const nginx = {
    home,
    settings: {
      directory,
      accessLog: path.join(home, "access.log"),
      check: [...base, "-T"],
      reload: [...base, "-s", "reload"],
    },
    config,
    errorLog: () => read("error.log"),
    accessLog: () => read("access.log"),
    reloads: () => (read("error.log").match(/signal 1 \(SIGHUP\) received from \d+, reconfiguring/g) ?? []).length,
    running: await begin(),
    stop: () => nginx.running.stop(),
    restart: async () => {
      fs.rmSync(path.join(home, "pid"), { force: true });
      nginx.running = await begin();
    },
    dispose: async () => {
      await nginx.running.stop();
      fs.rmSync(home, { recursive: true, force: true });
    },
  };
  return nginx;
}

async function until(isTrue) {
  for (const end = Date.now() + 30_000; !isTrue(); await delay(20)) {
    if (Date.now() > end) throw new Error("nginx did not start within 30 s");
  }
}

module.exports = { startNginx };
