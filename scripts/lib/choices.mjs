// Reads the choices among the arguments (`choice`, `choiceOf`) from our sources: their branches, settings and words.
import ts from "typescript";
import { fileOf, find, textOf } from "./declarations.mjs";

const kinds = { text: "string", texts: "list of strings", flag: "boolean", number: "number" };

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
  return array.elements.map(({ text }) => {
    const module = find(fileOf(array), text).initializer.arguments[0];
    const settings = propertyOf(module, "settings");
    return {
      name: propertyOf(module, "name").text,
      property: module.properties.find((one) => one.name.text === "settings"),
      settings: ts.isIdentifier(settings) ? plain(find(fileOf(module), settings.text).initializer) : plain(settings),
    };
  });
}

function branch(name, declared, property) {
  if (ts.isObjectLiteralExpression(declared)) {
    const settings = declared.properties.map((one) => leafOf(`${name}.${one.name.text}`, one));
    return { name, settings, text: settings.length === 0 ? documented(property) : "" };
  }
  return { name, leaf: leafOf(name, property), settings: [] };
}

function leafOf(name, property) {
  const call = property.initializer;
  return { name, text: documented(property), isSecret: false, ...leafIn(fileOf(call), call) };
}

/** What the calls around a leaf say: `secret(optional(text(…)))`. Any other call is a function of ours that makes one. */
function leafIn(file, call) {
  const [first, second] = call.arguments;
  const called = call.expression.getText();
  if (called === "optional") return { ...leafIn(file, first), isOptional: true };
  if (called === "secret") return { ...leafIn(file, first), isSecret: true };
  if (called === "example") return leafIn(file, second);
  if (called === "withDefault") return { ...leafIn(file, first), default: second.getText() };
  if (kinds[called]) return { type: kinds[called] };
  const made = find(file, called).initializer;
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

/** Without `as const`. */
const plain = (node) => (ts.isAsExpression(node) ? node.expression : node);
