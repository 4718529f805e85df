// Where the stored line finds the package from a program's folder, in Pulumi's real dynamic provider host.
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { providerLine } from "../../provider/host/line";
import { startDynamicHost, type HostError } from "../support/dynamic-host";
import { repository } from "../support/pulumi";

let root: string;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), "pulumi-telegram-line-"));
  fs.mkdirSync(path.join(root, "program"));
});
afterEach(() => fs.rmSync(root, { recursive: true }));

/** A package that says where it is; or whose code is as given. */
function place(folder: string, code?: string): void {
  const target = path.join(root, folder, "node_modules", "pulumi-telegram");
  fs.mkdirSync(target, { recursive: true });
  fs.writeFileSync(path.join(target, "package.json"), JSON.stringify({ exports: { "./provider": "./provider.js" } }));
  const says = `exports.TelegramWebhook = { check: async () => ({ inputs: { found: ${JSON.stringify(folder)} } }) };`;
  fs.writeFileSync(path.join(target, "provider.js"), code ?? says);
}

/** The folder of the package that is found from `program`, or the error, and what was printed. */
async function found(): Promise<{ answer: unknown; stderr: string }> {
  const host = await startDynamicHost({ sdk: repository, directory: path.join(root, "program") });
  let answer: unknown;
  try {
    await host.configure({});
    const { inputs } = await host.check({}, { __provider: providerLine("TelegramWebhook") });
    answer = inputs["found"];
  } catch (error) {
    answer = (error as HostError).message;
  } finally {
    await host.stop();
  }
  return { answer, stderr: host.stderr() };
}

describe("the stored line", () => {
  it("finds the package among the program's own dependencies", async () => {
    place("program");
    expect(await found()).toEqual({ answer: "program", stderr: "" });
  });

  it("finds the package in a folder above, as workspaces have it", async () => {
    place(".");
    expect(await found()).toEqual({ answer: ".", stderr: "" });
  });

  it("finds the package in pnpm's folder when it is only a dependency of a dependency", async () => {
    place("program/node_modules/.pnpm");
    expect(await found()).toEqual({ answer: "program/node_modules/.pnpm", stderr: "" });
  });

  it("finds the package in bun's folder when it is only a dependency of a dependency", async () => {
    place("program/node_modules/.bun");
    expect(await found()).toEqual({ answer: "program/node_modules/.bun", stderr: "" });
  });

  it("takes the program's own dependency before the one in bun's folder", async () => {
    place("program");
    place("program/node_modules/.bun");
    expect(await found()).toEqual({ answer: "program", stderr: "" });
  });

  it("finds the package in the pnpm folder of the workspace above", async () => {
    place("node_modules/.pnpm");
    expect(await found()).toEqual({ answer: "node_modules/.pnpm", stderr: "" });
  });

  it("takes the program's own dependency before the one in the pnpm folder of the workspace above", async () => {
    place("program");
    place("node_modules/.pnpm");
    expect(await found()).toEqual({ answer: "program", stderr: "" });
  });

  it.each([
    ["is not installed", []],
    ["lies where pnpm without hoisting has it", ["program/node_modules/.pnpm/pulumi-telegram@0.1.0"]],
    ["lies in a pnpm store of another name", ["program/.store/node_modules"]],
  ])("says in one sentence what to do when the package %s", async (_, places) => {
    for (const folder of places) place(folder);
    const sentence = "pulumi-telegram was not found: add it to your package.json and install it";
    expect(await found()).toEqual({ answer: sentence, stderr: `Error: ${sentence}: \n` });
  });

  it("does not call a package missing that is there and fails to load", async () => {
    place("program", 'require("a-part-that-is-missing");');
    const { answer } = await found();
    expect(answer).toMatch(/^Cannot find module 'a-part-that-is-missing'/);
  });
});
