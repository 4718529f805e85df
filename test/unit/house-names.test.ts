// One name is one thing: reads the sources and fails where two declarations that are exported share a name, or a function stands twice.
import ts from "typescript";
import { sourcesIn } from "../support/house";
import type { Sources } from "../support/house";

/** Names that stand in several files on purpose. */
const shared: readonly { name: RegExp; files: RegExp; why: string }[] = [
  {
    name: /^[A-Z]\w+$/,
    files: /^provider\/(?:index|\w+\/\w+\/resource)\.ts$/,
    why: "the stored line asks the provider's entry for a class by the class's name",
  },
  {
    name: /^idOf$/,
    files: /^provider\/\w+\/\w+\/fields\.ts$/,
    why: "what a resource's id is made of has one name in every resource folder",
  },
  {
    name: /^(?:previewWarnings|warnings|lines|noticeParts)$/,
    files: /^provider\/\w+\/notices\.ts$/,
    why: "the warnings and lines of the log of a system, and what fills them, have one name in every system",
  },
  {
    name: /^(?:errors|parts)$/,
    files: /^provider\/\w+\/errors\.ts$/,
    why: "the failures of a system, and what may follow them, have one name in every system",
  },
];

/** What a file declares at its top, and whether it is exported. Re-exports declare nothing. */
function declarationsOf(file: string, text: string): { name: string; node: ts.Node; isExported: boolean }[] {
  return ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true).statements.flatMap((statement) => {
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
    const isExported = modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    const declared = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement];
    return declared.flatMap((one) => {
      const { name } = one as { name?: ts.Node };
      return name && ts.isIdentifier(name) ? [{ name: name.text, node: one, isExported }] : [];
    });
  });
}

/** Key to the files that have it, of the keys that several files have. */
function inSeveral(pairs: (readonly [key: string, file: string])[]): [string, string[]][] {
  const files = new Map<string, Set<string>>();
  for (const [key, file] of pairs) files.set(key, (files.get(key) ?? new Set()).add(file));
  return [...files].flatMap(([key, all]) => (all.size > 1 ? [[key, [...all]] as [string, string[]]] : []));
}

function homonyms(sources: Sources): string[] {
  const pairs = [...sources].flatMap(([file, text]) =>
    declarationsOf(file, text)
      .filter(
        ({ name, isExported }) => isExported && !shared.some((one) => one.name.test(name) && one.files.test(file)),
      )
      .map(({ name }) => [name, file] as const),
  );
  return inSeveral(pairs).map(
    ([name, files]) => `${name} is exported by ${files.join(" and ")}: one name is one thing`,
  );
}

/** The words of a declaration, without its name, its types and what it calls its parameters and variables. */
function shapeOf(declaration: ts.Node): string {
  const own = new Map<string, string>();
  const learn = (node: ts.Node): void => {
    const { name } = node as { name?: ts.Node };
    const isLocal = ts.isParameter(node) || ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node);
    if (isLocal && name && ts.isIdentifier(name)) own.set(name.text, `#${own.size}`);
    ts.forEachChild(node, learn);
  };
  learn(declaration);
  const words: string[] = [];
  const tell = (node: ts.Node): void => {
    const isLeftOut = ts.isTypeNode(node) || ts.isTypeParameterDeclaration(node) || ts.isJSDoc(node);
    if (isLeftOut || node.kind === ts.SyntaxKind.ExportKeyword) return;
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isMember =
        (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent)) && parent.name === node;
      if (isMember || ts.isShorthandPropertyAssignment(parent)) words.push(node.text);
      if (!isMember) words.push(own.get(node.text) ?? node.text);
    } else if (node.getChildCount() === 0) words.push(node.getText());
    else node.getChildren().forEach(tell);
  };
  tell(declaration);
  return words.filter((word) => word !== "" && word !== ":").join(" ");
}

/** Functions that do the same, whatever they are called and whether they are exported; and long constants of one value. */
function twins(sources: Sources): string[] {
  const pairs = [...sources].flatMap(([file, text]) =>
    declarationsOf(file, text)
      .filter(({ node }) => ts.isFunctionDeclaration(node) || ts.isVariableDeclaration(node))
      .filter(({ name }) => !name.endsWith("Lifecycle")) // the frame of a lifecycle: it names the functions beside it
      .map(({ node }) => shapeOf(node))
      .filter((shape) => shape.length > 30 && !/\{ return #\d ; \}$/.test(shape)) // what gives its argument back is there for its type
      .map((shape) => [shape, file] as const),
  );
  return inSeveral(pairs).map(([shape, files]) => `${shape.slice(0, 100)}: stands in ${files.join(" and ")}`);
}

const sources = sourcesIn("provider", "components", "cli");

test("no two declarations that are exported have one name", () => {
  expect(sources.size).toBeGreaterThan(90);
  expect(homonyms(sources)).toEqual([]);
});

test("no function stands twice", () => {
  expect(twins(sources)).toEqual([]);
});

test.each(shared)("$why: that name is in use", ({ name, files }) => {
  const users = [...sources].filter(([file]) => files.test(file));
  const having = users.filter(([file, text]) => declarationsOf(file, text).some((one) => name.test(one.name)));
  expect(having.length).toBeGreaterThan(1);
});

test.each([
  ["two types", "export interface Answer { a: 1 }", "export type Answer = string;"],
  ["a function and a type", "export function answer() {}", "export type answer = string;"],
  ["a constant and a class", "export const Answer = 1;", "export class Answer {}"],
])("%s of one name are a breach", (_name, one, other) => {
  const found = homonyms(
    new Map([
      ["provider/dns/x.ts", one],
      ["provider/core/y.ts", other],
    ]),
  );
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(/ is exported by provider\/dns\/x\.ts and provider\/core\/y\.ts: one name is one thing$/);
});

test("what is re-exported, or known in its own file only, is no breach", () => {
  const found = homonyms(
    new Map([
      ["provider/dns/x.ts", "export interface Answer { a: 1 }"],
      ["provider/dns/y.ts", 'export { Answer } from "./x";\nexport type { Answer as B } from "./x";'],
      ["provider/dns/z.ts", "interface Answer { b: 1 }"],
    ]),
  );
  expect(found).toEqual([]);
});

test.each([
  [
    "a function that stands twice",
    "export function isWhole(n: unknown, least: number) { return Number.isInteger(n) && n >= least; }",
    "function isInteger(value: number, from: number): boolean {\n  return Number.isInteger(value) && value >= from;\n}",
  ],
  [
    "an arrow that stands twice",
    'const problem = (field: string) => ({ field, level: "problem" });',
    'const warn = (field: keyof X) => ({ field, level: "problem" });',
  ],
  [
    "a long constant that stands twice",
    'const a = "1.3.6.1.4.1.44947.1.1.1.1.1";',
    'export const b = "1.3.6.1.4.1.44947.1.1.1.1.1";',
  ],
])("%s is a breach", (_name, one, other) => {
  const found = twins(
    new Map([
      ["provider/dns/x.ts", one],
      ["provider/core/y.ts", other],
    ]),
  );
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(/: stands in provider\/dns\/x\.ts and provider\/core\/y\.ts$/);
});

test("functions that differ in one word are no breach", () => {
  const text = (word: string) => `function x(items: string[]) { return items.filter((one) => one.${word}("a")); }`;
  expect(
    twins(
      new Map([
        ["provider/dns/x.ts", text("startsWith")],
        ["provider/core/y.ts", text("endsWith")],
      ]),
    ),
  ).toEqual([]);
});
