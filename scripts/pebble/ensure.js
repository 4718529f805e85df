// Makes sure of a Pebble (an ACME server for tests) and its DNS server.
const { goPrograms } = require("../lib/go-programs.js");

const modulePath = "github.com/letsencrypt/pebble/v2";
const args = ["-ldflags", "-s -w"];

/** Gives the paths of both programs, by name. */
const ensurePebble = goPrograms({
  title: "Pebble",
  version: "2.10.3",
  minimumGo: [1, 26],
  folder: __dirname,
  usually: "one minute",
  programs: {
    pebble: { module: `${modulePath}/cmd/pebble`, args },
    "pebble-challtestsrv": { module: `${modulePath}/cmd/pebble-challtestsrv`, args },
  },
});

module.exports = { ensurePebble };
