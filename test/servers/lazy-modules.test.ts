// What is loaded before the programs of the engine tests: Pulumi's SDK is the same with it, and does not load what it does not use.
import * as path from "node:path";
import { run } from "../support/process";
import { repository } from "../support/pulumi";

const preload = path.join(repository, "scripts", "engine", "lazy-modules.cjs");

/** What a program that begins with Pulumi's SDK prints, with the preload or without it. */
async function printed(program: string, isLazy: boolean): Promise<unknown> {
  const args = [...(isLazy ? ["--require", preload] : []), "--no-warnings", "-e", program];
  const { code, stdout, stderr } = await run(process.execPath, args, { cwd: repository });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

test("a TypeScript compiler and npm's tree of packages are not loaded with the SDK, which loads them by itself", async () => {
  const loaded = `require("@pulumi/pulumi"); const all = Object.keys(require.cache);
    const has = (name) => all.some((file) => file.includes("node_modules/" + name + "/"));
    console.log(JSON.stringify([has("@pulumi/pulumi"), has("typescript"), has("@npmcli/arborist")]));`;
  expect(await printed(loaded, false)).toEqual([true, true, true]);
  expect(await printed(loaded, true)).toEqual([true, false, false]);
});

test("a closure that captures a package is serialized to the same text", async () => {
  const serialized = `const pulumi = require("@pulumi/pulumi"); const { render } = require("dns-packet"); const name = "a name";
    const work = () => [require("undici"), name, render, pulumi.version];
    pulumi.runtime.serializeFunction(work, {}).then(({ text }) => console.log(JSON.stringify(text)));`;
  const text = await printed(serialized, false);
  expect(text).toContain("a name");
  expect(await printed(serialized, true)).toBe(text);
});

test("a package that is not installed is missed at once", async () => {
  const missing = `const Module = require("node:module"); const resolve = Module._resolveFilename;
    Module._resolveFilename = function (name, ...more) {
      if (name === "typescript") throw Object.assign(new Error("none"), { code: "MODULE_NOT_FOUND" });
      return resolve.call(this, name, ...more);
    };
    const ts = require("@pulumi/pulumi/typescript-shim"); console.log(JSON.stringify(ts.version));`;
  expect(await printed(missing, true)).toBe("3.8.3"); // the SDK's own
});
