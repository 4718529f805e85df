// `npm run docs`: writes the tables of docs/*.md from the JSDoc in the code, and the lists of presets from their pages. `-- --check` only says whether they are current.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** The next resource is one line here. */
const pages = [
  {
    page: "docs/bot-endpoint.md",
    file: "components/bot-endpoint.ts",
    argsInterface: "BotEndpointArgs",
    class: "BotEndpoint",
  },
  {
    page: "docs/telegram-webhook.md",
    file: "provider/telegram/webhook/resource.ts",
    argsInterface: "TelegramWebhookArgs",
    class: "TelegramWebhook",
  },
  {
    page: "docs/webhook-secret.md",
    file: "provider/telegram/secret/resource.ts",
    argsInterface: "WebhookSecretArgs",
    class: "WebhookSecret",
  },
  {
    page: "docs/tls-certificate.md",
    file: "provider/tls/certificate/resource.ts",
    argsInterface: "TlsCertificateArgs",
    class: "TlsCertificate",
  },
  {
    page: "docs/certificate-authority.md",
    file: "provider/tls/authority/resource.ts",
    argsInterface: "CertificateAuthorityArgs",
    class: "CertificateAuthority",
  },
  {
    page: "docs/proxy-route.md",
    file: "provider/proxy/route/resource.ts",
    argsInterface: "ProxyRouteArgs",
    class: "ProxyRoute",
  },
  {
    page: "docs/dns-record.md",
    file: "provider/dns/record/resource.ts",
    argsInterface: "DnsRecordArgs",
    class: "DnsRecord",
  },
];

/** Each preset has a page of its name; test/unit/components/presets.test.ts compares the pages with the list in the code. */
const presetNames = readdirSync("docs/presets")
  .map((file) => path.parse(file).name)
  .sort();
const pagesWithPresets = ["README.md", "docs/bot-endpoint.md"];

function linksToPresets(page) {
  const folder = path.posix.relative(path.posix.dirname(page), "docs/presets");
  return presetNames.map((name) => `[${name}](${folder}/${name}.md)`).join(" · ");
}

/** A declaration by its name, in a file or in what the file imports from a relative path. */
function find(file, name) {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2022, true);
  for (const statement of source.statements) {
    const isNamed = statement.name?.text === name;
    if (isNamed && (ts.isInterfaceDeclaration(statement) || ts.isClassDeclaration(statement))) return statement;
    if (isNamed && ts.isTypeAliasDeclaration(statement)) return statement;
    if (!ts.isImportDeclaration(statement) || !statement.moduleSpecifier.text.startsWith(".")) continue;
    const bindings = statement.importClause?.namedBindings;
    if (!bindings || !ts.isNamedImports(bindings) || !bindings.elements.some((one) => one.name.text === name)) continue;
    const target = path.join(path.dirname(file), statement.moduleSpecifier.text);
    return find(existsSync(`${target}.ts`) ? `${target}.ts` : path.join(target, "index.ts"), name);
  }
  throw new Error(`${file} neither declares nor imports ${name}`);
}

/** The text of a property's JSDoc on one line. A tag in it would be lost, so it is refused. */
function textOf(member) {
  const where = `${member.getSourceFile().fileName}, ${member.name.text}`;
  const comments = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc);
  if (comments.some((comment) => comment.tags?.length)) throw new Error(`${where}: write a sentence, not a @tag`);
  return comments
    .map((comment) => ts.getTextOfJSDocComment(comment.comment) ?? "")
    .join(" ")
    .replace(/\s+/g, " ");
}

const keywords = new Map([
  [ts.SyntaxKind.StringKeyword, "string"],
  [ts.SyntaxKind.NumberKeyword, "number"],
  [ts.SyntaxKind.BooleanKeyword, "boolean"],
  [ts.SyntaxKind.ObjectKeyword, "object"],
  [ts.SyntaxKind.UndefinedKeyword, "nothing"],
]);
/** What the text of an argument tells: a part of the arguments of a resource. */
const parts = ["Record", "Omit", "Partial", "Pick", "EndpointRouteArgs", "EndpointWebhookArgs", "EndpointRecordArgs"];
const isClassOfOurs = (name) => pages.some((page) => page.class === name);
const pulumiWrappers = ["pulumi.Input", "pulumi.Output", "pulumi.Unwrap"];

/** A type in plain words. `isInCode`: inside of an object, which is shown as code. */
function typeOf(node, isInCode = false) {
  const code = (text) => (isInCode ? text : `\`${text}\``);
  const word = keywords.get(node.kind);
  if (word) return word;
  if (ts.isUnionTypeNode(node)) {
    const words = node.types.map((one) => typeOf(one, isInCode));
    return [...new Set(words)].join(isInCode ? " | " : " or ");
  }
  if (ts.isLiteralTypeNode(node)) return code(node.getText());
  if (ts.isParenthesizedTypeNode(node)) return typeOf(node.type, isInCode);
  if (ts.isArrayTypeNode(node)) {
    const item = typeOf(node.elementType, isInCode);
    return isInCode ? `${item}[]` : `list of ${item}s`;
  }
  if (ts.isTypeLiteralNode(node)) return code(objectOf(node.members));
  if (ts.isIndexedAccessTypeNode(node)) return "object";
  if (ts.isTypeReferenceNode(node)) {
    const name = node.typeName.getText();
    if (pulumiWrappers.includes(name)) return typeOf(node.typeArguments[0], isInCode);
    if (parts.includes(name) || name === "ChoiceArgs") return "object";
    if (isClassOfOurs(name)) return code(name);
    if (name === "PresetName") return presetNames.map((one) => code(`"${one}"`)).join(" or ");
    const declaration = find(node.getSourceFile().fileName, name);
    if (ts.isTypeAliasDeclaration(declaration)) return typeOf(declaration.type, isInCode);
    return code(objectOf(declaration.members));
  }
  throw new Error(`${node.getSourceFile().fileName}: no plain words for the type ${node.getText()}`);
}

function objectOf(members) {
  const parts = members.map(
    (member) => `${member.name.text}${member.questionToken ? "?" : ""}: ${typeOf(member.type, true)}`,
  );
  return `{ ${parts.join(", ")} }`;
}

/** "required", or what the text says after "Default", or "optional". */
function givenOf(member, text) {
  if (!member.questionToken) return "required";
  const [, value] = /\bDefault (`[^`]+`|.+?)(?=[.,;] |[.,;]?$)/.exec(text) ?? [];
  return value ? `default ${value}` : "optional";
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

function argumentsTable(file, name) {
  const rows = find(file, name).members.map((member) => {
    const text = textOf(member);
    if (text === "") throw new Error(`${file}: ${name}.${member.name.text} has no doc comment`);
    return [`\`${member.name.text}\``, typeOf(member.type), givenOf(member, text), text];
  });
  return table(["Argument", "Type", "Given", "Meaning"], rows);
}

/** The documented properties only: the others are the arguments as stored. */
function outputsTable(file, name) {
  const rows = find(file, name)
    .members.filter((member) => ts.isPropertyDeclaration(member) && textOf(member) !== "")
    .map((member) => [`\`${member.name.text}\``, typeOf(member.type), textOf(member)]);
  return table(["Output", "Type", "Meaning"], rows);
}

function between(page, text, marker, content) {
  const [begin, end] = [`<!-- ${marker} -->`, `<!-- /${marker} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

const isCheck = process.argv.includes("--check");
function write(page, made) {
  if (made === readFileSync(page, "utf8")) return;
  if (isCheck) {
    console.error(`${page} is not what the code says: run npm run docs`);
    process.exitCode = 1;
  } else {
    writeFileSync(page, made);
    console.log(`${page} is written`);
  }
}

const texts = new Map(pagesWithPresets.map((page) => [page, readFileSync(page, "utf8")]));
for (const [page, text] of texts) texts.set(page, between(page, text, "presets", linksToPresets(page)));
for (const { page, file, argsInterface, class: className } of pages) {
  const old = texts.get(page) ?? readFileSync(page, "utf8");
  const withArguments = between(page, old, "arguments", argumentsTable(file, argsInterface));
  texts.set(page, between(page, withArguments, "outputs", outputsTable(file, className)));
}
for (const [page, made] of texts) write(page, made);
