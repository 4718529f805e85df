// What `npm publish` would send, where its entry points lead, and what loading them costs.
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { shellEnvironment } from "../support/npm";
import { fragments } from "../support/pages";

const repository = path.join(__dirname, "..", "..");

function packed(): string[] {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts", "--loglevel=error"];
  const output = execFileSync("npm", args, { cwd: repository, env: shellEnvironment(), encoding: "utf8" });
  const [list] = JSON.parse(output) as { files: { path: string }[] }[];
  return (list?.files ?? []).map((file) => file.path).sort();
}

/** Every file that a source compiles to. */
function compiled(source: string): string[] {
  const endings = source.endsWith(".mjs") ? [".mjs", ".mjs.map", ".d.mts"] : [".js", ".js.map", ".d.ts"];
  return endings.map((ending) => `dist/${source.replace(/\.(?:ts|mjs)$/, "")}${ending}`);
}

/** The paths in the repository of all files with this ending; none when there is no such folder (yet). */
function filesBelow(folder: string, ending: string): string[] {
  if (!fs.existsSync(path.join(repository, folder))) return [];
  const names = fs.readdirSync(path.join(repository, folder), { recursive: true, encoding: "utf8" });
  return names.filter((name) => name.endsWith(ending)).map((name) => `${folder}/${name.replaceAll("\\", "/")}`);
}

/** The files that are loaded after `require(name)` in a new process, relative to the repository. */
function loadedBy(name: string): string[] {
  const program = `require(${JSON.stringify(name)}); console.log(JSON.stringify(Object.keys(require.cache)))`;
  const options = { cwd: repository, env: shellEnvironment(), encoding: "utf8" } as const;
  const files = JSON.parse(execFileSync(process.execPath, ["-e", program], options)) as string[];
  return files.map((file) => path.relative(repository, file).replaceAll("\\", "/"));
}

/** Programs and bots, and the project for `pulumi new`; the results of a run are nobody's example. */
const examples = execFileSync("git", ["ls-files", "examples", "template"], { cwd: repository, encoding: "utf8" })
  .split("\n")
  .filter((file) => file !== "" && !file.endsWith(".gitignore"));

interface Manifest {
  engines: { node: string };
  version: string;
  main: string;
  types: string;
  bin: Record<string, string>;
  exports: Record<string, string | { types: string; default: string }>;
  typesVersions: { "*": Record<string, string[]> };
}
const manifest = JSON.parse(fs.readFileSync(path.join(repository, "package.json"), "utf8")) as Manifest;

describe("the package", () => {
  it("leads the older module resolution of TypeScript, which reads no exports, to the types of every sub-path", () => {
    const exported = Object.entries(manifest.exports).flatMap(([name, target]) =>
      typeof target === "string" || name === "." ? [] : [[name.slice(2), [target.types.slice(2)]] as const],
    );
    expect(manifest.typesVersions).toEqual({ "*": Object.fromEntries(exported) });
  });

  it("holds what users need and nothing else", () => {
    const sources = ["provider", "components", "cli", "testing"].flatMap((name) => filesBelow(name, ".ts"));
    expect(packed()).toEqual(
      [
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "DESIGN.md",
        "LICENSE",
        "README.md",
        "SECURITY.md",
        "package.json",
        "testing/README.md",
        ...examples,
        ...filesBelow("docs", ".md"),
        ...filesBelow("docs/pictures", ".svg"),
        ...["index.ts", ...sources, ...filesBelow("components", ".mjs")].flatMap(compiled),
      ].sort(),
    );
  });

  it("holds every file that a page of it links to", () => {
    const files = packed();
    const broken = files
      .filter((file) => file.endsWith(".md"))
      .flatMap((file) => {
        const text = fs.readFileSync(path.join(repository, file), "utf8").replace(/```[^]*?```|`[^`\n]*`/g, "");
        const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = ""]) => {
          return path.posix.join(path.posix.dirname(file), target);
        });
        const isThere = (target: string) => files.some((one) => one === target || one.startsWith(`${target}/`));
        return targets.filter((target) => !isThere(target)).map((target) => `${file}: ${target}`);
      });
    expect(broken).toEqual([]);
  });

  it("has the heading that a link of a page leads to", () => {
    const linked = packed()
      .filter((file) => file.endsWith(".md"))
      .flatMap((file) => {
        const text = fs.readFileSync(path.join(repository, file), "utf8").replace(/```[^]*?```|`[^`\n]*`/g, "");
        return [...text.matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g)].map(([, target = "", heading = ""]) => ({
          file,
          target: target === "" ? file : path.posix.join(path.posix.dirname(file), target),
          heading,
        }));
      });
    expect(linked.length).toBeGreaterThan(100);
    expect(linked.filter(({ target, heading }) => !fragments(target).includes(heading))).toEqual([]);
  });

  it("is the same bytes whenever and wherever it is packed", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-pack-"));
    try {
      const pack = (from: string, to: string) => {
        fs.mkdirSync(path.join(folder, to));
        const args = ["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", path.join(folder, to)];
        execFileSync("npm", args, { cwd: from, env: shellEnvironment() });
        return fs.readFileSync(path.join(folder, to, `pulumi-telegram-${manifest.version}.tgz`));
      };
      const copy = path.join(folder, "elsewhere");
      for (const name of packed()) fs.cpSync(path.join(repository, name), path.join(copy, name));
      fs.utimesSync(path.join(copy, "dist/index.js"), 1, 1);
      expect(pack(copy, "second").equals(pack(repository, "first"))).toBe(true);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it("carries each source inside its map, since the sources themselves are not shipped", () => {
    const map = JSON.parse(fs.readFileSync(path.join(repository, "dist/provider/index.js.map"), "utf8")) as object;
    expect(map).toHaveProperty("sourcesContent", [fs.readFileSync(path.join(repository, "provider/index.ts"), "utf8")]);
  });

  it("has a file and its types behind every entry point", () => {
    const entries = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === "string" ? entry : Object.values(entry),
    );
    const targets = [manifest.main, manifest.types, ...Object.values(manifest.bin), ...entries];
    const missing = targets.filter((target) => !fs.existsSync(path.join(repository, target)));
    expect(missing).toEqual([]);
    const untyped = Object.entries(manifest.exports).filter(([, entry]) => typeof entry === "string");
    expect(untyped.map(([name]) => name)).toEqual(["./package.json"]);
  });

  it("has a command that a shell can start", () => {
    for (const target of Object.values(manifest.bin)) {
      expect(fs.readFileSync(path.join(repository, target), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    }
  });
});

describe("a Node.js that is too old", () => {
  // It began an `up`, and ended it half-way through a rotation with "File is not defined".
  const oldNode = (code: string) => {
    const program = `Object.defineProperty(process.versions, "node", { value: "18.20.8" }); ${code}`;
    try {
      return execFileSync(process.execPath, ["-e", program], {
        cwd: repository,
        env: shellEnvironment(),
        encoding: "utf8",
        stdio: "pipe",
      });
    } catch (error) {
      return (error as { stderr: string }).stderr;
    }
  };
  const says =
    "pulumi-telegram needs Node.js 20.19 or later, and this is 18.20.8: install a later one from https://nodejs.org, and run the command again.";

  it("is refused at the import of each entry point, in one sentence", () => {
    const names = Object.keys(manifest.exports).filter((name) => !/json$|testing$/.test(name));
    const entries = names.map((name) => `pulumi-telegram${name.slice(1)}`);
    const code = `for (const entry of ${JSON.stringify(entries)}) {
      try { require(entry); console.log("loaded"); } catch (error) { console.log(error.message, error.stack === error.message, error.__pulumiRunError); }
    }`;
    expect(oldNode(code)).toBe(`${says} true true\n`.repeat(names.length));
    expect(manifest.engines.node).toBe(">=20.19");
  });

  it("is refused by the command", () => {
    expect(oldNode('process.argv = ["node", "doctor"]; require("./dist/cli/index.js")')).toContain(says);
  });
});

describe("the lock file", () => {
  interface Locked {
    integrity?: string;
    resolved?: string;
    link?: true;
  }
  const text = fs.readFileSync(path.join(repository, "package-lock.json"), "utf8");
  const { packages } = JSON.parse(text) as { packages: Record<string, Locked> };
  const installed = Object.entries(packages).filter(([place, { link }]) => place.includes("node_modules/") && !link);

  it("has the hash of every package, so that a tarball that was tampered with does not install", () => {
    expect(installed.length).toBeGreaterThan(500);
    const unchecked = installed.filter(([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ""));
    expect(unchecked.map(([place]) => place)).toEqual([]);
  });

  it("names no registry: packages come from the one that npm is set to", () => {
    expect(installed.filter(([, { resolved }]) => resolved !== undefined).map(([place]) => place)).toEqual([]);
    // What a link resolves to is a folder of the repository.
    const links = Object.values(packages).filter(({ link }) => link);
    expect(links.filter(({ resolved }) => !/^(?:examples\/[a-z0-9-]+)?$/.test(resolved ?? ""))).toEqual([]);
  });
});

describe("loading the package", () => {
  const heavy = /^node_modules\/undici\/|^dist\/provider\/telegram\/(api|\w+\/lifecycle)\.js$|^dist\/testing\//;

  it("loads nothing that only acts, in a program", () => {
    const files = loadedBy("pulumi-telegram");
    expect(files).toContain("dist/provider/telegram/webhook/resource.js");
    expect(files.filter((file) => heavy.test(file))).toEqual([]);
  });

  it("loads neither what acts nor Pulumi's SDK, in the dynamic provider host", () => {
    const files = loadedBy("pulumi-telegram/provider");
    expect(files).toContain("dist/provider/registry.js");
    expect(files.filter((file) => heavy.test(file) || file.startsWith("node_modules/"))).toEqual([]);
  });
});
