// The site that `npm run site` builds: all pages and the API reference.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { inflateSync } from "node:zlib";
import { top } from "../support/pages";
import { run } from "../support/process";
import { setUp, storyTest, tearDown } from "../support/story";

const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-site-"));
const read = (file: string) => readFileSync(path.join(folder, file), "utf8");
let files: string[];
let htmlFiles: string[];

setUp(async () => {
  const args = [path.join(top, "scripts/site.mjs"), folder];
  const { code, stderr } = await run(process.execPath, args, { timeoutSeconds: 280 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/"));
  htmlFiles = files.filter((name) => name.endsWith(".html"));
});
tearDown(() => Promise.resolve());
afterAll(() => rmSync(folder, { recursive: true }));

/** The values of an attribute in a file of HTML. */
function values(file: string, pattern: RegExp): string[] {
  return [...read(file).matchAll(pattern)].map(([, value = ""]) => value.replaceAll("&amp;", "&"));
}

const idsOf = new Map<string, Set<string>>();
function hasId(file: string, id: string): boolean {
  if (!idsOf.has(file)) idsOf.set(file, new Set(values(file, /\sid="([^"]+)"/g)));
  return idsOf.get(file)?.has(id) ?? false;
}

/** What is wrong with a link in a file. */
function problemOf(file: string, link: string): string | undefined {
  const [place = "", id] = link.split("#").map(decodeURIComponent);
  const target = place === "" ? file : path.posix.join(path.posix.dirname(file), place);
  if (!files.includes(target)) return `${file}: ${link} leads nowhere`;
  if (id !== undefined && id !== "" && target.endsWith(".html") && !hasId(target, id))
    return `${file}: ${link} names no place in ${target}`;
  return undefined;
}

storyTest("each link within the site leads to a file, and each fragment to a place in it", () => {
  const problems = htmlFiles.flatMap((file) =>
    values(file, /<a\s[^>]*?href="([^"]*)"/g)
      .filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link))
      .map((link) => problemOf(file, link)),
  );
  expect(problems.length).toBeGreaterThan(1000);
  expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
});

storyTest("scripts, styles, pictures and fonts are files of the site", () => {
  const loaded = /<(?:script|img|source|iframe|use|link)\b[^>]*?\s(?:src|href)="([^"]*)"/g;
  const problems = htmlFiles.flatMap((file) => values(file, loaded).map((link) => problemOf(file, link)));
  expect(problems.length).toBeGreaterThan(1000);
  expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  const styles = files.filter((name) => name.endsWith(".css")).map(read);
  expect(styles.flatMap((text) => text.match(/@import|url\((?!["']?data:)[^)]*\)/g) ?? [])).toEqual([]);
});

storyTest("every page of the repository, and everything that a program can import, is in the site", () => {
  const markdown = ["docs", "examples"].flatMap((name) =>
    readdirSync(path.join(top, name), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".md") && !file.includes("node_modules"))
      .map((file) => `${name}/${file}`),
  );
  const pages = [...markdown, "CHANGELOG.md", "CONTRIBUTING.md", "DESIGN.md", "SECURITY.md", "testing/README.md"];
  const reference = ["TelegramWebhookArgs", "aws/LambdaEndpoint", "cloudflare/WorkerEndpoint"].concat([
    "testing/startFakeTelegram",
    "tls/ProviderTlsCertificate",
  ]);
  const expected = [
    ...pages.map((file) => file.replace(/md$/, "html")),
    ...reference.map((name) => `reference/pulumi-telegram/${name}.html`),
  ];
  expect(expected.filter((name) => !files.includes(name))).toEqual([]);
});

storyTest("the search finds names of the reference and sentences of the pages", () => {
  const data = /window\.searchData = "([^"]+)"/.exec(read("assets/search.js"))?.[1] ?? "";
  const { rows } = JSON.parse(inflateSync(Buffer.from(data, "base64")).toString()) as { rows: { name: string }[] };
  expect(rows.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["TelegramWebhook", "allowedUpdates", "Runbook", "Which topology is mine?"]),
  );
});
