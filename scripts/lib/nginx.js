// A real nginx of one's own in a temporary folder, ended by pid. For tests and for `npm start`.
const fs = require("node:fs");
const path = require("node:path");
const { homeOf, ownServer } = require("./own-server.js");
const { start } = require("./process.js");

/** `http`: what the user's own http block holds; `{directory}` stands for our folder. Our include comes first. */
async function startNginx(ownHttp, more = {}) {
  const home = homeOf("nginx", more.folder);
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
  const pid = path.join(home, "pid");
  const nginx = await ownServer({
    ...{ name: "nginx", home },
    begin: () => {
      fs.rmSync(pid, { force: true });
      return start("nginx", base.slice(1));
    },
    isReady: () => fs.existsSync(pid),
  });
  const read = (file) => (fs.existsSync(path.join(home, file)) ? fs.readFileSync(path.join(home, file), "utf8") : "");
  return Object.assign(nginx, {
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
  });
}

module.exports = { startNginx };
