// The site that `npm run site` builds: all pages and the API reference.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { inflateSync } from "node:zlib";
import type { Scheme } from "../support/browser";
import { contrasts, openPage, startChromium, tabTo } from "../support/browser";
import { top } from "../support/pages";
import { run } from "../support/process";
import { serveFolder } from "../support/static-files";
import { setUp, storyTest } from "../support/story";

const folder = mkdtempSync(path.join(tmpdir(), "pulumi-telegram-site-"));
const read = (file: string) => readFileSync(path.join(folder, file), "utf8");
let files: string[];
let htmlFiles: string[];
const endings: (() => Promise<void>)[] = [];
let server: Awaited<ReturnType<typeof serveFolder>>;
let chromium: Awaited<ReturnType<typeof startChromium>>;

setUp(async () => {
  const args = [path.join(top, "scripts/site.mjs"), folder];
  const { code, stderr } = await run(process.execPath, args, { timeoutSeconds: 280 });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/"));
  htmlFiles = files.filter((name) => name.endsWith(".html"));
  server = await serveFolder(folder);
  endings.push(server.close);
  chromium = await startChromium();
  endings.push(chromium.close);
});
afterAll(async () => {
  for (const ending of endings.reverse()) await ending();
  rmSync(folder, { recursive: true });
});

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

storyTest("the reference writes a choice out: its keys, and the settings of each", () => {
  const shown = (file: string) => read(file).replace(/<[^>]*>/g, "");
  const via = shown("reference/pulumi-telegram/ViaArgs.html");
  expect(via).toContain("rfc2136: Input&lt;{\n        server: Input&lt;string&gt;;");
  const reference = htmlFiles.filter((name) => name.startsWith("reference/"));
  expect(reference.length).toBeGreaterThan(80);
  expect(reference.filter((file) => /\b(?:ChoiceArgs|ChoiceValueOf?|OneOf|Leaf)\b/.test(shown(file)))).toEqual([]);
});

storyTest("the search finds names of the reference and sentences of the pages", () => {
  const data = /window\.searchData = "([^"]+)"/.exec(read("assets/search.js"))?.[1] ?? "";
  const { rows } = JSON.parse(inflateSync(Buffer.from(data, "base64")).toString()) as { rows: { name: string }[] };
  expect(rows.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["TelegramWebhook", "allowedUpdates", "Runbook", "Which topology is mine?"]),
  );
});

/** A page of the site in the browser; afterwards nothing may have failed in it. */
async function inPage(file: string, scheme: Scheme, work: (opened: Opened) => Promise<void>): Promise<void> {
  const opened = await openPage(chromium, `${server.url}/${file}`, scheme);
  await opened.waitFor('document.querySelector("#tsd-nav-container a")');
  await work(opened);
  expect(opened.problems).toEqual([]);
  await opened.page.close();
}
type Opened = Awaited<ReturnType<typeof openPage>>;

storyTest("the front page has the text of the README, with its picture", () =>
  inPage("index.html", "light", async ({ page, waitFor }) => {
    await waitFor("[...document.images].every((image) => image.complete)");
    const widths = await page.evaluate("[...document.images].map((image) => image.naturalWidth > 100)");
    expect(widths).toEqual([true]);
    const headings = await page.evaluate('[...document.querySelectorAll("h1, h2")].map((one) => one.textContent)');
    expect(headings).toEqual(expect.arrayContaining(["pulumi-telegram", "Try it without a bot"]));
  }),
);

storyTest("the navigation has the pages in groups, and leads to them with the keyboard alone", () =>
  inPage("index.html", "light", async ({ page, waitFor }) => {
    const groups = await page.evaluate(
      '[...document.querySelectorAll("#tsd-nav-container > li > details > summary")].map((one) => one.textContent.trim())',
    );
    const expected = ["Start", "Components", "Resources", "Frameworks", "Operation", "Examples", "Development"];
    expect(groups).toEqual([...expected, "API reference"]);
    const link = '#tsd-nav-container a[href$="docs/runbook.html"]';
    await tabTo(page, "#tsd-nav-container > li:nth-child(5) > details > summary", 150);
    await page.keyboard.press("Enter");
    await tabTo(page, link);
    await page.keyboard.press("Enter");
    await waitFor('document.querySelector("h1")?.textContent === "Runbook"');
  }),
);

const searches = [
  ["a class", "TelegramWebhook", /\/TelegramWebhook\.html$/],
  ["an argument", "dropPendingUpdatesOnDestroy", /#droppendingupdatesondestroy$/],
  ["a page by a word of its text", "Terraform", /\/docs\/migration\.html/],
] as const;
for (const [what, words, target] of searches) {
  storyTest(`the search finds ${what}, with the keyboard alone`, () =>
    inPage("docs/glossary.html", "light", async ({ page, waitFor }) => {
      await tabTo(page, "#tsd-search-trigger");
      await page.keyboard.press("Enter");
      await waitFor('document.activeElement?.id === "tsd-search-input"');
      await page.keyboard.type(words);
      await waitFor(`${String(target)}.test(document.querySelector("#tsd-search-results a")?.href)`);
      await page.keyboard.press("Enter");
      await waitFor(`${String(target)}.test(location.href)`);
    }),
  );
}

const texts = {
  "docs/telegram-webhook.html": [
    "h1",
    "h2",
    ".tsd-typography p",
    ".tsd-typography a",
    "td",
    "th",
    "td code",
    "pre code",
  ],
  "reference/pulumi-telegram/TelegramWebhookArgs.html": ["h1", ".tsd-signature", ".tsd-comment p", ".tsd-comment a"],
};
const around = ["#tsd-nav-container summary", ".tsd-page-toolbar .title", ".tsd-breadcrumb a"];

/** What cannot be read, and what has not the scheme. */
async function unreadable({ page }: Opened, selectors: string[], scheme: Scheme) {
  const all = await contrasts(page, [...selectors, ...around]);
  return all.filter(({ ratio, isLightOnDark }) => ratio < 4.5 || isLightOnDark !== (scheme === "dark"));
}

for (const scheme of ["light", "dark"] satisfies Scheme[]) {
  storyTest(`texts can be read where the system is ${scheme}`, async () => {
    for (const [file, selectors] of Object.entries(texts)) {
      await inPage(file, scheme, async (opened) => {
        expect(await unreadable(opened, selectors, scheme)).toEqual([]);
      });
    }
  });
}

storyTest("the site's own switch makes a light system's page dark, and the next page too", () =>
  inPage("docs/telegram-webhook.html", "light", async (opened) => {
    const { page, waitFor } = opened;
    await page.evaluate('document.querySelector("#tsd-theme").closest("details").open = true');
    await tabTo(page, "#tsd-theme", 150);
    await page.keyboard.type("Dark");
    await waitFor('document.documentElement.dataset.theme === "dark"');
    const [file, selectors] = Object.entries(texts)[0] ?? [];
    expect(await unreadable(opened, selectors ?? [], "dark")).toEqual([]);
    await page.goto(`${server.url}/${file}`, { waitUntil: "load" });
    await waitFor('document.querySelector("#tsd-nav-container a")');
    expect(await unreadable(opened, selectors ?? [], "dark")).toEqual([]);
    await page.evaluate("localStorage.clear()");
  }),
);
