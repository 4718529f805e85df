// The sentences of the checks, as the doctor says them: in options, not in names of arguments.
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { inOptions } from "../../../cli/words";
import { webhookFields } from "../../../provider/telegram/webhook/fields";

const top = path.join(__dirname, "../../..");
const files = [
  ...readdirSync(path.join(top, "provider/probe")).map((file) => `provider/probe/${file}`),
  "provider/telegram/delivery-errors.ts",
];
/** Every text of the files that reads like a sentence. */
const sentences = files.flatMap((file) => {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push(node.text);
    if (ts.isTemplateExpression(node)) {
      found.push([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join("…"));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(path.join(top, file), "utf8"), ts.ScriptTarget.Latest));
  return found.filter((text) => text.includes(" "));
});
const names = [...Object.keys(webhookFields), "allowPrivateAddresses", "nameServers"].filter(
  (name) => /[A-Z]/.test(name) || name === "url",
);
const argument = new RegExp(`\\b(?:${names.join("|")})\\b`);

test("no sentence of the doctor names an argument of a resource", () => {
  expect(sentences.filter((text) => argument.test(text)).length).toBeGreaterThan(10);
  expect(sentences.map(inOptions).filter((text) => argument.test(text) || /leave this check out/.test(text))).toEqual(
    [],
  );
});

test("what is quoted stays as it was said", () => {
  expect(inOptions('Compare url with "the url": set allowPrivateAddresses.')).toBe(
    'Compare the URL with "the url": give --allow-private-addresses.',
  );
});
