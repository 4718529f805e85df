// A constant of the world outside stands once, in its home: reads the sources and fails where its literal is written again.
import ts from "typescript";
import { eachNode, sourcesIn } from "../support/house";
import type { Sources } from "../support/house";

const telegram = "provider/constants/telegram.ts";
const grammar = "provider/core/grammar.ts";

interface Constant {
  /** What it is, for the sentence. */
  what: string;
  /** Where it may stand. */
  homes: readonly string[];
  /** In a text or template. */
  text?: RegExp;
  /** In a regular expression, as it is written. */
  pattern?: RegExp;
  /** As a number (or bigint), wherever it stands. */
  numbers?: readonly string[];
  /** As a number whose declaration, property, comparison or argument list speaks of it. */
  near?: { numbers: readonly string[]; words: RegExp };
}

/** The literals by which a copy of each constant is known. Comments and docs may repeat constants; testing/ has its own on purpose. */
const constants: readonly Constant[] = [
  { what: "Telegram's address ranges", homes: [telegram], text: /149\.154\.160\.0|91\.108\.4\.0/ },
  {
    what: "Telegram's ports",
    homes: [telegram, "provider/constants/cloudflare.ts"],
    text: /\b8443\b|\b(?:443|80|88)(?:,| and| or) (?:443|80|88)\b/,
    numbers: ["88", "8443"],
  },
  {
    what: "the header of the secret token",
    homes: [telegram, "components/cloudflare/worker/gate.mjs"],
    text: /x[-_]telegram[-_]bot[-_]api[-_]secret[-_]token/i,
  },
  { what: "the host of the Bot API", homes: [telegram], text: /api\.telegram\.org/i },
  {
    what: "how long Telegram remembers a look-up",
    homes: [telegram],
    text: /\b1740 s/,
    numbers: ["1740"],
    near: { numbers: ["300"], words: /remember|look-?up/i },
  },
  {
    what: "how long Telegram waits for an answer",
    homes: [telegram],
    text: /\b60 s(?:econds)?\b/,
    near: { numbers: ["60"], words: /deliver/i },
  },
  {
    what: "how long queries wait",
    homes: [telegram],
    text: /\b(?:30|150) s\b/,
    near: { numbers: ["30", "150"], words: /query/i },
  },
  { what: "the longest Retry-After", homes: [telegram], near: { numbers: ["3600"], words: /retry-?after/i } },
  {
    what: "Telegram's numbers of connections",
    homes: [telegram],
    text: /\b(?:40|41|100|100000) connections/,
    numbers: ["100000"],
    near: { numbers: ["40", "41", "100"], words: /connections/i },
  },
  {
    what: "the limits of a bot token",
    homes: [telegram],
    numbers: ["54n"],
    near: { numbers: ["80"], words: /token/i },
  },
  {
    what: "the secret token's grammar",
    homes: [telegram],
    pattern: /\[\^?A-Za-z0-9_-\](?:\{1,256\})?\$?\/$/,
    near: { numbers: ["256"], words: /secret/i },
  },
  { what: "a bot's username", homes: [telegram], pattern: /\{5,32\}|\{4,31\}/ },
  { what: "the look of a bot token", homes: [grammar], pattern: /\{30,\}/ },
  { what: "the grammar of labels", homes: [grammar], pattern: /\{0,61\}/ },
  { what: "the longest name", homes: [grammar], text: /\b253\b/, numbers: ["253"] },
  { what: "the highest port", homes: [grammar], text: /\b65535\b/, numbers: ["65535"] },
  { what: "the grammar of a variable's name", homes: [grammar], pattern: /\^\[A-Za-z_\]\[A-Za-z0-9_\]\*\$/ },
  { what: "the reserved ranges", homes: ["provider/core/reserved.ts"], text: /\b(?:100\.64|198\.18|192\.88\.99)\./ },
];

/** The nearest thing around a number that says what it is. */
function sentenceOf(node: ts.Node): string {
  const isWhole = (one: ts.Node) =>
    ts.isVariableDeclaration(one) ||
    ts.isPropertyAssignment(one) ||
    ts.isBinaryExpression(one) ||
    ts.isCallExpression(one) ||
    ts.isParameter(one) ||
    ts.isConditionalExpression(one);
  const around = ts.findAncestor(node.parent, isWhole);
  return around && around.getText().length < 200 ? around.getText() : "";
}

function holds(constant: Constant, node: ts.Node): boolean {
  const isText = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
  if (isText) return constant.text?.test(node.text) === true;
  if (ts.isRegularExpressionLiteral(node)) {
    return constant.pattern?.test(node.text) === true || constant.text?.test(node.text.replaceAll("\\", "")) === true;
  }
  if (!ts.isNumericLiteral(node) && !ts.isBigIntLiteral(node)) return false;
  if (constant.numbers?.includes(node.text)) return true;
  return constant.near?.numbers.includes(node.text) === true && constant.near.words.test(sentenceOf(node));
}

/** Every copy: "file:line has …". */
function copies(sources: Sources): string[] {
  const found: string[] = [];
  for (const [file, text] of sources) {
    eachNode(file, text, (node) => {
      for (const constant of constants.filter((one) => !one.homes.includes(file) && holds(one, node))) {
        const { line } = node.getSourceFile().getLineAndCharacterOfPosition(node.getStart());
        found.push(
          `${file}:${line + 1} has ${constant.what}, whose home is ${constant.homes[0]}: import it from there`,
        );
      }
    });
  }
  return found;
}

test("no constant of the world outside is written twice", () => {
  const sources = sourcesIn("provider", "components", "cli");
  expect(sources.size).toBeGreaterThan(90);
  expect(copies(sources)).toEqual([]);
});

test.each(constants)("$what: the home has it", (constant) => {
  for (const home of constant.homes) {
    let isThere = false;
    for (const [file, text] of sourcesIn(home)) eachNode(file, text, (node) => (isThere ||= holds(constant, node)));
    expect([home, isThere]).toEqual([home, true]);
  }
});

test.each([
  ["a range in a message", 'const says = "let 149.154.160.0/20 through";', "Telegram's address ranges"],
  ["a range in a template", "const says = `let ${x} and 91.108.4.0/22 through`;", "Telegram's address ranges"],
  ["a list of ports", "const ports = [80, 88];", "Telegram's ports"],
  ["a list of ports as texts", 'const ports = ["443", "8443"];', "Telegram's ports"],
  ["ports in a sentence", 'const says = "use 443, 80 or something else";', "Telegram's ports"],
  ["the header", 'const header = "X-Telegram-Bot-Api-Secret-Token";', "the header of the secret token"],
  ["the header in lower case", 'get("x-telegram-bot-api-secret-token");', "the header of the secret token"],
  ["nginx's name of the header", "f(`if ($http_x_telegram_bot_api_secret_token`);", "the header of the secret token"],
  ["the Bot API's address", 'const url = "https://api.telegram.org";', "the host of the Bot API"],
  ["the memory of an address", "const seconds = 1740;", "how long Telegram remembers a look-up"],
  ["the memory of a failure", "const telegramRemembers = 300;", "how long Telegram remembers a look-up"],
  ["the memory in a call", "Math.max(300, lookup.ttl);", "how long Telegram remembers a look-up"],
  ["the patience", "const deliverySeconds = 60;", "how long Telegram waits for an answer"],
  ["the patience in a message", 'const says = "within 60 seconds";', "how long Telegram waits for an answer"],
  ["the life of a query", "const says = `after 150 s`;", "how long queries wait"],
  ["the longest Retry-After", "isWhole(retryAfterSeconds, 1, 3600);", "the longest Retry-After"],
  ["the default of connections", "const x = live.maxConnections ?? 40;", "Telegram's numbers of connections"],
  ["the most connections", "const most = 100_000;", "Telegram's numbers of connections"],
  ["the end of bot ids", "const end = 2n ** 54n;", "the limits of a bot token"],
  ["the secret's alphabet", "/^[A-Za-z0-9_-]{1,256}$/.test(x);", "the secret token's grammar"],
  ["what no secret has", "x.search(/[^A-Za-z0-9_-]/);", "the secret token's grammar"],
  ["a username", "/^@[A-Za-z0-9_]{5,32}$/.test(x);", "a bot's username"],
  ["the look of a token", "/\\d+:[A-Za-z0-9_-]{30,}/.test(x);", "the look of a bot token"],
  ["a label", "/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(x);", "the grammar of labels"],
  ["the longest name", "const isGood = x.length <= 253;", "the longest name"],
  ["the highest port", "const isGood = x <= 65_535;", "the highest port"],
  ["a variable's name", "/^[A-Za-z_][A-Za-z0-9_]*$/.test(x);", "the grammar of a variable's name"],
  ["a reserved range", 'const range = "100.64.0.0/10";', "the reserved ranges"],
])("%s outside its home is a breach", (_name, text, what) => {
  const found = copies(new Map([["provider/dns/x.ts", text]]));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`provider/dns/x.ts:1 has ${what}, `);
});

test("a comment may repeat a constant, and a number that means something else is none", () => {
  const text =
    "// 149.154.160.0/20\nconst ttlSeconds = 300;\nconst requestSeconds = 60;\nconst items = list.slice(0, 40);";
  expect(copies(new Map([["provider/dns/x.ts", text]]))).toEqual([]);
});
