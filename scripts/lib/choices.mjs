// Reads the choices among the arguments (`choice`, `choiceOf`) from our sources: their branches, settings and words.
import ts from "typescript";
import { fileOf, find, textOf } from "./declarations.mjs";

/** The functions of core/leaf.ts: what each says of a setting. */
const leafFunctions = {
  text: () => ({ type: "string" }),
  texts: () => ({ type: "list of strings" }),
  flag: () => ({ type: "boolean" }),
  number: () => ({ type: "number" }),
  optional: (file, one) => ({ ...leafIn(file, one), isOptional: true }),
  secret: (file, one) => ({ ...leafIn(file, one), isSecret: true }),
  example: (file, _shown, one) => leafIn(file, one),
  withDefault: (file, one, value) => ({ ...leafIn(file, one), default: value.getText() }),
};

/** The branches of a choice, each with its settings or, where the value alone is the branch, one type; and its words. */
export function choiceAt(file, name) {
  const call = plain(find(file, name).initializer);
  const from = fileOf(call);
  if (call.expression.getText() === "choiceOf") {
    return {
      branches: modulesAt(from, call.arguments[0].text).map(({ name, settings, property }) =>
        branch(name, settings, property),
      ),
      words: [],
    };
  }
  const [branches, options] = call.arguments;
  const words = options ? propertyOf(options, "words") : undefined;
  return {
    branches: branches.properties.map((one) => branch(one.name.text, one.initializer, one)),
    words: words ? words.elements.map((one) => one.getText()) : [],
  };
}

/** The modules of a list by their names, with their settings; where there are none, the property itself has the comment. */
export function modulesAt(file, list) {
  const array = plain(find(file, list).initializer);
  return array.elements.map((element) => {
    const module = moduleOf(fileOf(array), element).arguments[0];
    return {
      name: propertyOf(module, "name").text,
      property: module.properties.find((one) => one.name.text === "settings"),
      settings: objectAt(propertyOf(module, "settings")),
    };
  });
}

/** The call that declares a module: of a constant, or of a function that makes one: `acmeIssuer({ … })`, which is the only one in its file. */
function moduleOf(file, element) {
  if (ts.isIdentifier(element)) return find(file, element.text).initializer;
  const made = find(file, element.expression.text);
  let found;
  const visit = (node) => {
    if (ts.isCallExpression(node) && /^\w+Module$/.test(node.expression.getText())) found = node;
    ts.forEachChild(node, visit);
  };
  visit(made.getSourceFile());
  return found;
}

/** The object that an expression stands for: itself, a constant's, or the one that a function of ours returns; else the expression. */
function objectAt(expression) {
  const node = plain(expression);
  if (ts.isIdentifier(node)) return objectAt(find(fileOf(node), node.text).initializer);
  if (!ts.isCallExpression(node) || called(node) in leafFunctions) return node;
  const made = find(fileOf(node), called(node));
  if (ts.isFunctionDeclaration(made)) return objectAt(made.body.statements.at(-1).expression);
  const body = plain(made.initializer.body);
  return ts.isObjectLiteralExpression(body) ? body : node;
}

function branch(name, declared, property) {
  const settled = objectAt(declared);
  if (ts.isObjectLiteralExpression(settled)) {
    const settings = settingsOf(name, settled);
    return { name, settings, text: settings.length === 0 ? documented(property) : "" };
  }
  return { name, leaf: leafOf(name, property), settings: [] };
}

function settingsOf(name, object) {
  return object.properties.flatMap((one) => leavesOf(`${name}.${one.name.text}`, one));
}

/** One setting, or those that it has itself; a choice that another page has (`within(via)`) is one, with its name. */
function leavesOf(name, property) {
  const inner = innerOf(property.initializer);
  if (inner === undefined) return [leafOf(name, property)];
  if (!ts.isCallExpression(inner)) {
    const isOptional = called(property.initializer) === "optional";
    return [{ name, text: documented(property), type: "object", from: inner.text, isOptional }];
  }
  if (called(inner) === "group") return settingsOf(name, objectAt(inner.arguments[1]));
  return inner.arguments[0].properties.flatMap((one) => {
    const { leaf, settings } = branch(`${name}.${one.name.text}`, one.initializer, one);
    return leaf ? [leaf] : settings;
  });
}

/** What stands in `within(…)`, which may be optional. */
function innerOf(node) {
  if (!ts.isCallExpression(node)) return undefined;
  if (called(node) === "optional") return innerOf(node.arguments[0]);
  return called(node) === "within" ? node.arguments[0] : undefined;
}

const called = (call) => call.expression.getText();

function leafOf(name, property) {
  const call = property.initializer;
  return { name, text: documented(property), isSecret: false, ...leafIn(fileOf(call), call) };
}

/** What the calls around a leaf say: `secret(optional(text(…)))`. Any other call is a function of ours that makes one. */
function leafIn(file, call) {
  const [first, second] = call.arguments;
  const around = leafFunctions[called(call)];
  if (around) return around(file, first, second);
  const made = find(file, called(call)).initializer;
  return leafIn(fileOf(made), made.body);
}

function documented(property) {
  const text = textOf(property);
  if (text === "") throw new Error(`${fileOf(property)}: the setting ${property.name.text} has no doc comment`);
  return text;
}

function propertyOf(object, name) {
  const found = object.properties.find((one) => one.name.text === name);
  return found && (ts.isShorthandPropertyAssignment(found) ? found.name : found.initializer);
}

/** Without `as const`, and without parentheses. */
const plain = (node) => (ts.isAsExpression(node) || ts.isParenthesizedExpression(node) ? plain(node.expression) : node);
