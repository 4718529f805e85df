// Types of a choice, written out: TypeDoc shows `ChoiceArgs<typeof via>`, a reader wants the keys and their settings.
import { ReflectionKind, TypeScript as ts, UnknownType } from "typedoc";

const made = /\b(?:ChoiceArgs|ChoiceValue|ChoiceValueOf|OneOf|SettingsInput|Settings|Leaf)(?:<|$)/;

/** Replaces every type that is made of a choice by its text in the source if that names the choice, and else by what it comes to. */
export function writeOutChoices(context) {
  const checker = context.programs[0].getTypeChecker();
  for (const reflection of context.project.getReflectionsByKind(ReflectionKind.TypeAlias | ReflectionKind.Property)) {
    if (!made.test(reflection.type?.toString() ?? "")) continue;
    const symbol = context.getSymbolFromReflection(reflection);
    if (symbol === undefined) continue;
    const source = symbol.valueDeclaration?.type?.getText().replace(/\s+/g, " ").replace(/^\| /, "");
    const isNamed = source !== undefined && !/typeof|pulumi\.|\[".*"\]/.test(source);
    const isAlias = reflection.kindOf(ReflectionKind.TypeAlias);
    const type = isAlias ? checker.getDeclaredTypeOfSymbol(symbol) : checker.getTypeOfSymbol(symbol);
    reflection.type = new UnknownType(isNamed ? source : textOf(checker, type, ""));
  }
}

/** An optional property has no `undefined` of its own. */
function textOf(checker, type, indent) {
  const name = type.aliasSymbol?.name;
  if (name === "Input" || name === "Output") {
    return `${name}<${type.aliasTypeArguments.map((one) => textOf(checker, one, indent)).join(", ")}>`;
  }
  if (type.flags & (ts.TypeFlags.Boolean | ts.TypeFlags.EnumLiteral)) return checker.typeToString(type);
  if (type.isUnion()) {
    const types = type.types.filter((one) => !(one.flags & ts.TypeFlags.Undefined));
    const plain = types.filter((one) => !/^(?:Promise|OutputInstance)$/.test(one.symbol?.name));
    const texts = [...new Set(plain.map((one) => textOf(checker, one, indent)))];
    const text = texts.join(" | ").replace(/false \| true|true \| false/, "boolean");
    return plain.length < types.length ? `Input<${text}>` : text;
  }
  if (checker.isArrayType(type)) {
    const item = textOf(checker, checker.getTypeArguments(type)[0], indent);
    return item.includes(" | ") ? `(${item})[]` : `${item}[]`;
  }
  const isPlain = type.isIntersection() || (type.flags & ts.TypeFlags.Object && type.symbol?.name === "__type");
  if (!isPlain) return checker.typeToString(type);
  const inner = `${indent}    `;
  const lines = checker.getPropertiesOfType(type).flatMap((property) => {
    const its = checker.getTypeOfSymbol(property);
    if (isNever(its)) return []; // what must not stand beside it
    const mark = property.flags & ts.SymbolFlags.Optional ? "?" : "";
    return [`${inner}${property.name}${mark}: ${textOf(checker, its, inner)};`];
  });
  return lines.length === 0 ? "{}" : `{\n${lines.join("\n")}\n${indent}}`;
}

const isNever = (type) =>
  Boolean(type.flags & (ts.TypeFlags.Never | ts.TypeFlags.Undefined)) || (type.isUnion() && type.types.every(isNever));
