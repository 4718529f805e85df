// A machine with nothing on it but what a test puts there: programs that are small Node scripts, an own cache.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

export function emptyMachine() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-machine-"));
  const bin = path.join(folder, "bin");
  const cache = path.join(folder, "cache");
  const nodeModules = path.join(folder, "node_modules");
  const journal = path.join(folder, "journal");
  const write = (file: string, text: string) => {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text, { mode: 0o755 });
  };
  const program = (name: string, body: string) => {
    const noted = `require("node:fs").appendFileSync(${JSON.stringify(journal)}, "${name} " + process.argv[2] + " " + process.pid + "\\n");`;
    write(path.join(bin, name), `#!${process.execPath}\n${noted}\n${body}\n`);
  };
  fs.mkdirSync(bin);
  return {
    cache,
    nodeModules,
    env: { PATH: bin, PULUMI_TELEGRAM_CACHE: cache },
    /** What ran so far: "go build 4711". */
    journal: () => (fs.existsSync(journal) ? fs.readFileSync(journal, "utf8").trim().split("\n") : []),
    /** What lies in the cache. */
    cached: () => (fs.existsSync(cache) ? fs.readdirSync(cache).sort() : []),
    write,
    /** `pulumi` with its language host. */
    pulumi: (version: string, { host = true } = {}) => {
      program("pulumi", `console.log("${version}")`);
      if (host) program("pulumi-language-nodejs", "");
    },
    /** `npm` that does `body` in the folder where it is called. */
    npm: (body: string) => program("npm", body),
    /** `go`, whose `build` writes an empty program after `body`. */
    go: (version: string, body = "") =>
      program(
        "go",
        `if (process.argv[2] === "version") { console.log("go version go${version} linux/amd64"); return; }
         ${body}
         const out = process.argv[process.argv.indexOf("-o") + 1];
         require("node:fs").writeFileSync(out, "", { mode: 0o755 });`,
      ),
    /** @pulumi/pulumi with its launcher and an installer that does `body` (`root` is where to). */
    sdk: (body: string) => {
      const sdk = path.join(nodeModules, "@pulumi", "pulumi");
      write(path.join(sdk, "index.js"), "");
      write(path.join(sdk, "pulumi-resource-pulumi-nodejs"), "#!/bin/sh\n");
      write(path.join(nodeModules, "semver", "index.js"), "exports.SemVer = class {};");
      write(
        path.join(sdk, "automation", "index.js"),
        `const fs = require("node:fs"), path = require("node:path");
         exports.PulumiCommand = { install: async ({ root }) => { ${body} } };`,
      );
    },
    remove: () => fs.rmSync(folder, { recursive: true, force: true }),
  };
}

export const installs = `
  fs.mkdirSync(path.join(root, "bin"), { recursive: true });
  for (const name of ["pulumi", "pulumi-language-nodejs"]) fs.writeFileSync(path.join(root, "bin", name), "", { mode: 0o755 });`;
