// Makes sure of AWS's emulator of the Lambda runtime for the tests.
const { goPrograms } = require("../lib/go-programs.js");

const ensurePrograms = goPrograms({
  title: "aws-lambda-rie",
  version: "2026-10-30", // it has no releases as a Go module: the day of the commit in go.mod
  minimumGo: [1, 26],
  folder: __dirname,
  usually: "20 seconds",
  programs: {
    "aws-lambda-rie": {
      module: "github.com/aws/aws-lambda-runtime-interface-emulator/cmd/aws-lambda-rie",
      args: ["-ldflags", "-s -w"],
    },
  },
});

/** Gives the path of the program. */
const ensureLambda = async (options) => (await ensurePrograms(options))["aws-lambda-rie"];

module.exports = { ensureLambda };
