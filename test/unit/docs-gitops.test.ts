// docs/gitops.md: its YAML can be read, and its shell lines are ones that bash can parse.
import path from "node:path";
import { blocksOf, top } from "../support/pages";
import { run } from "../support/process";

const page = "docs/gitops.md";
const blocks = blocksOf(page, "yaml").map((text, at) => [at + 1, text] as const);

/** Prettier is the one reader of YAML that the repository declares. */
const readYaml = (input: string) =>
  run(process.execPath, [path.join(top, "node_modules/prettier/bin/prettier.cjs"), "--stdin-filepath", "block.yaml"], {
    input,
  });

test.each(blocks)("YAML %i can be read, and is written as Prettier writes it", async (_number, input) => {
  const { code, stdout, stderr } = await readYaml(input);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: input, stderr: "" });
});

test("YAML that cannot be read is found", async () => {
  expect((await readYaml("a:\n  - b\n c: d\n")).code).not.toBe(0);
});

/** Every `run:` of GitHub's files, and every line below a `script:` of GitLab's. */
function shellIn(yaml: string): string[] {
  const blocks = [...yaml.matchAll(/run: \|\n((?: {10}.*\n)+)/g)].map(([, text = ""]) => text.replace(/^ {10}/gm, ""));
  const lines = [...yaml.matchAll(/run: (?!\|)(.+)/g)].map(([, line = ""]) => line);
  const scripts = [...yaml.matchAll(/script:\n((?: {4}- .*\n?)+)/g)].flatMap(([, text = ""]) =>
    text
      .trim()
      .split("\n")
      .map((line) => line.replace(/^\s*- /, "")),
  );
  return [...blocks, ...lines, ...scripts];
}

test("bash can parse each command", async () => {
  const commands = blocks.flatMap(([, yaml]) => shellIn(yaml));
  expect(commands).toHaveLength(14);
  for (const input of commands) {
    const { code, stderr } = await run("bash", ["-n"], { input });
    expect({ input, code, stderr }).toEqual({ input, code: 0, stderr: "" });
  }
});
