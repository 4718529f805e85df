// `npm run docs`: writes from the code the tables of docs/*.md and the page of messages, and the lists of presets from their pages. `-- --check` only says whether they are current.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { choiceAt, modulesAt } from "./lib/choices.mjs";
import { fileOf, find, isOfPulumi, textOf } from "./lib/declarations.mjs";
import { messagesPage, messagesText } from "./lib/messages.mjs";

/** The next resource is one line here. The settings of a choice stand on the page of the resource that has it. */
const pages = [
  {
    page: "docs/bot-endpoint.md",
    file: "components/bot-endpoint.ts",
    argsInterface: "BotEndpointArgs",
    class: "BotEndpoint",
  },
  {
    page: "docs/lambda-endpoint.md",
    file: "components/aws/lambda-endpoint.ts",
    argsInterface: "LambdaEndpointArgs",
    class: "LambdaEndpoint",
  },
  {
    page: "docs/worker-endpoint.md",
    file: "components/cloudflare/worker-endpoint.ts",
    argsInterface: "WorkerEndpointArgs",
    class: "WorkerEndpoint",
  },
  {
    page: "docs/tunnel-endpoint.md",
    file: "components/cloudflare/tunnel-endpoint.ts",
    argsInterface: "TunnelEndpointArgs",
    class: "TunnelEndpoint",
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
    page: "docs/acme-account.md",
    file: "provider/tls/account/resource.ts",
    argsInterface: "AcmeAccountArgs",
    class: "AcmeAccount",
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

const keywords = new Map([
  [ts.SyntaxKind.StringKeyword, "string"],
  [ts.SyntaxKind.NumberKeyword, "number"],
  [ts.SyntaxKind.BooleanKeyword, "boolean"],
  [ts.SyntaxKind.ObjectKeyword, "object"],
  [ts.SyntaxKind.UndefinedKeyword, "nothing"],
]);
/** What the text of an argument tells: a part of the arguments of a resource. */
const parts = [
  "Record",
  "Omit",
  "Partial",
  "Pick",
  "EndpointRouteArgs",
  "EndpointWebhookArgs",
  "EndpointRecordArgs",
  "LambdaAddressArgs",
];
/** Classes of @pulumi/aws as a program names them; others have the name that our sources give them. */
const foreign = { LambdaFunction: "aws.lambda.Function", Api: "aws.apigatewayv2.Api", Queue: "aws.sqs.Queue" };
const isClassOfOurs = (name) => pages.some((page) => page.class === name);
const pulumiWrappers = ["pulumi.Input", "pulumi.Output", "pulumi.Unwrap"];

/** A type in plain words. `isInCode`: inside of an object, which is shown as code. */
function typeOf(node, isInCode = false) {
  const code = (text) => (isInCode ? text : `\`${text}\``);
  const word = keywords.get(node.kind);
  if (word) return word;
  if (ts.isUnionTypeNode(node)) {
    const words = node.types.map((one) => typeOf(one, isInCode));
    if (isInCode) return [...new Set(words)].join(" | ");
    return [...new Set(words.flatMap((one) => one.split(" or ")))].join(" or ");
  }
  if (ts.isLiteralTypeNode(node)) return code(node.getText());
  if (ts.isParenthesizedTypeNode(node)) return typeOf(node.type, isInCode);
  // The rest says what must not stand beside it.
  if (ts.isIntersectionTypeNode(node)) return typeOf(node.types[0], isInCode);
  if (ts.isArrayTypeNode(node)) {
    const item = typeOf(node.elementType, isInCode);
    return isInCode ? `${item}[]` : `list of ${item}${item.endsWith("`") ? "" : "s"}`;
  }
  if (ts.isTypeLiteralNode(node)) return code(objectOf(node.members));
  if (ts.isIndexedAccessTypeNode(node)) return indexedType(node, isInCode);
  if (ts.isTypeReferenceNode(node)) {
    const name = node.typeName.getText();
    if (pulumiWrappers.includes(name)) return typeOf(node.typeArguments[0], isInCode);
    if (parts.includes(name)) return "object";
    if (name === "EndpointAcmeArgs") return "{…}";
    if (name === "ChoiceArgs") return choiceType(choiceOf(node), isInCode);
    if (isClassOfOurs(name)) return code(name);
    if (isOfPulumi(fileOf(node), name)) return code(foreign[name] ?? name);
    if (name === "PresetName") return presetNames.map((one) => code(`"${one}"`)).join(" or ");
    const declaration = find(fileOf(node), name);
    if (ts.isTypeAliasDeclaration(declaration)) return typeOf(declaration.type, isInCode);
    return code(objectOf(declaration.members));
  }
  throw new Error(`${fileOf(node)}: no plain words for the type ${node.getText()}`);
}

/** `Args["argument"]`, or the names in a list of modules: `(typeof list)[number]["name"]`. */
function indexedType(node, isInCode) {
  const list = /^\(typeof (\w+)\)\[number\]\["name"\]$/.exec(node.getText())?.[1];
  if (list !== undefined)
    return anyOf(
      modulesAt(fileOf(node), list).map(({ name }) => `"${name}"`),
      isInCode,
    );
  const { members } = find(fileOf(node), node.objectType.getText());
  return typeOf(members.find((one) => one.name.text === node.indexType.literal.text).type, isInCode);
}

/** The choice that a `ChoiceArgs<typeof name>` is of. */
function choiceOf(node) {
  return choiceAt(fileOf(node), node.typeArguments[0].exprName.text);
}

function choiceType({ branches, words }, isInCode) {
  const shapes = branches.map(
    ({ name, leaf, settings }) => `{ ${name}: ${leaf?.type ?? (settings.length > 0 ? "{…}" : "{}")} }`,
  );
  return anyOf([...shapes, ...words], isInCode);
}

function anyOf(codes, isInCode) {
  return isInCode ? codes.join(" | ") : codes.map((one) => `\`${one}\``).join(" or ");
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

/** With those that the interface extends, first. */
function membersOf(file, name) {
  const declaration = find(file, name);
  const bases = declaration.heritageClauses?.flatMap(({ types }) => types) ?? [];
  return [...bases.flatMap((base) => membersOf(fileOf(base), base.getText())), ...declaration.members];
}

function argumentsTable(file, name) {
  const rows = membersOf(file, name).map((member) => {
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

/** The arguments that are a choice, by their names. */
function choicesIn(file, name) {
  const choiceNode = (type) => {
    if (!ts.isTypeReferenceNode(type)) return undefined;
    if (type.typeName.getText() === "ChoiceArgs") return type;
    if (parts.includes(type.typeName.getText()) || pulumiWrappers.includes(type.typeName.getText())) return undefined;
    const declaration = find(fileOf(type), type.typeName.getText());
    return ts.isTypeAliasDeclaration(declaration) ? choiceNode(declaration.type) : undefined;
  };
  return find(file, name).members.flatMap((member) => {
    const node = choiceNode(member.type);
    return node ? [{ argument: member.name.text, choice: choiceOf(node) }] : [];
  });
}

/** A row for each setting; for a branch without settings, and for one that is a value, too. */
function settingsTable({ branches }) {
  const rows = branches.flatMap(({ name, leaf, settings, text }) => {
    if (leaf) return [[`\`${name}\``, leaf.type, "", leaf.isSecret ? "yes" : "", leaf.text]];
    if (settings.length === 0) return [[`\`${name}\``, "`{}`", "", "", text]];
    return settings.map((one) => [
      `\`${one.name}\``,
      one.type,
      settingGiven(one),
      one.isSecret ? "yes" : "",
      meaningOf(one),
    ]);
  });
  return table(["Setting", "Type", "Given", "Secret", "Meaning"], rows);
}

/** With a link to the page that has the table of its settings. */
function meaningOf({ text, from }) {
  if (from === undefined) return text;
  const owner = pages.find(({ file, argsInterface }) =>
    choicesIn(file, argsInterface).some((one) => one.argument === from),
  );
  return `${text} [Its settings](${path.posix.relative("docs", owner.page)}#arguments)`;
}

function settingGiven({ default: value, isOptional, text }) {
  if (value !== undefined) return `default ${/["[]/.test(value) ? `\`${value}\`` : value}`;
  return givenOf({ questionToken: isOptional }, text);
}

function between(page, text, marker, content) {
  const [begin, end] = [`<!-- ${marker} -->`, `<!-- /${marker} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`;
}

const isCheck = process.argv.includes("--check");
function write(page, made) {
  if (existsSync(page) && made === readFileSync(page, "utf8")) return;
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
  let made = between(page, old, "arguments", argumentsTable(file, argsInterface));
  for (const { argument, choice } of choicesIn(file, argsInterface).filter(() => file.startsWith("provider/")))
    made = between(page, made, `settings of ${argument}`, settingsTable(choice));
  texts.set(page, between(page, made, "outputs", outputsTable(file, className)));
}
for (const [page, made] of texts) write(page, made);
write(messagesPage, messagesText());
