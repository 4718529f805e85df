// Reads declarations and their doc comments from our sources, as text: nothing has to be built.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** A declaration by its name, in a file or in what the file imports from a relative path. */
export function find(file, name) {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true);
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement)) {
      const found = statement.declarationList.declarations.find((one) => one.name.text === name);
      if (found) return found;
    }
    if (statement.name?.text === name) return statement;
    if (!ts.isImportDeclaration(statement) || !statement.moduleSpecifier.text.startsWith(".")) continue;
    const bindings = statement.importClause?.namedBindings;
    if (!bindings || !ts.isNamedImports(bindings) || !bindings.elements.some((one) => one.name.text === name)) continue;
    const target = path.join(path.dirname(file), statement.moduleSpecifier.text);
    return find(existsSync(`${target}.ts`) ? `${target}.ts` : path.join(target, "index.ts"), name);
  }
  throw new Error(`${file} neither declares nor imports ${name}`);
}

/** Whether a file imports this name from a package of Pulumi's, whose sources are not read. */
export function isOfPulumi(file, name) {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true);
  return source.statements.filter(ts.isImportDeclaration).some(({ moduleSpecifier, importClause }) => {
    const bindings = importClause?.namedBindings;
    const isNamed = bindings && ts.isNamedImports(bindings) && bindings.elements.some((one) => one.name.text === name);
    return isNamed && moduleSpecifier.text.startsWith("@pulumi/");
  });
}

export const fileOf = (node) => node.getSourceFile().fileName;

/** The text of a property's JSDoc on one line. A tag in it would be lost, so it is refused. */
export function textOf(member) {
  const where = `${fileOf(member)}, ${member.name.text}`;
  const comments = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc);
  if (comments.some((comment) => comment.tags?.length)) throw new Error(`${where}: write a sentence, not a @tag`);
  return comments
    .map((comment) => ts.getTextOfJSDocComment(comment.comment) ?? "")
    .join(" ")
    .replace(/\s+/g, " ");
}
