// Three projects with one setting: unit (no process), engine (real Pulumi CLI), e2e (as a newcomer would).
const project = (name) => ({
  displayName: name,
  rootDir: __dirname,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testEnvironment: "node",
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "commonjs" } },
    ],
  },
  modulePathIgnorePatterns: ["<rootDir>/dist", "<rootDir>/test/fixtures"],
  transformIgnorePatterns: ["/node_modules/", "/dist/"],
});

module.exports = { projects: ["unit", "engine", "e2e"].map(project), maxWorkers: 2, testTimeout: 120_000 };
