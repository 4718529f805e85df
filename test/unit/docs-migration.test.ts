// docs/migration.md: every argument that it leads to exists, and what it says of frameworks is what our real bots do.
import { readdirSync } from "node:fs";
import path from "node:path";
import { webhookFacts, webhookFields } from "../../provider/telegram/webhook/fields";
import { rows } from "../../provider/telegram/webhook/wire";
import { codeIn, read, rowsBelow, top } from "../support/pages";

const page = "docs/migration.md";
const names = [...Object.keys(webhookFields), ...Object.keys(webhookFacts)];

test.each(["## From Terraform", "## From curl or a Makefile"])("%s: leads to arguments that exist", (heading) => {
  const rows = rowsBelow(page, heading);
  const led = rows
    .flatMap(([, here]) => codeIn(here))
    .filter((name) => !/^(?:telegram:token|TELEGRAM_BOT_TOKEN)$/.test(name));
  expect(led.length).toBeGreaterThanOrEqual(5);
  expect(led.filter((name) => !names.includes(name))).toEqual([]);
});

test("curl: every field of setWebhook has its row", () => {
  const fields = [...rows.map(([, { wire }]) => wire), "drop_pending_updates"];
  expect(fields.length).toBeGreaterThan(4);
  const told = rowsBelow(page, "## From curl or a Makefile").map(([cell]) => codeIn(cell)[0]?.split("=")[0]);
  expect(told.sort()).toEqual(fields.sort());
});

test("what is to be taken out, and what stays, stands in the program of that framework which the tests run", () => {
  const folder = "test/fixtures/bots";
  const programs = readdirSync(path.join(top, folder)).filter((file) => file.includes("_bot."));
  const rows = rowsBelow(page, "## From a framework that registers itself");
  expect(rows).toHaveLength(programs.length);
  const strays = rows.flatMap(([framework = "", out, stay]) => {
    const file = programs.find((name) => name.startsWith(framework.toLowerCase().replaceAll("-", "_"))) ?? "";
    const program = read(`${folder}/${file}`);
    return [...codeIn(out), ...codeIn(stay)].filter((line) => !program.includes(line));
  });
  expect(strays).toEqual([]);
});

test("a way from each tool that sets webhooks is in the list of those to take away", () => {
  const headings = [...read(page).matchAll(/^## (From .+)$/gm)].map(([, heading = ""]) => heading);
  const [step = ""] = read(page).match(/^3\. Take the other owner away.+$/m) ?? [];
  const links = headings.map((heading) => `(#${heading.toLowerCase().replaceAll(" ", "-")})`);
  const left = links.filter((link) => !step.includes(link));
  expect(left).toEqual(["(#from-a-proxy-configuration-of-your-own)"]); // it sets no webhook
});
