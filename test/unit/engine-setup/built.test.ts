// Whether the package stands compiled: `npm start` compiles what does not.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const { isBuilt } = require("../../../scripts/lib/npm.js") as { isBuilt: (top: string) => boolean };

const sources = ["index.ts", "provider/core/a.ts", "components/b.ts", "cli/c.ts", "testing/d.ts"];
const settings = ["package-lock.json", "tsconfig.json", "tsconfig.build.json"];
const compiledFrom = (source: string) => path.join("dist", source.replace(/ts$/, "js"));
let top: string;

function put(name: string, minute: number): void {
  const file = path.join(top, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, "");
  fs.utimesSync(file, minute * 60, minute * 60);
}

beforeEach(() => {
  top = fs.mkdtempSync(path.join(os.tmpdir(), "pulumi-telegram-built-"));
  for (const name of [...sources, ...settings, "testing/README.md"]) put(name, 1);
  for (const name of sources) put(compiledFrom(name), 2);
});
afterEach(() => fs.rmSync(top, { recursive: true }));

test("a package whose sources all stand compiled is built", () => {
  expect(isBuilt(top)).toBe(true);
});

test.each([...sources, ...settings])("%s that is newer than what was compiled is to be compiled", (name) => {
  put(name, 3);
  expect(isBuilt(top)).toBe(false);
});

test.each(sources)("%s that was never compiled is to be compiled", (name) => {
  fs.rmSync(path.join(top, compiledFrom(name)));
  expect(isBuilt(top)).toBe(false);
});
