// docs/secrets.md: what lies in the state is what every logic says, and its YAML can be read.
import path from "node:path";
import { rowsOf, secretNames } from "../../provider/core/fields";
import type { Logic } from "../../provider/core/logic";
import { logics } from "../../provider/registry";
import { blocksOf, codeIn, rowsBelow, top } from "../support/pages";
import { run } from "../support/process";

const page = "docs/secrets.md";
const rows = rowsBelow(page, "## Which data lies in the state");
const all = Object.entries(logics) as unknown as [string, Logic<object, object>][];

test("every resource has one row", () => {
  expect(rows.map(([name]) => codeIn(name)[0])).toEqual(all.map(([name]) => name));
});

test.each(all)("%s: each argument and fact stands in its column, and in no other", (name, logic) => {
  const [, ...cells] = rows.find(([cell]) => cell === `\`${name}\``) ?? [];
  const [encrypted, plain, quiet] = cells.map((cell) => codeIn(cell).sort());
  const fields = rowsOf(logic.fields);
  const secrets = secretNames(logic);
  const open = [...fields.map(([field]) => field), ...Object.keys(logic.facts)].filter((one) => !secrets.includes(one));
  const leaves = fields.flatMap(([field, row]) => (row.choice?.secretPaths ?? []).map((leaf) => `${field}.${leaf}`));
  const quieted = fields.flatMap(([field, row]) => (row.omitDefault ? [field] : []));
  expect({ encrypted, plain, quiet }).toEqual({
    encrypted: [...secrets, ...leaves].sort(),
    plain: open.filter((one) => !quieted.includes(one)).sort(),
    quiet: quieted.sort(),
  });
});

test.each(blocksOf(page, "yaml").map((text, at) => [at + 1, text] as const))(
  "YAML %i can be read",
  async (_n, input) => {
    const prettier = path.join(top, "node_modules/prettier/bin/prettier.cjs");
    const { code, stderr } = await run(process.execPath, [prettier, "--stdin-filepath", "block.yaml"], { input });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  },
);
