// The sources as the tests of the house read them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

const top = path.join(__dirname, "../..");

/** Paths from the top of the repository, with "/", and the text of each. */
export type Sources = Map<string, string>;

/** All sources below these folders, and single files. */
export function sourcesIn(...names: string[]): Sources {
  const files = names.flatMap((name) => {
    if (/\.\w+$/.test(name)) return [name];
    if (!existsSync(path.join(top, name))) return [];
    return readdirSync(path.join(top, name), { recursive: true, encoding: "utf8" })
      .map((file) => `${name}/${file.split(path.sep).join("/")}`)
      .filter((file) => /\.(?:ts|[cm]?js)$/.test(file) && !/(?:^|\/)(?:node_modules|fixtures)\//.test(file));
  });
  return new Map(files.map((file) => [file, readFileSync(path.join(top, file), "utf8")]));
}

export function parsed(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
}

/** Calls back for each node of a source, outer ones first. */
export function eachNode(file: string, text: string, found: (node: ts.Node) => void): void {
  const visit = (node: ts.Node): void => {
    found(node);
    ts.forEachChild(node, visit);
  };
  visit(parsed(file, text));
}
