// Makes sure of a Caddy for the tests.
const { goPrograms } = require("../lib/go-programs.js");

const version = "2.11.9";
const modulePath = "github.com/caddyserver/caddy/v2";

const ensurePrograms = goPrograms({
  title: "Caddy",
  version,
  minimumGo: [1, 26],
  folder: __dirname,
  usually: "4 minutes",
  programs: {
    caddy: {
      module: `${modulePath}/cmd/caddy`,
      args: ["-ldflags", `-s -w -X ${modulePath}.CustomVersion=v${version}`],
    },
  },
});

/** Gives the path of the program. */
const ensureCaddy = async (options) => (await ensurePrograms(options)).caddy;

module.exports = { ensureCaddy };
