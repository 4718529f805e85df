// The built command `pulumi-telegram doctor` as a process, against real endpoints on 127.41.0.0/24: lines, JSON, exit codes.
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { startFakeTelegram } from "../../testing";
import { startBind9 } from "../support/bind9";
import { blocksOf } from "../support/pages";
import { run, start } from "../support/process";
import { selfSigned, signed } from "../unit/testing/certificates";
import { make } from "../unit/tls/lint-rows";

const top = path.join(__dirname, "../..");
const command = path.join(top, "dist/cli/index.js");
const secret = "a-secret-that-nobody-may-see";
const token = "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-doctor-"));
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Said {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Nothing that the command prints may hold a secret, a path or a colour, whatever it is asked. */
async function doctor(args: string[], environment: NodeJS.ProcessEnv = {}): Promise<Said> {
  const colours = { FORCE_COLOR: "1", CI: "true" }; // as a CI sets them: the output is a pipe all the same
  const env = { ...process.env, ...colours, BOT_SECRET: secret, BOT_TOKEN: token, ...environment };
  const { code, stdout, stderr } = await run(process.execPath, [command, "doctor", ...args], { env });
  expect(stdout + stderr).not.toMatch(new RegExp(`${secret}|AAAAAAAA|hidden-path|\u001b`));
  return { code, stdout, stderr };
}

function file(name: string, text: string): string {
  writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
}

/** A bot at port 443 of an address of this file. */
async function bot(
  address: string,
  { certificate, key }: { certificate: string; key: string },
  listener: RequestListener,
) {
  const server = https.createServer({ cert: certificate, key }, listener);
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(443, address, resolve));
  ends.push(() => new Promise((resolve) => server.close(() => resolve())));
}

/** Takes this secret only. `hosts` are the Host headers that came. */
const guarded =
  (accepted: string, hosts: unknown[] = []): RequestListener =>
  (request, response) => {
    hosts.push(request.headers.host);
    response.writeHead(request.headers["x-telegram-bot-api-secret-token"] === accepted ? 200 : 401).end();
  };

const address = "127.41.0.1";
const url = `https://${address}/hidden-path`;
const own = selfSigned(address, `DNS:${address}`);
const upload = ["--certificate", file("own.pem", own.certificate)];
const local = ["--allow-private-addresses", "--secret-env", "BOT_SECRET"];

test("a good endpoint is a line for each check, and exit code 0", async () => {
  const hosts: unknown[] = [];
  await bot(address, own, guarded(secret, hosts));
  const { code, stdout, stderr } = await doctor([url, ...local, ...upload]);
  const lines = stdout.split("\n");
  expect({ code, stderr, first: lines[0], http: lines[2] }).toEqual({
    code: 0,
    stderr: "",
    first: expect.stringMatching(
      /^https:\/\/127\.41\.0\.1\/… \(connected to 127\.41\.0\.1:443, 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ, pulumi-telegram \d+\.\d+\.\d+\)$/,
    ) as string,
    http: `ok    http      https://${address} answers 200 (OK) to an empty POST with the right secret.`,
  });
  expect(lines[1]).toMatch(/^ok {4}tls {7}\S/);
  expect(hosts).toEqual([address, address]);
});

test("a secret that the bot refuses is a FAIL with its cure below, and exit code 1", async () => {
  await bot(address, own, guarded("another-secret"));
  const { code, stdout } = await doctor([url, ...local, ...upload]);
  const indent = " ".repeat(16);
  expect([code, stdout.split("\n").slice(2)]).toEqual([
    1,
    [
      `FAIL  http      https://${address} answers 401 (Unauthorized) to an empty POST with the right secret: the secret is refused.`,
      `${indent}Give the bot the same secret as Telegram, and restart it. If a firewall or proxy in front of the bot lets only Telegram in, only Telegram can tell: ask it with --token-env. Behind a route of pulumi-telegram, WEBHOOK_SECRET of the output environment is the bot's own secret and not Telegram's: --stack reads the right one.`,
      "",
    ],
  ]);
});

test("a good bot that is asked without its secret was a FAIL: it cannot be told", async () => {
  await bot(address, own, guarded(secret));
  const { code, stdout } = await doctor([url, "--allow-private-addresses", ...upload]);
  expect([code, stdout.split("\n").slice(2)]).toEqual([
    3,
    [
      `?     http      https://${address} answers 401 (Unauthorized) to an empty POST: whoever sends no secret is refused. A bot that checks its secret does so.`,
      `${" ".repeat(16)}Give the secret that Telegram sends: --secret-env, or --stack, which reads it.`,
      "",
    ],
  ]);
});

test("a route that answers in a stopped bot's place was an ok: of the bot nothing can be told", async () => {
  await bot(address, own, ({ headers }, response) => {
    const isRight = headers["x-telegram-bot-api-secret-token"] === secret;
    const nonce = String(headers["x-pulumi-telegram-probe"]);
    response.writeHead(isRight ? 204 : 401, { "X-Pulumi-Telegram-Probe": nonce }).end();
  });
  const { code, stdout } = await doctor([url, ...local, ...upload]);
  expect([code, stdout.split("\n").slice(2)]).toEqual([
    3,
    [
      `ok    http      https://${address} answers 204 (No Content) to an empty POST with the right secret.`,
      "?     bot       A route of pulumi-telegram answered in the bot's place; whether the bot behind it runs cannot be told.",
      `${" ".repeat(16)}Ask with --stack on the machine of the route, or look there whether something listens at the route's upstream.`,
      "",
    ],
  ]);
});

test("the secret between route and bot is not taken for Telegram's", async () => {
  const own = createHmac("sha256", token).update("pulumi-telegram upstream").digest("base64url");
  const args = ["https://bots.example.com/", "--secret-env", "BOT_SECRET", "--token-env", "BOT_TOKEN"];
  const { code, stderr } = await doctor(args, { BOT_SECRET: own });
  expect([code, stderr]).toEqual([
    2,
    "--secret-env: BOT_SECRET has the secret that a route gives to the bot, not the one that Telegram sends: use --stack, which reads that.\n",
  ]);
});

test("--stack without Pulumi's command, and a stack that there is not, are one sentence", async () => {
  const none = await doctor(["--stack", "dev"], { PATH: folder });
  expect([none.code, none.stderr]).toEqual([2, "--stack needs the command pulumi, which is not found in PATH.\n"]);
  const script = "#!/bin/sh\necho \"error: no stack named 'dev' found\" >&2; exit 255\n";
  writeFileSync(path.join(folder, "pulumi"), script, { mode: 0o755 });
  const unknown = await doctor(["--stack", "dev"], { PATH: folder });
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    "--stack: pulumi stack export failed: error: no stack named 'dev' found\n",
  ]);
});

test("a certificate that nobody trusts leaves http out, which is said", async () => {
  await bot(address, own, guarded(secret));
  const { code, stdout } = await doctor([url, ...local]);
  const lines = stdout.split("\n");
  expect(code).toBe(1);
  expect(lines[1]).toMatch(/^FAIL {2}tls {7}/);
  expect(lines.slice(-2)).toEqual(["-     http: left out, since tls comes first.", ""]);
});

test("a bot that checks no secret is warned about, and passes", async () => {
  await bot(address, own, (_, response) => response.end());
  const { code, stdout } = await doctor([url, ...local, ...upload]);
  expect(code).toBe(0);
  expect(stdout).toContain("\n                Warning: A wrong secret is taken too (200 (OK)): ");
});

test("a port that is closed is a question mark, and exit code 3", async () => {
  const { code, stdout, stderr } = await doctor(["https://127.41.0.2/hidden-path", ...local]);
  expect({ code, stderr }).toEqual({ code: 3, stderr: "" });
  expect(stdout).toContain("\n?     http      https://127.41.0.2 (127.41.0.2, port 443) refuses the connection.\n");
});

test("with --timeout it looks again until the bot has come", async () => {
  let requests = 0;
  const late: RequestListener = (request, response) =>
    (requests += 1) <= 2 ? void response.writeHead(502).end() : guarded(secret)(request, response);
  await bot(address, own, late);
  const { code } = await doctor([url, ...local, ...upload, "--timeout", "60"]);
  expect([code, requests]).toEqual([0, 4]);
});

test.each<[string[], string]>([
  [
    [url],
    "The URL must use a public address; got 127.41.0.1, which Telegram refuses as reserved (127.0.0.0/8, loopback, the machine itself).",
  ],
  [["http://bots.example.com/hidden-path"], "The URL must use https; got http://bots.example.com/…."],
  [
    ["https://bots.example.com/", "--secret-env", "NOT_THERE"],
    "--secret-env: the environment variable NOT_THERE is not set.",
  ],
  [
    ["https://bots.example.com/", "--token-env", "NOT_THERE"],
    "--token-env: the environment variable NOT_THERE is not set.",
  ],
  [
    ["https://bots.example.com/", "--token-env", token],
    "--token-env takes the name of an environment variable, not the secret itself.",
  ],
  [["https://bots.example.com/", "--secret-env", "ODD"], "--secret-env: the value of ODD must"],
  [["https://bots.example.com/", "--token-env", "ODD"], "--token-env: the value of ODD must"],
  [["https://bots.example.com/", "--timeout", "soon"], "--timeout must be 0 to 3600 whole seconds."],
  [
    ["https://bots.example.com/", "--name-server", "ns1"],
    "--name-server must be an IP address, or ip:port, such as 9.9.9.9 or 9.9.9.9:53.",
  ],
  [["https://bots.example.com/", "--api-url", "api"], "--api-url must "],
  [["https://bots.example.com/", "--certificate", "no.pem"], "--certificate: the file cannot be read (ENOENT)."],
  [["https://bots.example.com/", "--certificate", path.join(top, "package.json")], "--certificate must "],
  [["https://bots.example.com/", "--loud"], "error: unknown option '--loud'"],
  [[], "Give the webhook's URL, or --stack with the name of a stack."],
  [
    ["--stack", "dev", "--secret-env", "BOT_SECRET"],
    "--stack has the webhook's secret, certificate, token and server: leave --secret-env out.",
  ],
])("%j is refused in one sentence, with exit code 2", async (args, sentence) => {
  const { code, stdout, stderr } = await doctor(args, { ODD: "a secret with spaces" });
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr.startsWith(sentence)).toBe(true);
  expect(stderr).not.toContain("with spaces");
  expect(stderr.trim().split("\n")).toHaveLength(1);
});

test("a certificate that a webhook would refuse is refused here too", async () => {
  const names = { cn: "bots.example.com", dns: ["bots.example.com"] };
  const { pem } = await make({ ...names, extended: ["1.3.6.1.5.5.7.3.2"] });
  const args = ["https://bots.example.com/", "--certificate", file("clients.pem", pem)];
  const { code, stdout, stderr } = await doctor(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(/^--certificate will not be accepted\. .* is not for servers/);
});

/** What is wrong with a document, by the words of JSON schema that docs/doctor.md uses. */
function problems(value: unknown, schema: Record<string, unknown>, at = "document"): string[] {
  if ("const" in schema) return value === schema["const"] ? [] : [`${at} is not ${String(schema["const"])}`];
  if ("enum" in schema) return (schema["enum"] as unknown[]).includes(value) ? [] : [`${at} is none of the list`];
  const isRight = schema["type"] === "array" ? Array.isArray(value) : typeof value === schema["type"];
  if (!isRight) return [`${at} is no ${String(schema["type"])}`];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => problems(item, schema["items"] as typeof schema, `${at}[${index}]`));
  }
  if (schema["type"] !== "object") return [];
  const properties = schema["properties"] as Record<string, typeof schema>;
  const missing = (schema["required"] as string[]).filter((key) => !(key in (value as object)));
  return [
    ...missing.map((key) => `${at} has no ${key}`),
    ...Object.entries(value as object).flatMap(([key, inner]) =>
      properties[key] ? problems(inner, properties[key], `${at}.${key}`) : [`${at} has ${key}`],
    ),
  ];
}

const schema = JSON.parse(
  /```json\n([^]*?)```/.exec(readFileSync(path.join(top, "docs/doctor.md"), "utf8"))?.[1] ?? "",
) as Record<string, unknown>;

test("a document that breaks the schema of the page is found", () => {
  const checks = [{ id: "smtp", status: "pass", detail: 1, fixes: "" }];
  expect(problems({ schemaVersion: 2, checks }, schema)).toEqual([
    "document has no url",
    "document has no version",
    "document has no time",
    "document.schemaVersion is not 1",
    "document.checks[0].id is none of the list",
    "document.checks[0].detail is no string",
    "document.checks[0] has fixes",
  ]);
});

test.each([
  ["a bot that is warned about", (_, response) => response.end(), 0, "pass"],
  ["a bot that refuses", (_, response) => response.writeHead(403).end(), 1, "fail"],
  ["a proxy without its bot", (_, response) => response.writeHead(503).end(), 3, "cannot tell"],
] as [string, RequestListener, number, string][])(
  "--json of %s is what docs/doctor.md says",
  async (_name, listener, exit, status) => {
    await bot(address, own, listener);
    const { code, stdout, stderr } = await doctor([url, ...local, ...upload, "--json"]);
    const document = JSON.parse(stdout) as { url: string; checks: { id: string; status: string }[] };
    expect(problems(document, schema)).toEqual([]);
    expect([code, stderr, document.url, document.checks.map((check) => [check.id, check.status])]).toEqual([
      exit,
      "",
      `https://${address}/…`,
      [
        ["tls", "pass"],
        ["http", status],
      ],
    ]);
  },
);

test("a secret that is a word of the document does not break it", async () => {
  await bot(address, own, guarded("detail"));
  const { code, stdout } = await doctor([url, ...local, ...upload, "--json"], { BOT_SECRET: "detail" });
  expect([code, problems(JSON.parse(stdout), schema)]).toEqual([0, []]);
});

test("a name is looked up at its own servers, and public authorities are those of Node.js", async () => {
  const ns = "127.41.0.53";
  const zone = `$TTL 60
@ SOA ns.doctor.test. admin.doctor.test. 1 60 60 60 60
@ NS ns.doctor.test.
ns A ${ns}
bot A 127.41.0.4
`;
  const server = await startBind9({ address: ns, zones: { "doctor.test": zone } });
  ends.push(() => server.stop());
  const { authority, leaf } = signed("bot.doctor.test");
  const hosts: unknown[] = [];
  await bot("127.41.0.4", leaf, guarded(secret, hosts));
  const args = ["https://bot.doctor.test/hidden-path", ...local, "--name-server", ns, "--json"];
  const { code, stdout } = await doctor(args, { NODE_EXTRA_CA_CERTS: file("ca.pem", authority.certificate) });
  const { checks } = JSON.parse(stdout) as { checks: { id: string; status: string }[] };
  expect([code, checks.map(({ id, status }) => `${id}: ${status}`), hosts]).toEqual([
    0,
    ["dns: pass", "tls: pass", "http: pass"],
    ["bot.doctor.test", "bot.doctor.test"],
  ]);
});

test("with --token-env Telegram is asked whether this is the webhook", async () => {
  await bot(address, own, guarded(secret));
  const telegram = await startFakeTelegram({ local: true });
  ends.push(() => telegram.close());
  telegram.addBot({ token });
  const args = [url, "--secret-env", "BOT_SECRET", ...upload, "--token-env", "BOT_TOKEN", "--api-url", telegram.apiUrl];
  const { code, stdout } = await doctor(args);
  expect([code, stdout.split("\n").slice(-3)]).toEqual([
    1,
    [
      "FAIL  telegram  bot 123456 has no webhook.",
      "                Set it: `pulumi up` does, once it is declared.",
      "",
    ],
  ]);
});

test("what the page shows of a URL is what the command prints", async () => {
  const ns = "127.41.0.54";
  const host = "127.41.0.5";
  const zone = `$TTL 60\n@ SOA ns.example.com. admin.example.com. 1 60 60 60 60\n@ NS ns.example.com.\nns A ${ns}\nbots A ${host}\n`;
  const server = await startBind9({ address: ns, zones: { "example.com": zone } });
  ends.push(() => server.stop());
  const { authority, leaf } = signed("bots.example.com");
  await bot(host, leaf, (request, response) => void request.resume().on("end", () => response.writeHead(404).end()));
  const telegram = await startFakeTelegram();
  ends.push(() => telegram.close());
  telegram.addBot({ token });
  telegram.setHost("bots.example.com", { connect: `${host}:443` });
  telegram.trust(authority.certificate);
  const its = "https://bots.example.com/tg/path";
  await telegram.outsider(123456).setWebhook({ url: its, secret_token: secret, max_connections: 41 });
  telegram.message(123456, { text: "hello" });
  await telegram.clock.advance(30);
  const asked = ["--secret-env", "BOT_SECRET", "--token-env", "BOT_TOKEN"];
  const { code, stdout } = await doctor([its, ...asked, "--name-server", ns, "--api-url", telegram.apiUrl], {
    NODE_EXTRA_CA_CERTS: file("authority.pem", authority.certificate),
  });
  const [, , shown = ""] = blocksOf("docs/doctor.md", "console");
  const [line = "", ...printed] = shown.split("\n");
  const varying = /\d{4}-\d\d-\d\dT[\d:.]+Z|(?<=pulumi-telegram )[\d.]+/g;
  expect(line).toBe(`$ npx pulumi-telegram doctor ${[its, ...asked].join(" ")}`);
  expect([code, stdout.replaceAll(host, "203.0.113.7").replaceAll("123456", "123456789").replace(varying, "")]).toEqual(
    [1, printed.join("\n").replace(varying, "")],
  );
});

describe("the command itself", () => {
  const call = (...args: string[]) => run(process.execPath, [command, ...args]);

  test("shows both commands, and its version", async () => {
    const help = await call("--help");
    expect([help.code, /^ {2}doctor /m.test(help.stdout), /^ {2}fake /m.test(help.stdout)]).toEqual([0, true, true]);
    const { version } = JSON.parse(readFileSync(path.join(top, "package.json"), "utf8")) as { version: string };
    expect((await call("--version")).stdout).toBe(`${version}\n`);
    expect((await call()).stdout).toBe(help.stdout);
  });

  test("every option of the help is on the page, and the other way round", async () => {
    const { stdout } = await call("doctor", "--help");
    const named = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name).sort();
    const page = readFileSync(path.join(top, "docs/doctor.md"), "utf8");
    const shown = named(stdout, /^ {2}(--[a-z-]+)/gm).filter((name) => name !== "--help");
    expect(named(page, /^\| `(--[a-z-]+)/gm)).toEqual(shown);
  });

  test("an unknown command is refused", async () => {
    const { code, stderr } = await call("deploy");
    expect([code, stderr]).toEqual([2, "error: unknown command 'deploy'\n"]);
  });

  test("fake keeps its options and messages", async () => {
    expect((await call("fake", "--help")).stdout).toMatch(/^Usage: pulumi-telegram fake \[options\]\n/);
    const refused = await call("fake", "--loud");
    expect([refused.code, refused.stderr]).toEqual([
      2,
      "There is no option --loud; pulumi-telegram fake --help lists them.\n",
    ]);
    const fake = start(process.execPath, [command, "fake", "--port=0", "--bot", token]);
    try {
      const [, api] = await fake.waitFor(/^Bot API {2}(http:\S+)$/);
      expect((await fetch(`${api}/bot${token}/getMe`)).status).toBe(200);
    } finally {
      await fake.stop();
    }
    expect((await fake.ended).code).toBe(0);
  });
});
