// What a provider plugin would tell other languages of a resource, derived from its logic and the comments of its class.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { factRowsOf, rowsOf } from "../../provider/core/fields";
import type { FactRow, Row } from "../../provider/core/fields";
import { kindSchema } from "../../provider/core/leaf";
import type { Facts, Fields } from "../../provider/core/logic";
import type { Schema } from "../../provider/core/schema";
import { read, top } from "./pages";

export type Property = Schema & { description: string };

/** A resource as in the schema of a Pulumi package; types are in place, not named. */
export interface ResourceSchema {
  description: string;
  inputProperties: Record<string, Property>;
  requiredInputs: string[];
  properties: Record<string, Property>;
  required: string[];
}

export interface Described {
  type: string;
  fields: object;
  facts: object;
}

export function resourceSchema({ type, fields, facts }: Described): ResourceSchema {
  const comments = commentsOf(type);
  const described = (name: string, row: Row | FactRow): [string, Property] => {
    const schema = { ...schemaOf(row), ...(isSecret(row) && { secret: true as const }) };
    return [name, { ...schema, description: comments.members[name] ?? "" }];
  };
  // A value that follows from the arguments and that the class does not tell of is the provider's own.
  const isTold = ([name, row]: [string, Row]) => !row.derived || comments.members[name] !== undefined;
  const rows = rowsOf(fields as Fields<object>).filter(isTold);
  const given = rows.filter(([, row]) => !row.derived);
  const kept = factRowsOf(facts as Facts<object>);
  return {
    description: comments.itself,
    inputProperties: Object.fromEntries(
      given.map(([name, row]) => {
        const [, property] = described(name, row);
        return [name, row.default === undefined ? property : { ...property, default: row.default }];
      }),
    ),
    requiredInputs: given.filter(([, row]) => row.required).map(([name]) => name),
    properties: Object.fromEntries([...rows, ...kept].map(([name, row]) => described(name, row))),
    required: [...rows, ...kept].filter(([, row]) => !row.optional).map(([name]) => name),
  };
}

const isSecret = (row: Row | FactRow) => row.secret || ("sealed" in row && row.sealed);

function schemaOf(row: Row | FactRow): Schema {
  if (row.kind === "choice") return row.choice?.schema() ?? {};
  return row.kind === "shape" ? (row.schema ?? {}) : kindSchema(row.kind);
}

/** The doc comments of the class, and of what it takes and gives. */
function commentsOf(type: string): { itself: string; members: Record<string, string> } {
  const files = readdirSync(path.join(top, "provider"), { recursive: true, encoding: "utf8" });
  const file = files.find((one) => /\bresource\.ts$/.test(one) && sourceHas(one, `class ${type} `));
  if (file === undefined) throw new Error(`no resource.ts declares the class ${type}`);
  const { statements } = ts.createSourceFile(file, read(`provider/${file}`), ts.ScriptTarget.ES2022, true);
  const declared = statements.filter((one) => ts.isInterfaceDeclaration(one) || ts.isClassDeclaration(one));
  const [taken, given] = [`${type}Args`, type].map((name) => declared.find((one) => one.name?.text === name));
  const entries = [...(given?.members ?? []), ...(taken?.members ?? [])]
    .filter((member) => member.name !== undefined && commentOf(member) !== "")
    .map((member) => [member.name?.getText(), commentOf(member)] as const);
  return { itself: given ? commentOf(given) : "", members: Object.fromEntries(entries) as Record<string, string> };
}

const sourceHas = (file: string, words: string) =>
  readFileSync(path.join(top, "provider", file), "utf8").includes(words);

function commentOf(node: ts.Node): string {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return comments.map(({ comment }) => (ts.getTextOfJSDocComment(comment) ?? "").replace(/\s+/g, " ")).join(" ");
}
