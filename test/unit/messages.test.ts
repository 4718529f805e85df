// Messages: what is declared of failures, warnings and lines of the log is used, and the page has all of it.
import path from "node:path";
import { sourcesIn } from "../support/house";
import { errorFiles, everyFailure, everyNotice, noticeFiles, read, top } from "../support/pages";

const page = "docs/messages.md";
const sources = sourcesIn("index.ts", "provider", "components", "cli");
const hasWords = (message: string) => /[a-z]/i.test(message.replace(/\{\w+\}/g, ""));
const thrown = [...sources.values()].join("\n");

test("every declared message is thrown somewhere, with its code", () => {
  const unused = [...everyFailure()].flatMap(([code, { messages }]) =>
    Object.keys(messages).flatMap((name) => (thrown.includes(`errors.${code}.${name}(`) ? [] : [`${code}.${name}`])),
  );
  expect(errorFiles.length).toBeGreaterThan(2);
  expect(everyFailure().size).toBeGreaterThan(5);
  expect(unused).toEqual([]);
});

/** Of what a file declares under these names: what its system does not use. */
function unusedOf(file: string, ...exported: string[]): string[] {
  const declared = require(path.join(top, file)) as Readonly<Record<string, object>>;
  const system = [...sources].filter(([name]) => name.startsWith(`${path.posix.dirname(file)}/`));
  const texts = system.map(([, text]) => text).join("\n");
  const uses = exported.flatMap((group) => Object.keys(declared[group] ?? {}).map((name) => `${group}.${name}(`));
  return uses.filter((use) => !new RegExp(`(?<![\\w.])${use.replace(/[.(]/g, "\\$&")}`).test(texts));
}

test("every declared part of messages is used somewhere", () => {
  expect(errorFiles.flatMap((file) => unusedOf(file, "parts"))).toEqual([]);
});

test("every declared warning, line of the log and part of them is used somewhere", () => {
  expect(noticeFiles.length).toBeGreaterThan(5);
  expect(everyNotice("warning").length).toBeGreaterThan(5);
  expect(everyNotice("preview warning").length).toBeGreaterThan(7);
  expect(everyNotice("line").length).toBeGreaterThan(20);
  expect(noticeFiles.flatMap((file) => unusedOf(file, "previewWarnings", "warnings", "lines", "noticeParts"))).toEqual(
    [],
  );
});

test.each([
  ["warning", "Warnings"],
  ["preview warning", "Warnings of a preview"],
  ["line", "Lines of the log"],
] as const)("the page has every %s, with its meaning where the words alone do not give one", (kind, title) => {
  const [, section = ""] = read(page).split(new RegExp(`^## (?:${title})$`, "m"));
  const shown = (section.split(/^## /m)[0] ?? "").match(/^- .*$/gm) ?? [];
  expect(shown).toHaveLength(everyNotice(kind).length);
  for (const notice of everyNotice(kind)) {
    const { text, means, cure } =
      typeof notice === "string" ? { text: notice, means: undefined, cure: undefined } : notice;
    const pieces = text.split(/\{\w+\}/).map((piece) => piece.trim());
    const told = means === undefined ? "" : `: ${means}${cure === undefined ? "" : ` What to do: ${cure}`}`;
    const matching = shown.filter((line) => pieces.every((piece) => line.includes(piece)) && line.endsWith(told));
    expect([text, matching.length > 0]).toEqual([text, true]);
    if (means === undefined) expect(hasWords(text)).toBe(true);
    else expect([means, cure ?? "None."]).toEqual([sentence, sentence]);
  }
});

const sentence: unknown = expect.stringMatching(/^[A-Z`].+\.$|^None\.$|^Nothing\.$/);

test("every warning of a run says what it means and what to do", () => {
  const silent = everyNotice("warning").filter((notice) => typeof notice === "string" || !notice.cure);
  expect(silent).toEqual([]);
});

test("no cure sends the reader back to the message alone", () => {
  const poor = [...everyFailure()].filter(([, { cure }]) => /^Do what\b/.test(cure)).map(([code]) => code);
  expect(poor).toEqual([]);
});

test("each code stands once in the contents at the top of the page", () => {
  const [contents = ""] = read(page).split(/^## /m);
  const linked = [...contents.matchAll(/\[([A-Z_]+)\]\(#([a-z_]+)\)/g)].map(([, code = "", anchor]) => [code, anchor]);
  expect(linked.sort()).toEqual([...everyFailure().keys()].sort().map((code) => [code, code.toLowerCase()]));
});

test("a failure is made of what its system declares, and nowhere else", () => {
  const makers = [...sources].filter(([, text]) => /\bnew Failure\(/.test(text)).map(([file]) => file);
  expect(makers).toEqual(["provider/core/failure.ts"]);
});

test("the codes that are thrown are the anchors of the page, each once, with its meaning, its cure and its messages", () => {
  const anchors = [...read(page).matchAll(/^## ([A-Z_]+)$/gm)].map(([, title]) => title);
  expect(anchors).toEqual([...everyFailure().keys()].sort());
  const sections = read(page).split(/^## /m).slice(1);
  for (const [code, { means, cure, messages }] of everyFailure()) {
    const section = sections.find((text) => text.startsWith(`${code}\n`)) ?? "";
    expect([code, section.includes(means), section.includes(cure)]).toEqual([code, true, true]);
    expect([code, section.match(/^- `/gm)?.length]).toEqual([code, Object.values(messages).filter(hasWords).length]);
  }
});

test("each meaning and each cure is a sentence", () => {
  for (const [code, { means, cure }] of everyFailure()) {
    expect([code, means]).toEqual([code, expect.stringMatching(/^[A-Z].+\.$/)]);
    expect([code, cure]).toEqual([code, expect.stringMatching(/^.+\.$/)]);
  }
});
