// Four projects with one setting: unit (no process), servers (real servers and whole processes: nginx, bind9, sshd, bots, our
// commands; generated cases; no engine), engine (real Pulumi CLI), e2e (as a newcomer would).
const path = require("node:path");

const swc = { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "commonjs" } };

const project = (name) => ({
  displayName: name,
  rootDir: __dirname,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testEnvironment: "node",
  // jose is of ES modules only: Node loads it by require, jest does not.
  transform: { "^.+\\.ts$|/node_modules/jose/.+\\.js$": ["@swc/jest", swc] },
  modulePathIgnorePatterns: ["<rootDir>/dist", "<rootDir>/test/fixtures"],
  transformIgnorePatterns: ["/node_modules/(?!jose/)", "^(?!.*/node_modules/).*/dist/"],
});

module.exports = {
  projects: ["unit", "servers", "engine", "e2e"].map(project),
  maxWorkers: 2,
  testSequencer: path.join(__dirname, "scripts", "sequencer.cjs"),
  testTimeout: 300_000,
};
