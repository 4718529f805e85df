// Codes and messages of failures: what is declared is thrown, what is thrown is declared, and the page has all of it.
import path from "node:path";
import { sourcesIn } from "../support/house";
import { errorFiles, everyFailure, read, top } from "../support/pages";

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

test("every declared part of messages is used somewhere", () => {
  const unused = errorFiles.flatMap((file) => {
    const { parts = {} } = require(path.join(top, file)) as { parts?: object };
    const system = [...sources].filter(([name]) => name.startsWith(`${path.posix.dirname(file)}/`));
    const texts = system.map(([, text]) => text).join("\n");
    return Object.keys(parts).filter((name) => !texts.includes(`parts.${name}(`));
  });
  expect(unused).toEqual([]);
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
