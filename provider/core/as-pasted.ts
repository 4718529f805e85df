// What a text has around it when it was pasted, or when a program made it of an output: said instead of what a rule makes of it.
import { isObject } from "./rules";

type Rule = (value: string) => string | undefined;

const mark = "\ufeff"; // how some editors begin a file; it shows nothing
const quoted = /^(["'`]|[\u201c\u201e\u2018\u00ab])(.*)(["'`]|[\u201d\u201c\u2019\u00bb])$/s;

/** What a rule says of a text; of one that is good without a byte order mark or quotes around it, what to remove. */
export function judged(text: string, rule: Rule): string | undefined {
  const says = rule(text);
  if (says === undefined) return undefined;
  const unmarked = text.replaceAll(mark, "");
  if (unmarked !== text && rule(unmarked) === undefined) {
    return "must have no byte order mark (U+FEFF), which shows nothing and stands before the text of some files; remove it";
  }
  const bare = quoted.exec(unmarked.trim())?.[2];
  return bare !== undefined && rule(bare) === undefined ? "must have no quotes around it; remove them" : says;
}

/** What Pulumi makes of an output that a program puts into a template literal, or into JSON. */
const printed = /Calling \[to(String|JSON)\] on an \[Output/;

/** What is wrong with a value, of any shape, in which such a text stands. */
export function printedOutputProblem(value: unknown): string | undefined {
  const found = textsIn(value).flatMap((text) => printed.exec(text)?.[1] ?? [])[0];
  if (found === undefined) return undefined;
  return found === "JSON"
    ? "holds an output that JSON.stringify got; use pulumi.jsonStringify"
    : "holds an output that became a text, as in a template literal; write pulumi.interpolate before the literal";
}

/** Not those of an output: it is an object of Pulumi's own. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype
    ? Object.values(value).flatMap(textsIn)
    : [];
}
